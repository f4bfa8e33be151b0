"""One picture straight from a source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.direct import make_directly, picture_inside
from engine.errors import EngineError
from engine.events import Noted, result_of
from engine.footage.sources import open_source
from tests.engine.products.plate_shots import crosser, room, shot
from tests.synthetic import texture, window, write_video


@pytest.mark.parametrize(("stop", "noted"), [(900, True), (12, False)])
def test_a_range_beyond_the_end_is_cut_there_and_says_so(
    tmp_path: Path, stop: int, noted: bool
) -> None:
    wide = texture(96, 300, blur=3)
    frames = [window(wide, 8 * i, 0, (160, 96)) for i in range(12)]
    path = write_video(tmp_path / "pan.mp4", frames)
    work = make_directly("stitch", path, lambda count: (2, stop))
    notes = [event.text for event in work if isinstance(event, Noted)]
    assert notes == (
        ["pan.mp4: has 12 frames, counted from 0; 2:12 is taken for 2:900"] if noted else []
    )


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (2, 60), (60, 8)])
def test_frames_too_small_to_be_followed_are_refused_in_words(
    tmp_path: Path, width: int, height: int
) -> None:
    wide = texture(height, width + 40)
    frames = [np.ascontiguousarray(wide[:, i : i + width]) for i in range(5)]
    path = write_video(tmp_path / "tiny.mkv", frames, codec="ffv1", pix_fmt="bgr0", tagged=False)
    with pytest.raises(EngineError, match=f"frames of {width}x{height} are too small"):
        list(make_directly("stitch", path, lambda count: (0, count)))


@pytest.mark.parametrize("bars", ["none", "all the time", "after a black frame"])
def test_a_plate_shows_the_picture_without_bars_whenever_they_show(
    tmp_path: Path, bars: str
) -> None:
    frames = shot(room(), 16, [crosser(0)])
    height = frames[0].shape[0]
    for frame in frames:
        if bars != "none":
            frame[: height // 8] = frame[-(height // 8) :] = 0
    if bars == "after a black frame":
        frames[0][:] = 0
    path = write_video(tmp_path / "room.mp4", frames)
    recipe, made = result_of(make_directly("plate", path, lambda count: (0, count)))
    with open_source(path) as footage:
        wanted = picture_inside(footage, 0, len(frames))
    assert (wanted.height == height) == (bars == "none")
    assert recipe.picture == wanted
    assert made.image.shape[1::-1] == wanted.size
    inside = frames[8][wanted.slices]
    corner = np.s_[: wanted.height // 4, : wanted.width // 4]
    assert np.abs(made.image[corner].astype(int) - inside[corner]).mean() < 10
