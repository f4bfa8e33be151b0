"""The top line: the project, its film, and who is in the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.text import Text
from textual.widgets import Static

from engine.text import plain, plural
from tui.theme import palette


class Title(Static):
    """One line; names come from strangers and are made harmless."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, markup=False)

    def show(self, folder: Path, sources: Mapping[str, str], names: Sequence[str]) -> None:
        """Name the project, its sources and the reviewers."""
        colours, width = palette(self.app.theme_variables), self.app.size.width
        line = Text(no_wrap=True, end="")
        line.append(" Cutting Room ", colours.accent)
        line.append(f" {plain(folder.name.removesuffix('.cuttingroom'), 40)}", colours.bright)
        if len(sources) > 1:
            line.append(f"  {plural(len(sources), 'source')}", colours.dim)
        elif sources:
            line.append(f"  {plain(next(iter(sources.values())), 60)}", colours.dim)
        who = ", ".join(plain(name, 24) for name in dict.fromkeys(names)) + " "
        line.truncate(max(10, width - len(who) - 1), overflow="ellipsis", pad=True)
        line.append(who, colours.dim)
        self.update(line, layout=False)
