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
from tui.encode import Drawing, as_it_is, draft, draft_colours, encode, fitted
from tui.look import Window
from tui.terminal import Graphics, Terminal
from tui.worker import LatestWins

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PAUSE = 0.03
"""Seconds without a new request before work begins: who holds a key down sees no picture."""

LONGEST_PAUSE = 0.4

REST_BETWEEN_KEYS = 0.01
"""Seconds without work after which a key's picture is begun at once: who presses keys slower than
pictures are made sees each of them."""

REST = 0.8
"""Seconds that somebody looks at a picture before it is sent in more detail over a slow link."""

FINER = 5
"""Times the bytes of the first picture that the second may take."""

LONGEST = 1280
"""Pixels; larger pictures are reduced when they are read."""

GAP = 12
"""Pixels between two pictures."""

_PICTURES_KEPT, _DRAWINGS_KEPT = 4, 12


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
    sheet: tuple[Path, ...] = ()
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
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._drawings: OrderedDict[Order, Drawing] = OrderedDict()
        self._worker = LatestWins("darkroom", self._work, pause=PAUSE)

    def ask(self, order: Order, draft_takes: float = 0.0) -> None:
        """Have a picture drawn instead of whatever was asked before.

        On a link that is busy with a draft for ``draft_takes`` seconds, who holds a key down for
        less than that sees no draft: they would queue up.
        """
        pause = min(LONGEST_PAUSE, max(PAUSE, draft_takes))
        self._worker.pause = pause
        self._worker.rest = REST_BETWEEN_KEYS if pause == PAUSE else 5 * pause
        self._worker.ask(order)

    def ready(self, order: Order) -> Drawing | None:
        """Give a drawing that is at hand."""
        return self._drawings.get(order)

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
        for neighbour in order.ahead:
            if stale():
                return
            # What cannot be read is told when somebody looks at it.
            with contextlib.suppress(Exception):
                self._drawing(neighbour, stale)
        with contextlib.suppress(Exception):
            self._refine(order, stale)

    def _refine(self, order: Order, stale: Callable[[], bool]) -> None:
        """Draw in more detail what somebody goes on looking at."""
        drawing = self._drawings.get(order)
        if drawing is None or not drawing.reduced:
            return
        until = time.monotonic() + REST
        while time.monotonic() < until:
            if stale():
                return
            time.sleep(0.03)
        finer = self._encoded(order, stale, order.most * FINER)
        if finer is not None and not stale():
            # As fine as this link gets it: not to be drawn once more at the next visit.
            self._drawings[order] = replace(finer, reduced=False)
            self._post(Drawn(order, replace(finer, finer=True)))

    def _draw(self, order: Order, stale: Callable[[], bool]) -> None:
        coarse = self._terminal.graphics is Graphics.HALFCELL
        wants_draft = order.draft and not coarse and not self._terminal.calm
        if wants_draft and order not in self._drawings:
            picture = self._picture(order)
            if stale():
                return
            self._post(Drawn(order, self._draft(order, picture)))
        if stale():
            return
        drawing = self._drawing(order, stale)
        if drawing is not None and not stale():
            self._post(Drawn(order, drawing))

    def _draft(self, order: Order, picture: Picture) -> Drawing:
        columns, rows = self._fitted(order, picture)
        return draft(picture, columns, rows, _finish(order), colours=draft_colours(order.most))

    def _drawing(self, order: Order, stale: Callable[[], bool]) -> Drawing | None:
        if order in self._drawings:
            self._drawings.move_to_end(order)
            return self._drawings[order]
        # Who wants no flicker sees it once, so with its detail.
        most = order.most * FINER if self._terminal.calm else order.most
        drawing = self._encoded(order, stale, most)
        if drawing is not None and self._terminal.calm:
            drawing = replace(drawing, reduced=False)
        if drawing is not None and order.frame is None and not order.outlines:
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
        fine = order.beside is None and not order.sheet
        return encode(
            picture, columns, rows, self._terminal, stale, _finish(order), fine=fine, most=most
        )

    def _fitted(self, order: Order, picture: Picture) -> tuple[int, int]:
        if order.window is not None and order.beside is None:
            cell, (width, height) = self._terminal.pixels, order.window_size
            columns, rows = round(width / cell[0]), round(height / cell[1])
            return max(1, min(columns, order.box[0])), max(1, min(rows, order.box[1]))
        return fitted(picture.size, order.box, self._terminal.cell)

    def _picture(self, order: Order) -> Picture:
        if order.sheet:
            return self._sheet(order)
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
        return _laid_out((width, height), order.ground, placed)

    def _sheet(self, order: Order) -> Picture:
        """Lay small pictures out in a grid, as large as they fit."""
        pictures = []
        for path in order.sheet:
            with contextlib.suppress(OSError):
                pictures.append(self._read(path))
        room = self._room(order)
        columns = columns_for([picture.size for picture in pictures], room)
        width, height = room[0] // columns, room[1] // -(-max(1, len(pictures)) // columns)
        placed = []
        for number, picture in enumerate(pictures):
            x, y = number % columns * width, number // columns * height
            placed.append((picture, (x, y, x + width - GAP, y + height - GAP)))
        return _laid_out(room, order.ground, placed)

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


def columns_for(sizes: Sequence[Size], room: Size) -> int:
    """Say in how many columns pictures are largest when each has a place of the same size."""

    def area(columns: int) -> float:
        rows = -(-len(sizes) // columns)
        width, height = room[0] / columns - GAP, room[1] / rows - GAP
        scales = [max(0.0, min(width / size[0], height / size[1])) for size in sizes]
        return sum(s * s * w * h for s, (w, h) in zip(scales, sizes, strict=True))

    return max(range(1, len(sizes) + 1), key=area, default=1)


def _laid_out(
    room: Size, ground: str, placed: Sequence[tuple[Picture, tuple[int, int, int, int]]]
) -> Picture:
    """Paste pictures, as large as they fit, in the middle of their places."""
    from PIL import Image

    canvas = Image.new("RGB", room, ground)
    for picture, (left, top, right, bottom) in placed:
        width, height = max(1, right - left), max(1, bottom - top)
        scale = min(width / picture.width, height / picture.height)
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        small = picture.resize(size, Image.Resampling.BICUBIC)
        canvas.paste(small, (left + (width - size[0]) // 2, top + (height - size[1]) // 2))
    return canvas


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
