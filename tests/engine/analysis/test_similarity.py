from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.similarity import (
    Affine,
    Points,
    Similarity,
    carried,
    find_one_motion,
    inverse,
    median,
    part_of,
    products_of,
)

_CLOSE = 1.0


def _points(count: int = 120) -> Points:
    return (np.random.default_rng(5).random((count, 2)) * (300, 170)).astype(np.float32)


def _motion(zoom: float, turn: float, x: float, y: float) -> Affine:
    return Similarity(zoom * complex(np.cos(turn), np.sin(turn)), complex(x, y)).affine()


def _strewn(followed: Points, share: float, off: float = 0.0) -> Points:
    """Scatter points, and send some of them elsewhere."""
    rng = np.random.default_rng(6)
    away = rng.normal(0, off, followed.shape)
    lost = int(share * len(followed))
    away[:lost] = rng.uniform(8, 40, (lost, 2))
    return np.asarray(followed + away, np.float32)


def test_a_motion_is_found_to_a_hundredth_of_a_pixel_though_two_points_of_five_go_astray() -> None:
    points, truth = _points(), _motion(1.03, 0.02, -7.5, 3.25)
    followed = _strewn(carried(points, truth), 0.4)
    found = find_one_motion(points, followed, products_of(points, followed), _CLOSE)
    assert found is not None
    link, _, chosen = found
    assert np.count_nonzero(chosen) == 72
    np.testing.assert_allclose(carried(points, link), carried(points, truth), atol=0.01)


def test_noise_is_not_taken_for_a_zoom() -> None:
    points = _points()
    followed = _strewn(carried(points, _motion(1, 0, 4, 0)), 0.2, off=0.3)
    found = find_one_motion(points, followed, products_of(points, followed), _CLOSE)
    assert found is not None
    np.testing.assert_array_equal(found[0][:2, :2], np.eye(2))
    assert found[0][:2, 2] == pytest.approx((4, 0), abs=0.15)


def test_noise_is_not_taken_for_a_motion() -> None:
    points = _points()
    followed = _strewn(points, 0.2, off=0.2)
    found = find_one_motion(points, followed, products_of(points, followed), _CLOSE)
    assert found is not None
    np.testing.assert_array_equal(found[0], np.eye(3))


def test_points_that_go_every_way_have_no_motion() -> None:
    points = _points(12)
    followed = np.asarray(_points(24)[12:], np.float32)
    assert find_one_motion(points, followed, products_of(points, followed), _CLOSE) is None


def test_products_give_how_far_each_point_is_off() -> None:
    points, truth = _points(), _motion(0.97, -0.05, 11, -2)
    followed = _strewn(carried(points, truth), 0.3)
    away = np.linalg.norm(carried(points, truth) - followed, axis=1)
    turn, shift = complex(truth[0, 0], truth[1, 0]), complex(truth[0, 2], truth[1, 2])
    squares = products_of(points, followed) @ Similarity(turn, shift).squares()
    np.testing.assert_allclose(squares, away**2, atol=1e-2)


def test_there_and_back_is_no_motion_and_three_thirds_are_the_whole() -> None:
    motion = _motion(1.2, 0.3, 40, -25)
    np.testing.assert_allclose(motion @ inverse(motion), np.eye(3), atol=1e-12)
    third = part_of(motion, 3)
    np.testing.assert_allclose(third @ third @ third, motion, atol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 31, 32])
def test_the_median_is_that_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert median(values) == np.median(values)
