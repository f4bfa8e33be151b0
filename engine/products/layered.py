"""Where frames lie between layers that move at speeds of their own: told by all of them at once.

Where the camera hardly moves, at the ends of an eased pan, what is nearer and what is behind lie
too near to each other to be told apart from one frame to the next; and where the background is
flat, most corners are of what is in front. Then the path goes astray with the nearer layer. But
between frames that lie further apart, corners go by two distances, and one is as many times the
other as one layer is faster: only the right motion of the background puts all layers where corners
are (what a mixture of motions is fitted by; Jepson and Black 1993).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.events import Advanced, Work
from engine.products.at_once import at_once
from engine.products.pairs import (
    CANDIDATES,
    LEAST_VOTES,
    Pair,
    Votes,
    fit_motion,
    follow,
    measure_gain,
)
from engine.products.registration import AT_ONCE, Track, keys_along, solve_track
from engine.products.views import Floats, Points, Survey, View

PARTED = 4.0
"""Reduced pixels by which layers must lie apart between two frames to be told apart."""
FURTHEST = 0.45
"""Share of the frame by which two may lie apart."""
LINKS = 4
"""Frames that each is held against."""
KEYS = 0.04
"""Share of the frame between those that others are held against."""
TOLERANCE = 0.8
"""Reduced pixels off a layer's motion in which a corner goes with it."""
LEVELS = 2
"""Of the pyramid in which a corner is looked for around where its layer would put it."""
STRAY = 16.0
"""Reduced pixels by which the path may be off."""
BEHIND = 0.05
"""Share of the corners that must go with the background."""
CHECKED, MOST_CHECKED = 16, 48
"""Frames, and pairs of them, that are looked at to see whether the path is wrong anywhere."""
ASTRAY = 1.0
"""Reduced pixels between what such a pair says and the path."""
WRONG = 0.04
"""Share of such pairs from which on the path is wrong."""
MET = 0.9
"""Share of the frames that must be placed for the path to be believed."""


def place_by_layers(survey: Survey, track: Track, speeds: Sequence[float]) -> Work[Track | None]:
    """Place frames by the background and by what passes in front of it.

    Parameters
    ----------
    survey : Survey
        The frames, reduced.
    track : Track
        Where they are thought to lie.
    speeds : sequence of float
        Of the nearer layers, as a share of the background's.

    Returns
    -------
    Track or None
        Where the background lies; None where it is known, or too little tells the layers apart.
    """
    views = survey.views_of(track.frames)
    place = track.place / (*survey.ratio, 1.0)
    links = _links(place, views[0].luma.shape, PARTED / (min(speeds) - 1))

    def measure(linked: tuple[int, int]) -> Pair | None:
        return _measure(views, linked, place, (1.0, *speeds))

    some = set(np.linspace(0, len(views) - 1, CHECKED).astype(int).tolist())
    checked = [(i, j) for i, j in links if i in some or j in some]
    checked = checked[:: max(1, len(checked) // MOST_CHECKED)]
    off = [_off(pair, place) for pair in at_once(measure, checked) if pair is not None]
    if not off or np.mean(np.array(off) > ASTRAY) < WRONG:
        return None
    pairs: list[Pair] = []
    for start in range(0, len(links), AT_ONCE):
        part = links[start : start + AT_ONCE]
        pairs += [pair for pair in at_once(measure, part) if pair is not None]
        yield Advanced("telling layers apart", start + len(part), len(links), "pairs")
    met = {pair.first for pair in pairs} | {pair.second for pair in pairs}
    if len(met) < MET * len(views):
        return None
    held = [
        Pair(i, i + 1, _move(place, i, i + 1), float(place[i, 2] - place[i + 1, 2]), 1e-3, 0, 0)
        for i in range(len(views) - 1)
    ]
    return solve_track(views, [*pairs, *held], survey.ratio, track.model)


def _off(pair: Pair, place: Floats) -> float:
    x, y = _move(place, pair.first, pair.second)
    return float(np.hypot(pair.move[0] - x, pair.move[1] - y))


def _links(place: Floats, shape: tuple[int, ...], least: float) -> list[tuple[int, int]]:
    """Choose pairs of frames that lie so far apart that layers are told apart."""
    size = np.array([shape[1], shape[0]])
    unit = place[:, :2] / size
    keys = keys_along(unit, KEYS)
    chosen: set[tuple[int, int]] = set()
    for i in range(len(unit)):
        away = np.hypot(*(place[keys, :2] - place[i, :2]).T)
        far = np.abs(unit[keys] - unit[i]).max(axis=1)
        able = [k for k in np.argsort(away, kind="stable") if away[k] >= least]
        able = [k for k in able if far[k] < FURTHEST]
        # On both sides, where there are frames on both.
        before, after = [k for k in able if keys[k] < i], [k for k in able if keys[k] > i]
        wanted = before[: LINKS // 2] + after[: LINKS // 2]
        wanted += [k for k in able if k not in wanted][: LINKS - len(wanted)]
        chosen.update((min(i, keys[k]), max(i, keys[k])) for k in wanted)
    return sorted(chosen)


def _move(place: Floats, i: int, j: int) -> tuple[float, float]:
    x, y = (place[i, :2] - place[j, :2]) / np.exp(place[j, 2])
    return float(x), float(y)


def _measure(
    views: Sequence[View], linked: tuple[int, int], place: Floats, speeds: Sequence[float]
) -> Pair | None:
    """Measure how the background moved between two views, by all layers."""
    i, j = linked
    x, y = _move(place, i, j)
    grown = float(place[i, 2] - place[j, 2])
    several = [follow(views[i], views[j], (s * x, s * y), grown, LEVELS) for s in speeds]
    at, moved = (
        np.concatenate([getattr(votes, of) for votes in several]) for of in ("at", "moved")
    )
    straight = moved - np.float32(np.expm1(grown)) * at
    own = straight[: len(several[0].at)]
    asked = own[:: max(1, len(own) // CANDIDATES)]
    asked = asked[np.hypot(*(asked - np.array([x, y], np.float32)).T) < STRAY]
    if len(own) < LEAST_VOTES or not len(asked):
        return None
    with_layers = np.stack([_near(asked * np.float32(speed), straight) for speed in speeds])
    votes = with_layers.sum(axis=2)
    # A motion that only nearer layers speak for is that of none.
    behind = votes[0] >= max(LEAST_VOTES / 2, BEHIND * len(own))
    if not behind.any():
        return None
    best = int(np.where(behind, votes.sum(axis=0), 0).argmax())
    fit, inliers = fit_motion(Votes(at, moved), with_layers[0, best], zoom=bool(grown))
    count = int(inliers.sum())
    if votes[:, best].sum() < LEAST_VOTES or count < LEAST_VOTES / 2:
        return None
    gain = measure_gain(views[i], views[j], fit)
    move = float(fit[0]), float(fit[1])
    return Pair(i, j, move, float(fit[2]), count, count / len(own), gain)


def _near(asked: Points, moved: Points) -> NDArray[np.bool_]:
    """Say which moves ``(n, 2)`` are those asked for ``(m, 2)``: ``(m, n)``."""
    gap = np.maximum(np.abs(asked[:, :1] - moved[:, 0]), np.abs(asked[:, 1:] - moved[:, 1]))
    near: NDArray[np.bool_] = gap < TOLERANCE
    return near
