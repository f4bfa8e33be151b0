"""Write a project of N candidates with real preview pictures, to try the room on.

    python benchmarks/make_project.py 50000 big.cuttingroom

Everything is drawn and seeded: no footage is needed, and the same N gives the same project.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

# Run as a file, from anywhere.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.buckets.presets import TARGETS
from engine.files import write_whole
from engine.products.proposal import Proposal, Skipped
from engine.project.project import Project
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    candidate_id,
)
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Image,
    Kind,
    Motion,
    Scene,
    Shot,
    Size,
    Source,
    SourceKind,
    Transition,
)

PICTURES = 240
"""Distinct previews; more candidates share them, as files of a season would fill the disk."""

SCENES_A_SOURCE = 300
SHOT = 120
FRAME: Size = (1920, 1080)
KINDS = tuple(kind for kind in Kind if kind is not Kind.REPORT)
REASONS = {
    Kind.PANORAMA: ("pan_right", "pan_left", "tilt_up"),
    Kind.PLATE: ("static",),
    Kind.LAYER: ("subject",),
    Kind.KEEPER: ("companion", "sharpest"),
    Kind.CROP: ("face", "hands", "pattern", "object"),
}


Scenes = Iterable[tuple[Scene, Sequence[tuple[Proposal, str]], Sequence[Skipped]]]
"""Scenes, each with what was found in it and its preview's path, and with what was not made."""


def make_project(count: int, folder: Path) -> None:
    """Write a project of ``count`` candidates, the three reports among them, to ``folder``."""
    pictures = count - len(TARGETS)
    made: set[str] = set()
    previews: list[tuple[str, str, str]] = []

    def scenes(source: Source) -> Scenes:
        for number in range(1, SCENES_A_SOURCE + 1):
            rng = random.Random(f"{source.id} {number}")
            wanted = min(rng.randint(14, 34), pictures - len(made))
            if wanted <= 0:
                return
            pans = rng.random() < 0.3
            camera, travel = (Camera.PAN_RIGHT, 1400.0) if pans else (Camera.STATIC, 0.0)
            scene = make_scene(source, number, SHOT, camera, travel=travel)
            proposals = islice(_proposals(scene, rng), wanted)
            found = [(proposal, _preview(previews, proposal, rng)) for proposal in proposals]
            made.update(candidate_id(source.id, proposal.recipe) for proposal, _ in found)
            yield scene, found, [Skipped(Kind.PANORAMA, "the camera stands still")]

    with Project.create(folder) as project:
        previews += _write_previews(folder, min(PICTURES, count))
        fill_project(project, ((source, scenes(source)) for source in _sources(count)))


def fill_project(
    project: Project, sources: Iterable[tuple[Source, Scenes]], *, reports: bool = True
) -> None:
    """Fill a project as a scan does, without a scan."""
    catalogue = project.catalogue
    for source, scenes in sources:
        catalogue.put_source(source)
        catalogue.begin_analysis(source.id)
        count = 0
        for scene, found, skipped in scenes:
            catalogue.put_scene(scene)
            catalogue.put_proposals(scene, found, skipped, KINDS)
            count += 1
        catalogue.finish_analysis(source.id, source.frames, count)
    for recipe in TARGETS.values() if reports else ():
        catalogue.put_report(Proposal(recipe, (0, 0), 1.0, recipe.target))
    project.save_manifest()


def make_source(identity: str, name: str, frames: int, rate: Fraction) -> Source:
    """Give a film that is nowhere."""
    path = Path("/nowhere") / name
    return Source(identity, name, path, SourceKind.VIDEO, FRAME, frames, rate)


def _sources(count: int) -> Iterator[Source]:
    frames = SCENES_A_SOURCE * SHOT
    for number in range(1, count // (SCENES_A_SOURCE * 14) + 2):
        name = f"episode_{number:02d}.mkv"
        yield make_source(f"{number:016x}", name, frames, Fraction(24000, 1001))


def make_scene(
    source: Source, number: int, frames: int, camera: Camera = Camera.STATIC, *, travel: float = 0.0
) -> Scene:
    """Give a scene of so many frames, behind those before it, whose picture moves by ``travel``."""
    path = np.zeros((frames, 3), np.float32)
    path[:, 0] = np.linspace(0, travel, frames)
    moves = (0, frames if travel else 0)
    motion = Motion(camera, path, moves, 0.1, Foreground.SOME, 0.2)
    ones = np.ones(frames, np.float32)
    facts = FrameFacts(ones, ones * 120, ones, ones < 0, ones < 0)
    start = (number - 1) * frames
    shot = Shot(start, start + frames, Transition.CUT)
    return Scene(number, source, shot, Box(0, 0, *FRAME), motion, facts)


def _proposals(scene: Scene, rng: random.Random) -> Iterator[Proposal]:
    """Give a panorama or a plate with its company, keepers, and then crops without end."""
    picture, start, stop = scene.picture, scene.shot.start, scene.shot.stop
    bases: list[tuple[BaseRecipe, Size]] = []
    if scene.motion.camera is Camera.PAN_RIGHT:
        bases.append((PanoramaRecipe(picture, start, stop, 4), (3320, 1080)))
    else:
        plate = PlateRecipe(picture, start, stop, 5)
        bases += [(plate, FRAME), (LayerRecipe(plate, start + 40), FRAME)]
    frames = rng.sample(range(start, stop), 2)
    bases += [(KeeperRecipe(picture, frame), FRAME) for frame in frames]
    for recipe, size in bases:
        yield _proposal(recipe, size, rng)
    seen = set()
    while True:
        base, size = rng.choice(bases)
        side = rng.choice((512, 640, 768, 1024))
        x, y = rng.randrange(0, size[0] - side, 8), rng.randrange(0, size[1] - side, 8)
        if (base, x, y, side) not in seen:
            seen.add((base, x, y, side))
            yield _proposal(CropRecipe(base, x, y, side), (side, side), rng, base)


def _proposal(
    recipe: BaseRecipe | CropRecipe,
    size: Size,
    rng: random.Random,
    parent: BaseRecipe | None = None,
) -> Proposal:
    score = round(rng.betavariate(5, 2), 3)
    return Proposal(
        recipe, size, score, rng.choice(REASONS[recipe.kind]),
        why=(f"sharpness {rng.random():.2f}", f"detail {rng.random():.2f}"),
        warnings=("something moves at the right edge",) if rng.random() < 0.1 else (),
        tags=("no humans", "scenery") if rng.random() < 0.5 else ("close-up",),
        parent=parent,
    )  # fmt: skip


def _preview(previews: list[tuple[str, str, str]], proposal: Proposal, rng: random.Random) -> str:
    wide, usual, square = rng.choice(previews)
    width, height = proposal.size
    return square if width == height else wide if width > 2 * height else usual


def _write_previews(folder: Path, count: int) -> Iterator[tuple[str, str, str]]:
    for number in range(max(1, count // 3)):
        picture = draw_landscape(number, (960, 312))
        yield (
            _write(folder, f"{number:04d}-wide", picture),
            _write(folder, f"{number:04d}-frame", draw_landscape(number, (960, 540))),
            _write(folder, f"{number:04d}-square", draw_landscape(number + 7, (768, 768))),
        )


def _write(folder: Path, name: str, picture: Image) -> str:
    path = f"previews/{name}.jpg"
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    write_whole(folder / path, data.tobytes())
    return path


def draw_landscape(seed: int, size: Size) -> Image:
    """Draw hills under a sky, with a sun, trees and film grain."""
    rng = np.random.default_rng(seed)
    width, height = size
    top, bottom = rng.integers(60, 240, 3), rng.integers(120, 255, 3)
    ramp = np.linspace(0, 1, height)[:, None, None]
    picture = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (height, width, 3)).astype(np.uint8)
    picture = np.ascontiguousarray(picture)
    sun = (int(rng.integers(width)), int(rng.integers(height // 2)))
    cv2.circle(picture, sun, height // 9, (215, 240, 255), -1, cv2.LINE_AA)
    x = np.arange(width)
    for layer in range(5):
        waves = np.zeros(width)
        for _ in range(4):
            waves += rng.uniform(6, 30) * np.sin(x / rng.uniform(30, 180) + rng.uniform(0, 6))
        edge = (height * (0.4 + 0.13 * layer) + waves).astype(np.int32)
        outline = np.concatenate([np.stack([x, edge], 1), [[width, height], [0, height]]])
        ink = [int(v) for v in rng.integers(20, 200, 3) * (1 - 0.12 * layer)]
        cv2.fillPoly(picture, [outline.astype(np.int32)], ink, cv2.LINE_AA)
        for tree in rng.integers(0, width, 9):
            foot, tall = (int(tree), int(edge[tree])), int(rng.integers(12, 60))
            cv2.line(picture, foot, (foot[0], foot[1] - tall), (30, 40, 50), 3, cv2.LINE_AA)
            crown = (foot[0], foot[1] - tall)
            cv2.circle(picture, crown, tall // 3, [int(v * 0.7) for v in ink], -1, cv2.LINE_AA)
    grain = rng.normal(0, 3, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def main() -> None:
    """Read N and DIR from the command line."""
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("usage: make_project.py N DIR")
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    make_project(count, folder)
    print(f"{folder}: {count:,} candidates")


if __name__ == "__main__":
    main()
