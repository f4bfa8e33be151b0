from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.events import result_of
from engine.products.faces import find_face_model
from engine.products.plate import propose_plates, render_plate
from engine.products.proposal import Proposal
from engine.recipe import PlateRecipe
from engine.values import Box, Image
from tests.engine.products.drawn_faces import draw_face
from tests.engine.products.plate_shots import figure, scene_of
from tests.synthetic import MemoryReader, texture

WIDTH, HEIGHT = 480, 300

needs_model = pytest.mark.skipif(find_face_model() is None, reason="no face model is installed")


def sitting_room(with_sitter: bool, count: int = 16) -> list[Image]:
    """Draw people who cross a room in which somebody may sit all the time."""
    room = cv2.GaussianBlur(texture(HEIGHT, WIDTH, seed=4), (0, 0), 5)
    if with_sitter:
        draw_face(np.asarray(room, np.uint8), (370, 90), 110)
    frames = []
    for t in range(count):
        frame = np.asarray(room, np.uint8).copy()
        figure(frame, -40 + 36 * t)
        frames.append(frame)
    return frames


def proposal_of(frames: list[Image]) -> Proposal:
    scene = scene_of(frames, picture=Box(0, 0, WIDTH, HEIGHT))
    (proposal,) = propose_plates(scene, MemoryReader(frames))
    assert isinstance(proposal, Proposal)
    return proposal


@needs_model
def test_who_sits_through_the_whole_shot_is_doubted_and_named() -> None:
    frames = sitting_room(with_sitter=True)
    proposal = proposal_of(frames)
    assert any("somebody may be there all the time, right" in w for w in proposal.warnings)
    assert "no humans" not in proposal.tags
    recipe = PlateRecipe(Box(0, 0, WIDTH, HEIGHT), 0, len(frames))
    plate = result_of(render_plate(MemoryReader(frames), recipe))
    assert plate.confidence is not None
    assert plate.confidence[70:110, 355:385].max() < 0.25
    assert plate.confidence[200:280, 20:200].mean() > 0.7


def test_an_empty_room_is_doubted_nowhere() -> None:
    proposal = proposal_of(sitting_room(with_sitter=False))
    assert proposal.warnings == ()
    assert proposal.tags == ("no humans",)
