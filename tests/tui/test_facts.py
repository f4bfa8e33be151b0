"""What the room tells of a recipe's settings."""

from __future__ import annotations

import pytest

from engine.recipe import to_table
from engine.values import Kind
from tests.tui.conftest import review_of, settled
from tui.app import RoomApp
from tui.widgets.facts import Facts, _in_words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("left_out", [], "none"),
        ("left_out", [3, 5], "3, 5"),
        ("subject", -1, "none"),
        ("picture", [0, 0, 1280, 720], "0, 0, 1280, 720"),
        ("never", [[1, 2, 3, 4]], "[[1, 2, 3, 4]]"),
        ("model", "auto", "auto"),
    ],
)
def test_a_setting_is_told_in_the_words_of_its_form(name: str, value: object, words: str) -> None:
    assert _in_words(name, value) == words


async def test_all_settings_of_what_is_made_of_many_frames_are_told_on_a_small_terminal(
    room: RoomApp,
) -> None:
    async with room.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("i")
        told = {}
        for _ in range(12):
            await pilot.pause()
            current = review_of(pilot).review.current
            assert current is not None
            lines = review_of(pilot).query_one(Facts).lines
            told[current.kind] = current, "\n".join(line.plain for line in lines)
            await pilot.press("j")
    for kind in (Kind.PANORAMA, Kind.PLATE):
        candidate, text = told[kind]
        assert candidate.id in text
        for name in to_table(candidate.recipe):
            assert name.replace("_", " ") in text.replace("\n", " "), (name, text)
        assert "…" not in text
