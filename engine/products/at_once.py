"""Work on frames or tiles that need nothing of each other, on several cores at once.

As many threads as OpenCV has been told to use: a scan's children have one each while neighbours are
at work on the other cores. What is made does not depend on how many there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2

from engine.isolation import use_free_cores

MOST = 2
"""Threads: more would wait for one another while Python itself runs."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Other = TypeVar("Other")

_here = threading.local()
"""Whether this thread is one of ours: its own work is not divided again."""


def at_once(work: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
    """Give what ``work`` makes of each item, in order, whatever order it is done in."""
    threads = _threads(len(items))
    if threads < 2:
        return [work(item) for item in items]
    made: dict[int, Made] = {}
    # Each takes the next that nobody has taken: to hand over every one would take as long as some.
    turns = iter(range(len(items)))

    def take(_: int) -> None:
        for turn in turns:
            made[turn] = work(items[turn])

    with ThreadPoolExecutor(threads, "at-once", _settle_in) as pool:
        list(pool.map(take, range(threads)))
    return [made[turn] for turn in range(len(items))]


def both(one: Callable[[], Made], other: Callable[[], Other]) -> tuple[Made, Other]:
    """Do two long things that need nothing of each other; the first of them in this thread."""
    if _threads(2) < 2:
        return one(), other()
    with ThreadPoolExecutor(1, "at-once", _settle_in) as pool:
        coming = pool.submit(other)
        _here.at_work = True
        try:
            mine = one()
        finally:
            _here.at_work = False
        return mine, coming.result()


def _threads(items: int) -> int:
    if getattr(_here, "at_work", False):
        return 1
    use_free_cores()
    return min(MOST, items, cv2.getNumThreads())


def _settle_in() -> None:
    _here.at_work = True
