"""The reduced frames of several scenes of one source, read as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

from engine.footage.closing import Closing
from engine.footage.proxies import ProxyReader, nearest
from engine.values import Image, Size


class JoinedProxies(Closing):
    """The first scene's frames, and those of others that were reduced to the same size.

    See :class:`~engine.footage.reader.FrameReader`.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._open = ExitStack()
        readers = [self._open.enter_context(ProxyReader(path)) for path in paths]
        self._first = readers[0]
        self._holder = {
            frame: reader
            for reader in readers
            if (reader.size, reader.scale) == (self._first.size, self._first.scale)
            for frame in reader.frames
        }
        self._frames = sorted(self._holder)

    @property
    def size(self) -> Size:
        """``(width, height)`` of a reduced frame."""
        return self._first.size

    @property
    def scale(self) -> float:
        """Pixels of a reduced frame for each pixel of the source."""
        return self._first.scale

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give the nearest held frame of each of ``frames``, ascending, without doubles."""
        return tuple(sorted({nearest(self._frames, frame) for frame in frames}))

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` for each of ``frames``, which must be held."""
        for reader, some in groupby(frames, self._holder.__getitem__):
            yield from reader.read(list(some))

    def close(self) -> None:
        """Let go of the files."""
        self._open.close()
