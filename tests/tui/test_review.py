from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest
from textual.message import Message
from textual.widgets import Static

from engine.project.candidate import Standing
from engine.project.project import Project
from engine.values import Kind, State
from tests.engine.project.made import spoil
from tests.tui.conftest import review_of, settled
from tests.tui.project import (
    KEEPER,
    PANORAMA,
    SHOT,
    held,
    make_project,
    make_scene,
    make_source,
    states,
)
from tui.app import RoomApp
from tui.screens.review import ReviewScreen
from tui.watcher import Loaded, Watcher
from tui.widgets.facts import Facts
from tui.widgets.picture import PictureView
from tui.widgets.scene_list import SceneList
from tui.widgets.text_lines import TextLines
from tui.writer import NotWritten

P, A, R, S = State.PENDING, State.APPROVED, State.REJECTED, State.SKIPPED


def approved_ids(folder: Path) -> list[str]:
    table = tomllib.loads((folder / "approved.toml").read_text())
    return [item["id"] for item in table.get("items", [])]


def current_kind(screen: ReviewScreen) -> Kind | None:
    here = screen.review.current
    return here.kind if here else None


async def test_one_key_decides_moves_on_and_is_on_disk(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("a", "x", "space", "enter", "delete")
        await settled(pilot)
        assert states(folder) == [A, R, S, A, R]
        assert approved_ids(folder) == [
            held(folder, Kind.PANORAMA).id,
            held(folder, Kind.KEEPER).id,
        ]


async def test_the_cursor_moves_on_at_once_but_the_row_waits_for_the_disk(room: RoomApp) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        first = screen.review.current
        assert first is not None
        screen.action_decide("approved")
        assert current_kind(screen) is Kind.PLATE
        assert screen.review.waiting[first.id] == 1
        assert screen.review.candidates[0].state is P
        await settled(pilot)
        assert screen.review.candidates[0].state is A


async def test_undo_takes_back_and_redo_does_again_across_restarts(folder: Path) -> None:
    async with RoomApp(folder, "mira").run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "x")
        await settled(pilot)
    async with RoomApp(folder, "mira").run_test() as pilot:
        await settled(pilot)
        await pilot.press("u", "backspace")
        await settled(pilot, lambda s: s.review.candidates[0].state is P)
        assert states(folder) == [P] * 5
        assert approved_ids(folder) == []
        assert review_of(pilot).review.current == review_of(pilot).review.candidates[0]
        await pilot.press("ctrl+r")
        await settled(pilot, lambda s: s.review.candidates[0].state is A)
        assert states(folder) == [A, P, P, P, P]


async def test_clear_takes_the_verdict_away(room: RoomApp, folder: Path) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "k", "c")
        await settled(pilot)
        assert states(folder) == [P] * 5


async def test_deciding_goes_to_the_next_undecided_and_around_the_end(room: RoomApp) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        await pilot.press("j", "x", "x")
        await settled(pilot)
        await pilot.press("G")
        screen = review_of(pilot)
        assert current_kind(screen) is Kind.REPORT
        await pilot.press("x")
        assert current_kind(screen) is Kind.PANORAMA


async def test_movement_keys_go_where_they_say(room: RoomApp) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("j", "j")
        assert current_kind(screen) is Kind.LAYER
        await pilot.press("up")
        assert current_kind(screen) is Kind.PLATE
        await pilot.press("h")
        assert current_kind(screen) is Kind.PANORAMA
        await pilot.press("l", "l")
        assert current_kind(screen) is None, "the scene that gave nothing"
        await pilot.press("right")
        assert current_kind(screen) is Kind.REPORT
        await pilot.press("g", "g")
        assert current_kind(screen) is Kind.PANORAMA
        await pilot.press("a", "K")
        await settled(pilot)
        assert current_kind(screen) is Kind.REPORT, "round the start, to the last undecided"
        await pilot.press("J")
        assert current_kind(screen) is Kind.PLATE


async def test_who_has_decided_all_reads_at_80_columns_what_to_do_next(room: RoomApp) -> None:
    async with room.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*"aaaaaaaa")
        await settled(pilot, lambda s: "r: bucket report, q: leave" in s.status.lines[0].plain)


async def test_the_picture_comes_back_from_a_report_and_from_a_tiny_terminal(
    room: RoomApp,
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda s: s.query_one(PictureView).has_drawing)
        await pilot.press("G")
        assert not review_of(pilot).query_one(PictureView).display
        await pilot.press("home")
        await settled(pilot, lambda s: s.query_one(PictureView).shows(s.query_one(PictureView).box))
        await pilot.resize_terminal(50, 20)
        await pilot.press("j")
        await pilot.resize_terminal(120, 40)
        await settled(pilot, lambda s: s.query_one(PictureView).shows(s.query_one(PictureView).box))


async def test_a_scene_that_gave_nothing_says_why(room: RoomApp) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        await pilot.press("l", "l")
        words = pilot.app.screen.query_one(PictureView).words
        assert "12 frames are too few" in words


async def test_the_filter_lists_only_what_it_admits(room: RoomApp) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("j", "j", "x")
        await settled(pilot)
        await pilot.press("o", "l", "l", "l", "enter")
        assert screen.review.filter.state == "rejected"
        listed = [screen.review.candidates[p].kind for g in screen.review.shown for p in g.listed]
        assert listed == [Kind.LAYER]
        await pilot.press("o", "c", "j", *["l"] * 5, "escape")
        assert screen.review.filter.kind == "crop"
        assert current_kind(screen) is Kind.CROP


async def test_a_decided_row_leaves_a_filter_on_undecided_and_the_cursor_stays_in_place(
    room: RoomApp,
) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("o", "l", "enter", "j", "a")
        await settled(pilot)
        assert current_kind(screen) is Kind.LAYER
        assert len(screen.review.rows) == 3


async def test_others_decisions_arrive_while_the_room_is_open(room: RoomApp, folder: Path) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        with Project(folder, "noor") as project:
            crop = held(folder, Kind.CROP).id
            project.decide({crop: Standing(State.REJECTED)})
        await settled(pilot, lambda s: getattr(s.review.get(crop), "state", None) is R)
        found = review_of(pilot).review.get(crop)
        assert found is not None
        assert found.who == "noor"


async def test_what_a_running_scan_adds_appears(folder: Path) -> None:
    from engine.products.proposal import Proposal
    from engine.recipe import KeeperRecipe

    async with RoomApp(folder, "mira").run_test() as pilot:
        await settled(pilot)
        await pilot.press("j")
        with Project(folder) as project:
            scene = make_scene(make_source(), 4)
            project.catalogue.put_scene(scene)
            keeper = Proposal(KeeperRecipe(KEEPER.picture, 150), (1920, 1080), 0.9, "sharpest")
            project.catalogue.put_proposals(scene, [(keeper, "")], [], tuple(Kind))
        await settled(pilot, lambda s: len(s.review.candidates) == 9)
        screen = review_of(pilot)
        assert current_kind(screen) is Kind.PLATE, "the cursor stays where it was"
        assert [g.number for g in screen.review.shown] == [1, 2, 3, 4, 0]


async def test_an_empty_project_says_so(tmp_path: Path) -> None:
    with Project.create(tmp_path / "empty.cuttingroom") as project:
        folder = project.folder
    async with RoomApp(folder).run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "x", "u", "j", "k", "h", "l", "J", "G", "t", "c", "o", "l", "enter")
        await pilot.press("r", "escape")
        await settled(pilot)
        assert "nothing" in review_of(pilot).query_one(PictureView).words


async def test_a_missing_preview_has_a_reason_in_place_of_the_picture(
    room: RoomApp, folder: Path
) -> None:
    (folder / "previews/wide.jpg").unlink()
    async with room.run_test() as pilot:
        await settled(pilot, lambda s: "no picture" in s.query_one(PictureView).words)
        await pilot.press("a")
        await settled(pilot)
        assert states(folder)[0] is A


async def test_a_damaged_preview_has_a_reason_in_place_of_the_picture(
    room: RoomApp, folder: Path
) -> None:
    (folder / "previews/wide.jpg").write_bytes(b"\xff\xd8 no picture at all")
    async with room.run_test() as pilot:
        await settled(pilot, lambda s: "no picture" in s.query_one(PictureView).words)


async def test_a_hostile_name_is_shown_harmlessly(tmp_path: Path) -> None:
    evil = "[bold red]x[/]\x1b]0;pwned\x07\x1b[2J\u202e\n.mkv"
    folder = make_project(tmp_path / "p.cuttingroom", name=evil, reason="[@click=app.bell]\x1b[31m")
    async with RoomApp(folder).run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        svg = pilot.app.export_screenshot()
        title = str(pilot.app.screen.query_one("#title", Static).render())
        assert "[bold red]x[/]" in title, "markup is shown as it is, not obeyed"
        for text in (svg, title):
            assert not {"\x1b", "\x07", "\u202e"} & set(text)


async def test_what_cannot_be_written_is_told_and_not_shown_as_done(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(60, 24)) as pilot:
        await settled(pilot)
        (folder / "approved.toml").unlink()
        (folder / "approved.toml").mkdir()
        await pilot.press("a")
        await settled(pilot, lambda s: bool(s.trouble))
        assert "NOT SAVED" in review_of(pilot).trouble
        review_of(pilot).show_trouble(NotWritten((), "the disk has gone; " * 9))
        line = review_of(pilot).status.lines[0].plain
        assert line.startswith(" 8 left")
        assert line.endswith("…")
        assert len(line) == 60


async def test_an_edited_manifest_is_kept_and_the_room_says_where(
    room: RoomApp, folder: Path
) -> None:
    with (folder / "approved.toml").open("a") as manifest:
        manifest.write("# mine\n")
    edited = (folder / "approved.toml").read_bytes()
    async with room.run_test(size=(160, 48)) as pilot:
        await settled(pilot, lambda s: "approved.edited.toml" in s.status.lines[0].plain)
    assert (folder / "approved.edited.toml").read_bytes() == edited
    assert b"# mine" not in (folder / "approved.toml").read_bytes()


@pytest.mark.parametrize("kind", ["panorama", "plate", "crop", "report"])
async def test_a_recipe_that_cannot_be_read_costs_the_room_that_one_candidate(
    folder: Path, kind: str
) -> None:
    spoil(folder, kind)
    async with RoomApp(folder, "mira").run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda s: bool(s.trouble))
        screen = review_of(pilot)
        assert kind not in {candidate.kind for candidate in screen.review.candidates}
        told = screen.status.lines[0].plain
        assert "not listed" in told
        assert len(told.rstrip()) <= 80
        for key in ("down", "a", "u", "down", "x", "t", "escape", "S", "S", "r", "escape"):
            await pilot.press(key)
            await settled(pilot)
        assert states(folder).count(R) == 1


async def test_what_was_decided_on_a_film_that_changed_is_marked_and_says_the_way_out(
    folder: Path,
) -> None:
    changed = replace(make_source(), id="cd" * 8)
    with Project(folder) as project:
        project.decide({held(folder, Kind.PLATE).id: Standing(A)})
        project.catalogue.put_source(changed)
        project.catalogue.retire_others_at(changed)
        project.catalogue.finish_analysis(changed.id, changed.frames, 0)
    async with RoomApp(folder, "mira").run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("g", "g")
        screen = review_of(pilot)
        assert current_kind(screen) is Kind.PLATE
        facts = " ".join(line.plain for line in screen.query_one(Facts).lines)
        assert "its source has changed since: it cannot be exported; x rejects it" in facts
        assert screen.review.groups[0].source == "film.mkv (before it changed)"


async def test_a_long_name_hides_not_that_its_source_has_changed(folder: Path) -> None:
    long = "a-film-with-a-name-that-is-wider-than-the-list-of-scenes.mkv"
    with Project(folder) as project:
        project.catalogue.put_source(replace(make_source(), name=long))
        changed = replace(make_source(), id="ee" * 8, name=long)
        project.decide({held(folder, Kind.PLATE).id: Standing(A)})
        project.catalogue.put_source(changed)
        project.catalogue.retire_others_at(changed)
        project.catalogue.finish_analysis(changed.id, changed.frames, 0)
    async with RoomApp(folder, "mira").run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        scenes = review_of(pilot).query_one(SceneList)
        drawn = "".join(s.text for s in scenes.render_line(0))
        assert drawn.startswith(" a-f")
        assert "(before it changed)" in drawn


@pytest.mark.parametrize("tweak", [False, True])
async def test_a_recipe_that_cannot_be_read_is_survived_while_a_large_project_is_read(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    tweak: bool,
) -> None:
    monkeypatch.setattr("tui.watcher.MANY", 2)
    panorama = held(folder, Kind.PANORAMA)
    with Project(folder) as project:
        project.catalogue.put_source(replace(make_source("later.mkv"), id="ef" * 8))
        project.decide({panorama.id: Standing(P, replace(PANORAMA, stop=SHOT - 1))})
    spoil(folder, "panorama", tweak=tweak)
    async with RoomApp(folder, "mira").run_test() as pilot:
        await settled(pilot, lambda s: "not listed" in s.trouble)
        assert current_kind(review_of(pilot)) is Kind.PLATE


def test_not_even_the_first_rows_of_a_large_project_have_a_recipe_that_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.watcher.MANY", 2)
    with Project(folder) as project:
        project.catalogue.put_source(replace(make_source("later.mkv"), id="ef" * 8))
    spoil(folder, "panorama", tweak=False)
    told: Queue[Message] = Queue()
    watcher = Watcher(folder, "mira", told.put)
    first = told.get(timeout=20)
    watcher.close()
    assert isinstance(first, Loaded)
    assert not first.complete
    assert {candidate.kind for candidate in first.candidates} >= {Kind.PLATE, Kind.KEEPER}
    assert Kind.PANORAMA not in {candidate.kind for candidate in first.candidates}


async def test_a_recipe_that_becomes_unreadable_while_the_room_is_open_is_told(
    folder: Path,
) -> None:
    keeper = held(folder, Kind.KEEPER)
    async with RoomApp(folder, "mira").run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        spoil(folder, "keeper")
        screen.review.go(keeper.id)
        await pilot.press("x")
        await settled(pilot)
        assert held(folder, Kind.KEEPER).state is R
        with Project(folder, "grace") as other:
            other.undo()
            other.decide({keeper.id: Standing(S)})
        await settled(pilot, lambda s: "not listed" in s.trouble)


async def test_resizing_and_small_terminals_are_survived(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for size in ((160, 48), (40, 12), (20, 6), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.press("j", "t", "escape")
        await pilot.press("g", "g", "a")
        await settled(pilot)
        assert states(folder)[0] is A


async def test_quitting_writes_what_was_said_last(room: RoomApp, folder: Path) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "a", "a", "q")
    assert states(folder)[:3] == [A, A, A]


async def test_help_names_every_key_of_the_table(room: RoomApp) -> None:
    from tui.keymap import KEYS

    async with room.run_test(size=(160, 130)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        text = "\n".join(line.plain for line in pilot.app.screen.query_one(TextLines).lines)
        for key in KEYS:
            assert key.help in text
        await pilot.press("question_mark", "a")
        await settled(pilot)
        assert review_of(pilot).review.candidates[0].state is A
