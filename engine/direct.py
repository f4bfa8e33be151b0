"""Products straight from footage or pictures, without a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.analysis.overlays import with_logos
from engine.errors import RenderError, SourceError
from engine.events import Advanced, Event, Noted, Work
from engine.export.origin import product_version
from engine.footage.footage import Footage
from engine.footage.letterbox import PictureFinder, refine_picture
from engine.footage.reader import FrameReader, SkimmingReader
from engine.footage.sources import open_source
from engine.isolation import Isolated, run_alone, run_in
from engine.products.crops import RankedCrop, rank_crops
from engine.products.filled import KEPT, LookingReader, NotFilledError
from engine.products.frame_stack import gather
from engine.products.handheld import MOST_PHOTOS
from engine.products.held_frames import HeldFrames, holding
from engine.products.move_in_range import FoundMove, find_move
from engine.products.plate import plate_recipe_for
from engine.products.plate_cache import PlateCache
from engine.products.render import render
from engine.project.settings import load_settings
from engine.recipe import PanoramaRecipe, PlateRecipe, frames_of, to_table
from engine.scenes import ANALYSIS_SIDE, Analysed, Opened, SceneFound, analyse, probe
from engine.text import plain, plural
from engine.values import Box, Rendered, Scene, SourceKind

DirectRecipe = PanoramaRecipe | PlateRecipe

FILM_SHARE = 0.8
"""Of pictures, that can be followed one after the other where they are the frames of a film."""

_LETTERBOX_SAMPLES = 24
"""Frames looked at to find the picture inside the frame."""


def find_scenes(path: Path) -> Work[list[Scene]]:
    """Find the scenes of one source and measure them; keeps nothing on disk."""
    check_there(path)
    scenes: list[Scene] = []
    for message in run_alone(path.name, _scenes, path):
        if isinstance(message, Scene):
            scenes.append(message)
        elif isinstance(message, Analysed):
            scenes = [with_logos(scene, message.logos) for scene in scenes]
        else:
            yield message
    return scenes


def _scenes(path: Path) -> Iterator[Scene | Event | Analysed]:
    with open_source(path) as footage:
        for message in analyse(footage):
            if isinstance(message, SceneFound):
                yield message.scene
            elif isinstance(message, Advanced | Noted | Analysed):
                yield message


def make_directly(
    product: str, path: Path, range_of: Callable[[int], tuple[int, int]]
) -> Work[tuple[DirectRecipe, Rendered]]:
    """Make one panorama (``stitch``) or clean plate (``plate``) of a range of a source.

    ``range_of`` turns the number of frames into the range ``[start, stop)`` that is wanted; it may
    end after the last.

    Raises
    ------
    SourceError
        When the source cannot be read.
    RenderError
        When no honest picture can be made; says why.
    """
    check_there(path)
    # In one child: what it takes up to look into a film, it has to read it.
    with Isolated(1) as pool:
        return (yield from _made_in(pool, product, path, range_of))


def _made_in(
    pool: Isolated, product: str, path: Path, range_of: Callable[[int], tuple[int, int]]
) -> Work[tuple[DirectRecipe, Rendered]]:
    opened: Opened | None = None
    for message in run_in(pool, path.name, probe, path):
        if isinstance(message, Opened):
            opened = message
        else:
            yield message
    assert opened is not None  # a probe that gives nothing raises
    there = opened.source.frames
    start, asked = range_of(there)
    stop = min(asked, there)
    if asked > there:
        yield Noted(
            f"{plain(path.name)}: has {plural(there, 'frame')}, counted from 0; "
            f"{start}:{stop} is taken for {start}:{asked}"
        )
    made: tuple[DirectRecipe, Rendered] | None = None
    for message in run_in(pool, path.name, _direct, product, opened, start, stop):
        if isinstance(message, tuple):
            made = message
        else:
            yield message
    if made is None:
        raise RenderError(f"{plain(path.name)}: no picture came of it")
    return made


def _direct(
    product: str, opened: Opened, start: int, stop: int
) -> Iterator[Event | tuple[DirectRecipe, Rendered]]:
    with open_source(opened.source.path, opened.known) as footage:
        frames = footage.available(range(start, stop))
        if product == "plate":
            yield from _plate(footage, frames, start, stop)
            return
        reader = holding(footage, frames)
        picture = picture_inside(reader, start, stop)
        move = yield from _move(footage, reader, start, stop, picture)
        rendered = yield from render(reader, move.recipe)
        yield move.recipe, move.qualified(rendered)


def _plate(
    footage: Footage, frames: Sequence[int], start: int, stop: int
) -> Iterator[Event | tuple[DirectRecipe, Rendered]]:
    """Make a plate of frames that are decoded once, where the picture fills them as it mostly does.

    Where it does not, that shows in the first of them.
    """
    whole, cache, picture = Box(0, 0, *footage.size), PlateCache(), None
    if isinstance(footage, SkimmingReader) and frames:
        looking = LookingReader(footage, _looks(footage, start, stop))
        filled = plate_recipe_for(footage, frames, whole)
        with suppress(NotFilledError):
            stack = yield from gather(looking, frames_of(filled), whole)
            picture = looking.picture
            if picture == whole:
                cache.take(stack)
            del stack
    picture = picture or picture_inside(footage, start, stop)
    recipe = plate_recipe_for(footage, frames, picture)
    rendered = yield from render(footage, recipe, cache)
    yield recipe, rendered


def _move(
    footage: Footage, reader: FrameReader, start: int, stop: int, picture: Box
) -> Work[FoundMove]:
    """Stitch a folder of a few photos as photos, unless they are the frames of a film."""
    few = len(footage.available(range(start, stop))) <= MOST_PHOTOS
    if footage.source.kind is not SourceKind.PICTURES or not few:
        return (yield from find_move(reader, start, stop, picture))
    sizes = {frame.image.shape for frame in footage.reduced(ANALYSIS_SIDE, start, stop)}
    if len(sizes) == 1:
        with suppress(RenderError):
            move = yield from find_move(footage, start, stop, picture)
            if move.recipe.stop - move.recipe.start > FILM_SHARE * (stop - start):
                return move
    whole = Box(0, 0, *footage.source.size)
    return FoundMove(PanoramaRecipe(whole, start, stop, model="homography"))


def picture_inside(reader: FrameReader, start: int, stop: int) -> Box:
    """Find the picture in the frames ``[start, stop)``: without bars and dirty edges."""
    finder, images = PictureFinder(1.0), []
    read = reader.glance if isinstance(reader, HeldFrames) else reader.read
    for place, (_, image) in enumerate(read(_looks(reader, start, stop))):
        finder.add(image)
        if place % KEPT == 0:
            images.append(image)
    return refine_picture(finder.box(reader.size), images)


def _looks(reader: FrameReader, start: int, stop: int) -> tuple[int, ...]:
    """Choose the frames of a range in which the picture is looked for."""
    count = min(_LETTERBOX_SAMPLES, stop - start)
    return reader.available([start + i * (stop - start) // count for i in range(count)])


def direct_provenance(path: Path, recipe: DirectRecipe) -> dict[str, Any]:
    """Say what a picture was made from; goes into the file itself."""
    return {
        "version": product_version(),
        "kind": str(recipe.kind),
        "source_name": path.name,
        "recipe": to_table(recipe),
    }


def crops_of_picture(path: Path, count: int, side: int | None) -> Sequence[RankedCrop]:
    """Rank the crops of one picture file.

    Raises
    ------
    SourceError
        When it cannot be read as a picture.
    RecipeError
        When the user's own settings, or a detector that they name, are of no use.
    """
    check_there(path)
    if path.is_dir():
        raise SourceError(f"{plain(str(path))} is a folder; name the pictures in it")
    with open_source(path) as footage:
        (_, image) = next(iter(footage.read((0,))))
    return rank_crops(image, count=count, side=side, detectors=load_settings().detectors)


def check_there(path: Path) -> None:
    """Refuse a path that leads nowhere, before any child process is asked to open it."""
    if not path.exists():
        raise SourceError(f"{plain(str(path))}: no such file or folder")
