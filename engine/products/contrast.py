"""How far two pictures lie apart, pixel by pixel."""

from __future__ import annotations

import cv2
import numpy as np

from engine.values import Image, Luma


def levels_apart(one: Image, other: Image) -> Luma:
    """Give the grey levels between two pictures in the channel that differs most.

    Through OpenCV's planes: NumPy's maximum over a last axis of three is twenty times slower.

    Parameters
    ----------
    one, other : (H, W, 3) uint8 arrays

    Returns
    -------
    (H, W) uint8 array
    """
    blue, green, red = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
