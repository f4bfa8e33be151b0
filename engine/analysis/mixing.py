"""Frames that were mixed when a film was given more frames a second than it was shot with.

Each of n + 1 frames that are shown in place of n is a mix of the two that were there at its time.
None of its neighbours is clean, but all of them lose what changes from each frame to the next, most
of it half-way between two frames of the original, and none where one of them was taken over as it
is. So what is quick in a picture comes and goes once in n + 1 frames. (Six frames that stand for
five of four originals fulfil exactly: their fifth difference, about its middle, is nothing.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Luma

_THIN = 5
"""Of so many working pixels each way one is looked at."""
_ORDER = 5
"""Of the differences between frames that tell what is quick."""
_QUICKNESS = 0.1
"""Factor of these: a mix of halves and wholes then keeps its grey levels."""
_MOVED = 10.0
"""Grey levels by which a place changes from one frame to the next where something moves."""
_FEWEST_PLACES = 8
"""Of those that are looked at, for there to be anything to tell."""
_HELD = 0.1
"""Share of its neighbours' change that a held frame has at most."""
_TOGETHER = 150
"""Frames that are judged together: in more of them rates that are no whole numbers drift."""
_LEAST = 1e-3
"""Quickness that noise has at least."""


@dataclass(frozen=True, slots=True)
class _Rate:
    """A way in which frames are mixed."""

    period: int
    """Frames shown from one that is clean to the next."""
    depth: float
    """By how much the logarithm of the quickness must swing about its middle."""
    share: float
    """Share of what happens to the quickness that this must explain."""


_RATES = (_Rate(5, 0.5, 0.5), _Rate(6, 0.5, 0.5), _Rate(25, 0.4, 0.38))
"""24 shown as 30 a second, 25 as 30, and 24 as 25."""
_TURNS = 2.4
"""Periods of which there must be frames that tell something."""
_EITHER = 0.6
"""Share of its height that a wave must have in either half of these: chance has it in one."""
_FEWEST = 20
"""Frames of which this must be known."""
_CLEAN = 0.12
"""Share of another frame that nobody sees in a mix."""


@dataclass(slots=True)
class MixFinder:
    """Looks at a few places of all frames of a shot, in order."""

    quickness: list[float] = field(default_factory=list)
    """Of each frame but the last five, with these: see :func:`measure_quickness`."""
    _places: list[NDArray[np.uint8]] = field(default_factory=list)

    def add(self, grey: Luma) -> None:
        """See the next frame, at working size."""
        self._places.append(grey[1::_THIN, 1::_THIN].flatten())
        if len(self._places) >= 8 * _ORDER:
            self._measure()

    def _measure(self) -> None:
        if len(self._places) > _ORDER:
            self.quickness += measure_quickness(np.stack(self._places)).tolist()
            del self._places[:-_ORDER]

    def mixed(self, count: int) -> NDArray[np.bool_]:
        """Mark the frames of the shot that are mixes.

        Parameters
        ----------
        count : int
            Of all frames.
        """
        self._measure()
        parts = max(1, round(len(self.quickness) / _TOGETHER))
        ends = np.linspace(0, len(self.quickness), parts + 1).astype(int)
        mixed = np.zeros(count, np.bool_)
        for start, stop in pairwise(ends):
            last = count if stop == ends[-1] else stop
            found = find_mixing(np.array(self.quickness[start:stop]), last - start)
            mixed[start:last] = found
        return mixed


def measure_quickness(places: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Measure how much of what changes in frames changes from each to the next.

    Parameters
    ----------
    places : (N, P) uint8 array
        Grey levels of the same places in N frames in order.

    Returns
    -------
    (N - 5,) float64 array
        Logarithm of the share of each frame's and the next five's changes; NaN where hardly
        anything moves and where a frame is held.
    """
    levels = places.astype(np.float32)
    steps = levels[1:] - levels[:-1]
    squares = steps * steps
    moved = squares > _MOVED**2
    quick = np.diff(steps, n=_ORDER - 1, axis=0)
    quick *= quick
    found = np.full(len(quick), np.nan)
    for frame, rapid in enumerate(quick):
        window = slice(frame, frame + _ORDER)
        where = moved[window].any(axis=0).astype(np.float32)
        if where.sum() < _FEWEST_PLACES:
            continue
        changes = squares[window] @ where
        if changes.min() > _HELD * changes.max():
            share = _QUICKNESS**2 * float(rapid @ where) / float(changes.mean())
            found[frame] = np.log(max(share, _LEAST))
    return found


def find_mixing(quickness: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Mark frames that are mixes, if the quickness of a shot comes and goes as it does then.

    Parameters
    ----------
    quickness : (N,) float64 array
        From :func:`measure_quickness`.
    count : int
        Frames to mark, from the first of ``quickness`` on.

    Returns
    -------
    (count,) bool array
    """
    best, mixed = 0.0, np.zeros(count, np.bool_)
    for rate in _RATES:
        told = np.flatnonzero(np.isfinite(quickness))
        if len(told) < max(_FEWEST, _TURNS * rate.period):
            continue
        swing, share, clean = _fit(told, quickness[told], rate.period)
        if swing >= rate.depth and share >= max(rate.share, best):
            best = share
            off = (np.arange(count) - clean) / rate.period
            mixed = np.abs(off - np.round(off)) > _CLEAN
    return mixed


def _fit(frames: AnyArray, quickness: AnyArray, period: int) -> tuple[float, float, float]:
    """Fit a wave of some period onto a slow course.

    Returns
    -------
    (float, float, float)
        Half the wave's height, the share of what is left of the course that it explains (0 if it
        is not in both halves), and a frame that is clean.
    """
    along = frames / max(1.0, float(frames[-1]))
    angles = 2 * np.pi * frames / period
    slow = np.stack([np.ones_like(along), along, along**2], axis=1)
    rest = _left_over(slow, quickness)[1]
    found, left = _left_over(np.column_stack([slow, np.cos(angles), np.sin(angles)]), quickness)
    swing, late = float(np.hypot(found[3], found[4])), float(np.arctan2(found[4], found[3]))
    wave = np.cos(angles - late)
    half = len(frames) // 2
    heights = [
        float(rest[part] @ wave[part] / max(float(wave[part] @ wave[part]), 1e-9))
        for part in (slice(half), slice(half, None))
    ]
    share = 1 - float(left @ left) / max(float(rest @ rest), 1e-9)
    # A frame is clean in the middle of those six that are the quickest.
    clean = late / (2 * np.pi) * period + _ORDER / 2
    return swing, share if min(heights) > _EITHER * swing else 0.0, clean


def _left_over(columns: AnyArray, values: AnyArray) -> tuple[AnyArray, AnyArray]:
    found = np.linalg.lstsq(columns, values, rcond=None)[0]
    return found, values - columns @ found
