"""Rendering the approved pictures from their sources, those that share a base in one go."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engine.buckets.assign import assign
from engine.buckets.facts import is_trained
from engine.buckets.measure import measure_picture
from engine.errors import EngineError, ExportError, SourceError
from engine.events import Event
from engine.export.bounds import check_bounds
from engine.export.fitting import fit_to_bucket
from engine.export.picture import read_provenance, write_picture
from engine.export.reading import OnePass
from engine.export.thumbnail import thumbnail_of
from engine.export.writing import NoRoomError, sha256_of, write_file, writing
from engine.footage.footage import Footage
from engine.footage.sources import open_source
from engine.isolation import Unit
from engine.products.render import base_of, cut, render
from engine.project.manifest import ManifestItem
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    ReportRecipe,
    candidate_id,
    frames_of,
    to_table,
)
from engine.text import plain
from engine.values import Image, Rendered, Size

_AHEAD = 2
"""Pictures that wait to be written before the next one is rendered."""

_LEAST = 60
"""Frames of a unit: opening a source takes as long as reading some dozens of them."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The caption beside a picture."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Fit:
    """A target that a picture is also resized and cropped for."""

    target: ReportRecipe
    path: Path
    sidecar: Sidecar | None


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to make."""

    item: ManifestItem
    about: Mapping[str, Any]
    """What the file itself says it was made from."""
    path: Path
    """Where it goes, absolute."""
    caption: str = ""
    sidecar: Sidecar | None = None
    fits: tuple[Fit, ...] = ()
    recorded: Mapping[Path, str] = field(default_factory=dict)
    """SHA-256 of what an earlier export says it wrote at these places."""
    thumbnail: bool = False
    """Whether a small picture is wanted for the report while the large one is at hand."""

    def paths(self) -> Iterator[Path]:
        """Give every file of this job."""
        parts: tuple[Job | Fit, ...] = (self, *self.fits)
        for part in parts:
            yield part.path
            if part.sidecar:
                yield part.sidecar.path


@dataclass(frozen=True, slots=True)
class MadeFit:
    """A fitted picture is on disk, whole."""

    target: str
    path: Path
    sha256: str
    size: Size


@dataclass(frozen=True, slots=True)
class Made:
    """A picture is on disk, whole, and all that belongs to it."""

    item_id: str
    path: Path
    sha256: str
    size: Size
    warnings: tuple[str, ...]
    was_there: bool
    """An earlier run had made it."""
    fits: tuple[MadeFit, ...] = ()
    edited: tuple[Path, ...] = ()
    """Captions that somebody else has changed; left as they are."""
    thumbnail: bytes = b""
    """A small JPEG, if one was wanted and the picture was made just now."""


@dataclass(frozen=True, slots=True)
class NotMade:
    """A picture could not be made."""

    item_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Nothing more can be written; what is not made stays so."""

    reason: str


def product_version() -> str:
    """Give the installed version."""
    try:
        return version("cuttingroom")
    except PackageNotFoundError:
        return "unknown"


def provenance_of(
    item: ManifestItem, source_name: str, made_by: str | None = None
) -> dict[str, Any]:
    """Say what a picture was made from; goes into the file itself."""
    return {
        "version": made_by or product_version(),
        "id": item.id,
        "kind": str(item.kind),
        "source": item.source,
        "source_name": source_name,
        "scene": item.scene,
        "recipe": to_table(item.recipe),
    }


def units_of(
    jobs: Sequence[Job], sources: Mapping[str, Path], missing: Mapping[str, str], workers: int
) -> list[Unit]:
    """Split work into units of one source each, in film order; pictures of one base stay together.

    ``sources`` and ``missing`` give, by id, where a source is, or why it cannot be read: what
    was exported earlier is still good then.
    """
    by_source: dict[str, dict[BaseRecipe, list[Job]]] = {}
    for job in sorted(jobs, key=_film_order):
        bases = by_source.setdefault(job.item.source, {})
        bases.setdefault(base_of(job.item.recipe), []).append(job)
    total = sum(len(frames_of(base)) for bases in by_source.values() for base in bases)
    # As many units as workers: each opens its source anew, which is dearer than a little waiting.
    enough = max(_LEAST, -(-total // workers))
    units = []
    for source, bases in by_source.items():
        some: list[Job] = []
        frames = 0
        for base, sharing in bases.items():
            some += sharing
            frames += len(frames_of(base))
            if frames >= enough:
                units.append(unit_of(some, sources.get(source), missing.get(source, "")))
                some, frames = [], 0
        if some:
            units.append(unit_of(some, sources.get(source), missing.get(source, "")))
    return units


def unit_of(jobs: Sequence[Job], source: Path | None, missing: str = "") -> Unit:
    """Make a unit of jobs of one source."""
    return Unit(jobs[0].about["source_name"], make_pictures, (source, tuple(jobs), missing))


def rest_of(
    unit: Unit, left: Mapping[str, Job], *, expected: bool
) -> tuple[list[Job], Unit | None]:
    """Split what a broken unit has not done: what it broke on, and a unit of the others.

    An ``expected`` end is the source's: it would stop the others too.
    """
    source, jobs, missing = unit.args
    undone = [job for job in sorted(jobs, key=_keepers_first) if job.item.id in left]
    if expected or not undone:
        return undone, None
    # It works base by base, so it died over the first; the others may be sound.
    guilty = base_of(undone[0].item.recipe)
    broken = [job for job in undone if base_of(job.item.recipe) == guilty]
    others = [job for job in undone if base_of(job.item.recipe) != guilty]
    return broken, unit_of(others, source, missing) if others else None


def picture_id(item: ManifestItem) -> str:
    """Name the picture itself: another recipe (a tweak) makes another picture."""
    return candidate_id(item.source, item.recipe)


def _film_order(job: Job) -> tuple[int, str]:
    return next(iter(frames_of(job.item.recipe)), 0), str(base_of(job.item.recipe))


def _keepers_first(job: Job) -> bool:
    """Sort keepers to the front, still in film order: they are read in one pass."""
    return not isinstance(base_of(job.item.recipe), KeeperRecipe)


def make_pictures(
    source: Path | None, jobs: Sequence[Job], missing: str = ""
) -> Iterator[Made | NotMade | NoRoom | Event]:
    """Make the pictures of one source; a unit for a child process."""
    try:
        waiting: dict[BaseRecipe, list[Job]] = {}
        for job in sorted(jobs, key=_keepers_first):
            try:
                made = _made_before(job)
            except NoRoomError:
                raise
            except EngineError as error:
                yield NotMade(job.item.id, str(error))
                continue
            if made:
                yield made
            else:
                waiting.setdefault(base_of(job.item.recipe), []).append(job)
        if source is None:
            for sharing in waiting.values():
                yield from (NotMade(job.item.id, missing) for job in sharing)
        elif waiting:
            yield from _render_all(source, waiting)
    except NoRoomError as error:
        yield NoRoom(str(error))


def _render_all(
    source: Path, waiting: Mapping[BaseRecipe, Sequence[Job]]
) -> Iterator[Made | NotMade | Event]:
    """Render base by base; a thread encodes and writes while the next frames are decoded."""
    with open_source(source) as footage, ThreadPoolExecutor(1) as writer:
        if footage.source.id != next(iter(waiting.values()))[0].item.source:
            raise SourceError(f"{plain(source.name)} has changed since it was scanned")
        reader = OnePass(footage, _keeper_frames(waiting, footage))
        making: deque[tuple[Job, Future[Made]]] = deque()
        for base, sharing in waiting.items():
            try:
                check_bounds(base, footage.source)
                rendered = yield from render(reader, base)
            except EngineError as error:
                yield from (NotMade(job.item.id, str(error)) for job in sharing)
                continue
            for job in sharing:
                making.append((job, writer.submit(_make, job, rendered)))
                if len(making) > _AHEAD:
                    yield _outcome(*making.popleft())
        while making:
            yield _outcome(*making.popleft())


def _outcome(job: Job, made: Future[Made]) -> Made | NotMade:
    try:
        return made.result()
    except NoRoomError:
        raise
    except EngineError as error:
        return NotMade(job.item.id, str(error))


def _keeper_frames(bases: Iterable[BaseRecipe], footage: Footage) -> list[int]:
    """Give the frames that keepers will ask for, in the order in which they will."""
    frames = [base.frame for base in bases if isinstance(base, KeeperRecipe)]
    return list(footage.available(dict.fromkeys(frames)))


def _make(job: Job, base: Rendered) -> Made:
    recipe = job.item.recipe
    rendered = cut(base, recipe) if isinstance(recipe, CropRecipe) else base
    edited = _write_sidecar(job.sidecar, job.recorded)
    fits = []
    for fit in job.fits:
        fitted = fit_to_bucket(rendered.image, fit.target)
        if fitted is not None:
            edited += _write_sidecar(fit.sidecar, job.recorded)
            about = {**job.about, "target": to_table(fit.target)}
            digest = write_picture(fit.path, fitted, about)
            fits.append(MadeFit(fit.target.target, fit.path, digest, _size_of(fitted)))
    # Last: its presence says that all of the item is there.
    about = {**job.about, "warnings": list(rendered.warnings)}
    digest = write_picture(job.path, rendered.image, about)
    return Made(
        item_id=job.item.id,
        path=job.path,
        sha256=digest,
        size=_size_of(rendered.image),
        warnings=rendered.warnings,
        was_there=False,
        fits=tuple(fits),
        edited=edited,
        thumbnail=thumbnail_of(rendered.image) if job.thumbnail else b"",
    )


def _size_of(image: Image) -> Size:
    return image.shape[1], image.shape[0]


def _made_before(job: Job) -> Made | None:
    """Give what an earlier run made, if it is the same picture with the same company.

    Raises
    ------
    ExportError
        What is there is not ours, or somebody has changed it: it is not overwritten.
    """
    about = _refuse_foreign(job, job.path)
    fitted = {fit.path: _refuse_foreign(job, fit.path) for fit in job.fits}
    if about is None:
        return None
    warnings = about.pop("warnings", [])
    size, _ = measure_picture(job.path)
    if about != job.about or not all(_is_fitted(f, fitted[f.path], size) for f in job.fits):
        return None
    edited = _write_sidecar(job.sidecar, job.recorded)
    fits = []
    for fit in job.fits:
        if fitted[fit.path] is not None:
            edited += _write_sidecar(fit.sidecar, job.recorded)
            fits.append(_made_fit(fit))
    return Made(
        item_id=job.item.id,
        path=job.path,
        sha256=sha256_of(job.path),
        size=size,
        warnings=tuple(str(warning) for warning in warnings),
        was_there=True,
        fits=tuple(fits),
        edited=edited,
    )


def _made_fit(fit: Fit) -> MadeFit:
    size, _ = measure_picture(fit.path)
    return MadeFit(fit.target.target, fit.path, sha256_of(fit.path), size)


def _is_fitted(fit: Fit, about: Mapping[str, Any] | None, size: Size) -> bool:
    """Tell whether a fitted picture is what it should be; it is absent where a trainer drops it."""
    if not is_trained(assign(fit.target, *size)):
        return about is None
    return about is not None and about.get("target") == to_table(fit.target)


def _refuse_foreign(job: Job, path: Path) -> dict[str, Any] | None:
    """Read what a picture at ``path`` was made from; None when there is none.

    Raises
    ------
    ExportError
        It is not ours, or not as we wrote it: it is never overwritten.
    """
    if not path.exists():
        return None
    about = read_provenance(path)
    if about is None or about.get("id") != job.item.id:
        raise ExportError(
            f"{plain(str(path))} is there and is not ours; move it away, or choose another OUT"
        )
    with writing(path):
        changed = job.recorded.get(path, "") not in ("", sha256_of(path))
    if changed:
        raise ExportError(
            f"{plain(str(path))} was changed by somebody since it was exported and is kept; "
            "move it away to have it made again"
        )
    return about


def _write_sidecar(sidecar: Sidecar | None, recorded: Mapping[Path, str]) -> tuple[Path, ...]:
    """Bring a caption up to date; give its path if somebody else has changed it.

    What a tagger or a person wrote is kept, but for an empty file: that stops kohya's trainer.
    """
    if sidecar is None:
        return ()
    path = sidecar.path
    with writing(path):
        there = path.read_bytes() if path.exists() else b""
    if there == sidecar.text.encode():
        return ()
    if there.strip() and hashlib.sha256(there).hexdigest() != recorded.get(path):
        return (path,)
    write_file(path, sidecar.text)
    return ()
