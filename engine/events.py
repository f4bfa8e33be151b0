"""What the engine says while it works; any front end may listen.

Long work is a generator of events that returns its result; to cancel it, stop asking.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Advanced:
    """``done`` of ``total`` units of ``stage`` are finished."""

    stage: str
    """In words for a person: "reading ep01.mkv"."""
    done: int
    total: int
    """0 when it is not known."""
    unit: str = "frames"
    about: bool = False
    """``total`` is a guess from what is known so far."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a person should know; the work goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """One source or candidate could not be done; the rest goes on."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A candidate is on disk."""

    candidate_id: str
    kind: str
    scene: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A unit of work is done and on disk: a source was scanned, a file exported."""

    what: str
    path: str = ""


Event = Advanced | Noted | Failed | Proposed | Finished

Work = Generator[Event, None, Result]
"""Work that tells its progress and returns a ``Result``."""


def result_of(work: Work[Result]) -> Result:
    """Run ``work`` to its end, listening to nothing."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            value: Result = stop.value
            return value
