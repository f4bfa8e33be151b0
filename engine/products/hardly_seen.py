"""Further frames of places that few of the chosen ones saw, and that those show differently.

At the end of a pan a place is in view for a moment only. Where somebody walks by just then, the
few frames that were chosen there show more of the walker than of what lies behind; those between
them tell which of the two stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.products.canvas import every_nth
from engine.products.placed import Placed, moved, reduced, seen_in
from engine.products.refinement import draw, middle_of
from engine.products.registration import Track
from engine.values import Box, Mask, Size

STEP = 4
"""Canvas pixels for each that is looked at."""
APART = 20
"""Grey levels from the median beyond which a frame shows something else."""
CONTESTED = 0.25
"""Share of the frames seeing a place that must do so."""
ENOUGH = 16
"""Frames that tell what lies behind, if so many see a place."""
MOST_TELLING = 24
"""Frames added,"""
BYTES_TELLING = 75_000_000
"""and what they may take in memory."""
BLOCK = np.ones((5, 5), np.uint8)
"""Reduced pixels across that a place is at least: edges differ by chance."""


def frames_telling(placed: Sequence[Placed], track: Track, size: Size) -> list[int]:
    """Find frames that see what too few of the chosen ones see, and these do not agree on.

    Parameters
    ----------
    placed : sequence of Placed
        The chosen frames, on a canvas of ``size``.
    track : Track
        Of these and of all that could be chosen.

    Returns
    -------
    list of int
        Places in the track; none where the camera zooms.
    """
    if len(placed) == len(track) or any(one.scale != placed[0].scale for one in placed):
        return []
    canvas = Box(0, 0, max(1, size[0] // STEP), max(1, size[1] // STEP))
    small = [reduced(one, STEP, grey=True) for one in placed]
    needed = _needed(small, canvas)
    if not needed.any():
        return []
    row_of = {frame: row for row, frame in enumerate(track.frames)}
    rows = [row_of[one.frame] for one in placed]
    seeing = []
    for row in sorted(set(range(len(track))).difference(rows)):
        after = min(int(np.searchsorted(rows, row)), len(rows) - 1)
        way = (track.place[row, :2] - track.place[rows[after], :2]) / STEP
        if (seen_in(moved(small[after], way), canvas) & needed).any():
            seeing.append(row)
    # Evenly, for more of the moments at which it is hidden would tell the wrong thing.
    most = min(MOST_TELLING, BYTES_TELLING // max(1, placed[0].image.nbytes))
    return list(every_nth(seeing, max(1, most)))


def _needed(small: Sequence[Placed], canvas: Box) -> Mask:
    """Say which pixels more frames should see, ``(h, w)``."""
    drawn = draw(small, canvas)
    middle, count = middle_of(drawn, canvas)
    other = np.zeros(middle.shape, np.uint8)
    for one in drawn:
        part = one.box.slices
        other[part] += (cv2.absdiff(one.grey, middle[part]) > APART) & one.seen
    contested = (other > CONTESTED * count).astype(np.uint8)
    places = cv2.morphologyEx(contested, cv2.MORPH_OPEN, BLOCK)
    return np.asarray((places > 0) & (count < ENOUGH))
