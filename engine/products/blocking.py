"""Macroblocks: how far a coarse codec shows in a picture, as steps along its grid."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from engine.products.proposal import Proposal
from engine.values import Box, FloatMap, Image

_GRID = 16
"""Pixels between the edges of macroblocks; larger blocks of later codecs lie on the same grid."""

_CELL = 4
"""Pixels of a side over which a picture is averaged first: a deblocking filter softens up to three
on either side of an edge, and texture averages out."""

_SEEN, _DRAWN = 2.0, 24.0
"""Steps of a block's edge, grey levels: less is not seen, more is an outline that somebody drew."""

_STEEPER = 2.0
"""Times that a block's edge is steeper than what lies on either side of it."""

_HARMLESS = 0.05
"""Share of edges that show, up to which a picture counts as whole: stripes of a drawing may lie
on the grid by chance."""

_COST, _LEFT = 5.0, 0.3
"""What is taken off a score for each share of edges beyond, and what is left at least."""


def mark_down_blocks(keeper: Proposal, picture: Image, place: Box) -> Proposal:
    """Lower a keeper's score where macroblocks show in its picture, and say so.

    Parameters
    ----------
    keeper : Proposal
    picture : (H, W, 3) uint8 array
        At full size.
    place : Box
        Where it lies in its frame, which the codec's grid begins with.
    """
    left = 1 - _COST * (measure_blocking(picture, (place.x, place.y)) - _HARMLESS)
    if left >= 1:
        return keeper
    score = round(keeper.score * max(left, _LEFT), 3)
    return replace(keeper, score=score, why=(*keeper.why, "blocks of the codec show"))


def measure_blocking(picture: Image, origin: tuple[int, int] = (0, 0)) -> float:
    """Measure in which share of a picture the edges of macroblocks show.

    Steps are counted that are the same along a whole block, steeper than their surroundings and
    too faint for an outline: those on the grid of 16 or 8 pixels beyond those off it. A straight
    edge is one step in its place, and a pattern is as often off the grid as on it.

    Parameters
    ----------
    picture : (H, W, 3) uint8 array
        At full size.
    origin : (int, int)
        Where its top left corner lies in the frame, ``(x, y)``, pixels.

    Returns
    -------
    float
        0 or a little about it for a clean picture; 0.02-0.1 where blocks show here and there,
        0.1-0.5 in starved film.

    References
    ----------
    Wang, Sheikh and Bovik, "No-reference perceptual quality assessment of JPEG compressed
    images", 2002, for comparing steps on the grid with those inside of it.
    """
    left, top = (-origin[0]) % _GRID, (-origin[1]) % _GRID
    inside = picture[top:, left:]
    height, width = (side // _GRID * _GRID for side in inside.shape[:2])
    if min(height, width) < 4 * _GRID:
        return 0.0
    grey = cv2.cvtColor(np.ascontiguousarray(inside[:height, :width]), cv2.COLOR_BGR2GRAY)
    size = width // _CELL, height // _CELL
    reduced = cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    cells = np.asarray(reduced, np.float32)
    return (_steps_on_grid(cells) + _steps_on_grid(np.ascontiguousarray(cells.T))) / 2


def _steps_on_grid(cells: FloatMap) -> float:
    """Give the share of upright edges of blocks that show, beyond those off the grid."""
    along = _GRID // _CELL
    height, width = cells.shape
    across = np.diff(cells, axis=1).reshape(height // along, along, width - 1)
    steps = np.abs(across.mean(axis=1))
    here, sides = steps[:, 1:-1], np.maximum(steps[:, :-2], steps[:, 2:])
    shows = (here >= _SEEN) & (here <= _DRAWN) & (here >= _STEEPER * sides)
    # The step at place 0 is between the cells 1 and 2.
    phase = (np.arange(shows.shape[1]) + 2) % along
    whole, half = (float(shows[:, phase == p].mean()) for p in (0, along // 2))
    off = float(shows[:, phase % 2 == 1].mean())
    return max(whole, (whole + half) / 2) - off
