from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from engine.products.proposal import Proposal
from engine.products.scene_crops import CropBase, propose_crops
from engine.recipe import CropRecipe, KeeperRecipe, PanoramaRecipe, from_table, to_table
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Image,
    Kind,
    Motion,
    Overlay,
    Scene,
    Shot,
    Source,
    SourceKind,
)
from tests.engine.products.drawn_faces import GASPING, SMILING, STERN, draw_face
from tests.synthetic import texture, window

FRAME = Box(0, 0, 1280, 720)


def smooth() -> Image:
    return np.asarray(cv2.GaussianBlur(texture(720, 1280), (0, 0), 12), np.uint8)


def keeper(image: Image, frame: int) -> CropBase:
    return CropBase(KeeperRecipe(FRAME, frame), image)


def proposed(bases: list[CropBase], scene: Scene | None = None) -> list[Proposal]:
    """What is proposed, without what is folded under it."""
    return [p for p in propose_crops(bases, scene=scene) if p.like is None]


def noisy(image: Image, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def test_each_expression_of_a_face_is_proposed_once_wherever_it_stands() -> None:
    takes = [
        (SMILING, (500, 330)), (SMILING, (520, 340)), (STERN, (560, 330)),
        (SMILING, (600, 350)), (GASPING, (620, 330)), (STERN, (640, 350)),
    ]  # fmt: skip
    bases = [
        keeper(noisy(draw_face(smooth(), place, 220, expression), number), number)
        for number, (expression, place) in enumerate(takes)
    ]
    faces = [p for p in proposed(bases) if p.why[0].startswith("face")]
    shown = []
    for face in faces:
        assert isinstance(face.recipe, CropRecipe)
        assert isinstance(face.recipe.base, KeeperRecipe)
        shown.append(takes[face.recipe.base.frame][0])
    assert sorted(shown) == [GASPING, SMILING, STERN]


def test_crops_are_the_same_in_one_thread_and_in_two() -> None:
    world = texture(720, 2400)
    views = [window(world, x, 0, (1280, 720)) for x in (0, 500, 1000)]
    bases = [keeper(view, n) for n, view in enumerate(views)]
    bases.append(CropBase(PanoramaRecipe(FRAME, 0, 3), views[0][::2, ::2].copy(), 0.5))
    found, before = [], cv2.getNumThreads()
    try:
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            found.append([replace(p, preview=None) for p in propose_crops(bases)])
    finally:
        cv2.setNumThreads(before)
    assert found[0] == found[1] != []


def test_what_stays_still_is_proposed_once() -> None:
    room = texture(720, 1280)
    once = proposed([keeper(room, 0)])
    bases = [keeper(noisy(room, n), n) for n in range(3)]
    assert len(proposed(bases)) == len(once)
    everything = propose_crops(bases)
    first = everything[0].recipe
    assert sum(p.like == first for p in everything) >= 2


def test_what_a_pan_shows_twice_is_proposed_once() -> None:
    world = texture(720, 2400)
    bases = [keeper(window(world, x, 0, (1280, 720)), n) for n, x in enumerate((0, 200, 400))]
    spots = []
    for proposal in proposed(bases):
        recipe = proposal.recipe
        assert isinstance(recipe, CropRecipe)
        assert isinstance(recipe.base, KeeperRecipe)
        spots.append((recipe.x + 200 * recipe.base.frame, recipe.y, recipe.side))
    for i, (x, y, side) in enumerate(spots):
        for other_x, other_y, other in spots[:i]:
            near = abs(x - other_x) < 0.3 * side and abs(y - other_y) < 0.3 * side
            assert not (near and abs(side - other) < 0.2 * side)


def test_a_proposal_says_what_it_is_where_it_comes_from_and_what_it_lacks() -> None:
    base = keeper(draw_face(smooth(), (600, 330), 220), 7)
    first = propose_crops([base])[0]
    recipe = first.recipe
    assert isinstance(recipe, CropRecipe)
    assert recipe.base == first.parent == KeeperRecipe(FRAME, 7)
    assert first.size == (recipe.side, recipe.side)
    assert first.reason == "face"
    assert "sharp" in first.why
    assert any("the detail of the SD 1.x frame bucket" in words for words in first.why)
    assert first.tags in {("portrait",), ("close-up",)}
    assert first.preview is not None
    assert max(first.preview.shape) <= 512
    expected = base.image[recipe.y : recipe.y + recipe.side, recipe.x : recipe.x + recipe.side]
    if recipe.side <= 512:
        np.testing.assert_array_equal(first.preview, expected)


def test_small_crops_say_which_targets_they_miss() -> None:
    small = CropBase(KeeperRecipe(Box(0, 0, 640, 360), 0), texture(360, 640))
    for proposal in propose_crops([small]):
        assert proposal.warnings
        assert f"{proposal.size[0]} px" in proposal.warnings[0]


def test_crops_of_a_reduced_base_are_in_pixels_of_the_full_one() -> None:
    full = texture(1080, 3000)
    reduced = np.asarray(cv2.resize(full, (1000, 360), interpolation=cv2.INTER_AREA), np.uint8)
    recipe = PanoramaRecipe(Box(0, 0, 1920, 1080), 0, 40)
    proposals = propose_crops([CropBase(recipe, reduced, 1 / 3)])
    assert proposals
    for proposal in proposals:
        crop = proposal.recipe
        assert isinstance(crop, CropRecipe)
        assert crop.side >= 511
        assert crop.x + crop.side <= 3000
        assert crop.y + crop.side <= 1080


def test_no_reason_crowds_out_the_others() -> None:
    bases = [keeper(texture(720, 1280, seed=seed), seed) for seed in range(8)]
    found = propose_crops(bases)
    for reason in ("hands", "object", "pattern", "detail"):
        assert sum(p.reason == reason for p in found) <= 4


def made_scene(shifts: list[tuple[float, float]], overlays: tuple[Overlay, ...] = ()) -> Scene:
    """A scene of a frame for each place of the camera."""
    count = len(shifts)
    path = np.array([(x, y, 0) for x, y in shifts], np.float32)
    ones, never = np.ones(count, np.float32), np.zeros(count, np.bool_)
    size = (FRAME.width, FRAME.height)
    source = Source("0" * 16, "a", Path("/a"), SourceKind.VIDEO, size, count, Fraction(24))
    motion = Motion(Camera.STATIC, path, (0, 0), 0.0, Foreground.SOME, 0.1)
    facts = FrameFacts(ones, ones, ones, never, never)
    return Scene(1, source, Shot(0, count), FRAME, motion, facts, overlays)


def test_one_place_is_proposed_once_whoever_walks_past_it() -> None:
    room = smooth()
    room[250:500, 500:750] = texture(250, 250, seed=5)
    passed = room.copy()
    passed[200:560, 480:560] = 30
    bases = [keeper(room, 0), keeper(passed, 1)]
    scene = made_scene([(0, 0), (0, 0)])
    around = [p.recipe for p in proposed(bases, scene) if isinstance(p.recipe, CropRecipe)]
    spots = [r for r in around if r.x <= 500 and r.x + r.side >= 750 and r.y <= 250]
    assert len(spots) <= 1


def test_no_crop_shows_a_logo_or_a_subtitle() -> None:
    logo = Box(100, 60, 220, 90)
    scene = made_scene([(0, 0)], (Overlay("logo", logo, 0, 1),))
    recipes = [p.recipe for p in propose_crops([keeper(texture(720, 1280), 0)], scene=scene)]
    assert recipes
    for recipe in recipes:
        assert isinstance(recipe, CropRecipe)
        assert recipe.x >= logo.right - 8 or recipe.y >= logo.bottom - 8


def test_no_crop_shows_a_title_that_nobody_told_of() -> None:
    picture = smooth()
    picture[100:320, 900:1120] = texture(220, 220, seed=5)
    cv2.putText(
        picture, "THE PEACH OPEN MOVIE PROJECT", (330, 640), cv2.FONT_HERSHEY_DUPLEX, 1.2,
        (255, 255, 255), 2, cv2.LINE_AA,
    )  # fmt: skip
    recipes = [p.recipe for p in propose_crops([keeper(picture, 0)])]
    assert recipes
    for recipe in recipes:
        assert isinstance(recipe, CropRecipe)
        assert recipe.y + recipe.side <= 640 or recipe.x >= 930 or recipe.x + recipe.side <= 340


def test_the_sharper_of_two_alike_is_proposed() -> None:
    sharp = texture(720, 1280)
    soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 2.5), np.uint8)
    best = proposed([keeper(soft, 0), keeper(sharp, 1)])[0].recipe
    assert isinstance(best, CropRecipe)
    assert isinstance(best.base, KeeperRecipe)
    assert best.base.frame == 1


def test_a_soft_portrait_gives_way_to_no_sharper_crop_of_something_less() -> None:
    picture = draw_face(smooth(), (640, 330), 240)
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.6), np.uint8)
    hidden = picture.copy()
    cv2.rectangle(hidden, (560, 240), (720, 400), (90, 110, 120), -1)
    best = proposed([keeper(soft, 0), keeper(hidden, 1)])
    assert any(p.reason == "face" and p.why[0].startswith("face") for p in best)


def test_crops_of_an_enlarged_source_are_larger_and_say_how_much_is_in_them() -> None:
    small = texture(270, 480, blur=0.5)
    enlarged = np.asarray(cv2.resize(small, (1920, 1080), interpolation=cv2.INTER_CUBIC), np.uint8)
    whole = KeeperRecipe(Box(0, 0, 1920, 1080), 0)
    for proposal in propose_crops([CropBase(whole, enlarged)]):
        assert proposal.size[0] >= 756
        assert any(words.startswith("soft or enlarged") for words in proposal.warnings)


def test_what_a_reduced_panorama_shows_again_is_proposed_once() -> None:
    world = np.asarray(cv2.GaussianBlur(texture(720, 1800), (0, 0), 2), np.uint8)
    half = cv2.resize(world, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    pan = CropBase(PanoramaRecipe(FRAME, 0, 3), np.asarray(half, np.uint8), 0.5)
    bases = [keeper(window(world, x, 0, (1280, 720)), n) for n, x in enumerate((0, 520))]
    spots = []
    for proposal in proposed([*bases, pan]):
        recipe = proposal.recipe
        assert isinstance(recipe, CropRecipe)
        start = 520 * recipe.base.frame if isinstance(recipe.base, KeeperRecipe) else 0
        spots.append((recipe.x + start, recipe.y))
    for i, (x, y) in enumerate(spots):
        assert all(abs(x - u) > 100 or abs(y - v) > 100 for u, v in spots[:i])


def test_no_base_no_crop() -> None:
    assert propose_crops([]) == []


def test_every_crop_of_an_icon_is_one_that_a_recipe_may_ask_for() -> None:
    sides = [(20, 20), (62, 64), (66, 200), (100, 70), (140, 130)]
    world = texture(300, 300)
    bases = [
        CropBase(KeeperRecipe(Box(0, 0, *side), n), window(world, 40, 20, side))
        for n, side in enumerate(sides)
    ]
    found = propose_crops(bases)
    assert found
    for crop in found:
        assert from_table(Kind.CROP, to_table(crop.recipe)) == crop.recipe
