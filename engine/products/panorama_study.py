"""All that is found out about a camera move before any picture is made of it.

It does not depend on how the picture is to be composited, so that a tweak of that can be shown at
once: of proxies, the studies made last are kept.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from engine.errors import RenderError
from engine.events import Advanced, Work
from engine.footage.reader import FrameReader
from engine.heap import give_back_memory
from engine.products.agreement import Agreement, measure_agreement
from engine.products.at_once import both
from engine.products.burnt_in import find_burnt_in
from engine.products.canvas import Canvas, canvas_of, every_nth, nearest, spread_over_path
from engine.products.compositing import measure_noise
from engine.products.covered import frames_behind, hidden_alike, joined, overlaid
from engine.products.evidence import (
    LEAST_CANVAS,
    Evidence,
    refuse_few,
    refuse_stillness,
)
from engine.products.followed import Followed, Masks, pixels_of
from engine.products.following import follow_move
from engine.products.hardly_seen import frames_telling
from engine.products.held_frames import HeldFrames, holding
from engine.products.occlusion import Occlusion, find_occlusion
from engine.products.patches import Patch, find_patches, unlike_frames
from engine.products.placed import Placed
from engine.products.refinement import Refined, refine
from engine.products.registration import Track
from engine.products.revealed import frames_revealing
from engine.products.settling import settled
from engine.products.views import Floats, crop_of
from engine.recipe import OverlayBox, PanoramaRecipe, frames_of
from engine.values import AnyArray, Box, Image, Mask, Size

MOST_FRAMES = 1200
"""Frames that these are chosen from; of a longer move every n-th."""
SAMPLES = 48
"""Frames composited: more add nothing that can be seen."""
PREVIEW_SAMPLES = 28
FRAME_BUDGET = 260_000_000
"""Bytes of full frames held at once."""
GAIN_LIMIT = 0.07
"""Frames brighter or darker than this (log) are only used where nothing else was seen."""
NEARLY_ALL = 0.9
"""Share of a frame that is held whole when so much of it is used."""
KEPT_BYTES = 250_000_000
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
    unlike: Mask
    """``(h, w)`` of the occlusion: where no frames agree with the picture without them."""
    noise: float
    """Of a sample of the background, grey levels."""
    spread: frozenset[int]
    """Frames that were chosen along the path; further ones see behind what is burnt in."""
    followed: Followed
    """What it knows of the move."""

    @property
    def arrays(self) -> list[AnyArray]:
        """Its pictures and masks: what it takes in memory. Others may hold some of them, too."""
        occlusion = self.occlusion
        arrays: list[AnyArray | None] = [occlusion.covered, occlusion.seen, occlusion.nearer]
        arrays += [one for placed in self.placed for one in (placed.image, placed.hidden)]
        arrays += [one for drawn in self.refined.drawn for one in (drawn.grey, drawn.seen)]
        return [one for one in arrays if one is not None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a study is to be made of; the rest as :func:`study_of` takes it."""

    reader: FrameReader
    recipe: PanoramaRecipe
    frames: Sequence[int]
    """Those of the recipe that can be read."""
    crop: Box
    """What is used of each, pixels of the reader."""
    least: float
    path: Floats | None
    known: Followed | None


_kept: OrderedDict[str, Study] = OrderedDict()
_kept_lock = Lock()


def study_of(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    least: float = LEAST_CANVAS,
    path: Floats | None = None,
    known: Followed | None = None,
) -> Work[Study]:
    """Line up the frames of a recipe, or recall it where that was done on proxies just before.

    ``path`` and ``known`` are as :func:`~engine.products.panorama.render_panorama` takes them.

    Raises
    ------
    RenderError
        If the picture cannot be followed, or would not be ``least`` times as large as a frame.
    """
    crop = crop_of(recipe.picture, recipe.trim, reader.scale)
    # The kept frame that is nearest to an end of the move can lie beyond it.
    near = reader.available(frames_of(recipe))
    frames = every_nth([one for one in near if recipe.start <= one < recipe.stop], MOST_FRAMES)
    if len(frames) < 2:
        raise RenderError(f"a panorama needs at least 2 frames, {len(frames)} can be read")
    if reader.scale == 1.0:
        reader, known = holding(reader, frames), None
    asked = _Asked(reader, recipe, frames, crop, least, path, known)
    if reader.scale == 1.0:
        return (yield from _study(asked))
    key = _key(asked)
    study = _recalled(key, recipe.subject)
    if study is None:
        study = yield from _study(asked)
        _keep(f"{key} {recipe.subject}", study)
    return study


def _recalled(key: str, subject: int) -> Study | None:
    with _kept_lock:
        for name in (f"{key} {subject}", f"{key} -1"):
            study = _kept.get(name)
            # One frame more that is picked, and was chosen anyway, changes nothing.
            if study is not None and (name.endswith(f" {subject}") or subject in study.spread):
                _kept.move_to_end(name)
                return study
    return None


def _keep(name: str, study: Study) -> None:
    with _kept_lock:
        _kept[name] = study
        _kept.move_to_end(name)
        while len(_kept) > 1 and _bytes_held(_kept.values()) > KEPT_BYTES:
            _kept.popitem(last=False)


def _bytes_held(studies: Iterable[Study]) -> int:
    arrays = (one for study in studies for one in study.arrays)
    # Parts of one frame hold all of it, and hold it together.
    wholes = (one if one.base is None else one.base for one in arrays)
    return sum({id(one): one.nbytes for one in wholes}.values())


def _key(asked: _Asked) -> str:
    """Tell one study from another by what it is made of: settings, frames, some of their pixels."""
    recipe, known = asked.recipe, asked.known
    token = known.token if known is not None else ""
    # Another model or layer that turned out to be the same makes no other picture.
    same = known is not None and known.serves(recipe)
    settings = () if same else (recipe.model, recipe.anchor, recipe.overlays)
    said = (settings, tuple(asked.frames), asked.crop, asked.least, token)
    digest = hashlib.sha256(repr((said, pixels_of(asked.reader, asked.frames))).encode())
    if asked.path is not None:
        digest.update(np.ascontiguousarray(asked.path).data)
    return digest.hexdigest()


def _study(asked: _Asked) -> Work[Study]:
    reader, recipe, crop = asked.reader, asked.recipe, asked.crop
    found = yield from follow_move(reader, recipe, asked.frames, crop, asked.path, asked.known)
    refuse_few(len(found.track), len(found.shown))
    refuse_stillness(canvas_of(found.track, crop.size).size, crop.size, asked.least)
    track = _fit_to_use(found.track, crop.size)
    count = _sample_count(track, crop.size, preview=reader.scale < 1)
    at_hand = reader.at_hand if isinstance(reader, HeldFrames) else ()
    keep = set(spread_over_path(track, count, at_hand))
    if recipe.subject >= 0:
        keep.add(nearest(track.frames, recipe.subject))
    hidden = found.hidden_in(crop, reader.scale)
    speeds = found.layers.passing(track, crop.size)
    if hidden is None:
        size, refined = yield from _looked_through(reader, recipe, crop, track, keep, speeds)
        found = replace(found, hidden={one.frame: one.hidden for one in refined.placed})
    else:
        size, refined = yield from _told_what_is_burnt_in(
            reader, recipe, crop, track, keep, speeds, hidden
        )
    if isinstance(reader, HeldFrames):
        reader.let_go_of_all()
        if speeds:
            # What is in front takes as much memory to be found as all that was done before.
            give_back_memory()
    judged = _judged(refined, size, speeds)
    first, last = found.track.frames[0], found.track.frames[-1]
    return Study(
        size,
        refined.placed,
        refined,
        Evidence(
            found.track,
            found.layers,
            found.fit,
            judged.agreement,
            crop.width,
            len(found.shown),
            tuple(sorted(frame for frame in found.shown if not first <= frame <= last)),
        ),
        judged.occlusion,
        judged.patches,
        judged.unlike,
        judged.noise,
        frozenset(track.frames[row] for row in keep),
        found,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """What frames that lie where they belong show besides the background."""

    occlusion: Occlusion
    patches: list[Patch]
    unlike: Mask
    noise: float
    agreement: Agreement


def _judged(refined: Refined, size: Size, speeds: Sequence[float]) -> _Judged:
    placed = refined.placed
    # In one region that is large, what is in front is found by one thread alone.
    if not speeds:
        (occlusion, unlike, patches), (noise, agreement) = both(
            lambda: _in_front(placed, size, speeds),
            lambda: (measure_noise(placed, size), measure_agreement(refined)),
        )
        return _Judged(occlusion, patches, unlike, noise, agreement)
    occlusion, noise = both(
        lambda: find_occlusion(placed, size, speeds), lambda: measure_noise(placed, size)
    )
    nearer = None if occlusion.nearer is None else (occlusion.nearer, occlusion.step)
    unlike = unlike_frames(occlusion, placed)
    patches, agreement = both(
        lambda: find_patches(occlusion, placed, unlike), lambda: measure_agreement(refined, nearer)
    )
    return _Judged(occlusion, patches, unlike, noise, agreement)


def _in_front(
    placed: Sequence[Placed], size: Size, speeds: Sequence[float]
) -> tuple[Occlusion, Mask, list[Patch]]:
    occlusion = find_occlusion(placed, size, speeds)
    unlike = unlike_frames(occlusion, placed)
    return occlusion, unlike, find_patches(occlusion, placed, unlike)


def _looked_through(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    crop: Box,
    track: Track,
    keep: set[int],
    speeds: Sequence[float],
) -> Work[tuple[Size, Refined]]:
    """Put frames where they belong, find what is burnt into them, and see what lies behind."""
    chosen = track.chosen(sorted(keep))
    canvas = canvas_of(chosen, crop.size)
    placed = yield from _read_placed(reader, chosen, canvas, crop, recipe.overlays)
    refined = refine(placed, canvas.size)
    placed = _without_burnt_in(settled(refined.placed))
    more = _seeing_behind(placed, track, canvas.size, speeds)
    if more:
        refined = replace(refined, drawn=[])  # are drawn anew
        chosen = track.chosen(sorted({*keep, *more}))
        canvas = canvas_of(chosen, crop.size)
        more_placed = yield from _read_placed(
            reader, chosen, canvas, crop, recipe.overlays, _pictures_of(placed)
        )
        hidden = {one.frame: one.hidden for one in placed}
        refined = refine(hidden_alike(more_placed, hidden), canvas.size)
        placed = settled(refined.placed)
    return canvas.size, replace(refined, placed=placed)


def _told_what_is_burnt_in(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    crop: Box,
    track: Track,
    keep: set[int],
    speeds: Sequence[float],
    hidden: Masks,
) -> Work[tuple[Size, Refined]]:
    """Do the same where it is known what is burnt in: frames need be put in place only once."""
    chosen = track.chosen(sorted(keep))
    canvas = canvas_of(chosen, crop.size)
    placed = yield from _read_placed(reader, chosen, canvas, crop, recipe.overlays)
    ends = track.frames[0], track.frames[-1]
    if set(hidden).issubset(track.frames) and set(hidden).issuperset(ends):
        # Of the same move, the same frames see behind the same things.
        more = [row for row, frame in enumerate(track.frames) if frame in hidden]
    else:
        more = _seeing_behind(hidden_alike(placed, hidden), track, canvas.size, speeds)
    if not keep.issuperset(more):
        chosen = track.chosen(sorted({*keep, *more}))
        canvas = canvas_of(chosen, crop.size)
        placed = yield from _read_placed(
            reader, chosen, canvas, crop, recipe.overlays, _pictures_of(placed)
        )
        placed = hidden_alike(placed, hidden)
    refined = refine(placed, canvas.size)
    return canvas.size, replace(refined, placed=hidden_alike(settled(refined.placed), hidden))


def _seeing_behind(
    placed: Sequence[Placed], track: Track, size: Size, speeds: Sequence[float]
) -> list[int]:
    """Find frames that see what the chosen ones do not, or on which those do not agree."""
    telling = (
        frames_revealing(placed, track, size, speeds)
        if speeds
        else frames_telling(placed, track, size)
    )
    return [*frames_behind(placed, track, size), *telling]


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


def _part_of(picture: Image, crop: Box) -> Image:
    """Cut out what is used of a frame; copied only where the rest would take much memory."""
    part = picture[crop.slices]
    return part if part.size > NEARLY_ALL * picture.size else np.ascontiguousarray(part)


def _pictures_of(placed: Sequence[Placed]) -> dict[int, Image]:
    return {one.frame: one.image for one in placed}


def _read_placed(
    reader: FrameReader,
    track: Track,
    canvas: Canvas,
    crop: Box,
    overlays: Sequence[OverlayBox],
    held: Mapping[int, Image] | None = None,
) -> Work[list[Placed]]:
    """Read the frames of a track, but for those that are held."""
    images = held or {}
    placed = []
    scale = reader.scale
    coming = reader.read([frame for frame in track.frames if frame not in images])
    for i, frame in enumerate(track.frames):
        image = images.get(frame)
        if image is None:
            image = next(coming)[1]
            # Of a reduced frame, whoever else looks at it may hold all of it anyway.
            image = image[crop.slices] if scale < 1 else _part_of(image, crop)
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
