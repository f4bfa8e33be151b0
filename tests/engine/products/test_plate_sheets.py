"""Areas of a plate that are composed by themselves: where they lie, and what they join."""

from __future__ import annotations

import numpy as np

from engine.products.plate_sheets import Area, find_areas
from engine.values import Mask, Size

SMALL = (90, 160)
SIZE: Size = (641, 361)


def marked(*spots: tuple[int, int]) -> Mask:
    """A reduced mask with squares of twelve pixels at ``(x, y)``."""
    mask = np.zeros(SMALL, np.bool_)
    for x, y in spots:
        mask[y : y + 12, x : x + 12] = True
    return mask


def times_held(areas: list[Area]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """How many areas hold each pixel of the picture."""
    held = np.zeros(SIZE[::-1], np.int64)
    for area in areas:
        held[area.box.slices] += 1
    return held


def test_nothing_doubtful_makes_no_area() -> None:
    assert find_areas(marked(), SIZE) == []


def test_what_is_far_apart_lies_in_areas_of_its_own_that_share_no_pixel() -> None:
    areas = find_areas(marked((10, 10), (120, 60)), SIZE)
    assert len(areas) == 2
    assert times_held(areas).max() == 1
    assert all(area.has_fringe for area in areas)


def test_areas_that_would_overlap_are_one() -> None:
    # The third spot joins the first two, which lie too far apart for each other.
    assert len(find_areas(marked((20, 10), (100, 10)), SIZE)) == 2
    assert len(find_areas(marked((20, 10), (100, 10), (60, 20)), SIZE)) == 1


def test_an_area_at_the_edge_ends_with_an_odd_picture() -> None:
    (area,) = find_areas(marked((148, 78)), SIZE)
    assert (area.box.right, area.box.bottom) == SIZE
    assert area.depth.shape == (area.box.height, area.box.width)


def test_a_picture_that_is_doubtful_all_over_has_no_fringe() -> None:
    (area,) = find_areas(np.ones(SMALL, np.bool_), SIZE)
    assert area.box.size == SIZE
    assert not area.has_fringe


def test_what_lies_in_the_bend_of_another_part_is_of_its_area() -> None:
    mask = marked((90, 20))
    mask[10:80, 10:22] = mask[68:80, 10:140] = True
    assert len(find_areas(mask, SIZE)) == 1
