"""Motion of flat pieces, which only their outlines show."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.carried import carried_share


def test_a_coat_whose_outline_moves_is_carried_along() -> None:
    paint, moves = np.zeros((120, 200), np.uint8), np.zeros((120, 200), np.uint8)
    cv2.rectangle(paint, (80, 30), (120, 90), 1, -1)
    cv2.rectangle(moves, (80, 30), (120, 90), 1, 5)
    assert carried_share(paint, moves > 0)[60, 100] > 0.9


def test_the_ground_on_which_somebody_sways_stays_where_it_reaches_the_picture_s_edge() -> None:
    paint, moves = np.zeros((120, 200), np.uint8), np.zeros((120, 200), np.uint8)
    paint[60:] = 1
    cv2.rectangle(paint, (60, 20), (140, 110), 2, -1)
    cv2.rectangle(moves, (60, 20), (140, 110), 1, 5)
    share = carried_share(paint, moves > 0)
    assert share[90, 20] < 0.35 < 0.9 < share[60, 100]
