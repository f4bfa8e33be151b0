"""One picture straight from a source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.direct import make_directly
from engine.errors import EngineError
from engine.events import Noted
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
