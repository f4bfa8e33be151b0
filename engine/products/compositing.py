"""Many placed frames become one picture, tile by tile, so that memory stays bounded.

For each tile of the canvas every frame that covers it is resampled once; the median over time
of what shows the background is robust, and the mean of the samples that agree with it removes
noise, grain and compression without the median's coarseness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.placed import (
    Placed,
    Stack,
    how_many,
    shows_all,
    stack_of,
    tiles,
)
from engine.products.temporal import median_of, middle_two
from engine.values import AnyArray, Box, Image

Masks = NDArray[np.bool_]

NOISE_TILES = 12
"""Places at which the noise is measured."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A composited tile."""

    box: Box
    image: Image
    views: NDArray[np.uint8]
    """How many frames saw each pixel, whatever they showed."""
    count: NDArray[np.uint8]
    """How many of them showed the background, as far as is known."""
    inliers: NDArray[np.uint8]
    """How many of them agree with the result."""


def composite_tile(
    stack: Stack, box: Box, covered: NDArray[np.bool_] | None, how: str, noise: float
) -> Sheet:
    """Make one picture of a tile's samples.

    Parameters
    ----------
    covered : (n, h, w) bool array, optional
        Where a sample shows something in front of the background. Used all the same where
        nothing else was ever seen.
    how : str
        ``clean``, ``median`` or ``mean``.
    noise : float
        Standard deviation of a sample against the background, grey levels.
    """
    if not len(stack.samples):
        empty = np.zeros((box.height, box.width), np.uint8)
        return Sheet(box, np.zeros((box.height, box.width, 3), np.uint8), empty, empty, empty)
    seen = stack.seen
    views = how_many(seen)
    if covered is not None and how in ("clean", "seams"):
        free: Masks = seen > covered
        behind = free.any(axis=0)
        seen = _or_else(free, seen)
    else:
        behind = np.ones(views.shape, np.bool_)
    count = how_many(seen)
    middle = median_of(stack.samples, seen)
    # A whole number: to compare grey levels with a fraction takes four times as long.
    limit = int(np.clip(4 * noise + 3, 6, 30))
    away = _away(stack.samples, middle)
    near = away <= limit
    near &= seen
    # Nothing vouches for the background where nobody saw it.
    inliers = how_many(near) * behind
    if how == "median":
        image = middle
    else:
        use = seen if how == "mean" else near > foreground_of(away, seen, limit)
        image = mean_of(stack.samples, _or_else(use, near), middle)
    return Sheet(box, image, views, count, inliers)


def _or_else(some: Masks, others: Masks) -> Masks:
    """Give some masks; where none of them holds a pixel, the others."""
    none = ~some.any(axis=0)
    return some | (others & none) if none.any() else some


def _away(samples: NDArray[np.uint8], middle: Image) -> NDArray[np.uint8]:
    """Say how far each sample lies from the middle, ``(n, h, w)`` grey levels."""
    away = np.empty(samples.shape[:3], np.uint8)
    gap = np.empty_like(middle)
    channels: list[AnyArray] = [np.empty(middle.shape[:2], np.uint8) for _ in range(3)]
    for sample, out in zip(samples, away, strict=True):
        cv2.absdiff(sample, middle, gap)
        cv2.split(gap, channels)
        cv2.max(channels[0], channels[1], channels[0])
        cv2.max(channels[0], channels[2], out)
    return away


def with_subject(sheet: Sheet, sample: Image, mask: NDArray[np.bool_]) -> Sheet:
    """Put what one frame shows in front of the background back, with a soft rim."""
    if not mask.any():
        return sheet
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)[..., None]
    mixed = sheet.image + (sample.astype(np.float32) - sheet.image) * alpha
    return replace(sheet, image=np.clip(np.rint(mixed), 0, 255).astype(np.uint8))


def foreground_of(away: NDArray[np.uint8], seen: Masks, limit: int) -> Masks:
    """Find the regions of each sample that differ from the middle, with a rim around them."""
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    dot = np.ones((3, 3), np.uint8)
    out = np.zeros(seen.shape, np.bool_)
    for i, (far, where) in enumerate(zip(away, seen, strict=True)):
        mask = ((far > limit) & where).view(np.uint8)
        if mask.any():
            mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, dot)
            cv2.dilate(mask, rim, out[i].view(np.uint8))
    return out


def mean_of(samples: NDArray[np.uint8], use: Masks, other: Image) -> Image:
    """Take the mean of fewer than 256 samples, of those in use; where none is, ``other``."""
    total = np.zeros(samples.shape[1:], np.uint16)
    used = np.empty(samples.shape[1:], np.uint8)
    for sample, where in zip(samples, use, strict=True):
        used[:] = 0
        cv2.copyTo(sample, where.view(np.uint8), used)
        total += used
    count = how_many(use)
    none: AnyArray = (count == 0).view(np.uint8)
    shown = (count | none).astype(np.float32)
    image = cv2.convertScaleAbs(cv2.divide(total.astype(np.float32), cv2.merge([shown] * 3)))
    if none.any():
        cv2.copyTo(other, none, image)
    return np.asarray(image, np.uint8)


def measure_noise(placed: Sequence[Placed], size: tuple[int, int]) -> float:
    """Estimate how far a sample of the background lies from the median, grey levels (sigma)."""
    boxes = [b for b in tiles(size, 96) if min(b.size) == 96]
    rng = np.random.default_rng(0)
    found = []
    for i in rng.permutation(len(boxes))[:NOISE_TILES]:
        full = [one for one in placed if shows_all(one, boxes[i])]
        if len(full) < 3:
            continue
        samples = stack_of(full, boxes[i]).samples
        middle = median_of(samples)
        gap: AnyArray = np.stack([cv2.absdiff(sample, middle) for sample in samples])
        low, high = middle_two(gap.reshape(len(gap), -1))
        found.append(float(np.mean((low.astype(np.float64) + high) / 2)) * 1.48)
    return float(np.median(found)) if found else 3.0
