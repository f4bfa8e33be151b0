"""Whether a person would call two crops the same picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.contrast import levels_apart
from engine.products.squares import MOST_OVERLAP, Square
from engine.values import AnyArray, Image, Luma

_SAME_BITS = 13
"""Hash bits (of 63) by which codec noise and small moves differ at most."""

_SAME_COLOUR = 14.0
"""Mean difference of colour, grey levels: a scene relit or repainted is another picture."""

_FOUND = 0.65
"""Correlation from which a patch counts as found again in another picture."""

_DIFFERS = 28
"""Grey levels by which a place has changed."""

_MOST_DIFFERENT = 0.35
"""Share of a place that may change before it is another picture."""

_SAME_AGAIN = 10
"""Hash bits by which a picture that comes back differs at most."""

_CHANGED, _CHANGED_FACE = 0.12, 0.02
"""Share of a picture that may have changed when it comes back; of a face, hardly any."""

_SEARCH_SIDE = 200
"""Long side of the pictures that are searched, pixels."""


@dataclass(frozen=True)
class Look:
    """A crop and the picture that it comes from, as they are compared."""

    square: Square
    picture: Image
    """The crop's base, reduced: shared by all its crops."""
    scale: float
    """Pixels of ``picture`` for each pixel that ``square`` counts."""
    origin: tuple[float, float] | None = None
    """Where the base's top left corner lies among the frames of its scene, in the pixels that
    ``square`` counts; None where it is not known."""

    @cached_property
    def patch(self) -> Image:
        """The crop, 64 by 64."""
        cut = self.picture[self.area.slices]
        return np.asarray(cv2.resize(cut, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)

    @cached_property
    def area(self) -> Square:
        """The square in ``picture``."""
        height, width = self.picture.shape[:2]
        side = max(4, min(round(self.square.side * self.scale), height, width))
        x = min(round(self.square.x * self.scale), width - side)
        return Square(x, min(round(self.square.y * self.scale), height - side), side)

    @cached_property
    def hash(self) -> NDArray[np.bool_]:
        """63 bits: the signs of the slowest cosines against their median."""
        return hash_patch(self.patch)

    @cached_property
    def grey(self) -> Luma:
        """The base in grey, smoothed: moves are not whole pixels of a reduced picture."""
        grey = cv2.cvtColor(self.picture, cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.uint8)


def hash_patch(patch: Image) -> NDArray[np.bool_]:
    """Hash a small picture: the signs of its slowest cosines against their median, 63 bits."""
    grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = np.asarray(cv2.dct(small))[:8, :8].ravel()[1:]
    return np.asarray(waves > np.median(waves), np.bool_)


def search_scale(image: Image) -> float:
    """Give the scale at which a base is searched for another's crops."""
    height, width = image.shape[:2]
    return float(min(1.0, _SEARCH_SIDE / max(height, width)))


def show_the_same(one: Look, other: Look) -> bool:
    """Whether two crops of one scene show the same: by place where it is found again, or look.

    Notes
    -----
    The crop's middle is searched for in the other's base; where it is found, the squares are
    compared in the other's coordinates. That holds for held frames, pans and panoramas alike. A
    perceptual hash with a colour check catches what has moved on its own.
    """
    if one.picture is other.picture:
        return one.square.overlap(other.square) > MOST_OVERLAP
    if one.origin is not None and other.origin is not None and _same_place(one, other):
        return True
    for this, that in ((one, other), (other, one)):
        found = _find(this, that)
        if found is not None and found.overlap(that.area) > MOST_OVERLAP:
            return True
    bits = int((one.hash != other.hash).sum())
    if bits > _SAME_BITS:
        return False
    gap = np.abs(one.patch.mean(axis=(0, 1)) - other.patch.mean(axis=(0, 1)))
    return float(gap.max()) < _SAME_COLOUR


def _same_place(one: Look, other: Look) -> bool:
    """Whether two crops share much of a place of their scene, and most of what is to see there.

    What moves in front of it, a person who walks by, may differ.
    """
    (x, y), (other_x, other_y) = one.origin or (0, 0), other.origin or (0, 0)
    here = one.square.x + x, one.square.y + y, one.square.side
    there = other.square.x + other_x, other.square.y + other_y, other.square.side
    left, top = max(here[0], there[0]), max(here[1], there[1])
    right = min(here[0] + here[2], there[0] + there[2])
    bottom = min(here[1] + here[2], there[1] + there[2])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    if shared <= MOST_OVERLAP * (here[2] ** 2 + there[2] ** 2 - shared):
        return False
    patches = []
    for look, dx, dy in ((one, x, y), (other, other_x, other_y)):
        columns = slice(round((left - dx) * look.scale), round((right - dx) * look.scale))
        rows = slice(round((top - dy) * look.scale), round((bottom - dy) * look.scale))
        cut = look.picture[rows, columns]
        if min(cut.shape[:2]) < 4:
            return False
        patch = cv2.resize(cut, (48, 48), interpolation=cv2.INTER_AREA)
        patches.append(np.asarray(patch, np.uint8))
    differs = levels_apart(*patches) > _DIFFERS
    return float(differs.mean()) < _MOST_DIFFERENT


def _find(one: Look, other: Look) -> Square | None:
    """Find a crop again in the other's base; None where it does not show."""
    rim = one.area.side // 6
    middle = Square(one.area.x + rim, one.area.y + rim, max(4, one.area.side - 2 * rim))
    patch = one.grey[middle.slices]
    ratio = other.scale / one.scale
    side = round(patch.shape[0] * ratio)
    if min(other.grey.shape) < side or side < 8 or float(patch.std()) < 2:
        return None
    if abs(ratio - 1) > 0.01:
        patch = np.asarray(cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    _, best, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(other.grey, patch, cv2.TM_CCOEFF_NORMED))
    if best < _FOUND:
        return None
    whole = round(one.area.side * ratio)
    return Square(x - round(rim * ratio), y - round(rim * ratio), whole)


def find_alike(patches: Iterable[tuple[Image, bool]]) -> list[int | None]:
    """Find crops of other scenes that show the same: a shot that comes back, a held picture.

    Parameters
    ----------
    patches : iterable of ((64, 64, 3) uint8 array, bool)
        The crops, the best first, and which of them are of faces: those are wanted again for
        another expression. Only those that are like none before are held in memory.

    Returns
    -------
    list of int or None
        For each the first before it that it is like and that is like none itself.
    """
    like: list[int | None] = []
    kept: list[tuple[int, AnyArray]] = []
    hashes = np.empty(64, np.uint64)
    for place, (patch, is_face) in enumerate(patches):
        mine, smooth = _packed(hash_patch(patch)), cv2.GaussianBlur(patch, (0, 0), 1.0)
        near = np.flatnonzero(np.bitwise_count(hashes[: len(kept)] ^ mine) <= _SAME_AGAIN)
        most = _CHANGED_FACE if is_face else _CHANGED
        found = (kept[index] for index in near)
        first = next((other for other, look in found if _changed(smooth, look) < most), None)
        like.append(first)
        if first is None:
            if len(kept) == len(hashes):
                hashes = np.concatenate([hashes, np.empty_like(hashes)])
            hashes[len(kept)] = mine
            kept.append((place, smooth))
    return like


def _packed(bits: NDArray[np.bool_]) -> np.uint64:
    """Put up to 64 bits into one number."""
    eights = np.zeros(8, np.uint8)
    packed = np.packbits(bits)
    eights[: len(packed)] = packed
    return np.uint64(eights.view(np.uint64)[0])


def _changed(one: AnyArray, other: AnyArray) -> float:
    """Give the share of a picture that has changed."""
    return float((levels_apart(one, other) > _DIFFERS).mean())
