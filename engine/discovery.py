"""What is done to footage in a scan, in units that run in any process on any machine.

A unit is a function of values that yields messages. What is small travels in these; proxies and
previews are files, whole or absent, under the project folder.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from platform import node
from typing import Any
from zipfile import BadZipFile

import cv2
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
from engine.files import followed_path, proxies_path, write_whole
from engine.footage.footage import Footage
from engine.footage.letterbox import refine_picture
from engine.footage.proxies import ProxyReader, write_proxies
from engine.footage.reader import FrameReader
from engine.footage.sources import (
    came_whole,
    known_by_now,
    known_of,
    name_of,
    open_source,
)
from engine.footage.video import Known
from engine.isolation import tell, use_free_cores
from engine.products.companions import propose_companions
from engine.products.detectors import Detector
from engine.products.followed import save_followed
from engine.products.frame_stack import evenly
from engine.products.handheld import MOST_PHOTOS, is_one_place
from engine.products.keepers import propose_keepers
from engine.products.layer import propose_layers
from engine.products.panorama import propose_panoramas
from engine.products.photos import hang_together
from engine.products.plate import propose_plates
from engine.products.plate_cache import PlateCache
from engine.products.proposal import Proposal, Skipped
from engine.products.render import base_of
from engine.products.scene_crops import CropBase, propose_crops
from engine.products.tiles import propose_tiles
from engine.project.settings import load_settings
from engine.recipe import (
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Recipe,
    candidate_id,
)
from engine.text import plain
from engine.values import (
    Box,
    Camera,
    Frame,
    Image,
    Kind,
    Overlay,
    Scene,
    Source,
    SourceKind,
    Transition,
)

ANALYSIS_SIDE = 640
"""Long side of the frames that are analysed and kept as proxies, pixels."""

PREVIEW_SIDE = 960
"""Long side of a preview, pixels: what a large terminal can show."""

_NEIGHBOURS = 24
"""Pairs of pictures in a large folder by which it is told what it holds."""

_PLACE_VERSION = 2
"""Of what is kept between two scans of a source."""

_LOGOS = "logos_"
"""Begins the names of what is kept of logos."""

_WRITERS = 8
"""Previews written at once: a disk confirms many about as fast as one."""

_EDGE_FRAMES = 3
"""Full frames on which the edges of a scene's picture are found."""


@dataclass(frozen=True)
class Opened:
    """A source was opened, and need not be looked through again."""

    source: Source
    known: Known | None


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


@dataclass(frozen=True)
class SceneProposed:
    """A scene's candidates, on their way from where they were made to the catalogue."""

    scene: Scene
    found: tuple[tuple[Proposal, str], ...]
    """Each with the path of its preview under the project folder."""
    skipped: tuple[Skipped, ...]


def probe(path: Path) -> Iterator[Opened]:
    """Open a source and tell what it is; once more when what only full frames ask for is known."""
    with open_source(path) as footage:
        early = known_by_now(footage)
        is_all = early is None or early.left_sited is not None
        yield Opened(footage.source, early)
        if not is_all:
            yield Opened(footage.source, known_of(footage))


def analyse_source(
    opened: Opened, folder: Path, since: Place | None, most: int
) -> Iterator[SceneFound | Event | Analysed]:
    """Find the scenes of a source from ``since`` on; proxies go under the project ``folder``.

    After ``most`` frames it stops with the scene they end in, unless ``most`` is 0. What is
    found does not depend on where it stops and goes on.
    """
    with _opened(opened, folder) as footage:
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
    frames, kinship = _read(footage, max(0, begin - WARM_UP))
    shots = analyse_shots(
        _counted(frames, source),
        scale=scale,
        fps=float(source.fps) or 24.0,
        size=source.size,
        since=since.memory if since else None,
        overlays=overlays,
        kinship=kinship,
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
    write_whole(_place_path(folder, source_id), buffer.getvalue())


def load_place(folder: Path, source_id: str) -> Place | None:
    """Find where an earlier analysis of a source stopped; None to begin anew."""
    try:
        with np.load(_place_path(folder, source_id), allow_pickle=False) as kept:
            version, scenes, start, reach, count = (int(number) for number in kept["numbers"])
            entry, brightest = Transition(str(kept["entry"])), kept["brightest"]
            names = [name for name in kept if name.startswith(_LOGOS)]
            logos = LogoFinder.from_arrays({n.removeprefix(_LOGOS): kept[n] for n in names})
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
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
def _opened(opened: Opened, folder: Path) -> Iterator[Footage]:
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


def _counted(frames: Iterator[Frame], source: Source) -> Iterator[Frame]:
    """Tell how far a source is read, ten times a second at most."""
    told = 0.0
    for count, frame in enumerate(frames, start=1):
        now = time.monotonic()
        if now - told > 0.1:
            told = now
            tell(Advanced(f"reading {plain(source.name)}", count, source.frames))
        yield frame


def propose_scenes(
    opened: Opened, scenes: Sequence[Scene], folder: Path, kinds: Sequence[Kind]
) -> Iterator[SceneProposed]:
    """Make the candidates of some scenes of a source, previews written under ``folder``."""
    detectors = load_settings(folder).detectors
    with _opened(opened, folder) as footage:
        for scene in scenes:
            with ProxyReader(proxies_path(folder, opened.source.id, scene.number)) as reader:
                # Proposed for anew, its edges are not refined from refined ones.
                coarse = replace(scene, picture=reader.picture or scene.picture)
                yield _propose_scene(coarse, footage, reader, folder, kinds, detectors)


def guess_seconds(scene: Scene) -> float:
    """Guess how long the candidates of a scene take: those that many frames make, longest."""
    match scene.motion.camera:
        case Camera.COMPLEX:  # neither panorama nor plate
            return 1.5
        case Camera.STATIC:
            return 2 + len(scene.shot) / 200
    return 1 + len(scene.shot) / 80


def _propose_scene(
    scene: Scene,
    footage: Footage,
    reader: FrameReader,
    folder: Path,
    kinds: Sequence[Kind],
    detectors: Sequence[Detector],
) -> SceneProposed:
    use_free_cores()
    whole = [*propose_keepers(scene, reader)]
    images = _whole_frames(footage, _frames_of(whole) or _spread_over(scene))
    scene = _refined(scene, images)
    keepers = [_inside(keeper, scene.picture) for keeper in whole]
    proposals, skipped = _pictures(scene, reader, keepers)
    pictures = _keeper_pictures(footage, proposals, images)
    use_free_cores()
    if Kind.CROP in kinds:
        crops = _crops(scene, proposals, pictures, reader, detectors)
        if not crops:
            skipped.append(Skipped(Kind.CROP, "no detail here stands out sharply enough"))
        proposals += crops
    wanted = [proposal for proposal in proposals if proposal.recipe.kind in kinds]
    names = _write_previews(folder, scene.source.id, wanted, pictures)
    moves = [proposal.followed for proposal in wanted if proposal.followed is not None]
    save_followed(followed_path(folder, scene.source.id, scene.number), reader, moves)
    bare = [
        _named(replace(p, preview=None, confidence=None, followed=None), footage) for p in wanted
    ]
    found = tuple(zip(bare, names, strict=True))
    return SceneProposed(scene, found, tuple(s for s in skipped if s.kind in kinds))


def _named(proposal: Proposal, footage: Footage) -> Proposal:
    """Say which file of a folder a whole picture, or what is cut from it, comes from."""
    base = base_of(proposal.recipe)
    name = name_of(footage, base.frame) if isinstance(base, KeeperRecipe) else ""
    return replace(proposal, why=(*proposal.why, name)) if name else proposal


def _whole_frames(footage: Footage, frames: Iterable[int]) -> dict[int, Image]:
    return dict(footage.read(footage.available(frames)))


def _frames_of(proposals: Iterable[Proposal | Skipped]) -> list[int]:
    """Give the frames of the keepers among some proposals."""
    recipes = [item.recipe for item in proposals if isinstance(item, Proposal)]
    return sorted({recipe.frame for recipe in recipes if isinstance(recipe, KeeperRecipe)})


def _spread_over(scene: Scene) -> list[int]:
    count = min(_EDGE_FRAMES, len(scene.shot))
    places = np.linspace(scene.shot.start, scene.shot.stop - 1, count + 2)[1:-1]
    return [int(place) for place in places]


def _refined(scene: Scene, images: Mapping[int, Image]) -> Scene:
    """Find the edges of the picture to the pixel, on full frames: proxies are too coarse."""
    frames = sorted(images)
    places = evenly(len(frames), _EDGE_FRAMES) if frames else ()
    some = [images[frames[place]] for place in places]
    return replace(scene, picture=refine_picture(scene.picture, some))


def _inside(keeper: Proposal | Skipped, picture: Box) -> Proposal | Skipped:
    """Keep no more of a frame than the picture in it."""
    if isinstance(keeper, Skipped) or not isinstance(keeper.recipe, KeeperRecipe):
        return keeper
    return replace(keeper, recipe=replace(keeper.recipe, picture=picture), size=picture.size)


def _pictures(
    scene: Scene, reader: FrameReader, keepers: Sequence[Proposal | Skipped]
) -> tuple[list[Proposal], list[Skipped]]:
    """Propose all whole pictures of a scene: panoramas, plates with their company, keepers."""
    use_free_cores()
    found: list[Proposal | Skipped] = [*propose_panoramas(scene, reader)]
    use_free_cores()
    cache = PlateCache()
    plates = [*propose_plates(scene, reader, cache)]
    found += plates
    for plate in plates:
        if isinstance(plate, Proposal) and isinstance(plate.recipe, PlateRecipe):
            found += propose_layers(scene, reader, plate.recipe, cache)
            found += propose_companions(scene, reader, plate.recipe, cache)
    if not any(isinstance(p, Proposal) for p in plates):
        found.append(Skipped(Kind.LAYER, "no clean plate here to put a subject back on"))
    found += keepers
    proposals: dict[str, Proposal] = {}
    for item in found:
        if isinstance(item, Proposal):
            # A companion that is also the sharpest frame is one keeper, the first one's.
            proposals.setdefault(candidate_id(scene.source.id, item.recipe), item)
    return list(proposals.values()), [item for item in found if isinstance(item, Skipped)]


def _keeper_pictures(
    footage: Footage, proposals: Sequence[Proposal], read: Mapping[int, Image]
) -> dict[KeeperRecipe, Image]:
    """Give the keepers at full resolution; what was not read before is read now."""
    more = _whole_frames(footage, [f for f in _frames_of(proposals) if f not in read])
    images = {**read, **more}
    recipes = [proposal.recipe for proposal in proposals]
    return {
        recipe: np.ascontiguousarray(images[recipe.frame][recipe.picture.slices])
        for recipe in recipes
        if isinstance(recipe, KeeperRecipe) and recipe.frame in images
    }


def _crops(
    scene: Scene,
    proposals: Sequence[Proposal],
    keepers: Mapping[KeeperRecipe, Image],
    reader: FrameReader,
    detectors: Sequence[Detector],
) -> list[Proposal]:
    """Propose crops from the keepers at full size and from the previews of what is composited."""
    bases = [CropBase(recipe, image) for recipe, image in keepers.items()]
    plate = None
    for proposal in proposals:
        recipe = proposal.recipe
        if isinstance(recipe, PanoramaRecipe | PlateRecipe | LayerRecipe):
            if proposal.preview is None:
                continue
            bases.append(CropBase(recipe, proposal.preview, reader.scale, proposal.confidence))
            if isinstance(recipe, PlateRecipe):
                plate = proposal.preview
    tiles = [tile for proposal in proposals for tile in propose_tiles(proposal, reader.scale)]
    crops = propose_crops(bases, plate=plate, scene=scene, detectors=detectors, reader=reader)
    return [*crops, *tiles]


def _write_previews(
    folder: Path,
    source_id: str,
    proposals: Sequence[Proposal],
    keepers: Mapping[KeeperRecipe, Image],
) -> list[str]:
    """Write reduced pictures of proposals, several at once: most of it is waiting for the disk."""

    def write(proposal: Proposal) -> str:
        image, recipe = proposal.preview, proposal.recipe
        if image is None and isinstance(recipe, KeeperRecipe):
            image = keepers.get(recipe)
        return write_preview(folder, source_id, recipe, image)

    with ThreadPoolExecutor(_WRITERS) as writers:
        return list(writers.map(write, proposals))


def write_preview(folder: Path, source_id: str, recipe: Recipe, image: Image | None) -> str:
    """Write a candidate's reduced picture; give its path under the project folder."""
    if image is None:
        return ""
    name = f"previews/{candidate_id(source_id, recipe)}.jpg"
    done, data = cv2.imencode(".jpg", shrink(image, PREVIEW_SIDE), [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        return ""
    write_whole(folder / name, data.tobytes())
    return name


def shrink(image: Image, long_side: int) -> Image:
    """Reduce a picture to at most ``long_side`` pixels, never enlarge it."""
    height, width = image.shape[:2]
    scale = long_side / max(width, height)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
