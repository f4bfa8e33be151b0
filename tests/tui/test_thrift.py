from __future__ import annotations

import random

import pyte
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from tui.thrift import send_only_what_changed, thrifty

STYLES = [
    "38;2;125;135;152;48;2;23;26;33", "1;38;2;244;246;250;48;2;38;53;74", "48;2;18;20;26", "4;31",
    "38;5;12;48;5;3", "97;100", "3", "7;38;2;1;2;3",
]  # fmt: skip


def drawn(text: str) -> list[list[object]]:
    screen = pyte.Screen(60, 20)
    pyte.Stream(screen).feed(text)
    blank = (" ", "\u00a0")
    return [
        [
            # A blank has no colour of its own, unless it is underlined or reversed.
            cell._replace(fg="default") if cell.data in blank and not cell.reverse else cell
            for cell in (screen.buffer[y][x] for x in range(60))
        ]
        for y in range(20)
    ]


def a_frame(rng: random.Random) -> str:
    """A frame as Textual writes it: places, and pieces of text between a style and its reset."""
    pieces = ["\x1b[?2026h"]
    for _ in range(12):
        pieces.append(f"\x1b[{rng.randint(1, 18)};{rng.randint(1, 30)}H")
        for _ in range(rng.randint(1, 4)):
            words = rng.choice(["   ", "plate", " ✓ ", "━━━", "x"])
            pieces.append(f"\x1b[{rng.choice(STYLES)}m{words}\x1b[0m")
        pieces.append("plain" * rng.randint(0, 1) + "\r\n")
    return "".join(pieces)


def test_it_draws_the_same_whatever_is_drawn() -> None:
    rng = random.Random(7)
    for _ in range(60):
        frames = [a_frame(rng) for _ in range(3)]
        assert drawn("".join(map(thrifty, frames))) == drawn("".join(frames))


def test_a_moved_cursor_costs_little_more_than_its_words() -> None:
    grey, bright = "38;2;125;135;152;48;2;23;26;33", "1;38;2;244;246;250;48;2;23;26;33"
    row = f"\x1b[{grey}m · \x1b[0m\x1b[{bright}mplate\x1b[0m\x1b[{grey}m .67  \x1b[0m"
    assert len(thrifty(row * 5)) < 0.75 * len(row * 5)
    same = f"\x1b[{grey}mone\x1b[0m\x1b[{grey}m two\x1b[0m"
    assert thrifty(same) == f"\x1b[{grey}mone two\x1b[0m"


def test_graphics_are_left_alone() -> None:
    for text in ("\x1b_Ga=t;AAAA\x1b\\\x1b[0m", "\x1b[1;1H\x1bPq#0\x1b\\"):
        assert thrifty(text) == text


def test_a_line_is_sent_from_where_it_changed_to_where_it_changed() -> None:
    send_only_what_changed()
    line = Strip([Segment("score of this "), Segment("picture 0.71 sharp")])
    update = ChopsUpdate([{0: line}], [(0, 24, 26)], [[60]])
    assert update.render_segments(Console()) == "\x1b[1;25H71"
