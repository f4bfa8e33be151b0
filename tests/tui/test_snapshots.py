"""One state of each screen, as it looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import reporting, review_of, settled
from tests.tui.project import make_project
from tui.app import RoomApp

SIZES = [(80, 24), (160, 48)]


@pytest.fixture
def app(tmp_path: Path) -> RoomApp:
    return RoomApp(make_project(tmp_path / "film.cuttingroom"), "mira")


async def drawn(pilot: Pilot[None]) -> None:
    await settled(pilot, lambda s: s.query_one("#picture").has_drawing)  # type: ignore[attr-defined]


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
        await pilot.pause(0.3)
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
        await pilot.pause(0.3)
        screen = review_of(pilot)
        screen.desk._renderer.forget()
        await pilot.pause(0.1)

    assert snap_compare(app, terminal_size=size, run_before=comparing)
