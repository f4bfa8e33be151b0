"""What a crop is for, in one word, told from what it holds."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.saliency import SaliencyMaps
from engine.products.squares import Square
from engine.values import FloatMap

_HAND_SHARE = 0.1
"""How large a hand is about, against the smallest crop's side."""

_SKIN = 0.4
_EVEN = 0.75
_APART = 0.35


def name_reason(square: Square, maps: SaliencyMaps) -> str:
    """Name what a square without a face holds: hands, object, pattern or detail.

    Hands are patches of the colour of a face found elsewhere in the picture. A pattern is rich
    all over; an object is rich within and quiet around.
    """
    if maps.heads.any() and _skin_patch(square, maps) > _SKIN:
        return "hands"
    inside = _cut(maps.structure, square, maps.scale, 0.0)
    cells = cv2.resize(inside, (4, 4), interpolation=cv2.INTER_AREA)
    mean = float(cells.mean())
    if float(np.median(cells)) > 0.3 and float(cells.std()) < (1 - _EVEN) * 2 * mean:
        return "pattern"
    rich = np.asarray((maps.around + maps.spectral) / 2, np.float32)
    core = float(_cut(rich, square, maps.scale, 0.15).mean())
    wide = float(_cut(rich, square, maps.scale, -0.25).mean())
    return "object" if core > (1 + _APART) * wide else "detail"


def _skin_patch(square: Square, maps: SaliencyMaps) -> float:
    """Find the strongest patch of skin in the middle of a square."""
    inside = _cut(maps.skin, square, maps.scale, 0.1)
    sigma = max(0.8, _HAND_SHARE * min(inside.shape))
    return float(cv2.GaussianBlur(inside, (0, 0), sigma).max())


def _cut(values: FloatMap, square: Square, scale: float, inset: float) -> FloatMap:
    """Cut a square out of a map, drawn in by a share of its side."""
    rim = inset * square.side
    left, top = round((square.x + rim) * scale), round((square.y + rim) * scale)
    right = round((square.x + square.side - rim) * scale)
    low = round((square.y + square.side - rim) * scale)
    cut: FloatMap = values[max(0, top) : max(low, top + 1), max(0, left) : max(right, left + 1)]
    return cut
