"""Work on frames or tiles that need nothing of each other, on several cores at once.

As many threads as OpenCV has been told to use: a scan's children have one each while neighbours are
at work on the other cores. What is made does not depend on how many there are.
"""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

import cv2

from engine.footage.ahead import ahead
from engine.isolation import use_free_cores

MOST = 2
"""Threads: more would wait for one another while Python itself runs."""

_MOST_HEAPS = -8
"""``M_ARENA_MAX`` in glibc's ``malloc.h``."""

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

    def take() -> None:
        try:
            for turn in turns:
                made[turn] = work(items[turn])
        except BaseException:
            # What is left serves nobody, and would be waited for.
            deque(turns, maxlen=0)
            raise

    # This thread is one of them: what each holds in memory, the system does not get back.
    with ThreadPoolExecutor(threads - 1, "at-once", _settle_in) as pool:
        others = [pool.submit(take) for _ in range(threads - 1)]
        with _at_work():
            take()
        for other in others:
            other.result()
    return [made[turn] for turn in range(len(items))]


def both(one: Callable[[], Made], other: Callable[[], Other]) -> tuple[Made, Other]:
    """Do two long things that need nothing of each other; the first of them in this thread."""
    if _threads(2) < 2:
        return one(), other()
    with ThreadPoolExecutor(1, "at-once", _settle_in) as pool:
        coming = pool.submit(other)
        with _at_work():
            mine = one()
        return mine, coming.result()


def ahead_of(items: Iterator[Item], depth: int) -> Iterator[Item]:
    """Yield what ``items`` yields, which works up to ``depth`` items ahead where a core is free."""
    return items if _threads(2) < 2 else ahead(items, depth)


def _threads(items: int) -> int:
    if getattr(_here, "at_work", False):
        return 1
    use_free_cores()
    return min(MOST, items, cv2.getNumThreads())


def _settle_in() -> None:
    _here.at_work = True


@contextmanager
def _at_work() -> Iterator[None]:
    """Be one of our threads for a while."""
    _here.at_work = True
    try:
        yield
    finally:
        _here.at_work = False


def _share_heaps() -> None:
    """Let what one thread gives back serve the others, where memory is had from glibc.

    It keeps a heap for each thread, of which what was given back serves that thread alone: a move
    of 300 frames would take 120 MB more. Once threads have theirs, it is too late.
    """
    with suppress(AttributeError, OSError, TypeError):  # another one knows no such setting
        ctypes.CDLL(None).mallopt(_MOST_HEAPS, 2)


_share_heaps()
