"""Keepers: whole frames worth keeping, and the exact copy of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RenderError
from engine.events import Advanced, Work
from engine.footage.reader import FrameReader
from engine.products.contrast import levels_apart
from engine.products.expressions import find_expressions
from engine.products.proposal import Proposal, Skipped
from engine.recipe import KeeperRecipe
from engine.values import Camera, Image, Kind, Rendered, Scene

_MOVES = (Camera.PAN_LEFT, Camera.PAN_RIGHT, Camera.TILT_UP, Camera.TILT_DOWN, Camera.DIAGONAL)

_LOOKED_AT = 32
"""Frames of a scene that are looked at, the fittest of each stretch of it."""

_MOST_EXPRESSIONS = 3
"""Frames kept beside the others for the sake of a face."""

_LETTERED = 0.5
"""What is left of a frame's fitness under lettering: another one is kept if there is any."""

_THUMB = (48, 27)
_DISTINCT, _DISTINCT_MOVING = 0.12, 0.3
"""Share of the thumb that must differ for a frame to be another picture; more of it differs
anyway where the camera moves."""

_DIFFERS = 20
_DARK = 20
"""Grey level that hardly any pixel of a black picture passes."""

_EMPTY_SPREAD = 4.0
"""Grey levels by which a picture with anything in it varies."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame that was looked at."""

    frame: int
    fitness: float
    sharpness: float
    """Against the sharpest of the scene, 0 to 1."""
    thumb: Image


def propose_keepers(scene: Scene, reader: FrameReader) -> Iterator[Proposal | Skipped]:
    """Propose the frames of a scene worth keeping whole: sharp, well exposed, distinct.

    A camera move gives frames spread along it, to go with its panorama; a static shot one or
    two; any other the sharpest of each look. Only a scene that shows nothing gives none.
    """
    seen = _look(scene, reader)
    if not seen:
        reason = "black or empty: no frame shows anything"
        yield Skipped(Kind.KEEPER, reason)
        return
    moves = scene.motion.camera in _MOVES
    picks = _along_the_move(scene, seen) if moves else _distinct(scene, seen)
    others = [] if moves else _other_expressions(scene, reader, seen, picks)
    for place, pick in enumerate([*picks, *others]):
        reason = "companion" if moves else "sharpest" if place == 0 else "distinct"
        reason = "expression" if pick in others else reason
        yield Proposal(
            KeeperRecipe(scene.picture, pick.frame),
            scene.picture.size,
            round(pick.fitness, 3),
            reason,
            _why(pick, reason, alone=len(scene.shot) == 1),
            _warnings(scene, pick.frame),
        )


def _other_expressions(
    scene: Scene, reader: FrameReader, seen: Sequence[_Seen], picks: Sequence[_Seen]
) -> list[_Seen]:
    """Pick the frames in which a large face looks different from the fittest frame's."""
    least = 0.6 * picks[0].fitness
    taken = {pick.frame for pick in picks}
    fit = {s.frame: s for s in seen if s.fitness >= least and s.frame not in taken}
    frames = sorted(fit)
    found = find_expressions(reader, scene.picture, frames, picks[0].frame, _MOST_EXPRESSIONS)
    return [fit[frame] for frame in found]


def _why(pick: _Seen, reason: str, *, alone: bool) -> tuple[str, ...]:
    if alone:
        return ("the only picture of its scene: there is none to compare it with",)
    sharp = (
        "the sharpest" if pick.sharpness > 0.98 else f"{pick.sharpness:.0%} as sharp as the best"
    )
    also = {"companion": "spread along the move", "distinct": "looks unlike the others"}
    also["expression"] = "the face looks different here"
    return (sharp, also[reason]) if reason in also else (sharp,)


def _warnings(scene: Scene, frame: int) -> tuple[str, ...]:
    kinds = {str(o.kind) for o in scene.overlays if o.start <= frame < o.stop}
    return tuple(f"burnt in: {kind}" for kind in sorted(kinds))


def _most(scene: Scene) -> int:
    """Give the most frames that a scene without a camera move may keep."""
    if scene.motion.camera is Camera.STATIC:
        return 2
    return 1 + min(3, len(scene.shot) // 48)


def _sharpest(scene: Scene) -> float:
    """Give the sharpness of the sharpest frame; a flash has edges of its own and does not count."""
    facts = scene.facts
    whole = facts.sharpness[~facts.blend] if not facts.blend.all() else facts.sharpness
    return max(float(whole.max()), 1e-6)


def _fitness(scene: Scene) -> NDArray[np.float64]:
    """Rate each frame from its facts, 0 to 1: sharp and lit like its scene, and no mix."""
    facts = scene.facts
    sharp = np.minimum(facts.sharpness / _sharpest(scene), 1)
    luma = np.maximum(facts.luma.astype(np.float64), 1)
    # A flash or a half-faded frame is far from the light that the scene has most of the time.
    usual = float(np.median(luma[~facts.blend])) if not facts.blend.all() else float(luma.max())
    light = np.exp(-((np.log(luma / max(usual, 1.0)) / 0.5) ** 2))
    whole = np.where(facts.blend, 0.2, 1.0) * np.where(find_lettered(scene), _LETTERED, 1.0)
    return np.asarray(np.clip(sharp * light * whole, 0.001, 1), np.float64)


def find_lettered(scene: Scene) -> NDArray[np.bool_]:
    """Tell on which frames something is burnt in, where there are others."""
    lettered = np.zeros(len(scene.facts), np.bool_)
    for overlay in scene.overlays:
        start = max(0, overlay.start - scene.shot.start)
        lettered[start : max(0, overlay.stop - scene.shot.start)] = True
    return lettered & ~lettered.all()


def _look(scene: Scene, reader: FrameReader) -> list[_Seen]:
    """Read the fittest frames of each stretch of the scene, without those that show nothing."""
    fitness = _fitness(scene)
    top = _sharpest(scene)
    start = scene.shot.start
    frames = [f for f in reader.available(scene.shot) if 0 <= f - start < len(fitness)]
    chosen = _best_of_stretches(frames, [float(fitness[f - start]) for f in frames])
    box = scene.picture.scaled(reader.scale)
    seen = []
    for frame, image in reader.read(chosen):
        picture = np.asarray(image[box.slices], np.uint8)
        if not _is_empty(picture):
            sharpness = float(scene.facts.sharpness[frame - start]) / top
            thumb = cv2.resize(picture, _THUMB, interpolation=cv2.INTER_AREA)
            fit = float(fitness[frame - start])
            seen.append(_Seen(frame, fit, sharpness, np.asarray(thumb, np.uint8)))
    return seen


def _best_of_stretches(frames: Sequence[int], fitness: Sequence[float]) -> list[int]:
    if len(frames) <= _LOOKED_AT:
        return list(frames)
    ends = np.linspace(0, len(frames), _LOOKED_AT + 1).astype(int)
    return [frames[max(range(a, b), key=lambda i: fitness[i])] for a, b in pairwise(ends)]


def _is_empty(picture: Image) -> bool:
    """Whether a picture is black, or one flat colour."""
    if picture.size == 0:
        return True
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    bright = int(np.searchsorted(np.cumsum(counts), 0.99 * grey.size))
    return bright < _DARK or float(cv2.meanStdDev(grey)[1].item()) < _EMPTY_SPREAD


def _distinct(scene: Scene, seen: Sequence[_Seen]) -> list[_Seen]:
    """Pick the fittest, then what is most unlike all picked, as long as it is distinct."""
    picks = [max(seen, key=lambda s: s.fitness)]
    least = 0.6 * picks[0].fitness
    static = scene.motion.camera is Camera.STATIC
    apart = _DISTINCT if static else _DISTINCT_MOVING
    while len(picks) < _most(scene):
        gaps = [min(_gap(s, pick) for pick in picks) for s in seen]
        # Fitness decides among those that are about as different.
        rated = [
            (min(gap, 0.4) * s.fitness, i)
            for i, (gap, s) in enumerate(zip(gaps, seen, strict=True))
            if gap >= apart and s.fitness >= least
        ]
        if not rated:
            break
        picks.append(seen[max(rated)[1]])
    return picks


def _gap(one: _Seen, other: _Seen) -> float:
    """Share of the picture that looks different."""
    return float((levels_apart(one.thumb, other.thumb) > _DIFFERS).mean())


def _along_the_move(scene: Scene, seen: Sequence[_Seen]) -> list[_Seen]:
    """Pick the fittest frame near each of a few places spread evenly along the camera's way."""
    start = scene.shot.start
    path = scene.motion.path[:, :2]
    steps = np.hypot(*np.diff(path, axis=0, prepend=path[:1]).T)
    way = np.cumsum(steps)
    at = [float(way[min(s.frame - start, len(way) - 1)]) for s in seen]
    length = float(way[-1])
    side = min(scene.picture.size)
    count = int(np.clip(round(length / side) + 1, 2, 5))
    reach = max(length / (2 * count), 1.0)
    picks: list[_Seen] = []
    for place in np.linspace(0, length, count):
        near = [s for s, w in zip(seen, at, strict=True) if abs(w - place) <= reach]
        if near:
            best = max(near, key=lambda s: s.fitness)
            if all(best.frame != p.frame and _gap(best, p) >= _DISTINCT for p in picks):
                picks.append(best)
    return picks or [max(seen, key=lambda s: s.fitness)]


def render_keeper(reader: FrameReader, recipe: KeeperRecipe) -> Work[Rendered]:
    """Copy the picture inside a frame, pixel for pixel.

    Raises
    ------
    RenderError
        When the frame cannot be had, or the picture does not lie inside it.
    """
    yield Advanced("reading the frame", 0, 1)
    frames = reader.available((recipe.frame,))
    box = recipe.picture.scaled(reader.scale)
    # A reduced frame's size is rounded; a picture that fills it may end a pixel outside.
    slack = 0 if reader.scale == 1.0 else 1
    for frame, image in reader.read(frames):
        # The frame's own size: pictures of one folder may differ in theirs.
        height, width = image.shape[:2]
        if box.right > width + slack or box.bottom > height + slack:
            raise RenderError(
                f"the picture {box.width}x{box.height} at {box.x},{box.y} does not lie inside the "
                f"frame of {width}x{height}; set it again"
            )
        copy = np.ascontiguousarray(image[box.slices])
        return Rendered(copy, frames_used=((frame, 0.0, 0.0),))
    raise RenderError(f"frame {recipe.frame} is not in the source; choose another")
