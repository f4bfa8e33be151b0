"""What is burnt in over the film, as recipes hold it, and where it lies in a frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.recipe import OverlayBox
from engine.values import Mask, Scene, Size


def overlays_between(scene: Scene, start: int, stop: int) -> tuple[OverlayBox, ...]:
    """Give a scene's overlays that lie over any of the frames ``[start, stop)``, for a recipe.

    Title cards are left out: where nothing but lettering is shown there is nothing behind it.
    """
    width, height = scene.source.size
    return tuple(
        (o.box.x, o.box.y, o.box.width, o.box.height, max(o.start, start), min(o.stop, stop))
        for o in scene.overlays
        if o.start < stop and o.stop > start and o.box.width * o.box.height < width * height / 2
    )


def overlay_mask(
    overlays: Sequence[OverlayBox], frame: int, size: Size, scale: float = 1.0
) -> Mask | None:
    """Mark what is burnt in on one frame.

    Parameters
    ----------
    overlays : sequence of (x, y, width, height, start, stop)
        From a recipe, in source pixels.
    frame : int
        Number of the frame.
    size : (int, int)
        Width and height of the frame that the mask is for: a reader's ``size``.
    scale : float
        Pixels of that frame for each pixel of the source: the reader's ``scale``.

    Returns
    -------
    (H, W) bool array or None
        True on overlays, rounded outwards; None when this frame carries none.
    """
    mask: Mask | None = None
    for x, y, width, height, start, stop in overlays:
        if not start <= frame < stop:
            continue
        if mask is None:
            mask = np.zeros(size[::-1], np.bool_)
        left, top = int(x * scale), int(y * scale)
        right, bottom = int(-(-(x + width) * scale // 1)), int(-(-(y + height) * scale // 1))
        mask[top:bottom, left:right] = True
    return mask
