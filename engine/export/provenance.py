"""``cuttingroom.json``: what an exported folder holds, and what each picture was made from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from engine.errors import ManifestError
from engine.files import resolve_under
from engine.text import plain
from engine.values import Kind, Size

PROVENANCE = "cuttingroom.json"
FORMAT = 1
LARGEST = 1 << 30
"""Bytes that are read of one; a million pictures come to less."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that an export wrote."""

    file: str
    """Path under the exported folder, parted by ``/``."""
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportedFit:
    """A picture resized and cropped to its bucket."""

    target: str
    file: str
    sha256: str
    size: Size
    sidecar: Written | None
    recipe: Mapping[str, Any]
    """The trainer's settings, as a report's recipe."""


@dataclass(frozen=True, slots=True)
class ExportedPicture:
    """A picture in the folder, and all that it was made from."""

    file: str
    sha256: str
    size: Size
    id: str
    """Of the candidate."""
    picture: str
    """Of source and recipe as exported: a tweak makes another picture of the same candidate."""
    kind: Kind
    source: str
    scene: int
    score: float
    reason: str
    parent: str
    caption: str
    """As we would write it; the sidecar's text where nobody has edited it."""
    tags: tuple[str, ...]
    warnings: tuple[str, ...]
    recipe: Mapping[str, Any]
    repeats: int
    """How often it is trained in an epoch, as the trainer's file says."""
    sidecar: Written | None
    """The caption beside it, with the digest of what we wrote."""
    fits: tuple[ExportedFit, ...]

    def files(self) -> Iterator[Written]:
        """Give all files of this picture."""
        parts: tuple[ExportedPicture | ExportedFit, ...] = (self, *self.fits)
        for part in parts:
            yield Written(part.file, part.sha256)
            if part.sidecar:
                yield part.sidecar


@dataclass(frozen=True, slots=True)
class ExportedSource:
    """A source that pictures were made from."""

    id: str
    name: str
    frames: int
    size: Size


@dataclass(frozen=True, slots=True)
class ExportedFailure:
    """A picture that could not be made."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that an exported folder says of itself."""

    format: int
    version: str
    """Of the program that made the pictures; part of their bytes."""
    layout: str
    sources: tuple[ExportedSource, ...]
    pictures: tuple[ExportedPicture, ...]
    files: tuple[Written, ...]
    """What belongs to the whole: the trainer's files and the reports."""
    failed: tuple[ExportedFailure, ...]
    left: tuple[Written, ...]
    """What earlier exports wrote and this one did not: candidates no longer approved."""

    def written(self) -> dict[str, str]:
        """Give the digest of every file that was ever written here, by its path."""
        parts = [part for picture in self.pictures for part in picture.files()]
        return {part.file: part.sha256 for part in (*self.left, *parts, *self.files)}

    def source(self, identity: str) -> ExportedSource | None:
        """Give the source of this id, if it is listed."""
        return next((source for source in self.sources if source.id == identity), None)


def provenance_to_text(about: Provenance) -> str:
    """Write it as JSON, the same text for the same export."""
    return json.dumps(dataclasses.asdict(about), indent=1, ensure_ascii=False) + "\n"


def find_provenance(out: Path) -> Provenance | None:
    """Read what a folder says of itself; None where no export has come to its end."""
    return load_provenance(out) if (out / PROVENANCE).exists() else None


def load_provenance(out: Path) -> Provenance:
    """Read what an exported folder says of itself, trusting nothing in it.

    Raises
    ------
    ManifestError
        There is none, it is not ours, or it names a file outside its folder.
    """
    path = out / PROVENANCE
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        about: Provenance = _read(Provenance, json.loads(path.read_text(encoding="utf-8")), "")
        for file in about.written():
            resolve_under(out, file)
    except FileNotFoundError:
        raise ManifestError(
            f"{plain(str(out))}: no export here ({PROVENANCE} is missing)"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ManifestError(f"{plain(str(path))}: cannot be read ({plain(str(error))})") from None
    return about


Read = TypeVar("Read")


def _read(cls: type[Read], table: Any, place: str) -> Read:
    """Read a dataclass from what JSON gave; ``ValueError`` names what is wrong and where."""
    if not isinstance(table, dict):
        raise ValueError(f"{place or 'it'} is no table")
    values = {}
    for name, hint in get_type_hints(cls).items():
        where = f"{place}.{name}".lstrip(".")
        if name not in table:
            raise ValueError(f"{where} is missing")
        values[name] = _value(hint, table[name], where)
    if cls is Provenance and values["format"] != FORMAT:
        raise ValueError(f"it is of format {values['format']}, not {FORMAT}")
    return cls(**values)


def _value(hint: Any, value: Any, place: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _read(hint, value, place)  # type: ignore[arg-type]
    inner = get_args(hint)
    if get_origin(hint) is tuple:
        if not isinstance(value, list) or (inner[-1] is not ... and len(value) != len(inner)):
            raise ValueError(f"{place} is no list of the right length")
        return tuple(_value(inner[0], part, f"{place}[{i}]") for i, part in enumerate(value))
    if type(None) in inner:
        return None if value is None else _value(inner[0], value, place)
    if hint is Kind:
        return Kind(value)
    if get_origin(hint) is not None:
        if not isinstance(value, dict):
            raise ValueError(f"{place} is no table")
        return value
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ValueError(f"{place} cannot be {plain(repr(value), 40)}")
    return value
