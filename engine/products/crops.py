"""Crops: what a person would cut out, at native detail, each thing once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.expressions import SAME_EXPRESSION
from engine.products.faces import (
    CLEAR_SCORE,
    SURE_SCORE,
    Face,
    align_face,
    expression_gap,
    find_faces,
)
from engine.products.heads import frame_head, frames_head, largest_face, tags_of
from engine.products.likeness import Look, search_scale, show_the_same
from engine.products.proposal import Proposal
from engine.products.reasons import name_reason
from engine.products.saliency import SaliencyMaps, measure_saliency
from engine.products.sharpness import SHARP_WIDTH, SOFT_WIDTH, measure_edge_width
from engine.products.squares import Square, fits_beside, sides_for
from engine.products.void import find_void
from engine.products.windows import Choice, Windows, measure_windows, rate_windows, share_of
from engine.recipe import BaseRecipe, CropRecipe, PanoramaRecipe, picture_of
from engine.values import Image, Luma, Size

TARGET_SIDES = (512, 768, 1024)
"""What trainers are fed, pixels."""

_SDXL_SIDE = 1024
_PREVIEW_SIDE = 512

_QUOTA = {"face": 8, "hands": 3, "object": 4, "pattern": 3, "detail": 3}
"""Most crops of a scene for each reason, so that no reason crowds out the others."""

_EACH_BASE = 8
_FACES_OVERLAP = 0.45
"""Heads close together may share more of their crops than other things."""

_LEAST_FACE = 0.1
"""Height of a face against the smallest crop: what is smaller stands in a crowd."""

_SURELY = 0.8
"""How sure a face is from which it is no better for being surer."""

_BESIDE_FACE = 0.05
"""What the rest of a crop may add to how sure its face is."""

_UNSURE_EDGE = 4
"""Pixels by which a reduced panorama may end later than the full one."""


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
    """The largest face in it, in pixels of the picture."""

    @property
    def square(self) -> Square:
        """Where it is."""
        return Square(self.x, self.y, self.side)


@dataclass(frozen=True)
class PictureStudy:
    """All that crops of one picture are chosen by."""

    size: Size
    faces: list[Face]
    """Those large enough for a crop of their own."""
    maps: SaliencyMaps
    windows: Windows


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
    least: int = 0,
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
    least : int, optional
        No side below this one, pixels, where the picture is that large.
    plate : (H, W, 3) uint8 array, optional
        The clean plate of the same view, of any size: what differs from it counts for more.
    sides : sequence of int
        What the trainers are fed, pixels.

    Returns
    -------
    list of RankedCrop
        None of them shows what a better one shows.
    """
    study = study_picture(image, side=side, least=least, plate=plate, sides=sides)
    if study is None:
        return []
    picked = choose_crops(study, rate_windows(study.windows), count)
    explained = [_explained(image, crop, study) for crop in picked]
    return sorted(explained, key=lambda crop: -crop.score)


def study_picture(
    image: Image,
    *,
    side: int | None = None,
    least: int = 0,
    plate: Image | None = None,
    sides: Sequence[int] = TARGET_SIDES,
) -> PictureStudy | None:
    """Measure all that crops of a picture are chosen by; None where it is too small for any.

    Parameters are those of :func:`rank_crops`.
    """
    height, width = image.shape[:2]
    size = width, height
    fitting = sides_for(size, sides)
    # Of a small source, most of its height: less would only be enlarged.
    large = tuple(s for s in fitting if s >= min(least, 0.7 * min(size)))
    wanted = (side,) if side else large
    if min(size) < max(16, min(wanted)):
        return None
    least_face = _LEAST_FACE * wanted[0]
    faces = [face for face in find_faces(image) if face.height >= least_face]
    maps = measure_saliency(image, least_side=wanted[0], faces=faces, plate=plate)
    windows = measure_windows(maps, wanted, size, find_void(maps.picture))
    return PictureStudy(size, faces, maps, windows)


def choose_crops(study: PictureStudy, ratings: NDArray[np.float64], count: int) -> list[RankedCrop]:
    """Take the best of heads and windows in turn, each showing what none before it shows."""
    windows, size = study.windows, study.size
    choice = Choice(windows.places, ratings)
    rated = [(_face_score(face, choice, windows, size), face) for face in study.faces]
    waiting = sorted(rated, key=lambda pair: -pair[0])
    picked: list[RankedCrop] = []
    while len(picked) < count:
        best = choice.best()
        share = share_of(best[1]) if best else 0.0
        if waiting and (waiting[0][1].score >= CLEAR_SCORE or waiting[0][0] >= share):
            crop = _framed(*waiting.pop(0), choice, windows, size)
            others = [other.square for other in picked]
            if not fits_beside(crop.square, others, _FACES_OVERLAP):
                continue
        elif best is not None:
            square = windows.square(best[0])
            crop = RankedCrop(square.x, square.y, square.side, share, "detail")
        else:
            break
        choice.take(crop.square)
        picked.append(crop)
    return picked


def _face_score(face: Face, choice: Choice, windows: Windows, size: Size) -> float:
    """Rate a face: by the detector, and a little by what else its frame would show."""
    best = choice.best_of(frames_head(windows.places, face, size))
    beside = 0.0 if best is None else share_of(choice.rating(best))
    if face.score < SURE_SCORE:
        return 0.5 * face.score
    # Among faces that are surely some, what else there is to see decides.
    return max(beside, 0.7 * min(1.0, face.score / _SURELY) + 0.3 * beside)


def _framed(score: float, face: Face, choice: Choice, windows: Windows, size: Size) -> RankedCrop:
    """Frame a face: in the best of the smallest windows that hold its head, if one is left."""
    best = choice.best_of(frames_head(windows.places, face, size))
    if best is None:
        sides = sorted({int(side) for side in windows.places[:, 2]})
        square = frame_head(face, sides, size)
    else:
        square = windows.square(best)
    return RankedCrop(square.x, square.y, square.side, score, "face", face=face)


def _explained(image: Image, crop: RankedCrop, study: PictureStudy) -> RankedCrop:
    """Say what a crop holds and what speaks for it."""
    width = measure_edge_width(image[crop.square.slices])
    words = "sharp" if width <= SHARP_WIDTH else "soft" if width > SOFT_WIDTH else "fairly sharp"
    face = crop.face or largest_face(crop.square, study.faces)
    if face and face is not crop.face and face.score + _BESIDE_FACE < crop.score:
        # It is worth cutting out for something else, and may not be one.
        face = None
    unsure = face is not None and face.score < CLEAR_SCORE
    score = crop.score if width <= SOFT_WIDTH else 0.85 * crop.score
    return replace(
        crop,
        # What is called a face is no surer than that.
        score=round(min(score, face.score + _BESIDE_FACE) if face and unsure else score, 4),
        reason="face" if face else name_reason(crop.square, study.maps),
        why=(*((f"face {face.score:.2f}",) if face else ()), words, _gain(crop.side, study.size)),
        tags=tags_of(crop.square, face) if face else (),
        face=face,
    )


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
            if any(expression_gap(aligned, other) < SAME_EXPRESSION for other in expressions):
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
        base.image,
        count=_EACH_BASE,
        least=min(targets),
        plate=plate if same_view else None,
        sides=targets,
    ):
        yield crop, base, Look(crop.square, picture, scale_down)


def _same_shape(plate: Image, image: Image) -> bool:
    (height, width), (plate_height, plate_width) = image.shape[:2], plate.shape[:2]
    return bool(abs(width * plate_height / (height * plate_width) - 1) < 0.02)


def _proposal(crop: RankedCrop, base: CropBase) -> Proposal:
    scale = base.scale
    full = _full_size(base)
    side = min(_snapped(crop.side / scale, 1 / scale), *full)
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


def _warnings(side: int) -> tuple[str, ...]:
    if side < min(TARGET_SIDES):
        return (f"below every target: {side} px",)
    return (f"below the SDXL target: {side} px",) if side < _SDXL_SIDE else ()


def _preview(cut: Image) -> Image:
    if cut.shape[0] <= _PREVIEW_SIDE:
        return cut.copy()
    size = _PREVIEW_SIDE, _PREVIEW_SIDE
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
