"""What goes to the terminal for a picture."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.filter import LineFilter, Monochrome
from textual.geometry import Region

from tui.darkroom import REST, Darkroom, Drawn, Order
from tui.encode import Drawing, encode
from tui.terminal import Graphics, Terminal
from tui.theme import DARK
from tui.widgets.picture import PictureView

KITTY = Terminal(Graphics.KITTY, (10, 20), frames=True)


class Recorded(PictureView):
    """Keeps what is sent."""

    sent: list[str]

    def _send(self, text: str) -> None:
        self.sent.append(text)


class Shown(App[None]):
    """A picture alone."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self.view = Recorded(terminal, id="picture")
        self.view.sent = []
        self.register_theme(DARK)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield self.view


def drawing(shade: int, size: tuple[int, int] = (400, 200)) -> Drawing:
    picture = Image.new("RGB", size, (shade, shade, shade))
    made = encode(picture, size[0] // 10, size[1] // 20, KITTY, lambda: False)
    assert made is not None
    return made


async def test_blinking_costs_a_few_bytes_once_both_pictures_are_there() -> None:
    app = Shown(KITTY)
    async with app.run_test(size=(80, 24)):
        picture, raw = drawing(200), drawing(50)
        app.view.show(picture, "plate")
        app.view.show(raw, "plate")
        for frame, other in ((1, picture), (2, raw), (1, picture)):
            app.view.sent.clear()
            app.view.show(other, "plate")
            assert app.view.sent == [f"\x1b_Ga=a,i={picture.image_id},c={frame},q=2\x1b\\"]
        app.view.sent.clear()
        app.view.show(picture, "plate")
        assert not app.view.sent, "it is there already"


async def test_what_was_left_at_the_raw_frame_is_the_picture_again_when_one_comes_back() -> None:
    app = Shown(KITTY)
    async with app.run_test(size=(80, 24)):
        picture, raw, other = drawing(200), drawing(50), drawing(90)
        app.view.show(picture, "plate")
        app.view.show(raw, "plate")
        app.view.show(other, "keeper")
        app.view.sent.clear()
        app.view.show(picture, "plate")
        sent = "".join(app.view.sent)
        assert f"\x1b_Ga=a,i={picture.image_id},c=1,q=2\x1b\\" in sent
        assert f"a=p,i={picture.image_id}," in sent
        assert "a=t" not in sent, "the terminal has it"


@pytest.mark.parametrize(
    ("terminal", "size", "of"),
    [
        (Terminal(Graphics.KITTY, (10, 20)), (400, 200), "plate"),
        (KITTY, (400, 160), "plate"),
        (KITTY, (400, 200), "keeper"),
        (KITTY, (400, 200), ""),
    ],
)
async def test_only_what_has_the_size_of_a_picture_of_the_same_becomes_its_frame(
    terminal: Terminal, size: tuple[int, int], of: str
) -> None:
    app = Shown(terminal)
    async with app.run_test(size=(80, 24)):
        app.view.show(drawing(200), "plate")
        app.view.sent.clear()
        app.view.show(drawing(50, size), of)
        assert not any("a=f" in text or "a=a" in text for text in app.view.sent)


async def test_a_picture_beneath_the_cells_gives_way_to_words_and_to_what_hides_it() -> None:
    app = Shown(KITTY)
    async with app.run_test(size=(80, 24)) as pilot:
        picture = drawing(200)
        away = f"\x1b_Ga=d,d=i,i={picture.image_id},q=2\x1b\\"
        app.view.show(picture)
        await pilot.pause()
        assert f"a=p,i={picture.image_id},p=1,c=40,r=10," in "".join(app.view.sent)
        app.view.sent.clear()
        app.view.say("nothing here yet")
        assert away in app.view.sent
        app.view.show(picture)
        await pilot.pause()
        app.view.sent.clear()
        app.view.display = False
        await pilot.pause()
        assert away in app.view.sent
        app.view.display = True
        await pilot.pause()
        assert f"a=p,i={picture.image_id}," in "".join(app.view.sent), "and comes back"


@pytest.mark.parametrize("filters", [[], [Monochrome()]])
async def test_nothing_colours_the_cells_above_a_picture(filters: list[LineFilter]) -> None:
    app = Shown(KITTY)
    app._filters = [*app._filters, *filters]
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.show(drawing(200))
        await pilot.pause()
        cells = [s for s in app.view.render_lines(Region(0, 12, 80, 1))[0] if s.cell_length == 40]
        assert len(cells) == 1
        assert cells[0].style is not None
        assert cells[0].style.bgcolor is not None
        assert cells[0].style.bgcolor.is_default


async def test_going_on_to_a_picture_of_the_same_shape_draws_no_cell() -> None:
    app = Shown(KITTY)
    async with app.run_test(size=(80, 24)) as pilot:
        first, second = drawing(200), drawing(50)
        assert second.coarse is not None
        app.view.show(first, "one")
        await pilot.pause()
        drawn = []
        render_line = app.view.render_line
        app.view.render_line = lambda y: drawn.append(y) or render_line(y)  # type: ignore[method-assign, func-returns-value]
        app.view.sent.clear()
        app.view.show(second.coarse, "two")
        app.view.show(second, "two")
        await pilot.pause()
        assert not drawn
        sent = "".join(app.view.sent)
        draft, whole = (sent.index(f"a=p,i={d.image_id},") for d in (second.coarse, second))
        assert draft < whole
        assert f"d=I,i={second.coarse.image_id}," in sent, "a draft is not kept"


async def test_a_picture_on_its_way_is_not_begun_anew() -> None:
    app = Shown(replace(KITTY, rate=1.0))
    async with app.run_test(size=(80, 24)):
        app.view.link.send(["busy" * 9_000] * 9)
        noise = Image.effect_noise((400, 200), 80)
        made = encode(noise, 40, 10, KITTY, lambda: False)
        assert made is not None
        app.view.show(made)
        app.view.sent.clear()
        app.view.show(made)
        assert not app.view.sent


def test_what_is_likely_next_is_made_ready_and_shown_at_once(tmp_path: Path) -> None:
    orders = []
    for name in ("here", "next"):
        Image.effect_noise((400, 200), 80).save(tmp_path / f"{name}.png")
        orders.append(Order(name, (40, 10), tmp_path / f"{name}.png"))
    drawn: Queue[Drawn] = Queue()
    darkroom = Darkroom(KITTY, drawn.put)  # type: ignore[arg-type]
    try:
        darkroom.ask(orders[0].with_ahead(orders[1:], 0))
        until = time.monotonic() + 60
        ready = None
        while ready is None and time.monotonic() < until:
            time.sleep(0.02)
            ready = darkroom._drawings.get(orders[1])
        while not drawn.empty():
            drawn.get()
        darkroom.ask(orders[1])
        assert drawn.get_nowait().drawing is ready, "before the thread had its turn"
    finally:
        darkroom.close()


def test_on_a_slow_link_a_held_key_shows_drafts_and_the_picture_where_it_is_let_go(
    tmp_path: Path,
) -> None:
    orders = []
    for name in ("one", "two"):
        Image.effect_noise((400, 200), 80).save(tmp_path / f"{name}.png")
        orders.append(Order(name, (40, 10), tmp_path / f"{name}.png", most=1_000_000))
    drawn: Queue[Drawn] = Queue()
    darkroom = Darkroom(KITTY, drawn.put)  # type: ignore[arg-type]

    def wait_for(order: Order) -> None:
        while (last := drawn.get(timeout=60)).drawing.is_draft or last.order != order:
            pass

    try:
        for order in orders:
            darkroom.ask(order)
            wait_for(order)
        darkroom._asked_at = time.monotonic() + 60  # pressed before that, however slow we are
        darkroom.ask(orders[0])
        assert drawn.get_nowait().drawing.is_draft, "though the picture is ready"
        wait_for(orders[0])
    finally:
        darkroom.close()


async def test_calm_a_picture_appears_once_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.effect_noise((400, 200), 80).save(path)
    counts = []
    for terminal in (KITTY, replace(KITTY, calm=True)):
        drawn: Queue[Drawn] = Queue()
        darkroom = Darkroom(terminal, drawn.put)  # type: ignore[arg-type]
        darkroom.ask(Order("a", (40, 10), path))
        shown = [drawn.get(timeout=30)]
        while shown[-1].drawing.is_draft:
            shown.append(drawn.get(timeout=30))
        darkroom.close()
        counts.append(len(shown))
    assert counts == [2, 1], "a draft first, or not"


async def test_frames_go_with_the_picture_that_they_belong_to() -> None:
    app = Shown(KITTY)
    async with app.run_test(size=(80, 24)):
        picture, raw = drawing(200), drawing(50)
        app.view.show(picture, "plate")
        app.view.show(raw, "plate")
        for number in range(12):
            app.view.show(drawing(number), f"keeper {number}")
        app.view.sent.clear()
        app.view.show(raw, "plate")
        assert any("a=t" in text for text in app.view.sent), "sent anew, as a picture"


@pytest.mark.parametrize("graphics", [Graphics.KITTY, Graphics.SIXEL])
def test_a_picture_made_small_for_a_slow_link_gets_its_detail_while_it_is_looked_at(
    graphics: Graphics, tmp_path: Path
) -> None:
    Image.effect_noise((960, 540), 60).convert("RGB").save(tmp_path / "noise.jpg")
    drawn: Queue[Drawn] = Queue()
    darkroom = Darkroom(Terminal(graphics), drawn.put)  # type: ignore[arg-type]
    order = Order("noise", (60, 17), tmp_path / "noise.jpg", draft=False, most=40_000)
    try:
        darkroom.ask(order)
        first, second = (drawn.get(timeout=60).drawing for _ in range(2))
    finally:
        darkroom.close()
    assert first.reduced
    assert not first.finer
    assert second.finer
    sent = [sum(map(len, (*d.chunks, *(s for _, s in d.strips)))) for d in (first, second)]
    assert sent[1] > 1.5 * sent[0]


@pytest.mark.parametrize("calm", [False, True])
def test_a_slow_link_gets_the_detail_of_a_picture_once(calm: bool, tmp_path: Path) -> None:
    Image.effect_noise((960, 540), 60).convert("RGB").save(tmp_path / "noise.jpg")
    drawn: Queue[Drawn] = Queue()
    darkroom = Darkroom(replace(KITTY, calm=calm), drawn.put)  # type: ignore[arg-type]
    order = Order("noise", (60, 17), tmp_path / "noise.jpg", draft=False, most=12_000)
    try:
        darkroom.ask(order)
        first = [drawn.get(timeout=60).drawing for _ in range(1 if calm else 2)]
        darkroom.ask(order)
        again = drawn.get(timeout=60).drawing
        assert again.image_id == first[-1].image_id
        with pytest.raises(Empty):
            drawn.get(timeout=2 * REST)
    finally:
        darkroom.close()
