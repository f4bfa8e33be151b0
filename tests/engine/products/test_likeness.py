import cv2
import numpy as np

from engine.products.likeness import find_alike
from engine.values import Image
from tests.engine.products.drawn_faces import SMILING, STERN, draw_face
from tests.synthetic import texture


def patch(seed: int) -> Image:
    return np.asarray(cv2.GaussianBlur(texture(64, 64, seed), (0, 0), 3), np.uint8)


def noisy(image: Image) -> Image:
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def test_a_picture_that_comes_back_is_like_the_first_of_it() -> None:
    one, other = patch(1), patch(2)
    again = [one, other, noisy(one), noisy(other), noisy(one)]
    assert find_alike((patch, False) for patch in again) == [None, None, 0, 1, 0]


def test_a_picture_in_another_light_is_another_picture() -> None:
    one = patch(1)
    night = (one // 3).astype(np.uint8)
    assert find_alike([(one, False), (night, False)]) == [None, None]


def test_another_expression_of_a_face_is_another_picture() -> None:
    faces = []
    for expression in (SMILING, STERN, SMILING):
        picture = draw_face(np.full((256, 256, 3), 180, np.uint8), (128, 118), 190, expression)
        small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
        faces.append(np.asarray(small, np.uint8))
    assert find_alike((patch, True) for patch in faces) == [None, None, 0]


def test_nothing_is_like_nothing() -> None:
    assert find_alike([]) == []
