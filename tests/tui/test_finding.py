"""Ranges, rules, searches, ratings and tags, by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from engine.project.project import Project
from engine.values import Kind, State
from tests.tui.conftest import review_of, settled
from tests.tui.project import held, states
from tui.app import RoomApp
from tui.screens.review import ReviewScreen
from tui.widgets.facts import Facts
from tui.widgets.prompt import Prompt

P, A, R, S = State.PENDING, State.APPROVED, State.REJECTED, State.SKIPPED


async def typed(pilot: object, text: str) -> None:
    for letter in text:
        await pilot.press(letter if letter.isalnum() else _named(letter))  # type: ignore[attr-defined]
    await pilot.pause(0.15)  # type: ignore[attr-defined]


def _named(letter: str) -> str:
    signs = {" ": "space", "=": "equals_sign", ">": "greater_than_sign", ".": "full_stop"}
    return {**signs, ",": "comma", "-": "minus"}[letter]


async def test_a_range_takes_every_verb_as_one_step(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("j", "v", "j", "j", "a")
        await settled(pilot)
        assert states(folder) == [P, A, A, A, P]
        await pilot.press("u")
        await settled(pilot, lambda s: s.review.candidates[1].state is P)
        assert states(folder) == [P] * 5


async def test_shift_and_arrows_mark_and_any_other_move_ends_the_range(room: RoomApp) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("shift+down", "shift+down", "shift+up")
        assert len(screen.review.marked()) == 2, "from one scene into the next"
        await pilot.press("j")
        assert not screen.review.in_range
        await pilot.press("v", "j", "escape")
        assert not screen.review.in_range


async def test_the_rest_of_a_scene_is_decided_in_one_step_and_verdicts_stay(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "x")
        await settled(pilot)
        await pilot.press("A")
        await settled(pilot)
        assert states(folder) == [P, A, R, A, A]
        await pilot.press("u")
        await settled(pilot, lambda s: s.review.candidates[1].state is P)
        assert states(folder) == [P, P, R, P, P]


async def test_ratings_and_flags_are_kept_beside_the_verdict(room: RoomApp, folder: Path) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        await pilot.press("4", "f", "a")
        await settled(pilot)
        rated = held(folder, Kind.PANORAMA)
        assert (rated.rating, rated.flag, rated.state) == (4, True, A)
        await pilot.press("k", "f", "0")
        await settled(pilot)
        rated = held(folder, Kind.PANORAMA)
        assert (rated.rating, rated.flag, rated.state) == (0, False, A)


async def test_a_search_lists_while_one_types_and_escape_brings_all_back(room: RoomApp) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("j")
        here = screen.review.current
        assert here is not None
        assert here.kind is not Kind.CROP
        await pilot.press("slash")
        await typed(pilot, "face score>=0.4")
        assert [screen.review.candidates[p].kind for p in screen.review.rows] == [Kind.CROP]
        await pilot.press("escape")
        assert screen.review.listed == 8
        assert screen.review.current == here, "who looks around comes back to where they were"
        await pilot.press("slash")
        await typed(pilot, "-keeper kind=keeper")
        assert screen.review.listed == 0
        await pilot.press("enter", "escape")
        assert screen.review.listed == 8


async def test_a_search_that_is_not_understood_says_so_and_is_dropped(room: RoomApp) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        await typed(pilot, "scor>=0.4")
        note = str(pilot.app.screen.query_one(Prompt)._note.render())
        assert "did you mean 'score'" in note
        await pilot.press("escape")
        assert review_of(pilot).review.listed == 8


async def test_what_is_known_of_a_picture_fills_the_room_that_it_is_given(
    room: RoomApp,
) -> None:
    def told(screen: ReviewScreen) -> list[str]:
        return [line.plain for line in screen.query_one(Facts).lines]

    async with room.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        before = told(screen)
        facts = screen.query_one(Facts)
        facts.styles.width = 30
        await settled(pilot, lambda s: told(s) != before)
        facts.styles.width = None
        await settled(pilot, lambda s: told(s) == before)


@pytest.mark.parametrize("key", ["slash", "R"])
async def test_enter_on_what_is_not_understood_says_why_nothing_happened(
    room: RoomApp, folder: Path, key: str
) -> None:
    async with room.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await typed(pilot, "scor>=0.4")
        await pilot.press("enter")
        await settled(pilot, lambda s: "unknown field 'scor'" in s.status.lines[0].plain)
        assert review_of(pilot).review.listed == 8
        assert states(folder) == [P] * 5


async def test_a_rule_approves_what_is_undecided_as_one_step(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("x")
        await settled(pilot)
        await pilot.press("R")
        await typed(pilot, "score>=0.6 width>0")
        note = str(pilot.app.screen.query_one(Prompt)._note.render())
        assert note.startswith("3 candidates to approve; 1 more")
        await pilot.press("enter")
        await settled(pilot, lambda s: s.review.candidates[1].state is A)
        assert states(folder) == [R, A, A, A, P]
        await pilot.press("u")
        await settled(pilot, lambda s: s.review.candidates[1].state is P)
        assert states(folder) == [R, P, P, P, P]


async def test_tags_are_typed_completed_and_kept(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("j", "e")
        await typed(pilot, "street, no")
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert held(folder, Kind.PLATE).tags == ("street", "no humans")


async def test_a_caption_is_written_shown_and_taken_back(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("j", "e", "down")
        await typed(pilot, "a street at night")
        note = str(pilot.app.screen.query_one(Prompt)._note.render())
        assert note == "reads: a street at night"
        await pilot.press("up")
        await typed(pilot, "street, no")
        await pilot.press("tab", "enter")
        await settled(pilot)
        plate = held(folder, Kind.PLATE)
        assert (plate.caption, plate.tags) == ("a street at night", ("street", "no humans"))
        shown = [line.plain for line in pilot.app.screen.query_one(Facts).lines]
        assert "caption a street at night" in shown
        await pilot.press("u")
        await settled(pilot, lambda s: not s.review.candidates[1].caption)
        assert (held(folder, Kind.PLATE).caption, held(folder, Kind.PLATE).tags) == ("", ())


async def test_a_caption_of_the_project_is_proposed_and_enter_alone_changes_nothing(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("e", "down")
        await typed(pilot, "a pan")
        await pilot.press("enter")
        await settled(pilot, lambda s: bool(s.review.candidates[0].caption))
        await pilot.press("j", "e", "enter")
        await settled(pilot)
        with Project(folder) as project:
            assert project.catalogue.newest_decision() == 1
        await pilot.press("e", "down", "tab", "enter")
        await settled(pilot, lambda s: bool(s.review.candidates[1].caption))
        assert held(folder, Kind.PLATE).caption == "a pan"


async def test_a_pasted_paragraph_becomes_one_line(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("j", "e", "down")
        assert pilot.app.focused is not None
        pilot.app.focused.post_message(events.Paste("A street.\n\n  It rains\x1b[31m.\n"))
        await pilot.press("enter")
        await settled(pilot, lambda s: bool(s.review.candidates[1].caption))
        assert held(folder, Kind.PLATE).caption == "A street. It rains?[31m."


async def test_a_long_caption_is_seen_whole_and_edited_in_its_middle(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("j", "e", "down")
        await typed(pilot, "a street at night " * 9)
        await pilot.pause()
        line = pilot.app.focused
        assert line is not None
        assert line.size.height == 3
        await pilot.press("up", "home", "X", "up", "up")
        assert pilot.app.focused is not line, "and up again to the tags"
        await pilot.press("enter")
        await settled(pilot, lambda s: bool(s.review.candidates[1].caption))
        caption = held(folder, Kind.PLATE).caption
        assert caption.count("street") == 9
        assert 30 < caption.index("X") < 120


async def test_of_a_range_only_the_line_that_was_typed_in_counts(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("v", "j", "e", "down")
        await typed(pilot, "one set")
        await pilot.press("enter")
        await settled(pilot, lambda s: bool(s.review.candidates[0].caption))
        pan, plate = held(folder, Kind.PANORAMA), held(folder, Kind.PLATE)
        assert (pan.caption, pan.tags) == ("one set", ("no humans",))
        assert (plate.caption, plate.tags) == ("one set", ())


async def test_sorting_keeps_the_cursor_on_its_candidate(room: RoomApp) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("j", "j")
        here = screen.review.current
        for order in ("score", "size", "kind", "film"):
            await pilot.press("s")
            assert screen.review.order == order
            assert screen.review.current is here


async def test_the_room_opens_where_it_was_left(folder: Path) -> None:
    async with RoomApp(folder, "mira").run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("s", "s", "s", "o", "l", "enter", "j", "j", "z")
        here, look = review_of(pilot).review.current, review_of(pilot).look
        await pilot.pause(0.1)
    async with RoomApp(folder, "mira").run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        assert screen.review.current == here
        assert (screen.review.order, screen.review.filter.state) == ("kind", "undecided")
        assert screen.look == look
        assert look.loupe
    async with RoomApp(folder, "noor").run_test() as pilot:
        await settled(pilot)
        assert review_of(pilot).review.order == "film", "each has their own"


async def test_a_scene_that_somebody_works_in_is_marked_until_they_leave(folder: Path) -> None:
    async with RoomApp(folder, "mira").run_test() as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        async with RoomApp(folder, "noor").run_test() as other:
            await settled(other)
            await settled(pilot, lambda s: bool(s._whereabouts))
            assert list(screen._whereabouts.values()) == [("noor",)]
        await settled(pilot, lambda s: not s._whereabouts)


async def test_what_reviewers_do_not_agree_on_can_be_listed(folder: Path) -> None:
    from engine.project.candidate import Standing

    plate = held(folder, Kind.PLATE).id
    with Project(folder, "noor") as noor, Project(folder, "ana") as ana:
        noor.decide({plate: Standing(A)})
        ana.decide({plate: Standing(R)})
    async with RoomApp(folder, "mira").run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda s: bool(s.review.disputes))
        await pilot.press("o", "h", "enter")
        screen = review_of(pilot)
        assert screen.review.filter.state == "disputed"
        assert [screen.review.candidates[p].id for p in screen.review.rows] == [plate]
