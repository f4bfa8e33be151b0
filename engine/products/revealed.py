"""The frames that saw what a nearer layer hides in all those that were chosen.

Behind a trunk near the end of a pan the background shows in a few frames only, as a strip that is
a little wider in each: where the chosen ones lie far apart, a part of it is in none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.products.covered import choose_frames
from engine.products.occlusion import look_coarsely, nearer_than
from engine.products.placed import Placed, how_many, moved, seen_in
from engine.products.registration import Track
from engine.values import Box, Mask, Size


def frames_revealing(
    placed: Sequence[Placed], track: Track, size: Size, speeds: Sequence[float]
) -> list[int]:
    """Find frames that show more of what is behind nearer layers.

    Parameters
    ----------
    placed : sequence of Placed
        The chosen frames, on a canvas of ``size``.
    track : Track
        Of these and of all that could be chosen.
    speeds : sequence of float
        Of the layers.

    Returns
    -------
    list of int
        Places in the track; none where the camera zooms.
    """
    if not speeds or any(one.scale != placed[0].scale for one in placed):
        return []
    coarse = look_coarsely(placed, size)
    nearer = nearer_than(coarse, speeds)
    free = how_many(coarse.stack.seen & ~nearer.shown)
    need = np.where(nearer.shown.any(axis=0), np.maximum(2 - free.astype(np.int16), 0), 0)
    if not need.any():
        return []
    row_of = {frame: row for row, frame in enumerate(track.frames)}
    chosen = {row_of[one.frame] for one in placed}
    first = track.place[row_of[placed[0].frame], :2]
    views: dict[int, Mask] = {}
    for row in range(len(track)):
        if row not in chosen:
            way = (track.place[row, :2] - first) / coarse.step
            there = replace(moved(coarse.small[0], way), hidden=None)
            height, width = need.shape
            view = seen_in(there, Box(0, 0, width, height)) & (need > 0)
            view &= ~nearer.predicted((width, height), way)
            if view.any():
                views[row] = view
    return choose_frames(need, views)
