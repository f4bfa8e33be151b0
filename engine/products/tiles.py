"""A long panorama in pieces: what no bucket is wide enough to show whole."""

from __future__ import annotations

import cv2
import numpy as np

from engine.buckets.assign import assign
from engine.buckets.facts import in_words, needs_pieces, percent, propose_pieces
from engine.buckets.presets import TARGETS
from engine.products.proposal import Proposal
from engine.recipe import CropRecipe, PanoramaRecipe
from engine.values import Box, Image, Size

REASON = "tile"

MOST_SCORE = 0.45
"""Tiles show what the panorama shows: they are for who looks for them, not for a rule."""

_TARGET = TARGETS["sdxl"]
"""All usual targets end at 4:1; this one shows most of a tile."""

_UNSURE = 3
"""Pixels of the preview by which a panorama may come out smaller at full resolution."""

_PREVIEW_SIDE = 960


def propose_tiles(panorama: Proposal, scale: float) -> list[Proposal]:
    """Propose overlapping pieces of a panorama that the widest bucket would cut; none for others.

    Parameters
    ----------
    panorama : Proposal
        Its ``preview`` is cut into previews of the pieces.
    scale : float
        Pixels of the preview for each pixel at full resolution.
    """
    recipe = panorama.recipe
    if not isinstance(recipe, PanoramaRecipe) or panorama.preview is None:
        return []
    slack = round(_UNSURE / scale) if scale < 1.0 else 0
    width, height = (max(1, side - slack) for side in panorama.size)
    bucket = assign(_TARGET, width, height)
    if not needs_pieces(_TARGET, (width, height), bucket):
        return []
    pieces = propose_pieces(_TARGET, (width, height))
    why = (
        f"{in_words(panorama.size)} loses {percent(bucket.cropped)} in the longest bucket",
        f"one of {len(pieces)} that keep all of it",
    )
    return [
        Proposal(
            CropRecipe(recipe, piece.x, piece.y, piece.width, piece.height),
            piece.size,
            round(min(MOST_SCORE, panorama.score / 2), 4),
            REASON,
            why,
            tags=panorama.tags,
            preview=_shown(panorama.preview, piece, panorama.size),
            parent=recipe,
        )
        for piece in pieces
        if min(piece.size) >= 64
    ]


def _shown(preview: Image, piece: Box, size: Size) -> Image:
    """Cut a piece's preview out of that of the whole."""
    box = piece.scaled(preview.shape[1] / size[0])
    part = preview[box.y : box.bottom, box.x : box.right]
    reduced = min(1.0, _PREVIEW_SIDE / max(part.shape[:2]))
    if reduced == 1.0:
        return part.copy()
    made = cv2.resize(part, None, fx=reduced, fy=reduced, interpolation=cv2.INTER_AREA)
    return np.asarray(made, np.uint8)
