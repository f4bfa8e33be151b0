"""The approved manifest: what a person approved, as a TOML file that they may read and edit.

It names every approved picture with the recipe that makes it, and the sources by name and
fingerprint, never by a path of the machine that scanned them. ``docs/manifest.md`` describes
each field.
"""

from __future__ import annotations

import dataclasses
import math
import re
import tomllib
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import tomli_w

from engine.errors import ManifestError, RecipeError
from engine.project.candidate import Candidate
from engine.recipe import Recipe, from_table, to_table
from engine.text import plain
from engine.values import Kind, Size, Source, SourceKind

SCHEMA = 1

Migration = Callable[[Mapping[str, Any]], Mapping[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}
"""From each older schema, how to make the next one's table of it."""

LARGEST_NUMBER = 10_000_000
"""Beyond any frame, side or scene."""

_SIGNED = frozenset({"also"})
"""Settings that hold distances, which go either way."""

LARGEST_FILE = 1 << 28
"""Bytes; 100,000 items come to a fifth of it."""

_SOURCE_ID = re.compile(r"[0-9a-f]{16}")
_ITEM_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FPS = re.compile(r"\d{1,9}(\.\d{1,9}|/0*[1-9]\d{0,8})?")


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """A film or folder that items are made from."""

    id: str
    """Fingerprint of its content, 16 hex digits."""
    name: str
    """File or folder name; it is looked for under the folders that the user gives."""
    kind: SourceKind
    width: int
    height: int
    frames: int
    fps: str
    """A fraction such as ``24000/1001``."""

    @property
    def size(self) -> Size:
        """``(width, height)`` of its frames, square pixels."""
        return self.width, self.height


@dataclass(frozen=True, slots=True)
class ManifestItem:
    """An approved picture, or the approved report of one target."""

    id: str
    kind: Kind
    source: str
    """Id of its source; empty for a report."""
    scene: int
    width: int
    height: int
    score: float
    reason: str
    tags: tuple[str, ...]
    parent: str
    """Id of the item it belongs with, or empty."""
    recipe: Recipe
    caption: str = ""
    """What a person wrote of it, or empty."""

    @property
    def size(self) -> Size:
        """``(width, height)`` at full resolution."""
        return self.width, self.height


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that was approved."""

    sources: tuple[ManifestSource, ...]
    items: tuple[ManifestItem, ...]

    def source(self, identity: str) -> ManifestSource:
        """Give the source of this id; every item's is here."""
        return next(s for s in self.sources if s.id == identity)


def source_entry(source: Source) -> ManifestSource:
    """Describe a scanned source for the manifest."""
    width, height = source.size
    # A name that is no valid text has no place in TOML; the fingerprint still finds the file.
    name = source.name.encode("utf-8", "replace").decode()
    return ManifestSource(
        source.id, name, source.kind, width, height, source.frames, str(source.fps)
    )


def item_entry(candidate: Candidate) -> ManifestItem:
    """Describe an approved candidate for the manifest."""
    width, height = candidate.size
    return ManifestItem(
        candidate.id,
        candidate.kind,
        candidate.source_id,
        candidate.scene,
        width,
        height,
        round(candidate.score, 4),
        candidate.reason,
        candidate.tags,
        candidate.parent,
        candidate.recipe,
        candidate.caption,
    )


def manifest_of(sources: Iterable[Source], approved: Iterable[Candidate]) -> Manifest:
    """Make the manifest of what is approved in a project.

    Raises
    ------
    ManifestError
        A catalogue may come from a stranger too.
    """
    items = tuple(item_entry(candidate) for candidate in approved)
    used = {item.source for item in items}
    manifest = Manifest(tuple(source_entry(s) for s in sources if s.id in used), items)
    _check(manifest)
    return manifest


def write_head(sources: Iterable[ManifestSource]) -> str:
    """Write the part of a manifest that comes before its items."""
    comment = (
        "# Approved by `cuttingroom review`; `cuttingroom export` makes these pictures.\n"
        "# Edit by hand if you like: docs/manifest.md says what each field means.\n"
    )
    text = comment + f"schema = {SCHEMA}\n"
    for source in sources:
        text += "\n" + _table("sources", dataclasses.asdict(source))
    return text


def write_item(item: ManifestItem) -> str:
    """Write one ``[[items]]`` block."""
    table = {f.name: getattr(item, f.name) for f in dataclasses.fields(item)}
    table["tags"] = list(item.tags)
    table["recipe"] = to_table(item.recipe)
    return "\n" + _table("items", table)


def write_manifest(manifest: Manifest) -> str:
    """Write a whole manifest; :func:`load_manifest` reads the same one back."""
    return write_head(manifest.sources) + "".join(map(write_item, manifest.items))


def _table(name: str, table: Mapping[str, Any]) -> str:
    plain_values = {k: str(v) if isinstance(v, str) else v for k, v in table.items()}
    subtables = {k: plain_values.pop(k) for k in list(plain_values) if _is_table(plain_values[k])}
    text = f"[[{name}]]\n{_dumps(plain_values)}"
    for key, value in subtables.items():
        inner = _dumps({name: {key: value}})
        text += "\n" + inner.removeprefix(f"[{name}]\n")
    return text


def _dumps(table: Mapping[str, Any]) -> str:
    """Write TOML with lists of numbers on one line, as a person would."""
    return _NUMBERS.sub(
        lambda match: f"[{' '.join(match[1].split()).removesuffix(',')}]", tomli_w.dumps(table)
    )


_NUMBERS = re.compile(r"\[\n((?: +-?\d+,\n)+) *\]")


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def load_manifest(path: Path) -> Manifest:
    """Read a manifest that a person may have edited, refusing what this version does not know.

    Raises
    ------
    ManifestError
        Names the file, the place, the key and the nearest known key.
    """
    name = plain(str(path))
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ManifestError(f"{name}: too large to be a manifest")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ManifestError(f"{name}: no such manifest") from None
    except OSError as error:
        raise ManifestError(f"{name}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{name}: is no manifest; it is not text") from error
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits
        raise ManifestError(f"{name}: not valid TOML: {plain(str(error))}") from error
    try:
        return _manifest(table)
    except (ManifestError, RecipeError) as error:
        raise ManifestError(f"{name}: {plain(str(error), 400)}") from None


def _manifest(table: Mapping[str, Any]) -> Manifest:
    table = migrated(table)
    _known(table, {"schema", "sources", "items"}, "manifest")
    sources = tuple(_read(ManifestSource, t, "source") for t in _tables(table, "sources"))
    items = tuple(_read(ManifestItem, t, "item") for t in _tables(table, "items"))
    manifest = Manifest(sources, items)
    _check(manifest)
    return manifest


def migrated(
    table: Mapping[str, Any],
    migrations: Mapping[int, Migration] = MIGRATIONS,
    newest: int = SCHEMA,
) -> Mapping[str, Any]:
    """Bring a manifest's table up to the newest schema, step by step.

    Raises
    ------
    ManifestError
        It has no schema, or one that this version does not know.
    """
    schema = table.get("schema")
    if type(schema) is not int:
        raise ManifestError(f"needs schema = {newest}")
    if schema > newest:
        raise ManifestError(
            f"was written by a newer version (schema {schema}, this one knows {newest}); "
            "update cuttingroom"
        )
    for old in range(schema, newest):
        if old not in migrations:
            raise ManifestError(f"is of schema {schema}, which there never was")
        table = {**migrations[old](table), "schema": old + 1}
    if schema < 1:
        raise ManifestError(f"is of schema {schema}, which there never was")
    return table


def _check(manifest: Manifest) -> None:
    """Refuse what could lead out of a folder, exhaust memory or be ambiguous."""
    known: set[str] = set()
    for source in manifest.sources:
        label = f"source {source.id!r}"
        if not _SOURCE_ID.fullmatch(source.id):
            raise ManifestError(f"{label}: 'id' is not 16 hex digits")
        if source.id in known:
            raise ManifestError(f"{label} is listed twice")
        if not _stays_inside(source.name):
            raise ManifestError(f"{label}: 'name' {source.name!r} leads out of its folder")
        for key in ("width", "height", "frames"):
            _check_number(label, key, getattr(source, key), least=1)
        known.add(source.id)
    seen: set[str] = set()
    for item in manifest.items:
        _check_item(item, known)
        if item.id in seen:
            raise ManifestError(f"item {item.id!r} is listed twice")
        seen.add(item.id)


def _stays_inside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name not in ("", ".") and parts[0] != "" and ".." not in parts and "\0" not in name


def _check_item(item: ManifestItem, sources: Container[str]) -> None:
    label = f"item {item.id!r}"
    if not _ITEM_ID.fullmatch(item.id):
        raise ManifestError(f"{label}: 'id' is small letters, digits and hyphens only")
    if item.parent and not _ITEM_ID.fullmatch(item.parent):
        raise ManifestError(f"{label}: 'parent' {item.parent!r} is no id")
    if item.kind is not Kind.REPORT and item.source not in sources:
        raise ManifestError(f"{label}: no source {item.source!r} is listed")
    for key in ("scene", "width", "height"):
        _check_number(label, key, getattr(item, key))
    if not math.isfinite(item.score):
        raise ManifestError(f"{label}: 'score' cannot be {item.score}")
    _check_numbers(label, to_table(item.recipe))


def _check_numbers(label: str, value: Any, key: str = "recipe") -> None:
    """Refuse numbers, however deep in a recipe, that no frame and no picture has."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _check_numbers(label, inner, name)
    elif isinstance(value, list):
        for inner in value:
            _check_numbers(label, inner, key)
    elif isinstance(value, int):
        _check_number(label, key, value, least=-LARGEST_NUMBER if key in _SIGNED else -1)


def _check_number(label: str, key: str, value: int, least: int = 0) -> None:
    if not least <= value <= LARGEST_NUMBER:
        shown = value if abs(value) < 10**20 else "a number of that length"
        raise ManifestError(
            f"{label}: {key!r} cannot be {shown}; it is from {least} to {LARGEST_NUMBER}"
        )


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    tables = table.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise ManifestError(f"{key!r} needs [[{key}]] blocks")
    return tables


Entry = TypeVar("Entry", ManifestSource, ManifestItem)


def _read(cls: type[Entry], table: Mapping[str, Any], noun: str) -> Entry:
    label = f"{noun} {table.get('id', '?')!r}"
    hints = get_type_hints(cls)
    _known(table, set(hints), label)
    for f in dataclasses.fields(cls):
        if f.name not in table and f.default is dataclasses.MISSING:
            raise ManifestError(f"{label}: {f.name!r} is missing")
    values: dict[str, Any] = {}
    for key, hint in hints.items():
        if key not in table:
            continue  # from before there was such a key, or left out by hand
        try:
            values[key] = _value(table, key, hint)
        except RecipeError as error:
            raise ManifestError(f"{label}: {error}") from None
        except ValueError:
            shown = plain(repr(table[key]), 60)
            wanted = _wanted(key, hint)
            raise ManifestError(f"{label}: {key!r} cannot be {shown}; it is {wanted}") from None
    return cls(**values)


def _wanted(key: str, hint: Any) -> str:
    """Say what a value has to be."""
    if hint in (Kind, SourceKind):
        return f"one of {', '.join(hint)}"
    if key == "fps":
        return 'a rate such as "24" or "24000/1001"'
    if key == "tags":
        return 'a list of texts such as ["night", "sea"]'
    return {int: "a whole number", float: "a number", str: "a text"}.get(
        hint, "a block of settings"
    )


def _value(table: Mapping[str, Any], key: str, hint: Any) -> Any:
    value = table[key]
    if key == "recipe":
        if not isinstance(value, Mapping):
            raise ValueError(value)
        return from_table(Kind(table["kind"]), value)
    if key == "tags":
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise ValueError(value)
        return tuple(value)
    if hint is float and type(value) is int:
        value = float(value)
    if hint in (Kind, SourceKind) and isinstance(value, str):
        return hint(value)
    if type(value) is not hint:
        raise ValueError(value)
    if key == "fps" and not _FPS.fullmatch(value):
        raise ValueError(value)
    return value


def _known(table: Mapping[str, Any], known: set[str], label: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, sorted(known), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ManifestError(f"{label}: unknown key {key!r}{hint}")
