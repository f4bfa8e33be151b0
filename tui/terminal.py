"""What the terminal can draw, asked once before the room opens.

textual-image asks too, at import, but waits 100 ms for each answer (an SSH link may take longer),
falls over when stdin is no terminal or the terminal is 0 columns wide, and its question shows up
in the title of a tmux pane. So we ask ourselves, all in one go: every terminal answers the last
question (DA1), and whatever it did not answer before that it does not know.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class Graphics(StrEnum):
    """How pictures are drawn."""

    KITTY = "kitty"
    SIXEL = "sixel"
    HALFCELL = "halfcell"
    NONE = "none"


CHOICES = ("auto", *(str(graphics) for graphics in Graphics))
"""What ``--graphics`` takes."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What pictures are drawn with."""

    graphics: Graphics = Graphics.HALFCELL
    cell: tuple[int, int] = (10, 20)
    """Width and height of a cell, pixels."""
    tmux: bool = False
    """Graphics must be wrapped to pass through tmux."""
    frames: bool = False
    """It keeps frames of a kitty picture, and can be told which to show."""
    interactive: bool = True
    """Keys come from it and the screen goes to it."""
    calm: bool = False
    """Whoever looks at it wants nothing to move or flicker by itself."""
    light: bool = False
    """Its background is nearer to white."""
    rate: float = 0.0
    """Bytes a second that the way to it carries; 0 where that was not measured."""
    typed: str = ""
    """Keys that came between its answers."""

    @property
    def draws_beneath(self) -> bool:
        """It puts a picture beneath its cells; tmux, in between, knows nothing but cells."""
        return self.graphics is Graphics.KITTY and not self.tmux

    @property
    def pixels(self) -> tuple[int, int]:
        """Pixels of a picture that a cell shows one for one."""
        return self.cell if self.graphics in (Graphics.KITTY, Graphics.SIXEL) else (1, 2)


_KITTY_ID = 31
_KITTIES = ("xterm-kitty", "xterm-ghostty")
"""What terminals call themselves that draw kitty's placeholders."""

_PATIENCE = 2.0
"""Seconds to wait for DA1, which every terminal answers."""

_PIECE = 4_096
_FEW, _MANY = 2, 12
"""Pieces that the way to a terminal is timed by: these do not hold up who is far away, and where
they take no time worth the name, these do."""

_AT_ONCE = 0.003
"""Seconds for the few after which it is worth while to send the many."""

_STRAGGLERS = 0.01
"""Seconds of silence after which nothing more comes that could be taken for a key."""

_DA1 = re.compile(rb"\x1b\[\?([\d;]*)c")
_BACKGROUND = re.compile(rb"\x1b\]11;rgb:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)")
_POSITION = re.compile(rb"\x1b\[\d+;\d+R")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_ANSWER = re.compile(
    rb"\x1b\[[?\d;]*[cRt]|\x1b[_P][^\x1b]*\x1b\\|\x1b\][\d;]*[^\x07\x1b]*(?:\x07|\x1b\\)"
)


def find_terminal(wanted: str = "auto") -> Terminal:
    """Find out how to draw; ``wanted`` overrules what the terminal says of itself."""
    tmux = bool(os.environ.get("TMUX"))
    if not _is_terminal():
        return Terminal(Graphics.NONE, interactive=False)
    if wanted in (Graphics.HALFCELL, Graphics.NONE):
        return Terminal(Graphics(wanted), _cell_by_ioctl() or (10, 20), tmux)
    answer, rate = _ask(tmux, wanted)
    graphics = _wanted_graphics(wanted, answer)
    if wanted == "auto" and tmux:
        graphics = _through_tmux(_ask_tmux(), graphics)
    cell = _cell_by_ioctl() or _cell(answer) or (10, 20)
    # Others who draw kitty's pictures do not know its frames.
    frames = graphics is Graphics.KITTY and not tmux and os.environ.get("TERM") == "xterm-kitty"
    return Terminal(
        graphics, cell, tmux, frames, light=_is_light(answer), rate=rate, typed=_typed(answer)
    )


def _is_terminal() -> bool:
    try:
        return os.isatty(sys.__stdin__.fileno()) and os.isatty(sys.__stdout__.fileno())  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return False


def _ask(tmux: bool, wanted: str) -> tuple[bytes, float]:
    """Send all questions, read until the last is answered; then see how fast the way there is."""
    kitty = f"\x1b_Gi={_KITTY_ID},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
    background = "\x1b]11;?\x1b\\"
    # A multiplexer answers the last question itself, but may pass the others on: a graphics
    # query would end up in a title, and a late answer would be taken for keys.
    multiplexed = tmux or os.environ.get("TERM", "").startswith(("screen", "tmux"))
    questions = ("" if multiplexed else kitty + background) + "\x1b[16t\x1b[c"
    answer, rate = b"", 0.0
    try:
        with _raw_input() as stdin:
            _write(questions.encode())
            until = time.monotonic() + _PATIENCE
            while not _DA1.search(answer) and (rest := until - time.monotonic()) > 0:
                if select.select([stdin], [], [], rest)[0]:
                    answer += os.read(stdin, 1024)
            draws = _wanted_graphics(wanted, answer) in (Graphics.KITTY, Graphics.SIXEL)
            if draws and not multiplexed and _DA1.search(answer):
                rate, more = _rate(stdin)
                answer += more
            while select.select([stdin], [], [], _STRAGGLERS)[0]:
                answer += os.read(stdin, 1024)
    except (OSError, termios.error, ValueError):
        return b"", 0.0
    return answer, rate


def _typed(answer: bytes) -> str:
    """Give what is no answer: somebody pressed keys meanwhile."""
    # Until the screen is opened, the terminal sends Enter as the end of a line.
    return _ANSWER.sub(b"", answer).decode(errors="ignore").replace("\n", "\r")


def _rate(stdin: int) -> tuple[float, bytes]:
    """Measure how many bytes a second the terminal takes, 0 when it does not say; and what it said.

    By deleting a picture that is not there, at some length: what draws no pictures of kitty's
    passes over it.
    """
    long_way = f"\x1b_Ga=d,d=i,i={_KITTY_ID},q=2;".encode()
    piece = long_way.ljust(_PIECE - 6, b"A") + b"\x1b\\" + b"\x1b[6n"
    rate, heard = 0.0, b""
    for count in (_FEW, _MANY):
        _write(piece * count)
        at, more = _answers(stdin, count)
        heard += more
        if len(at) < count:
            break
        took = at[-1] - at[0]
        rate = (count - 1) * _PIECE / max(took, 1e-4)
        if took > _AT_ONCE:
            break
    return rate, heard


def _answers(stdin: int, count: int) -> tuple[list[float], bytes]:
    """Wait for answers to where the cursor is; give when each of them came, and all that came."""
    at: list[float] = []
    heard = b""
    until = time.monotonic() + _PATIENCE
    while len(at) < count and (rest := until - time.monotonic()) > 0:
        if select.select([stdin], [], [], rest)[0]:
            heard += os.read(stdin, 1024)
            at += [time.monotonic()] * (len(_POSITION.findall(heard)) - len(at))
    return at, heard


def _write(data: bytes) -> None:
    stdout = sys.__stdout__.fileno()  # type: ignore[union-attr]
    while data:
        data = data[os.write(stdout, data) :]


def _wanted_graphics(wanted: str, answer: bytes) -> Graphics:
    return _graphics(answer) if wanted == "auto" else Graphics(wanted)


@contextmanager
def _raw_input() -> Iterator[int]:
    stdin = sys.__stdin__.fileno()  # type: ignore[union-attr]
    before = termios.tcgetattr(stdin)
    tty.setcbreak(stdin, termios.TCSANOW)
    try:
        yield stdin
    finally:
        termios.tcsetattr(stdin, termios.TCSANOW, before)


def _graphics(answer: bytes) -> Graphics:
    attributes = _DA1.search(answer)
    # Konsole and WezTerm know kitty's protocol but not its placeholders; they also know sixel,
    # which kitty does not.
    if attributes and b"4" in attributes[1].split(b";"):
        return Graphics.SIXEL
    if f"\x1b_Gi={_KITTY_ID};OK".encode() in answer:
        return Graphics.KITTY
    return Graphics.HALFCELL


def _ask_tmux() -> str:
    """Ask tmux for the terminal around it: it answers for itself, not for that."""
    about = "#{allow-passthrough} #{client_termname} #{client_termfeatures}"
    command = ["tmux", "display-message", "-p", about]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _through_tmux(told: str, graphics: Graphics) -> Graphics:
    """Say what of the graphics of the terminal around it tmux lets through."""
    passes, name, features, *_ = [*told.split(), "", "", ""]
    # It draws the placeholders itself, as text; the pictures go past it.
    if passes in ("on", "all", "1", "2") and name in _KITTIES:
        return Graphics.KITTY
    if graphics is Graphics.SIXEL and "sixel" in features.split(","):
        return Graphics.SIXEL
    return Graphics.HALFCELL


def _is_light(answer: bytes) -> bool:
    match = _BACKGROUND.search(answer)
    if match is None:
        return False
    red, green, blue = (int(part, 16) / int(b"f" * len(part), 16) for part in match.groups())
    return 0.3 * red + 0.6 * green + 0.1 * blue > 0.5


def _cell(answer: bytes) -> tuple[int, int] | None:
    match = _CELL.search(answer)
    return _plausible(int(match[2]), int(match[1])) if match else None


def _cell_by_ioctl() -> tuple[int, int] | None:
    try:
        data = fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCGWINSZ, bytes(8))  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", data)
    return _plausible(width // columns, height // rows) if rows and columns else None


def _plausible(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if 3 <= width <= 100 and 5 <= height <= 200 else None
