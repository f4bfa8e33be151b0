from __future__ import annotations

import numpy as np

from engine.products.occlusion import Occlusion
from engine.products.patches import find_patches
from engine.products.placed import Placed, furthest
from engine.values import Image
from tests.synthetic import texture

ART = texture(120, 200, seed=5)


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
    assert find_patches(occlusion_of(placed, background), placed) == []
