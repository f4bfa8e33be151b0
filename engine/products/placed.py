"""Frames placed on a canvas, and their samples of a part of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.at_once import at_once
from engine.products.lanczos import enlarged, shifted
from engine.products.reduction import reduce_to
from engine.values import AnyArray, Box, Image, Mask

TILE = 384
MARGIN = 12
"""Pixels around a tile that are worked on too, so that regions do not end at its border."""
SNAP = 0.04
"""A frame this near to whole pixels is copied, not resampled."""
AS_FINE = 0.15
"""Share by which grey frames may be reduced by more or by less, and be lined up as well."""


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
    rough: bool = False
    """Only to be looked at: drawn by the fastest means where its scale is not 1."""

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
class Stack:
    """Samples of one tile: pictures, and where each is seen."""

    rows: tuple[int, ...]
    """Which of the placed frames they come from."""
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


def stack_of(placed: Sequence[Placed], box: Box, *, every: bool = False) -> Stack:
    """Resample every frame that covers part of ``box`` (or just every frame) into it."""
    rows = [i for i, one in enumerate(placed) if every or _touches(one, box)]
    samples = np.zeros((len(rows), box.height, box.width, 3), np.uint8)
    seen = np.zeros(samples.shape[:3], np.bool_)

    def add(k: int) -> None:
        seen[k] = seen_in(placed[rows[k]], box)
        _draw(placed[rows[k]], box, samples[k])

    at_once(add, range(len(rows)))
    if any(placed[i].hidden is not None for i in rows):
        # What is burnt in is better than a hole.
        never = ~seen.any(axis=0)
        for k, i in enumerate(rows):
            seen[k] |= seen_in(replace(placed[i], hidden=None), box) & never
    return Stack(tuple(rows), samples, seen)


def furthest(a: AnyArray, b: AnyArray) -> NDArray[np.uint8]:
    """Give the largest difference of any channel of two ``(h, w, 3)`` pictures, ``(h, w)``."""
    blue, green, red = cv2.split(cv2.absdiff(a, b))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes share a pixel."""
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def how_many(masks: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Count how many of fewer than 256 masks ``(n, h, w)`` hold each pixel."""
    return np.asarray(masks.view(np.uint8).sum(axis=0, dtype=np.uint8))


def part_of(one: Placed, box: Box) -> Box | None:
    """Give the part of ``box`` that a placed picture touches, in pixels of the canvas."""
    left, top, right, bottom = one.box
    x, y = max(box.x, int(np.floor(left))), max(box.y, int(np.floor(top)))
    right, bottom = min(box.right, int(np.ceil(right))), min(box.bottom, int(np.ceil(bottom)))
    return Box(x, y, right - x, bottom - y) if right > x and bottom > y else None


def _touches(one: Placed, box: Box) -> bool:
    left, top, right, bottom = one.box
    return (
        left <= box.right - 1
        and top <= box.bottom - 1
        and right >= box.x + 1
        and bottom >= box.y + 1
    )


def reduced(one: Placed, step: float, *, grey: bool = False) -> Placed:
    """Give a placed frame for a canvas ``step`` times as small, without aliasing."""
    height, width = one.image.shape[:2]
    shrink = max(1.0, step / one.scale)
    if grey and abs(shrink - round(shrink)) < AS_FINE * shrink:
        # By a whole number, which takes a fraction of the time.
        shrink = float(round(shrink))
    small = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    image = cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY) if grey else one.image
    image = np.asarray(reduce_to(image, small), np.uint8)
    scale = one.scale / step * width / small[0]
    # The height may round the other way: hold the centre.
    top = one.top / step + (height * one.scale / step - small[1] * scale) / 2
    return Placed(one.frame, image, one.left / step, top, scale, one.gain, one.hidden, True)


def blank(one: Placed) -> Placed:
    """Give a placed picture's place alone: a black picture of its size, which takes no memory."""
    return replace(one, image=np.broadcast_to(np.uint8(0), one.image.shape))


def resample(one: Placed, box: Box) -> Image:
    """Draw the part of a placed picture that lies in ``box``, Lanczos, once.

    Returns
    -------
    (h, w, 3) uint8 array, or (h, w) of a grey picture
        Black where the picture does not reach.
    """
    if part_of(one, box) == box:
        return _drawn(one, box)
    whole = np.zeros((box.height, box.width, *one.image.shape[2:]), np.uint8)
    _draw(one, box, whole)
    return whole


def _draw(one: Placed, box: Box, black: AnyArray) -> None:
    """Draw the part of a placed picture that lies in ``box`` into a black picture of that."""
    part = part_of(one, box)
    if part is not None:
        inner = Box(part.x - box.x, part.y - box.y, part.width, part.height)
        black[inner.slices] = _drawn(one, part)


def _drawn(one: Placed, box: Box) -> Image:
    x, y = one.left - box.x, one.top - box.y
    if one.scale == 1.0:
        return _lit(shifted(one.image, (-snapped(x), -snapped(y)), box.size), one.gain)
    # Pixel centres: canvas + 0.5 = place + scale * (pixel + 0.5).
    half = (one.scale - 1) / 2
    if not one.rough:
        corner = -(x + half) / one.scale, -(y + half) / one.scale
        return _lit(enlarged(one.image, corner, one.scale, box.size), one.gain)
    drawn = cv2.warpAffine(
        one.image,
        np.array([[one.scale, 0, x + half], [0, one.scale, y + half]]),
        box.size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return _lit(drawn, one.gain)


def _lit(drawn: AnyArray, gain: float) -> Image:
    if abs(gain - 1) > 0.002:
        drawn = cv2.convertScaleAbs(drawn, alpha=gain)
    return np.asarray(drawn, np.uint8)


def snapped(value: float) -> float:
    """Round what lies so near to a whole pixel that resampling would only blur."""
    return float(round(value)) if abs(value - round(value)) < SNAP else value


def shows_all(one: Placed, box: Box) -> bool:
    """Say whether every pixel of ``box`` lies wholly in a placed picture and shows no overlay."""
    left, top, right, bottom = one.box
    inside = left - SNAP <= box.x and top - SNAP <= box.y
    inside = inside and right + SNAP >= box.right and bottom + SNAP >= box.bottom
    return inside and (one.hidden is None or bool(seen_in(one, box).all()))


def moved(one: Placed, way: NDArray[np.float64]) -> Placed:
    """Give a picture as it would lie ``way`` (x, y), canvas pixels, from where it does."""
    return replace(one, left=one.left + float(way[0]), top=one.top + float(way[1]))


def seen_in(one: Placed, box: Box) -> Mask:
    """Say which pixels of ``box`` lie wholly in a placed picture and show no overlay."""
    left, top, right, bottom = one.box
    mask = np.zeros((box.height, box.width), np.bool_)
    x0, y0 = int(np.ceil(left - SNAP)) - box.x, int(np.ceil(top - SNAP)) - box.y
    x1, y1 = int(np.floor(right + SNAP)) - box.x, int(np.floor(bottom + SNAP)) - box.y
    shown = slice(max(0, y0), max(0, y1)), slice(max(0, x0), max(0, x1))
    mask[shown] = True
    if one.hidden is not None and mask[shown].size:
        height, width = one.image.shape[:2]
        fx = width * one.scale / one.hidden.shape[1]
        fy = height * one.scale / one.hidden.shape[0]
        part = mask[shown]
        x, y = left - box.x - shown[1].start, top - box.y - shown[0].start
        move = np.array([[fx, 0, x + (fx - 1) / 2], [0, fy, y + (fy - 1) / 2]])
        hidden = cv2.warpAffine(
            one.hidden.astype(np.uint8),
            move,
            part.shape[::-1],
            flags=cv2.INTER_NEAREST,
        )
        part &= hidden == 0
    return mask
