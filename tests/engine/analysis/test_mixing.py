"""Frames that were mixed to have another number of them a second."""

from __future__ import annotations

import numpy as np
import pytest

from engine.values import Image
from tests.engine.analysis.footage import analyse, compressed, mix, pan


def shown_as(frames: list[Image], shot_with: int, shown: int) -> tuple[list[Image], list[float]]:
    """Give frames another rate by mixing; tell the lesser share of the two in each."""
    times = np.arange((len(frames) - 1) * shown // shot_with) * shot_with / shown
    shares = [round(float(time % 1), 6) for time in times]
    mixed = [
        mix(frames[int(time)], frames[int(time) + 1], share)
        for time, share in zip(times, shares, strict=True)
    ]
    return mixed, [min(share, 1 - share) for share in shares]


def moving(frames: int, pace: float = 5.0) -> list[Image]:
    return pan(61, [(100 + pace * i, 100.0) for i in range(frames)])


@pytest.mark.parametrize(("shot_with", "shown"), [(24, 30), (25, 30), (24, 25)])
def test_frames_mixed_for_another_rate_are_told_from_clean_ones(shot_with: int, shown: int) -> None:
    frames, shares = shown_as(moving(90), shot_with, shown)
    (shot,) = analyse(compressed(frames))
    share = np.array(shares)
    assert shot.facts.blend[share > 0.15].all()
    assert not shot.facts.blend[share < 0.05].any()


def test_a_pan_that_gathers_speed_and_slows_down_is_no_mix() -> None:
    along = 400 * 0.5 * (1 - np.cos(np.pi * np.linspace(0, 1, 90)))
    (shot,) = analyse(compressed(pan(62, [(float(x), 100.0) for x in along])))
    # Where it hardly moves, a single frame does lie between its neighbours.
    assert not shot.facts.blend[5:-5].any()


def test_frames_repeated_for_another_rate_are_no_mixes() -> None:
    shown = [frame for i, frame in enumerate(moving(72)) for _ in range(2 if i % 4 == 3 else 1)]
    (shot,) = analyse(compressed(shown))
    assert not shot.facts.blend.any()
