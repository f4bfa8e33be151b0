"""One picture straight from a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.direct import make_directly
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
