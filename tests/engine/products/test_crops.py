from collections import Counter
from itertools import combinations

import cv2
import numpy as np
import pytest

from engine.products.crops import QUOTA, RankedCrop, rank_crops
from engine.products.squares import sides_for
from engine.values import Image
from tests.engine.products.drawn_faces import draw_face
from tests.synthetic import texture


def smooth(height: int, width: int, seed: int = 7) -> Image:
    return np.asarray(cv2.GaussianBlur(texture(height, width, seed), (0, 0), 14), np.uint8)


def with_thing(x: int, y: int, side: int) -> Image:
    """A detailed disc in front of a smooth ground."""
    picture = smooth(1080, 1920)
    thing, disc = texture(side, side, seed=5, blur=0.9), np.zeros((side, side), np.uint8)
    cv2.circle(disc, (side // 2, side // 2), side // 2 - 2, 255, -1)
    picture[y : y + side, x : x + side][disc > 0] = thing[disc > 0]
    return picture


def holds(crop: RankedCrop, x: int, y: int, side: int) -> bool:
    inside = crop.x <= x and crop.y <= y
    return inside and crop.x + crop.side >= x + side and crop.y + crop.side >= y + side


def test_crops_are_squares_inside_the_picture_best_first_and_never_twice() -> None:
    crops = rank_crops(texture(1080, 1920))
    assert len(crops) == 10
    for crop in crops:
        assert 0 <= crop.x <= 1920 - crop.side
        assert 0 <= crop.y <= 1080 - crop.side
        assert 0 <= crop.score <= 1
    assert [c.score for c in crops] == sorted((c.score for c in crops), reverse=True)
    for one, other in combinations(crops, 2):
        assert one.square.overlap(other.square) <= 0.3


@pytest.mark.parametrize(("x", "y", "side"), [(200, 150, 300), (1300, 600, 350)])
def test_the_only_thing_in_the_picture_comes_first_and_whole(x: int, y: int, side: int) -> None:
    first = rank_crops(with_thing(x, y, side))[0]
    assert holds(first, x, y, side)
    assert side * side >= 0.15 * first.side**2


def test_a_face_comes_first_framed_with_air_and_its_eyes_above_the_middle() -> None:
    picture = draw_face(smooth(1080, 1920), (1200, 500), 280)
    first = rank_crops(picture)[0]
    assert first.reason == "face"
    assert first.score >= 0.7
    assert first.why[0].startswith("face 0.")
    assert first.tags in {("portrait",), ("close-up",)}
    assert holds(first, 1090, 340, 220)
    assert 0.25 <= (490 - first.y) / first.side <= 0.5


def test_every_face_of_a_group_gets_its_own_crop() -> None:
    picture = smooth(1080, 1920)
    for place in ((350, 400), (960, 420), (1560, 380)):
        draw_face(picture, place, 260)
    first = rank_crops(picture, count=3)
    centres = sorted(crop.face.centre[0] for crop in first if crop.face)
    assert centres == pytest.approx([350, 960, 1560], abs=20)


def test_a_hand_is_named_when_it_has_the_colour_of_a_face() -> None:
    picture = draw_face(smooth(1080, 1920), (400, 400), 260)
    for finger in range(5):
        tip = (1400 + 25 * finger, 700)
        cv2.line(picture, (1450, 820), tip, (150, 180, 230), 22, cv2.LINE_AA)
        cv2.line(picture, (1462, 810), (tip[0] + 12, tip[1]), (90, 110, 150), 3, cv2.LINE_AA)
    hands = [crop for crop in rank_crops(picture, count=6) if crop.reason == "hands"]
    assert any(holds(crop, 1400, 700, 120) for crop in hands)


def test_with_its_plate_crops_show_what_stands_in_front_of_it() -> None:
    plate = texture(1080, 1920, seed=2)
    picture = plate.copy()
    picture[500:800, 1400:1600] = texture(300, 200, seed=9)
    crops = rank_crops(picture, plate=plate)
    assert holds(crops[0], 1400, 500, 200)
    assert all(c.x + c.side > 1400 and c.x < 1600 for c in crops)


def test_letterbox_bars_are_in_no_crop() -> None:
    picture = texture(1080, 1920)
    picture[:140] = picture[940:] = 0
    for crop in rank_crops(picture):
        assert 136 <= crop.y <= 944 - crop.side


def test_unfilled_canvas_is_in_no_crop() -> None:
    picture = texture(1080, 1920)
    corner = np.array([[0, 0], [900, 0], [0, 900]], np.int32)
    cv2.fillPoly(picture, [corner], (0, 0, 0))
    for crop in rank_crops(picture):
        black = (picture[crop.square.slices].max(axis=2) == 0).mean()
        assert black <= 0.02


def test_unsure_parts_of_a_panorama_are_in_no_crop() -> None:
    sure = np.ones((270, 480), np.float32)
    sure[:, :200] = 0.1
    crops = rank_crops(texture(1080, 1920), confidence=sure)
    assert crops
    assert all(crop.x >= 800 - 8 for crop in crops)


def test_no_reason_takes_all_crops_of_a_picture_that_has_others() -> None:
    picture = smooth(1080, 1920)
    picture[:, 960:] = texture(1080, 960)
    for x in (60, 500):
        for y in (60, 560):
            picture[y : y + 300, x : x + 300] = with_thing(400, 400, 300)[400:700, 400:700]
    crops = Counter(crop.reason for crop in rank_crops(picture))
    everything = Counter(crop.reason for crop in rank_crops(picture, count=60))
    assert everything["pattern"] >= 10
    others = everything.total() - everything["pattern"]
    assert crops.total() - crops["pattern"] == min(others, round(10 * (1 - QUOTA["pattern"])))


def test_a_large_face_is_not_cut_for_the_sake_of_something_else() -> None:
    picture = draw_face(smooth(1080, 1920), (960, 520), 620)
    face = next(crop.face for crop in rank_crops(picture) if crop.face)
    best = [crop for crop in rank_crops(picture) if crop.score >= 0.7]
    assert best
    for crop in best:
        across = min(crop.x + crop.side, face.x + face.width) - max(crop.x, face.x)
        down = min(crop.y + crop.side, face.y + face.height) - max(crop.y, face.y)
        inside = max(0, across) * max(0, down) / (face.width * face.height)
        assert inside < 0.2 or inside > 0.85


@pytest.mark.parametrize(
    ("size", "tag"), [(750, "close-up"), (300, "portrait"), (110, "upper body")]
)
def test_composition_tags_follow_from_how_large_the_face_is(size: int, tag: str) -> None:
    picture = draw_face(smooth(1080, 1920), (960, 500), size)
    faces = [crop for crop in rank_crops(picture) if crop.reason == "face"]
    assert faces[0].tags == (tag,)


def test_what_is_out_of_focus_is_left_out() -> None:
    picture = texture(1080, 1920)
    picture[:, :960] = cv2.GaussianBlur(picture, (0, 0), 8)[:, :960]
    for crop in rank_crops(picture, count=5):
        assert crop.x + crop.side / 2 > 900


def test_a_wanted_side_is_the_only_side_and_nothing_is_enlarged_to_it() -> None:
    assert {crop.side for crop in rank_crops(texture(1080, 1920), side=640)} == {640}
    assert rank_crops(texture(540, 960), side=640) == []


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        ((1920, 1080), (512, 768, 1024)),
        ((3840, 2160), (512, 768, 1024, 1536, 2048)),
        ((960, 540), (256, 384, 512)),
    ],
)
def test_sides_are_targets_and_their_multiples_where_the_source_allows(
    size: tuple[int, int], sides: tuple[int, ...]
) -> None:
    assert sides_for(size, (512, 768, 1024)) == sides


def test_a_tiny_picture_gives_crops_or_nothing_but_no_error() -> None:
    for height, width in ((9, 200), (40, 40), (100, 300)):
        for crop in rank_crops(texture(height, width)):
            assert crop.y + crop.side <= height
            assert crop.x + crop.side <= width


def test_a_flat_picture_is_no_error() -> None:
    assert all(c.score < 0.5 for c in rank_crops(np.full((540, 960, 3), 90, np.uint8)))
