from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.values import State
from tests.tui.conftest import settled
from tests.tui.project import states
from tui.app import RoomApp
from tui.keymap import KEYS
from tui.remap import as_toml, check_keys, load_keys, remapped


def loaded(tmp_path: Path, text: str) -> object:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    return load_keys(path)


def test_our_own_keys_do_one_thing_each_and_can_be_written_and_read() -> None:
    check_keys(KEYS)
    assert [key.keys for key in remapped(tomllib.loads(as_toml()))] == [key.keys for key in KEYS]
    assert '"help" = ["?"]' in as_toml(), "as it stands on the keyboard"


def test_without_a_file_the_keys_are_ours(tmp_path: Path) -> None:
    assert load_keys(tmp_path / "none.toml") is KEYS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[decid]\nflag = "F"', "did you mean 'decide'"),
        ('[decide]\nflagg = "F"', "did you mean 'flag'"),
        ('[decide]\nflag = "entr"', "did you mean 'enter'"),
        ('[decide]\nflag = "a"', "key 'a' does both 'decide approved' and 'flag'"),
        ("[decide]\nflag = 3", "needs a key"),
        ("flag = 3", "unknown mode"),
        ("[decide\n", "keys.toml"),
        ("flag = " + "9" * 5000, "keys.toml"),
        ("flag = " + "[" * 5000, "keys.toml"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        loaded(tmp_path, text)


async def test_a_changed_key_works_and_the_old_one_does_not(folder: Path) -> None:
    keys = remapped({"decide": {"decide approved": ["y"], "flag": "?"}, "room": {"help": "f1"}})
    async with RoomApp(folder, "mira", keys=keys).run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "y", "question_mark")
        await settled(pilot)
        assert states(folder) == [State.APPROVED, *[State.PENDING] * 4]
        assert "y approve" in str(pilot.app.screen.query_one("#keys").render())
