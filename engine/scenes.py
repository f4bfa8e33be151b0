"""A source becomes scenes: the units of work of a scan that open it and find what it shows.

See :mod:`engine.discovery` for what is made of scenes.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from platform import node
from typing import Any

import numpy as np

from engine.analysis.cuts import are_stills
from engine.analysis.logos import LogoFinder
from engine.analysis.looks import look_at
from engine.analysis.overlays import OverlayFinder
from engine.analysis.shots import (
    WARM_UP,
    AnalysedShot,
    Kinship,
    LostPlaceError,
    Memory,
    analyse_shots,
)
from engine.errors import ProjectError, SourceError
from engine.events import Advanced, Event, Noted
from engine.files import proxies_path, write_whole
from engine.footage.footage import Footage
from engine.footage.known import Known
from engine.footage.proxies import write_proxies
from engine.footage.sources import came_whole, files_of, known_by_now, known_of, open_source
from engine.isolation import tell
from engine.products.frame_stack import evenly
from engine.products.handheld import MOST_PHOTOS, is_one_place
from engine.products.photos import hang_together
from engine.text import plain
from engine.values import Frame, Overlay, PictureFile, Scene, Source, SourceKind, Transition

ANALYSIS_SIDE = 640
"""Long side of the frames that are analysed and kept as proxies, pixels."""

_NEIGHBOURS = 24
"""Pairs of pictures in a large folder by which it is told what it holds."""

_PLACE_VERSION = 2
"""Of what is kept between two scans of a source."""

_LOGOS = "logos_"
"""Begins the names of what is kept of logos."""


@dataclass(frozen=True)
class Opened:
    """A source was opened, and need not be looked through again."""

    source: Source
    known: Known | None
    files: tuple[PictureFile, ...] = ()
    """What its frames are, where they are files."""


@dataclass(frozen=True)
class Place:
    """Where the analysis of a source stands."""

    scenes: int
    """How many are finished."""
    memory: Memory


@dataclass(frozen=True)
class SceneFound:
    """A scene has been measured, and its proxies are on disk."""

    scene: Scene
    place: Place | None
    """From where the analysis can go on; None after the last scene."""
    whole: bool = False
    """All its frames were decoded, and came out whole."""


@dataclass(frozen=True)
class Analysed:
    """A source was read to its end."""

    frames: int
    scenes: int
    logos: tuple[Overlay, ...] = ()
    """Where logos are; scenes that were found before they were known carry them, too."""


def probe(path: Path) -> Iterator[Opened]:
    """Open a source and tell what it is; once more when what only full frames ask for is known."""
    with open_source(path) as footage:
        early = known_by_now(footage)
        is_all = early is None or early.left_sited is not None
        yield Opened(footage.source, early, files_of(footage))
        if not is_all:
            yield Opened(footage.source, known_of(footage))


def analyse_source(
    opened: Opened, folder: Path, since: Place | None, most: int
) -> Iterator[SceneFound | Event | Analysed]:
    """Find the scenes of a source from ``since`` on; proxies go under the project ``folder``.

    After ``most`` frames it stops with the scene they end in, unless ``most`` is 0. What is
    found does not depend on where it stops and goes on.
    """
    with reopened(opened, folder) as footage:
        try:
            yield from analyse(footage, folder, since, most)
        except LostPlaceError:  # nothing was told yet: the place was another version's
            yield from analyse(footage, folder, None, most)


def analyse(
    footage: Footage, folder: Path | None = None, since: Place | None = None, most: int = 0
) -> Iterator[SceneFound | Event | Analysed]:
    """Find scenes; write the proxies of each under the project ``folder``, if any.

    Raises
    ------
    LostPlaceError
        Before anything is yielded, when no scene begins at ``since``.
    """
    source = footage.source
    scale = footage.reduced_scale(ANALYSIS_SIDE)
    overlays = OverlayFinder(scale, is_film=source.kind is SourceKind.VIDEO)
    before, begin = (since.scenes, since.memory.start) if since else (0, 0)
    first = max(0, begin - WARM_UP)
    frames, kinship = _read(footage, first)
    shots = analyse_shots(
        _counted(frames, source, first),
        scale=scale,
        fps=float(source.fps) or 24.0,
        size=source.size,
        since=since.memory if since else None,
        overlays=overlays,
        kinship=kinship,
        with_proxies=folder is not None,
    )
    last, number, place = begin, before, None
    for number, found in enumerate(shots, start=before + 1):
        last = found.shot.stop
        place = Place(number, found.memory) if found.memory else None
        if folder is not None:
            path = proxies_path(folder, source.id, number)
            write_proxies(path, found.proxies, scale, source.size, found.picture)
        whole = came_whole(footage, found.shot.start, found.shot.stop)
        yield SceneFound(_scene_of(found, number, source), place, whole)
        if place is not None and 0 < most <= last - begin:
            break
    for damage in footage.damage:
        at = "" if source.kind is SourceKind.PICTURES else f", {damage.time:.1f} s"
        yield Noted(f"{plain(source.name)}{at}: {damage.text}")
    if place is None:
        yield Analysed(last, number, overlays.logos(source.size))


def _read(footage: Footage, start: int) -> tuple[Iterator[Frame], Kinship]:
    """Give reduced frames, and what they are to each other."""
    source = footage.source
    if source.kind is not SourceKind.PICTURES:
        return footage.reduced(ANALYSIS_SIDE, start), Kinship.FILM
    if source.frames > MOST_PHOTOS:
        places = evenly(source.frames - 1, _NEIGHBOURS)
        pairs = [list(footage.reduced(ANALYSIS_SIDE, place, place + 2)) for place in places]
        return footage.reduced(ANALYSIS_SIDE, start), _kinship_of([(a, b) for a, b in pairs])
    photos = list(footage.reduced(ANALYSIS_SIDE))
    pictures = [photo.image for photo in photos]
    # A scene has frames of one size, by which its motion is measured.
    of_one_size = len({picture.shape for picture in pictures}) == 1
    if of_one_size and (is_one_place(pictures) or hang_together(pictures)):
        return iter(photos[start:]), Kinship.ONE_PLACE
    return iter(photos[start:]), _kinship_of(list(pairwise(photos)))


def _kinship_of(neighbours: Sequence[tuple[Frame, Frame]]) -> Kinship:
    looks = [(look_at(one), look_at(other)) for one, other in neighbours]
    return Kinship.STILLS if are_stills(looks) else Kinship.FILM


def save_place(folder: Path, source_id: str, place: Place) -> None:
    """Keep on disk where the analysis of a source stands; its scenes are in the catalogue."""
    memory = place.memory
    buffer = io.BytesIO()
    logos: dict[str, Any] = memory.logos.to_arrays()
    np.savez(
        buffer,
        numbers=np.array([_PLACE_VERSION, place.scenes, memory.start, memory.reach, memory.count]),
        entry=np.array(str(memory.entry)),
        brightest=memory.brightest,
        **{_LOGOS + name: array for name, array in logos.items()},
    )
    write_whole(_place_path(folder, source_id), buffer.getvalue(), lasting=False)


def load_place(folder: Path, source_id: str) -> Place | None:
    """Find where an earlier analysis of a source stopped; None to begin anew."""
    try:
        with np.load(_place_path(folder, source_id), allow_pickle=False) as kept:
            version, scenes, start, reach, count = (int(number) for number in kept["numbers"])
            entry, brightest = Transition(str(kept["entry"])), kept["brightest"]
            names = [name for name in kept if name.startswith(_LOGOS)]
            logos = LogoFinder.from_arrays({n.removeprefix(_LOGOS): kept[n] for n in names})
    except Exception:  # what is damaged fails wherever the damage is: unpacking, parsing, reading
        return None
    if version != _PLACE_VERSION or brightest.ndim != 2 or brightest.dtype != np.uint8:
        return None
    return Place(scenes, Memory(start, entry, reach, brightest, count, logos))


def forget_place(folder: Path, source_id: str) -> None:
    """Take away what is of no use once a source is read to its end."""
    _place_path(folder, source_id).unlink(missing_ok=True)


def _place_path(folder: Path, source_id: str) -> Path:
    return folder / "proxies" / source_id / "analysis.npz"


def _scene_of(found: AnalysedShot, number: int, source: Source) -> Scene:
    return Scene(
        number,
        source,
        found.shot,
        found.picture,
        found.motion,
        found.facts,
        found.overlays,
        found.gradual,
    )


@contextmanager
def reopened(opened: Opened, folder: Path) -> Iterator[Footage]:
    """Open a source again, where its project is within reach too."""
    if not (folder / "catalog.sqlite").is_file():
        raise ProjectError(
            f"{plain(str(folder))} is not there on {plain(node())}; "
            "put project and sources where every machine finds them by the same path"
        )
    with open_source(opened.source.path, opened.known) as footage:
        if footage.source.id != opened.source.id:
            raise SourceError(f"{plain(opened.source.name)} has changed while it was scanned")
        yield footage


def _counted(frames: Iterator[Frame], source: Source, first: int) -> Iterator[Frame]:
    """Tell how far a source is read, ten times a second at most, and when all of it is."""
    told = 0.0
    count = first
    for count, frame in enumerate(frames, start=first + 1):
        now = time.monotonic()
        if now - told > 0.1:
            told = now
            tell(Advanced(f"reading {plain(source.name)}", count, source.frames))
        yield frame
    tell(Advanced(f"reading {plain(source.name)}", count, source.frames))
