"""A small project whose candidates, previews and decisions the tests know."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from benchmarks import make_project as made
from engine.products.proposal import Proposal, Skipped
from engine.project.candidate import Candidate
from engine.project.project import Project
from engine.recipe import (
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
)
from engine.values import Box, Camera, Kind, Scene, Size, Source, State

FRAME = made.FRAME
PICTURE = Box(0, 0, *FRAME)
SHOT = 48

PANORAMA = PanoramaRecipe(PICTURE, 0, SHOT, 2)
PLATE = PlateRecipe(PICTURE, SHOT, 2 * SHOT, 2)
LAYER = LayerRecipe(PLATE, SHOT + 10)
KEEPER = KeeperRecipe(PICTURE, SHOT + 4)
CROP = CropRecipe(KEEPER, 640, 320, 512)


def make_source(name: str = "film.mkv") -> Source:
    return made.make_source("ab" * 8, name, 4 * SHOT, Fraction(24))


def make_scene(source: Source, number: int, camera: Camera = Camera.STATIC) -> Scene:
    return made.make_scene(source, number, SHOT, camera)


def write_preview(folder: Path, name: str, size: Size) -> str:
    """Write a picture with a diagonal: light above it, dark below."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    shade = np.where(x * height > y * width, 200, 60).astype(np.uint8)
    picture = np.dstack([shade, shade // 2, np.full_like(shade, 90)])
    path = folder / "previews" / f"{name}.jpg"
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), picture)
    return f"previews/{name}.jpg"


def make_project(
    folder: Path, *, name: str = "film.mkv", reason: str = "face", reports: bool = True
) -> Path:
    """Write two scenes with candidates of every kind, and one scene that gave nothing."""
    source = make_source(name)
    with Project.create(folder, "mira") as project:
        wide = write_preview(folder, "wide", (800, 250))
        still = write_preview(folder, "still", (640, 360))
        square = write_preview(folder, "square", (320, 320))
        panorama = Proposal(
            PANORAMA, (3400, 1060), 0.93, "pan_right", ("travel 1480 px",), (), ("no humans",)
        )
        found = [
            (Proposal(PLATE, FRAME, 0.8, "static", (), ("2 % was never seen",)), still),
            (Proposal(LAYER, FRAME, 0.7, "subject"), still),
            (Proposal(KEEPER, FRAME, 0.6, "sharpest"), still),
            (Proposal(CROP, (512, 512), 0.5, reason, ("saliency 0.9",), parent=KEEPER), square),
        ]
        scenes = [
            (make_scene(source, 1, Camera.PAN_RIGHT), [(panorama, wide)], []),
            (make_scene(source, 2), found, []),
            (make_scene(source, 3), [], [Skipped(Kind.PLATE, "12 frames are too few")]),
        ]
        made.fill_project(project, [(source, scenes)], reports=reports)
    return folder


def held(folder: Path, kind: Kind) -> Candidate:
    """The first candidate of a kind, as the catalogue holds it."""
    with Project(folder) as project:
        return project.catalogue.candidates(kind=kind)[0]


def states(folder: Path) -> Sequence[State]:
    """States of all pictures, in the order of the film."""
    with Project(folder) as project:
        found = project.catalogue.candidates()
    return [c.state for c in found if c.kind is not Kind.REPORT]
