"""Panoramas: the frames of a camera move become one picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RenderError
from engine.events import Work, result_of
from engine.footage.reader import FrameReader
from engine.products.agreement import Agreement
from engine.products.at_once import both
from engine.products.canvas import nearest
from engine.products.evidence import (
    LEAST_CANVAS,
    Evidence,
    refuse_contradictions,
    score_of,
    too_few,
    warnings_of,
)
from engine.products.followed import Followed
from engine.products.handheld import MOST_PHOTOS
from engine.products.moves import Move, find_moves
from engine.products.panorama_canvas import (
    Canvases,
    composite,
    confidence_of,
    left_out_of,
    with_patches,
    with_whole_frames,
)
from engine.products.panorama_study import Study, study_of
from engine.products.passers import window_of
from engine.products.patches import Patch, find_patches, unpatched
from engine.products.photos import Laid, lay_photos
from engine.products.placed import Placed, blank, part_of, seen_in
from engine.products.proposal import Proposal, Skipped
from engine.products.rectangles import largest_rectangle
from engine.products.registration import along_path
from engine.products.resampling import restored
from engine.products.seams import find_seams
from engine.products.views import Floats
from engine.recipe import OverlayBox, PanoramaRecipe
from engine.text import plural
from engine.values import Box, Camera, Image, Kind, Mask, Rendered, Scene, SourceKind

LEAST_GROWTH = 1.15
"""A canvas smaller than this many frames is not worth a panorama."""
SHORT = 0.6
"""Of the way that a path leads, below which what lies along it is not the whole move."""
MISSED = 0.15
"""Of a frame's width, that must be missing then."""
WORTH_FOLLOWING = 1.5
"""Frames that a plain move promises to be large, for which it is worth following every frame."""
PLAIN = (
    Camera.PAN_LEFT,
    Camera.PAN_RIGHT,
    Camera.TILT_UP,
    Camera.TILT_DOWN,
    Camera.DIAGONAL,
)
SEEN_ONCE = 1.04
"""So many times as large is a picture whose ends only one frame saw, where they are worth it."""
WORTH_CUTTING = 0.02
"""Share of the picture in which all frames show something in front, to cut it off at an edge."""
SLICE = 0.02
"""Share of the shorter side; in a thinner slice, something in front may stay."""
KEPT_AREA = 0.7
"""Share of the picture that must be left then."""
PASSED = 8
"""Frames; where so many passed, the only one without something in front may show it, too."""
LIKE_FILM = 0.6
"""Score of a panorama of few pictures from which on they are taken for the frames of a film."""
PHOTO = 0.8
"""How sure a pixel is that comes from one of a few photos."""
CONFLICT = 0.18
"""Share of the picture that frames contradict each other in, above which single frames show it."""


def propose_panoramas(scene: Scene, reader: FrameReader) -> Iterator[Proposal | Skipped]:
    """Propose one panorama for each camera move of a scene, or of photos, drawn from proxies."""
    answers = list(_of_moves(scene, reader))
    photos = scene.source.kind is SourceKind.PICTURES and len(scene.motion.path) <= MOST_PHOTOS
    best = max((answer.score for answer in answers if isinstance(answer, Proposal)), default=0.0)
    laid = _laid(scene, reader) if photos and best < LIKE_FILM else None
    yield from answers if laid is None or laid.score < best else [laid]


def _laid(scene: Scene, reader: FrameReader) -> Proposal | None:
    """Propose what photos show together, if that is more than one of them shows."""
    whole = Box(0, 0, *scene.source.size)
    recipe = PanoramaRecipe(whole, scene.shot.start, scene.shot.stop, model="homography")
    try:
        made = result_of(render_panorama(reader, recipe))
    except RenderError:
        return None
    width, height = (round(side / reader.scale) for side in made.image.shape[1::-1])
    growth = width * height / (whole.width * whole.height)
    if growth < LEAST_GROWTH:
        return None
    used = plural(len(made.frames_used), "photo")
    return Proposal(
        recipe=recipe,
        size=(width, height),
        score=made.score,
        reason="photos",
        why=(f"{growth:.1f} photos large", f"from {used}"),
        warnings=made.warnings,
        preview=made.image,
        confidence=made.confidence,
    )


def _of_moves(scene: Scene, reader: FrameReader) -> Iterator[Proposal | Skipped]:
    moves = find_moves(scene.motion.path, scene.picture.size)
    long = [m for m in moves if not too_few(m.stop - m.start, len(scene.motion.path))]
    worth = [m for m in long if m.growth(scene.picture.size) >= LEAST_GROWTH]
    if moves and not long:
        yield Skipped(Kind.PANORAMA, "the camera only jumps, within a few frames")
    elif not moves:
        yield Skipped(Kind.PANORAMA, "the camera stands still")
    elif not worth:
        grown_by = max(m.growth(scene.picture.size) for m in long) - 1
        yield Skipped(Kind.PANORAMA, f"the camera shows only {grown_by:.0%} more than one frame")
    for move in worth:
        first = scene.shot.start
        start, stop = first + move.start, first + move.stop
        recipe = PanoramaRecipe(scene.picture, start, stop, overlays=_burnt_in(scene, start, stop))
        yield _proposed(recipe, move, reader, is_plain=scene.motion.camera in PLAIN)


def _burnt_in(scene: Scene, start: int, stop: int) -> tuple[OverlayBox, ...]:
    shown = [o for o in scene.overlays if o.start < stop and o.stop > start]
    return tuple((o.box.x, o.box.y, *o.box.size, o.start, o.stop) for o in shown)


def know_move(scene: Scene, reader: FrameReader, recipe: PanoramaRecipe) -> Work[Followed | None]:
    """Find out again what was known of a move when its panorama was proposed, as it was then.

    None for photos, and where no such move is found in the scene any more.
    """
    for move in find_moves(scene.motion.path, scene.picture.size):
        first = scene.shot.start
        if (first + move.start, first + move.stop) == (recipe.start, recipe.stop):
            is_plain = scene.motion.camera in PLAIN
            try:
                study = yield from _studied(recipe, move, reader, is_plain=is_plain)
            except RenderError:
                return None
            return study.followed
    return None


def _studied(
    recipe: PanoramaRecipe, move: Move, reader: FrameReader, *, is_plain: bool
) -> Work[Study]:
    """Line up along the path that was measured; where that leads nowhere, follow every frame.

    So, too, where frames that lie along it lead by far not as far as it does: a break in the middle
    leaves the rest of the move, and the ends of it may be where the camera went.
    """
    least = LEAST_CANVAS if move.camera is Camera.DIAGONAL else LEAST_GROWTH
    short: Study | None = None
    try:
        study = yield from study_of(reader, recipe, least, move.path)
        refuse_contradictions(study.evidence)
        if not _falls_short(study, move.path, reader.scale):
            return study
        short = study
    except RenderError:
        if not is_plain or move.growth(recipe.picture.size) < WORTH_FOLLOWING:
            raise
    try:
        study = yield from study_of(reader, recipe, least)
        refuse_contradictions(study.evidence)
    except RenderError:
        if short is None:
            raise
        return short
    return study if short is None or _reach(study) > _reach(short) else short


def _falls_short(study: Study, path: Floats, scale: float) -> bool:
    """Tell whether a picture ends long before the path does that its frames were to lie along."""
    told = float(np.ptp(along_path(path, (1.0, 1.0))[:, :2], axis=0).max())
    found = _reach(study) / scale
    return found < SHORT * told and told - found > MISSED * study.evidence.width / scale


def _reach(study: Study) -> float:
    """Give how far its frames lie from each other, pixels as they were read."""
    return float(np.ptp(study.followed.track.place[:, :2], axis=0).max())


def _proposed(
    recipe: PanoramaRecipe, move: Move, reader: FrameReader, *, is_plain: bool
) -> Proposal | Skipped:
    try:
        study = result_of(_studied(recipe, move, reader, is_plain=is_plain))
        made = result_of(_picture_of(study, recipe))
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
        confidence=made.confidence,
        followed=study.followed,
    )


def render_panorama(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    least: float = LEAST_CANVAS,
    path: Floats | None = None,
    known: Followed | None = None,
) -> Work[Rendered]:
    """Stitch the frames of a camera move.

    Parameters
    ----------
    reader : FrameReader
        Full-resolution frames, or proxies: the result is the same picture, reduced.
    recipe : PanoramaRecipe
        Which frames, and how; numbers in source pixels.
    least : float
        Frames that it must be large.
    path : (N, 3) float64 array, optional
        Where the camera was in each frame of the range, if that is known: x, y in source pixels,
        each step as it is seen in its own frame, and log zoom.
    known : Followed, optional
        What was found out on the same reduced frames about a move of which this is a variation.

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
    if recipe.model == "homography":
        return _of_photos((yield from lay_photos(reader, recipe)), recipe)
    study = yield from study_of(reader, recipe, least, path, known)
    refuse_contradictions(study.evidence)
    making = _picture_of(study, recipe)
    del study  # its frames are let go of once they are drawn
    return (yield from making)


def _picture_of(study: Study, recipe: PanoramaRecipe) -> Work[Rendered]:
    """Make a picture of frames that are lined up and looked through."""
    patches = _patches(study, recipe)
    evidence = study.evidence
    if patches:
        mask: Mask = np.any([patch.mask for patch in patches], axis=0)
        agreement = evidence.agreement.without(mask, study.occlusion.step)
        evidence = replace(evidence, agreement=agreement, patched=_patched(study, patches))
    sheet = yield from composite(study, recipe)
    unexplained = max(0.0, left_out_of(sheet) - study.occlusion.passing)
    evidence = replace(evidence, left_out=unexplained)
    if recipe.compositor in ("clean", "mean"):
        sheet = replace(sheet, image=restored(sheet.image, study.placed))
    if _needs_seams(recipe, evidence.agreement):
        where = None if recipe.compositor == "seams" else evidence.agreement
        seams = find_seams(study.refined)
        evidence = replace(evidence, settled=True)
        sheet = yield from with_whole_frames(sheet, seams, study.placed, where)
    if patches:
        sheet = with_patches(sheet, patches, study)
    # Seams take each part from one frame, and a frame that was picked shows what it does.
    if recipe.compositor == "clean" and recipe.subject < 0 and not evidence.settled:
        evidence = replace(evidence, torn=_torn(study, patches))
    placed = [blank(one) for one in study.placed]
    del study
    return _finish(sheet, placed, evidence, recipe)


def _of_photos(laid: Laid, recipe: PanoramaRecipe) -> Rendered:
    seen = laid.views > 0
    image, box = laid.image, Box(0, 0, *seen.shape[::-1])
    if recipe.extent == "inscribed":
        box = largest_rectangle(seen) or box
        image, seen = image[box.slices], seen[box.slices]
    elif not seen.all():
        image = filled(image, seen, recipe.fill)
    return Rendered(
        image=np.ascontiguousarray(image),
        confidence=np.where(seen, np.float32(PHOTO), np.float32(0)),
        frames_used=tuple((frame, x - box.x, y - box.y) for frame, x, y in laid.corners),
        score=round(laid.score, 4),
        low_confidence=round(float((~seen).mean()), 4),
        warnings=tuple(laid.warnings()),
    )


def _patches(study: Study, recipe: PanoramaRecipe) -> list[Patch]:
    if recipe.compositor != "clean":
        return []
    if recipe.subject < 0:
        return study.patches
    row = nearest([one.frame for one in study.placed], recipe.subject)
    return find_patches(study.occlusion, study.placed, study.unlike, row)


def _patched(study: Study, patches: Sequence[Patch]) -> tuple[float, tuple[int, ...]]:
    share = float(np.any([patch.mask for patch in patches], axis=0).mean())
    return share, tuple(sorted({study.placed[patch.row].frame for patch in patches}))


def _torn(study: Study, patches: Sequence[Patch]) -> float:
    window = window_of(study.placed, study.occlusion.step)
    return float(unpatched(study.unlike, patches, window).mean())


def _needs_seams(recipe: PanoramaRecipe, agreement: Agreement) -> bool:
    contradicts = recipe.compositor == "clean" and agreement.conflict > CONFLICT
    # Whose frame the user has picked must not be overlaid by another.
    contradicts = contradicts and recipe.subject < 0
    return recipe.compositor == "seams" or contradicts


def _finish(
    whole: Canvases, placed: Sequence[Placed], evidence: Evidence, recipe: PanoramaRecipe
) -> Rendered:
    seen = whole.views > 0
    confidence = confidence_of(whole)
    image, box = whole.image, Box(0, 0, *whole.count.shape[::-1])
    if recipe.extent == "inscribed":
        box = _shown(_reached(placed, box), seen & (whole.inliers == 0)) or box
        # Copied at once: parts of large arrays would keep all of them.
        image, confidence = image[box.slices].copy(), confidence[box.slices].copy()
    elif not seen.all():
        image = filled(image, seen, recipe.fill)
    unsure = float((confidence < 0.5).mean())
    evidence = replace(evidence, hidden=float((seen & (whole.inliers == 0))[box.slices].mean()))
    if recipe.compositor == "clean" and not evidence.settled:
        evidence = replace(evidence, glimpsed=_glimpsed(whole, box) - evidence.patched[0])
    return Rendered(
        image=np.ascontiguousarray(image),
        confidence=np.ascontiguousarray(confidence),
        frames_used=tuple((p.frame, p.left - box.x, p.top - box.y) for p in placed),
        score=round(score_of(confidence, evidence), 4),
        low_confidence=round(unsure, 4),
        warnings=tuple(warnings_of(confidence, evidence)),
    )


def _reached(placed: Sequence[Placed], canvas: Box) -> NDArray[np.uint8]:
    """Count the frames that reach each pixel, whatever is burnt in there."""
    count = np.zeros((canvas.height, canvas.width), np.uint8)
    for one in placed:
        part = part_of(one, canvas)
        if part is not None:
            count[part.slices] += seen_in(replace(one, hidden=None), part)
    return count


def _glimpsed(whole: Canvases, box: Box) -> float:
    """Measure the share that many frames passed and but one is thought to show as it is."""
    once = (whole.inliers == 1) & (whole.count == 1) & (whole.views >= PASSED)
    return float(once[box.slices].mean())


def _shown(reached: NDArray[np.uint8], hidden: Mask) -> Box | None:
    """Find the rectangle to show.

    What lies along an edge and was never seen behind something nearer is cut off.
    """
    whole = rectangle_of(reached)
    if whole is None or hidden[whole.slices].mean() < WORTH_CUTTING:
        return whole
    side = max(2, round(SLICE * min(whole.size)))
    block = np.ones((side, side), np.uint8)
    # Slices within the picture, and what is as thin, would cost more than they spoil.
    wide = cv2.morphologyEx(hidden.astype(np.uint8), cv2.MORPH_CLOSE, block)
    wide = cv2.morphologyEx(wide, cv2.MORPH_OPEN, block)
    cut = rectangle_of(np.where(wide > 0, np.uint8(0), reached))
    if cut is None or cut.width * cut.height < KEPT_AREA * whole.width * whole.height:
        return whole
    return cut


def rectangle_of(reached: NDArray[np.uint8]) -> Box | None:
    """Find the rectangle to show: of what two frames saw, unless one frame saw a good deal more.

    ``reached`` is ``(H, W)``: how many frames saw each pixel.
    """
    twice, once = both(
        lambda: largest_rectangle(reached >= 2), lambda: largest_rectangle(reached >= 1)
    )
    if twice is None or once is None:
        return once
    wide, narrow = (box.width * box.height for box in (once, twice))
    return once if wide > SEEN_ONCE * narrow else twice


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
