"""A small project whose candidates, previews and decisions the tests know."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from engine.buckets.presets import TARGETS
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
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Kind,
    Motion,
    Scene,
    Shot,
    Size,
    Source,
    SourceKind,
    State,
)

FRAME: Size = (1920, 1080)
PICTURE = Box(0, 0, *FRAME)
SHOT = 48

PANORAMA = PanoramaRecipe(PICTURE, 0, SHOT, 2)
PLATE = PlateRecipe(PICTURE, SHOT, 2 * SHOT, 2)
LAYER = LayerRecipe(PLATE, SHOT + 10)
KEEPER = KeeperRecipe(PICTURE, SHOT + 4)
CROP = CropRecipe(KEEPER, 640, 320, 512)


def make_source(name: str = "film.mkv") -> Source:
    path = Path("/nowhere") / name
    return Source("ab" * 8, name, path, SourceKind.VIDEO, FRAME, 4 * SHOT, Fraction(24))


def make_scene(source: Source, number: int, camera: Camera = Camera.STATIC) -> Scene:
    motion = Motion(camera, np.zeros((SHOT, 3), np.float32), (0, 0), 0.0, Foreground.SOME, 0.1)
    ones = np.ones(SHOT, np.float32)
    facts = FrameFacts(ones, ones, ones, ones < 0, ones < 0)
    shot = Shot((number - 1) * SHOT, number * SHOT)
    return Scene(number, source, shot, PICTURE, motion, facts)


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
        catalogue = project.catalogue
        catalogue.put_source(source)
        catalogue.begin_analysis(source.id)
        first = make_scene(source, 1, Camera.PAN_RIGHT)
        catalogue.put_scene(first)
        wide = write_preview(folder, "wide", (800, 250))
        panorama = Proposal(
            PANORAMA, (3400, 1060), 0.93, "pan_right", ("travel 1480 px",), (), ("no humans",)
        )
        catalogue.put_proposals(first, [(panorama, wide)], [], tuple(Kind))
        second = make_scene(source, 2)
        catalogue.put_scene(second)
        still = write_preview(folder, "still", (640, 360))
        square = write_preview(folder, "square", (320, 320))
        found = [
            (Proposal(PLATE, FRAME, 0.8, "static", (), ("2 % was never seen",)), still),
            (Proposal(LAYER, FRAME, 0.7, "subject"), still),
            (Proposal(KEEPER, FRAME, 0.6, "sharpest"), still),
            (Proposal(CROP, (512, 512), 0.5, reason, ("saliency 0.9",), parent=KEEPER), square),
        ]
        catalogue.put_proposals(second, found, [], tuple(Kind))
        third = make_scene(source, 3)
        catalogue.put_scene(third)
        catalogue.put_proposals(
            third, [], [Skipped(Kind.PLATE, "12 frames are too few")], tuple(Kind)
        )
        catalogue.finish_analysis(source.id, 4 * SHOT, 3)
        if reports:
            for recipe in TARGETS.values():
                catalogue.put_report(Proposal(recipe, (0, 0), 1.0, recipe.target))
        project.save_manifest()
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
