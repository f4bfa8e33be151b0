"""The bottom line: what the keys of this mode do."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from tui.keymap import Key, Mode, table_of
from tui.theme import palette


class KeysBar(Static):
    """As many keys of the table as fit."""

    def __init__(self, *modes: Mode, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, markup=False)
        self._modes = modes
        self._hidden: frozenset[str] = frozenset()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    def on_resize(self) -> None:
        """Fill the new width."""
        self._draw()

    def switch(self, *modes: Mode, hidden: frozenset[str] = frozenset()) -> None:
        """Show the keys of other modes, without the actions in ``hidden``."""
        if (modes, hidden) != (self._modes, self._hidden):
            self._modes, self._hidden = modes, hidden
            self._draw()

    def _draw(self) -> None:
        keys = tuple(
            key
            for key in table_of(self.app)
            if key.mode in self._modes and key.action not in self._hidden
        )
        self.update(_line(keys, self.size.width - 1, self), layout=False)


def _line(keys: tuple[Key, ...], room: int, bar: KeysBar) -> Text:
    colours = palette(bar.app.theme_variables)
    line = Text(no_wrap=True, end="")
    line.append(" ")
    wanted = [key for key in keys if key.label]
    help_room = sum(len(k.footer) + len(k.label) + 3 for k in wanted if k.action == "help")
    # "? help" is what a lost person looks for: it is never what does not fit.
    for key in sorted(wanted, key=_rank):
        piece = Text.assemble((key.footer, colours.accent), (f" {key.label}  ", colours.dim))
        keep = 0 if key.action == "help" else help_room
        if len(line) + len(piece) > room - keep:
            continue
        line.append_text(piece)
    return line


def _rank(key: Key) -> int:
    """Set verdicts and the way out first, help last; how to move comes before what can wait."""
    if key.action == "help":
        return 3
    if key.action.startswith(("decide(", "undo")):
        return 0
    if key.mode is Mode.LOUPE and key.action == "close":
        return 0
    return 1 if key.action == "move(1)" or key.mode is Mode.LOUPE else 2
