import cv2
import numpy as np
import pytest

from engine.products.sharpness import enlargement_of, find_edges
from engine.values import Image


def drawing(contrast: int = 200) -> Image:
    """Flat cel areas with clean outlines."""
    picture = np.full((512, 512, 3), 230, np.uint8)
    for radius, ink in ((200, 230 - contrast), (150, 230), (90, 230 - contrast // 2)):
        cv2.circle(picture, (256, 256), radius, (ink, ink, ink), -1, cv2.LINE_AA)
    return picture


def measure_edge_width(image: Image) -> float:
    return find_edges(image).width()


def test_a_flat_drawing_is_sharp() -> None:
    assert enlargement_of(measure_edge_width(drawing())) < 2


@pytest.mark.parametrize("contrast", [60, 120, 200])
def test_contrast_does_not_count(contrast: int) -> None:
    assert measure_edge_width(drawing(contrast)) == pytest.approx(
        measure_edge_width(drawing()), abs=0.2
    )


@pytest.mark.parametrize("blur", [1.5, 2.0, 3.0])
def test_the_width_of_a_blur_is_measured_within_a_third(blur: float) -> None:
    soft = np.asarray(cv2.GaussianBlur(drawing(), (0, 0), blur), np.uint8)
    assert measure_edge_width(soft) == pytest.approx(blur, rel=0.34)


def test_what_was_enlarged_three_times_is_soft() -> None:
    small = cv2.resize(drawing(), (170, 170), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (512, 512), interpolation=cv2.INTER_CUBIC)
    assert measure_edge_width(np.asarray(large, np.uint8)) > 1.4
    softer = cv2.resize(cv2.resize(drawing(), (100, 100)), (512, 512))
    assert enlargement_of(measure_edge_width(np.asarray(softer, np.uint8))) > 3.5


def test_a_picture_without_edges_is_not_sharp() -> None:
    assert measure_edge_width(np.full((64, 64, 3), 120, np.uint8)) == float("inf")
