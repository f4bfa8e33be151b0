from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import cv2
import pytest

from engine.products.at_once import at_once, both


@pytest.fixture(params=[1, 2, 5], autouse=True)
def _threads(request: pytest.FixtureRequest) -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(request.param)
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize("count", [0, 1, 40])
def test_what_is_made_comes_in_the_order_of_the_items(count: int) -> None:
    assert at_once(lambda item: item * item, range(count)) == [i * i for i in range(count)]


def test_work_can_itself_be_divided() -> None:
    made = at_once(lambda n: at_once(lambda item: item + n, range(9)), range(9))
    assert made == [[item + n for item in range(9)] for n in range(9)]


def test_what_goes_wrong_with_one_item_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        at_once(lambda item: 1 / item, [3, 2, 1, 0, 4])


def test_nothing_more_is_begun_once_something_went_wrong() -> None:
    done = []

    def work(item: int) -> None:
        if item == 1:
            raise ZeroDivisionError
        time.sleep(0.005)
        done.append(item)

    with pytest.raises(ZeroDivisionError):
        at_once(work, range(2000))
    assert len(done) < 1000


def test_two_things_are_done_beside_each_other_and_both_come_back() -> None:
    assert both(lambda: at_once(str, range(3)), lambda: at_once(int, "45")) == (
        ["0", "1", "2"],
        [4, 5],
    )


def test_what_goes_wrong_with_either_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        both(lambda: 1 // 0, lambda: 1)
    with pytest.raises(ZeroDivisionError):
        both(lambda: 1, lambda: 1 // 0)


def test_threads_serve_others_again_after_all_that_was_done_or_went_wrong() -> None:
    with pytest.raises(ZeroDivisionError):
        at_once(lambda item: 1 / item, [3, 2, 1, 0, 4])
    both(lambda: at_once(str, range(9)), lambda: at_once(str, range(9)))
    if cv2.getNumThreads() > 1:
        met = threading.Barrier(2)
        # Nobody passes alone.
        assert sorted(at_once(lambda _: met.wait(timeout=60), range(2))) == [0, 1]


def test_who_is_done_helps_the_other() -> None:
    if cv2.getNumThreads() > 1:
        done, met = threading.Event(), threading.Barrier(2)

        def long() -> list[int]:
            done.wait(timeout=60)
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                # The other thread comes free a moment after it is done.
                if len({name for _, name in at_once(_slowly, range(8))}) == 2:
                    return at_once(lambda _: met.wait(timeout=60), range(2))
            return []

        made, _ = both(long, done.set)
        assert sorted(made) == [0, 1]


def _slowly(item: int) -> tuple[int, str]:
    time.sleep(0.005)
    return item, threading.current_thread().name
