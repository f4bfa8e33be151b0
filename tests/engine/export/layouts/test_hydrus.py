from dataclasses import replace
from pathlib import Path

import pytest

from engine.export.captions import Style
from engine.export.layouts.hydrus import tag_sidecar
from engine.values import Kind
from tests.engine.export.layouts.made import made_item

PICTURE = Path("/d/crop/a.png")


def lines(source: str = "ep01.mkv", trigger: str = "", tags: tuple[str, ...] = ()) -> list[str]:
    item = made_item(Kind.CROP, tags, "face")
    _, text = tag_sidecar(PICTURE, item, source, Style(trigger=trigger))
    assert text.endswith("\n")
    return text.splitlines()


def test_the_sidecar_lies_beside_the_picture_under_its_whole_name() -> None:
    path, _ = tag_sidecar(PICTURE, made_item(), "ep01.mkv", Style())
    assert path == Path("/d/crop/a.png.txt")


def test_each_tag_has_a_line_and_what_we_know_a_namespace() -> None:
    assert lines(trigger="Klein", tags=("a cat, indoors", "a cat")) == [
        "klein",
        "a cat",
        "indoors",
        "kind:crop",
        "source:ep01",
        "scene:7",
        "frame:3",
        "reason:face",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("My.Show.S02E03.1080p.mkv", {"series:my show", "season:2", "episode:3"}),
        ("Show - s1e10.mkv", {"series:show", "season:1", "episode:10"}),
        ("S01E02.mkv", {"season:1", "episode:2"}),
        ("misse12e.mkv", set()),
    ],
)
def test_an_episodes_name_tells_series_season_and_episode(name: str, expected: set[str]) -> None:
    spaces = ("series:", "season:", "episode:")
    assert {line for line in lines(name) if line.startswith(spaces)} == expected


def test_a_caption_has_a_line_and_a_namespace_of_its_own() -> None:
    item = replace(made_item(Kind.CROP), caption="A red house,\nby the sea. " + "long " * 400)
    _, text = tag_sidecar(PICTURE, item, "ep01.mkv", Style())
    (line,) = (line for line in text.splitlines() if line.startswith("caption:"))
    assert line.startswith("caption:a red house, by the sea. long")
    assert len(line) <= 1024


def test_a_strangers_tag_cannot_begin_a_line_of_its_own() -> None:
    assert all("evil" not in line or line.startswith("x") for line in lines(tags=("x\nevil:1",)))
