from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.project import make_project
from tui.app import RoomApp
from tui.screens.report import ReportScreen
from tui.screens.review import ReviewScreen

Settle = Callable[[Pilot[None]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "film.cuttingroom")


@pytest.fixture
def room(folder: Path) -> RoomApp:
    return RoomApp(folder, "mira")


def review_of(pilot: Pilot[None]) -> ReviewScreen:
    """The review screen, wherever it is in the stack."""
    screens = [s for s in pilot.app.screen_stack if isinstance(s, ReviewScreen)]
    return screens[0]


async def settled(pilot: Pilot[None], until: Callable[[ReviewScreen], bool] | None = None) -> None:
    """Wait until the list is there, all is written, and ``until`` is so."""
    for _ in range(2000):
        await pilot.pause(0.01)
        screens = [s for s in pilot.app.screen_stack if isinstance(s, ReviewScreen)]
        if not screens or not screens[0].complete:
            continue
        screen = screens[0]
        if not screen.review.waiting and (until is None or until(screen)):
            await pilot.pause()
            return
    raise AssertionError("the room did not come to rest")


async def reporting(pilot: Pilot[None]) -> ReportScreen:
    """Open the report and wait until it is counted."""
    await settled(pilot)
    await pilot.press("r")
    screen = pilot.app.screen
    assert isinstance(screen, ReportScreen)
    for _ in range(500):
        await pilot.pause(0.01)
        if screen.answered:
            break
    await pilot.pause()
    return screen
