"""Frames followed in a chain while more of them come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.events import result_of
from engine.products.pairs import Pair, Votes, measure_pair, would_move
from engine.products.registration import Chain, solve_track
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


def test_a_camera_that_turns_back_before_tiles_is_not_taken_to_be_a_tile_further_on() -> None:
    tile = 40
    art = texture(220, 800, seed=5)
    art[:112] = np.tile(texture(112, tile, seed=8), (1, 800 // tile, 1))
    places = [100, 130, 160, 190, 218, 190, 160, 130]
    frames = [window(art, float(x), 30, SIZE) for x in places]
    survey = result_of(read_views(MemoryReader(frames), range(len(places)), Box(0, 0, *SIZE)))
    moves = [-pair.move[0] if pair else None for pair in Chain().of(survey.views)]
    np.testing.assert_allclose(np.array(moves, float), np.diff(places), atol=0.5)


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


def before_a_sky(thing: float, sky: float) -> Image:
    """A detailed thing at ``thing`` before a sky that hardly shows anything, left by ``sky``."""
    noise = np.random.default_rng(3).normal(0, 8, (360, 700)).astype(np.float32)
    faint = cv2.GaussianBlur(noise, (0, 0), 2)
    grey = 150 + faint[20:340, 40 + round(sky) : 520 + round(sky)]
    frame = np.repeat(grey[..., None].round().astype(np.uint8), 3, axis=2)
    x = round(100 + thing)
    frame[200:280, x : x + 150] = texture(80, 150, seed=2, blur=2.5)
    return frame


@pytest.mark.parametrize(("pace", "moves"), [(-12.0, -12.0), (0.0, 0.0), (5.0, 0.0)])
def test_a_faint_sky_that_an_encoder_left_is_outvoted_by_a_thing_that_goes_on(
    pace: float, moves: float
) -> None:
    frames = [before_a_sky(0, 0), before_a_sky(-12, 0)]
    reader = MemoryReader(frames)
    survey = result_of(read_views(reader, range(2), Box(0, 0, *reader.size)))
    pair = measure_pair(survey.views, 0, 1, (pace, 0.0))
    assert pair is not None
    assert pair.move == pytest.approx((moves, 0.0), abs=0.2)


def test_how_well_frames_fit_is_told_by_what_measured_them(survey: Survey) -> None:
    """Pairs that hardly anything vouches for give way to the others, and say nothing of them."""
    views = survey.views[:4]
    sure = [Pair(i, i + 1, (-7.0, 0.0), 0, 100, 1, 0) for i in range(3)]
    doubtful = [Pair(i, i + 1, (-2.0, 0.0), 0, 0.01, 1, 0) for i in range(3)]
    track = solve_track(views, [*sure, *doubtful, *doubtful], (1.0, 1.0), "translation")
    assert track.residual < 0.01
    torn = [replace(pair, votes=100) for pair in doubtful]
    assert solve_track(views, [*sure, *torn], (1.0, 1.0), "translation").residual > 2
