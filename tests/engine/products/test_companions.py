from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.products.companions import LEAST_COVERED, MOST_COVERED, propose_companions
from engine.products.proposal import Proposal, Skipped
from engine.recipe import KeeperRecipe
from tests.engine.products.plate_shots import (
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


def test_a_shot_with_nobody_in_it_says_so() -> None:
    frames = shot(room(), 12)
    (skipped,) = propose_companions(scene_of(frames), MemoryReader(frames), recipe_for(frames))
    assert isinstance(skipped, Skipped)
    assert "covered" in skipped.reason
