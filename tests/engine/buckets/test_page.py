from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from engine.buckets.measure import Picture, measure_pictures
from engine.buckets.page import MOST_SHOWN, pictures_shown, reports_to_page
from engine.buckets.presets import TARGETS, recipe_for
from engine.buckets.report import build_report, build_reports
from engine.buckets.thumbnails import LONGEST, make_thumbnails
from engine.events import result_of
from tests.engine.buckets.test_report import film

VOID = {"meta", "br", "input", "line", "image", "rect", "use", "path"}


class Reader(HTMLParser):
    """Reads a page as a browser would: its tags, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def jpeg(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 18), colour).save(out, "JPEG")
    return out.getvalue()


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    page = reports_to_page(build_reports(film(), list(TARGETS.values())))
    reader = Reader(page)
    assert reader.open == []
    assert not re.search(r"https?://|@import|url\(", page)
    for _, attributes in reader.tags:
        for name in ("href", "src"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/"))


def test_a_strangers_names_and_title_are_only_text() -> None:
    evil = '"><script>alert(1)</script>\x1b[31m\u202e.png'
    report = build_report([Picture(evil, (5200, 1080), "<b>&")], TARGETS["sdxl"])
    page = reports_to_page([report], {evil: "javascript:alert(1)"}, title="</title><script>")
    reader = Reader(page)
    assert sum(tag == "script" for tag, _ in reader.tags) == 1
    assert not any(tag == "image" for tag, _ in reader.tags)
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert any("<script>alert(1)</script>" in words for words in reader.words)


def test_a_thumbnail_is_embedded_once_for_all_reports() -> None:
    pictures = film()
    reports = build_reports(pictures, [TARGETS["sd1"], TARGETS["sdxl"]])
    page = reports_to_page(reports, {pictures[0].name: jpeg("red"), "other.png": jpeg("blue")})
    assert page.count("data:image/jpeg;base64,") == 1
    assert page.count('href="#t0"') == 2


def test_what_is_no_picture_is_not_embedded() -> None:
    pictures = film()
    page = reports_to_page(
        build_reports(pictures, [TARGETS["sd1"]]),
        {
            pictures[0].name: b"<svg onload=alert(1)>",
            pictures[1].name: "data:text/html;base64,AA==",
        },
    )
    assert "<image" not in page


def test_the_crop_and_the_pieces_are_drawn_in_source_pixels() -> None:
    reader = Reader(reports_to_page([build_report(film(), TARGETS["sdxl"])]))
    drawn = [a for tag, a in reader.tags if tag == "rect" and a.get("class") == "seen"]
    assert {"class": "seen", "x": "439", "y": "0", "width": "4320", "height": "1080"} in drawn
    assert any(a.get("class") == "piece" for tag, a in reader.tags if tag == "rect")


def test_every_bucket_has_a_picture_on_the_page_even_of_a_large_set() -> None:
    crowd = [Picture(f"{n}.png", (1920, 1080)) for n in range(5000)]
    few = [Picture(f"pan{n}.png", (3000 + 300 * n, 1080)) for n in range(8)]
    report = build_report([*crowd, *few], TARGETS["sdxl"])
    shown = pictures_shown(report)
    assert len(shown) == len(set(shown)) == MOST_SHOWN
    buckets = {tuple(report.tally.outcomes.bucket[index]) for index in shown}
    assert buckets == {row.size for row in report.tally.buckets}
    assert len(reports_to_page([report])) < 1_000_000


def test_those_that_lose_most_come_first() -> None:
    sizes = [(512, 512), (1920, 804), (1920, 1080), (512, 512), (1916, 2075), (5200, 1080)]
    pictures = [Picture(f"{n}.png", size) for n, size in enumerate(sizes)]
    report = build_report(pictures, TARGETS["sd1"])
    shown = [report.tally.pictures[index].name for index in pictures_shown(report)]
    assert shown == ["5.png", "4.png", "2.png", "1.png", "0.png", "3.png"]


def test_a_page_without_pictures_is_still_a_page() -> None:
    reader = Reader(reports_to_page([build_report([], TARGETS["sdxl"])]))
    assert reader.open == []
    assert Reader(reports_to_page([])).open == []


def test_thumbnails_are_small_and_made_only_of_what_can_be_read(tmp_path: Path) -> None:
    Image.new("RGB", (900, 300), "red").save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    pictures = result_of(measure_pictures(tmp_path))
    small = result_of(make_thumbnails(tmp_path, pictures))
    assert set(small) == {"a.png"}
    assert Image.open(io.BytesIO(small["a.png"])).size == (LONGEST, LONGEST // 3)


def test_a_picture_that_the_trainer_turns_is_drawn_blank() -> None:
    picture = Picture("a.jpg", (1920, 1080), turned=True)
    page = reports_to_page(
        build_reports([picture], [TARGETS["sdxl"], recipe_for("sdxl", "onetrainer")]),
        {"a.jpg": jpeg("red")},
    )
    assert page.count('href="#t0"') == 1
    assert page.count('class="blank"') == 1
    assert "1080×1920" in page


PROBE = """<script>
const panel = document.getElementById("r0"), table = panel.querySelector("table.sortable");
document.querySelectorAll("nav button")[1].click();
const counts = () => [...table.tBodies[0].rows].map((row) => row.cells[2].textContent);
table.tHead.rows[0].cells[2].click();
const down = counts();
table.tBodies[0].rows[0].click();
const shown = [...panel.querySelectorAll("figure")].filter((figure) => !figure.hidden).length;
document.title = "PROBE " + JSON.stringify([down, shown, panel.hidden]);
</script></body>"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium here")
def test_in_a_browser_tables_sort_and_a_bucket_leads_to_its_pictures(tmp_path: Path) -> None:
    reports = build_reports(film(), [TARGETS["sdxl"], TARGETS["sd1"]])
    page = tmp_path / "page.html"
    page.write_text(reports_to_page(reports).replace("</body>", PROBE), encoding="utf-8")
    run = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom",
         f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.search(r"<title>PROBE ([^<]*)</title>", run.stdout)
    assert found
    assert json.loads(found[1]) == [["37", "6", "2"], 37, False]
