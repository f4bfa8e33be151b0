"""The made films: their shots, and what a careful person calls the camera of each.

A label is the move that one means and sees over the whole shot; a rest of a few per cent of the
width is no move. Where two names would do, the shot is not here.
"""

from __future__ import annotations

import numpy as np

from benchmarks import scene_art as art
from benchmarks.scene_props import (
    by_hand,
    camera,
    car,
    clouds,
    crowd,
    exploding,
    fire,
    joined,
    lit,
    raining,
    rippling,
    scenery,
    spliced,
    talker,
    tiled,
    title,
    walker,
)
from benchmarks.scene_stage import Card, Film, Shot


def made_films() -> list[Film]:
    """Give all films."""
    return [
        _studio(),
        _cel(),
        _held(),
        _plain(),
        _nature(),
        _hand(),
        _depth(),
        _mixes(),
        _flash(),
        _starved(),
        _scope(),
        _subtle(),
        _wipes(),
        _irises(),
    ]


def _studio() -> Film:
    room, stroll = scenery("room", 3, 1800, 1000), walker(1, 330, (-420, 150), 5)
    stops = joined(
        camera(40, (-200, 0), rests=(8, 0)), camera(14), camera(36, (-260, 0)), camera(16)
    )
    return Film(
        "studio",
        [
            Shot("pan_right", camera(96, (450, 0), since=(-450, 0)), [scenery("valley", 5)]),
            Shot("tilt_up", camera(72, (0, -200), since=(0, 120)), [scenery("town", 6)]),
            Shot(
                "static",
                camera(80),
                [room, talker(7, (620, 520), (40, 20))],
                "talker over half",
                "heavy",
            ),
            Shot(
                "static",
                camera(72, since=(90, 30), to=(90, 30), zoom=(1.3, 1.3)),
                [room, stroll],
                "alike",
                "some",
            ),
            Shot(
                "zoom_in",
                camera(96, zoom=(1.0, 1.16), rests=(8, 8)),
                [scenery("room", 9, 1800, 1000)],
            ),
            Shot("pan_left", stops, [scenery("valley", 11)], "stops and goes on"),
        ],
    )


def _cel() -> Film:
    two = [talker(21, (300, 400), (-190, 80)), talker(22, (300, 400), (180, 80))]
    trunks = art.paint_trunks(3200, 700, 25)
    return Film(
        "cel",
        [
            Shot("static", camera(90), [scenery("room", 20, 1400, 800), *two], "two talk", "heavy"),
            Shot(
                "pan_right",
                camera(96, (700, 0), hold=2, eased=False),
                [tiled("town", 24, 900, 700, 4), walker(2, 400, (0, 60), 0, 0)],
                "walks in place before a set that comes round",
                "some",
            ),
            Shot(
                "tilt_down",
                camera(84, (0, 260), since=(0, -100), hold=3),
                [scenery("valley", 26)],
                "on threes",
            ),
            Shot(
                "diagonal",
                camera(84, (300, 210), since=(-100, -120), hold=2),
                [scenery("town", 28)],
                "on twos",
            ),
            Shot(
                "pan_left",
                camera(84, (-360, 0), since=(100, 0), hold=2),
                [scenery("valley", 29), Card(lambda _: trunks, 1.7, lambda _: (300, 40))],
                "two layers",
                "heavy",
            ),
            Shot(
                "zoom_out", camera(84, zoom=(1.5, 1.05), hold=2), [scenery("room", 31, 1600, 900)]
            ),
        ],
        (720, 540),
        grain=5,
        weave=0.7,
        gate=True,
    )


def _held() -> Film:
    return Film(
        "held",
        [
            Shot(
                "pan_left",
                camera(84, (-420, 0), since=(200, 0)),
                [scenery("town", 41), talker(42, (520, 500), (30, 30), 0)],
                "held",
                "heavy",
            ),
            Shot(
                "tilt_up",
                camera(72, (0, -220), since=(0, 120)),
                [scenery("valley", 43), talker(44, (420, 480), (-120, 40), 0)],
                "held",
                "heavy",
            ),
            Shot(
                "static",
                camera(84),
                [scenery("valley", 45, 1200, 700), talker(46, (640, 540), (0, 20), sway=40)],
                "sways",
                "heavy",
            ),
            Shot(
                "static",
                camera(60),
                [scenery("town", 47, 1200, 700), car(1, 900, 120, 34, -1000)],
                "car passes",
                "heavy",
            ),
            Shot(
                "pan_right",
                camera(90, (520, 0), eased=False),
                [
                    scenery("valley", 48),
                    walker(0, 420, (40, 60), 0, 0),
                    walker(3, 400, (-160, 70), 0, 0),
                ],
                "walk along",
                "some",
            ),
            Shot(
                "static",
                camera(72),
                [scenery("room", 49, 1300, 800), *crowd(50, 9, 130, 420)],
                "crowd",
                "heavy",
            ),
            Shot(
                "pan_right",
                camera(72, (300, 0), since=(-100, 0)),
                [scenery("town", 51), car(2, 520, 150, 5.5, -150)],
                "car held",
                "some",
            ),
        ],
    )


def _plain() -> Film:
    paper = [scenery("plain", 60 + k, 2200, 900) for k in range(6)]
    return Film(
        "plain",
        [
            Shot("pan_right", camera(84, (420, 0)), [paper[0]], "faint"),
            Shot(
                "static",
                camera(84),
                [
                    paper[1],
                    talker(65, (330, 440), (-220, 60)),
                    talker(66, (330, 440), (210, 60), sway=10),
                ],
                "talkers",
                "heavy",
            ),
            Shot("tilt_down", camera(72, (0, 150), since=(0, -80)), [paper[2]], "faint"),
            Shot(
                "static", camera(84), [paper[3], walker(1, 420, (-620, 60), 11)], "crosses", "some"
            ),
            Shot(
                "pan_left",
                camera(84, (-380, 0)),
                [paper[4], walker(2, 380, (0, 70), 0, 0)],
                "walk along",
                "some",
            ),
            Shot("zoom_in", camera(84, zoom=(1.0, 1.3)), [paper[5]], "faint"),
        ],
    )


def _nature() -> Film:
    return Film(
        "nature",
        [
            Shot(
                "static",
                camera(90),
                [scenery("valley", 70, 1200, 640), clouds(71, 1.2, -170)],
                "clouds drift",
            ),
            Shot(
                "static", camera(84), [scenery("sea", 72, 1200, 640)], "water", touch=rippling(0.4)
            ),
            Shot(
                "static",
                camera(72),
                [
                    scenery("town", 73, 1200, 640),
                    fire(74, (-150, 110), (420, 380)),
                    fire(75, (260, 150), (300, 300)),
                ],
                "fire",
                "heavy",
            ),
            Shot(
                "pan_right",
                camera(84, (330, 0)),
                [scenery("sea", 76)],
                "over water",
                touch=rippling(0.42, 2),
            ),
            Shot("static", camera(72), [scenery("town", 77, 1200, 640)], "rain", touch=raining),
            Shot(
                "tilt_up",
                camera(84, (0, -240), since=(0, 160)),
                [scenery("valley", 78), clouds(79, 1.0, -330)],
                "up to drifting clouds",
            ),
        ],
    )


def _hand() -> Film:
    whip = joined(camera(30), camera(10, (900, 0), eased=False), camera(34))
    shake = camera(72)
    jolt = np.random.default_rng(1).normal(0, 14, (16, 2)) * np.linspace(1, 0, 16)[:, None]
    shake[30:46, :2] += jolt
    return Film(
        "hand",
        [
            Shot("handheld", by_hand(camera(90), 9, 80, 0.25), [scenery("room", 81)]),
            Shot(
                "pan_right",
                by_hand(camera(90, (480, 0)), 4, 82),
                [scenery("valley", 83)],
                "pan by hand",
            ),
            Shot("complex", camera(72, roll=14.0), [scenery("town", 84)], "roll"),
            Shot("pan_right", whip, [scenery("town", 85, 3000, 900)], "whip"),
            Shot(
                "zoom_in",
                camera(60, zoom=(1.0, 2.2), rests=(20, 24)),
                [scenery("valley", 86)],
                "crash zoom",
            ),
            Shot(
                "handheld",
                by_hand(camera(84), 14, 87, 0.4),
                [scenery("town", 88), talker(89, (300, 420), (-150, 80))],
                "by hand, talker",
                "some",
            ),
            Shot(
                "complex",
                joined(camera(44, (300, 0)), camera(44, (0, 260))),
                [scenery("valley", 90)],
                "pan, then tilt",
            ),
        ],
    )


def _depth() -> Film:
    near = art.paint_trunks(3600, 1000, 92, 420)
    mid = art.paint_trunks(3000, 700, 93, 240)
    wood = [Card(lambda _: mid, 1.3, lambda _: (0, 60)), Card(lambda _: near, 2.0)]
    return Film(
        "depth",
        [
            Shot(
                "pan_right",
                camera(90, (330, 0), eased=False),
                [scenery("valley", 91), *wood],
                "truck past trees",
                "heavy",
            ),
            Shot(
                "zoom_in",
                camera(90, come=0.24),
                [scenery("town", 94), Card(lambda _: mid, 1.4, lambda _: (0, 60))],
                "dolly in",
                "some",
            ),
            Shot(
                "tilt_up",
                camera(84, (0, -200), since=(0, 120)),
                [scenery("town", 95), Card(lambda _: near, 1.5)],
                "crane up",
                "heavy",
            ),
            Shot(
                "zoom_out",
                camera(90, come=-0.4),
                [scenery("room", 96, 1800, 1000), talker(97, (260, 360), (60, 90), 1.3)],
                "dolly out",
                "some",
            ),
            Shot(
                "complex",
                camera(84, (420, 40), come=0.35, eased=False),
                [scenery("valley", 98), Card(lambda _: mid, 1.6, lambda _: (0, 60))],
                "flight aslant",
                "some",
            ),
        ],
    )


def _mixes() -> Film:
    room = scenery("room", 100, 1800, 1000)
    return Film(
        "mixes",
        [
            Shot("static", camera(70), [room], entry=("fade", 0, 10, 20, 0)),
            Shot(
                "static",
                camera(80, (70, 20), since=(70, 20), zoom=(1.15, 1.15)),
                [room, walker(2, 330, (-420, 150), 5)],
                "alike",
                "some",
                entry=("dissolve", 18),
            ),
            Shot(
                "pan_right", camera(100, (460, 0)), [scenery("valley", 101)], entry=("dissolve", 24)
            ),
            Shot(
                "static",
                camera(80),
                [scenery("town", 102, 1300, 800)],
                entry=("fade", 16, 8, 16, 0),
            ),
            Shot(
                "tilt_down",
                camera(96, (0, 240), since=(0, -100)),
                [scenery("town", 103)],
                entry=("fade", 14, 4, 14, 255),
            ),
            Shot(
                "static",
                camera(70),
                [scenery("sea", 104, 1300, 800)],
                entry=("wipe", 18, "right"),
                touch=rippling(0.4, 2),
            ),
            Shot(
                "pan_left",
                camera(96, (-380, 0), eased=False),
                [scenery("valley", 105)],
                entry=("dissolve", 12),
            ),
            Shot(
                "pan_left",
                camera(96, (-380, 0), eased=False),
                [scenery("town", 106)],
                "pan into pan",
                entry=("dissolve", 24),
            ),
        ],
    )


def _flash() -> Film:
    storm = {20: 0.85, 22: 0.6, 23: 0.3, 51: 0.7, 52: 0.9, 53: 0.35}
    return Film(
        "flash",
        [
            Shot(
                "static",
                camera(72),
                [scenery("town", 110, 1300, 800)],
                "white frame",
                touch=lit({30: 1.0}),
            ),
            Shot(
                "pan_right",
                camera(72, (360, 0), eased=False),
                [scenery("town", 111)],
                "cut inside a pan",
            ),
            Shot(
                "pan_right",
                camera(72, (360, 0), eased=False),
                [scenery("valley", 112)],
                "cut inside a pan",
            ),
            Shot(
                "static",
                camera(72),
                [scenery("valley", 113, 1300, 800)],
                "lightning",
                touch=lit(storm),
            ),
            Shot(
                "static",
                camera(84),
                [scenery("room", 114, 1300, 800)],
                "explosion",
                "heavy",
                touch=exploding,
            ),
            Shot(
                "static",
                camera(60),
                [scenery("sea", 115, 1300, 800), walker(1, 330, (-420, 120), 6)],
                "splice",
                "some",
                touch=spliced,
            ),
            Shot(
                "static",
                camera(48),
                [scenery("plain", 116, 1000, 600)],
                "title on black",
                touch=title,
            ),
            Shot(
                "tilt_up",
                camera(60, (0, -190)),
                [scenery("town", 117)],
                "flash in a tilt",
                touch=lit({28: 1.0, 29: 0.4}),
            ),
        ],
    )


def _starved() -> Film:
    return Film(
        "starved",
        [
            Shot("pan_right", camera(84, (420, 0)), [scenery("valley", 120)]),
            Shot(
                "static",
                camera(84),
                [
                    scenery("room", 121, 1300, 800),
                    talker(122, (360, 460), (-150, 60)),
                    talker(123, (330, 430), (230, 70)),
                ],
                "talkers",
                "heavy",
            ),
            Shot("tilt_up", camera(72, (0, -220)), [scenery("town", 124)]),
            Shot("handheld", by_hand(camera(84), 10, 125, 0.25), [scenery("town", 126)]),
            Shot("zoom_in", camera(84, zoom=(1, 1.35)), [scenery("room", 127, 1800, 1000)]),
            Shot(
                "pan_left",
                camera(84, (-360, 0), hold=2),
                [scenery("valley", 128), walker(0, 400, (40, 70), 0, 0)],
                "walk along",
                "some",
            ),
        ],
        codec="mpeg4",
        options={"b": "450000", "g": "120"},
        grain=3,
    )


def _scope() -> Film:
    return Film(
        "scope",
        [
            Shot("pan_right", camera(96, (150, 0)), [scenery("valley", 130)], "slow"),
            Shot("tilt_down", camera(84, (0, 220), since=(0, -90)), [scenery("town", 131)]),
            Shot(
                "zoom_in",
                camera(96, zoom=(1, 1.1)),
                [scenery("room", 132, 1800, 1000), talker(133, (280, 360), (150, 70))],
                "slow, talker",
                "some",
            ),
            Shot(
                "static",
                camera(84),
                [scenery("town", 134, 1400, 800), *crowd(135, 8, 90, 520)],
                "crowd",
                "heavy",
            ),
            Shot("diagonal", camera(84, (-260, -190)), [scenery("valley", 136)]),
            Shot(
                "static",
                camera(72),
                [scenery("sea", 137, 1400, 800)],
                "water",
                touch=rippling(0.45),
            ),
        ],
        (1280, 720),
        bars=92,
        grain=2,
    )


def _subtle() -> Film:
    return Film(
        "subtle",
        [
            Shot("static", camera(84, (9, 2)), [scenery("room", 140, 1300, 800)], "drifts by 1 %"),
            Shot(
                "static",
                camera(84, zoom=(1, 1.008)),
                [scenery("town", 141, 1300, 800)],
                "comes 0.8 % closer",
            ),
            Shot("pan_right", camera(84, (48, 0)), [scenery("valley", 142)], "5 %"),
            Shot("tilt_up", camera(84, (14, -70)), [scenery("town", 143)], "7 %, a little aside"),
            Shot("zoom_in", camera(84, zoom=(1, 1.07)), [scenery("valley", 144, 1400, 900)], "7 %"),
            Shot(
                "pan_left",
                camera(84, (-330, 90)),
                [scenery("valley", 145)],
                "falls by 27 % of its way",
            ),
            Shot("diagonal", camera(84, (300, 180)), [scenery("town", 146)], "60 %"),
            Shot(
                "complex",
                joined(camera(48, (320, 0)), camera(48, (-320, 0))),
                [scenery("town", 147)],
                "there and back",
            ),
            Shot(
                "pan_right",
                camera(90, (330, 0), zoom=(1, 1.04)),
                [scenery("town", 148)],
                "and 4 % closer",
            ),
        ],
    )


def _wipes() -> Film:
    """Borders that sweep over rests, slow pans and people, and what only looks like one."""
    return Film(
        "wipes",
        [
            Shot("static", camera(70), [scenery("room", 150, 1300, 800)]),
            Shot(
                "pan_right",
                camera(100, (260, 0), rests=(20, 20)),
                [scenery("valley", 151)],
                entry=("wipe", 14, "down"),
            ),
            Shot(
                "static",
                camera(84),
                [scenery("town", 152, 1300, 800), walker(1, 330, (-420, 150), 5)],
                "walker",
                "some",
                entry=("wipe", 30, "aslant"),
            ),
            Shot(
                "static",
                camera(84),
                [scenery("room", 153, 1300, 800), talker(154, (360, 460), (-150, 60))],
                "talker",
                "some",
                entry=("wipe", 20, "clock"),
            ),
            Shot(
                "static",
                camera(90),
                [scenery("town", 155, 1300, 800), car(3, 1500, 40, 44, -1500)],
                "car hides all",
                "heavy",
                entry=("wipe", 9, "right"),
            ),
            Shot(
                "tilt_up",
                camera(90, (0, -200), since=(0, 100), rests=(24, 10)),
                [scenery("valley", 156)],
                entry=("wipe", 36, "doors"),
            ),
            Shot(
                "static",
                camera(80),
                [scenery("sea", 157, 1300, 800)],
                "water",
                entry=("wipe", 16, "curtain"),
                touch=rippling(0.4, 2),
            ),
        ],
    )


def _irises() -> Film:
    """Circles that open and close, on black and on the next shot, behind a film gate."""
    return Film(
        "irises",
        [
            Shot(
                "static",
                camera(80),
                [scenery("valley", 160, 1200, 800)],
                entry=("fade", 0, 10, 18, 0, "closing"),
            ),
            Shot(
                "static",
                camera(90),
                [scenery("room", 161, 1200, 800), talker(162, (300, 400), (150, 80))],
                "talker",
                "some",
                entry=("fade", 16, 8, 20, 0, "closing"),
            ),
            Shot(
                "pan_left",
                camera(100, (-300, 0), hold=2, rests=(30, 24)),
                [scenery("town", 163)],
                "on twos",
                entry=("wipe", 22, "opening"),
            ),
            Shot(
                "static",
                camera(80),
                [scenery("valley", 164, 1200, 800), walker(2, 330, (-300, 120), 4)],
                "walker",
                "some",
                entry=("wipe", 12, "closing"),
            ),
            Shot(
                "static",
                camera(80),
                [scenery("town", 165, 1200, 800)],
                entry=("wipe", 26, "diamond"),
            ),
        ],
        (720, 540),
        grain=4,
        weave=0.7,
        gate=True,
    )
