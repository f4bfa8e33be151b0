"""Plates of one set from several shots of a scanned film."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from engine.events import Proposed, result_of
from engine.footage.sources import open_source
from engine.pipeline import scan
from engine.products.render import render
from engine.project.project import Project
from engine.recipe import PlateRecipe
from engine.redraw import preview_of
from engine.values import Image, Kind
from tests.synthetic import texture, window, write_video

SIZE = 640, 360


def shot(seed: int, across: float, at: float, count: int = 36) -> list[Image]:
    """A set in front of which somebody sways all the time, while a ball rolls through."""
    painting = texture(420, 760, seed=seed, blur=4)
    frames = []
    for t in range(count):
        frame = window(painting, 40 + across, 30, SIZE)
        cv2.circle(frame, (24 * t - 40, 250), 50, (40, 60, 200), -1, cv2.LINE_AA)
        x = round(at + 6 * np.sin(0.7 * t))
        cv2.rectangle(frame, (x - 50, 80), (x + 50, 320), (60, 160, 30), -1)
        cv2.rectangle(frame, (x - 50, 80), (x + 50, 320), (10, 10, 10), 4)
        frames.append(frame)
    return frames


def film_in(folder: Path) -> Path:
    """Two shots of one set, another shot between them."""
    film = [*shot(1, 0, 160), *shot(2, 0, 320), *shot(1, 24, 440)]
    return write_video(folder / "film.mkv", film)


def test_what_stands_in_one_shot_is_taken_from_another_of_the_same_set(tmp_path: Path) -> None:
    path = film_in(tmp_path)
    folder = tmp_path / "p.cuttingroom"
    for _ in scan([path], folder, kinds=(Kind.PLATE,), jobs=1):
        pass
    with Project(folder) as project:
        plates = project.catalogue.candidates(kind=Kind.PLATE)
        (merged,) = [plate for plate in plates if plate.reason == "merged"]
        assert isinstance(merged.recipe, PlateRecipe)
        assert len(merged.recipe.also) == 1
        assert {plate.like for plate in plates if plate.scene != 2} == {"", merged.id}
        preview = result_of(preview_of(project, merged, merged.recipe)).image
        with open_source(path) as footage:
            full = result_of(render(footage, merged.recipe))
    assert full.confidence is not None
    across = 0 if merged.scene == 1 else 24
    truth = window(texture(420, 760, seed=1, blur=4), 40 + across, 30, SIZE)
    box = merged.recipe.picture
    for image in (preview, full.image):
        off = cv2.absdiff(image, truth[box.slices]).max(axis=2)[8:-8, 30:-30]
        assert (off > 40).mean() < 0.02
    assert full.low_confidence < 0.02


def test_a_scan_that_ends_before_plates_are_merged_merges_them_the_next_time(
    tmp_path: Path,
) -> None:
    path, folder = film_in(tmp_path), tmp_path / "p.cuttingroom"
    left_early = scan([path], folder, kinds=(Kind.PLATE,), jobs=1)
    proposed: list[str] = []
    for event in left_early:
        if isinstance(event, Proposed):
            proposed.append(event.candidate_id)
        # One for each scene, and the first that was merged, of which nothing more is known yet.
        if len(proposed) == 4:
            break
    left_early.close()
    with Project(folder) as project:
        before = {plate.id: plate.like for plate in project.catalogue.candidates(kind=Kind.PLATE)}
        with project.catalogue.transaction():
            project.catalogue._db.execute("DELETE FROM candidate WHERE id = ?", (proposed[-1],))
    for _ in scan([path], folder, kinds=(Kind.PLATE,), jobs=1):
        pass
    with Project(folder) as project:
        after = {plate.id: plate.like for plate in project.catalogue.candidates(kind=Kind.PLATE)}
    assert after == before
