"""Work on frames or tiles that need nothing of each other, on several cores at once.

As many threads as OpenCV has been told to use: a scan's children have one each while neighbours are
at work on the other cores. What is made does not depend on how many there are.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

import cv2

from engine.footage.ahead import ahead
from engine.heap import share_heaps
from engine.isolation import use_free_cores

MOST = 2
"""Threads: more would wait for one another while Python itself runs."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Other = TypeVar("Other")

_free = threading.BoundedSemaphore(MOST - 1)
"""Threads that may be had besides one's own: work that is divided may be divided again, by whom
nobody else needs."""


def at_once(work: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
    """Give what ``work`` makes of each item, in order, whatever order it is done in."""
    with _helpers(len(items) - 1) as (helpers, leave):
        if not helpers:
            return [work(item) for item in items]
        made: dict[int, Made] = {}
        # Each takes the next that nobody has taken: to hand over every one would take as long as
        # some.
        turns = iter(range(len(items)))

        def take() -> None:
            try:
                for turn in turns:
                    made[turn] = work(items[turn])
            except BaseException:
                # What is left serves nobody, and would be waited for.
                deque(turns, maxlen=0)
                raise
            finally:
                leave()

        # This thread is one of them: what each holds in memory, the system does not get back.
        with ThreadPoolExecutor(helpers, "at-once") as pool:
            others = [pool.submit(take) for _ in range(helpers)]
            take()
            for other in others:
                other.result()
    return [made[turn] for turn in range(len(items))]


def both(one: Callable[[], Made], other: Callable[[], Other]) -> tuple[Made, Other]:
    """Do two long things that need nothing of each other; the first of them in this thread."""
    with _helpers(1) as (helpers, leave):
        if not helpers:
            return one(), other()

        def beside() -> Other:
            try:
                return other()
            finally:
                leave()

        with ThreadPoolExecutor(1, "at-once") as pool:
            coming = pool.submit(beside)
            try:
                mine = one()
            finally:
                leave()
            return mine, coming.result()


def ahead_of(items: Iterator[Item], depth: int) -> Iterator[Item]:
    """Yield what ``items`` yields, which works up to ``depth`` items ahead where a core is free."""
    with _helpers(1) as (helpers, _):
        return ahead(items, depth) if helpers else items


@contextmanager
def _helpers(most: int) -> Iterator[tuple[int, Callable[[], None]]]:
    """Lend threads that nobody needs, and what each, and whoever has lent them, calls when done.

    So the last of them has the others for what it divides itself.
    """
    taken: deque[None] = deque()
    while len(taken) < most and _free.acquire(blocking=False):
        taken.append(None)
    if taken:
        use_free_cores()
    while len(taken) > max(0, cv2.getNumThreads() - 1):
        taken.pop()
        _free.release()

    def leave() -> None:
        with suppress(IndexError):
            taken.pop()
            _free.release()

    try:
        yield len(taken), leave
    finally:
        while taken:
            leave()


share_heaps()
