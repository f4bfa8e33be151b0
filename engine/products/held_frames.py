"""A move's frames, decoded once: looked at reduced, and held as they were stored until then.

Where the picture lies in them, where the move is, and which frames a panorama is made of is known
only when all have been looked at, each time anew. To decode them again takes longer than most of
what is done with them. So they are held in the planes that they came in, half the size of pictures;
of a long move, as many as there is room for, spread over it: it is drawn from a few of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import TypeVar

from engine.footage.reader import (
    AroundReader,
    FrameReader,
    PlanarFrame,
    SkimmingReader,
    WholeFrame,
)
from engine.products.at_once import at_once
from engine.products.plane_store import PlaneStore, bytes_of
from engine.products.views import ENDS
from engine.values import Frame, Image, Size

HELD = 380_000_000
"""Bytes of frames that are held: five seconds of 1080 lines."""
STORED = 1.5
"""Bytes of a frame for each of its pixels, as most are stored."""
_GLANCE = 64
"""Long side of reduced frames that nobody looks at, pixels."""
_TOGETHER = 8
"""Frames that are converted or reduced before any of them is given."""

Item = TypeVar("Item")


class HeldFrames(AroundReader[SkimmingReader]):
    """Gives some frames of a reader reduced, as often as is wanted, then a part of them whole."""

    def __init__(self, reader: SkimmingReader, frames: Sequence[int]) -> None:
        super().__init__(reader)
        self._frames = frames
        self._held = PlaneStore()
        self._fits = True
        """As far as is known."""
        self._like: PlanarFrame | None = None
        self._groups: Sequence[Sequence[int]] = ()
        self._spares = False
        """Whether to hold one frame of a group only, where not all can be held."""

    def hold_one_of(self, groups: Sequence[Sequence[int]]) -> None:
        """Hold one frame of each group, where not all can be held, in the next pass.

        Of as many groups as there is room for; which frame, :meth:`let_go` tells of the others.
        """
        self._groups = groups

    def let_go(self, frame: int) -> None:
        """Take note that another frame of a group is used."""
        if self._spares:
            self._held.drop(frame)

    def reduced(
        self, long_side: int, start: int = 0, stop: int | None = None
    ) -> Generator[Frame, None, None]:
        """Yield those of the frames that lie in ``[start, stop)``, and hold them only."""
        frames = [f for f in self._frames if start <= f and (stop is None or f < stop)]
        self._held.keep(frames)
        if self._like is not None and len(self._held) == len(frames):
            yield from self._held_reduced(self._like, frames, long_side)
            return
        self._held.clear()
        whole, self._like = self._chosen(frames) if self._fits else set(), None
        for number, image, full in self._reader.skim(frames, whole, long_side):
            if full is not None:
                if isinstance(full, PlanarFrame) and self._has_room(full):
                    self._like = self._like or full
                    self._held.put(number, full.planes)
                else:
                    self._fits = False
                    whole.clear()
                    self._held.clear()
            yield Frame(number, 0.0, image)

    def _held_reduced(
        self, like: PlanarFrame, frames: Sequence[int], long_side: int
    ) -> Iterator[Frame]:
        def reduce(number: int) -> Frame:
            return Frame(number, 0.0, like.reduced(self._held.planes(number), long_side))

        for start in range(0, len(frames), _TOGETHER):
            yield from at_once(reduce, frames[start : start + _TOGETHER])

    def _chosen(self, frames: Sequence[int]) -> set[int]:
        """Choose what to hold of ``frames``: all, some of them, or of some groups of them."""
        chosen = _fitting(frames, self.size)
        self._spares = 0 < len(chosen) < len(frames) and len(self._groups) > 0
        if not self._spares:
            return set(chosen)
        # Of a group, two are held until it is known which is used.
        groups = _fitting(self._groups, self.size, besides=1)
        return {frame for group in groups for frame in group}.intersection(frames)

    def glance(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield what :meth:`read` does, and go on holding all frames."""
        if not len(self._held) and _fits(self._frames, self.size):
            self._hold()
        if self._like is None or not self._held.frames >= set(frames):
            yield from self._reader.read(frames)
            return
        for frame in frames:
            yield frame, self._like.picture(self._held.planes(frame))

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` at full size, without decoding where all are held."""
        like, (width, height) = self._like, self.size
        whole = like is not None and self._held.frames >= set(frames)
        others = self._held.frames.difference(frames)
        room = HELD - len(frames) * width * height * 3
        if self._held.size_of(len(others)) > room:
            others = frozenset()
        self._held.keep({*others, *frames} if whole else others)
        if like is None or not whole:
            self._held.give_back()
            yield from self._reader.read(frames)
            return

        def convert(one: tuple[int, Image]) -> Image:
            return like.picture(self._held.planes(one[0]), one[1])

        for start in range(0, len(frames), _TOGETHER):
            some = frames[start : start + _TOGETHER]
            # To make room, others are moved: before any of them is looked at.
            rooms = [self._held.room(width, height) for _ in some]
            pictures = at_once(convert, list(zip(some, rooms, strict=True)))
            for frame in some:
                self._held.drop(frame)
            if some[-1] == frames[-1]:
                self._held.give_back()
            yield from zip(some, pictures, strict=True)

    def let_go_of_all(self) -> None:
        """Hold no frame any more."""
        self._held.clear()

    @property
    def at_hand(self) -> frozenset[int]:
        """Frames that can be read without decoding."""
        return self._held.frames

    def handed_on(self, frames: Sequence[int]) -> HeldFrames:
        """Give another what is held of ``frames``: who is done with that lets go of them all."""
        other = HeldFrames(self._reader, frames)
        self._held.keep(frames)
        other._held, self._held = self._held, PlaneStore()
        other._like, other._fits = self._like, self._fits
        return other

    def _hold(self) -> None:
        """Hold all of the frames, or none where they do not fit."""
        with closing(self.reduced(_GLANCE)) as coming:
            for _ in coming:
                if not self._fits:
                    break
        self._reader.rest()

    def _has_room(self, full: WholeFrame) -> bool:
        """Tell whether a frame can be held beside the others."""
        same = self._like is None or full.kind == self._like.kind
        return same and bytes_of(full.planes) + self._held.size_of(len(self._held)) <= HELD


def _fits(frames: Sequence[int], size: Size) -> bool:
    """Tell whether all of some frames can be held."""
    return len(_fitting(frames, size)) == len(frames)


def _fitting(frames: Sequence[Item], size: Size, besides: int = 0) -> Sequence[Item]:
    """Choose frames that can be held besides some, spread over all and with those at the ends."""
    room = int(HELD / (size[0] * size[1] * STORED)) - besides
    if len(frames) <= room:
        return frames
    if room < 4 * ENDS:
        return ()
    inner = frames[ENDS:-ENDS]
    count = room - 2 * ENDS
    spread = [inner[i * len(inner) // count] for i in range(count)]
    return [*frames[:ENDS], *spread, *frames[-ENDS:]]


def holding(reader: FrameReader, frames: Sequence[int]) -> FrameReader:
    """Give a reader that decodes ``frames`` once, where that is possible in bounded memory."""
    if isinstance(reader, HeldFrames):
        return reader.handed_on(frames)
    some = len(_fitting(frames, reader.size)) > 0
    return HeldFrames(reader, frames) if some and isinstance(reader, SkimmingReader) else reader
