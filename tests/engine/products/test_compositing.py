"""A tile of many samples, against the same worked out pixel by pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.products.compositing import composite_tile
from engine.products.placed import Stack
from engine.values import AnyArray, Box
from tests.synthetic import texture

NOISE = 1.0
LIMIT = 7
SIDE = 64
FRAMES = 11


def _stack() -> tuple[Stack, NDArray[np.bool_]]:
    """Make noisy frames of a wall, each seen in part, that something bright goes by in front of."""
    rng = np.random.default_rng(3)
    wall = texture(SIDE, SIDE).astype(np.float64)
    samples = np.zeros((FRAMES, SIDE, SIDE, 3), np.uint8)
    seen = np.zeros(samples.shape[:3], np.bool_)
    covered = seen.copy()
    for i in range(FRAMES):
        seen[i, :, max(0, 6 * i - 30) : 40 + 4 * i] = True
        shown = wall + rng.normal(0, NOISE, wall.shape)
        shown[20:40, 5 * i : 5 * i + 12] = 250
        covered[i, 20:30, 5 * i : 5 * i + 12] = True
        samples[i] = np.where(seen[i][..., None], np.clip(np.rint(shown), 0, 255), 0)
    # Nobody saw the background here, and nobody anything there.
    covered[:, 50:54, 10:14] = True
    seen[:, 60:, 60:] = False
    covered &= seen
    return Stack(tuple(range(FRAMES)), samples, seen), covered


def _mean(samples: AnyArray, use: AnyArray) -> AnyArray:
    total = (samples * use[..., None]).sum(axis=0, dtype=np.float64)
    return np.asarray(np.rint(total / np.maximum(use.sum(axis=0), 1)[..., None]))


def _expected(stack: Stack, covered: NDArray[np.bool_]) -> tuple[AnyArray, AnyArray]:
    """Take the mean of what agrees with the median and is no part of what passes in front."""
    samples, free = stack.samples, stack.seen & ~covered
    use = np.where(free.any(axis=0), free, stack.seen)
    hidden = np.where(use[..., None], samples.astype(float), np.nan)
    with np.errstate(all="ignore"):
        ordered = np.sort(hidden, axis=0)
    count = use.sum(axis=0)
    at = np.stack([(count - 1) // 2, count // 2])[..., None].clip(0)
    low, high = (np.take_along_axis(ordered, one[None], axis=0)[0] for one in at)
    odd_unseen = (FRAMES - count) % 2 == 1
    middle = np.where((odd_unseen & (count % 2 == 0))[..., None], low, np.ceil((low + high) / 2))
    away = np.abs(samples - np.nan_to_num(middle)).max(axis=-1)
    near, far = (away <= LIMIT) & use, (away > LIMIT) & use
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    apart = np.stack(
        [
            cv2.dilate(cv2.morphologyEx(m.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3))), rim)
            for m in far
        ]
    )
    clear = near & (apart == 0)
    return _mean(samples, np.where(clear.any(axis=0), clear, near)), near.sum(axis=0)


def test_a_tile_is_the_mean_of_what_agrees_with_the_median_of_each_pixel() -> None:
    stack, covered = _stack()
    box = Box(0, 0, SIDE, SIDE)
    sheet = composite_tile(stack, box, covered, "clean", NOISE)
    image, near = _expected(stack, covered)
    free = (stack.seen & ~covered).any(axis=0)
    # Where no frame shows the background, its median stands for it.
    told = free & (near > 0)
    assert told.mean() > 0.9
    assert np.abs(sheet.image.astype(int) - image)[told].max() <= 1
    assert np.abs(sheet.inliers.astype(int) - near)[told].max() == 0
    assert not sheet.inliers[~free].any()
    np.testing.assert_array_equal(sheet.views, stack.seen.sum(axis=0))
    wall = texture(SIDE, SIDE).astype(int)
    assert np.abs(sheet.image - wall)[near >= 3].mean() < NOISE


@pytest.mark.parametrize("how", ["clean", "median", "mean"])
def test_frames_that_are_alike_are_not_changed(how: str) -> None:
    wall = texture(SIDE, SIDE)
    stack = Stack(tuple(range(5)), np.stack([wall] * 5), np.ones((5, SIDE, SIDE), np.bool_))
    sheet = composite_tile(stack, Box(0, 0, SIDE, SIDE), None, how, NOISE)
    np.testing.assert_array_equal(sheet.image, wall)
    assert sheet.inliers.min() == 5


def test_the_median_takes_what_most_frames_show() -> None:
    wall = texture(SIDE, SIDE)
    samples = np.stack([wall] * 5)
    samples[1, 10:20, 10:20] = 255
    samples[3, 15:25, 15:25] = 0
    stack = Stack(tuple(range(5)), samples, np.ones((5, SIDE, SIDE), np.bool_))
    sheet = composite_tile(stack, Box(0, 0, SIDE, SIDE), None, "median", NOISE)
    np.testing.assert_array_equal(sheet.image, wall)
