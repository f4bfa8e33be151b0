"""Checking an exported folder: every file present, unchanged and, if asked, made again alike."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.events import Advanced, Event, Work
from engine.export.making import Fit, Job, Made, NoRoom, NotMade
from engine.export.origin import is_same_origin, provenance_of
from engine.export.picture import SUFFIXES, read_provenance
from engine.export.provenance import (
    PROVENANCE,
    ExportedFit,
    ExportedPicture,
    Provenance,
    Written,
    load_provenance,
)
from engine.export.sources import locate_sources
from engine.export.units import make_all
from engine.export.writing import sha256_of
from engine.files import resolve_under
from engine.project.manifest import ManifestItem
from engine.recipe import ReportRecipe, candidate_id, from_table, to_short_table
from engine.text import plain, plural
from engine.values import Kind


@dataclass
class Verified:
    """What checking found."""

    files: int = 0
    problems: list[str] = field(default_factory=list)
    """One line each; empty when all is well."""
    notes: list[str] = field(default_factory=list)
    """What a person may want to know and need not put right."""
    remade: int = 0
    """Pictures rendered again and found to be the same bytes."""


def verify(
    out: Path, *, remake: bool = False, folders: Sequence[Path] = (), jobs: int = 0
) -> Work[Verified]:
    """Check an exported folder against its provenance; with ``remake`` render everything again.

    Sources are looked for by name under ``folders``, beside the export and in the present folder.

    Raises
    ------
    ManifestError
        When the folder holds no export, or its provenance cannot be read or leads out of it.
    """
    about = load_provenance(out)
    found = Verified()
    edited = 0
    for done, picture in enumerate(about.pictures, start=1):
        edited += _check_picture(out, picture, about, found)
        yield Advanced("checking", done, len(about.pictures), "pictures")
    for part in about.files:
        _check_file(out, part, found)
    for failure in about.failed:
        found.problems.append(
            f"{plain(failure.what)} was never exported: {plain(failure.reason, 400)}"
        )
    _note(out, about, edited, found)
    if remake:
        yield from _remake(out, about, [*folders, out.resolve().parent, Path()], jobs, found)
    return found


def _check_picture(out: Path, picture: ExportedPicture, about: Provenance, found: Verified) -> int:
    """Check a picture, its fits and their captions; give how many captions were edited."""
    edited = 0
    parts: tuple[ExportedPicture | ExportedFit, ...] = (picture, *picture.fits)
    for part in parts:
        _check_file(out, Written(part.file, part.sha256), found)
        if part.sidecar:
            edited += _check_sidecar(out, part.sidecar, found)
    problem = _check_recipe(out, picture, about)
    if problem:
        found.problems.append(f"{plain(picture.file)} {problem}")
    return edited


def _check_file(out: Path, part: Written, found: Verified) -> None:
    found.files += 1
    path = resolve_under(out, part.file)
    if not path.is_file():
        found.problems.append(f"{plain(part.file)} is missing; export again to the same folder")
    elif sha256_of(path) != part.sha256:
        found.problems.append(f"{plain(part.file)} has changed since it was exported")


def _check_sidecar(out: Path, part: Written, found: Verified) -> bool:
    """Check that a caption is there; whoever edits one means to."""
    found.files += 1
    path = resolve_under(out, part.file)
    if not path.is_file():
        found.problems.append(f"{plain(part.file)} is missing; export again to the same folder")
        return False
    if not path.read_bytes().strip():
        found.problems.append(f"{plain(part.file)} is empty, which stops kohya's trainer")
    return sha256_of(path) != part.sha256


def _check_recipe(out: Path, picture: ExportedPicture, about: Provenance) -> str:
    """See that the picture itself names the recipe that the folder's provenance gives for it."""
    path = resolve_under(out, picture.file)
    if not path.is_file():
        return ""
    inside = read_provenance(path)
    if inside is None:
        return "carries no provenance of ours"
    try:
        item = _item(picture)
    except (EngineError, ValueError) as error:
        return f"has a recipe that cannot be read: {plain(str(error))}"
    if candidate_id(picture.source, item.recipe) != picture.picture:
        return "has a recipe and an id that do not belong together"
    if not is_same_origin(inside, _planned(item, about)):
        return f"was made from something else than {PROVENANCE} says"
    return ""


def _note(out: Path, about: Provenance, edited: int, found: Verified) -> None:
    if edited:
        found.notes.append(f"{plural(edited, 'caption')} edited since the export")
    if about.left:
        found.notes.append(
            f"{plural(len(about.left), 'file')} of earlier exports still there; "
            "`export --prune` removes them"
        )
    listed = set(about.written())
    folders = {Path(picture.file).parent for picture in about.pictures}
    strange = [
        path
        for folder in sorted(folders)
        for path in sorted((out / folder).glob("*"))
        if path.suffix.lower() in SUFFIXES and path.relative_to(out).as_posix() not in listed
    ]
    if strange:
        found.notes.append(
            f"{plural(len(strange), 'picture')} that we did not write, such as "
            f"{plain(strange[0].name)}: a trainer will take them too"
        )


def _remake(
    out: Path, about: Provenance, folders: Sequence[Path], jobs: int, found: Verified
) -> Iterator[Event]:
    """Render every picture again into a folder of its own, and compare the bytes."""
    located = locate_sources({s.id: s.name for s in about.sources}, {}, folders)
    pictures = {picture.id: picture for picture in about.pictures}
    workers = jobs or os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as scratch:
        todo = []
        for picture in about.pictures:
            try:
                todo.append(_job(out, picture, about, Path(scratch)))
            except (EngineError, ValueError):
                continue  # said before
        done = len(pictures) - len(todo)
        sourceless: Counter[str] = Counter()
        for message in make_all(todo, located, workers):
            match message:
                case Made():
                    done += 1
                    _compare(message, pictures[message.item_id], found)
                    yield Advanced("making again", done, len(pictures), "pictures")
                case NotMade(identity, reason):
                    done += 1
                    if reason in located.missing.values():
                        sourceless[reason] += 1
                    else:
                        found.problems.append(f"{plain(pictures[identity].file)}: {reason}")
                case NoRoom(reason):
                    found.problems.append(reason)
                    return
        for reason, count in sourceless.items():
            found.problems.append(f"{plural(count, 'picture')} not made again: {reason}")


def _job(out: Path, picture: ExportedPicture, about: Provenance, scratch: Path) -> Job:
    item = _item(picture)
    planned = _planned(item, about)
    return Job(
        item=item,
        about=_said(out, picture.file, planned),
        path=scratch / picture.file,
        fits=tuple(
            Fit(
                _target(fit),
                scratch / fit.file,
                None,
                _said(out, fit.file, {**planned, "target": to_short_table(_target(fit))}),
            )
            for fit in picture.fits
        ),
    )


def _planned(item: ManifestItem, about: Provenance) -> dict[str, Any]:
    """Give what a picture should say of itself, in the version that made it."""
    source = about.source(item.source)
    return {**provenance_of(item, source.name if source else ""), "version": about.version}


def _said(out: Path, file: str, planned: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a picture says of itself, if it means what is planned: it may say it otherwise."""
    inside = read_provenance(resolve_under(out, file))
    return inside if inside and is_same_origin(inside, planned) else planned


def _item(picture: ExportedPicture) -> ManifestItem:
    return ManifestItem(
        picture.id,
        picture.kind,
        picture.source,
        picture.scene,
        *picture.size,
        picture.score,
        picture.reason,
        picture.tags,
        picture.parent,
        from_table(picture.kind, picture.recipe),
    )


def _target(fit: ExportedFit) -> ReportRecipe:
    recipe = from_table(Kind.REPORT, fit.recipe)
    assert isinstance(recipe, ReportRecipe)
    return recipe


def _compare(made: Made, picture: ExportedPicture, found: Verified) -> None:
    """Compare the bytes of a picture and its fits with those that were exported."""
    again = {fit.target: fit.sha256 for fit in made.fits}
    parts: Mapping[str, tuple[str, str | None]] = {
        picture.file: (picture.sha256, made.sha256),
        **{fit.file: (fit.sha256, again.get(fit.target)) for fit in picture.fits},
    }
    different = [file for file, (before, now) in parts.items() if before != now]
    found.problems += [f"{plain(file)} comes out differently now" for file in different]
    found.remade += len(parts) - len(different)
