"""One shift for the whole picture, however far, where no points can be followed."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from engine.values import AnyArray, Luma


@lru_cache(maxsize=4)
def _taper(width: int, height: int) -> AnyArray:
    return cv2.createHanningWindow((width, height), cv2.CV_32F)


def spectrum_shift(before: Luma, after: Luma) -> tuple[float, float] | None:
    """Measure one shift for the whole picture, however far, by phase correlation.

    Returns
    -------
    (dx, dy) or None
        Pixels, positive when the picture moves right or down; None where it is a guess.

    References
    ----------
    Kuglin and Hines, "The phase correlation image alignment method", 1975.
    """
    height, width = before.shape
    if min(height, width) < 16:
        return None  # too small for a spectrum to mean anything
    taper = _taper(width, height)
    (dx, dy), response = cv2.phaseCorrelate(
        before.astype(np.float32), after.astype(np.float32), taper
    )
    return (dx, dy) if response > 0.08 else None


def shift_fits(before: Luma, after: Luma, shift: tuple[float, float]) -> bool:
    """Whether the pictures are alike where they overlap after ``shift``, and only after it."""
    height, width = before.shape
    dx, dy = round(shift[0]), round(shift[1])
    if abs(dx) > 0.5 * width or abs(dy) > 0.5 * height:
        return False
    was = before[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    now = after[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
    moved = _alike(was, now)
    return moved > 0.6 and moved > _alike(before, after) + 0.1


def _alike(one: Luma, other: Luma) -> float:
    """Correlate two pictures of one size: 1 for the same."""
    away, there = (np.subtract(part, cv2.mean(part)[0], dtype=np.float32) for part in (one, other))
    scale = float(np.vdot(away, away)) * float(np.vdot(there, there))
    return float(np.vdot(away, there) / np.sqrt(max(scale, 1e-6)))
