from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.products.crops import rank_crops
from engine.products.moving import SceneFrames
from engine.products.proposal import Proposal
from engine.products.scene_crops import CropBase, propose_crops
from engine.recipe import CropRecipe, KeeperRecipe
from engine.values import (
    Box,
    Camera,
    FloatMap,
    Foreground,
    FrameFacts,
    Image,
    Motion,
    Scene,
    Shot,
    Source,
    SourceKind,
)
from tests.synthetic import MemoryReader, texture, window

SIZE = (960, 540)
FRAME = Box(0, 0, *SIZE)
FIGURE = 160


def world(width: int = 1400) -> Image:
    return np.asarray(cv2.GaussianBlur(texture(540, width), (0, 0), 6), np.uint8)


def put_figure(frame: Image, x: int, y: int) -> Image:
    figure, disc = texture(FIGURE, FIGURE, seed=5), np.zeros((FIGURE, FIGURE), np.uint8)
    cv2.circle(disc, (FIGURE // 2, FIGURE // 2), FIGURE // 2 - 2, 255, -1)
    frame[y : y + FIGURE, x : x + FIGURE][disc > 0] = figure[disc > 0] // 3
    return frame


def shot(step: int, count: int = 48) -> tuple[Scene, list[Image]]:
    """A figure that walks through a set while the camera goes ``step`` pixels a frame."""
    backdrop = world()
    frames = [
        put_figure(window(backdrop, step * n, 0, SIZE), 80 + 12 * n, 200) for n in range(count)
    ]
    path = np.zeros((count, 3), np.float32)
    path[:, 0] = step * np.arange(count)
    camera = Camera.PAN_RIGHT if step else Camera.STATIC
    motion = Motion(camera, path, (0, count if step else 0), 0.0, Foreground.SOME, 0.1)
    ones, never = np.ones(count, np.float32), np.zeros(count, np.bool_)
    source = Source("0" * 16, "a", Path("/a"), SourceKind.VIDEO, SIZE, count, Fraction(24))
    facts = FrameFacts(ones, 100 * ones, ones, never, never)
    return Scene(1, source, Shot(0, count), FRAME, motion, facts), frames


def mean_in(values: FloatMap, x: int, y: int, side: int) -> float:
    scale = values.shape[1] / SIZE[0]
    rows = slice(round(y * scale), round((y + side) * scale))
    return float(values[rows, round(x * scale) : round((x + side) * scale)].mean())


@pytest.mark.parametrize("step", [0, 3])
def test_who_walks_moves_and_the_set_does_not_whatever_the_camera_does(step: int) -> None:
    scene, frames = shot(step)
    moving = SceneFrames(MemoryReader(frames), scene).measure_moving(KeeperRecipe(FRAME, 20))
    assert moving is not None
    assert mean_in(moving, 320 + 40, 240, 80) > 0.6
    assert mean_in(moving, 700, 60, 150) < 0.1
    assert float(moving.mean()) < 0.2


def test_a_scene_of_few_frames_tells_of_no_motion() -> None:
    scene, frames = shot(0, count=5)
    assert SceneFrames(MemoryReader(frames), scene).measure_moving(KeeperRecipe(FRAME, 2)) is None


def test_a_camera_whose_way_is_not_known_tells_of_no_motion() -> None:
    scene, frames = shot(0)
    jumping = [np.roll(frame, 37 * n, axis=1) for n, frame in enumerate(frames)]
    assert SceneFrames(MemoryReader(jumping), scene).measure_moving(KeeperRecipe(FRAME, 20)) is None


def test_what_moves_as_one_is_framed_whole_and_comes_first() -> None:
    scene, frames = shot(0)
    keeper = KeeperRecipe(FRAME, 20)
    base = CropBase(keeper, frames[20])
    first: Proposal = propose_crops([base], scene=scene, reader=MemoryReader(frames))[0]
    recipe = first.recipe
    assert isinstance(recipe, CropRecipe)
    assert first.reason == "object"
    assert first.why[0].startswith("moving figure ")
    assert recipe.x <= 320
    assert recipe.x + recipe.side >= 320 + FIGURE
    assert recipe.y <= 200
    assert recipe.y + recipe.side >= 200 + FIGURE


def test_a_figure_under_a_subtitle_gets_no_crop_that_shows_it() -> None:
    scene, frames = shot(0)
    moving = SceneFrames(MemoryReader(frames), scene).measure_moving(KeeperRecipe(FRAME, 20))
    subtitle = Box(300, 330, 200, 40)
    crops = rank_crops(frames[20], moving=moving, excluded=[subtitle])
    assert crops
    for crop in crops:
        assert (
            crop.y + crop.side <= 338 or crop.x >= 492 or crop.x + crop.side <= 308 or crop.y >= 362
        )


def test_a_place_that_somebody_has_left_is_no_figure() -> None:
    empty = world(960)
    gone = np.zeros((270, 480), np.float32)
    gone[100:180, 60:140] = 1
    crops = rank_crops(empty, moving=gone)
    assert not any(crop.why[0].startswith("moving") for crop in crops)


def test_a_white_title_that_fades_in_is_no_figure() -> None:
    picture = world(960)
    cv2.putText(picture, "TITLE", (300, 300), cv2.FONT_HERSHEY_DUPLEX, 4, (250, 250, 250), 24)
    moving = np.asarray((picture.min(axis=2) > 240).astype(np.float32), np.float32)
    joined = cv2.morphologyEx(moving, cv2.MORPH_CLOSE, np.ones((3, 61), np.uint8))
    crops = rank_crops(picture, moving=np.asarray(np.maximum(moving, 0.4 * joined), np.float32))
    assert not any(crop.why[0].startswith("moving") for crop in crops)
