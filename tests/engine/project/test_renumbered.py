"""Recipes for pictures of a folder that have other numbers by now."""

import pytest

from engine.project.renumbered import new_numbers, renumbered
from engine.recipe import CropRecipe, KeeperRecipe, LayerRecipe, PanoramaRecipe, PlateRecipe
from engine.values import Box, PictureFile

WHOLE = Box(0, 0, 320, 200)


def files(*contents: str) -> list[PictureFile]:
    return [PictureFile(f"{place}.png", content) for place, content in enumerate(contents)]


def test_pictures_are_known_by_their_content_whatever_they_are_called() -> None:
    assert new_numbers(files("a", "b", "c"), files("c", "x", "a")) == {0: 2, 2: 0}


def test_of_pictures_that_are_the_same_each_is_known_by_its_name() -> None:
    before, now = files("a", "a", "b"), files("a", "a", "x", "b")
    assert new_numbers(before, now) == {0: 0, 1: 1, 2: 3}
    assert new_numbers(before[1:2], [PictureFile("y.png", "a"), PictureFile("z.png", "a")]) == {}


def test_a_double_that_is_taken_away_is_not_taken_for_the_one_that_stays() -> None:
    assert new_numbers(files("a", "b", "a"), files("a", "b")) == {0: 0, 1: 1}


def test_one_of_two_that_are_the_same_is_known_under_its_new_name() -> None:
    now = [PictureFile("0.png", "a"), PictureFile("new.png", "a")]
    assert new_numbers(files("a", "a"), now) == {0: 0, 1: 1}


def test_a_run_of_pictures_moves_as_a_whole() -> None:
    numbers = {frame: frame + 3 for frame in range(10)}
    pan = PanoramaRecipe(WHOLE, 2, 8, left_out=(4,), subject=5, overlays=((1, 2, 30, 9, 3, 6),))
    moved = PanoramaRecipe(WHOLE, 5, 11, left_out=(7,), subject=8, overlays=((1, 2, 30, 9, 6, 9),))
    plate = PlateRecipe(WHOLE, 2, 8, keep=((1, 2, 30, 9, 3),))
    moved_plate = PlateRecipe(WHOLE, 5, 11, keep=((1, 2, 30, 9, 6),))
    assert renumbered(pan, numbers) == moved
    assert renumbered(plate, numbers) == moved_plate
    assert renumbered(LayerRecipe(plate, 7), numbers) == LayerRecipe(moved_plate, 10)
    assert renumbered(CropRecipe(pan, 8, 9, 128), numbers) == CropRecipe(moved, 8, 9, 128)


@pytest.mark.parametrize("numbers", [{}, {0: 0, 1: 1, 3: 3}, {0: 0, 1: 1, 2: 3, 3: 4}])
def test_a_picture_that_is_gone_or_one_that_came_between_stops_a_run(
    numbers: dict[int, int],
) -> None:
    plate = PlateRecipe(WHOLE, 0, 4)
    for recipe in (plate, PanoramaRecipe(WHOLE, 0, 4), LayerRecipe(plate, 1)):
        assert renumbered(recipe, numbers) is None
    assert renumbered(CropRecipe(plate, 0, 0, 128), numbers) is None


def test_a_single_picture_moves_alone() -> None:
    assert renumbered(KeeperRecipe(WHOLE, 3), {3: 1}) == KeeperRecipe(WHOLE, 1)
    assert renumbered(KeeperRecipe(WHOLE, 3), {2: 1}) is None
