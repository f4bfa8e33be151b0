"""Frames followed in a chain while more of them come."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from engine.events import result_of
from engine.products.pairs import Votes, would_move
from engine.products.registration import Chain
from engine.products.views import Survey, View, read_views
from engine.values import Box, Image
from tests.synthetic import MemoryReader, texture, window

SIZE = (240, 160)


def pan(count: int) -> list[Image]:
    art = texture(220, 800, seed=5)
    return [window(art, 20 + 7.3 * i, 30, SIZE) for i in range(count)]


@pytest.fixture(scope="module")
def survey() -> Survey:
    return result_of(read_views(MemoryReader(pan(40)), range(40), Box(0, 0, *SIZE)))


def test_a_chain_that_was_begun_beside_the_reading_tells_the_same(survey: Survey) -> None:
    chain = Chain()
    told: list[int] = []

    def follow(views: Sequence[View]) -> None:
        told.extend(view.frame for view in views)
        chain.begin(views)

    reader = MemoryReader(pan(40))
    begun = result_of(read_views(reader, range(40), Box(0, 0, *SIZE), beside=follow))
    assert told == list(range(32))
    assert chain.of(begun.views) == Chain().of(survey.views)


@pytest.mark.parametrize("lost", [[0], [5, 6], [39], list(range(20, 40)), [0, 1, 2, 20]])
def test_a_chain_forgets_views_that_turn_out_to_have_no_part(
    survey: Survey, lost: list[int]
) -> None:
    chain = Chain()
    chain.go_on(survey.views)
    left = [view for view in survey.views if view.frame not in lost]
    assert chain.of(left) == Chain().of(left)


def test_a_chain_of_held_footage_is_begun_once_its_mixes_are_left_out() -> None:
    art = texture(220, 800, seed=5)
    frames = [window(art, 20 + 16 * (i // 3), 30, SIZE) for i in range(30)]
    mixes = [
        np.asarray(cv2.addWeighted(frames[i - 1], 0.5, frame, 0.5, 0), np.uint8)
        if i and i % 3 == 0
        else frame
        for i, frame in enumerate(frames)
    ]
    views = result_of(read_views(MemoryReader(mixes), range(30), Box(0, 0, *SIZE))).views
    chain = Chain()
    chain.begin(views)
    assert not chain._pairs, "nothing is measured before it is known what is left out"
    left = [view for view in views if view.frame % 3 or not view.frame]
    assert chain.of(left) == Chain().of(left)


@pytest.mark.parametrize(("zoom", "pan", "radius"), [(0.1, 0.0, 8.0), (0.0, 3.0, 0.0)])
def test_only_the_middle_of_a_zoom_may_stand_still(zoom: float, pan: float, radius: float) -> None:
    grid = np.stack(np.meshgrid(np.arange(-30, 31), np.arange(-20, 21)), axis=-1)
    at = np.asarray(grid.reshape(-1, 2), np.float32)
    votes = Votes(at, np.asarray(at * zoom + pan, np.float32))
    moves = would_move(at, votes, np.ones(len(at), bool))
    assert (~moves).mean() == pytest.approx(np.pi * radius**2 / len(at), abs=0.02)
