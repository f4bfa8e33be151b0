"""Photos of one place, taken by hand: turned, tilted, lighter and darker."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.direct import find_scenes, make_directly
from engine.errors import RenderError
from engine.events import result_of
from engine.footage.sources import open_source
from engine.products.panorama import propose_panoramas, render_panorama
from engine.products.photos import hang_together
from engine.products.proposal import Proposal
from engine.recipe import PanoramaRecipe
from engine.values import AnyArray, Box, Image, Rendered
from tests.synthetic import MemoryReader, texture

SIZE = (360, 270)
ART = texture(520, 1000, seed=9)
PLACES = ((200, 240), (390, 260), (590, 250), (780, 262))


def turn_of(k: int, tilt: float = 1.0) -> AnyArray:
    """From the k-th photo to the art: turned by some degrees, seen aslant, nearer or farther."""
    x, y = PLACES[k]
    angle, near = np.radians((3, -4, 2, -2)[k]), (1.0, 1.04, 0.97, 1.02)[k]
    c, s = np.cos(angle) / near, np.sin(angle) / near
    turned = np.array([[c, -s, x], [s, c, y], [0, 0, 1.0]])
    aslant = np.eye(3)
    aslant[2, :2] = np.array([(2e-5, 4e-5), (-5e-5, 1e-5), (3e-5, -4e-5), (1e-5, 2e-5)][k]) * tilt
    middle = np.array([[1, 0, -SIZE[0] / 2], [0, 1, -SIZE[1] / 2], [0, 0, 1.0]])
    return np.asarray(turned @ aslant @ middle)


def photo(k: int, light: float = 1.0, tilt: float = 1.0) -> Image:
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(ART, turn_of(k, tilt), SIZE, flags=flags)
    return np.asarray(np.clip(seen * light, 0, 255), np.uint8)


def laid(photos: list[Image]) -> Rendered:
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, len(photos), model="homography")
    return result_of(render_panorama(MemoryReader(photos), recipe))


def like_art(made: Image) -> float:
    """Mean difference to the art, grey levels, where the picture is laid on it by its corners."""
    finder = cv2.SIFT.create(2000)
    (here, one), (there, other) = (finder.detectAndCompute(p, None) for p in (made, ART))
    found = cv2.BFMatcher(crossCheck=True).match(one, other)
    ours = np.array([here[m.queryIdx].pt for m in found], np.float32)
    theirs = np.array([there[m.trainIdx].pt for m in found], np.float32)
    turn, agree = cv2.findHomography(ours, theirs, cv2.RANSAC, 2.0)
    assert agree.mean() > 0.6
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    truth = cv2.warpPerspective(ART, turn, made.shape[1::-1], flags=flags)
    return float(cv2.absdiff(made, truth)[6:-6, 6:-6].mean())


def test_photos_turned_and_tilted_make_one_picture() -> None:
    made = laid([photo(k) for k in range(4)])
    assert made.image.shape[1] > 840
    assert like_art(made.image) < 4
    assert made.score > 0.8
    assert made.warnings == ()


def test_photos_of_different_light_are_brought_to_one() -> None:
    made = laid([photo(k, light) for k, light in enumerate((1.0, 0.8, 1.0, 0.85))])
    columns = np.abs(made.image.mean(axis=0) - cv2.blur(made.image, (61, 1)).mean(axis=0))
    even = laid([photo(k) for k in range(4)]).image
    usual = np.abs(even.mean(axis=0) - cv2.blur(even, (61, 1)).mean(axis=0))
    assert columns.mean() < 1.3 * usual.mean() + 1


def test_a_photo_of_another_place_is_left_out_and_said_so() -> None:
    other = texture(SIZE[1], SIZE[0], seed=77)
    made = laid([photo(0), photo(1), other, photo(2)])
    assert [frame for frame, _, _ in made.frames_used] == [0, 1, 3]
    assert made.warnings == ("only 3 of 4 photos show the same place as others",)


def test_photos_that_share_nothing_are_refused() -> None:
    with pytest.raises(RenderError, match="no two of the photos"):
        laid([texture(SIZE[1], SIZE[0], seed=seed) for seed in (70, 71, 72)])


def test_everything_is_shown_where_that_is_asked_for() -> None:
    recipe = PanoramaRecipe(Box(0, 0, *SIZE), 0, 2, model="homography", extent="full")
    made = result_of(render_panorama(MemoryReader([photo(0), photo(1)]), recipe))
    assert made.confidence is not None
    assert 0 < made.low_confidence < 0.2
    assert made.image.shape[:2] == made.confidence.shape


def test_a_folder_of_photos_is_stitched_without_being_told_what_it_is(tmp_path: Path) -> None:
    for k in range(4):
        cv2.imwrite(str(tmp_path / f"photo{k}.png"), photo(k))
    recipe, made = result_of(make_directly("stitch", tmp_path, lambda count: (0, count)))
    assert isinstance(recipe, PanoramaRecipe)
    assert recipe.model == "homography"
    assert made.image.shape[1] > 840


def test_photos_of_which_one_is_upright_are_stitched_all_the_same(tmp_path: Path) -> None:
    for k in range(4):
        seen = photo(k)
        cv2.imwrite(str(tmp_path / f"photo{k}.png"), seen[:, 120:-120] if k == 1 else seen)
    _, made = result_of(make_directly("stitch", tmp_path, lambda count: (0, count)))
    assert made.image.shape[1] > 840


def test_a_scan_takes_photos_of_a_row_for_one_scene_and_proposes_their_panorama(
    tmp_path: Path,
) -> None:
    for k in range(4):
        cv2.imwrite(str(tmp_path / f"photo{k}.png"), photo(k))
    (scene,) = result_of(find_scenes(tmp_path))
    with open_source(tmp_path) as reader:
        (proposal,) = propose_panoramas(scene, reader)
    assert isinstance(proposal, Proposal)
    assert proposal.reason == "photos"
    assert proposal.size[0] > 840


def test_pictures_that_share_nothing_do_not_hang_together() -> None:
    assert hang_together([photo(k) for k in range(4)])
    assert not hang_together([photo(0), photo(1), texture(SIZE[1], SIZE[0], seed=77)])
