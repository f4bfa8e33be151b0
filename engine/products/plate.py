"""Clean plates: the backdrop of a still shot with nobody in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from engine.errors import RenderError
from engine.events import Advanced, Work, result_of
from engine.footage.reader import FrameReader
from engine.products.at_once import both
from engine.products.handheld import MOST_PHOTOS, is_one_place
from engine.products.overlays import overlays_between
from engine.products.plate_cache import PlateCache
from engine.products.plate_composition import compose
from engine.products.plate_frames import advise
from engine.products.plate_study import FEWEST_FRAMES, PlateStudy, picture_in
from engine.products.proposal import Proposal, Skipped
from engine.products.restless import DOUBTFUL
from engine.recipe import PlateRecipe, changed
from engine.text import plural
from engine.values import (
    Box,
    Camera,
    FloatMap,
    Foreground,
    Image,
    Kind,
    Mask,
    Rendered,
    Scene,
    SourceKind,
)

UNSURE = 0.25
"""Confidence below which a pixel counts as not really seen."""

_STEADY = 0.08  # share of the picture that the camera may travel in a plate
_WORTH_SAYING = 0.002  # share of the picture
_AS_MUCH = 0.6  # of the ninth of the picture that has most, for another to have as much
_TORN = 0.006  # share of the picture on seams that no frame showed, which halves the score
_TORN_WORTH_SAYING = 0.001
_HARDLY = 0.002  # share of the picture that moves, which a person sees
_FIGURE = 0.001  # share of the picture that the smallest figure covers at a time
_IN_PASSING = 0.25  # share of the time for which what passes covers a place at most
_CERTAIN = 0.6  # score of a plate that is worth it for little
_NOTHING_IN_FRONT = "moves in front of the backdrop: its sharpest frame is kept instead"
_NOBODY = 0.985  # share of the picture seen clean above which "no humans" is proposed


def propose_plates(
    scene: Scene, reader: FrameReader, cache: PlateCache | None = None
) -> Iterator[Proposal | Skipped]:
    """Propose the clean plate of a scene whose camera (nearly) stands still.

    ``cache`` keeps what was found out, for the scene's layers and companions.
    """
    reason = _why_not(scene)
    by_hand = bool(reason) and _is_by_hand(scene, reader)
    if reason and not by_hand:
        yield Skipped(Kind.PLATE, reason)
        return
    is_little = scene.motion.foreground is Foreground.NONE and not by_hand
    little = f"hardly anything {_NOTHING_IN_FRONT}" if is_little else ""
    frames = range(scene.shot.start, scene.shot.stop) if by_hand else _usable_frames(scene)
    recipe = plate_recipe_for(reader, frames, scene.picture)
    overlays = overlays_between(scene, recipe.start, recipe.stop)
    recipe = changed(recipe, overlays=overlays)
    cache = PlateCache() if cache is None else cache
    try:
        rendered = result_of(render_plate(reader, recipe, cache))
        study = result_of(cache.study(reader, recipe))
    except RenderError as error:
        yield Skipped(Kind.PLATE, little or str(error))
        return
    if little and not (rendered.score >= _CERTAIN and _somebody_passes(study)):
        yield Skipped(Kind.PLATE, little)
        return
    seen = 1 - rendered.low_confidence
    why = (
        f"{_percent(seen)} of the picture seen clean",
        f"{len(scene.shot)} frames, {_percent(scene.motion.foreground_share)} covered on average",
    )
    empty = seen >= _NOBODY and not study.backdrop.ambiguous and not study.sitting.any()
    yield Proposal(
        recipe,
        recipe.picture.size,
        rendered.score,
        "photos" if by_hand else "static" if scene.motion.camera is Camera.STATIC else "steady",
        why,
        rendered.warnings,
        ("no humans",) if empty else (),
        rendered.image,
        confidence=rendered.confidence,
    )


def plate_recipe_for(reader: FrameReader, frames: Sequence[int], picture: Box) -> PlateRecipe:
    """Give the recipe of the plate made from ``frames``, an ascending sequence."""
    if not frames:
        raise RenderError("there are no frames to make a plate of")
    start, stop = frames[0], frames[-1] + 1
    steps = np.diff(frames)
    step = int(steps.min()) if len(steps) else 1
    inside = set(frames)
    left_out = tuple(f for f in range(start, stop, step) if f not in inside)
    if any((f - start) % step for f in inside):
        step, left_out = 1, tuple(f for f in range(start, stop) if f not in inside)
    return PlateRecipe(picture, start, stop, step, left_out)


def render_plate(
    reader: FrameReader, recipe: PlateRecipe, cache: PlateCache | None = None
) -> Work[Rendered]:
    """Make the plate of ``recipe``.

    Decisions are made on reduced frames; the picture is the exact median, at full size, of the
    frames that show the backdrop at each pixel. Pixels never seen are taken from what there is
    and are marked in the confidence map: nothing is invented. With a ``cache`` that has seen the
    scene before, only what has changed is done again.

    Raises
    ------
    RenderError
        If no honest plate can be made: too few frames, or nothing seen for long enough.
    """
    cache = PlateCache() if cache is None else cache
    bare = replace(recipe, keep=())
    rendered = cache.plate(bare)
    if rendered is None:
        study = yield from cache.study(reader, bare)
        rendered = yield from _render_studied(reader, bare, study)
        cache.keep(bare, rendered)
    if not recipe.keep:
        return rendered
    study = yield from cache.study(reader, bare)
    return (yield from _with_kept(reader, recipe, rendered, study))


def _render_studied(reader: FrameReader, recipe: PlateRecipe, study: PlateStudy) -> Work[Rendered]:
    """Make the plate of a recipe that was studied."""
    shown = study.valid if recipe.compositor == "median" else study.backdrop.shown
    image, used = yield from compose(reader, recipe, study, shown)
    small = study.backdrop.confidence
    confidence = _at_size(np.where(study.sitting, np.minimum(small, DOUBTFUL), small), image)
    rendered = Rendered(
        image,
        confidence,
        tuple(
            (
                study.frames[i],
                -float(study.views.shifts[i][0]),
                -float(study.views.shifts[i][1]),
            )
            for i in used
        ),
        warnings=(*_sitters_left(study), *_lettering_left(study)),
    )
    backdrop = study.backdrop
    advice, rated = both(
        lambda: advise(study), lambda: _rated(rendered, backdrop.ambiguous, backdrop.torn)
    )
    return replace(rated, advice=advice)


def _rated(rendered: Rendered, ambiguous: Sequence[Mask], torn: Mask) -> Rendered:
    """Add score and warnings to a plate."""
    assert rendered.confidence is not None
    confidence = rendered.confidence
    unsure, disputed = confidence < UNSURE, _disputed(ambiguous, confidence.shape)
    doubted = unsure | disputed
    return replace(
        rendered,
        score=_score(confidence, doubted, float(torn.mean())),
        low_confidence=float(doubted.mean()),
        warnings=(*_warnings(unsure, disputed), *_seams_left(torn), *rendered.warnings),
    )


def _disputed(ambiguous: Sequence[Mask], shape: tuple[int, ...]) -> Mask:
    """Mark at full size what could be read either way."""
    if not ambiguous:
        return np.zeros(shape, bool)
    either = np.logical_or.reduce(ambiguous).view(np.uint8)
    size = shape[1], shape[0]
    return np.asarray(cv2.resize(either, size, interpolation=cv2.INTER_NEAREST) > 0)


def _with_kept(
    reader: FrameReader, recipe: PlateRecipe, plate: Rendered, study: PlateStudy
) -> Work[Rendered]:
    """Paste the rectangles that the user takes from one frame."""
    assert plate.confidence is not None
    image, confidence = plate.image.copy(), plate.confidence.copy()
    box = picture_in(reader, recipe.picture)
    for done, (x, y, width, height, frame) in enumerate(recipe.keep, start=1):
        found = reader.available([frame])
        if not found:
            raise RenderError(f"frame {frame}, of which a rectangle is kept, cannot be read")
        part = Box(max(0, x - recipe.picture.x), max(0, y - recipe.picture.y), width, height)
        area = part.scaled(reader.scale).slices
        for _, picture in reader.read(found[:1]):
            image[area] = picture[box.slices][area]
            confidence[area] = 1.0
        yield Advanced("keeping rectangles", done, len(recipe.keep), "rectangles")
    settled = cv2.resize((confidence == 1).astype(np.uint8), study.small.shape[2:0:-1]) > 0
    left = [group & ~settled for group in study.backdrop.ambiguous]
    torn = study.backdrop.torn & ~settled
    return _rated(replace(plate, image=image, confidence=confidence, warnings=()), left, torn)


def _at_size(small: FloatMap, image: Image) -> FloatMap:
    height, width = image.shape[:2]
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _score(confidence: FloatMap, doubted: Mask, torn: float) -> float:
    """Rate a plate by how much of it was seen for sure, how often, and in one piece: 0 to 1."""
    seen = 1 - float(doubted.mean())
    whole = 1 / (1 + torn / _TORN)
    return round(seen**3 * (0.7 + 0.3 * float(confidence.mean())) * whole, 3)


def _warnings(unsure: Mask, disputed: Mask) -> Iterator[str]:
    """Name the parts that were never or hardly seen, and those that could be read either way."""
    never = unsure & ~disputed
    share = float(never.mean())
    if share >= _WORTH_SAYING:
        yield f"{_percent(share)} never or hardly seen, {_place_of(never)}"
    share = float(disputed.mean())
    if share >= _WORTH_SAYING:
        yield f"{_percent(share)} can be read either way, {_place_of(disputed)}: flip what is wrong"


def _seams_left(torn: Mask) -> Iterator[str]:
    """Say where the plate may be torn."""
    if torn.mean() >= _TORN_WORTH_SAYING:
        yield f"no frame shows both sides of a seam, {_place_of(torn)}: it may be torn there"


def _sitters_left(study: PlateStudy) -> Iterator[str]:
    """Say where somebody may be who belongs to the plate as far as motion tells."""
    if study.sitting.any():
        yield f"somebody may be there all the time, {_place_of(study.sitting)}: a face never leaves"


def _lettering_left(study: PlateStudy) -> Iterator[str]:
    """Say where lettering hides what was never seen otherwise."""
    lettered = ~study.sound.all(axis=0) & (study.backdrop.confidence < UNSURE)
    if study.recipe.overlays and lettered.mean() >= _WORTH_SAYING / 4:
        yield f"lettering hides what was never seen without it, {_place_of(lettered)}"


def _place_of(mask: Mask) -> str:
    """Say where in the picture most of ``mask`` is, as in "lower left", "lower" or "centre"."""
    reduced = cv2.resize(mask.astype(np.float32), (3, 3), interpolation=cv2.INTER_AREA)
    much = reduced >= _AS_MUCH * reduced.max()
    rows, columns = np.flatnonzero(much.any(axis=1)), np.flatnonzero(much.any(axis=0))
    row = ("upper", "", "lower")[rows[0]] if len(rows) == 1 else ""
    column = ("left", "", "right")[columns[0]] if len(columns) == 1 else ""
    if row or column:
        return f"{row} {column}".strip()
    return "centre" if len(rows) == len(columns) == 1 else "in several places"


def _percent(share: float) -> str:
    """Write a share for a person, never rounding a little to nothing or most to all."""
    if 0 < share < 0.01:
        return f"{share:.1%}".replace("%", " %")
    return f"{min(round(share * 100), 99 if share < 1 else 100)} %"


def _somebody_passes(study: PlateStudy) -> bool:
    """Whether something as large as a figure goes from place to place, or comes, or leaves."""
    covered = study.covered
    often = covered.mean(axis=0)
    ever = often > 0
    if not ever.any() or float(often[ever].mean()) > _IN_PASSING:
        return False
    pieces = (cv2.connectedComponentsWithStats(one.view(np.uint8))[2] for one in covered)
    largest = max(int(stats[1:, cv2.CC_STAT_AREA].max(initial=0)) for stats in pieces)
    return largest >= int(_FIGURE * ever.size)


def _why_not(scene: Scene) -> str:
    """Say why a scene has no plate; nothing when it has."""
    motion, (width, height) = scene.motion, scene.picture.size
    if len(scene.shot) < FEWEST_FRAMES:
        frames = plural(len(scene.shot), "frame is", "frames are")
        return f"{frames} too few to tell the backdrop from what moves"
    if motion.foreground is Foreground.NONE and motion.foreground_share < _HARDLY:
        return f"nothing {_NOTHING_IN_FRONT}"
    reach = np.ptp(motion.path[:, :2], axis=0) / (width, height)
    if reach.max() > _STEADY and motion.camera is not Camera.STATIC:
        travel = np.ptp(motion.path[:, :2], axis=0).max()
        return f"the camera moves ({travel:.0f} pixels): a panorama shows more of the place"
    if np.ptp(motion.path[:, 2]) > 0.02:
        return "the camera zooms: its frames do not lie on one another"
    return ""


def _is_by_hand(scene: Scene, reader: FrameReader) -> bool:
    """Whether a scene is a folder of photos of one place, to be turned onto each other."""
    if scene.source.kind is not SourceKind.PICTURES:
        return False
    if not FEWEST_FRAMES <= len(scene.shot) <= MOST_PHOTOS:
        return False
    frames = reader.available(range(scene.shot.start, scene.shot.stop))
    return is_one_place([picture for _, picture in reader.read(frames)])


def _usable_frames(scene: Scene) -> tuple[int, ...]:
    """Leave out flashes and mixes, unless they are most of the shot."""
    sound = ~scene.facts.blend
    frames = np.arange(scene.shot.start, scene.shot.stop)
    if sound.mean() < 0.6:
        return tuple(int(f) for f in frames)
    return tuple(int(f) for f in frames[sound])
