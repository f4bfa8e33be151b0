"""What a recipe in the making says of places, as rectangles drawn over its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.recipe import LayerRecipe, PanoramaRecipe, PlateRecipe, Point, picture_of
from engine.values import Box, Size
from tui.darkroom import Outline
from tui.tweak import Tweak

NEVER, TAKEN, EITHER_WAY, SPOT = "#f0884b", "#6cb2f7", "#b39ddb", "#f2c063"
"""Inks of rectangles never taken, taken from one frame, doubtful, and of points."""

HANDLE, OTHER_HANDLE = "#f2c063", "#d5d9e0"
"""Inks of the frame at the end that the keys move, and of the one at the other."""


def outlines(tweak: Tweak) -> Iterator[Outline]:
    """Give the rectangles that a recipe speaks of, in pixels of ``outlines_of``."""
    recipe = tweak.recipe
    if isinstance(recipe, PanoramaRecipe):
        yield from _ends_of(tweak, recipe)
    elif isinstance(recipe, PlateRecipe):
        for x, y, width, height in recipe.ignore:
            yield _outline(tweak, Box(x, y, width, height), NEVER)
        for x, y, width, height, _ in recipe.keep:
            yield _outline(tweak, Box(x, y, width, height), TAKEN)
        for box, _ in tweak.advice.either_way if tweak.advice and tweak.pointer else ():
            yield _outline(tweak, box, EITHER_WAY)
        yield from _spots(tweak, recipe.flips)
    elif isinstance(recipe, LayerRecipe):
        yield from _spots(tweak, recipe.subjects)


def _ends_of(tweak: Tweak, recipe: PanoramaRecipe) -> Iterator[Outline]:
    """Give the first and the last frame, while the keys move one of them."""
    name = tweak.names[tweak.row]
    if name not in ("start", "stop"):
        return
    for end, frame in (("start", recipe.start), ("stop", recipe.stop - 1)):
        place = _place_of(tweak, frame)
        box = _inside(*place, recipe.picture.size, tweak.outlines_of) if place else None
        if box is not None:
            yield Outline(box, HANDLE if end == name else OTHER_HANDLE, broad=end == name)


def _place_of(tweak: Tweak, frame: int) -> tuple[float, float] | None:
    """Say where a frame lies, or would, in the panorama on show."""
    places = tweak.places or _places_by_camera(tweak)
    if not places:
        return None
    near = min(places, key=lambda known: abs(known - frame))
    x, y = places[near]
    before, now = _camera_at(tweak, near), _camera_at(tweak, frame)
    if before is not None and now is not None:
        x, y = x + now[0] - before[0], y + now[1] - before[1]
    return x, y


def _camera_at(tweak: Tweak, frame: int) -> tuple[float, float] | None:
    first, _ = tweak.around.shot or (0, 0)
    inside = 0 <= frame - first < len(tweak.around.path)
    return tweak.around.path[frame - first] if inside else None


def _places_by_camera(tweak: Tweak) -> Mapping[int, tuple[float, float]]:
    """Say about where the frames of the proposal lie: the camera's path was measured."""
    recipe = tweak.candidate.recipe
    if not isinstance(recipe, PanoramaRecipe):
        return {}
    known = ((frame, _camera_at(tweak, frame)) for frame in range(recipe.start, recipe.stop))
    path = {frame: place for frame, place in known if place is not None}
    if not path:
        return {}
    across, down = zip(*path.values(), strict=True)
    # Of the picture's edges across the move, a full rectangle keeps the innermost.
    wide = max(across) - min(across) >= max(down) - min(down)
    full = recipe.extent == "full"
    left = min(across) if wide or full else max(across)
    top = max(down) if wide and not full else min(down)
    return {frame: (x - left, y - top) for frame, (x, y) in path.items()}


def _spots(tweak: Tweak, points: Sequence[Point]) -> Iterator[Outline]:
    side = max(8, tweak.outlines_of[0] // 60)
    for x, y in points:
        box = Box(max(0, x - side // 2), max(0, y - side // 2), side, side)
        yield _outline(tweak, box, SPOT)


def _outline(tweak: Tweak, box: Box, ink: str) -> Outline:
    picture = picture_of(tweak.recipe)  # type: ignore[arg-type]
    left, top = max(0, box.x - picture.x), max(0, box.y - picture.y)
    return Outline(Box(left, top, box.width, box.height), ink)


def _inside(x: float, y: float, size: Size, picture: Size) -> Box | None:
    """Give what of a frame lies on the picture."""
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(picture[0], round(x) + size[0]), min(picture[1], round(y) + size[1])
    return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None
