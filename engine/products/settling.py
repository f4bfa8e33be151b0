"""Frames are put where few of them have to be drawn between their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from engine.products.at_once import at_once
from engine.products.placed import Placed
from engine.products.views import Floats

TOLD = 2.0
"""So many times as much as by chance must sharpness change with the fraction of a pixel; where it
does not, hardly anything hangs on it."""
SHARED = 0.6
"""Share of the frames that must have a fraction in common for it to be theirs without a look."""
FEWEST = 12
"""Frames that can tell that."""


def settled(placed: Sequence[Placed]) -> list[Placed]:
    """Put as many frames as can be on whole pixels, where they need no resampling."""
    places = np.array([[one.left, one.top] for one in placed])
    if all(one.scale == 1 for one in placed):
        places = _steadied(places)
    sharp = _sharpness(placed)
    sharpest = int(sharp.sum(axis=1).argmax())
    for axis in (0, 1):
        places[:, axis] -= _common_phase(places[:, axis], sharp[:, axis], sharpest)
    return [
        replace(one, left=float(left), top=float(top))
        for one, (left, top) in zip(placed, places, strict=True)
    ]


def _steadied(centres: Floats) -> Floats:
    """Hold an axis still along which the camera only seems to tremble."""
    out = centres.copy()
    for axis in (0, 1):
        middle = float(np.median(centres[:, axis]))
        if np.percentile(np.abs(centres[:, axis] - middle), 90) < 0.1:
            out[:, axis] = middle
    return out


def _sharpness(placed: Sequence[Placed]) -> Floats:
    """Measure how sharp frames are across and down, beside their neighbours; ``(N, 2)`` log."""

    def measure(one: Placed) -> list[float]:
        grey = cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY)
        blurred = (cv2.GaussianBlur(grey, along, 0) for along in ((3, 1), (1, 3)))
        # What fades is less sharp for that, wherever it lies.
        lit = one.gain / grey.size
        return [cv2.norm(grey, soft, cv2.NORM_L1) * lit for soft in blurred]

    fine = np.log(np.maximum(at_once(measure, placed), 1e-6))
    around = [np.median(fine[max(0, i - 5) : i + 6], axis=0) for i in range(len(fine))]
    return np.asarray(fine - around, np.float64)


def _common_phase(values: Floats, sharp: Floats, sharpest: int) -> float:
    """Find the fraction of a pixel that most values share; else that at which frames are sharp.

    Where sharpness tells of none, it is one that many share, or that of the ``sharpest``.
    """
    gap = np.abs(values[:, None] - values[None]) % 1.0
    mates = np.minimum(gap, 1 - gap) < 0.06
    shared = mates.sum(axis=1)
    # Of two that are shared by as many, half a pixel apart, one softens every edge.
    if shared.max() <= SHARED * len(values):
        found = _sharp_phase(values, sharp)
        if found is not None:
            return found
    best = int(shared.argmax()) if shared.max() > len(values) / 3 else sharpest
    turned = np.exp(2j * np.pi * values[mates[best]]).mean()
    return float(np.angle(turned) / (2 * np.pi))


def _sharp_phase(values: Floats, sharp: Floats) -> float | None:
    """Find the fraction of a pixel at which frames are sharpest: there they show whole pixels.

    Art that was moved by fractions of a pixel was softened by that, more the further it lay from
    whole ones. The first harmonic of sharpness over the fraction says so, if any does.
    """
    turn = 2 * np.pi * values
    terms = np.column_stack([np.ones(len(values)), np.cos(turn), np.sin(turn)])
    # Of two fractions half a pixel apart, a wave through both could begin anywhere: the least one.
    normal = terms.T @ terms + 1e-4 * len(terms) * np.eye(3)
    _, found = cv2.solve(normal, terms.T @ sharp[:, None])
    left = sharp - terms @ found[:, 0]
    chance = float(left.std()) / (len(values) / 2) ** 0.5
    if len(values) < FEWEST or np.hypot(found[1, 0], found[2, 0]) < TOLD * max(chance, 1e-9):
        return None
    return float(np.arctan2(found[2, 0], found[1, 0]) / (2 * np.pi))
