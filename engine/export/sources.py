"""Where the sources of a manifest are on this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError, SourceError
from engine.files import resolve_under
from engine.footage.sources import fingerprint
from engine.program import own_command
from engine.text import plain


@dataclass(frozen=True, slots=True)
class Located:
    """What became of each source: found and unchanged, or why not."""

    paths: Mapping[str, Path]
    """By source id."""
    missing: Mapping[str, str]
    """By source id: one line that says what is wrong and the way out."""


def locate_sources(
    names: Mapping[str, str],
    known: Mapping[str, Path],
    folders: Sequence[Path],
    outdated: Collection[str] = (),
) -> Located:
    """Find each source where it was scanned (``known``, by id), else by name under ``folders``.

    ``names`` gives a stranger's file or folder name for each id. A file counts only if its
    content is what the id says. Of the ``outdated`` it is known that another content was scanned
    in their place.
    """
    paths: dict[str, Path] = {}
    missing: dict[str, str] = {}
    for identity, name in names.items():
        try:
            paths[identity] = _locate(identity, name, known.get(identity), folders)
        except EngineError as error:
            missing[identity] = str(error)
            if identity in outdated:
                missing[identity] = (
                    f"{plain(name)} has changed and was scanned again; reject what was approved "
                    f"before that (`{own_command()} reject PROJECT --where outdated=yes`), or "
                    "name the folder of the former file with --sources"
                )
    return Located(paths, missing)


def _locate(identity: str, name: str, known: Path | None, folders: Sequence[Path]) -> Path:
    there = [place for place in _places(name, known, folders) if place.exists()]
    for place in there:
        if fingerprint(place) == identity:
            return place
    if there:
        raise SourceError(
            f"{plain(str(there[0]))} has changed since it was scanned; "
            "scan it again, or bring back the file that was scanned"
        )
    if known:
        raise SourceError(
            f"{plain(name)} is not at {plain(str(known))}; put it back or name its folder "
            "with --sources"
        )
    raise SourceError(f"{plain(name)} was not found; name its folder with --sources")


def _places(name: str, known: Path | None, folders: Sequence[Path]) -> Iterator[Path]:
    if known:
        yield known
    for folder in folders:
        try:
            yield resolve_under(folder, name)
        except ValueError:
            # Leads out of the folder by a link: whoever owns both may name the other folder.
            continue
