"""Writing into the exported folder: whole files, and errors that say what to do."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import ExportError
from engine.files import write_whole
from engine.text import plain

_HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""After these no other file can be written either."""

_LEFTOVER = re.compile(r"\.[a-z0-9_]{8}\.tmp(\.\w+)?")
"""The names that :func:`engine.files.whole_file` writes under before a file has its own."""


class NoRoomError(ExportError):
    """Nothing more can be written: the disk is full or read-only."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says about ``path`` into an error for a person.

    Raises
    ------
    NoRoomError
        The disk is full or read-only; nothing else can be written either.
    ExportError
        This file cannot be written.
    """
    try:
        yield
    except OSError as error:
        reason = f"{plain(str(path))}: cannot be written ({error.strerror or error})"
        if error.errno in _HOPELESS:
            raise NoRoomError(reason) from error
        raise ExportError(reason) from error


def write_file(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all; errors as in :func:`writing`."""
    with writing(path):
        write_whole(path, data)


def sha256_of(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_leftovers(folders: Iterable[Path]) -> None:
    """Take away half-written files of an export that was killed."""
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as found:
            for entry in found:
                if _LEFTOVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink(missing_ok=True)
