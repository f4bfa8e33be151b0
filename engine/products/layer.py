"""Layers: the main subjects of one frame, put back on the clean plate without the crowd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from engine.errors import RenderError
from engine.events import Work, result_of
from engine.footage.reader import FrameReader
from engine.products.keepers import find_lettered
from engine.products.matte import foreground_mask, soft_alpha
from engine.products.plate import render_plate
from engine.products.plate_cache import PlateCache
from engine.products.plate_study import PlateStudy, picture_in
from engine.products.proposal import Proposal, Skipped
from engine.products.subjects import Thing, at_points, find_things, least_stay, main_ones
from engine.recipe import LayerRecipe, PlateRecipe, Point
from engine.values import AnyArray, FloatMap, Image, Kind, Mask, Rendered, Scene

_LEAST_SUBJECT = 0.008  # share of the picture that a subject takes at least
_MOST_SUBJECT = 0.6
_BESIDE = 8  # frames before and after, of those studied, in which things may be apart
_JOINED = 0.5  # how much it costs if things touch that are apart there
_HIDES = 24  # how much more it costs if that passes in front of the subjects
_LETTERED = 0.2  # what a frame with something burnt in is worth
_LASTING = 0.15  # share of the frames that show somebody in one pose for him to stay
_STAYS = 0.5  # share of a subject in whose place somebody must stay


def propose_layers(
    scene: Scene, reader: FrameReader, plate: PlateRecipe, cache: PlateCache | None = None
) -> Iterator[Proposal | Skipped]:
    """Propose the scene's main subjects on its clean plate; ``cache`` may know that plate."""
    cache = PlateCache() if cache is None else cache
    try:
        study = result_of(cache.study(reader, plate))
    except RenderError as error:
        yield Skipped(Kind.LAYER, str(error))
        return
    best = _best_base(scene, study)
    if best is None:
        yield Skipped(Kind.LAYER, "nothing in front of the plate stands out as a subject")
        return
    base, subjects, unwanted = best
    recipe = LayerRecipe(plate, base)
    try:
        rendered = result_of(render_layer(reader, recipe, cache))
    except RenderError as error:
        yield Skipped(Kind.LAYER, str(error))
        return
    share = sum(thing.share for thing in subjects)
    why = (
        f"{len(subjects)} main {'subject' if len(subjects) == 1 else 'subjects'}, "
        f"{share:.0%} of the picture",
        f"{unwanted:.0%} of the picture is other foreground, removed",
    )
    yield Proposal(
        recipe,
        plate.picture.size,
        rendered.score,
        "layer",
        why,
        rendered.warnings,
        ("with people",),
        rendered.image,
        plate,
        confidence=rendered.confidence,
    )


def render_layer(
    reader: FrameReader, recipe: LayerRecipe, cache: PlateCache | None = None
) -> Work[Rendered]:
    """Lay the subjects of the base frame on the clean plate; ``cache`` may know that plate.

    Raises
    ------
    RenderError
        If the plate cannot be made, or the base frame shows no such subject.
    """
    cache = PlateCache() if cache is None else cache
    study = yield from cache.study(reader, recipe.plate)
    stays = 1 - study.backdrop.confidence
    base, picture = _base_frame(reader, recipe, study)
    plate = yield from render_plate(reader, recipe.plate, cache)
    points = _points_in(reader, recipe)
    subjects, others = _parted(plate.image, picture, stays, points, round(8 * reader.scale) + 1)
    alpha = soft_alpha(subjects, others)[..., None]
    mixed = picture * alpha + plate.image * (1 - alpha)
    image = np.rint(mixed).astype(np.uint8)
    confidence = _confidence(plate, alpha[..., 0])
    lowest = float((confidence < 0.25).mean())
    whole = float(subjects.mean())
    return Rendered(
        image,
        confidence,
        ((base, 0.0, 0.0), *(used for used in plate.frames_used if used[0] != base)),
        round(plate.score * min(1.0, 0.6 + 2 * whole), 3),
        lowest,
        plate.warnings,
    )


def _base_frame(reader: FrameReader, recipe: LayerRecipe, study: PlateStudy) -> tuple[int, Image]:
    """Read the base frame in the plate's place and light."""
    found = reader.available([recipe.base])
    if not found:
        raise RenderError(f"the base frame {recipe.base} cannot be read")
    nearest = int(np.argmin(np.abs(np.array(study.frames) - found[0])))
    number = study.frames[nearest]
    box = picture_in(reader, recipe.plate.picture)
    held = study.views.picture(nearest)
    if held is not None:
        return number, held
    _, picture = next(iter(reader.read([number])))
    return number, study.views.in_place((picture[box.slices],), nearest)[0]


def _points_in(reader: FrameReader, recipe: LayerRecipe) -> list[Point]:
    left, top = recipe.plate.picture.x, recipe.plate.picture.y
    scale = reader.scale
    return [(round((x - left) * scale), round((y - top) * scale)) for x, y in recipe.subjects]


def _parted(
    plate: Image, picture: Image, stays: FloatMap, points: list[Point], reach: int
) -> tuple[Mask, Mask]:
    """Part the foreground into subjects and others."""
    mask = foreground_mask(plate, picture)
    height, width = mask.shape
    labels, things = find_things(mask, np.asarray(cv2.resize(stays, (width, height))))
    if points:
        wanted = at_points(labels, points, reach)
        if not wanted:
            raise RenderError("there is nothing in front of the plate at the subjects' points")
    elif things:
        wanted = [thing.label for thing in main_ones(things)]
    else:
        raise RenderError("the base frame shows nothing that stands out as a subject")
    subjects = np.isin(labels, wanted)
    return subjects, mask & ~subjects


def _confidence(plate: Rendered, alpha: AnyArray) -> FloatMap:
    seen = np.zeros_like(alpha) if plate.confidence is None else plate.confidence
    return np.maximum(seen, alpha).astype(np.float32)


def _best_base(scene: Scene, study: PlateStudy) -> tuple[int, list[Thing], float] | None:
    """Choose the frame with whole, large, sharp subjects and the least else in front."""
    found = _things_in(study)
    lettered = find_lettered(scene)[np.array(study.frames) - scene.shot.start]
    mains = [main_ones(things) if things else [] for things, _, _ in found]
    least = least_stay(thing for subjects in mains for thing in subjects)
    best, best_value = None, 0.0
    for index, (things, front, labels) in enumerate(found):
        subjects = mains[index]
        share = sum(thing.share for thing in subjects)
        if not _LEAST_SUBJECT <= share <= _MOST_SUBJECT:
            continue
        staying = [thing for thing in subjects if thing.stays >= least]
        passing = _passing(study, index, labels, subjects)
        unwanted = max(0.0, float(front.mean()) - sum(t.share for t in staying)) + passing
        # Where things touch that are apart just before or after, one hides the other.
        beside = found[max(0, index - _BESIDE) : index + _BESIDE + 1]
        joined = max(len(others) for others, _, _ in beside) - len(things)
        weight = sum(thing.weight for thing in staying) * _sharpness(scene, study.frames[index])
        value = weight / ((1 + 12 * unwanted + _HIDES * passing) * (1 + _JOINED * joined))
        value *= _LETTERED if lettered[index] else 1
        if value > best_value:
            best, best_value = (study.frames[index], subjects, unwanted), value
    return best


def _things_in(study: PlateStudy) -> list[tuple[list[Thing], Mask, AnyArray]]:
    """Give the things in front in each frame, where anything is, and their labels."""
    stays = 1 - study.backdrop.confidence
    brush = np.ones((2, 2), np.uint8)
    found = []
    for valid, shown in zip(study.valid, study.backdrop.shown, strict=True):
        front = (valid & ~shown).view(np.uint8)
        front = np.asarray(cv2.morphologyEx(front, cv2.MORPH_OPEN, brush) > 0)
        labels, things = find_things(front, stays)
        found.append((things, front, labels))
    return found


def _passing(study: PlateStudy, index: int, labels: AnyArray, subjects: Sequence[Thing]) -> float:
    """Give the share of the picture in which subjects that stay look otherwise than mostly.

    There others pass in front of them, or they are only on their way.
    """
    modes, chosen = study.draft.modes, study.draft.chosen
    total = 0
    for thing in subjects:
        inside = labels == thing.label
        counts = modes.counts[:, inside].copy()
        counts[chosen[inside], np.arange(counts.shape[1])] = 0
        lasting = counts.max(axis=0) >= _LASTING * len(modes.labels)
        if lasting.mean() < _STAYS:
            continue
        other = np.zeros(labels.shape, np.uint8)
        other[inside] = ~(lasting & (modes.labels[index][inside] == counts.argmax(axis=0)))
        total += int(cv2.morphologyEx(other, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).sum())
    return total / labels.size


def _sharpness(scene: Scene, frame: int) -> float:
    """Give how sharp a frame is against the sharpest of its scene."""
    sharpest = max(float(scene.facts.sharpness.max()), 1e-6)
    return float(scene.facts.sharpness[frame - scene.shot.start]) / sharpest
