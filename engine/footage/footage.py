"""What every source of frames offers, whether it is a film or a folder of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Protocol, Self

from engine.errors import SourceError
from engine.text import plain
from engine.values import Frame, Image, Size, Source

MAX_FRAMES = 5_000_000
"""Of one source; two days at 30 frames a second."""

MAX_VIDEO_PIXELS = 8192 * 8192
"""Of one video frame."""

MAX_PICTURE_PIXELS = 120_000_000
"""Of one picture in a folder."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A place in a source that could not be read."""

    time: float
    """Seconds from the first frame."""
    text: str
    """What is wrong there and what was done, for a person."""


class Footage(Protocol):
    """An open source: a fast pass for analysis, and exact frames at full size.

    It is a :class:`~engine.footage.reader.FrameReader` at scale 1.0 and a context manager. Frame
    numbers are places in order of presentation and the same in both ways of reading. A frame
    that cannot be decoded shows the readable frame before it, as a player would; ``damage``
    says where that was.
    """

    @property
    def source(self) -> Source:
        """What the scan found."""

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What could not be read so far, in order of time; grows while frames are read."""

    @property
    def size(self) -> Size:
        """``(width, height)`` of a full frame: square pixels, rotation applied."""

    @property
    def scale(self) -> float:
        """Always 1.0."""

    def reduced_scale(self, long_side: int) -> float:
        """Give pixels of a :meth:`reduced` frame for each pixel of the source."""

    def reduced(self, long_side: int, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Yield every frame of ``[start, stop)`` in order, at most ``long_side`` pixels long.

        This is the one decode pass that all analysis shares; it works ahead of its reader.
        """

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        """Give those of ``frames`` that the source has, ascending, without doubles."""

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Yield ``(frame, picture)`` at full size for each of the ascending ``frames``."""

    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        """Open for the length of a block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the file."""


def reduced_scale(size: Size, long_side: int) -> float:
    """Give the scale at which a picture of ``size`` is at most ``long_side`` pixels long."""
    if long_side < 1:
        raise ValueError(f"long_side must be at least 1, got {long_side}")
    return min(1.0, long_side / max(size))


def scaled_size(size: Size, scale: float) -> Size:
    """Give ``size`` times ``scale``, at least one pixel each way."""
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def check_frames(frames: Sequence[int], source: Source) -> None:
    """Raise unless ``frames`` ascend without doubles and are all in ``source``."""
    if any(a >= b for a, b in pairwise(frames)):
        raise ValueError("frames must ascend without doubles")
    if frames and (frames[0] < 0 or frames[-1] >= source.frames):
        wrong = frames[0] if frames[0] < 0 else frames[-1]
        raise SourceError(
            f"{plain(source.name)}: has no frame {wrong}; it has {source.frames}, counted from 0"
        )
