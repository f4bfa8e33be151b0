"""Regions in which a frame differs from a drafted plate, and whether they are ghosts of the plate.

A ghost is what a plate took for backdrop though it only passed; its outline is in the plate.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.contrast import levels_apart
from engine.values import AnyArray, Box, Image, Mask

_TOUCH = 9  # pixels: regions of a frame that lie further apart have no say in one another
_PASSING = -0.9  # standing that a mode lacks against another to be no more than passing
_FAINT = 2.0  # grey levels that keep faint contrast from telling much
_SETTLED = 0.3  # share of a region's outline that must lie against the settled place


def near_news(news: Mask, front: Mask) -> Mask:
    """Mark the parts of ``front``, with what lies close around them, that news may matter to.

    All are ``(h, w)`` bool arrays.
    """
    # Pieces two pixels apart shape each other's regions; outlines are felt three pixels away.
    pieces = cv2.dilate(front.view(np.uint8), np.ones((3, 3), np.uint8))
    reach = cv2.dilate(news.view(np.uint8), np.ones((_TOUCH, _TOUCH), np.uint8))
    touched = np.flatnonzero(np.asarray(cv2.bitwise_and(pieces, reach)).view(bool))
    if not len(touched):
        return news
    count, labels = cv2.connectedComponents(pieces)
    parts: AnyArray = np.asarray(labels)
    near = np.zeros(count, bool)
    near[parts.ravel().take(touched)] = True
    return np.asarray(near.take(parts) | news)


def surroundings(places: AnyArray, shape: tuple[int, ...]) -> Box:
    """Give the part of a picture in which all that counts for some of its places lies."""
    rows, columns = np.divmod(places, shape[1])
    left, top = max(0, int(columns.min()) - _TOUCH), max(0, int(rows[0]) - _TOUCH)
    right = min(shape[1], int(columns.max()) + 1 + _TOUCH)
    bottom = min(shape[0], int(rows[-1]) + 1 + _TOUCH)
    return Box(left, top, right - left, bottom - top)


def inside_of(part: Box, places: AnyArray, width: int) -> AnyArray:
    """Turn places of a flat picture into those of a flat part of it."""
    rows = places // width
    return np.asarray(places - rows * (width - part.width) - (part.y * part.width + part.x))


def parted(
    area: Box, at: AnyArray, gain: AnyArray, lit: AnyArray, stays: Mask
) -> tuple[AnyArray, int]:
    """Part what differs into regions of one nature: passing, lasting, or light and shade.

    A walker that covers half of a ghost would otherwise be taken, or the ghost left, with it.
    What was seen seldom, but longer than a walker, is of a nature of its own.

    Parameters
    ----------
    area : Box
        Part of the picture, pixels.
    at : (P,) int array
        Ascending places of the flat part that differ.
    gain : (P,) float array
        By how much each mode stands better than the draft's.
    lit : (P,) array
        Not 0 where only the light differs.
    stays : (P,) bool array
        What does not only pass.

    Returns
    -------
    (h, w) int32 array, int
        The number of each place's region, 0 for none; one more than the last number.
    """
    nature = np.zeros((area.height, area.width), np.uint8)
    weak = np.where(stays, 4, 1)
    nature.ravel()[at] = np.where(lit != 0, 2, np.where(gain < _PASSING, weak, 3))
    smooth = cv2.medianBlur(nature, 5)
    cv2.copyTo(smooth, cv2.min(nature, smooth), nature)
    natures = nature.ravel().take(at)
    regions, count = np.zeros(nature.shape, np.int32), 1
    for kind in (1, 2, 3, 4):
        mine = at.compress(natures == kind)
        if not len(mine):
            continue
        rows = slice(mine[0] // area.width, mine[-1] // area.width + 1)
        more, labels = cv2.connectedComponents((nature[rows] == kind).view(np.uint8))
        inside = labels.ravel().take(mine - rows.start * area.width)
        regions.ravel()[mine] = inside + (count - 1)
        count += more - 1
    return regions, count


def ghostliness(
    picture: Image, colour: Image, regions: AnyArray, settled: Mask, count: int
) -> AnyArray:
    """Compare the contrast along each region's outline in the plate with that in the frame.

    Positive where the outline belongs to the plate (the region is a ghost), negative where it
    belongs to the frame (the region is a thing); the mean natural logarithm of the ratio, which
    a few pixels of busy art do not drown. Only the outline towards ``settled`` surroundings
    counts, where plate and frame agree.

    Parameters
    ----------
    picture, colour : (h, w, 3) uint8 arrays
        The frame, and the plate.
    regions : (h, w) int32 array
        Of :func:`parted`, and ``count`` with it.
    settled : (h, w) bool array

    Returns
    -------
    (count,) float32 array
        -9 where too little of an outline counts.
    """
    width, flat, calm = regions.shape[1], regions.ravel(), settled.ravel()
    around, ways = np.zeros(count, np.int64), []
    for step, first, second in (
        (1, np.s_[:, 1:-2], np.s_[:, 2:-1]),
        (width, np.s_[1:-2], np.s_[2:-1]),
    ):
        # Pairs of neighbours, the first of which is the nearer to the upper left.
        differ = np.zeros(regions.shape, bool)
        np.not_equal(regions[first], regions[second], out=differ[first])
        near = np.flatnonzero(differ)
        one, other = flat.take(near), flat.take(near + step)
        for whole in (one, other):
            around += np.bincount(whole, minlength=count)
        outline = ((one > 0) & calm.take(near + step)) | ((other > 0) & calm.take(near))
        near = near.compress(outline)
        # One pixel further on both sides: the outline itself is a mix of inside and outside.
        ways.append((np.maximum(one, other).compress(outline), near - step, near + 2 * step))
    region, before, after = (np.concatenate(parts) for parts in zip(*ways, strict=True))
    pairs, ratio = np.bincount(region, minlength=count), np.zeros(count, np.float64)
    if len(region):
        in_plate, in_frame = (
            levels_apart(pixels.take(before, 0)[None], pixels.take(after, 0)[None])[0]
            + np.float32(_FAINT)
            for pixels in (colour.reshape(-1, 3), picture.reshape(-1, 3))
        )
        told = np.log(in_plate / in_frame)
        across = len(ways[0][0])
        ratio += np.bincount(region[:across], told[:across], count)
        ratio += np.bincount(region[across:], told[across:], count)
    result = ratio / (pairs + 8)
    # A region mostly surrounded by other moving things proves nothing; it stays as it is.
    result[pairs < _SETTLED * around] = -9
    result[0] = -9
    return np.asarray(result, np.float32)
