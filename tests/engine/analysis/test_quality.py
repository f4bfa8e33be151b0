from __future__ import annotations

import cv2
import numpy as np

from engine.analysis.looks import measure_sharpness
from engine.analysis.quality import noise_limit
from tests.engine.analysis.footage import still


def test_sharpness_falls_with_every_blur_even_on_ink() -> None:
    page = np.full((180, 320), 255, np.uint8)
    for x in range(10, 320, 20):
        page[:, x : x + 3] = 0
    photo = np.asarray(cv2.cvtColor(still(1, 1)[0], cv2.COLOR_BGR2GRAY), np.uint8)
    for picture in (page, photo):
        blurred = [np.asarray(cv2.GaussianBlur(picture, (0, 0), s), np.uint8) for s in (0.6, 1, 2)]
        sharpness = [measure_sharpness(p) for p in (picture, *blurred)]
        assert sharpness == sorted(sharpness, reverse=True)
        assert len(set(sharpness)) == 4


def test_the_noise_of_held_drawings_lies_between_the_two_heaps() -> None:
    peaks = np.array([255.0] + [60.0, 9.0, 75.0, 11.0, 90.0, 8.0] * 8)
    assert 11 < noise_limit(peaks) < 60


def test_footage_drawn_on_ones_has_no_held_drawings() -> None:
    peaks = np.linspace(30, 60, 48)
    assert noise_limit(peaks) < 30
