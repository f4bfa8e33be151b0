"""Reduced frames that are kept unpacked for the next tweak."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.footage import unpacked
from engine.footage.proxies import ProxyReader, encode_proxy, write_proxies
from engine.footage.unpacked import UnpackedProxies
from engine.values import Image
from tests.synthetic import texture


def _written(path: Path, seeds: dict[int, int]) -> Path:
    entries = [(frame, encode_proxy(texture(54, 96, seed=seed))) for frame, seed in seeds.items()]
    write_proxies(path, entries, scale=0.1, source_size=(960, 540))
    return path


def _read(path: Path, frames: list[int]) -> dict[int, Image]:
    with ProxyReader(path) as reader:
        return dict(UnpackedProxies(reader, path).read(frames))


def test_frames_come_in_the_order_asked_for_whichever_are_kept(tmp_path: Path) -> None:
    path = _written(tmp_path / "1.zip", {3: 3, 5: 5, 8: 8, 9: 9})
    _read(path, [5, 9])
    again = _read(path, [3, 5, 8, 9])
    assert list(again) == [3, 5, 8, 9]
    for frame, picture in again.items():
        assert cv2.PSNR(picture, texture(54, 96, seed=frame)) > 35


def test_a_frame_is_unpacked_once(tmp_path: Path) -> None:
    path = _written(tmp_path / "1.zip", {3: 3, 5: 5})
    assert _read(path, [3])[3] is _read(path, [3, 5])[3]


def test_proxies_that_were_made_anew_show_what_is_in_them_now(tmp_path: Path) -> None:
    before = _read(_written(tmp_path / "1.zip", {3: 3}), [3])[3]
    after = _read(_written(tmp_path / "1.zip", {3: 4}), [3])[3]
    assert not np.array_equal(before, after)


def test_of_many_frames_only_the_last_ones_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _written(tmp_path / "1.zip", {frame: frame for frame in range(4)})
    monkeypatch.setattr(unpacked, "KEPT_BYTES", 2 * 54 * 96 * 3)
    first = _read(path, [0, 1, 2, 3])
    assert _read(path, [3])[3] is first[3]
    assert _read(path, [0])[0] is not first[0]
