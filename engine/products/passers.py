"""Where the backdrop is put together of somebody who passed and of what lies behind.

A walker who rests, or keeps ahead of the camera, hides a place most of the time in which it is
seen; the place is then decided half for him and half for the backdrop, and the seam between the
two is shown by no frame. But frames that do show the backdrop there agree with each other all over
the place, and their picture has no outline where he has his. (What only moves in place has its
outline in all of them, and is the same in few, or in poses that come and go.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.ghosts import ghostliness
from engine.products.placed import Placed, furthest, grown, how_many
from engine.values import AnyArray, Box, Image, Mask

WINDOW = 0.1
"""Share of a frame's height, within which a frame must agree with the picture."""
AGREES = 0.1
"""Share of such a window that a frame may show otherwise and still agree."""
AGREEING = 2
"""Frames that must agree; fewer than three that see a place cannot tell."""
LEAST_AREA = 0.25
"""Of a window; what is smaller is noise."""
SEEN = 0.93
"""Share of a place that a frame must show for what it shows there to count."""
MOST_TRIED = 12
"""Frames tried for a place."""
OFTEN = 0.1
"""Share of the frames seeing a place that must show it alike."""
OUTLINED = 0.15
"""Logarithm of the contrast along its outline that what passed must have before the backdrop."""
ALIKE = 0.97
"""Share of what would change that so many must show alike."""
COMES_OR_GOES = 4
"""Times that what lies behind may be hidden or shown again: who passes does so once, poses of what
moves in place come again and again."""
ROUNDS = 3
"""Times a place is looked at again: where no frame saw all of it, one after another mends it."""

BESIDE = 2
"""Reduced pixels around a place that are looked at with it."""

_DOT = np.ones((3, 3), np.uint8)


def window_of(placed: Sequence[Placed], step: float) -> int:
    """Give the side of the window in which frames must agree, odd, in reduced pixels."""
    frame_height = max(one.image.shape[0] * one.scale for one in placed)
    return max(3, int(frame_height / step * WINDOW) | 1)


def unlike_all(
    others: Sequence[Mask] | NDArray[np.bool_], seen: NDArray[np.bool_], window: int
) -> AnyArray:
    """Mark where no frames agree with the picture all around.

    Parameters
    ----------
    others : sequence of (h, w) bool arrays
        Where each frame shows something else.
    seen : (n, h, w) bool array
        Where each frame shows anything.
    window : int
        Reduced pixels, odd.

    Returns
    -------
    (h, w) uint8 array
        0 or 1; 0 where too few frames see a place to tell.
    """
    unlike: AnyArray = (_agreeing(others, seen, window) < AGREEING) & (how_many(seen) > AGREEING)
    return unlike.astype(np.uint8)


def _agreeing(
    others: Sequence[Mask] | NDArray[np.bool_], seen: NDArray[np.bool_], window: int
) -> AnyArray:
    """Count the frames that agree with the picture around each pixel."""
    agreeing = np.zeros(seen.shape[1:], np.uint16)
    for other, shown in zip(others, seen, strict=True):
        x, y, width, height = cv2.boundingRect(shown.view(np.uint8))
        if not width:
            continue
        part = grown(Box(x, y, width, height), shown.shape[::-1], window).slices
        opened = cv2.morphologyEx(other[part].astype(np.uint8), cv2.MORPH_OPEN, _DOT)
        share = cv2.boxFilter(opened.astype(np.float32), -1, (window, window))
        agreeing[part] += (share <= AGREES) & shown[part]
    return agreeing


@dataclass(frozen=True, slots=True)
class _Proposal:
    """What the backdrop would be at a place if one frame shows it."""

    box: Box
    """Of the canvas, with a margin."""
    picture: Image
    """``(h, w, 3)``: the box of the canvas, changed."""
    alike: float
    """Frames that show it alike, at most places."""


def without_passers(
    samples: NDArray[np.uint8],
    seen: NDArray[np.bool_],
    background: Image,
    away: NDArray[np.uint8],
    limit: int,
    window: int,
) -> Image:
    """Take out of a backdrop what passed, where frames agree on what lies behind.

    Parameters
    ----------
    samples : (n, h, w, 3) uint8 array
        What each frame shows of the reduced canvas, in order of time.
    seen : (n, h, w) bool array
        Where.
    background : (h, w, 3) uint8 array
        What is thought to lie behind all.
    away : (n, h, w) uint8 array
        How far each sample lies from it, grey levels.
    limit : int
        Grey levels that one may lie from it.
    window : int
        Reduced pixels, odd, in which a frame must agree with it.

    Returns
    -------
    (h, w, 3) uint8 array
        The backdrop; the same array where no frames agree on another.
    """
    others = (away > limit) & seen
    for _ in range(ROUNDS):
        unlike = unlike_all(others, seen, window)
        whole = np.ones((window, window), np.uint8)
        places = cv2.morphologyEx(unlike, cv2.MORPH_CLOSE, whole)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(places, connectivity=8)
        changed = False
        for label in range(1, count):
            if stats[label, cv2.CC_STAT_AREA] < LEAST_AREA * window**2:
                continue
            place: Mask = np.asarray(labels == label)
            best = _behind(samples, seen, background, others, place, limit, window)
            if best is not None:
                background = background.copy()
                background[best.box.slices] = best.picture
                changed = True
        if not changed:
            break
        others = np.stack([furthest(one, background) > limit for one in samples]) & seen
    return background


def _behind(
    samples: NDArray[np.uint8],
    seen: NDArray[np.bool_],
    background: Image,
    others: NDArray[np.bool_],
    place: Mask,
    limit: int,
    window: int,
) -> _Proposal | None:
    """Ask frames what they show there; take what most others show alike, if it is behind."""
    area = float(place.sum())
    able = [k for k in range(len(seen)) if (place & seen[k]).sum() >= SEEN * area]
    best: _Proposal | None = None
    # Who has just left a place still touches it: then only the place itself is asked about.
    near = cv2.dilate(place.view(np.uint8), np.ones((2 * BESIDE + 1,) * 2, np.uint8)) > 0
    for row, within in product(able[:: max(1, len(able) // MOST_TRIED)], (None, near)):
        other = others[row] if within is None else others[row] & within
        mask = _touching(other, place) & seen[row]
        box = grown(Box(*cv2.boundingRect(mask.view(np.uint8))), mask.shape[::-1], window)
        own, there = mask[box.slices], seen[:, *box.slices]
        old = background[box.slices]
        picture = np.where(own[..., None], samples[row][box.slices], old)
        anew = [
            (furthest(one[box.slices], picture) > limit) & shown
            for one, shown in zip(samples, there, strict=True)
        ]
        agreeing = _agreeing(anew, there, window)
        enough = agreeing >= np.maximum(AGREEING + 1, OFTEN * how_many(there))
        if (enough & own).sum() < ALIKE * own.sum():
            continue
        if _turns(anew, there, own) > COMES_OR_GOES:
            continue
        alike = float(np.median(agreeing[own]))
        if _outlines_less(picture, old, own) and (best is None or alike > best.alike):
            best = _Proposal(box, picture, alike)
    return best


def _turns(other: Sequence[Mask], seen: NDArray[np.bool_], place: Mask) -> int:
    """Count how often frames that show a place begin or end, in order of time, to show it alike."""
    shown = [k for k in range(len(seen)) if seen[k][place].mean() >= SEEN]
    alike = [bool(other[k][place].mean() < 0.5) for k in shown]
    return sum(one != next_one for one, next_one in pairwise(alike))


def _touching(other: Mask, place: Mask) -> Mask:
    """Add to a place all that a frame shows otherwise and that touches it."""
    near = cv2.dilate((other | place).view(np.uint8), _DOT)
    numbered = np.asarray(cv2.connectedComponents(near, connectivity=8)[1])
    touched = np.zeros(int(numbered.max()) + 1, np.bool_)
    touched[numbered[place]] = True
    return np.asarray(touched[numbered])


def _outlines_less(picture: Image, old: Image, changed: Mask) -> bool:
    """Tell whether what is changed had an outline that it no longer has."""
    told = ghostliness(picture, old, changed.astype(np.int32), ~changed, 2)
    return bool(told[1] > OUTLINED)
