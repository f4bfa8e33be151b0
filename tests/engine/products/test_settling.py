from __future__ import annotations

import numpy as np
import pytest

from engine.products.lanczos import shifted
from engine.products.placed import Placed
from engine.products.settling import settled
from tests.synthetic import texture


def frames_of_moved_art(steps: tuple[float, float], off: tuple[float, float]) -> list[Placed]:
    """Cut frames out of art at fractions of its pixels; all are placed ``off`` their places."""
    art = texture(260, 620, seed=3, blur=0.8)
    out = []
    for number in range(30):
        x, y = 20 + steps[0] * number, 20 + steps[1] * number
        image = np.asarray(shifted(art, (x, y), (200, 140)), np.uint8)
        out.append(Placed(number, image, x + off[0], y + off[1]))
    return out


def fractions_off(
    before: list[Placed], after: list[Placed], off: tuple[float, float]
) -> list[float]:
    """Say how far the art's pixels lie from the canvas's, across and down."""
    gaps = []
    for axis, name in enumerate(("left", "top")):
        moved = [getattr(b, name) - getattr(a, name) for a, b in zip(before, after, strict=True)]
        gap = float(np.median(moved)) + off[axis]
        gaps.append(abs(gap - round(gap)))
    return gaps


def test_art_moved_by_fractions_is_laid_on_its_own_pixels_within_a_tenth() -> None:
    off = 0.31, -0.22
    frames = frames_of_moved_art((11.37, 2.71), off)
    assert max(fractions_off(frames, settled(frames), off)) < 0.1


def test_art_moved_by_whole_pixels_is_laid_on_whole_pixels() -> None:
    off = 0.31, -0.22
    frames = frames_of_moved_art((11.0, 2.0), off)
    after = settled(frames)
    assert max(fractions_off(frames, after, off)) < 0.01
    assert all(abs(one.left - round(one.left)) < 0.01 for one in after)


@pytest.mark.parametrize("odd", [0, 1])
def test_art_moved_by_halves_of_a_pixel_is_laid_on_its_own_pixels(odd: int) -> None:
    off = 0.31, -0.22
    frames = frames_of_moved_art((5.5, 1.5), off)
    # Whether one more lies on whole pixels than between them, or the other way round.
    frames = frames[odd : odd + 29]
    assert max(fractions_off(frames, settled(frames), off)) < 0.1


def test_frames_keep_their_places_beside_each_other() -> None:
    frames = frames_of_moved_art((11.37, 2.71), (0.31, -0.22))
    moves = [(b.left - a.left, b.top - a.top) for a, b in zip(frames, settled(frames), strict=True)]
    np.testing.assert_allclose(np.ptp(moves, axis=0), 0, atol=1e-9)
