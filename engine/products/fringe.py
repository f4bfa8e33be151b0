"""The fringe of what never leaves: each side of its outline is uncovered in other frames.

What shows there seldom, and in strips narrower than a reduced pixel, is found at full size: pixel
by pixel inward from the settled backdrop, as far as it goes on in frames that show it there too.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.values import AnyArray, Image, Mask, Size

_REACH = 10  # reduced pixels that are looked at inward
_MOST_PIXELS = 300_000  # of a fringe; of a larger one the outer part
_LEAST = 2  # frames that must show a pixel
_GOES_ON = 0.6  # share of the frames that show its neighbours, in which a pixel must show too
_OWN = 1.5  # times as many frames as show the backdrop beside it: what shows there is no backdrop
_SPECK = 5  # reduced pixels: narrower parts are left as they are
_NEIGHBOURS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def find_fringe(doubtful: Mask, size: Size) -> AnyArray:
    """Say where frames may show the backdrop behind what never leaves.

    Parameters
    ----------
    doubtful : (h, w) bool array
        Reduced: parts that may not be backdrop. What lies around them is.
    size : (width, height)
        Of the plate.

    Returns
    -------
    (H, W) int32 array
        How deep each pixel lies: 1 just outside, 0 where there is nothing to do.
    """
    brush = np.ones((_SPECK, _SPECK), np.uint8)
    parts = cv2.morphologyEx(doubtful.view(np.uint8), cv2.MORPH_OPEN, brush)
    if not parts.any() or parts.all():
        return np.zeros(size[::-1], np.int32)
    return _depth(np.asarray(parts, np.uint8), size)


def uncover_fringe(image: Image, depth: AnyArray, samples: AnyArray, tolerance: int) -> None:
    """Replace, in place, what some frames show the backdrop behind.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        The plate.
    depth : (H, W) int32 array
        From :func:`find_fringe`.
    samples : (N, P, 3) uint8 array
        What registered and evenly lit frames show where ``depth`` is not 0, row by row.
    tolerance : int
        Grey levels within which two samples show the same thing.
    """
    fringe = _Fringe.of(image, depth, samples, tolerance)
    while fringe.go_on():
        pass
    image[fringe.rows, fringe.columns] = fringe.colour


@dataclass
class _Fringe:
    """Pixels of a fringe, numbered, and what is known of them."""

    rows: AnyArray
    columns: AnyArray
    around: AnyArray
    """``(8, P)``: the numbers of each one's neighbours, -1 for those outside."""
    samples: AnyArray
    """``(N, P, 3)``."""
    colour: AnyArray
    """``(P, 3)``: of the plate."""
    shows: AnyArray
    """``(N, P)``: whether a frame shows the plate there."""
    settled: AnyArray
    """``(P,)``: whether it is known to be backdrop."""
    looked_at: AnyArray
    tolerance: int

    @classmethod
    def of(cls, image: Image, depth: AnyArray, samples: AnyArray, tolerance: int) -> _Fringe:
        rows, columns = np.nonzero(depth)
        colour = image[rows, columns]
        shows = np.stack([_apart(sample, colour) <= tolerance for sample in samples])
        number = np.full((depth.shape[0] + 2, depth.shape[1] + 2), -1, np.int32)
        number[rows + 1, columns + 1] = np.arange(len(rows))
        around = np.stack([number[rows + 1 + y, columns + 1 + x] for y, x in _NEIGHBOURS])
        settled = depth[rows, columns] == 1
        return cls(
            rows, columns, around, samples, colour, shows, settled, settled.copy(), tolerance
        )

    def go_on(self) -> bool:
        """Settle what goes on from what is settled; tell whether there is more."""
        beside = self.settled[self.around] & (self.around >= 0)
        front = np.flatnonzero(~self.looked_at & beside.any(axis=0))
        if not len(front):
            return False
        self.looked_at[front] = True
        near = self.around[:, front]
        weight = beside[:, front] / beside[:, front].sum(axis=0)
        there = (self.colour[near].astype(np.float32) * weight[..., None]).sum(axis=0)
        open_there = np.einsum("nkf,kf->nf", self.shows[:, near].astype(np.float32), weight) > 0.5
        own = self.shows[:, front]
        often = np.maximum(open_there.sum(axis=0), 1)
        goes_on = (own & open_there).sum(axis=0) >= _GOES_ON * often
        goes_on &= own.sum(axis=0) <= _OWN * often + _LEAST
        alike = np.abs(self.samples[:, front] - there).max(axis=-1) <= self.tolerance
        seen = alike & open_there
        found = ~goes_on & (seen.sum(axis=0) >= _LEAST)
        found &= own.sum(axis=0) >= _LEAST  # what few frames show was chosen for good reasons
        better = _middle_of(self.samples[:, front], seen)
        found &= ~_is_dimmer(better, self.colour[front])
        new = front[found]
        self.colour[new], self.shows[:, new] = better[found], seen[:, found]
        self.settled[front[goes_on | found]] = True
        return True


def _apart(one: AnyArray, other: AnyArray) -> AnyArray:
    return np.asarray(np.abs(one.astype(np.int16) - other).max(axis=-1))


def _is_dimmer(colour: AnyArray, other: AnyArray) -> AnyArray:
    """Tell whether ``colour`` may be ``other`` in the slightest shade: soft shadows creep in."""
    ratio = (colour.astype(np.float32) + 4) / (other.astype(np.float32) + 4)
    least, most = ratio.min(axis=-1), ratio.max(axis=-1)
    return np.asarray((most < 1) & (most < 1.25 * least))


def _depth(parts: Image, size: Size) -> AnyArray:
    width, height = size
    large = cv2.resize(parts, (width, height), interpolation=cv2.INTER_NEAREST)
    inside = cv2.distanceTransform(large, cv2.DIST_C, 3)
    reach = _REACH * max(1, round(width / parts.shape[1]))
    outside = (large == 0) & (cv2.dilate(large, np.ones((3, 3), np.uint8)) > 0)
    depth = np.where((inside > 0) & (inside <= reach), np.rint(inside) + 1, 0).astype(np.int32)
    depth[outside] = 1
    while np.count_nonzero(depth) > _MOST_PIXELS and depth.max() > 2:
        depth[depth == depth.max()] = 0
    return depth


def _middle_of(samples: AnyArray, seen: AnyArray) -> AnyArray:
    """Give the lower median over the first axis of ``(N, P, 3)`` where ``(N, P)`` says so."""
    ordered = np.sort(np.where(seen[..., None], samples, 255), axis=0)
    middle = (seen.sum(axis=0) - 1) // 2
    return np.asarray(np.take_along_axis(ordered, middle[None, :, None], axis=0)[0])
