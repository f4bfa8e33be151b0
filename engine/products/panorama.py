"""Panoramas: the frames of a camera move become one picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RenderError
from engine.events import Advanced, Work, result_of
from engine.footage.reader import FrameReader
from engine.products.agreement import Agreement, measure_agreement
from engine.products.compositing import Sheet, composite_tile, measure_noise, with_subject
from engine.products.evidence import Evidence, refuse_contradictions, score_of, warnings_of
from engine.products.moves import Move, find_moves
from engine.products.occlusion import find_occlusion
from engine.products.parallax import Layers, find_layers
from engine.products.placed import Placed, grown, stack_of, tiles
from engine.products.proposal import Proposal, Skipped
from engine.products.rectangles import largest_rectangle
from engine.products.refinement import refine
from engine.products.registration import (
    REGISTER_SIDE,
    Floats,
    Survey,
    Track,
    anchored,
    camera_path,
    crop_of,
    estimate_track,
    read_views,
)
from engine.products.resampling import restored
from engine.products.seams import Seams, find_seams
from engine.recipe import PanoramaRecipe, frames_of
from engine.text import plural
from engine.values import Box, Camera, FloatMap, Image, Kind, Mask, Rendered, Scene, Size

MOST_VIEWS = 300
"""Frames looked at; of a longer move every n-th."""
SAMPLES = 48
"""Frames composited: more add nothing that can be seen."""
FRAME_BUDGET = 260_000_000
"""Bytes of full frames held at once."""
COARSE_SIDE = 480
"""Long side of the pictures that are lined up when finer ones lead nowhere, pixels."""

FOLLOWED = 0.95
"""Share of the frames that must have been followed for their detail to be trusted."""

FADED = 8
"""Frames with this many times less contrast than most show nothing that could be used."""
SAME_SPEED = 0.02
"""Layers whose speeds differ by less, as a share, are one."""
SURVEY_SIDE = 480
"""Longest side of the frames in which a move is looked for."""
MOST_PIXELS = 150_000_000
LEAST_GROWTH = 1.15
"""A canvas smaller than this many frames is not worth a panorama."""
CONFLICT = 0.06
"""Share of the picture that frames contradict each other in, above which single frames show it."""
GAIN_LIMIT = 0.07
"""Frames brighter or darker than this (log) are only used where nothing else was seen."""


def propose_panoramas(scene: Scene, reader: FrameReader) -> Iterator[Proposal | Skipped]:
    """Propose one panorama for each camera move of a scene, drawn from its proxies."""
    moves = find_moves(scene.motion.path, scene.picture.size)
    worth = [m for m in moves if m.growth(scene.picture.size) >= LEAST_GROWTH]
    if not moves:
        yield Skipped(Kind.PANORAMA, "the camera stands still")
    elif not worth:
        grown_by = max(m.growth(scene.picture.size) for m in moves) - 1
        yield Skipped(Kind.PANORAMA, f"the camera shows only {grown_by:.0%} more than one frame")
    for move in worth:
        first = scene.shot.start
        recipe = PanoramaRecipe(scene.picture, first + move.start, first + move.stop)
        yield _proposed(recipe, move, reader)


def _proposed(recipe: PanoramaRecipe, move: Move, reader: FrameReader) -> Proposal | Skipped:
    try:
        made = result_of(render_panorama(reader, recipe))
    except RenderError as error:
        return Skipped(Kind.PANORAMA, f"frames {recipe.start}–{recipe.stop - 1}: {error}")
    height, width = (round(side / reader.scale) for side in made.image.shape[:2])
    growth = width * height / (recipe.picture.width * recipe.picture.height)
    if growth < LEAST_GROWTH and move.camera is not Camera.DIAGONAL:
        return Skipped(Kind.PANORAMA, f"the whole picture is only {growth:.2f} frames large")
    return Proposal(
        recipe=recipe,
        size=(width, height),
        score=made.score,
        reason=str(move.camera),
        why=(
            f"{growth:.1f} frames large",
            f"from {plural(recipe.stop - recipe.start, 'frame')}",
            f"{1 - made.low_confidence:.0%} of it sure",
        ),
        warnings=made.warnings,
        preview=made.image,
    )


def recipe_for(reader: FrameReader, start: int, stop: int, picture: Box) -> Work[PanoramaRecipe]:
    """Find the camera move between two frames, where there is no scene to tell.

    Black and faded frames, long rests and what lies beyond a cut are left out of the range.

    Raises
    ------
    RenderError
        If the camera stands still there, or the picture cannot be followed.
    """
    crop = crop_of(picture, PanoramaRecipe(picture, start, stop).trim, reader.scale)
    frames = _thinned(reader.available(range(start, stop)), MOST_VIEWS)
    if len(frames) < 2:
        raise RenderError(f"a panorama needs at least 2 frames, {len(frames)} can be read")
    survey = yield from read_views(reader, frames, crop, SURVEY_SIDE)
    shown, path = camera_path(_lit(survey))
    full = np.array([np.interp(range(shown[0], shown[-1] + 1), shown, c) for c in path.T]).T
    full[:, :2] /= reader.scale
    moves = find_moves(full, picture.size)
    if not moves:
        raise RenderError("the camera stands still: there is nothing to stitch")
    move = max(moves, key=lambda m: m.growth(picture.size))
    return PanoramaRecipe(picture, shown[0] + move.start, shown[0] + move.stop)


def render_panorama(reader: FrameReader, recipe: PanoramaRecipe) -> Work[Rendered]:
    """Stitch the frames of a camera move.

    Parameters
    ----------
    reader : FrameReader
        Full-resolution frames, or proxies: the result is the same picture, reduced.
    recipe : PanoramaRecipe
        Which frames, and how; numbers in source pixels.

    Returns
    -------
    Rendered
        The panorama at the reader's scale.

    Raises
    ------
    RenderError
        If no honest picture can be made: nothing to follow, layers that do not agree.
    SourceError
        If a frame cannot be read.
    """
    crop = crop_of(recipe.picture, recipe.trim, reader.scale)
    frames = _thinned(reader.available(frames_of(recipe)), MOST_VIEWS)
    if len(frames) < 2:
        raise RenderError(f"a panorama needs at least 2 frames, {len(frames)} can be read")
    track, layers = yield from _follow(reader, frames, crop, recipe.model, recipe.anchor)
    track = _fit_to_use(track, crop.size)
    keep = set(spread_over_path(track, _sample_count(track, crop.size)))
    if recipe.subject >= 0:
        keep.add(_nearest(track.frames, recipe.subject))
    track = track.chosen(sorted(keep))
    canvas = canvas_of(track, crop.size)
    placed = yield from _read_placed(reader, track, canvas, crop)
    refined = refine(placed, canvas.size)
    placed = _settled(refined.placed)
    evidence = Evidence(track, layers, measure_agreement(refined))
    refuse_contradictions(evidence)
    seams = find_seams(refined) if _needs_seams(recipe, evidence.agreement) else None
    del refined
    sheet = yield from _composite(placed, canvas.size, recipe)
    if recipe.compositor in ("clean", "mean"):
        sheet = replace(sheet, image=restored(sheet.image, placed))
    if seams is not None:
        where = None if recipe.compositor == "seams" else evidence.agreement
        sheet = yield from _with_whole_frames(sheet, seams, placed, where)
    return _finish(sheet, placed, evidence, recipe)


def _needs_seams(recipe: PanoramaRecipe, agreement: Agreement) -> bool:
    contradicts = recipe.compositor == "clean" and agreement.conflict > CONFLICT
    return recipe.compositor == "seams" or contradicts


def _with_whole_frames(
    whole: Canvases, seams: Seams, placed: Sequence[Placed], where: Agreement | None
) -> Work[Canvases]:
    """Take what frames contradict each other in (or everything) from single frames."""
    height, width = whole.views.shape
    image = whole.image.copy()
    boxes = list(tiles((width, height)))
    for done, box in enumerate(boxes, start=1):
        alpha = None if where is None else where.torn(box)
        if alpha is None or alpha.any():
            drawn = seams.draw(placed, box)
            old = image[box.slices]
            mixed = drawn if alpha is None else old + (drawn - old.astype(np.float32)) * alpha
            unseen = whole.views[box.slices][..., None] == 0
            image[box.slices] = np.where(unseen, old, np.rint(mixed).astype(np.uint8))
        yield Advanced("cutting", done, len(boxes), "tiles")
    return replace(whole, image=image)


def _follow(
    reader: FrameReader, frames: Sequence[int], crop: Box, model: str, anchor: str
) -> Work[tuple[Track, Layers]]:
    """Find where the camera was in each frame, on smaller pictures if that follows more of them.

    Fine detail lines frames up best, but where grain and compression drown it, it misleads.
    """
    best: tuple[Track, Survey] | None = None
    sides = [REGISTER_SIDE, COARSE_SIDE] if max(crop.size) > 1.1 * COARSE_SIDE else [REGISTER_SIDE]
    for side in sides:
        survey = yield from read_views(reader, frames, crop, side)
        survey = _lit(survey)
        try:
            track = yield from estimate_track(survey, model)
        except RenderError:
            if best is None and side == sides[-1]:
                raise
            continue
        if best is None or len(track) > 1.05 * len(best[0]):
            best = track, survey
        if len(track) >= FOLLOWED * len(survey.views):
            break
    assert best is not None  # one of the two was kept or raised
    track, survey = best
    layers = find_layers(survey, track)
    speed = layers.speed_of(anchor)
    if abs(speed - 1) > SAME_SPEED:
        try:
            other = yield from anchored(survey, track, speed)
        except RenderError:
            if anchor != "auto":
                raise
        else:
            return other, find_layers(survey, other)
    return track, layers


def _thinned(frames: Sequence[int], most: int) -> tuple[int, ...]:
    """Take every n-th frame, so that at most ``most`` are left."""
    step = -(-len(frames) // most)
    return tuple(frames[:: max(1, step)])


def _lit(survey: Survey) -> Survey:
    """Leave out frames that show nothing: black, white, faded almost away."""
    views = survey.views
    contrast = np.array([float(v.small.std()) for v in views])
    usual = float(np.median(contrast[contrast > 2.0])) if (contrast > 2.0).any() else 0.0
    kept = [v for v, c in zip(views, contrast, strict=True) if c > max(2.0, usual / FADED)]
    if len(kept) < 2:
        raise RenderError("the frames are black or blank")
    return replace(survey, views=kept)


def _fit_to_use(track: Track, size: Size) -> Track:
    """Leave out frames that are soft or faded, as long as the others show what they show."""
    keep = np.ones(len(track), np.bool_)
    around = np.array([np.median(track.detail[max(0, i - 4) : i + 5]) for i in range(len(track))])
    keep &= track.detail > 0.85 * around
    keep &= np.abs(track.gain) < GAIN_LIMIT
    if keep.sum() < 2:
        return track
    reach = np.ptp(track.place[:, :2], axis=0)
    kept = np.ptp(track.place[keep, :2], axis=0)
    if (reach - kept > 0.02 * np.array(size)).any():
        # The ends of the move were only seen in such frames: better them than nothing.
        keep |= np.abs(track.gain) >= GAIN_LIMIT
    return track.chosen(np.flatnonzero(keep).tolist())


def _sample_count(track: Track, size: Size) -> int:
    """Decide how many frames to composite: enough for every pixel, within the memory."""
    width, height = size
    spans = np.ptp(track.place[:, :2], axis=0) / np.array(size) + 1
    wanted = max(SAMPLES, int(14 * float(spans.max())))
    return min(wanted, max(12, FRAME_BUDGET // (width * height * 3)))


def spread_over_path(track: Track, count: int) -> list[int]:
    """Choose frames evenly along the path, not in time: rests would outweigh the rest.

    The ends are seen by few frames, so the outermost ones are taken with them.
    """
    total = len(track)
    if total <= count:
        return list(range(total))
    step = np.abs(np.diff(track.place[:, :2], axis=0)).sum(axis=1)
    zoom = np.abs(np.diff(track.place[:, 2])) * 500
    path = np.concatenate([[0.0], np.cumsum(step + zoom + 0.02)])
    ends = {0, 1, 2, total - 3, total - 2, total - 1}
    goals = np.linspace(0, path[-1], count - 4)
    near = np.clip(np.searchsorted(path, goals), 1, total - 1)
    near -= (goals - path[near - 1]) < (path[near] - goals)
    return sorted(ends | set(near.tolist()))


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where frames are drawn."""

    size: Size
    corners: Floats
    """``(N, 2)`` left and top of each frame, canvas pixels."""
    scale: Floats
    """``(N,)`` canvas pixels for each picture pixel."""


def canvas_of(track: Track, size: Size) -> Canvas:
    """Lay the frames out at the scale of the tightest one.

    Raises
    ------
    RenderError
        If the canvas would be absurdly large.
    """
    scale = np.exp(track.place[:, 2])
    half = np.array(size) / 2 * scale[:, None]
    corners = track.place[:, :2] - half
    # Room for a pixel that refinement may ask for.
    corners = corners - corners.min(axis=0) + 1
    extent = (corners + 2 * half).max(axis=0)
    width, height = (int(np.ceil(v)) + 1 for v in extent)
    if width * height > MOST_PIXELS:
        raise RenderError(f"the panorama would be {width}×{height}: choose fewer frames")
    return Canvas((width, height), corners, scale)


def _settled(placed: Sequence[Placed]) -> list[Placed]:
    """Put as many frames as can be on whole pixels, where they need no resampling."""
    places = np.array([[one.left, one.top] for one in placed])
    if all(one.scale == 1 for one in placed):
        places = _steadied(places)
    sharpest = _sharpest(placed)
    for axis in (0, 1):
        places[:, axis] -= _common_phase(places[:, axis], sharpest)
    return [
        replace(one, left=float(left), top=float(top))
        for one, (left, top) in zip(placed, places, strict=True)
    ]


def _steadied(centres: Floats) -> Floats:
    """Hold an axis still along which the camera only seems to tremble."""
    out = centres.copy()
    for axis in (0, 1):
        middle = float(np.median(centres[:, axis]))
        if np.percentile(np.abs(centres[:, axis] - middle), 90) < 0.1:
            out[:, axis] = middle
    return out


def _sharpest(placed: Sequence[Placed]) -> int:
    """Find the frame that is sharpest beside its neighbours: the camera hit whole pixels there."""
    fine = np.empty(len(placed))
    for i, one in enumerate(placed):
        grey = cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY)
        fine[i] = cv2.mean(cv2.absdiff(grey, cv2.GaussianBlur(grey, (3, 3), 0)))[0]
    around = [float(np.median(fine[max(0, i - 5) : i + 6])) for i in range(len(fine))]
    return int(np.argmax(fine / np.maximum(around, 1e-6)))


def _common_phase(values: Floats, sharpest: int) -> float:
    """Find the fraction of a pixel that most values share; else that of the sharpest frame."""
    gap = np.abs(values[:, None] - values[None]) % 1.0
    mates = np.minimum(gap, 1 - gap) < 0.06
    shared = mates.sum(axis=1)
    best = int(shared.argmax()) if shared.max() > len(values) / 3 else sharpest
    turned = np.exp(2j * np.pi * values[mates[best]]).mean()
    return float(np.angle(turned) / (2 * np.pi))


def _read_placed(
    reader: FrameReader, track: Track, canvas: Canvas, crop: Box
) -> Work[list[Placed]]:
    placed = []
    for i, (frame, image) in enumerate(reader.read(track.frames)):
        left, top = canvas.corners[i]
        placed.append(
            Placed(
                frame,
                np.ascontiguousarray(image[crop.slices]),
                float(left),
                float(top),
                float(canvas.scale[i]),
                float(np.exp(-track.gain[i])),
            )
        )
        yield Advanced("reading frames", i + 1, len(track))
    return placed


@dataclass(frozen=True, slots=True)
class Canvases:
    """A composited canvas and what is known of each pixel."""

    image: Image
    views: NDArray[np.uint8]
    count: NDArray[np.uint8]
    inliers: NDArray[np.uint8]
    spread: NDArray[np.uint8]


def _nearest(frames: Sequence[int], frame: int) -> int:
    return int(np.abs(np.array(frames) - frame).argmin())


def _composite(placed: Sequence[Placed], size: Size, recipe: PanoramaRecipe) -> Work[Canvases]:
    width, height = size
    how = recipe.compositor
    noise = measure_noise(placed, size)
    subject = _nearest([p.frame for p in placed], recipe.subject) if recipe.subject >= 0 else None
    wanted = how in ("clean", "seams") or subject is not None
    occlusion = find_occlusion(placed, size) if wanted else None
    whole = Canvases(
        np.zeros((height, width, 3), np.uint8),
        *(np.zeros((height, width), np.uint8) for _ in range(4)),
    )
    boxes = list(tiles(size))
    for done, box in enumerate(boxes, start=1):
        wide = grown(box, size)
        stack = stack_of(placed, wide)
        covered = occlusion.of_stack(stack.rows, wide) if occlusion else None
        sheet = composite_tile(stack, wide, covered, how, noise)
        if covered is not None and subject in stack.rows:
            k = stack.rows.index(subject)
            sheet = with_subject(sheet, stack.samples[k], covered[k] & stack.seen[k])
        _put(whole, box, sheet)
        yield Advanced("compositing", done, len(boxes), "tiles")
    return whole


def _put(whole: Canvases, box: Box, sheet: Sheet) -> None:
    y, x = box.y - sheet.box.y, box.x - sheet.box.x
    inner = slice(y, y + box.height), slice(x, x + box.width)
    whole.image[box.slices] = sheet.image[inner]
    whole.views[box.slices] = sheet.views[inner]
    whole.count[box.slices] = sheet.count[inner]
    whole.inliers[box.slices] = sheet.inliers[inner]
    whole.spread[box.slices] = sheet.spread[inner]


def _finish(
    whole: Canvases, placed: Sequence[Placed], evidence: Evidence, recipe: PanoramaRecipe
) -> Rendered:
    seen = whole.views > 0
    confidence = confidence_of(whole)
    image, box = whole.image, Box(0, 0, *whole.count.shape[::-1])
    if recipe.extent == "inscribed":
        box = largest_rectangle(whole.views >= min(2, len(placed))) or box
        image, confidence = image[box.slices], confidence[box.slices]
    elif not seen.all():
        image = filled(image, seen, recipe.fill)
    unsure = float((confidence < 0.5).mean())
    left_out = left_out_of(whole)
    return Rendered(
        image=np.ascontiguousarray(image),
        confidence=np.ascontiguousarray(confidence),
        frames_used=tuple((p.frame, p.left - box.x, p.top - box.y) for p in placed),
        score=round(score_of(confidence, left_out, evidence), 4),
        low_confidence=round(unsure, 4),
        warnings=tuple(warnings_of(confidence, left_out, evidence)),
    )


def confidence_of(whole: Canvases) -> FloatMap:
    """Say how sure each pixel is: how many frames saw it, and how many of them agree."""
    count = whole.count.astype(np.float32)
    share = whole.inliers / np.maximum(count, 1)
    enough = 1 - np.exp(-whole.inliers.astype(np.float32) / 1.5)
    confidence: FloatMap = (share * enough).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(confidence, (0, 0), 2), np.float32)


def left_out_of(whole: Canvases) -> float:
    """Measure which share of what the frames show was left out, as foreground or as unfit."""
    views = float(whole.views.sum(dtype=np.int64))
    return 1 - float(whole.count.sum(dtype=np.int64)) / max(views, 1.0)


def filled(image: Image, seen: Mask, fill: str) -> Image:
    """Fill what no frame saw: ``edge``, ``blur``, ``black`` or ``white``."""
    if fill in ("black", "white"):
        return np.where(seen[..., None], image, np.uint8(255 if fill == "white" else 0))
    _, label = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros((int(label.max()) + 1, 3), np.uint8)
    nearest[label[seen]] = image[seen]
    edge = nearest[label]
    if fill == "blur":
        edge = cv2.GaussianBlur(edge, (0, 0), max(image.shape[:2]) / 60)
    return np.where(seen[..., None], image, edge)
