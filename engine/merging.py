"""Plates of one set from several shots: what one never shows, another may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.discovery import write_preview
from engine.errors import EngineError
from engine.events import result_of
from engine.files import proxies_path
from engine.footage.joined import JoinedProxies
from engine.products.plate import render_plate
from engine.products.proposal import Proposal
from engine.recipe import PlateRecipe, changed
from engine.values import Rendered, SameSet, Scene

_GAIN = 0.01
"""Share of the picture that other shots must add for a merged plate to be worth it."""

_TURNED = 0.004
"""Of an affine: more than this and two shots differ by more than a shift."""

_ASIDE = 0.2
"""Of the picture, that a shot of the same set may lie aside."""

_MOST_SHOTS = 4

Place = tuple[str, int]
"""Source and number of a scene."""


@dataclass(frozen=True, slots=True)
class Part:
    """The plate of one scene."""

    id: str
    recipe: PlateRecipe
    score: float


@dataclass(frozen=True, slots=True)
class _Shot:
    scene: Scene
    part: Part
    move: tuple[float, float]
    """Where its picture lies on that of the first shot of the set, source pixels."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A plate made of several shots, on its way to the catalogue."""

    scene: Scene
    """The one whose frames' places it has."""
    proposal: Proposal
    preview: str
    """Path under the project folder."""
    parts: tuple[str, ...]
    """The candidates that it is better than."""


def merge_plates(
    folder: Path, scenes: Sequence[Scene], sets: Sequence[SameSet], plates: Mapping[Place, Part]
) -> Iterator[Merged]:
    """Propose plates that complete each other, from the proxies of the shots of each set."""
    by_place = {(scene.source.id, scene.number): scene for scene in scenes}
    groups: dict[Place, dict[Place, tuple[float, float]]] = {}
    for told in sets:
        a, b, x, c, d, y = told.move
        if told.scene[0] != told.first[0] or max(abs(a - 1), abs(b), abs(c), abs(d - 1)) > _TURNED:
            continue
        group = groups.setdefault(told.first, {told.first: (0.0, 0.0)})
        group[told.scene] = (x, y)
    for group in groups.values():
        there = [place for place in group if place in plates and place in by_place]
        there.sort(key=lambda place: -plates[place].score)
        shots = [_Shot(by_place[place], plates[place], group[place]) for place in there]
        # A damaged proxy costs this plate, not the scan.
        with suppress(EngineError):
            if len(shots) > 1 and (merged := _merged(folder, shots)) is not None:
                yield merged


def _merged(folder: Path, shots: Sequence[_Shot]) -> Merged | None:
    """Complete the first plate by the shots of the others, if that shows more."""
    first, main = shots[0], shots[0].part.recipe
    used, also = [first], []
    for shot in shots[1:_MOST_SHOTS]:
        x, y = (round(here - there) for here, there in zip(first.move, shot.move, strict=True))
        if abs(x) < _ASIDE * main.picture.width and abs(y) < _ASIDE * main.picture.height:
            used.append(shot)
            also.append((shot.part.recipe.start, shot.part.recipe.stop, x, y))
    left_out = sorted({frame for shot in used for frame in shot.part.recipe.left_out})
    overlays = tuple(overlay for shot in used for overlay in shot.part.recipe.overlays)
    recipe = changed(main, also=tuple(also), overlays=overlays, left_out=tuple(left_out))
    alone = _rendered(folder, used[:1], main)
    whole = _rendered(folder, used, recipe)
    if alone.low_confidence - whole.low_confidence < _GAIN:
        return None
    names = ", ".join(str(shot.scene.number) for shot in used[1:])
    why = (
        f"{1 - whole.low_confidence:.0%} of the picture seen clean",
        f"{alone.low_confidence - whole.low_confidence:.0%} of it only in scene {names}",
    )
    size, tags = recipe.picture.size, () if whole.warnings else ("no humans",)
    proposal = Proposal(recipe, size, whole.score, "merged", why, whole.warnings, tags)
    preview = write_preview(folder, first.scene.source.id, recipe, whole.image)
    return Merged(first.scene, proposal, preview, tuple(shot.part.id for shot in used))


def _rendered(folder: Path, shots: Sequence[_Shot], recipe: PlateRecipe) -> Rendered:
    scenes = [shot.scene for shot in shots]
    paths = [proxies_path(folder, s.source.id, s.number) for s in scenes]
    with JoinedProxies(paths) as reader:
        return result_of(render_plate(reader, recipe))
