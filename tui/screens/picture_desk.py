"""Which picture is on show: from disk or from the engine, whole, under the loupe, or beside one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from textual.message import Message

from engine.errors import EngineError, RecipeError
from engine.files import resolve_under
from engine.project.candidate import Candidate
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    Recipe,
    candidate_id,
    picture_of,
)
from engine.text import plain
from engine.values import Size
from tui.darkroom import Darkroom, Drawn, NotDrawn, Order
from tui.fitting import Fitter, Pointed
from tui.look import Layer, Look, Window, raw_of, window_of
from tui.outlines import outlines
from tui.rendering import How, Made, Making, NotMade, Renderer, Wanted
from tui.review_list import ReviewList
from tui.sheet import GAP, PAGE, Sheet
from tui.terminal import Graphics, Terminal
from tui.tweak import Tweak, known_size
from tui.widgets.picture import PictureView

MADE_KEPT = 48_000_000
"""Bytes of pictures of the engine that are kept in memory; the newest one in any case."""


PLAIN = Look()
"""The whole picture alone."""

PREVIEW_SIDE = 960
"""Pixels; a picture no larger than this is kept whole as its preview."""


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
        self._post = post
        self._darkroom = Darkroom(terminal, post)
        self._renderer = Renderer(folder, post)
        self._made: OrderedDict[str, Made] = OrderedDict()
        self._failed: dict[str, str] = {}
        self.ground = "#12141a"
        """Colour between two pictures."""
        self.sizes: Mapping[str, Size] = {}
        """Size of a frame, by source."""
        self._order: Order | None = None
        """What is to be on show."""
        self._drawn: Order | None = None
        """What was put on show last."""
        self._awaited = ""
        """Token of the picture that the engine is asked for."""
        self._progress = ""
        self._quiet = False
        """What the engine makes is not waited for: something good is on show."""
        self._fitter: Fitter | None = None

    def close(self) -> None:
        """Stop the threads."""
        self._darkroom.close()
        self._renderer.close()
        if self._fitter is not None:
            self._fitter.close()

    def forget_failures(self) -> None:
        """Try again what could not be made: a scan has changed something."""
        self._failed.clear()

    # What to show

    def show(
        self, candidate: Candidate, neighbours: Sequence[Candidate] = (), look: Look = PLAIN
    ) -> None:
        """Show a candidate's picture, looked at as ``look`` says."""
        self._quiet = False
        try:
            self._show(candidate, neighbours, look)
        except RecipeError as error:  # before the watcher has looked at all of them
            self.show_words(f"no picture: {error}")

    def _show(self, candidate: Candidate, neighbours: Sequence[Candidate], look: Look) -> None:
        if look.sheet:
            self._show_page()
            return
        wanted = self._wanted(candidate, look)
        if wanted is None:
            self.show_words("there is no raw frame to compare it with")
            return
        order = self._order_of(candidate, look)
        if order is None:
            self._want(wanted, keep_showing=look != PLAIN and self._order is not None)
            return
        ahead = [near for c in neighbours if (near := self._order_of(c, look)) is not None]
        sharp = replace(wanted, how=How.FULL)
        if not look.loupe or self._is_sharp(candidate, look) or sharp.token in self._failed:
            self._put(order, ahead)
            return
        # What there is in large first; the engine makes what is to be seen in it.
        self._put(order, ahead, awaiting=sharp.token)
        self._want(sharp, keep_showing=True)

    def _wanted(self, candidate: Candidate, look: Look) -> Wanted | None:
        """Say which picture ``look`` is about."""
        if look.layer is not Layer.RAW:
            how = How.SURE if look.layer is Layer.SURE else How.PREVIEW
            return Wanted(candidate, candidate.recipe, how)
        raw = raw_of(candidate.recipe, self.sizes.get(candidate.source_id))
        return Wanted(candidate, raw) if raw is not None else None

    def _is_sharp(self, candidate: Candidate, look: Look) -> bool:
        """Whether the picture at hand has all the pixels that there are."""
        wanted = self._wanted(candidate, look)
        if wanted is None or look.layer is Layer.SURE:
            return True
        if replace(wanted, how=How.FULL).token in self._made:
            return True
        plain_picture = look.layer is Layer.PICTURE and not candidate.tweaked
        return plain_picture and max(candidate.size) <= PREVIEW_SIDE

    @property
    def columns(self) -> int:
        """How wide a picture may be, cells."""
        return self._view.box[0]

    def window(self, candidate: Candidate, look: Look) -> Window:
        """Give the part of a candidate's picture that is under the loupe."""
        columns, rows = self._view.box
        cell = self._terminal.pixels
        room = columns * cell[0], rows * cell[1]
        if look.two_up and look.pinned:
            room = room[0] // 2 - GAP // 2, room[1]
        size = self._full_size(candidate, look)
        spot = look.spot or self._review.interest(candidate)
        return window_of(spot, look.zoom, size, room)

    def _full_size(self, candidate: Candidate, look: Look) -> Size:
        if look.layer is not Layer.RAW:
            return candidate.size
        wanted = self._wanted(candidate, look)
        recipe = wanted.recipe if wanted else candidate.recipe
        if isinstance(recipe, CropRecipe):
            return recipe.box.size
        return picture_of(recipe).size if isinstance(recipe, KeeperRecipe) else candidate.size

    def show_sheet(self, candidates: Sequence[Candidate]) -> None:
        """Show small pictures of many."""
        paths = tuple(self._preview(candidate) for candidate in candidates)
        if not any(paths):
            self.show_words("no picture")
            return
        self._put_sheet(Sheet(paths, tuple(c.proposed_size for c in candidates)))

    def _show_page(self) -> None:
        """Show what is listed around the cursor."""
        candidates, here = self._review.page(PAGE)
        made = tuple(map(self._token_of_tweak, candidates))
        pictures = {token: self._made[token].picture for token in made if token}
        shapes = tuple(
            pictures[token].size if token else c.proposed_size if all(c.proposed_size) else (1, 1)
            for c, token in zip(candidates, made, strict=True)
        )
        self._put_sheet(
            Sheet(
                tuple(map(self._preview, candidates)),
                shapes,
                tuple(c.state for c in candidates),
                here,
                made,
                pictures,
                tuple(c.tweaked and not token for c, token in zip(candidates, made, strict=True)),
            )
        )

    def _token_of_tweak(self, candidate: Candidate) -> str:
        """Name what the engine made of a tweak that was kept, if that is still at hand."""
        if not candidate.tweaked:
            return ""
        token = candidate_id(candidate.source_id, candidate.recipe)
        return token if token in self._made else ""

    def _put_sheet(self, sheet: Sheet) -> None:
        token = "sheet " + " ".join(path.name if path else "-" for path in sheet.paths)
        token += " made " + " ".join(sheet.made)
        same = self._order is not None and self._order.token == token
        order = Order(token, self._view.box, sheet=sheet, ground=self.ground, draft=not same)
        self._put(order)

    def row_at(self, x: float, y: float) -> int | None:
        """Give the row whose picture is at a place of the sheet, in shares of it."""
        sheet = self._order.sheet if self._order else None
        if sheet is None:
            return None
        (columns, rows), cell = self._view.box, self._terminal.cell
        room = columns * cell[0], rows * cell[1]
        number = sheet.at(round(x * room[0]), round(y * room[1]), room)
        return None if number is None else self._review.row // PAGE * PAGE + number

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
        elif (frame := tweak.frame_at_hand) is not None:
            self._show_frame(tweak, frame)
        elif isinstance(recipe, KeeperRecipe) and recipe == candidate.recipe:
            self.show(candidate)
        else:
            self._show_changed(tweak, candidate_id(candidate.source_id, recipe))

    def _show_changed(self, tweak: Tweak, token: str) -> None:
        """Show what the engine made of a recipe; until then what there is, marked as it is now.

        What was proposed is made too: only that tells where its frames lie and what is in them.
        """
        wanted = Wanted(tweak.candidate, tweak.recipe)
        if token in self._made:
            self._put(self._marked(self._order_of_made(token), tweak))
            return
        as_proposed = tweak.recipe == tweak.candidate.recipe
        shown = self._whole(tweak.candidate, PLAIN) if as_proposed else None
        if shown is None and self._order is not None:
            shown = self._order
        if shown is not None:
            self._put(self._marked(shown, tweak), awaiting=token)
        self._quiet = as_proposed and shown is not None
        if not self._quiet or token not in self._failed:
            self._want(wanted, keep_showing=shown is not None)

    def _show_frame(self, tweak: Tweak, frame: KeeperRecipe) -> None:
        """Show the frame at hand; until it is there, what is on show."""
        token = candidate_id(tweak.candidate.source_id, frame)
        order = self._order_of_base(token)
        if order is not None:
            self._put(self._marked(order, tweak))
            return
        if self._order is not None:
            self._put(self._marked(self._order, tweak), awaiting=token)
        self._quiet = False
        self._want(Wanted(tweak.candidate, frame), keep_showing=self._order is not None)

    def _marked(self, order: Order, tweak: Tweak) -> Order:
        """Mark where a person points, and what the recipe says of places."""
        same = self._order is not None and self._order.token == order.token
        frame = tweak.pointer.seen if tweak.pointer else None
        drawn, size = tuple(outlines(tweak)), tweak.outlines_of
        return replace(order, frame=frame, frame_of=size, outlines=drawn, draft=not same)

    def _show_crop(self, tweak: Tweak, recipe: CropRecipe) -> None:
        candidate, base, self._quiet = tweak.candidate, recipe.base, False
        token = candidate_id(candidate.source_id, base)
        size = self.base_size(candidate, base)
        order = self._order_of_base(token)
        if order is None or size is None:
            self._want(Wanted(candidate, base), keep_showing=True)
            return
        frame = recipe.box
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

    def fit(self, tweak: Tweak) -> None:
        """Ask what stands where a person points."""
        plate = tweak.plate
        if plate is None or tweak.pointer is None:
            return
        if self._fitter is None:
            self._fitter = Fitter(self._folder, self._post)
        frame, point = tweak.frame, tweak.pointer.middle
        self._fitter.ask(Pointed(tweak.candidate, plate, frame, point))

    def made(self, candidate: Candidate, recipe: Recipe) -> Made | None:
        """Give what the engine made of a recipe, if it did."""
        return self._made.get(candidate_id(candidate.source_id, recipe))

    def _order_of(self, candidate: Candidate, look: Look) -> Order | None:
        """Say what to draw for a candidate; None when there is no picture yet."""
        order = self._whole(candidate, look)
        if order is None:
            return None
        if look.loupe:
            order = self._under_loupe(order, candidate, look)
        # Another layer of the same place may take its place at once.
        order = replace(order, of=f"{candidate.id} {order.window}")
        pinned = self._review.get(look.pinned) if look.two_up else None
        if pinned is not None and pinned.id != candidate.id:
            left = self._whole(pinned, look)
            if left is not None and look.loupe:
                left = self._under_loupe(left, pinned, look)
            order = replace(order, beside=left, ground=self.ground)
        return order

    def _under_loupe(self, order: Order, candidate: Candidate, look: Look) -> Order:
        window = self.window(candidate, look)
        size = self._full_size(candidate, look)
        shown = (
            round(window.width * size[0] * look.zoom),
            round(window.height * size[1] * look.zoom),
        )
        return replace(order, window=window, window_size=shown)

    def _whole(self, candidate: Candidate, look: Look) -> Order | None:
        wanted = self._wanted(candidate, look)
        if wanted is None:
            return None
        sharp = replace(wanted, how=How.FULL).token
        if look.loupe and sharp in self._made:
            return self._order_of_made(sharp)
        if wanted.token in self._made:
            order = self._order_of_made(wanted.token)
            is_frame = look.layer is Layer.RAW and isinstance(candidate.recipe, CropRecipe)
            return self._with_frame(order, candidate, wanted.recipe) if is_frame else order
        if look.layer is Layer.SURE or (look.layer is Layer.PICTURE and candidate.tweaked):
            return None
        shown = candidate if look.layer is Layer.PICTURE else self._review.get(wanted.token)
        path = self._preview(shown) if shown is not None else None
        if path is None:
            return None
        token = candidate.id if shown is candidate else wanted.token
        order = Order(token, self._view.box, path)
        return order if shown is candidate else self._with_frame(order, candidate, wanted.recipe)

    def _with_frame(self, order: Order, candidate: Candidate, raw: Recipe) -> Order:
        """Mark where a keeper's crop is cut, on the frame that it is cut from."""
        crop = candidate.recipe
        if not isinstance(crop, CropRecipe) or raw != crop.base or order.window is not None:
            return order
        return replace(order, frame=crop.box, frame_of=picture_of(crop.base).size)

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

    def _put(self, order: Order, ahead: Sequence[Order] = (), *, awaiting: str = "") -> None:
        if self._terminal.graphics is Graphics.NONE:
            self.show_words("pictures are off")
            return
        if not all(order.box):
            return
        if order == self._order and self._view.shows(order.box):
            return
        self._order = order
        if self._awaited != awaiting:
            self._stop_waiting()
        most = self._view.link.most
        self._darkroom.ask(order.with_ahead(ahead, most), self._view.seconds_for_draft())

    # Pictures that the engine has to make

    def _stop_waiting(self) -> None:
        if self._awaited:
            self._awaited = ""
            self._renderer.forget()

    def _have_made(self, candidate: Candidate) -> None:
        try:
            self._want(Wanted(candidate, candidate.recipe), keep_showing=False)
        except EngineError as error:
            self.show_words(f"no picture: {plain(str(error))}")

    def _want(self, wanted: Wanted, *, keep_showing: bool) -> None:
        token = wanted.token
        if token in self._failed:
            self.show_words(f"no picture: {self._failed[token]}")
            return
        if not keep_showing:
            self.show_words("making the picture…")
        if token != self._awaited:
            self._awaited, self._progress = token, "beginning"
            self._renderer.ask(wanted)

    @property
    def is_drawn(self) -> bool:
        """Whether what is to be on show is, if only as a draft."""
        return self._order is not None and self._order == self._drawn

    @property
    def shown(self) -> str:
        """Name of what is to be on show; empty for words."""
        return self._order.token if self._order is not None else ""

    @property
    def progress(self) -> str:
        """What the engine is doing for what is to be shown; empty when it is done."""
        waits = self._awaited and not self._quiet
        return f"making the picture: {self._progress}" if waits else ""

    # What the threads say

    def on_drawn(self, message: Drawn) -> None:
        """Show a drawing, unless something else is wanted by now."""
        if message.order == self._order and message.order.box == self._view.box:
            self._drawn = message.order
            self._view.show(message.drawing, message.order.of)

    def on_not_drawn(self, message: NotDrawn, candidate: Candidate | None) -> None:
        """Have a picture made that cannot be read."""
        if message.order == self._order and candidate is not None:
            self._have_made(candidate)

    def on_making(self, message: Making) -> bool:
        """Take in how far the engine is; True when it is waited for."""
        if message.wanted.token != self._awaited:
            return False
        self._progress = plain(message.words)
        if self._order is None:
            self._view.say(self._progress)
        return True

    def on_made(self, message: Made) -> bool:
        """Take in what the engine made; True when it is waited for."""
        token = message.wanted.token
        self._made[token] = message
        while len(self._made) > 1 and self._made_bytes > MADE_KEPT:
            self._made.popitem(last=False)
        if token != self._awaited:
            return False
        self._awaited = ""
        return True

    @property
    def _made_bytes(self) -> int:
        return sum(3 * m.picture.width * m.picture.height for m in self._made.values())

    def on_not_made(self, message: NotMade) -> bool:
        """Take in that the engine could not; True when it was waited for."""
        token = message.wanted.token
        self._failed[token] = plain(message.reason)
        if token != self._awaited:
            return False
        self._awaited = ""
        if message.wanted.how is not How.FULL and not self._quiet:
            self.show_words(f"no picture: {plain(message.reason)}")
        return True
