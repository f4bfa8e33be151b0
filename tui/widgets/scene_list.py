"""The scenes of all sources, with how far each is decided."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from engine.text import plain
from engine.values import Scene, State
from tui.grouping import FORMER, Group
from tui.session import Whereabouts
from tui.theme import CAMERAS, PRESENT, Palette
from tui.widgets.line_list import Line, LineList, columns

METER = 5
"""Cells of the meter of a scene."""


class SceneList(LineList):
    """A heading for each source, a line for each scene."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._groups: Sequence[Group] = ()
        self._rows: list[int | str] = []
        """A group's index, or a heading."""
        self._row_of: list[int] = []
        self._scenes: Mapping[tuple[str, int], Scene] = {}
        self._whereabouts: Whereabouts = {}

    def set_groups(self, groups: Sequence[Group], cursor: int, *, changed: bool) -> None:
        """Show the scenes, with the cursor on one of them."""
        changed = changed or groups is not self._groups or len(self._row_of) != len(groups)
        if changed:
            self._groups = groups
            self._arrange()
        row = self._row_of[cursor] if self._row_of else 0
        self.show(len(self._rows), row, changed=changed)

    def set_scenes(self, scenes: Mapping[tuple[str, int], Scene]) -> None:
        """Take in what is known of the scenes."""
        self._scenes = scenes
        self.refresh()

    def group_at(self, row: int) -> int | None:
        """Give the scene that a row shows; None for a heading."""
        wanted = self._rows[row]
        return wanted if isinstance(wanted, int) else None

    def set_whereabouts(self, whereabouts: Whereabouts) -> None:
        """Mark the scenes that others work in."""
        changed = set(self._whereabouts) ^ set(whereabouts)
        self._whereabouts = whereabouts
        self.redraw_scenes(changed)

    def redraw_scenes(self, scenes: Container[tuple[str, int]]) -> None:
        """Draw the lines of some scenes anew, where they are in sight."""
        top = self.scroll_offset.y
        for row in range(top, min(top + self.size.height, len(self._rows))):
            wanted = self._rows[row]
            if isinstance(wanted, int):
                group = self._groups[wanted]
                if not group.source_id or (group.source_id, group.number) in scenes:
                    self.refresh_lines(row)

    def _arrange(self) -> None:
        self._rows, self._row_of = [], []
        source: str | None = None
        for index, group in enumerate(self._groups):
            if group.source_id != source:
                source = group.source_id
                self._rows.append("Reports" if group.is_reports else group.source)
            self._row_of.append(len(self._rows))
            self._rows.append(index)

    def line(self, row: int, width: int, colours: Palette) -> Line:
        """Draw a heading or a scene."""
        wanted = self._rows[row]
        if isinstance(wanted, str):
            return columns([(f" {_within(wanted, width - 1)}", width, colours.accent)])
        group = self._groups[wanted]
        words = colours.bright if row == self.cursor else colours.text
        if group.source_id:
            parts = [(str(group.number), -4, words), (f" {self._camera(group)} ", 3, colours.dim)]
        else:
            parts = [(f" {group.title}", 7, words)]
        if not group.places:
            return columns([*parts, ("nothing to make", width - 7, colours.faint)])
        total = len(group.places)
        done = total - group.undecided
        filled = METER if done == total else int(METER * done / total)
        parts += [
            ("━" * filled, filled, colours.dim),
            ("━" * (METER - filled), METER - filled, colours.faint),
            (f"{group.undecided or 'done'}", -5, colours.text if group.undecided else colours.dim),
            (self._tally(group, State.APPROVED, "✓"), -4, colours.approved),
            (self._tally(group, State.REJECTED, "✗"), -4, colours.rejected),
            (self._tally(group, State.SKIPPED, "»"), -3, colours.skipped),
            (PRESENT if self._is_worked_on(group) else " ", -2, colours.accent),
        ]
        return columns(parts)

    def _camera(self, group: Group) -> str:
        scene = self._scenes.get((group.source_id, group.number))
        return CAMERAS.get(scene.motion.camera, " ") if scene else " "

    def _is_worked_on(self, group: Group) -> bool:
        return bool(group.source_id) and (group.source_id, group.number) in self._whereabouts

    def _tally(self, group: Group, state: State, sign: str) -> str:
        count = group.states[state]
        return f"{sign}{count}" if count else ""


def _within(source: str, width: int) -> str:
    """Cut a source's name in the middle; that it is of former content stays to be read."""
    name = source.removesuffix(FORMER)
    mark = source[len(name) :]
    return plain(name, max(8, width - len(mark))) + mark
