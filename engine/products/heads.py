"""Heads framed as a portrait photographer would: air around, eyes above the middle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.products.faces import SURE_SCORE, Face
from engine.products.squares import Square, fit_side
from engine.values import Size

AIR = 2.2
"""Side of a head's crop against the larger side of its face."""

EYE_LINE = 0.42
"""Where the eyes lie in a head's crop, as a share from the top."""

HIGHEST_EYES, LOWEST_EYES = 0.26, 0.48
"""Where they may lie if that shows more of what is near."""

MOST_ASIDE = 0.2
"""How far from the middle a face may stand, as a share of the side."""

LARGE_FACE = 0.3
"""Height of a face against the side from which cutting it spoils a crop of something else."""

_SEEN, _WHOLE = 0.15, 0.9
"""Share of a face inside a square from which it is seen at all, and from which it is not cut."""

LEAST_FACE, MOST_FACE = 0.12, 0.62
"""Least and most of the side that a face, forehead to chin, takes in a crop of it."""


def frame_head(face: Face, sides: Sequence[int], size: Size) -> Square:
    """Give the square of a picture of ``size`` that frames a face with its hair and chin."""
    side = fit_side(AIR * max(face.width, 0.8 * face.height), sides, min(size))
    x = min(max(0, round(face.centre[0] - side / 2)), size[0] - side)
    y = min(max(0, round(face.eye_line - EYE_LINE * side)), size[1] - side)
    return Square(x, y, side)


def frames_head(places: NDArray[np.int64], face: Face, size: Size) -> NDArray[np.bool_]:
    """Tell which of many squares frame a face well: hair and chin inside, the eyes not low.

    Parameters
    ----------
    places : (N, 3) int array
        Left, top and side of each square, pixels of a picture of ``size``.
    """
    x, y, side = places.T.astype(np.float64)
    left, right = max(0.0, face.x - 0.2 * face.width), min(size[0], face.x + 1.2 * face.width)
    top, low = max(0.0, face.y - 0.45 * face.height), min(size[1], face.y + 1.12 * face.height)
    whole = (x <= left + 2) & (x + side >= right - 2) & (y <= top + 2) & (y + side >= low - 2)
    eyes = (face.eye_line - y) / side
    # Where the picture ends there is no choice.
    high = (eyes >= HIGHEST_EYES) | (y <= 1)
    deep = (eyes <= LOWEST_EYES) | (y + side >= size[1] - 1)
    aside = np.abs(x + side / 2 - face.centre[0]) / side
    central = (aside <= MOST_ASIDE) | (x <= 1) | (x + side >= size[0] - 1)
    return np.asarray(whole & high & deep & central & (face.height <= MOST_FACE * side))


def cut_heads(places: NDArray[np.int64], faces: Sequence[Face]) -> NDArray[np.bool_]:
    """Tell which of many squares show a large part of a face and cut the rest of it off.

    Parameters
    ----------
    places : (N, 3) int array
        Left, top and side of each square, pixels of the picture.
    """
    x, y, side = places.T.astype(np.float64)
    cut = np.zeros(len(places), np.bool_)
    for face in faces:
        wide = np.minimum(x + side, face.x + face.width) - np.maximum(x, face.x)
        high = np.minimum(y + side, face.y + face.height) - np.maximum(y, face.y)
        inside = np.maximum(wide, 0) * np.maximum(high, 0) / (face.width * face.height)
        parted = (inside > _SEEN) & (inside < _WHOLE) & (face.height > LARGE_FACE * side)
        cut |= parted & (face.score >= SURE_SCORE)
    return cut


def largest_face(square: Square, faces: Sequence[Face]) -> Face | None:
    """Give the largest face that lies whole in a square, if any is sure and large enough."""
    inside = [f for f in faces if f.score >= SURE_SCORE and _holds(square, f)]
    return max(inside, key=lambda face: face.height, default=None)


def tags_of(square: Square, face: Face) -> tuple[str, ...]:
    """Give the composition tags that follow from the size of a face in its crop."""
    share = face.height / square.side
    if share > 0.55:
        return ("close-up",)
    if share > 0.25:
        return ("portrait",)
    return ("upper body",)


def _holds(square: Square, face: Face) -> bool:
    left, top = face.x - square.x, face.y - square.y
    whole = left >= 0 and top >= 0
    whole = whole and left + face.width <= square.side and top + face.height <= square.side
    return whole and face.height >= LEAST_FACE * square.side
