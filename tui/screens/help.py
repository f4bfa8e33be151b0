"""All keys, from the table."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from tui.keymap import Mode, bindings, keys_of
from tui.theme import Palette, palette
from tui.widgets.keys_bar import KeysBar

WIDE = 100
"""Columns from which the help stands in two columns."""


class HelpScreen(Screen[None]):
    """What every key does, grouped by where it works."""

    AUTO_FOCUS = ""
    BINDINGS = bindings(Mode.HELP)
    DEFAULT_CSS = """
    HelpScreen { background: $background; color: $foreground; }
    HelpScreen #help-title { height: 1; background: $panel; color: $accent; }
    HelpScreen #help-scroll { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1;
        scrollbar-color: $faint; scrollbar-background: $background; }
    HelpScreen #help-text { height: auto; }
    HelpScreen #keys { height: 1; }
    """

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        yield Static(" Cutting Room  keys", id="help-title", markup=False)
        with VerticalScroll(id="help-scroll", can_focus=False):
            yield Static("", id="help-text", markup=False)
        yield KeysBar(Mode.HELP, id="keys")

    def on_resize(self) -> None:
        """Set the text anew for the new width."""
        colours = palette(self.app.theme_variables)
        parts = [_section(mode, colours) for mode in Mode]
        if self.size.width >= WIDE:
            half = (self.size.width - 6) // 2
            first, second = _halved(parts)
            text = _side_by_side(first, second, half)
        else:
            text = Text("\n").join(line for part in parts for line in [*part, Text()])
        self.query_one("#help-text", Static).update(text)

    def action_scroll(self, by: int) -> None:
        """Scroll by some lines."""
        self.query_one("#help-scroll", VerticalScroll).scroll_relative(y=by * 3, animate=False)

    def action_close(self) -> None:
        """Back to the pictures."""
        self.dismiss()


def _section(mode: Mode, colours: Palette) -> list[Text]:
    lines = [Text(mode.value, colours.accent)]
    for key in keys_of(mode):
        line = Text(no_wrap=True)
        line.append(f"  {key.written:<14}", colours.bright)
        line.append(key.help, colours.text)
        lines.append(line)
    return lines


def _halved(parts: list[list[Text]]) -> tuple[list[Text], list[Text]]:
    """Spread sections over two columns of about the same length."""
    total = sum(len(part) + 1 for part in parts)
    first: list[Text] = []
    second: list[Text] = []
    for part in parts:
        column = first if len(first) + len(part) / 2 < total / 2 else second
        column += [*part, Text()]
    return first, second


def _side_by_side(first: list[Text], second: list[Text], width: int) -> Text:
    lines = []
    for row in range(max(len(first), len(second))):
        line = first[row].copy() if row < len(first) else Text()
        line.truncate(width, pad=True)
        if row < len(second):
            line.append_text(second[row])
        lines.append(line)
    return Text("\n").join(lines)
