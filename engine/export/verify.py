"""Checking an exported folder: every file present, unchanged and, if asked, made again alike."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError, ManifestError
from engine.events import Advanced, Event, Work
from engine.export.making import Job, Made, NotMade, group_jobs, make_pictures, sha256_of
from engine.export.picture import read_provenance
from engine.export.provenance import PROVENANCE, load_provenance
from engine.export.sources import locate_sources
from engine.files import resolve_under
from engine.isolation import Broken, Isolated, Unit
from engine.project.manifest import Manifest, ManifestItem, ManifestSource
from engine.recipe import candidate_id, from_table
from engine.text import plain
from engine.values import Kind, SourceKind


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking found."""

    files: int
    problems: tuple[str, ...]
    """One line each; empty when all is well."""
    remade: int = 0
    """Pictures rendered again and found to be the same bytes."""


def verify(out: Path, *, remake: bool = False, folders: Sequence[Path] = ()) -> Work[Verified]:
    """Check an exported folder against its provenance; with ``remake`` render everything again.

    Raises
    ------
    ManifestError
        When the folder holds no export, or its provenance cannot be read.
    """
    about = load_provenance(out)
    pictures = about["pictures"]
    problems: list[str] = []
    files = 0
    for done, entry in enumerate(pictures, start=1):
        for part in (entry, *entry.get("fits", [])):
            files += 1
            problems += _check(out, part)
        problems += _check_recipe(out, entry)
        yield Advanced("checking", done, len(pictures), "pictures")
    for name in about["files"]:
        files += 1
        if not _inside(out, name).is_file():
            problems.append(f"{plain(name)} is missing; export again to the same folder")
    for failure in about.get("failed", []):
        problems.append(f"{plain(failure['what'])} was never exported: {plain(failure['reason'])}")
    remade = 0
    if remake and not problems:
        remade = yield from _remake(out, about, folders, problems)
    return Verified(files, tuple(problems), remade)


def _inside(out: Path, name: str) -> Path:
    try:
        return resolve_under(out, name)
    except ValueError as error:
        raise ManifestError(f"{plain(str(out / PROVENANCE))}: {plain(str(error))}") from None


def _check(out: Path, entry: Mapping[str, Any]) -> list[str]:
    path = _inside(out, entry["file"])
    if not path.is_file():
        return [f"{plain(entry['file'])} is missing; export again to the same folder"]
    if sha256_of(path) != entry["sha256"]:
        return [f"{plain(entry['file'])} has changed since it was exported"]
    return []


def _check_recipe(out: Path, entry: Mapping[str, Any]) -> list[str]:
    """See that the picture itself names the recipe that the folder's provenance gives for it."""
    path = _inside(out, entry["file"])
    inside = read_provenance(path) if path.is_file() else {}
    if inside is None:
        return [f"{plain(entry['file'])} carries no provenance of ours"]
    try:
        recipe = from_table(Kind(entry["kind"]), entry["recipe"])
    except (EngineError, ValueError) as error:
        return [f"{plain(entry['file'])}: its recipe cannot be read ({plain(str(error))})"]
    if candidate_id(entry["source"], recipe) != entry["picture"]:
        return [f"{plain(entry['file'])}: recipe and picture id do not belong together"]
    if inside and inside.get("recipe") != entry["recipe"]:
        return [f"{plain(entry['file'])} was made from another recipe than {PROVENANCE} says"]
    return []


def _remake(
    out: Path, about: Mapping[str, Any], folders: Sequence[Path], problems: list[str]
) -> Iterator[Event]:
    manifest = _manifest(about)
    located = locate_sources(manifest, {}, folders or [out.resolve().parent, Path()])
    problems += located.missing.values()
    want = {entry["id"]: entry for entry in about["pictures"]}
    same = 0
    with tempfile.TemporaryDirectory() as scratch, Isolated(1) as pool:
        jobs = [
            Job(
                item,
                manifest.source(item.source).name,
                Path(scratch) / Path(want[item.id]["file"]).name,
                want[item.id]["caption"],
            )
            for item in manifest.items
            if item.source in located.paths
        ]
        for group in group_jobs(jobs):
            source = located.paths[group[0].item.source]
            pool.add(Unit(source.name, make_pictures, (source, group)))
        for unit, message in pool:
            if isinstance(message, Made):
                entry = want[message.item_id]
                if message.sha256 == entry["sha256"]:
                    same += 1
                else:
                    problems.append(f"{plain(entry['file'])} comes out differently now")
                yield Advanced("making again", same, len(jobs), "pictures")
            elif isinstance(message, NotMade):
                problems.append(f"{message.item_id}: {message.reason}")
            elif isinstance(message, Broken):
                problems.append(f"{plain(unit.name)}: {message.reason}")
    return same


def _manifest(about: Mapping[str, Any]) -> Manifest:
    sources = tuple(
        ManifestSource(s["id"], s["name"], SourceKind.VIDEO, *s["size"], s["frames"], "0")
        for s in about["sources"]
    )
    items = tuple(
        ManifestItem(
            e["id"], Kind(e["kind"]), e["source"], e["scene"], *e["size"], e["score"],
            e["reason"], tuple(e["tags"]), e["parent"], from_table(Kind(e["kind"]), e["recipe"]),
        )
        for e in about["pictures"]
    )  # fmt: skip
    return Manifest(sources, items)
