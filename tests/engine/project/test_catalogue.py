import os
import random
import re
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ProjectError, RecipeError
from engine.products.proposal import Proposal
from engine.project.candidate import Standing, standing_of
from engine.project.catalogue import Catalogue
from engine.project.manifest import load_manifest
from engine.project.project import Project
from engine.project.rules import parse_rule
from engine.project.schema import SCHEMA, SCHEMA_VERSION
from engine.recipe import candidate_id, changed, frames_of
from engine.values import Box, Gradual, Kind, Overlay, SameSet, State, Transition
from tests.engine.project.made import (
    CROP,
    PLATE,
    made_project,
    made_scene,
    put_candidates,
    spoil,
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made_project(tmp_path / "a.cuttingroom")


def states(project: Project) -> dict[str, str]:
    return {str(c.kind): str(c.state) for c in project.catalogue.candidates()}


def test_what_was_put_comes_back_the_same(project: Project) -> None:
    plate, keeper, crop = project.catalogue.candidates()
    assert plate.recipe == PLATE
    assert crop.recipe == CROP
    assert crop.parent == keeper.parent == plate.id
    assert plate.tags == ("no humans",)
    assert crop.why == ("face 0.74",)
    (scene,) = project.catalogue.scenes()
    assert scene.shot == made_scene().shot
    assert scene.source == made_scene().source
    assert project.catalogue.skipped()[0][2].reason == "the camera stands still"


def test_what_a_scan_writes_unhurried_is_there_for_others_and_decisions_wait_for_the_disk_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waits() -> int:
        level: int = project.catalogue._db.execute("PRAGMA synchronous").fetchone()[0]
        return level

    synced: list[int] = []

    def note(file: int, sync: Callable[[int], None] = os.fsync) -> None:
        synced.append(os.fstat(file).st_ino)
        sync(file)

    monkeypatch.setattr(os, "fsync", note)
    before = waits()
    with project.catalogue.unhurried():
        assert waits() < before
        put_candidates(project, made_scene(), score=0.25)
        with Catalogue(project.folder / "catalog.sqlite") as other:
            assert {c.score for c in other.candidates(kind=Kind.PLATE)} == {0.25}
    assert waits() == before
    journal = project.folder / "catalog.sqlite-wal"
    assert synced[-1] == journal.stat().st_ino, "what was written is on the disk at the end"


def test_a_rescan_keeps_ids_and_decisions(project: Project) -> None:
    before = [c.id for c in project.catalogue.candidates()]
    project.decide({before[0]: Standing(State.APPROVED)})
    again = put_candidates(project, made_scene(), score=0.95)
    assert again == before
    plate = project.catalogue.candidate(before[0])
    assert plate.state is State.APPROVED
    assert plate.score == 0.95


def test_what_a_rescan_no_longer_proposes_goes_unless_it_was_decided(project: Project) -> None:
    _, keeper, crop = project.catalogue.candidates()
    project.decide({crop.id: Standing(State.APPROVED)})
    project.catalogue.put_proposals(made_scene(), [], [], list(Kind))
    assert [c.id for c in project.catalogue.candidates()] == [crop.id]
    with pytest.raises(ProjectError, match="no candidate"):
        project.catalogue.candidate(keeper.id)


def test_undo_and_redo_walk_the_whole_journal_even_after_closing(project: Project) -> None:
    plate, keeper, crop = project.catalogue.candidates()
    project.decide({plate.id: Standing(State.APPROVED)})
    project.decide({keeper.id: Standing(State.REJECTED), crop.id: Standing(State.APPROVED)})
    project.decide({plate.id: Standing(State.REJECTED)})
    project.close()

    with Project(project.folder, "ada") as again:
        assert again.undo() is not None
        assert states(again) == {"plate": "approved", "keeper": "rejected", "crop": "approved"}
        again.undo()
        assert states(again) == {"plate": "approved", "keeper": "pending", "crop": "pending"}
        again.undo()
        assert set(states(again).values()) == {"pending"}
        assert again.undo() is None
        for _ in range(3):
            assert again.redo() is not None
        assert states(again) == {"plate": "rejected", "keeper": "rejected", "crop": "approved"}
        assert again.redo() is None


def test_a_new_decision_after_an_undo_ends_what_could_be_redone(project: Project) -> None:
    plate, keeper, _ = project.catalogue.candidates()
    project.decide({plate.id: Standing(State.APPROVED)})
    project.undo()
    project.decide({keeper.id: Standing(State.APPROVED)})
    assert project.redo() is None


def test_undo_takes_back_ones_own_step_and_leaves_the_others(project: Project) -> None:
    plate, keeper, _ = project.catalogue.candidates()
    project.decide({plate.id: Standing(State.APPROVED)})
    with Project(project.folder, "grace") as other:
        other.decide({keeper.id: Standing(State.REJECTED)})
    project.undo()
    assert states(project) == {"plate": "pending", "keeper": "rejected", "crop": "pending"}


def test_a_tweak_is_a_decision_that_undo_takes_back(project: Project) -> None:
    crop = project.catalogue.candidates(kind=Kind.CROP)[0]
    tweak = changed(CROP, x=164, side=640)
    project.decide({crop.id: Standing(State.APPROVED, tweak, (640, 640))})
    tweaked = project.catalogue.candidate(crop.id)
    assert (tweaked.recipe, tweaked.size, tweaked.tweaked) == (tweak, (640, 640), True)
    assert standing_of(tweaked).tweak == tweak
    project.undo()
    back = project.catalogue.candidate(crop.id)
    assert (back.recipe, back.size, back.tweaked) == (CROP, (512, 512), False)


def test_a_decision_on_an_unknown_candidate_changes_nothing(project: Project) -> None:
    plate = project.catalogue.candidates()[0]
    with pytest.raises(ProjectError, match="no candidate 'crop-nonsense'"):
        project.decide({plate.id: Standing(State.APPROVED), "crop-nonsense": Standing()})
    assert project.catalogue.candidate(plate.id).state is State.PENDING


def test_other_peoples_decisions_can_be_followed(project: Project) -> None:
    seen = project.catalogue.newest_decision()
    plate = project.catalogue.candidates()[0]
    with Project(project.folder, "grace") as other:
        other.decide({plate.id: Standing(State.APPROVED)})
    (found,) = project.catalogue.decided_since(seen)
    assert (found.id, found.state, found.who) == (plate.id, State.APPROVED, "grace")


def test_many_reviewers_at_once_lose_no_decision_and_the_manifest_is_newest(
    project: Project,
) -> None:
    ids = [c.id for c in project.catalogue.candidates()]

    def decide(who: str) -> None:
        with Project(project.folder, who) as mine:
            for turn in range(6):
                state = State.APPROVED if turn % 2 else State.REJECTED
                mine.decide({ids[turn % 3]: Standing(state)})

    threads = [threading.Thread(target=decide, args=(f"r{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert project.catalogue.newest_decision() == 24
    text = project.manifest_path.read_text()
    for candidate in project.catalogue.candidates():
        assert (f'id = "{candidate.id}"' in text) == (candidate.state is State.APPROVED)


def test_a_catalogue_of_every_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "a.cuttingroom" / "catalog.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        # SQLite cannot drop a column from a table whose last one has a comment.
        db.executescript(re.sub(r"--.*", "", SCHEMA))
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    project = made_project(path.parent)
    plate = project.catalogue.candidates(kind=Kind.PLATE)[0]
    project.decide({plate.id: Standing(State.APPROVED, tags=("street",))})
    project.close()
    added = {
        6: ["decision DROP COLUMN caption"],
        4: ["scene DROP COLUMN gradual"],
        3: ["scene DROP COLUMN overlays"],
        2: ["decision DROP COLUMN rating", "decision DROP COLUMN flag"],
        1: ["candidate DROP COLUMN like_id"],
    }
    for version in range(SCHEMA_VERSION - 1, 0, -1):
        with closing(sqlite3.connect(path)) as db:
            if version <= 7:
                db.execute("DROP TABLE IF EXISTS file")
            if version <= 5:
                db.execute("DROP TABLE IF EXISTS same_set")
            if version == 1:
                db.execute("DROP INDEX candidate_like")
            for newer, changes in added.items():
                for change in changes if newer >= version else ():
                    db.execute(f"ALTER TABLE {change}")
            db.execute(f"PRAGMA user_version = {version}")
        with Project(project.folder, "ada") as again:
            found = again.catalogue.candidate(plate.id)
            assert (found.tags, found.state, found.caption) == (("street",), State.APPROVED, "")
            again.decide({plate.id: replace(standing_of(found), caption=f"from {version}")})
            assert again.catalogue.candidate(plate.id).caption == f"from {version}"
            assert again.undo() is not None


def test_a_caption_is_one_line_that_undo_takes_back_and_the_manifest_holds(
    project: Project,
) -> None:
    plate = project.catalogue.candidates(kind=Kind.PLATE)[0]
    project.decide({plate.id: Standing(State.APPROVED)})
    project.decide({plate.id: lambda said: replace(said, caption="A street,\n at \x1bnight.")})
    found = project.catalogue.candidate(plate.id)
    assert (found.caption, found.state) == ("A street, at ?night.", State.APPROVED)
    (item,) = load_manifest(project.manifest_path).items
    assert item.caption == "A street, at ?night."
    project.undo()
    assert project.catalogue.candidate(plate.id).caption == ""
    assert load_manifest(project.manifest_path).items[0].caption == ""
    project.redo()
    assert project.catalogue.candidate(plate.id).caption == "A street, at ?night."


def test_the_manifest_of_many_keys_is_that_of_one_look_at_the_catalogue(tmp_path: Path) -> None:
    """Steps of one, of many, of others and of a rescan, against a project opened afresh."""
    rng = random.Random(7)
    project = made_project(tmp_path / "a.cuttingroom")
    scene = made_scene()
    ids = [c.id for c in project.catalogue.candidates()]
    for step in range(40):
        some = rng.sample(ids, rng.randint(1, 3))
        if step % 9 == 4:
            put_candidates(project, scene, score=rng.random())
        if step % 7 == 3:
            with Project(project.folder, "grace") as other:
                other.decide({some[0]: Standing(rng.choice(list(State)))})
        if step % 5 == 2:
            project.undo()
        said = Standing(rng.choice(list(State)), rating=rng.randint(0, 5), caption=f"{step % 3}")
        project.decide(dict.fromkeys(some, said))
        written = project.manifest_path.read_bytes()
        with Project(project.folder, "hal") as fresh:
            fresh.save_manifest()
            assert fresh.manifest_path.read_bytes() == written
            approved = fresh.catalogue.candidates(state=State.APPROVED)
        assert [item.id for item in load_manifest(project.manifest_path).items] == [
            candidate.id for candidate in approved
        ]


def approved(project: Project) -> list[str]:
    return [item.id.split("-")[0] for item in load_manifest(project.manifest_path).items]


def test_an_approved_recipe_that_cannot_be_read_costs_the_manifest_no_other(
    project: Project,
) -> None:
    ids = {c.kind: c.id for c in project.catalogue.candidates()}
    project.decide(dict.fromkeys(ids.values(), Standing(State.APPROVED)))
    spoil(project.folder, "keeper")
    with Project(project.folder, "grace") as again:
        again.decide({ids[Kind.CROP]: Standing(State.APPROVED, rating=4)})
        assert approved(again) == ["plate", "crop"]
        again.decide({ids[Kind.KEEPER]: Standing(State.REJECTED)})
        assert approved(again) == ["plate", "crop"]
        with pytest.raises(RecipeError, match=f"{ids[Kind.KEEPER]}: its recipe cannot be read"):
            again.decide({ids[Kind.KEEPER]: Standing(State.APPROVED)})
        again.undo()
        assert states(again)["keeper"] == "approved"
        spoil(project.folder, "keeper", '{"picture": [0, 4, 1920, 1072], "frame": 7}')
        again.save_manifest()
        assert approved(again) == ["plate", "keeper", "crop"], "nothing was lost"


def test_a_tweak_that_cannot_be_read_goes_when_it_is_reset_and_comes_back_by_undo(
    project: Project,
) -> None:
    crop = project.catalogue.candidates(kind=Kind.CROP)[0]
    project.decide({crop.id: Standing(State.APPROVED, changed(CROP, x=8), (512, 512))})
    spoil(project.folder, "crop", '{"x": "left"}', tweak=True)
    assert approved(project) == ["crop"]
    project.save_manifest()
    with Project(project.folder, "grace") as again:
        again.save_manifest()
        assert approved(again) == []
        again.decide({crop.id: lambda standing: replace(standing, state=State.PENDING)})
        assert again.catalogue.candidate(crop.id).recipe == CROP
        again.undo()
        assert again.catalogue.candidate(crop.id).tweak_json == '{"x": "left"}'


def test_a_manifest_that_somebody_changed_or_removed_is_put_right_by_any_decision(
    project: Project,
) -> None:
    plate, keeper, _ = project.catalogue.candidates()
    project.decide({plate.id: Standing(State.APPROVED)})
    whole = project.manifest_path.read_bytes()
    project.manifest_path.unlink()
    project.decide({keeper.id: Standing(State.REJECTED)})
    assert project.manifest_path.read_bytes() == whole
    project.manifest_path.write_text("schema = 1\n")
    project.decide({keeper.id: Standing(State.SKIPPED)})
    assert project.manifest_path.read_bytes() == whole


def test_a_manifest_edited_in_the_project_is_kept_beside_the_new_one(project: Project) -> None:
    plate, keeper, crop = project.catalogue.candidates()
    project.decide({plate.id: Standing(State.APPROVED)})
    path = project.manifest_path
    assert not project.has_edited_manifest()
    for name in ("approved.edited.toml", "approved.edited-2.toml"):
        edited = path.read_bytes().replace(b"caption = ", f"tags = []\n# {name}\n#".encode())
        path.write_bytes(edited)
        assert project.has_edited_manifest()
        project.decide({keeper.id: Standing(State.APPROVED), crop.id: Standing(State.SKIPPED)})
        project.undo()
        assert not project.has_edited_manifest()
        assert project.set_aside == project.folder / name
        assert (project.folder / name).read_bytes() == edited
    assert len(load_manifest(path).items) == 1


def test_a_manifest_of_an_older_version_was_not_edited(project: Project) -> None:
    plate, _, _ = project.catalogue.candidates()
    project.decide({plate.id: Standing(State.APPROVED)})
    sealed = project.manifest_path.read_bytes()
    project.manifest_path.write_bytes(sealed.partition(b"\n")[2])
    with Project(project.folder, "grace") as again:
        again.save_manifest()
        assert again.manifest_path.read_bytes() == sealed
        assert again.set_aside is None


def test_a_key_that_changes_nothing_approved_leaves_the_manifest_alone(project: Project) -> None:
    plate, keeper, _ = project.catalogue.candidates()
    project.decide({plate.id: Standing(State.APPROVED)})
    before = project.manifest_path.stat()
    project.decide({keeper.id: Standing(State.REJECTED)})
    assert project.manifest_path.stat().st_ino == before.st_ino


def test_a_newer_catalogue_is_left_alone(tmp_path: Path) -> None:
    project = made_project(tmp_path / "b.cuttingroom")
    project.close()
    path = project.folder / "catalog.sqlite"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ProjectError, match="newer version"):
        Catalogue(path)


def put_alike(project: Project) -> list[str]:
    """A crop, and two others that look like it."""
    others = [changed(CROP, x=CROP.x + step) for step in (8, 16)]
    proposals = [Proposal(CROP, (512, 512), 0.7, "face")]
    proposals += [Proposal(other, (512, 512), 0.6, "face", like=CROP) for other in others]
    found = [(proposal, "") for proposal in proposals]
    return project.catalogue.put_proposals(made_scene(), found, [], [Kind.CROP])


def test_what_looks_like_a_better_one_names_it_and_is_counted_there(project: Project) -> None:
    better, *others = put_alike(project)
    catalogue = project.catalogue
    assert [catalogue.candidate(other).like for other in others] == [better, better]
    assert catalogue.candidate(better).alike == 2
    assert [catalogue.candidate(i).folded for i in (better, *others)] == [False, True, True]


def test_what_is_decided_on_stands_for_itself_until_that_is_undone(project: Project) -> None:
    _, other, _ = put_alike(project)
    project.decide({other: Standing(State.APPROVED)})
    assert not project.catalogue.candidate(other).folded
    assert other in project.manifest_path.read_text()
    project.undo()
    assert project.catalogue.candidate(other).folded


def test_what_looks_like_something_that_is_gone_stands_for_itself(project: Project) -> None:
    _, other, _ = put_alike(project)
    project.decide({other: Standing(State.APPROVED)})
    project.catalogue.put_proposals(made_scene(), [], [], [Kind.CROP])
    assert project.catalogue.candidate(other).like == ""


def test_what_is_folded_takes_what_was_under_it_along(project: Project) -> None:
    better, *others = put_alike(project)
    keeper = next(c for c in project.catalogue.candidates() if c.kind is Kind.KEEPER)
    project.catalogue.fold({better: keeper.id})
    assert {project.catalogue.candidate(i).like for i in (better, *others)} == {keeper.id}
    assert project.catalogue.candidate(keeper.id).alike == 3


def test_a_catalogue_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    project = made_project(tmp_path / "b.cuttingroom")
    crop = candidate_id(made_scene().source.id, CROP)
    project.decide({crop: Standing(State.APPROVED)})
    project.close()
    path = project.folder / "catalog.sqlite"
    db = sqlite3.connect(path)
    db.execute("DROP INDEX candidate_like")
    db.execute("ALTER TABLE candidate DROP COLUMN like_id")
    db.executescript(
        "CREATE TABLE older AS SELECT seq, batch, origin, candidate_id, state, tweak, width,"
        " height, tags FROM decision; DROP TABLE decision; ALTER TABLE older RENAME TO decision"
    )
    db.execute("ALTER TABLE scene DROP COLUMN overlays")
    db.execute("ALTER TABLE scene DROP COLUMN gradual")
    db.execute("DROP TABLE same_set")
    db.execute("DROP TABLE file")
    db.execute("PRAGMA user_version = 1")
    db.close()
    with Catalogue(path) as first, Catalogue(path) as second:
        assert first.candidate(crop).state is State.APPROVED
        assert second.candidate(crop).like == ""
        assert second.candidate(crop).rating == 0
        assert first.scenes()[0].overlays == ()


def test_scenes_on_one_set_are_stored_with_how_they_lie_on_each_other(project: Project) -> None:
    told = SameSet(("b" * 16, 7), ("a" * 16, 2), (1.0, 0.0, -12.5, 0.0, 1.0, 3.0), 0.8, 0.9)
    project.catalogue.put_same_sets([SameSet(("a" * 16, 3), told.first, told.move, 1.0, 1.0)])
    project.catalogue.put_same_sets([told])
    assert project.catalogue.same_sets() == {told.scene: told}


def test_what_is_burnt_in_is_stored_with_its_scene(project: Project) -> None:
    overlay = Overlay("subtitle", Box(10, 20, 300, 40), 3, 9)
    scene = replace(made_scene(), overlays=(overlay,))
    project.catalogue.put_scene(scene)
    (kept,) = [s for s in project.catalogue.scenes() if s.number == scene.number]
    assert kept.overlays == (overlay,)
    # What was proposed without knowing of it has to be proposed again.
    assert not project.catalogue.is_proposed(scene, [Kind.PLATE])


def test_fades_and_dissolves_are_stored_with_their_scene(project: Project) -> None:
    change = Gradual(Transition.DISSOLVE, 3, 9)
    scene = replace(made_scene(), gradual=(change,))
    project.catalogue.put_scene(scene)
    (kept,) = [s for s in project.catalogue.scenes() if s.number == scene.number]
    assert kept.gradual == (change,)


def test_a_rating_and_a_flag_are_part_of_what_is_said_and_undone(project: Project) -> None:
    plate = project.catalogue.candidates()[0]
    project.decide({plate.id: Standing(rating=4, flag=True)})
    rated = project.catalogue.candidate(plate.id)
    assert (rated.rating, rated.flag) == (4, True)
    assert parse_rule("rating>=4 flag=yes").holds(rated)
    project.undo()
    assert project.catalogue.candidate(plate.id).rating == 0


def test_a_foreign_folder_is_not_made_a_project(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ProjectError, match="choose another"):
        Project.create(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_manifest_is_never_half_written_and_follows_each_step(project: Project) -> None:
    plate = project.catalogue.candidates()[0]
    project.decide({plate.id: Standing(State.APPROVED)})
    assert plate.id in project.manifest_path.read_text()
    project.undo()
    assert plate.id not in project.manifest_path.read_text()
    assert not list(project.folder.glob("*.tmp*"))


def test_a_crop_reads_the_frames_of_its_base() -> None:
    assert frames_of(CROP) == tuple(f for f in range(30) if f not in (3, 4))


def test_a_dispute_is_what_one_approved_and_another_rejected(project: Project) -> None:
    first, second, *_ = project.catalogue.candidates()
    with Project(project.folder, "noor") as noor, Project(project.folder, "mira") as mira:
        mira.decide({first.id: Standing(State.APPROVED), second.id: Standing(State.APPROVED)})
        assert project.catalogue.disputes() == {}
        noor.decide({first.id: Standing(State.REJECTED), second.id: Standing(State.APPROVED)})
        said = {"mira": State.APPROVED, "noor": State.REJECTED}
        assert project.catalogue.disputes() == {first.id: said}
        noor.undo()
        assert project.catalogue.disputes() == {}
