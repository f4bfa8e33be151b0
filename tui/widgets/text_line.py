"""A line of text to type or paste into; loaded when somebody is first asked for one."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import TextArea

TALLEST = 4
"""Rows; a longer text scrolls."""


class TextLine(TextArea):
    """Textual's editor for one line that wraps: Enter means it, and a pasted paragraph joins it."""

    @dataclass
    class Meant(Message):
        """Enter was pressed."""

        line: TextLine

    @dataclass
    class Left(Message):
        """The cursor went past the first or the last row."""

        line: TextLine
        by: int

    def __init__(self) -> None:
        super().__init__(compact=True, highlight_cursor_line=False)
        self.cursor_blink = False  # nothing here moves by itself

    @property
    def value(self) -> str:
        """What it says."""
        return self.text

    @value.setter
    def value(self, text: str) -> None:
        self.text = " ".join(text.splitlines())
        self.move_cursor(self.document.end)
        self.fit()

    def fit(self) -> None:
        """Take as many rows as the text needs."""
        self.styles.height = max(1, min(TALLEST, self.wrapped_document.height))

    def on_text_area_changed(self) -> None:
        """Grow with the text."""
        self.fit()

    def on_resize(self) -> None:
        """Wrap anew."""
        self.call_after_refresh(self.fit)

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            self.post_message(self.Meant(self))

    def _on_paste(self, event: events.Paste) -> None:  # type: ignore[override]
        event.prevent_default()
        event.stop()
        found = self.replace(" ".join(event.text.split()), *self.selection)
        self.move_cursor(found.end_location)

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up a row, or to the line before."""
        if self.navigator.is_first_wrapped_line(self.cursor_location):
            self.post_message(self.Left(self, -1))
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down a row, or to the next line."""
        if self.navigator.is_last_wrapped_line(self.cursor_location):
            self.post_message(self.Left(self, 1))
        else:
            super().action_cursor_down(select)
