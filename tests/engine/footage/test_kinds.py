"""Kinds of film that people bring, besides the usual: each frame found, whatever the container."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import PIL.Image
import pytest
from av.video.stream import VideoStream

from engine.footage.reader import FrameReader
from engine.footage.sources import find_sources, open_source
from engine.values import Image, Size
from tests.synthetic import texture, write_video

FRAMES = 24
SIZE: Size = (176, 144)


def drawn(number: int) -> Image:
    """A picture that tells its number by five bars, over colours."""
    picture = texture(SIZE[1], SIZE[0], seed=4, blur=3)
    for bit in range(5):
        value = 235 if number >> bit & 1 else 20
        cv2.rectangle(picture, (8 + 32 * bit, 40), (36 + 32 * bit, 100), (value,) * 3, -1)
    return picture


def shown(picture: Image) -> int:
    bars = picture[50:90].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(5) if bars[14 + 32 * bit : 30 + 32 * bit].mean() > 128)


def assert_each_frame_is_found(footage: FrameReader) -> None:
    straight = dict(footage.read(range(FRAMES)))
    assert [shown(picture) for picture in straight.values()] == list(range(FRAMES))
    for frame in np.random.default_rng(5).integers(0, FRAMES, 20).tolist():
        ((_, picture),) = footage.read([frame])
        np.testing.assert_array_equal(picture, straight[frame])


KINDS: dict[str, dict[str, Any]] = {
    "raw.mjpeg": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "full_range": True},
    "raw.h261": {"codec": "h261", "tagged": False},
    "apple.mov": {"codec": "rpza", "pix_fmt": "rgb555le", "tagged": False},
    "late.mkv": {"times": range(1000, 1000 + FRAMES)},
}


@pytest.mark.parametrize("name", KINDS)
def test_each_frame_is_found_in_films_of_rarer_kinds(tmp_path: Path, name: str) -> None:
    path = write_video(tmp_path / name, map(drawn, range(FRAMES)), **KINDS[name])
    with open_source(path) as footage:
        assert footage.source.frames == FRAMES
        assert_each_frame_is_found(footage)
        assert footage.damage == ()


def test_palettes_that_come_with_the_frames_of_an_avi_are_right_after_any_seek(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rle.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("msrle", rate=24)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "pal8"
        for number in range(FRAMES):
            few = PIL.Image.fromarray(drawn(number)).quantize(200, dither=PIL.Image.Dither.NONE)
            palette = np.full((256, 4), 255, np.uint8)
            colours = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
            palette[: len(colours), :3] = colours
            frame = av.VideoFrame(*SIZE, "pal8")
            frame.planes[0].update(np.asarray(few).tobytes())
            frame.planes[1].update(palette.tobytes())
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_source(path) as footage:
        assert_each_frame_is_found(footage)


def test_another_film_in_the_same_file_is_no_hole_in_the_first(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = []
        for _ in range(2):
            stream = container.add_stream("libx264", rate=24)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
            stream.codec_context.gop_size = 12
            streams.append(stream)
        for number in range(FRAMES):
            for stream, picture in zip(streams, (drawn(number), texture(144, 176)), strict=True):
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                frame.pts, frame.time_base = number, Fraction(1, 24)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    with open_source(path) as footage:
        assert_each_frame_is_found(footage)
        assert footage.damage == ()


def test_a_folder_is_searched_for_films_of_every_kind_that_can_be_read(tmp_path: Path) -> None:
    names = ["a.264", "b.hevc", "c.m1v", "d.mjpeg", "e.qt", "f.rm", "g.wtv"]
    for name in names:
        (tmp_path / name).write_bytes(b"\0")
    assert [path.name for path in find_sources([tmp_path])] == names
