"""A project with made-up candidates, for whoever tests what is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.products.proposal import Proposal, Skipped
from engine.project.project import Project
from engine.recipe import CropRecipe, KeeperRecipe, PlateRecipe
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Kind,
    Motion,
    Scene,
    Shot,
    Source,
    SourceKind,
)

PICTURE = Box(0, 4, 1920, 1072)
PLATE = PlateRecipe(picture=PICTURE, start=0, stop=30, left_out=(3, 4))
KEEPER = KeeperRecipe(picture=PICTURE, frame=7)
CROP = CropRecipe(base=PLATE, x=100, y=50, side=512)


def made_scene(name: str = "Howl's [b]film[/b].mkv", path: Path = Path("/nowhere")) -> Scene:
    source = Source(
        "0123456789abcdef", name, path, SourceKind.VIDEO, (1920, 1080), 30, Fraction(24000, 1001)
    )
    zeros = np.zeros(30, np.float32)
    never = np.zeros(30, np.bool_)
    motion = Motion(Camera.STATIC, np.zeros((30, 3), np.float32), (0, 0), 0.0, Foreground.SOME, 0.2)
    facts = FrameFacts(zeros, zeros, zeros, never, never)
    return Scene(1, source, Shot(0, 30), PICTURE, motion, facts)


def made_project(folder: Path, who: str = "ada") -> Project:
    project = Project.create(folder, who)
    scene = made_scene()
    project.catalogue.put_source(scene.source)
    project.catalogue.put_scene(scene)
    project.catalogue.finish_analysis(scene.source.id, 30, 1)
    put_candidates(project, scene)
    return project


def put_candidates(project: Project, scene: Scene, score: float = 0.9) -> list[str]:
    proposals = [
        Proposal(PLATE, PICTURE.size, score, "static", ("98 % seen",), (), ("no humans",)),
        Proposal(KEEPER, PICTURE.size, 0.8, "companion", parent=PLATE),
        Proposal(CROP, (512, 512), 0.7, "face", ("face 0.74",), parent=PLATE),
    ]
    return project.catalogue.put_proposals(
        scene,
        [(proposal, "") for proposal in proposals],
        [Skipped(Kind.PANORAMA, "the camera stands still")],
        list(Kind),
    )


def spoil(folder: Path, kind: str, recipe: str = '{"strange": 2}', *, tweak: bool = False) -> None:
    """Put something in place of the recipes, or of the tweaks, of a kind, as another hand might."""
    column, table = ("tweak", "decision") if tweak else ("recipe", "candidate")
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as db, db:
        named = "id" if table == "candidate" else "candidate_id"
        db.execute(
            f"UPDATE {table} SET {column} = ? WHERE {named} IN"
            " (SELECT id FROM candidate WHERE kind = ?)",
            (recipe, kind),
        )
