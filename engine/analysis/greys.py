"""A grey frame, with the softer and smaller pictures that are made of it once, if at all."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.similarity import FEWEST, Points
from engine.analysis.spectrum import spectrum_shift
from engine.values import AnyArray, Luma, Size

Light = tuple[float, float]
"""Factor and grey levels to add."""

_LIGHTER, _BRIGHTER = 0.05, 4.0
"""Change of contrast, and of the mean in grey levels, below which the light is the same."""


class GreyFrame:
    """A frame at working size.

    Parameters
    ----------
    levels : (H, W) uint8 array
    """

    def __init__(self, levels: Luma) -> None:
        self.levels = levels

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.levels.shape[1], self.levels.shape[0]

    @cached_property
    def _corner(self) -> NDArray[np.int64]:
        """The last place."""
        return np.array(self.size) - 1

    @cached_property
    def _soft(self) -> Luma:
        return np.asarray(cv2.boxFilter(self.levels, -1, (5, 5)), np.uint8)

    @cached_property
    def _half(self) -> Luma:
        width, height = self.size
        size = max(1, width // 2), max(1, height // 2)
        return np.asarray(cv2.resize(self.levels, size, interpolation=cv2.INTER_AREA), np.uint8)

    @cached_property
    def _spans(self) -> Luma:
        """How far grey levels lie apart, half as large."""
        kernel = np.ones((5, 5), np.uint8)
        return np.asarray(cv2.morphologyEx(self._half, cv2.MORPH_GRADIENT, kernel), np.uint8)

    @cached_property
    def small(self) -> Luma:
        """Soft and half as large, 8 pixels each way at least."""
        half = self._half
        if min(half.shape) < 8:
            width, height = self.size
            size = max(8, width // 2), max(8, height // 2)
            half = np.asarray(cv2.resize(self.levels, size, interpolation=cv2.INTER_AREA), np.uint8)
        return np.asarray(cv2.GaussianBlur(half, (5, 5), 0), np.uint8)

    @cached_property
    def _quarter(self) -> Luma:
        """Of a quarter of the area, to measure a first shift on."""
        return np.asarray(cv2.pyrDown(self.levels), np.uint8)

    def rough_shift(self, after: GreyFrame) -> tuple[float, float] | None:
        """Measure one shift to another frame well enough to begin with, in a quarter of the time.

        Returns
        -------
        (dx, dy) or None
            As from :func:`~engine.analysis.spectrum.spectrum_shift`.
        """
        moved = spectrum_shift(self._quarter, after._quarter)
        return (2 * moved[0], 2 * moved[1]) if moved else None

    def levels_at(self, at: Points) -> NDArray[np.float64]:
        """Give the grey levels at places, ``(N,)``; -1 outside the picture."""
        places = np.floor(at).astype(np.int64)
        inside = np.minimum(np.maximum(places, 0), self._corner)
        levels = self._soft[inside[:, 1], inside[:, 0]].astype(np.float64)
        moved = inside != places
        levels[moved[:, 0] | moved[:, 1]] = -1.0
        return levels

    def spans_at(self, at: Points) -> AnyArray:
        """Give how far the grey levels about each place lie apart: 0 where there is one colour."""
        spans = self._spans
        places = (at * np.float32(0.5)).astype(np.int64)
        np.maximum(places, 0, out=places)
        last = np.array([spans.shape[1] - 1, spans.shape[0] - 1])
        np.minimum(places, last, out=places)
        return spans[places[:, 1], places[:, 0]]


def light_between(
    now: NDArray[np.float64], then: NDArray[np.float64], weights: NDArray[np.float64]
) -> Light | None:
    """Tell what gives a picture the light of another: points are followed through flicker so.

    Parameters
    ----------
    now, then : (N,) float arrays
        Grey levels of both pictures where they show about the same things; negative outside.
    weights : (N,) float array
        How far each pair is to be believed.

    Returns
    -------
    (float, float) or None
        Factor and grey levels to add; None where the light is about the same.
    """
    weights = np.where((now >= 0) & (then >= 0), weights, 0.0)
    if float(np.add.reduce(weights)) < FEWEST / 2:
        return None
    mean, spread = _moments(now, weights)
    wanted, wide = _moments(then, weights)
    gain = wide / max(spread, 1.0)
    if abs(gain - 1) < _LIGHTER and abs(mean - wanted) < _BRIGHTER:
        return None
    return gain, wanted - gain * mean


def _moments(levels: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    total = float(np.add.reduce(weights))
    mean = float(levels @ weights) / total
    away = levels - mean
    return mean, (float((away * away) @ weights) / total) ** 0.5


def relit(grey: Luma, light: Light | None) -> Luma:
    """Give a picture another light."""
    if light is None:
        return grey
    return np.asarray(cv2.convertScaleAbs(grey, alpha=light[0], beta=light[1]), np.uint8)
