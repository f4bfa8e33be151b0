"""What is drawn in a thumbnail, whatever the light, and whether two drawings show the same."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.looks import ExactThumb, Thumb, grey_of

_BLACK = 16
"""Grey level up to which a bar beside the picture may be lit by noise."""

_EDGE = 0.75
"""Share of its inner neighbour's light below which an outermost line is half covered by a gate."""

_CORNER = 1 / 8
"""Share of the picture's height that the round corners of a film gate reach to."""

_LEAST_PICTURE = 1 / 3
"""Share of the frame's width and height that is picture, whatever is dark."""

_LEAST_TO_CUT = 8
"""Lines that a thumbnail has at least for its edge to be cut off."""

_FOUND = 0.85
"""Correlation from which on a part of a drawing is surely found again."""

_PASSED = 0.1
"""Share of the picture's shorter side by which a camera on its way has moved at least."""

Detail = NDArray[np.float32]
"""Grey thumbnail without its slow changes: what is drawn, whatever the light."""


def detail_of(thumb: Thumb | ExactThumb) -> Detail:
    """Keep what is drawn in a thumbnail and drop the light: a grey high-pass."""
    grey = grey_of(thumb)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), 4), np.float32)


def alike(one: Detail, other: Detail) -> float:
    """Correlate two drawings: 1 the same, about 0 unrelated (or nothing drawn)."""
    scale = float(cv2.norm(one)) * float(cv2.norm(other))
    # One grey level all over is noise; it must not correlate by chance.
    return float(one.ravel() @ other.ravel()) / (scale + one.size * 0.02)


def passes_on(first: Detail, middle: Detail, last: Detail) -> bool:
    """Whether what is drawn moves from the first over the middle to the last, and goes on so far.

    A camera that tilts over a sky that darkens evenly passes through mixes of where it comes from
    and where it goes to, but takes what is drawn with it; in a dissolve that stays.
    """
    here = _place_in(first, middle)
    there = None if here is None else _place_in(middle, last)
    if here is None or there is None:
        return False
    ways = sorted(float(np.hypot(*way)) for way in (here, there))
    apart = float(np.hypot(*(here - there)))
    return ways[0] > max(2.0, _PASSED * min(middle.shape)) and apart < 0.5 * ways[1]


def shift_explains(before: Detail, after: Detail, enough: float = 0.72) -> bool:
    """Whether a part of one drawing is found, moved, in the other: a whip pan, not a cut."""
    height, width = after.shape
    centre = after[height // 4 : -(height // 4), width // 4 : -(width // 4)]
    parts = (*(part for _, part in _halves(after)), centre)
    return any(_search(before, part)[0] > enough for part in parts)


def _place_in(other: Detail, drawing: Detail) -> NDArray[np.float64] | None:
    """Find how far down and right a half of a drawing is found best in another; None where not."""
    best, place = _FOUND, None
    for (top, left), part in _halves(drawing):
        alike_most, (down, right) = _search(other, part)
        if alike_most > best:
            best, place = alike_most, np.array([down - top, right - left], np.float64)
    return place


def _halves(drawing: Detail) -> list[tuple[tuple[int, int], Detail]]:
    """Give the halves of a drawing, each with how far down and right it begins."""
    height, width = drawing.shape
    return [
        ((0, 0), drawing[:, : width // 2]),
        ((0, width // 2), drawing[:, width // 2 :]),
        ((0, 0), drawing[: height // 2]),
        ((height // 2, 0), drawing[height // 2 :]),
    ]


def _search(other: Detail, part: Detail) -> tuple[float, tuple[int, int]]:
    """Find a part of a drawing in another: its correlation there, and how far down and right.

    The correlation is -1 where too little is drawn in the part to be found.
    """
    if min(part.shape) < 4 or float(part.std()) < 2.0:
        return -1.0, (0, 0)
    found = cv2.matchTemplate(other, np.ascontiguousarray(part), cv2.TM_CCOEFF_NORMED)
    _, most, _, (right, down) = cv2.minMaxLoc(found)
    return most, (down, right)


def within_bars(thumbs: Sequence[Thumb]) -> list[Thumb]:
    """Cut off the black bars around all of some thumbnails, and the edge of a film gate.

    Such an edge is the strongest thing drawn in many a frame, and no cut changes it.
    """
    return _within_gate(thumbs if _fills_frame(thumbs[0]) else _within_black(thumbs))


def _within_black(thumbs: Sequence[Thumb]) -> Sequence[Thumb]:
    height, width = thumbs[0].shape[:2]
    flat = thumbs[0].reshape(height, -1)
    for thumb in thumbs[1:]:
        flat = np.asarray(cv2.max(flat, thumb.reshape(height, -1)))
    rows = _lit_span(cv2.reduce(flat, 1, cv2.REDUCE_MAX).ravel() > _BLACK)
    channels = cv2.reduce(flat, 0, cv2.REDUCE_MAX).reshape(width, -1)
    columns = _lit_span(channels.max(axis=1) > _BLACK)
    if rows.stop - rows.start < _LEAST_PICTURE * height:
        rows = slice(0, height)
    if columns.stop - columns.start < _LEAST_PICTURE * width:
        columns = slice(0, width)
    if (rows, columns) == (slice(0, height), slice(0, width)):
        return thumbs
    return [np.ascontiguousarray(thumb[rows, columns]) for thumb in thumbs]


def _within_gate(thumbs: Sequence[Thumb]) -> list[Thumb]:
    """Cut off outermost lines that something narrower than a line darkens in all thumbnails."""
    height, width = thumbs[0].shape[:2]
    if min(height, width) < _LEAST_TO_CUT:
        return list(thumbs)
    dark = [True] * 4
    for thumb in thumbs:
        dark = [far and here for far, here in zip(dark, _dark_sides(thumb), strict=True)]
        if not any(dark):
            return list(thumbs)
    top, bottom, left, right = dark
    rows, columns = slice(int(top), height - int(bottom)), slice(int(left), width - int(right))
    inside = [np.ascontiguousarray(thumb[rows, columns]) for thumb in thumbs]
    return _with_corners(inside) if top and bottom and left and right else inside


def _dark_sides(thumb: Thumb) -> tuple[bool, bool, bool, bool]:
    """Whether the outermost lines are dark beside the next: above, below, at the left and right."""
    return (
        _light(thumb[:1]) < _EDGE * _light(thumb[1:2]),
        _light(thumb[-1:]) < _EDGE * _light(thumb[-2:-1]),
        _light(thumb[:, :1]) < _EDGE * _light(thumb[:, 1:2]),
        _light(thumb[:, -1:]) < _EDGE * _light(thumb[:, -2:-1]),
    )


def _light(lines: Thumb) -> float:
    return sum(cv2.sumElems(lines))


def _with_corners(thumbs: list[Thumb]) -> list[Thumb]:
    """Fill corners that are round and black in all thumbnails with what stands beside them."""
    far = int(_CORNER * thumbs[0].shape[0])
    ends = [thumb[y, x] for thumb in thumbs for y in (0, -1) for x in (0, -1)]
    if far < 2 or max(int(end.max()) for end in ends) > _BLACK:
        return thumbs
    y, x = np.mgrid[:far, :far]
    outside = np.hypot(far - y, far - x) > far - 1
    for thumb in thumbs:
        for rows in (1, -1):
            for columns in (1, -1):
                part = thumb[::rows, ::columns]
                part[:far, :far][outside] = part[far, far]
    return thumbs


def _fills_frame(thumb: Thumb) -> bool:
    """Whether a picture is lit at all four sides."""
    sides = thumb[0], thumb[-1], thumb[:, 0], thumb[:, -1]
    return all(int(side.max()) > _BLACK for side in sides)


def _lit_span(lit: NDArray[np.bool_]) -> slice:
    """Give the places from the first to the last that is lit, without one that is half a bar."""
    places = np.flatnonzero(lit)
    if not len(places):
        return slice(0, 0)
    first, last = int(places[0]), int(places[-1])
    return slice(first + (first > 0), last + (last == len(lit) - 1))
