"""Somebody who stays through the whole shot and hardly moves: a face that belongs to the plate.

What never leaves was never seen behind, and what never moves looks like the place. A face is the
one sign left. It may be a portrait on the wall, so it is only doubted, never taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.products.faces import CLEAR_SCORE, Face, confirmed, glimpse_faces, overlap_of
from engine.values import Image, Mask

_LOOKS = 3  # frames that are searched, spread over the shot
_LIKELY = CLEAR_SCORE  # mean score of a face over these from which on somebody may be there
_BACKDROP = 0.6  # share of a face that the frame must show as backdrop
_SAME = 0.3  # overlap of two finds, of either, that are one face
_ASIDE, _ABOVE, _BELOW = 0.8, 0.5, 3.0  # what a body takes beyond its face, in faces


@dataclass(frozen=True, slots=True)
class Look:
    """One frame that was searched."""

    faces: Sequence[Face]
    """What was found in it."""
    width: int
    """Of the picture that they were found in, pixels."""
    shown: Mask
    """``(h, w)``: where it shows the backdrop."""


def spread(indices: Sequence[int]) -> list[int]:
    """Choose the few of some frames that are worth a look."""
    parts = min(_LOOKS, len(indices))
    return [indices[(2 * part + 1) * len(indices) // (2 * parts)] for part in range(parts)]


def find_lasting(pictures: Iterable[Image]) -> list[list[Face]]:
    """Find the faces of each picture, if there may be one that all of them show.

    Parameters
    ----------
    pictures : iterable of (H, W, 3) uint8 arrays
        BGR. They are asked for one by one, and no more of them than it takes: in most shots no face
        lasts, so that one or two pictures are enough.

    Returns
    -------
    list of list of Face
        Empty where no face of the first picture is in the same place in all the others.
    """
    looks: list[tuple[Image, list[Face]]] = []
    for picture in pictures:
        looks.append((picture, glimpse_faces(picture)))
        first, newest = looks[0][1], looks[-1][1]
        looks[0] = looks[0][0], [face for face in first if _again(face, newest)]
        if not looks[0][1]:
            return []
    return [confirmed(picture, faces) for picture, faces in looks]


def find_sitters(looks: Sequence[Look]) -> Mask:
    """Mark where somebody may sit or stand whom the plate takes for a part of the place.

    Parameters
    ----------
    looks : sequence of Look
        Of frames that lie on one another.

    Returns
    -------
    (h, w) bool array
        Faces that are found again and again as backdrop, with the bodies they would have.
    """
    height, width = looks[0].shown.shape
    sitting = np.zeros((height, width), bool)
    scale = width / looks[0].width
    found = [[face for face in one.faces if _is_backdrop(face, one)] for one in looks]
    for number, faces in enumerate(found):
        for face in faces:
            others = found[:number] + found[number + 1 :]
            score = face.score + sum(_again(face, other) for other in others)
            if score >= _LIKELY * len(looks):
                sitting[_body_of(face, scale)] = True
    return sitting


def _is_backdrop(face: Face, look: Look) -> bool:
    scale = look.shown.shape[1] / look.width
    part = look.shown[_area(scale, face.x, face.y, face.width, face.height)]
    return part.size > 0 and float(part.mean()) >= _BACKDROP


def _again(face: Face, others: Sequence[Face]) -> float:
    """Give how surely the same face is among others."""
    same = (other.score for other in others if overlap_of(face, other) > _SAME)
    return max(same, default=0.0)


def _body_of(face: Face, scale: float) -> tuple[slice, slice]:
    width, height = face.width, face.height
    across, down = width * (1 + 2 * _ASIDE), height * (1 + _ABOVE + _BELOW)
    return _area(scale, face.x - _ASIDE * width, face.y - _ABOVE * height, across, down)


def _area(scale: float, x: float, y: float, width: float, height: float) -> tuple[slice, slice]:
    """Give the rows and columns of a rectangle in a reduced picture."""
    left, top = max(0, int(x * scale)), max(0, int(y * scale))
    right, bottom = int((x + width) * scale) + 1, int((y + height) * scale) + 1
    return slice(top, max(top, bottom)), slice(left, max(left, right))
