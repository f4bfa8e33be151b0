"""What is known of a camera move from when it was proposed serves every tweak of its picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.events import result_of
from engine.footage.reader import FrameReader
from engine.products import panorama_study
from engine.products.canvas import canvas_of
from engine.products.followed import Followed, add_followed, load_followed, save_followed
from engine.products.panorama import know_move, propose_panoramas, render_panorama
from engine.products.panorama_study import study_of
from engine.products.proposal import Proposal
from engine.recipe import PanoramaRecipe, changed
from engine.values import Box, Image, Rendered
from tests.engine.products.test_panorama import PLACE, SIZE, across, pan, scene_of, the_art
from tests.synthetic import MemoryReader, window

WAY = across(2, 120)
RECIPE = PanoramaRecipe(Box(0, 0, 2 * SIZE[0], 2 * SIZE[1]), 0, len(WAY))
TRIM = 1
"""Reduced pixels that the recipe's usual trim takes off."""


def reduced(frames: list[Image]) -> MemoryReader:
    """Give frames as the proxies of footage twice as large."""
    return MemoryReader(frames, scale=0.5)


@pytest.fixture(scope="module")
def reader() -> MemoryReader:
    return reduced(pan(WAY))


@pytest.fixture(scope="module")
def known(reader: MemoryReader) -> Followed:
    return result_of(study_of(reader, RECIPE)).followed


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """Begin each test as a new process would."""
    panorama_study._kept.clear()


def drawn(reader: FrameReader, known: Followed | None, **settings: object) -> Rendered:
    recipe = changed(RECIPE, **settings)
    return result_of(render_panorama(reader, recipe, known=known))


def off(made: Rendered, trim: int = TRIM) -> float:
    """Mean difference from the art, grey levels, away from the border."""
    frame, left, top = made.frames_used[0]
    height, width = made.image.shape[:2]
    art = window(
        the_art(), PLACE + WAY[frame][0] + trim - left, PLACE + trim - top, (width, height)
    )
    return float(cv2.absdiff(made.image, art)[4:-4, 4:-4].mean())


TWEAKS: list[dict[str, object]] = [
    {},
    {"start": 15},
    {"stop": 60},
    {"step": 2},
    {"step": 3},
    {"left_out": tuple(range(40, 60))},
    {"trim": 8},
    {"model": "similarity"},
    {"model": "translation"},
    {"subject": 51},
    {"compositor": "seams"},
]


@pytest.mark.parametrize("settings", TWEAKS, ids=str)
def test_a_tweak_of_a_known_move_shows_what_is_there(
    settings: dict[str, object], reader: MemoryReader, known: Followed
) -> None:
    made = drawn(reader, known, **settings)
    assert off(made, 4 if "trim" in settings else TRIM) < 0.8
    assert made.score > 0.8
    assert made.warnings == ()


def test_tweaks_make_the_same_pictures_in_any_order(reader: MemoryReader, known: Followed) -> None:
    one_way = [drawn(reader, known, **settings) for settings in TWEAKS]
    panorama_study._kept.clear()
    other_way = [drawn(reader, known, **settings) for settings in reversed(TWEAKS)][::-1]
    for one, other in zip(one_way, other_way, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        assert (one.score, one.warnings) == (other.score, other.warnings)


def test_what_is_known_serves_the_same_recipe_without_looking_again(
    reader: MemoryReader, known: Followed
) -> None:
    study = result_of(study_of(reader, RECIPE, known=known))
    assert study.followed is not known
    assert study.followed.track.frames == known.track.frames
    made, before = drawn(reader, known), drawn(reader, None)
    np.testing.assert_array_equal(made.image, before.image)
    assert (made.score, made.warnings) == (before.score, before.warnings)


def test_a_step_takes_frames_that_had_not_been_looked_at(
    reader: MemoryReader, known: Followed
) -> None:
    used = [frame for frame, _, _ in drawn(reader, known, step=3).frames_used]
    assert all(frame % 3 == 0 for frame in used)
    assert len(used) > 20
    assert set(used) - set(known.track.frames)


def test_a_range_that_goes_on_beyond_what_is_known_is_followed_on(reader: MemoryReader) -> None:
    part = changed(RECIPE, start=20, stop=90)
    known = result_of(study_of(reader, part)).followed
    panorama_study._kept.clear()
    made = drawn(reader, known)
    used = [frame for frame, _, _ in made.frames_used]
    assert (used[0], used[-1]) == (0, len(WAY) - 1)
    assert off(made) < 0.6


def test_a_range_of_which_nothing_is_known_is_followed_anew(reader: MemoryReader) -> None:
    known = result_of(study_of(reader, changed(RECIPE, stop=30))).followed
    panorama_study._kept.clear()
    made = drawn(reader, known, start=60)
    assert made.frames_used[0][0] == 60
    assert off(made) < 0.6


def with_logo(frames: list[Image]) -> list[Image]:
    marked = []
    for frame in frames:
        frame = frame.copy()
        cv2.putText(frame, "TV", (190, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255, 255, 255), 2)
        marked.append(frame)
    return marked


@pytest.mark.parametrize("settings", [{}, {"start": 15}, {"step": 2}, {"trim": 8}], ids=str)
def test_a_logo_that_was_found_once_leaves_no_trace_in_a_tweak(
    settings: dict[str, object],
) -> None:
    reader = reduced(with_logo(pan(WAY)))
    known = result_of(study_of(reader, RECIPE)).followed
    assert known.hidden is not None
    assert all(mask is not None for mask in known.hidden.values())
    panorama_study._kept.clear()
    made = drawn(reader, known, **settings)
    assert off(made, 4 if "trim" in settings else TRIM) < 0.6


def test_what_is_known_comes_back_from_disk_as_it_was(
    tmp_path: Path, reader: MemoryReader, known: Followed
) -> None:
    marked = reduced(with_logo(pan(WAY)))
    other = changed(RECIPE, stop=60)
    moves = [known, result_of(study_of(marked, other)).followed]
    for move, source in zip(moves, (reader, marked), strict=True):
        save_followed(tmp_path / "x.moves", source, [move])
        back = load_followed(tmp_path / "x.moves", source, move.recipe)
        assert back is not None
        assert back.token == move.token
        assert (back.layers, back.fit, back.shown) == (move.layers, move.fit, move.shown)
        assert move.hidden is not None
        assert back.hidden is not None
        assert list(back.hidden) == list(move.hidden)
        for frame, mask in move.hidden.items():
            np.testing.assert_array_equal(back.hidden[frame], mask)
    assert (tmp_path / "x.moves").stat().st_size < 100_000


def test_what_is_known_of_other_frames_or_another_recipe_counts_as_unknown(
    tmp_path: Path, reader: MemoryReader, known: Followed
) -> None:
    path = tmp_path / "x.moves"
    assert load_followed(path, reader, RECIPE) is None
    save_followed(path, reader, [known])
    assert load_followed(path, reader, RECIPE) is not None
    assert load_followed(path, reader, changed(RECIPE, stop=60)) is None
    assert load_followed(path, reduced(pan(WAY, seed=4)), RECIPE) is None
    whole = path.read_bytes()
    for damaged in (whole[:-200], *(_overwritten(whole, at) for at in range(0, len(whole), 97))):
        path.write_bytes(damaged)
        back = load_followed(path, reader, RECIPE)
        assert back is None or back.token == known.token
    save_followed(path, reader, [])
    assert not path.exists()


def _overwritten(data: bytes, at: int) -> bytes:
    return data[:at] + bytes(255 - byte for byte in data[at : at + 3]) + data[at + 3 :]


def test_one_move_more_is_kept_beside_the_others(
    tmp_path: Path, reader: MemoryReader, known: Followed
) -> None:
    path, part = tmp_path / "x.moves", changed(RECIPE, start=40)
    other = result_of(study_of(reader, part)).followed
    add_followed(path, reader, known)
    add_followed(path, reader, other)
    for move in (known, other):
        back = load_followed(path, reader, move.recipe)
        assert back is not None
        assert back.token == move.token


def test_what_is_gone_is_found_out_again_as_the_scan_did() -> None:
    reader = MemoryReader(pan(WAY))
    scene = scene_of(WAY)
    reader = MemoryReader(reader.frames, scale=1.0)
    (proposal,) = propose_panoramas(scene, reader)
    assert isinstance(proposal, Proposal)
    assert isinstance(proposal.recipe, PanoramaRecipe)
    assert proposal.followed is not None
    again = result_of(know_move(scene, reader, proposal.recipe))
    assert again is not None
    assert again.token == proposal.followed.token
    assert result_of(know_move(scene, reader, changed(proposal.recipe, stop=50))) is None


def test_the_canvas_of_a_part_begins_where_its_first_frame_does(known: Followed) -> None:
    part = known.among(changed(RECIPE, start=20), range(20, 118))
    assert part is not None
    canvas = canvas_of(part.track, (SIZE[0] - 2, SIZE[1] - 2))
    assert canvas.corners.min() == pytest.approx(1.0)
    assert set(part.track.frames) == {f for f in known.track.frames if 20 <= f < 118}
