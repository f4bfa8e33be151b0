from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from engine.errors import SourceError
from engine.export.reading import OnePass
from engine.values import Image
from tests.synthetic import MemoryReader


@dataclass(frozen=True)
class Counting(MemoryReader):
    """A reader that remembers what it was asked, and cannot read frame 5."""

    asked: list[tuple[int, ...]] = field(default_factory=list)

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        self.asked.append(tuple(frames))
        for frame in frames:
            if frame == 5:
                raise SourceError("frame 5 is damaged")
            yield frame, self.frames[frame]


def counting() -> Counting:
    return Counting([np.full((4, 4, 3), i, np.uint8) for i in range(8)])


def value(reader: OnePass, frame: int) -> int:
    ((number, image),) = reader.read((frame,))
    assert number == frame
    return int(image[0, 0, 0])


def test_frames_asked_for_one_by_one_are_read_in_one_pass() -> None:
    reader = counting()
    one = OnePass(reader, [1, 3, 4])
    assert [value(one, frame) for frame in (1, 1, 3, 4)] == [1, 1, 3, 4]
    assert reader.asked == [(1, 3, 4)]


def test_other_frames_are_read_beside_the_pass() -> None:
    reader = counting()
    one = OnePass(reader, [1, 3])
    assert [value(one, 1), [n for n, _ in one.read((0, 2))], value(one, 3)] == [1, [0, 2], 3]


def test_a_frame_that_cannot_be_read_does_not_end_the_others() -> None:
    one = OnePass(counting(), [4, 5, 6])
    assert value(one, 4) == 4
    with pytest.raises(SourceError, match="frame 5"):
        value(one, 5)
    assert value(one, 6) == 6
