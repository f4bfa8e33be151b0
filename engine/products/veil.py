"""Frames under a white veil: fades to white and flashes, which no gain can take back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.products.temporal import middle_of
from engine.values import AnyArray

_CONTRAST = 0.93  # of the shot's, that a frame must have to be free of a veil
_LIFT = 8  # grey levels that a veil adds to black at least
_EXPLAINED = 0.6  # of a frame's difference to the shot, that a veil must leave at most
_POINTS = 2_000


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
    points = points[:, :: max(1, points.shape[1] // _POINTS)]
    usual = middle_of(points)
    low, middle, high = np.percentile(usual, (10, 50, 90), axis=0)
    lows, middles, highs = _ranked(points, (0.1, 0.5, 0.9))
    slopes = (highs - lows) / np.maximum(high - low, 1)
    lifts = middles - slopes * middle
    # A frame fading in from black has little contrast too, but white makes nothing darker.
    veiled: NDArray[np.bool_] = (lows.mean(axis=1) > low.mean() + 1) & (
        middles.mean(axis=1) > middle.mean() + 1
    )
    veiled &= (slopes.mean(axis=1) < _CONTRAST) & (lifts.mean(axis=1) > _LIFT)
    for index in np.flatnonzero(veiled):
        off = float(np.median(np.abs(points[index] - usual)))
        left = points[index] - (slopes[index] * usual + lifts[index])
        veiled[index] = off > 3 and float(np.median(np.abs(left))) < _EXPLAINED * off
    return veiled


def _ranked(points: AnyArray, shares: tuple[float, ...]) -> NDArray[np.float32]:
    """Give the values below which shares of each frame's points lie, ``(S, N, 3)``.

    By counting levels, which takes a fraction of the time of sorting.
    """
    rows = np.arange(points.shape[0] * 3).reshape(-1, 1, 3) * 256
    counts = np.bincount((points + rows).ravel(), minlength=rows.size * 256)
    below = counts.reshape(-1, 3, 256).cumsum(axis=2)
    last = points.shape[1] - 1
    ranks = [(below <= round(share * last)).sum(axis=2) for share in shares]
    return np.asarray(ranks, np.float32)
