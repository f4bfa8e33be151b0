"""The room as an application: what it needs of the terminal, the theme, the first screen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from textual import constants, events
from textual.app import App
from textual.binding import BindingType

from engine.errors import EngineError
from engine.project.project import find_project, reviewer_name
from tui.screens.review import ReviewScreen
from tui.terminal import Graphics, Terminal, find_terminal
from tui.theme import DARK, LIGHT


class RoomApp(App[None]):
    """Opens the review screen on a project."""

    TITLE = "Cutting Room"
    ENABLE_COMMAND_PALETTE = False
    # Textual's own quit keys would leave out nothing, but ctrl+c must work for everybody.
    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+c", "quit", "Quit")]

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it so
        (0, "-tiny"),
        (60, "-narrow"),
        (110, "-wide"),
    ]

    def __init__(self, folder: Path, who: str | None = None, terminal: Terminal | None = None):
        super().__init__()
        self.review = ReviewScreen(folder, who or reviewer_name(), terminal or Terminal())
        # A list that glides is a list that is late.
        self.animation_level = "none"
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = LIGHT.name if terminal is not None and terminal.light else DARK.name

    def on_mount(self) -> None:
        """Open the room."""
        self.push_screen(self.review)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """Pass on the terminal's answer: what was sent before the question has arrived."""
        if self.review.is_mounted:
            self.review.link.answered(event.time)


def run_room(folder: Path, who: str | None, graphics: str) -> None:
    """Open the room on the project in ``folder`` and stay until the reviewer leaves.

    ``graphics`` is one of :data:`tui.terminal.CHOICES`.

    Raises
    ------
    EngineError
        When there is no project, or no terminal to show it on.
    """
    folder = find_project(folder).resolve()
    terminal = find_terminal(graphics)
    if not terminal.interactive:
        raise EngineError("review needs a terminal; `cuttingroom approve --where` works without")
    if terminal.graphics in (Graphics.KITTY, Graphics.SIXEL):
        # What draws pictures has all colours, but ssh seldom forwards the COLORTERM that says so.
        # With fewer, the number of a kitty picture, which travels as a colour, would be rounded,
        # and the picture stay blank.
        constants.COLOR_SYSTEM = "truecolor"  # type: ignore[misc]
    # Keys share the interpreter with threads that read and encode; they wait for at most this.
    sys.setswitchinterval(0.001)
    app = RoomApp(folder, who, terminal)
    try:
        app.run()
    finally:
        app.review.close()
