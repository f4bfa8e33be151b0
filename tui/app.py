"""The room as an application: what it needs of the terminal, the theme, the first screen."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual import constants, events, on
from textual._xterm_parser import XTermParser
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen

from engine.errors import EngineError
from engine.program import own_command
from engine.project.project import find_project, reviewer_name
from engine.values import State
from tui.hints import Hints, hints_path
from tui.keymap import KEYS, Key
from tui.palette import commands
from tui.remap import keys_path, load_keys
from tui.screens.review import ReviewScreen
from tui.serving import is_served
from tui.terminal import Graphics, Terminal, find_terminal
from tui.theme import DARK, LIGHT
from tui.thrift import send_only_what_changed, thrifty_driver
from tui.watcher import Loaded, Unreadable


class RoomApp(App[None]):
    """Opens the review screen on a project."""

    TITLE = "Cutting Room"
    # A tint over kitty's placeholders would be another picture's number, and many a terminal has
    # no magnifying glass.
    CSS = "CommandPalette { background: transparent; } SearchIcon { display: none; }"
    # Textual's own quit keys would leave out nothing, but ctrl+c must work for everybody.
    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+c", "quit", "Quit")]

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it so
        (0, "-tiny"),
        (60, "-narrow"),
        (110, "-wide"),
    ]

    def __init__(
        self,
        folder: Path,
        who: str | None = None,
        terminal: Terminal | None = None,
        keys: tuple[Key, ...] = KEYS,
        hints: Hints | None = None,
    ):
        super().__init__()
        self.keys = keys
        """The table of keys that counts, perhaps with some of the person's own."""
        self.review = ReviewScreen(
            folder, who or reviewer_name(), terminal or Terminal(), hints or Hints()
        )
        # A list that glides is a list that is late.
        self.animation_level = "none"
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = LIGHT.name if terminal is not None and terminal.light else DARK.name
        self._early: list[events.Key] = []
        """Keys that were pressed before there was anything to do."""

    def get_driver_class(self) -> type[Driver]:
        """Give the driver of this system, sending no more than it has to."""
        send_only_what_changed()
        return thrifty_driver(super().get_driver_class(), self._wrote)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Keep the terminal's own background, which what lies beneath shows through."""
        found = super().get_line_filters()
        return [one for one in found if not isinstance(one, ANSIToTruecolor)]

    def _wrote(self, size: int) -> None:
        if self.review.is_mounted:
            self.review.link.wrote(size)

    def on_mount(self) -> None:
        """Open the room."""
        self._take_in_typed()
        if self.keys != KEYS:
            self.set_keymap({key.id: ",".join(key.keys) for key in self.keys})
        self.push_screen(self.review)

    def _take_in_typed(self) -> None:
        """Hear the keys that came between the terminal's answers."""
        if typed := self.review.terminal.typed:
            found = XTermParser().feed(typed)
            self._early += [key for key in found if isinstance(key, events.Key)]

    async def on_event(self, event: events.Event) -> None:
        """Keep keys until the row that they are meant for is there."""
        if isinstance(event, events.Key) and not (self.review.is_open or event.key == "ctrl+c"):
            self._early.append(event)
        else:
            await super().on_event(event)

    @on(Loaded)
    @on(Unreadable)
    def hear_early_keys(self, message: Loaded | Unreadable) -> None:
        """Do what was asked for while the room opened."""
        if isinstance(message, Unreadable):
            self.review.is_open = True
        if self.review.is_open:
            early, self._early = self._early, []
            for key in early:
                self.post_message(key)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Give what the palette offers: the keys, and light for dark."""
        if screen is self.review:
            yield from commands(self, screen)
        yield SystemCommand("Light or dark", "Change the colours", self.action_light)

    def action_light(self) -> None:
        """Change to the light theme, or back."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """Pass on the terminal's answer: what was sent before the question has arrived."""
        if self.review.is_mounted:
            self.review.link.answered(event.time)


def run_room(
    folder: Path, who: str | None, graphics: str, theme: str = "auto", *, calm: bool = False
) -> int:
    """Open the room on the project in ``folder`` and stay until the reviewer leaves.

    Gives how many pictures are approved then.

    ``graphics`` is one of :data:`tui.terminal.CHOICES`, ``theme`` one of auto, dark and light.
    ``calm`` shows each picture once, when it is whole.

    Raises
    ------
    EngineError
        When there is no project, no terminal to show it on, or when ``keys.toml`` is not
        understood.
    """
    folder = find_project(folder).resolve()
    keys = load_keys(keys_path())
    terminal = Terminal() if is_served() else find_terminal(graphics)
    if theme != "auto":
        terminal = replace(terminal, light=theme == "light")
    terminal = replace(terminal, calm=calm)
    if not terminal.interactive:
        raise EngineError(
            f"review needs a terminal; `{own_command()} approve --where` works without"
        )
    if terminal.graphics in (Graphics.KITTY, Graphics.SIXEL):
        # What draws pictures has all colours, but ssh seldom forwards the COLORTERM that says so.
        # With fewer, the number of a kitty picture, which travels as a colour, would be rounded,
        # and the picture stay blank.
        constants.COLOR_SYSTEM = "truecolor"  # type: ignore[misc]
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        # Textual draws on stderr, which somebody may have sent elsewhere.
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    # Keys share the interpreter with threads that read and encode; they wait for at most this.
    sys.setswitchinterval(0.001)
    app = RoomApp(folder, who, terminal, keys, Hints(hints_path()))
    # Until all candidates are there: see Hearing.take_in.
    gc.disable()
    try:
        app.run()
    finally:
        gc.enable()
        app.review.close()
    return app.review.review.pictures(State.APPROVED)
