from collections.abc import Callable

import cv2
import numpy as np
import pytest

from engine.products.blocking import mark_down_blocks, measure_blocking
from engine.products.proposal import Proposal
from engine.recipe import KeeperRecipe
from engine.values import Box, Image
from tests.synthetic import texture

WHOLE = Box(0, 0, 640, 352)


def starved(picture: Image, quality: int = 3) -> Image:
    """Store a picture in blocks of 8 by 8 with next to nothing left in them."""
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def smeared(picture: Image) -> Image:
    """Leave one colour of each 16 by 16 pixels and soften edges, as a deblocking filter does."""
    height, width = picture.shape[:2]
    flat = cv2.resize(picture, (width // 16, height // 16), interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(flat, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.blur(blocks, (4, 4)), np.uint8)


def landscape() -> Image:
    return texture(352, 640, blur=4)


def street() -> Image:
    """Draw a wall of bricks with windows: straight edges all over, some of them on the grid."""
    picture = np.full((352, 640, 3), (90, 100, 140), np.uint8)
    for row, y in enumerate(range(0, 352, 11)):
        for x in range(-26 + 13 * (row % 2), 640, 26):
            cv2.rectangle(picture, (x, y), (x + 25, y + 10), (80, 92, 128), 1)
    for x in range(64, 640, 192):
        cv2.rectangle(picture, (x, 96), (x + 63, 207), (100, 110, 150), -1)
    return picture


def keeper(place: Box = WHOLE) -> Proposal:
    return Proposal(KeeperRecipe(place, 7), place.size, 0.96, "sharpest", ("the sharpest",))


@pytest.mark.parametrize("spoil", [starved, smeared])
def test_a_keeper_in_which_blocks_show_loses_much_of_its_score(
    spoil: Callable[[Image], Image],
) -> None:
    told = mark_down_blocks(keeper(), spoil(landscape()), WHOLE)
    assert told.score < 0.7
    assert told.why == ("the sharpest", "blocks of the codec show")


@pytest.mark.parametrize("drawn", [landscape, street])
def test_clean_pictures_keep_their_score_with_straight_edges_too(
    drawn: Callable[[], Image],
) -> None:
    assert mark_down_blocks(keeper(), drawn(), WHOLE) == keeper()


def test_the_coarser_the_codec_the_more_is_measured() -> None:
    qualities = (90, 20, 8, 3)
    found = [measure_blocking(starved(landscape(), quality)) for quality in qualities]
    assert found == sorted(found)
    assert found[0] < 0.02 < 0.1 < found[-1]


def test_the_grid_is_that_of_the_frame_though_the_picture_is_cut_from_it() -> None:
    frame, place = starved(landscape()), Box(21, 11, 600, 330)
    cut = frame[place.slices]
    assert measure_blocking(cut, (place.x, place.y)) > 0.1 > measure_blocking(cut)
