"""What the room tells of a recipe's settings."""

from __future__ import annotations

import pytest

from tui.widgets.facts import _in_words


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
