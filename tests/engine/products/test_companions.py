from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from engine.products.companions import LEAST_COVERED, MOST_COVERED, propose_companions
from engine.products.proposal import Proposal, Skipped
from engine.recipe import KeeperRecipe
from engine.values import Image
from tests.engine.products.plate_shots import (
    PICTURE,
    covered,
    crosser,
    recipe_for,
    room,
    scene_of,
    shot,
    stander,
)
from tests.synthetic import MemoryReader

PAINTERS = (stander(12, 40, 220, 14), crosser(4, 7))
COUNT = 60


def proposals(blurred: range = range(0)) -> list[Proposal]:
    frames = shot(room(), COUNT, PAINTERS)
    scene = scene_of(frames)
    sharpness = scene.facts.sharpness.copy()
    sharpness[list(blurred)] = 2
    scene = replace(scene, facts=replace(scene.facts, sharpness=sharpness))
    found = list(propose_companions(scene, MemoryReader(frames), recipe_for(frames)))
    assert all(isinstance(p, Proposal) for p in found)
    return [p for p in found if isinstance(p, Proposal)]


def numbers(found: list[Proposal]) -> list[int]:
    return [p.recipe.frame for p in found if isinstance(p.recipe, KeeperRecipe)]


def test_companions_show_people_in_front_of_their_plate() -> None:
    found = proposals()
    assert 2 <= len(found) <= 4
    for frame, proposal in zip(numbers(found), found, strict=True):
        share = covered(room(), PAINTERS, frame).mean()
        assert LEAST_COVERED * 0.7 <= share <= MOST_COVERED
        assert proposal.reason == "companion"
        assert proposal.parent is not None
        assert proposal.tags == ("with people",)


def test_companions_are_spread_over_the_shot() -> None:
    frames = numbers(proposals())
    assert min(np.diff(frames)) >= 4


def test_blurred_frames_are_passed_over() -> None:
    assert not set(numbers(proposals(range(20, 60)))) & set(range(20, 60))


def test_frames_in_another_light_than_the_plate_are_passed_over() -> None:
    frames = shot(room(), COUNT, PAINTERS)
    for t in range(24):
        frames[t] = np.rint(frames[t] * 0.8).astype(np.uint8)
    found = list(propose_companions(scene_of(frames), MemoryReader(frames), recipe_for(frames)))
    picked = numbers([p for p in found if isinstance(p, Proposal)])
    assert picked
    assert min(picked) >= 24


def test_companions_cover_the_plate_in_different_measure() -> None:
    shares = [covered(room(), PAINTERS, frame).mean() for frame in numbers(proposals())]
    assert max(shares) > 1.2 * min(shares)


def test_a_frame_full_of_people_or_nearly_empty_is_no_companion() -> None:
    crowd = [crosser(0, 9), *(stander(-1, 13, x) for x in range(20, 320, 32))]
    frames = shot(room(), COUNT, crowd)
    found = list(propose_companions(scene_of(frames), MemoryReader(frames), recipe_for(frames)))
    for frame in numbers([p for p in found if isinstance(p, Proposal)]):
        assert 0.7 * LEAST_COVERED <= covered(room(), crowd, frame).mean() <= 1.1 * MOST_COVERED


def test_blends_are_passed_over() -> None:
    frames = shot(room(), COUNT, PAINTERS)
    scene = scene_of(frames)
    blend = scene.facts.blend.copy()
    blend[:30] = True
    scene = replace(scene, facts=replace(scene.facts, blend=blend))
    found = list(propose_companions(scene, MemoryReader(frames), recipe_for(frames)))
    assert min(numbers([p for p in found if isinstance(p, Proposal)])) >= 30


def test_a_shot_with_nobody_in_it_says_so() -> None:
    frames = shot(room(), 12)
    (skipped,) = propose_companions(scene_of(frames), MemoryReader(frames), recipe_for(frames))
    assert isinstance(skipped, Skipped)
    assert "covered" in skipped.reason


def beside(
    frame: int,
    score: float,
    companion_sharpness: float = 20,
    also: tuple[tuple[int, float], ...] = (),
) -> list[Proposal]:
    """Propose companions of a shot in which one stands still, beside keepers."""
    frames = shot(room(), COUNT, [stander(12, 40, 220, 14)])
    scene = scene_of(frames)
    sharpness = scene.facts.sharpness.copy()
    sharpness[1:] = companion_sharpness
    scene = replace(scene, facts=replace(scene.facts, sharpness=sharpness))
    keepers = [
        Proposal(KeeperRecipe(PICTURE, number), PICTURE.size, rated, "sharpest")
        for number, rated in ((frame, score), *also)
    ]
    reader, recipe = MemoryReader(frames), recipe_for(frames)
    found = propose_companions(scene, reader, recipe, None, keepers)
    return [p for p in found if isinstance(p, Proposal)]


def test_a_keeper_that_shows_what_a_companion_shows_is_folded_under_it() -> None:
    (twin,) = [p for p in beside(39, 1.0) if p.reason == "sharpest"]
    assert isinstance(twin.like, KeeperRecipe)
    assert 12 <= twin.like.frame < 39


def test_a_companion_that_shows_what_a_better_keeper_shows_is_folded_under_that() -> None:
    found = beside(39, 1.0, companion_sharpness=16)
    assert all(p.reason == "companion" for p in found)
    (folded,) = [p for p in found if p.like is not None]
    assert folded.like == KeeperRecipe(PICTURE, 39)


def test_nothing_is_folded_under_what_is_folded_itself() -> None:
    found = beside(39, 0.3, companion_sharpness=16, also=((38, 1.0),))
    likes = {p.like for p in found} - {None}
    assert likes
    assert not likes & {p.recipe for p in found if p.like is not None}


def test_a_keeper_that_shows_somebody_elsewhere_stands_beside_the_companions() -> None:
    found = beside(6, 1.0)
    assert all(p.like is None and p.reason == "companion" for p in found)


def small_walker(picture: Image, t: int) -> None:
    """Walk through the picture, 9 wide and 26 high."""
    x = 5 * t
    cv2.rectangle(picture, (x - 4, 120), (x + 4, 145), (40, 30, 200), -1)


def test_small_people_too_go_with_their_plate() -> None:
    painters = (small_walker,)
    frames = shot(room(), COUNT, painters)
    found = propose_companions(scene_of(frames), MemoryReader(frames), recipe_for(frames))
    companions = [p for p in found if isinstance(p, Proposal)]
    assert 1 <= len(companions) <= 2
    for frame in numbers(companions):
        assert covered(room(), painters, frame).any()
