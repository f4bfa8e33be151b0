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
from engine.values import AnyArray

CHOICES = 3
"""Things that a pixel may show over time and that are weighed against each other."""
SURE = 0.9
"""Share of the frames that must show a thing for it to be taken without asking neighbours: less
is shown of somebody broad who walks slowly."""
RETHINK = (25, 15, 7)
"""Windows in which a decided region is decided again, now that all its neighbours have a say."""
LARGE = 200
"""Pixels of a region from which on it is decided beside others."""
FEW = 64
"""Pixels up to which all that surrounds them is gathered in one go."""
REACH = 7
"""Window in which a region is decided at first."""
CHUNK = 1024
"""Pixels that are grouped at once: what is worked out of them stays near the core."""
BAND = 4096
"""About so many pixels of a region are decided again at once: what is worked out of them, too."""
UNSURE = 1.0
"""Frames that neither share nor contradict, counted with those that show a thing: of a single one
it is soon true that it shows all that is around, and little follows from it."""
MOST_CHANNELS = 128
"""Of a picture: more, OpenCV 5 takes for another dimension."""

Floats = NDArray[np.float64]


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
            apart = np.zeros((len(rows), len(rows), left.shape[1]), np.uint8)
            for values in np.ascontiguousarray(samples[rows, part].transpose(2, 0, 1)):
                gap = np.maximum(values[:, None], values)
                gap -= np.minimum(values[:, None], values)
                np.maximum(apart, gap, out=apart)
            near = apart <= limit
            pixel = np.arange(left.shape[1])
            for k in range(CHOICES):
                dense = (near & left).view(np.uint8).sum(axis=1, dtype=np.uint8) * left
                group = near[dense.argmax(axis=0), :, pixel].T & left
                member[k, rows, part] = group
                left &= ~group

        at_once(divide, range(0, count, CHUNK))
        total = np.maximum(how_many(seen), 1)
        sizes = np.stack([how_many(one) for one in member])
        return cls(member, (sizes / total.astype(np.float64)).astype(np.float32))

    def colour(self, samples: NDArray[np.uint8], chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Give the ``(P, 3)`` mean colour of the chosen thing of each pixel."""
        use = np.any([one & (chosen == k) for k, one in enumerate(self.member)], axis=0)
        total = np.zeros(samples.shape[1:], np.uint16)
        shown = np.empty(samples.shape[1:], np.uint8)
        for sample, where in zip(samples, use, strict=True):
            shown[:] = 0
            cv2.copyTo(sample[None], where.view(np.uint8)[None], shown[None])
            total += shown
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
    far = REACH // 2
    # With a rim, around every pixel lie others; they are known by one number, not by two.
    index, region = np.pad(index, far, constant_values=-1), np.pad(region, far)
    width = index.shape[1]
    inside = index >= 0
    pixels = index[inside]
    # What is asked for again and again lies together: of the pixels around here alone.
    own = np.zeros(index.size, np.intp)
    own[inside.reshape(-1)] = np.arange(len(pixels))
    member, share = choices.member.take(pixels, axis=2), choices.share[:, pixels]
    # Frames that show nothing around here have no say in it.
    member = member[:, member.any(axis=(0, 2))]
    count = member.shape[1]
    frames = np.ascontiguousarray(member.transpose(2, 0, 1)).reshape(-1, count).view(np.uint8)
    size = member.sum(axis=1)
    shared, extra = size + UNSURE, 0.15 * share - (size == 0)
    picked = chosen[pixels]
    # Two channels for each frame, shows and knows: one filter adds up all of them.
    marks = np.zeros((*index.shape, 2 * count), np.uint8)
    by_number = marks.reshape(index.size, -1)
    shows, knows = by_number[:, :count], by_number[:, count:]

    def learn(where: NDArray[np.intp], at: NDArray[np.intp]) -> None:
        shows[where] = frames.take(at * CHOICES + picked[at], axis=0)

    def meet(where: NDArray[np.intp], at: NDArray[np.intp]) -> None:
        learn(where, at)
        knows[where] = frames.reshape(-1, CHOICES, count).take(at, axis=0).max(axis=1)

    def score(at: NDArray[np.intp], around: NDArray[np.float32]) -> Floats:
        """Say how likely each thing is the background of each pixel: ``(CHOICES, P)``."""
        if not len(at):
            return np.zeros((CHOICES, 0))
        clear, total = around[:count], around[count:]
        unknown = total == 0
        clear /= np.maximum(total, 1e-6, out=total)
        clear[unknown] = 0.5
        # Whole rows are gathered, then turned: to gather along each would take twice as long.
        own_frames = frames.reshape(-1, CHOICES * count).take(at, axis=0)
        shown: AnyArray = cv2.transpose(own_frames).reshape(CHOICES, count, -1)
        votes = (shown * clear).sum(axis=1)
        likely = (votes + UNSURE / 2) / shared.take(at, axis=1)
        return np.asarray(likely + extra.take(at, axis=1), np.float64)

    known = inside & ~region
    known[known] = sure[index[known]]
    where = np.flatnonzero(known)
    meet(where, own[where])
    open_ = region.reshape(-1).copy()
    beside = cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)).reshape(-1) > 0
    ring = np.flatnonzero(open_ & beside)
    waiting = np.zeros(index.size, np.bool_)
    waiting[ring] = True
    # Pixels around which something was learned since they were judged.
    stale = np.ones(index.size, np.bool_)
    lead, best = np.zeros(len(pixels)), np.zeros(len(pixels), np.intp)
    near, touching = _window(REACH, width), _window(3, width)
    while len(ring):
        anew = ring[stale[ring]]
        at = own[anew]
        found = score(at, _around_few(by_number, anew, near))
        best[at] = _first_of(found)
        lead[at] = _lead_of(found)
        stale[anew] = False
        # The clear ones first: a doubtful one must not lead the way. Where all are doubtful, only
        # those that are least so: others may be told soon.
        at = own[ring]
        leads = lead[at]
        firm = leads >= min(0.25, float(leads.max()) / 2)
        decided, at = ring[firm], at[firm]
        picked[at] = best[at]
        meet(decided, at)
        open_[decided] = False
        stale[decided[:, None] + near] = True
        after = (decided[:, None] + touching).reshape(-1)
        after = np.unique(after[open_[after] & ~waiting[after]])
        waiting[after] = True
        ring = np.concatenate([ring[~firm], after])
    again = region & ~open_.reshape(region.shape)
    where = np.flatnonzero(again)
    at = own[where]
    bands = _bands(again)
    for reach in RETHINK:
        before = picked[at]

        def rethink(band: NDArray[np.bool_], reach: int = reach) -> None:
            here = own[np.flatnonzero(band)]
            picked[here] = _first_of(score(here, _around(marks, band, reach)))

        at_once(rethink, bands)
        other = np.flatnonzero(picked[at] != before)
        learn(where[other], at[other])
    chosen[index[region]] = picked[own[region.reshape(-1)]]


def _first_of(scores: Floats) -> NDArray[np.intp]:
    """Give which of three is largest, the first of those that are; of ``(3, P)``."""
    one, other, last = scores
    return np.where(last > np.maximum(one, other), 2, other > one)


def _lead_of(scores: Floats) -> Floats:
    """Give by how much the largest of three is larger than the next; of ``(3, P)``."""
    one, other, last = scores
    more, less = np.maximum(one, other), np.minimum(one, other)
    lead: Floats = np.maximum(more, last) - np.maximum(less, np.minimum(more, last))
    return lead


def _window(reach: int, width: int) -> NDArray[np.intp]:
    """Give how far from a pixel's number those of the window around it are."""
    away = np.arange(reach) - reach // 2
    return np.asarray((away[:, None] * width + away).reshape(-1), np.intp)


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
    marks: NDArray[np.uint8], where: NDArray[np.intp], window: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Do the same for a few pixels far apart; of these and of ``(P, n)`` marks by number."""
    if len(where) <= FEW:
        total = marks.take(where[:, None] + window, axis=0).sum(axis=1, dtype=np.uint8)
    else:
        total = np.zeros((len(where), marks.shape[1]), np.uint8)
        for away in window:
            total += marks.take(where + away, axis=0)
    return np.ascontiguousarray(total.T, np.float32)
