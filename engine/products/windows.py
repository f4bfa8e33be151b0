"""Square windows that hold something whole: rich inside, quiet along their border."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.squares import Square
from engine.values import AnyArray, FloatMap, Mask, Size

BORDER = 0.15
"""Width of the border that should be quiet, as a share of the side."""

BORDER_WEIGHT = 0.75
"""What richness along the border costs: there a thing would be cut through."""

_STEPS = 12
"""Places tried along one side of a window."""


@dataclass(frozen=True, slots=True)
class Window:
    """A square of the picture and how well it frames what it holds."""

    square: Square
    worth: float
    """Mean richness inside minus its share along the border; about 0 to 1."""


def rank_windows(
    richness: FloatMap, sides: Sequence[int], size: Size, void: Mask | None = None
) -> list[Window]:
    """Rate square windows all over a picture, best first, overlapping ones included.

    Parameters
    ----------
    richness : (h, w) float32 array in [0, 1]
        What is worth having, in a working picture.
    sides : sequence of int
        Sides tried, pixels of the full picture.
    size : (width, height)
        Of the full picture.
    void : (h, w) bool array, optional
        What must not be in any window.
    """
    windows: list[Window] = []
    sums = _integral(richness)
    voids = None if void is None else _integral(void.view(np.uint8))
    for side in sides:
        windows += _windows_of(side, sums, voids, size)
    windows.sort(key=lambda window: -window.worth)
    return windows


def _windows_of(
    side: int, sums: NDArray[np.float64], voids: NDArray[np.float64] | None, size: Size
) -> Iterator[Window]:
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    across, down = size[0] / width, size[1] / height
    span_x, span_y = min(width, round(side / across)), min(height, round(side / down))
    columns, rows = _places(width, span_x), _places(height, span_y)
    rim_x, rim_y = int(BORDER * span_x), int(BORDER * span_y)
    whole = _sum_of(sums, rows, columns, span_y, span_x)
    core_y, core_x = span_y - 2 * rim_y, span_x - 2 * rim_x
    core = _sum_of(sums, rows + rim_y, columns + rim_x, core_y, core_x)
    border = (whole - core) / max(1, span_x * span_y - core_x * core_y)
    worth = whole / (span_x * span_y) - BORDER_WEIGHT * border
    if voids is not None:
        worth[_sum_of(voids, rows, columns, span_y, span_x) > 0.01 * span_x * span_y] = -1
    for (i, j), value in np.ndenumerate(worth):
        if value > 0:
            x = min(round(float(columns[j]) * across), size[0] - side)
            y = min(round(float(rows[i]) * down), size[1] - side)
            yield Window(Square(x, y, side), float(value))


def _integral(values: AnyArray) -> NDArray[np.float64]:
    return np.asarray(cv2.integral(values, sdepth=cv2.CV_64F), np.float64)


def _places(length: int, span: int) -> NDArray[np.intp]:
    step = max(1, span // _STEPS)
    return np.unique(np.append(np.arange(0, length - span + 1, step), length - span))


def _sum_of(
    sums: NDArray[np.float64],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    height: int,
    width: int,
) -> NDArray[np.float64]:
    """Sum a map over rectangles with their top left corners at each row and column."""
    low, right = rows + height, columns + width
    total = sums[np.ix_(low, right)] - sums[np.ix_(rows, right)]
    total -= sums[np.ix_(low, columns)] - sums[np.ix_(rows, columns)]
    return np.asarray(total, np.float64)
