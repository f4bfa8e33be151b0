"""The file of a catalogue, opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Self

from engine.project.schema import open_catalogue, transaction


class CatalogueFile:
    """One open catalogue file."""

    def __init__(self, path: Path) -> None:
        self._db = open_catalogue(path)
        self._wal = path.with_name(f"{path.name}-wal")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Let all that is done inside happen as one; one inside another joins it."""
        return transaction(self._db)

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let what is written meanwhile reach the disk in its own time; at the end, all of it has.

        A kill loses nothing. A power cut may lose the last of it, but tears nothing: this is for
        what a scan makes again.
        """
        self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self._db.execute("PRAGMA synchronous = FULL")
            self._sync()

    def _sync(self) -> None:
        """Have the disk hold all that is written."""
        with suppress(FileNotFoundError):  # then the last of it has gone into the catalogue itself
            wal = os.open(self._wal, os.O_RDONLY)
            try:
                os.fsync(wal)
            finally:
                os.close(wal)

    def version(self) -> tuple[int, int]:
        """Give numbers of which one changes whenever anybody writes, this catalogue included."""
        others = self._db.execute("PRAGMA data_version").fetchone()[0]
        return int(others), self._db.total_changes
