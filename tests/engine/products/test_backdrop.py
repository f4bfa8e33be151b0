"""The reduced plate that gets better as one frame after the other is held against it."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.backdrop import Draft
from engine.products.modes import find_modes
from engine.products.neighbours import Asked
from engine.values import AnyArray


class _Forgetful(Draft):
    """Hears every frame out each time, whether or not anything has changed."""

    def reconsider(self, index: int) -> bool:
        self._heard.clear()
        return super().reconsider(index)


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
