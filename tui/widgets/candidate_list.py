"""The candidates of a scene, one a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.project.candidate import Candidate
from engine.text import plain
from engine.values import Kind
from tui.filtering import Disputes
from tui.theme import DISPUTED, FLAG, SAVING, TWEAKED, WARNING, Palette, sign_of
from tui.widgets.line_list import Line, LineList, columns


class CandidateList(LineList):
    """Sign, kind, score, size and reason of each candidate."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._candidates: Sequence[Candidate] = ()
        self._places: Sequence[int] = ()
        self._waiting: Counter[str] = Counter()
        self._disputes: Disputes = {}
        self._marked = range(0)

    def set_rows(
        self,
        candidates: Sequence[Candidate],
        places: Sequence[int],
        waiting: Counter[str],
        cursor: int,
        *,
        marked: range,
        disputes: Disputes,
        changed: bool,
    ) -> None:
        """Show the candidates at ``places``; those in ``waiting`` are being written."""
        changed = changed or places is not self._places
        self._candidates, self._places, self._waiting = candidates, places, waiting
        before, self._marked, self._disputes = self._marked, marked, disputes
        self.show(len(places), cursor, changed=changed)
        for row in set(before) ^ set(marked):
            self.refresh_lines(row)

    def is_marked(self, row: int) -> bool:
        """Whether a row is in the range."""
        return row in self._marked

    def redraw(self, identities: set[str]) -> None:
        """Draw the rows of some candidates anew, where they are in sight."""
        top = self.scroll_offset.y
        for row in range(top, min(top + self.size.height, len(self._places))):
            if self._candidates[self._places[row]].id in identities:
                self.refresh_lines(row)

    def line(self, row: int, width: int, colours: Palette) -> Line:
        """Draw a candidate."""
        candidate = self._candidates[self._places[row]]
        waiting = bool(self._waiting[candidate.id])
        sign = SAVING + (TWEAKED if candidate.tweaked else " ") if waiting else sign_of(candidate)
        state = colours.dim if waiting else colours.of(candidate.state)
        here = row == self.cursor
        words = colours.bright if here else colours.text
        w, h = candidate.size
        size = f"{w}×{h}" if w else ""
        parts = [
            (f" {sign[0]}", 2, state),
            (sign[1], 1, colours.tweaked),
            (self._mark(candidate), 1, colours.warning),
            (_name(candidate), 9, words),
            (_score(candidate), -4, colours.dim),
        ]
        rest = width - 17
        if rest >= 20:
            parts.append((size, -11, colours.dim))
            rest -= 11
        mark = WARNING if candidate.warnings_json not in ("", "[]") else " "
        parts += [
            (f" {mark} ", 3, colours.warning),
            (_reason(candidate), max(1, rest - 3), colours.dim),
        ]
        return columns(parts)

    def _mark(self, candidate: Candidate) -> str:
        """Give a dispute, a flag or a rating its one sign: in that order."""
        if candidate.id in self._disputes:
            return DISPUTED
        if candidate.flag:
            return FLAG
        return str(candidate.rating or " ")


def _score(candidate: Candidate) -> str:
    """Write a score in three places, marked where it is that of the proposal before a tweak.

    A report has none worth telling.
    """
    if candidate.kind is Kind.REPORT:
        return ""
    score = f"{candidate.score:.2f}".removeprefix("0")[:3]
    return f"{TWEAKED}{score}" if candidate.tweaked else score


def _name(candidate: Candidate) -> str:
    return f"└{candidate.kind}" if candidate.folded else str(candidate.kind)


def _reason(candidate: Candidate) -> str:
    """Say what it is for, and how many are folded under it."""
    reason = plain(candidate.reason, 24)
    return f"+{candidate.alike} {reason}" if candidate.alike else reason
