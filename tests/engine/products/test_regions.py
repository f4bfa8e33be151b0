import numpy as np

from engine.products.regions import find_figures, find_regions, share_of_whole
from engine.values import Image


def plain_with_two_things() -> Image:
    picture = np.full((90, 160, 3), 200, np.uint8)
    picture[20:60, 20:60] = (40, 40, 160)
    picture[30:50, 100:140] = (160, 40, 40)
    return picture


def shares(windows: list[tuple[int, int, int, int]]) -> list[float]:
    left, top, right, bottom = (np.array(side) for side in zip(*windows, strict=True))
    found = find_regions(plain_with_two_things())
    return [float(share) for share in share_of_whole(found, left, top, right, bottom)]


def test_a_window_around_a_thing_holds_it_whole_and_one_that_cuts_it_does_not() -> None:
    around, cutting = shares([(10, 10, 70, 70), (40, 10, 100, 70)])
    assert 0.3 < around < 0.6
    assert cutting == 0.0


def test_a_window_of_everything_is_made_of_wholes() -> None:
    (everything,) = shares([(0, 0, 160, 90)])
    assert everything > 0.9


def test_figures_that_do_not_touch_are_two() -> None:
    foreground = np.zeros((90, 160), np.float32)
    foreground[20:60, 20:60] = foreground[30:50, 100:140] = 1.0
    figures = find_figures(foreground)
    assert sorted(figures.areas.tolist()) == [800, 1600]
    assert sorted(figures.boxes[:, 0].tolist()) == [20, 100]


def test_an_even_picture_is_no_error() -> None:
    assert len(find_regions(np.full((60, 80, 3), 90, np.uint8)).areas) <= 1
