"""Finding where the camera was in each frame of a move, as far as it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.errors import RenderError
from engine.events import Work
from engine.footage.reader import FrameReader
from engine.products.between import beside, place_between
from engine.products.covered import overlaid
from engine.products.depth import measure_fit
from engine.products.followed import PREVIEW_VIEWS, SAME_SPEED, Followed
from engine.products.groups import LOST
from engine.products.in_betweens import without_in_betweens
from engine.products.layered import place_by_layers
from engine.products.parallax import Layers, find_layers
from engine.products.registration import (
    Chain,
    Track,
    along_path,
    anchored,
    estimate_track,
    track_near,
)
from engine.products.stalls import without_stalls
from engine.products.views import REGISTER_SIDE, Floats, Survey, grouped, read_views
from engine.recipe import OverlayBox, PanoramaRecipe
from engine.values import Box

MOST_VIEWS = 200
"""Frames of a move that are looked at."""
COARSE_SIDE = 480
"""Long side of the pictures that are lined up when finer ones lead nowhere, pixels."""
FOLLOWED = 0.95
"""Share of the frames that must have been followed for their detail to be trusted."""
LINED_UP = 0.75
"""Of the frames of a known path, that must be lined up."""
LEAST_KNOWN = 0.25
"""Of the frames that would be looked at, that must be known for the others to be placed by them."""
FADED = 8
"""Frames with this many times less contrast than most show nothing that could be used."""


def follow_move(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    frames: Sequence[int],
    crop: Box,
    path: Floats | None,
    known: Followed | None,
) -> Work[Followed]:
    """Find where the camera was in the frames of a recipe.

    Parameters
    ----------
    frames : sequence of int
        Ascending; what the recipe asks for and ``reader`` has.
    crop : Box
        What is used of a frame, pixels of the reader.
    path, known
        As :func:`~engine.products.panorama.render_panorama` takes them.

    Raises
    ------
    RenderError
        If the picture cannot be followed.
    """
    if known is not None:
        try:
            if known.serves(recipe):
                return (yield from _filled_in(reader, recipe, frames, crop, known))
            if known.leads(frames):
                return (yield from _followed_again(reader, recipe, frames, crop, known))
        except RenderError:
            pass
    if path is None:
        track, survey = yield from _follow(reader, recipe, frames, crop)
    else:
        track, survey = yield from _retrace(reader, recipe, frames, crop, path)
    track = yield from _led_on(survey, track)
    track, layers = yield from _by_anchor(survey, track, recipe.anchor)
    track, layers = yield from _by_layers(survey, track, layers, crop)
    return _told_of(recipe, survey, track, layers, len(frames))


def _filled_in(
    reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int], crop: Box, known: Followed
) -> Work[Followed]:
    """Give what is known of some frames of a move; place further ones beside those.

    Raises
    ------
    RenderError
        If hardly any of the frames are known.
    """
    of_move = set(known.track.frames)
    missing = {recipe.subject} & set(frames) - of_move
    if known.among(recipe, frames) is None:
        groups = grouped(frames, PREVIEW_VIEWS, {recipe.subject})
        lacking = [group for group in groups if not of_move.intersection(group)]
        if len(groups) - len(lacking) < LEAST_KNOWN * len(groups):
            raise RenderError(LOST)
        missing |= {group[len(group) // 2] for group in lacking}
    if not missing:
        return known.of(frames)
    others = {frame for one in missing for frame in beside(known.track.frames, one)}
    survey = yield from read_views(reader, sorted(missing | others), crop, REGISTER_SIDE)
    survey = _uncovered(survey, recipe.overlays, crop, reader.scale)
    shown = {view.frame for view in without_in_betweens(lit(survey)).views} - others
    track = place_between(survey, known.track, sorted(shown), recipe.model)
    whole = replace(known, track=track, shown=known.shown | shown)
    return whole.of(frames)


def _told_of(
    recipe: PanoramaRecipe, survey: Survey, track: Track, layers: Layers, asked: int
) -> Followed:
    shown = frozenset(view.frame for view in survey.views)
    return Followed(recipe, track, layers, measure_fit(survey, track), shown, asked)


def _followed_again(
    reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int], crop: Box, known: Followed
) -> Work[Followed]:
    """Follow a part of a known move by another model or layer, or more of its frames.

    Raises
    ------
    RenderError
        If too few can be lined up.
    """
    part, picked = known.among(recipe, frames), {recipe.subject} & set(frames)
    if part is None:
        survey = yield from _survey(reader, recipe, frames, crop, REGISTER_SIDE, PREVIEW_VIEWS)
    else:
        views = sorted(part.shown | picked)
        survey = yield from read_views(reader, views, crop, REGISTER_SIDE)
        survey = _uncovered(survey, recipe.overlays, crop, reader.scale)
    rough = known.places([view.frame for view in survey.views])
    if part is None or picked - part.shown:
        track = yield from estimate_track(
            survey, recipe.model, rough / (*survey.ratio, 1.0), LINED_UP
        )
        _refuse_lost(track, survey)
    elif known.serves_model(recipe):
        track = part.track
    else:
        track = yield from track_near(survey, rough, recipe.model)
    track, layers = yield from _by_anchor(survey, track, recipe.anchor)
    again = _told_of(recipe, survey, track, layers, len(frames))
    same = track.model == known.track.model
    return replace(again, hidden=known.hidden_in(crop, reader.scale) if same else None)


def _retrace(
    reader: FrameReader, recipe: PanoramaRecipe, frames: Sequence[int], crop: Box, path: Floats
) -> Work[tuple[Track, Survey]]:
    """Place frames finely that are known to lie along a path."""
    frames = [frame for frame in frames if frame - recipe.start < len(path)]
    survey = yield from _survey(reader, recipe, frames, crop, REGISTER_SIDE, PREVIEW_VIEWS)
    ratio = survey.ratio[0] / reader.scale, survey.ratio[1] / reader.scale
    rough = along_path(path, ratio)[[view.frame - recipe.start for view in survey.views]]
    track = yield from estimate_track(survey, recipe.model, rough, LINED_UP)
    _refuse_lost(track, survey)
    return track, survey


def _refuse_lost(track: Track, survey: Survey) -> None:
    if len(track) < LINED_UP * len(survey.views):
        raise RenderError(
            f"only {len(track)} of {len(survey.views)} frames that were looked at can be lined up "
            "with each other"
        )


def _survey(
    reader: FrameReader,
    recipe: PanoramaRecipe,
    frames: Sequence[int],
    crop: Box,
    side: int,
    most: int,
    chain: Chain | None = None,
) -> Work[Survey]:
    """Look at up to ``most`` frames; what shows nothing, is blended or burnt in has no part.

    They may be followed in a chain meanwhile.
    """
    beside = None if chain is None else chain.begin
    survey = yield from read_views(
        reader, frames, crop, side, most=most, must={recipe.subject}, beside=beside
    )
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
        # Where something is burnt in, frames are followed once their corners there are left out.
        chain = None if recipe.overlays else Chain()
        survey = yield from _survey(reader, recipe, frames, crop, side, views, chain)
        try:
            track = yield from estimate_track(survey, recipe.model, chain=chain)
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


def _led_on(survey: Survey, track: Track) -> Work[Track]:
    """Follow a move anew through what looked like rests, while only lettering stood still."""
    place = without_stalls(survey, track)
    if place is None:
        return track
    moving = replace(survey, views=survey.views_of(track.frames))
    try:
        again = yield from track_near(moving, place, track.model)
    except RenderError:
        return track
    return again if len(again) >= LINED_UP * len(track) else track


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


def _by_layers(
    survey: Survey, track: Track, layers: Layers, crop: Box
) -> Work[tuple[Track, Layers]]:
    """Mend a path that goes astray with what passes in front."""
    speeds = layers.passing(track, crop.size)
    better = (yield from place_by_layers(survey, track, speeds)) if speeds else None
    return (track, layers) if better is None else (better, find_layers(survey, better))


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
