"""Colours of made footage come back as they were put in."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.footage.colour import ExactColour, reduced_bgr
from engine.footage.samples import plane
from engine.footage.siting import is_left_sited
from engine.footage.sources import open_source
from engine.values import Image, Size

HD: Size = (960, 720)
SD: Size = (640, 480)
COLUMNS, ROWS = 8, 6
COLOURS = np.random.default_rng(3).integers(0, 256, (ROWS, COLUMNS, 3)).astype(np.uint8)
COLOURS[0] = [
    (0, 0, 0),
    (255, 255, 255),
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (0, 255, 255),
    (128, 128, 128),
]
WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}


def patches(size: Size) -> Image:
    return cv2.resize(COLOURS, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)


Floats = NDArray[np.float64]


def to_yuv(bgr: Image, matrix: int, full: bool, bits: int) -> list[Floats]:
    """By the book: BT.601-7 and BT.709-6, chroma not yet halved."""
    red, blue = WEIGHTS[matrix]
    b, g, r = (bgr[..., i].astype(np.float64) / 255 for i in range(3))
    y = red * r + (1 - red - blue) * g + blue * b
    unit, top = 1 << (bits - 8), (1 << bits) - 1
    spans = (top, top) if full else (219 * unit, 224 * unit)
    black = 0 if full else 16 * unit
    chroma = [(b - y) / (2 - 2 * blue), (r - y) / (2 - 2 * red)]
    return [y * spans[0] + black, *(c * spans[1] + 128 * unit for c in chroma)]


def left_halved(chroma: Floats) -> Floats:
    """Chroma on the left luma sample of each pair, between the lines."""
    wide = np.pad(chroma, ((0, 0), (1, 1)), "edge")
    across = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4
    return np.asarray((across[0::2, ::2] + across[1::2, ::2]) / 2)


def centre_halved(chroma: Floats) -> Floats:
    """Chroma in the middle of four luma samples."""
    return cv2.resize(chroma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(float)


def yuv_frame(planes: list[Floats], bits: int) -> av.VideoFrame:
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, "yuv420p" if bits == 8 else "yuv420p10le")
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    for target, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((target.height, target.line_size // kind.itemsize), kind)
        rows[:, : target.width] = np.clip(np.rint(values), 0, (1 << bits) - 1)
        target.update(rows.tobytes())
    return frame


def write(
    path: Path, frame: av.VideoFrame, codec: str, tags: tuple[int, int], options: Mapping[str, str]
) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, frame.format.name
        stream.options = dict(options)
        for tagged in (frame, stream.codec_context):
            tagged.colorspace, tagged.color_range = tags
        for number in range(2):
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


X264 = ("libx264", {"qp": "0", "preset": "ultrafast"})
# Of B frames x265 now and then says times that no file takes, where there are only two frames.
X265 = ("libx265", {"x265-params": "lossless=1:bframes=0:log-level=none", "preset": "ultrafast"})
UNTOLD = (2, 0)

CLIPS = {
    "untagged HD": (HD, 1, False, 8, UNTOLD, X264, 2),
    "untagged SD": (SD, 6, False, 8, UNTOLD, X264, 2),
    "tagged 709": (SD, 1, False, 8, (1, 1), X264, 2),
    "tagged 601": (HD, 6, False, 8, (6, 1), X264, 2),
    "full range": (HD, 1, True, 8, (1, 2), X264, 2),
    "10 bits": (HD, 1, False, 10, (1, 1), X265, 1),
    "10 bits untagged": (HD, 1, False, 10, UNTOLD, X265, 1),
    "10 bits full range": (SD, 6, True, 10, (6, 2), X265, 1),
}


@pytest.mark.parametrize("name", CLIPS)
def test_patches_come_back_within_their_tolerance(tmp_path: Path, name: str) -> None:
    size, matrix, full, bits, tags, (codec, options), most = CLIPS[name]
    planes = to_yuv(patches(size), matrix, full, bits)
    frame = yuv_frame([planes[0], *map(centre_halved, planes[1:])], bits)
    path = write(tmp_path / "patches.mkv", frame, codec, tags, options)
    with open_source(path) as footage:
        ((_, picture),) = footage.read([1])
        (small, *_) = (f.image for f in footage.reduced(size[0] // 4))
    for image, tolerance in ((picture, most), (small, 2)):
        height, width = image.shape[0] // ROWS, image.shape[1] // COLUMNS
        for row in range(ROWS):
            for column in range(COLUMNS):
                y, x = row * height, column * width
                inner = image[y + 6 : y + height - 6, x + 6 : x + width - 6]
                wrong = np.abs(inner.astype(int) - COLOURS[row, column]).max()
                assert wrong <= tolerance, (row, column, COLOURS[row, column])


def line_art(rings: int = 30) -> Image:
    rng = np.random.default_rng(5)
    art = np.full((480, 640, 3), (200, 220, 240), np.uint8)
    for _ in range(12):
        corners = rng.integers(0, (640, 480), (5, 2)).astype(np.int32)
        ink = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.fillPoly(art, [cv2.convexHull(corners)], ink, cv2.LINE_AA)
    for _ in range(rings):
        x, y = (int(v) for v in rng.integers(0, (640, 480)))
        ink = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.circle(art, (x, y), int(rng.integers(10, 150)), ink, 2, cv2.LINE_AA)
    return art


def chroma_psnr(one: Image, other: Image) -> float:
    a, b = (cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 1:] for image in (one, other))
    return float(cv2.PSNR(a, b))


@pytest.mark.parametrize("left", [True, False], ids=["left-sited", "centred"])
def test_line_art_keeps_its_colours_3_db_better_than_by_default(left: bool) -> None:
    art = line_art()
    planes = to_yuv(art, 1, False, 8)
    halve = left_halved if left else centre_halved
    frame = yuv_frame([planes[0], *map(halve, planes[1:])], 8)
    frame.colorspace, frame.color_range = 1, 1
    assert is_left_sited([(plane(frame, 0), plane(frame, 1), plane(frame, 2))]) is left
    default = frame.to_ndarray(format="bgr24").astype(np.uint8)
    ours = ExactColour(left_sited=left).bgr(frame)
    wrong = ExactColour(left_sited=not left).bgr(frame)
    assert chroma_psnr(ours, art) > chroma_psnr(default, art) + 3
    assert chroma_psnr(ours, art) > chroma_psnr(wrong, art) + 1


def test_line_art_that_decoders_give_with_33_db_by_default_is_given_with_36_and_more() -> None:
    art = line_art(rings=12)
    planes = to_yuv(art, 1, False, 8)
    frame = yuv_frame([planes[0], *map(left_halved, planes[1:])], 8)
    frame.colorspace, frame.color_range = 1, 1
    default = frame.to_ndarray(format="bgr24").astype(np.uint8)
    assert chroma_psnr(default, art) == pytest.approx(33.3, abs=0.3)
    assert chroma_psnr(ExactColour(left_sited=True).bgr(frame), art) >= 36


def odd(frame: av.VideoFrame) -> av.VideoFrame:
    """The same frame without its last column and line of luma."""
    smaller = av.VideoFrame(frame.width - 1, frame.height - 1, frame.format.name)
    for index in range(3):
        target = plane(smaller, index)
        target[:] = plane(frame, index)[: target.shape[0], : target.shape[1]]
    smaller.colorspace, smaller.color_range = frame.colorspace, frame.color_range
    return smaller


def test_chroma_is_not_stretched_where_a_side_is_odd() -> None:
    planes = to_yuv(line_art(rings=12), 1, False, 8)
    frame = yuv_frame([planes[0], *map(left_halved, planes[1:])], 8)
    frame.colorspace, frame.color_range = 1, 1
    exact = ExactColour(left_sited=True)
    whole, less = exact.bgr(frame), exact.bgr(odd(frame))
    assert less.shape == (479, 639, 3)
    np.testing.assert_array_equal(less[:-4, :-4], whole[:475, :635])


@pytest.mark.parametrize("layout", ["yuv420p", "yuv422p", "yuv444p", "yuv422p10le"])
def test_a_reduced_pixel_is_the_mean_of_those_it_covers_however_chroma_is_stored(
    layout: str,
) -> None:
    art = np.asarray(cv2.GaussianBlur(line_art(), (0, 0), 2), np.uint8)
    whole = av.VideoFrame.from_ndarray(art, format="bgr24")
    frame = whole.reformat(format=layout, dst_colorspace="ITU709", dst_color_range="MPEG")
    frame.colorspace, frame.color_range = 1, 1
    mean = cv2.resize(art, (200, 150), interpolation=cv2.INTER_AREA)
    assert cv2.PSNR(reduced_bgr(frame, (200, 150)), mean) > 37


def test_pixels_are_the_same_whatever_the_number_of_threads() -> None:
    planes = to_yuv(line_art(), 1, False, 8)
    frame = yuv_frame([planes[0], *map(left_halved, planes[1:])], 8)
    before, pictures = cv2.getNumThreads(), []
    try:
        for threads in (1, 2, 5):
            cv2.setNumThreads(threads)
            pictures.append(ExactColour().bgr(frame))
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_tags_of_curves_that_do_not_exist_change_nothing() -> None:
    planes = to_yuv(line_art(), 1, False, 8)
    frame = yuv_frame([planes[0], *map(left_halved, planes[1:])], 8)
    plain = ExactColour().bgr(frame)
    frame.color_trc, frame.color_primaries = 3, 0
    np.testing.assert_array_equal(ExactColour().bgr(frame), plain)


def test_no_more_pictures_are_asked_for_than_tell_where_chroma_lies() -> None:
    y, cb, cr = to_yuv(line_art(), 1, False, 8)
    grey = np.full((64, 64), 90, np.uint8)
    flat = grey, grey[::2, ::2], grey[::2, ::2]
    for halve, left in ((left_halved, True), (centre_halved, False)):
        frame = yuv_frame([y, halve(cb), halve(cr)], 8)
        drawn = plane(frame, 0), plane(frame, 1), plane(frame, 2)
        pictures = iter([flat, drawn, drawn])
        assert is_left_sited(pictures) is left
        assert len(list(pictures)) == 1


def test_pictures_without_colour_edges_count_as_left_sited() -> None:
    flat = np.full((64, 64), 90, np.uint8)
    assert is_left_sited([(flat, flat[::2, ::2], flat[::2, ::2])])
    assert is_left_sited([])
