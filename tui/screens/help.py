"""All keys, from the table: type to find one, enter does it."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from tui.keymap import REVIEW, Key, Mode, bindings, table_of
from tui.theme import Palette, palette
from tui.widgets.keys_bar import KeysBar
from tui.widgets.text_lines import TextLines

WIDE = 150
"""Columns from which the help stands in two columns."""

Piece = Key | str | None
"""A key, a heading, or an empty line."""


class HelpScreen(Screen[str | None]):
    """What every key does, grouped by where it works; gives the action that is chosen."""

    AUTO_FOCUS = ""
    BINDINGS = bindings(Mode.HELP)
    DEFAULT_CSS = """
    HelpScreen { background: $background; color: $foreground; }
    HelpScreen #help-title { height: 1; background: $panel; color: $accent; }
    HelpScreen #help-text { height: 1fr; margin: 1 2; }
    HelpScreen #keys { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.wanted = ""
        """What is typed to find a key."""
        self._cursor = 0
        self._top = 0

    def compose(self) -> ComposeResult:
        """One text in lines, as much of it as fits."""
        yield Static("", id="help-title", markup=False)
        yield TextLines(id="help-text")
        yield KeysBar(Mode.HELP, id="keys")

    def on_resize(self) -> None:
        """Set the text anew for the new size."""
        self.call_after_refresh(self._draw)

    def on_key(self, event: events.Key) -> None:
        """Find what is typed."""
        if event.key == "backspace":
            self.wanted = self.wanted[:-1]
        elif event.is_printable and event.character and event.character != "?":
            self.wanted += event.character
        else:
            return
        event.stop()
        self._cursor = self._top = 0
        self._draw()

    def action_choose(self, by: int) -> None:
        """Go to another key."""
        self._cursor = max(0, min(self._cursor + by, len(self._found()) - 1))
        self._draw()

    def action_run(self) -> None:
        """Do what the chosen key does, where it can be done from the lists."""
        found = self._found()
        chosen = found[self._cursor] if self._cursor < len(found) else None
        self.dismiss(chosen.action if chosen and chosen.mode in REVIEW else None)

    def action_close(self) -> None:
        """Back to the pictures."""
        self.dismiss(None)

    def _found(self) -> list[Key]:
        words = self.wanted.lower().split()
        return [
            key
            for mode in Mode
            for key in table_of(self.app)
            if key.mode is mode and all(word in _words_of(key) for word in words)
        ]

    def _draw(self) -> None:
        colours = palette(self.app.theme_variables)
        title = Text(" Cutting Room  keys", colours.accent, no_wrap=True)
        title.append(f"   {self.wanted}▏" if self.wanted else "   type to find one", colours.dim)
        self.query_one("#help-title", Static).update(title)
        self.query_one(TextLines).set_lines(self._lines(colours))

    def _lines(self, colours: Palette) -> list[Text]:
        found = self._found()
        if not found:
            return [Text("no key does that; Bksp takes a letter back", colours.dim)]
        chosen = found[self._cursor]
        height = max(1, self.query_one(TextLines).size.height)
        pieces: list[Piece] = []
        for mode in Mode:
            keys = [key for key in found if key.mode is mode]
            pieces += [mode.value, *keys, None] if keys else []
        room = self.size.width - 4
        columns = 2 if room + 4 >= WIDE and len(pieces) > height else 1
        at = pieces.index(chosen)
        page = height * columns
        # Whole pages, so that lines stay where they are while one reads.
        top = at // page * page
        shown = [_line(piece, piece is chosen, colours) for piece in pieces[top : top + page]]
        if columns == 1:
            return shown
        return _side_by_side(shown[:height], shown[height:], room // 2)


def _words_of(key: Key) -> str:
    return f"{key.written} {key.help} {key.label} {key.name} {key.mode}".lower()


def _line(piece: Piece, here: bool, colours: Palette) -> Text:
    if piece is None:
        return Text()
    if isinstance(piece, str):
        return Text(piece, colours.accent)
    ground = colours.cursor if here else Style()
    line = Text(no_wrap=True)
    line.append(f"  {piece.written:<14}", colours.bright + ground)
    line.append(f"{piece.help} ", colours.text + ground)
    return line


def _side_by_side(first: list[Text], second: list[Text], width: int) -> list[Text]:
    lines = []
    for row, line in enumerate(first):
        whole = line.copy()
        whole.truncate(width, pad=True)
        if row < len(second):
            whole.append_text(second[row])
        lines.append(whole)
    return lines
