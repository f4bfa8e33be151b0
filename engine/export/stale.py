"""Files of earlier exports that the present one did not write."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from engine.export.provenance import Provenance, Written
from engine.export.writing import sha256_of, writing
from engine.files import resolve_under


def left_over(out: Path, before: Provenance | None, written: Collection[str]) -> list[Written]:
    """Give what an earlier export wrote, is still there, and is not among the ``written``."""
    if before is None:
        return []
    return [
        Written(file, digest)
        for file, digest in before.written().items()
        if file not in written and resolve_under(out, file).is_file()
    ]


def prune(out: Path, stale: Iterable[Written]) -> tuple[list[str], list[str]]:
    """Remove stale files that are still as we wrote them.

    Returns
    -------
    tuple of two lists of str
        What was removed, and what was kept because somebody has changed it.
    """
    removed, kept = [], []
    for entry in stale:
        path = resolve_under(out, entry.file)
        with writing(path):
            if sha256_of(path) != entry.sha256:
                kept.append(entry.file)
                continue
            path.unlink()
        removed.append(entry.file)
        with suppress(OSError):  # not empty
            path.parent.rmdir()
    return removed, kept
