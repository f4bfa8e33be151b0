from typing import Any

import pytest

from engine.errors import RecipeError
from engine.recipe import (
    RECIPES,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Recipe,
    ReportRecipe,
    candidate_id,
    changed,
    frames_of,
    from_table,
    settings_of,
    to_table,
)
from engine.values import Box, Kind

PICTURE = Box(1, 2, 30, 40)
PLATE = PlateRecipe(
    PICTURE, 5, 50, 3, (8,), keep=((1, 2, 3, 4, 5),), ignore=((6, 7, 8, 9),), flips=((1, 2),)
)
RECIPES_MADE: list[Recipe] = [
    KeeperRecipe(PICTURE, 4),
    PanoramaRecipe(PICTURE, 0, 9, left_out=(3,), extent="full", subject=4),
    PLATE,
    LayerRecipe(PLATE, 8, ((10, 20),)),
    CropRecipe(LayerRecipe(PLATE, 8), 0, 0, 64),
    CropRecipe(PanoramaRecipe(PICTURE, 0, 9), 0, 0, 2160, 1080),
    ReportRecipe("sdxl", width=1024, height=1024, max=2048),
]


@pytest.mark.parametrize("recipe", RECIPES_MADE, ids=lambda r: str(r.kind))
def test_a_recipe_comes_back_from_its_table(recipe: Recipe) -> None:
    assert from_table(recipe.kind, to_table(recipe)) == recipe


def test_every_kind_has_a_recipe_and_every_setting_a_help() -> None:
    assert set(RECIPES) == set(Kind)
    assert all(about.help for kind in Kind for about in settings_of(kind).values())


def test_ids_are_the_same_on_another_day() -> None:
    assert candidate_id("0123456789abcdef", KeeperRecipe(PICTURE, 4)) == "keeper-4ec53a9db4aa"


def test_another_setting_or_source_is_another_candidate() -> None:
    ids = {
        candidate_id(source, recipe)
        for source in ("a", "b")
        for recipe in (PLATE, changed(PLATE, step=1), changed(PLATE, left_out=()))
    }
    assert len(ids) == 6


def test_frames_of_a_recipe_leave_out_what_was_left_out() -> None:
    assert frames_of(PlateRecipe(PICTURE, 5, 15, 3, (8,))) == (5, 11, 14)
    assert frames_of(LayerRecipe(PlateRecipe(PICTURE, 0, 2), 7)) == (0, 1, 7)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stop": 5}, "no frames between"),
        ({"stepp": 2}, "did you mean 'step'"),
        ({"step": 0}, "at least 1"),
        ({"align": "maybe"}, "one of auto, always, never"),
    ],
)
def test_a_tweak_out_of_range_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        changed(PLATE, **changes)


@pytest.mark.parametrize("kind", Kind, ids=str)
@pytest.mark.parametrize("junk", [[], "x", None, 5], ids=repr)
def test_what_is_no_table_is_refused_as_a_recipe(kind: Kind, junk: Any) -> None:
    with pytest.raises(RecipeError, match="is a table of settings"):
        from_table(kind, junk)
