"""Across the scenes of a scanned film: sets that come back, and doubles of what is proposed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from engine.pipeline import scan
from engine.project.project import Project
from engine.values import Image, Kind
from tests.synthetic import texture, window, write_video


def shot(seed: int, x: float, count: int = 30) -> list[Image]:
    """A static set that a ball rolls through."""
    painting = texture(420, 760, seed=seed, blur=4)
    frames = []
    for i in range(count):
        frame = window(painting, 40 + x, 30, (640, 360))
        cv2.circle(frame, (18 * i, 250), 50, (40, 60, 200), -1, cv2.LINE_AA)
        frames.append(frame)
    return frames


def test_the_plate_of_a_set_that_returns_is_folded_under_the_better_one(tmp_path: Path) -> None:
    film = [*shot(1, 0), *shot(2, 0), *shot(1, 24)]
    path = write_video(tmp_path / "film.mkv", film)
    for _ in scan([path], tmp_path / "p.cuttingroom", kinds=(Kind.PLATE,), jobs=1):
        pass
    with Project(tmp_path / "p.cuttingroom") as project:
        (told,) = project.catalogue.same_sets().values()
        plates = project.catalogue.candidates(kind=Kind.PLATE)
    assert (told.scene[1], told.first[1]) == (3, 1)
    assert np.abs(np.array(told.move) - (1, 0, 24, 0, 1, 0)).max() < 1.5
    assert sorted(plate.scene for plate in plates) == [1, 2, 3]
    folded = [plate for plate in plates if plate.like]
    assert len(folded) == 1
    assert folded[0].scene in (1, 3)
    (better,) = [plate for plate in plates if plate.id == folded[0].like]
    assert {folded[0].scene, better.scene} == {1, 3}


def test_a_crop_of_a_shot_that_returns_is_folded_under_the_better_one(tmp_path: Path) -> None:
    still = [window(texture(420, 760, seed=4), 40, 30, (640, 360))] * 12
    film = [*still, *shot(2, 0, 12), *still]
    path = write_video(tmp_path / "film.mkv", film)
    for _ in scan([path], tmp_path / "p.cuttingroom", kinds=(Kind.CROP,), jobs=1):
        pass
    with Project(tmp_path / "p.cuttingroom") as project:
        crops = project.catalogue.candidates(kind=Kind.CROP)
    by_id = {crop.id: crop for crop in crops}
    again = [c for c in crops if c.like and {c.scene, by_id[c.like].scene} == {1, 3}]
    assert again
    assert {c.scene for c in crops if not c.like} >= {2}
