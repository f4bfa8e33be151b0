"""The frames of a scene in one line: what stands in front, which are taken, where the handles are.

Knows no screen: gives lines of text as wide as there is room for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from tui.theme import Palette

BARS = "▁▂▃▄▅▆▇█"
START, STOP, HERE, OUT = "┣", "┫", "▲", "✗"


@dataclass(frozen=True, slots=True)
class Frames:
    """What a strip shows."""

    shot: tuple[int, int]
    """All frames that may be taken, ``[first, after)``."""
    heights: Mapping[int, float]
    """How high the bar of a frame is, in any unit; what is not known stands as the one before."""
    taken: tuple[int, int] | None = None
    """The frames between the handles, ``[start, stop)``; None where there are no handles."""
    out: Collection[int] = ()
    """Frames that are left out."""
    here: int | None = None
    """The frame at hand."""
    held: str = ""
    """The handle that the keys move: ``start``, ``stop`` or none."""


def overview(frames: Frames, width: int, colours: Palette) -> list[Text]:
    """Draw all frames of the scene in ``width`` cells."""
    first, after = frames.shot
    width = max(8, min(width, after - first))
    lines = [_bars(frames, width, colours), _handles(frames, width, colours)]
    lines.append(_numbers(frames, width, colours))
    return [line for line in lines if line.plain.strip()]


def closeup(frames: Sequence[tuple[int, bool]], here: int, heights: Sequence[float]) -> list[str]:
    """Draw a bar for each frame, over which are left out and which is meant.

    ``heights`` belong to ``frames``, in any unit, or are empty.
    """
    most = max(heights, default=0.0) or 1.0
    bars = "".join(_bar(height / most) for height in heights)
    marks = "".join(OUT if out else HERE if frame == here else "·" for frame, out in frames)
    names = f"{frames[0][0]} to {frames[-1][0]}; {HERE} is {here}"
    return [*([bars] if bars else []), marks, names]


def _bar(share: float) -> str:
    return BARS[max(0, min(7, int(8 * share)))]


def _column(frames: Frames, width: int, frame: int) -> int:
    first, after = frames.shot
    return max(0, min(width - 1, (frame - first) * width // max(1, after - first)))


def _bars(frames: Frames, width: int, colours: Palette) -> Text:
    highest: dict[int, float] = {}
    for frame, height in frames.heights.items():
        column = _column(frames, width, frame)
        highest[column] = max(height, highest.get(column, 0.0))
    line = Text(no_wrap=True)
    most, height = max(highest.values(), default=0.0) or 1.0, 0.0
    if not highest:
        return line
    for column in range(width):
        height = highest.get(column, height)
        line.append(_bar(height / most), _ink(frames, width, column, colours.dim, colours.faint))
    return line


def _handles(frames: Frames, width: int, colours: Palette) -> Text:
    signs = ["─" if frames.taken is None else "━"] * width
    inks = [_ink(frames, width, column, colours.text, colours.faint) for column in range(width)]

    def put(frame: int, sign: str, ink: Style) -> None:
        column = _column(frames, width, frame)
        signs[column], inks[column] = sign, ink

    for frame in frames.out:
        put(frame, OUT, colours.warning)
    if frames.here is not None:
        put(frames.here, HERE, colours.bright)
    if frames.taken is not None:
        start, stop = frames.taken
        for name, frame, sign in (("start", start, START), ("stop", stop - 1, STOP)):
            put(frame, sign, colours.accent if frames.held == name else colours.bright)
    line = Text(no_wrap=True)
    for sign, ink in zip(signs, inks, strict=True):
        line.append(sign, ink)
    return line


def _ink(frames: Frames, width: int, column: int, inside: Style, outside: Style) -> Style:
    if frames.taken is None:
        return outside
    start, stop = frames.taken
    within = _column(frames, width, start) <= column <= _column(frames, width, stop - 1)
    return inside if within else outside


def _numbers(frames: Frames, width: int, colours: Palette) -> Text:
    first, after = frames.shot
    if frames.taken is not None:
        start, stop = frames.taken
        taken = f"{start}–{stop - 1}"
    else:
        taken = "" if frames.here is None else str(frames.here)
    ends = f"{first}", f"{after - 1}"
    room = width - len(ends[0]) - len(ends[1])
    if room < len(taken) + 2:
        return Text(taken, colours.text, no_wrap=True)
    line = Text(ends[0], colours.dim, no_wrap=True)
    line.append(taken.center(room), colours.text)
    return line.append(ends[1], colours.dim)
