"""Pictures made small fast: averaged over areas, by halves as long as that is possible."""

from __future__ import annotations

import cv2
import numpy as np

from engine.values import AnyArray, Size

NEARLY = 0.01
"""Share by which a picture may come out larger or smaller than was asked for."""


def handy(factor: float) -> float:
    """Give a whole number that is as good a factor to reduce by, which takes far less time."""
    whole = float(round(factor))
    return whole if abs(factor - whole) <= NEARLY * factor else factor


def reduce_to(picture: AnyArray, size: Size) -> AnyArray:
    """Reduce a picture to ``size``, each pixel the mean of what it covers.

    Parameters
    ----------
    picture : (H, W) or (H, W, 3) array
        Halving, which is many times faster than any other factor, leaves out an odd last row or
        column: half a pixel of the picture.
    size : (width, height)
        Enlarged if that is larger.
    """
    while picture.shape[1] >= 2 * size[0] and picture.shape[0] >= 2 * size[1]:
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        even = picture[: 2 * height, : 2 * width]
        picture = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
