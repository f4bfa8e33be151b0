"""What a source holds, in 16 hex digits that are the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

PIECE = 1 << 20
"""Bytes taken of the beginning, the middle and the end of a video."""


def file_fingerprint(path: Path, piece: int = PIECE) -> str:
    """Hash the size and three pieces of a file: cheap however long it is.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(f"{size}:".encode())
    with path.open("rb") as file:
        if size <= 3 * piece:
            digest.update(file.read())
        else:
            for offset in (0, (size - piece) // 2, size - piece):
                file.seek(offset)
                digest.update(file.read(piece))
    return digest.hexdigest()[:16]


def combined_fingerprint(parts: Iterable[str]) -> str:
    """Hash the parts of a source that is several files, in the order given."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:16]
