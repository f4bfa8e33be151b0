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
    furthest,
    how_many,
    shows_all,
    stack_of,
    tiles,
)
from engine.products.temporal import median_of, middle_two
from engine.values import AnyArray, Box, Image, Mask

Masks = NDArray[np.bool_]

RIM = 3
"""Pixels around what is in front that show some of it."""
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
    behind: Mask | None = None
    if covered is not None and how in ("clean", "seams"):
        free: Masks = seen > covered
        behind = np.asarray(free.any(axis=0), np.bool_)
        seen = _or_else(free, seen)
    count = how_many(seen)
    # A whole number: to compare grey levels with a fraction takes four times as long.
    limit = int(np.clip(4 * noise + 3, 6, 30))
    sums = _sums_of(stack.samples, seen)
    # Where all samples are alike, none lies far from the middle, whatever that is.
    unlike = (count == 0) | (furthest(sums.high, sums.low) > limit)
    if how == "median":
        unlike[:] = True
    doubtful = _Doubtful.of(stack.samples, seen, np.flatnonzero(unlike), limit)
    inliers = count.copy()
    inliers.reshape(-1)[doubtful.pixels] = how_many(doubtful.near)
    if behind is not None:
        # Nothing vouches for the background where nobody saw it.
        inliers *= behind
    if how == "median":
        image = doubtful.middle.reshape(stack.samples.shape[1:])
    else:
        left = count.copy()
        if how != "mean":
            _leave_out_foreground(stack.samples, seen, doubtful, sums.total, left)
        image = _mean(sums.total, left)
        _fill(image, np.flatnonzero(left == 0), stack.samples, seen, doubtful)
    return Sheet(box, image, views, count, inliers)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the samples of a tile come to, of those that are seen; ``(h, w, 3)`` each."""

    low: Image
    high: Image
    total: NDArray[np.uint16]


def _sums_of(samples: NDArray[np.uint8], seen: Masks) -> _Sums:
    """Find the lowest and the highest of fewer than 256 samples, and add them up."""
    shape = samples.shape[1:]
    low, high = np.full(shape, 255, np.uint8), np.zeros(shape, np.uint8)
    total = np.zeros(shape, np.uint16)
    for sample, where in zip(samples, seen, strict=True):
        mask = where.view(np.uint8)
        part = _extent(mask)
        if part is None:
            continue
        least = most = sample[part]
        mask = mask[part]
        if cv2.countNonZero(mask) < mask.size:
            most = cv2.copyTo(least, mask, np.zeros_like(least))
            least = cv2.copyTo(least, mask, np.full_like(least, 255))
        cv2.min(low[part], least, low[part])
        cv2.max(high[part], most, high[part])
        total[part] += most
    return _Sums(low, high, total)


def _extent(mask: NDArray[np.uint8], margin: int = 0) -> tuple[slice, slice] | None:
    """Give the rows and columns that a mask reaches, and some more; None for an empty one."""
    x, y, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    rows = slice(max(0, y - margin), y + height + margin)
    return rows, slice(max(0, x - margin), x + width + margin)


@dataclass(frozen=True, slots=True)
class _Doubtful:
    """The P pixels of a tile at which its n samples are not alike."""

    pixels: NDArray[np.intp]
    """Ascending."""
    middle: AnyArray
    """``(P, 3)``: the median of the samples."""
    far: Masks
    """``(n, P)``: samples that lie further from it than noise explains."""
    near: Masks
    """``(n, P)``: those that do not."""

    @classmethod
    def of(
        cls, samples: NDArray[np.uint8], seen: Masks, pixels: NDArray[np.intp], limit: int
    ) -> _Doubtful:
        values = samples.reshape(len(samples), -1, 3).take(pixels, axis=1)
        shown = seen.reshape(len(seen), -1).take(pixels, axis=1)
        middle = median_of(values[:, None], shown[:, None])[0] if len(pixels) else values[0]
        far = np.zeros(shown.shape, np.bool_)
        for out, value in zip(far, values, strict=True):
            if len(pixels):
                np.greater(furthest(value[None], middle[None])[0], limit, out=out)
        return cls(pixels, middle, far & shown, shown > far)


def _leave_out_foreground(
    samples: NDArray[np.uint8],
    seen: Masks,
    doubtful: _Doubtful,
    total: NDArray[np.uint16],
    left: NDArray[np.uint8],
) -> None:
    """Take what lies far from the middle, and regions of it with a rim, out of the sums."""
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1))
    dot = np.ones((3, 3), np.uint8)
    mask = np.zeros(left.shape, np.uint8)
    for sample, where, far in zip(samples, seen, doubtful.far, strict=True):
        mask.reshape(-1)[doubtful.pixels] = far
        part = _extent(mask, RIM)
        if part is None:
            continue
        own = mask[part]
        core = cv2.morphologyEx(own, cv2.MORPH_OPEN, dot)
        gone = np.asarray(cv2.dilate(core, rim), np.uint8)
        gone |= own
        gone &= where[part].view(np.uint8)
        left[part] -= gone
        lost = cv2.copyTo(sample[part], gone, np.zeros_like(sample[part]))
        total[part] -= np.asarray(lost, np.uint8)


def _mean(total: NDArray[np.uint16], count: NDArray[np.uint8]) -> Image:
    shown = np.maximum(count, 1).astype(np.float32)
    mean = cv2.divide(total.astype(np.float32), cv2.merge([shown] * 3))
    return np.asarray(cv2.convertScaleAbs(mean), np.uint8)


def _fill(
    image: Image,
    pixels: NDArray[np.intp],
    samples: NDArray[np.uint8],
    seen: Masks,
    doubtful: _Doubtful,
) -> None:
    """Where all samples were left out, take those near the middle all the same, or that."""
    if not len(pixels):
        return
    near = seen.reshape(len(seen), -1).take(pixels, axis=1)
    at = np.searchsorted(doubtful.pixels, pixels)
    at = np.minimum(at, max(0, len(doubtful.pixels) - 1))
    told = doubtful.pixels[at] == pixels
    near[:, told] = doubtful.near[:, at[told]]
    values = samples.reshape(len(samples), -1, 3).take(pixels, axis=1)
    total = (values * near[..., None]).sum(axis=0, dtype=np.uint16)
    count = how_many(near)
    mean = _mean(total[None], count[None])[0]
    none = count == 0
    mean[none] = doubtful.middle[at[none]]
    image.reshape(-1, 3)[pixels] = mean


def _or_else(some: Masks, others: Masks) -> Masks:
    """Give some masks; where none of them holds a pixel, the others."""
    none = ~some.any(axis=0)
    return some | (others & none) if none.any() else some


def with_subject(sheet: Sheet, sample: Image, mask: NDArray[np.bool_]) -> Sheet:
    """Put what one frame shows in front of the background back, with a soft rim."""
    if not mask.any():
        return sheet
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)[..., None]
    mixed = sheet.image + (sample.astype(np.float32) - sheet.image) * alpha
    return replace(sheet, image=np.clip(np.rint(mixed), 0, 255).astype(np.uint8))


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
