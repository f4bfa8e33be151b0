"""Reduced frames in one file."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from engine.errors import SourceError
from engine.footage.proxies import ProxyReader, encode_proxy, write_proxies
from tests.synthetic import texture


@pytest.fixture
def proxies(tmp_path: Path) -> Path:
    path = tmp_path / "12.zip"
    entries = [(frame, encode_proxy(texture(54, 96, seed=frame))) for frame in (100, 104, 109)]
    write_proxies(path, entries, scale=0.1, source_size=(960, 540))
    return path


def test_what_was_written_is_read_again(proxies: Path) -> None:
    with ProxyReader(proxies) as reader:
        assert (reader.size, reader.scale, reader.source_size) == ((96, 54), 0.1, (960, 540))
        for frame, picture in reader.read([100, 109]):
            assert cv2.PSNR(picture, texture(54, 96, seed=frame)) > 35


def test_the_nearest_held_frames_answer_for_others(proxies: Path) -> None:
    with ProxyReader(proxies) as reader:
        assert reader.available([0, 103, 104, 105, 999]) == (100, 104, 109)
        assert reader.frames == (100, 104, 109)


def test_the_same_frames_give_the_same_file(proxies: Path, tmp_path: Path) -> None:
    entries = [(frame, encode_proxy(texture(54, 96, seed=frame))) for frame in (100, 104, 109)]
    again = tmp_path / "again.zip"
    write_proxies(again, entries, scale=0.1, source_size=(960, 540))
    assert again.read_bytes() == proxies.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["12.zip", "again.zip"]


@pytest.mark.parametrize("damage", ["missing", "cut off", "something else"])
def test_damaged_proxies_ask_for_another_scan(proxies: Path, damage: str) -> None:
    data = proxies.read_bytes()
    proxies.unlink()
    if damage != "missing":
        proxies.write_bytes(data[:300] if damage == "cut off" else b"text")
    with pytest.raises(SourceError, match="scan again"):
        ProxyReader(proxies)


def test_frames_are_told_apart_without_unpacking_them(tmp_path: Path) -> None:
    paths = tmp_path / "1.zip", tmp_path / "2.zip"
    for path, seed in zip(paths, (1, 2), strict=True):
        entries = [
            (7, encode_proxy(texture(48, 64, seed=seed))),
            (9, encode_proxy(texture(48, 64))),
        ]
        write_proxies(path, entries, 0.5, (128, 96))
    with ProxyReader(paths[0]) as one, ProxyReader(paths[1]) as other:
        assert one.checksums([7]) != other.checksums([7])
        assert one.checksums([9]) == other.checksums([9])
