"""Many placed frames become one picture, tile by tile, so that memory stays bounded.

For each tile of the canvas every frame that covers it is resampled once; the median over time
is right wherever the background shows in most of the frames, and the mean of the samples that
agree with it removes noise, grain and compression without the median's coarseness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Box, Image, Mask

TILE = 224
MARGIN = 24
"""Pixels around a tile that are worked on too, so that regions do not end at its border."""
SNAP = 0.04
"""A frame this near to whole pixels is copied, not resampled."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture and its place on the canvas."""

    frame: int
    image: Image
    left: float
    """Canvas x of the picture's left edge, pixels."""
    top: float
    scale: float = 1.0
    """Canvas pixels for each picture pixel, 1 or above."""
    gain: float = 1.0
    """What its grey levels are multiplied by."""
    hidden: Mask | None = None
    """Reduced map of what stays on the screen (logo, subtitle): not to be used."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom on the canvas."""
        height, width = self.image.shape[:2]
        return (
            self.left,
            self.top,
            self.left + width * self.scale,
            self.top + height * self.scale,
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A composited tile."""

    box: Box
    image: Image
    count: NDArray[np.uint8]
    """How many frames saw each pixel."""
    inliers: NDArray[np.uint8]
    """How many of them agree with the result."""
    spread: NDArray[np.uint8]
    """Mean disagreement of the frames with the result, grey levels."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Samples of one tile: pictures, and where each is seen."""

    frames: tuple[int, ...]
    samples: NDArray[np.uint8]
    """``(n, h, w, 3)``."""
    seen: NDArray[np.bool_]
    """``(n, h, w)``."""


def tiles(size: tuple[int, int], tile: int = TILE) -> Iterator[Box]:
    """Cut a canvas of ``(width, height)`` into tiles."""
    width, height = size
    for y in range(0, height, tile):
        for x in range(0, width, tile):
            yield Box(x, y, min(tile, width - x), min(tile, height - y))


def grown(box: Box, size: tuple[int, int], margin: int = MARGIN) -> Box:
    """Give ``box`` with a margin, inside a canvas of ``size``."""
    x, y = max(0, box.x - margin), max(0, box.y - margin)
    return Box(x, y, min(size[0], box.right + margin) - x, min(size[1], box.bottom + margin) - y)


def stack_of(placed: Sequence[Placed], box: Box) -> Stack:
    """Resample every frame that covers part of ``box`` into it."""
    frames, samples, seen = [], [], []
    for one in placed:
        left, top, right, bottom = one.box
        if left > box.right - 1 or top > box.bottom - 1 or right < box.x + 1 or bottom < box.y + 1:
            continue
        frames.append(one.frame)
        samples.append(resample(one, box))
        seen.append(seen_in(one, box))
    shape = (len(frames), box.height, box.width)
    return Stack(
        tuple(frames),
        np.stack(samples) if samples else np.zeros((*shape, 3), np.uint8),
        np.stack(seen) if seen else np.zeros(shape, np.bool_),
    )


def resample(one: Placed, box: Box) -> Image:
    """Draw the part of a placed picture that lies in ``box``, Lanczos, once; ``(h, w, 3)``."""
    x, y = one.left - box.x, one.top - box.y
    if one.scale == 1.0:
        x, y = snapped(x), snapped(y)
    # Pixel centres: canvas + 0.5 = place + scale * (pixel + 0.5).
    half = (one.scale - 1) / 2
    move = np.array([[one.scale, 0, x + half], [0, one.scale, y + half]])
    whole = one.scale == 1.0 and x == round(x) and y == round(y)
    drawn = cv2.warpAffine(
        one.image,
        move,
        (box.width, box.height),
        flags=cv2.INTER_NEAREST if whole else cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if abs(one.gain - 1) > 0.002:
        drawn = cv2.convertScaleAbs(drawn, alpha=one.gain)
    return np.asarray(drawn, np.uint8)


def snapped(value: float) -> float:
    """Round what lies so near to a whole pixel that resampling would only blur."""
    return float(round(value)) if abs(value - round(value)) < SNAP else value


def seen_in(one: Placed, box: Box) -> Mask:
    """Say which pixels of ``box`` lie wholly in a placed picture and show no overlay."""
    left, top, right, bottom = one.box
    mask = np.zeros((box.height, box.width), np.bool_)
    x0, y0 = int(np.ceil(left - SNAP)) - box.x, int(np.ceil(top - SNAP)) - box.y
    x1, y1 = int(np.floor(right + SNAP)) - box.x, int(np.floor(bottom + SNAP)) - box.y
    mask[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = True
    if one.hidden is not None:
        height, width = one.image.shape[:2]
        fx = width * one.scale / one.hidden.shape[1]
        fy = height * one.scale / one.hidden.shape[0]
        move = np.array([[fx, 0, left - box.x + (fx - 1) / 2], [0, fy, top - box.y + (fy - 1) / 2]])
        hidden = cv2.warpAffine(
            one.hidden.astype(np.uint8),
            move,
            (box.width, box.height),
            flags=cv2.INTER_NEAREST,
        )
        mask &= hidden == 0
    return mask


@lru_cache(maxsize=256)
def median_network(count: int) -> tuple[tuple[int, int], ...]:
    """Give the comparisons that bring the middle of ``count`` values to its place.

    Batcher's merge exchange (Knuth, The Art of Computer Programming 3, algorithm 5.2.2 M),
    without the comparisons that the middle does not depend on.
    """
    steps: list[tuple[int, int]] = []
    top = 1 << max(0, (count - 1).bit_length() - 1)
    p = top
    while p > 0 and count > 1:
        q, r, d = top, 0, p
        while True:
            steps.extend((i, i + d) for i in range(count - d) if i & p == r)
            if q == p:
                break
            d, q, r = q - p, q >> 1, p
        p >>= 1
    needed = {(count - 1) // 2, count // 2}
    kept = []
    for a, b in reversed(steps):
        if a in needed or b in needed:
            kept.append((a, b))
            needed |= {a, b}
    return tuple(reversed(kept))


def median_of(samples: NDArray[np.uint8], seen: NDArray[np.bool_] | None = None) -> AnyArray:
    """Take the median over the first axis, exactly, of those samples that are seen.

    Parameters
    ----------
    samples : (n, h, w, c) uint8 array
    seen : (n, h, w) bool array, optional
        Where a sample counts. Pixels seen by none get a meaningless value.

    Returns
    -------
    (h, w, c) uint8 array
        Of an even number of samples the mean of the two in the middle, rounded up. Where an odd
        number of samples is unseen, the rank is off by half a sample.
    """
    work = samples.copy()
    if seen is not None and not seen.all():
        # Unseen samples become 0 and 255 by turns, which leaves the middle where it was.
        unseen = ~seen
        turn = np.cumsum(unseen, axis=0, dtype=np.uint8) & 1
        work[unseen] = np.where(turn[unseen], 0, 255).astype(np.uint8)[:, None]
    rows = work.reshape(len(work), -1)
    spare = np.empty(rows.shape[1], np.uint8)
    for a, b in median_network(len(rows)):
        np.minimum(rows[a], rows[b], out=spare)
        np.maximum(rows[a], rows[b], out=rows[b])
        rows[a] = spare
    low, high = work[(len(work) - 1) // 2], work[len(work) // 2]
    middle: AnyArray = low if len(work) % 2 else (low >> 1) + (high >> 1) + ((low | high) & 1)
    return middle


def composite_tile(stack: Stack, box: Box, how: str, noise: float) -> Sheet:
    """Make one picture of a tile's samples.

    Parameters
    ----------
    how : str
        ``clean``, ``median`` or ``mean``.
    noise : float
        Standard deviation of a sample against the background, grey levels.
    """
    seen = stack.seen
    count = seen.sum(axis=0, dtype=np.uint8)
    if not len(stack.samples):
        empty = np.zeros((box.height, box.width), np.uint8)
        return Sheet(box, np.zeros((box.height, box.width, 3), np.uint8), empty, empty, empty)
    middle = median_of(stack.samples, seen)
    limit = float(np.clip(4 * noise + 3, 6, 30))
    away = np.stack([cv2.absdiff(s, middle).max(axis=2) for s in stack.samples])
    near = (away <= limit) & seen
    inliers = near.sum(axis=0, dtype=np.uint8)
    spread = np.where(seen, away, 0).sum(axis=0, dtype=np.uint32) // np.maximum(count, 1)
    if how == "median":
        image = middle
    else:
        use = seen if how == "mean" else near & ~foreground_of(away, seen, limit)
        use = np.where(use.any(axis=0), use, near)
        image = mean_of(stack.samples, use, middle)
    return Sheet(box, image, count, inliers, np.minimum(spread, 255).astype(np.uint8))


def foreground_of(
    away: NDArray[np.uint8], seen: NDArray[np.bool_], limit: float
) -> NDArray[np.bool_]:
    """Find the regions of each sample that differ from the middle, with a rim around them."""
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    dot = np.ones((3, 3), np.uint8)
    out = np.zeros(seen.shape, np.bool_)
    for i, (far, where) in enumerate(zip(away, seen, strict=True)):
        mask = ((far > limit) & where).astype(np.uint8)
        if not mask.any():
            continue
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, dot)
        out[i] = cv2.dilate(mask, rim) > 0
    return out


def mean_of(samples: NDArray[np.uint8], use: NDArray[np.bool_], other: Image) -> Image:
    """Take the mean of the samples in use; where there is none, ``other``."""
    total = np.zeros(samples.shape[1:], np.float32)
    for sample, where in zip(samples, use, strict=True):
        cv2.accumulate(sample, total, where.astype(np.uint8))
    count = use.sum(axis=0).astype(np.float32)[..., None]
    mean = np.where(count > 0, total / np.maximum(count, 1), other)
    image: Image = np.clip(np.rint(mean), 0, 255).astype(np.uint8)
    return image


def measure_noise(placed: Sequence[Placed], size: tuple[int, int]) -> float:
    """Estimate how far a sample of the background lies from the median, grey levels (sigma)."""
    boxes = [b for b in tiles(size, 96) if min(b.size) == 96]
    rng = np.random.default_rng(0)
    found = []
    for i in rng.permutation(len(boxes))[:24]:
        stack = stack_of(placed, boxes[i])
        full = stack.seen.all(axis=(1, 2))
        if full.sum() < 3:
            continue
        samples = stack.samples[full]
        middle = median_of(samples)
        gap = np.abs(samples.astype(np.int16) - middle)
        found.append(float(np.mean(np.median(gap, axis=0))) * 1.48)
    return float(np.median(found)) if found else 3.0
