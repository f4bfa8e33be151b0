"""First steps: what somebody new is told, a line at a time, until they have decided a few.

How far a person is lies in one small file of theirs, not in the project. Deleting it shows the
hints again.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from engine.errors import EngineError
from engine.files import write_whole

LESSONS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("decide('approved')", "approves and goes on"),
        ("decide('rejected')", "rejects"),
        ("decide('skipped')", "leaves for later"),
    ),
    (
        ("undo", "takes back the last step"),
        ("decide_all('approved')", "decide the rest of a scene"),
    ),
    (
        ("look('loupe')", "shows pixels"),
        ("look('blink')", "the raw frame"),
        ("look('sheet')", "twelve at a time"),
        ("tweak", "changes how it is made"),
    ),
    (
        ("rule", "approves by rule"),
        ("help", "lists all keys"),
        ("leave", "leaves, all is saved"),
    ),
)
"""Lines of actions, each with what its key does."""

EACH = 3
"""Decisions after which the next line comes."""

_ALL = EACH * len(LESSONS)


def hints_path() -> Path:
    """Say where it is kept how far a person is."""
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "cuttingroom" / "hints.json"


class Hints:
    """How far a person is; None for ``path`` when nobody is to be told anything."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._decided = _ALL if path is None else _load(path)

    @property
    def lesson(self) -> int | None:
        """Which line is due; None when there is nothing more to tell."""
        return self._decided // EACH if self._decided < _ALL else None

    def decided(self) -> None:
        """Count a decision."""
        self._decided = min(_ALL, self._decided + 1)

    def dismiss(self) -> None:
        """Tell nothing more."""
        self._decided = _ALL

    def save(self) -> None:
        """Remember it for the next time, where that can be written."""
        if self._path is None:
            return
        with contextlib.suppress(OSError, EngineError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps({"decided": self._decided}).encode())


def _load(path: Path) -> int:
    try:
        decided = json.loads(path.read_text(encoding="utf-8"))["decided"]
    except (OSError, ValueError, TypeError, KeyError):
        return 0
    return decided if isinstance(decided, int) and 0 <= decided <= _ALL else 0
