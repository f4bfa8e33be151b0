from __future__ import annotations

import numpy as np

from engine.products.passers import unlike_all, without_passers
from engine.products.placed import furthest
from engine.values import Image
from tests.synthetic import texture

LIMIT, WINDOW = 14, 15
ART = texture(90, 160, seed=3)
FIGURE = (slice(15, 80), slice(60, 100))


def with_figure(look: int, left: int = 60) -> Image:
    """Draw somebody before the backdrop, in one of many postures."""
    picture = ART.copy()
    picture[15:80, left : left + 40] = (20, 30, 40 + 2 * (left != 60))
    for button in range(4):
        y = 20 + (look * 23 + button * 14) % 55
        picture[y : y + 6, left + 8 : left + 32] = (90 + 30 * button, 200 - 9 * button, 240)
    return picture


def half_of(one: Image, other: Image) -> Image:
    """Put a picture together of two, parted along the figure's middle."""
    picture = other.copy()
    picture[:, 80:] = one[:, 80:]
    return picture


def mended(frames: list[Image], torn: Image) -> Image:
    samples = np.stack(frames)
    away = np.stack([furthest(one, torn) for one in samples])
    return without_passers(samples, np.ones(away.shape, np.bool_), torn, away, LIMIT, WINDOW)


def test_somebody_who_rests_most_of_the_time_leaves_no_half_before_the_backdrop() -> None:
    resting = with_figure(0)
    walking = [with_figure(k, 5 + 7 * k) for k in range(7)]
    frames = [ART] * 6 + walking + [resting] * 18
    for torn in (half_of(resting, ART), half_of(ART, resting)):
        found = mended(frames, torn)
        np.testing.assert_array_equal(found[FIGURE], ART[FIGURE])


def test_somebody_whose_place_was_never_seen_is_not_taken_for_the_backdrop_without_a_word() -> None:
    poses = [with_figure(k) for k in (0, 3)]
    torn = half_of(*poses)
    found = mended(poses * 12, torn)
    np.testing.assert_array_equal(found, torn)


def test_what_is_different_in_every_frame_stays_as_it_was() -> None:
    frames = [with_figure(k) for k in range(20)]
    torn = half_of(frames[4], frames[11])
    found = mended(frames, torn)
    np.testing.assert_array_equal(found, torn)


def test_as_many_frames_as_a_byte_cannot_count_still_agree() -> None:
    alike = np.zeros((256, 20, 20), np.bool_)
    assert not unlike_all(alike, ~alike, 5).any()
