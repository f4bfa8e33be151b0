from __future__ import annotations

import numpy as np

from engine.products.hardly_seen import frames_telling
from engine.products.placed import Placed
from engine.products.registration import Track
from engine.values import Image
from tests.synthetic import texture

WIDE, HIGH, FRAMES, STEP = 320, 180, 60, 12
ART = texture(HIGH, WIDE + STEP * (FRAMES - 1))


def panned(walker: bool) -> tuple[list[Placed], Track]:
    """Pan over a painting, somebody keeping ahead of the left edge; every third frame is chosen."""
    placed = []
    for number in range(0, FRAMES, 3):
        picture: Image = ART[:, STEP * number : STEP * number + WIDE].copy()
        if walker:
            left = 20 + 2 * number
            picture[30:170, left : left + 60] = (20, 200 - 30 * (number % 5), 40 * (number % 7))
        placed.append(Placed(number, picture, STEP * number, 0))
    numbers = np.arange(FRAMES)
    place = np.stack([STEP * numbers + WIDE / 2, np.full(FRAMES, HIGH / 2), 0 * numbers], axis=1)
    flat = np.ones(FRAMES)
    return placed, Track(tuple(range(FRAMES)), place, 0 * flat, flat, 0.0, 1.0, "translation")


def test_where_few_saw_a_place_somebody_passes_more_frames_of_it_are_found() -> None:
    placed, track = panned(walker=True)
    found = frames_telling(placed, track, ART.shape[1::-1])
    assert len(found) >= 4
    assert not {one.frame for one in placed}.intersection(found)


def test_where_all_agree_no_further_frame_is_asked_for() -> None:
    placed, track = panned(walker=False)
    assert frames_telling(placed, track, ART.shape[1::-1]) == []
