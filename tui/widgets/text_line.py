"""A line of text to type or paste into; loaded when somebody is first asked for one."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class TextLine(Input):
    """Textual's input, which takes a pasted paragraph whole instead of its first line."""

    def __init__(self) -> None:
        super().__init__(select_on_focus=False, compact=True)
        self.cursor_blink = False  # nothing here moves by itself

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(" ".join(event.text.split()), *self.selection)
