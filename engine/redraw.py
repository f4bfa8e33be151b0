"""Pictures of a project's candidates, drawn when they are asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from engine.discovery import PREVIEW_SIDE, shrink
from engine.errors import SourceError
from engine.events import Work
from engine.files import followed_path
from engine.footage.footage import Footage
from engine.footage.joined import JoinedProxies
from engine.footage.known import load_known
from engine.footage.proxies import ProxyReader
from engine.footage.reader import FrameReader
from engine.footage.sources import fingerprint, open_source
from engine.footage.unpacked import UnpackedProxies
from engine.products.followed import Followed, add_followed, load_followed
from engine.products.panorama import know_move, render_panorama
from engine.products.plate_cache import PlateCache
from engine.products.plate_frames import grow_from
from engine.products.render import base_of, cut, render
from engine.project.candidate import Candidate
from engine.project.project import Project
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Point,
    Recipe,
    picture_of,
)
from engine.text import plain
from engine.values import Box, Rendered, Size


def preview_of(
    project: Project, candidate: Candidate, recipe: Recipe, long_side: int = PREVIEW_SIDE
) -> Work[Rendered]:
    """Make the reduced picture of a candidate with a changed recipe.

    Panoramas, plates and layers come from the scene's proxies. Keepers and their crops come from
    the source where it can be read, since a crop of a proxy would show nothing.

    Raises
    ------
    RenderError
        When no honest picture can be made; says why.
    SourceError
        When neither proxies nor the source can be read.
    """
    rendered = yield from _base_preview(project, candidate, base_of(recipe))
    if isinstance(recipe, CropRecipe):
        rendered = cut(rendered, recipe)
    image = shrink(rendered.image, long_side)
    shrunk = image.shape[1] / rendered.image.shape[1]
    used = tuple((frame, x * shrunk, y * shrunk) for frame, x, y in rendered.frames_used)
    return replace(rendered, image=image, scale=rendered.scale * shrunk, frames_used=used)


def what_stands_at(
    project: Project, candidate: Candidate, recipe: PlateRecipe, frame: int, point: Point
) -> Work[Box | None]:
    """Give the rectangle of what stands before a plate at a point of a frame; None for nothing.

    Raises
    ------
    RenderError
        When nothing can be told from the frames that there are.
    SourceError
        When the scene's proxies cannot be read.
    """
    proxies = project.proxies_path(candidate.source_id, candidate.scene)
    with _plate_cache(proxies) as cache:
        study = yield from cache.study(_proxies_for(project, candidate, recipe), recipe)
    return grow_from(study, frame, point)


def render_full(project: Project, candidate: Candidate) -> Work[Rendered]:
    """Make a candidate's picture at full resolution from its source.

    Raises
    ------
    RenderError
        When no honest picture can be made; says why.
    SourceError
        When the source has gone or changed.
    """
    base_of(candidate.recipe)
    with source_of(project, candidate.source_id) as footage:
        return (yield from render(footage, candidate.recipe))


def full_size_of(recipe: Recipe, preview: Rendered) -> Size:
    """Give the size at full resolution of what ``recipe`` makes, from its preview."""
    if isinstance(recipe, CropRecipe):
        return recipe.box.size
    if isinstance(recipe, KeeperRecipe | PlateRecipe | LayerRecipe):
        return picture_of(recipe).size
    height, width = preview.image.shape[:2]
    return round(width / preview.scale), round(height / preview.scale)


_bases: OrderedDict[tuple[str, str, BaseRecipe], Rendered] = OrderedDict()
_bases_lock = threading.Lock()
_BASES_KEPT = 6
"""Base previews kept in memory: nudging a crop must not stitch its panorama again."""


def _base_preview(project: Project, candidate: Candidate, base: BaseRecipe) -> Work[Rendered]:
    key = (str(project.folder), candidate.source_id, base)
    with _bases_lock:
        if key in _bases:
            _bases.move_to_end(key)
            return _bases[key]
    rendered = yield from _rendered_base(project, candidate, base)
    with _bases_lock:
        _bases[key] = rendered
        while len(_bases) > _BASES_KEPT:
            _bases.popitem(last=False)
    return rendered


_plate_caches: dict[Path, PlateCache] = {}


@contextmanager
def _plate_cache(proxies: Path) -> Iterator[PlateCache]:
    """Lend what is known of a scene's plate; only the newest scene's is kept, for its tweaks."""
    with _bases_lock:
        cache = _plate_caches.pop(proxies, None) or PlateCache()
    try:
        yield cache
    finally:
        with _bases_lock:
            _plate_caches.clear()
            _plate_caches[proxies] = cache


def _proxies_for(project: Project, candidate: Candidate, base: BaseRecipe) -> JoinedProxies:
    """Open the reduced frames of a candidate's scene, and of further ones that it is made of."""
    plate = base.plate if isinstance(base, LayerRecipe) else base
    others = plate.also if isinstance(plate, PlateRecipe) else ()
    numbers = [candidate.scene]
    for start, stop, *_ in others:
        numbers += [
            scene.number
            for scene in project.catalogue.scenes(candidate.source_id)
            if scene.shot.start < stop and start < scene.shot.stop
        ]
    paths = [project.proxies_path(candidate.source_id, n) for n in dict.fromkeys(numbers)]
    return JoinedProxies(paths)


def _rendered_base(project: Project, candidate: Candidate, base: BaseRecipe) -> Work[Rendered]:
    """Render from whichever of source and proxies suits a preview, or from what there is."""
    proxies = project.proxies_path(candidate.source_id, candidate.scene)
    try:
        if isinstance(base, PanoramaRecipe):
            with ProxyReader(proxies) as packed:
                frames = UnpackedProxies(packed, proxies)
                known = yield from _known_move(project, candidate, frames)
                rendered = yield from render_panorama(frames, base, known=known)
                return replace(rendered, scale=frames.scale)
        if not isinstance(base, KeeperRecipe):
            joined = _proxies_for(project, candidate, base)
            with _plate_cache(proxies) as cache:
                return replace((yield from render(joined, base, cache)), scale=joined.scale)
        with source_of(project, candidate.source_id) as footage:
            return (yield from render(footage, base))
    except SourceError:
        if not isinstance(base, KeeperRecipe):
            with source_of(project, candidate.source_id) as footage:
                return (yield from render(footage, base))
        reader = ProxyReader(proxies)
        rendered = yield from render(reader, base)
        text = "the source is not there: this is the nearest frame kept, reduced"
        return replace(rendered, scale=reader.scale, warnings=(*rendered.warnings, text))


def _known_move(
    project: Project, candidate: Candidate, reader: FrameReader
) -> Work[Followed | None]:
    """Recall what was found out about a camera move when it was proposed, or find it out again."""
    recipe = base_of(candidate.proposed)
    if not isinstance(recipe, PanoramaRecipe) or recipe.model == "homography":
        return None
    path = followed_path(project.folder, candidate.source_id, candidate.scene)
    known = load_followed(path, reader, recipe)
    if known is not None:
        return known
    scenes = project.catalogue.scenes(candidate.source_id)
    scene = next((one for one in scenes if one.number == candidate.scene), None)
    known = None if scene is None else (yield from know_move(scene, reader, recipe))
    if known is not None:
        with suppress(OSError):  # a project that may only be looked at
            add_followed(path, reader, known)
    return known


@contextmanager
def source_of(project: Project, source_id: str) -> Iterator[Footage]:
    """Open a scanned source.

    Raises
    ------
    SourceError
        When it has gone, or its content is not what was scanned.
    """
    source = project.catalogue.source(source_id)
    check_source(source.path, source_id)
    known = load_known(project.folder / "proxies", source_id)
    with open_source(source.path, known) as footage:
        yield footage


def check_source(path: Path, source_id: str) -> None:
    """Make sure that a source is there and has not changed since it was scanned."""
    name = plain(str(path))
    if not path.exists():
        raise SourceError(f"{name} has gone; put it back, or scan it again where it is now")
    if fingerprint(path) != source_id:
        raise SourceError(f"{name} has changed since it was scanned; scan it again")
