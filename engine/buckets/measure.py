"""The sizes of the pictures in a folder, read from their headers without decoding any."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image as Pictures
from PIL import ImageFile, JpegImagePlugin, PngImagePlugin

from engine.buckets.assign import LARGEST_SIDE
from engine.errors import SourceError
from engine.events import Advanced, Failed, Work
from engine.text import plain
from engine.values import Size

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".avif", ".tif", ".tiff"})

TURNS_PICTURES = frozenset({"onetrainer", "everydream2", "ai-toolkit", "diffusers", "simpletuner"})
"""Trainers that turn a picture upright as its EXIF orientation says; kohya does not."""

_WEBP_EXIF = 8
"""The flag of a WebP that carries EXIF."""

_ORIENTATION = 0x0112
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
_REPEATS = re.compile(r"(\d+)_(.*)")
_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a data set: all that its bucket depends on."""

    name: str
    """Path under the folder, as found; make it harmless before showing it."""
    size: Size
    """As stored, before any EXIF orientation."""
    kind: str = ""
    """Panorama, crop…: the folder it lies in, where nothing better is known."""
    repeats: int = 1
    """How often it is trained in an epoch."""
    turned: bool = False
    """Its EXIF orientation lays it on its side: a trainer that heeds it swaps the sides."""

    def size_for(self, trainer: str) -> Size:
        """Give the size that a trainer sees."""
        upright = self.turned and trainer in TURNS_PICTURES
        return (self.size[1], self.size[0]) if upright else self.size


def measure_pictures(folder: Path) -> Work[list[Picture]]:
    """Read the sizes of all pictures under ``folder`` from their headers.

    As kohya reads folders, ``10_crops`` repeats its pictures ten times; the first folder under
    ``folder``, without that number, is their kind. Links and hidden files are not followed.

    Returns
    -------
    list of Picture
        By name. What cannot be read is told of in a ``Failed`` and left out.

    Raises
    ------
    SourceError
        ``folder`` is no folder.
    """
    if not folder.is_dir():
        raise SourceError(f"{plain(str(folder))} is not a folder of pictures")
    names = sorted(_names(folder))
    found: list[Picture] = []
    for start in range(0, len(names), _EVERY):
        some = names[start : start + _EVERY]
        pictures, failed = _measure_some(folder, some)
        found += pictures
        yield from failed
        done = start + len(some)
        yield Advanced(f"measuring {plain(folder.name)}", done, len(names), "pictures")
    return found


def measure_picture(path: Path) -> tuple[Size, bool]:
    """Read a picture's size as stored, and whether its EXIF orientation lays it on its side.

    Raises
    ------
    OSError
        It cannot be read, or is no picture that we know.
    """
    with _unwarned():
        return _checked(path)


def _checked(path: Path) -> tuple[Size, bool]:
    try:
        size, turned = _measured(path)
    except (SyntaxError, ValueError, Pictures.DecompressionBombError) as error:
        raise OSError(f"not a whole picture: {error}") from None
    if not all(1 <= side <= LARGEST_SIDE for side in size):
        raise OSError(f"{size[0]}x{size[1]} is no size of a picture")
    return size, turned


def _measured(path: Path) -> tuple[Size, bool]:
    with path.open("rb") as file:
        opened = _opened(file)
        if opened:
            picture = opened(file, path.name)
            return picture.size, _is_turned(picture)
        webp = _webp(file)
        if webp:
            return webp
    with Pictures.open(path) as other:
        return other.size, _is_turned(other)


def _measure_some(folder: Path, names: Sequence[str]) -> tuple[list[Picture], list[Failed]]:
    found, failed = [], []
    with _unwarned():
        for name in names:
            try:
                size, turned = _checked(folder / name)
            except OSError as error:
                failed.append(Failed(plain(name), plain(str(error))))
            else:
                kind, repeats = _read_folder(name)
                found.append(Picture(name, size, kind, repeats, turned))
    return found, failed


@contextmanager
def _unwarned() -> Iterator[None]:
    """Leave Pillow's warnings unsaid: damaged EXIF and large areas are no danger to a size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _names(folder: Path) -> Iterator[str]:
    """Give the pictures' paths under ``folder``, parted by ``/``."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        under = os.path.relpath(root, folder).replace(os.sep, "/")
        for name in files:
            dot = name.rfind(".")
            if dot > 0 and name[dot:].lower() in PICTURE_SUFFIXES:
                yield name if under == "." else f"{under}/{name}"


def _read_folder(name: str) -> tuple[str, int]:
    """Give the kind and the repeats that a picture's folders tell of."""
    *folders, _ = name.split("/")
    if not folders:
        return "", 1
    own, first = _REPEATS.fullmatch(folders[-1]), _REPEATS.fullmatch(folders[0])
    kind = first[2] if first else folders[0]
    return kind, max(1, int(own[1][:6])) if own else 1


def _opened(file: IO[bytes]) -> Callable[[IO[bytes], str], ImageFile.ImageFile] | None:
    """Give the reader of a file's format; its own class, as ``open`` tries them one by one."""
    start = file.read(8)
    file.seek(0)
    if start == b"\x89PNG\r\n\x1a\n":
        return PngImagePlugin.PngImageFile
    if start[:3] == b"\xff\xd8\xff":
        return JpegImagePlugin.JpegImageFile
    return None


def _webp(file: IO[bytes]) -> tuple[Size, bool] | None:
    """Read a WebP's size from its first chunk: Pillow makes room for all its pixels to tell it.

    None for what is none, or carries EXIF, whose orientation Pillow reads.
    """
    start = file.read(30)
    file.seek(0)
    if len(start) < 30 or start[:4] != b"RIFF" or start[8:12] != b"WEBP":
        return None
    match start[12:16]:
        case b"VP8X" if not start[20] & _WEBP_EXIF:
            width, height = (int.from_bytes(start[k : k + 3], "little") + 1 for k in (24, 27))
        case b"VP8L" if start[20] == 0x2F:
            bits = int.from_bytes(start[21:25], "little")
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if start[23:26] == b"\x9d\x01\x2a":
            width, height = (int.from_bytes(start[k : k + 2], "little") & 0x3FFF for k in (26, 28))
        case _:
            return None
    return (width, height), False


def _is_turned(picture: Pictures.Image) -> bool:
    if "exif" not in picture.info:
        return False
    try:
        return picture.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
    except (SyntaxError, ValueError, OSError, KeyError, TypeError):
        return False
