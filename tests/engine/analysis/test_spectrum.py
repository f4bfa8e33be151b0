from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.analysis.spectrum import shift_fits, spectrum_shift
from tests.engine.analysis.footage import pan, still


def test_the_spectrum_tells_a_far_shift_to_half_a_pixel() -> None:
    before, after = pan(16, [(100.0, 100.0), (160.0, 90.0)])
    shift = spectrum_shift(
        np.asarray(cv2.cvtColor(before, cv2.COLOR_BGR2GRAY), np.uint8),
        np.asarray(cv2.cvtColor(after, cv2.COLOR_BGR2GRAY), np.uint8),
    )
    assert shift == pytest.approx((-60, 10), abs=0.5)


def test_a_shift_fits_only_where_it_brings_the_pictures_together() -> None:
    before, after = (
        np.asarray(cv2.cvtColor(view, cv2.COLOR_BGR2GRAY), np.uint8)
        for view in pan(16, [(100.0, 100.0), (160.0, 90.0)])
    )
    other = np.asarray(cv2.cvtColor(still(3, 1)[0], cv2.COLOR_BGR2GRAY), np.uint8)
    assert shift_fits(before, after, (-60, 10))
    assert not shift_fits(before, after, (60, -10))
    assert not shift_fits(before, other, (-60, 10))
