from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.events import Work
from engine.project.candidate import Candidate
from engine.project.project import Project
from engine.recipe import (
    CropRecipe,
    KeeperRecipe,
    PanoramaRecipe,
    PlateRecipe,
    ReportRecipe,
    candidate_id,
)
from engine.values import Box, Kind, PlateAdvice, Rendered, State
from tests.tui.conftest import review_of, settled
from tests.tui.project import CROP, KEEPER, LAYER, PANORAMA, PICTURE, PLATE, SHOT, held
from tui.app import RoomApp
from tui.outlines import outlines
from tui.strip import closeup
from tui.tweak import Around, Tweak
from tui.widgets.facts import Facts

STANDS = Box(640, 320, 200, 400)
"""What stands in front, wherever one points."""


def tweak_of(folder: Path, kind: Kind) -> Tweak:
    candidate = held(folder, kind)
    shot = (candidate.frames[0] // SHOT * SHOT, candidate.frames[0] // SHOT * SHOT + SHOT)
    return Tweak(candidate, Around(shot, (1920, 1080)))


def to_row(tweak: Tweak, name: str) -> Tweak:
    tweak.row = tweak.names.index(name)
    return tweak


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grey picture in place of the engine's: the room is tested here, not the engine."""

    def preview_of(
        project: Project, candidate: Candidate, recipe: object, long_side: int = 960
    ) -> Work[Rendered]:
        yield from ()
        picture = np.full((100, 300, 3), 128, np.uint8)
        return Rendered(picture, score=0.31, warnings=("a seam is in sight",))

    import sys
    from types import ModuleType

    def what_stands_at(*about: object) -> Work[Box | None]:
        yield from ()
        return STANDS

    redraw = ModuleType("engine.redraw")
    redraw.what_stands_at = what_stands_at  # type: ignore[attr-defined]
    redraw.preview_of = preview_of  # type: ignore[attr-defined]
    redraw.full_size_of = lambda recipe, rendered: (3000, 1000)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "engine.redraw", redraw)


def test_a_crop_moves_by_eight_and_stays_inside_its_picture(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.CROP)
    tweak.nudge(1, -1)
    assert tweak.recipe == CropRecipe(KEEPER, CROP.x + 8, CROP.y - 8, CROP.side)
    for _ in range(100):
        tweak.nudge(8, 8)
    assert tweak.recipe == CropRecipe(KEEPER, 1920 - 512, 1080 - 512, 512)


def test_a_crop_grows_about_its_middle_up_to_its_picture(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.CROP)
    tweak.grow(1)
    assert tweak.recipe == CropRecipe(KEEPER, CROP.x - 32, CROP.y - 32, 576)
    for _ in range(20):
        tweak.grow(1)
    assert tweak.size == (1080, 1080)
    for _ in range(20):
        tweak.grow(-1)
    assert tweak.size == (64, 64)


def test_a_crop_snaps_to_the_sides_of_targets_and_to_places_that_were_found(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.CROP)
    middle = CROP.x + CROP.side // 2, CROP.y + CROP.side // 2
    tweak.to_target(1)
    assert tweak.recipe == CropRecipe(KEEPER, CROP.x - 128, CROP.y - 128, 768)
    tweak.around = Around(tweak.around.shot, (1920, 1080), peaks=(middle, (1500, 600)))
    tweak.to_peak(1)
    assert tweak.recipe == CropRecipe(KEEPER, 1500 - 384, 600 - 384, 768)
    tweak.to_peak(1)
    tweak.to_target(0)
    assert tweak.recipe == CROP


def test_a_keeper_goes_to_the_sharpest_frame_nearby(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.KEEPER)
    first = KEEPER.frame // SHOT * SHOT
    sharpness = [1.0] * SHOT
    sharpness[9], sharpness[40] = 2.0, 3.0
    tweak.around = Around(tweak.around.shot, sharpness=tuple(sharpness))
    tweak.sharpest()
    assert tweak.recipe == KeeperRecipe(KEEPER.picture, first + 9)
    tweak.sharpest()
    assert "sharpest within" in tweak.trouble


def test_a_keepers_crop_takes_another_frame_inside_the_shot(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.CROP)
    tweak.step_base(1)
    assert isinstance(tweak.recipe, CropRecipe)
    assert tweak.recipe.base == KeeperRecipe(KEEPER.picture, KEEPER.frame + 1)
    for _ in range(SHOT):
        tweak.step_base(-1)
    assert tweak.recipe.base == KeeperRecipe(KEEPER.picture, SHOT)


def test_a_panorama_takes_every_setting_that_its_recipe_declares(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.PANORAMA)
    assert tweak.names == [
        "start", "stop", "step", "left_out", "model", "anchor", "compositor", "trim", "extent",
        "fill", "subject",
    ]  # fmt: skip
    to_row(tweak, "start").change(10)
    to_row(tweak, "stop").change(-1)
    to_row(tweak, "step").change(1)
    to_row(tweak, "compositor").change(1)
    to_row(tweak, "extent").change(-1)
    to_row(tweak, "subject").change(1)
    recipe = tweak.recipe
    assert isinstance(recipe, PanoramaRecipe)
    assert (recipe.start, recipe.stop, recipe.step) == (10, SHOT - 1, 3)
    assert (recipe.compositor, recipe.extent, recipe.subject) == ("median", "full", 10)
    assert tweak.size is None, "only the engine knows"


def test_first_and_last_frame_stay_in_the_shot_and_in_order(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.PLATE)
    to_row(tweak, "stop").change(10)
    to_row(tweak, "start").change(1000)
    assert isinstance(tweak.recipe, PlateRecipe)
    assert (tweak.recipe.start, tweak.recipe.stop) == (2 * SHOT - 1, 2 * SHOT)


def test_a_frame_is_left_out_and_taken_in_again(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.PLATE)
    to_row(tweak, "left_out").change(1)
    tweak.leave_out()
    assert isinstance(tweak.recipe, PlateRecipe)
    assert tweak.recipe.left_out == (PLATE.start + 2,)
    here = PLATE.start + 2
    frames = tweak.out_and_in(1)
    assert closeup(frames, here, [0, 0.5, 1]) == [
        "▁▅█",
        "·✗·",
        f"{here - 2} to {here + 2}; ▲ is {here}",
    ]
    assert closeup(frames, here - 2, [])[0] == "▲✗·"
    tweak.leave_out()
    assert not getattr(tweak.recipe, "left_out", None)


def test_reset_goes_back_to_what_was_proposed(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.PANORAMA)
    to_row(tweak, "trim").change(3)
    assert tweak.touched
    tweak.reset()
    assert tweak.recipe == PANORAMA


def test_settings_that_a_trainer_refuses_say_why(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.REPORT)
    to_row(tweak, "trainer")
    while getattr(tweak.recipe, "trainer", "") != "everydream2":
        tweak.change(1)
    to_row(tweak, "width").change(1)
    assert tweak.trouble


async def test_a_kept_crop_is_on_disk_and_undo_takes_it_back(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("l", "j", "j", "j", "t", "l", "j", "plus", "enter")
        await settled(pilot)
        crop = held(folder, Kind.CROP)
        assert crop.recipe == CropRecipe(KEEPER, CROP.x + 8 - 32, CROP.y + 8 - 32, 576)
        assert crop.size == (576, 576)
        assert crop.state is State.PENDING
        await pilot.press("u")
        await settled(pilot, lambda s: not s.review.candidates[4].tweaked)
        assert not held(folder, Kind.CROP).tweaked


async def test_escape_drops_and_nothing_is_written(room: RoomApp, folder: Path) -> None:
    async with room.run_test() as pilot:
        await settled(pilot)
        await pilot.press("l", "j", "j", "t", "l", "l", "escape")
        await settled(pilot)
        assert not held(folder, Kind.KEEPER).tweaked
        await pilot.press("a")
        await settled(pilot)
        assert held(folder, Kind.KEEPER).state is State.APPROVED


@pytest.mark.usefixtures("painted")
@pytest.mark.parametrize(
    ("kind", "keys", "name", "value"),
    [
        (Kind.KEEPER, ("l",), "frame", KEEPER.frame + 1),
        (Kind.LAYER, ("h",), "base", SHOT + 9),
        (Kind.PLATE, ("j", "j", "l"), "step", 3),
        (Kind.PLATE, ("j", "j", "j", "j", "l"), "compositor", "median"),
        (Kind.PANORAMA, ("L",), "start", 10),
        (Kind.PANORAMA, ("o",), "left_out", (0,)),
    ],
)
async def test_each_kind_is_tweaked_and_kept_by_keys(
    room: RoomApp, folder: Path, kind: Kind, keys: tuple[str, ...], name: str, value: object
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        review_of(pilot).review.go(held(folder, kind).id)
        await pilot.press("t", *keys)
        await settled(
            pilot,
            lambda s: (
                s.tweak is not None and s.desk.made(s.tweak.candidate, s.tweak.recipe) is not None
            ),
        )
        await pilot.press("enter")
        await settled(pilot, lambda s: s.tweak is None)
        tweaked = held(folder, kind)
        assert getattr(tweaked.recipe, name) == value
        assert tweaked.size == ((3000, 1000) if kind is Kind.PANORAMA else (1920, 1080))


async def test_a_report_is_switched_on_and_its_settings_kept_in_one_step(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("l", "l", "l", "t", "a", "j", "j", "l", "enter")
        await settled(pilot, lambda s: s.review.candidates[-3].state is State.APPROVED)
        with Project(folder) as project:
            report = project.catalogue.candidates(kind=Kind.REPORT, state=State.APPROVED)[0]
        assert isinstance(report.recipe, ReportRecipe)
        assert isinstance(report.proposed, ReportRecipe)
        assert report.recipe.width == report.proposed.width + 64
        await pilot.press("u")
        await settled(pilot, lambda s: s.review.candidates[-3].state is State.PENDING)


def test_a_place_of_a_plate_is_left_out_taken_from_a_frame_flipped_and_forgotten(
    folder: Path,
) -> None:
    tweak = tweak_of(folder, Kind.PLATE)
    tweak.point()
    assert tweak.pointer is not None
    tweak.pointer = tweak.pointer.moved(-100, -100).grown(1, 0)
    box = tweak.pointer.box
    assert (box.x, box.y, box.width, box.height) == (0, 0, 272, 135)
    for what in ("ignore", "take", "touch"):
        tweak.say_of_place(what)
    recipe = tweak.recipe
    assert isinstance(recipe, PlateRecipe)
    assert recipe.ignore == ((0, 0, 272, 135),)
    assert recipe.keep == ((0, 0, 272, 135, SHOT),)
    assert recipe.flips == ((136, 67),)
    tweak.say_of_place("forget")
    assert tweak.recipe == PLATE


def test_subjects_of_a_layer_are_named_where_one_points(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.LAYER)
    tweak.point()
    tweak.say_of_place("touch")
    assert getattr(tweak.recipe, "subjects") == ((960, 539),)  # noqa: B009 - checked twice
    tweak.say_of_place("touch")
    assert tweak.recipe == tweak.candidate.recipe
    tweak.say_of_place("ignore")
    assert "only a plate" in tweak.trouble
    tweak.step_frame(3)
    assert getattr(tweak.recipe, "base") == LAYER.base + 3  # noqa: B009 - checked twice


@pytest.mark.usefixtures("painted")
async def test_a_rectangle_is_moved_over_the_plate_and_kept_by_keys(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        review_of(pilot).review.go(held(folder, Kind.PLATE).id)
        await pilot.press("t", "m", "H", "k", "plus", "i", "escape")
        await settled(
            pilot,
            lambda s: (
                s.tweak is not None and s.desk.made(s.tweak.candidate, s.tweak.recipe) is not None
            ),
        )
        await pilot.press("enter")
        await settled(pilot, lambda s: s.tweak is None)
        plate = held(folder, Kind.PLATE).recipe
        assert isinstance(plate, PlateRecipe)
        assert plate.ignore == ((840 - 128 - 16, 472 - 16 - 16, 240 + 32, 135 + 32),)


def test_rectangles_and_points_of_a_plate_are_drawn_over_it(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.PLATE)
    tweak.point()
    assert tweak.pointer is not None
    tweak.pointer = tweak.pointer.at(Box(100, 200, 300, 400))
    for what in ("ignore", "touch"):
        tweak.say_of_place(what)
    unsure = Box(10, 20, 30, 40)
    tweak.learn(PlateAdvice((), (), (), ((unsure, (20, 30)),)), (), (1920, 1080))
    boxes = [outline.box for outline in outlines(tweak)]
    assert Box(100, 200, 300, 400) in boxes
    assert unsure in boxes
    assert any(box.x <= 250 < box.right and box.y <= 400 < box.bottom for box in boxes[2:])
    tweak.point()
    assert unsure not in [outline.box for outline in outlines(tweak)], "only while pointing"


def test_the_frames_at_both_ends_are_drawn_over_a_panorama_while_a_handle_moves(
    folder: Path,
) -> None:
    tweak = to_row(tweak_of(folder, Kind.PANORAMA), "start")
    assert not list(outlines(tweak)), "where they lie is not known yet"
    places = [(frame, 40.0 * frame, -2.0) for frame in range(0, SHOT, 2)]
    tweak.learn(None, places, (3400, 1060))
    first, last = outlines(tweak)
    assert first.box == Box(0, 0, 1920, 1060)
    assert last.box.x == 40 * (SHOT - 2)
    assert first.broad
    assert not last.broad
    tweak.change(10)
    assert next(outlines(tweak)).box.x == 400
    to_row(tweak, "trim")
    assert not list(outlines(tweak))


def test_the_strip_of_a_tweak_shows_its_range_and_what_stands_in_front(folder: Path) -> None:
    tweak = to_row(tweak_of(folder, Kind.PLATE), "stop")
    tweak.change(-10)
    tweak.learn(PlateAdvice(((SHOT, 0.1), (SHOT + 2, 0.4)), (), (), ()), (), (1920, 1080))
    strip = tweak.strip()
    assert strip is not None
    assert strip.shot == (SHOT, 2 * SHOT)
    assert strip.taken == (SHOT, 2 * SHOT - 10)
    assert strip.held == "stop"
    assert strip.heights == {SHOT: 0.1, SHOT + 2: 0.4}
    crop = tweak_of(folder, Kind.CROP)
    assert crop.strip() is None
    keeper = tweak_of(folder, Kind.KEEPER).strip()
    assert keeper is not None
    assert keeper.here == KEEPER.frame


def test_the_pointer_goes_around_what_stands_there_or_says_that_nothing_does(folder: Path) -> None:
    tweak = tweak_of(folder, Kind.LAYER)
    tweak.point()
    assert tweak.pointer is not None
    tweak.fit(Box(300, 200, 90, 120))
    assert tweak.pointer.box == Box(300, 200, 90, 120)
    tweak.fit(None)
    assert f"frame {LAYER.base}" in tweak.trouble


def test_before_it_was_made_the_camera_tells_where_frames_lie_in_a_panorama(folder: Path) -> None:
    tweak = to_row(tweak_of(folder, Kind.PANORAMA), "stop")
    path = tuple((30.0 * frame - 100, 0.5 * frame) for frame in range(SHOT))
    tweak.around = Around((0, SHOT), path=path)
    first, last = outlines(tweak)
    assert first.box.x == 0
    assert last.box.x == 30 * (SHOT - 1)
    assert last.box.y == 0
    assert last.broad
    tweak.change(-10)
    assert list(outlines(tweak))[1].box.x == 30 * (SHOT - 11)


@pytest.mark.usefixtures("painted")
async def test_the_frame_at_hand_is_shown_and_the_rectangle_fitted_by_keys(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        review_of(pilot).review.go(held(folder, Kind.PLATE).id)
        await pilot.press("t", "m", "b")
        frame = candidate_id(held(folder, Kind.PLATE).source_id, KeeperRecipe(PICTURE, SHOT))
        await settled(pilot, lambda s: s.desk.is_drawn and frame in s.desk.shown)
        await pilot.press("b")
        await settled(pilot, lambda s: s.desk.is_drawn and frame not in s.desk.shown)
        await pilot.press("g")
        await settled(
            pilot,
            lambda s: bool(s.tweak and s.tweak.pointer and s.tweak.pointer.box == STANDS),
        )
        await pilot.press("i", "escape")
        await settled(
            pilot,
            lambda s: (
                s.tweak is not None and s.desk.made(s.tweak.candidate, s.tweak.recipe) is not None
            ),
        )
        await pilot.press("enter")
        await settled(pilot, lambda s: s.tweak is None)
        plate = held(folder, Kind.PLATE).recipe
        assert isinstance(plate, PlateRecipe)
        assert plate.ignore == ((STANDS.x, STANDS.y, STANDS.width, STANDS.height),)


@pytest.mark.usefixtures("painted")
async def test_the_score_and_the_warnings_are_those_of_the_picture_as_it_is_tweaked(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(120, 40)) as pilot:
        await settled(pilot)

        def told(*words: str) -> bool:
            shown = "\n".join(line.plain for line in pilot.app.screen.query_one(Facts).lines)
            return all(word in shown for word in words)

        assert told("0.93", "travel 1480 px")
        await pilot.press("t", "j", "j", "l")
        await settled(pilot, lambda s: told("0.31", "was 0.93 as proposed", "a seam is in sight"))
        assert not told("travel 1480 px")
        await pilot.press("r")
        await settled(pilot, lambda s: told("0.93", "travel 1480 px"))
        await pilot.press("escape", "j", "j", "j", "j", "t", "l", "l")
        await settled(pilot, lambda s: told("not scored; was 0.50 as proposed"))
