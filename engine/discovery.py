"""Scenes become candidates: the units of work of a scan that propose and draw them.

A unit is a function of values that yields messages. What is small travels in these; proxies and
previews are files, whole or absent, under the project folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from engine.files import followed_path, make_lasting, proxies_path, write_whole
from engine.footage.footage import Footage
from engine.footage.letterbox import refine_picture
from engine.footage.proxies import ProxyReader
from engine.footage.reader import FrameReader
from engine.footage.unpacked import UnpackedProxies, forget
from engine.isolation import keep_within_bounds, use_free_cores
from engine.products.blocking import mark_down_blocks
from engine.products.companions import propose_companions
from engine.products.detectors import Detector
from engine.products.followed import save_followed
from engine.products.frame_stack import evenly
from engine.products.keepers import propose_keepers
from engine.products.layer import propose_layers
from engine.products.panorama import propose_panoramas
from engine.products.plate import propose_plates
from engine.products.plate_cache import PlateCache
from engine.products.proposal import Proposal, Skipped
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
from engine.scenes import Opened, reopened
from engine.values import Box, Camera, Image, Kind, Scene

PREVIEW_SIDE = 960
"""Long side of a preview, pixels: what a large terminal can show."""

_WRITERS = 8
"""Previews written at once: a disk confirms many about as fast as one."""

_EDGE_FRAMES = 3
"""Full frames on which the edges of a scene's picture are found."""


@dataclass(frozen=True)
class SceneProposed:
    """A scene's candidates, on their way from where they were made to the catalogue."""

    scene: Scene
    found: tuple[tuple[Proposal, str], ...]
    """Each with the path of its preview under the project folder."""
    skipped: tuple[Skipped, ...]


def propose_scenes(
    opened: Opened, scenes: Sequence[Scene], folder: Path, kinds: Sequence[Kind]
) -> Iterator[SceneProposed]:
    """Make the candidates of some scenes of a source, previews written under ``folder``."""
    detectors = load_settings(folder).detectors
    with reopened(opened, folder) as footage:
        for scene in scenes:
            path = proxies_path(folder, opened.source.id, scene.number)
            with ProxyReader(path) as proxies:
                # Proposed for anew, its edges are not refined from refined ones.
                coarse = replace(scene, picture=proxies.picture or scene.picture)
                # Each kind of candidate is made of frames that others are made of, too.
                reader = UnpackedProxies(proxies, path)
                proposed = _propose_scene(coarse, footage, reader, folder, kinds, detectors)
                forget()  # what comes next is of other frames
                keep_within_bounds()
                yield proposed


def guess_seconds(scene: Scene) -> float:
    """Guess how long the candidates of a scene take: plates longest, and what is of many frames."""
    match scene.motion.camera:
        case Camera.COMPLEX:  # neither panorama nor plate
            return 1.5
        case Camera.STATIC:
            return 2 + len(scene.shot) / 200
    return 1 + len(scene.shot) / 200


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
    proposals = [_graded(proposal, pictures) for proposal in proposals]
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
    bare = [replace(p, preview=None, confidence=None, followed=None) for p in wanted]
    found = tuple(zip(bare, names, strict=True))
    return SceneProposed(scene, found, tuple(s for s in skipped if s.kind in kinds))


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
            ours = [keeper for keeper in keepers if isinstance(keeper, Proposal)]
            found += propose_companions(scene, reader, plate.recipe, cache, ours)
    if not any(isinstance(p, Proposal) for p in plates):
        found.append(Skipped(Kind.LAYER, "no clean plate here to put a subject back on"))
    found += keepers
    proposals: dict[str, Proposal] = {}
    for item in found:
        if isinstance(item, Proposal):
            # A companion that is also the sharpest frame is one keeper, the first one's; so is
            # one that companions have folded.
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


def _graded(proposal: Proposal, pictures: Mapping[KeeperRecipe, Image]) -> Proposal:
    """Mark a keeper down for what only its full size shows."""
    recipe = proposal.recipe
    if not isinstance(recipe, KeeperRecipe) or recipe not in pictures:
        return proposal
    return mark_down_blocks(proposal, pictures[recipe], recipe.picture)


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
        return write_preview(folder, source_id, recipe, image, lasting=False)

    with ThreadPoolExecutor(_WRITERS) as writers:
        names = list(writers.map(write, proposals))
        make_lasting([folder / name for name in names if name], writers)
    return names


def write_preview(
    folder: Path, source_id: str, recipe: Recipe, image: Image | None, *, lasting: bool = True
) -> str:
    """Write a candidate's reduced picture; give its path under the project folder."""
    if image is None:
        return ""
    name = f"previews/{candidate_id(source_id, recipe)}.jpg"
    done, data = cv2.imencode(".jpg", shrink(image, PREVIEW_SIDE), [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        return ""
    write_whole(folder / name, data.tobytes(), lasting=lasting)
    return name


def shrink(image: Image, long_side: int) -> Image:
    """Reduce a picture to at most ``long_side`` pixels, never enlarge it."""
    height, width = image.shape[:2]
    scale = long_side / max(width, height)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
