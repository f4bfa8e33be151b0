"""Logos, subtitles and credits where we drew them, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.analysis.captions import CaptionFinder
from engine.analysis.logos import LogoFinder
from engine.analysis.overlays import OverlayFinder, with_logos
from engine.analysis.shots import AnalysedShot, analyse_shots
from engine.values import (
    Box,
    Camera,
    Foreground,
    Frame,
    FrameFacts,
    Image,
    Motion,
    Overlay,
    Scene,
    Shot,
    Size,
    Source,
    SourceKind,
)
from sample_data.paint import lettering
from tests.synthetic import texture

SIZE: Size = (640, 360)
LOGO = Box(560, 18, 60, 30)


@cache
def painting(seed: int) -> Image:
    return texture(440, 1400, seed=seed, blur=4)


def view(seed: int, x: int, y: int) -> Image:
    return painting(seed)[y : y + SIZE[1], x : x + SIZE[0]].copy()


def pan(seed: int, count: int, step: int = 4) -> list[Image]:
    return [view(seed, 20 + step * i, 30) for i in range(count)]


def static(seed: int, count: int) -> list[Image]:
    """A painted set that a ball crosses."""
    frames = []
    for i in range(count):
        frame = view(seed, 50, 40)
        cv2.circle(frame, (40 + 97 * seed % 400 + 8 * i, 230), 60, (40, 60, 200), -1, cv2.LINE_AA)
        frames.append(frame)
    return frames


def write(frame: Image, text: str, foot: int = 335, size: float = 0.7) -> Box:
    """Subtitle in the middle, white with a dark outline; gives the box of its letters."""
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, 1)
    x = (SIZE[0] - width) // 2
    for ink, pen in ((0, 4), (255, 1)):
        at = (x, foot)
        cv2.putText(frame, text, at, cv2.FONT_HERSHEY_DUPLEX, size, (ink,) * 3, pen, cv2.LINE_AA)
    return Box(x, foot - height, width, height + below)


def stamp(frame: Image, strength: float) -> None:
    """A station's mark in the upper right corner."""
    mark = frame.copy()
    cv2.circle(mark, (575, 33), 13, (240, 240, 240), -1, cv2.LINE_AA)
    cv2.putText(mark, "K9", (592, 42), 0, 0.7, (240, 240, 240), 2, cv2.LINE_AA)
    cv2.addWeighted(mark, strength, frame, 1 - strength, 0, dst=frame)


@cache
def grain(seed: int) -> NDArray[np.int16]:
    noise = np.random.default_rng(seed).normal(0, 1.5, (SIZE[1], SIZE[0], 3))
    return np.rint(noise).astype(np.int16)


def analysed(frames: Iterable[Image], finder: OverlayFinder | None = None) -> list[AnalysedShot]:
    counted = (
        Frame(i, i / 24, np.asarray(cv2.add(f, grain(i % 3), dtype=cv2.CV_8U), np.uint8))
        for i, f in enumerate(frames)
    )
    return list(analyse_shots(counted, scale=1.0, overlays=finder))


def found(frames: Iterable[Image]) -> list[Overlay]:
    return [overlay for shot in analysed(frames) for overlay in shot.overlays]


def covers(box: Box, wanted: Box, spill: int = 14) -> bool:
    """Whether a box holds what is wanted, and little else."""
    inside = box.x <= wanted.x + 2 and box.y <= wanted.y + 2
    inside &= box.right >= wanted.right - 2 and box.bottom >= wanted.bottom - 2
    close = wanted.x - box.x <= spill and wanted.y - box.y <= spill
    close &= box.right - wanted.right <= spill and box.bottom - wanted.bottom <= spill
    return inside and close


@pytest.mark.parametrize("shot", [pan, static])
def test_two_subtitles_are_found_with_the_frames_that_carry_them(
    shot: Callable[[int, int], list[Image]],
) -> None:
    frames = shot(1, 90)
    boxes = []
    for text, start, stop in (("Where does it go?", 9, 41), ("I was never here before.", 47, 83)):
        (box,) = {write(frame, text) for frame in frames[start:stop]}
        boxes.append(box)
    overlays = found(frames)
    assert [o.kind for o in overlays] == ["subtitle"] * 2
    for overlay, box, (start, stop) in zip(overlays, boxes, ((9, 41), (47, 83)), strict=True):
        assert covers(overlay.box, box), (overlay, box)
        assert (overlay.start, overlay.stop) == (start, stop)


def test_a_subtitle_over_a_picture_about_as_bright_as_its_letters_is_found() -> None:
    light = np.clip(np.arange(SIZE[0]) / SIZE[0] * 60 + 175, 0, 255)
    plain = np.repeat(np.tile(light[:, None], (SIZE[1], 1, 1)), 3, axis=2).astype(np.uint8)
    frames = [frame // 8 + plain // 8 * 7 for frame in pan(1, 90)]
    (box,) = {write(frame, "We have been here before.") for frame in frames[18:78]}
    (overlay,) = found(frames)
    assert covers(overlay.box, box), (overlay, box)
    assert (overlay.start, overlay.stop) == (18, 78)


def test_a_line_of_tall_thin_letters_is_found() -> None:
    """As high as a line of others, but of strokes that are lost in half the size."""
    large = np.pad(lettering("Who left the door open?", 36, 1), 4)
    ink, edge = (
        np.asarray(cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
        for one in (large, cv2.dilate(large, np.ones((5, 5), np.uint8)))
    )
    box = Box((SIZE[0] - ink.shape[1]) // 2, 305, ink.shape[1], ink.shape[0])
    frames = pan(1, 90)
    for frame in frames[9:60]:
        part = frame[box.slices]
        part[:] = part * (1 - edge[..., None]) + ink[..., None] * 240
    (overlay,) = found(frames)
    assert covers(overlay.box, box), (overlay, box)
    assert (overlay.start, overlay.stop) == (9, 60)


def test_a_subtitle_that_outlasts_a_cut_is_told_of_both_shots() -> None:
    frames = [*static(1, 40), *static(2, 40)]
    for frame in frames[20:60]:
        write(frame, "And then it rained.")
    before, after = analysed(frames)
    assert [(o.start, o.stop) for o in before.overlays] == [(20, 40)]
    assert [(o.start, o.stop) for o in after.overlays] == [(40, 60)]


def test_a_logo_over_a_pan_is_found_in_one_shot() -> None:
    frames = pan(3, 80, step=7)
    for frame in frames:
        stamp(frame, 0.7)
    (logo,) = found(frames)
    assert logo.kind == "logo"
    assert covers(logo.box, Box(562, 20, 54, 26), spill=10), logo
    assert (logo.start, logo.stop) == (0, 80)


def test_a_faint_logo_is_found_over_many_static_shots_and_told_of_the_first_ones_too() -> None:
    frames = [frame for seed in range(8) for frame in static(seed, 12)]
    for frame in frames:
        stamp(frame, 0.35)
    finder = OverlayFinder(1.0)
    shots = analysed(frames, finder)
    assert len(shots) == 8
    assert not shots[0].overlays
    assert [o.kind for o in shots[-1].overlays] == ["logo"]
    logos = finder.logos(SIZE)
    assert {logo.start for logo in logos} >= {12 * i for i in range(8)}
    assert all(covers(logo.box, Box(562, 20, 54, 26), spill=28) for logo in logos)


def credits_roll(count: int) -> list[Image]:
    lines = [f"{name} by Number {n}" for n, name in enumerate(["Drawn", "Coloured", "Sung"] * 6)]
    frames = []
    for i in range(count):
        frame = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        for place, line in enumerate(lines):
            y = 380 + 34 * place - 4 * i
            cv2.putText(frame, line, (180, y), 0, 0.7, (220, 220, 220), 1, cv2.LINE_AA)
        frames.append(frame)
    return frames


def test_rolling_credits_are_found() -> None:
    overlays = found([*static(4, 30), *credits_roll(90)])
    assert {o.kind for o in overlays} == {"credits"}
    assert min(o.start for o in overlays) <= 30 + 20
    assert max(o.stop for o in overlays) >= 30 + 85


def hatched(count: int) -> list[Image]:
    """A held drawing with a fence, windows and a striped jersey before a moving backdrop."""
    frames = pan(5, count, step=6)
    for frame in frames:
        for x in range(200, 330, 9):
            cv2.line(frame, (x, 240), (x, 330), (230, 240, 245), 3)
        cv2.rectangle(frame, (420, 120), (560, 359), (90, 120, 60), -1)
        for row in range(4):
            for column in range(5):
                x, y = 432 + 25 * column, 135 + 40 * row
                cv2.rectangle(frame, (x, y), (x + 14, y + 22), (210, 230, 240), -1)
    return frames


def letterboxed(count: int) -> list[Image]:
    frames = pan(6, count)
    for frame in frames:
        frame[:46] = frame[-46:] = 0
    return frames


def gated(count: int) -> list[Image]:
    gate = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    cv2.rectangle(gate, (30, 6), (609, 353), 255, -1)
    soft = np.asarray(cv2.GaussianBlur(gate, (0, 0), 5), np.float32)[..., None] / 255
    shots = [*static(7, count // 2), *static(8, count // 2)]
    return [(f * soft).astype(np.uint8) for f in shots]


def poses(count: int) -> list[Image]:
    """A drawing that jumps from pose to pose and holds each."""
    frames = static(9, count)
    for i, frame in enumerate(frames):
        rng = np.random.default_rng(i // 18)
        for _ in range(14):
            x, y = (int(v) for v in rng.integers((200, 200), (420, 340)))
            cv2.ellipse(frame, (x, y), (22, 9), x, 0, 300, (250, 250, 250), 3, cv2.LINE_AA)
    return frames


def signposted(count: int) -> list[Image]:
    """A painted sign in a static set, and in the same set later."""
    frames = [*static(10, count // 2), *static(11, count // 2)]
    for frame in frames[: count // 2]:
        write(frame, "SALOON AND STORE", foot=150)
    return frames


def cross(frame: Image, x: int, foot: int = SIZE[1], side: int = 90) -> None:
    """Let somebody in a checked coat stand before a frame, from its upper part to ``foot``."""
    left, right = max(0, x), min(SIZE[0], x + side)
    if left < right:
        coat = np.indices((foot - 100, right - left)).sum(axis=0) // 11 % 2
        frame[100:foot, left:right] = np.where(coat[..., None] > 0, (60, 70, 160), (110, 120, 200))


def passed_by(count: int) -> list[Image]:
    """A street with a sign low in the middle, before which people pass close to each other."""
    street = view(13, 50, 40)
    write(street, "BUTCHER AND BAKER")
    frames = []
    for i in range(count):
        frame = street.copy()
        for k in range(3):
            cross(frame, 640 + 150 * k - 12 * i)
        frames.append(frame)
    return frames


def flat(count: int) -> list[Image]:
    """Dunes of two flat colours, with people everywhere but before the one in a corner."""
    frames = []
    for i in range(count):
        frame = np.full((SIZE[1], SIZE[0], 3), (150, 160, 110), np.uint8)
        cv2.ellipse(frame, (320, 0), (320, 40), 0, 0, 360, (60, 160, 215), -1, cv2.LINE_AA)
        cv2.ellipse(frame, (560, 345), (60, 30), 0, 180, 360, (60, 160, 215), -1, cv2.LINE_AA)
        for k in range(6):
            cross(frame, (110 * k + 17 * i * (1 + k % 2)) % 720 - 80, 300, 60)
        frames.append(np.asarray(frame, np.uint8))
    return frames


@pytest.mark.parametrize("shot", [static, pan])
def test_nothing_is_found_where_nothing_is_burnt_in(
    shot: Callable[[int, int], list[Image]],
) -> None:
    assert found(shot(12, 60)) == []


@pytest.mark.parametrize("scene", [hatched, letterboxed, gated, poses, signposted, passed_by, flat])
def test_what_belongs_to_the_picture_is_no_overlay(scene: Callable[[int], list[Image]]) -> None:
    assert found(scene(90)) == []


def test_what_was_gathered_of_logos_can_be_kept_and_read_again() -> None:
    frames = [frame for seed in range(7) for frame in static(seed, 8)]
    for frame in frames:
        stamp(frame, 0.8)
    *_, shot, _ = analysed(frames)
    assert shot.memory is not None
    kept = shot.memory.logos.to_arrays()
    again = LogoFinder.from_arrays(kept)
    assert again.runs == shot.memory.logos.runs
    assert again.to_arrays().keys() == kept.keys()
    assert all((again.to_arrays()[name] == kept[name]).all() for name in kept)


def test_a_scene_is_given_the_logos_of_its_own_frames() -> None:
    motion = Motion(Camera.STATIC, np.zeros((9, 3), np.float32), (0, 0), 0, Foreground.NONE, 0)
    columns = [np.zeros(9, np.float32)] * 3 + [np.zeros(9, np.bool_)] * 2
    source = Source("0" * 16, "a", Path("a"), SourceKind.VIDEO, SIZE, 40, Fraction(24))
    subtitle = Overlay("subtitle", Box(200, 300, 200, 30), 12, 15)
    facts = FrameFacts(*columns)  # type: ignore[arg-type]
    scene = Scene(2, source, Shot(10, 19), Box(0, 0, *SIZE), motion, facts, (subtitle,))
    told = with_logos(scene, [Overlay("logo", LOGO, 0, 14), Overlay("logo", LOGO, 14, 40)])
    assert told.overlays == (Overlay("logo", LOGO, 10, 19), subtitle)
    assert with_logos(told, [Overlay("logo", LOGO, 0, 40)]) == told


@pytest.mark.parametrize(("length", "count"), [(20, 0), (40, 1)])
def test_captions_do_not_depend_on_where_an_analysis_goes_on(length: int, count: int) -> None:
    frames = static(5, 80)
    for frame in frames[31 : 31 + length]:
        write(frame, "AND SO THEY WENT")
    whole, resumed = CaptionFinder(), CaptionFinder()
    for index, frame in enumerate(frames):
        luma = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
        whole.add(index, luma)
        if index >= 13:
            resumed.add(index, luma)
    assert len(whole.captions()) == count
    assert resumed.captions() == whole.captions()
