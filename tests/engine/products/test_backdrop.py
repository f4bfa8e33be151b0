"""The reduced plate that gets better as one frame after the other is held against it."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.backdrop import Draft, _Said
from engine.products.modes import find_modes
from engine.products.neighbours import Asked
from engine.values import AnyArray


class _Forgetful(Draft):
    """Hears every frame out each time, whether or not anything has changed."""

    def _say(self, index: int) -> _Said:
        self._heard.clear()
        return super()._say(index)


def _crowd(frames: int) -> AnyArray:
    """Film people who cross a room, some of whom stand there for a while, through grain."""
    chance = np.random.default_rng(11)
    room = np.full((135, 240, 3), 90, np.uint8)
    for _ in range(60):
        x, y = (int(v) for v in chance.integers(0, (220, 120)))
        colour = [int(v) for v in chance.integers(30, 220, 3)]
        cv2.rectangle(room, (x, y), (x + 30, y + 20), colour, -1)
    walkers = [
        (chance.uniform(-60, 240), chance.uniform(-7, 7), chance.integers(20, 235, 3))
        for _ in range(4)
    ]
    standing = [(60.0, 0.0, np.array([40, 40, 200])), (150.0, 0.4, np.array([200, 60, 50]))]
    shot = []
    for index in range(frames):
        picture = room.copy()
        there = walkers + standing[index > 0.6 * frames :]
        for number, (begin, speed, coat) in enumerate(there):
            left, top = int(begin + speed * index) % 300 - 40, 30 + 12 * number
            shade = [int(v) for v in coat]
            cv2.rectangle(picture, (left, top), (left + 26, top + 60), shade, -1)
        grain = chance.normal(0, 2, picture.shape)
        shot.append(np.clip(np.rint(picture + grain), 0, 255).astype(np.uint8))
    return np.stack(shot)


def test_a_frame_heard_only_where_the_plate_has_changed_says_what_it_says_heard_out() -> None:
    small = _crowd(40)
    valid = np.ones(small.shape[:3], bool)
    modes = find_modes(small, valid, 12)
    asked = Asked.of(modes)
    short, long = (kind.of(small, valid, modes, 12, asked) for kind in (Draft, _Forgetful))
    for draft in (short, long):
        draft.agree(asked)
    np.testing.assert_array_equal(short.chosen, long.chosen)
    np.testing.assert_array_equal(short.colour, long.colour)
    np.testing.assert_array_equal(short.against, long.against)


def _drafted(small: AnyArray) -> Draft:
    valid = np.ones(small.shape[:3], bool)
    modes = find_modes(small, valid, 12)
    asked = Asked.of(modes)
    draft = Draft.of(small, valid, modes, 12, asked)
    draft.agree(asked)
    return draft


def _meadow() -> AnyArray:
    """Paint grass with so many flowers that their contrast hides that of an outline."""
    chance = np.random.default_rng(5)
    meadow = np.full((135, 240, 3), (60, 140, 100), np.uint8)
    for _ in range(900):
        x, y = (int(v) for v in chance.integers(0, (240, 135)))
        colour = ((240, 240, 245), (60, 60, 220), (40, 200, 240))[int(chance.integers(3))]
        cv2.circle(meadow, (x, y), 1, colour, -1)
    return meadow


def test_who_stood_on_a_flowering_meadow_goes_though_others_pass_where_he_stood() -> None:
    meadow, shot = _meadow(), []
    for index in range(60):
        picture = meadow.copy()
        left = 110 + 9 * max(0, index - 38)
        cv2.rectangle(picture, (left, 40), (left + 30, 125), (60, 50, 200), -1)
        for number in range(3):  # they come when he goes, so that there is never rest
            x = 9 * (index - 38 - 4 * number)
            if x > 0:
                cv2.rectangle(picture, (x, 30 + 9 * number), (x + 16, 130), (90, 40, 40), -1)
        shot.append(picture)
    draft = _drafted(np.stack(shot))
    wrong = cv2.absdiff(draft.colour, meadow).max(axis=2) > 24
    assert wrong.mean() < 0.002
