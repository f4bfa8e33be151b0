from __future__ import annotations

import re

import pytest

from engine.buckets.measure import Picture
from engine.buckets.page import reports_to_page
from engine.buckets.plain import align, columns_of, draw_bar, report_to_text, reports_to_text
from engine.buckets.presets import TARGETS, TRAINERS, recipe_for
from engine.buckets.report import build_report, build_reports
from tests.engine.buckets.test_report import film


def test_bars_are_drawn_to_an_eighth_of_a_column() -> None:
    assert draw_bar(1.0, 4) == "████"
    assert draw_bar(0.5, 4) == "██"
    assert draw_bar(1 / 32, 4) == "▏"
    assert draw_bar(0.0, 4) == ""
    assert draw_bar(1e-9, 4) == "▏", "what is there at all is seen"


def test_columns_line_up_also_beside_wide_characters() -> None:
    lines = align([("絵", "1"), ("ab", "22")], right=(1,))
    assert lines == ["絵   1", "ab  22"]
    assert columns_of("絵") == 2


def test_the_report_says_counts_advice_and_what_to_look_at() -> None:
    text = report_to_text(build_report(film(), TARGETS["sdxl"]))
    assert "45 pictures, 45 an epoch with repeats, 13 batches of 4" in text
    assert "! 37 of 45 pictures an epoch (82 %) are 16:9" in text
    row = next(line for line in text.splitlines() if line.startswith("  1344×768"))
    assert row.split()[:4] == ["1344×768", "37", "37", "10"]
    assert "2048×512" in text
    assert "overlapping pieces" in text


def test_what_is_to_be_said_of_many_pictures_is_said_once() -> None:
    small = [Picture(f"small-{n}.png", (512, 512)) for n in range(9)]
    text = report_to_text(build_report([*small, Picture("odd.png", (9000, 1000))], TARGETS["sdxl"]))
    named = text.split("Look at these")[1]
    assert named.count("512×512 is below the target: enlarged 2.00 times") == 1
    assert [f"small-{n}.png" in named for n in range(4)] == [True, True, True, False]
    assert "and 6 more like these" in named
    assert "odd.png" in named


def test_lines_stay_within_the_width() -> None:
    text = report_to_text(build_report(film(), TARGETS["sdxl"]), 72)
    tables = text.split("Look at these")[0]
    assert max(columns_of(line) for line in tables.splitlines()) <= 80


def test_several_reports_begin_with_what_differs() -> None:
    reports = build_reports(film(), [TARGETS["sdxl"], recipe_for("sdxl", "onetrainer")])
    first = reports_to_text(reports).split("\n\n")[0]
    assert "sdxl · kohya 1024×1024" in first
    left_out = next(line for line in first.splitlines() if line.startswith("left out"))
    assert left_out.split() == ["left", "out", "0", "5"]


def test_a_strangers_name_cannot_write_to_the_terminal() -> None:
    picture = Picture("evil\x1b]0;title\x07\n.png", (9000, 1000), "k\x1b[31m")
    text = report_to_text(build_report([picture], TARGETS["sdxl"]))
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_report_without_pictures_is_no_error() -> None:
    assert "there are no pictures" in report_to_text(build_report([], TARGETS["sdxl"]))


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize("size", [(1920, 1080), (512, 512), (9000, 1000)])
def test_of_one_thing_it_speaks_in_the_singular(trainer: str, size: tuple[int, int]) -> None:
    report = build_report([Picture("one.png", size)], recipe_for("sdxl", trainer))
    told = f"{report_to_text(report)} {re.sub('<[^>]*>', ' ', reports_to_page([report], {}))}"
    plurals = re.findall(r"(?<![\d.,×])1 +(?:short )?(?:pictures|batches|buckets|places)\b", told)
    assert not plurals
    assert not re.search(r"\b1 of \S+ picture (?:are|have|fill|lie)\b", told)
