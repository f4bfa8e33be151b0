"""Frames under a white veil: fades to white and flashes, which no gain can take back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray

_CONTRAST = 0.93  # of the shot's, that a frame must have to be free of a veil
_LIFT = 8  # grey levels that a veil adds to black at least
_EXPLAINED = 0.6  # of a frame's difference to the shot, that a veil must leave at most
_POINTS = 4_000


def find_veiled(small: AnyArray) -> NDArray[np.bool_]:
    """Tell which frames are the shot's picture mixed with white.

    A veil lifts black and takes contrast away: ``frame = s · picture + o`` with ``s < 1 < o``.
    Both are read from the quartiles, which what passes in front moves little; a frame counts as
    veiled only if they explain how it differs.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Registered frames.

    Returns
    -------
    (N,) bool array
    """
    points = small.reshape(len(small), -1, 3)
    points = points[:, :: max(1, points.shape[1] // _POINTS)].astype(np.float32)
    usual = np.median(points, axis=0)
    low, middle, high = np.percentile(usual, (10, 50, 90), axis=0)
    veiled = np.zeros(len(small), np.bool_)
    for index, frame in enumerate(points):
        lows, middles, highs = np.percentile(frame, (10, 50, 90), axis=0)
        slope = (highs - lows) / np.maximum(high - low, 1)
        lift = middles - slope * middle
        off = float(np.median(np.abs(frame - usual)))
        left = float(np.median(np.abs(frame - (slope * usual + lift))))
        explained = left < _EXPLAINED * off and off > 3
        # A frame fading in from black has little contrast too, but white makes nothing darker.
        whiter = lows.mean() > low.mean() + 1 and middles.mean() > middle.mean() + 1
        veiled[index] = explained and whiter and slope.mean() < _CONTRAST and lift.mean() > _LIFT
    return veiled
