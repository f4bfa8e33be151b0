"""What is known of a film is kept on disk, and believed of that film only."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from engine.footage.known import Known, load_known, load_whole, save_known, save_whole
from engine.footage.sources import known_of, open_source
from tests.synthetic import texture, window, write_video


@pytest.fixture(scope="module", params=["film.mkv", "film.avi"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    wide = texture(80, 300, 3)
    path = tmp_path_factory.mktemp("film") / request.param
    return write_video(path, (window(wide, 3.0 * n, 8, (96, 64)) for n in range(30)), gop=10)


def found_out(film: Path) -> Known:
    with open_source(film) as footage:
        known = known_of(footage)
    assert known is not None
    return known


def test_a_film_opens_with_what_was_kept_on_disk_and_shows_the_same(
    film: Path, tmp_path: Path
) -> None:
    known = found_out(film)
    save_known(tmp_path, known)
    kept = load_known(tmp_path, known.identity)
    assert kept is not None
    with open_source(film, known) as first, open_source(film, kept) as again:
        assert known_of(again) is kept
        assert again.source == first.source
        for (number, one), (same, other) in zip(
            first.read([0, 13, 29]), again.read([0, 13, 29]), strict=True
        ):
            assert number == same
            np.testing.assert_array_equal(one, other)
        assert [f.time for f in again.reduced(48)] == [f.time for f in first.reduced(48)]


def test_which_frames_were_whole_is_kept_and_others_are_then_read_the_same(
    film: Path, tmp_path: Path
) -> None:
    with open_source(film) as footage:
        expected = dict(footage.read(range(30)))
        known = known_of(footage)
    assert known is not None
    assert known.whole.all()
    save_known(tmp_path, known)
    save_whole(tmp_path, known)
    kept = load_known(tmp_path, known.identity)
    assert kept is not None
    assert kept.whole.all()
    with open_source(film, kept) as again:
        for number, picture in again.read([2, 9, 17, 18, 28]):
            np.testing.assert_array_equal(picture, expected[number])


def test_what_is_damaged_or_of_another_film_counts_as_not_there(film: Path, tmp_path: Path) -> None:
    known = found_out(film)
    assert load_known(tmp_path, known.identity) is None
    save_known(tmp_path, known)
    (path,) = tmp_path.rglob("film.npz")
    other = tmp_path / "0123456789abcdef" / path.name
    other.parent.mkdir()
    other.write_bytes(path.read_bytes())
    assert load_known(tmp_path, other.parent.name) is None
    data = path.read_bytes()
    for hurt in (b"", data[:100], data[:-60], bytes(200), data[:200] + bytes(80) + data[280:]):
        path.write_bytes(hurt)
        assert load_known(tmp_path, known.identity) is None


def test_what_is_packed_in_a_way_that_nobody_knows_counts_as_damaged(
    film: Path, tmp_path: Path
) -> None:
    known = found_out(film)
    known.whole[:] = True
    save_known(tmp_path, known)
    save_whole(tmp_path, known)
    for path in tmp_path.rglob("*.npz"):
        data = bytearray(path.read_bytes())
        for entry in re.finditer(b"PK\1\2", bytes(data)):
            data[entry.start() + 10] = 9  # in the archive's list: how a part is packed
        path.write_bytes(data)
    assert not load_whole(tmp_path, known).any()
    assert load_known(tmp_path, known.identity) is None
