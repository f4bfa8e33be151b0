"""Scans that are stopped, repeated, doubled or set on changed footage."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks import kill_scan
from engine.analysis.logos import LogoFinder
from engine.analysis.shots import Memory
from engine.errors import ProjectError
from engine.events import Advanced, Event, Noted, result_of
from engine.files import followed_path, proxies_path
from engine.footage.known import load_known
from engine.footage.sources import open_source
from engine.pipeline import ScanResult, scan
from engine.project.candidate import Standing
from engine.project.project import Project
from engine.project.rules import parse_rule
from engine.recipe import PanoramaRecipe, changed
from engine.redraw import preview_of
from engine.scenes import (
    Place,
    SceneFound,
    analyse,
    analyse_source,
    load_place,
    probe,
    save_place,
)
from engine.values import Image, Kind, State, Transition
from tests.synthetic import texture, window, write_video


def film(seed: int = 0) -> Iterator[Image]:
    """Two shots: a pan and a still."""
    wide = texture(200, 700, seed + 1)
    for number in range(36):
        yield window(wide, 8.0 * number, 8, (320, 180))
    still = texture(180, 320, seed + 2)
    yield from (still for _ in range(20))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", film())


def rows(folder: Path) -> list[tuple[str, str, str]]:
    with Project(folder) as project:
        return [(c.id, c.kind, c.state) for c in project.catalogue.candidates()]


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """What an undisturbed scan proposes."""
    folder = tmp_path_factory.mktemp("whole") / "p.cuttingroom"
    result_of(scan([source], folder, jobs=1))
    return rows(folder)


def test_a_scan_that_is_stopped_anywhere_goes_on_to_the_same_candidates(
    source: Path, tmp_path: Path, whole: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path / "p.cuttingroom"
    for events in (3, 6):
        work = scan([source], folder, jobs=1)
        for _ in range(events):
            next(work, None)
        work.close()
    result_of(scan([source], folder, jobs=2))
    assert rows(folder) == whole
    assert {"panorama", "keeper"} <= {kind for _, kind, _ in whole}


def test_scanning_for_more_kinds_adds_them_and_keeps_decisions(
    source: Path, tmp_path: Path, whole: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path / "p.cuttingroom"
    result_of(scan([source], folder, kinds=[Kind.KEEPER], jobs=1))
    keepers = [row for row in rows(folder) if row[1] == "keeper"]
    assert keepers == [row for row in whole if row[1] == "keeper"]
    with Project(folder) as project:
        project.decide({keepers[0][0]: Standing(State.APPROVED)})
    shutil.rmtree(folder / "proxies")
    result_of(scan([source], folder, jobs=1))
    assert [row[0] for row in rows(folder)] == [row[0] for row in whole]
    assert (keepers[0][0], "keeper", "approved") in rows(folder)


def test_what_is_found_out_beside_the_analysis_is_kept_too(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p.cuttingroom"
    result = result_of(scan([source], folder, kinds=[Kind.KEEPER]))
    known = load_known(folder / "proxies", result.sources[0].id)
    assert known is not None
    assert known.left_sited is not None


def test_the_reading_bar_ends_full(source: Path, tmp_path: Path) -> None:
    read = [
        event
        for event in scan([source], tmp_path / "p", jobs=1)
        if isinstance(event, Advanced) and event.stage.startswith("reading")
    ]
    assert read[-1].done == read[-1].total > 0


def test_one_film_by_two_paths_is_one_source(source: Path, tmp_path: Path) -> None:
    link = tmp_path / "again.mp4"
    link.symlink_to(source)
    said: list[Event] = []
    work = scan([source, link], tmp_path / "p.cuttingroom", kinds=[Kind.KEEPER], jobs=2)
    while True:
        try:
            said.append(next(work))
        except StopIteration as stop:
            result: ScanResult = stop.value
            break
    assert len(result.sources) == 1
    assert Noted("again.mp4 is a source that was named already") in said


def test_sources_stay_in_the_order_they_were_named_and_one_that_cannot_be_read_is_told(
    source: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    short = write_video(tmp_path / "short.mp4", [*film(3)][-4:])
    folder = tmp_path / "p.cuttingroom"
    work = scan([broken, source, short], folder, kinds=[Kind.KEEPER], jobs=2)
    result: ScanResult = result_of(work)
    assert [one.name for one in result.sources] == ["film.mp4", "short.mp4"]
    assert [failed.what for failed in result.failed] == ["broken.mp4"]


def test_a_second_scan_at_the_same_time_is_refused(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p.cuttingroom"
    Project.create(folder).close()
    with (folder / ".scan.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(ProjectError, match="another scan is at work"):
            result_of(scan([source], folder))
    assert (folder / "catalog.sqlite").is_file()


def test_a_film_that_changed_is_a_new_source_and_the_old_proposals_go(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", film())
    folder = tmp_path / "p.cuttingroom"
    result_of(scan([path], folder, kinds=[Kind.KEEPER], jobs=1))
    before = {identity for identity, kind, _ in rows(folder) if kind == "keeper"}
    write_video(path, film(seed=5))
    result_of(scan([path], folder, kinds=[Kind.KEEPER], jobs=1))
    after = {identity for identity, kind, _ in rows(folder) if kind == "keeper"}
    assert after
    assert not before & after


def test_what_is_decided_on_a_film_that_changed_is_told_once_and_can_be_chosen(
    tmp_path: Path,
) -> None:
    path, folder = tmp_path / "film.mp4", tmp_path / "p.cuttingroom"
    write_video(path, film(seed=4))
    result_of(scan([path], folder, kinds=[Kind.KEEPER], jobs=1))
    with Project(folder) as project:
        first, *_ = project.catalogue.candidates(kind=Kind.KEEPER)
        project.decide({first.id: Standing(State.APPROVED)})
        assert not project.catalogue.outdated_sources()
    write_video(path, film(seed=5))
    for times in (1, 0):
        told = [e.text for e in scan([path], folder, kinds=[Kind.KEEPER]) if isinstance(e, Noted)]
        assert sum("film.mp4 has changed; 1 decision is kept" in text for text in told) == times
    with Project(folder) as project:
        found = [c for c in project.catalogue.candidates() if parse_rule("outdated=yes").holds(c)]
        assert [c.id for c in found] == [first.id]
        assert project.catalogue.outdated_sources() == {first.source_id}


def test_of_a_film_that_changed_only_scenes_that_were_decided_on_stay(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", film())
    content = path.read_bytes()
    folder = tmp_path / "p.cuttingroom"
    result_of(scan([path], folder, kinds=[Kind.KEEPER], jobs=1))
    with Project(folder) as project:
        first, *others = project.catalogue.candidates(kind=Kind.KEEPER)
        project.decide({first.id: Standing(State.APPROVED)})
        known = [(scene.source.id, scene.number) for scene in project.catalogue.scenes()]
    write_video(path, film(seed=5))
    result_of(scan([path], folder, kinds=[Kind.KEEPER], jobs=1))
    with Project(folder) as project:
        listed = [(scene.source.id, scene.number) for scene in project.catalogue.scenes()]
    assert [scene for scene in listed if scene in known] == [(first.source_id, first.scene)]
    path.write_bytes(content)
    result_of(scan([path], folder, kinds=[Kind.KEEPER], jobs=1))
    with Project(folder) as project:
        assert [(s.source.id, s.number) for s in project.catalogue.scenes()] == known
        again = {candidate.id for candidate in project.catalogue.candidates(kind=Kind.KEEPER)}
    assert again == {first.id, *(candidate.id for candidate in others)}


def one_set(frames: int) -> Iterator[Image]:
    """Another set between two shots of one; somebody walks through each of them."""
    for number, wide in enumerate(texture(120, 192, seed) for seed in (1, 2, 1)):
        for frame in range(frames):
            picture = wide.copy()
            picture[40 + 20 * number : 80 + 10 * number, 2 * frame : 2 * frame + 20] = 30
            yield picture


def test_no_scene_returns_to_a_film_that_has_changed(tmp_path: Path) -> None:
    path, folder = tmp_path / "film.mp4", tmp_path / "p.cuttingroom"
    # Where there is a choice, a set is first seen in the film that is first by its content's name.
    films = [write_video(tmp_path / f"{n}.mp4", one_set(n)) for n in (40, 41, 42)]
    made = {open_source(each).source.id: each.read_bytes() for each in films}
    first, other = min(made), max(made)
    for content in (made[first], made[other]):
        path.write_bytes(content)
        result_of(scan([path], folder, kinds=[Kind.KEEPER], jobs=1))
        with Project(folder) as project:
            said = {c.id: Standing(State.APPROVED) for c in project.catalogue.candidates()}
            project.decide(said)
    with Project(folder) as project:
        assert {scene.source.id for scene in project.catalogue.scenes()} == {first, other}
        sets = project.catalogue.same_sets()
    assert {(place, told.first) for place, told in sets.items()} == {((other, 3), (other, 1))}


def test_a_scan_stopped_before_its_first_scene_leaves_no_project(
    source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "p.cuttingroom"
    work = scan([source], folder, jobs=1)
    while not folder.exists():
        next(work)
    work.close()
    assert not folder.exists()


def test_every_picture_has_a_preview_and_can_be_drawn_anew_without_it(
    source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "p.cuttingroom"
    result_of(scan([source], folder, jobs=1))
    with Project(folder) as project:
        pictures = [c for c in project.catalogue.candidates() if c.kind is not Kind.REPORT]
        assert all(project.preview_path(c) for c in pictures)
        panorama = next(c for c in pictures if c.kind is Kind.PANORAMA)
        drawn = result_of(preview_of(project, panorama, panorama.recipe))
        width, height = panorama.size
        assert drawn.image.shape[1] / drawn.image.shape[0] == pytest.approx(width / height, 0.02)


def test_a_redraw_shows_what_was_proposed_also_where_what_the_scan_knew_of_its_move_is_gone(
    source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "p.cuttingroom"
    result_of(scan([source], folder, jobs=1))
    with Project(folder) as project:
        panorama = project.catalogue.candidates(kind=Kind.PANORAMA)[0]
        recipe = panorama.recipe
        assert isinstance(recipe, PanoramaRecipe)
        assert result_of(preview_of(project, panorama, recipe)).score == panorama.score
        path = followed_path(folder, panorama.source_id, panorama.scene)
        known = path.read_bytes()
        path.unlink()
        result_of(preview_of(project, panorama, changed(recipe, extent="full")))
        assert path.read_bytes() == known


def five_shots() -> Iterator[Image]:
    for number in range(5):
        wide = texture(120, 400, number + 1)
        for frame in range(40):
            yield window(wide, 3.0 * frame if number % 2 else 20.0, 6, (192, 108))


def test_an_analysis_in_parts_finds_what_one_in_one_go_does(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", five_shots())
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    with open_source(path) as footage:
        source = footage.source.id
        expected = [m for m in analyse(footage, whole) if isinstance(m, SceneFound)]
        found: list[SceneFound] = []
        while not found or found[-1].place is not None:
            since = found[-1].place if found else None
            if since is not None:
                save_place(tmp_path, "film", since)
                since = load_place(tmp_path, "film")
                assert since is not None
            found += [m for m in analyse(footage, parts, since, 1) if isinstance(m, SceneFound)]
    assert len(expected) == 5
    for one, other in zip(expected, found, strict=True):
        assert (one.scene.number, one.scene.shot) == (other.scene.number, other.scene.shot)
        assert one.scene.picture == other.scene.picture
        np.testing.assert_array_equal(one.scene.motion.path, other.scene.motion.path)
        np.testing.assert_array_equal(one.scene.facts.sharpness, other.scene.facts.sharpness)
        proxies, again = (proxies_path(p, source, one.scene.number) for p in (whole, parts))
        assert proxies.read_bytes() == again.read_bytes()


def test_an_analysis_whose_place_is_lost_begins_anew(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", five_shots())
    Project.create(tmp_path / "p.cuttingroom").close()
    *_, opened = probe(path)
    dark = np.zeros((108, 192), np.uint8)
    nowhere = Place(1, Memory(50, Transition.CUT, 0, dark, 50, LogoFinder()))
    messages = analyse_source(opened, tmp_path / "p.cuttingroom", nowhere, 0)
    numbers = [m.scene.number for m in messages if isinstance(m, SceneFound)]
    assert numbers == [1, 2, 3, 4, 5]


def test_a_scan_killed_again_and_again_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", five_shots())
    whole, killed = tmp_path / "whole.cuttingroom", tmp_path / "killed.cuttingroom"
    result_of(scan([path], whole, kinds=[Kind.KEEPER], jobs=2))
    command = [*kill_scan.command(path, killed), "--only", "keeper"]
    for reached in ((1, 0), (3, 0), (5, 2)):
        kill_scan.killed_at(command, killed, *reached)
    result_of(scan([path], killed, kinds=[Kind.KEEPER], jobs=2))
    assert kill_scan.compared(kill_scan.contents(whole), kill_scan.contents(killed)) == []
