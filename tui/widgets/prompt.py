"""A line to type in, with what comes of it below: search, rules and tags are asked for in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tui.keymap import Mode, bindings
from tui.theme import palette

if TYPE_CHECKING:
    from textual.widgets import Input

PAUSE = 0.08
"""Seconds after the last letter before anybody is told: a search goes through all candidates."""


class Prompt(Vertical):
    """Asks for a line of text; whoever opened it knows what it means."""

    BINDINGS = bindings(Mode.ASK)
    DEFAULT_CSS = """
    Prompt { display: none; height: 4; background: $panel; padding: 0 1; }
    Prompt Static { height: 1; }
    Prompt #prompt-proposals { height: 1; }
    Prompt Input, Prompt Input:focus {
        height: 1; border: none; padding: 0; background: $background; color: $foreground;
    }
    """

    @dataclass
    class Typed(Message):
        """The text is another one now."""

        prompt: Prompt
        text: str

    @dataclass
    class Answered(Message):
        """The text is meant, or None when it is dropped."""

        prompt: Prompt
        text: str | None

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._title, self._note, self._proposals = Static(), Static(), Static()
        self._words: Sequence[str] = ()
        self._timer: Timer | None = None
        self._input: Input | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody is being asked."""
        return bool(self.display)

    @property
    def text(self) -> str:
        """What is typed so far."""
        return self._input.value if self._input else ""

    async def ask(self, title: str, text: str, *, proposals: Sequence[str] = ()) -> None:
        """Ask; ``proposals`` are words to choose from."""
        colours = palette(self.app.theme_variables)
        if self._input is None:
            # Not needed before: it costs a tenth of the time until the first row is there.
            from textual.widgets import Input

            self._input = Input(select_on_focus=False, compact=True)
            self._input.cursor_blink = False  # nothing here moves by itself
            self._proposals.id = "prompt-proposals"
            await self.mount(self._title, self._input, self._note, self._proposals)
        self._words = proposals
        self._title.update(Text(title, colours.accent, no_wrap=True))
        self.tell("")
        with self._input.prevent(*_changes()):
            self._input.value = text
        self._input.cursor_position = len(text)
        self.display = True
        self._input.focus()
        self._propose()

    def close(self) -> None:
        """Ask no more."""
        self.display = False
        if self._timer is not None:
            self._timer.stop()

    def tell(self, note: str, *, trouble: bool = False) -> None:
        """Say what comes of the text."""
        colours = palette(self.app.theme_variables)
        style = colours.warning if trouble else colours.text
        self._note.update(Text(note, style, no_wrap=True, overflow="ellipsis"))

    def on_input_changed(self) -> None:
        """Pass the text on when no more is typed for a moment."""
        self._propose()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, lambda: self.post_message(self.Typed(self, self.text)))

    def on_input_submitted(self) -> None:
        """Take enter for yes."""
        self.action_submit()

    def action_submit(self) -> None:
        """Mean it."""
        self.post_message(self.Answered(self, self.text))

    def action_cancel(self) -> None:
        """Drop it."""
        self.post_message(self.Answered(self, None))

    def action_complete(self) -> None:
        """Take the first proposal."""
        fitting = self._fitting()
        if self._input is not None and fitting:
            before = self.text[: len(self.text) - len(self._begun())]
            self._input.value = before + fitting[0]
            self._input.cursor_position = len(self._input.value)

    def _begun(self) -> str:
        """Give the word that is being typed: what follows the last comma, or the last blank."""
        return self.text.rpartition(",")[2].lstrip() if "," in self.text else self.text.lstrip()

    def _fitting(self) -> list[str]:
        begun = self._begun().lower()
        used = {word.strip().lower() for word in self.text.split(",")}
        fresh = [word for word in self._words if word.lower() not in used]
        starting = [word for word in fresh if word.lower().startswith(begun)]
        return starting or ([] if begun else fresh)

    def _propose(self) -> None:
        colours = palette(self.app.theme_variables)
        line = Text(no_wrap=True, overflow="ellipsis")
        for number, word in enumerate(self._fitting()[:12]):
            line.append("Tab " if number == 0 else "  ", colours.bright)
            line.append(word, colours.text if number == 0 else colours.dim)
        self._proposals.update(line)


def _changes() -> tuple[type[Message], ...]:
    from textual.widgets import Input

    return (Input.Changed,)
