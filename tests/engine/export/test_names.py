import pytest

from engine.export.names import picture_name, picture_names, slug
from engine.project.manifest import ManifestItem
from engine.recipe import KeeperRecipe
from engine.values import Box, Kind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Howl's Moving_Castle.mkv", "howl-s-moving-castle"),
        ("../../etc/passwd", "passwd"),
        ("第一話.mp4", "footage"),
        ("Ünïcode \x1b[31m.avi", "unicode-31m"),
        ("a" * 300 + ".mkv", "a" * 60),
    ],
)
def test_a_strangers_name_becomes_harmless(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_names_sort_by_film_time_and_hold_no_underscore() -> None:
    def name(frame: int) -> str:
        recipe = KeeperRecipe(Box(0, 0, 8, 8), frame)
        item = ManifestItem(
            f"keeper-{frame:012x}", Kind.KEEPER, "s", 1, 8, 8, 0.5, "sharp", (), "", recipe
        )
        return picture_name(item, "ep_01_of_12_x_y.mkv")

    assert name(9) == "ep-01-of-12-x-y-000009-keeper-000009"
    assert sorted([name(1000), name(9), name(12)]) == [name(9), name(12), name(1000)]


def test_two_pictures_that_would_share_a_name_are_told_apart_by_their_whole_ids() -> None:
    recipe = KeeperRecipe(Box(0, 0, 8, 8), 5)
    items = [
        ManifestItem(
            f"keeper-{number}aaaaabbbbbb", Kind.KEEPER, "s", 1, 8, 8, 0.5, "", (), "", recipe
        )
        for number in range(2)
    ]
    assert picture_names([(item, "ep.mkv") for item in items]) == [
        "ep-000005-keeper-0aaaaabbbbbb",
        "ep-000005-keeper-1aaaaabbbbbb",
    ]
