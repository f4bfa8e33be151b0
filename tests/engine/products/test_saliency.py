import cv2
import numpy as np
import pytest

from engine.products.faces import find_faces
from engine.products.saliency import SaliencyMaps, measure_saliency
from engine.values import FloatMap, Image
from tests.engine.products.drawn_faces import SKIN, draw_face
from tests.synthetic import texture


def smooth(height: int = 540, width: int = 960) -> Image:
    return np.asarray(cv2.GaussianBlur(texture(height, width), (0, 0), 12), np.uint8)


def at(values: FloatMap, maps: SaliencyMaps, x: int, y: int) -> float:
    reach = 4
    row, column = round(y * maps.scale), round(x * maps.scale)
    return float(values[row - reach : row + reach, column - reach : column + reach].mean())


def test_a_detailed_thing_on_a_smooth_ground_stands_out_in_every_map() -> None:
    picture = smooth()
    picture[200:320, 600:720] = texture(120, 120, seed=3, blur=0.8)
    maps = measure_saliency(picture, least_side=256)
    for name in ("structure", "detail", "around", "spectral", "gradient"):
        values = getattr(maps, name)
        assert at(values, maps, 660, 260) > 1.5 * at(values, maps, 200, 400), name


def test_hands_have_the_colour_of_the_face_whatever_that_is() -> None:
    blue = (230, 160, 90)
    picture = draw_face(smooth(), (300, 200), 140)
    skin = np.all(np.abs(picture.astype(int) - SKIN) < 4, axis=2)
    picture[skin] = blue
    cv2.circle(picture, (600, 420), 30, blue, -1)
    maps = measure_saliency(picture, least_side=256, faces=find_faces(picture))
    assert at(maps.skin, maps, 600, 420) > 0.8
    assert at(maps.skin, maps, 800, 100) < 0.3
    assert at(maps.skin, maps, 300, 215) == pytest.approx(0, abs=0.05), "the face is no hand"


def test_the_clean_plate_shows_what_is_in_front() -> None:
    plate = texture(540, 960)
    picture = plate.copy()
    picture[150:350, 400:500] = 255 - picture[150:350, 400:500]
    maps = measure_saliency(picture, least_side=256, plate=plate)
    assert maps.foreground is not None
    assert at(maps.foreground, maps, 450, 250) > 0.8
    assert at(maps.foreground, maps, 200, 250) < 0.05


def test_a_reduced_plate_does_as_well() -> None:
    plate = texture(540, 960)
    picture = plate.copy()
    picture[150:350, 400:500] = 255 - picture[150:350, 400:500]
    reduced = np.asarray(cv2.resize(plate, (640, 360), interpolation=cv2.INTER_AREA), np.uint8)
    maps = measure_saliency(picture, least_side=256, plate=reduced)
    assert maps.foreground is not None
    assert at(maps.foreground, maps, 450, 250) > 0.8
    assert at(maps.foreground, maps, 200, 250) < 0.1


def test_weave_and_flicker_are_no_foreground() -> None:
    plate = np.asarray(cv2.GaussianBlur(texture(540, 960), (0, 0), 2), np.uint8)
    woven = np.roll(np.minimum(plate, 243) + 12, (3, 4), axis=(0, 1))
    woven[150:350, 400:500] = (20, 20, 220)
    maps = measure_saliency(np.asarray(woven, np.uint8), least_side=256, plate=plate)
    assert maps.foreground is not None
    assert at(maps.foreground, maps, 450, 250) > 0.8
    assert at(maps.foreground, maps, 200, 250) < 0.1
