"""The thread that reads the catalogue: first all of it, then what others change."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from engine.errors import EngineError
from engine.products.proposal import Skipped
from engine.project.candidate import Candidate, sort_out
from engine.project.catalogue import Catalogue
from engine.project.project import Project
from engine.values import Scene, Size, State
from tui.filtering import Disputes
from tui.grouping import FORMER
from tui.session import STALE, Session, Whereabouts, others, save_session

EVERY = 0.8
"""Seconds between two looks: others' decisions show within one."""

MANY = 4_000
"""Candidates beyond which the first sources are shown before the others are read."""

_AT_ONCE = 100
"""Candidates whose recipes are checked in a millisecond or so."""

_PAUSE = 0.3
"""Seconds in which a screen has taken in tens of thousands of candidates."""


@dataclass
class Loaded(Message):
    """All that is to review, as it is now; comes again when a scan has taken something away."""

    candidates: Sequence[Candidate]
    sources: Mapping[str, str]
    """Names by id, in order."""
    sizes: Mapping[str, Size]
    """Of their frames."""
    skipped: Sequence[tuple[str, int, Skipped]]
    complete: bool = True
    """False for the first sources of a large project, to begin with."""


@dataclass
class Added(Message):
    """A scan has found more; what was loaded before still stands."""

    candidates: Sequence[Candidate]
    sources: Mapping[str, str]
    sizes: Mapping[str, Size]
    skipped: Sequence[tuple[str, int, Skipped]]


@dataclass
class ScenesLoaded(Message):
    """What was measured on the scenes: nice to know, slow to read, so it comes second."""

    scenes: Mapping[tuple[str, int], Scene]


@dataclass
class Decided(Message):
    """Somebody decided; these are the candidates as they stand now."""

    candidates: Sequence[Candidate]


@dataclass
class LeftOut(Message):
    """Candidates whose recipes cannot be read are not listed."""

    reasons: Sequence[str]
    """A line for each, with the way out."""


@dataclass
class Disputed(Message):
    """What reviewers do not agree on has changed."""

    disputes: Disputes


@dataclass
class Elsewhere(Message):
    """Others have come, gone, or moved to another scene."""

    whereabouts: Whereabouts


@dataclass
class Unreadable(Message):
    """The catalogue cannot be read, and why."""

    reason: str


class Watcher:
    """Looks at the catalogue about once a second, in its own thread with its own project."""

    def __init__(self, folder: Path, who: str | None, post: Callable[[Message], object]) -> None:
        self._folder, self._who, self._post = folder, who, post
        self._stop = threading.Event()
        self._loaded = False
        self._newest = -1
        self._content: tuple[int, ...] = ()
        self._disputes: Disputes = {}
        self._whereabouts: Whereabouts = {}
        self._refused: set[str] = set()
        self._told: set[str] = set()
        self._saved, self._saved_at = Session(), 0.0
        self.session: Session | None = None
        """Where this reviewer is, set by the screen; None until it knows."""
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        try:
            with Project(self._folder, self._who) as project:
                self._watch(project)
                self._tell_where(project, here=False)
        except (EngineError, sqlite3.Error, OSError) as error:
            self._post(Unreadable(str(error)))

    def _watch(self, project: Project) -> None:
        while True:
            try:
                self._look(project)
                self._tell_where(project, here=True)
                self._look_for_others(project)
            except sqlite3.Error as error:  # locked for long, say: it may pass
                self._post(Unreadable(str(error)))
            if self._stop.wait(EVERY):
                return

    def _look(self, project: Project) -> None:
        catalogue = project.catalogue
        newest, content = catalogue.newest_decision(), catalogue.content_stamp()
        if content != self._content:
            if not self._add(catalogue, content):
                self._load(project)
        elif newest != self._newest:
            self._post(Decided(self._readable(catalogue.decided_since(self._newest))))
            self._tell_refused()
        if newest != self._newest:
            self._find_disputes(catalogue)
        self._newest, self._content = newest, content

    def _find_disputes(self, catalogue: Catalogue) -> None:
        disputes = catalogue.disputes()
        if disputes != self._disputes:
            self._disputes = disputes
            self._post(Disputed(disputes))

    def _tell_where(self, project: Project, *, here: bool) -> None:
        session, now = self.session, time.monotonic()
        if session is None:
            return
        if here and session == self._saved and now - self._saved_at < STALE / 4:
            return
        self._saved, self._saved_at = session, now
        # A disk that is full must not end the watch: where somebody is can be told later.
        with contextlib.suppress(OSError):
            save_session(project.folder, project.who, session, here=here)

    def _look_for_others(self, project: Project) -> None:
        whereabouts = others(project.folder, project.who)
        if whereabouts != self._whereabouts:
            self._whereabouts = whereabouts
            self._post(Elsewhere(whereabouts))

    def _add(self, catalogue: Catalogue, content: tuple[int, ...]) -> bool:
        """Tell only what is new while a scan runs; False when something has gone as well."""
        if not self._loaded or content[0] < self._content[0]:
            return False
        added = catalogue.candidates(after=self._content[0])
        folded = sum(bool(candidate.like) for candidate in added)
        grown = self._content[-2] + folded, self._content[-1] + len(added)
        if not added or grown != content[-2:]:
            return False
        sources, sizes = self._named(catalogue)
        self._post(Added(self._readable(added), sources, sizes, catalogue.skipped()))
        self._tell_refused()
        if content[2] != self._content[2]:
            self._load_scenes(catalogue)
        return True

    def _readable(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Leave out what another version or a hand wrote and the room could not draw."""
        readable: list[Candidate] = []
        for start in range(0, len(found), _AT_ONCE):
            some, refused = sort_out(found[start : start + _AT_ONCE])
            readable += some
            self._refused.update(failure.reason for failure in refused)
            time.sleep(0)  # let a key have its turn
        return readable

    def _tell_refused(self) -> None:
        """Tell what was left out, once."""
        news, self._refused = self._refused - self._told, set()
        self._told |= news
        if news:
            self._post(LeftOut(sorted(news)))

    def _named(self, catalogue: Catalogue) -> tuple[Mapping[str, str], Mapping[str, Size]]:
        known, outdated = catalogue.sources(), catalogue.outdated_sources()
        before = dict.fromkeys(outdated, FORMER)
        return {s.id: s.name + before.get(s.id, "") for s in known}, {s.id: s.size for s in known}

    def _load_scenes(self, catalogue: Catalogue) -> None:
        self._post(ScenesLoaded({(s.source.id, s.number): s for s in catalogue.scenes()}))

    def _load(self, project: Project) -> None:
        catalogue = project.catalogue
        sources, sizes = self._named(catalogue)
        skipped = catalogue.skipped()
        first_of_many = not self._loaded and catalogue.content_stamp()[0] > MANY
        self._loaded = True
        if first_of_many and len(sources) > 1:
            begin = self._readable(self._first_sources(catalogue, sources))
            self._post(Loaded(begin, sources, sizes, [], complete=False))
        found = self._readable(catalogue.candidates())
        self._post(Loaded(found, sources, sizes, skipped))
        self._tell_refused()
        # A key that comes while the screen takes these in should not have to wait for this, too.
        if self._stop.wait(_PAUSE if first_of_many else 0):
            return
        self._load_scenes(catalogue)

    def _first_sources(self, catalogue: Catalogue, sources: Iterable[str]) -> list[Candidate]:
        """Read sources up to the first that has something to decide: where the cursor will be."""
        found: list[Candidate] = []
        for source_id in sources:
            found += catalogue.candidates(source_id=source_id)
            if any(candidate.state is State.PENDING for candidate in found):
                break
        return found
