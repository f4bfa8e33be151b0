"""One way from any recipe to its picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.errors import RenderError
from engine.events import Work
from engine.footage.reader import FrameReader
from engine.products.keepers import render_keeper
from engine.products.layer import render_layer
from engine.products.panorama import render_panorama
from engine.products.plate import render_plate
from engine.products.plate_cache import PlateCache
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Recipe,
)
from engine.values import Rendered, Size

UNSURE = 0.25
"""Confidence below which a pixel counts as unsure."""


def render(reader: FrameReader, recipe: Recipe, cache: PlateCache | None = None) -> Work[Rendered]:
    """Make the picture of a recipe from the frames that ``reader`` gives, at their size.

    ``cache`` may know the scene's plate from an earlier call with the same reader.

    Raises
    ------
    RenderError
        When no honest picture can be made; says why.
    """
    match recipe:
        case CropRecipe():
            base = yield from render(reader, recipe.base, cache)
            return cut(replace(base, scale=reader.scale), recipe)
        case KeeperRecipe():
            return (yield from render_keeper(reader, recipe))
        case PanoramaRecipe():
            return (yield from render_panorama(reader, recipe))
        case PlateRecipe():
            return (yield from render_plate(reader, recipe, cache))
        case LayerRecipe():
            return (yield from render_layer(reader, recipe, cache))
    raise RenderError("a report is no picture")


def cut(base: Rendered, recipe: CropRecipe) -> Rendered:
    """Cut a crop out of its rendered base, at the size at which that was rendered.

    Raises
    ------
    RenderError
        When it does not lie inside the base picture.
    """
    height, width = base.image.shape[:2]
    scale = base.scale
    box = recipe.box.scaled(scale)
    # A reduced picture's size is rounded; a crop at its edge may lie a pixel outside.
    slack = 0 if scale == 1.0 else 1
    if box.right > width + slack or box.bottom > height + slack:
        raise outside(recipe, (round(width / scale), round(height / scale)))
    confidence = None if base.confidence is None else base.confidence[box.slices].copy()
    unsure = 0.0 if confidence is None else float(np.mean(confidence < UNSURE))
    return replace(
        base,
        image=np.ascontiguousarray(base.image[box.slices]),
        confidence=confidence,
        low_confidence=unsure,
    )


def outside(recipe: CropRecipe, size: Size) -> RenderError:
    """Say that a crop does not lie inside its base picture of ``size``."""
    box = recipe.box
    return RenderError(
        f"the crop of {box.width}x{box.height} px at {box.x},{box.y} does not lie inside the "
        f"{recipe.base.kind} of {size[0]}x{size[1]}; tweak it"
    )


def base_of(recipe: Recipe) -> BaseRecipe:
    """Give what has to be rendered first: a crop's base, else the recipe itself."""
    if isinstance(recipe, CropRecipe):
        return recipe.base
    if isinstance(recipe, KeeperRecipe | PanoramaRecipe | PlateRecipe | LayerRecipe):
        return recipe
    raise RenderError("a report is no picture")
