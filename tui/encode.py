"""Pictures become what a terminal draws: half cells, kitty's protocol or sixels.

All of this runs in a worker; a widget is handed lines and bytes that are ready to be sent.
"""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tui.terminal import Graphics, Terminal

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAX_KITTY_SIDE = 1000
"""Pixels; kitty scales, so a larger picture would only cost bytes."""

DRAFT_COLOURS, FEW_COLOURS = 96, 24
"""Fewer colours make longer runs, hence fewer bytes, and a style cache that stays small; still
fewer are for a slow link."""

SLOW_COLOURS = 48
"""Of a picture on a slow link: each costs the sixels a definition, and they draw its runs."""

_REDUCED = ((SLOW_COLOURS, 1), (SLOW_COLOURS, 2), (SLOW_COLOURS, 4))
"""Colours, and the pixels of a side of what has one colour, until the sixels are short enough."""

_FULL_SIXELS = 150_000
"""Bytes that those of a picture in all its colours take, about."""

STRIP_ROWS = 3
"""Rows of cells that one sixel string covers: short enough not to hold up a key."""

_CHUNK = 3072
"""Bytes of a picture that are sent at a time: two of them are the least that is on its way."""

DRAFT_PIXELS, FEW_PIXELS = 8_000, 4_000
"""Of a draft that kitty enlarges; still fewer are for a slow link."""

BENEATH = -(1 << 30) - 1
"""Where kitty puts a picture that only shows through cells without a background of their own: what
is drawn over it, a palette or a page of help, hides it."""

_MARKED = 4
"""Of so many placeholders one says its row and column; the others follow from their neighbour."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture ready for the terminal."""

    columns: int
    rows: int
    lines: tuple[tuple[Segment, ...], ...] = ()
    """What its cells hold: half cells, kitty's placeholders, or nothing over a picture beneath."""
    chunks: tuple[str, ...] = ()
    """Kitty: what to send before it is shown."""
    image_id: int = 0
    """Kitty's number for it; 0 for none."""
    png: bytes = b""
    """Kitty: the picture as it is sent."""
    beneath: bool = False
    """Kitty: it lies under cells that let it through, and that stay as they are for the next."""
    coarse: Drawing | None = None
    """Kitty: what is shown until the chunks have arrived; what has none is a draft itself."""
    strips: tuple[tuple[int, str], ...] = ()
    """Sixel: rows and what to paint over the cells from there, each time they are drawn."""
    reduced: bool = False
    """Whether detail was left out for a slow link."""
    finer: bool = False
    """Whether it is of what is on show already, in more detail."""

    @property
    def is_draft(self) -> bool:
        """Kitty: whether it is so few bytes that they go at once, and are not worth keeping."""
        return self.image_id > 0 and self.coarse is None


def fitted(size: tuple[int, int], box: tuple[int, int], cell: tuple[int, int]) -> tuple[int, int]:
    """Give the columns and rows of the largest picture of ``size`` in a ``box`` of cells."""
    width, height = box[0] * cell[0], box[1] * cell[1]
    scale = min(width / size[0], height / size[1])
    columns = round(size[0] * scale / cell[0])
    rows = round(size[1] * scale / cell[1])
    return max(1, min(columns, box[0])), max(1, min(rows, box[1]))


def as_it_is(picture: Picture) -> Picture:
    """Leave a picture alone."""
    return picture


def draft(
    picture: Picture,
    columns: int,
    rows: int,
    finish: Callable[[Picture], Picture] = as_it_is,
    *,
    colours: int = DRAFT_COLOURS,
) -> Drawing:
    """Draw in half cells: two pixels a cell, on any terminal with colours."""
    from PIL import Image

    small = finish(picture.resize((columns, rows * 2), Image.Resampling.BOX))
    flat = small.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = flat.getpalette("RGB") or []
    inks = [tuple(palette[i : i + 3]) for i in range(0, len(palette), 3)]
    data = flat.tobytes()
    lines = []
    for row in range(rows):
        upper = data[2 * row * columns : (2 * row + 1) * columns]
        lower = data[(2 * row + 1) * columns : (2 * row + 2) * columns]
        lines.append(_half_line(upper, lower, inks))
    return Drawing(columns, rows, tuple(lines))


def draft_for(
    picture: Picture,
    columns: int,
    rows: int,
    terminal: Terminal,
    finish: Callable[[Picture], Picture] = as_it_is,
    *,
    most: int = 0,
) -> Drawing:
    """Draw what is made and sent in a moment: half cells, or a small picture enlarged by kitty."""
    if not terminal.draws_beneath:
        return draft(picture, columns, rows, finish, colours=FEW_COLOURS if most else DRAFT_COLOURS)
    width, height = columns * terminal.cell[0], rows * terminal.cell[1]
    scale = min(1.0, ((FEW_PIXELS if most else DRAFT_PIXELS) / (width * height)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    png = _png(picture, size, finish, False, lambda: False, SLOW_COLOURS if most else DRAFT_COLOURS)
    number = next(_image_ids)
    cells = _let_through(columns, rows)
    return Drawing(columns, rows, cells, kitty_chunks(png, number), number, png, beneath=True)


def _let_through(columns: int, rows: int) -> tuple[tuple[Segment, ...], ...]:
    """Give cells with the terminal's own background: none, to a picture beneath."""
    return ((Segment(" " * columns, Style(bgcolor="default")),),) * rows


def _half_line(upper: bytes, lower: bytes, inks: list[tuple[int, ...]]) -> tuple[Segment, ...]:
    runs = itertools.groupby(zip(upper, lower, strict=True))
    return tuple(
        Segment(
            (" " if top == bottom else "▀") * sum(1 for _ in run),
            _style(inks[top], inks[bottom]),
        )
        for (top, bottom), run in runs
    )


@lru_cache(maxsize=8_192)
def _style(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Style:
    if top == bottom:
        return Style(bgcolor=Color.from_rgb(*bottom))
    return Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom))


def encode(
    picture: Picture,
    columns: int,
    rows: int,
    terminal: Terminal,
    stale: Callable[[], bool],
    finish: Callable[[Picture], Picture] = as_it_is,
    *,
    coarse: Drawing | None = None,
    fine: bool = True,
    most: int = 0,
) -> Drawing | None:
    """Draw as well as the terminal can; None when ``stale`` says that nobody waits any more.

    ``finish`` is done to the picture at the size that it is shown at, so that a line drawn over
    it stays sharp. ``coarse`` is its draft, if that was made already. ``fine`` takes half as many
    bytes again for smooth shades. ``most`` is how many bytes it may take about, on a slow link; 0
    for any.
    """
    fine = fine and not most
    if terminal.graphics not in (Graphics.KITTY, Graphics.SIXEL):
        return draft(picture, columns, rows, finish, colours=256 if fine else DRAFT_COLOURS)
    coarse = coarse or draft_for(picture, columns, rows, terminal, finish, most=most)
    if terminal.graphics is Graphics.KITTY:
        return _kitty(picture, coarse, terminal, stale, finish, fine, most)
    return _sixel(picture, coarse, terminal, stale, finish, fine, most)


_image_ids = itertools.cycle(range(0x00_1B_31, 0x00_1B_31 + 4096))
"""Kitty's numbers for our pictures: they travel in a cell's 24 bit colour."""


def _kitty(
    picture: Picture,
    coarse: Drawing,
    terminal: Terminal,
    stale: Callable[[], bool],
    finish: Callable[[Picture], Picture],
    fine: bool,
    most: int,
) -> Drawing | None:
    columns, rows = coarse.columns, coarse.rows
    width, height = columns * terminal.cell[0], rows * terminal.cell[1]
    full = scale = min(
        1.0, MAX_KITTY_SIDE / max(width, height), _not_larger(picture, width, height)
    )
    png = b""
    while not png or len(png) * 4 / 3 > most > 0:
        if png:
            # Some more than in proportion: what is smaller has more detail to a pixel.
            scale *= 0.9 * (most / (len(png) * 4 / 3)) ** 0.5
        size = max(1, round(width * scale)), max(1, round(height * scale))
        png = _png(picture, size, finish, fine, stale)
        if stale():
            return None
    number, reduced = next(_image_ids), scale < full
    chunks = kitty_chunks(png, number, tmux=terminal.tmux)
    if terminal.draws_beneath:
        return replace(
            coarse, chunks=chunks, image_id=number, png=png, coarse=coarse, reduced=reduced
        )
    cells = placeholders(number, columns, rows, every=_MARKED if most else 1)
    chunks += (kitty_stand_in(number, columns, rows, terminal.tmux),)
    return Drawing(columns, rows, cells, chunks, number, png, coarse=coarse, reduced=reduced)


def _png(
    picture: Picture,
    size: tuple[int, int],
    finish: Callable[[Picture], Picture],
    fine: bool,
    stale: Callable[[], bool],
    colours: int = 256,
) -> bytes:
    """Write a picture in so many colours; nothing when nobody waits any more."""
    from PIL import Image

    small = finish(picture.resize(size, Image.Resampling.BICUBIC))
    flat = None if stale() else _flattened(small, fine, colours)
    if flat is None or stale():
        return b""
    file = io.BytesIO()
    flat.save(file, "PNG", compress_level=3 if fine else 6)
    return file.getvalue()


def _flattened(picture: Picture, fine: bool, colours: int = 256) -> Picture:
    """Reduce to so many colours, with the shades between them dithered if ``fine``."""
    from PIL import Image

    flat = picture.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    if not fine:
        return flat
    return picture.quantize(palette=flat, dither=Image.Dither.FLOYDSTEINBERG)


def _not_larger(picture: Picture, width: int, height: int) -> float:
    """Kitty enlarges for nothing; a picture sent larger than it is costs bytes."""
    return max(picture.width / width, picture.height / height)


def kitty_chunks(png: bytes, number: int, *, tmux: bool = False) -> tuple[str, ...]:
    """Write a PNG in kitty's graphics protocol."""
    return _in_chunks(png, f"a=t,f=100,t=d,i={number},", "", tmux)


def kitty_stand_in(number: int, columns: int, rows: int, tmux: bool) -> str:
    """Have placeholders stand for a picture."""
    return _apc(f"a=p,U=1,i={number},c={columns},r={rows},q=2", tmux)


def kitty_place(number: int, x: int, y: int, columns: int, rows: int) -> str:
    """Put a picture beneath cells, the first of which is at ``x``, ``y``, from 0."""
    keys = f"a=p,i={number},p=1,c={columns},r={rows},z={BENEATH},C=1,q=2"
    return f"\x1b7\x1b[{y + 1};{x + 1}H{_apc(keys, tmux=False)}\x1b8"


def kitty_take_away(number: int) -> str:
    """Have a picture shown no more; the terminal keeps it."""
    return _apc(f"a=d,d=i,i={number},q=2", tmux=False)


def kitty_frame(png: bytes, number: int) -> tuple[str, ...]:
    """Write a PNG as one more frame of picture ``number``, which is of the same size."""
    return _in_chunks(png, f"a=f,f=100,t=d,i={number},", "a=f,", tmux=False)


def kitty_switch(number: int, frame: int) -> str:
    """Have the terminal show a frame of a picture, from 1, wherever the picture is."""
    return _apc(f"a=a,i={number},c={frame},q=2", tmux=False)


def _in_chunks(png: bytes, head: str, more_head: str, tmux: bool) -> tuple[str, ...]:
    data = base64.standard_b64encode(png).decode("ascii")
    parts = []
    for start in range(0, len(data), _CHUNK):
        more = int(start + _CHUNK < len(data))
        keys = f"{head if start == 0 else more_head}q=2,m={more}"
        parts.append(_apc(f"{keys};{data[start : start + _CHUNK]}", tmux))
    return tuple(parts)


def kitty_abort(number: int, tmux: bool) -> str:
    """End a transfer half-way, and have what arrived of it forgotten."""
    return _apc("m=0,q=2", tmux) + kitty_forget(number, tmux)


def kitty_abort_frame() -> str:
    """End the transfer of a frame half-way: what is no picture is not kept."""
    return _apc("a=f,m=0,q=2", tmux=False)


def kitty_forget(number: int, tmux: bool) -> str:
    """Have the terminal free a picture."""
    return _apc(f"a=d,d=I,i={number},q=2", tmux)


def _apc(text: str, tmux: bool) -> str:
    sequence = f"\x1b_G{text}\x1b\\"
    if tmux:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return sequence


def placeholders(
    number: int, columns: int, rows: int, *, every: int = 1
) -> tuple[tuple[Segment, ...], ...]:
    """Write the cells that kitty shows picture ``number`` in.

    ``every`` so many cells one says its place; between them kitty goes on from the left.
    """
    style = Style(color=Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255))
    columns, rows = min(columns, len(DIACRITICS)), min(rows, len(DIACRITICS))
    return tuple(
        (
            Segment(
                "".join(
                    "\U0010eeee" + ("" if column % every else DIACRITICS[row] + DIACRITICS[column])
                    for column in range(columns)
                ),
                style,
            ),
        )
        for row in range(rows)
    )


def _sixel(
    picture: Picture,
    coarse: Drawing,
    terminal: Terminal,
    stale: Callable[[], bool],
    finish: Callable[[Picture], Picture],
    fine: bool,
    most: int,
) -> Drawing | None:
    from PIL import Image

    columns, rows = coarse.columns, coarse.rows
    size = columns * terminal.cell[0], rows * terminal.cell[1]
    strips: list[tuple[int, str]] = []
    colours, block = 256, 1
    for colours, block in (() if 0 < most < _FULL_SIXELS else ((256, 1),)) + _REDUCED:
        # Sixels cannot be enlarged by the terminal; blocks of one colour are at least short.
        blocks = max(1, size[0] // block), max(1, size[1] // block)
        small = finish(picture.resize(blocks, Image.Resampling.BICUBIC))
        if stale():
            return None
        flat = _flattened(small, fine and colours == 256, colours)
        if blocks != size:
            flat = flat.resize(size, Image.Resampling.NEAREST)
        strips = []
        for row in range(0, rows, STRIP_ROWS):
            if stale():
                return None
            top, bottom = row * terminal.cell[1], min(row + STRIP_ROWS, rows) * terminal.cell[1]
            strips.append((row, sixels(flat.crop((0, top, size[0], bottom)))))
        if not most or sum(len(strip) for _, strip in strips) <= most:
            break
    reduced = (colours, block) != (256, 1)
    return replace(coarse, strips=tuple(strips), reduced=reduced)


def sixels(flat: Picture) -> str:
    """Write a picture of at most 256 colours as sixels."""
    from textual_image._sixel import image_to_sixels

    _mend_textual_image()
    return image_to_sixels(flat)


@lru_cache(maxsize=1)
def _mend_textual_image() -> None:
    """Have textual-image 0.12 select each colour that it defines.

    It defines a colour register where it first uses it and takes it as selected. xterm and
    WezTerm do not: the first run of each colour came out in the colour before. Mended in 0.13.
    """
    from textual_image import _sixel

    tracker = getattr(_sixel, "_ColorTracker", None)
    select = getattr(tracker, "select", None)
    if tracker is None or select is None:  # a later one, which names other things so
        return

    def define_and_select(self: object, color: int) -> bytes:
        written = bytes(select(self, color))
        return written + b"#%d" % color if b";" in written else written

    tracker.select = define_and_select


DIACRITICS = "".join(
    chr(code)
    for start, stop in (
        (0x305, 0x306), (0x30D, 0x30F), (0x310, 0x311), (0x312, 0x313), (0x33D, 0x340),
        (0x346, 0x347), (0x34A, 0x34D), (0x350, 0x353), (0x357, 0x358), (0x35B, 0x35C),
        (0x363, 0x370), (0x483, 0x488), (0x592, 0x596), (0x597, 0x59A), (0x59C, 0x5A2),
        (0x5A8, 0x5AA), (0x5AB, 0x5AD), (0x5AF, 0x5B0), (0x5C4, 0x5C5), (0x610, 0x618),
        (0x657, 0x65C), (0x65D, 0x65F), (0x6D6, 0x6DD), (0x6DF, 0x6E3), (0x6E4, 0x6E5),
        (0x6E7, 0x6E9), (0x6EB, 0x6ED), (0x730, 0x731), (0x732, 0x734), (0x735, 0x737),
        (0x73A, 0x73B), (0x73D, 0x73E), (0x73F, 0x742), (0x743, 0x744), (0x745, 0x746),
        (0x747, 0x748), (0x749, 0x74B), (0x7EB, 0x7F2), (0x7F3, 0x7F4), (0x816, 0x81A),
        (0x81B, 0x824), (0x825, 0x828), (0x829, 0x82E), (0x951, 0x952), (0x953, 0x955),
        (0xF82, 0xF84), (0xF86, 0xF88), (0x135D, 0x1360), (0x17DD, 0x17DE), (0x193A, 0x193B),
        (0x1A17, 0x1A18), (0x1A75, 0x1A7D), (0x1B6B, 0x1B6C), (0x1B6D, 0x1B74), (0x1CD0, 0x1CD3),
        (0x1CDA, 0x1CDC), (0x1CE0, 0x1CE1), (0x1DC0, 0x1DC2), (0x1DC3, 0x1DCA), (0x1DCB, 0x1DCD),
        (0x1DD1, 0x1DE7), (0x1DFE, 0x1DFF), (0x20D0, 0x20D2), (0x20D4, 0x20D8), (0x20DB, 0x20DD),
        (0x20E1, 0x20E2), (0x20E7, 0x20E8), (0x20E9, 0x20EA), (0x20F0, 0x20F1), (0x2CEF, 0x2CF2),
        (0x2DE0, 0x2E00), (0xA66F, 0xA670), (0xA67C, 0xA67E), (0xA6F0, 0xA6F2), (0xA8E0, 0xA8F2),
        (0xAAB0, 0xAAB1), (0xAAB2, 0xAAB4), (0xAAB7, 0xAAB9), (0xAABE, 0xAAC0), (0xAAC1, 0xAAC2),
        (0xFE20, 0xFE27), (0x10A0F, 0x10A10), (0x10A38, 0x10A39), (0x1D185, 0x1D18A),
        (0x1D1AA, 0x1D1AE), (0x1D242, 0x1D245),
    )
    for code in range(start, stop)
)  # fmt: skip
"""Kitty's marks for row and column numbers, in its order."""
