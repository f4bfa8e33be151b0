"""What is approved, as a manifest says it, kept up with the catalogue from decision to decision.

A project of a season has tens of thousands of approved pictures, and a key changes one of them.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from engine.errors import RecipeError
from engine.project.candidate import Candidate
from engine.project.catalogue import Catalogue
from engine.project.manifest import item_entry, source_entry, write_head, write_item
from engine.values import Kind, State

_MANY = 2_000
"""Candidates of one step from which all are read anew rather than one by one."""

_KINDS = (Kind.PANORAMA, Kind.PLATE, Kind.LAYER, Kind.KEEPER, Kind.CROP, Kind.REPORT)
"""In the order in which the catalogue gives them."""

_Place = tuple[bool, str, str, int, int, float, str]
"""What the catalogue sorts by; the candidate's id comes last."""


class Approved:
    """The approved candidates of a catalogue, each with its block of the manifest."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._blocks: dict[str, tuple[Candidate, bytes]] = {}
        self._order: list[_Place] = []
        self._version: tuple[int, int] | None = None

    @property
    def is_current(self) -> bool:
        """Whether nobody has written to the catalogue since :meth:`settle`."""
        return self._version == self._catalogue.version()

    def update(self, changed: Sequence[str] | None) -> bool:
        """Take up the candidates that were decided on, or all anew; tell if the text is another.

        Until :meth:`settle` this holds for nothing but the transaction that is under way.
        """
        self._version = None
        if changed is None or len(changed) > _MANY:
            found = map(self._block, self._catalogue.candidates(state=State.APPROVED))
            self._blocks = {block[0].id: block for block in found if block}
            self._order = sorted(_place(candidate) for candidate, _ in self._blocks.values())
            return True
        return any([self._take_up(identity) for identity in changed])

    def settle(self) -> None:
        """Note that what was taken up last is what the catalogue holds."""
        self._version = self._catalogue.version()

    def text(self) -> bytes:
        """Write the manifest."""
        used = {candidate.source_id for candidate, _ in self._blocks.values()}
        sources = (source_entry(s) for s in self._catalogue.sources() if s.id in used)
        blocks = [self._blocks[place[-1]][1] for place in self._order]
        return b"".join([write_head(sources).encode(), *blocks])

    def _take_up(self, identity: str) -> bool:
        candidate = self._catalogue.candidate(identity)
        before = self._blocks.get(identity)
        now = self._block(candidate) if candidate.state is State.APPROVED else None
        if before and now and before[1] == now[1]:
            return False
        if before:
            del self._blocks[identity]
            del self._order[bisect_left(self._order, _place(before[0]))]
        if now:
            self._blocks[identity] = now
            insort(self._order, _place(candidate))
        return bool(before or now)

    def _block(self, candidate: Candidate) -> tuple[Candidate, bytes] | None:
        """Write an item, or remember how it was written; None where its recipe cannot be read.

        That one costs the manifest no other; whoever lists or exports it is told.
        """
        known = self._blocks.get(candidate.id)
        if known and known[0] == candidate:
            return known
        try:
            candidate.check_recipes()
        except RecipeError:
            return None
        return candidate, write_item(item_entry(candidate)).encode()


def _place(candidate: Candidate) -> _Place:
    return (
        not candidate.source_name,
        candidate.source_name,
        candidate.source_id,
        candidate.scene,
        _KINDS.index(candidate.kind),
        -candidate.score,
        candidate.id,
    )
