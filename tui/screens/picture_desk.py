"""Which picture is on show: from disk, from the engine, or with a crop's frame over it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.message import Message

from engine.errors import EngineError
from engine.files import resolve_under
from engine.project.candidate import Candidate
from engine.recipe import BaseRecipe, CropRecipe, candidate_id
from engine.text import plain
from engine.values import Box, Size
from tui.darkroom import Darkroom, Drawn, NotDrawn, Order
from tui.rendering import Made, Making, NotMade, Renderer, Wanted
from tui.review_list import ReviewList
from tui.terminal import Graphics, Terminal
from tui.tweak import Tweak, known_size
from tui.widgets.picture import PictureView

MADE_KEPT = 16
"""Pictures of the engine kept in memory, a few megabytes each."""


class PictureDesk:
    """Owns the threads that make pictures; shows only what is still wanted."""

    def __init__(
        self,
        folder: Path,
        terminal: Terminal,
        review: ReviewList,
        view: PictureView,
        post: Callable[[Message], object],
    ) -> None:
        self._folder, self._terminal, self._review, self._view = folder, terminal, review, view
        self._darkroom = Darkroom(terminal, post)
        self._renderer = Renderer(folder, post)
        self._made: OrderedDict[str, Made] = OrderedDict()
        self._failed: dict[str, str] = {}
        self._order: Order | None = None
        """What is to be on show."""
        self._awaited = ""
        """Token of the picture that the engine is asked for."""
        self._progress = ""

    def close(self) -> None:
        """Stop the threads."""
        self._darkroom.close()
        self._renderer.close()

    def forget_failures(self) -> None:
        """Try again what could not be made: a scan has changed something."""
        self._failed.clear()

    # What to show

    def show(self, candidate: Candidate, neighbours: Sequence[Candidate] = ()) -> None:
        """Show a candidate's picture."""
        order = self._order_of(candidate)
        if order is None:
            self._have_made(candidate, _token(candidate))
            return
        ahead = [near for near in map(self._order_of, neighbours) if near is not None]
        self._put(order, ahead)

    def show_words(self, words: str) -> None:
        """Show words and no picture."""
        self._order = None
        self._stop_waiting()
        self._darkroom.forget()
        self._view.say(words)

    def show_tweak(self, tweak: Tweak) -> None:
        """Show the picture that a recipe in the making makes."""
        candidate, recipe = tweak.candidate, tweak.recipe
        if isinstance(recipe, CropRecipe):
            self._show_crop(tweak, recipe)
        elif recipe == candidate.recipe:
            self.show(candidate)
        else:
            token = candidate_id(candidate.source_id, recipe)
            if token in self._made:
                self._put(self._order_of_made(token))
            else:
                self._want(Wanted(candidate, recipe), token, keep_showing=True)

    def _show_crop(self, tweak: Tweak, recipe: CropRecipe) -> None:
        candidate, base = tweak.candidate, recipe.base
        token = candidate_id(candidate.source_id, base)
        size = self.base_size(candidate, base)
        order = self._order_of_base(token)
        if order is None or size is None:
            self._want(Wanted(candidate, base), token, keep_showing=True)
            return
        frame = Box(recipe.x, recipe.y, recipe.side, recipe.side)
        same = self._order is not None and self._order.token == order.token
        self._put(
            Order(order.token, order.box, order.path, order.picture, frame, size, draft=not same)
        )

    def base_size(self, candidate: Candidate, base: BaseRecipe) -> Size | None:
        """Give the full size of what a crop is cut from, as far as it is known."""
        token = candidate_id(candidate.source_id, base)
        if token in self._made:
            return self._made[token].size
        known = self._review.get(token)
        return known.proposed_size if known is not None else known_size(base)

    def made(self, tweak: Tweak) -> Made | None:
        """Give what the engine made of a recipe, if it did."""
        return self._made.get(candidate_id(tweak.candidate.source_id, tweak.recipe))

    def _order_of(self, candidate: Candidate) -> Order | None:
        """Say what to draw for a candidate; None when there is no picture yet."""
        token = _token(candidate)
        if token in self._made:
            return self._order_of_made(token)
        if candidate.tweaked:
            return None
        path = self._preview(candidate)
        return Order(candidate.id, self._view.box, path) if path else None

    def _order_of_base(self, token: str) -> Order | None:
        if token in self._made:
            return self._order_of_made(token)
        known = self._review.get(token)
        path = self._preview(known) if known is not None else None
        return Order(token, self._view.box, path) if path else None

    def _order_of_made(self, token: str) -> Order:
        # Its own word, so that a preview on disk and a picture of the engine are never mixed up.
        return Order(f"made {token}", self._view.box, picture=self._made[token].picture)

    def _preview(self, candidate: Candidate) -> Path | None:
        if not candidate.preview:
            return None
        try:
            path = resolve_under(self._folder, candidate.preview)
        except ValueError:
            return None
        return path if path.is_file() else None

    def _put(self, order: Order, ahead: Sequence[Order] = ()) -> None:
        if self._terminal.graphics is Graphics.NONE:
            self.show_words("pictures are off")
            return
        if not all(order.box):
            return
        if order == self._order and self._view.shows(order.box):
            return
        self._order = order
        self._stop_waiting()
        fine = not self._view.link.is_slow
        self._darkroom.ask(order.with_ahead(ahead, fine), self._view.seconds_for_draft())

    # Pictures that the engine has to make

    def _stop_waiting(self) -> None:
        if self._awaited:
            self._awaited = ""
            self._renderer.forget()

    def _have_made(self, candidate: Candidate, token: str) -> None:
        try:
            self._want(Wanted(candidate, candidate.recipe), token, keep_showing=False)
        except EngineError as error:
            self.show_words(f"no picture: {plain(str(error))}")

    def _want(self, wanted: Wanted, token: str, *, keep_showing: bool) -> None:
        if token in self._failed:
            self.show_words(f"no picture: {self._failed[token]}")
            return
        if not keep_showing:
            self.show_words("making the picture…")
        if token != self._awaited:
            self._awaited, self._progress = token, "beginning"
            self._renderer.ask(wanted)

    @property
    def progress(self) -> str:
        """What the engine is doing for what is to be shown; empty when it is done."""
        return f"making the picture: {self._progress}" if self._awaited else ""

    # What the threads say

    def on_drawn(self, message: Drawn) -> None:
        """Show a drawing, unless something else is wanted by now."""
        if message.order == self._order and message.order.box == self._view.box:
            self._view.show(message.drawing)

    def on_not_drawn(self, message: NotDrawn, candidate: Candidate | None) -> None:
        """Have a picture made that cannot be read."""
        if message.order == self._order and candidate is not None:
            self._have_made(candidate, _token(candidate))

    def on_making(self, message: Making) -> bool:
        """Take in how far the engine is; True when it is waited for."""
        if _token_of(message.wanted) != self._awaited:
            return False
        self._progress = plain(message.words)
        if self._order is None:
            self._view.say(self._progress)
        return True

    def on_made(self, message: Made) -> bool:
        """Take in what the engine made; True when it is waited for."""
        token = _token_of(message.wanted)
        self._made[token] = message
        while len(self._made) > MADE_KEPT:
            self._made.popitem(last=False)
        if token != self._awaited:
            return False
        self._awaited = ""
        return True

    def on_not_made(self, message: NotMade) -> bool:
        """Take in that the engine could not; True when it was waited for."""
        token = _token_of(message.wanted)
        self._failed[token] = plain(message.reason)
        if token != self._awaited:
            return False
        self.show_words(f"no picture: {plain(message.reason)}")
        return True


def _token(candidate: Candidate) -> str:
    """Name the picture that a candidate's recipe makes."""
    if not candidate.tweaked:
        return candidate.id
    return candidate_id(candidate.source_id, candidate.recipe)


def _token_of(wanted: Wanted) -> str:
    return candidate_id(wanted.candidate.source_id, wanted.recipe)
