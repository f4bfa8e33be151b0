"""Progress as plain lines."""

from __future__ import annotations

import pytest

from engine.cli.reporting import LineReporter, count_text, frames_text, progress_text
from engine.events import Advanced


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    return [line.split(" pictures")[0] for line in lines]


def test_a_burst_of_work_that_was_done_before_is_told_and_so_is_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reporter = LineReporter()
    reporter.every = 0
    for done in (0, 1):
        reporter.show(Advanced("exporting", done, 50, "pictures"))
    reporter.every = 1e9  # from here on no time passes
    for done in range(2, 51):
        reporter.show(Advanced("exporting", done, 50, "pictures"))
    assert told(capsys) == [
        "exporting …",
        *(f"exporting: {done} of 50" for done in (1, 11, 21, 31, 41, 50)),
    ]


def test_one_frame_is_no_range() -> None:
    assert [frames_text(7, 8), frames_text(7, 31)] == ["7", "7–30"]


def test_work_that_is_soon_over_has_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = LineReporter()
    reporter.every = 1e9
    for done in range(51):
        reporter.show(Advanced("exporting", done, 50, "pictures"))
    assert told(capsys) == ["exporting …"]


def test_how_long_it_takes_is_told_once_a_tenth_is_done() -> None:
    early = progress_text(Advanced("exporting", 1, 44, "pictures"), 12.0)
    later = progress_text(Advanced("exporting", 11, 44, "pictures"), 12.0)
    assert early == "1 of 44 pictures"
    assert later == "11 of 44 pictures, 36 s to go"


def test_one_thing_is_counted_as_one() -> None:
    assert count_text(Advanced("opening", 1, 0, "sources")) == "1 source"
    assert count_text(Advanced("exporting", 0, 1, "pictures")) == "0 of 1 picture"
    assert count_text(Advanced("reading", 1, 1440, "frames")) == "1 of 1,440 frames"


def test_a_total_that_is_a_guess_is_told_as_one() -> None:
    found = Advanced("finding candidates", 12, 60, "scenes", about=True)
    assert progress_text(found, 12.0) == "12 of about 60 scenes, 1 a second, 48 s to go"
