"""First steps for somebody new: one line, until they have decided a few or close it."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from tui.hints import LESSONS
from tui.keymap import REVIEW, table_of
from tui.theme import palette


class HintStrip(Static):
    """One lesson at a time; takes no room when there is none."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, markup=False)
        self._lesson: int | None = None
        self._quiet = False

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    def on_resize(self) -> None:
        """Fill the new width."""
        self._draw()

    def show(self, lesson: int | None) -> None:
        """Show a lesson, or nothing."""
        self.display = lesson is not None
        if lesson != self._lesson:
            self._lesson = lesson
            self._draw()

    def be_quiet(self, quiet: bool) -> None:
        """Say nothing while other keys count; the line stays, so that nothing moves."""
        if quiet is not self._quiet:
            self._quiet = quiet
            self._draw()

    def _draw(self) -> None:
        if self._lesson is None or self._quiet:
            self.update("", layout=False)
            return
        colours = palette(self.app.theme_variables)
        told = {key.action: key.footer for key in table_of(self.app) if key.mode in REVIEW}
        line = Text(f" {self._lesson + 1}/{len(LESSONS)}  ", colours.dim, no_wrap=True, end="")
        for place, (action, does) in enumerate(LESSONS[self._lesson]):
            line.append(", " if place else "", colours.text)
            line.append(told[action], colours.accent)
            line.append(f" {does}", colours.text)
        end = Text.assemble((told["escape"], colours.accent), (" hides this ", colours.dim))
        line.truncate(max(0, self.size.width - len(end)), overflow="ellipsis", pad=True)
        line.append_text(end)
        self.update(line, layout=False)
