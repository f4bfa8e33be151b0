from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from tui.encode import draft, draft_for, encode, fitted
from tui.terminal import Graphics, Terminal


def halves(width: int, height: int) -> Image.Image:
    """Red above, blue below."""
    picture = Image.new("RGB", (width, height), (200, 0, 0))
    picture.paste((0, 0, 200), (0, height // 2, width, height))
    return picture


def never() -> bool:
    return False


def test_a_picture_keeps_its_shape_in_cells() -> None:
    assert fitted((1920, 1080), (80, 40), (10, 20)) == (80, 22)
    assert fitted((512, 512), (80, 20), (10, 20)) == (40, 20)
    assert fitted((10000, 10), (80, 20), (10, 20)) == (80, 1)


def test_half_cells_hold_two_pixels_each() -> None:
    drawing = draft(halves(100, 100), 10, 5)
    assert [sum(len(s.text) for s in line) for line in drawing.lines] == [10] * 5
    middle = drawing.lines[2][0]
    assert middle.text == "▀" * 10
    assert middle.style is not None
    assert middle.style.color is not None
    assert middle.style.bgcolor is not None
    assert middle.style.color.get_truecolor().red > 150
    assert middle.style.bgcolor.get_truecolor().blue > 150


@pytest.mark.parametrize("tmux", [False, True])
def test_kitty_gets_a_png_of_the_picture_in_small_chunks(tmux: bool) -> None:
    drawing = encode(halves(800, 450), 80, 22, Terminal(Graphics.KITTY, tmux=tmux), never)
    assert drawing is not None
    text = "".join(drawing.chunks)
    if tmux:
        assert text.startswith("\x1bPtmux;\x1b\x1b_G")
        text = (
            text.replace("\x1bPtmux;", "")
            .replace("\x1b\x1b", "\x1b")
            .replace("\x1b\\\x1b\\", "\x1b\\")
        )
    data = "".join(re.findall(r"m=[01](?:,q=2)?;([^\x1b]*)\x1b", text))
    png = Image.open(io.BytesIO(base64.b64decode(data)))
    assert png.size == (800, 440)
    assert png.convert("RGB").getpixel((400, 20)) == pytest.approx((200, 0, 0), abs=12)
    assert max(map(len, drawing.chunks)) < 4_300
    stands_in = f"U=1,i={drawing.image_id},c=80,r=22" in text
    cells = drawing.lines[0][0].text
    assert (stands_in, cells.count("\U0010eeee")) == ((True, 80) if tmux else (False, 0))
    assert drawing.beneath is not tmux


def test_a_draft_for_kitty_is_a_small_picture_of_the_same_place() -> None:
    terminal = Terminal(Graphics.KITTY)
    noise = Image.effect_noise((960, 540), 60).convert("RGB")
    for most, bytes_sent in ((0, 12_000), (12_000, 6_000)):
        coarse = draft_for(noise, 72, 20, terminal, most=most)
        assert coarse.is_draft
        assert sum(map(len, coarse.chunks)) < bytes_sent
        whole = encode(noise, 72, 20, terminal, never, coarse=coarse)
        assert whole is not None
        assert whole.coarse is coarse
        assert not whole.is_draft
        assert (whole.columns, whole.rows, whole.lines) == (72, 20, coarse.lines)


def test_cells_above_a_picture_have_the_terminals_own_background() -> None:
    (cells,) = draft_for(halves(90, 20), 9, 1, Terminal(Graphics.KITTY)).lines
    (cell,) = cells
    assert cell.text == " " * 9
    assert cell.style is not None
    assert cell.style.bgcolor is not None
    assert cell.style.bgcolor.is_default


def test_sixels_select_every_colour_that_they_define() -> None:
    drawing = encode(halves(300, 200), 30, 10, Terminal(Graphics.SIXEL), never)
    assert drawing is not None
    assert [row for row, _ in drawing.strips] == [0, 3, 6, 9]
    for _, strip in drawing.strips:
        assert re.search(r"#\d+;2;\d+;\d+;\d+#", strip)
        # xterm would draw what follows a definition in the colour before it.
        assert not re.search(r"#\d+;2;\d+;\d+;\d+[^#\d]", strip)


def test_nothing_is_encoded_for_nobody() -> None:
    for graphics in (Graphics.KITTY, Graphics.SIXEL):
        assert encode(halves(80, 80), 8, 4, Terminal(graphics), lambda: True) is None


@pytest.mark.parametrize("graphics", [Graphics.KITTY, Graphics.SIXEL])
def test_on_a_slow_link_a_picture_takes_no_more_than_its_share(graphics: Graphics) -> None:
    noise = Image.effect_noise((960, 540), 60).convert("RGB")
    terminal = Terminal(graphics)
    fine = encode(noise, 72, 20, terminal, lambda: False)
    small = encode(noise, 72, 20, terminal, lambda: False, most=40_000)
    assert fine is not None
    assert small is not None
    sent = [sum(map(len, (*d.chunks, *(s for _, s in d.strips)))) for d in (fine, small)]
    assert sent[1] < sent[0] / 2
    if graphics is Graphics.KITTY:
        assert sent[1] < 42_000
