"""A painted set is known again in a later shot, whoever stands in front of it."""

from __future__ import annotations

import cv2
import numpy as np

from engine.analysis.returning import find_returns, same_set, sketch
from engine.values import Image
from tests.synthetic import texture, window

PAINTINGS = [texture(700, 1200, seed=seed, blur=4) for seed in range(3)]


def view(painting: int, x: float, y: float, zoom: float = 1.0, who: int = 0) -> Image:
    """A shot of a painting with two figures in front of it."""
    seen = window(PAINTINGS[painting], x, y, (round(640 / zoom), round(360 / zoom)))
    image = cv2.resize(seen, (640, 360), interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(who)
    for _ in range(2):
        place = int(rng.integers(80, 560)), int(rng.integers(120, 300))
        ink = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.ellipse(image, place, (60, 100), 0, 0, 360, ink, -1, cv2.LINE_AA)
        cv2.circle(image, (place[0], place[1] - 60), 28, (20, 20, 20), 3, cv2.LINE_AA)
    return np.asarray(image, np.uint8)


def test_a_set_that_returns_is_registered_within_a_pixel_behind_other_figures() -> None:
    told = same_set(sketch(view(0, 150, 80, who=1)), sketch(view(0, 100, 60, 1.25, who=2)))
    assert told is not None
    for x, y in ((0, 0), (500, 300)):
        there = told.move @ (x, y, 1)
        wanted = 1.25 * np.array([x + 150 - 100, y + 80 - 60])
        assert np.abs(there - wanted).max() < 1


def test_a_sketch_of_part_of_a_reduced_frame_speaks_of_source_pixels() -> None:
    whole = view(1, 200, 100)
    small = cv2.resize(whole[40:320, 60:], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    told = same_set(sketch(np.asarray(small, np.uint8), 0.5, left=60, top=40), sketch(whole))
    assert told is not None
    assert np.abs(told.move @ (300, 200, 1) - (300, 200)).max() < 1


def test_shots_between_two_sets_are_told_to_return_to_the_first_of_each() -> None:
    shots = [
        view(0, 50, 50, who=1),
        view(1, 50, 50, who=2),
        view(0, 120, 70, who=3),
        view(2, 0, 0, who=4),
        view(0, 190, 90, who=5),
        view(1, 200, 50, who=6),
    ]
    found = find_returns([[sketch(shot)] for shot in shots])
    assert [told[0] if told else None for told in found] == [None, None, 0, None, 0, 1]
    assert found[4] is not None
    assert np.abs(found[4][1].move[:, 2] - (140, 40)).max() < 2


def test_figures_that_return_before_another_painting_are_no_set() -> None:
    one, other = view(0, 50, 50, who=7), view(1, 50, 50, who=7)
    assert same_set(sketch(one), sketch(other)) is None


def test_a_mark_burnt_in_on_every_shot_is_no_set() -> None:
    shots = [np.full((360, 640, 3), 90 + 3 * i, np.uint8) for i in range(2)]
    hidden = np.zeros((360, 640), np.bool_)
    hidden[10:120, 400:630] = True
    for shot in shots:
        for place in range(5):
            at = (410 + 10 * place, 40 + 18 * place)
            cv2.putText(shot, "STATION", at, 0, 1, (255, 255, 255), 2, cv2.LINE_AA)
    assert same_set(*(sketch(shot, hidden=hidden) for shot in shots)) is None
