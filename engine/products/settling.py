"""Frames are put where few of them have to be drawn between their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from engine.products.placed import Placed
from engine.products.views import Floats


def settled(placed: Sequence[Placed]) -> list[Placed]:
    """Put as many frames as can be on whole pixels, where they need no resampling."""
    places = np.array([[one.left, one.top] for one in placed])
    if all(one.scale == 1 for one in placed):
        places = _steadied(places)
    sharpest = _sharpest(placed)
    for axis in (0, 1):
        places[:, axis] -= _common_phase(places[:, axis], sharpest)
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


def _sharpest(placed: Sequence[Placed]) -> int:
    """Find the frame that is sharpest beside its neighbours: the camera hit whole pixels there."""
    fine = np.empty(len(placed))
    for i, one in enumerate(placed):
        grey = cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY)
        fine[i] = cv2.mean(cv2.absdiff(grey, cv2.GaussianBlur(grey, (3, 3), 0)))[0]
    around = [float(np.median(fine[max(0, i - 5) : i + 6])) for i in range(len(fine))]
    return int(np.argmax(fine / np.maximum(around, 1e-6)))


def _common_phase(values: Floats, sharpest: int) -> float:
    """Find the fraction of a pixel that most values share; else that of the sharpest frame."""
    gap = np.abs(values[:, None] - values[None]) % 1.0
    mates = np.minimum(gap, 1 - gap) < 0.06
    shared = mates.sum(axis=1)
    best = int(shared.argmax()) if shared.max() > len(values) / 3 else sharpest
    turned = np.exp(2j * np.pi * values[mates[best]]).mean()
    return float(np.angle(turned) / (2 * np.pi))
