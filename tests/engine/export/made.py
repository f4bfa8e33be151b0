"""A small film with known frames, and a project in which pictures of it are approved."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.footage.sources import open_source
from engine.products.proposal import Proposal
from engine.project.candidate import Standing
from engine.project.project import Project
from engine.recipe import CropRecipe, KeeperRecipe, PlateRecipe, Recipe
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Image,
    Kind,
    Motion,
    Scene,
    Shot,
    State,
    Transition,
)
from tests.synthetic import texture, write_video

SIZE = (320, 180)
FRAMES = 12
PICTURE = Box(0, 0, *SIZE)


def film_frames(seed: int = 3) -> list[Image]:
    """A room in which a bright square walks from left to right."""
    room = texture(SIZE[1], SIZE[0], seed)
    frames = []
    for index in range(FRAMES):
        frame = room.copy()
        frame[60:110, 10 + 20 * index : 50 + 20 * index] = (40, 200, 240)
        frames.append(frame)
    return frames


def made_film(path: Path, seed: int = 3) -> Path:
    return write_video(path, film_frames(seed), crf=4)


def keeper(frame: int) -> KeeperRecipe:
    return KeeperRecipe(PICTURE, frame)


def crop(frame: int, x: int = 64) -> CropRecipe:
    return CropRecipe(keeper(frame), x, 40, 128)


PLATE = PlateRecipe(PICTURE, 0, FRAMES)

APPROVED: tuple[Recipe, ...] = (keeper(3), keeper(9), crop(3), crop(3, 150), PLATE)


def made_project(
    folder: Path, film: Path, recipes: tuple[Recipe, ...] = APPROVED, tags: tuple[str, ...] = ()
) -> Project:
    """Open a project in which ``recipes`` of ``film`` are proposed and approved."""
    with open_source(film) as footage:
        source = footage.source
    zeros, never = np.zeros(FRAMES, np.float32), np.zeros(FRAMES, np.bool_)
    scene = Scene(
        1,
        source,
        Shot(0, FRAMES, Transition.START),
        PICTURE,
        Motion(Camera.STATIC, np.zeros((FRAMES, 3), np.float32), (0, 0), 0.0, Foreground.SOME, 0.1),
        FrameFacts(zeros, zeros, zeros, never, never),
    )
    assert source.fps == Fraction(24)
    project = Project.create(folder, "ada")
    project.catalogue.put_source(source)
    project.catalogue.put_scene(scene)
    project.catalogue.finish_analysis(source.id, FRAMES, 1)
    sizes = {True: (128, 128), False: SIZE}
    found = [
        (Proposal(r, sizes[isinstance(r, CropRecipe)], 0.9, "face", tags=tags), "") for r in recipes
    ]
    project.catalogue.put_proposals(scene, found, [], list(Kind))
    project.decide({c.id: Standing(State.APPROVED) for c in project.catalogue.candidates()})
    return project
