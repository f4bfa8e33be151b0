"""Ctrl-C at any moment: one line that is true, and exit code 130."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import click
import pytest

from engine.__main__ import main as headless
from engine.cli import cli, run
from engine.cli.reporting import Session
from tui.cli import main as installed


def stop() -> None:
    raise KeyboardInterrupt


class Stopping:
    """Ctrl-C comes when a module is looked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == self.name:
            raise KeyboardInterrupt
        return None


@pytest.mark.parametrize(
    ("command", "what_then"),
    [
        ("scan", "what is finished is kept, and the same command goes on"),
        ("export", "what is finished is kept, and the same command goes on"),
        ("stitch", "the same command begins anew"),
        ("plate", "the same command begins anew"),
    ],
)
def test_who_stops_a_command_is_told_what_it_does_when_called_again(
    command: str, what_then: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command in cli.commands
    stopping = {command: click.Command(command, callback=stop)}
    group = click.Group("cuttingroom", callback=cli.callback, commands=stopping)
    assert run(group, Session(), [command]) == 130
    assert capsys.readouterr().err.strip() == f"stopped; {what_then}"


@pytest.mark.parametrize(
    ("main", "loaded"), [(installed, "tui.commands"), (headless, "engine.cli.commands")]
)
def test_who_stops_a_command_while_it_is_loaded_sees_no_traceback(
    main: Callable[[], int],
    loaded: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in (loaded, loaded.rpartition(".")[0]):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Stopping(loaded), *sys.meta_path])
    assert main() == 130
    assert capsys.readouterr().err == "stopped\n"
