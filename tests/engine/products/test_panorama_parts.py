from __future__ import annotations

import numpy as np
import pytest

from engine.products.moves import find_moves
from engine.products.rectangles import largest_rectangle
from engine.products.temporal import median_of
from engine.values import Box, Camera


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 12, 25])
def test_the_median_is_exact(count: int) -> None:
    samples = np.random.default_rng(count).integers(0, 256, (count, 9, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(median_of(samples), np.ceil(np.median(samples, axis=0)))


@pytest.mark.parametrize("count", [2, 5, 8, 11])
def test_what_is_not_seen_never_darkens_the_median(count: int) -> None:
    rng = np.random.default_rng(count)
    samples = rng.integers(100, 110, (count, 12, 12, 3), dtype=np.uint8)
    seen = rng.random((count, 12, 12)) < 0.4
    middle = median_of(samples, seen)[seen.any(axis=0)]
    assert middle.min() >= 100
    assert middle.max() < 110


def test_the_largest_rectangle_of_a_staircase() -> None:
    mask = np.zeros((60, 90), np.bool_)
    mask[5:40, 10:60] = True
    mask[30:58, 50:85] = True
    assert largest_rectangle(mask) == Box(10, 5, 50, 35)


def test_the_rectangle_of_a_large_mask_is_exact_to_the_pixel() -> None:
    mask = np.zeros((1100, 3300), np.bool_)
    mask[7:1087, 13:3291] = True
    assert largest_rectangle(mask) == Box(13, 7, 3278, 1080)


def test_nothing_seen_has_no_rectangle() -> None:
    assert largest_rectangle(np.zeros((40, 40), np.bool_)) is None


def test_a_move_on_twos_is_one_move() -> None:
    path = np.zeros((100, 3))
    path[:, 0] = np.clip((np.arange(100) // 2) * 2 - 40, 0, 80) * 3.0
    (move,) = find_moves(path, (640, 360))
    assert move.camera is Camera.PAN_RIGHT
    assert 10 <= move.start <= 45
    assert 55 <= move.stop <= 100


def test_a_slow_zoom_is_a_move() -> None:
    path = np.zeros((80, 3))
    path[:, 2] = np.linspace(0, 0.2, 80)
    (move,) = find_moves(path, (640, 360))
    assert move.camera is Camera.ZOOM_IN
    assert move.growth((640, 360)) == pytest.approx(np.exp(0.4), rel=0.02)
