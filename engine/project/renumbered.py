"""Recipes for pictures that have other numbers by now: one was added to their folder, or taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.recipe import (
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Recipe,
    changed,
)
from engine.values import PictureFile


def new_numbers(before: Sequence[PictureFile], now: Sequence[PictureFile]) -> dict[int, int]:
    """Give the frames that pictures are now, by those that they were; without those that are gone.

    A picture is known by its content, whatever it is called; of several that are the same, each by
    its name, too.
    """
    count = Counter(file.content for file in now)
    by_content = {file.content: frame for frame, file in enumerate(now)}
    whole = {file: frame for frame, file in enumerate(now)}
    found = {}
    for frame, file in enumerate(before):
        if file in whole:
            found[frame] = whole[file]
        elif count[file.content] == 1:
            found[frame] = by_content[file.content]
    return found


def renumbered(recipe: Recipe, numbers: Mapping[int, int]) -> Recipe | None:
    """Give the recipe that makes the same picture, by :func:`new_numbers`.

    None where a picture is gone, or where pictures between which a camera moves, or of which a
    plate is made, no longer follow each other as they did.
    """
    match recipe:
        case KeeperRecipe(frame=frame) if frame in numbers:
            return changed(recipe, frame=numbers[frame])
        case PanoramaRecipe() | PlateRecipe():
            return _shifted(recipe, numbers)
        case LayerRecipe(plate=plate, base=base) if base in numbers:
            moved = _shifted(plate, numbers)
            if isinstance(moved, PlateRecipe) and numbers[base] - base == moved.start - plate.start:
                return changed(recipe, plate=moved, base=numbers[base])
        case CropRecipe(base=base):
            moved_base = renumbered(base, numbers)
            if isinstance(moved_base, KeeperRecipe | PanoramaRecipe | PlateRecipe | LayerRecipe):
                return changed(recipe, base=moved_base)
    return None


def _shifted(
    recipe: PanoramaRecipe | PlateRecipe, numbers: Mapping[int, int]
) -> PanoramaRecipe | PlateRecipe | None:
    """Move a run of frames as a whole."""
    by = numbers.get(recipe.start, recipe.start) - recipe.start
    if any(numbers.get(frame) != frame + by for frame in range(recipe.start, recipe.stop)):
        return None
    overlays = tuple((x, y, w, h, a + by, b + by) for x, y, w, h, a, b in recipe.overlays)
    left_out = tuple(frame + by for frame in recipe.left_out)
    moved = replace(
        recipe,
        start=recipe.start + by,
        stop=recipe.stop + by,
        left_out=left_out,
        overlays=overlays,
    )
    if isinstance(moved, PanoramaRecipe):
        return replace(moved, subject=moved.subject + by) if moved.subject >= 0 else moved
    if moved.also:  # further runs, which may have moved otherwise
        return None
    return replace(moved, keep=tuple((x, y, w, h, frame + by) for x, y, w, h, frame in moved.keep))
