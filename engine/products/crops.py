"""Crops: what a person would cut out, at native detail, each thing once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import cv2
import numpy as np

from engine.products.faces import SURE_SCORE, Face, align_face, expression_gap, find_faces
from engine.products.heads import frame_head, tags_of
from engine.products.likeness import Look, search_scale, show_the_same
from engine.products.proposal import Proposal
from engine.products.saliency import SaliencyMaps, measure_saliency
from engine.products.sharpness import SHARP_WIDTH, SOFT_WIDTH, measure_edge_width
from engine.products.squares import Square, fits_beside, least_side_for, sides_for
from engine.products.void import find_void
from engine.products.windows import Window, rank_windows
from engine.recipe import BaseRecipe, CropRecipe
from engine.values import Image, Luma, Size

TARGET_SIDES = (512, 768, 1024)
"""What trainers are fed, pixels."""

_SDXL_SIDE = 1024
_PREVIEW_SIDE = 512

_QUOTA = {"face": 8, "hands": 3, "object": 4, "pattern": 3, "detail": 3}
"""Most crops of a scene for each reason, so that no reason crowds out the others."""

_EACH_BASE = 8
_SAME_EXPRESSION = 0.22
"""Gap between aligned faces below which they are the same face with the same expression."""


@dataclass(frozen=True, slots=True)
class RankedCrop:
    """A square of a picture that is worth cutting out."""

    x: int
    """Left edge, pixels."""
    y: int
    """Top edge, pixels."""
    side: int
    """Pixels of the picture; never enlarged."""
    score: float
    """0 to 1."""
    reason: str
    """``face``, ``hands``, ``object``, ``pattern`` or ``detail``."""
    why: tuple[str, ...] = ()
    """Score parts, in words."""
    tags: tuple[str, ...] = ()
    """Proposed caption tags."""
    face: Face | None = None
    """The face that it frames, in pixels of the picture."""

    @property
    def square(self) -> Square:
        """Where it is."""
        return Square(self.x, self.y, self.side)


@dataclass(frozen=True)
class CropBase:
    """A picture to cut crops from."""

    recipe: BaseRecipe
    image: Image
    """At full resolution where it can be had."""
    scale: float = 1.0
    """Pixels of ``image`` for each pixel of the full picture."""


def rank_crops(
    image: Image,
    *,
    count: int = 10,
    side: int | None = None,
    plate: Image | None = None,
    sides: Sequence[int] = TARGET_SIDES,
) -> list[RankedCrop]:
    """Rank the squares of a picture that a person would cut out, best first.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        BGR at native resolution.
    count : int
        Most crops given; there are fewer where there is less to see.
    side : int, optional
        The only side wanted, pixels; a picture that is smaller gives nothing.
    plate : (H, W, 3) uint8 array, optional
        The clean plate of the same view, of any size: what differs from it counts for more.
    sides : sequence of int
        What the trainers are fed, pixels.

    Returns
    -------
    list of RankedCrop
        None of them shows what a better one shows.
    """
    height, width = image.shape[:2]
    size = width, height
    wanted = (side,) if side else sides_for(size, sides)
    if min(size) < max(16, min(wanted)):
        return []
    faces = find_faces(image)
    least = side or least_side_for(size, sides)
    maps = measure_saliency(image, least_side=least, faces=faces, plate=plate)
    found = [*_of_faces(image, faces, wanted, size), *_of_windows(image, maps, faces, wanted)]
    found.sort(key=lambda crop: -crop.score)
    picked: list[RankedCrop] = []
    for crop in found:
        if len(picked) == count:
            break
        if fits_beside(crop.square, (other.square for other in picked)):
            picked.append(crop)
    return [_explained(image, crop, size) for crop in picked]


def _of_faces(
    image: Image, faces: Sequence[Face], sides: Sequence[int], size: Size
) -> Iterator[RankedCrop]:
    for face in faces:
        square = frame_head(face, sides, size)
        sure = 0.45 + 0.5 * face.score if face.score >= SURE_SCORE else 0.3 + 0.5 * face.score
        yield RankedCrop(
            square.x,
            square.y,
            square.side,
            sure,
            "face",
            (f"face {face.score:.2f}",),
            tags_of(square, faces),
            face,
        )


def _of_windows(
    image: Image, maps: SaliencyMaps, faces: Sequence[Face], sides: Sequence[int]
) -> Iterator[RankedCrop]:
    height, width = image.shape[:2]
    small = cv2.resize(image, maps.saliency.shape[::-1], interpolation=cv2.INTER_AREA)
    windows = rank_windows(
        maps.saliency, sides, (width, height), find_void(np.asarray(small, np.uint8))
    )
    for window in windows:
        square = window.square
        score = _score_of(window)
        yield RankedCrop(
            square.x, square.y, square.side, score, "detail", (), tags_of(square, faces)
        )


def _score_of(window: Window) -> float:
    return float(np.clip(0.3 + 1.8 * window.worth, 0, 0.9))


def _explained(image: Image, crop: RankedCrop, size: Size) -> RankedCrop:
    """Say what speaks for a crop."""
    width = measure_edge_width(image[crop.square.slices])
    words = "sharp" if width <= SHARP_WIDTH else "soft" if width > SOFT_WIDTH else "fairly sharp"
    score = crop.score if width <= SOFT_WIDTH else 0.85 * crop.score
    return replace(crop, score=round(score, 4), why=(*crop.why, words, _gain(crop.side, size)))


def _gain(side: int, size: Size) -> str:
    """Say how much more detail reaches the trainer than with the whole frame."""
    target, name = (_SDXL_SIDE, "SDXL") if side >= _SDXL_SIDE else (512, "SD 1.5")
    frame = min(1.0, sqrt(target * target / (size[0] * size[1])))
    return f"{min(1.0, target / side) / frame:.1f}x the detail of the {name} frame bucket"


def propose_crops(bases: Sequence[CropBase], *, plate: Image | None = None) -> list[Proposal]:
    """Propose the crops of one scene: each thing, and each expression of a face, once.

    Parameters
    ----------
    bases : sequence of CropBase
        The scene's pictures; of two that show the same, the first one's crop is taken unless
        the other's is better.
    plate : (H, W, 3) uint8 array, optional
        The scene's clean plate.
    """
    found: list[tuple[RankedCrop, CropBase, Look]] = []
    for base in bases:
        found += _crops_of(base, plate)
    found.sort(key=lambda item: -item[0].score)
    kept: list[tuple[RankedCrop, CropBase, Look]] = []
    expressions: list[Luma] = []
    counts: Counter[str] = Counter()
    for crop, base, look in found:
        if counts[crop.reason] >= _QUOTA[crop.reason]:
            continue
        if crop.face is not None:
            aligned = align_face(base.image, crop.face)
            if any(expression_gap(aligned, other) < _SAME_EXPRESSION for other in expressions):
                continue
            expressions.append(aligned)
        elif any(show_the_same(look, other) for _, _, other in kept):
            continue
        counts[crop.reason] += 1
        kept.append((crop, base, look))
    return [_proposal(crop, base) for crop, base, _ in kept]


def _crops_of(base: CropBase, plate: Image | None) -> Iterator[tuple[RankedCrop, CropBase, Look]]:
    scale = base.scale
    targets = [max(16, round(target * scale)) for target in TARGET_SIDES]
    scale_down = search_scale(base.image)
    small = cv2.resize(base.image, None, fx=scale_down, fy=scale_down, interpolation=cv2.INTER_AREA)
    picture = np.asarray(small, np.uint8)
    same_view = plate is not None and _same_shape(plate, base.image)
    for crop in rank_crops(
        base.image, count=_EACH_BASE, plate=plate if same_view else None, sides=targets
    ):
        yield crop, base, Look(crop.square, picture, scale_down)


def _same_shape(plate: Image, image: Image) -> bool:
    (height, width), (plate_height, plate_width) = image.shape[:2], plate.shape[:2]
    return bool(abs(width * plate_height / (height * plate_width) - 1) < 0.02)


def _proposal(crop: RankedCrop, base: CropBase) -> Proposal:
    scale = base.scale
    full = round(base.image.shape[1] / scale), round(base.image.shape[0] / scale)
    side = min(round(crop.side / scale), *full)
    x = min(round(crop.x / scale), full[0] - side)
    y = min(round(crop.y / scale), full[1] - side)
    return Proposal(
        CropRecipe(base.recipe, x, y, side),
        (side, side),
        crop.score,
        crop.reason,
        crop.why,
        _warnings(side),
        crop.tags,
        _preview(base.image[crop.square.slices]),
        base.recipe,
    )


def _warnings(side: int) -> tuple[str, ...]:
    if side < min(TARGET_SIDES):
        return (f"below every target: {side} px",)
    return (f"below the SDXL target: {side} px",) if side < _SDXL_SIDE else ()


def _preview(cut: Image) -> Image:
    if cut.shape[0] <= _PREVIEW_SIDE:
        return cut.copy()
    size = _PREVIEW_SIDE, _PREVIEW_SIDE
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
