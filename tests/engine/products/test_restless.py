"""What never comes to rest in a shot, and what only seems so."""

from __future__ import annotations

import cv2
import numpy as np

from engine.events import result_of
from engine.products.backdrop import Backdrop, Draft, find_backdrop
from engine.products.contrast import levels_apart
from engine.products.modes import find_modes
from engine.products.neighbours import Asked
from engine.products.plate import render_plate
from engine.recipe import PlateRecipe
from engine.values import AnyArray, Box, FloatMap
from tests.synthetic import MemoryReader, texture


def _backdrop(small: AnyArray, *, shaken: bool = False) -> Backdrop:
    valid = np.ones(small.shape[:3], bool)
    modes = find_modes(small, valid, 12)
    asked = Asked.of(modes)
    draft = Draft.of(small, valid, modes, 12, asked)
    draft.agree(asked)
    return find_backdrop(draft, valid, shaken=shaken)


def _around_windows(backdrop: Backdrop) -> FloatMap:
    return backdrop.confidence[30:90, 60:140]


def test_lit_windows_whose_edges_tremble_in_a_shake_are_not_doubted() -> None:
    chance, shot = np.random.default_rng(7), []
    house = np.full((135, 240, 3), 30, np.uint8)
    for x in range(60, 140, 10):
        for y in range(30, 90, 10):
            cv2.rectangle(house, (x, y), (x + 3, y + 4), (200, 220, 240), -1)
    for _ in range(60):
        right, down = chance.uniform(-0.4, 0.4, 2)
        move = np.array([[1, 0, right], [0, 1, down]], np.float32)
        shot.append(np.asarray(cv2.warpAffine(house, move, (240, 135)), np.uint8))
    doubted = _around_windows(_backdrop(np.stack(shot), shaken=True)) < 0.25
    assert doubted.mean() < 0.4


def test_a_set_that_is_on_is_doubted() -> None:
    chance, shot = np.random.default_rng(7), []
    for _ in range(60):
        picture = np.full((135, 240, 3), 30, np.uint8)
        show = chance.integers(0, 255, (6, 8, 3)).astype(np.uint8)
        picture[30:90, 60:140] = cv2.resize(show, (80, 60), interpolation=cv2.INTER_CUBIC)
        shot.append(picture)
    assert (_around_windows(_backdrop(np.stack(shot))) < 0.25).mean() > 0.9


def test_who_never_leaves_and_only_breathes_is_doubted() -> None:
    chance, shot = np.random.default_rng(7), []
    wall = cv2.GaussianBlur(chance.integers(0, 255, (135, 240, 3)).astype(np.uint8), (0, 0), 4)
    for index in range(60):
        picture = wall.copy()
        aside = round(16 * (120 + 0.6 * float(np.sin(0.35 * index))))
        cv2.ellipse(
            picture, (aside, 16 * 80), (16 * 24, 16 * 50), 0, 0, 360, (60, 50, 180), -1, 16, 4
        )
        shot.append(picture)
    assert (_backdrop(np.stack(shot)).confidence[50:110, 110:130] < 0.25).mean() > 0.9


def test_a_place_that_shows_again_and_again_behind_a_march_is_not_doubted() -> None:
    height, width, count, pace = 300, 480, 60, 9
    place = np.asarray(cv2.GaussianBlur(texture(height, width, seed=4), (0, 0), 5), np.uint8)
    rng = np.random.default_rng(0)
    frames = [place.copy() for _ in range(count)]
    x = -count * pace - 100.0
    while x < width:
        wide, coat, top = rng.uniform(40, 80), rng.integers(0, 255, 3), int(rng.uniform(90, 130))
        for t, frame in enumerate(frames):
            left, right = int(x + pace * t), int(x + wide + pace * t)
            frame[top:280, max(0, left) : max(0, right)] = coat
        x += wide + rng.uniform(30, 70)
    plate = result_of(
        render_plate(MemoryReader(frames), PlateRecipe(Box(0, 0, width, height), 0, count))
    )
    assert (levels_apart(plate.image, place) > 20).mean() < 0.001
    assert plate.warnings == ()
