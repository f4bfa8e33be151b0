"""A manifest that somebody edited in the project itself, where every decision writes it anew."""

from __future__ import annotations

import re
import zlib
from itertools import count
from pathlib import Path

from engine.files import write_whole
from engine.text import plain

_HEAD = "# Written anew with every decision: copy it to edit it, and export the copy. [{:08x}]\n"
_SEAL = re.compile(rb"#[^\n]*\[([0-9a-f]{8})\]\r?\n")


def sealed(text: bytes) -> bytes:
    """Put a line before a manifest by which an edit of it is seen."""
    return _HEAD.format(zlib.crc32(text)).encode() + text


def is_edited(found: bytes, text: bytes | None = None) -> bool:
    """Whether a manifest was edited since it was written.

    Parameters
    ----------
    found : bytes
        What is there. Without the line of :func:`sealed` an older version may have written it.
    text : bytes, optional
        What it should be by now, without that line, if that is known.
    """
    seal = _SEAL.match(found)
    if seal is None:
        return text is not None and bool(found.strip()) and found != text
    return int(seal[1], 16) != zlib.crc32(found[seal.end() :])


def set_aside(path: Path, found: bytes) -> Path:
    """Keep an edited manifest beside ``path``, which is about to be written; tell where."""
    for number in count(1):
        aside = path.with_name(f"{path.stem}.edited{f'-{number}' if number > 1 else ''}.toml")
        if not aside.exists():
            write_whole(aside, found)
            return aside
        if aside.read_bytes() == found:
            return aside
    raise AssertionError


def in_words(aside: Path) -> str:
    """Tell a person what :func:`set_aside` did."""
    return f"approved.toml had been edited by hand; the edit is kept as {plain(aside.name)}"
