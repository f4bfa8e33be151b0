"""A rectangle moved over a plate or a layer, and what is said of the place under it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.recipe import LayerRecipe, PlateRecipe, Point, changed, picture_of
from engine.values import Box

STEP = 16
"""Source pixels that a key moves; a capital is eight of these."""

SMALLEST = 16


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where it points, in source pixels, inside the picture."""

    box: Box
    picture: Box

    @classmethod
    def over(cls, recipe: PlateRecipe | LayerRecipe) -> Pointer:
        """Begin in the middle, an eighth as large as the picture."""
        picture = picture_of(recipe)
        width, height = picture.width // 8, picture.height // 8
        x, y = picture.x + (picture.width - width) // 2, picture.y + (picture.height - height) // 2
        return cls(Box(x, y, max(SMALLEST, width), max(SMALLEST, height)), picture)

    @property
    def middle(self) -> Point:
        """The point that counts where a point is meant."""
        return self.box.x + self.box.width // 2, self.box.y + self.box.height // 2

    @property
    def seen(self) -> Box:
        """The rectangle in pixels of the picture, as it is drawn over it."""
        box, picture = self.box, self.picture
        return Box(box.x - picture.x, box.y - picture.y, box.width, box.height)

    def at(self, box: Box) -> Pointer:
        """Point elsewhere, as far as that is inside the picture."""
        picture = self.picture
        width = max(SMALLEST, min(box.width, picture.width))
        height = max(SMALLEST, min(box.height, picture.height))
        x = max(picture.x, min(box.x, picture.right - width))
        y = max(picture.y, min(box.y, picture.bottom - height))
        return replace(self, box=Box(x, y, width, height))

    def moved(self, x: int, y: int) -> Pointer:
        """Move by some steps."""
        box = self.box
        left, top = max(0, box.x + x * STEP), max(0, box.y + y * STEP)
        return self.at(Box(left, top, box.width, box.height))

    def grown(self, wider: int, higher: int) -> Pointer:
        """Make it larger or smaller about its middle."""
        box = self.box
        width = max(SMALLEST, box.width + 2 * STEP * wider)
        height = max(SMALLEST, box.height + 2 * STEP * higher)
        x = max(0, box.x - (width - box.width) // 2)
        y = max(0, box.y - (height - box.height) // 2)
        return self.at(Box(x, y, width, height))


def ignored(recipe: PlateRecipe, pointer: Pointer) -> PlateRecipe:
    """Never take this rectangle of any frame."""
    box = pointer.box
    return changed(recipe, ignore=(*recipe.ignore, (box.x, box.y, box.width, box.height)))


def kept(recipe: PlateRecipe, pointer: Pointer, frame: int) -> PlateRecipe:
    """Take this rectangle from one frame."""
    box = pointer.box
    return changed(recipe, keep=(*recipe.keep, (box.x, box.y, box.width, box.height, frame)))


def touched(recipe: PlateRecipe | LayerRecipe, pointer: Pointer) -> PlateRecipe | LayerRecipe:
    """Read the group there the other way, or name the subject there; twice takes it back."""
    name = "flips" if isinstance(recipe, PlateRecipe) else "subjects"
    points: tuple[Point, ...] = getattr(recipe, name)
    rest = tuple(point for point in points if not _holds(pointer.box, point))
    return changed(recipe, **{name: rest if rest != points else (*points, pointer.middle)})


def cleared(recipe: PlateRecipe | LayerRecipe, pointer: Pointer) -> PlateRecipe | LayerRecipe:
    """Take back what was said of the place under the pointer."""
    if isinstance(recipe, LayerRecipe):
        rest = tuple(point for point in recipe.subjects if not _holds(pointer.box, point))
        return changed(recipe, subjects=rest)
    return changed(
        recipe,
        keep=tuple(k for k in recipe.keep if not _holds(_box(k), pointer.middle)),
        ignore=tuple(i for i in recipe.ignore if not _holds(_box(i), pointer.middle)),
        flips=tuple(point for point in recipe.flips if not _holds(pointer.box, point)),
    )


def _box(numbers: tuple[int, ...]) -> Box:
    return Box(*numbers[:4])


def _holds(box: Box, point: Point) -> bool:
    return box.x <= point[0] < box.right and box.y <= point[1] < box.bottom
