"""What is under review: candidates in their order, the filter, the cursor and the range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.products.proposal import Skipped
from engine.project.candidate import Candidate
from engine.recipe import CropRecipe
from engine.values import Kind, State
from tui.filtering import Disputes, Filter
from tui.grouping import ORDERS, Group, by_kind, by_scene, film_order, reports_last, sort_inside
from tui.look import MIDDLE, Spot
from tui.matching import test_of


class ReviewList:
    """Candidates in their order with a cursor that never loses its place. Knows no screen."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        """All of them, as the film runs."""
        self.groups: list[Group] = []
        self.shown: list[Group] = []
        """Groups that have something to show under the filter."""
        self.filter = Filter()
        self.order = ORDERS[0]
        self.waiting: Counter[str] = Counter()
        """Ids whose decisions are on their way to the disk."""
        self.states: Counter[State] = Counter()
        """How many candidates are in each state; what is folded counts in none."""
        self.disputes: Disputes = {}
        self.unfolded: set[str] = set()
        """Ids of candidates under which what looks like them is listed."""
        self._anchor = ""
        """Id of where a range begins, or empty."""
        self._sticky = False
        """The range stays when the cursor moves by itself."""
        self._sources: Mapping[str, str] = {}
        self._skipped: Sequence[tuple[str, int, Skipped]] = ()
        self._place: dict[str, int] = {}
        self._rank: list[int] = []
        """Where each place stands in the order at hand."""
        self._group_of: list[Group] = []
        self._folds: dict[str, list[int]] = {}
        """Places of what is folded, by the id that it is folded under."""
        self._group = 0
        self._row = 0
        self._heading = 1
        """Which way the cursor went last."""

    # What is there

    def fill(
        self,
        candidates: Sequence[Candidate],
        sources: Mapping[str, str],
        skipped: Sequence[tuple[str, int, Skipped]] = (),
    ) -> None:
        """Take in the catalogue; the cursor stays on its candidate if that is still there."""
        here = self.current
        self.candidates = reports_last(candidates)
        self._sources, self._skipped = sources, skipped
        self._place = {c.id: place for place, c in enumerate(self.candidates)}
        self._arrange()
        if here is None:
            self.undecided(1, from_start=True)
        else:
            self.go(here.id)

    def add(
        self,
        candidates: Sequence[Candidate],
        sources: Mapping[str, str],
        skipped: Sequence[tuple[str, int, Skipped]],
    ) -> None:
        """Take in what a scan has found since; all else, and the cursor, stay as they are."""
        fresh = [c for c in candidates if c.id not in self._place]
        at = {source_id: place for place, source_id in enumerate(sources)}
        known = sorted([*self.candidates, *fresh], key=lambda c: film_order(c, at))
        self.fill(known, sources, skipped)

    def sort(self, order: str) -> None:
        """List in another order; the cursor stays on its candidate."""
        here = self.current
        self.order = order
        self._arrange()
        if here is not None:
            self.go(here.id)

    def _arrange(self) -> None:
        if self.order == "kind":
            self.groups = by_kind(self.candidates)
        else:
            self.groups = by_scene(self.candidates, self._sources, self._skipped)
            sort_inside(self.groups, self.candidates, self.order)
        self._group_of = [None] * len(self.candidates)  # type: ignore[list-item]
        self._rank = [0] * len(self.candidates)
        rank = 0
        for group in self.groups:
            for place in group.places:
                self._group_of[place] = group
                self._rank[place] = rank
                rank += 1
            group.states = self._tally(group.places)
        self.states = sum((group.states for group in self.groups), Counter())
        self._folds = {}
        for place, candidate in enumerate(self.candidates):
            if candidate.like:
                self._folds.setdefault(candidate.like, []).append(place)
        self._list_all()

    def _tally(self, places: Iterable[int]) -> Counter[State]:
        known = map(self.candidates.__getitem__, places)
        return Counter([c.state for c in known if not (c.like and c.folded)])

    def update(self, candidates: Iterable[Candidate]) -> None:
        """Take in new standings of known candidates; unknown ones wait for the next fill."""
        here = self.current
        touched: dict[int, Group] = {}
        for candidate in candidates:
            place = self._place.get(candidate.id)
            if place is None:
                continue
            before, group = self.candidates[place], self._group_of[place]
            for states in (group.states, self.states):
                states[before.state] -= not before.folded
                states[candidate.state] += not candidate.folded
            self.candidates[place] = candidate
            touched[id(group)] = group
        for group in touched.values():
            self._list(group)
        if touched and (self.filter.active or self._folds):
            self._show()
            self._stay(here)

    def pictures(self, state: State) -> int:
        """How many candidates that are pictures are in a state."""
        return sum(group.states[state] for group in self.groups if not group.is_reports)

    def get(self, identity: str) -> Candidate | None:
        """Give the candidate with this id, or None."""
        place = self._place.get(identity)
        return None if place is None else self.candidates[place]

    def rest_of_scene(self) -> list[Candidate]:
        """Give what is listed in the scene under the cursor and is not decided on yet."""
        undecided = (State.PENDING, State.SKIPPED)
        listed = (self.candidates[place] for place in self.rows)
        return [c for c in listed if c.state in undecided and not self.waiting[c.id]]

    def interest(self, candidate: Candidate) -> Spot:
        """Give where to look first: the best crop that is cut from it, else the middle."""
        width, height = candidate.size
        group = self._group_of[self._place[candidate.id]] if candidate.id in self._place else None
        for place in group.places if group else ():
            crop = self.candidates[place]
            if crop.parent == candidate.id and crop.kind is Kind.CROP and width and height:
                recipe = crop.recipe
                if isinstance(recipe, CropRecipe):
                    half = recipe.side / 2
                    return (recipe.x + half) / width, (recipe.y + half) / height
        return MIDDLE

    def peaks(self, base: str) -> tuple[tuple[int, int], ...]:
        """Give the middles of the crops that were proposed on a picture, the best first."""
        crops = [
            crop.proposed
            for crop in sorted(self.candidates, key=lambda c: -c.score)
            if crop.parent == base and crop.kind is Kind.CROP
        ]
        return tuple(
            (crop.x + crop.side // 2, crop.y + crop.side // 2)
            for crop in crops
            if isinstance(crop, CropRecipe)
        )

    def matching(self, text: str) -> list[Candidate]:
        """Give every candidate in sight of a rule that meets it, as :mod:`tui.matching` reads it.

        Raises
        ------
        RecipeError
            The text is not understood.
        """
        holds = test_of(text)
        return [c for c in self.candidates if not c.folded and holds(c)]

    # The filter

    def set_filter(self, wanted: Filter) -> None:
        """List only what ``wanted`` admits; the cursor stays, or goes to what is nearest."""
        here = self.current
        self.filter = wanted
        self._list_all()
        self._stay(here)

    def set_disputes(self, disputes: Disputes) -> None:
        """Take in what reviewers do not agree on."""
        self.disputes = disputes
        if self.filter.state == "disputed":
            self.set_filter(self.filter)

    @property
    def listed(self) -> int:
        """How many candidates are listed."""
        return sum(len(group.listed) for group in self.shown)

    def fold(self) -> bool:
        """List what looks like the candidate under the cursor, or hide it again."""
        here = self.current
        if here is None:
            return False
        leader = here.like or here.id
        if not self._folds.get(leader):
            return False
        self.unfolded ^= {leader}
        if leader in self._place:
            self._list(self._group_of[self._place[leader]])
        self.go(here.id if leader in self.unfolded else leader)
        return True

    def _list_all(self) -> None:
        for group in self.groups:
            self._list(group)
        self._show()

    def _list(self, group: Group) -> None:
        known, admits = self.candidates, self.filter.admits
        group.listed = group.places
        if self._folds:
            group.listed = list(self._unfold(group.places))
        if self.filter.active:
            group.listed = [p for p in group.listed if admits(known[p], self.disputes)]

    def _unfold(self, places: Iterable[int]) -> Iterator[int]:
        """Leave out what is folded, or put it behind what it looks like."""
        for place in places:
            candidate = self.candidates[place]
            if candidate.folded and candidate.like in self._place:
                continue
            yield place
            if candidate.id in self.unfolded:
                folds = self._folds.get(candidate.id, ())
                yield from (fold for fold in folds if self.candidates[fold].folded)

    def _show(self) -> None:
        if self.filter.active:
            self.shown = [group for group in self.groups if group.listed]
        else:
            self.shown = self.groups

    def _stay(self, here: Candidate | None) -> None:
        """Keep the cursor on ``here``, or on what follows it in the order at hand."""
        if here is None:
            self._group = self._row = 0
            return
        if here.id in self._place and self.go(here.id):
            return
        rank = self._rank[self._place[here.id]] if here.id in self._place else 0
        for index, group in enumerate(self.shown):
            for row, place in enumerate(group.listed):
                if self._rank[place] >= rank:
                    self._group, self._row = index, row
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

    def move(self, by: int, *, keep: bool = False) -> None:
        """Move by some candidates; scenes follow each other. ``keep`` keeps a loose range."""
        if not keep and not self._sticky:
            self._anchor = ""
        self._heading = 1 if by > 0 else -1
        self._walk(by)

    def _walk(self, by: int) -> None:
        self._row += by
        while self._row < 0 and self._group > 0:
            self._group -= 1
            self._row += len(self.rows)
        while self._row >= len(self.rows) and self._group < len(self.shown) - 1:
            self._row -= len(self.rows)
            self._group += 1
        self._row = max(0, min(self._row, len(self.rows) - 1))

    def page(self, count: int) -> tuple[list[Candidate], int]:
        """Give so many listed candidates around the cursor, and which of them it is on."""
        first = self._row // count * count
        return [self.candidates[p] for p in self.rows[first : first + count]], self._row - first

    def likely_next(self) -> list[Candidate]:
        """Give where the next key may lead: on as before, to what is undecided, or on twice."""
        here, place = self.current, (self._group, self._row)
        ways = (
            lambda: self._walk(self._heading),
            lambda: self.undecided(1),
            lambda: self._walk(2 * self._heading),
        )
        found: dict[str, Candidate] = {}
        for way in ways:
            way()
            if (there := self.current) is not None and there is not here:
                found[there.id] = there
            self._group, self._row = place
        return list(found.values())

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
        """Go to a candidate; False, and nowhere, when it is not listed."""
        found = self._position(identity)
        if found is None:
            return False
        self._group, self._row = found
        return True

    def _position(self, identity: str) -> tuple[int, int] | None:
        """Give group and row where a candidate is listed."""
        place = self._place.get(identity)
        if place is None:
            return None
        groups = [self._group_of[place]]
        leader = self._place.get(self.candidates[place].like)
        if leader is not None:
            groups.append(self._group_of[leader])
        for index, shown in enumerate(self.shown):
            if any(shown is group for group in groups) and place in shown.listed:
                return index, shown.listed.index(place)
        return None

    # The range

    @property
    def in_range(self) -> bool:
        """Whether a range is marked."""
        return bool(self._anchor)

    def toggle_range(self) -> None:
        """Begin a range that the cursor drags along, or end it."""
        here = self.current
        self._anchor = "" if self._anchor or here is None else here.id
        self._sticky = bool(self._anchor)

    def extend(self, by: int) -> None:
        """Move, and mark from where the cursor was; any other move ends such a range."""
        here = self.current
        if not self._anchor and here is not None:
            self._anchor, self._sticky = here.id, False
        self.move(by, keep=True)

    def end_range(self) -> None:
        """Mark nothing."""
        self._anchor = ""

    def marked(self) -> list[Candidate]:
        """Give the candidates of the range, from end to end; none without one."""
        ends = self._ends()
        if ends is None:
            return []
        (first, top), (last, bottom) = ends
        places: list[int] = []
        for index in range(first, last + 1):
            listed = self.shown[index].listed
            stop = bottom + 1 if index == last else len(listed)
            places += listed[top if index == first else 0 : stop]
        return [self.candidates[place] for place in places]

    def marked_rows(self) -> range:
        """Give the rows of the group under the cursor that are in the range."""
        ends = self._ends()
        if ends is None:
            return range(0)
        (first, top), (last, bottom) = ends
        return range(
            top if first == self._group else 0,
            bottom + 1 if last == self._group else len(self.rows),
        )

    def _ends(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        anchor = self._position(self._anchor) if self._anchor else None
        if anchor is None:
            return None
        here = self._group, self._row
        return min(anchor, here), max(anchor, here)

    # What is left

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
