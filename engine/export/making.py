"""Rendering the approved pictures from their sources, those that share a base in one go."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.buckets.assign import assign
from engine.buckets.facts import is_trained
from engine.buckets.measure import measure_picture
from engine.errors import EngineError, ExportError, SourceError
from engine.events import Event
from engine.export.bounds import check_bounds
from engine.export.fitting import fit_to_bucket
from engine.export.origin import is_same_origin, is_same_recipe
from engine.export.picture import read_provenance, write_picture
from engine.export.reading import OnePass
from engine.export.thumbnail import thumbnail_of
from engine.export.writing import NoRoomError, sha256_of, write_file, writing
from engine.footage.footage import Footage
from engine.footage.known import Known
from engine.footage.sources import known_of, open_source
from engine.products.render import base_of, cut, render
from engine.project.manifest import ManifestItem
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    ReportRecipe,
)
from engine.text import plain
from engine.values import Image, Kind, Rendered, Size

_AHEAD = 2
"""Pictures that wait to be written before the next one is rendered."""


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
    about: Mapping[str, Any]
    """What the file itself says it was made from, and for."""


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


@dataclass(frozen=True, slots=True)
class FoundOut:
    """What opening a source has told, for whoever opens it next."""

    known: Known | None


def keepers_first(job: Job) -> bool:
    """Sort keepers to the front, still in film order: they are read in one pass."""
    return not isinstance(base_of(job.item.recipe), KeeperRecipe)


def make_pictures(
    source: Path | None, jobs: Sequence[Job], missing: str = "", known: Known | None = None
) -> Iterator[Made | NotMade | NoRoom | FoundOut | Event]:
    """Make the pictures of one source; a unit for a child process."""
    try:
        waiting: dict[BaseRecipe, list[Job]] = {}
        for job in sorted(jobs, key=keepers_first):
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
            yield from _render_all(source, waiting, known)
    except NoRoomError as error:
        yield NoRoom(str(error))


def _render_all(
    source: Path, waiting: Mapping[BaseRecipe, Sequence[Job]], known: Known | None
) -> Iterator[Made | NotMade | FoundOut | Event]:
    """Render base by base; a thread encodes and writes while the next frames are decoded.

    Raises
    ------
    NoRoomError
        Nothing more can be written; what still could be is told before.
    """
    with open_source(source, known) as footage, ThreadPoolExecutor(1) as writer:
        if footage.source.id != next(iter(waiting.values()))[0].item.source:
            raise SourceError(f"{plain(source.name)} has changed since it was scanned")
        if known is None:
            yield FoundOut(known_of(footage))
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
                    yield from _outcome(making)
        while making:
            yield from _outcome(making)


def _outcome(making: deque[tuple[Job, Future[Made]]]) -> Iterator[Made | NotMade]:
    """Tell what became of the first of the pictures that are being written.

    Raises
    ------
    NoRoomError
        The disk is full; those after it that were small enough are told first.
    """
    job, made = making.popleft()
    try:
        yield made.result()
    except NoRoomError:
        for _, other in making:
            if other.exception() is None:
                yield other.result()
        raise
    except EngineError as error:
        yield NotMade(job.item.id, str(error))


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
            digest = write_picture(fit.path, fitted, fit.about)
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
    warnings = about.get("warnings", [])
    size, _ = measure_picture(job.path)
    if not is_same_origin(about, job.about) or not all(
        _is_fitted(f, fitted[f.path], size) for f in job.fits
    ):
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
    return about is not None and is_same_recipe(
        str(Kind.REPORT), about.get("target"), fit.about["target"]
    )


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
