from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from engine.buckets.assign import assign
from engine.buckets.presets import TARGETS
from engine.products.proposal import Proposal
from engine.products.render import cut
from engine.products.tiles import MOST_SCORE, propose_tiles
from engine.recipe import CropRecipe, PanoramaRecipe
from engine.values import Box, Kind, Rendered, Size
from tests.synthetic import texture

PAN = PanoramaRecipe(Box(0, 0, 1920, 1080), 0, 90)


def panorama(size: Size, scale: float = 0.25) -> Proposal:
    whole = texture(round(size[1] * scale), round(size[0] * scale))
    return Proposal(PAN, size, 0.9, "pan_right", tags=("scenery",), preview=whole)


@pytest.mark.parametrize("size", [(6480, 1080), (1080, 6480), (9000, 900)])
def test_pieces_of_a_long_pan_overlap_and_together_show_it_from_end_to_end(size: Size) -> None:
    tiles = propose_tiles(panorama(size), 0.25)
    long = 0 if size[0] > size[1] else 1
    spans = []
    for tile in tiles:
        assert isinstance(tile.recipe, CropRecipe)
        box = tile.recipe.box
        assert (tile.size, tile.parent) == (box.size, PAN)
        assert assign(TARGETS["sdxl"], *box.size).cropped < 0.02
        start = (box.x, box.y)[long]
        spans.append((start, start + box.size[long]))
    assert spans[0][0] == 0
    assert size[long] - 20 <= spans[-1][1] <= size[long]
    assert all(left[1] > right[0] for left, right in pairwise(spans))


@pytest.mark.parametrize("size", [(1920, 1080), (4000, 1080), (1080, 4300), (6000, 90)])
def test_what_a_bucket_can_show_and_mere_strips_are_left_whole(size: Size) -> None:
    assert propose_tiles(panorama(size), 0.25) == []


def test_tiles_are_offered_below_the_score_at_which_crops_are_approved_by_rule() -> None:
    tiles = propose_tiles(panorama((6480, 1080)), 0.25)
    assert tiles
    for tile in tiles:
        assert (tile.recipe.kind, tile.reason, tile.tags) == (Kind.CROP, "tile", ("scenery",))
        assert tile.score <= MOST_SCORE < 0.5


def test_a_tile_is_the_panoramas_own_pixels_and_its_preview_shows_them() -> None:
    size = (6480, 1080)
    full = texture(size[1], size[0])
    small = np.asarray(cv2.resize(full, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA))
    whole = Proposal(PAN, size, 0.9, "pan_right", preview=small.astype(np.uint8))
    for tile in propose_tiles(whole, 0.25):
        assert isinstance(tile.recipe, CropRecipe)
        assert tile.preview is not None
        made = cut(Rendered(full), tile.recipe).image
        box = tile.recipe.box
        np.testing.assert_array_equal(made, full[box.slices])
        shown = cv2.resize(made, tile.preview.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(shown.astype(int) - tile.preview).mean() < 6
