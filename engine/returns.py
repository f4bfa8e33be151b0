"""Across the scenes of a project: sets that come back, and pictures that are doubles of others."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, overload

import cv2
import numpy as np

from engine.analysis.returning import (
    Sketch,
    find_returns,
    likeness_of_colours,
    same_set,
    sketch,
)
from engine.errors import SourceError
from engine.files import proxies_path
from engine.footage.proxies import ProxyReader
from engine.products.at_once import at_once
from engine.products.likeness import find_alike
from engine.products.overlays import overlay_mask, overlays_between
from engine.values import Image, Kind, SameSet, Scene

_SKETCHES = 2
"""Of each scene: whoever hides the set at one time may not at another."""

_SKETCHED_AT_ONCE = 16
"""Scenes whose sketches are held in memory together."""

_WHOLE = {Kind.PANORAMA: 0.75, Kind.PLATE: 0.75, Kind.KEEPER: 0.85}
"""Share of the smaller picture that the better one has to show."""

_DRAWN_ALIKE = {Kind.PANORAMA: 0.6, Kind.PLATE: 0.6, Kind.KEEPER: 0.85}
"""Share of what is drawn that has to be drawn alike: a keeper is wanted for who is in it."""


_NEAREST = 12
"""Better candidates on a set that one is compared with, the likest in colour."""


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
class Sets:
    """Scenes that show the painting or set of an earlier one."""

    found: tuple[SameSet, ...]


@dataclass(frozen=True, slots=True)
class Doubles:
    """Candidates with the better one that each looks like."""

    found: tuple[tuple[str, str], ...]


def find_sets(folder: Path, scenes: Sequence[Scene]) -> Iterator[Sets]:
    """Find scenes on one set, from their proxies: no candidate needs to be there yet."""
    sets = []
    with TemporaryFile(dir=folder) as file:
        sketches = _Shelf(file)
        for place in range(0, len(scenes), _SKETCHED_AT_ONCE):
            some = scenes[place : place + _SKETCHED_AT_ONCE]
            for made in at_once(lambda scene: _sketches(folder, scene), some):
                sketches.add(made)
        returns = find_returns(sketches)
    for scene, found in zip(scenes, returns, strict=True):
        if found is not None:
            first, told = scenes[found[0]], found[1]
            a, b, x, c, d, y = (float(v) for v in told.move.ravel())
            move = (a, b, x, c, d, y)
            here, there = (scene.source.id, scene.number), (first.source.id, first.number)
            sets.append(SameSet(here, there, move, told.overlap, told.agree))
    yield Sets(tuple(sets))


def find_doubles(sets: Sequence[SameSet], shown: Sequence[Shown]) -> Iterator[Doubles]:
    """Find candidates that show the same: on one set, and crops wherever they are from."""
    yield Doubles((*_doubles(sets, shown), *_crops_again(shown)))


class _Shelf(Sequence[list[Sketch]]):
    """Sketches of scenes, in a file of ours: those of a season would take gigabytes of memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: list[int] = []

    def add(self, sketches: list[Sketch]) -> None:
        """Keep those of one more scene."""
        self._places.append(self._file.seek(0, os.SEEK_END))
        pickle.dump(sketches, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> list[Sketch]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[Sketch]]: ...
    def __getitem__(self, place: int | slice) -> list[Sketch] | list[list[Sketch]]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        self._file.seek(self._places[place])
        kept: list[Sketch] = pickle.load(self._file)
        return kept


def _sketches(folder: Path, scene: Scene) -> list[Sketch]:
    """Sketch a scene's set from two of its reduced frames; none where they are gone."""
    path = proxies_path(folder, scene.source.id, scene.number)
    try:
        with ProxyReader(path) as reader:
            length = len(scene.shot)
            wanted = [scene.shot.start + length * (2 * k + 1) // (2 * _SKETCHES) for k in (0, 1)]
            # As the analysis told it: later the edges are moved, of one scene before another's.
            picture = reader.picture or scene.picture
            return [
                _sketched(replace(scene, picture=picture), frame, image, reader.scale)
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
            near = (kept[place] for place in _likest(mine, kept))
            better = next((other for other, its in near if _is_double(kind, mine, its)), None)
            if better is None:
                kept.append((one, mine))
            elif better.scene != one.scene:
                yield one.id, better.id


def _likest(mine: Sketch, kept: Sequence[tuple[Shown, Sketch]]) -> list[int]:
    """Give the places of those likest in colour, the best first: a set may be back all season."""
    if len(kept) <= _NEAREST:
        return list(range(len(kept)))
    likeness = [likeness_of_colours(mine, its) for _, its in kept]
    return sorted(sorted(range(len(kept)), key=lambda place: -likeness[place])[:_NEAREST])


def _crops_again(shown: Sequence[Shown]) -> Iterator[tuple[str, str]]:
    """Give crops that show what a better one of another scene shows."""
    crops = sorted((s for s in shown if s.kind is Kind.CROP), key=lambda s: (-s.score, s.id))
    read: list[Shown] = []

    def patches() -> Iterator[tuple[Image, bool]]:
        for crop in crops:
            # A quarter is enough to compare, and much faster to decode.
            image = cv2.imread(str(crop.preview), cv2.IMREAD_REDUCED_COLOR_4)
            if image is not None:
                read.append(crop)
                patch = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
                yield np.asarray(patch, np.uint8), crop.reason == "face"

    for place, like in enumerate(find_alike(patches())):
        if like is not None and read[like].scene != read[place].scene:
            yield read[place].id, read[like].id


def _preview(path: Path) -> Sketch | None:
    image = cv2.imread(str(path)) if path.is_file() else None
    return None if image is None else sketch(np.asarray(image, np.uint8))


def _is_double(kind: Kind, one: Sketch, other: Sketch) -> bool:
    told = same_set(one, other)
    return told is not None and told.overlap >= _WHOLE[kind] and told.agree >= _DRAWN_ALIKE[kind]
