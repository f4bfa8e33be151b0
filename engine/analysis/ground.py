"""Ground that stays in its place below drifting clouds: no camera turns there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.analysis.corners import CELLS, Parts, area_of, parts_of
from engine.analysis.keyframe import KeyFrame
from engine.analysis.similarity import FEWEST, Points

_STAYS = 0.7
"""Pixels by which still ground may seem to move, each way."""
_DRIFTED = 2.0
"""Pixels that what is above it must have moved to be told from it."""
_ALWAYS = 0.65
"""Share of the frames in which ground must stay."""
_MOVED = 0.45
"""The same, below which it has not."""
_GROUND = 0.2
"""Share that it must have of both; a subtitle has less."""
_ACROSS = 0.4
"""Share of the picture's width that it must take; figures stand before the rest."""
_BESIDE = 0.1
"""Share of what moves that may be lower than the ground's edge."""
_KNOWN = 0.4
"""Share of all that which is enough of what was ground until now."""
_LEARNED = 0.2
"""Weight of a frame in what is known of each point."""


class Stays:
    """Which points of a key frame stay where they are, as far as this frame and those before tell.

    Parameters
    ----------
    key : KeyFrame
        Learns which of its points stay once ground is looked for.
    points, followed : (N, 2) float32 arrays
        Those of its points that were found: where they were, and are now.
    found : (N,) int64 array
        Their places among its points.
    """

    def __init__(
        self, key: KeyFrame, points: Points, followed: Points, found: NDArray[np.int64]
    ) -> None:
        self._key, self._found = key, found
        away = np.abs(followed - points)
        self._way = np.maximum(away[:, 0], away[:, 1])
        stays = self._way < _STAYS
        self._stayed = key.stayed[found]
        self._stayed += _LEARNED * (stays - self._stayed)
        self._always = stays & (self._stayed > _ALWAYS)

    @property
    def may_be_ground(self) -> bool:
        """Whether so many of them stay that there may be ground."""
        return bool(np.count_nonzero(self._always) >= FEWEST)

    def find_ground(
        self, motions: list[NDArray[np.int64]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Find ground that stays where it is below what moves: then clouds drift.

        No camera that turns leaves ground in its place. Somebody whom it goes along with stays,
        too, but has the world beside him, and does not stay to the fraction of a pixel frame
        after frame.

        Parameters
        ----------
        motions : list of (K,) int64 arrays
            Those of the points that were found that move as one.

        Returns
        -------
        (ground, clouds) : int64 arrays, or None
            Points of both. The clouds go their own way and are not lost for the backdrop.
        """
        way, key = self._way, self._key
        key.stayed[self._found] = self._stayed
        drifting = [m for m in motions if np.count_nonzero(way[m] > _DRIFTED) > len(m) / 2]
        if not drifting:
            return None
        clouds = max(drifting, key=len)
        always = self._always.copy()
        always[clouds] = False
        ground = np.flatnonzero(always)
        if len(ground) < FEWEST:
            return None
        low, high = (parts_of(key.cells[self._found[part]]) for part in (ground, clouds))
        # Whoever walks by hides ground that stayed until then.
        moved = parts_of(key.cells[key.stayed < _MOVED])
        # What was ground needs less to be so still, while figures stand in front.
        key.grounded = _lies_below(low, high, moved, _KNOWN if key.grounded else 1.0)
        return (ground, clouds) if key.grounded else None


def _lies_below(low: Parts, high: Parts, moved: Parts, wanted: float) -> bool:
    """Whether parts of the picture lie below others, and have not the world at both sides.

    They are to have ``wanted`` of the size that ground has at least.
    """
    columns, rows = CELLS
    over = high.reshape(rows, columns)
    # What stays above some cloud is a film gate's corner, or a logo.
    under = low.reshape(rows, columns) & ~np.cumsum(over[::-1], axis=0)[::-1].astype(bool)
    if area_of(under.ravel()) < wanted * _GROUND * area_of(low | high):
        return False
    across = under.any(axis=0)
    if across.sum() < wanted * _ACROSS * columns:
        return False
    level = int(np.median(under.argmax(axis=0)[across]))
    beside = moved.reshape(rows, columns)[level + 1 :, [0, 1, -2, -1]]
    sides = beside[:, :2], beside[:, 2:]
    if all(np.count_nonzero(side) > side.size / 4 for side in sides):
        return False
    return int(over[level + 1 :].sum()) <= _BESIDE * int(over.sum())
