"""What stands still in the frame while the camera moves: logos, subtitles, marks on the film.

An edge of the scene goes by; an edge of a logo is there in every frame at the same place. Only
the change along the move tells, as a line that runs with the move seems to stand still too; such
lines count where the change along the move has found something.
Being wrong here costs a few samples and never leaves a hole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.placed import Placed
from engine.products.reduction import reduce_to
from engine.values import AnyArray, Mask

SIDE = 640
"""Longest side of the frames as they are looked at."""
WINDOW = 12
"""Frames looked at together: a subtitle stays for a part of a move only."""
LEAST_TRAVEL = 0.04
"""Share of the frame that the camera must move within a window."""
COHERENT = 0.75
"""Share of an edge's mean strength that is left when it is averaged with its sign."""
STEADY = 0.75
"""Share of the frames that show an edge: one strong edge that goes by makes a mean, too."""
STRONG = 5.0
"""Grey levels a pixel along the move."""
LEAST_PIXELS = 8
SHOWN = 0.5
"""Share of the edges' strength that a frame must show to be taken for one that carries them."""
MOST = 0.25
"""Share of the frame; more than this is no overlay."""

BAND = 0.3
"""Share of the frame from its edges in which logos and subtitles lie."""
HIGHEST = 0.22
"""Share of the frame's height that one may take."""
ALIKE = 10
"""Grey levels that a mark may differ by from frame to frame."""
STILL = 0.3
"""Share of its pixels that must not differ by more: strokes, for between them the scene goes by."""
MATES = 6
"""Frames that a mark is held against."""

Masks = list[Mask | None]
Slopes = NDArray[np.int8]
"""``(2, h, w)``: change across and down, grey levels a pixel."""


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
    slopes = np.stack(at_once(lambda one: _slopes(one, size), placed))
    flat = slopes.reshape(len(slopes), -1)
    windows: list[tuple[slice, NDArray[np.float64]]] = []
    for first in range(0, max(1, len(placed) - WINDOW // 2), WINDOW // 2):
        rows = slice(first, min(len(placed), first + WINDOW))
        travel = np.ptp(places[rows], axis=0)
        if (travel < LEAST_TRAVEL * np.array([width, height])).all():
            continue
        moves = np.diff(places[rows], axis=0)
        rising = float(np.sign((moves[:, 0] * moves[:, 1]).sum()) or 1.0)
        windows.append((rows, travel * (1.0, rising) / np.linalg.norm(travel)))
    standing = at_once(lambda one: list(_standing(slopes[one[0]], one[1])), windows)
    for (rows, _), masks in zip(windows, standing, strict=True):
        # What a window has found may begin before it and end after it.
        near = slice(max(0, rows.start - WINDOW), min(len(placed), rows.stop + WINDOW))
        for mask, edges in masks:
            for i in near.start + np.flatnonzero(_shows(flat[near], *edges)):
                before = found[i]
                found[i] = mask if before is None else before | mask
    return [mask if mask is None or mask.mean() < MOST else None for mask in found]


def marks_among(placed: Sequence[Placed], row: int) -> Mask | None:
    """Tell logos and subtitles from a figure that keeps pace with the camera, in one frame.

    Parameters
    ----------
    placed : sequence of Placed
        Frames in which what stands still is hidden.
    row : int
        Which of them.

    Returns
    -------
    (h, w) bool array or None
        What is hidden there and is no figure; None for nothing.
    """
    hidden = placed[row].hidden
    if hidden is None or not hidden.any():
        return None
    height, width = hidden.shape
    wide = cv2.morphologyEx(hidden.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, label, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    still = _still(placed, row, (width, height))
    marks = np.zeros_like(hidden)
    for number in range(1, count):
        x, y, across, down, _ = stats[number]
        outside = (
            min(x + across, width - x) < BAND * width or min(y + down, height - y) < BAND * height
        )
        own = label == number
        if outside and down < HIGHEST * height and still[own].mean() >= STILL:
            marks |= own
    return marks if marks.any() else None


def _still(placed: Sequence[Placed], row: int, size: tuple[int, int]) -> Mask:
    """Say where a frame shows the same as others that hide something, on the screen."""
    others = [k for k, one in enumerate(placed) if k != row and one.hidden is not None]
    near = sorted(others, key=lambda k: abs(k - row))[: 2 * MATES : 2]
    own, *rest = (
        reduce_to(cv2.cvtColor(placed[k].image, cv2.COLOR_BGR2GRAY), size) for k in (row, *near)
    )
    if not rest:
        return np.zeros(size[::-1], np.bool_)
    away = np.median([cv2.absdiff(own, other) for other in rest], axis=0)
    return np.asarray(away <= ALIKE)


def _slopes(one: Placed, size: tuple[int, int]) -> Slopes:
    small = reduce_to(cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY), size)
    grey = small.astype(np.float32)
    both = [cv2.Sobel(grey, cv2.CV_32F, *way, ksize=3, scale=1 / 8) for way in ((1, 0), (0, 1))]
    return np.clip(np.rint(both), -127, 127).astype(np.int8)


def _standing(
    stack: NDArray[np.int8], along: NDArray[np.float64]
) -> Iterator[tuple[Mask, tuple[NDArray[np.intp], AnyArray]]]:
    """Find what stands still in the ``(n, 2, h, w)`` slopes of a few frames: the camera moves on.

    Yields
    ------
    (h, w) bool array, ((n,) int array, (n,) float32 array)
        Where it is, and its edges: where in the slopes they lie, and their mean change.
    """
    mean = stack.mean(axis=0, dtype=np.float32)
    steady = np.stack([_steady(stack[:, axis], mean[axis]) for axis in (0, 1)])
    # The change along the move, of what stands still in either direction.
    told = np.tensordot(along.astype(np.float32), mean * steady, 1)
    sure = (np.abs(told) > STRONG).astype(np.uint8)
    any_way: AnyArray = np.any(steady, axis=0)
    count, label, stats, _ = cv2.connectedComponentsWithStats(_closed(sure), connectivity=8)
    edges: AnyArray = np.zeros_like(sure)
    for x, y, width, height, area in stats[1:count]:
        if area >= LEAST_PIXELS:
            part = slice(max(0, y - 2), y + height + 2), slice(max(0, x - 2), x + width + 2)
            edges[part] |= any_way[part].astype(np.uint8)
    closed = _closed(edges)
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(closed, outlines, -1, 1, cv2.FILLED)
    count, label, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    for number, (x, y, width, height, _) in enumerate(stats[1:count], start=1):
        # With a pixel around it, by which it grows.
        part = slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1)
        own = label[part] == number
        axis, row, column = np.nonzero(steady[:, *part] & own)
        where = np.ravel_multi_index(
            (axis, row + part[0].start, column + part[1].start), mean.shape
        )
        mask = np.zeros(label.shape, np.bool_)
        mask[part] = cv2.dilate(own.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
        yield mask, (where, mean.reshape(-1)[where])


def _steady(stack: NDArray[np.int8], mean: AnyArray) -> Mask:
    """Find the edges that are there in nearly every frame, with the same sign."""
    edges: Mask = np.asarray(np.abs(mean) > STRONG)
    values, usual = stack[:, edges].astype(np.float32), mean[edges]
    coherent = np.abs(usual) > COHERENT * np.abs(values).mean(axis=0)
    there = (values * np.sign(usual) > np.abs(usual) / 2).mean(axis=0) >= STEADY
    edges[edges] = coherent & there
    return edges


def _closed(edges: AnyArray) -> AnyArray:
    return cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))


def _shows(slopes: NDArray[np.int8], where: NDArray[np.intp], pattern: AnyArray) -> Mask:
    """Tell which of ``(n, P)`` frames show edges where they were found."""
    return np.asarray(slopes[:, where] @ pattern > SHOWN * float(pattern @ pattern))
