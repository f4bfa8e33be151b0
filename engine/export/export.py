"""The dataset: every approved picture rendered at full resolution and laid out for a trainer."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.events import Advanced, Event, Failed, Work
from engine.export.finishing import finish
from engine.export.making import Job, Made, NoRoom, NotMade
from engine.export.plan import (
    ExportPlan,
    PlanError,
    check_plan,
    check_sources_apart,
    located_sources,
    planned_jobs,
    planned_repeats,
)
from engine.export.provenance import find_provenance
from engine.export.result import BESIDE, ExportResult
from engine.export.sources import Located
from engine.export.units import make_all
from engine.export.writing import NoRoomError, remove_leftovers
from engine.text import plain, plural

_NAMED = 3
"""Most candidates that a line names."""

__all__ = ["ExportPlan", "ExportResult", "export"]


def export(plan: ExportPlan) -> Work[ExportResult]:
    """Make the dataset; what an earlier run made and is unchanged is not made again.

    Raises
    ------
    PlanError
        When it cannot begin: nothing is approved, or OUT or a setting will not do.
    """
    check_plan(plan)
    out = plan.out.resolve()
    located = located_sources(plan)
    check_sources_apart(plan, located.paths.values())
    with _alone(out):
        before = find_provenance(out)
        jobs = planned_jobs(plan, before, located.paths)
        folders = {path.parent for job in jobs for path in job.paths()}
        remove_leftovers({out, *folders})
        result = ExportResult(failed=[*plan.refused], repeats=planned_repeats(plan))
        yield from plan.refused
        try:
            yield from _make_all(plan, jobs, located, result)
            yield from finish(plan, jobs, before, result)
        except NoRoomError as error:
            yield _give_up(result, jobs, str(error))
        remove_leftovers(folders)
    return result


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder, made if need be, for this export only, until it ends however it does."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PlanError(f"{plain(str(out))}: cannot be made ({error.strerror})") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise PlanError(f"{plain(str(out))}: another export is writing there") from None
    except OSError:
        pass  # a file system without locks
    try:
        if not os.access(out, os.W_OK | os.X_OK):
            raise PlanError(f"{plain(str(out))}: cannot be written to")
        yield
    finally:
        os.close(handle)


def _make_all(
    plan: ExportPlan, jobs: Sequence[Job], located: Located, result: ExportResult
) -> Iterator[Event]:
    """Make all pictures, each failure costing no other.

    Raises
    ------
    NoRoomError
        Nothing more can be written.
    """
    workers = plan.jobs or os.cpu_count() or 1
    yield Advanced("exporting", 0, len(jobs), "pictures")
    proxies = plan.project / "proxies" if plan.project else None
    for message in make_all(jobs, located, workers, proxies):
        match message:
            case Made():
                result.made.append(message)
                yield Advanced("exporting", len(result.made), len(jobs), "pictures")
            case NotMade(identity, reason):
                result.failed.append(Failed(identity, reason))
                if reason not in located.missing.values():
                    yield result.failed[-1]
            case NoRoom(reason):
                raise NoRoomError(reason)
            case _:
                yield message
    yield from _tell_missing(located.missing, result)
    place = {job.item.id: number for number, job in enumerate(jobs)}
    result.made.sort(key=lambda made: place[made.item_id])


def _tell_missing(missing: Mapping[str, str], result: ExportResult) -> Iterator[Event]:
    """Say once for each source that is gone or changed what it costs."""
    for reason in missing.values():
        lost = [failure.what for failure in result.failed if failure.reason == reason]
        if lost:
            yield Failed(f"{plural(len(lost), 'picture')} not made ({_named(lost)})", reason)


def _named(identities: Sequence[str]) -> str:
    """Name the first of some candidates."""
    named = ", ".join(identities[:_NAMED])
    return f"{named} …" if len(identities) > _NAMED else named


def _give_up(result: ExportResult, jobs: Sequence[Job], reason: str) -> Failed:
    """Say what is not done, now that nothing more can be written."""
    done = {made.item_id for made in result.made} | {failure.what for failure in result.failed}
    undone = [job.item.id for job in jobs if job.item.id not in done]
    result.failed += [Failed(what, reason) for what in (*undone, BESIDE)]
    return Failed(f"{plural(len(undone), 'picture')} and the files beside them not made", reason)
