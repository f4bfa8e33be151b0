"""Crops: what a person would cut out, at native detail, each thing once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from engine.products.detectors import Detection, Detector, detect, frame_thing, frames_thing
from engine.products.faces import (
    CLEAR_SCORE,
    SURE_SCORE,
    Face,
    find_faces,
)
from engine.products.figures import MOVING, find_moving_figures
from engine.products.heads import cut_heads, frame_head, frames_head, largest_face, tags_of
from engine.products.reasons import name_reason
from engine.products.reduction import reduce_to
from engine.products.saliency import SaliencyMaps, measure_saliency
from engine.products.sharpness import Edges, enlargement_of
from engine.products.squares import Square, fits_beside, sides_for
from engine.products.void import find_void
from engine.products.windows import Choice, Windows, measure_windows, rate_windows, score_window
from engine.values import Box, FloatMap, Image, Mask, Size

TARGET_SIDES = (512, 768, 1024)
"""What trainers are fed, pixels."""

SDXL_SIDE = 1024

LEAST_SIDE = 16
"""Of a picture with crops in it, pixels."""

QUOTA = {"face": 0.6, "hands": 0.4, "object": 0.4, "pattern": 0.3, "detail": 0.4}
"""Most of a picture's crops for each reason, as a share of all, so that none crowds out the others;
more only where there is nothing else."""

_LEAST_QUOTA = 3
"""Crops: who asks for no more than these wants the best, whatever they are."""

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

_LEAST_FIGURE = 0.4
"""How clearly a figure that moves has to stand out."""

_CLEAR_THING = 0.5
"""Confidence of a detector of the user's own from which it is believed."""

_UNSURE = 0.25
"""Confidence below which a place of a plate or panorama was not really seen."""

_CUT_FACE_COSTS = 0.6
"""What a window's rating loses where it cuts a large face."""

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
    """What detectors of the user's own found, and figures that move."""
    maps: SaliencyMaps
    windows: Windows


def rank_crops(
    image: Image,
    *,
    count: int = 10,
    side: int | None = None,
    least: int = 0,
    plate: Image | None = None,
    moving: FloatMap | None = None,
    confidence: FloatMap | None = None,
    sides: Sequence[int] = TARGET_SIDES,
    excluded: Sequence[Box] = (),
    detectors: Sequence[Detector] = (),
    scale: float = 1.0,
    enlarged: float | None = None,
    edges: Edges | None = None,
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
    moving : (h, w) float32 array, optional
        How much each place moves within its scene, of any size: that counts for more, too.
    confidence : (h, w) float32 array, optional
        How sure each place of the picture is, of any size: crops show no unsure ones.
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
    edges : Edges, optional
        Those of ``image``, where they were found already.

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
        moving=moving,
        confidence=confidence,
        sides=sides,
        excluded=excluded,
        detectors=detectors,
        edges=edges,
    )
    if study is None:
        return []
    picked = islice(pick_crops(study, rate_windows(study.windows)), 2 * count)
    explained = (_explained(crop, study, scale, enlarged) for crop in picked)
    return sorted(_within_quota(explained, count), key=lambda crop: -crop.score)


def _within_quota(crops: Iterable[RankedCrop], count: int) -> list[RankedCrop]:
    """Take no more for a reason than its quota, as long as there is something else to show."""
    taken: list[RankedCrop] = []
    beyond: list[RankedCrop] = []
    counts: Counter[str] = Counter()
    for crop in crops:
        counts[crop.reason] += 1
        within = counts[crop.reason] <= max(_LEAST_QUOTA, ceil(QUOTA[crop.reason] * count))
        (taken if within else beyond).append(crop)
        if len(taken) == count:
            break
    return [*taken, *beyond[: count - len(taken)]]


def study_picture(
    image: Image,
    *,
    side: int | None = None,
    least: int = 0,
    plate: Image | None = None,
    moving: FloatMap | None = None,
    confidence: FloatMap | None = None,
    sides: Sequence[int] = TARGET_SIDES,
    excluded: Sequence[Box] = (),
    detectors: Sequence[Detector] = (),
    edges: Edges | None = None,
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
    if not wanted or min(size) < max(LEAST_SIDE, min(wanted)):
        return None
    least_face = _LEAST_FACE * wanted[0]
    faces = find_faces(image, least_face)
    maps = measure_saliency(
        image, least_side=wanted[0], faces=faces, plate=plate, moving=moving, edges=edges
    )
    void = _excluded(find_void(maps.picture), maps, excluded, confidence)
    windows = measure_windows(maps, wanted, size, void)
    things = [thing for detector in detectors for thing in detect(image, detector)]
    figures = find_moving_figures(maps, wanted[0], size)
    things += [figure for figure in figures if _is_of_its_own(figure, faces)]
    return PictureStudy(size, faces, things, maps, windows)


def _is_of_its_own(figure: Detection, faces: Sequence[Face]) -> bool:
    """Whether what moves is clear, and more than the mouth of a face."""
    x, y = figure.centre
    inside = any(
        face.score >= SURE_SCORE
        and face.x < x < face.x + face.width
        and face.y < y < face.y + face.height
        and figure.height < 1.5 * face.height
        for face in faces
    )
    return figure.score >= _LEAST_FIGURE and not inside


def _excluded(
    void: Mask | None, maps: SaliencyMaps, boxes: Sequence[Box], confidence: FloatMap | None
) -> Mask | None:
    """Mark all that no crop may show, in the working picture: void, overlays, what is unsure."""
    height, width = maps.picture.shape[:2]
    marked = np.zeros((height, width), np.bool_) if void is None else void.copy()
    for box in boxes:
        left, top = int(box.x * maps.scale), int(box.y * maps.scale)
        right, bottom = int(box.right * maps.scale) + 1, int(box.bottom * maps.scale) + 1
        marked[top:bottom, left:right] = True
    if confidence is not None:
        marked |= np.asarray(reduce_to(confidence, (width, height))) < _UNSURE
    return marked if marked.any() else None


def pick_crops(study: PictureStudy, ratings: NDArray[np.float64]) -> Iterator[RankedCrop]:
    """Take the best of heads and windows in turn, each showing what none before it shows."""
    windows, size = study.windows, study.size
    cut = cut_heads(windows.places, study.faces)
    choice = Choice(windows.places, ratings - _CUT_FACE_COSTS * cut)
    subjects: list[Face | Detection] = [*study.faces, *study.things]
    rated = [(_score_of(subject, choice, windows, size), subject) for subject in subjects]
    # Faces first: a figure shows its face, too, but the face's own crop would only repeat it.
    waiting = sorted(rated, key=lambda pair: (not _is_clear_face(pair[1]), -pair[0]))
    picked: list[RankedCrop] = []
    while True:
        best = choice.best()
        share = score_window(windows, *best) if best else 0.0
        if waiting and (_is_clear(waiting[0][1]) or waiting[0][0] >= share):
            crop = _framed(*waiting.pop(0), choice, windows, size)
            others = [other.square for other in picked]
            is_new = fits_beside(crop.square, others, _FACES_OVERLAP)
            if not is_new or not windows.is_clean(crop.square):
                continue
        elif best is not None:
            square = windows.square(best[0])
            crop = RankedCrop(square.x, square.y, square.side, share, "detail")
        else:
            return
        choice.take(crop.square)
        picked.append(crop)
        yield crop


def _is_clear(subject: Face | Detection) -> bool:
    """Whether a subject comes before all that was only seen to stand out."""
    return _is_clear_face(subject) or (
        isinstance(subject, Detection) and subject.score >= _CLEAR_THING
    )


def _is_clear_face(subject: Face | Detection) -> bool:
    return isinstance(subject, Face) and subject.score >= CLEAR_SCORE


def _frames(places: NDArray[np.int64], subject: Face | Detection, size: Size) -> NDArray[np.bool_]:
    if isinstance(subject, Face):
        return frames_head(places, subject, size)
    return frames_thing(places, subject)


def _score_of(subject: Face | Detection, choice: Choice, windows: Windows, size: Size) -> float:
    """Rate a subject: by the detector, and a little by what else its frame would show."""
    best = choice.best_of(_frames(windows.places, subject, size))
    beside = 0.0 if best is None else score_window(windows, best, choice.rating(best))
    if isinstance(subject, Face) and subject.score < SURE_SCORE:
        return 0.5 * subject.score
    # Among faces that are surely some, what else there is to see decides.
    both = max(beside, 0.7 * min(1.0, subject.score / _SURELY) + 0.3 * beside)
    # Figures that stand out most clearly were all kept when they were looked at.
    moves = isinstance(subject, Detection) and subject.name == MOVING
    return max(both, subject.score) if moves else both


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
    crop: RankedCrop, study: PictureStudy, scale: float, known: float | None
) -> RankedCrop:
    """Say what a crop holds and what speaks for it."""
    enlarged = known or enlargement_of(study.maps.edges.width(crop.square.slices))
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
    target, name = (SDXL_SIDE, "SDXL") if side >= SDXL_SIDE else (512, "SD 1.x")
    there = 1 / enlarged
    frame = min(there, sqrt(target * target / (size[0] * size[1])))
    return f"{min(there, target / side) / frame:.1f}× the detail of the {name} frame bucket"
