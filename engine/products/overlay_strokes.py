"""The strokes of a subtitle, credit or logo inside the rectangle that is known to hold it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from engine.values import AnyArray, Mask

_CONTRAST = 20  # grey levels that a stroke stands out from what is around it
_THICKEST = 31  # pixels: a thicker stroke is taken for a part of the picture
_GLOW = np.ones((5, 5), np.uint8)  # around strokes: outlines, glow, and what reducing smears


def find_lettering(
    small: AnyArray, rows: Sequence[int], edges: AnyArray, shifts: AnyArray
) -> Iterator[tuple[int, Mask]]:
    """Mark lettering in the frames that carry it.

    It stands still in the frame while the film goes on behind it, so it is looked for in the
    median of those frames: strokes, light or dark, that are thinner than their rectangle.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Reduced frames, registered: what stands still in the frame may move in them.
    rows : sequence of int
        The frames that carry it.
    edges : (4,) array
        Left, top, right and bottom of its rectangle in an unregistered frame, reduced pixels.
    shifts : (N, 2) array
        Of the frames, reduced pixels.

    Yields
    ------
    int, (h, w) bool array
        A frame, and where it is lettered over.
    """
    height, width = small.shape[1:3]
    places = []
    for row in rows:
        x, y = np.rint(shifts[row]).astype(int)
        left, top = max(0, int(edges[0]) - 2 - x), max(0, int(edges[1]) - 2 - y)
        right, bottom = int(np.ceil(edges[2])) + 2 - x, int(np.ceil(edges[3])) + 2 - y
        places.append((left, top, min(width, right), min(height, bottom)))
    whole = min((right - left for left, _, right, _ in places), default=0)
    high = min((bottom - top for _, top, _, bottom in places), default=0)
    if whole < 3 or high < 3:
        return
    parts = np.stack(
        [
            small[row, top : top + high, left : left + whole]
            for row, (left, top, _, _) in zip(rows, places, strict=True)
        ]
    )
    strokes = _strokes(np.median(parts, axis=0).astype(np.uint8))
    for row, (left, top, _, _) in zip(rows, places, strict=True):
        mask = np.zeros((height, width), bool)
        mask[top : top + high, left : left + whole] = strokes
        yield row, mask


def _strokes(part: AnyArray) -> Mask:
    """Find thin things lighter or darker than what is around them (Serra 1982, top hats)."""
    side = min(_THICKEST, *part.shape[:2]) | 1
    brush = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, brush)
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, brush)
    found = (cv2.max(light, dark) > _CONTRAST).view(np.uint8)
    return np.asarray(cv2.dilate(found, _GLOW) > 0)
