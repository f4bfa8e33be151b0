"""Some frames of a shot at full size, in the planes that they were stored in.

Luma and chroma as a film has them are half as many samples as BGR, and what is made of many
frames is converted once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from engine.footage.reader import FrameReader, Planes, SkimmingReader, WholeFrame
from engine.values import AnyArray, Box, Image

_GLANCE = 64  # pixels: of reduced frames that nobody looks at
_AROUND = 8  # pixels around one that its chroma is taken from
_PIECE = 40_000_000  # bytes of memory that are had at once; so many go back to the system at once


class FullFrames:
    """One part of some frames, by position in their shot.

    Where more come than memory is given to, every other one is let go: they stay evenly spread.
    """

    def __init__(self, part: Box, most_bytes: int) -> None:
        """Keep ``part``, pixels of the frames."""
        self.held: dict[int, Planes] = {}
        """BGR in one plane, or three planes, which reach beyond the part where chroma does."""
        self._part = self._outer = part
        self._most_bytes = most_bytes
        self._like: WholeFrame | None = None
        self._room = _Room()
        self._offered, self._stride = 0, 1

    @property
    def in_planes(self) -> bool:
        """Whether luma and chroma are apart."""
        return self._like is not None

    @property
    def black(self) -> int:
        """The value that luma has in black."""
        return 0 if self._like is None else self._like.black

    def add(self, position: int, whole: WholeFrame) -> None:
        """Keep a frame, later than those before, if there is room."""
        if not self._takes_next():
            return
        if not self.held and len(whole.planes) > 1:
            self._like, self._outer = whole, _outer(self._part, whole.planes)
        elif self._like is not None and self._like.kind != whole.kind:
            self.convert(self.held)
        planes = self._cut(whole)
        self._keep(position, planes if self._like is None else self._room.copied(position, planes))

    def replace(self, position: int, planes: Planes) -> None:
        """Let planes of the same size take the place of those at a position."""
        held = self.held[position]
        if self._like is None or len(held) != len(planes):
            self.held[position] = planes
            return
        for plane, new in zip(held, planes, strict=True):
            if new is not plane:
                plane[:] = new

    def convert(self, wanted: Collection[int]) -> None:
        """Let them be BGR from now on, and only those at ``wanted`` positions stay."""
        stored = [one for one in sorted(self.held.items(), reverse=True) if one[0] in wanted]
        self.held, self._room = {}, _Room()
        bytes_of_all = 3 * self._part.width * self._part.height * len(stored)
        self._offered, self._stride = 0, max(1, -(-bytes_of_all // self._most_bytes))
        while stored:
            position, planes = stored.pop()
            if self._takes_next():
                self._keep(position, (self.picture(planes),))
        self._like, self._outer = None, self._part

    def read(self, reader: FrameReader, frames: Sequence[int]) -> Iterator[tuple[int, Planes]]:
        """Read more frames, in planes like those that are held; what cannot be is left out."""
        if self._like is None or not isinstance(reader, SkimmingReader):
            for frame, image in reader.read(frames):
                yield frame, (image[self._part.slices],)
            return
        for frame, _, whole in reader.skim(frames, frames, _GLANCE):
            if whole is not None and whole.kind == self._like.kind:
                # Memory that is lent by a decoder is not given back before that is closed.
                yield frame, tuple(plane.copy() for plane in self._cut(whole))

    def picture(self, planes: Planes, inside: Box | None = None) -> Image:
        """Convert held planes, or what was made of them, to BGR: all of it, or a box in it."""
        box = Box(0, 0, *self._part.size) if inside is None else inside
        if self._like is None or len(planes) == 1:
            return planes[0][box.slices]
        height, width = planes[0].shape
        x, y = box.x + self._part.x - self._outer.x, box.y + self._part.y - self._outer.y
        left, top = max(0, x - _AROUND), max(0, y - _AROUND)
        right, bottom = min(width, x + box.width + _AROUND), min(height, y + box.height + _AROUND)
        some = _outer(Box(left, top, right - left, bottom - top), planes)
        image = self._like.picture(_inside(planes, some))
        return image[Box(x - some.x, y - some.y, box.width, box.height).slices]

    def places(self, plane: AnyArray, small: tuple[int, ...]) -> tuple[AnyArray, AnyArray]:
        """Tell which row and column of a reduced array, ``small``, stand for each of a plane's."""
        part, outer = self._part, self._outer
        down, across = -(-outer.height // plane.shape[0]), -(-outer.width // plane.shape[1])
        rows = np.arange(plane.shape[0]) * down - (part.y - outer.y)
        columns = np.arange(plane.shape[1]) * across - (part.x - outer.x)
        return (
            np.clip(rows, 0, part.height - 1) * small[0] // part.height,
            np.clip(columns, 0, part.width - 1) * small[1] // part.width,
        )

    def _takes_next(self) -> bool:
        self._offered += 1
        return (self._offered - 1) % self._stride == 0

    def _keep(self, position: int, planes: Planes) -> None:
        self.held[position] = planes
        taken = sum(plane.nbytes for planes in self.held.values() for plane in planes)
        if taken > self._most_bytes and len(self.held) > 1:
            self._stride *= 2
            for let_go in list(self.held)[1::2]:
                del self.held[let_go]
                self._room.give_back(let_go)

    def _cut(self, whole: WholeFrame) -> Planes:
        """Cut the part out of a frame; planes of their own are still the decoder's."""
        if self._like is None:
            return (np.ascontiguousarray(whole.picture(whole.planes)[self._part.slices]),)
        return _inside(whole.planes, self._outer)


class _Room:
    """Memory for frames of one size, which comes from the system in pieces of many of them.

    A piece so large comes by the million bytes. A plane by itself comes page by page, which takes
    ten times as long as to copy it.
    """

    def __init__(self) -> None:
        self._free: list[AnyArray] = []
        self._taken: dict[int, AnyArray] = {}

    def copied(self, position: int, planes: Planes) -> Planes:
        """Copy planes: memory that a decoder lends is not given back before that is closed."""
        ends = np.cumsum([plane.size for plane in planes])
        if not self._free:
            size = int(ends[-1])
            self._free = list(np.empty((max(1, _PIECE // size), size), np.uint8))
        room = self._taken[position] = self._free.pop()
        parts = np.split(room, ends[:-1])
        copies = tuple(part.reshape(plane.shape) for part, plane in zip(parts, planes, strict=True))
        for copy, plane in zip(copies, planes, strict=True):
            copy[:] = plane
        return copies

    def give_back(self, position: int) -> None:
        """Let another frame have the memory of one that nobody needs."""
        room = self._taken.pop(position, None)
        if room is not None:
            self._free.append(room)


def _steps(planes: Planes) -> list[tuple[int, int]]:
    """Give the pixels across and down for each sample of each plane."""
    height, width = planes[0].shape[:2]
    return [(-(-width // plane.shape[1]), -(-height // plane.shape[0])) for plane in planes]


def _outer(box: Box, planes: Planes) -> Box:
    """Give a box with all of the chroma samples at its edges, as far as the planes reach."""
    height, width = planes[0].shape
    across, down = max(_steps(planes))
    left, top = box.x // across * across, box.y // down * down
    right = min(width, -(-box.right // across) * across)
    bottom = min(height, -(-box.bottom // down) * down)
    return Box(left, top, right - left, bottom - top)


def _inside(planes: Planes, box: Box) -> Planes:
    """Cut out a box that begins and ends with whole samples."""
    return tuple(
        plane[box.y // down : -(-box.bottom // down), box.x // across : -(-box.right // across)]
        for plane, (across, down) in zip(planes, _steps(planes), strict=True)
    )
