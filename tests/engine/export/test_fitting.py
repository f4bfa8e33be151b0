from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.buckets.assign import assign
from engine.buckets.presets import TARGETS, recipe_for
from engine.export.fitting import fit_to_bucket
from engine.recipe import ReportRecipe
from engine.values import Image, Size
from tests.synthetic import texture

SIZES: list[Size] = [(1920, 1080), (1440, 1074), (3000, 700), (700, 1900), (600, 600), (333, 1001)]


def dot(size: Size, x: int, y: int) -> Image:
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    cv2.circle(picture, (x, y), 24, (255, 255, 255), -1)
    return picture


def middle(picture: Image) -> tuple[float, float]:
    grey = picture[:, :, 0].astype(float)
    rows, columns = np.indices(grey.shape)
    return float((columns * grey).sum() / grey.sum()), float((rows * grey).sum() / grey.sum())


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.target)
def test_a_dot_lands_within_a_pixel_of_where_the_trainer_would_see_it(
    size: Size, target: ReportRecipe
) -> None:
    bucket = assign(target, *size)
    for across, down in ((0.5, 0.5), (0.4, 0.55)):
        at = round(size[0] * across), round(size[1] * down)
        fitted = fit_to_bucket(dot(size, *at), target)
        assert fitted is not None
        assert (fitted.shape[1], fitted.shape[0]) == bucket.size
        x, y = middle(fitted)
        offset = bucket.offset or (0, 0)
        scale = bucket.resized[0] / size[0], bucket.resized[1] / size[1]
        assert abs(x + 0.5 + offset[0] - (at[0] + 0.5) * scale[0]) < 1
        assert abs(y + 0.5 + offset[1] - (at[1] + 0.5) * scale[1]) < 1


def test_a_picture_of_its_buckets_size_is_copied_pixel_for_pixel() -> None:
    picture = texture(768, 1344)
    fitted = fit_to_bucket(picture, TARGETS["sdxl"])
    assert fitted is not None
    np.testing.assert_array_equal(fitted, picture)


@pytest.mark.parametrize("trainer", ["onetrainer", "everydream2", "ai-toolkit", "diffusers"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_trainers_fit_has_exactly_the_size_of_its_bucket(trainer: str, size: Size) -> None:
    recipe = recipe_for("sd1", trainer)
    fitted = fit_to_bucket(texture(size[1], size[0]), recipe)
    assert fitted is not None
    assert (fitted.shape[1], fitted.shape[0]) == assign(recipe, *size).size


def test_what_the_trainer_drops_is_not_fitted() -> None:
    assert fit_to_bucket(np.zeros((64, 2000, 3), np.uint8), recipe_for("nai", "nai")) is None
