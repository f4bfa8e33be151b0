"""A film's frames, looked at reduced and read whole without decoding twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.events import result_of
from engine.footage.reader import SkimmingReader
from engine.footage.sources import open_source
from engine.products import held_frames
from engine.products.held_frames import HeldFrames, holding
from engine.products.views import read_views
from engine.values import Box
from tests.synthetic import MemoryReader, texture, window, write_video


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    wall = texture(96, 220)
    pan = [window(wall, 4 * i, 0, (128, 96)) for i in range(12)]
    return write_video(tmp_path / "pan.mp4", pan)


def test_frames_that_were_held_are_those_that_a_reader_gives(clip: Path) -> None:
    with open_source(clip) as reader:
        once = holding(reader, range(12))
        assert isinstance(once, HeldFrames)
        assert [frame.index for frame in once.reduced(64, 0, 12)] == list(range(12))
        given = dict(once.read((1, 5, 6)))
        for number, picture in reader.read((1, 5, 6)):
            np.testing.assert_array_equal(given[number], picture)


def test_frames_that_were_let_go_can_still_be_read(clip: Path) -> None:
    with open_source(clip) as reader:
        assert isinstance(reader, SkimmingReader)
        once = HeldFrames(reader, range(4, 12))
        assert [frame.index for frame in once.reduced(64, 5, 9)] == [5, 6, 7, 8]
        assert [number for number, _ in once.read((5, 8))] == [5, 8]
        assert [number for number, _ in once.read((2, 5, 6, 11))] == [2, 5, 6, 11]


def test_many_frames_are_read_from_those_that_were_held(clip: Path) -> None:
    numbers = (0, 1, 2, 4, 5, 7, 8, 9, 11)
    with open_source(clip) as reader:
        once = holding(reader, range(12))
        assert isinstance(once, HeldFrames)
        for _ in once.reduced(64, 0, 12):
            pass
        wanted = dict(reader.read(numbers))
    clip.unlink()
    given = dict(once.read(numbers))
    assert list(given) == list(numbers)
    for number, picture in given.items():
        np.testing.assert_array_equal(picture, wanted[number])
    assert once.at_hand == {3, 6, 10}
    once.let_go_of_all()
    assert once.at_hand == frozenset()


def test_frames_that_were_looked_at_are_not_decoded_again(clip: Path) -> None:
    with open_source(clip) as reader:
        assert isinstance(reader, SkimmingReader)
        once = HeldFrames(reader, range(12))
        looked_at = dict(once.glance((0, 6)))
        wanted = dict(reader.read((0, 6)))
    clip.unlink()
    part = holding(once, range(10))
    assert isinstance(part, HeldFrames)
    assert [frame.index for frame in part.reduced(64)] == list(range(10))
    for number, picture in part.read((0, 6)):
        np.testing.assert_array_equal(picture, wanted[number])
        np.testing.assert_array_equal(looked_at[number], wanted[number])


def test_frames_in_no_planes_of_bytes_are_looked_at_without_being_held(tmp_path: Path) -> None:
    wall = texture(96, 220)
    pan = [window(wall, 4 * i, 0, (128, 96)) for i in range(4)]
    deep = write_video(tmp_path / "deep.mkv", pan, pix_fmt="yuv420p10le")
    with open_source(deep) as reader:
        assert isinstance(reader, SkimmingReader)
        once = HeldFrames(reader, range(4))
        looked_at = dict(once.glance((1, 3)))
        assert [frame.index for frame in once.reduced(64)] == [0, 1, 2, 3]
        for number, picture in reader.read((1, 3)):
            np.testing.assert_array_equal(looked_at[number], picture)


@pytest.mark.parametrize("side", [80, 64, 48])
def test_held_frames_are_reduced_as_a_reader_reduces_them(clip: Path, side: int) -> None:
    with open_source(clip) as reader:
        assert isinstance(reader, SkimmingReader)
        once = HeldFrames(reader, range(12))
        assert len(list(once.glance((3,)))) == 1
        for frame, (_, image, _) in zip(
            once.reduced(side), reader.skim(range(12), (), side), strict=True
        ):
            np.testing.assert_array_equal(frame.image, image)


def test_no_more_frames_are_held_than_there_is_room_for(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_frames, "HELD", 128 * 96 * 3)
    with open_source(clip) as reader:
        assert holding(reader, range(12)) is reader
        assert isinstance(reader, SkimmingReader)
        once = HeldFrames(reader, range(12))
        assert len(list(once.reduced(64, 0, 12))) == 12
        whole = dict(once.read(range(12)))
        for number, picture in reader.read(range(12)):
            np.testing.assert_array_equal(whole[number], picture)


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A move of 64 frames, of which there is room for about 26."""
    monkeypatch.setattr(held_frames, "HELD", 128 * 96 * 40)
    wall = texture(96, 420)
    pan = [window(wall, 4 * i, 0, (128, 96)) for i in range(64)]
    return write_video(tmp_path / "long.mp4", pan)


def test_of_a_long_move_as_many_frames_are_held_as_there_is_room_for(long: Path) -> None:
    with open_source(long) as reader:
        once = holding(reader, range(64))
        assert isinstance(once, HeldFrames)
        assert len(list(once.reduced(64, 0, 64))) == 64
        held = sorted(once.at_hand)
        assert held[:3] == [0, 1, 2]
        assert held[-3:] == [61, 62, 63]
        assert 20 <= len(held) <= 26
        assert np.diff(held).max() <= 5
        wanted = dict(reader.read(held[::2]))
    long.unlink()
    for number, picture in once.read(held[::2]):
        np.testing.assert_array_equal(picture, wanted[number])


def test_of_frames_that_one_is_used_of_that_one_is_held(long: Path) -> None:
    with open_source(long) as reader:
        once = holding(reader, range(64))
        assert isinstance(once, HeldFrames)
        most = 40
        survey = result_of(read_views(once, range(64), Box(0, 0, 128, 96), 64, most=most))
        used = [view.frame for view in survey.views]
        assert len(used) == most
        held = sorted(once.at_hand)
        assert set(held) <= set(used)
        assert 20 <= len(held) <= 26
        assert held[:3] == [0, 1, 2]
        assert held[-3:] == [61, 62, 63]
    long.unlink()
    assert [number for number, _ in once.read(held)] == held


def test_pictures_in_memory_are_read_as_they_are() -> None:
    reader = MemoryReader([texture(64, 64)])
    assert holding(reader, [0]) is reader
