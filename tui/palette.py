"""The command palette: every key of the lists by what it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from tui.keymap import REVIEW, table_of

_NOT_HERE = ("app.command_palette", "first_of_two")


def commands(app: App[None], screen: Screen[Any]) -> Iterable[SystemCommand]:
    """Give the commands of the table, as long as the lists are what is in sight."""
    for key in table_of(app):
        if key.mode not in REVIEW or key.action in _NOT_HERE:
            continue

        async def run(action: str = key.action) -> None:
            await screen.run_action(action)

        # Its short name too: who looks for "details" need not know how the line puts it.
        new = bool(key.label) and key.label not in key.help
        words = f"{key.label}: {key.help}" if new else key.help
        title = words[0].upper() + words[1:]
        yield SystemCommand(title, f"{key.mode.value}: {key.written}", run)
