from pathlib import Path

import numpy as np
import pytest

from engine.errors import RecipeError
from engine.products.crops import rank_crops
from engine.products.detectors import Detector, check_detectors, detect, read_boxes
from engine.values import Image
from tests.engine.products.small_onnx import SIDE, write_detector
from tests.synthetic import texture

CLASSES = ("hand", "hat")


def red_square(x: int, y: int, side: int) -> Image:
    picture = np.full((540, 960, 3), 90, np.uint8)
    picture[y : y + side, x : x + side] = (0, 0, 255)
    return picture


@pytest.mark.parametrize("layout", ["v8", "v5"])
def test_a_model_of_the_users_own_finds_what_it_knows(tmp_path: Path, layout: str) -> None:
    model = write_detector(tmp_path / "red.onnx", layout)
    (found,) = detect(red_square(384, 192, 96), Detector(model, CLASSES, size=SIDE))
    assert (found.x, found.y, found.width) == pytest.approx((384, 192, 96), abs=1)
    assert (found.name, found.reason) == ("hand", "hands")
    assert found.score > 0.9


def test_what_it_finds_gets_a_crop_with_its_reason(tmp_path: Path) -> None:
    picture = texture(1080, 1920) // 2
    picture[384:576, 1152:1344] = (0, 0, 255)
    model = Detector(write_detector(tmp_path / "red.onnx"), CLASSES, size=SIDE)
    first = rank_crops(picture, detectors=[model])[0]
    assert first.reason == "hands"
    assert first.why[0].startswith("hand ")
    assert first.x <= 1152
    assert first.x + first.side >= 1344
    assert first.y <= 384
    assert first.y + first.side >= 576


def test_a_class_that_is_not_wanted_is_left_out(tmp_path: Path) -> None:
    model = write_detector(tmp_path / "red.onnx")
    wanted = Detector(model, CLASSES, size=SIDE, reasons=(("hand", "ignore"),))
    assert detect(red_square(384, 192, 96), wanted) == []


BOXES = np.array([[40, 60, 20, 20, 0.1, 0.8], [200, 100, 40, 30, 0.7, 0.2]], np.float32)


def as_layout(name: str) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """The same two boxes of two classes, as each family of models gives them."""
    places, scores = BOXES[:, :4], BOXES[:, 4:]
    ones = np.ones((2, 1), np.float32)
    corners = np.concatenate(
        [places[:, :2] - places[:, 2:] / 2, places[:, :2] + places[:, 2:] / 2], 1
    )
    best, kinds = scores.max(axis=1, keepdims=True), scores.argmax(axis=1)[:, None]
    many = np.repeat(BOXES, 5, axis=0)
    layouts = {
        "end to end": [np.concatenate([corners, best, kinds], 1)],
        "v8": [many.T],
        "v5": [np.concatenate([places, ones, scores], 1)],
        "rt-detr": [np.concatenate([places / 320, scores], 1)],
        "rt-detr in two": [np.log(scores / (1 - scores)), places / 320],
    }
    return [table[None].astype(np.float32) for table in layouts[name]]


@pytest.mark.parametrize("name", ["end to end", "v8", "v5", "rt-detr", "rt-detr in two"])
def test_the_layout_of_an_output_is_told_from_its_shape(name: str) -> None:
    about = Detector(Path("a.onnx"), CLASSES, size=320)
    boxes, scores, kinds = read_boxes(as_layout(name), about)
    second = int(np.flatnonzero(kinds == 0)[0])
    assert boxes[0] == pytest.approx([30, 50, 50, 70], abs=0.1)
    assert boxes[second] == pytest.approx([180, 85, 220, 115], abs=0.1)
    assert (scores[0], scores[second]) == pytest.approx((0.8, 0.7), abs=0.01)


def test_a_model_with_other_classes_than_are_named_is_refused(tmp_path: Path) -> None:
    model = write_detector(tmp_path / "red.onnx")
    with pytest.raises(RecipeError, match=r"red\.onnx: output 1×6×100 .* 5 classes"):
        check_detectors([Detector(model, ("a", "b", "c", "d", "e"), size=SIDE)])


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "no such file"), (b"", "empty"), (b"not a model at all", "OpenCV cannot run it")],
)
def test_a_bad_file_is_told_in_one_line(
    tmp_path: Path, content: bytes | None, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError, match=says) as raised:
        check_detectors([Detector(path, CLASSES)])
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().err == ""
