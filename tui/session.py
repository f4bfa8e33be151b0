"""Where each reviewer is: to go on there another day, and to mark the scenes others work in.

One small file for each reviewer under the project, written every few seconds. Deleting them
loses no decision.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.files import write_whole
from engine.text import plain
from tui.filtering import KINDS, STATES, Filter
from tui.grouping import ORDERS
from tui.look import ZOOMS, Look
from tui.matching import test_of

FOLDER = "sessions"

STALE = 20.0
"""Seconds without a sign of life after which somebody is gone."""

Whereabouts = Mapping[tuple[str, int], tuple[str, ...]]
"""Who works in which scene: names by source id and scene number."""


@dataclass(frozen=True, slots=True)
class Session:
    """What one reviewer looks at, and how."""

    candidate: str = ""
    """Id of the candidate under the cursor."""
    source: str = ""
    scene: int = 0
    order: str = ORDERS[0]
    state: str = STATES[0]
    kind: str = KINDS[0]
    text: str = ""
    zoom: float = 0.0
    spot: tuple[float, float] | None = None
    unfolded: tuple[str, ...] = field(default=())

    @property
    def filter(self) -> Filter:
        """What was listed."""
        return Filter(self.state, self.kind, self.text)

    @property
    def look(self) -> Look:
        """How it was looked at."""
        return Look(zoom=self.zoom, spot=self.spot)


def path_of(folder: Path, who: str) -> Path:
    """Say where a reviewer's file is; the name in it may hold anything."""
    name = re.sub(r"[^a-z0-9]+", "-", who.lower()).strip("-")[:24]
    return folder / FOLDER / f"{name}-{hashlib.sha256(who.encode()).hexdigest()[:6]}.json"


def load_session(folder: Path, who: str) -> Session:
    """Read where a reviewer was; the beginning, where that is not known any more."""
    table = _read(path_of(folder, who))
    known = {name: table[name] for name in Session.__dataclass_fields__ if name in table}
    try:
        session = Session(
            **{**known, "unfolded": tuple(known.get("unfolded", ())), "spot": _spot(known)}
        )
        test_of(str(session.text))
    except (TypeError, ValueError, EngineError):
        return Session()
    fits = (
        session.order in ORDERS
        and session.state in STATES
        and session.kind in KINDS
        and session.zoom in (0.0, *ZOOMS)
    )
    return session if fits else Session()


def _spot(table: Mapping[str, Any]) -> tuple[float, float] | None:
    spot = table.get("spot")
    return (float(spot[0]), float(spot[1])) if spot else None


def save_session(folder: Path, who: str, session: Session, *, here: bool) -> None:
    """Write where a reviewer is; ``here`` until they leave."""
    table = {**asdict(session), "who": who, "at": time.time() if here else 0.0}
    path = path_of(folder, who)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, json.dumps(table).encode())


def others(folder: Path, who: str) -> Whereabouts:
    """Say where everybody else is right now."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    now, mine = time.time(), path_of(folder, who)
    for path in sorted((folder / FOLDER).glob("*.json")):
        table = _read(path) if path != mine else {}
        name, source, scene = table.get("who"), table.get("source"), table.get("scene")
        at = table.get("at")
        recent = isinstance(at, int | float) and abs(now - at) < STALE
        if recent and isinstance(name, str) and isinstance(source, str) and isinstance(scene, int):
            key = source, scene
            found[key] = (*found.get(key, ()), plain(name, 24))
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
