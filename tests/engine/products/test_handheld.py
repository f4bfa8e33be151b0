"""What lies turned in photos, and what only walks about in a film."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.products.handheld import estimate_turns
from engine.values import AnyArray, Luma

WIDTH, HEIGHT = 480, 320


def _painted(seed: int, fineness: float, contrast: float) -> AnyArray:
    noise = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), fineness)
    return np.asarray(128 + contrast * soft / soft.std(), np.float32)


def _stored(picture: AnyArray, seed: int, strength: float = 1.0) -> Luma:
    grain = np.random.default_rng(seed).normal(0, strength, picture.shape)
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


def _walkers_apart() -> list[Luma]:
    """Draw a soft backdrop, before which two figures full of corners walk apart."""
    backdrop, figures = _painted(1, 6, 30), _painted(2, 1.5, 60)
    frames = []
    for t in range(7):
        off = 4 * (t - 3)
        picture = backdrop.copy()
        picture[100:300, 60 - off : 160 - off] = figures[100:300, 60:160]
        picture[100:300, 320 + off : 420 + off] = figures[100:300, 320:420]
        frames.append(_stored(picture, t))
    return frames


def test_figures_that_walk_apart_before_a_still_backdrop_turn_nothing() -> None:
    assert estimate_turns(_walkers_apart()) is None


@pytest.mark.parametrize("grain", [1.0, 6.0])
def test_photos_that_are_turned_are_laid_on_the_middle_one_in_spite_of_grain(grain: float) -> None:
    world = _painted(3, 2, 50)
    centre = WIDTH / 2, HEIGHT / 2
    angles = [-1.5, -0.8, 0.0, 0.7, 1.5]
    photos = []
    for number, angle in enumerate(angles):
        move = cv2.getRotationMatrix2D(centre, angle, 1.0)
        photos.append(_stored(cv2.warpAffine(world, move, (WIDTH, HEIGHT)), number, grain))
    turns = estimate_turns(photos)
    assert turns is not None
    for angle, turn in zip(angles, turns, strict=True):
        found = np.degrees(np.arctan2(-turn[1, 0], turn[0, 0]))
        assert abs(found - angle) < 0.05
