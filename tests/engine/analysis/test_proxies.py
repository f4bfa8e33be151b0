from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from engine.analysis.proxies import MOST_MOVING, MOST_STILL, ProxyKeeper
from engine.analysis.shots import analyse_shots
from engine.footage.proxies import encode_proxy
from engine.values import Camera, Foreground, Frame, Image, Motion
from tests.engine.analysis.footage import pan, still
from tests.synthetic import texture


def _motion(camera: Camera, count: int, step: float) -> Motion:
    path = np.zeros((count, 3), np.float32)
    path[:, 0] = step * np.arange(count)
    return Motion(camera, path, (0, count), 0.0, Foreground.NONE, 0.0)


def test_frames_encoded_beside_the_analysis_are_those_given_in_order() -> None:
    images = [texture(32, 48, seed=i) for i in range(40)]
    with ThreadPoolExecutor(1) as encoder:
        keeper = ProxyKeeper(encoder)
        for index, image in enumerate(images):
            keeper.add(100 + index, image)
        repeat = np.zeros(40, np.bool_)
        repeat[7] = True
        chosen = keeper.choose(_motion(Camera.PAN_RIGHT, 40, 4.0), repeat, 100)
    wanted = [i for i in range(40) if i != 7]
    assert chosen == tuple((100 + i, encode_proxy(images[i])) for i in wanted)


def test_a_long_shot_keeps_a_fixed_number_of_frames_from_end_to_end() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    count = 5 * MOST_MOVING
    for camera, step, most in (
        (Camera.STATIC, 0.0, MOST_STILL),
        (Camera.PAN_RIGHT, 4.0, MOST_MOVING),
    ):
        with ThreadPoolExecutor(1) as encoder:
            keeper = ProxyKeeper(encoder)
            for index in range(count):
                keeper.add(index, image)
            repeat = np.zeros(count, np.bool_)
            chosen = [i for i, _ in keeper.choose(_motion(camera, count, step), repeat, 0)]
        assert most / 2 < len(chosen) <= most
        assert chosen[0] == 0
        assert chosen[-1] > 0.99 * count


def test_a_pass_for_which_nobody_keeps_proxies_finds_the_same_shots_without_them() -> None:
    images = [*pan(1, [(3.0 * i, 0.0) for i in range(30)]), *still(2, 20)]
    kept, left = (
        list(analyse_shots(_numbered(images), scale=1.0, with_proxies=with_proxies))
        for with_proxies in (True, False)
    )
    assert all(shot.proxies for shot in kept)
    assert not any(shot.proxies for shot in left)
    assert [shot.shot for shot in kept] == [shot.shot for shot in left]
    for one, other in zip(kept, left, strict=True):
        np.testing.assert_array_equal(one.motion.path, other.motion.path)


def _numbered(images: list[Image]) -> Iterator[Frame]:
    return (Frame(index, index / 24, image) for index, image in enumerate(images))
