"""Several people on one project: nobody's decision is lost by another's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ProjectError
from engine.project.candidate import Standing
from engine.project.project import Project
from engine.recipe import changed
from engine.values import Kind, State
from tests.engine.project.made import CROP, made_project, made_scene


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Project]:
    with made_project(tmp_path / "a.cuttingroom", "ada") as project:
        yield project


@pytest.fixture
def grace(ada: Project) -> Iterator[Project]:
    with Project(ada.folder, "grace") as project:
        yield project


def state(project: Project, kind: Kind) -> State:
    return project.catalogue.candidates(kind=kind)[0].state


def test_an_undo_leaves_what_somebody_else_decided_since(ada: Project, grace: Project) -> None:
    plate = ada.catalogue.candidates(kind=Kind.PLATE)[0].id
    ada.decide({plate: Standing(State.APPROVED)})
    grace.decide({plate: Standing(State.REJECTED)})
    assert ada.undo() is None
    assert state(ada, Kind.PLATE) is State.REJECTED
    assert grace.undo() is not None
    assert state(ada, Kind.PLATE) is State.APPROVED


def test_a_bulk_undo_takes_back_the_rest_and_counts_what_it_left(
    ada: Project, grace: Project
) -> None:
    ids = [c.id for c in ada.catalogue.candidates()]
    ada.decide({identity: Standing(State.APPROVED) for identity in ids})
    grace.decide({ids[0]: Standing(State.REJECTED)})
    step = ada.undo()
    assert step is not None
    assert (set(step.candidate_ids), step.left) == (set(ids[1:]), 1)
    assert state(ada, Kind.PLATE) is State.REJECTED
    assert state(ada, Kind.CROP) is State.PENDING


def test_a_change_is_made_to_the_newest_standing_not_to_the_one_read(
    ada: Project, grace: Project
) -> None:
    crop = ada.catalogue.candidates(kind=Kind.CROP)[0].id
    tweak = changed(CROP, side=640)
    grace.decide({crop: Standing(State.PENDING, tweak, (640, 640))})
    ada.decide({crop: lambda standing: replace(standing, state=State.APPROVED)})
    found = ada.catalogue.candidate(crop)
    assert (found.state, found.recipe) == (State.APPROVED, tweak)


def test_a_decision_whose_manifest_cannot_be_written_is_not_made(ada: Project) -> None:
    plate = ada.catalogue.candidates(kind=Kind.PLATE)[0].id
    before = ada.manifest_path.read_text()

    def fail() -> bytes:
        raise OSError("no space left")

    ada._approved.text = fail  # type: ignore[method-assign]
    with pytest.raises(OSError, match="no space"):
        ada.decide({plate: Standing(State.APPROVED)})
    assert state(ada, Kind.PLATE) is State.PENDING
    assert ada.manifest_path.read_text() == before
    assert not list(ada.folder.glob(".*.tmp*"))
    del ada._approved.text
    ada.decide({plate: Standing(State.APPROVED)})
    assert plate in ada.manifest_path.read_text()


def test_a_damaged_catalogue_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "b.cuttingroom"
    folder.mkdir()
    (folder / "catalog.sqlite").write_bytes(b"garbage, not a database" * 100)
    with pytest.raises(ProjectError, match="cannot be"):
        Project.create(folder)
    with pytest.raises(ProjectError, match="cannot be"):
        Project(folder)


def test_a_source_path_of_any_bytes_comes_back(ada: Project) -> None:
    scene = made_scene("caf\udce9.mkv", Path("/films/caf\udce9.mkv"))
    ada.catalogue.put_source(replace(scene.source, id="ff" * 8))
    found = ada.catalogue.source("ff" * 8)
    assert found.path == Path("/films/caf\udce9.mkv")
    assert found.name == r"caf\xe9.mkv"


def test_a_shot_found_again_keeps_what_was_proposed_and_one_that_is_gone_does_not(
    ada: Project,
) -> None:
    scene = made_scene()
    ada.catalogue.put_source(scene.source)
    ada.catalogue.begin_analysis(scene.source.id)
    ada.catalogue.put_scene(scene)
    assert ada.catalogue.unproposed(scene.source.id, list(Kind)) == []
    ada.catalogue.finish_analysis(scene.source.id, 30, 0)
    assert ada.catalogue.candidates() == []
    assert ada.catalogue.scenes() == []


def test_a_changed_source_retires_what_nobody_decided_on(ada: Project) -> None:
    old = ada.catalogue.candidates()
    ada.decide({old[0].id: Standing(State.APPROVED)})
    changed_source = replace(made_scene().source, id="ee" * 8)
    ada.catalogue.put_source(changed_source)
    assert ada.catalogue.retire_others_at(changed_source) == 1
    assert [c.id for c in ada.catalogue.candidates()] == [old[0].id]
    assert ada.catalogue.retire_others_at(changed_source) == 0, "it is told once"
