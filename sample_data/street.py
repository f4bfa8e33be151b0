"""The static shot: a shop at dusk, and the people who pass it."""

# A list added to an array of points moves them.
# ruff: noqa: RUF005

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from sample_data.figure import Style
from sample_data.nature import SUMMER, clump, tinted
from sample_data.paint import (
    Canvas,
    Colour,
    Fill,
    Floats,
    Pixels,
    curve,
    ink,
    jitter,
    lettering,
    mix,
    mottled,
    noise_at,
    oval,
    ramp,
    rect,
    tube,
)

WIDTH, HEIGHT = 1920, 1080
PAVEMENT, KERB = 868, 1022

CAST = (
    Style(
        560,
        ink("3a2a2e"),
        ink("c9b089"),
        ink("5a4a55"),
        coat=0.16,
        cut="bob",
        scarf=True,
        accent=ink("b83a3a"),
        skirt=0.2,
        bag="shoulder",
    ),
    Style(
        600,
        ink("4a3a30"),
        ink("4d5a73"),
        ink("3b4254"),
        coat=0.06,
        hat="fedora",
        bag="case",
        accent=ink("7a4a2e"),
    ),
    Style(
        500,
        ink("6a4028"),
        ink("f0ece4"),
        ink("34466e"),
        cut="long",
        skirt=0.15,
        skirt_pattern="plaid",
        bag="backpack",
        accent=ink("b5473f"),
    ),
    Style(
        455,
        ink("8a5a2e"),
        ink("e8e2d2"),
        ink("4a5f78"),
        pattern="stripes",
        hat="cap",
        accent=ink("2f6f8f"),
    ),
    Style(
        530,
        ink("b9b4b8"),
        ink("6d7f6a"),
        ink("7d4f6a"),
        cut="bun",
        skirt=0.28,
        skirt_pattern="dots",
        bag="basket",
        coat=0.04,
        accent=ink("c98a3a"),
        glasses=True,
    ),
    Style(
        590,
        ink("2a2430"),
        ink("8f3f35"),
        ink("4a4a58"),
        pattern="plaid",
        accent=ink("2b2b3a"),
        coat=0.05,
    ),
)


def paint_street(seed: int) -> Pixels:
    """Paint the street with nobody in it, ``(1080, 1920, 3)``."""
    canvas = Canvas.new(WIDTH, HEIGHT, seed=seed)
    _bricks(canvas)
    _upper_windows(canvas)
    _front(canvas)
    _window(canvas, 486, 452, 470, 330)
    _goods_left(canvas)
    _window(canvas, 1226, 452, 250, 330)
    _goods_right(canvas)
    _door(canvas)
    _glass(canvas)
    _awning(canvas, 470, 1490, 396)
    _sign(canvas)
    _left_wall(canvas)
    _right_wall(canvas)
    _pavement(canvas)
    _pots(canvas)
    _lamp(canvas, 1690)
    _light(canvas)
    return canvas.reduced()


def _bricks(canvas: Canvas) -> None:
    canvas.fill(rect(0, 0, WIDTH, PAVEMENT), mottled(ink("4a3f52"), 5, 30, 2))
    rng = canvas.rng
    tones = (ink("7b4a4a"), ink("6d4148"), ink("865248"), ink("5f3b47"), ink("8c5f52"))
    for row, y in enumerate(np.arange(0, PAVEMENT, 17.0)):
        for x in np.arange(-44 + 22 * (row % 2), WIDTH, 44.0):
            colour = jitter(tones[int(rng.integers(5))], 5, rng)
            colour = mix(colour, ink("2f2b52"), 0.34 - 0.2 * y / PAVEMENT)
            dx, dy = rng.normal(0, 0.6, 2)
            canvas.polygon(rect(x + 1.4 + dx, y + 1.4 + dy, 41.2, 14.2), colour)
            canvas.line(
                [[x + 2 + dx, y + 2 + dy], [x + 42 + dx, y + 2 + dy]],
                mix(colour, ink("f0b090"), 0.25),
                0.8,
            )
            canvas.line(
                [[x + 2 + dx, y + 15.2 + dy], [x + 42 + dx, y + 15.2 + dy]],
                mix(colour, ink("1a1428"), 0.45),
                0.8,
            )
    canvas.brush(rect(0, 0, WIDTH, PAVEMENT), 7000, 26, 9, 0, vary=6, alpha=0.45, spread=12)
    canvas.fill(
        rect(0, 0, WIDTH, PAVEMENT),
        lambda x, y: np.repeat((226 + 26 * noise_at(x, y, 260, 77))[..., None], 3, 2),
        0.8,
        mode="multiply",
    )


def _upper_windows(canvas: Canvas) -> None:
    for k, x in enumerate((120, 500, 880, 1260, 1640)):
        lit = k in (1, 3)
        canvas.fill(rect(x - 14, 18, 188, 222), mottled(ink("8d8294"), 5, 24, 4))
        canvas.fill(rect(x - 24, 232, 208, 18), ramp([(232, ink("a99aa6")), (250, ink("5c5468"))]))
        pane = rect(x, 30, 160, 198)
        glow = (
            ramp([(30, ink("ffd694")), (228, ink("e98f4c"))])
            if lit
            else ramp([(30, ink("5f74a6")), (228, ink("2c3560"))])
        )
        canvas.fill(pane, mottled(glow, 5, 60, 6))
        if lit:
            for side in (0, 1):
                drape = curve(
                    [
                        [x + 160 * side, 30],
                        [x + 160 * side + (1 - 2 * side) * 58, 34],
                        [x + 160 * side + (1 - 2 * side) * 34, 130],
                        [x + 160 * side + (1 - 2 * side) * 26, 228],
                        [x + 160 * side, 228],
                    ]
                )
                canvas.fill(
                    drape,
                    mottled(ink("b5574a") if k == 1 else ink("6c7f9c"), 9, 9, 8, 0.4),
                    0.9,
                    inside=pane,
                )
            if k == 3:
                cat = curve(
                    [
                        [x + 92, 228],
                        [x + 88, 196],
                        [x + 96, 176],
                        [x + 94, 164],
                        [x + 103, 170],
                        [x + 112, 164],
                        [x + 113, 180],
                        [x + 124, 204],
                        [x + 126, 228],
                    ]
                )
                canvas.fill(cat, ink("3a2433"))
                for dx in (99, 107):
                    canvas.fill(oval(x + dx, 177, 1.8, 2.2), ink("f5d060"))
        else:
            canvas.fill(
                [[x, 150], [x + 110, 30], [x + 150, 30], [x, 196]], ink("a9bbe0"), 0.22, inside=pane
            )
        for line in (
            [[x + 80, 30], [x + 80, 228]],
            [[x, 100], [x + 160, 100]],
            [[x, 164], [x + 160, 164]],
        ):
            canvas.line(line, ink("d5c8c0"), 5)
            canvas.line(np.array(line) + 2.4, ink("6d6070"), 1)
        canvas.line(pane, ink("d5c8c0"), 7, closed=True)
        canvas.line(rect(x - 3.5, 26.5, 167, 205), ink("4f4458"), 1.2, closed=True)
        if not lit:
            _window_box(canvas, x, 204)


def _window_box(canvas: Canvas, x: float, y: float) -> None:
    """Plant geraniums on a sill."""
    rng = canvas.rng
    green = tinted(SUMMER, ink("2a2550"), 0.4)
    for dx in np.arange(6, 160, 17.0):
        clump(canvas, x + dx, y + float(rng.normal(2, 4)), 15, 12, green, 4.0)
    for dx in rng.uniform(0, 160, 26):
        px, py = x + float(dx), y + float(rng.normal(-4, 7))
        tone = jitter(mix(ink("d8485a"), ink("4a3a78"), 0.18), 12, rng)
        for a in np.radians(np.arange(0, 360, 72)):
            canvas.polygon(oval(px + 3.6 * np.cos(a), py + 3.2 * np.sin(a), 2.9, 2.5, n=10), tone)
        canvas.polygon(oval(px, py, 1.4, 1.3, n=8), mix(tone, ink("ffffff"), 0.5))
    box = rect(x - 4, y + 8, 168, 24)
    canvas.fill(box, mottled(ramp([(y + 8, ink("8a6a5c")), (y + 32, ink("4f3c48"))]), 6, 30, 7, 5))
    canvas.line(box, ink("33283c"), 1.2, closed=True)
    canvas.line(box[:2] + [0, 2], ink("b0917c"), 1.2)


def _front(canvas: Canvas) -> None:
    """Panel the shop front in green wood."""
    wood = mottled(ramp([(270, ink("2c5a58")), (PAVEMENT, ink("1f4248"))]), 5, 40, 9, 0.5)
    canvas.fill(rect(440, 276, 1080, PAVEMENT - 276), wood)
    for x in (440, 966, 1186, 1484):
        canvas.fill(
            rect(x, 388, 36, PAVEMENT - 388),
            mottled(
                ramp(
                    [(x, ink("4f8a80")), (x + 10, ink("32686a")), (x + 36, ink("1a383f"))], axis="x"
                ),
                4,
                30,
                9,
                0.4,
            ),
        )
        canvas.line(rect(x + 9, 470, 18, 280), ink("17343a"), 1.6, closed=True)
        canvas.line(rect(x + 10.5, 471.5, 18, 280), ink("5f9a8e"), 0.8, closed=True)
        canvas.fill(
            rect(x - 4, PAVEMENT - 70, 44, 70),
            ramp([(PAVEMENT - 70, ink("3f7574")), (PAVEMENT, ink("152e35"))]),
        )
    for x, w in ((486, 470), (1226, 250)):
        for k in range(3):
            panel = rect(x + 8 + k * w / 3, 800, w / 3 - 16, 52)
            canvas.fill(panel, mottled(ink("275155"), 4, 30, 9))
            canvas.line(panel[[0, 1, 2]], ink("12292f"), 2.2)
            canvas.line(panel[[2, 3, 0]], ink("5b9488"), 1.6)
        canvas.fill(
            rect(x - 6, 780, w + 12, 14), ramp([(780, ink("75aa9a")), (794, ink("1d3d42"))])
        )


def _window(canvas: Canvas, x: float, y: float, w: float, h: float) -> None:
    inside = ramp([(y, ink("ffdc96")), (y + h * 0.5, ink("f2ab5c")), (y + h, ink("a3592f"))])
    canvas.fill(rect(x, y, w, h), mottled(inside, 7, 90, 15))
    for k in range(2):
        sy = y + 118 + 112 * k
        canvas.fill(rect(x, sy, w, 9), ramp([(sy, ink("c98548")), (sy + 9, ink("6e3d22"))]))
        canvas.fill(rect(x, sy + 9, w, 16), ink("7a421f"), 0.45, soft=4, inside=rect(x, y, w, h))
    floor = y + h - 34
    canvas.fill(rect(x, floor, w, 34), mottled(ink("8c4d2b"), 8, 40, 7, 4))
    canvas.line([[x, floor], [x + w, floor]], ink("f2bd78"), 1.5)


def _reel(canvas: Canvas, x: float, y: float, r: float, metal: Colour) -> None:
    canvas.fill(oval(x + r * 0.12, y + r * 0.14, r, r), ink("4a2412"), 0.45, soft=3)
    canvas.fill(
        oval(x, y, r, r),
        mottled(
            ramp(
                [(y - r, mix(metal, ink("ffffff"), 0.45)), (y + r, mix(metal, ink("2a1a20"), 0.45))]
            ),
            5,
            12,
            3,
        ),
    )
    for k in range(6):
        a = np.radians(60 * k + 12)
        hole = oval(x + r * 0.58 * np.cos(a), y + r * 0.58 * np.sin(a), r * 0.21, r * 0.21)
        canvas.fill(hole, mix(metal, ink("2a1712"), 0.8))
        canvas.line(hole, mix(metal, ink("ffffff"), 0.3), 0.8, closed=True)
    canvas.fill(oval(x, y, r * 0.16, r * 0.16), ink("2e1c18"))
    canvas.line(oval(x, y, r * 0.22, r * 0.22), mix(metal, ink("ffffff"), 0.5), 1.2, closed=True)
    canvas.line(oval(x, y, r, r), ink("3a2018"), 1.5, closed=True)
    canvas.line(oval(x, y, r * 0.9, r * 0.9), mix(metal, ink("ffffff"), 0.4), 0.8, closed=True)


def _books(
    canvas: Canvas, x: float, y: float, widths: tuple[int, ...], tall: float, seed: int
) -> float:
    rng = np.random.default_rng(seed)
    tones = ("7d2f2b", "2f4f63", "c9a24a", "465c3a", "6b4a6d", "d8c7a2", "a8552f")
    for w in widths:
        h = tall * float(rng.uniform(0.72, 1))
        tone = ink(tones[int(rng.integers(7))])
        spine = rect(x, y - h, w, h)
        canvas.fill(
            spine,
            ramp(
                [
                    (x, mix(tone, ink("ffffff"), 0.22)),
                    (x + w * 0.4, tone),
                    (x + w, mix(tone, ink("20101a"), 0.5)),
                ],
                axis="x",
            ),
        )
        for t in (0.14, 0.2, 0.8):
            canvas.line(
                [[x + 1.5, y - h * (1 - t)], [x + w - 1.5, y - h * (1 - t)]], ink("ecca7a"), 1
            )
        for k in range(3):
            canvas.line(
                [
                    [x + w * 0.35, y - h * (0.62 - 0.1 * k)],
                    [x + w * 0.65, y - h * (0.62 - 0.1 * k)],
                ],
                ink("ecca7a"),
                1.4,
            )
        canvas.line(spine, ink("2c1512"), 1, closed=True)
        x += w + 0.5
    return x


def _framed(
    canvas: Canvas, x: float, y: float, w: float, h: float, sky: tuple[str, str], land: str
) -> None:
    canvas.fill(rect(x + 4, y + 6, w, h), ink("4a2412"), 0.45, soft=4)
    canvas.fill(
        rect(x, y, w, h), mottled(ramp([(y, ink("e8b866")), (y + h, ink("7c4a20"))]), 6, 8, 3)
    )
    canvas.fill(rect(x + 7, y + 7, w - 14, h - 14), ink("f4ead6"))
    box = rect(x + 13, y + 13, w - 26, h - 26)
    canvas.fill(box, ramp([(y + 13, ink(sky[0])), (y + h - 20, ink(sky[1]))]))
    hill = curve(
        [
            [x, y + h * 0.62],
            [x + w * 0.35, y + h * 0.48],
            [x + w * 0.6, y + h * 0.66],
            [x + w, y + h * 0.52],
        ]
    )
    canvas.fill(
        np.vstack([hill, [[x + w, y + h], [x, y + h]]]), mottled(ink(land), 10, 12, 4), inside=box
    )
    canvas.fill(oval(x + w * 0.68, y + h * 0.36, w * 0.08, w * 0.08), ink("fff3cf"), inside=box)
    canvas.line(rect(x, y, w, h), ink("4a2712"), 1.2, closed=True)
    canvas.line(box, ink("8c6a42"), 1, closed=True)


def _camera(canvas: Canvas, x: float, y: float, k: float) -> None:
    """Stand a cine camera with two film magazines on its legs."""
    dark, light = ink("2c2a30"), ink("8b8790")
    for dx in (-46, 0, 46):
        canvas.fill(
            tube([[x, y - 120 * k], [x + dx * k, y]], (9 * k, 7 * k)),
            ramp([(x - 40, ink("b87a42")), (x + 40, ink("5a3218"))], axis="x"),
        )
    body = rect(x - 52 * k, y - 196 * k, 104 * k, 78 * k)
    for dx in (-26, 34):
        canvas.fill(
            oval(x + dx * k, y - 226 * k, 40 * k, 40 * k),
            ramp([(y - 266 * k, light), (y - 186 * k, dark)]),
        )
        canvas.line(oval(x + dx * k, y - 226 * k, 40 * k, 40 * k), ink("151318"), 1.5, closed=True)
        canvas.line(oval(x + dx * k, y - 226 * k, 27 * k, 27 * k), ink("a8a3aa"), 1.2, closed=True)
        canvas.fill(oval(x + dx * k, y - 226 * k, 8 * k, 8 * k), ink("d8b36a"))
    canvas.fill(body, mottled(ramp([(y - 196 * k, ink("5a565e")), (y - 118 * k, dark)]), 4, 8, 5))
    canvas.line(body, ink("151318"), 1.5, closed=True)
    canvas.line(body[:2], ink("c6c0c6"), 1.4)
    for r, tone in ((30, "1c1a20"), (24, "6e6a72"), (19, "1c2438"), (11, "3f5f96")):
        canvas.fill(oval(x - 60 * k, y - 156 * k, r * k * 0.8, r * k), ink(tone))
    canvas.fill(oval(x - 66 * k, y - 164 * k, 4 * k, 5 * k), ink("f0f6ff"))
    canvas.fill(rect(x + 18 * k, y - 178 * k, 22 * k, 30 * k), ink("d8b36a"))
    canvas.line([[x + 52 * k, y - 150 * k], [x + 76 * k, y - 140 * k]], ink("c9c3c6"), 3 * k)
    canvas.fill(oval(x + 78 * k, y - 140 * k, 7 * k, 7 * k), ink("7a3f22"))


def _goods_left(canvas: Canvas) -> None:
    x, y = 486.0, 452.0
    for k, r in enumerate((34, 40, 30)):
        _reel(
            canvas,
            x + 52 + 84 * k,
            y + 116 - r,
            r,
            (ink("b9a88f"), ink("c98f4a"), ink("9aa3a6"))[k],
        )
    _books(canvas, x + 292, y + 118, (15, 22, 12, 18, 26, 14, 20, 16), 84, 3)
    _framed(canvas, x + 14, y + 138, 118, 88, ("6fb1d8", "f6e3b4"), "6f9a4a")
    _framed(canvas, x + 150, y + 146, 84, 80, ("f0a070", "ffe2a0"), "5a4a6a")
    _teddy(canvas, x + 274, y + 230)
    _globe(canvas, x + 282, y + 322)
    _camera(canvas, x + 388, y + 324, 0.94)
    for k in range(3):
        _reel(
            canvas,
            x + 66 + 70 * k,
            y + 286 - (18 if k == 1 else 0),
            32,
            (ink("a7a3a0"), ink("c2703c"), ink("b9a88f"))[k],
        )
    canvas.fill(
        tube(
            curve([[x + 40, y + 318], [x + 110, y + 300], [x + 170, y + 322], [x + 236, y + 306]]),
            (13, 13),
            3,
        ),
        ink("2a2026"),
    )
    for px, py in curve(
        [[x + 40, y + 318], [x + 110, y + 300], [x + 170, y + 322], [x + 236, y + 306]], steps=9
    ):
        canvas.polygon(rect(px - 2.5, py - 4, 6, 8), ink("d9a868"))


def _teddy(canvas: Canvas, x: float, y: float) -> None:
    fur, dark = ink("b9793f"), ink("6d3f1c")
    for shape in (
        oval(x - 26, y - 16, 17, 13, -20),
        oval(x + 26, y - 16, 17, 13, 20),
        oval(x, y - 32, 27, 30),
        oval(x - 26, y - 42, 9, 18, 30),
        oval(x + 26, y - 42, 9, 18, -30),
        oval(x - 18, y - 86, 9, 9),
        oval(x + 18, y - 86, 9, 9),
        oval(x, y - 70, 25, 22),
    ):
        canvas.fill(
            shape,
            mottled(
                ramp([(y - 90, mix(fur, ink("ffe0a0"), 0.4)), (y, mix(fur, dark, 0.4))]), 9, 7, 3
            ),
        )
        canvas.line(shape, dark, 1.2, closed=True)
    canvas.fill(oval(x, y - 63, 12, 9), ink("e6bf8a"))
    canvas.fill(oval(x, y - 67, 4, 3), ink("2a1610"))
    for dx in (-10, 10):
        canvas.fill(oval(x + dx, y - 74, 2.8, 3.2), ink("1c1010"))
        canvas.fill(oval(x + dx - 1, y - 75, 1, 1), ink("ffffff"))
    canvas.fill(
        [
            [x - 15, y - 52],
            [x, y - 47],
            [x + 15, y - 52],
            [x + 14, y - 40],
            [x, y - 46],
            [x - 14, y - 40],
        ],
        ink("b23a3a"),
    )


def _globe(canvas: Canvas, x: float, y: float) -> None:
    canvas.fill(tube([[x - 24, y - 3], [x + 24, y - 3]], (8, 8)), ink("6d3f1c"))
    canvas.fill(tube([[x, y], [x, y - 22]], (8, 6)), ink("a3662f"))
    ball = oval(x, y - 56, 34, 34)
    canvas.fill(ball, ramp([(x - 34, ink("9fd0d8")), (x + 34, ink("2f5a78"))], axis="x"))
    for land in (
        [[-20, -74], [-2, -82], [8, -66], [-6, -54], [-2, -40], [-14, -46], [-24, -60]],
        [[12, -50], [26, -58], [30, -44], [18, -34]],
    ):
        canvas.fill(
            curve(np.array(land) + [x, y], closed=True),
            mottled(ink("b9a558"), 8, 9, 4),
            inside=ball,
        )
    canvas.line(ball, ink("3b2a20"), 1.2, closed=True)
    canvas.line(curve([[x - 10, y - 100], [x + 40, y - 70], [x + 22, y - 18]]), ink("d8a850"), 3)
    canvas.fill(oval(x - 12, y - 70, 8, 6, -30), ink("ffffff"), 0.55, soft=1.5)


def _goods_right(canvas: Canvas) -> None:
    x, y = 1226.0, 452.0
    _books(canvas, x + 10, y + 118, (18, 14, 24, 12, 20), 80, 8)
    _reel(canvas, x + 150, y + 78, 36, ink("c98f4a"))
    _reel(canvas, x + 214, y + 86, 30, ink("b9a88f"))
    _framed(canvas, x + 16, y + 140, 96, 86, ("7fa8d0", "e9e3cf"), "4f7a6a")
    _vase(canvas, x + 176, y + 230)
    _doll_house(canvas, x + 128, y + 322)


def _vase(canvas: Canvas, x: float, y: float) -> None:
    body = curve(
        [
            [x - 12, y - 62],
            [x - 9, y - 50],
            [x - 26, y - 28],
            [x - 18, y],
            [x + 18, y],
            [x + 26, y - 28],
            [x + 9, y - 50],
            [x + 12, y - 62],
        ]
    )
    for k in range(9):
        a = np.radians(-90 + (k - 4) * 17)
        tip = np.array([x + 52 * np.cos(a), y - 60 + 42 * np.sin(a)])
        canvas.line(np.array([[x, y - 58], tip]), ink("5d6b34"), 1.6)
        for j in range(6):
            b = np.radians(60 * j)
            canvas.fill(
                oval(tip[0] + 5 * np.cos(b), tip[1] + 5 * np.sin(b), 5, 4),
                jitter(ink("e8604a") if k % 2 else ink("f4d9c0"), 8, canvas.rng),
            )
        canvas.fill(oval(tip[0], tip[1], 3, 3), ink("f2c24a"))
    canvas.fill(
        body, ramp([(x - 26, ink("e9f0f0")), (x, ink("9fc0d0")), (x + 26, ink("3f6a8a"))], axis="x")
    )
    for dy in (-34, -22):
        canvas.line(
            curve(
                [
                    [x - 24, y + dy],
                    [x - 12, y + dy + 6],
                    [x, y + dy],
                    [x + 12, y + dy + 6],
                    [x + 24, y + dy],
                ]
            ),
            ink("2f5a9a"),
            1.6,
        )
    canvas.line(body, ink("24344a"), 1.2, closed=True)


def _doll_house(canvas: Canvas, x: float, y: float) -> None:
    canvas.fill(rect(x - 62, y - 58, 124, 58), mottled(ink("ecd0b0"), 5, 12, 4))
    canvas.fill(
        [[x - 74, y - 56], [x, y - 100], [x + 74, y - 56]],
        ramp([(y - 100, ink("d46a4a")), (y - 56, ink("8a3a30"))]),
    )
    for dx in (-46, -10, 26):
        canvas.fill(rect(x + dx, y - 46, 20, 22), ink("6fa0b8"))
        canvas.line(rect(x + dx, y - 46, 20, 22), ink("fff6e6"), 2, closed=True)
        canvas.line([[x + dx + 10, y - 46], [x + dx + 10, y - 24]], ink("fff6e6"), 1.2)
    canvas.fill(rect(x - 8, y - 20, 16, 20), ink("7d3f2a"))
    canvas.line([[x - 62, y - 58], [x - 62, y], [x + 62, y], [x + 62, y - 58]], ink("6b3a24"), 1.4)


def _door(canvas: Canvas) -> None:
    x, y, w, h = 1006.0, 440.0, 176.0, PAVEMENT - 440.0
    canvas.fill(
        rect(x, y, w, h),
        mottled(ramp([(x, ink("9a3f38")), (x + w, ink("5e2430"))], axis="x"), 5, 30, 12, 0.3),
    )
    canvas.line(rect(x, y, w, h), ink("2a1018"), 2, closed=True)
    pane = rect(x + 26, y + 30, w - 52, 214)
    canvas.fill(pane, mottled(ramp([(y, ink("ffd992")), (y + 250, ink("c9743a"))]), 6, 60, 16))
    canvas.fill(
        curve(
            [
                [x + 60, y + 244],
                [x + 64, y + 190],
                [x + 80, y + 172],
                [x + 96, y + 190],
                [x + 112, y + 244],
            ]
        ),
        ink("8a4a2a"),
        0.5,
        soft=3,
        inside=pane,
    )
    canvas.line(pane, ink("d0806a"), 5, closed=True)
    canvas.line(rect(x + 23, y + 27, w - 46, 220), ink("3c141c"), 1.4, closed=True)
    for dy in (270, 344):
        panel = rect(x + 26, y + dy, w - 52, 58)
        canvas.fill(panel, mottled(ink("7c3036"), 4, 30, 12))
        canvas.line(panel[[0, 1, 2]], ink("38121c"), 2.4)
        canvas.line(panel[[2, 3, 0]], ink("c06a5c"), 1.6)
    canvas.fill(
        tube([[x + 156, y + 196], [x + 156, y + 258]], (8, 8)),
        ramp([(x + 152, ink("fff0b0")), (x + 162, ink("8a5a20"))], axis="x"),
    )
    card = rect(x + 54, y + 110, 68, 40)
    canvas.line([[x + 60, y + 110], [x + 88, y + 84], [x + 116, y + 110]], ink("4a2a1c"), 1.6)
    canvas.fill(card, mottled(ink("f6ecd4"), 4, 10, 3))
    canvas.line(card, ink("6a3a24"), 2, closed=True)
    _letters(canvas, "OPEN", x + 62, y + 121, 18, ink("8a2f2a"), 52)
    canvas.fill(
        rect(x - 12, PAVEMENT - 14, w + 24, 16),
        ramp([(PAVEMENT - 14, ink("a59aa6")), (PAVEMENT, ink("5a5266"))]),
    )


def _letters(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    height: float,
    fill: Fill,
    width: float = 0.0,
    bold: float = 0.0,
) -> float:
    """Letter a line of text, squeezed to ``width`` if given; give how wide it came out."""
    cover = lettering(text, height, canvas.scale)
    k = height * canvas.scale / cover.shape[0]
    wide = width * canvas.scale if width else cover.shape[1] * k
    size = round(wide), round(height * canvas.scale)
    cover = np.asarray(cv2.resize(cover, size, interpolation=cv2.INTER_AREA), np.float32)
    top, left = round(y * canvas.scale), round(x * canvas.scale)
    if bold:
        edge = round(bold * canvas.scale)
        cover = np.pad(cover, edge)
        round_tip = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * edge + 1,) * 2)
        cover = np.asarray(cv2.dilate(cover, round_tip), np.float32)
        top, left = top - edge, left - edge
    where = slice(top, top + cover.shape[0]), slice(left, left + cover.shape[1])
    canvas.blend(where, np.asarray(cover, np.float32), fill)
    return size[0] / canvas.scale


def _glass(canvas: Canvas) -> None:
    for x, w in ((486, 470), (1226, 250)):
        pane = rect(x, 452, w, 330)
        for dx, wide in ((0.12, 60), (0.34, 22), (0.72, 90)):
            left = x + w * dx
            canvas.fill(
                [[left, 782], [left + 150, 452], [left + 150 + wide, 452], [left + wide, 782]],
                ink("dfe8ff"),
                0.10,
                inside=pane,
                soft=2,
                mode="screen",
            )
        canvas.line(pane, ink("17343a"), 6, closed=True)
        canvas.line(rect(x + 2, 454, w - 4, 326), ink("6aa396"), 1.2, closed=True)
        for t in (0.5,) if w < 300 else (1 / 3, 2 / 3):
            canvas.line([[x + w * t, 452], [x + w * t, 782]], ink("17343a"), 6)
            canvas.line([[x + w * t - 3, 452], [x + w * t - 3, 782]], ink("6aa396"), 1)


def _awning(canvas: Canvas, left: float, right: float, y: float) -> None:
    count = 26
    step = (right - left) / count
    for k in range(count):
        tone = ink("c4473c") if k % 2 else ink("f1e3cc")
        top = [left + 20 + k * (right - left - 40) / count, y]
        top2 = [left + 20 + (k + 1) * (right - left - 40) / count, y]
        low, low2 = (
            [left - 14 + k * (step + 28 / count), y + 62],
            [left - 14 + (k + 1) * (step + 28 / count), y + 62],
        )
        canvas.fill(
            [top, top2, low2, low],
            mottled(
                ramp(
                    [(y, mix(tone, ink("4a3f6a"), 0.42)), (y + 62, mix(tone, ink("7a5a80"), 0.18))]
                ),
                4,
                30,
                4,
            ),
        )
        lip = np.vstack(
            [
                [low, low2],
                curve(
                    [
                        [low2[0], y + 62],
                        [low2[0] - 2, y + 80],
                        [(low[0] + low2[0]) / 2, y + 88],
                        [low[0] + 2, y + 80],
                        [low[0], y + 62],
                    ]
                ),
            ]
        )
        canvas.fill(
            lip,
            ramp(
                [(y + 62, mix(tone, ink("ffc890"), 0.15)), (y + 88, mix(tone, ink("a06a6a"), 0.3))]
            ),
        )
        canvas.line(lip, ink("5c3040"), 0.9)
    canvas.line([[left - 14, y + 62], [right + 14, y + 62]], ink("6a3a44"), 1.2)
    canvas.fill(rect(left, y + 90, right - left, 26), ink("2a1a30"), 0.5, soft=9, mode="multiply")


def _sign(canvas: Canvas) -> None:
    board = rect(446, 288, 1068, 98)
    canvas.fill(rect(446, 300, 1068, 100), ink("1a1428"), 0.5, soft=7)
    canvas.fill(board, mottled(ramp([(288, ink("2a4a52")), (386, ink("16303a"))]), 4, 50, 9, 4))
    canvas.line(board, ink("c99a4a"), 4, closed=True)
    canvas.line(rect(456, 298, 1048, 78), ink("c99a4a"), 1.2, closed=True)
    text = "THE CUTTING ROOM"
    width = lettering(text, 46, 2).shape[1] / 2
    x = 980 - width / 2
    _letters(canvas, text, x + 3, 318, 46, ink("0a161c"), bold=2.5)
    _letters(canvas, text, x, 314, 46, ink("6d4a1c"), bold=2.5)
    gold = mottled(
        ramp(
            [(312, ink("fff2c0")), (334, ink("f2c66a")), (338, ink("d59a3c")), (362, ink("ffe3a0"))]
        ),
        4,
        30,
        4,
    )
    _letters(canvas, text, x, 314, 46, gold, bold=1.0)
    for cx in (x - 70, x + width + 62):
        _reel(canvas, cx, 337, 30, ink("c9a45a"))


def _left_wall(canvas: Canvas) -> None:
    for x, y, w, h, tones in (
        (70, 420, 130, 190, ("f0dfb6", "c7503c", "2f5a78")),
        (226, 452, 120, 164, ("d9e4dc", "3f6a5a", "d89a3a")),
    ):
        canvas.fill(rect(x + 3, y + 4, w, h), ink("1c1428"), 0.5, soft=3)
        canvas.fill(rect(x, y, w, h), mottled(ink(tones[0]), 6, 30, 5))
        picture = rect(x + 10, y + 12, w - 20, h * 0.62)
        canvas.fill(
            picture,
            ramp([(y, ink(tones[2])), (y + h * 0.7, mix(ink(tones[2]), ink("ffe0a0"), 0.75))]),
        )
        if w == 130:
            canvas.fill(oval(x + w / 2, y + 84, 34, 34), ink("f6c95a"), inside=picture)
            canvas.fill(
                np.vstack(
                    [
                        curve([[x, y + 110], [x + 40, y + 88], [x + 80, y + 112], [x + w, y + 92]]),
                        [[x + w, y + 140], [x, y + 140]],
                    ]
                ),
                ink(tones[1]),
                inside=picture,
            )
        else:
            canvas.fill(
                curve(
                    [
                        [x + 38, y + 112],
                        [x + 36, y + 70],
                        [x + 60, y + 34],
                        [x + 84, y + 70],
                        [x + 82, y + 112],
                    ]
                ),
                ink(tones[1]),
                inside=picture,
            )
            canvas.fill(oval(x + 60, y + 62, 13, 15), ink("f3d2ac"), inside=picture)
            for dx in (-5, 5):
                canvas.fill(oval(x + 60 + dx, y + 61, 1.8, 2.4), ink("3a2a30"))
            canvas.line(
                curve([[x + 56, y + 70], [x + 60, y + 72], [x + 64, y + 70]]), ink("a04a40"), 1
            )
        _letters(
            canvas,
            "NEW REEL" if w == 130 else "FESTIVAL",
            x + 14,
            y + h * 0.72,
            17,
            ink(tones[1]),
            w - 28,
        )
        for k in range(2):
            canvas.line(
                [[x + 16, y + h * 0.86 + 9 * k], [x + w - 16 - 20 * k, y + h * 0.86 + 9 * k]],
                mix(ink(tones[0]), ink("40303a"), 0.5),
                2,
            )
    canvas.fill(
        tube([[404, 0], [404, 250], [404, 560], [404, PAVEMENT]], (18, 18)),
        ramp([(395, ink("7d86a0")), (413, ink("2c2f4a"))], axis="x"),
    )
    for y in (130, 430, 700):
        canvas.fill(
            rect(392, y, 24, 10), ramp([(392, ink("98a0b4")), (416, ink("33364f"))], axis="x")
        )


def _right_wall(canvas: Canvas) -> None:
    rng = np.random.default_rng(5)
    x = 1786.0
    canvas.fill(rect(x - 22, 400, 170, PAVEMENT - 400), mottled(ink("8d8294"), 5, 24, 4))
    canvas.fill(
        rect(x - 8, 414, 150, PAVEMENT - 414),
        mottled(ramp([(x, ink("3f5a86")), (x + 140, ink("273762"))], axis="x"), 5, 24, 6, 0.4),
    )
    for dy in (20, 190, 330):
        canvas.line(
            rect(x + 8, 430 + dy, 116, 110 if dy > 20 else 140), ink("1a2646"), 2.4, closed=True
        )
        canvas.line(
            rect(x + 10, 432 + dy, 116, 110 if dy > 20 else 140), ink("7f96c0"), 1, closed=True
        )
    canvas.fill(oval(x + 22, 660, 6, 6), ink("f0d080"))
    for _ in range(120):
        px = 1560 + 170 * float(rng.random()) ** 1.4 + float(rng.normal(0, 12))
        py = PAVEMENT - 30 - (PAVEMENT - 260) * float(rng.random()) * (1 - (px - 1540) / 420)
        clump(
            canvas,
            px,
            py,
            float(rng.uniform(12, 24)),
            float(rng.uniform(10, 20)),
            (ink("15282e"), ink("22443c"), ink("3f6a48"), ink("7f9a5a")),
            4.2,
            0.8,
        )


def _lean(x: float, y: float) -> float:
    """Spread the joints between paving stones towards the viewer."""
    return x + (x - 960) * (y - PAVEMENT) * 0.0006


def _pavement(canvas: Canvas) -> None:
    canvas.fill(
        rect(0, PAVEMENT, WIDTH, KERB - PAVEMENT),
        mottled(ramp([(PAVEMENT, ink("6d6684")), (KERB, ink("8d86a0"))]), 6, 50, 21, 2),
    )
    rng = canvas.rng
    rows = (PAVEMENT, 890, 920, 962, KERB)
    for i, (a, b) in enumerate(pairwise(rows)):
        wide = 82 + 22 * i
        for x in np.arange(-90 + (i % 2) * wide / 2, WIDTH + 120, wide):
            stone = np.array(
                [
                    [_lean(x, a), a],
                    [_lean(x + wide, a), a],
                    [_lean(x + wide, b), b],
                    [_lean(x, b), b],
                ]
            )
            canvas.fill(stone, jitter(ink("7d7694"), 9, rng), 0.42)
            canvas.line(stone, ink("4a4462"), 1.3, closed=True)
            canvas.line(stone[:2] + [0, 1.4], ink("a9a2b8"), 0.7)
    canvas.brush(
        rect(0, PAVEMENT, WIDTH, KERB - PAVEMENT), 3200, 40, 6, 0, vary=6, alpha=0.45, spread=5
    )
    canvas.fill(
        rect(0, KERB, WIDTH, 22),
        ramp([(KERB, ink("b5aec0")), (KERB + 5, ink("837c98")), (KERB + 22, ink("4a4560"))]),
    )
    for x in np.arange(40, WIDTH, 190.0):
        canvas.line([[x, KERB], [x + 3, KERB + 22]], ink("3f3a56"), 1.4)
    canvas.fill(
        rect(0, KERB + 22, WIDTH, 40),
        mottled(ramp([(KERB + 22, ink("2c2a42")), (1080, ink("47445e"))]), 5, 16, 22, 2),
    )
    for k in range(3):
        for x in np.arange(-20 + 14 * (k % 2), WIDTH, 28.0):
            canvas.fill(
                oval(x + 13, KERB + 32 + 12 * k, 12.5, 5.5), jitter(ink("56526c"), 7, rng), 0.8
            )
    for x0, x1, soft, alpha in ((470, 1490, 26, 0.34), (500, 950, 20, 0.2), (1236, 1470, 20, 0.2)):
        spill = np.array(
            [
                [x0, PAVEMENT],
                [x1, PAVEMENT],
                [x1 + (x1 - 960) * 0.3 + 20, 1004],
                [x0 + (x0 - 960) * 0.3 - 20, 1004],
            ]
        )
        canvas.fill(
            spill,
            ramp([(PAVEMENT, ink("ffb868")), (1010, ink("6a4434"))]),
            alpha,
            soft=soft,
            mode="screen",
        )
    canvas.fill(rect(0, PAVEMENT - 2, WIDTH, 8), ink("2a2340"), 0.55, soft=3, mode="multiply")


def _pots(canvas: Canvas) -> None:
    for x, y, k in ((428, 884, 1.0), (1530, 886, 1.05), (1610, 892, 0.8), (60, 890, 1.2)):
        canvas.fill(oval(x + 6, y + 2, 42 * k, 8 * k), ink("1f1a34"), 0.6, soft=4)
        pot = np.array(
            [[x - 30 * k, y - 58 * k], [x + 30 * k, y - 58 * k], [x + 22 * k, y], [x - 22 * k, y]]
        )
        canvas.fill(
            pot,
            mottled(
                ramp(
                    [(x - 30 * k, ink("8a4a3c")), (x, ink("c47850")), (x + 30 * k, ink("5e3038"))],
                    axis="x",
                ),
                6,
                14,
                8,
            ),
        )
        canvas.fill(
            rect(x - 34 * k, y - 68 * k, 68 * k, 14 * k),
            ramp(
                [(x - 34 * k, ink("9c5844")), (x, ink("d88f60")), (x + 34 * k, ink("6a3a3c"))],
                axis="x",
            ),
        )
        canvas.line(pot, ink("3a1c28"), 1.1, closed=True)
        for dx, dy, r in ((-16, -88, 24), (16, -92, 26), (0, -116, 26), (-6, -84, 20)):
            clump(
                canvas,
                x + dx * k,
                y + dy * k,
                r * k,
                r * k * 0.9,
                tinted(SUMMER, ink("2a2550"), 0.3),
                4.4 * k,
            )
        for _ in range(12):
            px, py = (
                x + float(canvas.rng.normal(0, 17)) * k,
                y + float(canvas.rng.normal(-98, 14)) * k,
            )
            for j in range(5):
                a = np.radians(72 * j)
                canvas.polygon(
                    oval(px + 3.4 * np.cos(a), py + 3 * np.sin(a), 2.8, 2.4, n=10),
                    jitter(ink("e0608a") if x < 900 else ink("f0d0e0"), 10, canvas.rng),
                )
            canvas.polygon(oval(px, py, 1.7, 1.6, n=8), ink("ffd860"))


def _lamp(canvas: Canvas, x: float) -> None:
    iron = ramp(
        [(x - 12, ink("4a4a68")), (x - 3, ink("6f6f92")), (x + 14, ink("17152a"))], axis="x"
    )
    canvas.fill(oval(x + 8, 948, 44, 9), ink("1f1a34"), 0.6, soft=4)
    canvas.fill(tube([[x, 944], [x, 880], [x, 500], [x, 330]], (26, 15, 12, 10)), iron)
    for y, w, h in ((936, 44, 14), (884, 32, 10), (700, 22, 8), (420, 20, 8), (334, 30, 8)):
        canvas.fill(rect(x - w / 2, y - h / 2, w, h), iron)
        canvas.line([[x - w / 2, y - h / 2], [x + w / 2, y - h / 2]], ink("9a9ab8"), 1)
    canvas.fill(
        [[x - 20, 328], [x + 20, 328], [x + 34, 240], [x - 34, 240]],
        ramp([(240, ink("fff8d8")), (328, ink("ffcb70"))]),
    )
    canvas.fill(oval(x, 286, 11, 22), ink("ffffff"), soft=4)
    for dx0, dx1 in ((-20, -34), (20, 34), (0, 0)):
        canvas.line([[x + dx0, 328], [x + dx1, 240]], ink("24223a"), 3)
    canvas.fill([[x - 42, 240], [x + 42, 240], [x + 14, 204], [x - 14, 204]], iron)
    canvas.fill(oval(x, 198, 9, 10), iron)
    canvas.line([[x - 42, 240], [x + 42, 240]], ink("b9a68a"), 1.6)


def _light(canvas: Canvas) -> None:
    """Lay dusk over everything, and the lamps' light over dusk."""

    def dusk(x: Floats, y: Floats) -> Floats:
        far = np.clip(np.hypot((x - 980) / 1100, (y - 640) / 700), 0, 1.2)[..., None]
        near, away = np.array([255, 255, 255], np.float32), np.array([222, 186, 182], np.float32)
        return np.asarray(near + (away - near) * far, np.float32)

    canvas.fill(rect(0, 0, WIDTH, HEIGHT), dusk, mode="multiply")
    canvas.glow(1690, 286, 430, ink("ffc878"), 0.62)
    canvas.glow(1690, 286, 110, ink("fff0c0"), 0.7)
    canvas.glow(720, 620, 560, ink("ff9f4a"), 0.34)
    canvas.glow(1350, 620, 430, ink("ff9f4a"), 0.32)
    canvas.glow(1092, 600, 300, ink("ffae5a"), 0.16)
