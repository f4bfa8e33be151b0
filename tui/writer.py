"""The one thread that writes decisions; the screen shows what it says is on disk."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from textual.message import Message

from engine.errors import EngineError
from engine.project.candidate import Candidate, Standing, sort_out
from engine.project.journal import Step
from engine.project.project import Project
from engine.recipe import Recipe
from engine.values import Size, State


@dataclass(frozen=True, slots=True)
class Say:
    """What a person says of some candidates, in one step; what is None stays as it is."""

    ids: tuple[str, ...]
    state: State | None = None
    tweak: Recipe | None = None
    tweak_size: Size = (0, 0)
    untweak: bool = False
    """Back to the recipe that was proposed."""
    rating: int | None = None
    flag: bool | None = None
    tags: tuple[str, ...] | None = None
    caption: str | None = None

    def applied(self, standing: Standing) -> Standing:
        """Give the standing after this."""
        if self.state is not None:
            standing = replace(standing, state=self.state)
        if self.untweak:
            standing = replace(standing, tweak=None, tweak_size=(0, 0))
        elif self.tweak is not None:
            standing = replace(standing, tweak=self.tweak, tweak_size=self.tweak_size)
        given = {
            "rating": self.rating, "flag": self.flag, "tags": self.tags, "caption": self.caption
        }  # fmt: skip
        changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        return replace(standing, **changes)


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Undo (or redo) this reviewer's newest step."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class SaveManifest:
    """Write the manifest anew."""


Task = Say | TakeBack | SaveManifest


@dataclass
class Written(Message):
    """A step is in the catalogue and in the manifest; only now may the screen say so."""

    action: str
    """``do``, ``undo``, ``redo`` or ``save``."""
    candidates: Sequence[Candidate]
    """As they stand now; empty when there was nothing to undo or redo."""
    ids: tuple[str, ...] = ()
    """Of all that the step was about, those that can no longer be read among them."""
    step: Step | None = None
    """What was done, if anything was."""


@dataclass
class SetAside(Message):
    """A manifest that had been edited by hand was put aside before it was written anew."""

    path: Path


@dataclass
class NotWritten(Message):
    """A decision could not be written, and why."""

    ids: tuple[str, ...]
    reason: str


class Writer:
    """Writes in the order of the keys, in its own thread with its own project."""

    def __init__(self, folder: Path, who: str | None, post: Callable[[Message], object]) -> None:
        self._folder, self._who, self._post = folder, who, post
        self._said: SimpleQueue[Task | None] = SimpleQueue()
        # Not a daemon: what was said is written even if the room falls over.
        self._thread = threading.Thread(target=self._run, name="writer")
        self._thread.start()

    def put(self, said: Task) -> None:
        """Have this written; returns at once."""
        self._said.put(said)

    def close(self) -> None:
        """Write what is left, then stop."""
        self._said.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            project = Project(self._folder, self._who)
        except EngineError as error:
            self._refuse_all(str(error))
            return
        with project:
            # A room that was killed between a decision and its manifest left an older one.
            with contextlib.suppress(EngineError, sqlite3.Error, OSError):
                project.save_manifest()
            self._tell_set_aside(project)
            while (said := self._said.get()) is not None:
                try:
                    self._post(self._write(project, said))
                except Exception as error:  # whatever it is, the next key must still be written
                    self._post(NotWritten(_ids_of(said), _in_words(error)))
                self._tell_set_aside(project)

    def _write(self, project: Project, said: Task) -> Written:
        step: Step | None
        if isinstance(said, SaveManifest):
            project.save_manifest()
            return Written("save", [])
        if isinstance(said, TakeBack):
            step = project.redo() if said.again else project.undo()
            action = "redo" if said.again else "undo"
        else:
            # A change of the newest standing, not of the one on the screen: tags and tweaks that
            # others, or an earlier key, have given since stay.
            step = project.decide(dict.fromkeys(said.ids, said.applied))
            action = "do"
        ids = step.candidate_ids if step else ()
        readable, _ = sort_out(project.catalogue.candidate(identity) for identity in ids)
        return Written(action, readable, ids, step)

    def _tell_set_aside(self, project: Project) -> None:
        aside, project.set_aside = project.set_aside, None
        if aside is not None:
            self._post(SetAside(aside))

    def _refuse_all(self, reason: str) -> None:
        while (said := self._said.get()) is not None:
            self._post(NotWritten(_ids_of(said), reason))


def _in_words(error: Exception) -> str:
    """Say why nothing was written, without the system's number for it."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{Path(error.filename).name}: {error.strerror}" if error.filename else error.strerror


def _ids_of(said: Task) -> tuple[str, ...]:
    return said.ids if isinstance(said, Say) else ()
