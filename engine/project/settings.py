"""What a person sets up once: a ``settings.toml`` in the project, and one of the user's own."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engine.errors import RecipeError
from engine.files import resolve_under
from engine.footage.fingerprint import file_fingerprint
from engine.products.detectors import IGNORED, REASONS, Detector
from engine.text import plain

NAME = "settings.toml"

_TABLES = ("detectors",)
_DETECTOR = ("path", "classes", "score", "size", "reasons")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is set up for a project."""

    detectors: tuple[Detector, ...] = ()

    def fingerprint(self) -> str:
        """Give what crops depend on in short: the same for the same models and classes."""
        told = [
            (file_fingerprint(one.path), one.classes, one.score, one.size, one.reasons)
            for one in self.detectors
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16] if told else ""


def load_settings(project: Path | None = None) -> Settings:
    """Read the user's own settings, then those of a project folder; both may be missing.

    A project may come from a stranger: its paths stay under its folder. The user's own may name
    files anywhere.

    Raises
    ------
    RecipeError
        Names the file, the key, and the nearest known key.
    """
    base = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    own = _read(base / "cuttingroom" / NAME, trusted=True)
    if project is None:
        return own
    return Settings((*own.detectors, *_read(project / NAME, trusted=False).detectors))


def _read(path: Path, *, trusted: bool) -> Settings:
    name = plain(str(path))
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except (OSError, ValueError, RecursionError) as error:  # also a number of 5,000 digits
        reason = getattr(error, "strerror", None) or plain(str(error), 160)
        what = "cannot be read" if isinstance(error, OSError) else "is not valid TOML"
        raise RecipeError(f"{name}: {what} ({reason})") from None
    _check_keys(name, table, _TABLES)
    entries = table.get("detectors", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RecipeError(f"{name}: write each detector under a line [[detectors]]")
    where = [f"{name}, detector {number}" for number in range(1, len(entries) + 1)]
    pairs = zip(where, entries, strict=True)
    return Settings(tuple(_detector(at, entry, path.parent, trusted) for at, entry in pairs))


def _detector(where: str, entry: Mapping[str, Any], folder: Path, trusted: bool) -> Detector:
    _check_keys(where, entry, _DETECTOR)
    classes = entry.get("classes")
    if not isinstance(classes, list) or not classes or not all(_is_word(c) for c in classes):
        raise RecipeError(f'{where}: classes = ["hand", …] names the classes of the model, all')
    score, size = entry.get("score", 0.35), entry.get("size", 640)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score <= 1:
        raise RecipeError(f"{where}: score is a number above 0 and up to 1, not {score!r}")
    if type(size) is not int or not 32 <= size <= 2048 or size % 32:
        raise RecipeError(f"{where}: size is a multiple of 32 up to 2048, not {size!r}")
    return Detector(
        _model_path(where, entry.get("path"), folder, trusted),
        tuple(plain(name, 40) for name in classes),
        float(score),
        size,
        _reasons(where, entry.get("reasons", {}), classes),
    )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _model_path(where: str, value: Any, folder: Path, trusted: bool) -> Path:
    if not _is_word(value):
        raise RecipeError(f'{where}: path = "models/hands.onnx" is missing')
    if trusted:
        return folder / Path(value).expanduser()
    try:
        return resolve_under(folder, value)
    except ValueError as error:
        raise RecipeError(
            f"{where}: {plain(str(error))}; put the model into the project folder, or name it "
            "in your own settings"
        ) from None


def _reasons(where: str, table: Any, classes: list[str]) -> tuple[tuple[str, str], ...]:
    if not isinstance(table, dict):
        raise RecipeError(f'{where}: reasons is a table such as {{ hand = "hands" }}')
    _check_keys(f"{where}, reasons", table, classes)
    for name, reason in table.items():
        if reason not in (*REASONS, IGNORED):
            known = ", ".join((*REASONS, IGNORED))
            raise RecipeError(
                f"{where}: the reason of {plain(name)!r} is one of {known}, "
                f"not {plain(str(reason))!r}"
            )
    return tuple((plain(name, 40), reason) for name, reason in table.items())


def _check_keys(where: str, table: Mapping[str, Any], known: tuple[str, ...] | list[str]) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise RecipeError(f"{where}: unknown setting {plain(key)!r}{hint}")
