"""Figures that stand out from the backdrop by moving: framed whole, whatever they are."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.detectors import Detection
from engine.products.regions import FOREGROUND, find_figures
from engine.products.saliency import SaliencyMaps
from engine.values import AnyArray, FloatMap, Image, Mask, Size

MOVING = "moving figure"
"""What such a figure is called."""

_LEAST_AREA = 0.06
"""Area of a figure against that of the smallest crop."""

_LEAST_SIDE, _MOST_SIDE = 0.35, 0.92
"""Longer side of a figure against the smallest crop's, and against the picture's short side."""

_DETAIL = 1.2
"""Gradient inside a figure against the picture's: where one has left, there is none."""

_CONTRAST = 40.0
"""Difference of colour to what is around, grey levels, that makes a figure clear."""

_WHITE, _EVEN = 180, 24.0
"""Least level of the darkest channel, and most spread, of letters."""

_SURELY, _FEW = 0.5, 16
"""Foreground from which a pixel is none of the edge, and pixels that tell nothing."""

_RING = 7
"""Width of what counts as around a figure, working pixels."""


def find_moving_figures(maps: SaliencyMaps, least_side: int, size: Size) -> list[Detection]:
    """Find figures that do not touch the edge of the picture, surest first.

    Parameters
    ----------
    maps : SaliencyMaps
        With a foreground, else nothing is found.
    least_side : int
        Side of the smallest crop, pixels of the picture.
    size : (width, height)
        Of the picture.

    Returns
    -------
    list of Detection
        In pixels of the picture; how sure they are tells how clearly they differ from the
        backdrop, and from what is around them.
    """
    if maps.foreground is None:
        return []
    height, width = maps.foreground.shape
    unit = least_side * maps.scale
    regions = find_figures(maps.foreground)
    found = []
    for (left, top, right, bottom), area in zip(regions.boxes, regions.areas, strict=True):
        longer = max(right - left, bottom - top)
        within = left > 0 and top > 0 and right < width and bottom < height
        fitting = _LEAST_SIDE * unit <= longer <= _MOST_SIDE * min(width, height)
        if within and fitting and area >= _LEAST_AREA * unit * unit:
            part = slice(int(top), int(bottom)), slice(int(left), int(right))
            sureness = _sureness(maps, maps.foreground, part)
            place = (float(v) / maps.scale for v in (left, top, right - left, bottom - top))
            x, y, wide, high = place
            found.append(Detection(x, y, wide, high, sureness, MOVING, "object"))
    return sorted(found, key=lambda figure: -figure.score)


def _sureness(maps: SaliencyMaps, foreground: FloatMap, part: tuple[slice, slice]) -> float:
    """Tell how surely a part of the foreground is a figure, and not where one has been."""
    inside = foreground[part] > FOREGROUND
    detail = float(maps.gradient[part][inside].mean()) / max(float(maps.gradient.mean()), 1e-6)
    if detail < _DETAIL:
        return 0.0
    if _is_lettering(maps.picture[part][foreground[part] > _SURELY]):
        return 0.0
    strength = float(foreground[part][inside].mean())
    return strength * min(1.0, _contrast(maps.picture, inside, part) / _CONTRAST)


def _is_lettering(pixels: AnyArray) -> bool:
    """Whether a figure is white and even, as titles are that fade in."""
    if len(pixels) < _FEW:
        return False
    white = float(np.percentile(pixels.min(axis=1), 30)) >= _WHITE
    return white and float(pixels.std(axis=0).max()) <= _EVEN


def _contrast(picture: Image, inside: Mask, part: tuple[slice, slice]) -> float:
    """Measure how a figure's colour differs from that of a ring around it, grey levels."""
    marked = np.zeros(picture.shape[:2], np.uint8)
    marked[part] = inside
    kernel = np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8)
    ring = (cv2.dilate(marked, kernel) > 0) & (marked == 0)
    if not ring.any():
        return 0.0
    figure, around = picture[marked > 0], picture[ring]
    return float(np.abs(figure.mean(axis=0) - around.mean(axis=0)).max())
