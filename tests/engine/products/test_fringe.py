from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.products.fringe import find_fringe, uncover_fringe
from engine.values import Image, Mask
from tests.synthetic import texture

SIZE = 240, 160
WALL = cv2.GaussianBlur(texture(SIZE[1], SIZE[0], seed=6), (0, 0), 9)


def swaying(shift: int) -> Image:
    """Draw somebody who never leaves, moved to the right by ``shift``."""
    picture = WALL.copy()
    cv2.rectangle(picture, (90 + shift, 30), (150 + shift, 140), (40, 30, 200), -1)
    cv2.rectangle(picture, (90 + shift, 30), (150 + shift, 140), (10, 10, 10), 2)
    return np.asarray(picture, np.uint8)


SHIFTS = [round(8 * np.sin(0.7 * t)) for t in range(24)]
FRAMES = [swaying(shift) for shift in SHIFTS]
DOUBTFUL = np.zeros((80, 120), bool)
DOUBTFUL[10:75, 39:81] = True


def uncover(plate: Image, doubtful: Mask, frames: Sequence[Image]) -> None:
    """Replace what some of the frames show the wall behind."""
    depth = find_fringe(doubtful, SIZE)
    uncover_fringe(plate, depth, np.stack([frame[depth > 0] for frame in frames]), 9)


def off(plate: Image) -> Image:
    return np.asarray(cv2.absdiff(plate, np.asarray(WALL, np.uint8)).max(axis=2), np.uint8)


def test_each_side_is_taken_from_the_frames_that_uncover_it() -> None:
    plate = FRAMES[0].copy()
    uncover(plate, DOUBTFUL, FRAMES)
    middle = np.s_[40:130]
    assert off(FRAMES[0])[middle, 90:96].min() > 20
    assert off(plate)[middle, 84:96].max() < 20
    assert off(plate)[middle, 146:158].max() < 20


def test_what_was_never_seen_stays_as_it_was() -> None:
    plate = FRAMES[0].copy()
    uncover(plate, DOUBTFUL, FRAMES)
    np.testing.assert_array_equal(plate[45:125, 102:138], FRAMES[0][45:125, 102:138])


def test_a_soft_shadow_that_comes_and_goes_does_not_creep_into_the_light() -> None:
    dark = np.zeros(WALL.shape[:2], np.float32)
    cv2.ellipse(dark, (120, 80), (40, 25), 0, 0, 360, 0.5, -1)
    dark = cv2.GaussianBlur(dark, (0, 0), 6)[..., None]
    shaded = np.rint(WALL * (1 - dark)).astype(np.uint8)
    lit = np.asarray(WALL, np.uint8)
    plate = lit.copy()
    uncover(plate, DOUBTFUL, [*[shaded] * 16, *[lit] * 3])
    assert off(plate).max() < 10


def test_nothing_in_doubt_leaves_the_plate_alone() -> None:
    plate = FRAMES[0].copy()
    uncover(plate, np.zeros_like(DOUBTFUL), FRAMES)
    np.testing.assert_array_equal(plate, FRAMES[0])
