"""Which of the motions in a picture is the backdrop's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.analysis.corners import area_of, parts_of, share_of
from engine.analysis.ground import Stays
from engine.analysis.keyframe import KeyFrame
from engine.analysis.parallax import measure_layers
from engine.analysis.similarity import (
    FEWEST,
    Affine,
    Points,
    Similarity,
    carried,
    find_one_motion,
    median,
    products_of,
)

_LEAST, _MOST = 0.6, 1.4
"""Weight of points that have never moved with the background, and of those that always have."""
_MOTIONS = 3
"""Motions that are looked for in one picture."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a frame lies on a key frame, by the motion of the backdrop."""

    link: Affine
    """The simplest motion that fits."""
    whole: Affine
    """The motion that fits best: what is too little to be told is not lost with the key frame."""
    followed: Points
    with_background: NDArray[np.float64]
    support: float
    other: float
    alive: float
    """Share of the key frame's points that are still in the picture and found."""
    depth: float
    reach: float
    textured: float
    grain: float
    grounded: bool = False


@dataclass(frozen=True, slots=True)
class _Model:
    weight: float
    share: float
    link: Affine
    whole: Similarity
    mine: NDArray[np.int64]
    """Places among the points that were found."""


def choose_background(
    key: KeyFrame,
    followed: Points,
    good: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    close: float,
) -> Fit | None:
    """Fit the motions in the picture and take the one that the backdrop has.

    The backdrop is what moves as one in the most parts of the picture, and reaches its sides and
    top; who stands in the middle of it may fill more of the frame.

    Parameters
    ----------
    key : KeyFrame
        Learns which of its points stay in their place.
    followed : (N, 2) float32 array
        Its points, now.
    good, inside : (N,) bool arrays
        Those that were found, and those that are in the picture.
    close : float
        Pixels that a point may be off the motion it belongs to.
    """
    index = np.flatnonzero(good)
    if len(index) < FEWEST:
        return None
    points, now = key.points[index], followed[index]
    cells, trust = key.cells[index], key.trust[index]
    products = products_of(points, now)
    stays = Stays(key, points, now, index)
    total = area_of(parts_of(key.cells[inside]))
    models: list[_Model] = []
    rest, best = np.arange(len(index)), 0.0
    left = points, now, products
    for _ in range(_MOTIONS):
        if len(rest) < FEWEST:
            break
        # What is left might still outweigh what was found, or be clouds over ground.
        if models:
            share = area_of(parts_of(cells[rest])) / total
            if share * _most_weight(trust[rest], stays) <= best:
                break
            left = points[rest], now[rest], products[rest]
        found = find_one_motion(*left, close)
        if found is None:
            break
        link, whole, belongs = found
        mine = rest[belongs]
        share = area_of(parts_of(cells[mine])) / total
        weight = share * (_LEAST + (_MOST - _LEAST) * float(trust[mine].mean()))
        models.append(_Model(weight, share, link, whole, mine))
        best = max(best, weight)
        rest = rest[~belongs]
    if not models:
        return None
    chosen = max(models, key=lambda model: model.weight)
    link, whole, mine, share = chosen.link, chosen.whole, chosen.mine, chosen.share
    still = stays.find_ground([model.mine for model in models])
    if still is not None:
        mine = still[0]
        share = area_of(parts_of(cells[np.concatenate(still)])) / total
        link, whole = np.eye(3), Similarity(1, 0)
    affine = whole.affine()
    layers = measure_layers(points, now, cells, link)
    mark = np.zeros(len(key.points))
    mark[index[mine]] = 1.0
    taken, found_in = parts_of(cells[mine]), parts_of(cells)
    # Points that were lost go where the backdrop went, to be found again.
    onward = carried(key.points, link)
    onward[index] = now
    return Fit(
        link=link,
        whole=affine,
        followed=onward,
        with_background=mark,
        support=share,
        other=area_of(found_in & ~taken) / total,
        alive=len(index) / len(key.points),
        depth=layers.depth,
        reach=layers.reach,
        textured=share_of(found_in),
        grain=_usually_off(points[mine], now[mine], affine),
        grounded=still is not None,
    )


def _usually_off(points: Points, followed: Points, whole: Affine) -> float:
    across, down = (carried(points, whole) - followed).T
    return median(np.sqrt(across * across + down * down))


def _most_weight(trust: NDArray[np.float64], stays: Stays) -> float:
    """Give the most that a motion of some points may weigh for each part of the picture.

    Where there may be ground, other motions are wanted for themselves, and count as trusted.
    """
    if stays.may_be_ground:
        return _MOST
    trusted = float(np.sort(trust)[-FEWEST:].mean())
    return _LEAST + (_MOST - _LEAST) * trusted
