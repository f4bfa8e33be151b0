from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.errors import RenderError
from engine.events import result_of
from engine.products.depth import measure_fit
from engine.products.panorama import render_panorama
from engine.products.registration import estimate_track
from engine.products.views import read_views
from engine.recipe import PanoramaRecipe
from engine.values import Box, Image, Rendered
from tests.synthetic import MemoryReader, texture

SIZE = (400, 226)
COUNT = 30
DEPTH = "the camera seems to move in depth"


def view(picture: Image, scale: float, x: float = 0.0) -> Image:
    """What a camera sees that looks at the middle of a picture, or at ``x`` pixels beside it."""
    height, width = picture.shape[:2]
    centre = (width - 1) / 2 + x, (height - 1) / 2
    left, top = centre[0] - (SIZE[0] - 1) / 2 / scale, centre[1] - (SIZE[1] - 1) / 2 / scale
    move = np.array([[1 / scale, 0, left], [0, 1 / scale, top]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, move, SIZE, flags=flags), np.uint8)


def zoom(to: float, pan: float = 0.0) -> list[Image]:
    art = texture(500, 900, seed=3)
    eased = [t * t * (3 - 2 * t) for t in np.linspace(0, 1, COUNT)]
    return [view(art, to**t, pan * (t - 0.5)) for t in eased]


def walls(shape: Sequence[int]) -> Image:
    """Where something stands at either side, nearer than the rest."""
    there = np.zeros(tuple(shape[:2]), np.uint8)
    middle = there.shape[1] // 2
    there[:, : middle - 90] = 255
    there[:, middle + 80 :] = 255
    return there


def floor(shape: Sequence[int]) -> Image:
    there = np.zeros(tuple(shape[:2]), np.uint8)
    there[there.shape[0] // 2 + 40 :] = 255
    return there


def push(ahead: float, distances: Sequence[float]) -> list[Image]:
    """Move into a scene of two or three layers, the far one first."""
    arts = [texture(500, 900, seed=3 + i) for i in range(3)]
    masks = [walls(arts[0].shape), floor(arts[0].shape)]
    frames = []
    for t in np.linspace(0, 1, COUNT):
        frame = view(arts[0], distances[0] / (distances[0] - ahead * t))
        for art, mask, distance in zip(arts[1:], masks, distances[1:], strict=False):
            scale = distance / (distance - ahead * t)
            shown = view(mask, scale) > 127
            frame[shown] = view(art, scale)[shown]
        frames.append(frame)
    return frames


def stitched(frames: list[Image]) -> Rendered:
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, len(frames))
    return result_of(render_panorama(MemoryReader(frames), recipe))


@pytest.mark.parametrize(
    ("ahead", "distances"),
    [(0.6, (6.0, 3.0)), (0.5, (10.0, 5.0, 2.5))],
    ids=["two layers", "three layers"],
)
def test_a_push_into_depth_is_marked_down_and_named(
    ahead: float, distances: Sequence[float]
) -> None:
    made = stitched(push(ahead, distances))
    assert made.score < 0.4
    assert any(DEPTH in text for text in made.warnings)


@pytest.mark.parametrize(("to", "pan"), [(1.25, 0.0), (1.5, 0.0), (1.2, 200.0)])
def test_a_zoom_of_a_flat_picture_is_not_taken_for_a_push(to: float, pan: float) -> None:
    made = stitched(zoom(to, pan))
    assert made.warnings == ()
    assert made.score > 0.8
    assert made.image.shape[1] >= to * (SIZE[0] - 4) - 8


def test_frames_put_in_the_wrong_place_are_not_taken_for_a_push() -> None:
    frames, crop = zoom(1.25), Box(0, 0, *SIZE)
    survey = result_of(read_views(MemoryReader(frames), range(COUNT), crop))
    track = result_of(estimate_track(survey, "similarity"))
    astray = track.place.copy()
    astray[:3, 0] += 4.0
    true, wrong = (measure_fit(survey, one) for one in (track, replace(track, place=astray)))
    assert true.depth == wrong.depth == pytest.approx(0.0, abs=0.01)
    assert wrong.fits < 0.9 * true.fits


def test_a_fast_zoom_from_the_first_frame_on_is_followed() -> None:
    art = texture(500, 900, seed=3)
    frames = [view(art, 1.03**i) for i in range(14)]
    made = stitched(frames)
    assert len(made.frames_used) == 14
    # What only the widest frame shows is left out.
    assert made.image.shape[1] == pytest.approx(1.03**13 * (SIZE[0] - 4), abs=8)


def test_a_camera_that_hardly_moves_is_refused_with_a_better_idea() -> None:
    art = texture(500, 900, seed=3)
    frames = [view(art, 1.0, 0.4 * i) for i in range(20)]
    with pytest.raises(RenderError, match=r"hardly moves.*clean plate"):
        stitched(frames)


def test_light_does_not_drift_where_the_camera_pans_from_light_to_dark() -> None:
    art = texture(500, 900, seed=3).astype(np.float32)
    # Dark things against a bright sky: every corner has sky beside it.
    art = art * np.linspace(1.2, 0.5, 900, dtype=np.float32)[None, :, None]
    art[:, ::60] = 230
    still = np.clip(art, 0, 255).astype(np.uint8)
    frames = [view(still, 1.0, 10.0 * i - 200) for i in range(40)]
    made = stitched(frames)
    _, left, top = made.frames_used[-1]
    last = frames[made.frames_used[-1][0]][2:-2, 2:-2]
    x, y = round(left), round(top)
    part = made.image[max(0, y) : y + last.shape[0], x : x + last.shape[1]]
    same = last[max(0, -y) : max(0, -y) + part.shape[0], : part.shape[1]]
    assert abs(float(part.mean()) - float(same.mean())) < 1.0


def test_a_whip_pan_that_smears_everything_is_refused_with_the_reason() -> None:
    art = texture(226, 5000, seed=3)
    step = 300
    frames = [
        np.asarray(cv2.blur(art[:, step * i : step * i + SIZE[0]], (121, 1)), np.uint8)
        for i in range(14)
    ]
    with pytest.raises(RenderError, match="moves too fast"):
        stitched(frames)


def test_flicker_leaves_no_bands_in_a_flat_sky() -> None:
    sky = np.full((420, 900, 3), (210, 170, 120), np.uint8)
    sky[300:] = texture(420, 900, seed=3)[300:]
    frames = []
    for i in range(26):
        light = 1 + 0.05 * np.sin(2.1 * i)
        frame = sky[190 : 190 + SIZE[1], 20 + 9 * i : 20 + 9 * i + SIZE[0]] * light
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    made = stitched(frames)
    columns = made.image[10:80].mean(axis=(0, 2))
    assert np.ptp(columns) < 1.5
    assert made.warnings == ()
