"""Crops: what a person would cut out, at native detail, each thing once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from engine.products.detectors import Detection, Detector, detect, frame_thing, frames_thing
from engine.products.faces import (
    CLEAR_SCORE,
    SURE_SCORE,
    Face,
    find_faces,
)
from engine.products.heads import frame_head, frames_head, largest_face, tags_of
from engine.products.reasons import name_reason
from engine.products.saliency import SaliencyMaps, measure_saliency
from engine.products.sharpness import enlargement_of, measure_edge_width
from engine.products.squares import Square, fits_beside, sides_for
from engine.products.void import find_void
from engine.products.windows import Choice, Windows, measure_windows, rate_windows, share_of
from engine.values import Box, Image, Mask, Size

TARGET_SIDES = (512, 768, 1024)
"""What trainers are fed, pixels."""

SDXL_SIDE = 1024

_FACES_OVERLAP = 0.45
"""Heads close together may share more of their crops than other things."""

_LEAST_FACE = 0.1
"""Height of a face against the smallest crop: what is smaller stands in a crowd."""

_SURELY = 0.8
"""How sure a face is from which it is no better for being surer."""

_SHARP, _SOFT = 2.0, 3.5
"""How much enlarged a crop may be and look sharp, and from where it looks out of focus."""

_SOFT_COSTS = 0.15
"""Share of its worth that a crop loses by being soft: the whole frame shows as much."""

_CLEAR_THING = 0.5
"""Confidence of a detector of the user's own from which it is believed."""

_BESIDE_FACE = 0.05
"""What the rest of a crop may add to how sure its face is."""


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
    thing: Detection | None = None
    """What a detector of the user's own found in it, if it was cut out for that."""
    enlarged: float = 1.0
    """How much larger it is than the detail in it asks for: 2 for a source enlarged twice."""

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
    things: list[Detection]
    """What detectors of the user's own found."""
    maps: SaliencyMaps
    windows: Windows


def rank_crops(
    image: Image,
    *,
    count: int = 10,
    side: int | None = None,
    least: int = 0,
    plate: Image | None = None,
    sides: Sequence[int] = TARGET_SIDES,
    excluded: Sequence[Box] = (),
    detectors: Sequence[Detector] = (),
    scale: float = 1.0,
    enlarged: float | None = None,
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
    excluded : sequence of Box
        What no crop may show, pixels: logos and subtitles.
    detectors : sequence of Detector
        The user's own: what they find gets crops of its own.
    scale : float
        Pixels of ``image`` for each pixel of the picture that is meant, below 1 for a reduced one.
    enlarged : float, optional
        How much larger that picture is than the detail in it asks for, where it is known;
        a reduced one does not show it.

    Returns
    -------
    list of RankedCrop
        None of them shows what a better one shows.
    """
    study = study_picture(
        image,
        side=side,
        least=least,
        plate=plate,
        sides=sides,
        excluded=excluded,
        detectors=detectors,
    )
    if study is None:
        return []
    picked = choose_crops(study, rate_windows(study.windows), count)
    explained = [_explained(image, crop, study, scale, enlarged) for crop in picked]
    return sorted(explained, key=lambda crop: -crop.score)


def study_picture(
    image: Image,
    *,
    side: int | None = None,
    least: int = 0,
    plate: Image | None = None,
    sides: Sequence[int] = TARGET_SIDES,
    excluded: Sequence[Box] = (),
    detectors: Sequence[Detector] = (),
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
    void = _with_boxes(find_void(maps.picture), maps, excluded)
    windows = measure_windows(maps, wanted, size, void)
    things = [thing for detector in detectors for thing in detect(image, detector)]
    return PictureStudy(size, faces, things, maps, windows)


def _with_boxes(void: Mask | None, maps: SaliencyMaps, boxes: Sequence[Box]) -> Mask | None:
    if not boxes:
        return void
    marked = np.zeros(maps.picture.shape[:2], np.bool_) if void is None else void.copy()
    for box in boxes:
        left, top = int(box.x * maps.scale), int(box.y * maps.scale)
        marked[top : int(box.bottom * maps.scale) + 1, left : int(box.right * maps.scale) + 1] = (
            True
        )
    return marked


def choose_crops(study: PictureStudy, ratings: NDArray[np.float64], count: int) -> list[RankedCrop]:
    """Take the best of heads and windows in turn, each showing what none before it shows."""
    windows, size = study.windows, study.size
    choice = Choice(windows.places, ratings)
    subjects: list[Face | Detection] = [*study.faces, *study.things]
    rated = [(_score_of(subject, choice, windows, size), subject) for subject in subjects]
    waiting = sorted(rated, key=lambda pair: -pair[0])
    picked: list[RankedCrop] = []
    while len(picked) < count:
        best = choice.best()
        share = share_of(best[1]) if best else 0.0
        if waiting and (_is_clear(waiting[0][1]) or waiting[0][0] >= share):
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


def _is_clear(subject: Face | Detection) -> bool:
    """Whether a subject comes before all that was only seen to stand out."""
    return subject.score >= (CLEAR_SCORE if isinstance(subject, Face) else _CLEAR_THING)


def _frames(places: NDArray[np.int64], subject: Face | Detection, size: Size) -> NDArray[np.bool_]:
    if isinstance(subject, Face):
        return frames_head(places, subject, size)
    return frames_thing(places, subject)


def _score_of(subject: Face | Detection, choice: Choice, windows: Windows, size: Size) -> float:
    """Rate a subject: by the detector, and a little by what else its frame would show."""
    best = choice.best_of(_frames(windows.places, subject, size))
    beside = 0.0 if best is None else share_of(choice.rating(best))
    if isinstance(subject, Face) and subject.score < SURE_SCORE:
        return 0.5 * subject.score
    # Among faces that are surely some, what else there is to see decides.
    return max(beside, 0.7 * min(1.0, subject.score / _SURELY) + 0.3 * beside)


def _framed(
    score: float, subject: Face | Detection, choice: Choice, windows: Windows, size: Size
) -> RankedCrop:
    """Frame a subject: in the best of the smallest windows that show it well, if one is left."""
    best = choice.best_of(_frames(windows.places, subject, size))
    if best is not None:
        square = windows.square(best)
    else:
        sides = sorted({int(side) for side in windows.places[:, 2]})
        if isinstance(subject, Face):
            square = frame_head(subject, sides, size)
        else:
            square = frame_thing(subject, sides, size)
    place = square.x, square.y, square.side
    if isinstance(subject, Face):
        return RankedCrop(*place, score, "face", face=subject)
    return RankedCrop(*place, score, subject.reason, thing=subject)


def _explained(
    image: Image, crop: RankedCrop, study: PictureStudy, scale: float, known: float | None
) -> RankedCrop:
    """Say what a crop holds and what speaks for it."""
    enlarged = known or enlargement_of(measure_edge_width(image[crop.square.slices]))
    score = crop.score * _worth_of(enlarged)
    face = crop.face or largest_face(crop.square, study.faces)
    unsure = face is not None and face.score < SURE_SCORE
    if face and (unsure or (face is not crop.face and face.score + _BESIDE_FACE < score)):
        # It is worth cutting out for something else, and may not be one.
        face = None
    if face and face.score < CLEAR_SCORE:
        # What is called a face is no surer than that.
        score = min(score, face.score + _BESIDE_FACE)
    thing = crop.thing
    words = "sharp" if enlarged <= _SHARP else "soft" if enlarged > _SOFT else "fairly sharp"
    full = round(study.size[0] / scale), round(study.size[1] / scale)
    return replace(
        crop,
        score=round(score, 4),
        reason=_reason_of(crop, face, study),
        why=(
            *((f"{thing.name} {thing.score:.2f}",) if thing else ()),
            *((f"face {face.score:.2f}",) if face else ()),
            words,
            _gain(round(crop.side / scale), full, enlarged),
        ),
        tags=tags_of(crop.square, face) if face else (),
        face=face,
        enlarged=enlarged,
    )


def _reason_of(crop: RankedCrop, face: Face | None, study: PictureStudy) -> str:
    if crop.thing:
        return crop.thing.reason
    if face:
        return "face"
    reason = name_reason(crop.square, study.maps)
    # Only a face that surely is one tells the colour of hands.
    known = any(found.score >= CLEAR_SCORE for found in study.faces)
    return "detail" if reason == "hands" and not known else reason


def _worth_of(enlarged: float) -> float:
    """Tell what is left of a crop's worth where it holds less detail than it has pixels."""
    blur = min(max(0.0, (enlarged - _SHARP) / (_SOFT - _SHARP)), 1.0)
    return 1 - _SOFT_COSTS * blur


def _gain(side: int, size: Size, enlarged: float) -> str:
    """Say how much more detail reaches the trainer than with the whole frame."""
    target, name = (SDXL_SIDE, "SDXL") if side >= SDXL_SIDE else (512, "SD 1.5")
    there = 1 / enlarged
    frame = min(there, sqrt(target * target / (size[0] * size[1])))
    return f"{min(there, target / side) / frame:.1f}× the detail of the {name} frame bucket"
