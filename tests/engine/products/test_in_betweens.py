"""Pans held on twos and threes, whose in-betweens show the frames before and after at once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.events import result_of
from engine.products.in_betweens import without_in_betweens
from engine.products.move_in_range import find_move
from engine.products.panorama import render_panorama
from engine.products.views import read_views
from engine.values import Box, Image
from tests.synthetic import MemoryReader, texture, window

SIZE = (480, 270)


def held(step: float, count: int, hold: int) -> list[Image]:
    art = texture(420, 2400, seed=5)
    return [window(art, 20 + step * (i // hold * hold), 60, SIZE) for i in range(count)]


def mixed(one: Image, other: Image) -> Image:
    return np.asarray(cv2.addWeighted(one, 0.5, other, 0.5, 0), np.uint8)


def blended(frames: list[Image], hold: int) -> list[Image]:
    """Show half of the last hold in the first frame of each."""
    return [
        mixed(frames[i - 1], frame) if i and i % hold == 0 else frame
        for i, frame in enumerate(frames)
    ]


def noisy(frames: list[Image], sigma: float) -> list[Image]:
    rng = np.random.default_rng(2)
    loud = [np.clip(f + rng.normal(0, sigma, f.shape), 0, 255) for f in frames]
    return [np.asarray(frame, np.uint8) for frame in loud]


def kept(frames: list[Image]) -> list[int]:
    survey = result_of(read_views(MemoryReader(frames), range(len(frames)), Box(0, 0, *SIZE)))
    return [view.frame for view in without_in_betweens(survey).views]


@pytest.mark.parametrize("sigma", [0.5, 6.0])
def test_blended_in_betweens_are_left_out_and_nothing_else(sigma: float) -> None:
    frames = noisy(blended(held(11, 30, 3), 3), sigma)
    assert kept(frames) == [0, *(i for i in range(1, 30) if i % 3)]


@pytest.mark.parametrize(("step", "hold"), [(0.4, 1), (2.3, 1), (14, 1), (9, 2), (7, 3), (0, 1)])
def test_no_frame_of_a_plain_pan_is_taken_for_a_blend(step: float, hold: int) -> None:
    assert kept(noisy(held(step, 24, hold), 2)) == list(range(24))


def test_a_pan_on_threes_with_blended_in_betweens_comes_out_whole() -> None:
    frames = blended(held(12, 60, 3), 3)
    reader = MemoryReader(frames)
    recipe = result_of(find_move(reader, 0, len(frames), Box(0, 0, *SIZE))).recipe
    made = result_of(render_panorama(reader, recipe))
    whole = SIZE[0] + 12 * 57
    assert made.image.shape[1] >= 0.95 * whole
    _, left, top = made.frames_used[0]
    height, width = made.image.shape[:2]
    art = texture(420, 2400, seed=5)
    truth = window(art, 20 + 2 - left, 60 + 2 - top, (width, height))
    assert cv2.absdiff(made.image, truth)[4:-4, 4:-4].mean() < 2
