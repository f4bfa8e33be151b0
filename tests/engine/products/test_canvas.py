"""Which frames of a move are drawn."""

from __future__ import annotations

import numpy as np

from engine.products.canvas import spread_over_path
from engine.products.registration import Track


def _pan(count: int) -> Track:
    place = np.zeros((count, 3))
    place[:, 0] = 5.0 * np.arange(count)
    ones = np.ones(count)
    return Track(tuple(range(count)), place, 0 * ones, ones, 0.1, 1.0, "translation")


def test_frames_at_hand_are_chosen_where_they_lie_as_well() -> None:
    at_hand = {*range(3), *range(3, 297, 3), *range(297, 300)}
    rows = spread_over_path(_pan(300), 40, at_hand)
    assert at_hand.issuperset(rows)
    assert len(rows) >= 38
    assert {0, 1, 2, 297, 298, 299}.issubset(rows)
    assert np.diff(rows[3:-3]).max() <= 12


def test_no_part_of_the_path_is_left_out_for_what_is_at_hand() -> None:
    whole = spread_over_path(_pan(300), 40)
    assert spread_over_path(_pan(300), 40, {*range(120), *range(200, 300)}) == whole
    assert spread_over_path(_pan(300), 40, set(range(10, 300, 3))) == whole
    assert spread_over_path(_pan(300), 40, {5}) == whole
