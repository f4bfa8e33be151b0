"""Pans that are short, darken on the way or are walked through slowly: whole and in full light."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.events import result_of
from engine.products.brightness import usual_gain
from engine.products.panorama import rectangle_of, render_panorama
from engine.products.views import Floats, read_views
from engine.recipe import PanoramaRecipe
from engine.values import Box, Image, Rendered
from tests.synthetic import MemoryReader, texture, window

SIZE = (240, 136)


def pan(step: float, count: int) -> list[Image]:
    art = texture(200, 900, seed=3)
    return [window(art, 20 + step * i, 20, SIZE) for i in range(count)]


def stitched(frames: list[Image]) -> Rendered:
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, len(frames))
    return result_of(render_panorama(MemoryReader(frames), recipe))


def truth_of(made: Rendered) -> Image:
    _, left, top = made.frames_used[0]
    height, width = made.image.shape[:2]
    return window(texture(200, 900, seed=3), 22 - left, 22 - top, (width, height))


@pytest.mark.parametrize(("step", "back", "count"), [(2.0, 1.0, 90), (4.0, 2.0, 60)])
def test_somebody_broad_who_walks_slowly_is_gone(step: float, back: float, count: int) -> None:
    frames = pan(step, count)
    for i, frame in enumerate(frames):
        x = round(150 - back * i)
        cv2.rectangle(frame, (x, 30), (x + 60, 120), (60, 150, 50), -1)
    made = stitched(frames)
    wrong = cv2.absdiff(made.image, truth_of(made)).max(axis=2) > 40
    assert wrong.mean() < 0.01


def test_a_pan_that_darkens_on_the_way_is_shown_in_its_full_light() -> None:
    frames = pan(6, 50)
    dark = [(frame * (1 - 0.4 * i / 50)).astype(np.uint8) for i, frame in enumerate(frames)]
    made = stitched(dark)
    ratio = made.image.mean() / truth_of(made).mean()
    assert ratio == pytest.approx(1, abs=0.03)


def usual_of(gains: Floats, lit: Floats) -> float:
    art = texture(136, 240, seed=3) // 2
    reader = MemoryReader([(art * np.exp(light)).astype(np.uint8) for light in lit])
    whole = Box(0, 0, *reader.size)
    steady = np.zeros((len(lit), 2))
    steady[:, 0] = np.arange(len(lit))
    return usual_gain(gains, result_of(read_views(reader, range(len(lit)), whole)).views, steady)


def test_flicker_and_a_flash_do_not_make_a_picture_lighter() -> None:
    flicker = 0.05 * np.sin(np.arange(60) * 2.1)
    assert usual_of(flicker, flicker) == pytest.approx(0, abs=0.02)
    flash = np.zeros(60)
    flash[40:44] = 0.5
    assert usual_of(flash, flash) == 0


def test_a_fade_over_most_of_a_move_is_measured_against_its_end() -> None:
    fade = np.log(np.minimum(1, np.linspace(0.2, 1.6, 60)))
    assert usual_of(fade, fade) == 0


def test_gains_that_no_frame_shows_do_not_make_a_picture_lighter() -> None:
    drift = np.linspace(-0.4, 0, 60)
    assert usual_of(drift, np.zeros(60)) == pytest.approx(-0.2, abs=0.01)


def test_a_short_fast_pan_keeps_its_ends_that_one_frame_saw() -> None:
    made = stitched(pan(11, 20))
    assert made.image.shape[1] >= 11 * 19 + SIZE[0] - 4 - 2
    assert cv2.absdiff(made.image, truth_of(made))[4:-4, 4:-4].mean() < 1


def test_a_slow_pan_shows_what_two_frames_saw() -> None:
    reached = np.full((50, 200), 2, np.uint8)
    reached[:, :2] = 1
    assert rectangle_of(reached) == Box(2, 0, 198, 50)
    reached[:, :9] = 1
    assert rectangle_of(reached) == Box(0, 0, 200, 50)
