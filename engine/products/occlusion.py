"""Which frames show something in front of the background, and where.

Worked out on a reduced canvas that is looked at whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.choices import Choices, decide_background
from engine.products.nearer import Nearer, find_nearer
from engine.products.passers import window_of, without_passers
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
TILE = 128
"""Side of the parts of which the median is taken at once, reduced pixels."""

RIM = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
"""Reduced pixels around what is in front that show some of it."""


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
        shown = _clear_of(nearer, seen)
        behind = _median(samples, shown, parts)
        background = np.where(how_many(shown)[..., None] > 0, behind, background)
    away = _away(samples, background, parts)
    limit = _limit(away, shown)
    count = how_many(shown)
    agree = how_many((away <= limit) & shown)
    active = (agree < 0.9 * count) & (count >= 3)
    if active.any():
        pixels = _along(active)
        values = samples.reshape(len(samples), -1, 3).take(pixels, axis=1)
        choices = Choices.of(values, shown.reshape(len(shown), -1).take(pixels, axis=1), limit)
        chosen = decide_background(choices, active, pixels)
        background.reshape(-1, 3)[pixels] = choices.colour(values, chosen)
        away = _away(samples, background, parts)
        if nearer is None:
            window = window_of(placed, coarse.step)
            mended = without_passers(samples, seen, background, away, limit, window)
            if mended is not background:
                background, away = mended, _away(samples, mended, parts)
    covered = np.zeros(seen.shape, np.bool_)

    def mark(i: int) -> None:
        part = parts[i]
        here = seen[i][part.slices]
        mask = ((away[i][part.slices] > limit) & here).view(np.uint8)
        if nearer is not None:
            mask |= nearer[i][part.slices].view(np.uint8)
        if mask.any():
            mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, RIM)
            covered[i][part.slices] = cv2.dilate(mask, RIM).view(np.bool_)

    at_once(mark, range(len(parts)))
    if nearer is not None:
        # A strip that few frames saw behind a trunk is not to be lost to the rim around that.
        strip = (how_many(seen & ~covered) == 0) & (count > 0)
        covered[:, strip] = (nearer | ((away > limit) & seen))[:, strip]
    return Occlusion(coarse.step, background, covered, seen, nearer)


def _clear_of(nearer: NDArray[np.bool_], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say what each frame shows at some distance from what is nearer, or beside it at least.

    Along an edge where the camera rests, most frames show the same blend of both.
    """
    wide = np.stack([cv2.dilate(one.view(np.uint8), RIM).view(np.bool_) for one in nearer])
    clear = seen & ~wide
    return np.where(clear.any(axis=0), clear, seen & ~nearer)


def _along(active: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Give the numbers of the active pixels, in order along the longer side of the canvas.

    So few frames see what is grouped at once.
    """
    height, width = active.shape
    if height >= width:
        return np.flatnonzero(active)
    columns, rows = np.nonzero(active.T)
    pixels: NDArray[np.intp] = rows * width + columns
    return pixels


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
