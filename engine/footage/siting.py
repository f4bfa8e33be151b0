"""Where chroma samples lie among luma samples, found from the pictures themselves.

Discs and broadcasts put the chroma of 4:2:0 and 4:2:2 on the left luma sample of each pair; what
was converted from RGB by common tools has it between the two. Files hardly ever say which, and
half a pixel of colour fringe is seen on every inked line.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray

Floats = NDArray[np.float32]

_WINDOW = (7, 7)
"""Chroma samples over which chroma is taken to follow luma linearly."""

_CENTRED_FROM = 0.3
"""Luma samples to the right of the left one from which chroma counts as centred."""

_CLEAR = 0.01
"""Share by which the misfit must grow one luma sample away from the best place."""

_PLAIN = 0.05
"""The same share from which a few pictures tell as much as many would …"""

_BESIDE = 0.12
"""… if their place is this far, in luma samples, from what parts the one from the other."""

_STRIP = 64
"""Rows of chroma that are looked at together: they stay in the processor's cache."""

_BESIDE_STRIP = 4
"""Rows around those that the windows reach into; as many as keep every other one in step."""

_FLAT = 4.0
"""Variance of chroma, squared 8-bit levels, below which a window says nothing."""


def is_left_sited(planes: Iterable[tuple[AnyArray, AnyArray, AnyArray]]) -> bool:
    """Tell whether chroma lies on the left luma sample of each pair.

    Chroma edges and luma edges of a picture coincide. So chroma, in small windows, is nearly a
    linear function of luma taken at the right place; the misfit is measured for three places
    one luma sample apart, and a parabola through them has its lowest point where chroma lies.

    Parameters
    ----------
    planes : iterable of three arrays
        Y ``(H, W)``, Cb and Cr ``(h, W / 2)`` of a few frames, scaled to 8 bits. They are asked
        for one by one, and no more of them than it takes.

    Returns
    -------
    bool
        True, as the standards have it, unless the pictures clearly say otherwise.
    """
    misfit = np.zeros(3)
    for luma, blue, red in planes:
        misfit += _misfits(luma, blue, red)
        clearness, place = _lowest(misfit)
        if clearness > _PLAIN and abs(place - _CENTRED_FROM) > _BESIDE:
            break
    clearness, place = _lowest(misfit)
    return clearness <= _CLEAR or place < _CENTRED_FROM


def _lowest(misfit: NDArray[np.float64]) -> tuple[float, float]:
    """Give how clearly the parabola through three misfits has a lowest point, and where."""
    before, at, after = (float(value) for value in misfit)
    curve = before - 2 * at + after
    if curve <= 0:
        return 0.0, 0.0
    return curve / (before + at + after), (before - after) / (2 * curve)


def _misfits(luma: AnyArray, blue: AnyArray, red: AnyArray) -> NDArray[np.float64]:
    """Measure how badly chroma follows luma taken at places -1, 0 and 1 of each pair."""
    height, width = blue.shape
    lines = luma.shape[0] // height
    if min(luma.shape[1] // 2, width) - 1 < _WINDOW[0] or height < _WINDOW[1]:
        return np.zeros(3)
    misfits = np.zeros(3)
    for top in range(0, height, _STRIP):
        first = max(0, top - _BESIDE_STRIP)
        last = min(height, top + _STRIP + _BESIDE_STRIP)
        grey = np.asarray(luma[first * lines : last * lines, : 2 * width], np.float32)
        if lines == 2:
            grey = np.asarray((grey[0::2] + grey[1::2]) * 0.5, np.float32)
        windows = slice((top - first) // 2, (min(top + _STRIP, height) - first + 1) // 2)
        misfits += _misfits_in_strip(grey, blue[first:last], red[first:last], windows)
    return misfits


def _misfits_in_strip(
    grey: AnyArray, blue: AnyArray, red: AnyArray, windows: slice
) -> NDArray[np.float64]:
    """Measure the same in some rows of windows, of luma as high as chroma."""
    smooth = cv2.GaussianBlur(grey, (5, 1), 1.0)
    even, odd = smooth[:, 0::2], smooth[:, 1::2]
    columns = min(even.shape[1], odd.shape[1], blue.shape[1]) - 1
    chromas = [_Spread(c[:, 1 : columns + 1]) for c in (blue, red)]
    places = (odd[:, :columns], even[:, 1 : columns + 1], odd[:, 1 : columns + 1])
    lumas = (_Spread(place) for place in places)
    return np.array([sum(_misfit(luma, chroma, windows) for chroma in chromas) for luma in lumas])


class _Spread:
    """Samples with their mean and variance in windows."""

    def __init__(self, samples: AnyArray) -> None:
        self.samples = np.ascontiguousarray(samples, np.float32)
        self.mean = _mean(self.samples)
        self.variance = _mean(cv2.multiply(self.samples, self.samples)) - self.mean**2


def _mean(values: AnyArray) -> Floats:
    """Give the mean in each window; every other one each way says as much as all."""
    return np.asarray(cv2.blur(values, _WINDOW)[::2, ::2], np.float32)


def _misfit(luma: _Spread, chroma: _Spread, windows: slice) -> float:
    """Sum what is left of the variance of chroma after a local linear fit to luma."""
    covariance = _mean(cv2.multiply(luma.samples, chroma.samples)) - luma.mean * chroma.mean
    left = chroma.variance - covariance**2 / np.maximum(luma.variance, 1.0)
    left, told = left[windows], chroma.variance[windows] > _FLAT
    return float(np.maximum(left, 0)[told].sum())
