"""Heads framed as a portrait photographer would: air around, eyes above the middle."""

from __future__ import annotations

from collections.abc import Sequence

from engine.products.faces import Face
from engine.products.squares import Square, fit_side
from engine.values import Size

AIR = 2.2
"""Side of a head's crop against the larger side of its face."""

EYE_LINE = 0.42
"""Where the eyes lie in the crop, as a share from the top."""


def frame_head(face: Face, sides: Sequence[int], size: Size) -> Square:
    """Give the square of a picture of ``size`` that frames a face with its hair and chin."""
    side = fit_side(AIR * max(face.width, 0.8 * face.height), sides, min(size))
    x = min(max(0, round(face.centre[0] - side / 2)), size[0] - side)
    y = min(max(0, round(face.eye_line - EYE_LINE * side)), size[1] - side)
    return Square(x, y, side)


def tags_of(square: Square, faces: Sequence[Face]) -> tuple[str, ...]:
    """Give the composition tags that follow from the largest face in a crop."""
    inside = [face.height for face in faces if _holds(square, face)]
    if not inside:
        return ()
    share = max(inside) / square.side
    if share > 0.55:
        return ("close-up",)
    if share > 0.25:
        return ("portrait",)
    return ("upper body",) if share > 0.12 else ()


def _holds(square: Square, face: Face) -> bool:
    x, y = face.centre[0] - square.x, face.centre[1] - square.y
    return 0 < x < square.side and 0 < y < square.side
