"""Where a shot comes out of one colour or goes into it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.analysis.looks import Thumb, grey_of
from engine.values import AnyArray

_SOON = 84
"""Frames within which a shot that begins in a fade reaches its full contrast."""


def find_fades(
    contrast: NDArray[np.float64],
    blank: NDArray[np.bool_],
    glimpses: NDArray[np.uint8],
    shortest: int = 5,
) -> list[tuple[int, int]]:
    """Find where a shot comes out of or goes into one colour, as ranges ``[start, stop)``.

    Parameters
    ----------
    contrast : (N,) float array
        Of each frame, grey levels.
    blank : (N,) bool array
        Frames that show one colour only.
    glimpses : (N, h, w) uint8 array
        Each frame, very small and grey: :func:`glimpse_of`.
    shortest : int
        Frames of the shortest fade.
    """
    rises = _rises(contrast, blank, glimpses)
    ranges = [(start, stop) for start, stop in rises if stop - start >= shortest]
    count = len(contrast)
    falls = _rises(contrast[::-1], blank[::-1], glimpses[::-1])
    ranges += [(count - b, count - a) for a, b in falls if b - a >= shortest]
    return sorted(ranges)


def glimpse_of(thumb: Thumb) -> NDArray[np.uint8]:
    """Shrink a thumbnail to what tells whether all of it changes at once."""
    return np.asarray(
        cv2.resize(grey_of(thumb), (16, 12), interpolation=cv2.INTER_AREA).round(), np.uint8
    )


def comes_up_evenly(blank: AnyArray, early: AnyArray, late: AnyArray) -> bool:
    """Whether a picture shines up out of a blank everywhere at once.

    Something that leaves the lens comes up too, but one side first.
    """
    rise, whole = (
        np.subtract(thumb, blank, dtype=np.float32).mean(axis=2) for thumb in (early, late)
    )
    shown = np.abs(whole) > max(2.0, 0.3 * float(np.abs(whole).max()))
    if not shown.any():
        return False
    gains = rise[shown] / whole[shown]
    usual = float(np.median(gains))
    alike_share = float(((gains > 0.25 * usual) & (gains < 2.2 * usual)).mean())
    return 0.03 < usual < 0.95 and alike_share > 0.7


def _rises(
    contrast: NDArray[np.float64], blank: NDArray[np.bool_], glimpses: NDArray[np.uint8]
) -> list[tuple[int, int]]:
    """Find each run of growing contrast that follows a blank (or begins nearly so)."""
    found = []
    count = len(contrast)
    edges = [i for i in range(1, count) if blank[i - 1] and not blank[i]]
    if count and not blank[0] and contrast[0] < 0.35 * float(contrast[:_SOON].max()):
        edges.insert(0, 0)
    for edge in edges:
        stop = edge
        # Two frames on, because fades are drawn on twos in old films.
        while stop + 2 < count and contrast[stop + 2] > 1.01 * contrast[stop] + 0.02:
            stop += 1
        stop += 1
        if contrast[stop - 1] > 3 * contrast[edge] + 1 and _even(glimpses, edge, stop - 1):
            found.append((max(0, edge - 3), stop))
    return found


def _even(glimpses: NDArray[np.uint8], edge: int, last: int) -> bool:
    """Whether the frames from ``edge`` come up evenly out of the one before."""
    before, middle, after = (
        glimpses[place][..., None].astype(np.float32)
        for place in (max(0, edge - 1), (2 * edge + last) // 3, last)
    )
    if edge == 0:
        before = np.full_like(before, float(before.mean()))
    return comes_up_evenly(before, middle, after)
