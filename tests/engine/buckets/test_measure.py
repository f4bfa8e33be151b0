from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine.buckets.measure import Picture, measure_picture, measure_pictures
from engine.errors import SourceError
from engine.events import Failed, result_of
from engine.values import Size


def save(path: Path, size: Size, orientation: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.new("RGB", size, "red").save(path, exif=exif)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif"])
def test_every_format_is_measured(tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (31, 17)).save(tmp_path / f"a.{suffix}")
    assert measure_picture(tmp_path / f"a.{suffix}") == ((31, 17), False)


def test_folders_tell_kind_and_repeats_as_kohya_reads_them(tmp_path: Path) -> None:
    save(tmp_path / "10_crops" / "a.png", (64, 64))
    save(tmp_path / "panoramas" / "b.png", (300, 64))
    save(tmp_path / "c.png", (100, 50))
    save(tmp_path / ".hidden" / "d.png", (1, 1))
    (tmp_path / "10_crops" / "a.txt").write_text("a caption")
    assert result_of(measure_pictures(tmp_path)) == [
        Picture("10_crops/a.png", (64, 64), "crops", 10),
        Picture("c.png", (100, 50)),
        Picture("panoramas/b.png", (300, 64), "panoramas"),
    ]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_picture_on_its_side_is_seen_upright_only_by_trainers_that_look(
    tmp_path: Path, suffix: str
) -> None:
    save(tmp_path / f"a.{suffix}", (40, 20), orientation=6)
    (picture,) = result_of(measure_pictures(tmp_path))
    assert picture.size_for("kohya") == (40, 20)
    assert picture.size_for("onetrainer") == (20, 40)


def test_a_picture_that_is_only_upside_down_keeps_its_sides(tmp_path: Path) -> None:
    save(tmp_path / "a.jpg", (40, 20), orientation=3)
    (picture,) = result_of(measure_pictures(tmp_path))
    assert picture.size_for("onetrainer") == (40, 20)


def test_what_is_no_picture_is_told_of_and_left_out(tmp_path: Path) -> None:
    save(tmp_path / "good.png", (8, 8))
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:20])
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    events = list(measure_pictures(tmp_path))
    failed = {event.what for event in events if isinstance(event, Failed)}
    assert failed == {"empty.png", "text.jpg", "cut.png", "gone.png"}
    assert len(result_of(measure_pictures(tmp_path))) == 1


def test_a_panorama_too_large_to_decode_is_still_measured(tmp_path: Path) -> None:
    Image.new("1", (40_000, 8_000)).save(tmp_path / "a.png")
    assert measure_picture(tmp_path / "a.png") == ((40_000, 8_000), False)


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a folder"):
        result_of(measure_pictures(tmp_path / "nowhere"))


def test_a_header_that_claims_an_impossible_size_is_no_picture(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (8, 8))
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[16:24] = (2**31 - 1).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(OSError, match="is no size of a picture"):
        measure_picture(tmp_path / "a.png")


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (16383, 3), (5, 4097)])
@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_tells_its_size_without_being_unpacked(
    tmp_path: Path, size: tuple[int, int], options: dict[str, Any], mode: str
) -> None:
    path = tmp_path / "a.webp"
    Image.new(mode, size, "#10203040" if mode == "RGBA" else "red").save(path, **options)
    assert measure_picture(path) == (size, False)


def test_a_webp_that_lies_on_its_side_is_turned(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(path, exif=exif.tobytes())
    assert measure_picture(path) == ((30, 20), True)
