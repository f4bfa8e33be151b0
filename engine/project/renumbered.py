"""Recipes for pictures that have other numbers by now: one was added to their folder, or taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
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

    A picture is known by its name and content, else by its content alone: where only one of that
    content is left over before, and one now.
    """
    named = {file: frame for frame, file in enumerate(now)}
    found = {frame: named[file] for frame, file in enumerate(before) if file in named}
    here, there = _single(before, found.keys()), _single(now, set(found.values()))
    found |= {frame: there[content] for content, frame in here.items() if content in there}
    return found


def _single(files: Sequence[PictureFile], known: Container[int]) -> dict[str, int]:
    """Give the frames that are not ``known`` by their content, where no other has the same."""
    left = [(file.content, frame) for frame, file in enumerate(files) if frame not in known]
    count = Counter(content for content, _ in left)
    return {content: frame for content, frame in left if count[content] == 1}


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
