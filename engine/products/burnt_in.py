"""What stands still in the frame while the camera moves: logos, subtitles, marks on the film.

An edge of the scene goes by; an edge of a logo is there in every frame at the same place. Only
the change along the move counts, as a line that runs with the move seems to stand still too.
Being wrong here costs a few samples and never leaves a hole.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.placed import Placed
from engine.values import AnyArray, Mask

SIDE = 640
"""Longest side of the frames as they are looked at."""
WINDOW = 12
"""Frames looked at together: a subtitle stays for a part of a move only."""
LEAST_TRAVEL = 0.04
"""Share of the frame that the camera must move within a window."""
COHERENT = 0.75
"""Share of an edge's mean strength that is left when it is averaged with its sign."""
STRONG = 5.0
"""Grey levels a pixel along the move."""
LEAST_PIXELS = 8
MOST = 0.25
"""Share of the frame; more than this is no overlay."""

Masks = list[Mask | None]


def find_burnt_in(placed: Sequence[Placed]) -> Masks:
    """Find in each placed frame what stands still in the frame.

    Parameters
    ----------
    placed : sequence of Placed
        In order along the path.

    Returns
    -------
    list of (h, w) bool array or None
        Reduced maps, one for each frame; None where nothing was found.
    """
    found: Masks = [None] * len(placed)
    if any(one.scale != 1 for one in placed):
        return found
    places = np.array([[one.left, one.top] for one in placed])
    height, width = placed[0].image.shape[:2]
    shrink = max(1.0, max(height, width) / SIDE)
    size = max(16, round(width / shrink)), max(16, round(height / shrink))
    greys = [_grey(one, size) for one in placed]
    for first in range(0, max(1, len(placed) - WINDOW // 2), WINDOW // 2):
        rows = slice(first, min(len(placed), first + WINDOW))
        travel = np.ptp(places[rows], axis=0)
        if (travel < LEAST_TRAVEL * np.array([width, height])).all():
            continue
        mask = _standing(greys[rows], travel / np.linalg.norm(travel), places[rows])
        if mask is None:
            continue
        for i in range(rows.start, rows.stop):
            before = found[i]
            found[i] = mask if before is None else before | mask
    return found


def _grey(one: Placed, size: tuple[int, int]) -> AnyArray:
    small = cv2.resize(one.image, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def _standing(
    greys: Sequence[AnyArray], along: NDArray[np.float64], places: NDArray[np.float64]
) -> Mask | None:
    """Find what stands still in a few frames, while the camera moves on."""
    moves = np.diff(places, axis=0)
    rising = float(np.sign((moves[:, 0] * moves[:, 1]).sum()) or 1.0)
    mean: AnyArray = np.zeros(greys[0].shape, np.float32)
    strength: AnyArray = mean.copy()
    for grey in greys:
        across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
        down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
        change = np.float32(along[0]) * across + np.float32(along[1] * rising) * down
        mean += change
        strength += np.abs(change)
    mean, strength = np.abs(mean) / len(greys), strength / len(greys)
    edges: AnyArray = ((mean > STRONG) & (mean > COHERENT * strength)).astype(np.uint8)
    edges = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, label, stats, _ = cv2.connectedComponentsWithStats(edges, connectivity=8)
    small = np.flatnonzero(stats[:count, cv2.CC_STAT_AREA] < LEAST_PIXELS)
    edges[np.isin(label, small)] = 0
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(edges, outlines, -1, 1, cv2.FILLED)
    mask = cv2.dilate(edges, np.ones((3, 3), np.uint8)) > 0
    return mask if 0 < mask.mean() < MOST else None
