"""The frames of a still shot, read once: all of them reduced, as many as fit in full."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engine.events import Advanced, Work
from engine.footage.reader import ConvertedFrame, FrameReader, SkimmingReader, WholeFrame
from engine.products.full_frames import FullFrames
from engine.products.reduction import Reduction
from engine.values import AnyArray, Box, Image, Luma, Size

MOST_FRAMES = 96
"""Frames that are looked at; of a longer shot, that many spread evenly."""

HELD_BYTES = 120_000_000
"""What the frames kept at full size may take in memory."""

_MOST_HELD = 40
"""Frames kept at full size at most: more take out no more noise that could be seen."""

_FEWEST_HELD = 16  # the same where an answer is awaited
_SMALL_SIDE = 480  # pixels: the longer side of the reduced frames
_SMALLEST_SIDE = 320  # the same where the frames are reduced already, and an answer is awaited
_GREY_SIDE = 720  # pixels: the longer side of the frames that are lined up


@dataclass(frozen=True, slots=True)
class FrameStack:
    """Frames of one shot at three sizes, in order."""

    frames: tuple[int, ...]
    """Their numbers."""
    small: AnyArray
    """``(N, h, w, 3)`` uint8."""
    greys: list[Luma]
    full: FullFrames
    """Those that fit in memory at full size, by position in ``frames``."""
    placed: set[int]
    """Positions of those that were put in the plate's place and light."""
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


def evenly(count: int, most: int) -> list[int]:
    """Give at most ``most`` of ``count`` positions, evenly spread, first and last among them."""
    return [int(place) for place in np.unique(np.linspace(0, count - 1, most).astype(int))]


def thinned(frames: Sequence[int], most: int) -> tuple[int, ...]:
    """Give at most ``most`` of ``frames``, evenly spread, first and last among them."""
    if len(frames) <= most:
        return tuple(frames)
    return tuple(frames[i] for i in np.linspace(0, len(frames) - 1, most).round().astype(int))


def gather(reader: FrameReader, frames: Sequence[int], picture: Box) -> Work[FrameStack]:
    """Read ``frames`` and keep the part ``picture`` (pixels of the reader) of each."""
    frames = thinned(frames, MOST_FRAMES)
    most = _MOST_HELD if reader.scale == 1 else _FEWEST_HELD
    held_most = min(most, max(1, HELD_BYTES * 2 // (picture.width * picture.height * 3)))
    position_of = {frame: position for position, frame in enumerate(frames)}
    # The middle of each of as many parts of the shot.
    parts = min(held_most, len(frames))
    whole = {frames[(2 * part + 1) * len(frames) // (2 * parts)] for part in range(parts)}
    size = _fitted(picture.size, _SMALL_SIDE if reader.scale == 1 else _SMALLEST_SIDE)
    small = np.empty((len(frames), size[1], size[0], 3), np.uint8)
    greys: list[Luma] = []
    # In one piece, as large ones come from the system in a fraction of the time that many take.
    room = iter(np.empty((len(frames), *_fitted(picture.size, _GREY_SIDE)[::-1]), np.uint8))
    reduction = Reduction(_fitted(picture.size, _GREY_SIDE), size)
    kept = FullFrames(picture, HELD_BYTES)
    for frame, reduced, full in _views(reader, frames, whole, picture):
        position = position_of[frame]
        reduction.reduce(reduced, small[position])
        grey = next(room)
        cv2.cvtColor(reduced, cv2.COLOR_BGR2GRAY, dst=grey)
        greys.append(grey)
        if full is not None:
            kept.add(position, full)
        yield Advanced("reading the shot", position + 1, len(frames))
    if isinstance(reader, SkimmingReader):
        reader.rest()
    return FrameStack(tuple(frames), small, greys, kept, set(), picture.size)


def _views(
    reader: FrameReader, frames: Sequence[int], whole: Collection[int], picture: Box
) -> Iterator[tuple[int, Image, WholeFrame | None]]:
    """Yield each frame's picture reduced, and the whole frame if it is one of ``whole``."""
    size = _fitted(picture.size, _GREY_SIDE)
    if isinstance(reader, SkimmingReader):
        longest = max(reader.size)
        long_side = min(longest, -(-longest * max(size) // max(picture.size)))
        for frame, reduced, full in reader.skim(frames, whole, long_side):
            view = _cropped(reduced, reader.size, picture, size)
            yield frame, view, full
        return
    for frame, image in reader.read(frames):
        part = image[picture.slices]
        reduced = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        yield frame, reduced, ConvertedFrame(image) if frame in whole else None


def _fitted(size: Size, longest: int) -> Size:
    """Give ``size`` reduced to a longer side of ``longest``, never enlarged."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _cropped(reduced: Image, whole: Size, picture: Box, size: Size) -> Image:
    """Cut ``picture`` (pixels of the whole frame) out of a reduced frame, to fit ``size``.

    Not to the nearest pixel: the masks made here are laid over full frames.
    """
    height, width = reduced.shape[:2]
    if (width, height) == size and picture.size == whole:
        return reduced
    grown = picture.width / size[0], picture.height / size[1]
    shrunk = width / whole[0], height / whole[1]
    across, down = grown[0] * shrunk[0], grown[1] * shrunk[1]
    left = (picture.x + grown[0] / 2) * shrunk[0] - 0.5
    top = (picture.y + grown[1] / 2) * shrunk[1] - 0.5
    move = np.array([[across, 0, left], [0, down, top]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(reduced, move, size, flags=flags, borderMode=border), np.uint8)
