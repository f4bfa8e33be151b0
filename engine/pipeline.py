"""A scan: where footage, analysis, products and the project meet."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.analysis.overlays import with_logos
from engine.buckets.presets import TARGETS
from engine.discovery import SceneProposed, propose_scenes
from engine.errors import ProjectError, SourceError
from engine.events import Event, Failed, Finished, Noted, Proposed, Work
from engine.files import write_whole
from engine.footage.known import Known, load_whole, save_known, save_whole
from engine.footage.sources import find_sources
from engine.isolation import Broken, Done, Isolated, Unit, run_alone
from engine.merging import Merged, Part, merge_plates
from engine.opening import begin_opening, hear_opened
from engine.products.detectors import check_detectors
from engine.products.proposal import Proposal
from engine.project.candidate import Candidate, sort_out
from engine.project.hand_edits import in_words
from engine.project.project import SUFFIX, Project
from engine.project.settings import load_settings
from engine.proposing import Key, Proposing, key_of
from engine.recipe import PlateRecipe
from engine.returns import Doubles, Sets, Shown, find_doubles, find_sets
from engine.scenes import (
    Analysed,
    Opened,
    Place,
    SceneFound,
    analyse_source,
    forget_place,
    load_place,
    probe,
    save_place,
)
from engine.submission import Submitted
from engine.text import plain, plural
from engine.values import Kind, Overlay, SameSet, Scene, Source

_SCENES_A_RUN = 12
"""Most scenes of one unit that proposes."""

_SKETCHING = 0.05
"""Seconds that it takes, about, to look at a scene for sets that come back."""

_FRAMES_A_PART = 2400
"""Least frames of a source that a far worker analyses before it answers."""

PICTURE_KINDS = (Kind.PANORAMA, Kind.PLATE, Kind.LAYER, Kind.KEEPER, Kind.CROP)


@dataclass
class ScanResult:
    """What a scan made."""

    folder: Path
    sources: list[Source] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    candidates: int = 0
    scenes: int = 0


def default_project(paths: Sequence[Path]) -> Path:
    """Name the project when the user names none: in this folder, after the first source."""
    name = paths[0].resolve().stem if paths[0].is_file() else paths[0].resolve().name
    return Path(f"{name or 'footage'}{SUFFIX}")


def scan(
    paths: Sequence[Path],
    folder: Path,
    *,
    kinds: Sequence[Kind] = PICTURE_KINDS,
    jobs: int = 0,
    executor: Executor | None = None,
) -> Work[ScanResult]:
    """Find scenes in sources and propose candidates of ``kinds`` into the project ``folder``.

    What an earlier scan finished is not done again; decisions are never touched. Stopping at any
    moment loses the scenes in work. With an ``executor``, units are done by it, ``jobs`` at a
    time, instead of by processes here; it must find project and sources by the same paths.
    Sources that cannot be read are told as :class:`~engine.events.Failed`, and the others go on.

    Raises
    ------
    SourceError
        When none of the sources can be read; nothing is left behind.
    ProjectError
        When another scan is at work in the same project.
    EngineError
        When a setting of the project, or a detector that it names, is of no use.
    """
    result = ScanResult(folder)
    if load_settings(folder).detectors:
        yield from run_alone("settings", try_settings, folder)
    work = _Work(tuple(kinds), jobs or os.cpu_count() or 1, executor)
    named, is_new = find_sources(paths), not folder.exists()
    with ExitStack() as at_the_end, Isolated(work.jobs_here) as here:
        begin_opening(named, here)
        # Meanwhile, for the disk takes as long to confirm that as a film takes to be opened.
        with Project.create(folder) as project, _only_scan(project):
            try:
                opened, failed = yield from hear_opened(named, here, entirely=executor is not None)
                result.sources += [one.source for one in opened]
                result.failed += failed
                if opened:
                    yield from _scan_into(project, opened, result, work, here)
            finally:
                # However it ended; but only when nobody writes there any more.
                if is_new and not project.catalogue.count_scenes():
                    at_the_end.callback(shutil.rmtree, folder, ignore_errors=True)
    if not result.scenes:
        reasons = [failure.reason for failure in result.failed] or ["no scene was found"]
        raise SourceError("\n".join(reasons))
    yield from result.failed
    return result


def try_settings(folder: Path) -> Iterator[Event]:
    """Read the settings for a project and run its detectors once: a bad one is told at once."""
    check_detectors(load_settings(folder).detectors)
    yield from ()


@contextmanager
def _only_scan(project: Project) -> Iterator[None]:
    """Hold the project against a second scan; reviewers are not kept out."""
    with (project.folder / ".scan.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            name = plain(str(project.folder))
            raise ProjectError(f"{name}: another scan is at work here; let it finish") from None
        yield


def _scan_into(
    project: Project,
    opened: Sequence[Opened],
    result: ScanResult,
    work: _Work,
    here: Isolated,
) -> Iterator[Event]:
    _sweep(project.folder)
    _notice_settings(project)
    with project.catalogue.unhurried(), work.pool(here) as pool:
        scanning = _Scanning(project, result, work, pool)
        for one in opened:
            yield from scanning.take_up(one)
        for unit, message in pool:
            yield from scanning.heed(unit, message)
        if not _compared(project.folder).exists():
            for compare in (scanning.find_sets, scanning.find_doubles):
                compare()
                for unit, message in pool:
                    yield from scanning.heed(unit, message)
    if scanning.has_compared:  # what came of it is on disk by now
        write_whole(_compared(project.folder), "")
    with project.catalogue.transaction():
        for recipe in TARGETS.values():
            why = f"how {recipe.trainer} buckets the set"
            project.catalogue.put_report(Proposal(recipe, (0, 0), 1.0, recipe.target, (why,)))
    project.save_manifest()
    if project.set_aside:
        yield Noted(in_words(project.set_aside))


def _notice_settings(project: Project) -> None:
    """Have crops proposed again where the detectors are not those that they were made with."""
    mark = project.folder / "proxies" / "detectors"
    known = mark.read_text(encoding="utf-8") if mark.is_file() else ""
    now = load_settings(project.folder).fingerprint()
    if now != known:
        project.catalogue.propose_again(Kind.CROP)
        write_whole(mark, now)


def _compared(folder: Path) -> Path:
    """Give the mark that all candidates there are were compared across scenes."""
    return folder / "proxies" / "compared"


def _sweep(folder: Path) -> None:
    """Take away what a scan that was killed left half written."""
    for half in folder.glob("p*/**/.*.tmp*"):
        half.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Work:
    """What is wanted, and by whom it is done."""

    kinds: tuple[Kind, ...]
    jobs: int
    executor: Executor | None

    @property
    def jobs_here(self) -> int:
        """Processes at once on this machine, which does not have a cluster's cores."""
        return min(self.jobs, os.cpu_count() or 1) if self.executor else self.jobs

    def pool(self, here: Isolated) -> Isolated | Submitted:
        """Give what runs units: processes ``here``, or an executor that may be anywhere."""
        return Submitted(self.executor) if self.executor else here

    @property
    def scenes_a_run(self) -> int:
        """Most scenes of one unit that proposes."""
        # An executor answers at a unit's end: one scene, so that it is known which one fails.
        return 1 if self.executor else _SCENES_A_RUN

    @property
    def frames_a_part(self) -> int:
        """Least frames of one unit that analyses; 0 for the whole of a source."""
        return _FRAMES_A_PART if self.executor else 0


class _Scanning:
    """Gives out units, and writes down what comes of them."""

    def __init__(
        self, project: Project, result: ScanResult, work: _Work, pool: Isolated | Submitted
    ) -> None:
        self._project, self._result, self._work, self._pool = project, result, work, pool
        self._queue = Proposing(
            pool, project.folder, work.kinds, jobs=work.jobs, scenes_a_run=work.scenes_a_run
        )
        self._opened: dict[str, Opened] = {}
        self._places: dict[str, Place] = {}
        self._settled: set[Key] = set()
        self._noted: set[Noted] = set()
        self._analysing: set[str] = set()
        self._unread: dict[str, int] = {}
        """Frames that were not analysed yet, by source."""
        self._to_read = 0
        """Frames that were not when this scan began."""
        self._known_before = 0
        """Scenes without candidates that an earlier scan had found."""
        self._sets: Sequence[SameSet] | None = None
        self._sets_asked = False
        self.has_compared = False
        """All candidates that are there now were compared across scenes."""
        self._revised: dict[Key, tuple[Overlay, ...]] = {}

    def take_up(self, opened: Opened) -> Iterator[Event]:
        """Begin with a source, or go on with it where an earlier scan stopped."""
        source, catalogue = opened.source, self._project.catalogue
        catalogue.put_source(source, opened.files)
        opened = replace(opened, files=())  # what units are handed need not name thousands
        self._opened[source.id] = opened
        proxies = self._project.folder / "proxies"
        if opened.known is not None:
            save_known(proxies, opened.known)
            opened.known.whole |= load_whole(proxies, opened.known)
        followed = self._project.follow_pictures(source)
        if followed:
            text = f"{plural(followed, 'decision has', 'decisions have')} followed"
            yield Noted(f"{plain(source.name)} has changed; {text} to the pictures as they are now")
        kept = catalogue.retire_others_at(source)
        if kept:
            text = f"{plural(kept, 'decision is', 'decisions are')} kept from what it was before"
            where = "`list --where outdated=yes` shows them, `reject` drops them"
            yield Noted(f"{plain(source.name)} has changed; {text} and cannot be exported: {where}")
        waiting = catalogue.unproposed(source.id, self._work.kinds)
        if catalogue.is_analysed(source.id) and self._have_proxies(waiting):
            self._result.scenes += catalogue.count_scenes(source.id)
        else:
            place = self._place_in(source.id)
            self._result.scenes += place.scenes if place else 0
            waiting = [scene for scene in waiting if place and scene.number <= place.scenes]
            proposed = (s for s in catalogue.scenes(source.id) if self._is_proposed(s))
            self._settled |= {key_of(scene) for scene in proposed}
            catalogue.begin_analysis(source.id)
            self._analyse(opened, place)
        self._known_before += len(waiting)
        for scene in waiting:
            self._queue.add(opened, scene)

    def heed(self, unit: Unit, message: Any) -> Iterator[Event]:
        """Do what a unit's message asks for."""
        match message:
            case SceneFound(scene, place, whole):
                known = self._opened[scene.source.id].known
                if whole and known is not None:
                    known.whole[scene.shot.start : scene.shot.stop] = True
                    save_whole(self._project.folder / "proxies", known)
                self._found(scene, place)
            case SceneProposed(scene, _, _) if self._is_outdated(scene):
                pass
            case SceneProposed(scene, found, _):
                for identity, (proposal, _) in zip(self._keep(message), found, strict=True):
                    yield Proposed(identity, proposal.recipe.kind, scene.number)
                self._queue.done(scene)
                yield self._queue.progress(self._share_read(), self._known_before)
                yield Finished(f"scene {scene.number} of {plain(scene.source.name)}")
            case Analysed(frames, scenes, logos):
                source_id = unit.args[0].source.id
                with self._project.catalogue.transaction():
                    self._revise(unit.args[0], logos)
                    self._project.catalogue.finish_analysis(source_id, frames, scenes)
                self._places.pop(source_id, None)
                forget_place(self._project.folder, source_id)
                self._analysing.discard(source_id)
                self._unread.pop(source_id, None)
                if not self._analysing:
                    self.find_sets()
            case Sets(found):
                self._sets = found
            case Doubles(found):
                self._project.catalogue.put_same_sets(unit.args[0])
                self._project.catalogue.fold(dict(found))
                self.has_compared = not self._merge_plates()
            case Merged(scene, proposal, preview, parts):
                identity = self._project.catalogue.put_more(scene, proposal, preview)
                self._project.catalogue.fold(dict.fromkeys(parts, identity))
                self._result.candidates += 1
                yield Proposed(identity, Kind.PLATE, scene.number)
            case Opened(source, known):
                self._know_more(source, known)
            case Broken() if unit.work is probe:
                pass  # whoever wants what it did not tell finds that out anew
            case Broken(reason, expected):
                self._broke(unit, reason, expected=expected)
            case Done():
                if unit.work is propose_scenes:
                    self._queue.ended(unit)
                elif unit.work is analyse_source and unit.args[0].source.id in self._places:
                    self._analyse(unit.args[0], self._places[unit.args[0].source.id])
                elif unit.work is merge_plates:
                    self.has_compared = True
            case Noted() if message in self._noted:
                pass  # parts of a source overlap a little
            case Noted():
                self._noted.add(message)
                yield message
            case _:
                yield message

    def _share_read(self) -> float:
        """Give the share that was read of all frames that this scan analyses."""
        return 1 - sum(self._unread.values()) / self._to_read if self._to_read else 1.0

    def _know_more(self, source: Source, told: Known | None) -> None:
        """Keep what was found out about a film while its analysis had begun."""
        known = self._opened[source.id].known
        if known is not None and told is not None:
            known.left_sited = told.left_sited
            save_known(self._project.folder / "proxies", known)

    def _found(self, scene: Scene, place: Place | None) -> None:
        source_id = scene.source.id
        self._unread[source_id] = max(0, scene.source.frames - scene.shot.stop)
        # One that has its candidates stays as it is: its picture's edges were refined.
        if key_of(scene) not in self._settled:
            self._project.catalogue.put_scene(scene)
        self._result.scenes += 1
        if place is None:
            self._places.pop(source_id, None)
        else:
            self._places[source_id] = place
            save_place(self._project.folder, source_id, place)
        if not self._is_proposed(scene):
            self._queue.add(self._opened[source_id], scene)

    def _revise(self, opened: Opened, logos: Sequence[Overlay]) -> None:
        """Do anew what was found before it was known that a logo is on it."""
        for scene in self._project.catalogue.scenes(opened.source.id):
            told = with_logos(scene, logos)
            if told.overlays != scene.overlays:
                self._project.catalogue.put_scene(told)
                self._revised[key_of(told)] = told.overlays
                self._queue.add(opened, told)

    def _is_outdated(self, scene: Scene) -> bool:
        """Whether more is known of a scene than what its candidates were made from."""
        return self._revised.get(key_of(scene), scene.overlays) != scene.overlays

    def find_sets(self) -> None:
        """Look across all scenes for sets that come back, once.

        As soon as all are there, beside what makes candidates.
        """
        scenes = [s for s in self._project.catalogue.scenes() if self._is_there(s.source)]
        if not self._sets_asked and len(scenes) > 1:
            self._sets_asked = True
            seconds = _SKETCHING * len(scenes)
            unit = Unit("scenes", find_sets, (self._project.folder, scenes), seconds)
            self._pool.add(unit, first=True)

    def _is_there(self, source: Source) -> bool:
        """Whether a film is what it was: of one that has changed, decided scenes are kept."""
        return source.id in self._opened or self._project.catalogue.is_analysed(source.id)

    def find_doubles(self) -> None:
        """Look across all candidates for doubles; only now are all there."""
        if self._sets is None:
            return
        catalogue = self._project.catalogue
        shown = [
            Shown(
                c.id, c.kind, (c.source_id, c.scene), c.score, c.size[0] * c.size[1], path, c.reason
            )
            for c in sort_out(catalogue.candidates())[0]
            if c.kind in (Kind.PANORAMA, Kind.PLATE, Kind.KEEPER, Kind.CROP)
            and not (c.like or _is_merged(c))
            and (path := self._project.preview_path(c)) is not None
        ]
        self._pool.add(Unit("scenes", find_doubles, (self._sets, shown)))

    def _merge_plates(self) -> bool:
        """Have plates of one set completed by each other's shots; False if there are none."""
        catalogue = self._project.catalogue
        plates = {
            (c.source_id, c.scene): Part(c.id, c.recipe, c.score)
            for c in sort_out(catalogue.candidates(kind=Kind.PLATE))[0]
            if isinstance(c.recipe, PlateRecipe) and not _is_merged(c)
        }
        sets = list(catalogue.same_sets().values())
        if not sets or Kind.PLATE not in self._work.kinds:
            return False
        args = (self._project.folder, catalogue.scenes(), sets, plates)
        self._pool.add(Unit("plates of one set", merge_plates, args))
        return True

    def _is_proposed(self, scene: Scene) -> bool:
        return self._project.catalogue.is_proposed(scene, self._work.kinds)

    def _keep(self, proposed: SceneProposed) -> list[str]:
        """Write down a scene's candidates, and its picture's edges with them."""
        catalogue = self._project.catalogue
        _compared(self._project.folder).unlink(missing_ok=True)
        with catalogue.transaction():
            catalogue.put_scene(proposed.scene)
            ids = catalogue.put_proposals(
                proposed.scene, proposed.found, proposed.skipped, self._work.kinds
            )
        self._result.candidates += len(ids)
        return ids

    def _analyse(self, opened: Opened, since: Place | None) -> None:
        self._analysing.add(opened.source.id)
        if opened.source.id not in self._unread:
            left = max(0, opened.source.frames - (since.memory.start if since else 0))
            self._unread[opened.source.id] = left
            self._to_read += left
        args = (opened, self._project.folder, since, self._work.frames_a_part)
        self._pool.add(Unit(opened.source.name, analyse_source, args))

    def _broke(self, unit: Unit, reason: str, *, expected: bool) -> None:
        name = plain(unit.name)
        whole = reason if expected else f"{name}: {reason}"
        if unit.work is propose_scenes:
            whole = f"{name}, scene {self._queue.broke(unit)}: {reason}"
        elif unit.work is analyse_source:
            self._unread.pop(unit.args[0].source.id, None)
        self._result.failed.append(Failed(name, whole))

    def _place_in(self, source_id: str) -> Place | None:
        """Find where an earlier analysis stopped, if all that it found is still here."""
        place = load_place(self._project.folder, source_id)
        if place is None:
            return None
        scenes = self._project.catalogue.scenes(source_id)[: place.scenes]
        numbers = [scene.number for scene in scenes]
        whole = numbers == [*range(1, place.scenes + 1)] and self._have_proxies(scenes)
        return place if whole and scenes[-1].shot.stop == place.memory.start else None

    def _have_proxies(self, scenes: Sequence[Scene]) -> bool:
        """Whether there is what the candidates of scenes are made from."""
        project = self._project
        return all(project.proxies_path(s.source.id, s.number).is_file() for s in scenes)


def _is_merged(candidate: Candidate) -> bool:
    """Whether it is made of several scenes' frames, so that no comparison of scenes is about it."""
    return isinstance(candidate.recipe, PlateRecipe) and bool(candidate.recipe.also)
