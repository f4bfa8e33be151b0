"""Lettering in a picture: strokes that stand in lines, as nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Box, Luma

Strokes = NDArray[np.uint8]
"""255 on strokes, shape ``(H, W)``."""

STROKE = 24
"""Grey levels by which a stroke stands out from what is beside it."""

_LOWEST, _HIGHEST = 0.016, 0.12
"""Height of a line of letters, shares of the picture's height."""

_FINE_HIGHEST = 0.085
"""The same of one whose strokes may be too thin to be seen in half the size."""

_LONGEST_GAP = 0.045
"""Between two words of a line, share of the picture's height."""

_SOLID = 0.44
"""Share of its box that a line fills once the gaps between its letters are closed."""

_FEWEST_STROKES = 5
"""Strokes that a pen's way through the middle of a line crosses."""

_ONE_INK = 30
"""Grey levels that letters of one colour may differ by."""

_THIN = 12
"""Height of a line whose letters have strokes of a whole pixel, pixels."""

_FINE = 0.2
"""Share of a line that its letters fill when they are written with a finer pen than that."""

_MANY_STROKES = 14

_PEN = 1 / 40
"""Thickest stroke, share of the picture's height."""


def find_strokes(luma: Luma, *, dark: bool = False) -> Strokes:
    """Mark thin bright (or dark) strokes, which stand out from what is beside them.

    Parameters
    ----------
    luma : (H, W) uint8 array
    dark : bool
        Look for ink on paper rather than light on film.

    Returns
    -------
    (H, W) uint8 array
        255 on strokes.
    """
    side = 2 * round(luma.shape[0] * _PEN / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (max(5, side), max(5, side)))
    kind = cv2.MORPH_BLACKHAT if dark else cv2.MORPH_TOPHAT
    height = cv2.morphologyEx(luma, kind, kernel)
    # Half of the way up: the soft feet of bright letters would join them.
    around = cv2.dilate(height, kernel)
    floor = cv2.convertScaleAbs(around, alpha=0.5)
    least = np.full_like(floor, STROKE)
    return np.asarray(cv2.compare(height, cv2.max(floor, least), cv2.CMP_GT), np.uint8)


def find_lines(strokes: Strokes, luma: Luma) -> list[Box]:
    """Find the lines of letters among strokes.

    Letters of a line are of one height and one colour, stand on one foot and are close
    together; a line is longer than it is high.

    Parameters
    ----------
    strokes : (H, W) uint8 array
        255 on strokes that may be letters.
    luma : (H, W) uint8 array
        The picture they are in.

    Returns
    -------
    list of Box
        Around the letters of each, without margin; from the top down.
    """
    height = strokes.shape[0]
    low, high = max(5.0, height * _LOWEST), height * _HIGHEST
    found = _lines_of(strokes, luma, low, high / 2)
    half = cv2.resize(strokes, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    large = (half > 127).astype(np.uint8) * np.uint8(255)
    small = cv2.resize(luma, large.shape[::-1], interpolation=cv2.INTER_AREA)
    for box in _lines_of(large, np.asarray(small, np.uint8), low, high / 2):
        line = Box(2 * box.x, 2 * box.y, 2 * box.width, 2 * box.height)
        if not any(_touch(line, other) for other in found):
            found.append(line)
    for line in _lines_of(strokes, luma, high / 2, height * _FINE_HIGHEST):
        if not any(_touch(line, other) for other in found):
            found.append(line)
    return sorted(found, key=lambda box: (box.y, box.x))


def _lines_of(strokes: Strokes, luma: Luma, low: float, high: float) -> list[Box]:
    """Find lines between ``low`` and ``high`` pixels high."""
    gap = 2 * round(luma.shape[0] * _LONGEST_GAP / 2) + 1
    # Strokes are often in one corner only; nothing is closed further than a gap around them.
    x, y, wide, high_up = cv2.boundingRect(strokes)
    if not wide:
        return []
    x, wide = max(0, x - gap), wide + gap + min(gap, x)
    part = strokes[y : y + high_up, x : x + wide]
    closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    # Gaps are closed across, so there are far less parts than 16 bits can count.
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8, ltype=cv2.CV_16U)
    left, top, width, tall, area = stats[1:].T
    likely = (tall >= low) & (tall <= high) & (width >= 2.2 * tall)
    likely &= area >= _SOLID * width * tall
    boxes = [
        Box(int(left[i]) + x, int(top[i]) + y, int(width[i]), int(tall[i]))
        for i in np.flatnonzero(likely)
    ]
    return [box for box in boxes if _is_lettering(box, strokes, luma)]


def _touch(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) > max(one.x, other.x)
    return across and min(one.bottom, other.bottom) > max(one.y, other.y)


def _is_lettering(box: Box, strokes: Strokes, luma: Luma) -> bool:
    inside = strokes[box.slices] > 0
    if not 0.10 <= float(inside.mean()) <= 0.72:
        return False
    # A pen crosses a line of letters again and again, about as often as the line is high.
    crossings = np.count_nonzero(np.diff(inside.astype(np.int8), axis=1) == 1, axis=1)
    middle = crossings[box.height // 4 : max(box.height // 4 + 1, 3 * box.height // 4)]
    usual = float(np.median(middle))
    if usual < _FEWEST_STROKES or not 0.5 <= usual * box.height / box.width <= 4.0:
        return False
    # Thin pens are mixed with the paper; many letters make up for it.
    small = max(0, _THIN - box.height, 5 if float(inside.mean()) < _FINE else 0)
    slack = 8 * small if usual >= _MANY_STROKES else 0
    return _one_ink(luma[box.slices], inside, _ONE_INK + slack)


def _one_ink(luma: AnyArray, inside: AnyArray, most: float) -> bool:
    """Whether the middles of the strokes have one grey level."""
    core = cv2.erode(inside.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
    levels = luma[core if int(core.sum()) >= 12 else inside]
    low, high = np.percentile(levels, (30, 85))
    return float(high - low) <= most


def blocks_of(lines: Sequence[Box]) -> list[list[Box]]:
    """Put lines that stand close above each other together."""
    blocks: list[list[Box]] = []
    for line in lines:
        for block in blocks:
            if any(_belong(line, other) for other in block):
                block.append(line)
                break
        else:
            blocks.append([line])
    return blocks


def _belong(one: Box, other: Box) -> bool:
    tall = max(one.height, other.height)
    gap_down = max(one.y, other.y) - min(one.bottom, other.bottom)
    gap_across = max(one.x, other.x) - min(one.right, other.right)
    return gap_down <= 1.6 * tall and gap_across <= 2.5 * tall


def around(lines: Sequence[Box]) -> Box:
    """Give the box around some lines."""
    left, top = min(i.x for i in lines), min(i.y for i in lines)
    right, bottom = max(i.right for i in lines), max(i.bottom for i in lines)
    return Box(left, top, right - left, bottom - top)
