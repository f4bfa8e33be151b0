"""From the stream's YUV to BGR: the right matrix, the right range, chroma where it was sited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.values import AnyArray, Image, Size

Floats = NDArray[np.float32]

# Codes of ISO/IEC 23001-8 (CICP), as every codec writes them.
_LUMA_WEIGHTS: Final = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601 in PAL clothes
    6: (0.299, 0.114),  # BT.601
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
    10: (0.2627, 0.0593),
}
_BT709, _BT601 = 1, 6
_FULL_RANGE = 2
_HDR_TRANSFERS: Final = {16: "PQ", 18: "HLG"}
_HD_LINES = 720

_PLANAR: Final = {
    f"yuv{j}{sub}p{depth}": (sub, int(depth.removesuffix("le") or 8))
    for j in ("", "j")
    for sub in ("420", "422", "444")
    for depth in ("", "9le", "10le", "12le", "14le", "16le")
    if not (j and depth)
}
"""Pixel formats that are converted from their planes: subsampling and bits."""

_FINE_SCALER = 0x42200
"""swscale: Lanczos, full chroma interpolation, accurate rounding."""

_AREA_SCALER = 0x42020
"""swscale: area mean, full chroma interpolation, accurate rounding: without the last two,
colours of the reduced picture are off by several levels."""

CENTRED_CHROMA: Final = frozenset({"mjpeg", "mpeg1video", "flv1", "vp6f"})
"""Codecs whose chroma lies in the middle of its four luma samples, not on the left."""


@dataclass(frozen=True, slots=True)
class Colour:
    """How a frame's numbers are to be read."""

    matrix: int
    """CICP matrix coefficients; one of those that this module knows."""
    full_range: bool


def refuse_hdr(transfer: int, name: str) -> None:
    """Raise a :class:`SourceError` for a transfer curve that is not for an ordinary screen."""
    if transfer in _HDR_TRANSFERS:
        raise SourceError(
            f"{name}: is HDR ({_HDR_TRANSFERS[transfer]}), which would come out washed out; "
            "convert it to SDR (BT.709) first, for example with HandBrake or ffmpeg's tonemap"
        )


def colour_of(frame: av.VideoFrame) -> Colour:
    """Read matrix and range from a frame, or go by the rule of its height.

    Nothing told: BT.709 from 720 lines up, BT.601 below, limited range.
    """
    matrix = int(frame.colorspace)
    if matrix not in _LUMA_WEIGHTS:
        matrix = _BT709 if frame.height >= _HD_LINES else _BT601
    full = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
    return Colour(matrix, full)


def bgr_matrix(colour: Colour, bits: int = 8) -> Floats:
    """Make the ``(3, 4)`` affine matrix from code values Y, Cb, Cr to B, G, R in 0 to 255.

    Rec. ITU-R BT.709-6 section 3 and BT.601-7 section 2.5.3, for any luma weights.
    """
    red, blue = _LUMA_WEIGHTS[colour.matrix]
    green = 1 - red - blue
    unit = 1 << (bits - 8)
    top = (1 << bits) - 1
    luma_span, chroma_span = (top, top) if colour.full_range else (219 * unit, 224 * unit)
    black, grey = 0 if colour.full_range else 16 * unit, 128 * unit
    luma = 255 / luma_span
    from_cb, from_cr = 2 * (1 - blue) * 255 / chroma_span, 2 * (1 - red) * 255 / chroma_span
    rows = np.array(
        [
            [luma, from_cb, 0],
            [luma, -from_cb * blue / green, -from_cr * red / green],
            [luma, 0, from_cr],
        ]
    )
    offset = -rows @ np.array([black, grey, grey], np.float64)
    return np.column_stack([rows, offset]).astype(np.float32)


_LITTLE = 1.6
"""Pixels for one, each way, that two neighbours stand for well enough."""


def reduced_bgr(frame: av.VideoFrame, size: Size) -> Image:
    """Convert and shrink a frame at once, for analysis.

    Returns
    -------
    (H, W, 3) uint8 array
        BGR at ``size``, each pixel the mean of those it covers.
    """
    layout = _PLANAR.get(frame.format.name)
    if layout is None or min(size) < 2:
        return _reduced_by_swscale(frame, size)
    bits = layout[1]
    small = cv2.merge([_shrunk(plane(frame, index, bits), size) for index in range(3)])
    matrix = bgr_matrix(colour_of(frame), bits)
    if bits == 8:
        return np.asarray(cv2.transform(small, matrix), np.uint8)
    return _rounded(cv2.transform(small.astype(np.float32), matrix))


def _shrunk(samples: AnyArray, size: Size) -> AnyArray:
    """Shrink a plane by area, by halves as far as they go: several times faster than at once."""
    height, width = samples.shape
    while width % 2 == 0 and height % 2 == 0 and width >= 2 * size[0] and height >= 2 * size[1]:
        width, height = width // 2, height // 2
        samples = cv2.resize(samples, (width, height), interpolation=cv2.INTER_AREA)
    if (width, height) == size:
        return samples
    # Chroma may have to grow across or down while luma shrinks. Where at most so much is left to
    # shrink, the mean of two neighbours is nearly that of all, and takes a quarter of the time.
    grows = width < size[0] or height < size[1]
    little = width <= _LITTLE * size[0] and height <= _LITTLE * size[1]
    method = cv2.INTER_LINEAR if grows or little else cv2.INTER_AREA
    return np.asarray(cv2.resize(samples, size, interpolation=method))


def _reduced_by_swscale(frame: av.VideoFrame, size: Size) -> Image:
    colour = colour_of(frame)
    small = frame.reformat(
        width=size[0],
        height=size[1],
        format="bgr24",
        src_colorspace=None if frame.format.is_rgb else colour.matrix,
        src_color_range=_range_name(frame, colour),
        dst_color_range="JPEG",
        interpolation=_AREA_SCALER,
    )
    return _packed(small)


def _rounded(bgr: AnyArray) -> Image:
    """Round to 8 bits; ``astype`` alone would cut off."""
    whole: Image = np.clip(np.rint(bgr), 0, 255).astype(np.uint8)
    return whole


def full_bgr(frame: av.VideoFrame, *, left_sited: bool = True) -> Image:
    """Convert a frame at full size, as exactly as its samples allow.

    Planar YUV is converted here in floating point, its chroma interpolated with a Lanczos kernel
    from where it was sited; other formats go through swscale's finest settings.

    Parameters
    ----------
    frame : av.VideoFrame
    left_sited : bool
        Where subsampled chroma lies across; see :mod:`engine.footage.siting`.

    Returns
    -------
    (H, W, 3) uint8 array
        BGR.
    """
    layout = _PLANAR.get(frame.format.name)
    if layout is None:
        return _converted_by_swscale(frame)
    subsampling, bits = layout
    luma = plane(frame, 0, bits)
    chroma = cv2.merge([plane(frame, 1, bits), plane(frame, 2, bits)])
    height, width = luma.shape
    if subsampling != "444":
        chroma = upsampled(chroma, (width, height), subsampling, left_sited=left_sited)
    samples = np.empty((height, width, 3), np.float32)
    samples[..., 0] = luma
    samples[..., 1:] = chroma
    return _rounded(cv2.transform(samples, bgr_matrix(colour_of(frame), bits)))


def eight_bit_planes(frame: av.VideoFrame) -> tuple[Floats, Floats, Floats] | None:
    """Copy Y, Cb, Cr of a frame whose chroma is halved across, in levels of 8 bits; else None."""
    subsampling, bits = _PLANAR.get(frame.format.name, ("444", 8))
    if subsampling == "444":
        return None
    luma, blue, red = (
        (plane(frame, index, bits) / (1 << (bits - 8))).astype(np.float32) for index in range(3)
    )
    return luma, blue, red


def plane(frame: av.VideoFrame, index: int, bits: int = 8) -> AnyArray:
    """Give one plane of a planar frame, ``(H, W)`` uint8 or uint16, without a copy."""
    data = frame.planes[index]
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    rows: AnyArray = np.frombuffer(memoryview(data), kind).reshape(data.height, -1)
    return rows[:, : data.width]


def upsampled(chroma: AnyArray, size: Size, subsampling: str, *, left_sited: bool) -> Floats:
    """Interpolate chroma to the size of luma.

    Parameters
    ----------
    chroma : (h, w, C) array
        Halved across, and down too for ``420``.
    size : (int, int)
        Width and height of luma.
    subsampling : {"420", "422"}
    left_sited : bool
        Chroma lies on the left luma sample of each pair (MPEG-2, H.264, HEVC), or else between
        the two (JPEG, MPEG-1). Down it always lies between.

    Returns
    -------
    (H, W, C) float32 array
    """
    result = np.asarray(chroma, np.float32)
    result = _doubled(result, size[0], axis=1, co_sited=left_sited)
    if subsampling == "420":
        result = _doubled(result, size[1], axis=0, co_sited=False)
    return result


def _lanczos(phase: float) -> Floats:
    """Give six taps of a Lanczos kernel, three lobes, for a point ``phase`` past the third."""
    away = np.arange(-2, 4) - phase
    taps = np.sinc(away) * np.sinc(away / 3)
    return np.asarray(taps / taps.sum(), np.float32)


# The phases that a doubling needs.
_HALF = _lanczos(0.5)
_QUARTER = _lanczos(0.25)


def _doubled(samples: Floats, length: int, axis: int, *, co_sited: bool) -> Floats:
    shape = list(samples.shape)
    shape[axis] = 2 * shape[axis]
    result = np.empty(shape, np.float32)
    even = (slice(None),) * axis + (slice(0, None, 2),)
    odd = (slice(None),) * axis + (slice(1, None, 2),)
    if co_sited:
        result[even] = samples
        result[odd] = _filtered(samples, _HALF, axis, first=-2)
    else:
        result[even] = _filtered(samples, _QUARTER[::-1].copy(), axis, first=-3)
        result[odd] = _filtered(samples, _QUARTER, axis, first=-2)
    return result[(slice(None),) * axis + (slice(0, length),)]


def _filtered(samples: Floats, taps: Floats, axis: int, first: int) -> Floats:
    """Weigh samples ``first, first + 1, …`` steps away along ``axis``."""
    one = np.ones(1, np.float32)
    anchor = (-first, 0) if axis == 1 else (0, -first)
    across, down = (taps, one) if axis == 1 else (one, taps)
    # Lossy-coded edges ring less with the edge repeated than mirrored.
    filtered = cv2.sepFilter2D(
        samples, cv2.CV_32F, across, down, anchor=anchor, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(filtered, np.float32).reshape(samples.shape)


def _converted_by_swscale(frame: av.VideoFrame) -> Image:
    """Convert what has no planes of our own to convert: packed, RGB, grey, palette."""
    colour = colour_of(frame)
    deep = any(part.bits > 8 for part in frame.format.components)
    picture = frame.reformat(
        format="gbrp16le" if deep else "bgr24",
        src_colorspace=None if frame.format.is_rgb else colour.matrix,
        src_color_range=_range_name(frame, colour),
        dst_color_range="JPEG",
        interpolation=_FINE_SCALER,
    )
    if not deep:
        return _packed(picture)
    green, blue, red = (plane(picture, i, 16).astype(np.float32) / 257 for i in range(3))
    return np.rint(cv2.merge([blue, green, red])).astype(np.uint8)


def _range_name(frame: av.VideoFrame, colour: Colour) -> str | None:
    if frame.format.is_rgb or frame.format.name.startswith("gray"):
        return None
    return "JPEG" if colour.full_range else "MPEG"


def _packed(picture: av.VideoFrame) -> Image:
    """Copy a packed three-byte picture out of libav's padded rows."""
    data = picture.planes[0]
    rows: Image = np.frombuffer(memoryview(data), np.uint8).reshape(data.height, -1)
    return rows[:, : data.width * 3].reshape(data.height, data.width, 3).copy()
