from __future__ import annotations

import threading
from collections.abc import Callable

from tui.worker import LatestWins


def test_only_the_newest_request_is_done_and_the_one_at_work_learns_that_it_is_stale() -> None:
    begun, go_on, finished = threading.Event(), threading.Event(), threading.Event()
    done: list[tuple[int, bool]] = []

    def work(request: int, stale: Callable[[], bool]) -> None:
        begun.set()
        assert go_on.wait(60)
        done.append((request, stale()))
        if request == 3:
            finished.set()

    worker = LatestWins("test", work, pause=0.001)
    worker.ask(1)
    assert begun.wait(60)
    worker.ask(2)
    worker.ask(3)
    go_on.set()
    assert finished.wait(60)
    worker.close()
    assert done == [(1, True), (3, False)]


def test_what_is_forgotten_is_not_begun() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def work(request: int, stale: Callable[[], bool]) -> None:
        begun.set()
        assert go_on.wait(60)
        done.append(request)

    worker = LatestWins("test", work, pause=0.001)
    worker.ask(1)
    assert begun.wait(60)
    worker.ask(2)
    worker.forget()
    go_on.set()
    worker.close()
    assert done == [1]


def test_what_work_has_opened_is_put_away_in_its_thread_at_the_end() -> None:
    where: list[int] = []
    begun, ended = threading.Event(), threading.Event()

    def work(request: int, stale: Callable[[], bool]) -> None:
        where.append(threading.get_ident())
        begun.set()

    def put_away() -> None:
        where.append(threading.get_ident())
        ended.set()

    worker = LatestWins("test", work, pause=0.0, at_end=put_away)
    worker.ask(1)
    assert begun.wait(60)
    worker.close()
    assert ended.wait(60)
    assert len(where) == 2
    assert where[0] == where[1] != threading.get_ident()
