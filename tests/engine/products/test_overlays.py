"""What is burnt in, in recipes and as masks."""

from __future__ import annotations

import numpy as np

from engine.products.overlays import overlay_mask


def test_a_mask_covers_its_box_on_its_frames_only() -> None:
    overlays = ((10, 20, 30, 6, 5, 9), (80, 0, 20, 10, 0, 100))
    mask = overlay_mask(overlays, 8, (100, 50))
    assert mask is not None
    wanted = np.zeros((50, 100), np.bool_)
    wanted[20:26, 10:40] = wanted[0:10, 80:100] = True
    np.testing.assert_array_equal(mask, wanted)
    later = overlay_mask(overlays, 9, (100, 50))
    assert later is not None
    assert not later[20:26, 10:40].any()
    assert overlay_mask(overlays[:1], 9, (100, 50)) is None


def test_a_mask_for_a_reduced_frame_is_rounded_outwards() -> None:
    mask = overlay_mask(((11, 21, 30, 6, 0, 5),), 0, (33, 17), 1 / 3)
    assert mask is not None
    rows, columns = np.nonzero(mask)
    found = [int(edge) for edge in (rows.min(), rows.max(), columns.min(), columns.max())]
    assert found == [7, 8, 3, 13]
