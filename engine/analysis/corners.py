"""Corners all over a picture, and the parts of it that they lie in."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.similarity import Points
from engine.values import Luma, Mask

CELLS = (10, 8)
"""Columns and rows that corners are spread over."""

Cells = NDArray[np.int64]
"""``(N,)``, the part of the picture each point lies in, counted row by row."""

Parts = NDArray[np.bool_]
"""``(columns * rows,)``, True for the parts of the picture that are meant."""

_CORNERS_A_CELL = 3
_BEST = 0.0005
"""Share of the best corner's strength that any must have."""
_NOISE = 5e-6
"""An eigenvalue this low is codec noise."""


def find_corners(grey: Luma, still: Mask | None = None) -> tuple[Points, Cells]:
    """Find corners all over a picture, so that no busy part outweighs the rest.

    Parameters
    ----------
    grey : (H, W) uint8 array
    still : (H, W) bool array or None
        True where no corner is wanted.

    Returns
    -------
    points : (N, 2) float32 array
    cells : (N,) int64 array
        The part of the picture each lies in.
    """
    height, width = grey.shape
    margin = max(3, round(0.02 * max(width, height)))
    strength = cv2.cornerMinEigenVal(grey, 5)
    peaks = strength >= cv2.dilate(strength, np.ones((7, 7), np.uint8))
    peaks[:margin] = peaks[-margin:] = False
    peaks[:, :margin] = peaks[:, -margin:] = False
    if still is not None:
        peaks &= ~still
    peaks &= strength > max(_NOISE, _BEST * float(strength.max()))
    # One number for each place is found ten times as fast as two.
    places = np.flatnonzero(peaks)
    rows, columns = np.divmod(places, width)
    cells = (rows * CELLS[1] // height) * CELLS[0] + columns * CELLS[0] // width
    order = np.lexsort((-strength.ravel()[places], cells))
    cells, rows, columns = cells[order], rows[order], columns[order]
    first = np.searchsorted(cells, cells, side="left")
    best = np.arange(len(cells)) - first < _CORNERS_A_CELL
    points = np.stack([columns[best], rows[best]], axis=1).astype(np.float32)
    return points, cells[best].astype(np.int64)


def _cell_weights() -> NDArray[np.float64]:
    """Weigh the parts of a picture: the sides and top are mostly backdrop."""
    columns, rows = CELLS
    x, y = np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns)
    edge = (x < 2) | (x >= columns - 2) | (y < 2)
    return np.where(edge, 2.5, 1.0)


_CELL_WEIGHTS = _cell_weights()


def parts_of(cells: Cells) -> Parts:
    """Tell which parts of the picture have points."""
    parts = np.zeros(len(_CELL_WEIGHTS), np.bool_)
    parts[cells] = True
    return parts


def members(cells: Cells) -> NDArray[np.int64]:
    """Count the points in each part of the picture."""
    return np.bincount(cells, minlength=len(_CELL_WEIGHTS))


def share_of(parts: Parts) -> float:
    """Give the share of the picture's parts that are meant."""
    return np.count_nonzero(parts) / len(_CELL_WEIGHTS)


def area_of(parts: Parts) -> float:
    """Weigh parts of the picture."""
    return float(_CELL_WEIGHTS @ parts)
