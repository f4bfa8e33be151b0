from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.errors import RenderError
from engine.events import result_of
from engine.products.layered import place_by_layers
from engine.products.pairs import measure_pair
from engine.products.panorama import render_panorama
from engine.products.panorama_study import study_of
from engine.products.parallax import find_layers
from engine.products.registration import Track
from engine.products.resampling import restoring_taps
from engine.products.seams import best_path
from engine.products.views import read_views
from engine.recipe import PanoramaRecipe, changed, frames_of
from engine.values import AnyArray, Box, Image, Mask, Rendered
from tests.synthetic import MemoryReader, texture, window

SIZE = (320, 180)
COUNT = 40
STEP = 8.0
NEAR = 1.5
"""How much faster than the background the posts in front go by."""


def posts() -> tuple[Image, Image]:
    """Draw a near layer: posts with a grain of their own, and where they are."""
    grain = texture(260, 1400, seed=11, blur=1.0)
    there = np.zeros((260, 1400), np.uint8)
    for x in range(150, 1400, 190):
        there[:, x : x + 34] = 255
    return grain, there


def pan_behind_posts() -> list[Image]:
    art = texture(260, 900, seed=3)
    grain, there = posts()
    frames = []
    for i in range(COUNT):
        frame = window(art, 20 + STEP * i, 20, SIZE)
        near = window(grain, 20 + NEAR * STEP * i, 20, SIZE)
        mask = window(there, 20 + NEAR * STEP * i, 20, SIZE) > 127
        frame[mask] = near[mask]
        frames.append(frame)
    return frames


def stitched(frames: list[Image], **settings: object) -> Rendered:
    recipe = changed(PanoramaRecipe(Box(0, 0, *SIZE), 0, len(frames)), **settings)
    return result_of(render_panorama(MemoryReader(frames), recipe))


def pace(made: Rendered) -> float:
    """Pixels that the picture lies further on for each frame."""
    frame, left, _ = np.array(made.frames_used).T
    return float(np.polyfit(frame, left, 1)[0])


def test_frames_are_lined_up_by_the_far_layer_unless_the_near_one_is_asked_for() -> None:
    frames = pan_behind_posts()
    assert pace(stitched(frames)) == pytest.approx(STEP, abs=0.1)
    assert pace(stitched(frames, anchor="far")) == pytest.approx(STEP, abs=0.1)
    assert pace(stitched(frames, anchor="near")) == pytest.approx(NEAR * STEP, abs=0.3)


def eased_pan_behind_trunks() -> tuple[list[Image], list[float], list[Mask]]:
    """Draw a pan that rests at its ends, where a trunk hides places in most frames.

    Also gives where the camera was, and what of each frame the trunks cover.
    """
    art = texture(260, 900, seed=3)
    grain = texture(260, 1400, seed=11, blur=6.0) // 4
    there = np.zeros((260, 1400), np.uint8)
    for x in (95, 330, 560, 760):
        there[:, x : x + 40] = 255
    time = np.linspace(0, 1, 60)
    places = [20 + 440 * float(t) for t in time * time * (3 - 2 * time)]
    frames, masks = [], []
    for place in places:
        frame = window(art, place, 20, SIZE)
        near = window(grain, NEAR * place, 20, SIZE)
        mask = window(there, NEAR * place, 20, SIZE) > 127
        frame[mask] = near[mask]
        frames.append(frame)
        masks.append(mask)
    return frames, places, masks


def test_a_trunk_that_hides_a_place_most_of_the_time_is_gone_where_it_was_seen_behind() -> None:
    frames, places, masks = eased_pan_behind_trunks()
    made = stitched(frames)
    frame, left, top = made.frames_used[0]
    height, width = made.image.shape[:2]
    truth = window(texture(260, 900, seed=3), places[frame] + 2 - left, 22 - top, (width, height))
    bare: AnyArray = np.zeros((height, width), np.int64)
    for place, mask in zip(places, masks, strict=True):
        x = round(left - 2 + place - places[frame])
        free = np.pad(cv2.erode((~mask).astype(np.uint8), np.ones((1, 7))), ((0, 0), (700, 700)))
        bare = bare + free[4 : 4 + height, 700 - x : 700 - x + width]
    wrong = cv2.absdiff(made.image, truth).max(axis=2) > 40
    assert wrong[bare >= 3].mean() < 0.01
    assert made.confidence is not None
    assert (made.confidence[bare == 0] < 0.5).mean() > 0.5
    assert any("never seen" in warning for warning in made.warnings)


def track_of(places: list[float]) -> Track:
    place = np.zeros((len(places), 3))
    place[:, 0] = places
    flat = np.zeros(len(places))
    frames = tuple(range(len(places)))
    return Track(frames, place, flat, flat, 0.0, 0.5, "translation")


def test_a_path_that_goes_astray_with_trunks_where_the_camera_rests_is_mended() -> None:
    frames, places, _ = eased_pan_behind_trunks()
    survey = result_of(read_views(MemoryReader(frames), range(len(frames)), Box(0, 0, *SIZE)))
    astray = [place + max(0.0, (NEAR - 1) * (place - places[45])) for place in places]
    mended = result_of(place_by_layers(survey, track_of(astray), (NEAR,)))
    assert mended is not None
    assert np.ptp(mended.place[:, 0] - places) < 0.5
    assert result_of(place_by_layers(survey, track_of(places), (NEAR,))) is None


def test_a_row_in_front_that_hides_the_lower_edge_all_the_time_is_cut_off() -> None:
    art, hedge = texture(260, 900, seed=3), texture(260, 1400, seed=11)
    frames = [window(art, 20 + STEP * i, 20, SIZE) for i in range(COUNT)]
    for i, frame in enumerate(frames):
        frame[140:] = window(hedge, 20 + NEAR * STEP * i, 20, SIZE)[140:]
    made = stitched(frames)
    assert 100 <= made.image.shape[0] <= 142
    _, left, top = made.frames_used[0]
    height, width = made.image.shape[:2]
    truth = window(art, 22 - left, 22 - top, (width, height))
    assert (cv2.absdiff(made.image, truth).max(axis=2) > 40).mean() < 0.02


def test_a_picture_lined_up_by_the_wrong_layer_scores_lower_and_says_why() -> None:
    frames = pan_behind_posts()
    far, near = stitched(frames), stitched(frames, anchor="near")
    assert near.score < 0.6 * far.score
    assert near.warnings


def test_whole_frames_cut_along_seams_show_only_pixels_of_single_frames() -> None:
    art = texture(260, 900, seed=3)
    frames = [window(art, 20 + STEP * i, 20, SIZE) for i in range(COUNT)]
    made = stitched(frames, compositor="seams")
    _, left, top = made.frames_used[0]
    height, width = made.image.shape[:2]
    truth = window(art, 22 - left, 22 - top, (width, height))
    assert float(cv2.absdiff(made.image, truth)[4:-4, 4:-4].mean()) < 0.5


def test_a_logo_told_by_the_recipe_is_taken_from_frames_that_saw_behind_it() -> None:
    art = texture(260, 900, seed=3)
    frames = [window(art, 20 + STEP * i, 20, SIZE) for i in range(COUNT)]
    for frame in frames:
        cv2.rectangle(frame, (240, 20), (290, 50), (255, 255, 255), -1)
    made = stitched(frames, overlays=((240, 20, 51, 31, 0, COUNT),))
    _, left, top = made.frames_used[0]
    height, width = made.image.shape[:2]
    truth = window(art, 22 - left, 22 - top, (width, height))
    shown = slice(None), slice(0, round(left + STEP * (COUNT - 1)) + 230)
    assert (cv2.absdiff(made.image, truth)[shown].max(axis=2) > 40).mean() < 0.002
    assert width > STEP * (COUNT - 1) + SIZE[0] - 40


def test_a_crowd_of_things_that_move_each_their_own_way_is_refused_or_scored_low() -> None:
    rng = np.random.default_rng(2)
    art = texture(260, 900, seed=3)
    paths = rng.uniform(-9, 9, (60, 2))
    starts = rng.uniform((0, 0), SIZE, (60, 2))
    frames = []
    for i in range(COUNT):
        frame = window(art, 20 + 3.0 * i, 20, SIZE)
        for start, path, seed in zip(starts, paths, range(60), strict=True):
            x, y = ((start + path * i) % SIZE).astype(int)
            colour = tuple(int(v) for v in np.random.default_rng(seed).integers(0, 255, 3))
            cv2.circle(frame, (int(x), int(y)), 24, colour, -1)
            cv2.circle(frame, (int(x), int(y)), 12, (0, 0, 0), 2)
        frames.append(frame)
    try:
        made = stitched(frames)
    except RenderError:
        return
    assert made.score < 0.7
    assert made.warnings


def test_a_tweak_of_the_compositor_is_drawn_from_what_was_found_out_before() -> None:
    art = texture(260, 900, seed=3)
    frames = [window(art, 20 + STEP * i, 20, SIZE) for i in range(COUNT)]
    reader = MemoryReader(frames, scale=0.5)
    recipe = PanoramaRecipe(Box(0, 0, SIZE[0] * 2, SIZE[1] * 2), 0, COUNT)
    first = result_of(render_panorama(reader, recipe))
    stages = [
        getattr(event, "stage", "")
        for event in render_panorama(reader, changed(recipe, compositor="median"))
    ]
    assert "lining up" not in stages
    again = result_of(render_panorama(reader, recipe))
    np.testing.assert_array_equal(first.image, again.image)


def test_what_was_found_out_is_still_known_after_several_tweaks() -> None:
    art = texture(260, 900, seed=3)
    reader = MemoryReader([window(art, 20 + STEP * i, 20, SIZE) for i in range(COUNT)], scale=0.5)
    recipe = PanoramaRecipe(Box(0, 0, SIZE[0] * 2, SIZE[1] * 2), 0, COUNT)
    for start in (0, 2, 4, 6, 8):
        result_of(render_panorama(reader, changed(recipe, start=start)))
    stages = [
        getattr(event, "stage", "")
        for event in render_panorama(reader, changed(recipe, compositor="median"))
    ]
    assert "reading frames" not in stages
    assert "compositing" in stages


def test_the_cheapest_path_goes_round_what_is_dear() -> None:
    cost = np.full((20, 15), 5, np.float32)
    cost[:, 7] = 1
    cost[8:12, 6:9] = 90
    path = best_path(cost)
    assert (np.abs(np.diff(path)) <= 1).all()
    assert not any(6 <= path[y] <= 8 for y in range(8, 12))


def test_nothing_is_sharpened_where_every_frame_lies_on_whole_pixels() -> None:
    assert restoring_taps([0.0, 3.0, -2.0]) is None
    taps = restoring_taps([0.0, 0.25, 0.5, 0.75])
    assert taps is not None
    assert taps.sum() == pytest.approx(1)


def head(frame: Image, x: float, turn: int) -> None:
    """Draw somebody who stays where they are and turns their head this way and that."""
    look = (-14, 0, 14, 4, -9)[turn % 5]
    cv2.rectangle(frame, (round(x) - 26, 84), (round(x) + 26, 150), (40, 60, 200), -1)
    cv2.circle(frame, (round(x) + look, 62), 30, (150, 200, 240), -1)
    for side in (-1, 1):
        cv2.circle(frame, (round(x) + 2 * look + side * 11, 56), 7, (255, 255, 255), -1)
        cv2.circle(frame, (round(x) + 2 * look + side * 11, 56), 3, (0, 0, 0), -1)


def test_somebody_who_moves_in_place_is_taken_whole_from_one_frame() -> None:
    art = texture(260, 900, seed=3)
    frames = [window(art, 20 + 4 * i, 20, SIZE) for i in range(COUNT)]
    for i, frame in enumerate(frames):
        head(frame, 200 - 4 * i + 20, i)
    made = stitched(frames)
    where = next(text for text in made.warnings if "moves in place" in text)
    numbers = [int(number) for number in where.split("frames ")[-1].split("frame ")[-1].split(", ")]
    assert min(unlike_frame(made, frames, number) for number in numbers) < 0.03


def unlike_frame(made: Rendered, frames: list[Image], number: int) -> float:
    """Share of the head that the picture shows otherwise than a frame."""
    _, left, top = next(used for used in made.frames_used if used[0] == number)
    x, y = round(left) - 2, round(top) - 2
    middle = 220 - 4 * number
    own = frames[number][30:110, middle - 50 : middle + 50]
    shown = made.image[y + 30 : y + 110, x + middle - 50 : x + middle + 50]
    return float((cv2.absdiff(own, shown).max(axis=2) > 40).mean())


def test_another_range_step_or_trim_is_drawn_without_lining_up_again() -> None:
    art = texture(260, 900, seed=3)
    frames = [window(art, 20 + STEP * i, 20, SIZE) for i in range(COUNT)]
    reader = MemoryReader(frames, scale=0.5)
    recipe = PanoramaRecipe(Box(0, 0, SIZE[0] * 2, SIZE[1] * 2), 0, COUNT)
    known = result_of(study_of(reader, recipe)).followed
    for tweaked in (
        changed(recipe, start=6, stop=30),
        changed(recipe, step=2),
        changed(recipe, trim=8),
        changed(recipe, left_out=(4, 5)),
    ):
        work = render_panorama(reader, tweaked, known=known)
        stages = []
        try:
            while True:
                stages.append(getattr(next(work), "stage", ""))
        except StopIteration as done:
            made = done.value
        assert "lining up" not in stages
        used = np.array(made.frames_used)
        assert set(used[:, 0]) <= set(frames_of(tweaked))
        slope = float(np.polyfit(used[:, 0], used[:, 1], 1)[0])
        assert slope == pytest.approx(STEP, abs=0.05)


def behind_thin_poles(speed: float) -> tuple[list[Image], list[float]]:
    """Draw a pan behind poles of a few pixels; also give where the camera was."""
    art = texture(260, 900, seed=3)
    there = np.zeros((260, 1400), np.uint8)
    for x in range(40, 1400, 90):
        there[:, x : x + 7] = 255
    places = [20 + 7.0 * i for i in range(44)]
    frames = []
    for place in places:
        frame = window(art, place, 20, SIZE)
        frame[window(there, speed * place, 20, SIZE) > 127] = 25
        frames.append(frame)
    return frames, places


@pytest.mark.parametrize("speed", [1.35, 1.8, 2.1])
def test_poles_too_thin_to_be_met_again_further_on_are_found_by_frames_beside(
    speed: float,
) -> None:
    frames, places = behind_thin_poles(speed)
    survey = result_of(read_views(MemoryReader(frames), range(len(frames)), Box(0, 0, *SIZE)))
    layers = find_layers(survey, track_of(places))
    (found,) = layers.passing(track_of(places), SIZE)
    assert found == pytest.approx(speed, abs=0.03)


def test_a_flat_sky_that_an_encoder_leaves_as_it_was_does_not_hold_the_camera() -> None:
    ground = texture(180, 900, seed=3)
    random = np.random.default_rng(1)
    left = cv2.GaussianBlur(random.normal(0, 4, (*SIZE[::-1], 3)), (0, 0), 1.5)
    frames = []
    for i in range(6):
        frame = np.full((*SIZE[::-1], 3), (210, 170, 120), np.uint8) + left
        frame[130:] = window(ground, 20 + 5.0 * i, 0, SIZE)[130:]
        frames.append(np.clip(np.rint(frame), 0, 255).astype(np.uint8))
    survey = result_of(read_views(MemoryReader(frames), range(6), Box(0, 0, *SIZE)))
    for i in range(5):
        pair = measure_pair(survey.views, i, i + 1, (0.0, 0.0))
        assert pair is not None
        assert np.hypot(pair.move[0] + 5.0, pair.move[1]) < 0.2
