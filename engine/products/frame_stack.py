"""The frames of a still shot, read once: all of them reduced, as many as fit in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engine.events import Advanced, Work
from engine.footage.reader import FrameReader
from engine.values import AnyArray, Box, Image, Luma, Size

MOST_FRAMES = 160
"""Frames that are looked at; of a longer shot, that many spread evenly."""

HELD_BYTES = 165_000_000
"""What the frames kept at full size may take in memory."""

_SMALL_SIDE = 480  # pixels: the longer side of the reduced frames
_GREY_SIDE = 720  # pixels: the longer side of the frames that are lined up


@dataclass(frozen=True, slots=True)
class FrameStack:
    """Frames of one shot at three sizes, in order."""

    frames: tuple[int, ...]
    """Their numbers."""
    small: AnyArray
    """``(N, h, w, 3)`` uint8."""
    greys: list[Luma]
    held: dict[int, Image]
    """The frames that fit in memory at full size, by position in ``frames``."""
    size: Size
    """Of the frames at full size."""

    @property
    def small_scale(self) -> float:
        """Pixels of a reduced frame for each of the full one."""
        return float(self.small.shape[2] / self.size[0])

    @property
    def grey_scale(self) -> float:
        """Pixels of a grey frame for each of the full one."""
        return min(1.0, _GREY_SIDE / max(self.size))


def thinned(frames: Sequence[int], most: int) -> tuple[int, ...]:
    """Give at most ``most`` of ``frames``, evenly spread, first and last among them."""
    if len(frames) <= most:
        return tuple(frames)
    return tuple(frames[i] for i in np.linspace(0, len(frames) - 1, most).round().astype(int))


def gather(reader: FrameReader, frames: Sequence[int], picture: Box) -> Work[FrameStack]:
    """Read ``frames`` and keep the part ``picture`` (pixels of the reader) of each."""
    frames = thinned(frames, MOST_FRAMES)
    bytes_each = picture.width * picture.height * 3
    step = -(-len(frames) * bytes_each // HELD_BYTES)
    scale = min(1.0, _SMALL_SIDE / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = np.empty((len(frames), size[1], size[0], 3), np.uint8)
    greys: list[Luma] = []
    held: dict[int, Image] = {}
    for position, (_, image) in enumerate(reader.read(frames)):
        view = image[picture.slices]
        small[position] = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(_reduced(view, _GREY_SIDE), cv2.COLOR_BGR2GRAY)
        greys.append(np.asarray(grey, np.uint8))
        if (position - len(frames) // 2) % step == 0:
            held[position] = np.ascontiguousarray(view)
        yield Advanced("reading the shot", position + 1, len(frames))
    return FrameStack(tuple(frames), small, greys, held, picture.size)


def _reduced(picture: Image, longest: int) -> Image:
    height, width = picture.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
