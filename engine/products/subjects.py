"""The things in front of a plate, told apart, and which of them are the main ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engine.recipe import Point
from engine.values import AnyArray, Box, FloatMap, Mask

_LEAST_SHARE = 0.004  # of the picture: smaller things are nobody's subject
_MOST_SHARE = 0.75
_NEAR_TOP = 0.45  # of the best weight: things from here on are main ones too
_MOST_SUBJECTS = 4
_STAYS = 0.4  # share of the frames from which on a thing is said to stay
_HALF = 0.5  # as long as the one who stays must others be there to be main ones too


@dataclass(frozen=True, slots=True)
class Thing:
    """One connected piece of the foreground."""

    label: int
    box: Box
    share: float
    """Of the picture, 0 to 1."""
    weight: float
    """How much of a subject it is: large, central, whole, staying."""
    stays: float = 0.0
    """Share of the shot's frames in which something is in front where it is."""


def find_things(mask: Mask, stays: FloatMap | None = None) -> tuple[AnyArray, list[Thing]]:
    """Tell the pieces of a foreground mask apart, the weightiest first.

    Parameters
    ----------
    mask : (h, w) bool array
    stays : (h, w) float array, optional
        Share of the shot's frames in which each pixel is covered.

    Returns
    -------
    labels : (h, w) int32 array
        0 for the backdrop.
    things : list of Thing
    """
    height, width = mask.shape
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    joined = cv2.dilate(mask.astype(np.uint8), brush)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(joined, connectivity=8)
    labels = np.where(mask, labels, 0)
    things = []
    for label in range(1, count):
        x, y, box_width, box_height, area = (int(v) for v in stats[label])
        share = area / mask.size
        if not _LEAST_SHARE <= share <= _MOST_SHARE:
            continue
        off = np.abs(centres[label] / (width, height) - 0.5).max() * 2
        weight = share**0.5 * (1.2 - off**2)
        cut = (x <= 1) + (x + box_width >= width - 1) + (y <= 1)
        weight *= 0.7**cut
        staying = 0.0 if stays is None else float(stays[labels == label].mean())
        weight *= 0.6 + staying
        box = Box(x, y, box_width, box_height)
        things.append(Thing(label, box, share, float(weight), staying))
    return labels, sorted(things, key=lambda thing: -thing.weight)


def main_ones(things: Sequence[Thing]) -> list[Thing]:
    """Give the things that stand out, from a list with the weightiest first.

    Beside somebody who stays, those who only pass are no main ones.
    """
    least, stay = _NEAR_TOP * things[0].weight, least_stay(things[:1])
    return [t for t in things[:_MOST_SUBJECTS] if t.weight >= least and t.stays >= stay]


def least_stay(things: Iterable[Thing]) -> float:
    """Give how long a thing must be there to be no passer-by beside ``things``."""
    longest = max((thing.stays for thing in things), default=0.0)
    return _HALF * longest if longest >= _STAYS else 0.0


def at_points(labels: AnyArray, points: Sequence[Point], reach: int) -> list[int]:
    """Give the labels of the things at ``points``, or within ``reach`` pixels of them."""
    found: list[int] = []
    height, width = labels.shape
    for x, y in points:
        if not (0 <= x < width and 0 <= y < height):
            continue
        area = labels[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        here = int(labels[y, x]) or int(np.bincount(area[area > 0].ravel(), minlength=1).argmax())
        if here and here not in found:
            found.append(here)
    return found
