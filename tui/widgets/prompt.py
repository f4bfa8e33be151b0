"""Lines to type in, with what comes of them below: a search, a rule, tags, a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tui.keymap import Mode, bindings
from tui.theme import palette

if TYPE_CHECKING:
    from tui.widgets.text_line import TextLine

PAUSE = 0.08
"""Seconds after the last letter before anybody is told: a search goes through all candidates."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked for in one line."""

    text: str = ""
    """What stands there to begin with."""
    label: str = ""
    """Where there are several, what this one is for."""
    proposals: Sequence[str] = ()
    whole: bool = False
    """A proposal is all of the line, not a word of it."""

    def fitting(self, text: str) -> list[str]:
        """Give the proposals that ``text`` may become by its next word."""
        if self.whole:
            return [p for p in self.proposals if p != text and p.startswith(text)]
        begun = self.begun(text).lower()
        used = {word.strip().lower() for word in text.split(",")}
        fresh = [word for word in self.proposals if word.lower() not in used]
        starting = [word for word in fresh if word.lower().startswith(begun)]
        return starting or ([] if begun else fresh)

    def begun(self, text: str) -> str:
        """Give the part of ``text`` that a proposal takes the place of."""
        if self.whole:
            return text
        return text.rpartition(",")[2].lstrip() if "," in text else text.lstrip()


class Prompt(Vertical):
    """Asks for lines of text; whoever opened it knows what they mean."""

    BINDINGS = bindings(Mode.ASK)
    DEFAULT_CSS = """
    Prompt { display: none; height: auto; background: $panel; padding: 0 1; }
    Prompt Static { height: 1; }
    Prompt Horizontal { height: auto; }
    Prompt #prompt-proposals { height: 1; }
    Prompt .label { width: 9; }
    Prompt TextLine, Prompt TextLine:focus {
        height: 1; width: 1fr; border: none; padding: 0; scrollbar-size-vertical: 0;
        background: $background; color: $foreground;
    }
    """

    @dataclass
    class Typed(Message):
        """The lines say something else now."""

        prompt: Prompt
        texts: tuple[str, ...]

    @dataclass
    class Answered(Message):
        """The lines are meant, or None when they are dropped."""

        prompt: Prompt
        texts: tuple[str, ...] | None

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._title, self._note, self._proposals = Static(), Static(), Static()
        self._lines: tuple[Line, ...] = ()
        self._labels: list[Static] = []
        self._inputs: list[TextLine] = []
        self._timer: Timer | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody is being asked."""
        return bool(self.display)

    @property
    def texts(self) -> tuple[str, ...]:
        """What each line says so far."""
        return tuple(line.value for line in self._inputs[: len(self._lines)])

    async def ask(self, title: str, *lines: Line) -> None:
        """Ask for some lines; the first has the cursor."""
        colours = palette(self.app.theme_variables)
        self._lines = lines
        if not self._inputs:
            self._proposals.id = "prompt-proposals"
            await self.mount(self._title, self._note, self._proposals)
        while len(self._inputs) < len(lines):
            await self._mount_line()
        self._title.update(Text(title, colours.accent, no_wrap=True))
        self.tell("")
        for place, typed in enumerate(self._inputs):
            typed.parent.display = place < len(lines)  # type: ignore[union-attr]
        for line, label, typed in zip(lines, self._labels, self._inputs, strict=False):
            label.update(Text(line.label, colours.dim))
            label.display = bool(line.label)
            with typed.prevent(*_changes()):
                typed.value = line.text
        self.display = True
        self._inputs[0].focus()
        self._propose()

    async def _mount_line(self) -> None:
        # Not needed before: it costs a tenth of the time until the first row is there.
        from tui.widgets.text_line import TextLine

        label, typed = Static(classes="label"), TextLine()
        self._labels.append(label)
        self._inputs.append(typed)
        await self.mount(Horizontal(label, typed), before=self._note)

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

    def on_text_area_changed(self) -> None:
        """Pass the text on when no more is typed for a moment."""
        self._propose()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, lambda: self.post_message(self.Typed(self, self.texts)))

    def on_descendant_focus(self) -> None:
        """Propose for the line that has the cursor now."""
        self._propose()

    def on_text_line_meant(self) -> None:
        """Take enter for yes."""
        self.action_submit()

    def on_text_line_left(self, message: TextLine.Left) -> None:
        """Go on in the next line."""
        self.action_line(message.by)

    def action_submit(self) -> None:
        """Mean it."""
        self.post_message(self.Answered(self, self.texts))

    def action_cancel(self) -> None:
        """Drop it."""
        self.post_message(self.Answered(self, None))

    def action_line(self, by: int) -> None:
        """Go to another line."""
        here = (self._here + by) % len(self._lines)
        self._inputs[here].focus()

    def action_complete(self) -> None:
        """Take the first proposal."""
        line, typed = self._lines[self._here], self._inputs[self._here]
        fitting = line.fitting(typed.value)
        if fitting:
            before = typed.value[: len(typed.value) - len(line.begun(typed.value))]
            typed.value = before + fitting[0]

    @property
    def _here(self) -> int:
        """Number of the line that has the cursor."""
        return next((place for place, typed in enumerate(self._inputs) if typed.has_focus), 0)

    def _propose(self) -> None:
        colours = palette(self.app.theme_variables)
        found = Text(no_wrap=True, overflow="ellipsis")
        line, typed = self._lines[self._here], self._inputs[self._here]
        for number, word in enumerate(line.fitting(typed.value)[:12]):
            found.append("Tab " if number == 0 else "  ", colours.bright)
            found.append(word, colours.text if number == 0 else colours.dim)
        self._proposals.update(found)


def _changes() -> tuple[type[Message], ...]:
    from textual.widgets import TextArea

    return (TextArea.Changed,)
