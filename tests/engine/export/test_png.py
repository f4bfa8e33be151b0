from __future__ import annotations

import io
from itertools import product

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

from engine.export import png
from engine.export.png import encode_png
from engine.values import Image
from tests.synthetic import texture

ODD = [texture(90, 121), texture(200, 64)[::2], texture(64, 64)[:1], texture(64, 64)[:, :1]]


@pytest.mark.parametrize("picture", ODD, ids=lambda picture: str(picture.shape))
def test_two_decoders_give_back_every_pixel(picture: Image) -> None:
    data = encode_png(picture, {"key": "text"})
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(decoded, picture)
    with Pictures.open(io.BytesIO(data)) as opened:
        assert (opened.mode, opened.info["key"], opened.info["srgb"]) == ("RGB", "text", 0)
        np.testing.assert_array_equal(np.asarray(opened)[:, :, ::-1], picture)


def test_a_large_picture_in_pieces_is_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = texture(150, 100)
    whole = encode_png(picture, {})
    for piece in (1, 301, 7000):
        monkeypatch.setattr(png, "_BAND", piece)
        assert encode_png(picture, {}) == whole


@pytest.mark.parametrize("strip", [1, 301, 7000])
def test_strips_that_are_compressed_by_themselves_make_one_picture(
    monkeypatch: pytest.MonkeyPatch, strip: int
) -> None:
    picture = texture(150, 100)
    monkeypatch.setattr(png, "_STRIP", strip)
    data = encode_png(picture, {})
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(decoded, picture)
    with Pictures.open(io.BytesIO(data)) as opened:
        np.testing.assert_array_equal(np.asarray(opened)[:, :, ::-1], picture)


def test_the_predictor_is_the_nearest_of_its_three_neighbours() -> None:
    levels = (0, 1, 2, 7, 126, 127, 128, 129, 200, 253, 254, 255)
    for left, above, corner in product(levels, repeat=3):
        band = np.array([[corner] * 3 + [above] * 3, [left] * 3 + [0] * 3], np.uint8)
        target = left + above - corner
        expected = min((left, above, corner), key=lambda value: abs(target - value))
        assert png._predicted(band)[0, 0] == expected
