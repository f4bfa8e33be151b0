from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import RenderError
from engine.export.bounds import check_bounds
from engine.recipe import BaseRecipe, KeeperRecipe, LayerRecipe, PanoramaRecipe, PlateRecipe
from engine.values import Box, Source, SourceKind

SOURCE = Source("0" * 16, "a.mkv", Path("/a"), SourceKind.VIDEO, (640, 360), 24, Fraction(24))
ALL = Box(0, 0, 640, 360)
PLATE = PlateRecipe(ALL, 0, 24)


@pytest.mark.parametrize(
    "recipe",
    [
        KeeperRecipe(ALL, 23),
        PanoramaRecipe(ALL, 0, 24, subject=-1),
        PlateRecipe(Box(2, 2, 600, 300), 4, 9, keep=((0, 0, 640, 360, 23),)),
        PlateRecipe(ALL, 0, 9, also=((12, 24, -639, 359),)),
        LayerRecipe(PLATE, 23, ((639, 359),)),
    ],
    ids=lambda recipe: recipe.kind,
)
def test_what_a_source_has_is_allowed_to_its_last_frame_and_pixel(recipe: BaseRecipe) -> None:
    check_bounds(recipe, SOURCE)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (KeeperRecipe(ALL, 24), "frame 24 does not exist: the source has 24"),
        (KeeperRecipe(Box(0, 1, 640, 360), 0), "picture 640x360 at 0,1 does not lie inside"),
        (PanoramaRecipe(ALL, 0, 25), "frame 24 does not exist"),
        (PanoramaRecipe(ALL, 0, 9, subject=99), "subject 99 does not exist"),
        (PlateRecipe(ALL, 0, 9, keep=((0, 0, 9, 9, 24),)), "frame of keep 24"),
        (PlateRecipe(ALL, 0, 9, keep=((0, 0, 641, 9, 0),)), "keep 641x9 at 0,0"),
        (PlateRecipe(ALL, 0, 9, ignore=((-1, 0, 9, 9),)), "ignore 9x9 at -1,0"),
        (PlateRecipe(ALL, 0, 9, ignore=((0, 0, 0, 9),)), "ignore 0x9"),
        (PlateRecipe(ALL, 0, 9, flips=((640, 0),)), "flips 640,0 is outside"),
        (PlateRecipe(ALL, 0, 9, also=((12, 25, 0, 0),)), "frame of also 24 does not exist"),
        (PlateRecipe(ALL, 0, 9, also=((12, 20, -640, 0),)), "also at -640,0 shows nothing"),
        (LayerRecipe(PLATE, 24), "base 24 does not exist"),
        (LayerRecipe(PLATE, 0, ((-1, 0),)), "subjects -1,0 is outside"),
        (LayerRecipe(PlateRecipe(ALL, 0, 99), 0), "frame 98 does not exist"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_source_does_not_have_is_named(recipe: BaseRecipe, says: str) -> None:
    with pytest.raises(RenderError) as caught:
        check_bounds(recipe, SOURCE)
    assert says in str(caught.value)
