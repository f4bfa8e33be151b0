"""Where the frames of a move lie on a canvas, and which of them are drawn on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import RenderError
from engine.products.registration import Track
from engine.products.views import ENDS, Floats
from engine.values import Size

MOST_PIXELS = 150_000_000
"""Of a canvas."""


def thinned(frames: Sequence[int], most: int) -> tuple[int, ...]:
    """Take every n-th frame, so that at most ``most`` are left."""
    step = -(-len(frames) // most)
    return tuple(frames[:: max(1, step)])


def spread_over_path(track: Track, count: int) -> list[int]:
    """Choose frames evenly along the path, not in time: rests would outweigh the rest.

    The ends are seen by few frames, so the outermost ones are taken with them.
    """
    total = len(track)
    if total <= count:
        return list(range(total))
    step = np.abs(np.diff(track.place[:, :2], axis=0)).sum(axis=1)
    zoom = np.abs(np.diff(track.place[:, 2])) * 500
    path = np.concatenate([[0.0], np.cumsum(step + zoom + 0.02)])
    ends = {*range(min(ENDS, total)), *range(max(0, total - ENDS), total)}
    goals = np.linspace(0, path[-1], max(2, count - 2 * ENDS + 2))
    near = np.clip(np.searchsorted(path, goals), 1, total - 1)
    near -= (goals - path[near - 1]) < (path[near] - goals)
    return sorted(ends | set(near.tolist()))


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where frames are drawn."""

    size: Size
    corners: Floats
    """``(N, 2)`` left and top of each frame, canvas pixels."""
    scale: Floats
    """``(N,)`` canvas pixels for each picture pixel."""


def canvas_of(track: Track, size: Size) -> Canvas:
    """Lay the frames out at the scale of the tightest one.

    Raises
    ------
    RenderError
        If the canvas would be absurdly large.
    """
    scale = np.exp(track.place[:, 2])
    half = np.array(size) / 2 * scale[:, None]
    corners = track.place[:, :2] - half
    # Room for a pixel that refinement may ask for.
    corners = corners - corners.min(axis=0) + 1
    extent = (corners + 2 * half).max(axis=0)
    width, height = (int(np.ceil(v)) + 1 for v in extent)
    if width * height > MOST_PIXELS:
        raise RenderError(f"the panorama would be {width}×{height}: choose fewer frames")
    return Canvas((width, height), corners, scale)


def nearest(frames: Sequence[int], frame: int) -> int:
    """Give the place in the list of the frame nearest to ``frame``."""
    return int(np.abs(np.array(frames) - frame).argmin())
