"""Where the picture is: shows drawings that workers made, never makes one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.filter import LineFilter
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.encode import (
    Drawing,
    kitty_abort,
    kitty_abort_frame,
    kitty_forget,
    kitty_frame,
    kitty_place,
    kitty_switch,
    kitty_take_away,
)
from tui.keymap import Mode, bindings
from tui.link import Link
from tui.terminal import Terminal
from tui.theme import palette

HELD = 12
"""Pictures that a terminal with kitty's protocol keeps for us: going back costs no bytes."""

PATIENCE = 0.05
"""Seconds that another picture may stay while a new one is on its way."""

CELL_BYTES, BENEATH_BYTES = 5, 3_500
"""What a draft costs on a slow link, about: a half cell of it, or all of what lies beneath."""


class PictureView(Widget):
    """One drawing in the middle of its place, or a few words; under the loupe it has the keys."""

    BINDINGS = bindings(Mode.LOUPE)

    @dataclass
    class Asked(Message):
        """A key of the loupe was pressed, or the picture clicked."""

        action: str
        arguments: tuple[float, ...] = ()

    class Resized(Message):
        """The place has another size: what was made for it does not fit."""

    def __init__(self, terminal: Terminal, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.terminal = terminal
        self._drawing: Drawing | None = None
        self._box = (0, 0)
        self.words = ""
        """Said in place of a picture."""
        self._held: OrderedDict[int, None] = OrderedDict()
        self._base: tuple[str, Drawing] | None = None
        """Kitty's picture that was put last, and what it is of."""
        self._frames: dict[int, tuple[Drawing, int]] = {}
        """Drawings that are frames of another's picture: blinking between them costs no bytes."""
        self._turned: dict[int, int] = {}
        """Frame on show of pictures that have several."""
        self._placed: tuple[int, int, int, int, int] | None = None
        """Kitty's picture beneath the cells: its number, column, row, columns and rows."""
        self._coming: Drawing | None = None
        """What the link was given last."""
        self.link = Link(self._send, rate=terminal.rate)

    def action_pan(self, x: int, y: int) -> None:
        """Ask to move the loupe."""
        self.post_message(self.Asked("pan", (x, y)))

    def action_zoom(self, by: int) -> None:
        """Ask for another scale."""
        self.post_message(self.Asked("zoom", (by,)))

    def action_step(self, by: int) -> None:
        """Ask for another candidate."""
        self.post_message(self.Asked("step", (by,)))

    def action_interest(self) -> None:
        """Ask for the point of interest."""
        self.post_message(self.Asked("interest"))

    def action_close(self) -> None:
        """Ask for the whole picture."""
        self.post_message(self.Asked("close"))

    def on_click(self, event: events.Click) -> None:
        """Report where in the picture it was clicked, as shares of it."""
        drawing = self._drawing
        if drawing is None:
            return
        left, top = self._corner(drawing)
        x = (event.x - self.styles.padding.left - left + 0.5) / drawing.columns
        y = (event.y - self.styles.padding.top - top + 0.5) / drawing.rows
        if 0 <= x <= 1 and 0 <= y <= 1:
            self.post_message(self.Asked("click", (x, y)))

    def on_mount(self) -> None:
        """Look after the link."""
        if self.app.is_headless or self.app.is_web:
            self.link.expect_no_answers()
        self.set_interval(0.025, self.link.look_after)

    def on_unmount(self) -> None:
        """Leave nothing in the terminal's memory."""
        self.link.drop()
        self._take_away()
        for number in self._held:
            self._send(kitty_forget(number, self.terminal.tmux))

    def on_hide(self) -> None:
        """Leave nothing beneath what takes the place."""
        self._take_away()

    def on_resize(self) -> None:
        """Tell whoever has drawings made."""
        self.post_message(self.Resized())

    @property
    def box(self) -> tuple[int, int]:
        """Columns and rows that a picture may fill."""
        return self.content_size.width, self.content_size.height

    @property
    def has_drawing(self) -> bool:
        """Whether a picture is on show."""
        return self._drawing is not None

    def shows(self, box: tuple[int, int]) -> bool:
        """Whether what is shown was made for a place of this size."""
        return self._drawing is not None and self._box == box

    def show(self, drawing: Drawing, of: str = "") -> None:
        """Show a drawing; kitty gets its pixels first.

        ``of`` names what may be looked at in several ways: these become frames of one picture.
        """
        if drawing is self._coming and self.link.is_sending:
            return
        self._coming = drawing
        if drawing.image_id in self._frames:
            self.link.drop()
            self._turn(drawing.image_id)
            return
        if not drawing.image_id or drawing.image_id in self._held:
            self.link.drop()
            self._put(drawing, of)
            return
        if drawing.is_draft:
            self.link.drop()
            self._send_draft(drawing, of)
            return
        size = sum(map(len, drawing.chunks))
        soon = self.link.rate > 0 and self.link.seconds_for(size) < PATIENCE
        if drawing.beneath and not self.terminal.calm:
            # One of another shape in its place would be taken for the new one.
            soon = soon and self._drawing is not None and self._drawing.lines == drawing.lines
        drafted = self._drawing is not None and self._drawing is drawing.coarse
        if drawing.coarse is not None and not (soon or drafted or drawing.finer):
            # Until they have arrived: never the picture of another candidate.
            if self.terminal.calm:
                self.say("")
            else:
                self.show(drawing.coarse, of)
        base = self._twin_of(drawing, of)
        if base is not None:
            self.link.send(
                kitty_frame(drawing.png, base.image_id),
                done=lambda: self._hold_frame(drawing, base),
                abort=kitty_abort_frame(),
            )
            return
        self.link.send(
            drawing.chunks,
            done=lambda: self._hold(drawing, of),
            abort=kitty_abort(drawing.image_id, self.terminal.tmux),
        )

    def _send_draft(self, drawing: Drawing, of: str) -> None:
        """Show what is so small that it goes in one go, and is let go of once it was shown."""
        if drawing is self._drawing:
            return
        self._send("".join(drawing.chunks))
        self._put(drawing, of)
        self.link.ask()

    def _twin_of(self, drawing: Drawing, of: str) -> Drawing | None:
        """Give the picture that a drawing may be a frame of: of the same, and of its size."""
        if not (of and self.terminal.frames and self._base):
            return None
        known, base = self._base
        alike = (base.columns, base.rows) == (drawing.columns, drawing.rows)
        # A PNG says its size in these places.
        alike = alike and base.png[16:24] == drawing.png[16:24] and base.image_id in self._held
        return base if alike and known == of else None

    def _hold_frame(self, drawing: Drawing, base: Drawing) -> None:
        """Kitty has a frame more."""
        count = 2 + sum(known.image_id == base.image_id for known, _ in self._frames.values())
        self._frames[drawing.image_id] = base, count
        self._turn(drawing.image_id)

    def _turn(self, number: int) -> None:
        """Show a frame of a picture."""
        base, frame = self._frames[number]
        self._put_cells(base)
        self._turn_to(base.image_id, frame)

    def _turn_to(self, number: int, frame: int) -> None:
        if self._turned.get(number, 1) != frame:
            self._turned[number] = frame
            self._send(kitty_switch(number, frame))

    def _put(self, drawing: Drawing, of: str = "") -> None:
        if drawing.image_id in self._held:
            self._held.move_to_end(drawing.image_id)
            self._base = of, drawing
            self._turn_to(drawing.image_id, 1)
        self._put_cells(drawing)

    def _put_cells(self, drawing: Drawing) -> None:
        if drawing.image_id and drawing is self._drawing and self._box == self.box:
            return
        before, self._drawing, self.words = self._drawing, drawing, ""
        covers = before is not None and self._covers(drawing, before)
        self._box = self.box
        if covers and (drawing.finer or not self.link.is_slow):
            # Cells drawn again beneath it would only flicker.
            self._paint_over(drawing)
            return
        if drawing.beneath and before is not None and before.lines == drawing.lines:
            # The cells above it are as they were.
            self._lay_beneath(drawing)
            return
        self.refresh()
        if not drawing.image_id:
            self.call_after_refresh(self.link.ask)

    def _covers(self, drawing: Drawing, before: Drawing) -> bool:
        """Whether sixels hide all that is on show: a draft of the same, or the frame before."""
        same = (drawing.columns, drawing.rows) == (before.columns, before.rows)
        return bool(drawing.strips) and same and self._box == self.box

    def _lay_beneath(self, drawing: Drawing) -> None:
        """Put kitty's picture beneath the cells, in place of another."""
        if drawing is not self._drawing or not self.display:
            return
        left, top = self._corner(drawing)
        x, y = self.content_region.x + left, self.content_region.y + top
        placed = drawing.image_id, x, y, drawing.columns, drawing.rows
        if placed != self._placed:
            self._send(kitty_place(*placed))
            self._take_away(but=drawing.image_id)
            self._placed = placed

    def _take_away(self, but: int = 0) -> None:
        """Show no picture beneath the cells; a draft is not kept."""
        if self._placed is None or self._placed[0] == but:
            return
        number, self._placed = self._placed[0], None
        kept = number in self._held
        self._send(kitty_take_away(number) if kept else kitty_forget(number, tmux=False))

    def seconds_for_draft(self) -> float:
        """Say how long the link is busy with a draft that fills the place."""
        if self.terminal.draws_beneath:
            return self.link.seconds_for(BENEATH_BYTES)
        width, height = self.box
        return self.link.seconds_for(width * height * CELL_BYTES)

    def say(self, words: str) -> None:
        """Show words in place of a picture."""
        self.link.drop()
        self._take_away()
        if self._drawing is not None or words != self.words:
            self._drawing, self.words = None, words
            self.refresh()

    def _hold(self, drawing: Drawing, of: str) -> None:
        """Kitty has it now: show it, and let go of the one that was not shown for longest."""
        while len(self._held) >= HELD:
            self._forget(self._held.popitem(last=False)[0])
        self._held[drawing.image_id] = None
        self._put(drawing, of)

    def _forget(self, number: int) -> None:
        """Let go of a picture, and of the frames that it has."""
        if self._placed is not None and self._placed[0] == number:
            self._placed = None
        self._send(kitty_forget(number, self.terminal.tmux))
        self._turned.pop(number, None)
        self._frames = {n: kept for n, kept in self._frames.items() if kept[0].image_id != number}

    def _send(self, text: str) -> None:
        """Queue graphics behind whatever text is on its way to the terminal."""
        driver = self.app._driver
        if driver is not None and not self.app.is_headless:
            driver.write(text)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leave alone the cells above a picture: with a colour they would hide it."""
        beneath = self._drawing is not None and self._drawing.beneath
        return [] if beneath else super().get_line_filters()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the cells; sixels go over them once they are there, kitty's picture beneath."""
        drawing = self._drawing
        if drawing is not None and drawing.strips:
            self.call_after_refresh(self._paint_over, drawing)
        if drawing is not None and drawing.beneath:
            self.call_after_refresh(self._lay_beneath, drawing)
        elif self._placed is not None:
            self.call_after_refresh(self._take_away)
        return super().render_lines(crop)

    def _paint_over(self, drawing: Drawing) -> None:
        if drawing is not self._drawing or not (self.screen.is_active and self.display):
            return
        left, top = self._corner(drawing)
        x, y = self.content_region.x + left + 1, self.content_region.y + top + 1
        self.link.send([f"\x1b7\x1b[{y + row};{x}H{strip}\x1b8" for row, strip in drawing.strips])

    def _corner(self, drawing: Drawing) -> tuple[int, int]:
        width, height = self.box
        return max(0, (width - drawing.columns) // 2), max(0, (height - drawing.rows) // 2)

    def render_line(self, y: int) -> Strip:
        """Draw one line of cells."""
        width, base = self.content_size.width, self.rich_style
        if self._drawing is None:
            return self._line_of_words(y, width)
        left, top = self._corner(self._drawing)
        lines = self._drawing.lines
        if not top <= y < top + self._drawing.rows or y - top >= len(lines):
            return Strip.blank(width, base)
        right = max(0, width - left - self._drawing.columns)
        segments = [
            Segment(" " * left, base),
            *lines[y - top],
            Segment(" " * right, base),
        ]
        columns = left + self._drawing.columns + right
        return Strip(segments, columns).adjust_cell_length(width)

    def _line_of_words(self, y: int, width: int) -> Strip:
        lines = self.words.split("\n")
        top = max(0, (self.content_size.height - len(lines)) // 2)
        text = lines[y - top] if top <= y < top + len(lines) else ""
        colours = palette(self.app.theme_variables)
        return Strip([Segment(text[:width].center(width), self.rich_style + colours.dim)])
