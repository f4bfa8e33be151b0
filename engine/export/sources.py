"""Where the sources of a manifest are on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import SourceError
from engine.files import resolve_under
from engine.footage.sources import fingerprint
from engine.project.manifest import Manifest, ManifestSource
from engine.text import plain


@dataclass(frozen=True, slots=True)
class Located:
    """What became of each source: found and unchanged, or why not."""

    paths: Mapping[str, Path]
    """By source id."""
    missing: Mapping[str, str]
    """By source id: one line that says what is wrong and the way out."""


def locate_sources(
    manifest: Manifest, known: Mapping[str, Path], folders: Sequence[Path]
) -> Located:
    """Find each source where it was scanned (``known``, by id), else by name under ``folders``."""
    paths: dict[str, Path] = {}
    missing: dict[str, str] = {}
    for source in manifest.sources:
        try:
            paths[source.id] = _locate(source, known.get(source.id), folders)
        except SourceError as error:
            missing[source.id] = str(error)
    return Located(paths, missing)


def _locate(source: ManifestSource, known: Path | None, folders: Sequence[Path]) -> Path:
    places = [known] if known else []
    for folder in folders:
        try:
            places.append(resolve_under(folder, source.name))
        except ValueError as error:
            raise SourceError(f"source {plain(source.name)!r}: {plain(str(error))}") from None
    there = [place for place in places if place.exists()]
    for place in there:
        if fingerprint(place) == source.id:
            return place
    if there:
        raise SourceError(
            f"{plain(str(there[0]))} has changed since it was scanned; "
            "scan it again, or bring back the file that was scanned"
        )
    raise SourceError(
        f"{plain(source.name)} is not at {plain(str(known))}; put it back or name its folder "
        "with --sources"
        if known
        else f"{plain(source.name)} was not found; name its folder with --sources"
    )
