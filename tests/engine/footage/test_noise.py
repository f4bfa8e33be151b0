"""Damage that decoders take for a picture: found by checksums, by holes, by colours."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engine.footage.checksums import find_broken
from engine.footage.noise import is_noise, stray_chroma
from engine.footage.sources import open_source
from engine.values import Image
from tests.synthetic import texture, window, write_video

FRAMES, GROUP = 72, 24
SIZE = (320, 192)


def drawn() -> list[Image]:
    wide = texture(SIZE[1] + 20, SIZE[0] + 8 * FRAMES, blur=3)
    return [window(wide, 5 * n, 5, SIZE) for n in range(FRAMES)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    film = drawn()
    write_video(folder / "hevc.mkv", film, codec="libx265", gop=GROUP)
    write_video(folder / "hevc.mp4", film, codec="libx265", gop=GROUP)
    write_video(folder / "vp9.webm", film, codec="libvpx-vp9", gop=GROUP)
    return folder


def packets_of(path: Path) -> list[tuple[int, int, bool]]:
    """Place, length and whether it is a key, of each packet of a film."""
    with av.open(str(path)) as film:
        return [(p.pos or 0, p.size, p.is_keyframe) for p in film.demux(video=0) if p.size]


def spoilt(path: Path, to: Path, at: int, length: int) -> Path:
    """A copy with noise in it."""
    data = bytearray(path.read_bytes())
    data[at : at + length] = np.random.default_rng(5).bytes(length)
    to.write_bytes(data)
    return to


def test_a_whole_file_has_no_broken_stretch(folder: Path) -> None:
    assert find_broken(folder / "hevc.mkv") == ()
    assert find_broken(folder / "hevc.mp4") == ()


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_one_wrong_byte_of_a_cluster_is_found(folder: Path, tmp_path: Path, share: float) -> None:
    film = folder / "hevc.mkv"
    at = int(film.stat().st_size * share)
    data = bytearray(film.read_bytes())
    data[at] ^= 1
    path = tmp_path / "wrong.mkv"
    path.write_bytes(data)
    ((start, stop),) = find_broken(path)
    assert start <= at < stop


def test_a_hurt_head_of_a_cluster_costs_no_other_cluster(folder: Path, tmp_path: Path) -> None:
    film = folder / "hevc.mkv"
    head = film.read_bytes().find(bytes.fromhex("1f43b675"), film.stat().st_size // 3)
    (found,) = find_broken(spoilt(film, tmp_path / "wrong.mkv", head + 4, 4))
    assert found[0] == head
    assert found[1] < film.stat().st_size * 0.8


def test_a_file_cut_off_is_not_broken(folder: Path, tmp_path: Path) -> None:
    data = (folder / "hevc.mkv").read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(data[: len(data) // 2])
    assert find_broken(path) == ()


@pytest.mark.parametrize("length", [40, 600])
def test_noise_that_the_decoder_does_not_see_is_told_by_the_checksum(
    folder: Path, tmp_path: Path, length: int
) -> None:
    film = folder / "hevc.mkv"
    keys = [place for place, _, is_key in packets_of(film) if is_key]
    path = spoilt(film, tmp_path / "hurt.mkv", keys[1] + 800, length)
    with open_source(film) as whole:
        expected = dict(whole.read(range(FRAMES)))
    with open_source(path) as footage:
        shown = dict(footage.read(range(FRAMES)))
        (note,) = footage.damage
    # B frames before a key build on it.
    assert 0 <= GROUP - round(note.time * 24) <= 4
    for frame in (*range(GROUP - 4), *range(2 * GROUP, FRAMES)):
        np.testing.assert_array_equal(shown[frame], expected[frame])
    with open_source(path) as footage:
        for frame in (66, 30, 47, 25, 3):
            ((_, alone),) = footage.read([frame])
            np.testing.assert_array_equal(alone, shown[frame])


def test_a_film_whose_only_key_is_in_a_broken_stretch_is_still_shown(
    folder: Path, tmp_path: Path
) -> None:
    film = write_video(tmp_path / "one.mkv", drawn(), codec="libx265", gop=250)
    place = packets_of(film)[60][0]
    with open_source(spoilt(film, tmp_path / "hurt.mkv", place + 12, 3)) as footage:
        assert len(list(footage.reduced(80))) == FRAMES
        assert "not what was written" in footage.damage[0].text


@pytest.mark.parametrize("name", ["hevc.mp4", "vp9.webm"])
def test_noise_in_a_key_is_told_by_its_colours_and_ends_at_the_next_key(
    folder: Path, tmp_path: Path, name: str
) -> None:
    place, size, _ = next(p for n, p in enumerate(packets_of(folder / name)) if n > 5 and p[2])
    path = spoilt(folder / name, tmp_path / name, place + 400, size - 500)
    with open_source(path) as footage:
        assert len(list(footage.reduced(80))) == FRAMES
        assert footage.damage
        assert abs(footage.damage[0].time * 24 - GROUP) <= 6
    small = [cv2.resize(f, (80, 48), interpolation=cv2.INTER_AREA) for f in drawn()]
    with open_source(path) as footage:
        for frame in footage.reduced(80, start=2 * GROUP):
            assert float(cv2.PSNR(frame.image, small[frame.index])) > 28


def test_after_lost_packets_nothing_is_shown_until_the_next_key(
    folder: Path, tmp_path: Path
) -> None:
    film = folder / "vp9.webm"
    packets = packets_of(film)
    # What is left of the blocks' heads: nothing.
    begin, end = packets[30][0] - 12, packets[36][0] - 12
    data = bytearray(film.read_bytes())
    data[begin:end] = (
        b"\xec" + (0x10000000 + end - begin - 5).to_bytes(4, "big") + bytes(end - begin - 5)
    )
    path = tmp_path / "gap.webm"
    path.write_bytes(data)
    with open_source(path) as footage:
        seen = [(round(frame.time * 24), frame.image) for frame in footage.reduced(80)]
        assert footage.damage
    small = [cv2.resize(f, (80, 48), interpolation=cv2.INTER_AREA) for f in drawn()]
    for at, image in seen:
        shown = at if at < 29 or at >= 2 * GROUP else None
        if shown is not None:
            assert float(cv2.PSNR(image, small[shown])) > 28
    stand_ins = [image for at, image in seen if 38 <= at < 2 * GROUP]
    for image in stand_ins:
        np.testing.assert_array_equal(image, stand_ins[0])


def test_pictures_left_out_of_a_film_that_stands_still_are_no_loss(tmp_path: Path) -> None:
    times = [*range(30), *range(60, 90)]
    path = write_video(tmp_path / "held.webm", drawn()[:60], codec="libvpx-vp9", times=times)
    with open_source(path) as footage:
        pictures = [frame.image for frame in footage.reduced(80)]
    assert not any((a == b).all() for a, b in pairwise(pictures))


def saturated(shift: int) -> Image:
    """Line art in the purest colours."""
    draw = np.random.default_rng(5)
    picture = np.zeros((360, 640, 3), np.uint8)
    for _ in range(40):
        x, y, radius = (int(v) for v in draw.integers((0, 0, 4), (640, 360, 60)))
        colour = [255 * int(v) for v in draw.integers(0, 2, 3)]
        cv2.circle(picture, (x + shift, y), radius, colour, -1)
        cv2.putText(picture, "ABC", (y + shift, x % 360), 0, 1, colour, 2)
    return picture


@pytest.mark.parametrize("crf", [18, 42])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_the_purest_colours_at_a_low_quality_are_no_noise(
    tmp_path: Path, codec: str, crf: int
) -> None:
    path = write_video(
        tmp_path / "art.mkv", [saturated(3 * n) for n in range(24)], codec=codec, crf=crf
    )
    with open_source(path) as footage:
        assert len(list(footage.reduced(80))) == 24
        assert footage.damage == ()


def test_full_range_may_reach_the_ends_of_chroma() -> None:
    blue = np.full((96, 160, 3), (255, 0, 0), np.uint8)
    picture = av.VideoFrame.from_ndarray(blue, format="bgr24").reformat(
        format="yuvj420p", dst_color_range="JPEG"
    )
    assert stray_chroma(picture) == 0


def test_full_range_that_its_file_does_not_tell_is_no_noise(tmp_path: Path) -> None:
    path = tmp_path / "screen.mkv"
    dark = texture(96, 160)
    dark[:, :40] = 0
    blue = np.full((96, 160, 3), (255, 0, 0), np.uint8)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=24, options={"g": "4", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(40):
            image = blue if 16 <= number < 24 else dark
            full = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(
                format="yuvj420p", dst_color_range="JPEG"
            )
            film.mux(stream.encode(av.VideoFrame.from_ndarray(full.to_ndarray(), "yuv420p")))
        film.mux(stream.encode(None))
    with open_source(path) as footage:
        frames = list(footage.reduced(80))
        assert footage.damage == ()
    assert frames[20].image[..., 0].mean() > 200


@pytest.mark.parametrize("layout", ["yuv420p", "yuv420p10le"])
def test_areas_at_the_very_end_of_chroma_are_noise(layout: str) -> None:
    picture = av.VideoFrame.from_ndarray(saturated(0), format="bgr24").reformat(format=layout)
    assert not is_noise(picture)
    kind = np.dtype(np.uint8 if layout == "yuv420p" else np.uint16)
    chroma = np.frombuffer(memoryview(picture.planes[1]), kind).copy()
    chroma.reshape(picture.planes[1].height, -1)[40:60, 40:60] = 255 if kind.itemsize == 1 else 1021
    picture.planes[1].update(chroma.tobytes())
    assert is_noise(picture)
