"""Samples as libav holds them, and BGR from what is not YUV: RGB, grey, palettes, transparency."""

from __future__ import annotations

from functools import cache
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engine.values import AnyArray, Image

_FINE_SCALER = 0x42200
"""swscale: Lanczos, full chroma interpolation, accurate rounding."""

_GREY: Final = {
    "gray": (8, 1),
    "ya8": (8, 2),
    "ya16le": (16, 2),
    **{f"gray{bits}le": (bits, 1) for bits in (9, 10, 12, 14, 16)},
}
"""Pixel formats of grey that are read as they are: bits, and samples for each pixel."""


def plane(frame: av.VideoFrame, index: int, bits: int = 8) -> AnyArray:
    """Give one plane of a planar frame, ``(H, W)`` uint8 or uint16, without a copy."""
    data = frame.planes[index]
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    rows: AnyArray = np.frombuffer(memoryview(data), kind).reshape(data.height, -1)
    return rows[:, : data.width]


def packed(picture: av.VideoFrame, channels: int, kind: type = np.uint8) -> AnyArray:
    """Give the pixels of a packed frame, ``(H, W, channels)``, without a copy."""
    data = picture.planes[0]
    rows: AnyArray = np.frombuffer(memoryview(data), kind).reshape(data.height, -1)
    return rows[:, : data.width * channels].reshape(data.height, data.width, channels)


def over_white(bgr: Image, alpha: AnyArray) -> Image:
    """Lay a picture over white, as on paper, where ``alpha`` (0 to 255) leaves it transparent."""
    cover = alpha.astype(np.float32)[..., None] / 255
    laid = bgr.astype(np.float32) * cover + 255 * (1 - cover)
    return np.rint(laid).astype(np.uint8)


def alpha_of(frame: av.VideoFrame) -> NDArray[np.uint8] | None:
    """Give how opaque each pixel of a YUV frame is, 0 to 255; None if all are, or none tells."""
    last = frame.format.components[-1]
    if not last.is_alpha:
        return None
    if not frame.format.name.startswith("yuva"):
        frame = frame.reformat(format="yuva444p16le")
        last = frame.format.components[-1]
    return _telling(plane(frame, 3, last.bits), last.bits)


def _telling(alpha: AnyArray, bits: int) -> NDArray[np.uint8] | None:
    """Bring alpha to eight bits; None if it says nothing.

    Many writers of 32 bits a pixel leave the fourth byte 0: a picture of nothing is none.
    """
    least, most = int(alpha.min()), int(alpha.max())
    top = (1 << bits) - 1
    if least == top or most == 0:
        return None
    eight: NDArray[np.uint8] = np.rint(alpha.astype(np.float32) * (255 / top)).astype(np.uint8)
    return eight


def bgr_of_other(frame: av.VideoFrame, *, limited: bool) -> Image:
    """Convert what is not YUV to BGR, transparent parts laid over white.

    ``limited`` grey has black at 16 and white at 235.
    """
    found = _GREY.get(frame.format.name)
    if found is not None:
        return _bgr_of_grey(frame, *found, limited=limited)
    deep = any(part.bits > 8 for part in frame.format.components)
    if frame.format.name.startswith("gray"):  # in another order of bytes, or floating point
        return bgr_of_other(frame.reformat(format="gray16le"), limited=limited)
    clear = frame.format.has_palette or frame.format.components[-1].is_alpha
    # By way of packed pixels: from planes with alpha to planes without, swscale leaves memory as
    # it was.
    form = ("rgba64le" if clear else "rgb48le") if deep else ("bgra" if clear else "bgr24")
    picture = frame.reformat(format=form, interpolation=_FINE_SCALER)
    pixels = packed(picture, 4 if clear else 3, np.uint16 if deep else np.uint8)
    alpha = _telling(pixels[..., 3], 16 if deep else 8) if clear else None
    colours = pixels[..., :3]
    if deep:
        colours = np.rint(colours[..., ::-1].astype(np.float32) / 257).astype(np.uint8)
    if alpha is not None:
        return over_white(np.asarray(colours, np.uint8), alpha)
    return np.array(colours, np.uint8, order="C")


def _bgr_of_grey(frame: av.VideoFrame, bits: int, step: int, *, limited: bool) -> Image:
    kind = np.uint8 if bits == 8 else np.uint16
    samples = packed(frame, step, kind)
    levels = _levels(bits, limited)[samples[..., 0]]
    grey = np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2BGR), np.uint8)
    alpha = _telling(samples[..., 1], bits) if step == 2 else None
    return grey if alpha is None else over_white(grey, alpha)


@cache
def _levels(bits: int, limited: bool) -> NDArray[np.uint8]:
    """Make the table from code value to grey level."""
    codes = np.arange(1 << bits, dtype=np.float64)
    unit = 1 << (bits - 8)
    grey = (codes - 16 * unit) * 255 / (219 * unit) if limited else codes * 255 / (len(codes) - 1)
    table = np.rint(np.clip(grey, 0, 255)).astype(np.uint8)
    table.flags.writeable = False
    return table
