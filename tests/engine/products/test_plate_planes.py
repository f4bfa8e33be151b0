"""Plates of films are composed in luma and chroma, and converted once: nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.events import result_of
from engine.footage.reader import ConvertedFrame, SkimmingReader
from engine.footage.sources import open_source
from engine.products.full_frames import FullFrames
from engine.products.plate import plate_recipe_for, render_plate
from engine.products.plate_cache import PlateCache
from engine.recipe import changed
from engine.values import Box, Image
from tests.engine.products.plate_shots import HEIGHT, PICTURE, WIDTH, crosser, room, shot
from tests.synthetic import write_video


def film(path: Path, frames: list[Image], pix_fmt: str = "yuv420p") -> Path:
    return write_video(path, frames, codec="ffv1", pix_fmt=pix_fmt)


@pytest.mark.parametrize("picture", [PICTURE, Box(3, 5, 301, 183)], ids=["whole", "odd box"])
def test_a_still_film_comes_out_as_its_frames_are_read(tmp_path: Path, picture: Box) -> None:
    with open_source(film(tmp_path / "still.mkv", [room()] * 6)) as footage:
        recipe = plate_recipe_for(footage, range(6), picture)
        plate = result_of(render_plate(footage, recipe)).image
        ((_, frame),) = footage.read([0])
    # At the edges the chroma of what lies outside of the picture has no say.
    apart = cv2.absdiff(plate, frame[picture.slices])
    assert apart[6:-6, 6:-6].max() == 0
    assert plate.shape == (picture.height, picture.width, 3)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_the_walker_leaves_films_of_every_layout(tmp_path: Path, pix_fmt: str) -> None:
    path = film(tmp_path / "walk.mkv", shot(room(), 24, [crosser(speed=20)], noise=0), pix_fmt)
    with open_source(path) as footage:
        recipe = plate_recipe_for(footage, range(24), PICTURE)
        plate = result_of(render_plate(footage, recipe)).image
        ((_, empty),) = footage.read([23])
    assert np.abs(plate.astype(int) - empty).mean() < 0.3
    assert (cv2.absdiff(plate, empty).max(axis=2) > 30).mean() < 0.002


def test_flicker_of_a_film_is_evened_out_in_light_and_colour(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    dim = (room() * 0.7).astype(np.uint8)
    gains = rng.uniform(0.8, 1.2, (12, 3))
    grey = [np.rint(dim * gain[0]).astype(np.uint8) for gain in gains]
    tinted = [np.rint(dim * gain).astype(np.uint8) for gain in gains]
    for name, frames in (("grey", grey), ("tinted", tinted)):
        with open_source(film(tmp_path / f"{name}.mkv", frames)) as footage:
            recipe = plate_recipe_for(footage, range(12), PICTURE)
            plate = result_of(render_plate(footage, recipe)).image
        ratio = plate.astype(float).mean(axis=(0, 1)) / dim.mean(axis=(0, 1))
        even = plate / ratio
        assert np.abs(even - dim).mean() < 3, name


def test_more_frames_than_fit_are_thinned_evenly() -> None:
    frames = FullFrames(PICTURE, most_bytes=10 * WIDTH * HEIGHT * 3)
    for position in range(36):
        frames.add(position, ConvertedFrame(np.zeros((HEIGHT, WIDTH, 3), np.uint8)))
    assert list(frames.held) == list(range(0, 36, 4))


def test_frames_in_planes_that_outlive_others_keep_what_they_show(tmp_path: Path) -> None:
    path = film(tmp_path / "many.mkv", shot(room(), 30, [crosser(speed=20)], noise=0))
    frames = FullFrames(PICTURE, most_bytes=10 * WIDTH * HEIGHT * 3 // 2)
    with open_source(path) as footage:
        assert isinstance(footage, SkimmingReader)
        for position, _, whole in footage.skim(range(30), range(30), 64):
            assert whole is not None
            frames.add(position, whole)
        assert list(frames.held) == list(range(0, 30, 4))
        for position, image in footage.read(list(frames.held)):
            np.testing.assert_array_equal(frames.picture(frames.held[position]), image)


def test_frames_that_were_not_kept_in_memory_make_a_plate_too(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mkv", shot(room(), 60, [crosser(speed=20)], noise=0))
    with open_source(path) as footage:
        whole = plate_recipe_for(footage, range(60), PICTURE)
        cache = PlateCache()
        full = result_of(cache.study(footage, whole)).stack.full
        recipe = changed(whole, left_out=tuple(sorted(full.held)))
        plate = result_of(render_plate(footage, recipe, cache))
        ((_, empty),) = footage.read([59])
    assert 3 <= len(plate.frames_used) <= 60 - 40
    assert np.abs(plate.image.astype(int) - empty).mean() < 0.3
