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


@pytest.mark.parametrize(
    ("source", "file", "expected"),
    [
        ("Holiday 2019", "IMG_0815.JPG", "holiday-2019-img-0815"),
        ("holiday", "Holiday-0815.png", "holiday-0815"),
        ("a", "apple.png", "a-apple"),
        ("photo.jpg", "photo.jpg", "photo"),
        ("book.cbz", "Chapter 2/../evil/\x1b[2J001.png", "book-chapter-2-evil-2j001"),
        ("book", "絵.png", "book-000000"),
        ("book", "a" * 300 + "7.png", "book-" + "a" * 59 + "7"),
    ],
)
def test_a_picture_of_a_folder_keeps_its_own_name(source: str, file: str, expected: str) -> None:
    recipe = KeeperRecipe(Box(0, 0, 8, 8), 0)
    item = ManifestItem("keeper-0123456789ab", Kind.KEEPER, "s", 1, 8, 8, 0.5, "", (), "", recipe)
    assert picture_name(item, source, [file]) == f"{expected}-keeper-6789ab"


def test_two_pictures_that_would_share_a_name_are_told_apart_by_their_whole_ids() -> None:
    recipe = KeeperRecipe(Box(0, 0, 8, 8), 5)
    items = [
        ManifestItem(
            f"keeper-{number}aaaaabbbbbb", Kind.KEEPER, "s", 1, 8, 8, 0.5, "", (), "", recipe
        )
        for number in range(2)
    ]
    assert picture_names([(item, "ep.mkv", ()) for item in items]) == [
        "ep-000005-keeper-0aaaaabbbbbb",
        "ep-000005-keeper-1aaaaabbbbbb",
    ]
