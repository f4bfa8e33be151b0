"""Decisions that follow their pictures when the folder these are in changes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.products.proposal import Proposal
from engine.project.candidate import Candidate, Standing
from engine.project.manifest import load_manifest
from engine.project.project import Project
from engine.recipe import KeeperRecipe, candidate_id
from engine.values import Box, Kind, PictureFile, Scene, Shot, Source, State
from tests.engine.project.made import made_scene

WHOLE = Box(0, 0, 1920, 1080)
FORMER = replace(made_scene("album").source, id="aa" * 8, frames=3)
NOW = replace(FORMER, id="bb" * 8, frames=4)
FILES = [PictureFile(f"{name}.png", name) for name in ("a", "b", "c")]
MORE = [PictureFile("0.png", "0"), *FILES]


def scanned(project: Project, source: Source, files: list[PictureFile]) -> int:
    """Do what a scan does with a folder of stills: each is a keeper."""
    catalogue = project.catalogue
    catalogue.put_source(source, files)
    followed = project.follow_pictures(source)
    catalogue.retire_others_at(source)
    if not catalogue.is_analysed(source.id):
        for frame in range(len(files)):
            scene = replace(
                made_scene(), number=frame + 1, source=source, shot=Shot(frame, frame + 1)
            )
            catalogue.put_scene(scene)
            propose(project, scene)
        catalogue.finish_analysis(source.id, len(files), len(files))
    return followed


def propose(project: Project, scene: Scene) -> None:
    found = Proposal(KeeperRecipe(WHOLE, scene.shot.start), WHOLE.size, 0.8, "sharpest")
    project.catalogue.put_proposals(scene, [(found, "")], [], list(Kind))


def keeper(source: Source, frame: int) -> str:
    return candidate_id(source.id, KeeperRecipe(WHOLE, frame))


def listed(project: Project) -> dict[str, Candidate]:
    return {c.id: c for c in project.catalogue.candidates()}


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "p.cuttingroom", "ada") as project:
        scanned(project, FORMER, FILES)
        yield project


def test_a_flag_follows_its_picture_though_a_scan_was_stopped_before_it_came_to_it(
    ada: Project,
) -> None:
    ada.decide({keeper(FORMER, 1): Standing(flag=True)})
    ada.catalogue.put_source(NOW, MORE)
    assert ada.follow_pictures(NOW) == 1
    ada.catalogue.retire_others_at(NOW)
    again = replace(NOW, id="cc" * 8, frames=5)
    assert scanned(ada, again, [PictureFile("00.png", "00"), *MORE]) == 1
    assert [c.frames for c in listed(ada).values() if c.flag] == [(3, 4)]


def test_what_is_said_of_a_former_picture_later_leaves_the_present_one_in_the_list(
    ada: Project,
) -> None:
    ada.decide({keeper(FORMER, 1): Standing(State.APPROVED)})
    assert scanned(ada, NOW, MORE) == 1
    # In a room that has been open since before.
    ada.decide({keeper(FORMER, 1): Standing(flag=True)})
    assert scanned(ada, NOW, MORE) == 1
    now = listed(ada)[keeper(NOW, 2)]
    assert (now.state, now.flag) == (State.PENDING, True)
    assert len(listed(ada)) == len(MORE)


def test_reviewers_who_disagree_on_a_picture_still_do_when_it_has_another_number(
    ada: Project,
) -> None:
    ada.decide({keeper(FORMER, 0): Standing(State.APPROVED, caption="a hill")})
    with Project(ada.folder, "bob") as bob:
        bob.decide({keeper(FORMER, 0): Standing(State.REJECTED)})
    assert scanned(ada, NOW, MORE) == 1
    said = {"ada": State.APPROVED, "bob": State.REJECTED}
    assert ada.catalogue.disputes() == {keeper(NOW, 1): said}
    now = listed(ada)[keeper(NOW, 1)]
    assert (now.state, now.who) == (State.REJECTED, "bob")


def test_once_all_has_followed_nothing_of_the_former_content_is_listed(ada: Project) -> None:
    ada.decide({keeper(FORMER, 0): Standing(State.APPROVED)})
    scanned(ada, NOW, MORE)
    assert {c.source_id for c in listed(ada).values()} == {NOW.id}
    assert {scene.source.id for scene in ada.catalogue.scenes()} == {NOW.id}


def test_undo_and_redo_reach_behind_a_follow_to_the_picture_that_was_meant(ada: Project) -> None:
    ada.decide({keeper(FORMER, frame): Standing(State.APPROVED) for frame in (0, 1)})
    narrow = replace(KeeperRecipe(WHOLE, 1), picture=Box(0, 0, 1440, 1080))
    ada.decide(
        {keeper(FORMER, 1): Standing(State.APPROVED, narrow, (1440, 1080), caption="a hill")}
    )
    ada.decide({keeper(FORMER, 1): Standing(State.REJECTED)})
    assert scanned(ada, NOW, MORE) == 2
    again = replace(NOW, id="cc" * 8, frames=5)
    scanned(ada, again, [PictureFile("00.png", "00"), *MORE])
    hill = keeper(again, 3)
    step = ada.undo()
    assert step is not None
    assert step.candidate_ids == (hill,)
    now = ada.catalogue.candidate(hill)
    assert (now.state, now.caption, now.size) == (State.APPROVED, "a hill", (1440, 1080))
    assert now.recipe == replace(narrow, frame=3)
    assert f'id = "{hill}"' in ada.manifest_path.read_text()
    ada.undo()
    assert not ada.catalogue.candidate(hill).tweaked
    ada.undo()
    assert {c.state for c in listed(ada).values()} == {State.PENDING}
    assert "[[item]]" not in ada.manifest_path.read_text()
    assert ada.undo() is None
    for _ in range(3):
        ada.redo()
    assert {c.frames[0]: c.state for c in listed(ada).values() if c.state is not State.PENDING} == {
        2: State.APPROVED,
        3: State.REJECTED,
    }
    assert ada.redo() is None


def test_undo_finds_a_picture_that_went_away_from_its_number_and_came_back(ada: Project) -> None:
    ada.decide({keeper(FORMER, 1): Standing(State.APPROVED)})
    scanned(ada, NOW, MORE)
    ada.decide({keeper(NOW, 2): Standing(State.APPROVED, rating=4)})
    assert scanned(ada, FORMER, FILES) == 1
    for rating, state in ((0, State.APPROVED), (0, State.PENDING)):
        step = ada.undo()
        assert step is not None
        assert step.candidate_ids == (keeper(FORMER, 1),)
        now = ada.catalogue.candidate(keeper(FORMER, 1))
        assert (now.rating, now.state) == (rating, state)


def test_undo_leaves_what_somebody_else_decided_before_the_pictures_moved(ada: Project) -> None:
    ada.decide({keeper(FORMER, 0): Standing(State.APPROVED)})
    with Project(ada.folder, "bob") as bob:
        bob.decide({keeper(FORMER, 0): Standing(State.REJECTED)})
        scanned(ada, NOW, MORE)
        assert ada.undo() is None
        assert listed(ada)[keeper(NOW, 1)].state is State.REJECTED
        assert bob.undo() is not None
    assert listed(ada)[keeper(NOW, 1)].state is State.APPROVED


def test_the_manifest_names_a_picture_by_its_new_number_as_soon_as_its_decision_has_followed(
    ada: Project,
) -> None:
    ada.decide({keeper(FORMER, 1): Standing(State.APPROVED)})
    ada.catalogue.put_source(NOW, MORE)
    assert ada.follow_pictures(NOW) == 1  # and then the scan is killed
    assert [item.id for item in load_manifest(ada.manifest_path).items] == [keeper(NOW, 2)]
    assert ada.follow_pictures(NOW) == 0
