"""A picture on disk: 8-bit RGB without alpha, with its provenance inside, the same bytes again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import PngImagePlugin

from engine.errors import ExportError
from engine.files import whole_file
from engine.text import plain
from engine.values import FloatMap, Image

KEY = "cuttingroom"
"""Name of the PNG text chunk, and of the XMP-free EXIF software line in WebP."""

_USER_COMMENT = 0x9286
_EXIF_IFD = 0x8769


_FORMATS = {".png": "PNG", ".webp": "WEBP"}


def check_suffix(path: Path) -> None:
    """Refuse a picture file that we would not know how to write, before any work is done."""
    if path.suffix.lower() not in _FORMATS:
        raise ExportError(f"{plain(str(path))}: name it .png or .webp; both are lossless here")
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise ExportError(f"{plain(str(path))}: cannot be written there; no such folder")


def write_grey(path: Path, values: FloatMap) -> None:
    """Write a map of ``(H, W)`` float32 in ``[0, 1]`` as a grey picture, 255 for 1."""
    levels = np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
    with whole_file(path) as temporary:
        Pictures.fromarray(levels).save(temporary, _FORMATS[path.suffix.lower()], lossless=True)


def write_picture(path: Path, image: Image, provenance: dict[str, Any]) -> None:
    """Write a ``(H, W, 3)`` BGR uint8 picture whole, as PNG or lossless WebP by its suffix.

    The same picture and provenance give the same bytes: no time, no host, fixed settings.
    """
    text = json.dumps(provenance, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    picture = Pictures.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    try:
        with whole_file(path) as temporary:
            if path.suffix.lower() == ".webp":
                exif = Pictures.Exif()
                exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"ASCII\0\0\0" + text.encode()
                picture.save(
                    temporary, "WEBP", lossless=True, method=0, quality=20, exif=exif.tobytes()
                )
            else:
                about = PngImagePlugin.PngInfo()
                about.add_text(KEY, text)
                picture.save(temporary, "PNG", compress_level=4, pnginfo=about)
    except OSError as error:
        raise ExportError(
            f"{plain(str(path))}: cannot be written ({error.strerror or error})"
        ) from error


def read_provenance(path: Path) -> dict[str, Any] | None:
    """Give what :func:`write_picture` wrote into a picture; None when it is not one of ours."""
    try:
        with Pictures.open(path) as picture:
            if path.suffix.lower() == ".webp":
                comment = picture.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT, b"")
                text = comment.removeprefix(b"ASCII\0\0\0").decode()
            else:
                text = str(picture.info.get(KEY, ""))
        found = json.loads(text)
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, dict) else None
