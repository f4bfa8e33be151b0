from __future__ import annotations

from dataclasses import replace

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


def test_the_edge_of_a_light_subject_on_a_dark_place_has_no_halo_and_no_hole() -> None:
    backdrop = np.rint(room() * 0.3).astype(np.uint8)
    hero = [lambda picture, t: figure(picture, 20 + 8 * t, (235, 235, 240))]
    frames = shot(backdrop, 36, hero)
    base = 16
    truth = shot(backdrop, 36, hero, noise=0)[base]
    layer = result_of(render_layer(MemoryReader(frames), LayerRecipe(recipe_for(frames), base)))
    inside = covered(backdrop, hero, base).astype(np.uint8)
    off = error(layer.image, truth)
    # Wide rings: a halo of the plate outside, or of the frame's own backdrop, would show here.
    for reach in (3, 9, 15):
        ring = cv2.dilate(inside, np.ones((reach, reach), np.uint8)) > 0
        assert off[ring].mean() < 3
    assert (off[inside > 0] > 20).mean() < 0.01


def test_the_shadow_comes_back_with_its_subject() -> None:
    backdrop, frames = frames_of_hero()
    recipe = LayerRecipe(recipe_for(frames), 24, ((150, 130),))
    layer = result_of(render_layer(MemoryReader(frames), recipe))
    shadow = np.s_[168:176, 172:190]
    assert error(layer.image, frames[24])[shadow].mean() < 4
    assert error(backdrop, frames[24])[shadow].mean() > 12


def test_the_base_proposed_has_little_else_in_front() -> None:
    def birds(picture: Image, t: int) -> None:
        if t < 30:
            for x in range(20, 320, 40):
                cv2.circle(picture, (x + t, 40), 8, (200, 60, 20), -1)

    backdrop = room()
    frames = shot(backdrop, COUNT, [HERO, birds])
    (proposal,) = propose_layers(scene_of(frames), MemoryReader(frames), recipe_for(frames))
    assert isinstance(proposal, Proposal)
    assert isinstance(proposal.recipe, LayerRecipe)
    assert 30 <= proposal.recipe.base <= 44
    assert proposal.tags == ("with people",)


def test_a_blurred_base_is_not_proposed() -> None:
    _, frames = frames_of_hero()
    scene = scene_of(frames)
    sharpness = scene.facts.sharpness.copy()
    sharpness[10:30] = 3
    scene = replace(scene, facts=replace(scene.facts, sharpness=sharpness))
    (proposal,) = propose_layers(scene, MemoryReader(frames), recipe_for(frames))
    assert isinstance(proposal, Proposal)
    assert isinstance(proposal.recipe, LayerRecipe)
    assert not 10 <= proposal.recipe.base < 30


def test_the_base_frame_shows_the_subject_with_nobody_in_front() -> None:
    def passer_close(picture: Image, t: int) -> None:
        figure(picture, 40 + 7 * (t - 10), (200, 60, 20))

    frames = shot(room(), COUNT, [HERO, passer_close])
    reader, scene = MemoryReader(frames), scene_of(frames)
    (proposal,) = propose_layers(scene, reader, recipe_for(frames))
    assert isinstance(proposal, Proposal)
    assert isinstance(proposal.recipe, LayerRecipe)
    base = proposal.recipe.base
    hero = 150 - 14 * max(0, 10 - base) + 14 * max(0, base - 40)
    assert 8 <= base <= 46
    assert abs(40 + 7 * (base - 10) - hero) > 45
    assert proposal.preview is not None
    alone = shot(room(), COUNT, [HERO], noise=0)[base]
    assert (error(proposal.preview, alone) > 20).mean() < 0.004
