"""The loupe, the raw frame, two pictures side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.project.candidate import Standing
from engine.project.project import Project
from engine.recipe import CropRecipe, KeeperRecipe
from engine.values import Box, Kind, State
from tests.tui.conftest import review_of, settled
from tests.tui.project import CROP, FRAME, KEEPER, LAYER, PANORAMA, PLATE, held
from tui.app import RoomApp
from tui.look import Layer, Look, first_zoom, raw_of, window_of
from tui.widgets.facts import Facts
from tui.widgets.picture import PictureView


def test_the_loupe_shows_a_pixel_for_a_pixel_and_stays_on_the_picture() -> None:
    window = window_of((0.5, 0.5), 1.0, (2000, 1000), (500, 500))
    assert window.box((2000, 1000)) == (750, 250, 1250, 750)
    corner = window_of((1.0, 0.0), 2.0, (2000, 1000), (500, 500))
    assert corner.box((2000, 1000)) == (1750, 0, 2000, 250)
    whole = window_of((0.2, 0.2), 1.0, (100, 100), (500, 500))
    assert whole.box((100, 100)) == (0, 0, 100, 100)


def test_the_loupe_opens_one_for_one_unless_that_would_be_a_patch_of_colour() -> None:
    assert first_zoom(760) == 1.0, "pixels"
    assert first_zoom(160) == 1.0, "half cells of a wide terminal"
    assert first_zoom(78) == 0.5
    assert first_zoom(46) == 0.25


async def test_what_the_engine_makes_is_told_of_no_other_picture(
    room: RoomApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = held(folder, Kind.KEEPER)
    with Project(folder) as project:
        tweak = replace(KEEPER, frame=KEEPER.frame + 1)
        project.decide({keeper.id: Standing(State.PENDING, tweak, FRAME)})
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        monkeypatch.setattr(screen.desk._renderer, "ask", lambda wanted: None)  # it takes for ever

        def told() -> str:
            return " ".join(line.plain for line in screen.query_one(Facts).lines)

        for key, shown in (("j", "crop of scene"), ("G", "report for")):
            screen.review.go(keeper.id)
            screen.draw()
            await settled(pilot, lambda s: "making the picture" in told())
            await pilot.press(key)
            await settled(pilot)
            assert shown in told()
            assert "making the picture" not in told()


@pytest.mark.parametrize(
    ("size", "lists"), [((80, 24), False), ((50, 18), False), ((160, 48), True)]
)
async def test_where_there_is_little_room_the_loupe_has_all_of_it(
    room: RoomApp, size: tuple[int, int], lists: bool
) -> None:
    async with room.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("j", "z")
        await settled(pilot, lambda s: s.query_one(PictureView).has_drawing)
        view = review_of(pilot).query_one(PictureView)
        assert bool(review_of(pilot).query_one("#lists").display) is lists
        assert lists or view.region.width >= size[0] - 4
        await pilot.press("z")
        await pilot.pause()
        assert review_of(pilot).query_one("#lists").display


def test_panning_stops_at_the_edge_and_zooming_at_both_ends() -> None:
    look = Look(zoom=1.0)
    window = window_of((0.5, 0.5), 1.0, (2000, 1000), (500, 500))
    for _ in range(40):
        look = look.panned(1, -1, window, (0.5, 0.5))
    assert look.spot == (1 - window.width / 2, window.height / 2)
    for _ in range(9):
        look = look.zoomed(1)
    assert look.zoom == 4.0


def test_every_picture_is_compared_with_the_frame_that_it_comes_from() -> None:
    assert raw_of(PLATE) == KeeperRecipe(PLATE.picture, PLATE.start + 24)
    assert raw_of(LAYER) == KeeperRecipe(PLATE.picture, LAYER.base)
    assert raw_of(KEEPER, FRAME) == KeeperRecipe(Box(0, 0, *FRAME), KEEPER.frame)
    assert raw_of(CROP) == KEEPER
    raw = raw_of(CropRecipe(PLATE, 8, 16, 512))
    assert isinstance(raw, CropRecipe)
    assert (raw.x, raw.y, raw.base) == (8, 16, raw_of(PLATE))
    assert isinstance(raw_of(CropRecipe(PANORAMA, 8, 16, 512)), KeeperRecipe)


async def test_zoom_and_place_survive_moving_on_and_verdicts_still_work(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("j", "z")
        zoom = screen.look.zoom
        await pilot.press("l", "l", "plus", "a")
        await settled(pilot)
        assert held(folder, Kind.PLATE).state == "approved"
        assert screen.look.zoom == 2 * zoom
        spot = screen.look.spot
        await pilot.press("n")
        assert screen.look.spot == spot
        here = screen.review.current
        assert here is not None
        assert here.kind is Kind.KEEPER
        await pilot.press("escape", "k")
        assert not screen.look.loupe
        assert screen.review.row == 1


async def test_the_loupe_opens_at_the_best_crop_of_a_picture(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        review = review_of(pilot).review
        x, y = review.interest(held(folder, Kind.KEEPER))
        assert x == pytest.approx((CROP.x + CROP.side / 2) / FRAME[0])
        assert y == pytest.approx((CROP.y + CROP.side / 2) / FRAME[1])
        assert review.interest(held(folder, Kind.PANORAMA)) == (0.5, 0.5)


async def test_a_click_on_the_picture_opens_the_loupe_there(room: RoomApp) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda s: s.query_one(PictureView).has_drawing)
        screen = review_of(pilot)
        await pilot.press("j")
        await settled(pilot, lambda s: s.query_one(PictureView).has_drawing)
        columns, rows = screen.query_one(PictureView).box
        await pilot.click("#picture", offset=(columns // 2, rows // 2))
        assert screen.look.loupe
        x, y = screen.look.spot or (0, 0)
        assert x == pytest.approx(0.5, abs=0.05)
        assert y == pytest.approx(0.5, abs=0.1)


async def test_the_pinned_picture_stays_on_the_left_and_escape_ends_it(room: RoomApp) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        first = screen.review.current
        assert first is not None
        await pilot.press("p", "j")
        order = screen.desk._order_of(screen.review.candidates[1], screen.look)
        assert order is not None
        assert order.beside is not None
        assert order.beside.token == first.id
        await pilot.press("escape")
        assert not screen.look.two_up


async def test_two_pictures_beside_each_other_begin_with_this_one(room: RoomApp) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("equals_sign")
        assert screen.look.two_up
        assert "pinned to the left" in screen.status.render_line(0).text


async def test_the_raw_frame_blinks(room: RoomApp) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("b")
        assert screen.look == Look(Layer.RAW)
        await pilot.press("b")
        assert screen.look == Look(Layer.PICTURE)


async def test_what_looks_alike_is_folded_and_can_be_listed(folder: Path) -> None:
    from dataclasses import replace

    async with RoomApp(folder, "mira").run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        crop = held(folder, Kind.CROP)
        double = replace(crop, id="crop-double", like=crop.id)
        known = [*screen.review.candidates, double]
        screen.review.fill(known, {crop.source_id: "film.mkv"})
        screen.review.go(crop.id)
        assert len(screen.review.rows) == 4
        assert screen.review.states[State.PENDING] == 8, "what is folded is not left to decide"
        await pilot.press("m")
        assert [screen.review.candidates[p].id for p in screen.review.rows][-1] == "crop-double"
        await pilot.press("j", "m")
        here = screen.review.current
        assert here is not None
        assert here.id == crop.id


async def test_on_a_report_the_keys_are_those_of_the_lists(room: RoomApp) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        await pilot.press("G", "z")
        assert not screen.look.loupe
        await pilot.press("g", "g", "z", "G")
        await settled(pilot)
        await pilot.press("k")
        await pilot.press("h")
        here = screen.review.group
        assert here is not None
        assert not here.is_reports
