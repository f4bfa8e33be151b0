"""Many pictures in one: laid out in a grid, with what was decided on each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.values import Size, State

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

GAP = 12
"""Pixels between two pictures."""

PAGE = 12
"""Pictures of a sheet."""

HERE, APPROVED, REJECTED, LATER = "#f2c063", "#6cb6ff", "#f0883e", "#b392f0"
TWEAKED = "#f2c063"
GROUND = "#12141a"

Place = tuple[int, int, int, int]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Small pictures in their order."""

    paths: tuple[Path | None, ...]
    """None where there is no picture."""
    shapes: tuple[Size, ...]
    """Their sizes, or only their proportions."""
    states: tuple[State, ...] = ()
    """What was decided on each; empty where that does not matter."""
    here: int = -1
    """Which one the cursor is on; -1 for none."""
    made: tuple[str, ...] = ()
    """Names of pictures in memory that take the place of a file; empty where none does."""
    pictures: Mapping[str, Picture] = field(default_factory=dict, compare=False)
    """Those, by name."""
    former: tuple[bool, ...] = ()
    """Whether one was tweaked since its file was made."""

    def places(self, room: Size) -> list[Place]:
        """Say where each of them may be."""
        columns = columns_for(self.shapes, room)
        width, height = room[0] // columns, room[1] // -(-max(1, len(self.paths)) // columns)
        margin = GAP // 2
        corners = [(n % columns * width, n // columns * height) for n in range(len(self.paths))]
        return [
            (x + margin, y + margin, x + width - margin, y + height - margin) for x, y in corners
        ]

    def at(self, x: int, y: int, room: Size) -> int | None:
        """Say which of them is at a place of the room."""
        for number, (left, top, right, bottom) in enumerate(self.places(room)):
            if left <= x + GAP // 2 < right + GAP and top <= y + GAP // 2 < bottom + GAP:
                return number
        return None


def columns_for(sizes: Sequence[Size], room: Size) -> int:
    """Say in how many columns pictures are largest when each has a place of the same size."""

    def area(columns: int) -> float:
        rows = -(-len(sizes) // columns)
        width, height = room[0] / columns - GAP, room[1] / rows - GAP
        scales = [max(0.0, min(width / size[0], height / size[1])) for size in sizes]
        return sum(s * s * w * h for s, (w, h) in zip(scales, sizes, strict=True))

    return max(range(1, len(sizes) + 1), key=area, default=1)


def within(size: Size, place: Place) -> Place:
    """Give where a picture of ``size`` lies in the middle of a place, as large as it fits."""
    left, top, right, bottom = place
    width, height = max(1, right - left), max(1, bottom - top)
    scale = min(width / size[0], height / size[1])
    across, down = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    x, y = left + (width - across) // 2, top + (height - down) // 2
    return x, y, x + across, y + down


def laid_out(room: Size, ground: str, placed: Sequence[tuple[Picture, Place]]) -> Picture:
    """Paste pictures, as large as they fit, in the middle of their places."""
    from PIL import Image

    canvas = Image.new("RGB", room, ground)
    for picture, place in placed:
        left, top, right, bottom = within(picture.size, place)
        small = picture.resize((right - left, bottom - top), Image.Resampling.BICUBIC)
        canvas.paste(small, (left, top))
    return canvas


def draw_sheet(
    sheet: Sheet, room: Size, ground: str, read: Callable[[Path | None], Picture]
) -> Picture:
    """Lay the pictures out; what cannot be read leaves its place empty."""
    placed = []
    for number, (path, place) in enumerate(zip(sheet.paths, sheet.places(room), strict=True)):
        made = sheet.pictures.get(sheet.made[number]) if sheet.made else None
        with contextlib.suppress(OSError, ValueError):
            placed.append((made or read(path), place))
    return laid_out(room, ground, placed)


def mark_sheet(picture: Picture, sheet: Sheet, line: int) -> Picture:
    """Show which one the cursor is on, and by signs what was decided; lines so many pixels wide."""
    from PIL import Image
    from PIL.ImageDraw import Draw

    marked = picture.copy()
    places = sheet.places(picture.size)
    for state, shape, place in zip(sheet.states, sheet.shapes, places, strict=False):
        inside = within(shape, place)
        if state is State.REJECTED:
            dark = Image.eval(marked.crop(inside), lambda value: value * 3 // 10)
            marked.paste(dark, inside[:2])
        _sign(Draw(marked), state, inside, line)
    for former, shape, place in zip(sheet.former, sheet.shapes, places, strict=False):
        if former:
            left, top, right, bottom = within(shape, place)
            side = _side(top, bottom, line)
            _draw_sign(Draw(marked), TWEAKED, [_WAVE], (right - side, top), side, line)
    if 0 <= sheet.here < len(places):
        left, top, right, bottom = within(sheet.shapes[sheet.here], places[sheet.here])
        around = left - line, top - line, right + line - 1, bottom + line - 1
        Draw(marked).rectangle(around, outline=HERE, width=line)
    return marked


_SIGNS: Mapping[State, tuple[str, list[list[tuple[float, float]]]]] = {
    State.APPROVED: (APPROVED, [[(0.15, 0.55), (0.4, 0.8), (0.85, 0.2)]]),
    State.REJECTED: (REJECTED, [[(0.2, 0.2), (0.8, 0.8)], [(0.2, 0.8), (0.8, 0.2)]]),
    State.SKIPPED: (LATER, [[(x, 0.2), (x + 0.3, 0.5), (x, 0.8)] for x in (0.2, 0.5)]),
}
"""Colours and strokes, in shares of a sign's side."""


def _sign(draw: ImageDraw, state: State, inside: Place, line: int) -> None:
    """Draw a verdict's sign into the upper left corner."""
    if state in _SIGNS:
        side = _side(inside[1], inside[3], line)
        _draw_sign(draw, *_SIGNS[state], inside[:2], side, line)


_WAVE = [(0.15, 0.6), (0.3, 0.4), (0.5, 0.5), (0.7, 0.6), (0.85, 0.4)]
"""A tilde, as the lists mark what was tweaked."""


def _side(top: int, bottom: int, line: int) -> int:
    return max(6 * line, (bottom - top) // 5)


def _draw_sign(
    draw: ImageDraw,
    ink: str,
    strokes: Sequence[Sequence[tuple[float, float]]],
    corner: tuple[int, int],
    side: int,
    line: int,
) -> None:
    left, top = corner
    draw.rectangle((left, top, left + side, top + side), fill=GROUND)
    for stroke in strokes:
        points = [(left + x * side, top + y * side) for x, y in stroke]
        draw.line(points, fill=ink, width=line, joint="curve")
