"""Whether a camera turned or zoomed, or moved into the scene: what no flat picture can show.

A lens that zooms makes everything grow alike. A camera that moves ahead makes what is near grow
faster than what is far: corners then run ahead of the fitted motion or lag behind it, along the
lines that all of them follow (the epipolar lines; Hartley and Zisserman 2003, chapter 9).
Figures stray from those lines in any direction, noise in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.pairs import Votes, follow
from engine.products.registration import Track
from engine.products.views import Floats, Points, Survey, View

REFERENCES = 9
"""Frames, evenly along the path, that are held against each other."""
FURTHEST = 0.5
"""Shares of the frame by which two may lie apart."""
MOST_ZOOM = 0.2
"""Log zoom between two; corners that change more in size are not found again."""
RETURNS = 0.5
"""Reduced pixels from where it started in which a corner must end when followed back."""
STRAYS = 1.0
"""Reduced pixels off the fitted motion from which a corner counts as not moving with it."""
FITS = 0.8
NARROW = 0.35
"""Share of its way off that may lie across the motion, for a corner that runs ahead or lags."""
BY_CHANCE = 0.27
"""As many run ahead or lag by chance, for each that strays in other directions."""
NEIGHBOURS = 3
"""Of a corner that runs ahead or lags, that are asked whether they do so, too."""
ALIKE = 0.72
"""Share of them that must, where near things do; half of them do by chance."""
LEAST_CORNERS = 20
ZOOM = 0.02
"""Log zoom above which the camera may move in depth."""
ZOOM_SHARE = 0.08
"""What a zoom moves at the edge of the frame, as a share of the way: less is no zoom."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well distant frames fit together by the motion that was found."""

    fits: float
    """Share of all corners that are found again in distant frames, where they should be."""
    depth: float
    """Share of them that run ahead or lag behind along their way, beyond chance, 0 to 1."""


UNKNOWN = Fit(1.0, 0.0)


def zooms(track: Track, width: float) -> bool:
    """Tell whether the camera zooms, so that a pan would not explain what is seen.

    ``width`` is that of a frame, pixels.
    """
    x, y, zoom = np.ptp(track.place, axis=0)
    return bool(zoom > max(ZOOM, ZOOM_SHARE * np.hypot(x, y) / (width / 2)))


def measure_fit(survey: Survey, track: Track) -> Fit:
    """Hold distant frames of a track against each other.

    Parameters
    ----------
    survey : Survey
        The frames, reduced.
    track : Track
        Where they are thought to lie.

    Returns
    -------
    Fit
        Of the half of the pairs that lie furthest apart in the move. ``UNKNOWN`` where there are
        none, or the camera does not zoom.
    """
    if not zooms(track, survey.views[0].luma.shape[1] * survey.ratio[0]):
        return UNKNOWN
    views = survey.views_of(track.frames)
    place = track.place / (*survey.ratio, 1.0)
    found = sorted(_pairs(views, place), key=lambda pair: pair[1] - pair[0])

    def hold(pair: tuple[int, int]) -> _Held:
        i, j = pair
        move = (place[i, :2] - place[j, :2]) / np.exp(place[j, 2])
        grown = float(place[i, 2] - place[j, 2])
        votes, asked = _there_and_back(views[i], views[j], move, grown)
        if len(votes.at) < LEAST_CORNERS:
            return _Held(0.0)
        expected = move + np.expm1(grown) * votes.at
        off = votes.moved - expected
        in_place = float((np.hypot(*off.T) <= FITS).sum()) / asked
        # As far as all of them are off alike, a frame does not lie where it should.
        off = off - np.median(off, axis=0)
        away = np.hypot(*off.T)
        way = expected / np.maximum(np.hypot(*expected.T), 1e-6)[:, None]
        along = (off * way).sum(axis=1)
        ahead = np.abs(along)
        aside = np.abs(off[:, 0] * way[:, 1] - off[:, 1] * way[:, 0])
        strays, goes = away > STRAYS, aside < NARROW * ahead
        runs = strays & goes
        alike, asked_of = _alike(votes.at[runs], along[runs] > 0)
        return _Held(
            in_place,
            told=True,
            along=float(runs.mean()),
            other=float((strays & ~goes).mean()),
            alike=alike,
            neighbours=asked_of,
        )

    held = at_once(hold, found[len(found) // 2 :])
    if not held:
        return UNKNOWN
    fits = float(np.mean([one.fits for one in held]))
    told = [one for one in held if one.told]
    # Near things hang together; what slides along an edge, or on water, goes either way.
    alike, asked = (sum(getattr(one, name) for one in told) for name in ("alike", "neighbours"))
    if alike < ALIKE * max(asked, 1):
        return Fit(fits, 0.0)
    depth = float(np.mean([one.along - BY_CHANCE * one.other for one in told]))
    return Fit(fits, max(depth, 0.0))


@dataclass(frozen=True, slots=True)
class _Held:
    """What one pair of frames says."""

    fits: float
    """Share of the corners that are found where they should be."""
    told: bool = False
    """Whether enough of them were found at all."""
    along: float = 0.0
    """Share that runs ahead or lags behind."""
    other: float = 0.0
    """Share that strays otherwise."""
    alike: int = 0
    """Neighbours of such as run ahead or lag behind that do the same."""
    neighbours: int = 0
    """Of how many."""


def _alike(at: Points, ahead: NDArray[np.bool_]) -> tuple[int, int]:
    """Count how many of the nearest neighbours of corners run ahead, or lag, as they do."""
    if len(at) <= NEIGHBOURS:
        return 0, 0
    apart = np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1])
    np.fill_diagonal(apart, np.inf)
    nearest = np.argpartition(apart, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    same = ahead[nearest] == ahead[:, None]
    return int(same.sum()), same.size


def _pairs(views: list[View], place: Floats) -> Iterator[tuple[int, int]]:
    """Choose pairs of frames that lie apart and still show much of the same."""
    height, width = views[0].luma.shape
    unit = place / (width, height, 1.0)
    steps = np.abs(np.diff(unit, axis=0)).sum(axis=1) + 1e-5
    path = np.concatenate([[0.0], np.cumsum(steps)])
    goals = np.linspace(0, path[-1], REFERENCES)
    chosen = sorted({min(int(np.searchsorted(path, goal)), len(path) - 1) for goal in goals})
    for i, j in combinations(chosen, 2):
        x, y, zoom = np.abs(unit[i] - unit[j])
        if max(x, y) <= FURTHEST and zoom <= MOST_ZOOM:
            yield i, j


def _there_and_back(first: View, second: View, move: Floats, grown: float) -> tuple[Votes, int]:
    """Follow corners from one view to another; give those that lead back, and how many left."""
    votes = follow(first, second, (float(move[0]), float(move[1])), grown, 3)
    asked = len(votes.at)
    if not asked:
        return votes, 1
    height, width = first.luma.shape
    start = votes.at + np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    back, status, _ = cv2.calcOpticalFlowPyrLK(
        second.luma,
        first.luma,
        np.ascontiguousarray(start + votes.moved).reshape(-1, 1, 2),
        np.ascontiguousarray(start).reshape(-1, 1, 2).copy(),
        winSize=(17, 17),
        maxLevel=3,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-5,
    )
    good = (status.ravel() == 1) & (np.hypot(*(back.reshape(-1, 2) - start).T) < RETURNS)
    return Votes(votes.at[good], votes.moved[good]), asked
