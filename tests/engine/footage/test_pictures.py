"""Pictures of every kind come out as a person would see them."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from engine.analysis.shots import analyse_shots
from engine.errors import SourceError
from engine.footage.picture_file import decode_picture, picture_size
from engine.footage.sources import fingerprint, open_source
from engine.values import Image
from tests.synthetic import texture

RGB = (200, 120, 40)


def packed(picture: PIL.Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **settings)
    return data.getvalue()


def flat(mode: str = "RGB", colour: Any = RGB) -> PIL.Image.Image:
    return PIL.Image.new(mode, (64, 48), colour)


def assert_is(image: Image, rgb: tuple[int, int, int], most: int = 0) -> None:
    assert image.shape == (48, 64, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - np.array(rgb[::-1])).max() <= most


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_pictures_are_read_exactly(kind: str) -> None:
    bgr = texture(48, 64)
    data = packed(PIL.Image.fromarray(bgr[..., ::-1]), kind)
    np.testing.assert_array_equal(decode_picture(data), bgr)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_pictures_are_read_within_3_levels(kind: str) -> None:
    assert_is(decode_picture(packed(flat(), kind, quality=95)), RGB, most=3)


def test_16_bits_are_rounded_not_cut_off() -> None:
    deep = np.full((48, 64, 3), (40 * 257 + 200, 120 * 257 + 20, 200 * 257 - 200), np.uint16)
    for suffix in (".png", ".tiff"):
        data = cv2.imencode(suffix, deep)[1].tobytes()
        assert_is(decode_picture(data), (199, 120, 41))


def test_grey_of_16_bits_and_of_8_is_grey() -> None:
    deep = PIL.Image.fromarray(np.full((48, 64), 100 * 257, np.uint16))
    assert_is(decode_picture(packed(deep)), (100, 100, 100))
    assert_is(decode_picture(packed(flat("L", 77))), (77, 77, 77))
    assert_is(decode_picture(packed(flat("1", 1))), (255, 255, 255))


def test_transparent_parts_are_laid_over_white() -> None:
    assert_is(decode_picture(packed(flat("RGBA", (*RGB, 0)))), (255, 255, 255))
    assert_is(decode_picture(packed(flat("RGBA", (*RGB, 255)))), RGB)
    assert_is(decode_picture(packed(flat("LA", (0, 128)))), (127, 127, 127))
    deep = np.full((48, 64, 4), (0, 0, 0, 32896), np.uint16)
    assert_is(decode_picture(cv2.imencode(".png", deep)[1].tobytes()), (127, 127, 127), most=1)


def test_a_palette_gives_its_colours_and_its_transparency() -> None:
    picture = flat().quantize(4)
    assert_is(decode_picture(packed(picture)), RGB, most=1)
    assert_is(decode_picture(packed(picture, transparency=picture.getpixel((0, 0)))), (255,) * 3)


def test_cmyk_is_not_inverted() -> None:
    assert_is(decode_picture(packed(flat("CMYK", (0, 255, 255, 0)), "TIFF")), (255, 0, 0), most=1)
    data = packed(flat("CMYK", (0, 255, 255, 0)), "JPEG", quality=95)
    assert_is(decode_picture(data), (255, 0, 0), most=4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("bits", [8, 16])
def test_exif_orientation_turns_the_picture_upright(orientation: int, bits: int) -> None:
    upright = np.zeros((48, 64, 3), np.uint8)
    upright[:24, :32], upright[:24, 32:], upright[24:, :32] = (0, 0, 255), (0, 255, 0), (255, 0, 0)
    # As a camera that is held so would have stored it.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    data = packed(PIL.Image.fromarray(np.ascontiguousarray(stored[..., ::-1])), exif=exif)
    if bits == 16:
        chunk = data[data.index(b"eXIf") - 4 :]
        chunk = chunk[: 12 + int.from_bytes(chunk[:4], "big")]
        deep = cv2.imencode(".png", stored.astype(np.uint16) * 257)[1].tobytes()
        data = deep[:33] + chunk + deep[33:]
    np.testing.assert_array_equal(decode_picture(data), upright)
    assert picture_size(data) == (64, 48)


def test_an_icc_profile_is_brought_to_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    assert_is(decode_picture(packed(flat(), icc_profile=lab.tobytes())), RGB, most=1)
    assert_is(decode_picture(packed(flat(), icc_profile=b"no profile")), RGB)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"not a picture at all" * 9, b"\xff\xd8\xff\xe0"]
)
def test_what_is_no_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"picture|is empty"):
        decode_picture(data)


def test_a_picture_beyond_the_limit_is_refused_before_it_is_decoded() -> None:
    header = bytearray(packed(flat("L", 0)))
    header[16:24] = (90_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    with pytest.raises(SourceError, match="90000x90000, more than the limit of 120 megapixels"):
        decode_picture(bytes(header))


def write(path: Path, seed: int, width: int = 96, height: int = 64) -> Path:
    cv2.imwrite(str(path), texture(height, width, seed=seed))
    return path


def test_pictures_come_in_natural_order_each_at_its_own_size(tmp_path: Path) -> None:
    for number in (10, 9, 1, 100):
        write(tmp_path / f"page {number}.png", number, width=90 + number)
    write(tmp_path / ".hidden.png", 5)
    (tmp_path / "notes.txt").write_text("no picture")
    with open_source(tmp_path) as footage:
        assert footage.source.frames == 4
        assert footage.size == (91, 64)
        for (place, picture), number in zip(footage.read(range(4)), (1, 9, 10, 100), strict=True):
            np.testing.assert_array_equal(picture, texture(64, 90 + number, seed=number))
            assert footage.available([place]) == (place,)
        shapes = [frame.image.shape[1] for frame in footage.reduced(45)]
        assert shapes == sorted(shapes)
        assert shapes[0] == 45


def test_pictures_of_another_size_in_a_folder_are_shots_of_their_own(tmp_path: Path) -> None:
    for place, size in enumerate([(64, 96), (64, 96), (80, 80), (80, 80), (64, 96)]):
        cv2.imwrite(str(tmp_path / f"{place}.png"), texture(*size, seed=1))
    with open_source(tmp_path) as footage:
        shots = list(analyse_shots(footage.reduced(96), scale=1.0, fps=0, size=footage.size))
    assert [(shot.shot.start, shot.shot.stop) for shot in shots] == [(0, 2), (2, 4), (4, 5)]
    assert [shot.picture.size for shot in shots] == [(96, 64), (80, 80), (96, 64)]


def test_a_broken_picture_costs_only_itself(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / f"{number}.png", number)
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:200])
    with open_source(tmp_path) as footage:
        pictures = dict(footage.read(range(4)))
        np.testing.assert_array_equal(pictures[2], pictures[1])
        np.testing.assert_array_equal(pictures[3], texture(64, 96, seed=3))
        assert [note.text.split(":")[0] for note in footage.damage] == ["2.png"]
        assert len(list(footage.reduced(48))) == 4


def test_an_archive_is_read_in_memory_and_its_escapes_are_ignored(tmp_path: Path) -> None:
    picture = write(tmp_path / "a.png", 1).read_bytes()
    path = tmp_path / "book.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("ch 2/p1.png", "ch 1/p10.png", "ch 1/p2.png"):
            archive.writestr(name, picture)
        for name in ("../out.png", "/abs.png", "__MACOSX/._p1.png", "ch 1/.p.png", "readme.txt"):
            archive.writestr(name, picture)
    (tmp_path / "a.png").unlink()
    with open_source(path) as footage:
        assert footage.source.frames == 3
        np.testing.assert_array_equal(dict(footage.read([2]))[2], texture(64, 96, seed=1))
    assert [p.name for p in tmp_path.iterdir()] == ["book.cbz"]


def test_a_bomb_in_an_archive_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("1.png", "w", force_zip64=True) as file:
            file.write(packed(flat())[:40])
            for _ in range(80):
                file.write(bytes(1 << 20))
        archive.writestr("2.png", packed(flat()))
    tracemalloc.start()
    with open_source(path) as footage:
        frames = list(footage.reduced(64))
        assert "1.png: unpacks to more than 64 MB" in footage.damage[0].text
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(frames) == 2
    assert peak < 200e6


def test_a_header_that_lies_about_its_size_is_refused_in_one_line(tmp_path: Path) -> None:
    data = bytearray(packed(flat(), "BMP"))
    data[18:26] = (60000).to_bytes(4, "little") * 2
    (tmp_path / "vast.bmp").write_bytes(data)
    with pytest.raises(SourceError, match=r"vast.bmp: is 60000x60000, more than the limit of 120"):
        open_source(tmp_path / "vast.bmp")


def test_the_fingerprint_follows_the_content_not_the_place(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        write(folder / "a.png", 1)
        write(folder / "b.png", 2)
    assert fingerprint(one) == fingerprint(other)
    with open_source(one) as footage:
        assert footage.source.id == fingerprint(one)
    write(other / "b.png", 3)
    assert fingerprint(one) != fingerprint(other)
