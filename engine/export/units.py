"""The pictures of an export as units of work for child processes, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from engine.events import Advanced, Event
from engine.export.making import (
    FoundOut,
    Job,
    Made,
    NoRoom,
    NotMade,
    keepers_first,
    make_pictures,
)
from engine.export.sources import Located
from engine.footage.known import Known, load_known, save_known
from engine.isolation import Broken, Done, Isolated, Unit
from engine.products.render import base_of
from engine.recipe import BaseRecipe, frames_of

_LEAST = 60
"""Frames of a unit: a child takes as long to begin as it takes to read some dozens of them."""


def make_all(
    jobs: Sequence[Job], located: Located, workers: int, proxies: Path | None = None
) -> Iterator[Made | NotMade | NoRoom | Event]:
    """Make all pictures in child processes, each failure costing no other.

    What opening a film finds out is kept in the folder ``proxies`` of a project. Where it is not
    there yet, the first child that opens a film tells; the others of that film wait for it.
    """
    left = {job.item.id: job for job in jobs}
    opened = {identity: load_known(proxies, identity) for identity in located.paths if proxies}
    waiting: dict[Path, list[Unit]] = {}
    with Isolated(workers) as pool:
        for unit in units_of(jobs, located.paths, located.missing, workers, opened):
            source, _, _, known = unit.args
            if source in waiting:
                waiting[source].append(unit)
            else:
                pool.add(unit)
                if source is not None and known is None:
                    waiting[source] = []
        for unit, message in pool:
            known = message.known if isinstance(message, FoundOut) else None
            if known is not None and proxies is not None:
                with suppress(OSError):  # it is only found out anew next time
                    save_known(proxies, known)
            for other in waiting.pop(unit.args[0], ()):
                pool.add(unit_of(other.args[1], unit.args[0], known=known))
            match message:
                case Made() | NotMade():
                    left.pop(message.item_id)
                    yield message
                case Broken(reason, expected):
                    broken, others = rest_of(unit, left, expected=expected)
                    for job in broken:
                        left.pop(job.item.id)
                        yield NotMade(job.item.id, reason)
                    if others:
                        pool.add(others, first=True)
                case FoundOut() | Advanced() | Done():
                    pass  # of one picture; whole pictures are what counts here
                case _:
                    yield message


def units_of(
    jobs: Sequence[Job],
    sources: Mapping[str, Path],
    missing: Mapping[str, str],
    workers: int,
    opened: Mapping[str, Known | None] | None = None,
) -> list[Unit]:
    """Split work into units of one source each, in film order; pictures of one base stay together.

    ``sources`` and ``missing`` give, by id, where a source is, or why it cannot be read: what
    was exported earlier is still good then. ``opened`` gives what opening it found out before.
    """
    by_source: dict[str, dict[BaseRecipe, list[Job]]] = {}
    for job in sorted(jobs, key=_film_order):
        bases = by_source.setdefault(job.item.source, {})
        bases.setdefault(base_of(job.item.recipe), []).append(job)
    total = sum(len(frames_of(base)) for bases in by_source.values() for base in bases)
    # As many units as workers: each opens its source anew, which is dearer than a little waiting.
    enough = max(_LEAST, -(-total // workers))
    units = []
    for source, bases in by_source.items():
        about = sources.get(source), missing.get(source, ""), (opened or {}).get(source)
        some: list[Job] = []
        frames = 0
        for base, sharing in bases.items():
            some += sharing
            frames += len(frames_of(base))
            if frames >= enough:
                units.append(unit_of(some, *about))
                some, frames = [], 0
        if some:
            units.append(unit_of(some, *about))
    return units


def unit_of(
    jobs: Sequence[Job], source: Path | None, missing: str = "", known: Known | None = None
) -> Unit:
    """Make a unit of jobs of one source."""
    name = jobs[0].about["source_name"]
    return Unit(name, make_pictures, (source, tuple(jobs), missing, known))


def rest_of(
    unit: Unit, left: Mapping[str, Job], *, expected: bool
) -> tuple[list[Job], Unit | None]:
    """Split what a broken unit has not done: what it broke on, and a unit of the others.

    An ``expected`` end is the source's: it would stop the others too.
    """
    source, jobs, missing, known = unit.args
    undone = [job for job in sorted(jobs, key=keepers_first) if job.item.id in left]
    if expected or not undone:
        return undone, None
    # It works base by base, so it died over the first; the others may be sound.
    guilty = base_of(undone[0].item.recipe)
    broken = [job for job in undone if base_of(job.item.recipe) == guilty]
    others = [job for job in undone if base_of(job.item.recipe) != guilty]
    return broken, unit_of(others, source, missing, known) if others else None


def _film_order(job: Job) -> tuple[int, str]:
    return next(iter(frames_of(job.item.recipe)), 0), str(base_of(job.item.recipe))
