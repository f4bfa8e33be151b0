"""Where the frames of a move lie on a canvas, and which of them are drawn on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import RenderError
from engine.products.registration import Track
from engine.products.views import ENDS, Floats
from engine.values import Size

MOST_PIXELS = 150_000_000
"""Of a canvas."""
AS_WELL = 0.5
"""Of the way from one chosen frame to the next, by which another may lie off that is at hand."""
SAME_PLACE = 0.5
"""Pixels by which it may, at the ends of the path: nothing that only they show is to be lost."""


def every_nth(frames: Sequence[int], most: int) -> tuple[int, ...]:
    """Take every n-th frame, so that at most ``most`` are left."""
    step = -(-len(frames) // most)
    return tuple(frames[:: max(1, step)])


def spread_over_path(track: Track, count: int, at_hand: Collection[int] = ()) -> list[int]:
    """Choose frames evenly along the path, not in time: rests would outweigh the rest.

    The ends are seen by few frames, so the outermost ones are taken with them. Where some frames
    are ``at_hand`` without being read again, none but those, if they lie as well.
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
    rows = sorted(ends | set(near.tolist()))
    if at_hand and not all(track.frames[row] in at_hand for row in rows):
        return _as_good(path, rows, [k for k, f in enumerate(track.frames) if f in at_hand])
    return rows


def _as_good(path: Floats, rows: list[int], others: list[int]) -> list[int]:
    """Give the nearest of other rows along a path for each of some; those where they lie far."""
    if len(others) < 2:
        return rows
    goals, places = path[rows], path[others]
    after = np.clip(np.searchsorted(places, goals), 1, len(others) - 1)
    nearest_one = after - ((goals - places[after - 1]) < (places[after] - goals))
    off = np.abs(places[nearest_one] - goals)
    near = off.max() <= AS_WELL * path[-1] / len(rows)
    ends = max(off[0], off[-1]) <= SAME_PLACE
    return sorted({others[k] for k in nearest_one.tolist()}) if near and ends else rows


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
