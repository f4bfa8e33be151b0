"""A folder of photos or stills, which are no film, in a scan."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from click.testing import CliRunner

from engine.cli.decisions import list_
from engine.events import Noted, result_of
from engine.pipeline import scan
from engine.project.candidate import Standing
from engine.project.manifest import load_manifest
from engine.project.project import Project
from engine.redraw import preview_of
from engine.text import plain
from engine.values import Image, Kind, State
from tests.engine.products.plate_shots import figure
from tests.synthetic import texture

WIDTH, HEIGHT = 480, 320
CORNERS = np.array([[240, 160], [720, 160], [720, 480], [240, 480]], np.float32)


def write_photos(folder: Path, count: int = 9) -> Image:
    """Photograph a place from where one stands, people passing; give the middle view, empty."""
    world = texture(HEIGHT * 2, WIDTH * 2, seed=9)
    rng = np.random.default_rng(6)
    folder.mkdir()
    for t in range(count):
        spread = 0 if t == count // 2 else 34
        corners = CORNERS + rng.uniform(-spread, spread, CORNERS.shape).astype(np.float32)
        view = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
        move = cv2.getPerspectiveTransform(corners, view)
        seen = cv2.warpPerspective(world, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        photo: Image = np.asarray(seen, np.uint8)
        figure(photo, 40 + 50 * t)
        cv2.imwrite(str(folder / f"photo{t}.png"), photo)
    return np.asarray(world[160:480, 240:720], np.uint8)


def runs_of(project: Project) -> list[tuple[int, int]]:
    return [(scene.shot.start, scene.shot.stop) for scene in project.catalogue.scenes()]


def scanned(source: Path, project: Path) -> Project:
    for _ in scan([source], project, kinds=(Kind.PLATE,), jobs=1):
        pass
    return Project(project)


def test_photos_of_one_place_become_a_plate(tmp_path: Path) -> None:
    truth = write_photos(tmp_path / "market")
    with scanned(tmp_path / "market", tmp_path / "p.cuttingroom") as project:
        (scene,) = project.catalogue.scenes()
        (plate,) = project.catalogue.candidates(kind=Kind.PLATE)
        assert plate.reason == "photos"
        image = result_of(preview_of(project, plate, plate.recipe)).image
    assert len(scene.shot) == 9
    height, width = image.shape[:2]
    view = cv2.resize(truth, (width, height), interpolation=cv2.INTER_AREA)
    # Of the middle photo all is seen from where the others stand but its border.
    off = cv2.absdiff(image, np.asarray(view, np.uint8)).max(axis=2)[30:-30, 30:-30]
    assert (off > 40).mean() < 0.03


def test_photos_of_different_places_are_not_laid_on_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "album"
    folder.mkdir()
    for t in range(5):
        cv2.imwrite(str(folder / f"photo{t}.png"), texture(HEIGHT, WIDTH, seed=t))
    with scanned(folder, tmp_path / "p.cuttingroom") as project:
        assert len(project.catalogue.scenes()) > 1
        plates = project.catalogue.candidates(kind=Kind.PLATE)
    assert "photos" not in {plate.reason for plate in plates}


def write_stills(folder: Path, places: list[int]) -> None:
    """Pick stills of some places; of the same one in a row somebody goes through."""
    folder.mkdir()
    for number, place in enumerate(places):
        still = texture(120, 200, seed=place)
        figure(still, 20 * (number % 9))
        cv2.imwrite(str(folder / f"{number:03}.png"), still)


def test_stills_are_parted_wherever_two_show_different_places(tmp_path: Path) -> None:
    write_stills(tmp_path / "album", [1, 2, 3, 3, 3, 4, 1])
    with scanned(tmp_path / "album", tmp_path / "p.cuttingroom") as project:
        assert runs_of(project) == [(0, 1), (1, 2), (2, 5), (5, 6), (6, 7)]


def test_a_line_among_stills_spoils_none_of_them(tmp_path: Path) -> None:
    """Folders that were copied from the web hold spacers and rules of a pixel's width."""
    write_stills(tmp_path / "album", [1, 2])
    for number, (height, width) in enumerate([(1, 1), (1, 640), (400, 1)], start=2):
        line = np.full((height, width, 3), 90, np.uint8)
        cv2.imwrite(str(tmp_path / "album" / f"{number:03}.png"), line)
    result = result_of(scan([tmp_path / "album"], tmp_path / "p.cuttingroom", jobs=1))
    assert (result.scenes, result.failed) == (5, [])
    with Project(tmp_path / "p.cuttingroom") as project:
        assert runs_of(project) == [(n, n + 1) for n in range(5)]


def test_overlapping_photos_upright_and_across_are_scenes_of_one_size_each(tmp_path: Path) -> None:
    folder = tmp_path / "view"
    folder.mkdir()
    world = texture(700, 1400, seed=3)
    parts = [(0, 100, 480, 320), (200, 50, 320, 480), (350, 60, 320, 480), (500, 120, 480, 320)]
    for number, (x, y, width, height) in enumerate(parts):
        cv2.imwrite(str(folder / f"{number}.png"), world[y : y + height, x : x + width])
    with scanned(folder, tmp_path / "p.cuttingroom") as project:
        assert {0, 1, 3} <= {start for start, _ in runs_of(project)}


def test_photos_a_pixel_wide_are_of_no_place(tmp_path: Path) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    for number, grey in enumerate((10, 120, 240)):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((200, 1, 3), grey, np.uint8))
    with scanned(folder, tmp_path / "p.cuttingroom") as project:
        assert runs_of(project) == [(0, 1), (1, 2), (2, 3)]


def test_keepers_and_crops_of_stills_name_their_files(tmp_path: Path) -> None:
    write_stills(tmp_path / "album", [1, 2])
    (tmp_path / "album" / "001.png").rename(tmp_path / "album" / "1 [red]\x1b.png")
    (tmp_path / "album" / "2.png").write_bytes(b"no picture")
    kinds = (Kind.KEEPER, Kind.CROP)
    events = list(scan([tmp_path / "album"], tmp_path / "p.cuttingroom", kinds=kinds, jobs=1))
    with Project(tmp_path / "p.cuttingroom") as project:
        found = project.catalogue.candidates()
        said = {(c.kind, c.frames[0], c.file) for c in found if c.kind in kinds}
    names = {0: "000.png", 1: plain("1 [red]\x1b.png")}
    assert said >= {(kind, frame, name) for kind in kinds for frame, name in names.items()}
    (noted,) = [event.text for event in events if isinstance(event, Noted)]
    assert noted.startswith("album: 2.png: ")
    listed = CliRunner().invoke(list_, [str(tmp_path / "p.cuttingroom"), "--kind", "keeper"])
    assert "000.png" in listed.output
    assert "1 [red]?.png" in listed.output


def test_hundreds_of_stills_are_parted_like_a_few(tmp_path: Path) -> None:
    write_stills(tmp_path / "album", [place // 2 for place in range(80)])
    with scanned(tmp_path / "album", tmp_path / "p.cuttingroom") as project:
        assert runs_of(project) == [(start, start + 2) for start in range(0, 80, 2)]


def test_frames_of_a_film_in_a_folder_stay_a_film(tmp_path: Path) -> None:
    """A whip pan shares little from frame to frame, and is no end of a shot in a film."""
    folder = tmp_path / "frames"
    folder.mkdir()
    world = texture(180, 1000, seed=3)
    places = [0] * 30 + [70 * step for step in range(1, 9)] + [560] * 30
    for number, x in enumerate(places):
        cv2.imwrite(str(folder / f"{number:03}.png"), world[:, x : x + 320])
    with scanned(folder, tmp_path / "p.cuttingroom") as project:
        assert runs_of(project) == [(0, len(places))]


def test_decisions_follow_their_pictures_when_one_is_added_and_one_is_taken(tmp_path: Path) -> None:
    album, folder = tmp_path / "album", tmp_path / "p.cuttingroom"
    write_stills(album, [1, 2, 3])
    kinds = (Kind.KEEPER, Kind.CROP)
    result_of(scan([album], folder, kinds=kinds, jobs=1))
    with Project(folder, "ada") as project:
        found = project.catalogue.candidates()
        decided = {c.id: Standing(State.APPROVED) for c in found if c.kind in kinds}
        last = next(c for c in found if c.kind is Kind.KEEPER and c.file == "002.png")
        decided[last.id] = Standing(State.REJECTED, caption="blurred")
        project.decide(decided)
    write_stills(tmp_path / "more", [9])
    (tmp_path / "more" / "000.png").rename(album / "000a.png")
    (album / "001.png").unlink()
    told = [e.text for e in scan([album], folder, kinds=kinds, jobs=1) if isinstance(e, Noted)]
    assert any("have followed to the pictures as they are now" in text for text in told)
    with Project(folder, "ada") as project:
        now = [c for c in project.catalogue.candidates() if c.kind in kinds]
        fresh = {c.file for c in now if c.state is State.PENDING}
        assert fresh == {"000a.png"}
        assert {c.file for c in now if c.outdated} == {"001.png"}
        (kept,) = [c for c in now if c.kind is Kind.KEEPER and c.file == "002.png"]
        assert (kept.state, kept.caption, kept.who) == (State.REJECTED, "blurred", "ada")
        assert (kept.frames, kept.scene) == ((2, 3), 3)
        approved = [c for c in now if c.state is State.APPROVED and not c.outdated]
        assert {c.file for c in approved} == {"000.png", "002.png"}
        assert len(approved) == sum(c.file in ("000.png", "002.png") for c in found) - 1
        items = {item.id for item in load_manifest(project.manifest_path).items}
        assert {c.id for c in approved} <= items
        # Undo and redo reach what has moved, and what is outdated.
        step = project.undo()
        assert step is not None
        undone = [project.catalogue.candidate(identity) for identity in step.candidate_ids]
        assert {c.file for c in undone} == {"000.png", "001.png", "002.png"}
        assert {(c.state, c.caption) for c in undone} == {(State.PENDING, "")}
        assert project.redo() is not None
    # The former content comes back, and the decisions with it.
    (album / "000a.png").unlink()
    write_stills(tmp_path / "again", [1, 2, 3])
    (tmp_path / "again" / "001.png").rename(album / "001.png")
    result_of(scan([album], folder, kinds=kinds, jobs=1))
    with Project(folder, "ada") as project:
        back = [c for c in project.catalogue.candidates() if c.kind in kinds]
        assert {c.id: c.state for c in back} == {c: said.state for c, said in decided.items()}
        assert not any(c.outdated for c in back)
