"""The thread where pictures are read, reduced and encoded; a key never waits for it."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from engine.values import Box, Size
from tui.encode import Drawing, as_it_is, draft_for, encode, fitted
from tui.look import Window
from tui.sheet import GAP, Sheet, draw_sheet, laid_out, mark_sheet
from tui.terminal import Graphics, Terminal
from tui.worker import LatestWins

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PAUSE = 0.03
"""Seconds without a new request before more than a draft is made of what a held key passes."""

SLOW_PAUSE = 0.1
"""The same on a slow link: pictures that are begun would queue up before the echo of a key."""

HELD_DOWN = 0.15
"""Seconds in which the next request comes while a key is held down."""

LONGEST_PAUSE = 0.4

REST = 0.8
"""Seconds that somebody looks at a picture before it is sent in more detail over a slow link."""

FINER = 5
"""Times the bytes of the first picture that the second may take."""

LONGEST = 1280
"""Pixels; larger pictures are reduced when they are read."""

_PICTURES_KEPT, _DRAWINGS_KEPT, _DRAFTS_KEPT = 5, 12, 24


@dataclass(frozen=True, slots=True)
class Outline:
    """A rectangle drawn over a picture."""

    box: Box
    """In pixels of the order's ``frame_of``."""
    ink: str
    """Colour, as ``#rrggbb``."""
    broad: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A picture wanted in a place."""

    token: str
    """What it is of; drawings of another are stale."""
    box: tuple[int, int]
    """Columns and rows of the place."""
    path: Path | None = None
    picture: Picture | None = field(default=None, compare=False)
    """In memory, in place of a file; the token then names its content."""
    frame: Box | None = None
    """A crop's rectangle to be marked, in pixels of ``frame_of``."""
    frame_of: Size = (0, 0)
    outlines: tuple[Outline, ...] = ()
    window: Window | None = None
    """The part that is under the loupe; None for all of it."""
    window_size: Size = (0, 0)
    """Of that part on the screen, pixels of the terminal."""
    beside: Order | None = None
    """What stands on the left of two."""
    sheet: Sheet | None = None
    """Many small pictures in place of one."""
    ground: str = "#12141a"
    """Colour between pictures."""
    ahead: tuple[Order, ...] = field(default=(), compare=False)
    """Neighbours, made ready when there is nothing else to do."""
    of: str = field(default="", compare=False)
    """Names what may be looked at in several ways; empty where there is one way alone."""
    draft: bool = field(default=True, compare=False)
    """Show a coarse picture first."""
    most: int = field(default=0, compare=False)
    """Bytes that a drawing may take, on a link that has no room for more; 0 for any."""
    not_before: float = field(default=0.0, compare=False)
    """When more than a draft may be made of it, for somebody in a hurry."""
    in_passing: bool = field(default=False, compare=False)
    """A key is held down, on a slow link."""
    at_hand: Drawing | None = field(default=None, compare=False)
    """What could be shown when it was asked for."""

    def with_ahead(self, ahead: Sequence[Order], most: int) -> Order:
        """Give the same order with neighbours, each of at most so many bytes."""
        return replace(self, ahead=tuple(replace(o, most=most) for o in ahead), most=most)


@dataclass
class Drawn(Message):
    """A drawing is ready."""

    order: Order
    drawing: Drawing


@dataclass
class NotDrawn(Message):
    """A picture could not be read, and why."""

    order: Order
    reason: str


class Darkroom:
    """Makes drawings of the newest order: a draft at once, then the best that can be had."""

    def __init__(self, terminal: Terminal, post: Callable[[Message], object]) -> None:
        self._terminal, self._post = terminal, post
        self._drafts_first = terminal.graphics in (Graphics.KITTY, Graphics.SIXEL)
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._drawings: OrderedDict[Order, Drawing] = OrderedDict()
        self._drafts: OrderedDict[Order, Drawing] = OrderedDict()
        self._line = 3 if self._drafts_first else GAP - 2
        """Width of what is drawn on a sheet, pixels; half cells have ten of them."""
        self._bare_sheet: tuple[tuple[Sheet, Size], Picture] | None = None
        self._keeps_up = True
        """The last picture was whole before another was asked for."""
        self._asked_at = 0.0
        self._worker = LatestWins("darkroom", self._work, pause=0)

    def ask(self, order: Order, draft_takes: float = 0.0) -> None:
        """Have a picture drawn instead of whatever was asked before; what is ready is shown now.

        On a link that is busy with a draft for ``draft_takes`` seconds, who holds a key down for
        less than that sees no draft: they would queue up.
        """
        pause = min(LONGEST_PAUSE, draft_takes) if draft_takes > PAUSE else 0.0
        self._worker.pause, self._worker.rest = pause, 5 * pause
        before, self._asked_at = self._asked_at, time.monotonic()
        in_passing = order.most > 0 and self._asked_at - before < HELD_DOWN
        at_hand = None if in_passing else self._drawings.get(order)
        if at_hand is None and self._wants_draft(order):
            at_hand = self._drafts.get(order)
        if pause:
            at_hand = None
        if at_hand is not None:
            self._post(Drawn(order, at_hand))
        not_before = self._asked_at + (SLOW_PAUSE if in_passing else PAUSE)
        self._worker.ask(
            replace(order, not_before=not_before, in_passing=in_passing, at_hand=at_hand)
        )

    def forget(self) -> None:
        """Nobody waits for a picture."""
        self._worker.forget()

    def close(self) -> None:
        """Stop."""
        self._worker.close()

    def _work(self, order: Order, stale: Callable[[], bool]) -> None:
        try:
            self._draw(order, stale)
        except Exception as error:  # Pillow raises nearly anything on a damaged file
            self._post(NotDrawn(order, f"{type(error).__name__}: {error}"))
        for prepare in (self._prepare_draft, self._drawing):
            for neighbour in order.ahead:
                if stale():
                    return
                # What cannot be read is told when somebody looks at it.
                with contextlib.suppress(Exception):
                    prepare(neighbour, self._until_another_than(neighbour, stale))
        with contextlib.suppress(Exception):
            self._refine(order, stale)

    def _until_another_than(self, order: Order, stale: Callable[[], bool]) -> Callable[[], bool]:
        """Go on with what is made ready also when somebody comes to it."""
        return lambda: stale() and self._worker.newest != order

    def _refine(self, order: Order, stale: Callable[[], bool]) -> None:
        """Draw in more detail what somebody goes on looking at."""
        drawing = self._drawings.get(order)
        if drawing is None or not drawing.reduced or _is_over(time.monotonic() + REST, stale):
            return
        finer = self._encoded(order, stale, order.most * FINER)
        if finer is not None and not stale():
            # As fine as this link gets it: not to be drawn once more at the next visit.
            self._drawings[order] = replace(finer, reduced=False)
            self._post(Drawn(order, replace(finer, finer=True)))

    def _draw(self, order: Order, stale: Callable[[], bool]) -> None:
        kept_up, self._keeps_up = self._keeps_up, False
        in_full = order in self._drawings and not order.in_passing
        if self._wants_draft(order) and not in_full:
            if order.at_hand is None:
                coarse = self._draft(order)
                if stale():
                    return
                self._post(Drawn(order, coarse))
            # Who presses keys slower than pictures are made sees each of them at once.
            hurries = order.in_passing or not kept_up
            if hurries and _is_over(order.not_before, stale):
                return
        drawing = self._drawing(order, stale)
        if drawing is None or stale():
            return
        self._keeps_up = True
        if drawing is not order.at_hand:
            self._post(Drawn(order, drawing))

    def _wants_draft(self, order: Order) -> bool:
        return self._drafts_first and order.draft and not self._terminal.calm

    def _prepare_draft(self, order: Order, stale: Callable[[], bool]) -> None:
        if self._wants_draft(order) and not stale():
            self._draft(order)

    def _draft(self, order: Order) -> Drawing:
        if order not in self._drafts:
            picture = self._picture(order)
            columns, rows = self._fitted(order, picture)
            made = draft_for(
                picture, columns, rows, self._terminal, _finish(order), most=order.most
            )
            if not _may_be_kept(order):
                return made
            self._drafts[order] = made
            while len(self._drafts) > _DRAFTS_KEPT:
                self._drafts.popitem(last=False)
        self._drafts.move_to_end(order)
        return self._drafts[order]

    def _drawing(self, order: Order, stale: Callable[[], bool]) -> Drawing | None:
        if order in self._drawings:
            self._drawings.move_to_end(order)
            return self._drawings[order]
        # Who wants no flicker sees it once, so with its detail.
        most = order.most * FINER if self._terminal.calm else order.most
        drawing = self._encoded(order, stale, most)
        if drawing is not None and self._terminal.calm:
            drawing = replace(drawing, reduced=False)
        if drawing is not None and _may_be_kept(order):
            self._drawings[order] = drawing
            while len(self._drawings) > _DRAWINGS_KEPT:
                self._drawings.popitem(last=False)
        return drawing

    def _encoded(self, order: Order, stale: Callable[[], bool], most: int) -> Drawing | None:
        picture = self._picture(order)
        if stale():
            return None
        columns, rows = self._fitted(order, picture)
        # Dithered, the even ground between pictures would be full of specks.
        fine = order.beside is None and order.sheet is None
        coarse = self._draft(order) if self._drafts_first else None
        return encode(
            picture, columns, rows, self._terminal, stale, _finish(order),
            coarse=coarse, fine=fine, most=most,
        )  # fmt: skip

    def _fitted(self, order: Order, picture: Picture) -> tuple[int, int]:
        if order.window is not None and order.beside is None:
            cell, (width, height) = self._terminal.pixels, order.window_size
            columns, rows = round(width / cell[0]), round(height / cell[1])
            return max(1, min(columns, order.box[0])), max(1, min(rows, order.box[1]))
        return fitted(picture.size, order.box, self._terminal.cell)

    def _picture(self, order: Order) -> Picture:
        if order.sheet is not None:
            return self._sheet(order.sheet, order)
        if order.beside is not None:
            return self._pair(order, order.beside)
        return self._one(order)

    def _one(self, order: Order) -> Picture:
        picture = order.picture or self._read(order.path)
        return picture if order.window is None else picture.crop(order.window.box(picture.size))

    def _pair(self, order: Order, left: Order) -> Picture:
        """Put two pictures side by side."""
        width, height = self._room(order)
        half = (width - GAP) // 2
        pictures = [self._one(left), self._one(replace(order, beside=None))]
        height = min(height, max(round(half * p.height / p.width) for p in pictures))
        places = [(0, 0, half, height), (width - half, 0, width, height)]
        placed = list(zip(pictures, places, strict=True))
        return laid_out((width, height), order.ground, placed)

    def _sheet(self, sheet: Sheet, order: Order) -> Picture:
        """Lay small pictures out; the cursor and the verdicts change, they stay."""
        room = self._room(order)
        bare = replace(sheet, states=(), here=-1), room
        if self._bare_sheet is None or self._bare_sheet[0] != bare:
            self._bare_sheet = bare, draw_sheet(sheet, room, order.ground, self._read)
        return mark_sheet(self._bare_sheet[1], sheet, self._line)

    def _room(self, order: Order) -> Size:
        cell = self._terminal.cell
        return order.box[0] * cell[0], order.box[1] * cell[1]

    def _read(self, path: Path | None) -> Picture:
        if path is None:
            raise ValueError("no picture")
        key = str(path)
        if key not in self._pictures:
            self._pictures[key] = read_picture(path)
            while len(self._pictures) > _PICTURES_KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]


def _may_be_kept(order: Order) -> bool:
    """Whether somebody may come back to just that: not to what is marked while it is changed."""
    return order.frame is None and not order.outlines


def _is_over(until: float, stale: Callable[[], bool]) -> bool:
    """Wait until then; whether nobody waits for it any more."""
    while not stale():
        rest = until - time.monotonic()
        if rest <= 0:
            return False
        time.sleep(min(rest, 0.01))
    return True


def read_picture(path: Path) -> Picture:
    """Read a preview, reduced to what a terminal can show."""
    from PIL import Image

    with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as file:
        file.draft("RGB", (LONGEST, LONGEST))
        picture = file.convert("RGB")
    picture.thumbnail((LONGEST, LONGEST))
    return picture


def _finish(order: Order) -> Callable[[Picture], Picture]:
    """Say what is drawn over a picture once it has the size that it is shown at."""
    frame, of = order.frame, order.frame_of
    if not all(of) or (frame is None and not order.outlines):
        return as_it_is

    def finish(picture: Picture) -> Picture:
        marked = picture.copy() if frame is None else mark(picture, _on(picture, frame, of))
        for outline in order.outlines:
            _outline(marked, _on(picture, outline.box, of), outline)
        return marked

    return finish


def _on(picture: Picture, box: Box, of: Size) -> tuple[int, int, int, int]:
    """Give left, top, right and bottom of a box of a picture of another size."""
    across, down = picture.width / of[0], picture.height / of[1]
    left, top = round(box.x * across), round(box.y * down)
    right, bottom = round(box.right * across), round(box.bottom * down)
    return left, top, max(left + 1, right), max(top + 1, bottom)


def _outline(picture: Picture, inside: tuple[int, int, int, int], outline: Outline) -> None:
    """Draw a rectangle's edge, with dark beside it so that it shows on any ground."""
    from PIL import ImageDraw

    left, top, right, bottom = inside
    line = max(1, picture.width // (150 if outline.broad else 300))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left, top, right - 1, bottom - 1), outline=outline.ink, width=line)
    within = left + line, top + line, right - 1 - line, bottom - 1 - line
    if picture.width >= 200 and within[0] < within[2] and within[1] < within[3]:
        draw.rectangle(within, outline="#12141a", width=max(1, line // 2))


def mark(picture: Picture, inside: tuple[int, int, int, int]) -> Picture:
    """Mark a crop: what is outside is dark, and its edge is bright."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = inside
    marked = Image.eval(picture, lambda value: value * 2 // 5)
    marked.paste(picture.crop(inside), (left, top))
    draw = ImageDraw.Draw(marked)
    line = max(1, picture.width // 300)
    draw.rectangle((left, top, right - 1, bottom - 1), outline="#f2c063", width=line)
    return marked
