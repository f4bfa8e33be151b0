"""Reading single frames, which passes over what they do not build on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.footage.sources import known_of, open_source
from engine.values import Image
from tests.synthetic import texture, window, write_video

FRAMES = 90


CODECS: dict[str, dict[str, str]] = {
    "libx264": {"bf": "3"},
    "libx265": {"preset": "fast", "x265-params": "log-level=none:bframes=4"},
    "mpeg2video": {"bf": "2"},
}


@pytest.fixture(scope="module", params=CODECS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key, and then nothing but frames that build on others."""
    wide = texture(130, 500, 3)
    path = tmp_path_factory.mktemp("film") / f"{request.param}.mkv"
    frames = (window(wide, 3.0 * n, 8, (192, 108)) for n in range(FRAMES))
    return write_video(path, frames, codec=request.param, gop=250, options=CODECS[request.param])


def in_order(path: Path) -> dict[int, Image]:
    with open_source(path) as footage:
        return dict(footage.read(range(footage.source.frames)))


def one_by_one(path: Path, frames: Sequence[int]) -> dict[int, Image]:
    found: dict[int, Image] = {}
    with open_source(path) as footage:
        for frame in frames:
            found.update(footage.read([frame]))
    return found


def test_single_frames_are_those_of_the_film_in_order(film: Path) -> None:
    expected = in_order(film)
    for frame, image in one_by_one(film, [71, 3, 88, 40, 41, 0, 89, 55, 22]).items():
        np.testing.assert_array_equal(image, expected[frame])


@pytest.mark.parametrize("step", [2, 7, 30])
def test_once_all_were_seen_whole_some_frames_are_still_those_of_the_film(
    film: Path, step: int
) -> None:
    with open_source(film) as footage:
        expected = dict(footage.read(range(FRAMES)))
        for begin in (0, 5):
            for number, image in footage.read(range(begin, FRAMES, step)):
                np.testing.assert_array_equal(image, expected[number])


def test_once_all_were_seen_after_damage_some_frames_are_still_those_seen(
    film: Path, tmp_path: Path
) -> None:
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = np.random.default_rng(4).bytes(600)
    path = tmp_path / film.name
    path.write_bytes(data)
    with open_source(path) as footage:
        expected = dict(footage.read(range(footage.source.frames)))
        damage = footage.damage
        for wanted in (range(0, FRAMES, 9), (30, 62), (3,), (88,)):
            for number, image in footage.read(footage.available(wanted)):
                np.testing.assert_array_equal(image, expected[number])
        assert footage.damage == damage


def test_after_damage_single_frames_are_still_those_of_the_film_in_order(
    film: Path, tmp_path: Path
) -> None:
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(600)
    path = tmp_path / film.name
    path.write_bytes(data)
    expected = in_order(path)
    there = [frame for frame in (20, 50, 60, 88, 35) if frame in expected]
    for frame, image in one_by_one(path, there).items():
        np.testing.assert_array_equal(image, expected[frame])


def test_a_film_opens_at_once_with_what_was_known_of_it(film: Path) -> None:
    with open_source(film) as footage:
        known, source = known_of(footage), footage.source
    with open_source(film, known) as again:
        assert again.source == source
        assert known_of(again) is known


def test_what_is_known_of_another_film_is_not_believed(film: Path, tmp_path: Path) -> None:
    other = write_video(tmp_path / "other.mkv", (texture(64, 64, n) for n in range(5)))
    with open_source(film) as footage:
        known = known_of(footage)
    with open_source(other, known) as footage:
        assert footage.source.frames == 5
        assert footage.size == (64, 64)
