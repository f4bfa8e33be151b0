"""Whether one shot takes the place of another behind a border that sweeps over the picture.

Wipes, irises, clocks, barn doors and turned pages have that in common: each place shows the old
shot, then the new one, and the moment at which it changes follows a plain shape. What passes the
lens, a door or a curtain changes places one after the other, too, but in no such shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.looks import Thumb

SAMPLES = 13
"""Frames that a sweep is judged from, at even distances in time; the first and last are clear."""

_PATCHWORK = 0.32
"""Share of the change between both shots that the middle frame may owe to neither of them."""

_AROUND = np.ones((3, 3), np.uint8)
"""Places among which a shot may move in itself."""

_LOUD = 60
"""Grey levels from which on a place that is wrong is no more wrong."""

_TELLS = 5.0
"""Grey levels a frame by which a place must tell the shots apart."""

_KNOWN = 0.55
"""Share of the places that must tell them apart."""

_EXPLAINED = 0.8
"""Share of the differences that one change of each place must explain."""

_SHAPED = 0.33
"""Share of the spread in time that the plainest shape may leave; things that move leave 0.37."""

_AT_ENDS = 0.2
"""Share of the places that may change in the first or last two samples."""

_AT_ONCE = 0.35
"""Share of the places that may change at one sample: more of them is a cut."""

_SHORTEST = 4.0
"""Frames that the inner four fifths of a sweep last at least."""

_BANDS = 16
"""Bands that a shape parts the picture into."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """How one shot takes the place of another."""

    left: float
    """Share of the spread in time that its shape leaves unexplained, 0 to 1."""
    middle: float
    """Where its middle lies among the samples, 0 to 1."""
    length: float
    """Of all samples, the share that it lasts."""


def is_patchwork(first: Thumb, middle: Thumb, last: Thumb) -> bool:
    """Whether each place of the middle frame is of the first or of the last, and none a mix.

    Parameters
    ----------
    first, middle, last : (h, w, 3) uint8 arrays
    """
    nearer = cv2.min(cv2.absdiff(first, middle), cv2.absdiff(middle, last))
    return cv2.norm(nearer, cv2.NORM_L1) <= _PATCHWORK * cv2.norm(first, last, cv2.NORM_L1)


def find_sweep(frames: Sequence[Thumb], step: float) -> Sweep | None:
    """Find the sweep that leads from the first of some frames to the last, if one does.

    Parameters
    ----------
    frames : sequence of :data:`SAMPLES` (h, w, 3) uint8 arrays
        Thumbnails at even distances in time.
    step : float
        Frames from one to the next.
    """
    height, width = (max(1, side // 2) for side in frames[0].shape[:2])
    small = [
        np.asarray(cv2.resize(thumb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        for thumb in frames
    ]
    old, new = _away(small, small[0]), _away(small, small[-1])
    count = len(frames)
    # The old shot up to a frame and the new one after it; sums of whole numbers are exact.
    olds, news = np.cumsum(old, axis=0), np.cumsum(new, axis=0)
    wrong = olds[:-1] + (news[-1] - news[:-1])
    when = np.asarray(wrong.argmin(axis=0))
    best = wrong.min(axis=0)
    worst = olds[-1] + news[-1] - best
    weight = np.maximum(worst - best, 0) / count
    weight[weight < _TELLS] = 0
    tells = weight > 0
    if float(tells.mean()) < _KNOWN:
        return None
    if float(best[tells].sum()) > (1 - _EXPLAINED) * float(worst[tells].sum()):
        return None
    changing = np.bincount(when, weight, minlength=count - 1) / float(weight.sum())
    if changing.max() > _AT_ONCE or max(changing[:2].sum(), changing[-2:].sum()) > _AT_ENDS:
        return None
    first, last = (_reached(changing, share) for share in (0.1, 0.9))
    if (last - first) * step < _SHORTEST:
        return None
    left = _left_by_shapes(when.astype(np.float64), weight, (height, width))
    if left > _SHAPED:
        return None
    # A place changes between its sample and the next.
    return Sweep(left, (first + last) / 2 / (count - 1), (last - first) / 0.8 / (count - 1))


def _reached(changing: NDArray[np.float64], share: float) -> float:
    """Give the sample, and the part of one, at which so many places have changed."""
    gone = np.concatenate([[0.0], np.cumsum(changing)])
    return float(np.interp(share, gone, np.arange(len(gone))))


def _away(frames: Sequence[Thumb], shot: Thumb) -> NDArray[np.float32]:
    """Give how far each place of some frames is from what one frame shows about there.

    Returns
    -------
    (N, h * w) float32 array
        Grey levels, up to :data:`_LOUD`.
    """
    low, high = cv2.erode(shot, _AROUND), cv2.dilate(shot, _AROUND)
    away = np.stack(
        [cv2.max(cv2.subtract(low, frame), cv2.subtract(frame, high)) for frame in frames]
    )
    # Over an axis as short as that of colours, a reduction takes several times as long.
    loudest = np.minimum(np.maximum(np.maximum(*away.T[:2]), away.T[2]).T, _LOUD)
    return np.asarray(loudest.reshape(len(frames), -1), np.float32)


def _left_by_shapes(
    when: NDArray[np.float64], weight: NDArray[np.float32], size: tuple[int, int]
) -> float:
    """Give the share of the spread in time that the best shape leaves unexplained."""
    total = float(weight.sum())
    spread = float(weight @ np.abs(when - float(weight @ when) / total))
    weighted = weight * when
    left = spread
    for bands in _shapes(*size):
        weights = np.maximum(np.bincount(bands, weight, _BANDS), 1e-6)
        means = np.bincount(bands, weighted, _BANDS) / weights
        left = min(left, float(weight @ np.abs(when - means[bands])))
    return left / max(spread, 0.5 * total)


@lru_cache(maxsize=4)
def _shapes(height: int, width: int) -> tuple[NDArray[np.int64], ...]:
    """Part a picture into bands that a border passes one after the other, for each shape.

    Lines in 16 directions, circles and diamonds about places near the middle, clocks that start
    at any quarter, doors and boxes. Which way a border goes is all the same.
    """
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    orders = [np.cos(a) * x + np.sin(a) * y for a in np.arange(16) * np.pi / 16]
    orders += [np.abs(x), np.abs(y), np.maximum(np.abs(x) / width, np.abs(y) / height)]
    orders += [(np.arctan2(y, x) + q * np.pi / 2) % (2 * np.pi) for q in range(4)]
    for right in np.arange(-2, 3) / 8:
        for down in np.arange(-2, 3) / 8:
            across, along = x - right * width, y - down * height
            orders.append(np.hypot(across, along))
            if max(abs(right), abs(down)) <= 1 / 8:
                orders.append(np.abs(across) + np.abs(along))
    places = height * width
    ranks = (np.argsort(np.argsort(order.ravel(), kind="stable")) for order in orders)
    return tuple(rank * _BANDS // places for rank in ranks)
