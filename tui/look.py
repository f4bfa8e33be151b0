"""How a picture is looked at: which layer of it, how large, where, and beside which. No screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from engine.recipe import (
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Recipe,
    frames_of,
)
from engine.values import Box, Size

ZOOMS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Pixels of the terminal for a pixel of the picture."""

LEAST_IN_SIGHT = 150
"""Pixels of a picture across, below which nobody can tell what the loupe shows."""

STEP = 0.25
"""Share of the window that a key pans."""

Spot = tuple[float, float]
"""A place as shares of a picture's width and height."""

MIDDLE: Spot = (0.5, 0.5)


class Layer(StrEnum):
    """What is shown of a candidate."""

    PICTURE = "picture"
    RAW = "raw frame"
    SURE = "confidence"


@dataclass(frozen=True, slots=True)
class Look:
    """How the picture under the cursor is looked at; stays when the cursor moves on."""

    layer: Layer = Layer.PICTURE
    zoom: float = 0.0
    """One of :data:`ZOOMS` under the loupe; 0 shows the whole picture."""
    spot: Spot | None = None
    """Middle of the loupe; None is each picture's point of interest."""
    two_up: bool = False
    pinned: str = ""
    """Id of the candidate on the left of two; empty for none."""
    sheet: bool = False
    """A page of small pictures in place of one."""

    @property
    def loupe(self) -> bool:
        """Whether pixels are shown one for one, or at another scale of their own."""
        return self.zoom > 0

    def other_layer(self) -> Look:
        """Go from picture to raw frame to confidence."""
        layers = list(Layer)
        return replace(self, layer=layers[(layers.index(self.layer) + 1) % len(layers)])

    def blinked(self) -> Look:
        """Go to the raw frame, or back."""
        raw = self.layer is not Layer.RAW
        return replace(self, layer=Layer.RAW if raw else Layer.PICTURE)

    def zoomed(self, by: int) -> Look:
        """Go to a larger or smaller scale."""
        at = ZOOMS.index(self.zoom) if self.zoom in ZOOMS else ZOOMS.index(1.0)
        return replace(self, zoom=ZOOMS[max(0, min(at + by, len(ZOOMS) - 1))])

    def panned(self, x: int, y: int, window: Window, interest: Spot) -> Look:
        """Move the loupe by a part of its window, as far as the picture goes."""
        left, top = self.spot or interest
        moved = left + x * STEP * window.width, top + y * STEP * window.height
        spot = (
            max(window.width / 2, min(moved[0], 1 - window.width / 2)),
            max(window.height / 2, min(moved[1], 1 - window.height / 2)),
        )
        return replace(self, spot=spot)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a picture under the loupe, as shares of it."""

    left: float
    top: float
    width: float
    height: float

    def box(self, size: Size) -> tuple[int, int, int, int]:
        """Give left, top, right and bottom in pixels of a picture of ``size``."""
        width, height = size
        left, top = round(self.left * width), round(self.top * height)
        right = max(left + 1, round((self.left + self.width) * width))
        bottom = max(top + 1, round((self.top + self.height) * height))
        return left, top, min(right, width), min(bottom, height)


def first_zoom(across: int) -> float:
    """Give the scale that the loupe opens with, in so many pixels of the terminal.

    One for one, unless half cells are so few that they would show a patch of colour.
    """
    fitting = [zoom for zoom in ZOOMS if zoom <= 1 and across / zoom >= LEAST_IN_SIGHT]
    return max(fitting, default=ZOOMS[0])


def window_of(spot: Spot, zoom: float, size: Size, room: Size) -> Window:
    """Give what of a picture of ``size`` is in sight around ``spot``.

    ``room`` is in pixels of the terminal.
    """
    width = min(1.0, room[0] / zoom / max(1, size[0]))
    height = min(1.0, room[1] / zoom / max(1, size[1]))
    left = max(0.0, min(spot[0] - width / 2, 1 - width))
    top = max(0.0, min(spot[1] - height / 2, 1 - height))
    return Window(left, top, width, height)


def raw_of(recipe: Recipe, frame: Size | None = None) -> Recipe | None:
    """Give the recipe of the raw frame that a picture is to be compared with.

    A crop is compared at its own place where its base has the geometry of a frame. ``frame`` is
    the source's size, which a keeper's raw frame has. None for a report.
    """
    match recipe:
        case KeeperRecipe():
            return KeeperRecipe(Box(0, 0, *frame), recipe.frame) if frame else recipe
        case PlateRecipe() | PanoramaRecipe():
            frames = frames_of(recipe)
            return KeeperRecipe(recipe.picture, frames[len(frames) // 2]) if frames else None
        case LayerRecipe():
            return KeeperRecipe(recipe.plate.picture, recipe.base)
        case CropRecipe(PanoramaRecipe() as base):
            return raw_of(base)
        case CropRecipe(KeeperRecipe() as base):
            return base
        case CropRecipe(base):
            raw = raw_of(base)
            same = isinstance(raw, KeeperRecipe)
            return replace(recipe, base=raw) if same else None  # type: ignore[arg-type]
        case _:
            return None
