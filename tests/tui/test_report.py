from __future__ import annotations

from pathlib import Path

from textual.widgets import Static

from engine.project.candidate import Standing
from engine.project.project import Project
from engine.recipe import ReportRecipe
from engine.values import Kind, State
from tests.tui.conftest import reporting, review_of, settled
from tests.tui.project import held
from tui.app import RoomApp
from tui.screens.report import ReportScreen
from tui.widgets.report_table import ReportTable


def text_of(screen: ReportScreen, name: str) -> str:
    return str(screen.query_one(f"#report-{name}", Static).render())


def listed(screen: ReportScreen) -> list[str]:
    table = screen.query_one(ReportTable)
    return ["".join(s.text for s in table.line(row, 100, table.palette)) for row in
            range(table.count)]  # fmt: skip


async def test_three_targets_stand_side_by_side_and_one_shows_its_buckets(room: RoomApp) -> None:
    async with room.run_test(size=(130, 40)) as pilot:
        screen = await reporting(pilot)
        figures = text_of(screen, "figures")
        assert all(name in figures for name in ("SD 1.x", "NAI", "▸ SDXL", "kohya 1024×1024"))
        assert "all candidates" in text_of(screen, "title")
        assert [row.split()[:2] for row in listed(screen)] == [
            ["1344×768", "3"], ["1024×1024", "1"], ["1792×576", "1"],
        ]  # fmt: skip
        await pilot.press("l")
        assert "▸ SD 1.x" in text_of(screen, "figures")
        assert listed(screen)[0].split()[0] == "640×384"


async def test_what_is_folded_away_is_counted_only_once_it_is_approved(
    room: RoomApp, folder: Path
) -> None:
    crop, keeper = held(folder, Kind.CROP), held(folder, Kind.KEEPER)
    with Project(folder) as project:
        project.catalogue.fold({crop.id: keeper.id})
    async with room.run_test(size=(130, 40)) as pilot:
        screen = await reporting(pilot)
        assert "1024×1024" not in [row.split()[0] for row in listed(screen)]
    with Project(folder) as project:
        project.decide({crop.id: Standing(State.APPROVED)})
    async with RoomApp(folder, "mira").run_test(size=(130, 40)) as pilot:
        screen = await reporting(pilot)
        assert [row.split()[:2] for row in listed(screen)] == [["1024×1024", "1"]]


async def test_from_a_bucket_to_its_pictures_to_one_of_them_in_the_room(room: RoomApp) -> None:
    async with room.run_test(size=(130, 40)) as pilot:
        screen = await reporting(pilot)
        await pilot.press("j", "enter")
        assert "of 1024×1024" in text_of(screen, "heading")
        (picture,) = listed(screen)
        assert picture.split()[0] == "512×512"
        assert "crop of scene 2" in picture
        await pilot.press("escape")
        assert len(listed(screen)) == 3
        await pilot.press("enter", "enter")
        await settled(pilot)
        here = review_of(pilot).review.current
        assert pilot.app.screen is review_of(pilot)
        assert here is not None
        assert here.kind is Kind.CROP


async def test_a_target_is_exported_or_not_from_the_report(room: RoomApp, folder: Path) -> None:
    async with room.run_test(size=(130, 40)) as pilot:
        screen = await reporting(pilot)
        await pilot.press("a", "h", "x")
        for _ in range(300):
            await pilot.pause(0.01)
            if "✗ is not exported" in text_of(screen, "figures"):
                break
        assert "✓ is exported" in text_of(screen, "figures")
    with Project(folder) as project:
        reports = project.catalogue.candidates(kind=Kind.REPORT)
        states = {c.reason: c.state for c in reports}
    assert states == {"sdxl": State.APPROVED, "nai": State.REJECTED, "sd1": State.PENDING}


async def test_another_trainer_is_looked_at_and_nothing_is_kept(
    room: RoomApp, folder: Path
) -> None:
    async with room.run_test(size=(130, 40)) as pilot:
        screen = await reporting(pilot)
        await pilot.press("full_stop")
        for _ in range(300):
            await pilot.pause(0.01)
            if "? nai 1024×1024" in text_of(screen, "figures"):
                break
        assert "? nai 1024×1024" in text_of(screen, "figures")
        await pilot.press("comma", "comma")
        for _ in range(300):
            await pilot.pause(0.01)
            if "? simpletuner" in text_of(screen, "figures"):
                break
        assert "? simpletuner 1024×1024" in text_of(screen, "figures")
    with Project(folder) as project:
        for candidate in project.catalogue.candidates(kind=Kind.REPORT):
            assert isinstance(candidate.recipe, ReportRecipe)
            assert (candidate.recipe.trainer, candidate.tweaked) == ("kohya", False)


async def test_t_changes_a_targets_settings_in_the_room(room: RoomApp) -> None:
    async with room.run_test(size=(130, 40)) as pilot:
        await reporting(pilot)
        await pilot.press("t")
        await settled(pilot, lambda s: s.tweak is not None)
        tweak = review_of(pilot).tweak
        assert tweak is not None
        assert isinstance(tweak.recipe, ReportRecipe)
        assert tweak.recipe.target == "sdxl"


async def test_only_approved_pictures_are_counted_once_there_are_some(
    room: RoomApp, folder: Path
) -> None:
    with Project(folder, "mira") as project:
        crop = project.catalogue.candidates(kind=Kind.CROP)[0]
        project.decide({crop.id: Standing(State.APPROVED)})
    async with room.run_test(size=(100, 30)) as pilot:
        screen = await reporting(pilot)
        assert "the approved pictures" in text_of(screen, "title")
        assert len(listed(screen)) == 1
        await pilot.press("s")
        for _ in range(300):
            await pilot.pause(0.01)
            if len(listed(screen)) == 3:
                break
        assert len(listed(screen)) == 3
        await pilot.press("q")
        await settled(pilot)
        assert pilot.app.screen is review_of(pilot)


async def test_the_facts_tell_what_a_nudged_crop_comes_to_at_once(room: RoomApp) -> None:
    async with room.run_test(size=(130, 40)) as pilot:
        await settled(pilot)
        await pilot.press("G", "k", "k", "k")
        for _ in range(6):
            here = review_of(pilot).review.current
            if here is not None and here.kind is Kind.CROP:
                break
            await pilot.press("k")
        await pilot.press("t")
        await settled(pilot, lambda s: s.tweak is not None)
        facts = review_of(pilot).query_one("Facts")
        before = "\n".join(line.plain for line in facts.lines)  # type: ignore[attr-defined]
        await pilot.press("plus")
        await pilot.pause()
        after = "\n".join(line.plain for line in facts.lines)  # type: ignore[attr-defined]
        assert "512 × 512" in before
        assert "576 × 576" in after
        assert "89%" in after, "SD 1.x keeps 512 of 576 pixels"
