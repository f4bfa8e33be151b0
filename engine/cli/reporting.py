"""How a command tells what it does: results on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from engine.events import Advanced, Event, Failed, Noted, Work

if TYPE_CHECKING:
    from engine.project.project import Project

Result = TypeVar("Result")


class Reporter(Protocol):
    """Follows work to its end and shows its progress."""

    def follow(self, work: Work[Result]) -> Result:
        """Run ``work``, showing its events, and give its result."""


class LineReporter:
    """Progress as plain lines on stderr: for pipes, logs and tests."""

    every = 5.0
    """Seconds between two lines of one stage."""
    leap = 0.2
    """Share of a stage that is worth a line at once: what was done before comes in a burst."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._told: dict[str, tuple[float, int]] = {}
        """When the last line of a stage was told, and how much it told of."""

    def follow(self, work: Work[Result]) -> Result:
        """Run ``work`` to its end."""
        while True:
            try:
                event = next(work)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            self.show(event)

    def show(self, event: Event) -> None:
        """Say what is worth a line."""
        match event:
            case Advanced():
                self._advance(event)
            case Noted(text):
                click.echo(f"note: {text}", err=True)
            case Failed():
                tell_failure(event)

    def _advance(self, event: Advanced) -> None:
        now = time.monotonic()
        if event.stage not in self._begun:
            self._begun[event.stage] = now
            self._told[event.stage] = now, 0
            click.echo(f"{event.stage} …", err=True)
            return
        at, done = self._told[event.stage]
        share = (event.done - done) / event.total if done and event.total else 0
        ended = share > 0 and event.done == event.total
        if now - at >= self.every or share >= self.leap or ended:
            self._told[event.stage] = now, event.done
            text = progress_text(event, now - self._begun[event.stage])
            click.echo(f"{event.stage}: {text}", err=True)


def tell_failure(failure: Failed) -> None:
    """Say in a line what could not be done, and why."""
    click.echo(f"error: {failure_text(failure)}", err=True)


def tell_set_aside(project: Project) -> None:
    """Say where an edit of the manifest is now, if there was one."""
    from engine.project.hand_edits import in_words

    if project.set_aside is not None:
        click.echo(f"note: {in_words(project.set_aside)}", err=True)


def failure_text(failure: Failed) -> str:
    """Say what could not be done, and why; what is named in the reason is not named twice."""
    what, reason = failure.what, failure.reason
    return reason if what in reason else f"{what}: {reason}"


def progress_text(event: Advanced, seconds: float) -> str:
    """Say in words how far work is: ``300 of 1,440 frames, 120 a second, 10 s to go``."""
    text = count_text(event)
    rate = event.done / seconds if seconds > 0.5 else 0.0
    if rate >= 1:
        text += f", {rate:.0f} a second"
    # The first of a few say little of the rest: panoramas come before crops.
    if rate and event.total > event.done >= event.total / 10:
        text += f", {in_time((event.total - event.done) / rate)} to go"
    return text


def count_text(event: Advanced) -> str:
    """Say in words what is done: ``300 of 1,440 frames``, or ``1 source`` of an unknown number."""
    unit = event.unit.removesuffix("s") if (event.total or event.done) == 1 else event.unit
    about = "about " if event.about else ""
    total = f" of {about}{event.total:,}" if event.total else ""
    return f"{event.done:,}{total} {unit}"


def frames_text(start: int, stop: int) -> str:
    """Write frames ``[start, stop)`` as a person would: ``7``, or ``7–30``."""
    return f"{start}–{stop - 1}" if stop - start > 1 else str(start)


def in_time(seconds: float) -> str:
    """Write a duration for a person."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


@dataclass
class Session:
    """What the commands share; the room's own command line puts better parts in."""

    make_reporter: Callable[[], Reporter] = LineReporter
    open_room: Callable[[Path], None] | None = None
    """Opens the room on a project; None where there is no terminal or no room."""
    command: str = ""
    """Name of the command that was called."""

    def follow(self, work: Work[Result]) -> Result:
        """Run work with this session's way of showing it."""
        return self.make_reporter().follow(work)


def readable(candidates: Iterable[Any]) -> list[Any]:
    """Give the candidates whose recipe can be read, and tell of each other one in a line."""
    from engine.project.candidate import sort_out

    found, refused = sort_out(candidates)
    for failure in refused:
        click.echo(f"note: {failure.reason}", err=True)
    return found


def print_json(value: Any) -> None:
    """Print the one JSON document of a command."""
    # Escaped: no control character of a stranger's name reaches a terminal.
    json.dump(value, sys.stdout, ensure_ascii=True, indent=1)
    sys.stdout.write("\n")


def print_table(rows: Iterable[Iterable[str]], right: Iterable[int] = ()) -> None:
    """Print aligned columns; those in ``right`` to the right."""
    table = [list(row) for row in rows]
    if not table:
        return
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    to_right = set(right)
    for row in table:
        cells = [
            cell.rjust(width) if place in to_right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
