"""The status line: what is left, how fast it goes, and whether all is saved."""

from __future__ import annotations

from collections import Counter

from rich.text import Text
from textual.timer import Timer

from engine.values import State
from tui.review_list import EVERYTHING, Filter
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
        self._pieces: tuple[Text, int, str] = (Text(), 0, "")

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
        complete: bool,
    ) -> None:
        """Show how far the review is."""
        colours = palette(self.app.theme_variables)
        left = states[State.PENDING]
        line = Text(no_wrap=True, end="")
        if not complete:
            line.append(" reading the project…", colours.dim)
        else:
            line.append(f" {left:,} left ", colours.bright)
            for state in (State.APPROVED, State.REJECTED, State.SKIPPED):
                if self.size.width >= 100:
                    text = f"  {SIGNS[state]} {states[state]:,} {WORDS[state]}"
                else:
                    text = f" {SIGNS[state]}{states[state]:,}"
                line.append(text, colours.of(state))
        if filter.active:
            wanted = [w for w in (filter.state, filter.kind) if w != EVERYTHING]
            line.append(f"   only {', '.join(wanted)}", colours.accent)
        if pace and not self._word:
            line.append(f"   {pace:.0f}/min", colours.dim)
            if left:
                line.append(f", {_duration(left / pace)} to go", colours.dim)
        self._pieces = line, waiting, trouble
        self._redraw()

    def _redraw(self) -> None:
        left, waiting, trouble = self._pieces
        colours = palette(self.app.theme_variables)
        line = left.copy()
        if self._word:
            line.append(f"   {self._word}", colours.accent)
        end = Text(no_wrap=True, end="")
        if trouble:
            end.append(f"{WARNING} {trouble} ", colours.warning)
        elif waiting:
            end.append(f"{SAVING} saving {waiting} ", colours.dim)
        else:
            end.append("✓ saved ", colours.approved)
        room = max(0, self.size.width - len(end))
        line.truncate(room, overflow="ellipsis", pad=True)
        line.append_text(end)
        self.set_lines([line])


def _duration(minutes: float) -> str:
    if minutes < 1:
        return "<1 min"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
