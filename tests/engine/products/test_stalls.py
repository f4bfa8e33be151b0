"""Paths that stand still with lettering while the picture goes on."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.products.registration import Track
from engine.products.stalls import without_stalls
from engine.products.views import Survey, View
from tests.synthetic import texture

COUNT, PACE = 40, 8.0
WIDTH, HEIGHT = 480, 270


def survey_of(places: list[float]) -> Survey:
    """Views of soft art from each place, with a word that stays where it is."""
    art = cv2.GaussianBlur(texture(HEIGHT, 1400, seed=17), (0, 0), 9)
    views = []
    for frame, place in enumerate(places):
        x = round(place)
        luma = np.asarray(cv2.cvtColor(art[:, x : x + WIDTH], cv2.COLOR_BGR2GRAY), np.uint8)
        cv2.putText(luma, "WORDS", (150, 240), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 3)
        points = np.zeros((0, 2), np.float32)
        views.append(View(frame, luma, points, luma[::4, ::4].copy(), 1.0))
    return Survey(views, (2.0, 2.0))


def track_of(places: list[float]) -> Track:
    count = len(places)
    place = np.column_stack([2.0 * np.array(places), np.zeros(count), np.zeros(count)])
    nothing = np.zeros(count)
    return Track(tuple(range(count)), place, nothing, nothing, 0.1, 0.9, "translation")


def even() -> list[float]:
    return [PACE * frame for frame in range(COUNT)]


def resting(first: int, last: int) -> list[float]:
    """The same move, with a rest between two frames."""
    steps = [0.0 if first <= frame < last else PACE for frame in range(COUNT - 1)]
    return [0.0, *np.cumsum(steps).tolist()]


def test_a_path_is_led_on_where_only_lettering_stood_still() -> None:
    place = without_stalls(survey_of(even()), track_of(resting(12, 26)))
    assert place is not None
    np.testing.assert_allclose(place[:, 0], 2.0 * np.array(even()), atol=0.01)


@pytest.mark.parametrize("places", [even(), resting(12, 26), resting(12, 13)])
def test_a_path_that_is_right_stays_as_it_is(places: list[float]) -> None:
    assert without_stalls(survey_of(places), track_of(places)) is None


def test_two_rests_of_which_one_is_true_are_told_apart() -> None:
    true = [*resting(8, 14)]
    steps = np.diff(true)
    steps[24:32] = 0.0
    measured = [0.0, *np.cumsum(steps).tolist()]
    place = without_stalls(survey_of(true), track_of(measured))
    assert place is not None
    np.testing.assert_allclose(place[:, 0], 2.0 * np.array(true), atol=0.01)
