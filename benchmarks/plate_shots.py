"""The shots of the made plates: who passes where, seen how. Each plan draws from its own seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from benchmarks.plate_cast import Actor, Cutout, flat, people
from benchmarks.plate_sets import tone, waves
from sample_data.figure import Style
from sample_data.paint import Floats

Rng = np.random.Generator
Living = Callable[[int, tuple[int, int]], Floats]
"""Draws what moves within the place: from frame and ``(width, height)``."""


@dataclass(frozen=True)
class Shot:
    """Everything that one case is made from."""

    place: str
    frames: int
    cast: Sequence[Actor] = ()
    size: tuple[int, int] = (1280, 720)
    crf: int = 20
    camera: Sequence[tuple[float, float]] = ()
    """Where the picture's corner lies in each frame, pixels from where the truth's does."""
    gains: Sequence[float] = ()
    subtitles: Sequence[tuple[int, int, str]] = ()
    """First frame, last, words."""
    grain: float = 0.0
    """Standard deviation, levels."""
    living: tuple[tuple[int, int, int, int], Living] | None = None
    """Box of what moves in the place, and what draws it."""


Plan = Callable[[Rng], Shot]


def _across(
    rng: Rng, looks: Sequence[Style | Cutout], frames: int, size: tuple[int, int] = (1280, 720)
) -> list[Actor]:
    """Let everybody cross once, at their own time, pace and depth."""
    width, height = size
    actors = []
    for look in looks:
        start, pace = float(rng.uniform(-20, frames * 0.5)), width / float(rng.uniform(50, 110))
        side = float(rng.choice([-1, 1]))
        reach = width / 2 + look.height
        ends = (width / 2 - side * reach, width / 2 + side * reach)
        way = ((start, ends[0]), (start + 2 * reach / pace, ends[1]))
        actors.append(Actor(look, height * float(rng.uniform(0.86, 0.99)), way))
    return actors


def _crossers(rng: Rng, count: int, frames: int, tall: float = 300) -> list[Actor]:
    return _across(rng, people(rng, count, tall), frames)


def _stander(rng: Rng, way: Sequence[tuple[float, float]], tall: float = 380) -> Actor:
    return Actor(people(rng, 1, tall)[0], float(rng.uniform(640, 700)), tuple(way))


def _shufflers(
    rng: Rng, looks: Sequence[Style | Cutout], frames: int, band: tuple[float, float], pace: float
) -> list[Actor]:
    """Crowd a band of the picture: everybody goes to and fro, now and then stands."""
    actors = []
    for look in looks:
        x, at = float(rng.uniform(*band)), 0.0
        way = [(at, x)]
        while at < frames:
            span, rest = float(rng.uniform(10, 40)), float(rng.uniform(0, 12))
            x = float(np.clip(x + rng.choice([-1, 1]) * span * pace * rng.uniform(0.5, 1.5), *band))
            way += [(at + span, x), (at + span + rest, x)]
            at += span + rest + 0.1
        actors.append(Actor(look, float(rng.uniform(610, 715)), tuple(way)))
    return actors


def cross(rng: Rng) -> Shot:
    """Show how people cross."""
    return Shot("park", 96, _crossers(rng, 7, 96))


def cross_hd(rng: Rng) -> Shot:
    """Show how people cross, 1080p."""
    cast = _across(rng, people(rng, 6, 420), 72, (1920, 1080))
    return Shot("room", 72, cast, (1920, 1080))


def stop60(rng: Rng) -> Shot:
    """Show how one stops for 60 %."""
    stop = _stander(rng, ((0, -200), (22, 560), (94, 560), (118, 1500)))
    return Shot("street", 120, [stop, *_crossers(rng, 2, 120)])


def start_stay(rng: Rng) -> Shot:
    """Show how one stands from the start, leaves."""
    stand = _stander(rng, ((0, 700), (66, 700), (96, 1560)))
    return Shot("room", 100, [stand, *_crossers(rng, 2, 100)])


def enter_stay(rng: Rng) -> Shot:
    """Show how one enters and stays."""
    stand = _stander(rng, ((0, -200), (34, 820), (96, 820)))
    return Shot("park", 96, [stand, *_crossers(rng, 2, 96)])


def two_stop(rng: Rng) -> Shot:
    """Show how one leaves, another takes the place."""
    one = _stander(rng, ((0, 420), (40, 420), (70, -220)))
    two = _stander(rng, ((44, 1500), (66, 500), (110, 500)))
    return Shot("school", 110, [one, two, *_crossers(rng, 1, 110)])


def paper_stop(rng: Rng) -> Shot:
    """Show how a flat figure stops."""
    stand = Actor(flat(rng, 420), 690, ((0, -150), (20, 640), (76, 640), (96, 1450)))
    return Shot("school", 100, [stand, *_across(rng, [flat(rng, 330) for _ in range(3)], 100)])


def wagon(rng: Rng) -> Shot:
    """Show how a wagon passes and stops."""
    bus = Actor(flat(rng, 250, wagon=True), 690, ((10, -400), (40, 560), (70, 560), (96, 1700)))
    return Shot("street", 100, [bus, *_crossers(rng, 3, 100)])


def crowd70(rng: Rng) -> Shot:
    """Show how a crowd shuffles before a third of it."""
    cast = _shufflers(rng, people(rng, 9, 300), 110, (250, 900), 4)
    return Shot("street", 110, cast, crf=21)


def crowd_park(rng: Rng) -> Shot:
    """Show how a crowd shuffles before all of it."""
    cast = _shufflers(rng, people(rng, 11, 270), 120, (150, 1150), 5)
    return Shot("park", 120, cast, crf=21)


def dense(rng: Rng) -> Shot:
    """Show a dense crowd, the place seen now and then."""
    cast = _shufflers(rng, people(rng, 17, 300), 110, (250, 950), 5)
    return Shot("room", 110, cast)


def dense_paper(rng: Rng) -> Shot:
    """Show a dense crowd of flat figures."""
    looks = [flat(rng, float(rng.uniform(240, 330))) for _ in range(20)]
    return Shot("street", 110, _shufflers(rng, looks, 110, (200, 1000), 5))


def dense_march(rng: Rng) -> Shot:
    """Show how a march goes by, one close after the other."""
    cast = []
    for k, look in enumerate(people(rng, 22, 290)):
        start = -120 + 9.5 * k + float(rng.uniform(-4, 4))
        way = ((start, -250.0), (start + 130, 1530.0))
        cast.append(Actor(look, float(rng.uniform(610, 715)), way))
    return Shot("park", 110, cast)


def shake(rng: Rng) -> Shot:
    """Show how the camera shakes, 7 px."""
    steps = np.cumsum(rng.normal(0, 1.6, (96, 2)), 0)
    path = np.clip(steps - np.linspace(0, 1, 96)[:, None] * steps[-1], -7, 7)
    path[48:] -= path[48] * np.linspace(1, 0, 48)[:, None]
    return Shot("room", 96, _crossers(rng, 5, 96), camera=_path(path))


def by_hand(rng: Rng) -> Shot:
    """Show a camera held by hand; one stands for half."""
    t = np.arange(100)
    path = np.stack(
        [9 * np.sin(t / 17) + 3 * np.sin(t / 5.1), 7 * np.sin(t / 13 + 1) + 2 * np.sin(t / 4)], 1
    )
    path += rng.normal(0, 0.5, path.shape) - path[50]
    return Shot(
        "street",
        100,
        [_stander(rng, ((0, 640), (50, 640), (80, 1560))), *_crossers(rng, 4, 100)],
        camera=_path(path),
    )


def drift(rng: Rng) -> Shot:
    """Show a slow drift, 0.5 px a frame."""
    path = np.stack([(np.arange(100) - 50) * 0.5, (np.arange(100) - 50) * -0.12], 1)
    return Shot("park", 100, _crossers(rng, 5, 100), camera=_path(path))


def _path(places: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in places)


def flicker(rng: Rng) -> Shot:
    """Show flicker and a ramp of exposure."""
    gains = np.linspace(0.8, 1.03, 100) * rng.uniform(0.95, 1.05, 100)
    return Shot("street", 100, _crossers(rng, 6, 100), gains=gains.tolist())


def gate(rng: Rng) -> Shot:
    """Show film gate: weave, flicker, grain."""
    path = rng.normal(0, 0.7, (90, 2)) + np.sin(np.arange(90) / 9)[:, None] * [0.8, 1.4]
    gains = 1 + rng.normal(0, 0.025, 90)
    return Shot(
        "room",
        90,
        _crossers(rng, 5, 90),
        crf=23,
        camera=_path(path - path[45]),
        gains=np.minimum(gains, 1.04).tolist(),
        grain=3,
    )


def fade_in(rng: Rng) -> Shot:
    """Show how the shot fades in from black."""
    gains = np.minimum(1, np.arange(1, 81) / 26)
    return Shot("school", 80, _crossers(rng, 4, 80), gains=gains.tolist())


def threes(rng: Rng) -> Shot:
    """Show people drawn on threes."""
    cast = [replace(actor, hold=3) for actor in _crossers(rng, 5, 96, 340)]
    return Shot("park", 96, cast, crf=18)


def cels(rng: Rng) -> Shot:
    """Show held drawings that move a limb now and then."""
    held = [replace(_stander(rng, ((0, x), (100, x))), cels=True, hold=4) for x in (380.0, 860.0)]
    gone = [
        replace(held[0], way=((0, 380), (58, 380), (84, -220))),
        replace(held[1], way=((0, 1500), (36, 860), (100, 860))),
    ]
    return Shot("school", 100, [*gone, *_crossers(rng, 2, 100)])


def subtitle(rng: Rng) -> Shot:
    """Show a subtitle for 60 %."""
    words = (18, 78, "We have been here before")
    return Shot("street", 96, _crossers(rng, 4, 96), subtitles=[words])


def subtitles(rng: Rng) -> Shot:
    """Show two subtitles after each other."""
    both = [(6, 50, "Who left the door open?"), (53, 92, "Nobody did. It was the wind.")]
    return Shot("room", 100, _crossers(rng, 4, 100), subtitles=both)


def never_leaves(rng: Rng) -> Shot:
    """Show how someone idles there all the time."""
    idle = replace(_stander(rng, ((0, 620), (96, 620))), sway=7.0)
    return Shot("park", 96, [idle, *_crossers(rng, 4, 96)])


def sway(rng: Rng) -> Shot:
    """Show how a flat figure sways in place."""
    idle = Actor(flat(rng, 430), 690, ((0, 760), (96, 760)), sway=26.0)
    return Shot("school", 96, [idle, *_across(rng, [flat(rng, 300) for _ in range(3)], 96)])


def sway_room(rng: Rng) -> Shot:
    """Show how a flat figure sways before wallpaper."""
    idle = Actor(flat(rng, 380), 680, ((0, 460), (96, 460)), sway=18.0)
    return Shot("room", 96, [idle, *_crossers(rng, 3, 96)])


def short(rng: Rng) -> Shot:
    """Show 48 frames, a group goes by slowly."""
    group = people(rng, 3, 400)
    cast = [
        Actor(look, 660 + 15 * k, ((0, 250.0 + 130 * k), (48, 800.0 + 130 * k)))
        for k, look in enumerate(group)
    ]
    return Shot("street", 48, cast, crf=22)


def dark(rng: Rng) -> Shot:
    """Show dark people before a dark quay; one stops."""
    looks = [
        replace(
            look,
            top=tone(rng, 0.03, 0.12),
            bottom=tone(rng, 0.02, 0.08),
            skin=(40.0, 44.0, 52.0),
            hair=(14.0, 12.0, 16.0),
        )
        for look in people(rng, 5, 320)
    ]
    stop = Actor(looks[0], 680, ((0, -200), (24, 700), (80, 700), (100, 1500)))
    return Shot("night", 100, [stop, *_across(rng, looks[1:], 100)])


def shadows(rng: Rng) -> Shot:
    """Show long shadows; one stands for half."""
    cast = [replace(actor, shadow=0.9) for actor in _crossers(rng, 4, 110)]
    stop = replace(_stander(rng, ((0, 500), (60, 500), (90, 1500))), shadow=0.9)
    return Shot("park", 110, [stop, *cast])


def grain(rng: Rng) -> Shot:
    """Show grain and a starved codec; one stops."""
    cast = [_stander(rng, ((0, -200), (30, 600), (70, 600), (96, 1480))), *_crossers(rng, 4, 96)]
    return Shot("room", 96, cast, crf=31, grain=5)


def television(rng: Rng) -> Shot:
    """Show how a television runs."""
    tones = [tone(rng, 0.2, 0.9, 1.0) for _ in range(12)]

    def screen(frame: int, size: tuple[int, int]) -> Floats:
        picture = np.empty((size[1], size[0], 3), np.float32)
        picture[:] = tones[frame // 10 % 12]
        at = int((frame * 7) % (size[0] - 60))
        picture[size[1] // 3 : size[1] // 3 * 2, at : at + 60] = tones[(frame // 10 + 5) % 12]
        return picture

    return Shot("room", 100, _crossers(rng, 5, 100), living=((540, 300, 200, 130), screen))


def water(rng: Rng) -> Shot:
    """Show how water moves below."""

    def pond(frame: int, size: tuple[int, int]) -> Floats:
        return waves(*size, frame, 5)

    return Shot("park", 100, _crossers(rng, 5, 100, 260), living=((0, 520, 1280, 200), pond))


def flag(rng: Rng) -> Shot:
    """Show how a flag waves."""
    cloth = tone(rng, 0.4, 0.6, 0.9)

    def wave(frame: int, size: tuple[int, int]) -> Floats:
        y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
        fold = 20 * np.sin(x / 22 - frame * 0.4) + 5 * np.sin(x / 9 - frame * 0.9 + y / 30)
        stripe = np.where(((y + fold / 2) // 30) % 2 == 0, 1.0, 0.45)[..., None]
        cut = np.array(cloth, np.float32) * stripe + fold[..., None]
        return np.asarray(cv2.GaussianBlur(cut.astype(np.float32), (0, 0), 0.8), np.float32)

    return Shot("street", 100, _crossers(rng, 5, 100), living=((820, 60, 230, 150), wave))


SHOTS: dict[str, Plan] = {
    plan.__name__: plan
    for plan in (
        cross, cross_hd, stop60, start_stay, enter_stay, two_stop, paper_stop, wagon, crowd70,
        crowd_park, dense, dense_paper, dense_march, shake, by_hand, drift, flicker, gate, fade_in,
        threes, cels, subtitle, subtitles, never_leaves, sway, sway_room, short, dark, shadows,
        grain, television, water, flag,
    )
}  # fmt: skip
