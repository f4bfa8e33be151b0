from __future__ import annotations

import numpy as np
import pytest

from engine.products.moves import find_moves
from engine.products.views import Floats


def path_of(speeds: list[float], noise: float = 0.0) -> Floats:
    rng = np.random.default_rng(1)
    x = np.cumsum(speeds) + rng.normal(0, noise, len(speeds))
    return np.stack([x, np.zeros_like(x), np.zeros_like(x)], axis=1)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_crawl_of_a_third_of_a_pixel_a_frame_is_one_move(noise: float) -> None:
    (move,) = find_moves(path_of([0.31] * 1000, noise), (1280, 720))
    assert move.start == 0
    assert move.stop == 1000


def test_a_camera_that_trembles_stands_still() -> None:
    assert find_moves(path_of([0.0] * 300, 0.1), (1280, 720)) == []


def test_rests_before_and_after_a_move_are_left_out() -> None:
    (move,) = find_moves(path_of([0.0] * 80 + [8.0] * 40 + [0.0] * 80), (1280, 720))
    assert 68 <= move.start <= 80
    assert 120 <= move.stop <= 132
