"""What somebody new is told, until they know it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.tui.conftest import review_of, settled
from tui.app import RoomApp
from tui.hints import EACH, LESSONS, Hints
from tui.keymap import KEYS
from tui.widgets.hint_strip import HintStrip


def told(room: RoomApp) -> str:
    strip = room.review.query_one(HintStrip)
    return str(strip.render()) if strip.display else ""


async def test_a_new_person_is_told_the_first_keys_and_less_with_each_decision(
    folder: Path, tmp_path: Path
) -> None:
    room = RoomApp(folder, "mira", hints=Hints(tmp_path / "state/hints.json"))
    async with room.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "a approves and goes on" in told(room)
        assert "Esc hides this" in told(room)
        assert "later" in told(room), "all of it fits"
        await pilot.press("slash")
        assert not told(room), "other keys count now"
        await pilot.press("escape")
        assert "Esc hides this" in told(room)
        await pilot.press(*"axa")
        await settled(pilot)
        assert "u takes back" in told(room)
    again = RoomApp(folder, "mira", hints=Hints(tmp_path / "state/hints.json"))
    async with again.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "u takes back" in told(again), "what was learned stays learned"
        await pilot.press("escape")
        assert not told(again)
        assert review_of(pilot).query_one("#hint").region.height == 0
    assert Hints(tmp_path / "state/hints.json").lesson is None


async def test_the_hints_name_the_keys_that_a_person_chose(folder: Path, tmp_path: Path) -> None:
    keys = tuple(
        replace(key, keys=("y",)) if key.action == "decide('approved')" else key for key in KEYS
    )
    room = RoomApp(folder, "mira", keys=keys, hints=Hints(tmp_path / "hints.json"))
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "y approves and goes on" in told(room)


def test_each_lesson_is_of_keys_that_there_are() -> None:
    actions = {key.action for key in KEYS}
    assert all(action in actions for lesson in LESSONS for action, _ in lesson)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"decided": "x"}', '{"decided": -3}'])
def test_a_damaged_memory_begins_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hints.json"
    path.write_text(text)
    hints = Hints(path)
    assert hints.lesson == 0
    for _ in range(EACH * len(LESSONS)):
        hints.decided()
    assert hints.lesson is None


def test_nobody_is_told_anything_where_nothing_can_be_remembered_or_asked() -> None:
    assert Hints().lesson is None
    hints = Hints(Path("/dev/null/hints.json"))
    assert hints.lesson == 0
    hints.save()
