"""The one place where the stages meet: footage, analysis, products and the project."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from engine.analysis.shots import analyse_shots
from engine.buckets.presets import TARGETS
from engine.errors import EngineError, ProjectError, SourceError
from engine.events import Advanced, Event, Failed, Finished, Noted, Proposed, Work
from engine.files import write_whole
from engine.footage.footage import Footage
from engine.footage.letterbox import refine_picture
from engine.footage.proxies import ProxyReader, write_proxies
from engine.footage.reader import FrameReader
from engine.footage.sources import find_sources, fingerprint, open_source
from engine.isolation import Broken, Done, Isolated, Unit, run_alone, tell
from engine.products.companions import propose_companions
from engine.products.crops import CropBase, propose_crops
from engine.products.keepers import propose_keepers
from engine.products.layer import propose_layers
from engine.products.panorama import propose_panoramas
from engine.products.plate import propose_plates
from engine.products.proposal import Proposal, Skipped
from engine.products.render import base_of, cut, render
from engine.project.candidate import Candidate
from engine.project.project import SUFFIX, Project
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Recipe,
    candidate_id,
    picture_of,
)
from engine.text import plain, plural
from engine.values import Frame, Image, Kind, Rendered, Scene, Size, Source

ANALYSIS_SIDE = 640
"""Long side of the frames that are analysed and kept as proxies, pixels."""

PREVIEW_SIDE = 960
"""Long side of a preview, pixels: what a large terminal can show."""

_SCENES_A_RUN = 12
"""Most scenes that one child proposes for before it is replaced."""

PICTURE_KINDS = (Kind.PANORAMA, Kind.PLATE, Kind.LAYER, Kind.KEEPER, Kind.CROP)


@dataclass
class ScanResult:
    """What a scan made."""

    folder: Path
    sources: list[Source] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    candidates: int = 0
    scenes: int = 0


@dataclass(frozen=True)
class _Analysed:
    """A source was read to its end."""

    frames: int
    scenes: int


@dataclass(frozen=True)
class _SceneProposed:
    """A scene's candidates, on their way from the child that made them to the catalogue."""

    scene: Scene
    found: tuple[tuple[Proposal, str], ...]
    skipped: tuple[Skipped, ...]


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
) -> Work[ScanResult]:
    """Find scenes in sources and propose candidates of ``kinds`` into the project ``folder``.

    What an earlier scan finished is not done again; decisions are never touched. Stopping at any
    moment loses the scenes in work; a source in the middle of its analysis is read again.
    Sources that cannot be read are told as :class:`~engine.events.Failed`, and the others go on.

    Raises
    ------
    SourceError
        When none of the sources can be read; nothing is left behind.
    ProjectError
        When another scan is at work in the same project.
    """
    result = ScanResult(folder)
    yield from _open_sources(paths, result)
    if not result.sources:
        raise SourceError("\n".join(failure.reason for failure in result.failed))
    is_new = not folder.exists()
    with Project.create(folder) as project, _only_scan(project):
        yield from _scan_into(project, result, kinds, jobs or os.cpu_count() or 1)
        if is_new and not result.scenes:
            shutil.rmtree(folder, ignore_errors=True)
    if not result.scenes:
        reasons = [failure.reason for failure in result.failed] or ["no scene was found"]
        raise SourceError("\n".join(reasons))
    yield from result.failed
    return result


def _open_sources(paths: Sequence[Path], result: ScanResult) -> Iterator[Event]:
    """Open each source in a child of its own; the same film by two paths is one source."""
    known: set[str] = set()
    for path in find_sources(paths):
        yield Advanced("opening sources", len(result.sources), 0, "sources")
        try:
            (source,) = run_alone(path.name, probe, path)
        except EngineError as error:
            result.failed.append(Failed(plain(path.name), str(error)))
            continue
        if source.id in known:
            yield Noted(f"{plain(path.name)} is a source that was named already")
        else:
            known.add(source.id)
            result.sources.append(source)


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


def probe(path: Path) -> Iterator[Source]:
    """Open a source and tell what it is."""
    with open_source(path) as footage:
        yield footage.source


def _scan_into(
    project: Project, result: ScanResult, kinds: Sequence[Kind], jobs: int
) -> Iterator[Event]:
    catalogue = project.catalogue
    queue = _Proposing(project.folder, kinds, jobs)
    with Isolated(jobs) as pool:
        for source in result.sources:
            catalogue.put_source(source)
            kept = catalogue.retire_others_at(source)
            if kept:
                text = f"{plural(kept, 'decision')} on what it was before are kept"
                yield Noted(f"{plain(source.name)} has changed; {text}")
            waiting = catalogue.unproposed(source.id, kinds)
            if catalogue.is_analysed(source.id) and _have_proxies(project, waiting):
                result.scenes += catalogue.count_scenes(source.id)
                for scene in waiting:
                    queue.add(pool, scene)
            else:
                catalogue.begin_analysis(source.id)
                pool.add(Unit(source.name, analyse_source, (source, project.folder)))
        for unit, message in pool:
            match message:
                case Scene():
                    catalogue.put_scene(message)
                    result.scenes += 1
                    if not catalogue.is_proposed(message, kinds):
                        queue.add(pool, message)
                case _SceneProposed(scene, found, skipped):
                    catalogue.put_scene(scene)
                    ids = catalogue.put_proposals(scene, found, skipped, kinds)
                    result.candidates += len(ids)
                    for identity, (proposal, _) in zip(ids, found, strict=True):
                        yield Proposed(identity, proposal.recipe.kind, scene.number)
                    queue.done(scene)
                    yield queue.progress()
                    yield Finished(f"scene {scene.number} of {plain(scene.source.name)}")
                case _Analysed(frames, scenes):
                    catalogue.finish_analysis(unit.args[0].id, frames, scenes)
                case Broken(reason, expected):
                    name = plain(unit.name)
                    whole = reason if expected else f"{name}: {reason}"
                    if unit.work is propose_scenes:
                        whole = f"{name}, scene {queue.broke(pool, unit)}: {reason}"
                    result.failed.append(Failed(name, whole))
                case Done():
                    queue.ended(pool, unit)
                case _:
                    yield message
    for recipe in TARGETS.values():
        catalogue.put_report(
            Proposal(recipe, (0, 0), 1.0, recipe.target, (f"how {recipe.trainer} buckets the set",))
        )
    project.save_manifest()


def _have_proxies(project: Project, scenes: Sequence[Scene]) -> bool:
    """Whether the scenes that still want candidates have what these are made from."""
    return all(project.proxies_path(s.source.id, s.number).is_file() for s in scenes)


class _Proposing:
    """Scenes that wait for their candidates, handed to children in runs.

    Opening a film costs a look at all of its packets: a child that does several scenes of it
    pays that once.
    """

    def __init__(self, folder: Path, kinds: Sequence[Kind], jobs: int) -> None:
        self._folder, self._kinds, self._jobs = folder, tuple(kinds), jobs
        self._waiting: dict[str, list[Scene]] = {}
        self._at_work: dict[int, list[Scene]] = {}
        self._finished, self._known = 0, 0

    def add(self, pool: Isolated, scene: Scene) -> None:
        """Queue a scene, and start a child for it if there is one to spare."""
        self._known += 1
        self._waiting.setdefault(scene.source.id, []).append(scene)
        self._start(pool)

    def done(self, scene: Scene) -> None:
        """Note that a scene has its candidates."""
        self._finished += 1
        for scenes in self._at_work.values():
            scenes[:] = [s for s in scenes if not _is_same(s, scene)]

    def ended(self, pool: Isolated, unit: Unit) -> None:
        """Note that a child has ended, and start the next."""
        self._at_work.pop(id(unit), None)
        self._start(pool)

    def broke(self, pool: Isolated, unit: Unit) -> int:
        """Give the number of the scene that broke its child; queue those that came after it."""
        culprit, *rest = self._at_work.pop(id(unit)) or unit.args[1][-1:]
        self._finished += 1
        self._waiting.setdefault(culprit.source.id, [])[:0] = rest
        self._start(pool)
        return culprit.number

    def progress(self) -> Advanced:
        """Say how many scenes are done."""
        return Advanced("finding candidates", self._finished, self._known, "scenes")

    def _start(self, pool: Isolated) -> None:
        for source_id, scenes in self._waiting.items():
            while scenes and len(self._at_work) < self._jobs:
                count = max(1, min(_SCENES_A_RUN, len(scenes) // self._jobs))
                run, scenes[:count] = scenes[:count], []
                folder = self._folder / "proxies" / source_id
                args = (run[0].source, run, folder, self._folder, self._kinds)
                unit = Unit(run[0].source.name, propose_scenes, args)
                self._at_work[id(unit)] = list(run)
                # Before the next source, so that the room has something to show early.
                pool.add(unit, first=True)


def _is_same(one: Scene, other: Scene) -> bool:
    return (one.source.id, one.number) == (other.source.id, other.number)


def analyse_source(source: Source, folder: Path) -> Iterator[Scene | Event | _Analysed]:
    """Read a source once: its scenes, with their proxies on disk, and last how many there were."""
    return analyse_frames(source, folder / "proxies" / source.id)


def analyse_frames(source: Source, proxies: Path | None) -> Iterator[Scene | Event | _Analysed]:
    """Read a source once; write the proxies of each scene into the folder ``proxies``, if any."""
    last = number = 0
    with open_source(source.path) as footage:
        scale = footage.reduced_scale(ANALYSIS_SIDE)
        frames = _counted(footage.reduced(ANALYSIS_SIDE), source)
        shots = analyse_shots(frames, scale=scale, fps=float(source.fps) or 24.0, size=source.size)
        for number, found in enumerate(shots, start=1):
            last = found.shot.stop
            if proxies is not None:
                write_proxies(proxies / f"{number:05d}.zip", found.proxies, scale, source.size)
            yield Scene(number, source, found.shot, found.picture, found.motion, found.facts)
        for damage in footage.damage:
            yield Noted(f"{plain(source.name)}, {damage.time:.1f} s: {damage.text}")
    yield _Analysed(last, number)


def _counted(frames: Iterator[Frame], source: Source) -> Iterator[Frame]:
    """Tell how far a source is read, ten times a second at most."""
    told = 0.0
    for count, frame in enumerate(frames, start=1):
        now = time.monotonic()
        if now - told > 0.1:
            told = now
            tell(Advanced(f"reading {plain(source.name)}", count, source.frames))
        yield frame


def propose_scenes(
    source: Source, scenes: Sequence[Scene], proxies: Path, folder: Path, kinds: Sequence[Kind]
) -> Iterator[_SceneProposed]:
    """Make the candidates of some scenes of a source, previews written under ``folder``."""
    with open_source(source.path) as footage:
        if footage.source.id != source.id:
            raise SourceError(f"{plain(source.name)} has changed since it was analysed")
        for scene in scenes:
            reader = ProxyReader(proxies / f"{scene.number:05d}.zip")
            yield _propose_scene(scene, footage, reader, folder, kinds)


def _propose_scene(
    scene: Scene, footage: Footage, reader: FrameReader, folder: Path, kinds: Sequence[Kind]
) -> _SceneProposed:
    scene = _refined(scene, footage)
    proposals, skipped = _pictures(scene, reader)
    keepers = [p.recipe for p in proposals if isinstance(p.recipe, KeeperRecipe)]
    pictures = _keeper_pictures(footage, keepers)
    if Kind.CROP in kinds:
        crops = _crops(proposals, pictures, reader.scale)
        if not crops:
            skipped.append(Skipped(Kind.CROP, "no detail here stands out sharply enough"))
        proposals += crops
    found = []
    for proposal in proposals:
        if proposal.recipe.kind in kinds:
            image = proposal.preview
            if image is None and isinstance(proposal.recipe, KeeperRecipe):
                image = pictures.get(proposal.recipe)
            name = _write_preview(folder, scene.source.id, proposal.recipe, image)
            found.append((replace(proposal, preview=None), name))
    return _SceneProposed(scene, tuple(found), tuple(s for s in skipped if s.kind in kinds))


def _refined(scene: Scene, footage: Footage) -> Scene:
    """Find the edges of the picture to the pixel, on full frames: proxies are too coarse."""
    count = min(3, len(scene.shot))
    at = np.linspace(scene.shot.start, scene.shot.stop - 1, count + 2)[1:-1].astype(int)
    frames = footage.available(int(frame) for frame in at)
    images = [image for _, image in footage.read(frames)]
    return replace(scene, picture=refine_picture(scene.picture, images))


def _pictures(scene: Scene, reader: FrameReader) -> tuple[list[Proposal], list[Skipped]]:
    """Propose all whole pictures of a scene: panoramas, plates with their company, keepers."""
    found: list[Proposal | Skipped] = [*propose_panoramas(scene, reader)]
    plates = [*propose_plates(scene, reader)]
    found += plates
    for plate in plates:
        if isinstance(plate, Proposal) and isinstance(plate.recipe, PlateRecipe):
            found += propose_layers(scene, reader, plate.recipe)
            found += propose_companions(scene, reader, plate.recipe)
    if not any(isinstance(p, Proposal) for p in plates):
        found.append(Skipped(Kind.LAYER, "no clean plate here to put a subject back on"))
    found += propose_keepers(scene, reader)
    proposals: dict[str, Proposal] = {}
    for item in found:
        if isinstance(item, Proposal):
            # A companion that is also the sharpest frame is one keeper, the first one's.
            proposals.setdefault(candidate_id(scene.source.id, item.recipe), item)
    return list(proposals.values()), [item for item in found if isinstance(item, Skipped)]


def _keeper_pictures(
    footage: Footage, keepers: Sequence[KeeperRecipe]
) -> dict[KeeperRecipe, Image]:
    """Read the keepers at full resolution."""
    by_frame = {keeper.frame: keeper for keeper in keepers}
    frames = footage.available(by_frame)
    return {
        by_frame[frame]: np.ascontiguousarray(image[by_frame[frame].picture.slices])
        for frame, image in footage.read(frames)
        if frame in by_frame
    }


def _crops(
    proposals: Sequence[Proposal], keepers: dict[KeeperRecipe, Image], scale: float
) -> list[Proposal]:
    """Propose crops from the keepers at full size and from the previews of what is composited."""
    bases = [CropBase(recipe, image) for recipe, image in keepers.items()]
    plate = None
    for proposal in proposals:
        recipe = proposal.recipe
        if isinstance(recipe, PanoramaRecipe | PlateRecipe | LayerRecipe):
            if proposal.preview is None:
                continue
            bases.append(CropBase(recipe, proposal.preview, scale))
            if isinstance(recipe, PlateRecipe):
                plate = proposal.preview
    return propose_crops(bases, plate=plate)


def _write_preview(folder: Path, source_id: str, recipe: Recipe, image: Image | None) -> str:
    """Write a candidate's reduced picture; give its path under the project folder."""
    if image is None:
        return ""
    name = f"previews/{candidate_id(source_id, recipe)}.jpg"
    done, data = cv2.imencode(".jpg", shrink(image, PREVIEW_SIDE), [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        return ""
    write_whole(folder / name, data.tobytes())
    return name


def shrink(image: Image, long_side: int) -> Image:
    """Reduce a picture to at most ``long_side`` pixels, never enlarge it."""
    height, width = image.shape[:2]
    scale = long_side / max(width, height)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def preview_of(
    project: Project, candidate: Candidate, recipe: Recipe, long_side: int = PREVIEW_SIDE
) -> Work[Rendered]:
    """Make the reduced picture of a candidate with a changed recipe.

    Panoramas, plates and layers come from the scene's proxies. Keepers and their crops come from
    the source where it can be read, since a crop of a proxy would show nothing.

    Raises
    ------
    RenderError
        When no honest picture can be made; says why.
    SourceError
        When neither proxies nor the source can be read.
    """
    rendered = yield from _base_preview(project, candidate, base_of(recipe))
    if isinstance(recipe, CropRecipe):
        rendered = cut(rendered, recipe)
    image = shrink(rendered.image, long_side)
    scale = rendered.scale * image.shape[1] / rendered.image.shape[1]
    return replace(rendered, image=image, scale=scale)


def render_full(project: Project, candidate: Candidate) -> Work[Rendered]:
    """Make a candidate's picture at full resolution from its source.

    Raises
    ------
    RenderError
        When no honest picture can be made; says why.
    SourceError
        When the source has gone or changed.
    """
    base_of(candidate.recipe)
    with source_of(project, candidate.source_id) as footage:
        return (yield from render(footage, candidate.recipe))


def full_size_of(recipe: Recipe, preview: Rendered) -> Size:
    """Give the size at full resolution of what ``recipe`` makes, from its preview."""
    if isinstance(recipe, CropRecipe):
        return recipe.side, recipe.side
    if isinstance(recipe, KeeperRecipe | PlateRecipe | LayerRecipe):
        return picture_of(recipe).size
    height, width = preview.image.shape[:2]
    return round(width / preview.scale), round(height / preview.scale)


_bases: OrderedDict[tuple[str, str, BaseRecipe], Rendered] = OrderedDict()
_bases_lock = threading.Lock()
_BASES_KEPT = 6
"""Base previews kept in memory: nudging a crop must not stitch its panorama again."""


def _base_preview(project: Project, candidate: Candidate, base: BaseRecipe) -> Work[Rendered]:
    key = (str(project.folder), candidate.source_id, base)
    with _bases_lock:
        if key in _bases:
            _bases.move_to_end(key)
            return _bases[key]
    rendered = yield from _rendered_base(project, candidate, base)
    with _bases_lock:
        _bases[key] = rendered
        while len(_bases) > _BASES_KEPT:
            _bases.popitem(last=False)
    return rendered


def _rendered_base(project: Project, candidate: Candidate, base: BaseRecipe) -> Work[Rendered]:
    """Render from whichever of source and proxies suits a preview, or from what there is."""
    proxies = project.proxies_path(candidate.source_id, candidate.scene)
    try:
        if not isinstance(base, KeeperRecipe):
            reader = ProxyReader(proxies)
            return replace((yield from render(reader, base)), scale=reader.scale)
        with source_of(project, candidate.source_id) as footage:
            return (yield from render(footage, base))
    except SourceError:
        if not isinstance(base, KeeperRecipe):
            with source_of(project, candidate.source_id) as footage:
                return (yield from render(footage, base))
        reader = ProxyReader(proxies)
        rendered = yield from render(reader, base)
        text = "the source is not there: this is the nearest frame kept, reduced"
        return replace(rendered, scale=reader.scale, warnings=(*rendered.warnings, text))


@contextmanager
def source_of(project: Project, source_id: str) -> Iterator[Footage]:
    """Open a scanned source.

    Raises
    ------
    SourceError
        When it has gone, or its content is not what was scanned.
    """
    source = project.catalogue.source(source_id)
    check_source(source.path, source_id)
    with open_source(source.path) as footage:
        yield footage


def check_source(path: Path, source_id: str) -> None:
    """Make sure that a source is there and has not changed since it was scanned."""
    name = plain(str(path))
    if not path.exists():
        raise SourceError(f"{name} has gone; put it back, or scan it again where it is now")
    if fingerprint(path) != source_id:
        raise SourceError(f"{name} has changed since it was scanned; scan it again")
