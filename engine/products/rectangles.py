"""The largest rectangle that a mask holds."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import Box, Mask


def largest_rectangle(mask: Mask) -> Box | None:
    """Find the largest axis-aligned rectangle of true pixels.

    Parameters
    ----------
    mask : (H, W) bool array

    Returns
    -------
    Box or None
        Exact for masks up to about 400 pixels a side; of larger ones, the best on a coarser
        grid, grown to the pixel. None when the mask is empty.
    """
    step = max(1, round(max(mask.shape) / 400))
    rows, columns = mask.shape[0] // step, mask.shape[1] // step
    if not rows or not columns:
        return None
    # Down first: whole rows are compared at once, and few are left to be looked at pixel by pixel.
    strips = mask[: rows * step, : columns * step].reshape(rows, step, -1).all(axis=1)
    coarse = strips.reshape(rows, columns, step).all(axis=2)
    found = _largest(np.asarray(coarse, np.bool_))
    if found is None:
        return None if step == 1 else _largest(mask)
    return _grow(mask, found.scaled(step))


def _largest(mask: Mask) -> Box | None:
    """Largest rectangle under a histogram, row by row (a stack of rising heights).

    Rows, and columns, that are like the one before are looked at together with it.
    """
    bottoms, lefts = _ends_of_runs(mask), _starts_of_runs(mask.T)
    edges = [*lefts.tolist(), mask.shape[1]]
    height = np.zeros(len(lefts), np.int64)
    best, area, top = None, 0, 0
    for bottom in bottoms.tolist():
        height = np.where(mask[bottom - 1, lefts], height + bottom - top, 0)
        top = bottom
        stack: list[tuple[int, int]] = []
        for x, h in zip(edges, [*height.tolist(), 0], strict=True):
            start = x
            while stack and stack[-1][1] >= h:
                start, tall = stack.pop()
                if tall * (x - start) > area:
                    area = tall * (x - start)
                    best = Box(start, bottom - tall, x - start, tall)
            stack.append((start, h))
    return best


def _starts_of_runs(mask: Mask) -> NDArray[np.intp]:
    """Give the rows that differ from the one before, the first among them."""
    return np.flatnonzero(np.append(True, (mask[1:] != mask[:-1]).any(axis=1)))


def _ends_of_runs(mask: Mask) -> NDArray[np.intp]:
    return np.append(_starts_of_runs(mask)[1:], len(mask))


def _grow(mask: Mask, box: Box) -> Box:
    """Move each side outwards for as long as every pixel it crosses is true."""
    total = cv2.integral(mask.astype(np.uint8))
    x0, y0, x1, y1 = box.x, box.y, box.right, box.bottom
    moved = True

    def full(left: int, top: int, right: int, bottom: int) -> bool:
        inside = left >= 0 and top >= 0 and right <= mask.shape[1] and bottom <= mask.shape[0]
        if not inside:
            return False
        seen = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
        return int(seen) == (right - left) * (bottom - top)

    while moved:
        moved = False
        for dx0, dy0, dx1, dy1 in ((-1, 0, 0, 0), (0, 0, 1, 0), (0, -1, 0, 0), (0, 0, 0, 1)):
            if full(x0 + dx0, y0 + dy0, x1 + dx1, y1 + dy1):
                x0, y0, x1, y1 = x0 + dx0, y0 + dy0, x1 + dx1, y1 + dy1
                moved = True
    return Box(x0, y0, x1 - x0, y1 - y0)
