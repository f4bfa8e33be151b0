from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.errors import RenderError
from engine.events import result_of
from engine.products.layer import propose_layers, render_layer
from engine.products.proposal import Proposal, Skipped
from engine.recipe import LayerRecipe
from engine.values import Image
from tests.engine.products.plate_shots import (
    covered,
    crosser,
    error,
    figure,
    recipe_for,
    room,
    scene_of,
    shot,
    stander,
)
from tests.synthetic import MemoryReader

HERO = stander(10, 40, 150, 14)
COUNT = 56


def passer(picture: Image, t: int) -> None:
    """Cross the far right while the hero stands."""
    if 16 <= t < 36:
        figure(picture, 330 - 4 * (t - 16), (200, 60, 20))


def frames_of_hero() -> tuple[Image, list[Image]]:
    backdrop = room()
    return backdrop, shot(backdrop, COUNT, [HERO, passer])


def test_the_subject_is_back_and_the_crowd_is_gone() -> None:
    backdrop, frames = frames_of_hero()
    truth = shot(backdrop, COUNT, [HERO], noise=0)[24]
    reader = MemoryReader(frames)
    recipe = LayerRecipe(recipe_for(frames), 24, ((150, 130),))
    layer = result_of(render_layer(reader, recipe))
    assert (error(layer.image, truth) > 20).mean() < 0.003
    assert layer.frames_used[0][0] == 24


def test_its_edges_show_no_halo() -> None:
    backdrop, frames = frames_of_hero()
    truth = shot(backdrop, COUNT, [HERO], noise=0)[24]
    recipe = LayerRecipe(recipe_for(frames), 24, ((150, 130),))
    layer = result_of(render_layer(MemoryReader(frames), recipe))
    inside = covered(backdrop, [HERO], 24).astype(np.uint8)
    brush = np.ones((5, 5), np.uint8)
    ring = (cv2.dilate(inside, brush) - cv2.erode(inside, brush)) > 0
    assert error(layer.image, truth)[ring].mean() < 3


def test_without_points_the_main_subject_is_taken() -> None:
    backdrop, frames = frames_of_hero()
    truth = shot(backdrop, COUNT, [HERO], noise=0)[24]
    layer = result_of(render_layer(MemoryReader(frames), LayerRecipe(recipe_for(frames), 24)))
    assert (error(layer.image, truth)[60:170, 120:180] > 20).mean() < 0.01


def test_points_choose_another_subject() -> None:
    backdrop, frames = frames_of_hero()
    recipe = LayerRecipe(recipe_for(frames), 24, ((298, 130),))
    layer = result_of(render_layer(MemoryReader(frames), recipe))
    assert error(layer.image, backdrop)[100:160, 135:165].mean() < 4
    assert error(layer.image, frames[24])[100:160, 285:310].mean() < 4


def test_points_on_the_backdrop_are_refused() -> None:
    _, frames = frames_of_hero()
    recipe = LayerRecipe(recipe_for(frames), 24, ((20, 20),))
    with pytest.raises(RenderError, match="nothing in front"):
        result_of(render_layer(MemoryReader(frames), recipe))


def test_the_base_proposed_has_the_hero_whole() -> None:
    _, frames = frames_of_hero()
    (proposal,) = propose_layers(scene_of(frames), MemoryReader(frames), recipe_for(frames))
    assert isinstance(proposal, Proposal)
    assert isinstance(proposal.recipe, LayerRecipe)
    assert 9 <= proposal.recipe.base <= 46
    assert proposal.parent == recipe_for(frames)


def test_an_empty_scene_has_no_layer_and_says_so() -> None:
    frames = shot(room(), 12)
    (skipped,) = propose_layers(scene_of(frames), MemoryReader(frames), recipe_for(frames))
    assert isinstance(skipped, Skipped)
    assert "subject" in skipped.reason


def test_a_crosser_alone_makes_a_layer() -> None:
    frames = shot(room(), 36, [crosser(0, 11)])
    (proposal,) = propose_layers(scene_of(frames), MemoryReader(frames), recipe_for(frames))
    assert isinstance(proposal, Proposal)
