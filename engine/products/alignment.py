"""Frames of a nearly still camera lined up: shake, slow drift and gate weave, as shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.frame_stack import evenly
from engine.values import AnyArray, FloatMap, Luma

Shifts = NDArray[np.float32]
"""``(N, 2)``: how far each frame's picture lies right of and below the reference's, pixels."""

_POINTS = 240
_PROBES = 10
_AROUND = (31, 31)
_MIDDLE = 128  # the level of what is as light as all around it
_WINDOW = (21, 21)  # around a corner, that is looked for as a whole
_ALIKE = 0.25  # of what stands out around a corner, that may differ where it rests
_MANY_REST = 0.25  # share of the corners that must lie where they did; of a moved frame 0.1 do
_AGREE = 0.75  # pixels: tracks closer than this to a shift speak for it
_ENOUGH_TRACKS = 12
_FIRST = 8  # corners for each that is looked for far and wide
_MOST_AGREE = 0.5  # share of the corners from which on no other shift can have more
_STANDS_OUT = 16  # levels of a normalised picture
_BETTER = 1.1  # times as many places that look the same
_ON_GRID = 0.04  # pixels: so near to whole ones a frame is copied, not resampled


def estimate_shifts(
    greys: Sequence[Luma], stillness: float, known: Shifts | None = None
) -> Shifts | None:
    """Measure how each frame lies against the one in the middle of the shot.

    Corners are tracked (Lucas and Kanade 1981, pyramids after Bouguet 2001) on locally normalised
    pictures, so that light may change, and kept when they are found again on the way back. The
    shift is the densest cluster of the tracks: what moves in front may own most of them, but
    seldom agrees with itself.

    Parameters
    ----------
    greys : sequence of (H, W) uint8 arrays
        In order of time.
    stillness : float
        Pixels of these pictures below which a frame counts as not having moved.
    known : (N, 2) float32 array, optional
        About where each frame lies, where some are of another shot; zero for the shot's own.

    Returns
    -------
    (N, 2) float32 array or None
        None when the camera stands still: resampling would only soften the picture.
    """
    known = np.zeros((len(greys), 2), np.float32) if known is None else known
    own = np.flatnonzero(~known.any(axis=1))
    middle = int(own[len(own) // 2])
    if np.ptp(known, axis=0).max() < stillness and _is_still(greys, middle, stillness):
        return None
    normal = at_once(_normalised, greys)
    shifts = np.zeros((len(normal), 2), np.float32)
    both_ways = range(middle + 1, len(normal)), range(middle - 1, -1, -1)
    at_once(lambda order: _follow(normal, shifts, known, middle, order), both_ways)
    moved = np.flatnonzero(np.abs(shifts - known).max(axis=1) >= stillness)
    if not len(moved) and not known.any():
        return None
    astray = _are_astray(normal, shifts, moved, middle) if not known.any() else False
    return None if astray else shifts


def _are_astray(
    normal: Sequence[Luma], shifts: Shifts, moved: NDArray[np.intp], middle: int
) -> bool:
    """Whether most frames lie better on the middle one where they are than with their shifts.

    In a place of a few flat colours most corners are on who walks there.
    """
    key = normal[middle]
    stands_out = cv2.absdiff(key, np.full_like(key, _MIDDLE)) > _STANDS_OUT
    size = key.shape[1], key.shape[0]

    def rests(index: int) -> bool:
        told = stands_out & in_view(size, shifts[index])
        same = (
            np.count_nonzero(cv2.absdiff(key, one)[told] < _STANDS_OUT)
            for one in (normal[index], np.asarray(shifted(normal[index], shifts[index])))
        )
        as_it_is, with_shift = same
        return bool(as_it_is > _BETTER * with_shift)

    looks = [int(moved[place]) for place in evenly(len(moved), _PROBES)]
    return sum(at_once(rests, looks)) > len(looks) / 2


def _is_still(greys: Sequence[Luma], middle: int, stillness: float) -> bool:
    """Look at a few frames: of most shots no more has to be prepared."""
    key = _normalised(greys[middle])
    points = _corners(key)
    if points is None:
        return True
    resting = _Resting.of(key, points)
    moved: list[int] = []

    def look(index: int) -> None:
        if moved:
            return
        grey = _normalised(greys[index])
        if resting.in_frame(grey, stillness / 2):
            return
        found = _shift_between(key, grey, points, np.zeros(2, np.float32))
        if found is not None and np.abs(found).max() >= stillness:
            moved.append(index)

    at_once(look, evenly(len(greys), _PROBES))
    return not moved


@dataclass(frozen=True, slots=True)
class _Resting:
    """Corners of a frame, asked whether they lie elsewhere in another: less work than tracking.

    One step of Gauss and Newton from where they were (Lucas and Kanade 1981) is exact enough for
    what has hardly moved.
    """

    key: FloatMap
    slopes: tuple[AnyArray, AnyArray]
    """Across and down, levels a pixel."""
    at: tuple[AnyArray, AnyArray]
    """Rows and columns of the corners."""
    inverse: AnyArray
    """``(P, 2, 2)``: of the slopes' products, summed around each corner."""
    strength: AnyArray
    """``(P,)``: how much stands out around each."""

    @classmethod
    def of(cls, grey: Luma, points: AnyArray) -> _Resting:
        key = grey.astype(np.float32)
        across, down = (np.asarray(cv2.Sobel(key, -1, *d, scale=1 / 8)) for d in ((1, 0), (0, 1)))
        columns, rows = np.rint(points.reshape(-1, 2)).astype(int).T
        products = (across * across, across * down, across * down, down * down)
        sums = np.stack([_around(one)[rows, columns] for one in products], axis=-1)
        # A little on the diagonal: a corner in an even place cannot be told to rest.
        inverse = np.linalg.inv(sums.reshape(-1, 2, 2).astype(np.float64) + np.eye(2))
        above = key - _MIDDLE
        strength = _around(above * above)[rows, columns]
        return cls(key, (across, down), (rows, columns), inverse, strength)

    def in_frame(self, grey: Luma, least: float) -> bool:
        """Whether many corners look the same and moved by less than ``least``, pixels.

        Weak corners go astray by more, but to all sides: in the middle of all nothing moved.
        """
        apart = self.key - grey
        # What is covered by something even pulls nowhere either, but it does not look the same.
        same = _around(apart * apart)[self.at] < _ALIKE * self.strength
        pulls = np.stack([_around(apart * slope)[self.at] for slope in self.slopes], axis=-1)
        moves = np.einsum("pij,pj->pi", self.inverse, pulls)
        many = (same & (np.abs(moves).max(axis=1) < least)).mean() >= _MANY_REST
        return bool(many and np.abs(np.median(moves, axis=0)).max() < least / 2)


def _around(values: AnyArray) -> AnyArray:
    """Add up what lies around each pixel."""
    return np.asarray(cv2.boxFilter(values, -1, _WINDOW, normalize=False))


def _follow(
    normal: Sequence[Luma], shifts: Shifts, known: Shifts, start: int, order: range
) -> None:
    """Fill ``shifts`` from frame ``start`` on, with a new key frame when the view has moved on."""
    key, points = start, _corners(normal[start])
    before = start
    for index in order:
        jump = known[index] - known[before]
        guess = shifts[before] - shifts[key] + jump
        found = None
        if points is not None:
            found = _shift_between(normal[key], normal[index], points, guess)
        if found is None and key != before:
            key, points = before, _corners(normal[before])
            if points is not None:
                found = _shift_between(normal[key], normal[index], points, jump)
                guess = jump
        shifts[index] = shifts[key] + (guess if found is None else found)
        if found is not None and np.abs(found).max() > normal[key].shape[1] / 10:
            key, points = index, _corners(normal[index])
        before = index


def _normalised(grey: Luma) -> Luma:
    """Take out light and contrast: each pixel against the mean and spread around it."""
    mean = np.asarray(cv2.boxFilter(grey, cv2.CV_32F, _AROUND), np.float32)
    spread = np.asarray(cv2.sqrBoxFilter(grey, cv2.CV_32F, _AROUND), np.float32)
    # In place: new memory for each step would take longer than the step.
    values: AnyArray = grey - mean
    mean *= mean
    spread -= mean
    np.maximum(spread, 0, out=spread)
    np.sqrt(spread, out=spread)
    spread += 4
    values /= spread
    values *= 48
    values += _MIDDLE
    return np.asarray(np.clip(values, 0, 255, out=values), np.uint8)


def _corners(grey: Luma) -> AnyArray | None:
    """Find corners all over the picture, not only where it is busiest."""
    return cv2.goodFeaturesToTrack(grey, _POINTS, 0.01, max(6, grey.shape[1] // 60))


def _shift_between(key: Luma, grey: Luma, points: AnyArray, guess: AnyArray) -> Shifts | None:
    found = _shift_of_most(key, grey, points, guess)
    if found is not None:
        return found
    there, ok = _tracked(key, grey, points, points + guess)
    back, ok_back = _tracked(grey, key, there, there - guess)
    good = (ok.ravel() > 0) & (ok_back.ravel() > 0)
    good &= np.abs(back - points).reshape(-1, 2).max(axis=1) < 0.5
    return _densest((there - points).reshape(-1, 2)[good])


def _shift_of_most(key: Luma, grey: Luma, points: AnyArray, guess: AnyArray) -> Shifts | None:
    """Give the shift that most corners agree on, if there is one: in a third of the time.

    A few corners say about where all are, which then need not be looked for far away; and what
    most of all say needs no proof by the way back.
    """
    few = np.ascontiguousarray(points[::_FIRST])
    there, ok = _tracked(key, grey, few, few + guess)
    about = _densest((there - few).reshape(-1, 2)[ok.ravel() > 0])
    if about is None:
        return None
    there, ok = _tracked(key, grey, points, points + about, levels=0)
    tracks = (there - points).reshape(-1, 2)[ok.ravel() > 0]
    found = _densest(tracks)
    if found is None:
        return None
    agree = np.abs(tracks - found).max(axis=1) < _AGREE / 2
    return found if agree.sum() >= _MOST_AGREE * len(points) else None


def _tracked(
    before: Luma, after: Luma, points: AnyArray, guess: AnyArray, levels: int = 3
) -> tuple[AnyArray, AnyArray]:
    found, ok, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points,
        guess.astype(np.float32),
        winSize=_WINDOW,
        maxLevel=levels,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(found), np.asarray(ok)


def _densest(tracks: AnyArray) -> Shifts | None:
    """Give the middle of the densest cluster of ``(N, 2)`` tracks."""
    if len(tracks) < _ENOUGH_TRACKS:
        return None
    across, down = np.ascontiguousarray(tracks.T)
    apart = np.maximum(np.abs(across[:, None] - across), np.abs(down[:, None] - down))
    most = np.count_nonzero(apart < _AGREE, axis=1).argmax()
    centre = np.array((across[most], down[most]))
    near = _within(across, down, centre, _AGREE)
    for _ in range(3):
        if np.count_nonzero(near) < max(_ENOUGH_TRACKS, 0.08 * len(tracks)):
            return None
        centre = np.array((_median(across[near]), _median(down[near])))
        before, near = near, _within(across, down, centre, _AGREE)
        if (near == before).all():
            break
    # The mean of the inner tracks is finer than their median, which sticks to the pixel grid.
    return np.asarray(tracks[_within(across, down, centre, _AGREE / 2)].mean(axis=0))


def _within(across: AnyArray, down: AnyArray, centre: AnyArray, reach: float) -> AnyArray:
    return np.asarray(np.maximum(np.abs(across - centre[0]), np.abs(down - centre[1])) < reach)


def _median(values: AnyArray) -> np.float32:
    """Give the median of a few values: NumPy's takes ten times as long to say the same."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    return np.float32(
        ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    )


def shifted(picture: AnyArray, shift: AnyArray) -> AnyArray:
    """Move a frame back by its shift, so that it lies on the reference; edges are repeated.

    By whole pixels, then by the rest with a Lanczos kernel of eight taps: across and down one
    after the other, which takes a sixth of the time of a general warp.
    """
    if np.abs(shift - np.round(shift)).max() < _ON_GRID:
        return _moved(picture, np.round(shift))
    whole = np.floor(shift)
    across, down = (_lanczos(float(rest)) for rest in shift - whole)
    return cv2.sepFilter2D(
        _moved(picture, whole), -1, across, down, anchor=(3, 3), borderType=cv2.BORDER_REPLICATE
    )


def shifted_plane(plane: AnyArray, shift: AnyArray) -> AnyArray:
    """Move a frame back as :func:`shifted` does, in less than half of the time.

    It is rounded to whole levels between across and down, by a half at most, which the median of
    many frames takes out. What is decided by single frames is too fine for that.
    """
    if np.abs(shift - np.round(shift)).max() < _ON_GRID:
        return _moved(plane, np.round(shift))
    whole = np.floor(shift)
    across, down = (_lanczos(float(rest)) for rest in shift - whole)
    edge = cv2.BORDER_REPLICATE
    aside = cv2.filter2D(_moved(plane, whole), -1, across[None], anchor=(3, 0), borderType=edge)
    return cv2.filter2D(aside, -1, down[:, None], anchor=(0, 3), borderType=edge)


def _moved(picture: AnyArray, shift: AnyArray) -> AnyArray:
    """Move a frame back by whole pixels."""
    height, width = picture.shape[:2]
    right, down = (int(v) for v in np.clip(shift, (1 - width, 1 - height), (width - 1, height - 1)))
    if not (right or down):
        return picture
    rows = slice(max(0, down), height + min(0, down))
    columns = slice(max(0, right), width + min(0, right))
    edges = max(0, -down), max(0, down), max(0, -right), max(0, right)
    return cv2.copyMakeBorder(picture[rows, columns], *edges, cv2.BORDER_REPLICATE)


def _lanczos(phase: float) -> AnyArray:
    """Give eight taps of a Lanczos kernel, four lobes, for a point ``phase`` past the fourth."""
    away = np.arange(-3, 5) - phase
    taps = np.sinc(away) * np.sinc(away / 4)
    return np.asarray(taps / taps.sum(), np.float32)


def in_view(size: tuple[int, int], shift: AnyArray) -> AnyArray:
    """Tell which pixels of the reference a frame with this shift shows: ``(H, W)`` bool."""
    width, height = size
    view = np.zeros((height, width), bool)
    left, right = np.ceil(max(0, -shift[0])), np.floor(width - max(0, shift[0]))
    top, bottom = np.ceil(max(0, -shift[1])), np.floor(height - max(0, shift[1]))
    view[int(top) : max(0, int(bottom)), int(left) : max(0, int(right))] = True
    return view
