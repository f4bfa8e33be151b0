"""Frames that are wanted one by one, read in one pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from engine.footage.reader import AroundReader, FrameReader
from engine.values import Image


class OnePass(AroundReader[FrameReader]):
    """A ``FrameReader`` that knows which frames will be asked for one after the other.

    Asked for them singly, a film would seek and decode from a key frame for each.
    """

    def __init__(self, reader: FrameReader, frames: Iterable[int]) -> None:
        """``frames`` ascend without doubles."""
        super().__init__(reader)
        self._coming = deque(frames)
        self._pass = reader.read(tuple(self._coming))
        self._last: tuple[int, Image] | None = None

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
