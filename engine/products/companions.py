"""Companions: whole frames with people in them, to go with the empty plate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from engine.errors import RenderError
from engine.events import result_of
from engine.footage.reader import FrameReader
from engine.products.contrast import levels_apart
from engine.products.keepers import find_lettered
from engine.products.plate_cache import PlateCache
from engine.products.plate_study import PlateStudy
from engine.products.proposal import Proposal, Skipped
from engine.recipe import KeeperRecipe, PlateRecipe, Recipe
from engine.values import AnyArray, Box, Image, Kind, Scene

LEAST_COVERED = 0.05
MOST_COVERED = 0.40

_SEEN_AT_ALL = 0.001  # share of the plate
_MOST = 4  # companions of one plate
_MOST_OF_LITTLE = 2  # of one that nothing covers much of
_SHARP = 0.6  # sharpness a companion needs, as a share of the sharpest frame's
_LIT = 1.12  # gain, either way, from which on a frame is in another light than its plate
_APART = 0.35  # share of two frames' foregrounds that must differ
_DIFFERS = 24  # grey levels
_BETTER = 0.05  # score by which a keeper is preferred to a companion that shows the same
_THUMB = (160, 90)


def propose_companions(
    scene: Scene,
    reader: FrameReader,
    plate: PlateRecipe,
    cache: PlateCache | None = None,
    keepers: Sequence[Proposal] = (),
) -> Iterator[Proposal | Skipped]:
    """Propose frames in which 5 to 40 % of the plate is covered: sharp, spread and distinct.

    Where never so much is covered, half of the most will do, in two frames: they look alike.

    ``cache`` may know the plate's study. Of a companion and one of the scene's ``keepers`` that
    shows nearly the same, the better one is proposed and the other folded under it; a keeper that
    is folded is proposed anew here.
    """
    cache = PlateCache() if cache is None else cache
    try:
        study = result_of(cache.study(reader, plate))
    except RenderError as error:
        yield Skipped(Kind.KEEPER, str(error))
        return
    fronts = study.covered
    covered = fronts.reshape(len(fronts), -1).mean(axis=1)
    fit = _fitness(scene, study, covered)
    picks = _distinct(study, fronts, covered, fit)
    if not picks:
        much = f"{_percent(_least(covered))} to {MOST_COVERED:.0%}"
        yield Skipped(Kind.KEEPER, f"no sharp frame has {much} of the plate covered")
    found = [
        Proposal(
            KeeperRecipe(plate.picture, study.frames[index]),
            plate.picture.size,
            round(float(fit[index]), 3),
            "companion",
            (f"{_percent(covered[index])} of the plate covered", "goes with the clean plate"),
            tags=("with people",),
            parent=plate,
        )
        for index in picks
    ]
    yield from _fold(reader, found, [float(covered[index]) for index in picks], keepers)


def _fitness(scene: Scene, study: PlateStudy, covered: AnyArray) -> AnyArray:
    """Rate each frame, 0 to 1: sharp against its shot, no mix, nothing burnt in, as covered."""
    rows = np.array(study.frames) - scene.shot.start
    sharpness = scene.facts.sharpness[rows]
    sharp = sharpness / max(float(scene.facts.sharpness.max()), 1e-6)
    inside = (covered >= _least(covered)) & (covered <= MOST_COVERED)
    lit = np.abs(np.log(study.views.gains)).max(axis=1) < np.log(_LIT)
    fit = inside & lit & ~scene.facts.blend[rows] & (sharp >= _SHARP) & ~find_lettered(scene)[rows]
    return np.where(fit, np.clip(sharp, 0, 1), 0)


def _percent(share: float) -> str:
    return f"{share:.{0 if share >= 0.01 else 1}%}"


def _least(covered: AnyArray) -> float:
    """Give the share of the plate that a companion covers at least."""
    return min(LEAST_COVERED, max(_SEEN_AT_ALL, float(covered.max()) / 2))


def _distinct(study: PlateStudy, fronts: AnyArray, covered: AnyArray, fit: AnyArray) -> list[int]:
    """Pick fit frames that differ in time, coverage and look, in order of time.

    The first is the fittest; each further one is the fittest for how far it lies from those
    already picked.
    """
    frames = np.array(study.frames)
    span = max(1, frames[-1] - frames[0])
    picks: list[int] = []
    most = _MOST if covered.max() >= LEAST_COVERED else _MOST_OF_LITTLE
    while len(picks) < most:
        worth = fit.copy()
        for pick in picks:
            later = np.abs(frames - frames[pick]) / span
            more = np.abs(np.log(np.maximum(covered, 1e-3) / covered[pick])) / 2
            worth *= np.minimum(1, 2 * later + more) * (later >= 1 / (3 * _MOST))
        best = int(np.argmax(worth))
        if worth[best] <= 0:
            break
        if all(_difference(study, fronts, best, pick) >= _APART for pick in picks):
            picks.append(best)
        fit = np.where(np.arange(len(fit)) == best, 0, fit)
    return sorted(picks)


def _difference(study: PlateStudy, fronts: AnyArray, one: int, other: int) -> float:
    """Share of what either frame shows in front that looks different in the other."""
    either = fronts[one] | fronts[other]
    differs = levels_apart(study.small[one], study.small[other]) > _DIFFERS
    return float((differs & either).sum() / max(1, either.sum()))


def _fold(
    reader: FrameReader,
    companions: Sequence[Proposal],
    covered: Sequence[float],
    keepers: Sequence[Proposal],
) -> Iterator[Proposal]:
    """Fold companions under keepers that show the same, or those keepers under companions.

    ``covered`` is the share of the plate that each companion covers. Gives the companions, and
    the keepers that are folded.
    """
    found = list(companions)
    thumbs = _thumbs(reader, [*companions, *keepers])
    # The best first: nothing is to be folded under what is folded itself after that.
    for keeper in sorted(keepers, key=lambda keeper: -keeper.score):
        twins = [
            place
            for place, companion in enumerate(found)
            if companion.like is None
            and _are_twins(companion.recipe, keeper.recipe, covered[place], thumbs)
        ]
        if not twins:
            continue
        best = found[max(twins, key=lambda place: found[place].score)]
        if keeper.score > best.score + _BETTER:
            for place in twins:
                found[place] = replace(found[place], like=keeper.recipe)
        else:
            yield replace(keeper, like=best.recipe)
    yield from found


def _are_twins(one: Recipe, other: Recipe, covered: float, thumbs: dict[int, Image]) -> bool:
    """Whether two frames differ in a small part of what covers the plate in ``one``."""
    if not (isinstance(one, KeeperRecipe) and isinstance(other, KeeperRecipe)):
        return False
    if one.frame == other.frame or not {one.frame, other.frame} <= thumbs.keys():
        return False
    differs = levels_apart(thumbs[one.frame], thumbs[other.frame]) > _DIFFERS
    return float(differs.mean()) < _APART * covered


def _thumbs(reader: FrameReader, keepers: Sequence[Proposal]) -> dict[int, Image]:
    """Give the pictures of some keepers by frame, reduced."""
    boxes = {
        k.recipe.frame: k.recipe.picture for k in keepers if isinstance(k.recipe, KeeperRecipe)
    }
    read = reader.read(reader.available(sorted(boxes)))
    return {frame: _thumb(image, boxes[frame].scaled(reader.scale)) for frame, image in read}


def _thumb(image: Image, box: Box) -> Image:
    small = cv2.resize(image[box.slices], _THUMB, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
