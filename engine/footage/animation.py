"""Pictures that move: GIF, APNG, and what only Pillow reads, WebP and AVIF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import PIL.Image

from engine.errors import SourceError
from engine.footage.picture_file import FORMATS, UNREADABLE, opened_picture

_HEAD = 4096
"""Bytes at a file's beginning in which nearly all say whether they may move."""

_SUFFIXES: Final = frozenset({".gif", ".png", ".webp", ".avif"})


def is_animation(path: Path) -> bool:
    """Tell whether a picture file holds several pictures that are shown one after the other."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    try:
        # To read from a pipe may wait for ever.
        return path.is_file() and _may_move(path) and _moves(path)
    except OSError:
        return False


def _may_move(path: Path) -> bool:
    """Look whether it is worth having a file opened, which takes long for a folder of stills."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"\x89PNG"):
        before, pixels, _ = head.partition(b"IDAT")
        return b"acTL" in before or not pixels  # a profile of colours may be longer
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
        return bool(head[20] & 2) if len(head) > 20 else False
    if head[4:8] == b"ftyp":
        return b"avis" in head[8 : int.from_bytes(head[:4], "big")]
    return head.startswith(b"GIF8")


def is_film(path: Path) -> bool:
    """Tell whether an animation is read as other films are, with the times of its frames."""
    with path.open("rb") as file:
        return file.read(4) in {b"GIF8", b"\x89PNG"}


def _moves(path: Path) -> bool:
    try:
        with PIL.Image.open(path, formats=FORMATS) as picture:
            return bool(getattr(picture, "is_animated", False))
    except UNREADABLE:
        return False


class Animation:
    """The pictures of one file, each as a file of its own."""

    def __init__(self, path: Path, data: bytes) -> None:
        try:
            self._picture = opened_picture(data)
            count = int(getattr(self._picture, "n_frames", 1))
        except UNREADABLE as error:
            raise SourceError("is damaged or not a picture; copy it again") from error
        self.names: Sequence[str] = [f"{path.name}, picture {place}" for place in range(count)]
        self._lock = Lock()

    def load(self, place: int) -> bytes:
        """Give the picture at ``place`` as PNG."""
        packed = io.BytesIO()
        try:
            with self._lock:
                self._picture.seek(place)
                self._picture.save(packed, "PNG", compress_level=0)
        except UNREADABLE as error:
            raise SourceError("is damaged; copy it again") from error
        return packed.getvalue()

    def close(self) -> None:
        """Let go of the file."""
        self._picture.close()
