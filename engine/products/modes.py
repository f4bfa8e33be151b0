"""What each pixel shows over a shot: a few lasting colours, and when it shows which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import ahead_of, at_once
from engine.products.carried import Paints, carried_share
from engine.products.contrast import levels_apart
from engine.products.temporal import middle_of
from engine.values import AnyArray, Mask

MODES = 5
"""Colours remembered for each pixel: the backdrop, and what stands in front the longest."""

_HOLD = 3  # frames: drawings held on threes must still count as moving
_MANY = 80  # frames from which on every other one may be enough
_OFTEN = 16  # frames that show what is seen often
_RARE = 0.001  # share of the picture that may be seen more seldom for that
_CROWDED = 5.0  # times as much as a still pixel's, that is no more noise
_QUIET = 0.02  # share of changed pixels around one above which it is not at rest
_AHEAD = 4  # frames whose motion is measured before it is asked for
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
    points = small[:: max(1, len(small) // 64), ::6, ::6]
    spread = np.concatenate(at_once(_spread, np.array_split(points, 2, axis=1)))
    # Where a crowd passes all the time a pixel tells of the crowd, not of noise.
    still = spread <= _CROWDED * (1 + np.percentile(spread, 25))
    return 1.48 * float(np.median(spread[still]))


def _spread(points: AnyArray) -> AnyArray:
    middle = middle_of(points).astype(np.uint8)
    # Plane by plane: a maximum over a last axis of three is many times slower.
    apart = np.stack([levels_apart(one, middle) for one in points])
    return middle_of(apart).astype(np.float64)


def tolerance_for(noise: float) -> int:
    """Give the grey levels within which two samples of a pixel show the same thing."""
    return int(np.clip(8 + 3 * noise, 9, 24))


def find_modes(small: AnyArray, valid: AnyArray, tolerance: int) -> Modes:
    """Cluster each pixel's colours over time.

    Of many frames every other one is enough where all of the place is seen often; where some of
    it is not, each counts.
    """
    if len(small) >= _MANY:
        modes = cluster(small, valid, tolerance, 2)
        seen = np.take_along_axis(modes.counts, modes.trust.argmax(axis=0)[None], 0)
        if (seen < _OFTEN).mean() <= _RARE:
            return modes
    return cluster(small, valid, tolerance, 1)


def cluster(small: AnyArray, valid: AnyArray, tolerance: int, step: int) -> Modes:
    """Cluster each pixel's colours over every ``step``-th frame.

    Leader clustering, one frame after the other: a sample joins the nearest mode within
    ``tolerance`` or takes the place of the least trusted. A second pass over all frames says
    which of them shows which of those that lasted.

    Parameters
    ----------
    small : (N, h, w, 3) uint8 array
        Registered frames with their light evened out.
    valid : (N, h, w) bool array
        Where a frame shows something that may be taken.
    tolerance : int
        Grey levels, of the channel that differs most.
    step : int
        1 or 2.
    """
    height, width = small.shape[1:3]
    size = height * width
    # Plane by plane, which takes half the time that pixels do.
    leaders = np.zeros((MODES, 3, height, width), np.uint8)
    unset = np.full((MODES, height, width), 255, np.uint8)
    trust = np.full((MODES, height, width), -1, np.float32)
    drift = np.zeros_like(trust)
    joined, rest = (np.zeros(trust.shape, np.uint8) for _ in range(2))
    some, some_valid = small[::step], valid[::step]
    # Two frames either way are as good as three: one of them shows another drawing.
    motions = ahead_of(_motions(some, some_valid, tolerance, _HOLD // step), _AHEAD)
    for picture, usable, (near, wide, carried) in zip(some, some_valid, motions, strict=True):
        weight = _weight_of(near, wide, carried)
        quiet = ((near < _QUIET) & (carried < _CARRIED)).view(np.uint8)
        planes = cv2.split(picture)
        label, fits = _nearest(leaders, unset, planes, tolerance)
        joins = _or_none(label, fits & usable)
        for mode in range(MODES):
            shows = (joins == mode).view(np.uint8)
            if not cv2.countNonZero(shows):
                continue
            for leader, plane in zip(leaders[mode], planes, strict=True):
                cv2.copyTo(cv2.addWeighted(leader, 0.75, plane, 0.25, 0), shows, leader)
            joined[mode] += shows
            rest[mode] += shows & quiet
            cv2.accumulate(weight, trust[mode], shows)
            cv2.accumulate(carried, drift[mode], shows)
        new = np.flatnonzero(usable & ~fits)
        if len(new):
            mode_of = _lowest(trust.reshape(MODES, -1), new)
            at = mode_of * size + new
            for number, plane in enumerate(planes):
                leaders.ravel()[(3 * mode_of + number) * size + new] = plane.ravel().take(new)
            joined.ravel()[at], unset.ravel()[at] = 1, 0
            for sums, each in ((rest, quiet), (trust, weight), (drift, carried)):
                sums.ravel()[at] = each.ravel().take(new)
    np.maximum(joined, 1, out=joined)
    calm, carried = (
        np.divide(rest, joined, dtype=np.float32),
        np.asarray(drift / joined, np.float32),
    )
    colours = np.stack([cv2.merge(list(leader)) for leader in leaders])
    labels, counts, runs = _second_pass(small, valid, leaders, unset, tolerance)
    return Modes(labels, colours, counts, runs, np.maximum(trust, 0), calm, carried)


def _weight_of(near: AnyArray, wide: AnyArray, carried: AnyArray) -> AnyArray:
    """Say how much a frame counts at each pixel: the more the quieter it is around."""
    # In place: new memory for each step would take longer than the step.
    weight: AnyArray = wide / 2
    weight += near
    weight /= -_QUIET
    moves = carried / _CARRIED
    moves *= moves
    weight -= moves
    np.exp(weight, out=weight)
    weight += np.float32(0.03)
    return weight


def _lowest(values: AnyArray, places: AnyArray) -> AnyArray:
    """Give the first of some rows, ``(MODES, P)``, that is the lowest at each of the places."""
    least = values[0].take(places)
    row_of = np.zeros(len(places), np.intp)
    for row in range(1, len(values)):
        value = values[row].take(places)
        np.maximum(row_of, row * (value < least), out=row_of)
        np.minimum(least, value, out=least)
    return row_of


def _second_pass(
    small: AnyArray, valid: AnyArray, leaders: AnyArray, unset: AnyArray, tolerance: int
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Tell which mode each frame shows, how many show each, and how often each came back."""
    labels = np.empty(small.shape[:3], np.int8)

    def look(part: range) -> tuple[AnyArray, AnyArray]:
        counts, runs = (np.zeros(unset.shape, np.uint8) for _ in range(2))
        before = np.full(small.shape[1:3], -1, np.int8)
        if part.start > 0:
            before = label_of(part.start - 1)
        for index in part:
            labels[index] = label_of(index)
            changes = labels[index] != before
            before = labels[index]
            for mode in range(MODES):
                shows = before == mode
                counts[mode] += shows
                runs[mode] += shows & changes
        return counts, runs

    def label_of(index: int) -> AnyArray:
        label, fits = _nearest(leaders, unset, cv2.split(small[index]), tolerance)
        return _or_none(label, fits & valid[index])

    middle = len(small) // 2
    seen = at_once(look, (range(middle), range(middle, len(small))))
    counts, runs = (sum(part[1:], part[0]) for part in zip(*seen, strict=True))
    return labels, counts.astype(np.int16), runs.astype(np.int16)


def _or_none(label: AnyArray, where: Mask) -> AnyArray:
    """Keep the labels where ``where`` holds; -1, which is all bits set, elsewhere."""
    return np.asarray(label | ~(-where.view(np.int8)))


def _nearest(
    leaders: AnyArray, unset: AnyArray, planes: Sequence[AnyArray], tolerance: int
) -> tuple[AnyArray, Mask]:
    """Tell each pixel's nearest mode, and whether it is within ``tolerance``."""
    label = np.zeros(unset.shape[1:], np.uint8)
    least = np.full(unset.shape[1:], 255, np.uint8)
    for mode, leader in enumerate(leaders):
        # What has no leader yet is as far away as can be.
        apart: AnyArray = unset[mode]
        for one, other in zip(leader, planes, strict=True):
            apart = np.asarray(cv2.max(apart, cv2.absdiff(one, other)))
        np.maximum(label, np.uint8(mode) * (apart < least).view(np.uint8), out=label)
        cv2.min(apart, least, least)
    return label.view(np.int8), least <= tolerance


def _motions(
    small: AnyArray, valid: AnyArray, tolerance: int, hold: int
) -> Iterator[tuple[AnyArray, AnyArray, AnyArray]]:
    """Yield, for each frame, the share of pixels that change around each one, near and far.

    Last, the share of the outline of its piece of paint that changes.
    """
    height, width = small.shape[1:3]
    side = min(height, width)
    paints = Paints.of(small)
    earlier: dict[int, Mask] = {}
    for index, picture in enumerate(small):
        moved = earlier.pop(index, np.zeros((height, width), bool))
        later = index + hold
        if later < len(small):
            differs = levels_apart(picture, small[later]) > tolerance
            earlier[later] = differs & valid[index] & valid[later]
            moved = moved | earlier[later]
        changed = moved.astype(np.float32)
        near = np.asarray(cv2.blur(changed, (side // 12 | 1,) * 2))
        wide = np.asarray(cv2.blur(changed, (side // 3 | 1,) * 2))
        yield near, wide, carried_share(paints.in_picture(picture), moved)
