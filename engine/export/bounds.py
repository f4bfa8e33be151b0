"""Whether a recipe, perhaps edited by hand, speaks of frames and places that its source has."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import RenderError
from engine.products.render import base_of, outside
from engine.project.manifest import ManifestSource
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Point,
    Recipe,
    picture_of,
)
from engine.values import Size, Source, SourceKind


def check_item(recipe: Recipe, source: ManifestSource) -> None:
    """Refuse what making it would refuse, as far as that can be told without the source.

    How large a stitched or steadied picture comes out, to cut a crop from, only making it tells.

    Raises
    ------
    RenderError
        As the one who makes it would say it.
    """
    check_bounds(base_of(recipe), source)
    if isinstance(recipe, CropRecipe) and isinstance(recipe.base, KeeperRecipe):
        box, size = recipe.box, recipe.base.picture.size
        if box.right > size[0] or box.bottom > size[1]:
            raise outside(recipe, size)


def check_bounds(recipe: BaseRecipe, source: Source | ManifestSource) -> None:
    """Refuse a recipe that reaches out of its source, before anything is read.

    Raises
    ------
    RenderError
        Names the setting, and what the source has.
    """
    recipe = base_of(recipe)
    for name, frame in _frames(recipe):
        if not 0 <= frame < source.frames:
            raise RenderError(f"{name} {frame} does not exist: the source has {source.frames}")
    if source.kind is SourceKind.PICTURES:
        return  # pictures of a folder may differ in size; only reading them tells
    picture = picture_of(recipe)
    _inside("picture", (picture.x, picture.y, *picture.size), source.size)
    if isinstance(recipe, LayerRecipe):
        _points("subjects", recipe.subjects, source.size)
    plate = recipe.plate if isinstance(recipe, LayerRecipe) else recipe
    if isinstance(plate, PlateRecipe):
        _points("flips", plate.flips, source.size)
        for x, y, width, height, _ in plate.keep:
            _inside("keep", (x, y, width, height), source.size)
        for *_, x, y in plate.also:
            if abs(x) >= source.size[0] or abs(y) >= source.size[1]:
                raise RenderError(f"also at {x},{y} shows nothing of the same picture")
        for box in plate.ignore:
            _inside("ignore", box, source.size)


def _frames(recipe: BaseRecipe) -> Iterator[tuple[str, int]]:
    match recipe:
        case KeeperRecipe():
            yield "frame", recipe.frame
        case PanoramaRecipe():
            yield "frame", recipe.start
            yield "frame", recipe.stop - 1
            yield "subject", max(0, recipe.subject)
        case PlateRecipe():
            yield "frame", recipe.start
            yield "frame", recipe.stop - 1
            yield from (("frame of keep", frame) for *_, frame in recipe.keep)
            yield from (("frame of also", stop - 1) for _, stop, *_ in recipe.also)
        case LayerRecipe():
            yield "base", recipe.base
            yield from _frames(recipe.plate)


def _inside(name: str, box: tuple[int, int, int, int], size: Size) -> None:
    x, y, width, height = box
    if min(x, y) < 0 or min(width, height) < 1 or x + width > size[0] or y + height > size[1]:
        raise RenderError(
            f"{name} {width}x{height} at {x},{y} does not lie inside the frame of "
            f"{size[0]}x{size[1]}"
        )


def _points(name: str, points: tuple[Point, ...], size: Size) -> None:
    for x, y in points:
        if not (0 <= x < size[0] and 0 <= y < size[1]):
            raise RenderError(f"{name} {x},{y} is outside the frame of {size[0]}x{size[1]}")
