"""Pictures that move are films: each of their pictures is a frame."""

from __future__ import annotations

import os
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from engine.errors import SourceError
from engine.footage.sources import find_sources, open_source
from engine.values import SourceKind

FRAMES = 12


def square(number: int) -> PIL.Image.Image:
    """A red square on nothing, which goes right."""
    pixels = np.zeros((48, 80, 4), np.uint8)
    pixels[10:30, 4 * number : 4 * number + 20] = (200, 40, 30, 255)
    return PIL.Image.fromarray(pixels)


def saved(path: Path, frames: int = FRAMES) -> Path:
    first, *others = map(square, range(frames))
    ways: dict[str, dict[str, Any]] = {".gif": {"disposal": 2}, ".webp": {"lossless": True}}
    way = ways.get(path.suffix, {})
    first.save(path, save_all=True, append_images=others, duration=40, loop=0, **way)
    return path


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.apng"])
def test_each_picture_of_an_animation_is_found_and_lies_over_white(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if name.endswith(".apng"):
        saved(path.with_suffix(".png")).rename(path)
    else:
        saved(path)
    with open_source(path) as footage:
        assert footage.source.frames == FRAMES
        straight = dict(footage.read(range(FRAMES)))
        for number, picture in straight.items():
            # An older Pillow writes a GIF's colours less well.
            red = np.flatnonzero(np.abs(picture[20].astype(int) - (30, 40, 200)).max(axis=1) < 40)
            assert (int(red[0]), int(red[-1])) == (4 * number, 4 * number + 19)
            assert picture[:5].min() == 255
        for number in (7, 2, 11, 0, 6):
            ((_, picture),) = footage.read([number])
            np.testing.assert_array_equal(picture, straight[number])
        assert len(list(footage.reduced(40))) == FRAMES


def test_an_animated_gif_keeps_its_time_like_any_film(tmp_path: Path) -> None:
    with open_source(saved(tmp_path / "a.gif")) as footage:
        assert footage.source.kind is SourceKind.VIDEO
        assert footage.source.fps == 25


@pytest.mark.skipif(not find_spec("PIL.AvifImagePlugin"), reason="this Pillow reads no AVIF")
def test_a_moving_avif_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    first, *others = (square(number).convert("RGB") for number in range(FRAMES))
    first.save(path, save_all=True, append_images=others, duration=40)
    with open_source(path) as footage:
        assert footage.source.frames == FRAMES


@pytest.mark.parametrize("name", ["still.gif", "still.png", "still.webp"])
def test_a_picture_that_does_not_move_is_one_picture(tmp_path: Path, name: str) -> None:
    square(0).save(tmp_path / name)
    with open_source(tmp_path / name) as footage:
        assert footage.source.kind is SourceKind.PICTURES
        assert footage.source.frames == 1


def test_animations_in_a_folder_are_films_beside_its_pictures(tmp_path: Path) -> None:
    for number in range(3):
        square(number).save(tmp_path / f"still{number}.png")
    moving = [saved(tmp_path / name) for name in ("m.gif", "n.webp")]
    assert find_sources([tmp_path]) == [tmp_path, *moving]
    with open_source(tmp_path) as footage:
        assert footage.source.frames == 3


def test_what_would_move_but_has_one_picture_is_a_picture_among_others(tmp_path: Path) -> None:
    square(0).save(tmp_path / "a.png")
    lone = bytearray(saved(tmp_path / "b.png", frames=2).read_bytes())
    place = lone.index(b"acTL")
    lone[place + 4 : place + 8] = (1).to_bytes(4, "big")
    lone[place + 12 : place + 16] = zlib.crc32(lone[place : place + 12]).to_bytes(4, "big")
    (tmp_path / "b.png").write_bytes(lone)
    assert find_sources([tmp_path]) == [tmp_path]
    with open_source(tmp_path) as footage:
        assert footage.source.frames == 2


def test_a_moving_png_may_begin_with_a_long_profile(tmp_path: Path) -> None:
    profile = np.random.default_rng(1).integers(0, 256, 20_000, np.uint8).tobytes()
    first, *others = map(square, range(FRAMES))
    path = tmp_path / "a.png"
    first.save(path, save_all=True, append_images=others, duration=40, icc_profile=profile)
    with open_source(path) as footage:
        assert footage.source.frames == FRAMES


def test_a_pipe_among_pictures_is_passed_over(tmp_path: Path) -> None:
    square(0).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b.gif")
    assert find_sources([tmp_path]) == [tmp_path]


def test_a_moving_picture_that_is_cut_short_is_refused_by_name(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.webp")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(SourceError, match=r"^a\.webp: is damaged"):
        open_source(path)
