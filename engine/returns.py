"""Across the scenes of a project: sets that come back, and pictures that are doubles of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engine.analysis.returning import Sketch, find_returns, same_set, sketch
from engine.errors import SourceError
from engine.footage.proxies import ProxyReader
from engine.products.likeness import find_alike
from engine.products.overlays import overlay_mask, overlays_between
from engine.values import Image, Kind, SameSet, Scene

_SKETCHES = 2
"""Of each scene: whoever hides the set at one time may not at another."""

_WHOLE = {Kind.PANORAMA: 0.75, Kind.PLATE: 0.75, Kind.KEEPER: 0.85}
"""Share of the smaller picture that the better one has to show."""

_DRAWN_ALIKE = {Kind.PANORAMA: 0.6, Kind.PLATE: 0.6, Kind.KEEPER: 0.85}
"""Share of what is drawn that has to be drawn alike: a keeper is wanted for who is in it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate that may be a double."""

    id: str
    kind: Kind
    scene: tuple[str, int]
    """Source and number."""
    score: float
    area: int
    """Pixels of the picture at full size."""
    preview: Path
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Returns:
    """What was found across scenes."""

    sets: tuple[SameSet, ...]
    doubles: tuple[tuple[str, str], ...]
    """Candidates with the better one that each looks like."""


def find_doubles(
    folder: Path, scenes: Sequence[Scene], shown: Sequence[Shown]
) -> Iterator[Returns]:
    """Find scenes on one set, from their proxies, and the candidates there that show the same."""
    sketches = [_sketches(folder, scene) for scene in scenes]
    sets = []
    for scene, found in zip(scenes, find_returns(sketches), strict=True):
        if found is not None:
            first, told = scenes[found[0]], found[1]
            a, b, x, c, d, y = (float(v) for v in told.move.ravel())
            move = (a, b, x, c, d, y)
            here, there = (scene.source.id, scene.number), (first.source.id, first.number)
            sets.append(SameSet(here, there, move, told.overlap, told.agree))
    yield Returns(tuple(sets), (*_doubles(sets, shown), *_crops_again(shown)))


def _sketches(folder: Path, scene: Scene) -> list[Sketch]:
    """Sketch a scene's set from two of its reduced frames; none where they are gone."""
    path = folder / "proxies" / scene.source.id / f"{scene.number:05d}.zip"
    try:
        with ProxyReader(path) as reader:
            length = len(scene.shot)
            wanted = [scene.shot.start + length * (2 * k + 1) // (2 * _SKETCHES) for k in (0, 1)]
            return [
                _sketched(scene, frame, image, reader.scale)
                for frame, image in reader.read(reader.available(wanted))
            ]
    except SourceError:
        return []


def _sketched(scene: Scene, frame: int, image: Image, scale: float) -> Sketch:
    height, width = image.shape[:2]
    hidden = overlay_mask(overlays_between(scene, frame, frame + 1), frame, (width, height), scale)
    box = scene.picture.scaled(scale)
    return sketch(
        image[box.slices],
        scale,
        left=scene.picture.x,
        top=scene.picture.y,
        hidden=hidden[box.slices] if hidden is not None else None,
    )


def _doubles(sets: Sequence[SameSet], shown: Sequence[Shown]) -> Iterator[tuple[str, str]]:
    """Compare candidates of one kind on one set, the best first; give doubles of better ones."""
    first_of = {told.scene: told.first for told in sets}
    groups: dict[tuple[Kind, tuple[str, int]], list[Shown]] = {}
    returning = {*first_of, *first_of.values()}
    for one in shown:
        if one.scene in returning and one.kind in _WHOLE:
            groups.setdefault((one.kind, first_of.get(one.scene, one.scene)), []).append(one)
    for (kind, _), group in groups.items():
        kept: list[tuple[Shown, Sketch]] = []
        for one in sorted(group, key=lambda s: (-s.score, -s.area, s.id)):
            mine = _preview(one.preview)
            if mine is None:
                continue
            better = next((other for other, its in kept if _is_double(kind, mine, its)), None)
            if better is None:
                kept.append((one, mine))
            elif better.scene != one.scene:
                yield one.id, better.id


def _crops_again(shown: Sequence[Shown]) -> Iterator[tuple[str, str]]:
    """Give crops that show what a better one of another scene shows."""
    crops = sorted((s for s in shown if s.kind is Kind.CROP), key=lambda s: (-s.score, s.id))
    patches, read = [], []
    for crop in crops:
        # A quarter is enough to compare, and much faster to decode.
        image = cv2.imread(str(crop.preview), cv2.IMREAD_REDUCED_COLOR_4)
        if image is not None:
            patch = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
            patches.append(np.asarray(patch, np.uint8))
            read.append(crop)
    likes = find_alike(patches, [crop.reason == "face" for crop in read])
    for crop, like in zip(read, likes, strict=True):
        if like is not None and read[like].scene != crop.scene:
            yield crop.id, read[like].id


def _preview(path: Path) -> Sketch | None:
    image = cv2.imread(str(path)) if path.is_file() else None
    return None if image is None else sketch(np.asarray(image, np.uint8))


def _is_double(kind: Kind, one: Sketch, other: Sketch) -> bool:
    told = same_set(one, other)
    return told is not None and told.overlap >= _WHOLE[kind] and told.agree >= _DRAWN_ALIKE[kind]
