"""The room in a real pseudo-terminal, with and without a terminal that draws."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from engine.errors import EngineError
from engine.values import State
from tests.terminal import needs_terminal
from tests.tui.project import states
from tui.app import run_room
from tui.terminal import Graphics, Terminal, _cell, _graphics, _is_light, find_terminal

ROOT = Path(__file__).resolve().parents[2]

OPEN = (
    "import sys; from pathlib import Path; from tui.app import run_room;"
    "run_room(Path(sys.argv[1]), 'mira', sys.argv[2])"
)

_GRAPHICS = re.compile(rb"\x1b_G.*?\x1b\\|\x1bP.*?\x1b\\", re.DOTALL)
_PRIVATE = re.compile(rb"\x1b\[[<>=?][0-9;]*[$a-zA-Z]+")


class Screen:
    """A terminal that says it knows ``graphics``, and answers as such."""

    def __init__(self, handle: int, graphics: str) -> None:
        self.handle, self.graphics = handle, graphics
        self.picture_bytes = 0
        self._screen = pyte.Screen(120, 40)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def press(self, keys: bytes) -> None:
        os.write(self.handle, keys)

    def wait_for(self, words: str, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < until, f"no {words!r} on\n{self.text}"
            self.read()

    def wait_for_picture(self) -> None:
        until = time.monotonic() + 30
        while not self.picture_bytes:
            assert time.monotonic() < until, f"no picture on\n{self.text}"
            self.read()

    def read(self) -> None:
        if not select.select([self.handle], [], [], 0.05)[0]:
            return
        data = self._rest + os.read(self.handle, 65536)
        for question, answer in self._answers().items():
            os.write(self.handle, answer * data.count(question))
        for graphics in _GRAPHICS.findall(data):
            self.picture_bytes += len(graphics) * (b"a=q" not in graphics)
        data = _GRAPHICS.sub(b"", data)
        start = max(data.rfind(b"\x1b_G"), data.rfind(b"\x1bP"))
        cut = start if start >= 0 else len(data)
        self._rest = data[cut:]
        self._stream.feed(_PRIVATE.sub(b"", data[:cut]))

    def _answers(self) -> dict[bytes, bytes]:
        # In the order of the questions, as a terminal answers them.
        kitty = {b"a=q": b"\x1b_Gi=31;OK\x1b\\"} if self.graphics == "kitty" else {}
        sixel = b"\x1b[?62;4;22c" if self.graphics == "sixel" else b"\x1b[?62;22c"
        cell = b"\x1b[6;20;10t"
        return {**kitty, b"\x1b[16t": cell, b"\x1b[c": sixel, b"\x1b[6n": b"\x1b[5;5R"}


@contextmanager
def opened(folder: Path, graphics: str) -> Iterator[tuple[Screen, int]]:
    process, handle = pty.fork()
    if process == 0:
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        for name in ("TMUX", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES"):
            env.pop(name, None)
        os.execve(sys.executable, [sys.executable, "-c", OPEN, str(folder), "auto"], env)
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    try:
        yield Screen(handle, graphics), process
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(handle)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@needs_terminal
@pytest.mark.parametrize("graphics", ["none", "kitty", "sixel"])
def test_what_was_on_the_screen_as_decided_outlives_a_kill(folder: Path, graphics: str) -> None:
    with opened(folder, graphics) as (screen, _):
        screen.wait_for("8 left")
        if graphics != "none":
            screen.wait_for_picture()
        screen.press(b"ax")
        screen.wait_for("1 rejected")
    assert states(folder)[:2] == [State.APPROVED, State.REJECTED]
    assert "panorama" in (folder / "approved.toml").read_text()


def test_without_a_terminal_it_says_so(folder: Path) -> None:
    arguments = [sys.executable, "-c", OPEN, str(folder), "auto"]
    done = subprocess.run(
        arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert "review needs a terminal" in done.stderr
    assert "\x1b" not in done.stdout


def test_what_is_no_project_is_told_before_the_screen_is_touched(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not a Cutting Room project"):
        run_room(tmp_path, None, "auto")


def test_a_terminal_is_what_it_answers() -> None:
    assert _graphics(b"\x1b[?62;4;22c") is Graphics.SIXEL
    assert _graphics(b"\x1b_Gi=31;OK\x1b\\\x1b[?62c") is Graphics.KITTY
    assert _graphics(b"\x1b_Gi=31;OK\x1b\\\x1b[?62;4c") is Graphics.SIXEL, "as WezTerm, Konsole"
    assert _graphics(b"\x1b[?62;22c") is Graphics.HALFCELL
    assert _graphics(b"") is Graphics.HALFCELL
    assert _cell(b"\x1b[6;18;9t") == (9, 18)
    assert _cell(b"\x1b[6;0;0t") is None
    assert _is_light(b"\x1b]11;rgb:ffff/ffff/f0f0\x1b\\")
    assert not _is_light(b"\x1b]11;rgb:12/14/1a\x07")


def test_tests_have_no_terminal() -> None:
    assert find_terminal("auto") == Terminal(Graphics.NONE, interactive=False)
