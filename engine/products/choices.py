"""Which of the things that a pixel shows over time is the background.

Where a pixel shows several things over time, the commonest need not be the background: a figure
that walks along with the camera covers the end of the pan most of the time. But what is in front
covers *neighbouring* pixels in the same frames. So places that are sure are decided first, and the
others follow the neighbour whose frames they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.placed import how_many

CHOICES = 3
"""Things that a pixel may show over time and that are weighed against each other."""
SURE = 0.9
"""Share of the frames that must show a thing for it to be taken without asking neighbours: less
is shown of somebody broad who walks slowly."""
RETHINK = (25, 15, 7)
"""Windows in which a decided region is decided again, now that all its neighbours have a say."""
LARGE = 200
"""Pixels of a region from which on it is decided beside others."""
BROAD = 8192
"""Pixels around a region from which on what surrounds a ring is added up for that ring alone."""
REACH = 7
"""Window in which a region is decided at first."""
CHUNK = 1024
"""Pixels that are grouped at once: what is worked out of them stays near the core."""
BAND = 4096
"""About so many pixels of a region are decided again at once: what is worked out of them, too."""
MOST_CHANNELS = 128
"""Of a picture: more, OpenCV 5 takes for another dimension."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What each of P pixels shows over time."""

    member: NDArray[np.bool_]
    """``(CHOICES, n, P)``: the frames in which it shows each thing."""
    share: NDArray[np.float32]
    """``(CHOICES, P)``: of the frames that see the pixel."""

    @classmethod
    def of(cls, samples: NDArray[np.uint8], seen: NDArray[np.bool_], limit: int) -> Choices:
        """Group the ``(n, P, 3)`` samples of each pixel, the densest group first."""
        n, count = seen.shape
        member = np.zeros((CHOICES, n, count), np.bool_)

        def divide(start: int) -> None:
            part = slice(start, min(count, start + CHUNK))
            left = seen[:, part]
            # Only of frames that see any of them.
            rows = np.flatnonzero(left.any(axis=1))
            left = left[rows]
            values = np.ascontiguousarray(samples[rows, part].transpose(2, 0, 1)).astype(np.int16)
            near = np.ones((len(rows), len(rows), left.shape[1]), np.bool_)
            for channel in values:
                near &= np.abs(channel[:, None] - channel[None]) <= limit
            pixel = np.arange(left.shape[1])
            for k in range(CHOICES):
                dense = (near & left[None]).sum(axis=1, dtype=np.int16) * left
                group = near[dense.argmax(axis=0), :, pixel].T & left
                member[k, rows, part] = group
                left &= ~group

        at_once(divide, range(0, count, CHUNK))
        total = np.maximum(how_many(seen), 1)
        sizes = np.stack([how_many(one) for one in member])
        return cls(member, (sizes / total.astype(np.float64)).astype(np.float32))

    def colour(self, samples: NDArray[np.uint8], chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Give the ``(P, 3)`` mean colour of the chosen thing of each pixel."""
        use = np.take_along_axis(self.member, chosen[None, None], axis=0)[0]
        total = np.zeros(samples.shape[1:], np.uint16)
        for sample, where in zip(samples, use, strict=True):
            total += sample * where[:, None]
        mean = total / np.maximum(how_many(use), 1).astype(np.float64)[:, None]
        return np.asarray(np.rint(mean), np.uint8)


def decide_background(
    choices: Choices, active: NDArray[np.bool_], pixels: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Choose which thing is the background at each active pixel, outwards from the sure ones.

    ``pixels`` numbers them, in the order of the choices.
    """
    height, width = active.shape
    index = np.full((height, width), -1)
    index.reshape(-1)[pixels] = np.arange(len(pixels))
    chosen = np.zeros(choices.share.shape[1], np.intp)
    sure = (choices.share[0] >= SURE) | ((choices.share[1] < 0.12) & (choices.share[0] > 0.5))
    undecided = np.zeros((height, width), np.uint8)
    undecided.reshape(-1)[pixels] = ~sure
    regions, label, stats, _ = cv2.connectedComponentsWithStats(undecided, connectivity=8)

    def grow(region: int) -> None:
        x, y, w, h, _ = stats[region]
        y0, y1, x0, x1 = max(0, y - 4), min(height, y + h + 4), max(0, x - 4), min(width, x + w + 4)
        _grow(choices, chosen, sure, index[y0:y1, x0:x1], label[y0:y1, x0:x1] == region)

    # Each goes by what is sure around it, and not by what is decided of another.
    areas = stats[:regions, cv2.CC_STAT_AREA]
    larger = [r for r in range(1, regions) if areas[r] >= LARGE]
    at_once(grow, sorted(larger, key=lambda r: -areas[r]))
    # Of small ones, steps are so short that threads would only wait for each other.
    for region in range(1, regions):
        if 4 <= areas[region] < LARGE:
            grow(region)
    return chosen


def _grow(
    choices: Choices,
    chosen: NDArray[np.intp],
    sure: NDArray[np.bool_],
    index: NDArray[np.intp],
    region: NDArray[np.bool_],
) -> None:
    """Decide one region, ring by ring, by the frames it shares with decided neighbours."""
    open_ = region.copy()
    inside = index >= 0
    pixels = index[inside]
    # What is asked for again and again lies together: of the pixels around here alone.
    own = np.zeros(index.shape, np.intp)
    own[inside] = np.arange(len(pixels))
    member, share = choices.member.take(pixels, axis=2), choices.share[:, pixels]
    # Frames that show nothing around here have no say in it.
    member = member[:, member.any(axis=(0, 2))]
    frames = np.ascontiguousarray(member.transpose(2, 0, 1))
    told: NDArray[np.bool_] = np.asarray(frames.any(axis=1))
    size = member.sum(axis=1)
    picked = chosen[pixels]
    # Two channels for each frame, shows and knows: one filter adds up all of them.
    far = REACH // 2
    wide = np.zeros((*(side + 2 * far for side in index.shape), 2 * member.shape[1]), np.uint8)
    marks = wide[far:-far, far:-far]

    def learn(where: NDArray[np.bool_]) -> None:
        at = own[where]
        marks[where] = np.concatenate([frames[at, picked[at]], told[at]], axis=1)

    known = inside & ~region
    known[known] = sure[index[known]]
    learn(known)

    def decide(
        where: NDArray[np.bool_], around: NDArray[np.float32], least: float
    ) -> NDArray[np.bool_]:
        at = own[where]
        vote, total = np.split(around, 2)
        clear = np.where(total > 0, vote / np.maximum(total, 1e-6), 0.5)
        score = (member.take(at, axis=2) * clear[None]).sum(axis=1) / np.maximum(size[:, at], 1)
        score = np.where(size[:, at] > 0, score, -1) + 0.15 * share[:, at]
        ranked = np.sort(score, axis=0)
        lead = ranked[-1] - ranked[-2]
        # Where all are doubtful, only those that are least so: others may be told soon.
        firm = lead >= min(least, float(lead.max(initial=0)) / 2)
        picked[at[firm]] = score.argmax(axis=0)[firm]
        decided = np.zeros_like(where)
        decided[where] = firm
        return decided

    while open_.any():
        ring = open_ & (cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
        if not ring.any():
            break
        # The clear ones first: a doubtful one must not lead the way.
        broad = index.size >= BROAD
        around = _around_few(wide, ring, REACH) if broad else _around(marks, ring, REACH)
        ring = decide(ring, around, 0.25)
        learn(ring)
        open_ &= ~ring
        known |= ring
    again = region & known
    bands = _bands(again)
    for reach in RETHINK:

        def rethink(band: NDArray[np.bool_], reach: int = reach) -> None:
            decide(band, _around(marks, band, reach), 0.0)

        at_once(rethink, bands)
        learn(again)
    chosen[index[region]] = picked[own[region]]


def _bands(where: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Divide a region into bands of about ``BAND`` pixels, from top to bottom."""
    number = np.maximum(where.sum(axis=1).cumsum() - 1, 0) // BAND
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1), len(where)]
    bands = []
    for top, bottom in pairwise(edges):
        band = np.zeros_like(where)
        band[top:bottom] = where[top:bottom]
        bands.append(band)
    return bands


def _around(marks: NDArray[np.uint8], where: NDArray[np.bool_], reach: int) -> NDArray[np.float32]:
    """Add up the ``(H, W, n)`` marks around the pixels in ``where``: ``(n, P)``."""
    rows, columns = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((marks.shape[2], 0), np.float32)
    far = reach // 2
    top, left = max(0, int(rows[0]) - far), max(0, int(columns[0]) - far)
    part = slice(top, int(rows[-1]) + far + 1), slice(left, int(columns[-1]) + far + 1)
    # Whole numbers no larger than they need be: most of the work is to move them.
    deep = cv2.CV_8U if reach**2 < 256 else cv2.CV_16U
    near = np.flatnonzero(where[part])
    sums = []
    for first in range(0, marks.shape[2], MOST_CHANNELS):
        some = marks[part][..., first : first + MOST_CHANNELS]
        total = cv2.boxFilter(
            some, deep, (reach, reach), normalize=False, borderType=cv2.BORDER_CONSTANT
        ).reshape(where[part].size, -1)
        sums.append(total.take(near, axis=0).T)
    return np.ascontiguousarray(np.concatenate(sums), np.float32)


def _around_few(
    wide: NDArray[np.uint8], where: NDArray[np.bool_], reach: int
) -> NDArray[np.float32]:
    """Do the same for a few pixels far apart, of marks with a rim half as wide as the window."""
    rows, columns = np.nonzero(where)
    width = wide.shape[1]
    flat = wide.reshape(-1, wide.shape[2])
    corner = rows * width + columns
    total = np.zeros((len(corner), flat.shape[1]), np.uint8)
    for y in range(reach):
        for x in range(reach):
            total += flat.take(corner + (y * width + x), axis=0)
    return np.ascontiguousarray(total.T, np.float32)
