"""How the picture is looked at: loupe, raw frame, confidence, and two side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.text import plain
from engine.values import Kind
from tui.look import Layer, Look, first_zoom
from tui.widgets.picture import PictureView

if TYPE_CHECKING:
    from tui.screens.review import ReviewScreen


class Looking:
    """What the keys that change the look do; it stays when the cursor moves on."""

    def __init__(self, room: ReviewScreen) -> None:
        self._room = room
        self.look = Look()

    def set(self, look: Look) -> None:
        """Look in another way."""
        self.look = look
        self._room.show_look()

    def loupe(self) -> None:
        """Look at single pixels, or at the whole picture again."""
        here = self._room.review.current
        if not self.look.loupe and (here is None or here.kind is Kind.REPORT):
            self._room.status.say("there are no pixels to look at here")
            return
        zoom = 0.0 if self.look.loupe else self._first_zoom()
        self.set(replace(self.look, zoom=zoom, sheet=False))

    def sheet(self) -> None:
        """Show what is listed around the cursor, small, or the picture again."""
        self.set(Look(pinned=self.look.pinned, sheet=not self.look.sheet))

    def _first_zoom(self) -> float:
        room = self._room
        # Where there is little room, the loupe has all of it.
        columns = room.desk.columns if room.has_class("-wide") else room.size.width
        return first_zoom(columns * room.terminal.pixels[0])

    def blink(self) -> None:
        """Show the raw frame, or the picture again."""
        self.set(replace(self.look.blinked(), sheet=False))

    def layer(self) -> None:
        """Show the next layer."""
        self.set(replace(self.look.other_layer(), sheet=False))

    def two_up(self) -> None:
        """Show two pictures, or one again."""
        pinned = self.look.pinned or self._here()
        if not self.look.pinned:
            self._tell_pinned()
        self.set(replace(self.look, two_up=not self.look.two_up, pinned=pinned, sheet=False))

    def pin(self) -> None:
        """Keep this picture on the left of two."""
        self._tell_pinned()
        self.set(replace(self.look, pinned=self._here(), two_up=True, sheet=False))

    def _tell_pinned(self) -> None:
        self._room.status.say("pinned to the left; move on to compare, Esc ends it")

    def _here(self) -> str:
        here = self._room.review.current
        return here.id if here else ""

    def plainly(self) -> bool:
        """Look at the whole picture alone; False when that is so already."""
        if self.look == Look(pinned=self.look.pinned):
            return False
        self.set(Look())
        return True

    def refused(self, reason: str) -> bool:
        """Go back to the picture from a layer that there is none of; False on the picture."""
        if self.look.layer is not Layer.SURE:
            return False
        self._room.status.say(plain(reason))
        self.set(replace(self.look, layer=Layer.PICTURE))
        return True

    def answer(self, asked: PictureView.Asked) -> None:
        """Do what a key of the loupe, or a click on the picture, asks for."""
        here = self._room.review.current
        if here is None:
            return
        match asked.action, asked.arguments:
            case "pan", (x, y):
                window = self._room.desk.window(here, self.look)
                interest = self._room.review.interest(here)
                self.set(self.look.panned(int(x), int(y), window, interest))
            case "zoom", (by,):
                self.set(self.look.zoomed(int(by)))
            case "interest", _:
                self.set(replace(self.look, spot=None))
            case "step", (by,):
                self._room.action_move(int(by))
            case "click", (x, y):
                self._click(x, y)
            case "close", _:
                self.set(replace(self.look, zoom=0.0))

    def _click(self, x: float, y: float) -> None:
        """Open the loupe where the picture was clicked, or move it there."""
        here = self._room.review.current
        if self.look.sheet:
            row = self._room.desk.row_at(x, y)
            if row is not None:
                self._room.review.go_to_row(row)
                self._room.draw()
            return
        if here is not None and self.look.loupe:
            window = self._room.desk.window(here, self.look)
            x, y = window.left + x * window.width, window.top + y * window.height
        self.set(replace(self.look, spot=(x, y), zoom=self.look.zoom or self._first_zoom()))
