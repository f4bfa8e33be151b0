"""The order of candidates, and the groups that they are listed in: scenes, or kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.buckets.presets import TARGETS
from engine.products.proposal import Skipped
from engine.project.candidate import Candidate
from engine.text import plain
from engine.values import Kind, State

ORDERS = ("film", "score", "size", "kind")
"""As the film runs; each scene's best first; largest first; or all of a kind, best first."""

REPORTS = "Reports"

FORMER = " (before it changed)"
"""Said behind the name of a source whose content was another when it was scanned."""

_KINDS = {kind: place for place, kind in enumerate(Kind)}


@dataclass(slots=True)
class Group:
    """One scene of one source, or all of a kind; the reports are the last group."""

    source_id: str
    """Empty for what is no scene."""
    number: int
    source: str
    """Heading that it stands under: the source's name, made harmless."""
    title: str = ""
    """What stands in place of a scene's number."""
    places: list[int] = field(default_factory=list)
    """Its candidates, as indices of :attr:`ReviewList.candidates`."""
    listed: list[int] = field(default_factory=list)
    """Those that the filter admits."""
    skipped: list[Skipped] = field(default_factory=list)
    """What could not be made here, and why."""
    states: Counter[State] = field(default_factory=Counter)

    @property
    def is_reports(self) -> bool:
        """Whether this holds the bucket reports, which belong to no scene."""
        return self.source == REPORTS

    @property
    def undecided(self) -> int:
        """Candidates that nobody decided on."""
        return self.states[State.PENDING]


def by_scene(
    candidates: Sequence[Candidate],
    sources: Mapping[str, str],
    skipped: Iterable[tuple[str, int, Skipped]],
) -> list[Group]:
    """Group candidates by their scenes, sources in their order; the reports come last."""
    groups: dict[tuple[str, int], Group] = {}

    def group_of(source_id: str, number: int) -> Group:
        key = source_id, number
        if key not in groups:
            source = plain(sources.get(source_id, ""), 80) if source_id else REPORTS
            groups[key] = Group(source_id, number, source, "" if source_id else "all")
        return groups[key]

    last, places = None, []
    for place, candidate in enumerate(candidates):
        key = candidate.source_id, candidate.scene
        if key != last:
            last, places = key, group_of(*key).places
        places.append(place)
    for source_id, number, why in skipped:
        group_of(source_id, number).skipped.append(why)
    order = {source_id: place for place, source_id in enumerate(sources)}
    return sorted(
        groups.values(),
        key=lambda g: (g.is_reports, order.get(g.source_id, len(order)), g.number),
    )


def by_kind(candidates: Sequence[Candidate]) -> list[Group]:
    """Put all of a kind together, best first; the reports keep their order."""
    places: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    for place, candidate in enumerate(candidates):
        places[candidate.kind].append(place)
    for kind, found in places.items():
        if kind is not Kind.REPORT:
            found.sort(key=lambda place: -candidates[place].score)
    return [
        Group("", 0, REPORTS, "all", places=found)
        if kind is Kind.REPORT
        else Group("", 0, "By kind, best first", str(kind), places=found)
        for kind, found in places.items()
        if found
    ]


def sort_inside(groups: Iterable[Group], candidates: Sequence[Candidate], order: str) -> None:
    """Sort each scene by what ``order`` says; as the film runs, it is sorted already."""
    keys: dict[str, Callable[[int], float]] = {
        "score": lambda place: -candidates[place].score,
        "size": lambda place: -candidates[place].size[0] * candidates[place].size[1],
    }
    if order not in keys:
        return
    for group in groups:
        if not group.is_reports:
            group.places.sort(key=keys[order])


def film_order(candidate: Candidate, sources: Mapping[str, int]) -> tuple[object, ...]:
    """Give the key that sorts candidates as the film runs, the best of a kind first."""
    kind = _KINDS[candidate.kind]
    place = sources.get(candidate.source_id, len(sources))
    return place, candidate.scene, kind, -candidate.score, candidate.id


def reports_last(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Put the reports at the end, from the target of the smallest resolution to the largest."""
    names = list(TARGETS)
    reports = [c for c in candidates if c.kind is Kind.REPORT]
    reports.sort(key=lambda c: names.index(c.reason) if c.reason in names else len(names))
    return [c for c in candidates if c.kind is not Kind.REPORT] + reports
