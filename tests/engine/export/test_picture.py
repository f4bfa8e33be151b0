from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import ExportError
from engine.export.picture import check_suffix, read_provenance, write_picture
from tests.synthetic import texture

ABOUT = {"id": "crop-1", "recipe": {"x": 1, "picture": [0, 0, 4, 4]}, "name": "Ünï"}


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_pixels_and_provenance_come_back_exactly(tmp_path: Path, suffix: str) -> None:
    picture = texture(90, 120)
    path = tmp_path / f"a.{suffix}"
    write_picture(path, picture, ABOUT)
    np.testing.assert_array_equal(cv2.imread(str(path), cv2.IMREAD_COLOR), picture)
    assert read_provenance(path) == ABOUT


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_the_same_picture_is_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        write_picture(tmp_path / f"{name}.{suffix}", texture(64, 64), ABOUT)
    first, second = (tmp_path / f"{n}.{suffix}" for n in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_a_foreign_picture_has_no_provenance(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), texture(8, 8))
    (tmp_path / "b.png").write_bytes(b"not a picture")
    assert read_provenance(tmp_path / "a.png") is None
    assert read_provenance(tmp_path / "b.png") is None


def test_a_name_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"name it \.png or \.webp"):
        check_suffix(tmp_path / "a.jpg")
    with pytest.raises(ExportError, match="no such folder"):
        check_suffix(tmp_path / "none" / "a.png")
