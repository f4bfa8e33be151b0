"""One picture file becomes BGR as it is meant to be seen."""

from __future__ import annotations

import io
from contextlib import suppress
from importlib.util import find_spec
from typing import Final

import cv2
import numpy as np
import PIL.Image
from PIL import ImageCms, ImageOps, UnidentifiedImageError

from engine.errors import SourceError
from engine.footage.footage import MAX_PICTURE_PIXELS, reduced_scale, scaled_size
from engine.footage.samples import over_white
from engine.text import HEAD_OF_TEXT, is_text
from engine.values import AnyArray, Image, Size

PICTURE_SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".avif", ".bmp", ".gif"}
)

_AVIF: Final = ("AVIF",) if find_spec("PIL.AvifImagePlugin") else ()
"""Known to Pillow from 11.3 on; one before stumbles over the name."""

FORMATS: Final = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", *_AVIF)
"""What may be opened, whatever the name says: no PostScript, no fonts, no video."""

UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    MemoryError,
    OverflowError,
    UnidentifiedImageError,
)
"""What Pillow raises on hostile files."""

_TRANSPOSED: Final = frozenset({5, 6, 7, 8})
"""EXIF orientations that lie on their side."""

_ORIENTATION: Final = 0x0112

# Refused below by a limit of our own, in words; Pillow's would be a warning on stderr.
PIL.Image.MAX_IMAGE_PIXELS = None

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def picture_size(data: bytes) -> Size:
    """Read ``(width, height)``, upright, from a picture's header.

    Raises
    ------
    SourceError
        In words that follow a file's name: "is damaged, or …".
    """
    try:
        with opened_picture(data) as picture:
            turned = picture.getexif().get(_ORIENTATION) in _TRANSPOSED
            width, height = picture.size
    except UNREADABLE as error:
        raise SourceError(_why_not(data)) from error
    return (height, width) if turned else (width, height)


def decode_picture(data: bytes, long_side: int | None = None) -> Image:
    """Decode a picture file as it is meant to be seen.

    Turned upright by its EXIF tag; colours brought to sRGB by its ICC profile; 16 bits rounded
    to 8; CMYK, grey and palettes made RGB; transparent parts laid over white, as on paper.

    Parameters
    ----------
    data : bytes
        The file: PNG, JPEG, WebP, TIFF, AVIF, BMP or GIF (its first picture).
    long_side : int, optional
        Enough pixels for this long a side will do: JPEG is then decoded at a fraction of its
        size, which is much faster.

    Returns
    -------
    (H, W, 3) uint8 array
        BGR.

    Raises
    ------
    SourceError
        In words that follow a file's name: "is damaged, or …".
    """
    try:
        with opened_picture(data) as picture:
            if long_side is not None:
                scale = reduced_scale(picture.size, long_side)
                picture.draft(None, scaled_size(picture.size, scale))
            picture.load()
            return _seen(picture, data)
    except UNREADABLE as error:
        raise SourceError(_why_not(data)) from error


def _why_not(data: bytes) -> str:
    if not data:
        return "is empty; copy or download it again"
    if is_text(data[:HEAD_OF_TEXT]):
        return "is a text file, not a picture"
    return "is damaged, or no picture of a kind that can be read; copy it again or save it as PNG"


def opened_picture(data: bytes) -> PIL.Image.Image:
    """Open a picture file of a kind that may be opened, and no larger than the limit."""
    picture = PIL.Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = picture.size
    if width * height > MAX_PICTURE_PIXELS:
        raise SourceError(
            f"is {width}x{height}, more than the limit of {MAX_PICTURE_PIXELS // 1_000_000} "
            "megapixels; scale it down first"
        )
    return picture


def _seen(picture: PIL.Image.Image, data: bytes) -> Image:
    profile = picture.info.get("icc_profile")
    deep = _deep(picture, data)
    if deep is not None and not profile:
        return _turned(deep, picture.getexif().get(_ORIENTATION, 1))
    upright = ImageOps.exif_transpose(picture)
    alpha = _alpha(upright)
    rgb = _srgb(upright, profile)
    bgr: Image = np.ascontiguousarray(np.asarray(rgb, np.uint8)[..., ::-1])
    return bgr if alpha is None else over_white(bgr, alpha)


def _deep(picture: PIL.Image.Image, data: bytes) -> Image | None:
    """Decode 16 bits a channel with OpenCV, which keeps them all; None for eight."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return _from_grey(np.asarray(picture), picture.mode)
    if picture.format not in {"PNG", "TIFF"}:
        return None
    if picture.format == "PNG" and data[24:25] != b"\x10":
        return None
    if picture.format == "TIFF" and max(_bits_per_sample(picture)) <= 8:
        return None
    whole = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if whole is None or whole.dtype != np.uint16 or whole.ndim != 3:
        return None
    colours = np.rint(whole.astype(np.float32) / 257).astype(np.uint8)
    if colours.shape[2] == 4:
        return over_white(colours[..., :3], colours[..., 3])
    return np.ascontiguousarray(colours)


def _bits_per_sample(picture: PIL.Image.Image) -> tuple[int, ...]:
    tags = getattr(picture, "tag_v2", {})
    value = tags.get(258, (8,))
    return tuple(value) if isinstance(value, tuple) else (int(value),)


def _from_grey(grey: AnyArray, mode: str) -> Image:
    """Bring 16-bit, 32-bit and floating-point grey to eight bits."""
    values = grey.astype(np.float64)
    if mode == "F":
        values = values * (255 if float(np.nanmax(values, initial=0)) <= 1.0 else 1)
    else:
        values = values / 257
    eight = np.rint(np.clip(np.nan_to_num(values), 0, 255)).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(eight[..., None], 3, axis=2))


def _alpha(picture: PIL.Image.Image) -> AnyArray | None:
    if "A" in picture.getbands() or "transparency" in picture.info:
        alpha = np.asarray(picture.convert("RGBA").getchannel("A"), np.uint8)
        return None if int(alpha.min()) == 255 else alpha
    return None


def _srgb(picture: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """Convert to RGB, through the picture's own profile if it has a sound one."""
    if picture.mode in {"P", "PA", "LA", "La", "RGBa", "1"}:
        picture = picture.convert("RGBA" if _has_transparency(picture) else "RGB")
    if profile:
        plain_mode = {"RGBA": "RGB", "YCbCr": "RGB", "HSV": "RGB"}.get(picture.mode, picture.mode)
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            converted = ImageCms.profileToProfile(
                picture.convert(plain_mode),
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                _SRGB,
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            if converted is not None:
                return converted
    return picture.convert("RGB")


def _has_transparency(picture: PIL.Image.Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info


def _turned(image: Image, orientation: int) -> Image:
    """Turn upright by an EXIF orientation, 1 to 8."""
    if orientation in _TRANSPOSED:
        image = image.transpose(1, 0, 2)
    if orientation in {3, 4, 7, 8}:
        image = image[::-1]
    if orientation in {2, 3, 6, 7}:
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
