"""Frames of a shot in which a large face looks different: each expression is wanted once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.footage.reader import FrameReader
from engine.products.faces import align_face, expression_gap, find_largest_face
from engine.values import Box, Image, Luma

SAME_EXPRESSION = 0.12
"""Gap between aligned faces below which they are the same face with the same expression."""

_LARGE = 0.2
"""Height of a face, as a share of the picture's short side, whose expression can be read."""

_LOOKED_AT = 10
"""Frames searched for faces; each search costs some 20 ms."""


def find_expressions(
    reader: FrameReader, picture: Box, frames: Sequence[int], known: int, most: int
) -> list[int]:
    """Give frames whose largest face looks unlike the one in ``known``, and unlike each other.

    Parameters
    ----------
    reader : FrameReader
        May be of reduced frames.
    picture : Box
        The picture inside the frame, source pixels.
    frames : sequence of int
        Frames that may be taken, ascending.
    known : int
        A frame that is kept anyway; without a large face in it nothing is looked for.
    most : int
        Most frames given.
    """
    box = picture.scaled(reader.scale)
    first = _face_in(reader, box, known)
    if first is None:
        return []
    every = max(1, len(frames) // _LOOKED_AT)
    faces = [first]
    found: list[int] = []
    for frame in frames[::every]:
        face = _face_in(reader, box, frame) if len(found) < most and frame != known else None
        if face is not None and not any(_are_alike(face, f) for f in faces):
            faces.append(face)
            found.append(frame)
    return found


def _are_alike(one: Luma, other: Luma) -> bool:
    """Whether two aligned faces look the same, whichever of them is searched in the other."""
    return any(expression_gap(a, b) < SAME_EXPRESSION for a, b in ((one, other), (other, one)))


def _face_in(reader: FrameReader, box: Box, frame: int) -> Luma | None:
    """Give the largest face of a frame, aligned, if it is large enough to be read."""
    for _, image in reader.read(reader.available((frame,))):
        picture: Image = np.ascontiguousarray(image[box.slices])
        face = find_largest_face(picture)
        if face is not None and face.height >= _LARGE * min(picture.shape[:2]):
            return align_face(picture, face)
    return None
