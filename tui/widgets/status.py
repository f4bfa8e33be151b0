"""The status line: what is left, how fast it goes, and whether all is saved."""

from __future__ import annotations

from collections import Counter

from rich.text import Text
from textual.timer import Timer

from engine.text import plain
from engine.values import State
from tui.filtering import EVERYTHING, Filter
from tui.grouping import ORDERS
from tui.look import Layer, Look
from tui.theme import SAVING, SIGNS, WARNING, WORDS, palette
from tui.widgets.text_lines import TextLines

SAID_FOR = 4.0
"""Seconds that a passing word stays."""


class Status(TextLines):
    """One line; a passing word takes the place of the pace for a moment."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._word = ""
        self._timer: Timer | None = None
        self._pieces: tuple[Text, Text, int, str] = (Text(), Text(), 0, "")
        self._count = 0
        """Cells of how much is left."""

    def say(self, word: str) -> None:
        """Say something for a moment."""
        self._word = word
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SAID_FOR, self._hush)
        self._redraw()

    def _hush(self) -> None:
        self._word = ""
        self._redraw()

    def show(
        self,
        states: Counter[State],
        *,
        waiting: int,
        pace: float,
        trouble: str,
        filter: Filter,  # noqa: A002 - the room's word for it
        order: str,
        marked: int,
        look: Look,
        complete: bool,
    ) -> None:
        """Show how far the review is."""
        colours = palette(self.app.theme_variables)
        left = states[State.PENDING]
        line = Text(no_wrap=True, end="")
        if not complete:
            line.append(" reading the project…", colours.dim)
            self._count = line.cell_len
        else:
            line.append(f" {left:,} left ", colours.bright)
            self._count = line.cell_len
            for state in (State.APPROVED, State.REJECTED, State.SKIPPED):
                if self.size.width >= 100:
                    text = f"  {SIGNS[state]} {states[state]:,} {WORDS[state]}"
                else:
                    text = f" {SIGNS[state]}{states[state]:,}"
                line.append(text, colours.of(state))
        if filter.active:
            wanted = [w for w in (filter.state, filter.kind) if w != EVERYTHING]
            wanted += [plain(filter.text, 40)] if filter.text else []
            line.append(f"   only {', '.join(wanted)}", colours.accent)
        if order != ORDERS[0]:
            line.append(f"   by {order}", colours.accent)
        if marked:
            line.append(f"   range of {marked}", colours.accent)
        for word in _look_in_words(look):
            line.append(f"   {word}", colours.accent)
        speed = Text(end="")
        if pace:
            speed.append(f"   {pace:.0f}/min", colours.dim)
            if left:
                speed.append(f", {_duration(left / pace)} to go", colours.dim)
        self._pieces = line, speed, waiting, trouble
        self._redraw()

    def _redraw(self) -> None:
        left, speed, waiting, trouble = self._pieces
        colours = palette(self.app.theme_variables)
        line = left.copy()
        line.append_text(Text(f"   {self._word}", colours.accent) if self._word else speed)
        end = Text(" ", no_wrap=True, end="")
        if trouble:
            end.append(f"{WARNING} {trouble} ", colours.warning)
        elif waiting:
            end.append(f"{SAVING} saving {waiting} ", colours.dim)
        else:
            end.append("✓ saved ", colours.approved)
        # However long the trouble is, how much is left stays in sight.
        count = min(self._count, line.cell_len)
        end.truncate(max(0, self.size.width - count), overflow="ellipsis")
        room = max(0, self.size.width - end.cell_len)
        line.truncate(room, overflow="ellipsis", pad=True)
        line.append_text(end)
        self.set_lines([line])


def _look_in_words(look: Look) -> list[str]:
    """Say what differs from the whole picture alone."""
    words = [str(look.layer)] if look.layer is not Layer.PICTURE else []
    if look.loupe:
        words.append(f"loupe {look.zoom:g}:1" if look.zoom >= 1 else f"loupe 1:{1 / look.zoom:g}")
    words += ["two up"] if look.two_up else []
    return [*words, "sheet"] if look.sheet else words


def _duration(minutes: float) -> str:
    if minutes < 1:
        return "<1 min"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
