"""Keys of one's own: ``keys.toml`` in the user's configuration says which key does what instead.

    [decide]
    "decide approved" = ["a", "y"]
    flag = "F"

A heading is a mode, a line an action as ``cuttingroom keys`` writes them. What is not named keeps
its keys. Nothing is guessed: an unknown name, an unknown key or a key that does two things in one
place is refused.
"""

from __future__ import annotations

import json
import os
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from textual.keys import Keys, _character_to_key

from engine.errors import EngineError
from engine.text import plain
from tui.keymap import KEYS, REVIEW, Key, Mode

_NAMED = {str(key.value) for key in Keys} | {
    _character_to_key(sign) for sign in string.ascii_lowercase + string.digits + string.punctuation
}
_SIGNS = {_character_to_key(sign): sign for sign in string.punctuation}
_MODIFIERS = ("ctrl", "shift", "alt", "super")
_TOGETHER = (REVIEW, (Mode.LOUPE,))
"""Modes that listen at the same time: a key does one thing in all of them."""


def keys_path() -> Path:
    """Say where a person's keys are kept."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "cuttingroom" / "keys.toml"


def load_keys(path: Path) -> tuple[Key, ...]:
    """Give the table with the keys of ``path`` in it, or as it is where there is no such file.

    Raises
    ------
    EngineError
        Names the line that is not understood, and the nearest that would be.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return KEYS
    except (OSError, ValueError, RecursionError) as error:  # also a number of 5,000 digits
        raise EngineError(f"{plain(str(path))}: {plain(str(error))}") from error
    try:
        keys = remapped(table)
        check_keys(keys)
    except EngineError as error:
        raise EngineError(f"{plain(str(path))}: {error}") from None
    return keys


def remapped(table: Mapping[str, Any]) -> tuple[Key, ...]:
    """Put the keys of a table of modes and actions in place of ours."""
    known = {(key.mode.name.lower(), key.name): key for key in KEYS}
    wanted: dict[tuple[str, str], tuple[str, ...]] = {}
    for mode, lines in table.items():
        _refuse_unknown("mode", mode, [m.name.lower() for m in Mode])
        if not isinstance(lines, Mapping):
            raise EngineError(f"{plain(mode)!r} needs a [{plain(mode)}] heading")
        for name, keys in lines.items():
            _refuse_unknown(f"action in [{mode}]", name, [n for m, n in known if m == mode])
            wanted[mode, name] = _keys(name, keys)
    return tuple(
        replace(key, keys=keys, told="")
        if (keys := wanted.get((key.mode.name.lower(), key.name)))
        else key
        for key in KEYS
    )


def check_keys(keys: Sequence[Key]) -> None:
    """Refuse a key that does two things where both are listened to."""
    together = [*_TOGETHER, *((mode,) for mode in Mode if mode not in REVIEW)]
    for modes in together:
        taken: dict[str, Key] = {}
        for entry in keys:
            for key in entry.keys if entry.mode in modes else ():
                if key in taken:
                    first, second = taken[key].name, entry.name
                    raise EngineError(f"key {key!r} does both {first!r} and {second!r}")
                taken[key] = entry


def as_toml(keys: Sequence[Key] = KEYS) -> str:
    """Write the table as such a file, with what each action does."""
    lines: list[str] = []
    for mode in Mode:
        lines += [f"[{mode.name.lower()}]  # {mode.value}"]
        for key in (key for key in keys if key.mode is mode):
            # A sign stands for itself; JSON writes it as TOML does.
            listed = ", ".join(json.dumps(_SIGNS.get(name, name)) for name in key.keys)
            lines.append(f'"{key.name}" = [{listed}]  # {key.help}')
        lines.append("")
    return "\n".join(lines)


def _refuse_unknown(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise EngineError(f"unknown {what}: {plain(name)!r}{hint}")


def _keys(name: str, value: Any) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(k, str) for k in listed):
        raise EngineError(f"{plain(name)!r} needs a key, or a list of keys")
    return tuple(_key(name, key) for key in listed)


def _key(name: str, key: str) -> str:
    """Give Textual's name of a key; a sign such as ``?`` may stand for itself."""
    if len(key) == 1:
        return key if key.isalnum() else _character_to_key(key)
    *modifiers, last = key.split("+")
    if last in _NAMED and all(modifier in _MODIFIERS for modifier in modifiers):
        return key
    near = get_close_matches(key, sorted(_NAMED), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise EngineError(f"{plain(name)!r}: there is no key {plain(key)!r}{hint}")
