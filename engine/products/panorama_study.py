"""All that is found out about a camera move before any picture is made of it.

It does not depend on how the picture is to be composited, so that a tweak of that can be shown at
once: of proxies, the studies made last are kept.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from engine.errors import RenderError
from engine.events import Advanced, Work
from engine.footage.reader import FrameReader
from engine.products.agreement import measure_agreement
from engine.products.burnt_in import find_burnt_in
from engine.products.canvas import Canvas, canvas_of, nearest, spread_over_path, thinned
from engine.products.compositing import measure_noise
from engine.products.covered import frames_behind, hidden_alike, joined, overlaid
from engine.products.depth import measure_fit
from engine.products.evidence import LEAST_CANVAS, Evidence, refuse_few, refuse_stillness
from engine.products.followed import Followed, recall, remember
from engine.products.held_frames import holding
from engine.products.in_betweens import without_in_betweens
from engine.products.occlusion import Occlusion, find_occlusion
from engine.products.parallax import Layers, find_layers
from engine.products.patches import Patch, find_patches
from engine.products.placed import Placed
from engine.products.refinement import Refined, refine
from engine.products.registration import Track, along_path, anchored, estimate_track
from engine.products.revealed import frames_revealing
from engine.products.settling import settled
from engine.products.views import REGISTER_SIDE, Floats, Survey, crop_of, read_views
from engine.recipe import OverlayBox, PanoramaRecipe, frames_of
from engine.values import AnyArray, Box, Size

MOST_VIEWS = 200
"""Frames of a move that are looked at."""
PREVIEW_VIEWS = 40
"""The same for a preview, as long as so few can be lined up."""
MOST_FRAMES = 1200
"""Frames that these are chosen from; of a longer move every n-th."""
SAMPLES = 48
"""Frames composited: more add nothing that can be seen."""
PREVIEW_SAMPLES = 28
FRAME_BUDGET = 260_000_000
"""Bytes of full frames held at once."""
COARSE_SIDE = 480
"""Long side of the pictures that are lined up when finer ones lead nowhere, pixels."""
FOLLOWED = 0.95
"""Share of the frames that must have been followed for their detail to be trusted."""
LINED_UP = 0.75
"""Of the frames of a known path, that must be lined up."""
FADED = 8
"""Frames with this many times less contrast than most show nothing that could be used."""
SAME_SPEED = 0.02
"""Layers whose speeds differ by less, as a share, are one."""
GAIN_LIMIT = 0.07
"""Frames brighter or darker than this (log) are only used where nothing else was seen."""
KEPT_BYTES = 200_000_000
"""Of the studies of proxies that are kept, but for the last, which always is: a few of long moves,
so that going back from a tweak, or on to one of the picture that it was, finds nothing to do."""


@dataclass(frozen=True, slots=True)
class Study:
    """A camera move, lined up and looked through."""

    size: Size
    """Of the canvas."""
    placed: list[Placed]
    refined: Refined
    evidence: Evidence
    occlusion: Occlusion
    patches: list[Patch]
    """What moves in place, each from the frame that suits best."""
    noise: float
    """Of a sample of the background, grey levels."""

    @property
    def bytes_held(self) -> int:
        """What its pictures and masks take in memory."""
        occlusion = self.occlusion
        arrays: list[AnyArray | None] = [occlusion.covered, occlusion.seen, occlusion.nearer]
        arrays += [one for placed in self.placed for one in (placed.image, placed.hidden)]
        arrays += [one for drawn in self.refined.drawn for one in (drawn.grey, drawn.seen)]
        # Many frames share one mask.
        return sum({id(one): one.nbytes for one in arrays if one is not None}.values())


_kept: OrderedDict[str, Study] = OrderedDict()
_kept_lock = Lock()


def study_of(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    least: float = LEAST_CANVAS,
    path: Floats | None = None,
) -> Work[Study]:
    """Line up the frames of a recipe, or recall it where that was done on proxies just before.

    ``path`` is as :func:`~engine.products.panorama.render_panorama` takes it.

    Raises
    ------
    RenderError
        If the picture cannot be followed, or would not be ``least`` times as large as a frame.
    """
    crop = crop_of(recipe.picture, recipe.trim, reader.scale)
    frames = thinned(reader.available(frames_of(recipe)), MOST_FRAMES)
    if len(frames) < 2:
        raise RenderError(f"a panorama needs at least 2 frames, {len(frames)} can be read")
    if reader.scale == 1.0:
        once = holding(reader, frames)
        return (yield from _study(once, recipe, frames, crop, least, path))
    key = _key(reader, recipe, frames, crop)
    with _kept_lock:
        study = _kept.get(key)
        if study is not None and _holds(study, recipe.subject):
            _kept.move_to_end(key)
            return study
    study = yield from _study(reader, recipe, frames, crop, least, path)
    with _kept_lock:
        _kept[key] = study
        _kept.move_to_end(key)
        while len(_kept) > 1 and sum(one.bytes_held for one in _kept.values()) > KEPT_BYTES:
            _kept.popitem(last=False)
    return study


def _holds(study: Study, subject: int) -> bool:
    return subject < 0 or any(one.frame == subject for one in study.placed)


def _key(reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int], crop: Box) -> str:
    """Tell one study from another by what it is made of: settings, frames, some of their pixels."""
    said = (recipe.model, recipe.anchor, recipe.overlays, tuple(frames), crop, reader.size)
    digest = hashlib.sha256(repr(said).encode())
    for _, image in reader.read(sorted({frames[0], frames[len(frames) // 2], frames[-1]})):
        digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def _study(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    frames: Sequence[int],
    crop: Box,
    least: float,
    path: Floats | None,
) -> Work[Study]:
    found = yield from _followed(reader, recipe, frames, crop, path)
    refuse_few(len(found.track), len(found.shown))
    refuse_stillness(canvas_of(found.track, crop.size).size, crop.size, least)
    track = _fit_to_use(found.track, crop.size)
    keep = set(spread_over_path(track, _sample_count(track, crop.size, preview=reader.scale < 1)))
    if recipe.subject >= 0:
        keep.add(nearest(track.frames, recipe.subject))
    whole, track = track, track.chosen(sorted(keep))
    canvas = canvas_of(track, crop.size)
    placed = yield from _read_placed(reader, track, canvas, crop, recipe.overlays)
    refined = refine(placed, canvas.size)
    placed = _without_burnt_in(settled(refined.placed))
    speeds = found.layers.passing(whole, crop.size)
    more = frames_behind(placed, whole, canvas.size)
    more += frames_revealing(placed, whole, canvas.size, speeds)
    if more:
        track = whole.chosen(sorted({*keep, *more}))
        canvas = canvas_of(track, crop.size)
        more_placed = yield from _read_placed(
            reader, track, canvas, crop, recipe.overlays, known=placed
        )
        refined = refine(hidden_alike(more_placed, placed), canvas.size)
        placed = settled(refined.placed)
    occlusion = find_occlusion(placed, canvas.size, speeds)
    nearer = None if occlusion.nearer is None else (occlusion.nearer, occlusion.step)
    return Study(
        canvas.size,
        placed,
        replace(refined, placed=placed),
        Evidence(
            found.track,
            found.layers,
            found.fit,
            measure_agreement(refined, nearer),
            crop.width,
            len(found.shown),
        ),
        occlusion,
        find_patches(occlusion, placed),
        measure_noise(placed, canvas.size),
    )


def _followed(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    frames: Sequence[int],
    crop: Box,
    path: Floats | None,
) -> Work[Followed]:
    """Find where the camera was, or recall it where it was found out on proxies just before."""
    known = recall(reader, recipe, frames) if reader.scale < 1 else None
    if known is not None and (recipe.subject < 0 or recipe.subject in known.track.frames):
        return known
    if path is None:
        track, survey = yield from _follow(reader, recipe, frames, crop)
    else:
        track, survey = yield from _retrace(reader, recipe, frames, crop, path)
    track, layers = yield from _by_anchor(survey, track, recipe.anchor)
    shown = frozenset(view.frame for view in survey.views)
    found = Followed(track, layers, measure_fit(survey, track), shown)
    if reader.scale < 1:
        remember(reader, recipe, frames, found)
    return found


def _retrace(
    reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int], crop: Box, path: Floats
) -> Work[tuple[Track, Survey]]:
    """Place frames finely that are known to lie along a path."""
    # The kept frame that is nearest to an end of the move can lie beyond it.
    frames = [frame for frame in frames if 0 <= frame - recipe.start < len(path)]
    survey = yield from _survey(reader, recipe, frames, crop, REGISTER_SIDE, PREVIEW_VIEWS)
    ratio = survey.ratio[0] / reader.scale, survey.ratio[1] / reader.scale
    rough = along_path(path, ratio)[[view.frame - recipe.start for view in survey.views]]
    track = yield from estimate_track(survey, recipe.model, rough)
    if len(track) < LINED_UP * len(survey.views):
        raise RenderError(
            f"only {len(track)} of {len(survey.views)} frames that were looked at can be lined up "
            "with each other"
        )
    return track, survey


def _survey(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    frames: Sequence[int],
    crop: Box,
    side: int,
    most: int,
) -> Work[Survey]:
    """Look at up to ``most`` frames; what shows nothing, is blended or burnt in has no part."""
    survey = yield from read_views(reader, frames, crop, side, most=most, must={recipe.subject})
    return _uncovered(without_in_betweens(lit(survey)), recipe.overlays, crop, reader.scale)


def _follow(
    reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int], crop: Box
) -> Work[tuple[Track, Survey]]:
    """Find where the camera was in each frame, on smaller pictures if that follows more of them.

    Fine detail lines frames up best, but where grain and compression drown it, it misleads. Where
    frames a few apart have nothing in common, those between them may lead from one to the other.
    """
    most = PREVIEW_VIEWS if reader.scale < 1 else MOST_VIEWS
    tries = [(REGISTER_SIDE, most)]
    if max(crop.size) > 1.1 * COARSE_SIDE or len(frames) > most:
        tries.append((COARSE_SIDE, MOST_VIEWS))
    best: tuple[Track, Survey] | None = None
    for number, (side, views) in enumerate(tries, start=1):
        survey = yield from _survey(reader, recipe, frames, crop, side, views)
        try:
            track = yield from estimate_track(survey, recipe.model)
        except RenderError:
            if best is None and number == len(tries):
                raise
            continue
        share = len(track) / len(survey.views)
        if best is None or share > 1.05 * len(best[0]) / len(best[1].views):
            best = track, survey
        if share >= FOLLOWED:
            break
    assert best is not None  # one of the two was kept or raised
    return best


def _by_anchor(survey: Survey, track: Track, anchor: str) -> Work[tuple[Track, Layers]]:
    """Line the frames up by the layer that is asked for, where it is not the one found."""
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


def _uncovered(survey: Survey, overlays: Sequence[OverlayBox], crop: Box, scale: float) -> Survey:
    """Follow no corner of what is burnt in."""
    if not overlays:
        return survey
    views = []
    for view in survey.views:
        mask = overlaid(overlays, view.frame, crop, scale)
        if mask is not None:
            height, width = view.luma.shape
            x = (view.points[:, 0] * mask.shape[1] / width).astype(int)
            y = (view.points[:, 1] * mask.shape[0] / height).astype(int)
            view = replace(view, points=view.points[~mask[y, x]])
        views.append(view)
    return replace(survey, views=views)


def lit(survey: Survey) -> Survey:
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


def _sample_count(track: Track, size: Size, *, preview: bool) -> int:
    """Decide how many frames to composite: enough for every pixel, within the memory.

    A preview is redrawn at every tweak and shows no noise that more frames would take out.
    """
    width, height = size
    spans = np.ptp(track.place[:, :2], axis=0) / np.array(size) + 1
    most, each = (PREVIEW_SAMPLES, 8) if preview else (SAMPLES, 14)
    wanted = max(most, int(each * float(spans.max())))
    return min(wanted, max(12, FRAME_BUDGET // (width * height * 3)))


def _without_burnt_in(placed: list[Placed]) -> list[Placed]:
    """Hide what is found to stand still in the frames, besides what is known to."""
    found = find_burnt_in(placed)
    return [
        one if mask is None else replace(one, hidden=joined(mask, one.hidden))
        for one, mask in zip(placed, found, strict=True)
    ]


def _read_placed(
    reader: FrameReader,
    track: Track,
    canvas: Canvas,
    crop: Box,
    overlays: Sequence[OverlayBox],
    known: Sequence[Placed] = (),
) -> Work[list[Placed]]:
    """Read the frames of a track, but for those that were read before."""
    images = {one.frame: one.image for one in known}
    placed = []
    scale = reader.scale
    coming = reader.read([frame for frame in track.frames if frame not in images])
    for i, frame in enumerate(track.frames):
        image = images.get(frame)
        if image is None:
            image = np.ascontiguousarray(next(coming)[1][crop.slices])
        left, top = canvas.corners[i]
        placed.append(
            Placed(
                frame,
                image,
                float(left),
                float(top),
                float(canvas.scale[i]),
                float(np.exp(-track.gain[i])),
                overlaid(overlays, frame, crop, scale),
            )
        )
        yield Advanced("reading frames", i + 1, len(track))
    return placed
