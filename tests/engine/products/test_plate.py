from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest

from engine.errors import RenderError
from engine.events import Advanced, result_of
from engine.products.plate import plate_recipe_for, propose_plates, render_plate
from engine.products.plate_cache import PlateCache
from engine.products.plate_frames import grow_from
from engine.products.plate_study import study_plate
from engine.products.proposal import Proposal, Skipped
from engine.recipe import PlateRecipe, changed
from engine.values import Box, Camera, Foreground, Image, Kind, Overlay, Rendered
from tests.engine.products.plate_shots import (
    HEIGHT,
    PICTURE,
    WIDTH,
    Painter,
    covered,
    crosser,
    crowd,
    error,
    figure,
    flapper,
    recipe_for,
    room,
    scene_of,
    shot,
    stander,
    subtitle,
)
from tests.synthetic import MemoryReader, texture, window


def plate_of(frames: list[Image], **changes: object) -> Rendered:
    return result_of(render_plate(MemoryReader(frames), changed(recipe_for(frames), **changes)))


def wrong_share(plate: Image, truth: Image) -> float:
    return float((error(plate, truth) > 20).mean())


@pytest.mark.parametrize(
    ("painters", "count"),
    [
        pytest.param((crosser(0), crosser(20, -9)), 48, id="people crossing"),
        pytest.param((stander(8, 38),), 50, id="somebody who stops for 60 %"),
        pytest.param((stander(-1, 30),), 48, id="somebody who stands there first, then leaves"),
        pytest.param((stander(16, 99), crosser(2)), 48, id="somebody who enters and stays"),
        pytest.param((subtitle("GOOD EVENING", 0, 28), crosser(4)), 48, id="a caption"),
        pytest.param(
            (subtitle("GOOD EVENING", 0, 16), subtitle("WHO IS IT?", 18, 36)),
            48,
            id="two captions after each other",
        ),
    ],
)
def test_the_backdrop_comes_out_though_no_median_would_find_it(
    painters: tuple[Painter, ...], count: int
) -> None:
    backdrop = room()
    plate = plate_of(shot(backdrop, count, painters))
    assert wrong_share(plate.image, backdrop) < 0.002
    assert error(plate.image, backdrop).mean() < 2


def test_drawings_held_on_threes_leave_nothing_behind() -> None:
    backdrop = room()
    walk = crosser(0, 7)
    frames = shot(backdrop, 48, [lambda picture, t: walk(picture, t // 3 * 3)])
    assert wrong_share(plate_of(frames).image, backdrop) < 0.001


def test_a_shaking_camera_is_lined_up_first() -> None:
    world = texture(HEIGHT + 40, WIDTH + 40, seed=5)
    rng = np.random.default_rng(4)
    path = rng.uniform(-6, 6, (36, 2))
    walk = crosser(0, 11)
    frames = []
    for t, (x, y) in enumerate(path):
        frame = window(world, 20 + x, 20 + y, (WIDTH, HEIGHT))
        walk(frame, t)
        frames.append(frame)
    plate = plate_of(frames)
    x, y = min(
        ((x, y) for x, y in path),
        key=lambda at: (
            error(plate.image, window(world, 20 + at[0], 20 + at[1], (WIDTH, HEIGHT))).mean().item()
        ),
    )
    off = error(plate.image, window(world, 20 + x, 20 + y, (WIDTH, HEIGHT)))[12:-12, 12:-12]
    assert off.mean() < 2.5
    assert (off > 20).mean() < 0.004
    assert len({used[1:] for used in plate.frames_used}) > 10


def test_a_still_camera_is_not_resampled() -> None:
    backdrop = room()
    frames = shot(backdrop, 24, [crosser(0, 18)], noise=0)
    plate = plate_of(frames)
    assert {used[1:] for used in plate.frames_used} == {(0.0, 0.0)}
    np.testing.assert_array_equal(plate.image, backdrop)


def test_flicker_and_a_fade_are_evened_out() -> None:
    backdrop = room()
    frames = shot(backdrop, 48, [crosser(6)])
    rng = np.random.default_rng(5)
    for t, frame in enumerate(frames):
        gain = min(1.0, (t + 1) / 14) * (1 + rng.uniform(-0.06, 0))
        frame[:] = np.clip(frame * gain, 0, 255)
    plate = plate_of(frames)
    scale = backdrop.mean() / plate.image.mean()
    assert error(np.clip(plate.image * scale, 0, 255).astype(np.uint8), backdrop).mean() < 3
    assert plate.frames_used[0][0] > 3


def test_what_was_never_seen_is_marked_and_named() -> None:
    backdrop = room()
    frames = shot(backdrop, 48, [lambda p, t: figure(p, 60 + 3 * np.sin(0.7 * t)), crosser(0)])
    plate = plate_of(frames)
    never = np.logical_and.reduce(
        [
            covered(backdrop, [lambda p, t: figure(p, 60 + 3 * np.sin(0.7 * t))], t)
            for t in range(48)
        ]
    )
    assert plate.confidence is not None
    assert (plate.confidence[never] < 0.25).mean() > 0.85
    away = cv2.dilate(never.astype(np.uint8), np.ones((31, 31), np.uint8)) == 0
    assert (plate.confidence[away] < 0.25).mean() < 0.02
    assert any("left" in warning for warning in plate.warnings)


def test_confidence_tells_how_often_a_pixel_was_seen() -> None:
    backdrop = room()
    frames = shot(backdrop, 50, [stander(8, 38)])
    plate = plate_of(frames)
    assert plate.confidence is not None
    assert plate.confidence[130, 150] == pytest.approx(0.38, abs=0.12)
    assert plate.confidence[20, 20] > 0.95


def test_a_rectangle_is_kept_from_the_frame_that_the_user_names() -> None:
    frames = shot(room(), 24, [crosser(0, 18)])
    plate = plate_of(frames, keep=((100, 40, 60, 50, 7),))
    np.testing.assert_array_equal(plate.image[40:90, 100:160], frames[7][40:90, 100:160])


def test_an_ignored_rectangle_is_marked_as_never_seen() -> None:
    frames = shot(room(), 24, [crosser(0, 18)])
    plate = plate_of(frames, ignore=((0, 0, 60, 40),))
    assert plate.confidence is not None
    assert plate.confidence[:36, :56].max() < 0.25
    assert any("upper left" in warning for warning in plate.warnings)


@pytest.mark.parametrize(
    ("ignored", "words"),
    [
        ((0, 150, 320, 50), "seen, lower"),
        ((0, 0, 40, 200), "seen, left"),
        ((130, 80, 60, 40), "seen, centre"),
        ((230, 150, 60, 40), "seen, lower right"),
        ((0, 0, 320, 160), "seen, in several places"),
    ],
)
def test_a_part_never_seen_is_placed_in_words(ignored: tuple[int, ...], words: str) -> None:
    frames = shot(room(), 12, [crosser(0, 36)])
    (warning,) = plate_of(frames, ignore=(ignored,)).warnings
    assert warning.endswith(words)


def test_frames_left_out_are_not_used() -> None:
    frames = shot(room(), 24, [crosser(0, 18)])
    plate = plate_of(frames, left_out=(3, 4, 5))
    assert not {3, 4, 5} & {used[0] for used in plate.frames_used}


def test_the_median_compositor_is_the_plain_median() -> None:
    frames = shot(room(), 21, [crosser(0, 18)])
    plate = plate_of(frames, compositor="median")
    truth = np.median(np.stack(frames), axis=0).astype(np.uint8)
    np.testing.assert_array_equal(plate.image, truth)


def test_places_are_those_of_the_source_for_a_reduced_reader() -> None:
    backdrop = room()
    frames = shot(backdrop, 40, [crosser(0)], noise=0)
    half = [cv2.resize(f, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for f in frames]
    recipe = PlateRecipe(Box(40, 20, 240, 160), 0, 40, keep=((140, 60, 40, 40, 0),))
    plate = result_of(render_plate(MemoryReader([np.asarray(h) for h in half], scale=0.5), recipe))
    assert plate.image.shape == (80, 120, 3)
    reduced = cv2.resize(backdrop, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    truth = np.asarray(reduced, np.uint8)
    assert wrong_share(plate.image, truth[10:90, 20:140]) < 0.01


def test_too_few_frames_are_refused_in_words() -> None:
    frames = shot(room(), 2)
    with pytest.raises(RenderError, match="at least 3 frames"):
        plate_of(frames)


def test_unrelated_pictures_make_no_plate() -> None:
    pictures = [texture(HEIGHT, WIDTH, seed=seed) for seed in range(20, 27)]
    with pytest.raises(RenderError, match="different places"):
        plate_of(pictures)
    (skipped,) = propose_plates(scene_of(pictures), MemoryReader(pictures))
    assert isinstance(skipped, Skipped)
    assert "different places" in skipped.reason


def test_progress_is_told_while_reading() -> None:
    frames = shot(room(), 12, [crosser(0, 30)])
    events = list(render_plate(MemoryReader(frames), recipe_for(frames)))
    assert [e.done for e in events if isinstance(e, Advanced)][:12] == list(range(1, 13))


def test_a_recipe_for_some_frames_names_just_those() -> None:
    reader = MemoryReader(shot(room(), 12))
    every_third = plate_recipe_for(reader, [0, 3, 6, 9], PICTURE)
    assert (every_third.step, every_third.left_out) == (3, ())
    with_a_gap = plate_recipe_for(reader, [0, 1, 2, 5], PICTURE)
    assert (with_a_gap.step, with_a_gap.left_out) == (1, (3, 4))


def test_a_still_scene_with_a_walker_proposes_its_plate() -> None:
    frames = shot(room(), 36, [crosser(0, 12)])
    (proposal,) = propose_plates(scene_of(frames), MemoryReader(frames))
    assert isinstance(proposal, Proposal)
    assert proposal.reason == "static"
    assert proposal.tags == ("no humans",)
    assert proposal.score > 0.8
    assert "seen clean" in proposal.why[0]
    assert proposal.preview is not None


def test_a_small_figure_that_passes_is_worth_a_plate_and_what_moves_in_place_is_not() -> None:
    for painter, kind in ((crosser(0, 12), Proposal), (flapper, Skipped)):
        frames = shot(room(), 36, [painter])
        scene = scene_of(frames, foreground=Foreground.NONE, foreground_share=0.013)
        (told,) = propose_plates(scene, MemoryReader(frames))
        assert isinstance(told, kind)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"foreground": Foreground.NONE, "foreground_share": 0.0}, "nothing moves"),
        ({"foreground": Foreground.NONE, "foreground_share": 0.013}, "hardly anything moves"),
        ({"camera": Camera.PAN_RIGHT, "travel": 400.0}, "the camera moves"),
    ],
)
def test_a_scene_without_a_plate_says_why(about: dict[str, object], words: str) -> None:
    frames = shot(room(), 12)
    (skipped,) = propose_plates(scene_of(frames, **about), MemoryReader(frames))  # type: ignore[arg-type]
    assert isinstance(skipped, Skipped)
    assert skipped.kind is Kind.PLATE
    assert words in skipped.reason


def test_a_flip_reads_a_region_the_other_way_and_back_is_the_default() -> None:
    backdrop = room()
    frames = shot(backdrop, 50, [stander(8, 38)])
    plain = plate_of(frames)
    flipped = plate_of(frames, flips=((150, 130),))
    body = np.s_[100:160, 138:162]
    assert error(plain.image, backdrop)[body].mean() < 3
    assert error(flipped.image, frames[24])[body].mean() < 3
    assert wrong_share(flipped.image[:, 220:], backdrop[:, 220:]) < 0.002


def test_a_television_set_stays_sharp_and_is_marked() -> None:
    backdrop = room()
    rng = np.random.default_rng(8)
    programme = [texture(60, 90, seed=int(rng.integers(1000)), blur=1) for _ in range(40)]

    def show(picture: Image, t: int) -> None:
        picture[30:90, 200:290] = programme[t]

    frames = shot(backdrop, 40, [show, crosser(0, 10)])
    plate = plate_of(frames)
    screen = plate.image[36:84, 206:284]
    off = [error(screen, picture[6:54, 6:84]).mean() for picture in programme]
    assert min(off) < 6 < 3 * sorted(off)[1]
    assert plate.confidence is not None
    assert plate.confidence[40:80, 210:280].max() < 0.25
    assert wrong_share(plate.image[:, :180], backdrop[:, :180]) < 0.002


def test_behind_a_crowd_the_place_comes_out_and_most_of_it_is_sure() -> None:
    backdrop = room()
    people = crowd(7, seed=2)
    frames = shot(backdrop, 72, people)
    plate = plate_of(frames)
    seen = np.mean([~covered(backdrop, people, t) for t in range(72)], axis=0)
    hard = (seen >= 0.08) & (seen < 0.5)
    assert hard.mean() > 0.15
    assert (error(plate.image, backdrop)[hard] > 25).mean() < 0.12
    assert plate.confidence is not None
    assert ((plate.confidence < 0.25) & (seen > 0.25)).mean() < 0.03
    assert (plate.confidence[seen == 0] < 0.25).mean() > 0.8


def test_the_place_beside_somebody_who_sways_is_not_doubted() -> None:
    backdrop = room()

    def sway(picture: Image, t: int) -> None:
        figure(picture, 90 + 5 * np.sin(0.7 * t))

    painters = (sway, crosser(0), crosser(18, -9))
    plate = plate_of(shot(backdrop, 60, painters))
    seen = np.mean([~covered(backdrop, painters, t) for t in range(60)], axis=0)
    assert plate.confidence is not None
    assert ((plate.confidence < 0.25) & (seen > 0.5)).mean() < 0.009
    assert (plate.confidence[seen == 0] < 0.25).mean() > 0.75


def test_what_a_flat_bird_uncovers_is_taken_and_its_body_is_no_backdrop() -> None:
    sky = np.full((HEIGHT, WIDTH, 3), (210, 190, 160), np.uint8)
    sky[150:] = room()[150:]
    frames = shot(sky, 60, [flapper])
    plate = plate_of(frames)
    uncovered = np.zeros((HEIGHT, WIDTH), bool)
    for t in range(60):
        uncovered |= ~covered(sky, [flapper], t)
    often = cv2.erode(uncovered.view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert (error(plate.image, sky)[often] > 20).mean() < 0.02
    assert plate.confidence is not None
    never = cv2.erode((~uncovered).view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert (plate.confidence[never] < 0.25).mean() > 0.8
    assert plate.score < 0.9


def test_a_bird_that_never_leaves_is_not_tagged_away() -> None:
    frames = shot(room(), 60, [flapper])
    (proposal,) = propose_plates(scene_of(frames), MemoryReader(frames))
    assert isinstance(proposal, Proposal)
    assert proposal.tags == ()
    assert proposal.warnings


def test_a_known_caption_is_not_taken_and_is_named_where_it_hides_the_place() -> None:
    backdrop = room()
    text = subtitle("GOOD EVENING", 24, 99)

    def sitter(picture: Image, t: int) -> None:
        if t < 26:
            figure(picture, 150 + 6 * np.sin(0.9 * t))

    frames = shot(backdrop, 48, [sitter, text])
    scene = scene_of(frames)
    overlay = Overlay("subtitle", Box(50, 164, 200, 34), 24, 48)
    scene = replace(scene, overlays=(overlay,))
    (proposal,) = propose_plates(scene, MemoryReader(frames))
    assert isinstance(proposal, Proposal)
    assert isinstance(proposal.recipe, PlateRecipe)
    assert proposal.recipe.overlays == ((50, 164, 200, 34, 24, 48),)
    assert proposal.preview is not None
    beside = np.s_[165:198, 200:250]
    assert wrong_share(proposal.preview[beside], backdrop[beside]) < 0.02


def test_advice_names_covering_frames_and_how_much_each_frame_hides() -> None:
    backdrop = room()
    painters = (crosser(0, 9),)
    frames = shot(backdrop, 40, painters)
    advice = plate_of(frames).advice
    assert advice is not None
    shares = dict(advice.foreground)
    assert list(shares) == list(range(40))
    for t in (10, 20, 39):
        assert shares[t] == pytest.approx(covered(backdrop, painters, t).mean(), abs=0.03)
    seen = np.zeros((HEIGHT, WIDTH), bool)
    for t in advice.cover:
        seen |= ~covered(backdrop, painters, t)
    assert len(advice.cover) <= 12
    assert seen.mean() > 0.99
    assert advice.leave_out == ()


def test_a_fade_to_white_leaves_no_veil() -> None:
    backdrop = room()
    frames = shot(backdrop, 48, [crosser(0)])
    for t in range(36, 48):
        veil = (t - 35) / 13
        frames[t] = np.rint(frames[t] * (1 - veil) + 255 * veil).astype(np.uint8)
    plate = plate_of(frames)
    assert error(plate.image, backdrop).mean() < 2.5


def test_a_tweak_with_a_cache_makes_what_it_would_make_without() -> None:
    backdrop = room()
    frames = shot(backdrop, 50, [stander(8, 38)])
    reader, recipe, cache = MemoryReader(frames), recipe_for(frames), PlateCache()
    result_of(render_plate(reader, recipe, cache))
    for changes in (
        {"keep": ((100, 40, 60, 50, 7),)},
        {"ignore": ((0, 0, 60, 40),)},
        {"flips": ((150, 130),)},
        {"compositor": "median"},
    ):
        tweaked = changed(recipe, **changes)
        with_cache = result_of(render_plate(reader, tweaked, cache))
        without = result_of(render_plate(reader, tweaked))
        np.testing.assert_array_equal(with_cache.image, without.image)
        assert with_cache.warnings == without.warnings


def test_a_tweak_reads_no_frame_again_that_was_studied() -> None:
    reader = CountingReader(shot(room(), 40, [crosser(0)]))
    recipe, cache = recipe_for(reader.frames), PlateCache()
    result_of(render_plate(reader, recipe, cache))
    before = reader.count
    result_of(render_plate(reader, changed(recipe, left_out=(3, 4)), cache))
    result_of(render_plate(reader, changed(recipe, ignore=((0, 0, 60, 40),)), cache))
    assert reader.count == before


@dataclass(frozen=True)
class CountingReader(MemoryReader):
    """Counts the frames that are read."""

    reads: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.reads)

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        for frame, image in super().read(frames):
            self.reads.append(frame)
            yield frame, image


def test_growing_from_a_point_gives_the_rectangle_of_what_stands_there() -> None:
    frames = shot(room(), 50, [stander(8, 38)])
    study = result_of(study_plate(MemoryReader(frames), recipe_for(frames)))
    box = grow_from(study, 20, (150, 130))
    assert box is not None
    assert abs(box.x - 130) < 14
    assert 35 < box.width < 80
    assert grow_from(study, 20, (300, 20)) is None


def test_what_can_be_read_either_way_is_listed_with_a_point_that_flips_it() -> None:
    backdrop = room()

    def swap(picture: Image, t: int) -> None:
        if t < 24:
            picture[60:120, 100:180] = (90, 140, 60)
        else:
            picture[60:120, 100:180] = (60, 90, 150)

    plate = plate_of(shot(backdrop, 48, [swap]))
    assert plate.advice is not None
    ((box, point),) = plate.advice.either_way
    assert box.x <= point[0] < box.right
    assert abs(box.x - 100) < 8
    assert abs(box.width - 80) < 16
    assert any("either way" in warning for warning in plate.warnings)
    assert plate.confidence is not None
    assert plate.confidence[70:110, 110:170].min() > 0.25  # it was seen, whatever it is
    assert plate.low_confidence > 0.06
    kept = plate_of(shot(backdrop, 48, [swap]), keep=((80, 40, 130, 100, 30),))
    assert not any("either way" in warning for warning in kept.warnings)
    assert kept.score > plate.score
    flipped = plate_of(shot(backdrop, 48, [swap]), flips=(point,))
    inside = np.s_[66:114, 106:174]
    assert error(flipped.image[inside], plate.image[inside]).mean() > 20
    assert flipped.advice is not None
    assert flipped.advice.either_way == ()


def test_photos_taken_by_hand_are_turned_onto_each_other() -> None:
    world = texture(HEIGHT * 2, WIDTH * 2, seed=9)
    rng = np.random.default_rng(6)
    photos, middle = [], 5
    for t in range(11):
        spread = 0 if t == middle else 7
        corners = np.array([[160, 100], [480, 100], [480, 300], [160, 300]], np.float32)
        corners += rng.uniform(-spread, spread, corners.shape).astype(np.float32)
        view = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
        move = cv2.getPerspectiveTransform(corners, view)
        seen = cv2.warpPerspective(world, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        photo = np.asarray(seen, np.uint8)
        figure(photo, 20 + 28 * t)
        photos.append(photo)
    truth = world[100 : 100 + HEIGHT, 160 : 160 + WIDTH]
    plate = plate_of(photos)
    off = error(plate.image, truth)[14:-14, 14:-14]
    assert (off > 30).mean() < 0.02
    assert off.mean() < 6
