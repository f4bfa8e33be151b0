"""Decisions that follow their pictures when the folder these are in changes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.products.proposal import Proposal
from engine.project.candidate import Candidate, Standing
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
    followed = catalogue.follow_pictures(source)
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
    assert ada.catalogue.follow_pictures(NOW) == 1
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
