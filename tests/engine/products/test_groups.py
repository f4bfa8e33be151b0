"""When too few frames of a move can still be lined up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

import pytest

from engine.errors import RenderError
from engine.products.groups import Hopes
from engine.products.pairs import Pair

COUNT = 40


def _neighbours(lost: Collection[int]) -> Iterator[Pair]:
    """Pairs of neighbours, but for those that were lost."""
    for first, second in pairwise(range(COUNT)):
        if first not in lost:
            yield Pair(first, second, (9.0, 0.0), 0.0, 100, 0.9, 0.0)


def _given_up(pairs: list[Pair], links: list[tuple[int, int]], least: float = 0.75) -> bool:
    try:
        Hopes(COUNT, (), least).refuse_pieces(pairs, links)
    except RenderError:
        return True
    return False


def test_a_move_in_many_short_pieces_is_given_up() -> None:
    assert _given_up([*_neighbours(range(0, COUNT, 3))], [])


def test_it_is_given_up_before_all_neighbours_were_looked_at() -> None:
    lost = range(0, COUNT, 2)
    some = [pair for pair in _neighbours(lost) if pair.first < 30]
    assert _given_up(some, [(i, i + 1) for i in range(30, COUNT - 1)])


@pytest.mark.parametrize("lost", [(), (20,), (5, 15, 25, 35), range(26, COUNT)])
def test_a_few_breaks_or_one_long_piece_leave_hope(lost: Collection[int]) -> None:
    assert not _given_up([*_neighbours(lost)], [])


def test_nothing_is_given_up_while_a_long_piece_may_still_come() -> None:
    lost = range(0, 14)
    measured = [pair for pair in _neighbours(lost) if pair.first < 14]
    assert not _given_up(measured, [(i, i + 1) for i in range(14, COUNT - 1)])


def test_where_any_part_of_a_move_will_do_nothing_is_given_up() -> None:
    assert not _given_up([], [], least=0.0)
