"""The script that sets up a checkout and passes everything on."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.program import installing, own_command

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout that is set up, with a program that says how it was started."""
    for name in ("run", "pyproject.toml", "constraints.txt"):
        shutil.copy(CHECKOUT / name, tmp_path / name)
    program = tmp_path / ".venv" / "bin" / "cuttingroom"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$CUTTINGROOM_AS $*"\n')
    program.chmod(0o755)
    both = (tmp_path / "pyproject.toml").read_bytes() + (tmp_path / "constraints.txt").read_bytes()
    stamp = subprocess.run(["cksum"], input=both, capture_output=True, check=True).stdout
    (tmp_path / ".venv" / ".installed").write_bytes(stamp)
    return tmp_path


@pytest.mark.parametrize("started", [["./run"], ["sh", "run"]])
def test_the_program_knows_that_it_was_started_by_run(checkout: Path, started: list[str]) -> None:
    said = subprocess.run(
        [*started, "demo", "here"], cwd=checkout, capture_output=True, text=True, check=True
    )
    assert said.stdout == "./run demo here\n"


def test_what_to_type_next_is_told_as_it_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUTTINGROOM_AS", raising=False)
    assert own_command() == "cuttingroom"
    monkeypatch.setenv("CUTTINGROOM_AS", "/my films/run")
    assert own_command() == "'/my films/run'"


def test_an_extra_is_installed_from_where_the_program_came_from() -> None:
    *pip, what = shlex.split(installing("web"))
    assert pip[1:4] == ["-m", "pip", "install"]
    place, _, extra = what.partition("[")
    assert extra == "web]"
    assert (Path(place) / "pyproject.toml").is_file()  # no index has it
