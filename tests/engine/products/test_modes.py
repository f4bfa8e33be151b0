"""What counts as one colour of a pixel: more than grain, less than what passes."""

from __future__ import annotations

import numpy as np

from engine.products.modes import estimate_noise, tolerance_for
from engine.values import AnyArray


def _film(crowded: int, grain: float) -> AnyArray:
    """Film a wall in which the first columns show another coat in each frame."""
    chance = np.random.default_rng(3)
    film = np.full((48, 90, 160, 3), 120, np.float32)
    film[:, :, :crowded] = chance.uniform(0, 255, (48, 90, crowded, 3))
    film += chance.normal(0, grain, film.shape)
    return np.clip(np.rint(film), 0, 255).astype(np.uint8)


def test_a_crowd_before_more_than_half_of_the_place_is_not_taken_for_noise() -> None:
    assert estimate_noise(_film(crowded=100, grain=1.0)) < 1.5 * estimate_noise(_film(0, 1.0))


def test_the_grain_of_a_film_is_measured_however_strong_it_is() -> None:
    weak, strong = (tolerance_for(estimate_noise(_film(0, grain))) for grain in (0.0, 6.0))
    assert (weak, strong) == (9, 24)
