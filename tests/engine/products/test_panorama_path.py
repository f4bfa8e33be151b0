"""A camera path that is known already: fewer frames are looked at, and the picture is the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from engine.errors import RenderError
from engine.events import Advanced, result_of
from engine.footage.proxies import nearest
from engine.products.panorama import propose_panoramas, render_panorama
from engine.products.proposal import Proposal
from engine.products.views import grouped
from engine.recipe import PanoramaRecipe, changed
from engine.values import Box, Image
from tests.engine.products.test_panorama import (
    SIZE,
    across,
    error,
    pan,
    scene_of,
    truth_of,
    unlike,
)
from tests.synthetic import MemoryReader


def path_of(path: list[tuple[float, float]]) -> np.ndarray:
    return np.array([[x, y, 0.0] for x, y in path])


@pytest.mark.parametrize("off", [0.0, 0.06])
def test_a_known_path_gives_the_same_picture_even_where_it_is_a_little_off(off: float) -> None:
    way = across(3, 120)
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, len(way))
    reader = MemoryReader(pan(way))
    told = path_of([(x * (1 + off), y) for x, y in way])
    made = result_of(render_panorama(reader, recipe, path=told))
    assert made.image.shape[1] >= 3 * 119 + SIZE[0] - 4 - 3 * 8
    assert error(made.image, truth_of(made)) < 0.5


@dataclass(frozen=True)
class Sparse(MemoryReader):
    """Of every two frames one is kept, and stands for its neighbour, as in a project."""

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        held = range(self.first, self.first + len(self.frames), 2)
        return tuple(sorted({nearest(held, frame) for frame in frames}))


@pytest.mark.parametrize("stop", [79, 80])
def test_a_kept_frame_that_lies_beyond_the_move_is_left_out(stop: int) -> None:
    way = across(3, 120)
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 13, stop)
    told = path_of([(x - way[13][0], y - way[13][1]) for x, y in way[13:stop]])
    made = result_of(render_panorama(Sparse(pan(way)), recipe, path=told))
    used = [frame for frame, _, _ in made.frames_used]
    assert (used[0], used[-1]) == (14, 78)
    assert error(made.image, truth_of(made, way[14])) < 0.5


def test_the_ends_of_a_long_move_are_in_the_picture() -> None:
    way = across(1.5, 240)
    made = result_of(
        render_panorama(MemoryReader(pan(way)), PanoramaRecipe(Box(0, 0, *SIZE), 0, 240))
    )
    frames = [frame for frame, _, _ in made.frames_used]
    assert frames[0] == 0
    assert frames[-1] == 239


def test_of_a_long_move_the_ends_and_one_of_every_few_frames_are_looked_at() -> None:
    groups = grouped(range(100, 400), 40)
    assert len(groups) == 40
    assert groups[:3] == [(100,), (101,), (102,)]
    assert groups[-1] == (399,)
    assert max(len(group) for group in groups) == 3
    flat = [frame for group in groups for frame in group]
    assert flat == sorted(set(flat))


def test_a_frame_that_must_be_looked_at_stands_for_those_around_it() -> None:
    groups = grouped(range(300), 40, must={151})
    assert (151,) in groups
    assert len(groups) == 40


def test_few_frames_are_all_looked_at() -> None:
    assert grouped([3, 5, 8], 40) == [(3,), (5,), (8,)]


def test_what_was_made_along_a_path_does_not_stand_for_what_is_made_without() -> None:
    way = across(6, 40)
    reader = MemoryReader(pan(way), scale=0.5)
    recipe = PanoramaRecipe(Box(0, 0, 2 * SIZE[0], 2 * SIZE[1]), 0, len(way))
    half = result_of(render_panorama(reader, recipe, path=path_of(way[:20]) * (2, 2, 1)))
    whole = result_of(render_panorama(reader, recipe))
    assert whole.image.shape[1] > half.image.shape[1] + 6 * 15
    with pytest.raises(RenderError, match="frames large"):
        result_of(render_panorama(reader, recipe, 20))


def test_a_path_that_the_frames_do_not_follow_is_refused() -> None:
    frames = unlike(24)
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, len(frames))
    with pytest.raises(RenderError):
        result_of(render_panorama(MemoryReader(frames), recipe, path=path_of(across(6, 24))))


def test_frames_that_cannot_be_lined_up_are_given_up_before_all_pairs_are_measured() -> None:
    frames = [*pan(across(6, 12)), *unlike(28)]
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, len(frames))
    work = render_panorama(MemoryReader(frames), recipe, path=path_of(across(6, 40)))
    measured: list[Advanced] = []
    with pytest.raises(RenderError, match="30 of 40 frames"):
        measured.extend(event for event in work if isinstance(event, Advanced))
    lined_up = [event for event in measured if event.stage == "lining up"]
    assert all(event.done < (event.total or 0) for event in lined_up)


def test_a_pan_whose_path_was_measured_wrong_is_followed_frame_by_frame() -> None:
    way = across(8, 40)
    wrong = [(x * 1.6, 40.0 * (i % 2)) for i, (x, _) in enumerate(way)]
    (found,) = propose_panoramas(scene_of(wrong), MemoryReader(pan(way)))
    assert isinstance(found, Proposal)
    assert found.size[0] == pytest.approx(SIZE[0] + 8 * 39, abs=40)


def test_the_fast_part_of_a_pan_is_not_lost_behind_a_splice() -> None:
    rest = 60
    fast = across(14, 13)
    way = fast + [(fast[-1][0] + 0.5 * i, 0.0) for i in range(1, rest + 1)]
    frames = pan(way)
    frames[9:12] = pan([(300.0, 200.0)] * 3, seed=9)
    (found,) = propose_panoramas(scene_of(way), MemoryReader(frames))
    assert isinstance(found, Proposal)
    assert found.size[0] == pytest.approx(SIZE[0] + way[-1][0], abs=24)


def test_the_sharpest_of_neighbouring_frames_is_taken() -> None:
    way = across(2, 160)
    frames: list[Image] = pan(way)
    for i in range(3, 157, 2):
        frames[i] = ((frames[i].astype(np.uint16) + frames[i - 3]) // 2).astype(np.uint8)
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, len(way))
    made = result_of(render_panorama(MemoryReader(frames), recipe, path=path_of(way)))
    used = [frame for frame, _, _ in made.frames_used if 2 < frame < 157]
    assert sum(frame % 2 == 0 for frame in used) > 0.8 * len(used)


def test_a_frame_picked_for_its_figure_is_the_one_taken_even_after_another_picture_was_made() -> (
    None
):
    way = across(2, 160)
    frames = [
        np.asarray(cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        for frame in pan(way, (480, 272))
    ]
    reader = MemoryReader(frames, scale=0.5)
    recipe = PanoramaRecipe(Box(0, 0, 480, 272), 0, len(way))
    result_of(render_panorama(reader, recipe, path=path_of(way)))
    for picked in (50, 51, 52, 53):
        made = result_of(render_panorama(reader, changed(recipe, subject=picked)))
        assert picked in [frame for frame, _, _ in made.frames_used]
