"""Films that are not plain YUV: grey, RGB of many bits, palettes, transparency."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from engine.footage.samples import plane
from engine.footage.sources import open_source
from engine.values import AnyArray, Image

SIZE = (64, 48)


def written(
    path: Path, codec: str, frames: Iterable[av.VideoFrame], tag: int = 0, matrix: int = 2
) -> Path:
    """Encode frames as they are; ``tag`` is the range that the stream states."""
    with av.open(str(path), "w") as container:
        stream: VideoStream | None = None
        for number, frame in enumerate(frames):
            if stream is None:
                found = container.add_stream(codec, rate=24)
                assert isinstance(found, VideoStream)
                stream, stream.width, stream.height = found, frame.width, frame.height
                stream.pix_fmt = frame.format.name
                stream.codec_context.color_range = tag
                stream.codec_context.colorspace = matrix
            frame.color_range = tag
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
        assert stream is not None
        container.mux(stream.encode())
    return path


def planar(name: str, *values: int) -> av.VideoFrame:
    """A frame with one value in each plane, whose right half has the last one at its most."""
    frame = av.VideoFrame(*SIZE, name)
    for index, value in enumerate(values):
        bits = frame.format.components[index].bits
        samples = plane(frame, index, bits)
        samples[:] = value
        if index == 3:
            samples[:, samples.shape[1] // 2 :] = (1 << bits) - 1
    return frame


def both(path: Path) -> tuple[Image, Image]:
    """The first frame as it is, and as analysis sees it."""
    with open_source(path) as footage:
        ((_, whole),) = footage.read([0])
        return whole, next(iter(footage.reduced(32))).image


@pytest.mark.parametrize(
    ("name", "unit", "tag", "white"),
    [("gray", 1, 1, 235), ("gray", 1, 2, 255), ("gray10le", 4, 1, 235), ("gray16le", 257, 0, 255)],
)
def test_grey_film_is_black_and_white_where_its_range_says_so(
    tmp_path: Path, name: str, unit: int, tag: int, white: int
) -> None:
    black = 16 if tag == 1 else 0
    frames = [planar(name, black * unit), planar(name, white * unit)]
    with open_source(written(tmp_path / "grey.mkv", "ffv1", frames, tag)) as footage:
        pictures = [picture for _, picture in footage.read([0, 1])]
        reduced = [frame.image for frame in footage.reduced(32)]
    for dark, light in (pictures, reduced):
        assert dark.max() == 0
        assert light.min() == 255


def test_grey_of_a_video_codec_that_says_nothing_has_its_black_at_16(tmp_path: Path) -> None:
    path = tmp_path / "mono.y4m"
    head, picture = b"YUV4MPEG2 W64 H48 F24:1 Ip Cmono\n", b"FRAME\n" + bytes([16]) * (64 * 48)
    path.write_bytes(head + picture * 3)
    whole, reduced = both(path)
    assert whole.max() == reduced.max() == 0


@pytest.mark.parametrize(
    ("name", "values", "colour"),
    [
        ("yuva420p", (235, 128, 128, 0), (255, 255, 255)),
        ("yuva420p", (16, 128, 128, 51), (0, 0, 0)),
        ("yuva444p16le", (16 * 256, 128 * 256, 128 * 256, 51 * 257), (0, 0, 0)),
        ("gbrap16le", (200 * 257, 100 * 257, 40 * 257, 51 * 257), (100, 200, 40)),
    ],
)
def test_what_is_transparent_in_a_film_lies_over_white_as_in_pictures(
    tmp_path: Path, name: str, values: tuple[int, ...], colour: tuple[int, int, int]
) -> None:
    path = written(tmp_path / "clear.mkv", "ffv1", [planar(name, *values)] * 3)
    cover = 0.0 if values[3] == 0 else 0.2
    laid: AnyArray = np.rint(np.array(colour) * cover + 255 * (1 - cover))
    for picture in both(path):
        middle = picture.shape[1] // 2
        assert np.abs(picture[:, : middle - 1].astype(int) - laid).max() <= 1
        assert np.abs(picture[:, middle + 1 :].astype(int) - colour).max() <= 1


def test_a_film_that_leaves_its_fourth_byte_empty_is_not_transparent(tmp_path: Path) -> None:
    pixels = np.full((48, 64, 4), (30, 90, 200, 0), np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="bgra")
    for picture in both(written(tmp_path / "rgb32.mkv", "ffv1", [frame])):
        assert np.unique(picture.reshape(-1, 3), axis=0).tolist() == [[30, 90, 200]]


def test_white_of_five_bits_is_white_when_reduced_too(tmp_path: Path) -> None:
    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 255, np.uint8), format="bgr24")
    path = written(tmp_path / "old.mov", "qtrle", [frame.reformat(format="rgb555be")])
    for picture in both(path):
        assert picture.min() == 255


@pytest.mark.parametrize("name", ["yuv444p", "yuv420p"])
def test_ycgco_is_read_by_its_own_matrix(tmp_path: Path, name: str) -> None:
    red, green, blue = 200, 100, 40
    luma, cg, co = (red + 2 * green + blue) / 4, (2 * green - red - blue) / 4, (red - blue) / 2
    frame = planar(name, round(luma), round(cg + 128), round(co + 128))
    frame.colorspace = 8
    with open_source(written(tmp_path / "a.mkv", "libx264", [frame] * 3, 2, matrix=8)) as footage:
        ((_, whole),) = footage.read([0])
        reduced = next(iter(footage.reduced(32))).image
    for picture in (whole, reduced):
        assert np.abs(picture.astype(int) - (blue, green, red)).max() <= 2
