from __future__ import annotations

import numpy as np

from engine.products.occlusion import Occlusion
from engine.products.patches import Patch, find_patches, unlike_frames, unpatched
from engine.products.placed import Placed, furthest
from engine.values import Image
from tests.synthetic import texture

ART = texture(120, 200, seed=5)
WINDOW = 13


def occlusion_of(placed: list[Placed], background: Image) -> Occlusion:
    covered = np.stack([furthest(one.image, background) > 14 for one in placed])
    return Occlusion(1.0, background, covered, np.ones_like(covered))


def test_who_passed_is_not_brought_back_to_mend_a_torn_place() -> None:
    placed = []
    for number, left in enumerate((40, 40, 70, 100, 100)):
        picture = ART.copy()
        picture[10:110, left : left + 30] = (20, 30 + number, 230)
        placed.append(Placed(number, picture, 0, 0))
    background = ART.copy()
    background[80:100, 70:110] = (90, 60, 10)
    occlusion = occlusion_of(placed, background)
    assert find_patches(occlusion, placed, unlike_frames(occlusion, placed)) == []


def test_a_place_that_no_frame_shows_is_told_unless_a_patch_covers_it() -> None:
    placed = [Placed(number, ART, 0, 0) for number in range(5)]
    whole = unlike_frames(occlusion_of(placed, ART), placed)
    assert not unpatched(whole, [], WINDOW).any()
    background = ART.copy()
    background[60:100, 70:110] = (90, 60, 10)
    torn = unlike_frames(occlusion_of(placed, background), placed)
    told = unpatched(torn, [], WINDOW)
    assert told[65:95, 75:105].all()
    assert not told[:40].any()
    assert not unpatched(torn, [Patch(0, torn)], WINDOW).any()
