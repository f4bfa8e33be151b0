"""From the stream's YUV to BGR: the right matrix, the right range, chroma where it was sited."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.footage.filters import filter_row, filtered
from engine.footage.footage import reduced_scale, scaled_size
from engine.footage.reader import Planes
from engine.footage.samples import alpha_of, bgr_of_other, over_white, packed, plane
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
_MATRIX_NAMES: Final = {
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020nc",
    10: "bt2020nc",
}
_BT709, _BT601, _YCGCO = 1, 6, 8
_LIMITED_RANGE, _FULL_RANGE = 1, 2
_BLACK = 16
_HDR_TRANSFERS: Final = {16: "PQ", 18: "HLG"}
_HD_LINES = 720

_PLANAR: Final = {
    f"yuv{j}{sub}p{depth}": (sub, int(depth.removesuffix("le") or 8))
    for j in ("", "j")
    for sub in ("420", "422", "444")
    for depth in ("", "9le", "10le", "12le", "14le", "16le")
    if not (j and depth)
}
"""Pixel formats that are reduced from their planes: subsampling and bits."""

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
    if matrix not in _LUMA_WEIGHTS and matrix != _YCGCO:
        matrix = _BT709 if frame.height >= _HD_LINES else _BT601
    full = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
    return Colour(matrix, full)


@cache
def bgr_matrix(colour: Colour, bits: int = 8) -> Floats:
    """Make the ``(3, 4)`` affine matrix from code values Y, Cb, Cr to B, G, R in 0 to 255.

    Rec. ITU-R BT.709-6 section 3 and BT.601-7 section 2.5.3, for any luma weights; YCgCo by
    Rec. ITU-T H.273, section 8.3.
    """
    unit = 1 << (bits - 8)
    top = (1 << bits) - 1
    luma_span, chroma_span = (top, top) if colour.full_range else (219 * unit, 224 * unit)
    black, grey = 0 if colour.full_range else _BLACK * unit, 128 * unit
    luma, chroma = 255 / luma_span, 255 / chroma_span
    if colour.matrix == _YCGCO:
        rows = np.array([[luma, -chroma, -chroma], [luma, chroma, 0], [luma, -chroma, chroma]])
    else:
        red, blue = _LUMA_WEIGHTS[colour.matrix]
        green = 1 - red - blue
        from_cb, from_cr = 2 * (1 - blue) * chroma, 2 * (1 - red) * chroma
        rows = np.array(
            [
                [luma, from_cb, 0],
                [luma, -from_cb * blue / green, -from_cr * red / green],
                [luma, 0, from_cr],
            ]
        )
    offset = -rows @ np.array([black, grey, grey], np.float64)
    matrix = np.column_stack([rows, offset]).astype(np.float32)
    matrix.flags.writeable = False
    return matrix


_LITTLE = 1.6
"""Pixels for one, each way, that two neighbours stand for well enough."""


def reduced_bgr(frame: av.VideoFrame, size: Size) -> Image:
    """Convert and shrink a frame at once, for analysis.

    Returns
    -------
    (H, W, 3) uint8 array
        BGR at ``size``, each pixel the mean of those it covers.
    """
    if not _is_yuv(frame):
        return _fitted(_bgr_of_other(frame), size)
    layout = _PLANAR.get(frame.format.name)
    if layout is None or min(size) < 2:
        small, alpha = _reduced_by_swscale(frame, size), alpha_of(frame)
        return small if alpha is None else over_white(small, _fitted(alpha, size))
    bits = layout[1]
    planes = tuple(plane(frame, index, bits) for index in range(3))
    return _reduced_planes(planes, size, colour_of(frame), bits)


def _reduced_planes(planes: Planes, size: Size, colour: Colour, bits: int = 8) -> Image:
    halved = [_halved(one, size) for one in planes]
    if len({one.shape for one in halved}) == 1:
        small = _fitted(cv2.merge(halved), size)  # less work than one by one
    else:
        small = cv2.merge([_fitted(one, size) for one in halved])
    matrix = bgr_matrix(colour, bits)
    if bits == 8:
        return np.asarray(cv2.transform(small, matrix), np.uint8)
    # In 64ths of a level: floating-point pictures are so large that each is new memory to be had
    # from the system, which takes four times as long as all the rest.
    return np.asarray(cv2.convertScaleAbs(cv2.transform(small, matrix * 64), alpha=1 / 64))


def _halved(samples: AnyArray, size: Size) -> AnyArray:
    """Shrink by area, by halves as far as they go: several times faster than at once."""
    height, width = samples.shape
    while height % 2 == 0 and height >= 2 * size[1]:
        height = height // 2
        if width % 2 == 0 and width >= 2 * size[0]:
            width = width // 2
            samples = cv2.resize(samples, (width, height), interpolation=cv2.INTER_AREA)
        else:  # chroma that was halved across already
            samples = cv2.addWeighted(samples[::2], 0.5, samples[1::2], 0.5, 0)
    return samples


def _fitted(samples: AnyArray, size: Size) -> AnyArray:
    """Go the rest of the way to ``size``."""
    height, width = samples.shape[:2]
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
        src_colorspace=colour.matrix,
        src_color_range="JPEG" if colour.full_range else "MPEG",
        dst_color_range="JPEG",
        interpolation=_AREA_SCALER,
    )
    return packed(small, 3).copy()


class ExactColour:
    """Converts frames at full size, as exactly as their samples allow.

    Chroma is interpolated with a Lanczos kernel of three lobes from where it was sited, and the
    matrix applied to what has at least 14 bits. All of this is done by swscale by way of planar
    RGB: its way to packed RGB rounds worse and takes four times as long.
    """

    def __init__(self, *, left_sited: bool | Callable[[], bool] = True) -> None:
        """Chroma lies on the left luma sample of each pair, or else between the two.

        That may be asked for only when the first frame is converted.

        See :mod:`engine.footage.siting`. Down it lies between the lines, unless a frame says
        otherwise.
        """
        self._left_sited = left_sited
        self._rows = threading.local()
        """A row of filters for each thread, as one can work on one frame only."""

    def bgr(self, frame: av.VideoFrame, out: Image | None = None) -> Image:
        """Convert a frame to BGR, ``(H, W, 3)`` uint8; into ``out``, if it is opaque YUV."""
        if not _is_yuv(frame):
            return _bgr_of_other(frame)
        alpha = alpha_of(frame)
        picture = self._opaque(frame, out)
        return picture if alpha is None else over_white(picture, alpha)

    def _opaque(self, frame: av.VideoFrame, out: Image | None) -> Image:
        even = _evened(frame)
        kind = (even.width, even.height, even.format.name, colour_of(frame))
        rows = self._rows.__dict__
        if rows.get("kind") != kind:
            left = self._left_sited() if callable(self._left_sited) else self._left_sited
            rows.update(row=filter_row(even, _steps(even, left)), kind=kind)
        (picture,) = filtered(rows["row"], even)
        if colour_of(frame).matrix == _YCGCO:
            full = cv2.merge([plane(picture, i, 16).astype(np.float32) for i in range(3)])
            bgr = cv2.transform(full[: frame.height, : frame.width], bgr_matrix(kind[3], 16))
            return np.rint(np.clip(bgr, 0, 255)).astype(np.uint8)
        green, blue, red = (plane(picture, i)[: frame.height, : frame.width] for i in range(3))
        return np.asarray(cv2.merge([blue, green, red], dst=out), np.uint8)


def is_stored_in_planes(frame: av.VideoFrame) -> bool:
    """Tell whether a frame's samples are of 8 bits, and Y, Cb and Cr by themselves."""
    return _PLANAR.get(frame.format.name, ("", 0))[1] == 8


class StoredFrame:
    """A decoded frame as it is. See :class:`~engine.footage.reader.PlanarFrame`."""

    def __init__(self, exact: ExactColour, frame: av.VideoFrame) -> None:
        """``exact`` converts it when that is wanted; :func:`is_stored_in_planes` holds."""
        self._exact = exact
        self._frame = frame
        self.planes: Planes = tuple(plane(frame, index) for index in range(3))
        colour = colour_of(frame)
        self.kind = frame.width, frame.height, frame.format.name, colour
        self.black = 0 if colour.full_range else _BLACK

    def picture(self, planes: Planes, out: Image | None = None) -> Image:
        """Convert planes of the same kind, of any size, to BGR; into ``out``, if given."""
        height, width = planes[0].shape
        picture = av.VideoFrame(width, height, self._frame.format.name)
        for index, samples in enumerate(planes):
            plane(picture, index)[:] = samples
        # An untagged frame's matrix goes by its height, which is not that of a part of it.
        colour = colour_of(self._frame)
        picture.colorspace = colour.matrix
        picture.color_range = _FULL_RANGE if colour.full_range else _LIMITED_RANGE
        return self._exact.bgr(picture, out)

    def reduced(self, planes: Planes, long_side: int) -> Image:
        """Convert and shrink planes of the same kind and size."""
        height, width = planes[0].shape
        size = scaled_size((width, height), reduced_scale((width, height), long_side))
        return _reduced_planes(planes, size, colour_of(self._frame))


def _is_yuv(frame: av.VideoFrame) -> bool:
    return not frame.format.is_rgb and len(frame.format.components) >= 3


def _steps(frame: av.VideoFrame, left_sited: bool) -> tuple[tuple[str, str], ...]:
    colour = colour_of(frame)
    scale = [
        "flags=lanczos+full_chroma_int+accurate_rnd+bitexact",
        f"in_range={'full' if colour.full_range else 'limited'}",
    ]
    tags, form = "color_primaries=unknown:color_trc=unknown", "gbrp"
    if colour.matrix == _YCGCO:  # swscale does not know it
        tags, form = f"{tags}:colorspace=bt709", "yuv444p16le"
        scale.append(f"out_range={'full' if colour.full_range else 'limited'}")
    else:
        scale += [f"in_color_matrix={_MATRIX_NAMES[colour.matrix]}", "out_range=full"]
    steps = _chroma_step(frame)[0]
    if steps > 1:
        # In 256ths of a luma sample.
        scale.append(f"in_h_chr_pos={0 if left_sited else 128 * (steps - 1)}")
    return (
        # swscale refuses some tags of curves and primaries that mean nothing to it here.
        ("setparams", tags),
        ("scale", ":".join(scale)),
        ("format", f"pix_fmts={form}"),
    )


def _chroma_step(frame: av.VideoFrame) -> tuple[int, int]:
    """Give the luma samples for each chroma sample, across and down."""
    return 16 // frame.format.chroma_width(16), 16 // frame.format.chroma_height(16)


def _evened(frame: av.VideoFrame) -> av.VideoFrame:
    """Repeat the last samples of luma where chroma reaches beyond it.

    swscale would stretch chroma instead.
    """
    (across, down), bits = _chroma_step(frame), frame.format.components[0].bits
    size = -(-frame.width // across) * across, -(-frame.height // down) * down
    if size == (frame.width, frame.height) or len(frame.planes) < 3:
        return frame
    even = av.VideoFrame(*size, frame.format.name)
    for index in range(3):
        ours, theirs = plane(even, index, bits), plane(frame, index, bits)
        wider, higher = ours.shape[1] - theirs.shape[1], ours.shape[0] - theirs.shape[0]
        ours[:] = np.pad(theirs, ((0, higher), (0, wider)), "edge")
    even.colorspace, even.color_range = frame.colorspace, frame.color_range
    return even


def eight_bit_planes(frame: av.VideoFrame) -> tuple[AnyArray, AnyArray, AnyArray] | None:
    """Give Y, Cb, Cr of a frame whose chroma is halved across, in levels of 8 bits; else None."""
    subsampling, bits = _PLANAR.get(frame.format.name, ("444", 8))
    if subsampling == "444":
        return None
    luma, blue, red = (plane(frame, index, bits) for index in range(3))
    if bits == 8:
        return luma, blue, red
    unit = np.float32(1 << (bits - 8))
    return luma / unit, blue / unit, red / unit


def _bgr_of_other(frame: av.VideoFrame) -> Image:
    return bgr_of_other(frame, limited=int(frame.color_range) == _LIMITED_RANGE)
