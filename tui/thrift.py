"""Colours said once: what goes to the terminal says only how it differs from what came before.

Rich sets every colour of every piece of text anew and resets it behind. A cursor that moves by a
row says the same two colours ten times; over ssh that is most of what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate
from textual.driver import Driver

_STYLE = re.compile(r"\x1b\[([\d;]*)m")
_SILENT = re.compile(r"(?:\x1b\[[\d;?]*[A-Za-ln-z]|[\r\n])*")
"""What prints nothing: the cursor moves, a mode is set."""

_NEEDLESS = re.compile(r"(?:\x1b\[\d+;\d+H|\r?\n)+(?=\x1b\[\d+;\d+H)")
"""Where the cursor is put, or a line ended, just before it is put somewhere else."""


class Ink(NamedTuple):
    """What text is printed with."""

    colour: str = "39"
    ground: str = "49"
    manner: tuple[str, ...] = ()
    """Bold, underlined and the like."""


PLAIN = Ink()


def thrifty(text: str) -> str:
    """Give what draws the same in fewer bytes; what holds graphics is left as it is."""
    if "\x1b_" in text or "\x1bP" in text:
        return text
    pieces = _STYLE.split(_NEEDLESS.sub("", text))
    out = [pieces[0]]
    has, wants = PLAIN, PLAIN
    for style, words in zip(pieces[1::2], pieces[2::2], strict=True):
        wants = _after(wants, style)
        if not words:
            continue
        if not _SILENT.fullmatch(words):
            ink = wants
            if words.isspace() and not wants.manner and not has.manner:
                ink = Ink(has.colour, wants.ground)
            out.append(_change(has, ink))
            has = ink
        out.append(words)
    if has != PLAIN:
        out.append("\x1b[0m")
    return "".join(out)


@lru_cache(maxsize=4096)
def _after(ink: Ink, style: str) -> Ink:
    """Give the ink after a sequence of codes."""
    colour, ground, manner = ink
    codes = style.split(";") if style else ["0"]
    at = 0
    while at < len(codes):
        code = codes[at]
        length = 1
        if code in ("38", "48"):
            length = 5 if codes[at + 1 : at + 2] == ["2"] else 3
        whole = ";".join(codes[at : at + length])
        number = int(code or 0)
        if number == 0:
            colour, ground, manner = PLAIN
        elif number in (38, 39) or 30 <= number <= 37 or 90 <= number <= 97:
            colour = whole
        elif number in (48, 49) or 40 <= number <= 47 or 100 <= number <= 107:
            ground = whole
        else:
            manner = (*manner, whole)
        at += length
    return Ink(colour, ground, manner)


@lru_cache(maxsize=4096)
def _change(has: Ink, wants: Ink) -> str:
    """Write what turns one ink into another."""
    codes: list[str] = []
    if has.manner != wants.manner:
        if has.manner:
            codes.append("0")
            has = PLAIN
        codes += wants.manner
    if has.colour != wants.colour:
        codes.append(wants.colour)
    if has.ground != wants.ground:
        codes.append(wants.ground)
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def send_only_what_changed() -> None:
    """Have Textual begin a line where it changed: it ends there, but begins at the widget's left.

    Textual 8 leaves it as a task in its own code ("crop to x extents").
    """
    ChopsUpdate.render_segments = _render_segments  # type: ignore[method-assign, assignment]


def _render_segments(update: ChopsUpdate, console: Console) -> str:
    out: list[str] = []
    for y, left, right in update.spans:
        line = update.chops[y]
        for end, (x, strip) in zip(update.chop_ends[y], line.items(), strict=False):
            if strip is None or x >= right or end <= left:
                continue
            first = max(x, left)
            piece = strip.crop(first - x, min(end, right) - x)
            out += Control.move_to(first, y).segment.text, piece.render(console)
    return "".join(out)


def thrifty_driver(driver: type[Driver], wrote: Callable[[int], None]) -> type[Driver]:
    """Give a driver that sends everything through :func:`thrifty`, and tells how many bytes."""

    class ThriftyDriver(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> None:
            sent = thrifty(data)
            wrote(len(sent) if sent.isascii() else len(sent.encode()))
            super().write(sent)

    return ThriftyDriver
