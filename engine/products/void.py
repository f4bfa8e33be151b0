"""What is not picture: letterbox bars and canvas that no frame has filled."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.contrast import highest_channel
from engine.values import Image, Mask

_DARK = 24
"""Bars are no brighter than this in any channel."""

_EVEN = 6.0
"""Spread of grey levels along a row or column of a bar."""

_LEAST_SHARE = 0.002


def find_void(image: Image) -> Mask | None:
    """Find bars along the edges and flat black regions that touch them.

    Parameters
    ----------
    image : (h, w, 3) uint8 array
        A working picture.

    Returns
    -------
    (h, w) bool array, or None
        None where all of it is picture, or nothing is.
    """
    void = _bars(image) | _unfilled(image)
    share = float(void.mean())
    if not _LEAST_SHARE < share < 0.95:
        return None
    # Where it ends, a pixel of the working picture is partly void.
    return np.asarray(cv2.dilate(void.view(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _bars(image: Image) -> Mask:
    peak = highest_channel(image).astype(np.float32)
    void = np.zeros(peak.shape, np.bool_)
    for axis, view in ((1, void), (0, void.T)):
        bar = (peak.mean(axis=axis) < _DARK) & (peak.std(axis=axis) < _EVEN)
        for line in range(_run(bar)):
            view[line] = True
        for line in range(_run(bar[::-1])):
            view[len(bar) - 1 - line] = True
    return void


def _run(bar: Mask) -> int:
    """Count how many values are true from the start."""
    return int(np.argmin(bar)) if not bar.all() else len(bar)


def _unfilled(image: Image) -> Mask:
    """Find pure black that hangs together with the border: no camera gives that."""
    black = (highest_channel(image) == 0).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(black, connectivity=4)
    height, width = black.shape
    void = np.zeros(black.shape, np.bool_)
    for label in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[label])
        at_edge = x == 0 or y == 0 or x + w == width or y + h == height
        if at_edge and area > 0.01 * black.size:
            void |= labels == label
    return void
