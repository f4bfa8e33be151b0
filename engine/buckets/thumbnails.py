"""Small pictures for the page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from pathlib import Path

from PIL import Image as Pictures

from engine.buckets.measure import Picture
from engine.errors import SourceError
from engine.events import Advanced, Work
from engine.files import resolve_under
from engine.text import plain

LONGEST = 360
"""Pixels; panoramas are shown wide."""
_EVERY = 20


def make_thumbnails(folder: Path, pictures: Iterable[Picture]) -> Work[dict[str, bytes]]:
    """Make a small JPEG of each picture under ``folder``, by name; as stored, not turned.

    What cannot be read has none: the page draws a blank of its shape.
    """
    named = {picture.name: picture for picture in pictures}
    found = {}
    for done, name in enumerate(named, start=1):
        small = make_thumbnail(folder, name)
        if small:
            found[name] = small
        if done % _EVERY == 0 or done == len(named):
            yield Advanced(f"thumbnails of {plain(folder.name)}", done, len(named), "pictures")
    return found


def make_thumbnail(folder: Path, name: str) -> bytes:
    """Make a small JPEG of one picture under ``folder``; empty when it cannot be read."""
    try:
        path = resolve_under(folder, name)
    except ValueError as error:
        raise SourceError(plain(str(error))) from None
    with warnings.catch_warnings():
        warnings.simplefilter("error", Pictures.DecompressionBombWarning)
        try:
            with Pictures.open(path) as picture:
                picture.draft("RGB", (LONGEST, LONGEST))
                picture.thumbnail((LONGEST, LONGEST), Pictures.Resampling.BOX)
                out = io.BytesIO()
                picture.convert("RGB").save(out, "JPEG", quality=78, optimize=True)
                return out.getvalue()
        except (OSError, SyntaxError, ValueError, Warning, Pictures.DecompressionBombError):
            return b""
