"""Sources are opened in child processes of their own: a scan goes on with those that open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.events import Advanced, Failed, Noted, Work
from engine.isolation import Broken, Done, Isolated, Unit
from engine.scenes import Opened, probe
from engine.text import plain


def begin_opening(named: Sequence[Path], pool: Isolated) -> None:
    """Have each source opened by a child; who they are is heard by :func:`hear_opened`."""
    for path in named:
        pool.add(Unit(path.name, probe, (path,)))
    pool.begin()


def hear_opened(
    named: Sequence[Path], pool: Isolated, *, entirely: bool
) -> Work[tuple[list[Opened], list[Failed]]]:
    """Hear which sources open; the same film by two paths is one source.

    Unless they are wanted ``entirely``, it does not wait for what is told of films later on.
    """
    told: dict[Path, Opened | Failed] = {}
    yield Advanced("opening sources", 0, 0, "sources")
    for unit, message in pool:
        (path,), name = unit.args, plain(unit.name)
        match message:
            case Opened():
                told[path] = message
            case Broken(reason, expected) if path not in told:
                told[path] = Failed(name, reason if expected else f"{name}: {reason}")
            case Broken() | Done():
                pass  # whoever wants what it did not tell finds that out anew
            case _:
                yield message
        yield Advanced("opening sources", len(told), 0, "sources")
        if len(told) == len(named) and not entirely:
            break
    found: dict[str, Opened] = {}
    failed: list[Failed] = []
    for path in named:
        match told.get(path):
            case Opened(source) as opened if source.id not in found:
                found[source.id] = opened
            case Opened():
                yield Noted(f"{plain(path.name)} is a source that was named already")
            case Failed() as failure:
                failed.append(failure)
    return list(found.values()), failed
