"""What is under review: candidates by scene, the filter, and where the cursor is."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.buckets.presets import TARGETS
from engine.products.proposal import Skipped
from engine.project.candidate import Candidate
from engine.text import plain
from engine.values import Kind, State

EVERYTHING = "everything"

STATES = (EVERYTHING, "undecided", "approved", "rejected", "skipped", "tweaked")
"""What the filter's first line offers."""

KINDS = (EVERYTHING, *(str(kind) for kind in Kind))
"""What the filter's second line offers."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which candidates are listed."""

    state: str = EVERYTHING
    kind: str = EVERYTHING

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return self != Filter()

    def admits(self, candidate: Candidate) -> bool:
        """Whether a candidate is listed."""
        return self.kind in (EVERYTHING, candidate.kind) and self._admits_state(candidate)

    def _admits_state(self, candidate: Candidate) -> bool:
        match self.state:
            case "everything":
                return True
            case "undecided":
                return candidate.state is State.PENDING
            case "tweaked":
                return candidate.tweaked
            case state:
                return candidate.state == state


@dataclass(slots=True)
class Group:
    """One scene of one source; the reports are the last group."""

    source_id: str
    number: int
    source: str
    """The source's name, made harmless."""
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
        return not self.source_id

    @property
    def undecided(self) -> int:
        """Candidates that nobody decided on."""
        return self.states[State.PENDING]


class ReviewList:
    """Candidates in their order with a cursor that never loses its place. Knows no screen."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self.groups: list[Group] = []
        self.shown: list[Group] = []
        """Groups that have something to show under the filter."""
        self.filter = Filter()
        self.waiting: Counter[str] = Counter()
        """Ids whose decisions are on their way to the disk."""
        self.states: Counter[State] = Counter()
        """How many candidates are in each state."""
        self._place: dict[str, int] = {}
        self._group_of: list[Group] = []
        self._group = 0
        self._row = 0

    # What is there

    def fill(
        self,
        candidates: Sequence[Candidate],
        sources: Mapping[str, str],
        skipped: Iterable[tuple[str, int, Skipped]] = (),
    ) -> None:
        """Take in the catalogue; the cursor stays on its candidate if that is still there."""
        here = self.current
        candidates = _reports_last(candidates)
        groups = _grouped(candidates, sources, skipped)
        self.candidates = candidates
        self.groups = groups
        self._place = {c.id: place for place, c in enumerate(self.candidates)}
        self._group_of = [None] * len(self.candidates)  # type: ignore[list-item]
        for group in groups:
            for place in group.places:
                self._group_of[place] = group
        self.states = Counter(candidate.state for candidate in self.candidates)
        self._list_all()
        if here is None:
            self.undecided(1, from_start=True)
        else:
            self.go(here.id)

    def update(self, candidates: Iterable[Candidate]) -> None:
        """Take in new standings of known candidates; unknown ones wait for the next fill."""
        here = self.current
        touched: dict[int, Group] = {}
        for candidate in candidates:
            place = self._place.get(candidate.id)
            if place is None:
                continue
            group = self._group_of[place]
            for states in (group.states, self.states):
                states[self.candidates[place].state] -= 1
                states[candidate.state] += 1
            self.candidates[place] = candidate
            touched[id(group)] = group
        for group in touched.values():
            self._list(group)
        if touched and self.filter.active:
            self._show()
            self._stay(here)

    def pictures(self, state: State) -> int:
        """How many candidates that are pictures are in a state."""
        return sum(group.states[state] for group in self.groups if not group.is_reports)

    def get(self, identity: str) -> Candidate | None:
        """Give the candidate with this id, or None."""
        place = self._place.get(identity)
        return None if place is None else self.candidates[place]

    # The filter

    def set_filter(self, wanted: Filter) -> None:
        """List only what ``wanted`` admits; the cursor stays, or goes to what is nearest."""
        here = self.current
        self.filter = wanted
        self._list_all()
        self._stay(here)

    def _list_all(self) -> None:
        for group in self.groups:
            self._list(group)
        self._show()

    def _list(self, group: Group) -> None:
        if not self.filter.active:
            group.listed = group.places
        else:
            admits = self.filter.admits
            group.listed = [p for p in group.places if admits(self.candidates[p])]

    def _show(self) -> None:
        if self.filter.active:
            self.shown = [group for group in self.groups if group.listed]
        else:
            self.shown = self.groups

    def _stay(self, here: Candidate | None) -> None:
        """Keep the cursor on ``here``, or on what follows it in the order of the film."""
        if here is None:
            self._group = self._row = 0
            return
        place = self._place.get(here.id, 0)
        for index, group in enumerate(self.shown):
            if group.listed and group.listed[-1] >= place:
                self._group, self._row = index, bisect_left(group.listed, place)
                return
        self._group = max(0, len(self.shown) - 1)
        self._row = max(0, len(self.rows) - 1)

    # The cursor

    @property
    def group(self) -> Group | None:
        """The scene under the cursor."""
        return self.shown[self._group] if self._group < len(self.shown) else None

    @property
    def group_index(self) -> int:
        """Where the scene under the cursor stands among those shown."""
        return self._group

    @property
    def rows(self) -> list[int]:
        """Candidates listed in the scene under the cursor."""
        group = self.group
        return group.listed if group else []

    @property
    def row(self) -> int:
        """Where the cursor is among :attr:`rows`."""
        return self._row

    @property
    def current(self) -> Candidate | None:
        """The candidate under the cursor."""
        rows = self.rows
        return self.candidates[rows[self._row]] if self._row < len(rows) else None

    def move(self, by: int) -> None:
        """Move along the film by some candidates; scenes follow each other."""
        self._row += by
        while self._row < 0 and self._group > 0:
            self._group -= 1
            self._row += len(self.rows)
        while self._row >= len(self.rows) and self._group < len(self.shown) - 1:
            self._row -= len(self.rows)
            self._group += 1
        self._row = max(0, min(self._row, len(self.rows) - 1))

    def move_scene(self, by: int) -> None:
        """Go to a scene before or after, at its first candidate."""
        self.go_to_group(self._group + by)

    def go_to_group(self, index: int) -> None:
        """Go to a scene, at its first candidate; stay on the row if it is this scene."""
        index = max(0, min(index, len(self.shown) - 1))
        if index != self._group:
            self._group, self._row = index, 0

    def go_to_row(self, row: int) -> None:
        """Go to a candidate of this scene."""
        self._row = max(0, min(row, len(self.rows) - 1))

    def first(self) -> None:
        """Go to the very first candidate."""
        self._group = self._row = 0

    def last(self) -> None:
        """Go to the very last candidate."""
        self._group = max(0, len(self.shown) - 1)
        self._row = max(0, len(self.rows) - 1)

    def go(self, identity: str) -> bool:
        """Go to a candidate; False when it is not listed."""
        place = self._place.get(identity)
        if place is None:
            self._stay(None)
            return False
        group = self._group_of[place]
        for index, shown in enumerate(self.shown):
            if shown is group and place in shown.listed:
                self._group, self._row = index, shown.listed.index(place)
                return True
        self._stay(self.candidates[place])
        return False

    def undecided(self, direction: int, *, from_start: bool = False) -> bool:
        """Go to the next pending candidate that is listed, around the end if need be.

        When none is pending, those left for later come back. False when there is neither.
        """
        return self._seek(State.PENDING, direction, from_start) or self._seek(
            State.SKIPPED, direction, from_start
        )

    def _seek(self, state: State, direction: int, from_start: bool) -> bool:
        count = len(self.shown)
        if not count:
            return False
        start = self._row + direction if not from_start else 0
        for lap in range(count + 1):
            index = (self._group + direction * lap) % count
            group = self.shown[index]
            if not group.states[state]:
                continue
            rows = range(len(group.listed)) if direction > 0 else range(len(group.listed))[::-1]
            for row in rows:
                behind = (row - start) * direction < 0
                if lap == 0 and behind:
                    continue
                candidate = self.candidates[group.listed[row]]
                if candidate.state is state and not self.waiting[candidate.id]:
                    self._group, self._row = index, row
                    return True
        return False


def _grouped(
    candidates: Sequence[Candidate],
    sources: Mapping[str, str],
    skipped: Iterable[tuple[str, int, Skipped]],
) -> list[Group]:
    groups: dict[tuple[str, int], Group] = {}

    def group_of(source_id: str, number: int) -> Group:
        key = source_id, number
        if key not in groups:
            groups[key] = Group(source_id, number, plain(sources.get(source_id, ""), 80))
        return groups[key]

    for place, candidate in enumerate(candidates):
        group = group_of(candidate.source_id, candidate.scene)
        group.places.append(place)
        group.states[candidate.state] += 1
    for source_id, number, why in skipped:
        group_of(source_id, number).skipped.append(why)
    order = {source_id: place for place, source_id in enumerate(sources)}
    return sorted(
        groups.values(),
        key=lambda g: (g.is_reports, order.get(g.source_id, len(order)), g.number),
    )


def _reports_last(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Put the reports at the end, from the target of the smallest resolution to the largest."""
    names = list(TARGETS)
    reports = [c for c in candidates if c.kind is Kind.REPORT]
    reports.sort(key=lambda c: names.index(c.reason) if c.reason in names else len(names))
    return [c for c in candidates if c.kind is not Kind.REPORT] + reports
