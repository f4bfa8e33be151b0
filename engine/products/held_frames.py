"""A short move's frames, decoded once: looked at reduced, and held as they were stored until then.

Which frames a panorama is made of is known only when all have been looked at. To decode them
again takes longer than most of what is done with them. Where they are few enough, they are held
in the planes that they came in: half the size of pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

import numpy as np

from engine.footage.reader import FrameReader, Planes, SkimmingReader, WholeFrame
from engine.values import Frame, Image, Size

HELD = 380_000_000
"""Bytes of frames that are held: five seconds of 1080 lines."""
STORED = 1.5
"""Bytes of a frame for each of its pixels, as most are stored."""


class HeldFrames:
    """Gives some frames of a reader reduced first, then a part of them whole."""

    def __init__(self, reader: SkimmingReader, frames: Sequence[int]) -> None:
        self._reader = reader
        self._frames = frames
        self._held: dict[int, Planes] = {}
        self._like: WholeFrame | None = None

    @property
    def size(self) -> Size:
        """``(width, height)`` of a full frame."""
        return self._reader.size

    @property
    def scale(self) -> float:
        """Pixels of a full frame for each pixel of the source."""
        return self._reader.scale

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give those of ``frames`` that can be read."""
        return self._reader.available(frames)

    def reduced(self, long_side: int, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield those of the frames that lie in ``[start, stop)``, and hold them."""
        self._held.clear()
        frames = [f for f in self._frames if start <= f and (stop is None or f < stop)]
        whole, self._like = set(frames), None
        for number, image, full in self._reader.skim(frames, whole, long_side):
            if full is not None:
                self._like = self._like or full
                if self._has_room(full):
                    self._held[number] = _copied(full.planes)
                else:
                    whole.clear()
                    self._held.clear()
            yield Frame(number, 0.0, image)

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` at full size, without decoding where all are held."""
        wanted = {frame: self._held.pop(frame) for frame in frames if frame in self._held}
        width, height = self.size
        if _bytes_of(self._held.values()) + len(wanted) * width * height * 3 > HELD:
            self._held.clear()
        if self._like is None or len(wanted) < len(frames):
            wanted.clear()
            yield from self._reader.read(frames)
            return
        for frame in frames:
            yield frame, self._like.picture(wanted.pop(frame))

    def _has_room(self, full: WholeFrame) -> bool:
        """Tell whether a frame can be held; one that came in no planes took long to convert."""
        same = self._like is not None and full.kind == self._like.kind
        held = _bytes_of([full.planes, *self._held.values()])
        return same and len(full.planes) > 1 and held <= HELD


def _copied(planes: Planes) -> Planes:
    """Copy planes to memory of their own: a decoder never gives back what its frames take up."""
    # Memory that could be shared with other processes takes half as long again to be had.
    memory = mmap(-1, _bytes_of([planes]), MAP_PRIVATE | MAP_ANONYMOUS)
    copies, begin = [], 0
    for plane in planes:
        copy = np.frombuffer(memory, plane.dtype, plane.size, begin).reshape(plane.shape)
        copy[:] = plane
        copies.append(copy)
        begin += plane.nbytes
    return tuple(copies)


def _bytes_of(frames: Iterable[Planes]) -> int:
    return sum(plane.nbytes for planes in frames for plane in planes)


def holding(reader: FrameReader, frames: Sequence[int]) -> FrameReader:
    """Give a reader that decodes ``frames`` once, where that is possible in bounded memory."""
    width, height = reader.size
    fits = len(frames) * width * height * STORED <= HELD
    return HeldFrames(reader, frames) if fits and isinstance(reader, SkimmingReader) else reader
