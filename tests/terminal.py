"""A real pseudo-terminal with a screen that can be read: for tests of the whole program."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte
import pytest

ROOT = Path(__file__).parents[1]


def has_terminals() -> bool:
    """Whether pseudo-terminals can be had; a bare chroot without /dev/pts has none."""
    try:
        handles = pty.openpty()
    except OSError:
        return False
    for handle in handles:
        os.close(handle)
    return True


needs_terminal = pytest.mark.skipif(not has_terminals(), reason="no pseudo-terminals here")


_GRAPHICS = re.compile(rb"\x1b_G.*?\x1b\\|\x1bP.*?\x1b\\", re.DOTALL)
_PRIVATE = re.compile(rb"\x1b\[[<>=?][0-9;]*[$a-zA-Z]+")


class Terminal:
    """Runs ``cuttingroom`` in a pseudo-terminal, types keys and reads the screen.

    It says that it draws ``graphics`` and counts what it is sent of them; ``rate`` is how many
    bytes a second it takes, 0 for any. ``errors`` is where stderr goes instead.
    """

    def __init__(
        self,
        arguments: Sequence[object],
        width: int = 80,
        height: int = 24,
        *,
        graphics: str = "none",
        rate: int = 0,
        errors: Path | None = None,
    ) -> None:
        self.screen = pyte.Screen(width or 80, height or 24)
        self.picture_bytes = 0
        self._graphics, self._rate = graphics, rate
        self._stream = pyte.ByteStream(self.screen)
        self._rest = b""
        self._may_read_at = 0.0
        self.pid, self._handle = pty.fork()
        if self.pid == 0:
            # Given whole: a test runner's readline sets COLUMNS behind Python's back. Without
            # what it may have set itself, and without the keys of whoever runs the tests.
            unwanted = ("NO_COLOR", "COLUMNS", "LINES", "TMUX", "XDG_CONFIG_HOME")
            env = {name: value for name, value in os.environ.items() if name not in unwanted}
            env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
            if errors is not None:
                os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT), 2)
            command = [sys.executable, "-m", "tui", *map(str, arguments)]
            nowhere = {"HOME": "/nonexistent", "XDG_STATE_HOME": "/dev/null"}
            os.execve(sys.executable, command, env | nowhere)
        size = struct.pack("HHHH", height, width, width * 10, height * 20)
        fcntl.ioctl(self._handle, termios.TIOCSWINSZ, size)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        os.close(self._handle)

    def kill(self) -> None:
        """Kill -9, as a lost connection or a full machine would."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._handle, keys.encode())

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.screen.display)

    def wait_for(self, *wanted: str, seconds: float = 30) -> str:
        """Wait until every one of ``wanted`` is on the screen, and give the screen."""
        self.wait_until(lambda: all(piece in self.text for piece in wanted), wanted, seconds)
        return self.text

    def wait_for_picture(self, more_than: int = 0) -> None:
        """Wait until the terminal was sent more than so many bytes of pictures."""
        self.wait_until(lambda: self.picture_bytes > more_than, "a picture")

    def wait_until(
        self, holds: Callable[[], bool], what: object = "it", seconds: float = 30
    ) -> None:
        """Read until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"never saw {what} in {seconds} s; the screen:\n{self.text}")
            self._pump(0.05)

    def wait_for_end(self, seconds: float = 60) -> int:
        """Wait until the program ends, and give its exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._pump(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still running after {seconds} s; the screen:\n{self.text}")

    def _pump(self, seconds: float) -> None:
        if self._rate:
            time.sleep(max(0.0, self._may_read_at - time.monotonic()))
        ready, _, _ = select.select([self._handle], [], [], seconds)
        if not ready:
            return
        try:
            data = os.read(self._handle, 2048 if self._rate else 65536)
        except OSError:
            time.sleep(seconds)
            return
        if self._rate:
            self._may_read_at = time.monotonic() + len(data) / self._rate
        self._take(data)

    def _take(self, data: bytes) -> None:
        for question, answer in self._answers().items():
            os.write(self._handle, answer * data.count(question))
        data = self._rest + data
        for graphics in _GRAPHICS.findall(data):
            told = b"a=q" in graphics or b"a=d" in graphics
            self.picture_bytes += 0 if told else len(graphics)
        data = _GRAPHICS.sub(b"", data)
        start = max(data.rfind(b"\x1b_G"), data.rfind(b"\x1bP"))
        cut = start if start >= 0 else len(data)
        self._rest = data[cut:]
        self._stream.feed(_PRIVATE.sub(b"", data[:cut]))

    def _answers(self) -> dict[bytes, bytes]:
        # In the order of the questions, as a terminal answers them.
        kitty = {b"a=q": b"\x1b_Gi=31;OK\x1b\\"} if self._graphics == "kitty" else {}
        sixel = b"\x1b[?62;4;22c" if self._graphics == "sixel" else b"\x1b[?62;22c"
        cell = b"\x1b[6;20;10t"
        return {**kitty, b"\x1b[16t": cell, b"\x1b[c": sixel, b"\x1b[6n": b"\x1b[5;5R"}
