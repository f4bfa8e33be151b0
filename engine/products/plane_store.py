"""Stored planes of a move's frames, in memory that is used again: for others, then for pictures.

Memory that is new to a process is dear, for the system has to find it and to clear it: for fifty
pictures of 1080 lines that takes as long as to convert them. Pictures are made of frames that are
not wanted any more then, and what those took up is just what pictures need: in bytes, a picture is
two frames whose chroma is halved both ways.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

import numpy as np
from numpy.typing import NDArray

from engine.footage.reader import Planes
from engine.values import Image

CHANNELS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Slab:
    """Memory for a picture, or for the few frames that take as much."""

    memory: NDArray[np.uint8]
    frames: list[int | None]
    """What lies in each of its equal parts; None for nothing."""

    def part(self, place: int) -> NDArray[np.uint8]:
        size = len(self.memory) // len(self.frames)
        return self.memory[place * size : (place + 1) * size]


class PlaneStore:
    """Planes of frames of one kind and size."""

    def __init__(self) -> None:
        self._slabs: list[_Slab] = []
        self._held: dict[int, tuple[Planes, _Slab, int]] = {}
        """Planes, and where they lie."""

    def __len__(self) -> int:
        return len(self._held)

    @property
    def frames(self) -> frozenset[int]:
        """Which frames are held."""
        return frozenset(self._held)

    def size_of(self, count: int) -> int:
        """Give the bytes of so many held frames."""
        return count * (bytes_of(next(iter(self._held.values()))[0]) if self._held else 0)

    def planes(self, frame: int) -> Planes:
        """Give the planes of a held frame, until it is dropped or a picture's room is asked for."""
        return self._held[frame][0]

    def put(self, frame: int, planes: Planes) -> None:
        """Copy planes: a decoder never gives back what its frames take up."""
        self.drop(frame)
        free = self._places()
        self._lay(frame, planes, *(free[0] if free else (self._new_slab(planes), 0)))

    def drop(self, frame: int) -> None:
        """Let go of a frame; what it took up serves others."""
        if frame in self._held:
            _, slab, place = self._held.pop(frame)
            slab.frames[place] = None

    def keep(self, frames: Collection[int]) -> None:
        """Let go of all but some frames."""
        for frame in self.frames.difference(frames):
            self.drop(frame)

    def clear(self) -> None:
        """Let go of all frames and of the memory."""
        self._held.clear()
        self._slabs.clear()

    def give_back(self) -> None:
        """Let go of what holds no frame."""
        self._slabs = [slab for slab in self._slabs if _live(slab)]

    def room(self, width: int, height: int) -> Image:
        """Give memory for a picture: such as held frames, if there is any.

        Frames are moved to make room. Who holds the picture holds the memory.
        """
        size = width * height * CHANNELS
        slab = min(self._slabs, key=_live, default=None)
        if slab is None or len(slab.memory) < size or not self._emptied(slab):
            return np.empty((height, width, CHANNELS), np.uint8)
        self._slabs.remove(slab)
        return slab.memory[:size].reshape(height, width, CHANNELS)

    def _emptied(self, slab: _Slab) -> bool:
        """Move what lies in a slab elsewhere, where there is as much room."""
        frames = [frame for frame in slab.frames if frame is not None]
        free = [place for place in self._places() if place[0] is not slab]
        if len(free) < len(frames):
            return False
        for frame, place in zip(frames, free, strict=False):
            planes = self.planes(frame)
            self.drop(frame)
            self._lay(frame, planes, *place)
        return True

    def _places(self) -> list[tuple[_Slab, int]]:
        """Give the places that are free, of the fullest slabs first."""
        fullest = sorted(self._slabs, key=_live, reverse=True)
        return [(s, k) for s in fullest for k, frame in enumerate(s.frames) if frame is None]

    def _lay(self, frame: int, planes: Planes, slab: _Slab, place: int) -> None:
        copies, begin, room = [], 0, slab.part(place)
        for plane in planes:
            copy = room[begin : begin + plane.size].reshape(plane.shape)
            copy[:] = plane
            copies.append(copy)
            begin += plane.size
        slab.frames[place] = frame
        self._held[frame] = tuple(copies), slab, place

    def _new_slab(self, planes: Planes) -> _Slab:
        size = bytes_of(planes)
        count = -(-planes[0].size * CHANNELS // size)
        # Memory that could be shared with other processes takes half as long again to be had.
        memory = mmap(-1, size * count, MAP_PRIVATE | MAP_ANONYMOUS)
        slab = _Slab(np.frombuffer(memory, np.uint8), [None] * count)
        self._slabs.append(slab)
        return slab


def _live(slab: _Slab) -> int:
    """Count the frames in a slab."""
    return len(slab.frames) - slab.frames.count(None)


def bytes_of(planes: Planes) -> int:
    """Count the bytes of a frame."""
    return sum(plane.nbytes for plane in planes)
