"""A picture on disk: 8-bit RGB without alpha, with its provenance inside, the same bytes again."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pictures

from engine.errors import ExportError
from engine.export.png import encode_png
from engine.export.writing import write_file
from engine.text import plain
from engine.values import FloatMap, Image

KEY = "cuttingroom"
"""Name of the text chunk in a PNG; in a WebP it is the user comment of the EXIF data."""

SUFFIXES = (".png", ".webp")

_USER_COMMENT = 0x9286
_EXIF_IFD = 0x8769
_ASCII = b"ASCII\0\0\0"
_LONGEST_WEBP = 16383
"""Pixels; the format has no room for more."""


class PlaceError(ExportError):
    """A picture is wanted under a name or in a place that will not do."""

    exit_code = 2


def check_suffix(path: Path) -> None:
    """Refuse a picture file that we would not know how to write, before any work is done."""
    name = plain(str(path))
    if path.suffix.lower() not in SUFFIXES:
        raise PlaceError(f"{name}: name it .png or .webp; both are lossless here")
    if path.is_dir():
        raise PlaceError(f"{name} is a folder; name a file")
    if not path.resolve().parent.is_dir():
        raise PlaceError(f"{name}: cannot be written there; no such folder")


def write_grey(path: Path, values: FloatMap) -> None:
    """Write a map of ``(H, W)`` float32 in ``[0, 1]`` as a grey picture, 255 for 1."""
    levels = np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
    out = io.BytesIO()
    webp = path.suffix.lower() == ".webp"
    Pictures.fromarray(levels).save(out, "WEBP" if webp else "PNG", lossless=True)
    write_file(path, out.getvalue())


def write_picture(path: Path, image: Image, provenance: Mapping[str, Any]) -> str:
    """Write a ``(H, W, 3)`` BGR uint8 picture whole, as PNG or lossless WebP by its suffix.

    The same picture and provenance give the same bytes: no time, no host, fixed settings.

    Returns
    -------
    str
        SHA-256 of the file.

    Raises
    ------
    ExportError
        When it cannot be written, or is too large for the format.
    """
    text = json.dumps(provenance, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    if path.suffix.lower() == ".webp":
        data = _encode_webp(path, image, text)
    else:
        data = encode_png(image, {KEY: text})
    write_file(path, data)
    return hashlib.sha256(data).hexdigest()


def _encode_webp(path: Path, image: Image, text: str) -> bytes:
    if max(image.shape[:2]) > _LONGEST_WEBP:
        raise ExportError(
            f"{plain(path.name)}: {image.shape[1]}x{image.shape[0]} is too large for WebP, "
            f"which ends at {_LONGEST_WEBP} pixels; export it as PNG"
        )
    exif = Pictures.Exif()
    exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = _ASCII + text.encode()
    picture = Pictures.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    out = io.BytesIO()
    picture.save(out, "WEBP", lossless=True, method=0, quality=20, exif=exif.tobytes())
    return out.getvalue()


def read_provenance(path: Path) -> dict[str, Any] | None:
    """Give what :func:`write_picture` wrote into a picture; None when it is not one of ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a long panorama is no decompression bomb
            with Pictures.open(path) as picture:
                if picture.format == "WEBP":
                    comment = picture.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT, b"")
                    text = comment.removeprefix(_ASCII).decode()
                else:
                    text = str(picture.info.get(KEY, ""))
        found = json.loads(text)
    except (OSError, ValueError, SyntaxError, AttributeError, Pictures.DecompressionBombError):
        return None
    return found if isinstance(found, dict) else None
