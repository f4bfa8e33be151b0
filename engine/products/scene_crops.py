"""The crops of a scene: each thing, and each expression of a face, once; the like folded under."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from engine.analysis.lettering import find_lines, find_strokes
from engine.footage.reader import FrameReader
from engine.products.at_once import at_once
from engine.products.crops import LEAST_SIDE, SDXL_SIDE, TARGET_SIDES, RankedCrop, rank_crops
from engine.products.detectors import Detector
from engine.products.expressions import SAME_EXPRESSION
from engine.products.faces import align_face, expression_gap
from engine.products.likeness import Look, search_scale, show_the_same
from engine.products.moving import SceneFrames
from engine.products.proposal import Proposal
from engine.products.sharpness import Edges, enlargement_of, find_edges
from engine.products.squares import Square
from engine.recipe import (
    LEAST_CROP,
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    Recipe,
    picture_of,
)
from engine.values import Box, FloatMap, Image, Luma, Scene, Size

_QUOTA = {"face": 8, "hands": 3, "object": 4, "pattern": 3, "detail": 3}
"""Most crops of a scene for each reason, so that no reason crowds out the others."""

_EACH_BASE = 8
_MOST_ALIKE = 6
"""Likes kept reachable under one crop, the best of them."""

_PREVIEW_SIDE = 512
_SHARPER = 0.8
"""Edges this much narrower make one of two alike the one to propose."""

_AS_GOOD = 0.2
"""Score by which the sharper one may be the worse one: it shows the same, or less of it."""

_MOST_ENLARGED = 2.0
"""A soft source asks for crops no larger than this many times a target."""

_SAID_ENLARGED = 1.5
_SAME_ZOOM = 0.03
"""Change of the log of the zoom below which a frame's place in its scene is only shifted."""

_TITLE_SIDE = 640
"""Long side of the picture in which titles are looked for, pixels."""

_LONG_LINE, _LINE_SHAPE = 0.23, 8
"""Width of a title's line, as a share of the picture's and against its height, at least."""

_UNSURE_EDGE = 4
"""Pixels by which a reduced panorama may end later than the full one."""


@dataclass(frozen=True)
class CropBase:
    """A picture to cut crops from."""

    recipe: BaseRecipe
    image: Image
    """At full resolution where it can be had."""
    scale: float = 1.0
    """Pixels of ``image`` for each pixel of the full picture."""
    confidence: FloatMap | None = None
    """How sure each place is, of any size; None where every pixel is copied."""


@dataclass(frozen=True)
class _Found:
    """A crop of one of the bases, as it is compared with the others."""

    crop: RankedCrop
    base: CropBase
    look: Look

    @cached_property
    def expression(self) -> Luma | None:
        """The aligned face that it was cut out for."""
        if self.crop.face is None or self.crop.reason != "face":
            return None
        return align_face(self.base.image, self.crop.face)


@dataclass(frozen=True)
class _Around:
    """What is known of the scene that crops are of."""

    plate: Image | None
    scene: Scene | None
    detectors: Sequence[Detector]
    frames: SceneFrames | None

    def moving(self, base: CropBase) -> FloatMap | None:
        """Measure what moves in a base, if it is a frame of the scene."""
        if self.frames is None or not isinstance(base.recipe, KeeperRecipe):
            return None
        return self.frames.measure_moving(base.recipe)


def propose_crops(
    bases: Sequence[CropBase],
    *,
    plate: Image | None = None,
    scene: Scene | None = None,
    detectors: Sequence[Detector] = (),
    reader: FrameReader | None = None,
) -> list[Proposal]:
    """Propose the crops of one scene: each thing, and each expression of a face, once.

    What looks like a better one follows it with ``like`` set: it stays reachable.

    Parameters
    ----------
    bases : sequence of CropBase
        The scene's pictures; of two that show the same, the sharper one's crop is proposed.
    plate : (H, W, 3) uint8 array, optional
        The scene's clean plate.
    scene : Scene, optional
        Tells where its logos and subtitles are, and how its frames lie to each other.
    detectors : sequence of Detector
        The user's own.
    reader : FrameReader, optional
        The scene's frames, reduced or not: tells what moves.
    """
    frames = SceneFrames(reader, scene) if reader and scene else None
    found = _crops_of_all(bases, _Around(plate, scene, detectors, frames))
    found.sort(key=lambda item: -item.crop.score)
    groups: list[list[_Found]] = []
    counts: Counter[str] = Counter()
    for item in found:
        same = next((group for group in groups if _are_alike(item, group[0])), None)
        if same is not None:
            _join(item, same)
        elif counts[item.crop.reason] < _QUOTA[item.crop.reason]:
            counts[item.crop.reason] += 1
            groups.append([item])
    groups.sort(key=lambda group: -group[0].crop.score)
    proposals = []
    for best, *others in groups:
        better = _proposal(best)
        proposals.append(better)
        proposals += [_proposal(other, like=better.recipe) for other in others[:_MOST_ALIKE]]
    return _once_each(proposals)


def _join(item: _Found, group: list[_Found]) -> None:
    """Fold a crop under the one that it looks like, or that one under it if it is sharper."""
    first = group[0].crop
    is_as_good = item.crop.reason == first.reason and item.crop.score >= first.score - _AS_GOOD
    if is_as_good and item.crop.enlarged < _SHARPER * first.enlarged:
        group.insert(0, replace(item, crop=replace(item.crop, score=first.score)))
    else:
        group.append(item)


def _once_each(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Drop what is the very recipe of one before it: reduced bases round to the same place."""
    kept: dict[Recipe, Proposal] = {}
    for proposal in proposals:
        kept.setdefault(proposal.recipe, proposal)
    return list(kept.values())


def _are_alike(item: _Found, other: _Found) -> bool:
    """Whether a person would call two crops the same picture."""
    one, two = item.expression, other.expression
    if one is not None and two is not None:
        return expression_gap(one, two) < SAME_EXPRESSION
    return show_the_same(item.look, other.look)


def _crops_of_all(bases: Sequence[CropBase], around: _Around) -> list[_Found]:
    def find(place: int, soft: float | None) -> tuple[float, list[_Found]]:
        edges = find_edges(bases[place].image)
        softness = enlargement_of(edges.width()) if soft is None else soft
        return softness, [*_crops_of(bases[place], around, edges, softness)]

    def find_all(places: Sequence[int], soft: float | None) -> list[tuple[float, list[_Found]]]:
        if around.detectors:  # each thread would load the user's own models anew
            return [find(place, soft) for place in places]
        return at_once(lambda place: find(place, soft), places)

    whole = [place for place, base in enumerate(bases) if base.scale == 1.0]
    reduced = [place for place, base in enumerate(bases) if base.scale != 1.0]
    found = dict(zip(whole, find_all(whole, None), strict=True))
    # Reduced, a picture does not show how soft it is at full size; the frames it is made of do.
    usual = min((softness for softness, _ in found.values()), default=1.0)
    found |= zip(reduced, find_all(reduced, usual), strict=True)
    return [crop for place in range(len(bases)) for crop in found[place][1]]


def _crops_of(base: CropBase, around: _Around, edges: Edges, soft: float) -> Iterator[_Found]:
    scale, plate, scene = base.scale, around.plate, around.scene
    if min(base.image.shape[:2]) < LEAST_SIDE:
        return
    targets = [max(LEAST_SIDE, round(target * scale)) for target in TARGET_SIDES]
    scale_down = search_scale(base.image)
    small = cv2.resize(base.image, None, fx=scale_down, fy=scale_down, interpolation=cv2.INTER_AREA)
    picture = np.asarray(small, np.uint8)
    same_view = plate is not None and _same_shape(plate, base.image)
    for crop in rank_crops(
        base.image,
        count=_EACH_BASE,
        least=round(min(targets) * min(soft, _MOST_ENLARGED)),
        plate=plate if same_view else None,
        moving=around.moving(base),
        confidence=base.confidence,
        sides=targets,
        excluded=_burnt_in(base, scene),
        detectors=around.detectors,
        scale=scale,
        enlarged=None if scale == 1.0 else soft,
        edges=edges,
    ):
        if _full_side(crop, base) < LEAST_CROP:
            continue
        # Compared with crops of other bases, so in pixels of the full picture.
        place = Square(*(round(value / scale) for value in (crop.x, crop.y, crop.side)))
        look = Look(place, picture, scale_down * scale, _origin(base, scene))
        yield _Found(crop, base, look)


def _same_shape(plate: Image, image: Image) -> bool:
    (height, width), (plate_height, plate_width) = image.shape[:2], plate.shape[:2]
    return bool(abs(width * plate_height / (height * plate_width) - 1) < 0.02)


def _burnt_in(base: CropBase, scene: Scene | None) -> list[Box]:
    """Give what is burnt in on the frame that a base shows, in its pixels."""
    recipe = base.recipe
    if not isinstance(recipe, KeeperRecipe | LayerRecipe):
        return []
    titles = _find_titles(base.image)
    if scene is None:
        return titles
    frame = recipe.frame if isinstance(recipe, KeeperRecipe) else recipe.base
    picture = picture_of(recipe)
    boxes = titles
    for overlay in scene.overlays:
        left, top = max(overlay.box.x, picture.x), max(overlay.box.y, picture.y)
        right = min(overlay.box.right, picture.right)
        bottom = min(overlay.box.bottom, picture.bottom)
        if overlay.start <= frame < overlay.stop and left < right and top < bottom:
            inside = Box(left - picture.x, top - picture.y, right - left, bottom - top)
            boxes.append(inside.scaled(base.scale))
    return boxes


def _find_titles(image: Image) -> list[Box]:
    """Find long lines of letters: a title that nobody took for burnt in is no detail either."""
    height, width = image.shape[:2]
    scale = min(1.0, _TITLE_SIDE / max(height, width))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    titles = []
    for line in find_lines(find_strokes(grey), grey):
        # Shorter ones are as often twigs and tiles.
        if line.width >= _LONG_LINE * grey.shape[1] and line.width >= _LINE_SHAPE * line.height:
            left, top = max(0, line.x - line.height), max(0, line.y - line.height)
            right, bottom = line.right + line.height, line.bottom + line.height
            titles.append(Box(left, top, right - left, bottom - top).scaled(1 / scale))
    return titles


def _origin(base: CropBase, scene: Scene | None) -> tuple[float, float] | None:
    """Give where a frame's top left corner lies in its scene, in the base's pixels, if known."""
    recipe = base.recipe
    if scene is None or not isinstance(recipe, KeeperRecipe) or base.scale != 1.0:
        return None
    path = scene.motion.path
    place = min(max(0, recipe.frame - scene.shot.start), len(path) - 1)
    if abs(float(path[place, 2])) > _SAME_ZOOM:
        return None
    return float(path[place, 0]), float(path[place, 1])


def _proposal(item: _Found, like: Recipe | None = None) -> Proposal:
    crop, base = item.crop, item.base
    scale = base.scale
    full = _full_size(base)
    side = _full_side(crop, base)
    x = min(round(crop.x / scale), full[0] - side)
    y = min(round(crop.y / scale), full[1] - side)
    return Proposal(
        CropRecipe(base.recipe, x, y, side),
        (side, side),
        crop.score,
        crop.reason,
        crop.why,
        _warnings(side, crop.enlarged),
        crop.tags,
        _preview(base.image[crop.square.slices]),
        base.recipe,
        like,
    )


def _full_side(crop: RankedCrop, base: CropBase) -> int:
    return min(_snapped(crop.side / base.scale, 1 / base.scale), *_full_size(base))


def _full_size(base: CropBase) -> Size:
    """Give the size within which a crop surely lies at full resolution.

    That of a reduced panorama is only known to its own pixels.
    """
    if base.scale == 1.0:
        return base.image.shape[1], base.image.shape[0]
    if not isinstance(base.recipe, PanoramaRecipe):
        return picture_of(base.recipe).size
    height, width = base.image.shape[:2]
    return round((width - _UNSURE_EDGE) / base.scale), round((height - _UNSURE_EDGE) / base.scale)


def _snapped(side: float, slack: float) -> int:
    """Round a side to a multiple of 64 if the reduced picture's pixels are coarser than that."""
    near = 64 * round(side / 64)
    return near if slack > 1 and abs(near - side) <= slack else round(side)


def _warnings(side: int, enlarged: float) -> tuple[str, ...]:
    said: list[str] = []
    if side < min(TARGET_SIDES):
        said.append(f"below every target: {side} px")
    elif side < SDXL_SIDE:
        said.append(f"below the SDXL target: {side} px")
    if enlarged >= _SAID_ENLARGED:
        said.append(f"soft or enlarged: no more detail than {round(side / enlarged)} px would hold")
    return tuple(said)


def _preview(cut: Image) -> Image:
    if cut.shape[0] <= _PREVIEW_SIDE:
        return cut.copy()
    size = _PREVIEW_SIDE, _PREVIEW_SIDE
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
