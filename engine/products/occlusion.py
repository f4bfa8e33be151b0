"""Which frames show something in front of the background, and where.

Worked out on a reduced canvas that is looked at whole. Where a pixel shows several things over
time, the commonest need not be the background: a figure that walks along with the camera covers
the end of the pan most of the time. But what is in front covers *neighbouring* pixels in the
same frames. So places that are sure are decided first, and the others follow the neighbour
whose frames they share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.nearer import Nearer, find_nearer
from engine.products.placed import (
    Placed,
    Stack,
    furthest,
    grown,
    how_many,
    overlap,
    part_of,
    reduced,
    stack_of,
    tiles,
)
from engine.products.temporal import median_of
from engine.values import Box, Image, Size

COARSE_PIXELS = 260_000
"""Of the reduced canvas."""
COARSE_SIDE = 320
"""A reduced frame is at least this wide, if the frame is."""
CHOICES = 3
"""Things that a pixel may show over time and that are weighed against each other."""
SURE = 0.9
"""Share of the frames that must show a thing for it to be taken without asking neighbours: less
is shown of somebody broad who walks slowly."""
RETHINK = (25, 15, 7)
"""Windows in which a decided region is decided again, now that all its neighbours have a say."""
LARGE = 200
"""Pixels of a region from which on it is decided beside others."""
CHUNK = 1024
"""Pixels that are grouped at once: what is worked out of them stays near the core."""
MOST_CHANNELS = 128
"""Of a picture: more, OpenCV 5 takes for another dimension."""
TILE = 128
"""Side of the parts of which the median is taken at once, reduced pixels."""


@dataclass(frozen=True, slots=True)
class Occlusion:
    """What covers the background, on a reduced canvas."""

    step: float
    """Canvas pixels for each reduced pixel."""
    background: Image
    """The reduced canvas without what is in front."""
    covered: NDArray[np.bool_]
    """``(n, h, w)``: where each frame shows something else."""
    seen: NDArray[np.bool_]
    """``(n, h, w)``: where each frame shows anything."""
    nearer: NDArray[np.bool_] | None = None
    """``(n, h, w)``: where it shows what moves with a nearer layer; None where there is none."""

    @property
    def passing(self) -> float:
        """Share of what the frames show that is known to pass in front."""
        return 0.0 if self.nearer is None else float(self.nearer.sum() / max(self.seen.sum(), 1))

    def of_stack(self, rows: Sequence[int], box: Box) -> NDArray[np.bool_] | None:
        """Say where some frames are covered in ``box`` of the canvas; None for nowhere."""
        step = self.step
        height, width = self.background.shape[:2]
        x0, y0 = int(box.x / step), int(box.y / step)
        x1, y1 = min(width, int(box.right / step) + 2), min(height, int(box.bottom / step) + 2)
        parts = self.covered[list(rows), y0:y1, x0:x1]
        if not parts.any():
            return None
        # Reduced pixel i covers canvas pixels [i * step, (i + 1) * step).
        left, top = (c * step - o + (step - 1) / 2 for c, o in ((x0, box.x), (y0, box.y)))
        move = np.array([[step, 0, left], [0, step, top]])
        large = np.zeros((len(parts), box.height, box.width), np.bool_)
        for out, part in zip(large, parts, strict=True):
            if part.any():
                out[:] = (
                    cv2.warpAffine(
                        part.astype(np.uint8) * 255,
                        move,
                        box.size,
                        flags=cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE,
                    )
                    > 100
                )
        return large


@dataclass(frozen=True, slots=True)
class Coarse:
    """Frames on a reduced canvas that is looked at whole."""

    step: float
    """Canvas pixels for each reduced pixel."""
    small: list[Placed]
    stack: Stack
    parts: list[Box]
    """Of the canvas, in which each frame lies, with a margin."""
    median: Image
    """What is shown most of the time."""


def look_coarsely(placed: Sequence[Placed], size: Size) -> Coarse:
    """Draw frames reduced, and what they show together."""
    step = _coarseness(placed, size)
    small = at_once(lambda one: reduced(one, step), placed)
    box = Box(0, 0, max(1, int(size[0] / step)), max(1, int(size[1] / step)))
    stack = stack_of(small, box, every=True)
    parts = [_around_of(one, box) for one in small]
    return Coarse(step, small, stack, parts, _median(stack.samples, stack.seen, parts))


def nearer_than(coarse: Coarse, speeds: Sequence[float]) -> Nearer:
    """Find what passes in front of the background at some speeds."""
    return find_nearer(coarse.small, coarse.stack, coarse.median, speeds)


def find_occlusion(placed: Sequence[Placed], size: Size, speeds: Sequence[float] = ()) -> Occlusion:
    """Find what is in front of the background in each placed frame.

    Parameters
    ----------
    placed : sequence of Placed
        Frames on a canvas of ``size`` ``(width, height)``.
    speeds : sequence of float
        Of nearer layers, as a share of the background's.

    Returns
    -------
    Occlusion
        Right wherever the background was seen in some frames that its neighbourhood shares.
    """
    coarse = look_coarsely(placed, size)
    samples, seen, parts = coarse.stack.samples, coarse.stack.seen, coarse.parts
    background, shown = coarse.median, seen
    nearer: NDArray[np.bool_] | None = None
    if speeds:
        nearer = nearer_than(coarse, speeds).shown
        shown = seen & ~nearer
        behind = _median(samples, shown, parts)
        background = np.where(how_many(shown)[..., None] > 0, behind, background)
    away = _away(samples, background, parts)
    limit = _limit(away, shown)
    count = how_many(shown)
    agree = how_many((away <= limit) & shown)
    active = (agree < 0.9 * count) & (count >= 3)
    if active.any():
        choice_of = _Choices.of(samples[:, active], shown[:, active], limit)
        chosen = _decide(choice_of, active, shown)
        background[active] = choice_of.colour(samples[:, active], chosen)
        away = _away(samples, background, parts)
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    covered = np.zeros(seen.shape, np.bool_)

    def mark(i: int) -> None:
        part = parts[i]
        here = seen[i][part.slices]
        mask = ((away[i][part.slices] > limit) & here).view(np.uint8)
        if nearer is not None:
            mask |= nearer[i][part.slices].view(np.uint8)
        if mask.any():
            mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, rim)
            covered[i][part.slices] = cv2.dilate(mask, rim).view(np.bool_) & here

    at_once(mark, range(len(parts)))
    if nearer is not None:
        # A strip that few frames saw behind a trunk is not to be lost to the rim around that.
        strip = (how_many(seen & ~covered) == 0) & (count > 0)
        covered[:, strip] = (nearer | ((away > limit) & seen))[:, strip]
    return Occlusion(coarse.step, background, covered, seen, nearer)


def _around_of(one: Placed, canvas: Box) -> Box:
    """Give the part of the canvas that a frame lies in, with a margin for what looks around."""
    part = part_of(one, canvas)
    return Box(0, 0, 1, 1) if part is None else grown(part, canvas.size)


def _median(samples: NDArray[np.uint8], seen: NDArray[np.bool_], parts: Sequence[Box]) -> Image:
    """Take the median over time, of each tile over the frames that lie there."""
    height, width = seen.shape[1:]
    middle = np.zeros((height, width, 3), np.uint8)

    def fill(tile: Box) -> None:
        rows = [k for k, part in enumerate(parts) if overlap(part, tile)]
        if rows:
            where = slice(tile.y, tile.bottom), slice(tile.x, tile.right)
            near = [(samples[k][where], seen[k][where]) for k in rows]
            middle[where] = median_of(*(np.stack(part) for part in zip(*near, strict=True)))

    # One after the other: steps so short would only wait for their turn in several threads.
    for tile in tiles((width, height), TILE):
        fill(tile)
    return middle


def _away(samples: NDArray[np.uint8], background: Image, parts: Sequence[Box]) -> NDArray[np.uint8]:
    """Say how far each sample lies from the background, ``(n, h, w)`` grey levels."""
    away = np.zeros(samples.shape[:3], np.uint8)

    def compare(i: int) -> None:
        part = parts[i].slices
        away[i][part] = furthest(samples[i][part], background[part])

    at_once(compare, range(len(parts)))
    return away


def _coarseness(placed: Sequence[Placed], size: Size) -> float:
    step = (size[0] * size[1] / COARSE_PIXELS) ** 0.5
    widest = max(max(one.image.shape[:2]) for one in placed)
    return float(max(1.0, min(step, widest / COARSE_SIDE)))


def _limit(away: NDArray[np.uint8], seen: NDArray[np.bool_]) -> int:
    """How far a sample may lie from the background, grey levels."""
    levels = np.bincount(away[:, ::3, ::3][seen[:, ::3, ::3]], minlength=256).cumsum()
    usual = int(np.searchsorted(levels, levels[-1] / 2)) if levels[-1] else 2
    return min(max(6 * usual + 8, 12), 36)


@dataclass(frozen=True, slots=True)
class _Choices:
    """What each of P pixels shows over time."""

    member: NDArray[np.bool_]
    """``(CHOICES, n, P)``: the frames in which it shows each thing."""
    share: NDArray[np.float32]
    """``(CHOICES, P)``: of the frames that see the pixel."""

    @classmethod
    def of(cls, samples: NDArray[np.uint8], seen: NDArray[np.bool_], limit: int) -> _Choices:
        """Group the ``(n, P, 3)`` samples of each pixel, the densest group first."""
        n, count = seen.shape
        member = np.zeros((CHOICES, n, count), np.bool_)

        def group(start: int) -> None:
            part = slice(start, min(count, start + CHUNK))
            values = np.ascontiguousarray(samples[:, part].transpose(2, 0, 1)).astype(np.int16)
            left = seen[:, part].copy()
            near = np.ones((n, n, left.shape[1]), np.bool_)
            for channel in values:
                near &= np.abs(channel[:, None] - channel[None]) <= limit
            pixel = np.arange(left.shape[1])
            for k in range(CHOICES):
                dense = (near & left[None]).sum(axis=1, dtype=np.int16) * left
                member[k, :, part] = near[dense.argmax(axis=0), :, pixel].T & left
                left &= ~member[k, :, part]

        at_once(group, range(0, count, CHUNK))
        total = np.maximum(seen.sum(axis=0), 1)
        return cls(member, (member.sum(axis=1) / total).astype(np.float32))

    def colour(self, samples: NDArray[np.uint8], chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Give the ``(P, 3)`` mean colour of the chosen thing of each pixel."""
        use = np.take_along_axis(self.member, chosen[None, None], axis=0)[0]
        total = np.einsum("np,npc->pc", use, samples, dtype=np.float32)
        mean = total / np.maximum(use.sum(axis=0), 1)[:, None]
        return np.asarray(np.rint(mean), np.uint8)


def _decide(
    choices: _Choices, active: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Choose which thing is the background at each active pixel, outwards from the sure ones."""
    height, width = active.shape
    index = np.full((height, width), -1)
    index[active] = np.arange(int(active.sum()))
    chosen = np.zeros(choices.share.shape[1], np.intp)
    sure = (choices.share[0] >= SURE) | ((choices.share[1] < 0.12) & (choices.share[0] > 0.5))
    undecided = np.zeros((height, width), np.uint8)
    undecided[active] = ~sure
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
    choices: _Choices,
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
    member, share = choices.member[:, :, pixels], choices.share[:, pixels]
    frames = np.ascontiguousarray(member.transpose(2, 0, 1))
    told: NDArray[np.bool_] = np.asarray(frames.any(axis=1))
    size = member.sum(axis=1)
    picked = chosen[pixels]
    # Two channels for each frame, shows and knows: one filter adds up all of them.
    marks = np.zeros((*index.shape, 2 * member.shape[1]), np.uint8)

    def learn(where: NDArray[np.bool_]) -> None:
        at = own[where]
        marks[where] = np.concatenate([frames[at, picked[at]], told[at]], axis=1)

    known = inside & ~region
    known[known] = sure[index[known]]
    learn(known)

    def decide(where: NDArray[np.bool_], least: float, reach: int = 7) -> NDArray[np.bool_]:
        at = own[where]
        vote, total = np.split(_around(marks, where, reach), 2)
        clear = np.where(total > 0, vote / np.maximum(total, 1e-6), 0.5)
        score = (member[:, :, at] * clear[None]).sum(axis=1) / np.maximum(size[:, at], 1)
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
        ring = decide(ring, 0.25)
        learn(ring)
        open_ &= ~ring
        known |= ring
    for reach in RETHINK:
        decide(region & known, 0.0, reach)
        learn(region & known)
    chosen[index[region]] = picked[own[region]]


def _around(marks: NDArray[np.uint8], where: NDArray[np.bool_], reach: int) -> NDArray[np.float32]:
    """Add up the ``(H, W, n)`` marks around the pixels in ``where``: ``(n, P)``."""
    rows, columns = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((marks.shape[2], 0), np.float32)
    far = reach // 2
    top, left = max(0, int(rows[0]) - far), max(0, int(columns[0]) - far)
    part = slice(top, int(rows[-1]) + far + 1), slice(left, int(columns[-1]) + far + 1)
    sums = []
    for first in range(0, marks.shape[2], MOST_CHANNELS):
        some = marks[part][..., first : first + MOST_CHANNELS]
        total = cv2.boxFilter(
            some, cv2.CV_32F, (reach, reach), normalize=False, borderType=cv2.BORDER_CONSTANT
        ).reshape(*where[part].shape, -1)
        sums.append(total[where[part]].T)
    return np.ascontiguousarray(np.concatenate(sums))
