from __future__ import annotations

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
