"""A page of small pictures in one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from benchmarks.make_project import fill_project
from engine.products.proposal import Proposal, Skipped
from engine.project.candidate import Standing
from engine.project.project import Project
from engine.values import Kind, State
from tests.tui.conftest import review_of, settled
from tests.tui.project import FRAME, KEEPER, held, make_scene, make_source
from tui.app import RoomApp
from tui.rendering import Made, Wanted
from tui.sheet import HERE, TWEAKED, Sheet, columns_for, draw_sheet, mark_sheet
from tui.widgets.picture import PictureView

ROOM = 400, 200


def white(path: Path | None) -> Image.Image:
    if path is None:
        raise ValueError("no picture")
    return Image.new("RGB", (90, 90), "white")


def sheet(*states: State, here: int = -1) -> Sheet:
    paths = (*(Path(f"{number}.jpg") for number in range(7)), None)
    return Sheet(paths, ((90, 90),) * 8, states, here)


def test_a_sheet_has_the_columns_that_make_its_pictures_largest() -> None:
    assert columns_for([(512, 512)] * 12, (800, 600)) == 4
    assert columns_for([(960, 540)] * 12, (600, 800)) == 2
    assert columns_for([(4000, 500)] * 6, (800, 600)) == 1
    assert columns_for([(512, 512)], (800, 600)) == 1
    assert columns_for([], (800, 600)) == 1


def test_what_cannot_be_read_leaves_its_place_empty_and_the_others_theirs() -> None:
    found = sheet()
    picture = draw_sheet(found, ROOM, "#000000", white)
    middles = [((x + right) // 2, (y + low) // 2) for x, y, right, low in found.places(ROOM)]
    assert [picture.getpixel(at) for at in middles] == [(255, 255, 255)] * 7 + [(0, 0, 0)]
    assert [found.at(*at, ROOM) for at in middles] == list(range(8))
    assert found.at(5_000, 5_000, ROOM) is None


def test_a_verdict_is_seen_by_its_sign_and_the_cursor_by_its_frame() -> None:
    found = sheet(State.APPROVED, State.REJECTED, State.PENDING, State.SKIPPED, here=2)
    bare = draw_sheet(found, ROOM, "#000000", white)
    marked = mark_sheet(bare, found, 3)

    def colours(number: int) -> set[object]:
        left, top, right, low = found.places(ROOM)[number]
        part = marked.crop((left - 6, top - 6, right + 6, low + 6))
        return {colour for count, colour in part.getcolors(100_000) or [] if count > 9}

    assert (255, 255, 255) in colours(0)
    assert (255, 255, 255) not in colours(1), "what is rejected is dark"
    frame = tuple(bytes.fromhex(HERE[1:]))
    assert [frame in colours(number) for number in (0, 2, 7)] == [False, True, False]
    assert len({frozenset(colours(number)) for number in range(4)}) == 4


def test_what_was_tweaked_is_shown_as_it_is_now_or_marked_as_it_was() -> None:
    grey = Image.new("RGB", (90, 90), "grey")
    found = replace(
        sheet(),
        made=("a", *[""] * 7),
        pictures={"a": grey},
        former=(False, True, *[False] * 6),
    )
    bare = draw_sheet(found, ROOM, "#000000", white)
    marked = mark_sheet(bare, found, 3)
    ink = tuple(bytes.fromhex(TWEAKED[1:]))

    def part(number: int) -> set[object]:
        left, top, right, low = found.places(ROOM)[number]
        piece = marked.crop((left, top, right, low))
        return {colour for _, colour in piece.getcolors(100_000) or []}

    assert (128, 128, 128) in part(0)
    assert [ink in part(number) for number in range(3)] == [False, True, False]


async def test_one_tweak_of_two_films_is_shown_as_each_film_has_it(tmp_path: Path) -> None:
    folder, tweak = tmp_path / "two.cuttingroom", replace(KEEPER, frame=KEEPER.frame + 1)
    films = [replace(make_source(f"{name}.mkv"), id=name * 16) for name in "ab"]
    with Project.create(folder, "mira") as project:
        for film in films:
            found = [(Proposal(KEEPER, FRAME, 0.6, "sharpest"), "")]
            scenes = [(make_scene(film, 1), found, list[Skipped]())]
            fill_project(project, [(film, scenes)], reports=False)
        keepers = project.catalogue.candidates(kind=Kind.KEEPER)
        project.decide({c.id: Standing(State.PENDING, tweak, FRAME) for c in keepers})
    async with RoomApp(folder, "mira").run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = review_of(pilot)
        for candidate, colour in zip(keepers, ("red", "blue"), strict=True):
            picture = Image.new("RGB", (64, 36), colour)
            screen.desk.on_made(Made(Wanted(candidate, tweak), picture, FRAME, ()))
        screen.review.sort("kind")
        await pilot.press("S")

        def pictures() -> list[object]:
            order = screen.desk._drawn
            sheet = order.sheet if order else None
            return [sheet.pictures[name].getpixel((0, 0)) for name in sheet.made] if sheet else []

        await settled(pilot, lambda s: pictures() == [(255, 0, 0), (0, 0, 255)])


async def test_verdicts_and_clicks_work_on_a_sheet(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("j", "S", "a", "x")
        await settled(pilot)
        assert held(folder, Kind.PLATE).state is State.APPROVED
        assert held(folder, Kind.LAYER).state is State.REJECTED

        def shown(*states: State) -> bool:
            order = review_of(pilot).desk._drawn
            return order is not None and order.sheet is not None and order.sheet.states == states

        pending = State.PENDING
        await settled(pilot, lambda s: shown(State.APPROVED, State.REJECTED, pending, pending))
        screen = review_of(pilot)
        view = screen.query_one(PictureView)
        await pilot.click(view, offset=(view.size.width // 4, view.size.height // 4))
        await pilot.pause()
        assert screen.review.row == 0
        await pilot.press("z")
        assert screen.look.loupe
        assert not screen.look.sheet
