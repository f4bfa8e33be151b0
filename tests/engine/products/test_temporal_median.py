from __future__ import annotations

import numpy as np
import pytest

from engine.products.temporal_median import masked_median


def noise(count: int, height: int = 23, width: int = 31) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("count", [1, 2, 9, 10, 255])
def test_it_is_the_exact_lower_median(count: int) -> None:
    frames = noise(count)
    truth = np.sort(np.stack(frames), axis=0)[(count - 1) // 2]
    np.testing.assert_array_equal(masked_median(frames), truth)


def test_samples_that_do_not_count_leave_no_trace() -> None:
    frames = noise(9)
    valid = [np.full((23, 31), t < 5) for t in range(9)]
    np.testing.assert_array_equal(masked_median(frames, valid), masked_median(frames[:5]))


def test_white_samples_count_like_any_other() -> None:
    frames = [np.full((4, 4, 3), 255, np.uint8)] * 3
    valid = [np.ones((4, 4), bool)] * 2 + [np.zeros((4, 4), bool)]
    assert masked_median(frames, valid).min() == 255


def test_a_reduced_mask_stands_for_blocks() -> None:
    frames = noise(4, 24, 32)
    small = np.random.default_rng(2).random((4, 6, 8)) < 0.5
    full = small.repeat(4, axis=1).repeat(4, axis=2)
    np.testing.assert_array_equal(
        masked_median(frames, list(small)), masked_median(frames, list(full))
    )


def test_more_frames_than_the_counters_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="255"):
        masked_median(noise(256, 2, 2))
