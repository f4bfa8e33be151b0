"""A project folder: its catalogue, its proxies and previews, and a manifest that is always true."""

from __future__ import annotations

import fcntl
import getpass
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self, TypeVar

from engine.errors import ProjectError
from engine.files import proxies_path, resolve_under, whole_file
from engine.program import own_command
from engine.project.approved import Approved
from engine.project.candidate import Candidate, Standing
from engine.project.catalogue import Catalogue
from engine.project.hand_edits import is_edited, sealed, set_aside
from engine.project.journal import Change, Step
from engine.project.schema import create_catalogue
from engine.text import plain
from engine.values import Source

SUFFIX = ".cuttingroom"

_Done = TypeVar("_Done")


def reviewer_name() -> str:
    """Name whoever decides: the login name, as far as it is known."""
    try:
        return plain(getpass.getuser(), 40)
    except (KeyError, OSError):
        return "someone"


def find_project(path: Path | None) -> Path:
    """Give the project folder that is meant: the one named, or the only one here."""
    if path is not None:
        if (path / "catalog.sqlite").is_file():
            return path
        raise ProjectError(
            f"{plain(str(path))}: not a Cutting Room project; "
            f"`{own_command()} scan SOURCE -p PROJECT` makes one"
        )
    here = sorted(p for p in Path().glob(f"*{SUFFIX}") if (p / "catalog.sqlite").is_file())
    if len(here) == 1:
        return here[0]
    found = ", ".join(plain(p.name) for p in here[:5])
    raise ProjectError(
        f"several projects here ({found}); name one"
        if here
        else f"no project here; `{own_command()} scan SOURCE` makes one"
    )


class Project:
    """One open project; make one per thread. Closing it loses nothing."""

    def __init__(self, folder: Path, who: str | None = None) -> None:
        self.folder = find_project(folder).resolve()
        self.who = plain(who, 40) if who else reviewer_name()
        self.catalogue = Catalogue(self.folder / "catalog.sqlite")
        self._approved = Approved(self.catalogue)
        self._stamp: tuple[int, int, int] | None = None
        """Of the manifest that was written last."""
        self.set_aside: Path | None = None
        """Where a manifest that had been edited by hand was put, the last time that happened."""

    @classmethod
    def create(cls, folder: Path, who: str | None = None) -> Self:
        """Open a project, making the folder and an empty catalogue where there is none."""
        if folder.exists() and not (folder.is_dir() and _is_ours_or_empty(folder)):
            raise ProjectError(
                f"{plain(str(folder))} is there and is no Cutting Room project; choose another -p"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            create_catalogue(folder / "catalog.sqlite")
        except OSError as error:
            raise ProjectError(
                f"{plain(str(folder))}: cannot be made ({error.strerror}); "
                "name another place with -p"
            ) from error
        except sqlite3.Error as error:
            reason = plain(str(error))
            raise ProjectError(f"{plain(str(folder))}: cannot be written ({reason})") from error
        project = cls(folder, who)
        project.save_manifest()
        return project

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the catalogue."""
        self.catalogue.close()

    @property
    def manifest_path(self) -> Path:
        """The approved manifest."""
        return self.folder / "approved.toml"

    def proxies_path(self, source_id: str, scene: int) -> Path:
        """Where the reduced frames of a scene are."""
        return proxies_path(self.folder, source_id, scene)

    def preview_path(self, candidate: Candidate) -> Path | None:
        """Where the reduced picture of a proposal is, if one was made and is still there."""
        if not candidate.preview:
            return None
        path = resolve_under(self.folder, candidate.preview)
        return path if path.is_file() else None

    def decide(self, changes: Mapping[str, Standing | Change]) -> Step:
        """Write down a decision as one step; the catalogue and the manifest hold it after this."""
        return self._and_manifest(lambda: self.catalogue.decide(changes, self.who), _of_step)

    def undo(self) -> Step | None:
        """Take back this reviewer's newest step; None when there is none."""
        return self._and_manifest(lambda: self.catalogue.undo(self.who), _of_step)

    def redo(self) -> Step | None:
        """Do again what this reviewer undid last; None when there is nothing."""
        return self._and_manifest(lambda: self.catalogue.redo(self.who), _of_step)

    def follow_pictures(self, source: Source) -> int:
        """Move what was decided on pictures of a folder to where they are in it by now.

        Tells how many decisions have moved.
        """
        if not self.catalogue.others_at(source):
            return 0
        return self._and_manifest(lambda: self.catalogue.follow_pictures(source), lambda _: None)

    def save_manifest(self) -> None:
        """Write the manifest anew from the catalogue."""
        self._and_manifest(lambda: None, _of_step)

    def _and_manifest(
        self, work: Callable[[], _Done], changed_by: Callable[[_Done], Sequence[str] | None]
    ) -> _Done:
        """Do ``work`` and write the manifest: both, or, when the disk is full, neither.

        ``changed_by`` gives the candidates that it changed, or None where any may have been.
        """
        with self._locked():
            with ExitStack() as moving_in, self.catalogue.transaction():
                was_current = self._approved.is_current
                done = work()
                another = self._approved.update(changed_by(done) if was_current else None)
                is_ours = self._manifest_stamp() == self._stamp
                if another or not is_ours:
                    text = self._approved.text()
                    if not is_ours:
                        self._keep_edits(text)
                    temporary = moving_in.enter_context(whole_file(self.manifest_path))
                    # On disk before the decision is; it only gets its name after that.
                    with temporary.open("wb") as file:
                        file.write(sealed(text))
                        file.flush()
                        os.fsync(file.fileno())
            self._stamp = self._manifest_stamp()
            self._approved.settle()
        return done

    def has_edited_manifest(self) -> bool:
        """Whether somebody edited the manifest here, where the next decision writes it anew."""
        return is_edited(self._manifest_found())

    def _keep_edits(self, text: bytes) -> None:
        found = self._manifest_found()
        if is_edited(found, text):
            self.set_aside = set_aside(self.manifest_path, found)

    def _manifest_found(self) -> bytes:
        try:
            return self.manifest_path.read_bytes()
        except OSError:
            return b""

    def _manifest_stamp(self) -> tuple[int, int, int] | None:
        """Tell the manifest on disk from any other that may take its place."""
        try:
            about = self.manifest_path.stat()
        except OSError:
            return None
        return about.st_ino, about.st_size, about.st_mtime_ns

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one reviewer at a time decide and write the manifest, so that it is never older."""
        try:
            handle = (self.folder / ".lock").open("w")
        except OSError as error:
            raise ProjectError(
                f"{plain(self.folder.name)}: cannot be written to ({error.strerror}), "
                "so nothing can be decided"
            ) from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _of_step(step: Step | None) -> Sequence[str]:
    return step.candidate_ids if step else ()


def _is_ours_or_empty(folder: Path) -> bool:
    # Settings may be there before the first scan.
    ours = any((folder / name).is_file() for name in ("catalog.sqlite", "settings.toml"))
    return ours or not any(folder.iterdir())
