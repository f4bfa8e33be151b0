"""Pans of our own, in the layout of the bench: for everything film has that its cases have not.

    python benchmarks/made_pans.py OUT [--only NAMES] [--list] [--art DIR]

Each case is a folder with ``clip.mp4``, ``gt.webp``, ``mask.png`` and ``case.json``, for
the bench's ``score.py`` and ``benchmarks/stitch_quality.py``. The art is drawn by code, or, with
``--art``, taken from the pictures of a folder. ``expect`` in ``case.json`` is ``warned`` where no
picture is true of all frames.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.pan_art import load_art
from benchmarks.pan_shots import (
    Burnt,
    Camera,
    Codec,
    Flag,
    Flicker,
    Gate,
    Near,
    Pan,
    Passer,
    Thing,
    bounds,
    course,
    make_case,
    stripes,
)
from sample_data.paint import Pixels
from sample_data.street import CAST

HD = (1280, 720)
OLD = Codec("mpeg2video", bit_rate=2_500_000)
POOR_VP9 = Codec("libvpx-vp9", (("crf", "48"), ("b", "0"), ("cpu-used", "6"), ("row-mt", "0")))
TEN_BIT = Codec("libx265", (("crf", "20"), ("preset", "fast"), ("x265-params", "log-level=1")), 10)
FIELDS = Codec(
    "mpeg2video", (("flags", "+ildct+ilme"), ("top", "1")), bit_rate=5_000_000, interlaced=True
)
VP9 = Codec("libvpx-vp9", (("crf", "32"), ("b", "0"), ("cpu-used", "5"), ("row-mt", "0")))
HEVC = Codec("libx265", (("crf", "24"), ("preset", "fast"), ("x265-params", "log-level=1")))
LOW = Codec(options=(("crf", "30"), ("preset", "fast")))


def posts(pace: float, every: int, wide: int, colour: str, texture: float = 6.0) -> Near:
    """Give trunks or poles from top to bottom that pass at ``pace``."""
    places = [(x, 0, wide + 9 * (k % 3), 1500) for k, x in enumerate(range(260, 4600, every))]
    return Near(stripes(4800, 1500, places, colour, texture), pace, (0, -600))


def bushes(pace: float, top: int, colour: str, every: int = 90) -> Near:
    """Give an uneven row of bushes along the bottom that passes at ``pace``."""
    rng = np.random.default_rng(every)
    tall = rng.integers(20, 120, 60)
    places = [(k * every, top + 120 - int(h), every + 20, 700) for k, h in enumerate(tall)]
    return Near(stripes(4800, 1500, places, colour, 16.0), pace, (0, 0))


def cars(pace: float, y: int, colour: str) -> Near:
    """Give parked cars: boxes on wheels, each a little apart."""
    places = []
    for k in range(9):
        x = 120 + 430 * k
        places += [(x, y, 300, 90), (x + 60, y - 60, 170, 62), (x + 40, y + 80, 50, 40)]
    return Near(stripes(4800, 1500, places, colour, 3.0), pace, (0, 0))


def drive(length: int, colour: str, ground: float, *places: tuple[int, float]) -> Thing:
    """Have a van go by: a body with a window, on two wheels."""
    tall, wheel = length * 2 // 5, length // 6
    paint = stripes(length, tall, [(0, 0, length, tall - wheel // 2)], colour, 3.0)
    glass = stripes(length, tall, [(length * 2 // 3, tall // 8, length // 4, tall // 3)], "9fb4c0")
    places_of = [(x, tall - wheel, wheel, wheel) for x in (length // 8, length * 5 // 7)]
    tyres = stripes(length, tall, places_of, "202224", 1.0)

    @cache
    def draw() -> Pixels:
        picture = paint().copy()
        for part in (glass(), tyres()):
            picture = np.where(part[..., 3:] > 0, part, picture)
        return picture

    return Thing(draw, ground, places)


def walk(who: int, ground: float, *places: tuple[int, float], in_place: bool = False) -> Passer:
    """Have one of the sample film's cast walk."""
    return Passer(CAST[who], ground, places, in_place)


def woven(cameras: tuple[Camera, ...], amount: float) -> tuple[Camera, ...]:
    """Shake a camera as a worn gate does, a new place for every frame."""
    off = np.random.default_rng(4).normal(0, amount, (len(cameras), 2))
    return tuple((x + dx, y + dy, s) for (x, y, s), (dx, dy) in zip(cameras, off, strict=True))


def fade(first: float, last: float) -> Callable[[float], float]:
    """Give a fade in until ``first`` and out from ``last`` on, times of 0 to 1."""
    return lambda t: float(np.interp(t, [0, first, last, 1], [0.05, 1, 1, 0.05]))


def ramped(low: float) -> Callable[[float], float]:
    """Give light that falls evenly over the second half."""
    return lambda t: float(np.interp(t, [0, 0.4, 1], [1, 1, low]))


RIGHT = course((100, 400, 1), (1500, 400, 1), 100)
EASED = course((120.3, 380.2, 1), (1460.7, 380.2, 1), 110, eased=True, rests=(12, 12))
RESTED = course((120.3, 380.2, 1), (1260.7, 380.2, 1), 80, eased=True, rests=(35, 35))
LEFT = course((1480.3, 390.6, 1), (140.8, 390.6, 1), 96, eased=True, rests=(10, 14))
UP = course((260.6, 980.2, 1), (260.6, 90.4, 1), 100, eased=True)
DOWN = course((300.4, 100, 1), (300.4, 780, 1), 110, eased=True)
ZOOM = course((200, 300, 1), (900, 380, 1.25), 110, eased=True, rests=(15, 15))
SUBTITLES = (
    Burnt("Nobody has lived here for years.", (0.5, 0.9), 26, (10, 55)),
    Burnt("Then who lit the lamp?", (0.5, 0.9), 26, (60, 98)),
)
LOGO = Burnt("CHANNEL 7", (0.88, 0.09), 22, (0, 10_000), 0.8)

CASES = (
    # What the bench has, with other art.
    Pan("a01_h_int", "valley", course((100, 300, 1), (2300, 300, 1), 111), size=HD),
    Pan("a02_h_subpx", "city", course((900.3, 330.7, 1), (80.3, 334.2, 1), 120), size=HD),
    Pan("a03_v_ease", "lighthouse", course((400.2, 60, 1), (400.2, 1290, 1), 110, eased=True)),
    Pan("a04_diag_twos", "coast", course((1500.2, 820.6, 1), (120, 140, 1), 96, hold=2)),
    Pan("a05_zoom_pan", "street", course((100, 200, 1), (620, 260, 1.16), 120, eased=True)),
    Pan(
        "a06_walker",
        "city",
        RIGHT,
        (walk(1, 930, (0, 300), (100, 1900)),),
    ),
    Pan("a07_flat_sky", "sky", course((60.4, 500, 1), (1220.6, 500, 1), 110), size=HD),
    Pan(
        "a08_logo_sub",
        "room",
        course((100.2, 420.7, 1), (1250.5, 420.7, 1), 110),
        (LOGO, *SUBTITLES),
        HD,
    ),
    # Things that pass in front at a speed of their own.
    Pan(
        "b01_layers_walker",
        "wood",
        EASED,
        (bushes(1.4, 380, "5a4a2c"), walk(3, 900, (0, 200), (133, 1700))),
    ),
    Pan(
        "b02_layers_walker_rest",
        "valley",
        RESTED,
        (bushes(1.3, 400, "304428"), walk(0, 890, (0, 350), (150, 1500))),
    ),
    Pan("b03_trunks_125", "coast", EASED, (posts(1.25, 480, 60, "4a3a2c"),)),
    Pan("b04_trunks_rest", "valley", RESTED, (posts(1.6, 520, 70, "5c4a38"),)),
    Pan("b05_poles_21", "city", EASED, (posts(2.1, 640, 34, "303438", 1.0),)),
    Pan("b06_trunk_zoom_rest", "wall", ZOOM, (posts(1.5, 560, 56, "4c4640", 0.5),)),
    Pan("b07_poles_zoom", "city", ZOOM, (posts(1.9, 620, 30, "3c3c44", 2.0),)),
    Pan("b08_stops_goes", "street", course((60, 420, 1), (900, 420, 1), 120), (
        walk(4, 950, (0, 500), (40, 760), (90, 760), (120, 1250)),
    )),
    Pan("b09_moves_in_place", "room", RIGHT, (walk(2, 920, (0, 1000), in_place=True),),
        in_place=True),
    Pan("b10_flames", "night", RIGHT, (Flicker((700, 620), (190, 230), ("d04010", "ffe080")),
        Flicker((1500, 640), (120, 160), ("c03010", "ffd060"))), in_place=True),
    Pan("b11_ripples", "coast", EASED,
        (Flicker((500, 700), (900, 160), ("4a90a0", "b0dcd8")),), in_place=True),
    Pan("b12_two_walkers", "wood", RIGHT,
        (walk(1, 910, (0, 1500), (100, 300)), walk(5, 935, (0, 150), (100, 1350)))),
    Pan("b13_walker_logo", "hedge", RIGHT, (walk(0, 920, (0, 260), (100, 1780)), LOGO)),
    # Light.
    Pan("c01_ramp_tilt", "lighthouse",
        course((300, 40, 1), (300, 1400, 1), 100), gain=ramped(0.55)),
    Pan("c02_ramp_tilt_dark", "sky", DOWN[::-1], gain=ramped(0.7)),
    Pan("c03_fades", "city", EASED, gain=fade(0.15, 0.85)),
    Pan("c04_ramp_pan", "hedge", EASED, gain=ramped(0.8)),
    # Camera and length.
    Pan("d01_out_and_back", "room", RIGHT[::2] + RIGHT[::-2]),
    Pan("d02_inside_longer", "wood",
        course((200, 420, 1), (1200, 420, 1), 60, eased=True, rests=(90, 70)),
        (walk(3, 900, (0, 300), (60, 620), (219, 700)),)),
    Pan("d03_twenty", "wall", course((100, 380, 1), (900, 400, 1), 20)),
    Pan("d04_six_hundred", "valley", course((80, 300, 1), (2700, 320, 1), 600), size=(640, 360)),
    Pan("d05_threes_blended", "city", course((80, 400, 1), (1480, 420, 1), 120, hold=3),
        blended=True),
    Pan("d06_portrait", "hedge", course((80, 300, 1), (1900, 300, 1), 100), size=(540, 960)),
    Pan("d07_weave_gate", "coast", woven(RIGHT, 0.7), (Gate(14),), grain=4.0),
    # How it is stored.
    Pan("e01_grain_mpeg2", "street", course((60, 300, 1), (1100, 300, 1), 100), size=(720, 576),
        codec=OLD, grain=6.0),
    Pan("e02_poor_h264", "wood", EASED, codec=LOW, grain=3.0),
    Pan("e03_vp9_sky", "sky", course((60, 560, 1), (1500, 560, 1), 120), codec=POOR_VP9),
    Pan("e04_vp9_tilt_sky", "sky", DOWN, codec=POOR_VP9),
    Pan("e05_ten_bit", "night", course((80, 480, 1), (1480, 500, 1), 90), codec=TEN_BIT),
    Pan("e06_interlaced", "room", course((100, 400, 1), (1500, 400, 1), 180), size=(720, 576),
        codec=FIELDS),
    # Who passes at other speeds, with the camera and against it, and what moves in place.
    Pan("f01_walker_against", "coast", LEFT, (walk(4, 900, (0, 700), (120, 1650)),)),
    Pan("f02_walker_behind_end", "room", RIGHT, (walk(2, 905, (30, 2460), (100, 1980)),),
        codec=VP9),
    Pan("f03_enters_late", "valley", EASED, (walk(5, 915, (70, 2300), (134, 1500)),)),
    Pan("f04_two_cross_ahead", "hedge", LEFT,
        (walk(0, 915, (0, 1300), (120, 300)), walk(3, 925, (0, 1900), (120, 500))), codec=HEVC),
    Pan("f05_rests_at_end", "street", RESTED,
        (walk(1, 930, (0, 250), (60, 600), (90, 1500), (110, 1700), (150, 1700)),)),
    Pan("f06_van_with_camera", "city", RIGHT, (drive(340, "a8432f", 900, (0, 420), (100, 1900)),)),
    Pan("f07_van_against", "night", LEFT, (drive(280, "3c6a8c", 930, (0, 300), (120, 2700)),)),
    Pan("f08_flag", "lighthouse", UP, (Flag((560, 620), (230, 140), ("b03030", "e8e4d8")),),
        in_place=True),
    Pan("f09_two_sizes_line_art", "wall", LEFT, (walk(2, 880, (0, 1650), (120, 380)),), size=HD,
        codec=VP9),
    Pan("f10_flag_and_walker", "coast", RIGHT, (
        Flag((1120, 500), (180, 110), ("2c4c90", "f0e8d0")), walk(3, 910, (0, 200), (100, 2300)),
    ), in_place=True),
    # No one picture is true of these.
    Pan("x01_dolly_cars", "city", RIGHT, (cars(1.35, 420, "7c2f34"), posts(1.8, 700, 40, "2e3032")),
        expect="warned"),
    Pan("x02_dolly_planes", "valley", EASED, tuple(
        bushes(1 + 0.16 * k, 120 + 60 * k, colour, 60 + 17 * k)
        for k, colour in enumerate(("8fa49a", "7d9a7c", "688a5c", "50703e", "3c5430"))),
        expect="warned"),
)  # fmt: skip


def main() -> int:
    """Make the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("out/pans"))
    parser.add_argument("--only", nargs="*", default=[], help="begin of the names of cases")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--art", type=Path, help="a folder of pictures to take instead")
    options = parser.parse_args()
    wanted = tuple(options.only) or ("",)
    pictures = sorted(options.art.iterdir()) if options.art else []
    for pan in CASES:
        if not pan.name.startswith(wanted):
            continue
        print(f"{pan.name:24} {pan.art:12} {len(pan.cameras)} frames {pan.size}", flush=True)
        if not options.list:
            art = load_art(pan.art, bounds(pan)[2:], options.out / ".art", pictures)
            make_case(pan, art, options.out / pan.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
