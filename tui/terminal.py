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
    interactive: bool = True
    """Keys come from it and the screen goes to it."""
    light: bool = False
    """Its background is nearer to white."""

    @property
    def pixels(self) -> tuple[int, int]:
        """Pixels of a picture that a cell shows one for one."""
        return self.cell if self.graphics in (Graphics.KITTY, Graphics.SIXEL) else (1, 2)


_KITTY_ID = 31
_PATIENCE = 2.0
"""Seconds to wait for DA1, which every terminal answers."""

_STRAGGLERS = 0.01
"""Seconds of silence after which nothing more comes that could be taken for a key."""

_DA1 = re.compile(rb"\x1b\[\?([\d;]*)c")
_BACKGROUND = re.compile(rb"\x1b\]11;rgb:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")


def find_terminal(wanted: str = "auto") -> Terminal:
    """Find out how to draw; ``wanted`` overrules what the terminal says of itself."""
    tmux = bool(os.environ.get("TMUX"))
    if not _is_terminal():
        return Terminal(Graphics.NONE, interactive=False)
    if wanted in (Graphics.HALFCELL, Graphics.NONE):
        return Terminal(Graphics(wanted), _cell_by_ioctl() or (10, 20), tmux)
    answer = _ask(tmux)
    graphics = _graphics(answer) if wanted == "auto" else Graphics(wanted)
    if wanted == "auto" and tmux and graphics is Graphics.SIXEL and not _tmux_passes_sixels():
        graphics = Graphics.HALFCELL
    cell = _cell_by_ioctl() or _cell(answer) or (10, 20)
    return Terminal(graphics, cell, tmux, light=_is_light(answer))


def _is_terminal() -> bool:
    try:
        return os.isatty(sys.__stdin__.fileno()) and os.isatty(sys.__stdout__.fileno())  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return False


def _ask(tmux: bool) -> bytes:
    """Send all questions, read until the last is answered."""
    kitty = f"\x1b_Gi={_KITTY_ID},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
    background = "\x1b]11;?\x1b\\"
    # A multiplexer answers the last question itself, but may pass the others on: a graphics
    # query would end up in a title, and a late answer would be taken for keys.
    multiplexed = tmux or os.environ.get("TERM", "").startswith(("screen", "tmux"))
    questions = ("" if multiplexed else kitty + background) + "\x1b[16t\x1b[c"
    answer = b""
    try:
        with _raw_input() as stdin:
            os.write(sys.__stdout__.fileno(), questions.encode())  # type: ignore[union-attr]
            until = time.monotonic() + _PATIENCE
            while not _DA1.search(answer) and (rest := until - time.monotonic()) > 0:
                if select.select([stdin], [], [], rest)[0]:
                    answer += os.read(stdin, 1024)
            while select.select([stdin], [], [], _STRAGGLERS)[0]:
                answer += os.read(stdin, 1024)
    except (OSError, termios.error, ValueError):
        return b""
    return answer


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


def _tmux_passes_sixels() -> bool:
    """Whether the terminal around tmux draws sixels: tmux answers for itself, not for it."""
    command = ["tmux", "display-message", "-p", "#{client_termfeatures}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return "sixel" in done.stdout.strip().split(",")


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
