"""What every supplier of frames offers; products know nothing else of footage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar, runtime_checkable

from engine.values import AnyArray, Image, Size

Planes = tuple[AnyArray, ...]
"""A picture of 8 bits: BGR ``(H, W, 3)`` alone, or Y ``(H, W)`` and Cb, Cr, often smaller."""


class WholeFrame(Protocol):
    """A frame at full size, in the planes that it was stored in: to convert it takes time."""

    @property
    def planes(self) -> Planes:
        """Nobody may write to them."""

    @property
    def black(self) -> int:
        """The value that luma has in black."""

    @property
    def kind(self) -> object:
        """Of two frames whose kinds are equal, the planes mean the same."""

    def picture(self, planes: Planes, out: Image | None = None) -> Image:
        """Convert planes of this frame's kind, of any size, to BGR; into ``out``, if given."""


@runtime_checkable
class PlanarFrame(WholeFrame, Protocol):
    """A frame whose luma and chroma lie in planes of their own."""

    def reduced(self, planes: Planes, long_side: int) -> Image:
        """Convert planes of this frame's kind and size as a reader gives the frame reduced."""


class ConvertedFrame:
    """A whole frame that was converted already."""

    black = 0
    kind: object = "BGR"

    def __init__(self, image: Image) -> None:
        self.planes: Planes = (image,)

    def picture(self, planes: Planes, out: Image | None = None) -> Image:
        """Give the only plane."""
        return planes[0]


class FrameReader(Protocol):
    """Frames of one source, addressed by number, at one size."""

    @property
    def size(self) -> Size:
        """``(width, height)`` of the frames that :meth:`read` gives."""

    @property
    def scale(self) -> float:
        """Pixels of a given frame for each pixel of the source: 1.0 or below."""

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give those of ``frames`` that can be read, ascending, without doubles.

        A reader that holds only some frames (proxies) answers with the nearest that it has.
        """

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` for each of ``frames``, which ascend without doubles.

        Raises
        ------
        SourceError
            If a frame cannot be decoded, or the source has changed since it was scanned.
        """


Inner = TypeVar("Inner", bound=FrameReader)


class AroundReader(Generic[Inner]):
    """What stands before another reader and gives the same frames in a way of its own."""

    def __init__(self, reader: Inner) -> None:
        self._reader = reader

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


@runtime_checkable
class SkimmingReader(FrameReader, Protocol):
    """A reader that gives a reduced frame for much less work than a full one."""

    def skim(
        self, frames: Sequence[int], whole: Collection[int], long_side: int
    ) -> Iterator[tuple[int, Image, WholeFrame | None]]:
        """Yield ``(frame, reduced, full)`` for each of the ascending ``frames``, in one pass.

        The reduced picture is at most ``long_side`` pixels long; the full one is given only of
        the frames in ``whole``.
        """

    def rest(self) -> None:
        """Let go of the decoder, which holds much memory, until more is read."""


@runtime_checkable
class SummedReader(FrameReader, Protocol):
    """A reader that tells its frames from others without reading them."""

    def checksums(self, frames: Sequence[int]) -> tuple[int, ...]:
        """Give a number for each of the frames, which changes with its pixels."""
