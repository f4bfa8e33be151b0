"""What lies between a decoded frame and an upright picture of square pixels."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np

from engine.footage.colour import reduced_bgr
from engine.footage.footage import scaled_size
from engine.values import Image, Size


class Geometry:
    """How one film is turned, and its pixels made square."""

    def __init__(self, coded: Size, pixel: Fraction, rotation: int) -> None:
        self._square = max(1, round(coded[0] * pixel)), coded[1]
        self._turns = round(rotation / 90) % 4
        self.size = self._square if self._turns % 2 == 0 else self._square[::-1]

    def is_plain(self, picture: av.VideoFrame) -> bool:
        """Tell whether a decoded frame is upright, of square pixels."""
        return self._turns == 0 and (picture.width, picture.height) == self._square

    def full(self, image: Image) -> Image:
        """Give a converted frame upright and with square pixels."""
        height, width = image.shape[:2]
        if (width, height) != self._square:
            smaller = self._square[0] < width
            method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
            image = np.asarray(cv2.resize(image, self._square, interpolation=method), np.uint8)
        return self._upright(image)

    def reduced(self, picture: av.VideoFrame, scale: float) -> Image:
        """Convert and shrink."""
        return self._upright(reduced_bgr(picture, scaled_size(self._square, scale)))

    def _upright(self, image: Image) -> Image:
        # libav counts degrees against the clock, as numpy does.
        return image if not self._turns else np.ascontiguousarray(np.rot90(image, self._turns))
