from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import cv2
import pytest

from engine.products.at_once import at_once, one_by_one

WAYS = (at_once, lambda work, items: list(one_by_one(work, items)))


@pytest.fixture(params=[1, 2, 5], autouse=True)
def _threads(request: pytest.FixtureRequest) -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(request.param)
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 40])
def test_what_is_made_comes_in_the_order_of_the_items(
    way: Callable[[Callable[[int], int], Sequence[int]], list[int]], count: int
) -> None:
    assert way(lambda item: item * item, range(count)) == [i * i for i in range(count)]


def test_work_can_itself_be_divided() -> None:
    made = at_once(lambda n: at_once(lambda item: item + n, range(9)), range(9))
    assert made == [[item + n for item in range(9)] for n in range(9)]


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_wrong_with_one_item_is_told(
    way: Callable[[Callable[[int], float], Sequence[int]], list[float]],
) -> None:
    with pytest.raises(ZeroDivisionError):
        way(lambda item: 1 / item, [3, 2, 1, 0, 4])
