from __future__ import annotations

import cv2
import numpy as np

from engine.events import result_of
from engine.products.plate import render_plate
from engine.products.torn import find_torn
from engine.recipe import PlateRecipe
from engine.values import Box, Image, Rendered
from tests.synthetic import MemoryReader, texture

WIDTH, HEIGHT = 480, 300


def two_halves() -> Image:
    picture = np.full((40, 60, 3), 60, np.uint8)
    picture[:, 30:] = 160
    return picture


def shown_in(left: range, right: range) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    shown = np.zeros((20, 40, 60), np.bool_)
    shown[list(left), :, :30] = True
    shown[list(right), :, 30:] = True
    return shown


def test_halves_that_no_frame_shows_together_meet_at_a_seam() -> None:
    torn = find_torn(two_halves(), shown_in(range(10), range(10, 20)), 9)
    assert torn[:, 28:32].any(axis=1).all()
    assert not torn[:, :27].any()
    assert not torn[:, 33:].any()


def test_an_outline_that_some_frames_show_is_no_seam() -> None:
    assert not find_torn(two_halves(), shown_in(range(12), range(8, 20)), 9).any()


def test_the_same_paint_on_both_sides_is_no_seam() -> None:
    plain = np.full_like(two_halves(), 60)
    assert not find_torn(plain, shown_in(range(10), range(10, 20)), 9).any()


def plate_of(left: range, right: range) -> Rendered:
    """Make the plate of somebody whose halves come to rest in some of 24 frames each."""
    room = np.asarray(cv2.GaussianBlur(texture(HEIGHT, WIDTH, seed=4), (0, 0), 5), np.uint8)
    rng = np.random.default_rng(0)
    frames = []
    for t in range(24):
        frame = room.copy()
        for x, rests, colour in ((180, left, (40, 40, 210)), (240, right, (60, 180, 60))):
            frame[90:270, x : x + 60] = colour if t in rests else rng.integers(0, 255, 3)
        frames.append(frame)
    recipe = PlateRecipe(Box(0, 0, WIDTH, HEIGHT), 0, len(frames))
    return result_of(render_plate(MemoryReader(frames), recipe))


def test_a_plate_of_two_halves_of_different_moments_says_so_and_scores_less() -> None:
    torn = plate_of(range(14), range(14, 24))
    whole = plate_of(range(14), range(10))
    assert any("both sides of a seam, " in warning for warning in torn.warnings)
    assert not any("both sides of a seam" in warning for warning in whole.warnings)
    assert torn.score < whole.score - 0.15
