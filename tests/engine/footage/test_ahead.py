"""Working ahead in a thread."""

from __future__ import annotations

from collections.abc import Iterator
from threading import current_thread

import pytest

from engine.footage.ahead import ahead


def test_items_come_in_order_and_whole_from_another_thread() -> None:
    threads = set()

    def items() -> Iterator[int]:
        for number in range(200):
            threads.add(current_thread())
            yield number

    assert list(ahead(items(), 3)) == list(range(200))
    assert len(threads) == 1
    assert current_thread() not in threads


def test_no_more_waits_than_may() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    for number in ahead(items(), 4):
        # Four wait, and one more is at the door.
        assert len(made) <= number + 1 + 4 + 1


def test_an_error_comes_after_what_came_before_it() -> None:
    def items() -> Iterator[str]:
        yield "whole"
        raise OSError("torn")

    coming = ahead(items(), 2)
    assert next(coming) == "whole"
    with pytest.raises(OSError, match="torn"):
        next(coming)


@pytest.mark.parametrize("taken", [1, 5])
def test_who_stops_early_leaves_nothing_open(taken: int) -> None:
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            closed.append(current_thread())

    coming = ahead(items(), 2)
    for _ in range(taken):
        next(coming)
    coming.close()
    assert [thread.is_alive() for thread in closed] == [False]
