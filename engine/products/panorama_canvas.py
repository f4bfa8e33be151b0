"""The whole canvas of a panorama: composited tile by tile, and what single frames add to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.events import Advanced, Work
from engine.products.agreement import Agreement
from engine.products.at_once import at_once
from engine.products.burnt_in import marks_among
from engine.products.canvas import nearest
from engine.products.compositing import Sheet, composite_tile, with_subject
from engine.products.panorama_study import Study
from engine.products.patches import Patch, draw_patches, patch_alpha
from engine.products.placed import TILE, Placed, grown, seen_in, stack_of, tiles
from engine.products.seams import Seams
from engine.recipe import PanoramaRecipe
from engine.values import Box, FloatMap, Image

SMALL = 64_000_000
"""Bytes of frames that are composited in tiles of the usual size."""
TILE_OF_LARGE = 256
"""Side of the tiles of others: each holds a part of every frame, and two are worked on at once."""
SOFT = 2
"""Sigma by which confidence is softened, pixels."""
SOFT_REACH = 4 * SOFT
"""Pixels that one takes part in on each side."""
STRIP = 128
"""Rows of which the confidence is worked out at once."""
TOGETHER = 16
"""Tiles that are composited between two words on how far that is."""


@dataclass(frozen=True, slots=True)
class Canvases:
    """A composited canvas and what is known of each pixel."""

    image: Image
    views: NDArray[np.uint8]
    count: NDArray[np.uint8]
    inliers: NDArray[np.uint8]


def composite(study: Study, recipe: PanoramaRecipe) -> Work[Canvases]:
    """Make one picture of all frames, tile by tile."""
    (width, height), placed = study.size, study.placed
    how, occlusion = recipe.compositor, study.occlusion
    subject = nearest([p.frame for p in placed], recipe.subject) if recipe.subject >= 0 else None
    wanted = how in ("clean", "seams") or subject is not None
    marks = None if subject is None else marks_among(placed, subject)
    whole = Canvases(
        np.zeros((height, width, 3), np.uint8),
        *(np.zeros((height, width), np.uint8) for _ in range(3)),
    )

    def composited(box: Box) -> Sheet:
        wide = grown(box, study.size)
        stack = stack_of(placed, wide)
        covered = occlusion.of_stack(stack.rows, wide) if wanted else None
        sheet = composite_tile(stack, wide, covered, how, study.noise)
        if subject is not None and subject in stack.rows:
            k = stack.rows.index(subject)
            bare = seen_in(replace(placed[subject], hidden=marks), wide)
            shown = ~stack.seen[k] & bare
            if covered is not None:
                shown |= covered[k] & bare
            sheet = with_subject(sheet, stack.samples[k], shown)
        return sheet

    is_small = sum(one.image.nbytes for one in placed) < SMALL
    boxes = list(tiles(study.size, TILE if is_small else TILE_OF_LARGE))
    for start in range(0, len(boxes), TOGETHER):
        some = boxes[start : start + TOGETHER]
        for box, sheet in zip(some, at_once(composited, some), strict=True):
            _put(whole, box, sheet)
        yield Advanced("compositing", start + len(some), len(boxes), "tiles")
    return whole


def _put(whole: Canvases, box: Box, sheet: Sheet) -> None:
    y, x = box.y - sheet.box.y, box.x - sheet.box.x
    inner = slice(y, y + box.height), slice(x, x + box.width)
    whole.image[box.slices] = sheet.image[inner]
    whole.views[box.slices] = sheet.views[inner]
    whole.count[box.slices] = sheet.count[inner]
    whole.inliers[box.slices] = sheet.inliers[inner]


def with_whole_frames(
    whole: Canvases, seams: Seams, placed: Sequence[Placed], where: Agreement | None
) -> Work[Canvases]:
    """Take what frames contradict each other in (or everything) from single frames."""
    height, width = whole.views.shape
    image = whole.image.copy()

    def cut(box: Box) -> None:
        alpha = None if where is None else where.torn(box)
        if alpha is None or alpha.any():
            drawn = seams.draw(placed, box)
            old = image[box.slices]
            mixed = drawn if alpha is None else old + (drawn - old.astype(np.float32)) * alpha
            unseen = whole.views[box.slices][..., None] == 0
            image[box.slices] = np.where(unseen, old, np.rint(mixed).astype(np.uint8))

    boxes = list(tiles((width, height)))
    for done, box in enumerate(boxes, start=1):
        cut(box)
        yield Advanced("cutting", done, len(boxes), "tiles")
    return replace(whole, image=image)


def with_patches(whole: Canvases, patches: Sequence[Patch], study: Study) -> Canvases:
    """Lay patches over the canvas; one frame vouches for each of their pixels."""
    height, width = whole.views.shape
    image, count, inliers = whole.image.copy(), whole.count.copy(), whole.inliers.copy()
    step = study.occlusion.step
    for box in tiles((width, height)):
        image[box.slices] = draw_patches(image[box.slices], patches, study.placed, step, box)
        for patch in patches:
            inside = patch_alpha(patch.mask, step, box) > 0.5
            count[box.slices][inside] = 1
            inliers[box.slices][inside] = 1
    return replace(whole, image=image, count=count, inliers=inliers)


def confidence_of(whole: Canvases) -> FloatMap:
    """Say how sure each pixel is: how many frames saw it, and how many of them agree."""
    # Looked up, as a large canvas would take a hundred megabytes to work it out pixel by pixel.
    inliers = np.arange(256, dtype=np.float32)
    share = inliers / np.maximum(inliers, 1)[:, None]
    enough = 1 - np.exp(-inliers / np.float32(1.5))
    table = share * enough
    confidence = np.empty(whole.count.shape, np.float32)

    def look_up(top: int) -> None:
        first, last = max(0, top - SOFT_REACH), top + STRIP + SOFT_REACH
        which = (whole.count[first:last].astype(np.uint16) << 8) | whole.inliers[first:last]
        sure = cv2.GaussianBlur(table.take(which), (2 * SOFT_REACH + 1,) * 2, SOFT)
        confidence[top : top + STRIP] = sure[top - first : top - first + STRIP]

    at_once(look_up, range(0, len(confidence), STRIP))
    return confidence


def left_out_of(whole: Canvases) -> float:
    """Measure which share of what the frames show was left out, as foreground or as unfit."""
    views = float(whole.views.sum(dtype=np.int64))
    return 1 - float(whole.count.sum(dtype=np.int64)) / max(views, 1.0)
