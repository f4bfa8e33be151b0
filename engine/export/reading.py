"""Frames that are wanted one by one, read in one pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from engine.footage.reader import FrameReader
from engine.values import Image, Size


class OnePass:
    """A ``FrameReader`` that knows which frames will be asked for one after the other.

    Asked for them singly, a film would seek and decode from a key frame for each.
    """

    def __init__(self, reader: FrameReader, frames: Iterable[int]) -> None:
        """``frames`` ascend without doubles."""
        self._reader = reader
        self._coming = deque(frames)
        self._pass = reader.read(tuple(self._coming))
        self._last: tuple[int, Image] | None = None

    @property
    def size(self) -> Size:
        """``(width, height)`` of the frames."""
        return self._reader.size

    @property
    def scale(self) -> float:
        """Pixels of a frame for each pixel of the source."""
        return self._reader.scale

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give those of ``frames`` that can be read."""
        return self._reader.available(frames)

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield frames, from the pass where they are its next or its last."""
        if self._last and tuple(frames) == self._last[:1]:
            yield self._last
        elif self._coming and tuple(frames) == (self._coming[0],):
            self._coming.popleft()
            try:
                self._last = next(self._pass)
            except BaseException:
                self._coming.clear()  # a generator that has raised is at its end
                raise
            yield self._last
        else:
            yield from self._reader.read(frames)
