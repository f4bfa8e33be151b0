"""Pictures come out of a reduction as the mean of what each pixel covers."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from engine.products.reduction import Reduction
from engine.values import Size


@pytest.mark.parametrize(
    ("size", "to"),
    [
        ((72, 45), (48, 30)),
        ((72, 300), (48, 200)),
        ((72, 44), (48, 29)),
        ((60, 40), (48, 32)),
        ((48, 30), (48, 30)),
    ],
    ids=["three to two", "in strips", "nearly three to two", "five to four", "as it is"],
)
def test_a_pixel_of_a_reduced_picture_is_the_mean_of_what_it_covers(size: Size, to: Size) -> None:
    rng = np.random.default_rng(1)
    reduction = Reduction(size, to)
    out = np.zeros((to[1], to[0], 3), np.uint8)
    for _ in range(3):
        picture = rng.integers(0, 256, (size[1], size[0], 3), np.uint8)
        reduction.reduce(picture, out)
        # As many copies of a pixel as make the ratio a whole one.
        copies = [after // math.gcd(before, after) for before, after in zip(size, to, strict=True)]
        many = picture.astype(float).repeat(copies[1], axis=0).repeat(copies[0], axis=1)
        areas = many.reshape(to[1], len(many) // to[1], to[0], -1, 3)
        assert np.abs(out - areas.mean(axis=(1, 3))).max() <= 0.5 + 1e-6


def test_three_to_two_comes_out_as_opencv_has_it() -> None:
    reduction = Reduction((720, 540), (480, 360))
    for top in (0, 1):  # of a larger picture, too
        picture = np.random.default_rng(2).integers(0, 256, (542, 720, 3), np.uint8)[top:][:540]
        out = np.zeros((360, 480, 3), np.uint8)
        reduction.reduce(picture, out)
        assert (out == cv2.resize(picture, (480, 360), interpolation=cv2.INTER_AREA)).all()
