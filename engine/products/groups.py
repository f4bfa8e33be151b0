"""Which views pairs hold together, and whether enough of them still may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.errors import RenderError
from engine.products.pairs import Pair
from engine.products.views import View

LOST = "the picture cannot be followed: too little texture, or it moves too fast"
BROKEN = 0.25
"""Share of the neighbours above which it tells against a move that they cannot be measured."""
IN_PIECES = 0.5
"""Share of the views that neighbours must hold together then, for others to join the rest."""


def together(views: list[View], pairs: Sequence[Pair]) -> tuple[list[View], list[Pair], list[int]]:
    """Keep the most views that pairs hold together.

    Raises
    ------
    RenderError
        If these are not even two.
    """
    kept = largest_group(len(views), [(pair.first, pair.second) for pair in pairs])
    if len(kept) < 2:
        raise RenderError(LOST)
    row = {i: n for n, i in enumerate(kept)}
    inner = [replace(p, first=row[p.first], second=row[p.second]) for p in pairs if p.first in row]
    return [views[i] for i in kept], inner, kept


def largest_group(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """Give the most of ``count`` views that links hold together."""
    group = list(range(count))
    for first, second in links:
        one, other = group[first], group[second]
        if one != other:
            group = [one if g == other else g for g in group]
    most = max(set(group), key=lambda g: (group.count(g), -g))
    return [i for i, g in enumerate(group) if g == most]


@dataclass(frozen=True, slots=True)
class Hopes:
    """What may still be lined up while pairs are measured."""

    count: int
    """Of the views."""
    neighbours: Sequence[Pair]
    """Pairs measured before."""
    least: float
    """Share of the views that must be lined up."""

    def refuse_hopeless(self, pairs: Sequence[Pair], links: Sequence[tuple[int, int]]) -> None:
        """Give up where too few would be lined up even if all ``links`` still to come held."""
        if not self.least:
            return
        held = [(pair.first, pair.second) for pair in (*self.neighbours, *pairs)]
        if len(largest_group(self.count, [*held, *links])) < self.least * self.count:
            raise self._refusal()

    def refuse_pieces(self, pairs: Sequence[Pair], links: Sequence[tuple[int, int]]) -> None:
        """Give up where neighbours are lost so often that frames further apart are, too.

        ``links`` are the neighbours still to come; ``pairs`` those that could be measured.
        """
        lost = self.count - 1 - len(links) - len(pairs)
        if not self.least or lost <= BROKEN * self.count:
            return
        held = [(pair.first, pair.second) for pair in pairs]
        if len(largest_group(self.count, [*held, *links])) < IN_PIECES * self.count:
            raise self._refusal()

    def _refusal(self) -> RenderError:
        return RenderError(
            f"fewer than {math.ceil(self.least * self.count)} of {self.count} frames that were "
            "looked at can be lined up with each other"
        )
