"""The table: teapot, books, fruit, a clock and a jewel box on a woven cloth."""

# A list added to an array of points moves them.
# ruff: noqa: RUF005

from __future__ import annotations

import numpy as np

from sample_data.nature import SUMMER, clump
from sample_data.paint import (
    Canvas,
    Colour,
    Field,
    Floats,
    Pixels,
    curve,
    ink,
    jitter,
    mix,
    mottled,
    noise_at,
    oval,
    oval_at,
    ramp,
    rect,
    tube,
)

WIDTH, HEIGHT = 1920, 804
EDGE = 400.0
LINE = ink("2d1a1c")


def paint_table(seed: int) -> Pixels:
    """Paint the picture between the bars, ``(804, 1920, 3)``."""
    canvas = Canvas.new(WIDTH, HEIGHT, seed=seed)
    _wall(canvas)
    _cloth(canvas)
    _clock(canvas, 1010, 240)
    _books(canvas)
    _jewel_box(canvas, 1560, 560)
    _teapot(canvas, 500, 470)
    _bowl(canvas, 1020, 590)
    _cup(canvas, 240, 640)
    _loose(canvas)
    _light(canvas)
    return canvas.reduced()


def _ball(x: float, y: float, r: float, light: Colour, base: Colour, dark: Colour) -> Field:
    """Shade a sphere lit from the upper left, with bounced light below."""

    def field(px: Floats, py: Floats) -> Floats:
        u, v = (px - x) / r, (py - y) / r
        z = np.sqrt(np.maximum(0.02, 1 - u * u - v * v))
        lit = np.clip(-0.55 * u - 0.55 * v + 0.62 * z, 0, 1)[..., None]
        bounce = np.clip(0.5 * v + 0.2 * u - 0.25, 0, 1)[..., None] * 0.5
        low = (
            np.array(dark, np.float32) * (1 - bounce)
            + np.array(mix(dark, ink("e0a070"), 0.6), np.float32) * bounce
        )
        mid = np.array(base, np.float32)
        t = np.clip(lit * 2, 0, 1)
        colour = low * (1 - t) + mid * t
        t = np.clip(lit * 2 - 1, 0, 1) ** 1.2
        return np.asarray(
            colour * (1 - t)
            + np.array(light, np.float32) * t
            + noise_at(px, py, 14, 44)[..., None] * 3,
            np.float32,
        )

    return field


def _shadow(canvas: Canvas, x: float, y: float, rx: float, ry: float) -> None:
    canvas.fill(
        oval(x + rx * 0.45, y, rx * 1.15, ry * 1.2), ink("56406e"), 0.7, soft=13, mode="multiply"
    )
    canvas.fill(
        oval(x + rx * 0.1, y, rx * 0.95, ry * 0.7), ink("3a2440"), 0.75, soft=4, mode="multiply"
    )


def _wall(canvas: Canvas) -> None:
    def paper(x: Floats, y: Floats) -> Floats:
        base = ramp([(0, ink("8fb0a2")), (960, ink("6f9490")), (1920, ink("4a6a76"))], axis="x")(
            x, y
        )
        stripe = (np.mod(x, 96) < 48)[..., None] * np.array([-10, -9, -8], np.float32)
        u, v = np.mod(x + 24, 96) - 48, np.mod(y + 40 * (np.mod(x + 24, 192) < 96), 110) - 55
        a, r = np.arctan2(v, u), np.hypot(u, v)
        petal = np.clip((13 + 6 * np.cos(5 * a) - r) * 0.7, 0, 1)[..., None]
        leaf = np.clip(
            6 - np.hypot((np.abs(u) - 19) * 0.6, (v - 18 + np.abs(u) * 0.3) * 1.4), 0, 1
        )[..., None]
        dot = np.clip(5 - r, 0, 1)[..., None]
        base = base + stripe
        base = base * (1 - 0.7 * petal) + np.array(ink("e3cfa8"), np.float32) * 0.7 * petal
        base = base * (1 - 0.5 * leaf) + np.array(ink("46716a"), np.float32) * 0.5 * leaf
        return np.asarray(
            base * (1 - 0.7 * dot) + np.array(ink("b96a4c"), np.float32) * 0.7 * dot, np.float32
        )

    wall = rect(0, 0, WIDTH, EDGE + 10)
    canvas.fill(wall, mottled(paper, 4, 60, 3))
    canvas.brush(wall, 3400, 34, 9, 80, vary=4, alpha=0.35, spread=30)
    for k in range(2):
        for j in range(2):
            x, y = 300 + 190 * k, -40 + 190 * j
            canvas.fill(
                [[x, y], [x + 165, y + 30], [x + 215, y + 200], [x + 50, y + 170]],
                ink("ffe9b4"),
                0.26,
                soft=6,
                inside=wall,
                mode="screen",
            )
    _picture(canvas, 1330, 24, 300, 200)
    _curtain(canvas)


def _curtain(canvas: Canvas) -> None:
    """Gather a flowered curtain at the left edge."""
    edge = curve([[150, -10], [168, 90], [120, 210], [84, 300], [120, 412]])
    shape = np.vstack([edge, [[-10, 412], [-10, -10]]])
    canvas.fill(shape + [26, 10], ink("2f4a4a"), 0.5, soft=14, inside=rect(0, 0, WIDTH, EDGE))

    def linen(x: Floats, y: Floats) -> Floats:
        side = np.interp(y, edge[:, 1], edge[:, 0]).astype(np.float32)
        u = x / side * 5.2
        fold = np.sin(u * 2 * np.pi / 1.3 + 0.6 * np.sin(y / 90))
        base = np.array(ink("ecd9b0"), np.float32) + (fold * 26 - 8)[..., None] * np.array(
            [1.1, 1.0, 0.85]
        )
        a, b = np.mod(u * 30, 46) - 23, np.mod(y + 23 * np.floor(u * 30 / 46), 54) - 27
        r, turn = np.hypot(a, b), np.arctan2(b, a)
        petal = np.clip((11 + 4 * np.cos(5 * turn) - r) * 0.7, 0, 1)[..., None] * 0.85
        heart = np.clip(4 - r, 0, 1)[..., None]
        rose = np.array(ink("c2574a"), np.float32) + (fold * 22)[..., None]
        base = base * (1 - petal) + rose * petal
        return np.asarray(
            base * (1 - heart) + np.array(ink("f0c860"), np.float32) * heart, np.float32
        )

    canvas.fill(shape, linen)
    canvas.line(edge, LINE, 1.8)
    tie = tube([[-10, 292], [40, 306], [98, 296]], (26, 24, 22))
    canvas.fill(tie, mottled(ramp([(280, ink("d0604e")), (316, ink("7a2a30"))]), 5, 14, 4))
    canvas.line(tie, LINE, 1.6, closed=True)


def _picture(canvas: Canvas, x: float, y: float, w: float, h: float) -> None:
    canvas.fill(rect(x + 14, y + 16, w, h), ink("2f3f4a"), 0.5, soft=9)
    canvas.fill(
        rect(x, y, w, h),
        mottled(ramp([(y, ink("d8a552")), (y + h, ink("7a4a20"))], rough=5), 7, 12, 3),
    )
    canvas.line(rect(x, y, w, h), LINE, 1.6, closed=True)
    canvas.line(rect(x + 9, y + 9, w - 18, h - 18), ink("f2cf84"), 1.4, closed=True)
    box = rect(x + 22, y + 22, w - 44, h - 44)
    canvas.fill(box, ramp([(y + 22, ink("4f7fb4")), (y + h - 40, ink("f7dca4"))]))
    for base, tone in ((0.56, "7f93b0"), (0.66, "6a8a6a"), (0.8, "4f6f3f")):
        line = curve(
            [[x + w * k / 5, y + h * (base + 0.05 * np.sin(k * 2.3 + base * 9))] for k in range(6)]
        )
        canvas.fill(
            np.vstack([line, [[x + w, y + h], [x, y + h]]]),
            mottled(ink(tone), 8, 14, 4),
            inside=box,
        )
    canvas.fill(
        [[x + 190, y + 150], [x + 196, y + 86], [x + 210, y + 86], [x + 216, y + 150]],
        ink("f6ead6"),
        inside=box,
    )
    canvas.fill(
        [[x + 193, y + 122], [x + 194, y + 104], [x + 212, y + 104], [x + 213, y + 122]],
        ink("c9483c"),
        inside=box,
    )
    canvas.fill(
        [[x + 194, y + 86], [x + 203, y + 70], [x + 212, y + 86]], ink("8a3a3a"), inside=box
    )
    canvas.brush(box, 260, 16, 4, 0, vary=9, alpha=0.5)
    canvas.line(box, LINE, 1.4, closed=True)


def _cloth(canvas: Canvas) -> None:
    def weave(x: Floats, y: Floats) -> Floats:
        depth = 620 / (y - EDGE + 260)
        u, v = (x - 960) * depth, 1500 * (1 - depth)
        cream, red = np.array(ink("efe2c6"), np.float32), np.array(ink("b23a36"), np.float32)
        blue, gold = np.array(ink("2f4f7a"), np.float32), np.array(ink("d9a544"), np.float32)
        cu, cv = np.mod(u, 150) - 75, np.mod(v, 150) - 75
        colour = np.broadcast_to(cream, (*x.shape, 3)).copy()

        def put(where: Floats, tone: Floats) -> None:
            m = np.clip(where, 0, 1)[..., None]
            colour[...] = colour * (1 - m) + tone * m

        diamond = np.abs(cu) + np.abs(cv)
        put((66 - diamond) * 0.6, red)
        put((56 - diamond) * 0.6, cream)
        r, a = np.hypot(cu, cv), np.arctan2(cv, cu)
        put((24 + 12 * np.cos(8 * a) - r) * 0.6, blue)
        put((13 + 4 * np.cos(8 * a) - r) * 0.7, gold)
        put((6 - r) * 0.8, red)
        for du, dv in ((75, 75), (75, -75), (-75, 75), (-75, -75)):
            q = np.hypot(cu - du, cv - dv)
            b = np.arctan2(cv - dv, cu - du)
            put((19 + 7 * np.cos(4 * b) - q) * 0.6, red)
            put((9 - q) * 0.7, gold)
        edge = np.abs(np.mod(u, 150) - 75)
        put((np.abs(edge - 75) < 2.2) * 0.9 * np.ones_like(x), blue)
        put((np.abs(np.abs(cv) - 75) < 2.2) * 0.9 * np.ones_like(x), blue)
        threads = 5 * np.sin(u * 1.45) * np.sin(v * 1.45)
        folds = 9 * np.sin(x / 170 + y / 60) + 7 * np.sin(x / 63 - y / 90) * np.clip(
            (y - 560) / 200, 0, 1
        )
        shade = ramp(
            [(0, (24.0, 26.0, 30.0)), (900, (0.0, 0.0, 0.0)), (1920, (-34.0, -52.0, -58.0))],
            axis="x",
        )(x, y)
        return np.asarray(colour * 0.93 + (threads + folds)[..., None] + shade, np.float32)

    table = rect(0, EDGE, WIDTH, HEIGHT - EDGE)
    canvas.fill(table, weave)
    canvas.fill(rect(0, EDGE - 4, WIDTH, 10), ink("3a2b3a"), 0.5, soft=3)
    canvas.fill(
        rect(0, EDGE, WIDTH, 60),
        ramp([(EDGE, ink("8d8aa8")), (EDGE + 60, ink("ffffff"))]),
        0.6,
        mode="multiply",
    )


def _clock(canvas: Canvas, x: float, y: float) -> None:
    """Draw a mantel clock by hand."""
    _shadow(canvas, x, y + 208, 130, 18)
    wood = ramp(
        [(x - 130, ink("d29a5c")), (x - 40, ink("9a5a2c")), (x + 130, ink("4a2418"))], axis="x"
    )
    case = curve(
        [
            [x - 118, y + 190],
            [x - 118, y],
            [x - 96, y - 74],
            [x, y - 134],
            [x + 96, y - 74],
            [x + 118, y],
            [x + 118, y + 190],
        ],
        steps=12,
    )
    canvas.fill(case, mottled(wood, 8, 30, 5, 0.3))
    canvas.brush(case, 300, 50, 4, 88, vary=9, alpha=0.5, spread=4)
    canvas.line(case, LINE, 2)
    canvas.line(
        curve(
            [
                [x - 104, y + 180],
                [x - 104, y + 4],
                [x - 84, y - 64],
                [x, y - 116],
                [x + 84, y - 64],
                [x + 104, y + 4],
                [x + 104, y + 180],
            ]
        ),
        ink("ecc07a"),
        1.5,
    )
    canvas.fill(rect(x - 140, y + 184, 280, 26), mottled(wood, 6, 20, 5, 3))
    canvas.line(rect(x - 140, y + 184, 280, 26), LINE, 1.8, closed=True)
    canvas.line([[x - 138, y + 186], [x + 138, y + 186]], ink("f2c98a"), 1.4)
    for r, tone in ((92, "7a4a1c"), (88, "f0c566"), (80, "8a5a20")):
        canvas.fill(oval(x, y + 4, r, r), ink(tone))
    canvas.fill(
        oval(x, y + 4, 77, 77),
        mottled(ramp([(y - 70, ink("fff8e4")), (y + 80, ink("e0cda4"))]), 3, 30, 6),
    )
    for k in range(60):
        a = np.radians(6 * k - 90)
        c = np.array([np.cos(a), np.sin(a)])
        inner = 64 if k % 5 else 58
        canvas.line(
            [np.array([x, y + 4]) + c * inner, np.array([x, y + 4]) + c * 71],
            LINE,
            3 if k % 5 == 0 else 1,
        )
    numerals = ("XII", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")
    for k, text in enumerate(numerals):
        _roman(canvas, text, x, y + 4, np.radians(30 * k))
    for turn, long, width in ((305, 34, 5.0), (52, 52, 3.6)):
        a = np.radians(turn - 90)
        tip = np.array([x + long * np.cos(a), y + 4 + long * np.sin(a)])
        canvas.polygon(
            tube(
                [[x, y + 4], (np.array([x, y + 4]) + tip) / 2, tip], (width * 0.7, width * 1.5, 0.5)
            ),
            ink("1f2a4a"),
        )
    canvas.fill(oval(x, y + 4, 5.5, 5.5), ink("c99a3a"))
    canvas.fill(
        curve([[x - 66, y - 26], [x - 40, y - 58], [x + 4, y - 68], [x - 30, y - 48]], closed=True),
        ink("ffffff"),
        0.5,
        soft=3,
    )
    canvas.fill(
        curve(
            [
                [x - 46, y + 176],
                [x - 46, y + 130],
                [x, y + 112],
                [x + 46, y + 130],
                [x + 46, y + 176],
            ]
        ),
        ramp([(y + 112, ink("3a1c14")), (y + 176, ink("6d3a20"))]),
    )
    canvas.line([[x, y + 116], [x + 12, y + 150]], ink("e8b850"), 2.4)
    canvas.fill(
        oval(x + 13, y + 154, 12, 12),
        _ball(x + 13, y + 154, 12, ink("fff2b8"), ink("d9a03a"), ink("7a4a18")),
    )


def _roman(canvas: Canvas, text: str, x: float, y: float, turn: float) -> None:
    widths = {"I": 3.4, "V": 8.0, "X": 8.0}
    total = sum(widths[c] for c in text)
    at = -total / 2
    c, s = np.cos(turn), np.sin(turn)
    spin = np.array([[c, s], [-s, c]])
    for letter in text:
        w = widths[letter]
        shapes = {
            "I": [[[at + w / 2, -5.5], [at + w / 2, 5.5]]],
            "V": [[[at + 0.8, -5.5], [at + w / 2, 5.5]], [[at + w / 2, 5.5], [at + w - 0.8, -5.5]]],
            "X": [[[at + 0.8, -5.5], [at + w - 0.8, 5.5]], [[at + w - 0.8, -5.5], [at + 0.8, 5.5]]],
        }[letter]
        for k, line in enumerate(shapes):
            moved = (np.array(line) + [0, -47.0]) @ spin + [x, y]
            canvas.line(moved, LINE, 1.8 if k == 0 else 1.0)
        at += w


def _books(canvas: Canvas) -> None:
    """Stack four books and stand three against them."""
    _shadow(canvas, 720, 540, 150, 16)
    y = 540.0
    for k, (x, w, h, tone) in enumerate(
        (
            (610, 270, 52, "7a2f34"),
            (622, 246, 40, "2f5560"),
            (600, 262, 46, "b98a3a"),
            (632, 220, 36, "4a5a3a"),
        )
    ):
        y -= h
        base = ink(tone)
        spine = np.vstack(
            [
                curve([[x, y + 2], [x - 9, y + h / 2], [x, y + h - 2]]),
                [[x + w, y + h - 2], [x + w, y + 2]],
            ]
        )
        canvas.fill(
            spine,
            mottled(
                ramp(
                    [
                        (y, mix(base, ink("ffe8c0"), 0.32)),
                        (y + h * 0.35, base),
                        (y + h, mix(base, ink("160c18"), 0.55)),
                    ]
                ),
                5,
                18,
                4,
                3,
            ),
        )
        for t in (0.10, 0.15, 0.85, 0.90):
            canvas.line([[x + w * t, y + 3], [x + w * t, y + h - 3]], ink("e9c878"), 1.6)
        for t in (0.2, 0.78):
            for j in range(4):
                a = np.radians(90 * j + 45)
                canvas.fill(
                    oval(x + w * t + 5 * np.cos(a), y + h / 2 + 5 * np.sin(a), 4, 4), ink("e9c878")
                )
        rng = np.random.default_rng(k)
        for row in range(2 if h > 40 else 1):
            at = x + w * 0.28
            while at < x + w * (0.7 - 0.1 * row):
                long = float(rng.uniform(9, 26))
                canvas.line(
                    [[at, y + h * (0.42 + 0.2 * row)], [at + long, y + h * (0.42 + 0.2 * row)]],
                    ink("f0d48c"),
                    3.2 - row,
                )
                at += long + 7
        canvas.line(spine, LINE, 1.6, closed=True)
    for x, w, h, tone, lean in (
        (770, 36, 190, "5a3a6a", 6),
        (812, 28, 214, "8f4a2a", 8),
        (846, 40, 176, "2f4a6a", 10),
    ):
        base = ink(tone)
        foot = 540
        spine = np.array(
            [
                [x + lean + 60, foot - h],
                [x + lean + w + 60, foot - h],
                [x + w + 60 + lean * 2, foot],
                [x + 60 + lean * 2, foot],
            ]
        )
        canvas.fill(
            spine,
            mottled(
                ramp(
                    [
                        (x + 60, mix(base, ink("ffe8c0"), 0.3)),
                        (x + 60 + w * 0.5, base),
                        (x + 70 + w, mix(base, ink("160c18"), 0.55)),
                    ],
                    axis="x",
                ),
                5,
                14,
                6,
                0.4,
            ),
        )
        for t in (0.08, 0.12, 0.3, 0.34, 0.86):
            a, b = spine[0] * (1 - t) + spine[3] * t, spine[1] * (1 - t) + spine[2] * t
            canvas.line([a, b], ink("e9c878"), 1.6)
        for t in (0.18, 0.24):
            a, b = spine[0] * (1 - t) + spine[3] * t, spine[1] * (1 - t) + spine[2] * t
            canvas.line([a * 0.75 + b * 0.25, a * 0.25 + b * 0.75], ink("f4dc9c"), 2.6)
        canvas.line(spine, LINE, 1.6, closed=True)


def _teapot(canvas: Canvas, x: float, y: float) -> None:
    """Paint a white pot with blue flowers."""
    _shadow(canvas, x, y + 128, 150, 22)
    white, blue, deep = ink("fdfaf2"), ink("c2cdd8"), ink("6d7796")
    spout = tube(
        [[x + 110, y + 50], [x + 176, y + 30], [x + 196, y - 40], [x + 238, y - 76]],
        (84, 52, 34, 26),
    )
    canvas.fill(spout, ramp([(y - 80, white), (y + 20, blue), (y + 90, deep)]))
    canvas.line(spout, ink("2f3a5a"), 2, closed=True)
    canvas.fill(oval(x + 240, y - 78, 13, 7, -55), ink("4a4a62"))
    handle = tube(
        [[x - 118, y - 40], [x - 214, y - 60], [x - 222, y + 30], [x - 128, y + 76]],
        (24, 22, 22, 26),
    )
    canvas.fill(handle, ramp([(x - 230, white), (x - 110, deep)], axis="x"))
    canvas.line(handle, ink("2f3a5a"), 2, closed=True)
    body = curve(
        [
            [x - 70, y - 92],
            [x - 148, y - 10],
            [x - 130, y + 88],
            [x - 66, y + 130],
            [x + 66, y + 130],
            [x + 130, y + 88],
            [x + 148, y - 10],
            [x + 70, y - 92],
            [x, y - 102],
        ],
        closed=True,
    )
    canvas.fill(body, _ball(x - 6, y + 14, 165, ink("ffffff"), ink("e3e6ea"), ink("66719a")))
    cobalt = ink("2c4c9a")
    for yy, bow, w in ((-66, 16, 2.4), (-58, 16, 1.2), (98, 22, 2.4), (106, 22, 1.2)):
        canvas.fill(
            tube(
                curve([[x - 150, y + yy - bow], [x, y + yy + bow * 0.4], [x + 150, y + yy - bow]])[
                    ::4
                ],
                (w, w, w),
                3,
            ),
            cobalt,
            0.85,
            inside=body,
        )
    for k, (dx, dy, r) in enumerate(
        (
            (-66, 18, 30),
            (14, 26, 40),
            (92, 10, 26),
            (-20, -30, 16),
            (58, -34, 15),
            (-104, -26, 14),
            (-34, 72, 17),
            (66, 76, 16),
        )
    ):
        for j in range(7):
            a = np.radians(360 / 7 * j + 20 * k)
            canvas.fill(
                oval(
                    x + dx + r * 0.58 * np.cos(a),
                    y + dy + r * 0.58 * np.sin(a),
                    r * 0.42,
                    r * 0.25,
                    360 / 7 * j + 20 * k,
                ),
                mix(cobalt, white, 0.12 + 0.1 * (j % 3)),
                0.9,
                inside=body,
            )
        canvas.fill(oval(x + dx, y + dy, r * 0.25, r * 0.25), ink("e8b84a"), inside=body)
        for s in (-1, 1):
            vine = curve(
                [
                    [x + dx, y + dy + r * 0.5],
                    [x + dx + s * r * 0.9, y + dy + r * 1.1],
                    [x + dx + s * r * 1.5, y + dy + r * 0.7],
                ]
            )
            canvas.fill(
                tube(vine[::4], (1.6, 1.4, 0.4), 3),
                mix(cobalt, ink("3f7a6a"), 0.5),
                0.9,
                inside=body,
            )
            canvas.fill(
                oval_at(vine[-1], r * 0.28, r * 0.13, 40 * s),
                mix(cobalt, ink("3f8a6a"), 0.6),
                0.9,
                inside=body,
            )
    canvas.line(body, ink("2f3a5a"), 2.2, closed=True)
    lid = curve(
        [
            [x - 76, y - 88],
            [x - 60, y - 112],
            [x, y - 132],
            [x + 60, y - 112],
            [x + 76, y - 88],
            [x, y - 80],
        ],
        closed=True,
    )
    canvas.fill(lid, ramp([(x - 76, white), (x, ink("e0e4ea")), (x + 76, deep)], axis="x"))
    canvas.line(lid, ink("2f3a5a"), 2, closed=True)
    canvas.line(curve([[x - 66, y - 98], [x, y - 90], [x + 66, y - 98]]), cobalt, 2)
    canvas.fill(
        oval(x, y - 142, 17, 15), _ball(x, y - 142, 17, white, ink("5a78c0"), ink("1f2f6a"))
    )
    canvas.line(oval(x, y - 142, 17, 15), ink("2f3a5a"), 1.8, closed=True)
    canvas.fill(
        curve(
            [[x - 96, y - 26], [x - 70, y - 62], [x - 46, y - 70], [x - 74, y - 30]], closed=True
        ),
        ink("ffffff"),
        0.85,
        soft=4,
    )
    foot = np.array([[x - 88, y + 120], [x + 88, y + 120], [x + 96, y + 138], [x - 96, y + 138]])
    canvas.fill(
        foot, ramp([(x - 96, ink("eef0f4")), (x, ink("b4bccc")), (x + 96, ink("535c80"))], axis="x")
    )
    canvas.line(foot, ink("2f3a5a"), 1.8, closed=True)


def _fruit(canvas: Canvas, x: float, y: float, r: float, tones: tuple[str, str, str]) -> None:
    shape = curve(
        [
            [x - r * 0.25, y - r * 0.92],
            [x - r * 0.9, y - r * 0.55],
            [x - r, y + r * 0.2],
            [x - r * 0.45, y + r * 0.95],
            [x + r * 0.45, y + r * 0.95],
            [x + r, y + r * 0.2],
            [x + r * 0.9, y - r * 0.55],
            [x + r * 0.25, y - r * 0.92],
            [x, y - r * 0.8],
        ],
        closed=True,
    )
    canvas.fill(shape, _ball(x, y, r * 1.08, *(ink(t) for t in tones)))
    for k in range(26):
        a = np.radians(float(canvas.rng.uniform(-160, -20)))
        streak = [
            [x + r * 0.1 * np.cos(a), y - r * 0.7],
            [x + r * 0.7 * np.cos(a), y + r * 0.3 * np.sin(a)],
            [x + r * 0.8 * np.cos(a), y + r * 0.4],
        ]
        canvas.fill(tube(streak, (0.3, 1.6, 0.3), 4), ink(tones[k % 2]), 0.28, inside=shape)
    canvas.fill(
        oval(x - r * 0.36, y - r * 0.42, r * 0.16, r * 0.11, -35), ink("ffffff"), 0.75, soft=1.6
    )
    canvas.line(shape, mix(ink(tones[2]), LINE, 0.6), 1.6, closed=True)
    canvas.polygon(
        tube(
            [[x, y - r * 0.75], [x + r * 0.06, y - r * 1.0], [x + r * 0.2, y - r * 1.2]], (4, 3, 5)
        ),
        ink("5a3820"),
    )


def _orange(canvas: Canvas, x: float, y: float, r: float, tones: tuple[str, str, str]) -> None:
    light, base, dark = (ink(t) for t in tones)
    shape = oval(x, y, r, r * 0.97)
    canvas.fill(shape, _ball(x, y, r * 1.05, light, base, dark))
    rng = np.random.default_rng(round(x))
    for _ in range(200):
        u, v = rng.uniform(-0.95, 0.95, 2)
        if u * u + v * v < 0.86:
            px, py = x + u * r, y + v * r
            canvas.fill(oval(px, py, 1.3, 1.1, n=10), mix(base, dark, 0.4), 0.35)
            canvas.fill(oval(px + 1, py + 1.1, 1.1, 0.9, n=10), mix(base, light, 0.5), 0.45)
    canvas.fill(
        oval(x - r * 0.38, y - r * 0.42, r * 0.2, r * 0.13, -35), ink("fff8e4"), 0.7, soft=3
    )
    canvas.fill(oval(x + r * 0.1, y - r * 0.72, r * 0.1, r * 0.07), ink("5a6a2a"))
    canvas.line(shape, mix(dark, LINE, 0.6), 1.6, closed=True)


def _bowl(canvas: Canvas, x: float, y: float) -> None:
    _shadow(canvas, x, y + 98, 150, 24)
    canvas.fill(oval(x, y - 18, 208, 44), ink("6a4030"))
    red = ("ffb08a", "d2382e", "6a1428")
    green = ("f2f0a8", "a4b83e", "4a6424")
    orange = ("ffe0a0", "ee9434", "a04a18")
    for dx, dy, r, tones in (
        (-120, -60, 56, green),
        (118, -62, 58, red),
        (0, -92, 62, orange),
        (-62, -44, 58, red),
        (66, -36, 56, orange),
    ):
        (_orange if tones is orange else _fruit)(canvas, x + dx, y + dy, r, tones)
    leaf = curve(
        [[x - 54, y - 110], [x - 14, y - 140], [x + 20, y - 126], [x - 20, y - 104]], closed=True
    )
    canvas.fill(leaf, ramp([(y - 140, ink("a8c860")), (y - 104, ink("3f6a3a"))]))
    canvas.line(
        curve([[x - 54, y - 110], [x - 16, y - 122], [x + 20, y - 126]]), ink("2f4a2a"), 1.2
    )
    body = np.vstack(
        [
            curve(
                [
                    [x - 210, y - 18],
                    [x - 170, y + 50],
                    [x - 90, y + 92],
                    [x, y + 100],
                    [x + 90, y + 92],
                    [x + 170, y + 50],
                    [x + 210, y - 18],
                ]
            ),
            curve([[x + 210, y - 18], [x, y + 30], [x - 210, y - 18]]),
        ]
    )

    def glaze(px: Floats, py: Floats) -> Floats:
        base = ramp(
            [(x - 210, ink("8fd0c8")), (x - 60, ink("3f9a9a")), (x + 210, ink("1a3f5a"))], axis="x"
        )(px, py)
        v = py - y + 0.0011 * (px - x) ** 2
        zig = np.abs(np.mod((px - x) / 30, 2) - 1) * 22
        band = ((v > 40) & (v < 76) & (np.abs(v - 46 - zig) < 4.5))[..., None]
        line = ((np.abs(v - 38) < 1.8) | (np.abs(v - 80) < 1.8))[..., None]
        cream = (
            np.array(ink("f2e2b8"), np.float32)
            * np.interp(px, [x - 210, x + 210], [1, 0.55])[..., None]
        )
        return np.asarray(np.where(band | line, cream, base), np.float32)

    canvas.fill(body, mottled(glaze, 4, 20, 7))
    canvas.line(body, LINE, 2, closed=True)
    canvas.fill(
        curve(
            [[x - 176, y + 16], [x - 140, y + 54], [x - 110, y + 66], [x - 150, y + 24]],
            closed=True,
        ),
        ink("ffffff"),
        0.55,
        soft=4,
        inside=body,
    )
    canvas.line(curve([[x - 208, y - 16], [x, y + 31], [x + 208, y - 16]]), ink("bdeee4"), 2)
    _grapes(canvas, x + 150, y - 46)


def _grapes(canvas: Canvas, x: float, y: float) -> None:
    """Hang a bunch over the rim of the bowl."""
    canvas.polygon(tube([[x - 40, y - 22], [x, y - 16], [x + 34, y + 4]], (5, 4, 4)), ink("6a5a2c"))
    for row, count in enumerate((4, 5, 5, 4, 3, 2, 1)):
        for k in range(count):
            gx = x + 27 * (k - (count - 1) / 2) + 8 * row
            gy = y + 21 * row - 3 * (k - (count - 1) / 2) ** 2 * 0.3
            r = 15.5
            canvas.fill(oval(gx + 3, gy + 5, r, r), ink("1c0c28"), 0.5, soft=3)
            canvas.fill(
                oval(gx, gy, r, r), _ball(gx, gy, r, ink("e0c4ee"), ink("7a4a9a"), ink("2a1440"))
            )
            canvas.fill(oval(gx - 5, gy - 6, 3.4, 2.4, -30), ink("ffffff"), 0.85, soft=0.6)
            canvas.line(oval(gx, gy, r, r), ink("2a1438"), 1.1, closed=True)


def _jewel_box(canvas: Canvas, x: float, y: float) -> None:
    _shadow(canvas, x, y + 72, 190, 22)
    wood = ramp([(x - 170, ink("b8683c")), (x + 170, ink("4a1f1c"))], axis="x")
    lid = np.array([[x - 150, y - 190], [x + 150, y - 190], [x + 168, y - 64], [x - 168, y - 64]])
    canvas.fill(lid, mottled(wood, 7, 30, 5, 3))
    canvas.fill(
        np.array([[x - 132, y - 174], [x + 132, y - 174], [x + 146, y - 80], [x - 146, y - 80]]),
        mottled(ramp([(y - 174, ink("8a2a4a")), (y - 80, ink("5a1838"))]), 5, 20, 6),
    )
    for k in range(7):
        for j in range(3):
            px, py = x - 114 + 38 * k + 19 * (j % 2), y - 156 + 28 * j
            if px < x + 130:
                canvas.fill(oval(px, py, 3.2, 3), ink("e8c06a"))
                canvas.line([[px - 19, py - 14], [px, py], [px + 19, py - 14]], ink("4a1230"), 1)
    canvas.line(lid, LINE, 2, closed=True)
    inner = np.array([[x - 168, y - 64], [x + 168, y - 64], [x + 176, y - 30], [x - 176, y - 30]])
    canvas.fill(inner, mottled(ink("4a1430"), 5, 14, 6))
    rng = np.random.default_rng(6)
    for k in range(13):
        t = k / 12
        px, py = x - 120 + 150 * t, y - 48 + 12 * np.sin(t * 7)
        canvas.fill(
            oval(px, py, 8.4, 8.4), _ball(px, py, 9, ink("ffffff"), ink("ecdcd2"), ink("7a6a8c"))
        )
        canvas.fill(oval(px - 3, py - 3, 2, 1.8), ink("ffffff"), 0.9)
        canvas.line(oval(px, py, 8.4, 8.4), ink("5a4458"), 0.9, closed=True)
    for px, tone in ((x + 62, "3fae7a"), (x + 96, "c8304a"), (x + 132, "3f6ac8")):
        canvas.fill(oval(px, y - 44, 15, 14), ink("e0b050"))
        gem = oval(px, y - 48, 11, 10, n=8)
        canvas.fill(
            gem,
            ramp(
                [
                    (y - 58, mix(ink(tone), ink("ffffff"), 0.55)),
                    (y - 38, mix(ink(tone), ink("100818"), 0.4)),
                ]
            ),
        )
        canvas.fill(oval(px - 3, y - 52, 3, 2.4), ink("ffffff"), 0.9)
    front = rect(x - 176, y - 32, 352, 108)
    canvas.fill(front, mottled(wood, 7, 30, 8, 4))
    canvas.brush(front, 300, 46, 4, 0, vary=8, alpha=0.5, spread=3)
    canvas.line(front, LINE, 2.2, closed=True)
    canvas.line([[x - 174, y - 30], [x + 174, y - 30]], ink("f0b880"), 1.6)
    gold = ink("e6bc5c")
    for cx, sx in ((x - 176, 1), (x + 176, -1)):
        for cy, sy in ((y - 32, 1), (y + 76, -1)):
            canvas.fill(
                curve(
                    [
                        [cx, cy],
                        [cx + sx * 46, cy],
                        [cx + sx * 34, cy + sy * 12],
                        [cx + sx * 14, cy + sy * 14],
                        [cx + sx * 12, cy + sy * 34],
                        [cx, cy + sy * 44],
                    ],
                    closed=True,
                    steps=5,
                ),
                mix(gold, ink("7a4a18"), 0.2 if sx > 0 else 0.5),
            )
    for s in (-1, 1):
        for k in range(3):
            turn = np.linspace(0, 4.6, 26)
            r = (26 - 7 * k) * np.exp(-turn * 0.22)
            canvas.line(
                np.stack(
                    [x + s * (92 - 10 * k + r * np.cos(turn)), y + 24 + r * np.sin(turn + 0.6)], 1
                ),
                gold,
                2,
            )
    canvas.fill(oval(x, y + 14, 24, 26), ramp([(y - 12, ink("fff0b0")), (y + 40, ink("8a5a1c"))]))
    canvas.fill(np.vstack([oval(x, y + 10, 5, 5)]), ink("2a1410"))
    canvas.fill([[x - 3, y + 10], [x + 3, y + 10], [x + 5, y + 26], [x - 5, y + 26]], ink("2a1410"))
    canvas.line(oval(x, y + 14, 24, 26), LINE, 1.4, closed=True)
    del rng


def _cup(canvas: Canvas, x: float, y: float) -> None:
    _shadow(canvas, x, y + 66, 130, 20)
    canvas.fill(
        oval(x, y + 56, 140, 32),
        ramp([(x - 140, ink("ffffff")), (x + 140, ink("8a94b4"))], axis="x"),
    )
    canvas.line(oval(x, y + 56, 140, 32), ink("2f3a5a"), 1.8, closed=True)
    canvas.line(oval(x, y + 54, 122, 25), ink("2c4c9a"), 2, closed=True)
    canvas.fill(oval(x, y + 54, 84, 17), ink("a9b2c8"), 0.8, soft=3)
    handle = tube(
        [[x + 78, y - 34], [x + 128, y - 42], [x + 126, y + 12], [x + 66, y + 24]], (13, 12, 12, 13)
    )
    canvas.fill(handle, ramp([(y - 44, ink("ffffff")), (y + 24, ink("707a9c"))]))
    canvas.line(handle, ink("2f3a5a"), 1.8, closed=True)
    body = np.vstack(
        [
            curve(
                [
                    [x - 92, y - 58],
                    [x - 82, y + 6],
                    [x - 42, y + 52],
                    [x + 42, y + 52],
                    [x + 82, y + 6],
                    [x + 92, y - 58],
                ]
            ),
            curve([[x + 92, y - 58], [x, y - 36], [x - 92, y - 58]]),
        ]
    )
    canvas.fill(
        body,
        ramp([(x - 92, ink("ffffff")), (x - 20, ink("eceef0")), (x + 92, ink("737ea2"))], axis="x"),
    )
    for k in range(5):
        px = x - 62 + 31 * k
        for j in range(6):
            a = np.radians(60 * j)
            canvas.fill(
                oval(px + 7 * np.cos(a), y - 6 + 7 * np.sin(a) + abs(k - 2) * -3, 5, 4),
                mix(ink("2c4c9a"), ink("ffffff"), 0.15),
                inside=body,
            )
        canvas.fill(oval(px, y - 6 - abs(k - 2) * 3, 3, 3), ink("e8b84a"))
    canvas.line(body, ink("2f3a5a"), 2, closed=True)
    canvas.fill(
        oval(x, y - 58, 92, 21), ramp([(x - 92, ink("e6e8ee")), (x + 92, ink("ffffff"))], axis="x")
    )
    canvas.fill(
        oval(x, y - 54, 82, 16), ramp([(x - 82, ink("6a2f14")), (x + 82, ink("c9772e"))], axis="x")
    )
    canvas.fill(oval(x + 26, y - 56, 34, 5), ink("ffd9a0"), 0.6, soft=2)
    canvas.line(oval(x, y - 58, 92, 21), ink("2f3a5a"), 1.6, closed=True)


def _loose(canvas: Canvas) -> None:
    """Leave a few things lying about."""
    for x, y, r, tones in (
        (740, 690, 50, ("ffb08a", "d2382e", "6a1428")),
        (1330, 706, 46, ("ffe0a0", "ee9434", "a04a18")),
    ):
        _shadow(canvas, x, y + r * 0.86, r, r * 0.3)
        (_fruit if x < 1000 else _orange)(canvas, x, y, r, tones)
    _shadow(canvas, 520, 730, 70, 10)
    spoon = tube([[430, 742], [520, 728], [600, 712]], (7, 6, 9))
    canvas.fill(spoon, ramp([(705, ink("ffffff")), (745, ink("7a7a8a"))]))
    canvas.fill(oval(632, 705, 38, 17, -10), ramp([(690, ink("9a9aa8")), (722, ink("f4f4fa"))]))
    canvas.line(oval(632, 705, 38, 17, -10), LINE, 1.4, closed=True)
    rng = np.random.default_rng(9)
    for _ in range(7):
        place = rng.uniform([1650, 660], [1880, 770])
        petal = oval_at(place, 17, 9, float(rng.uniform(0, 180)))
        canvas.fill(petal + [4, 5], ink("4a3048"), 0.4, soft=3)
        canvas.fill(petal, jitter(ink("f0a0a8"), 9, rng))
        canvas.line(petal, ink("a0485a"), 0.9, closed=True)
    _sprig(canvas)


def _sprig(canvas: Canvas) -> None:
    for x, y, r in ((1840, 320, 60), (1880, 240, 70), (1790, 250, 48), (1900, 380, 50)):
        clump(canvas, x, y, r, r * 0.9, SUMMER, 9)
    for x, y in ((1820, 270), (1862, 330), (1890, 226), (1780, 236)):
        for j in range(6):
            a = np.radians(60 * j)
            canvas.fill(
                oval(x + 12 * np.cos(a), y + 12 * np.sin(a), 11, 8, 60 * j),
                jitter(ink("f7e6ee"), 6, canvas.rng),
            )
        canvas.fill(oval(x, y, 6, 6), ink("f0b83a"))
    pot = np.array([[1790, 400], [1930, 400], [1930, 560], [1814, 560]])
    _shadow(canvas, 1870, 560, 80, 14)
    canvas.fill(
        pot, mottled(ramp([(1790, ink("d88a5c")), (1925, ink("6a3028"))], axis="x"), 7, 30, 6)
    )
    canvas.line(pot, LINE, 2, closed=True)


def _light(canvas: Canvas) -> None:
    canvas.glow(120, 40, 1300, ink("ffdf9a"), 0.34)

    def dim(x: Floats, y: Floats) -> Floats:
        r = np.clip(np.hypot((x - 860) / 1300, (y - 430) / 620) - 0.35, 0, 1)[..., None]
        return np.asarray(255 - r * np.array([60, 92, 96], np.float32), np.float32)

    canvas.fill(rect(0, 0, WIDTH, HEIGHT), dim, mode="multiply")
