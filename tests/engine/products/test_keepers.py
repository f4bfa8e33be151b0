from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import RenderError
from engine.events import result_of
from engine.footage.sources import open_source
from engine.products.expressions import find_expressions
from engine.products.keepers import propose_keepers, render_keeper
from engine.products.proposal import Proposal, Skipped
from engine.recipe import KeeperRecipe
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Image,
    Motion,
    Overlay,
    Scene,
    Shot,
    Source,
    SourceKind,
)
from tests.synthetic import MemoryReader, texture, window

SIZE = (320, 180)
SAMPLE = Path(__file__).parents[3] / "sample_data" / "film.mp4"


def scene(
    frames: Sequence[Image],
    camera: Camera = Camera.STATIC,
    *,
    start: int = 0,
    blend: Sequence[int] = (),
    step: float = 0,
    picture: Box | None = None,
) -> Scene:
    """A scene whose facts are measured on its frames as the scan does it, roughly."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames]
    count = len(frames)
    facts = FrameFacts(
        sharpness=np.array([cv2.Laplacian(g, cv2.CV_32F).std() for g in grey], np.float32),
        luma=np.array([g.mean() for g in grey], np.float32),
        change=np.zeros(count, np.float32),
        repeat=np.zeros(count, np.bool_),
        blend=np.isin(np.arange(count), blend),
    )
    path = np.zeros((count, 3), np.float32)
    path[:, 0] = step * np.arange(count)
    motion = Motion(camera, path, (0, count if step else 0), 0.0, Foreground.SOME, 0.1)
    source = Source("0" * 16, "a.mkv", Path("/a.mkv"), SourceKind.VIDEO, SIZE, 999, Fraction(24))
    shot = Shot(start, start + count)
    return Scene(1, source, shot, picture or Box(0, 0, *SIZE), motion, facts)


def keepers(of: Scene, frames: Sequence[Image], scale: float = 1.0) -> list[Proposal]:
    found = list(propose_keepers(of, MemoryReader(frames, of.shot.start, scale)))
    assert all(isinstance(item, Proposal) for item in found)
    return [item for item in found if isinstance(item, Proposal)]


def frames_of(proposals: Sequence[Proposal]) -> list[int]:
    recipes = [p.recipe for p in proposals]
    return [recipe.frame for recipe in recipes if isinstance(recipe, KeeperRecipe)]


def blurred(picture: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def test_the_sharpest_frame_of_a_still_scene_is_the_only_keeper() -> None:
    room = texture(180, 320)
    frames = [blurred(room, 0.6 + abs(n - 13) * 0.2) for n in range(24)]
    (only,) = keepers(scene(frames, start=100), frames)
    assert frames_of([only]) == [113]
    assert only.reason == "sharpest"
    assert only.size == SIZE
    assert only.score == pytest.approx(1.0, abs=0.01)


def test_a_static_scene_is_kept_with_and_without_its_figure() -> None:
    room = texture(180, 320)
    frames = [room.copy() for _ in range(30)]
    for frame in frames[18:]:
        frame[40:180, 100:190] = texture(140, 90, seed=4)
    found = frames_of(keepers(scene(frames), frames))
    assert sorted(frame >= 18 for frame in found) == [False, True]


def test_flashes_blends_and_half_faded_frames_are_not_kept() -> None:
    world = texture(180, 320)
    frames = [
        np.clip(world * gain, 0, 255).astype(np.uint8)
        for gain in [0.1, 0.3, 0.5, 0.7, *[1.0] * 12, 2.5, *[1.0] * 8]
    ]
    frames[9] = np.asarray(
        cv2.addWeighted(world, 0.5, texture(180, 320, seed=2, blur=0.7), 0.9, 0), np.uint8
    )
    (frame,) = frames_of(keepers(scene(frames, blend=(9,)), frames))
    assert frame not in {0, 1, 2, 3, 9, 16}


def test_companions_of_a_pan_are_spread_along_it() -> None:
    world = texture(180, 1000)
    frames = [window(world, 12 * n, 0, SIZE) for n in range(50)]
    of = scene(frames, Camera.PAN_RIGHT, step=12)
    found = keepers(of, frames)
    assert {p.reason for p in found} == {"companion"}
    picked = frames_of(found)
    assert len(picked) >= 3
    assert picked == sorted(picked)
    assert picked[0] <= 12
    assert picked[-1] >= 37
    assert min(b - a for a, b in pairwise(picked)) >= 6


def test_a_frame_without_its_subtitle_is_kept_and_a_logo_that_never_goes_is_told() -> None:
    room = texture(180, 320)
    frames = [room] * 12
    subtitle = Overlay("subtitle", Box(60, 150, 200, 20), 0, 8)
    (without,) = keepers(replace(scene(frames), overlays=(subtitle,)), frames)
    assert frames_of([without])[0] >= 8
    assert without.warnings == ()
    logo = Overlay("logo", Box(280, 8, 30, 20), 0, 12)
    (with_logo,) = keepers(replace(scene(frames), overlays=(logo,)), frames)
    assert with_logo.warnings == ("burnt in: logo",)
    assert with_logo.score > 0.9


def test_a_black_scene_is_skipped_in_words() -> None:
    frames = [np.full((180, 320, 3), 4, np.uint8)] * 12
    (skipped,) = propose_keepers(scene(frames), MemoryReader(frames))
    assert isinstance(skipped, Skipped)
    assert "black" in skipped.reason


def test_every_scene_that_shows_something_gets_a_keeper_even_of_one_frame() -> None:
    for camera in Camera:
        frames = [texture(180, 320)]
        (only,) = keepers(scene(frames, camera), frames)
        assert only.why == ("the only picture of its scene: there is none to compare it with",)


def test_a_proxy_that_holds_some_frames_is_enough() -> None:
    frames = [texture(180, 320, seed=n // 8) for n in range(32)]
    of = scene(frames, Camera.HANDHELD, picture=Box(0, 20, 320, 140))

    class SomeFrames(MemoryReader):
        def available(self, frames: object) -> tuple[int, ...]:
            return (0, 9, 18, 27)

    found = list(propose_keepers(of, SomeFrames(frames)))
    recipes = [p.recipe for p in found if isinstance(p, Proposal)]
    assert {r.frame for r in recipes if isinstance(r, KeeperRecipe)} <= {0, 9, 18, 27}
    assert all(p.size == (320, 140) for p in found if isinstance(p, Proposal))


def test_a_keeper_is_an_exact_copy_of_the_picture_in_its_frame() -> None:
    frames = [texture(180, 320, seed=n) for n in range(4)]
    recipe = KeeperRecipe(Box(10, 20, 300, 140), 2)
    rendered = result_of(render_keeper(MemoryReader(frames), recipe))
    np.testing.assert_array_equal(rendered.image, frames[2][20:160, 10:310])
    assert rendered.frames_used == ((2, 0.0, 0.0),)
    assert rendered.warnings == ()


def test_a_keeper_of_reduced_frames_is_reduced() -> None:
    half = [texture(90, 160)]
    rendered = result_of(
        render_keeper(MemoryReader(half, 0, 0.5), KeeperRecipe(Box(0, 21, 320, 140), 0))
    )
    assert rendered.image.shape[:2] in {(70, 160), (71, 160)}


def test_a_frame_that_is_not_there_is_an_error_in_words() -> None:
    with pytest.raises(RenderError, match="frame 9"):
        result_of(
            render_keeper(MemoryReader([texture(180, 320)]), KeeperRecipe(Box(0, 0, 320, 180), 9))
        )


def test_a_picture_outside_the_frame_is_refused() -> None:
    with pytest.raises(RenderError, match="does not lie inside"):
        result_of(
            render_keeper(MemoryReader([texture(180, 320)]), KeeperRecipe(Box(100, 0, 320, 180), 0))
        )


def test_the_false_edges_of_a_flash_do_not_make_the_others_look_soft() -> None:
    soft = blurred(texture(180, 320), 1.5)
    noise = np.random.default_rng(1).integers(0, 256, soft.shape, np.uint8)
    frames = [soft] * 6 + [noise] + [soft] * 5
    (first, *_) = keepers(scene(frames, blend=[6]), frames)
    assert first.score > 0.9


def test_one_laugh_is_one_expression_however_far_the_mouth_is_open() -> None:
    numbers = (390, 400, 416, 418)
    with open_source(SAMPLE) as film:
        frames = {n: blurred(image, 1.5)[::3, ::3] for n, image in film.read(numbers)}

    class SomeFrames(MemoryReader):
        def available(self, frames: Iterable[int]) -> tuple[int, ...]:
            return tuple(sorted(set(frames)))

        def read(self, wanted: Sequence[int]) -> Iterator[tuple[int, Image]]:
            return ((n, frames[n]) for n in wanted)

    height, width = frames[418].shape[:2]
    reader, whole = SomeFrames([*frames.values()]), Box(0, 0, width, height)
    assert find_expressions(reader, whole, numbers, 418, 3) == [390]
