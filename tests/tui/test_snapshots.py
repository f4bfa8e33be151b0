"""One state of each screen, as it looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import reporting, review_of, settled
from tests.tui.project import make_project
from tui.app import RoomApp
from tui.hints import Hints
from tui.rendering import Renderer
from tui.terminal import Terminal

SIZES = [(80, 24), (160, 48)]


@pytest.fixture
def app(tmp_path: Path) -> RoomApp:
    return RoomApp(make_project(tmp_path / "film.cuttingroom"), "mira")


@pytest.fixture(autouse=True)
def unmade(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is asked for pictures and stays at it: there is no film here to make any of."""
    monkeypatch.setattr(Renderer, "ask", lambda self, wanted: None)


async def drawn(pilot: Pilot[None]) -> None:
    await settled(pilot, lambda s: s.desk.is_drawn)


@pytest.mark.parametrize("size", SIZES)
def test_review(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def at_the_crop(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("a", "x", "j", "j")
        await drawn(pilot)
        review_of(pilot).forget_pace()

    assert snap_compare(app, terminal_size=size, run_before=at_the_crop)


@pytest.mark.parametrize("size", SIZES)
def test_tweak(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def tweaking_the_crop(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("l", "j", "j", "j", "t", "L", "plus")
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=tweaking_the_crop)


@pytest.mark.parametrize("size", SIZES)
def test_filter(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def filtering(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("o", "l")
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=filtering)


@pytest.mark.parametrize("size", SIZES)
def test_report(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def report_drawn(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await reporting(pilot)

    assert snap_compare(app, terminal_size=size, run_before=report_drawn)


@pytest.mark.parametrize("size", SIZES)
def test_help(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def helping(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("question_mark")

    assert snap_compare(app, terminal_size=size, run_before=helping)


@pytest.mark.parametrize("size", SIZES)
def test_rule(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def ruling(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("R", *"width", "greater_than_sign", "9")
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=ruling)


@pytest.mark.parametrize("size", SIZES)
def test_range_and_marks(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def ranging(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("l", "f", "j", "4", "v", "j")
        await drawn(pilot)
        review_of(pilot).forget_pace()

    assert snap_compare(app, terminal_size=size, run_before=ranging)


@pytest.mark.parametrize("size", SIZES)
def test_details(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def in_detail(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("i")
        await pilot.pause(0.1)
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=in_detail)


@pytest.mark.parametrize("size", SIZES)
def test_two_under_the_loupe(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def comparing(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("l", "j", "j", "j", "p", "k", "z", "minus", "minus")
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=comparing)


@pytest.mark.parametrize("size", SIZES)
def test_first_steps(tmp_path: Path, snap_compare: Any, size: tuple[int, int]) -> None:
    folder = make_project(tmp_path / "film.cuttingroom")
    room = RoomApp(folder, "mira", hints=Hints(tmp_path / "hints.json"))
    assert snap_compare(room, terminal_size=size, run_before=drawn)


@pytest.mark.parametrize("size", SIZES)
def test_tweak_a_range(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def moving_a_handle(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("l", "t", "j", "H", "space", "k")
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=moving_a_handle)


@pytest.mark.parametrize("size", SIZES)
def test_point_at_a_plate(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def pointing(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("l", "t", "m", "H", "plus")
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=pointing)


@pytest.mark.parametrize("size", SIZES)
def test_search(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def searching(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("slash", *"crop ")
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=searching)


@pytest.mark.parametrize("size", SIZES)
def test_sheet(app: RoomApp, snap_compare: Any, size: tuple[int, int]) -> None:
    async def on_a_sheet(pilot: Pilot[None]) -> None:
        await drawn(pilot)
        await pilot.press("l", "x", "S")
        await settled(pilot, lambda s: bool(s.desk.shown.startswith("sheet") and s.desk.is_drawn))
        await drawn(pilot)

    assert snap_compare(app, terminal_size=size, run_before=on_a_sheet)


@pytest.mark.parametrize("size", SIZES)
def test_light(tmp_path: Path, snap_compare: Any, size: tuple[int, int]) -> None:
    folder = make_project(tmp_path / "film.cuttingroom")
    light = Terminal(light=True)
    assert snap_compare(RoomApp(folder, "mira", light), terminal_size=size, run_before=drawn)


@pytest.mark.parametrize("size", SIZES)
def test_below_a_size_the_list_stands_alone(app: RoomApp, snap_compare: Any, size: object) -> None:
    tiny = (56, 18) if size == SIZES[0] else (40, 12)
    assert snap_compare(app, terminal_size=tiny, run_before=settled)
