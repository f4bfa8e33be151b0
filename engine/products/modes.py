"""What each pixel shows over a shot: a few lasting colours, and when it shows which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.carried import Paints, carried_share
from engine.products.contrast import levels_apart
from engine.values import AnyArray, Mask

MODES = 5
"""Colours remembered for each pixel: the backdrop, and what stands in front the longest."""

_HOLD = 3  # frames: drawings held on threes must still count as moving
_QUIET = 0.02  # share of changed pixels around one above which it is not at rest
_CARRIED = np.float32(0.35)  # share of its outline that moves above which a piece is not at rest


@dataclass(frozen=True, slots=True)
class Modes:
    """The lasting colours of each pixel of a reduced, registered shot."""

    labels: NDArray[np.int8]
    """``(N, h, w)``: which mode each frame shows, -1 for none of them."""
    colours: NDArray[np.uint8]
    """``(MODES, h, w, 3)``."""
    counts: NDArray[np.int16]
    """``(MODES, h, w)``: frames that show it."""
    runs: NDArray[np.int16]
    """``(MODES, h, w)``: times that it came back."""
    trust: NDArray[np.float32]
    """``(MODES, h, w)``: frames that show it, each counting more the quieter it was around."""
    rest: NDArray[np.float32]
    """``(MODES, h, w)``: share of the frames that show it in which nothing moved around it."""
    carried: NDArray[np.float32]
    """``(MODES, h, w)``: how much of the outline of its piece of paint moved, on the mean."""


def estimate_noise(small: AnyArray) -> float:
    """Estimate the spread of a still pixel over the shot, grey levels.

    The median over pixels of the median absolute deviation over time (Rousseeuw and Croux 1993):
    it holds grain, the drift of a poor codec and what is left of flicker, and not what passes.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Registered frames with their light evened out.
    """
    points = small[:: max(1, len(small) // 64), ::6, ::6].astype(np.int16)
    apart = np.abs(points - np.median(points, axis=0).astype(np.int16)).max(axis=-1)
    return 1.48 * float(np.median(np.median(apart, axis=0)))


def tolerance_for(noise: float) -> int:
    """Give the grey levels within which two samples of a pixel show the same thing."""
    return int(np.clip(8 + 3 * noise, 9, 24))


def find_modes(small: AnyArray, valid: AnyArray, tolerance: int) -> Modes:
    """Cluster each pixel's colours over time.

    Leader clustering, one frame after the other: a sample joins the nearest mode within
    ``tolerance`` or takes the place of the least trusted. A second pass says which frame shows
    which of those that lasted.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Registered frames with their light evened out.
    valid : (N, h, w) bool array
        Where a frame shows something that may be taken.
    tolerance : int
        Grey levels, of the channel that differs most.
    """
    height, width = small.shape[1:3]
    one = np.ones((height, width), np.float32)
    leaders = np.zeros((MODES, 3, height, width), np.uint8)
    trust = np.full((MODES, height, width), -1, np.float32)
    joined, rest, drift = (np.zeros_like(trust) for _ in range(3))
    paints = Paints.of(small)
    for index, picture in enumerate(small):
        plane = cv2.split(picture)
        near, wide, carried = _motion(small, valid, index, tolerance, paints)
        weight = np.exp(-(near + wide / 2) / _QUIET - (carried / _CARRIED) ** 2) + np.float32(0.03)
        quiet = ((near < _QUIET) & (carried < _CARRIED)).astype(np.float32)
        label, near = _nearest(leaders, trust, plane, tolerance)
        usable = valid[index]
        weakest = _weakest(trust)
        for mode in range(MODES):
            joins = (usable & near & (label == mode)).view(np.uint8)
            starts = usable & ~near & (weakest == mode)
            for channel in range(3):
                leader = leaders[mode, channel]
                blend = cv2.addWeighted(leader, 0.75, plane[channel], 0.25, 0)
                cv2.copyTo(blend, joins, leader)
                cv2.copyTo(plane[channel], starts.view(np.uint8), leader)
            shows = joins | starts.view(np.uint8)
            for sums, adds in ((trust, weight), (joined, one), (rest, quiet), (drift, carried)):
                sums[mode][starts] = 0
                cv2.accumulate(adds, sums[mode], shows)
    np.maximum(joined, 1, out=joined)
    return _second_pass(small, valid, leaders, trust, tolerance, (rest / joined, drift / joined))


def _weakest(trust: AnyArray) -> AnyArray:
    """Tell each pixel's least trusted mode; ``argmin`` over a first axis is ten times slower."""
    which = np.zeros(trust.shape[1:], np.uint8)
    least = trust[0].copy()
    for mode in range(1, len(trust)):
        which[trust[mode] < least] = mode
        cv2.min(least, trust[mode], least)
    return which


def _second_pass(
    small: AnyArray,
    valid: AnyArray,
    leaders: AnyArray,
    trust: AnyArray,
    tolerance: int,
    motion: tuple[AnyArray, AnyArray],
) -> Modes:
    count, height, width = small.shape[:3]
    labels = np.empty((count, height, width), np.int8)
    counts = np.zeros(trust.shape, np.int16)
    runs = np.zeros(trust.shape, np.int16)
    for index, picture in enumerate(small):
        label, near = _nearest(leaders, trust, cv2.split(picture), tolerance)
        labels[index] = np.where(near & valid[index], label, -1)
        for mode in range(MODES):
            shows = labels[index] == mode
            counts[mode] += shows
            runs[mode] += shows if not index else shows & (labels[index - 1] != mode)
    colours = np.ascontiguousarray(leaders.transpose(0, 2, 3, 1))
    return Modes(labels, colours, counts, runs, np.maximum(trust, 0), *motion)


def _nearest(
    leaders: AnyArray, trust: AnyArray, plane: Sequence[AnyArray], tolerance: int
) -> tuple[AnyArray, Mask]:
    """Tell each pixel's nearest mode, and whether it is within ``tolerance``."""
    label = np.zeros(trust.shape[1:], np.uint8)
    least = np.full(trust.shape[1:], 255, np.uint8)
    for mode in range(len(leaders)):
        apart = cv2.absdiff(leaders[mode, 0], plane[0])
        for channel in (1, 2):
            cv2.max(apart, cv2.absdiff(leaders[mode, channel], plane[channel]), apart)
        apart[trust[mode] < 0] = 255
        nearer = cv2.compare(apart, least, cv2.CMP_LT)
        label[nearer > 0] = mode
        cv2.min(apart, least, least)
    return label, least <= tolerance


def _motion(
    small: AnyArray, valid: AnyArray, index: int, tolerance: int, paints: Paints
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Give the share of pixels that change around each one, close by and in a wide circle.

    Last, the share of the outline of its piece of paint that changes.
    """
    height, width = small.shape[1:3]
    moved = np.zeros((height, width), bool)
    for other in (index - _HOLD, index + _HOLD):
        if 0 <= other < len(small):
            differs = levels_apart(small[index], small[other]) > tolerance
            moved |= differs & valid[index] & valid[other]
    changed = moved.astype(np.float32)
    side = min(height, width)
    near = cv2.blur(changed, (side // 12 | 1,) * 2)
    wide = cv2.blur(changed, (side // 3 | 1,) * 2)
    carried = carried_share(paints.in_picture(small[index]), moved)
    return np.asarray(near), np.asarray(wide), carried
