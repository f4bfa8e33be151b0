"""The close-up: a girl in a red scarf, before and after the joke."""

# A list added to an array of points moves them.
# ruff: noqa: RUF005

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from sample_data.paint import (
    Canvas,
    Floats,
    Pixels,
    Points,
    curve,
    ink,
    mix,
    mottled,
    noise_at,
    oval,
    oval_at,
    ramp,
    tube,
)

WIDTH, HEIGHT = 1920, 1080
CENTRE = np.array([930.0, 516.0])
TILT = np.radians(3.5)
LINE = ink("3a1c22")
SKIN, SHADE, LIGHT = ink("f7d0ae"), ink("d2917f"), ink("ffe9cf")
HAIR, HAIR_DARK, HAIR_LIGHT = ink("54302a"), ink("2a161c"), ink("c9855a")


def paint_face(laugh: float, street: Pixels) -> Pixels:
    """Paint the close-up; ``laugh`` goes from 0, calm, to 1, laughing with closed eyes."""
    canvas = Canvas.new(WIDTH, HEIGHT, seed=5)
    canvas.pixels[:] = _background(street, canvas.scale)
    _bokeh(canvas)
    _Girl(canvas, laugh).draw()
    return canvas.reduced()


def _background(street: Pixels, scale: int) -> Pixels:
    """Take the street out of focus."""
    part = street[250:790, 480:1440]
    big = cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(big, (0, 0), 30)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (61, 61)).astype(np.float32)
    bright = cv2.filter2D(big.astype(np.float32), -1, disc / disc.sum())
    mixed = np.clip((0.5 * soft + 0.5 * bright) * 1.12, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(mixed, (WIDTH * scale, HEIGHT * scale)), np.uint8)


def _bokeh(canvas: Canvas) -> None:
    rng = np.random.default_rng(11)
    for _ in range(60):
        x, y = float(rng.uniform(0, WIDTH)), float(rng.uniform(0, 900))
        r = float(rng.uniform(18, 66))
        tone = mix(ink("ffb45a"), ink("ffe9b0"), float(rng.random()))
        strength = float(rng.uniform(0.08, 0.42))
        canvas.fill(oval(x, y, r, r), tone, strength, soft=1.2, mode="screen")
        canvas.line(
            oval(x, y, r, r), mix(tone, ink("8a5a40"), 0.4), 0.6, closed=True
        ) if strength > 0.3 else None


class _Girl:
    """Everything of her, from the hair behind to the fringe before."""

    def __init__(self, canvas: Canvas, laugh: float) -> None:
        self.c = canvas
        self.t = laugh
        self.at = CENTRE + np.array([0.0, 8.0 * laugh])
        jaw = 16 * laugh
        right = [
            [224, -120],
            [228, 20],
            [214, 120],
            [172, 228 + jaw * 0.6],
            [96, 312 + jaw],
            [36, 342 + jaw],
        ]
        half = np.array(right)
        top = [[-180, -270], [0, -350], [180, -270]]
        self.face = self.p(curve(np.vstack([half, half[::-1] * [-1, 1], top]), closed=True))

    def draw(self) -> None:
        """Draw from the back to the front."""
        self._hair_behind()
        self._coat()
        self._neck()
        self._skin()
        self._mouth()
        self._nose()
        for side in (-1, 1):
            self._eye(side)
            self._brow(side)
        self._fringe()
        self._scarf()
        self._hand()
        self._loose_strands()

    def p(self, points: ArrayLike) -> Points:
        """Place points given from the middle of the face, and lean them with the head."""
        c, s = np.cos(TILT), np.sin(TILT)
        turned = (np.asarray(points, np.float64) - [0, 360]) @ np.array([[c, s], [-s, c]])
        return np.asarray(turned + [0, 360] + self.at, np.float64)

    def q(self, points: ArrayLike) -> Points:
        """Place points of her body, which does not lean with the head."""
        return np.asarray(np.asarray(points, np.float64) + CENTRE, np.float64)

    def _hair_behind(self) -> None:
        shape = self.p(
            curve(
                [
                    [0, -408],
                    [-160, -384],
                    [-268, -290],
                    [-316, -110],
                    [-312, 90],
                    [-340, 270],
                    [-346, 380],
                    [-300, 452],
                    [-180, 450],
                    [0, 380],
                    [180, 450],
                    [296, 456],
                    [348, 384],
                    [338, 270],
                    [316, 90],
                    [320, -110],
                    [272, -290],
                    [162, -384],
                ],
                closed=True,
            )
        )
        self.c.fill(
            shape,
            mottled(
                ramp(
                    [(610, mix(HAIR, HAIR_LIGHT, 0.25)), (930, HAIR_DARK), (1260, HAIR_DARK)],
                    axis="x",
                ),
                5,
                40,
                4,
                0.3,
            ),
        )
        rng = np.random.default_rng(3)
        for side in (-1, 1):
            for _ in range(70):
                u = float(rng.uniform(0, 1))
                path = self.p(
                    curve(
                        [
                            [side * (150 + 110 * u), -330 + 90 * u],
                            [side * (250 + 60 * u), -60],
                            [side * (240 + 72 * u), 180],
                            [side * (215 + 125 * u), 330],
                            [side * (200 + 120 * u), 470],
                        ]
                    )
                )
                tone = (
                    mix(HAIR_LIGHT, HAIR, float(rng.uniform(0.2, 0.8)))
                    if side < 0
                    else mix(HAIR_DARK, HAIR, float(rng.random()))
                )
                self.c.fill(tube(path[::4], (0.3, 5, 6, 4, 0.4), 3), tone, 0.55, inside=shape)
        self.c.line(shape, LINE, 3, closed=True)

    def _coat(self) -> None:
        shape = self.q(curve([[-150, 400], [-330, 450], [-560, 520], [-700, 640]])).tolist() + [
            [0, HEIGHT + 5]
        ]
        right = self.q(curve([[150, 400], [330, 450], [560, 520], [720, 660]]))[::-1].tolist()
        body = np.array(
            [*shape[:-1], [shape[-2][0], HEIGHT + 5], [right[0][0], HEIGHT + 5], *right]
        )
        self.c.fill(
            body,
            mottled(
                ramp([(300, ink("e3c79c")), (900, ink("b8976f")), (1600, ink("6f5a66"))], axis="x"),
                7,
                60,
                6,
            ),
        )
        self.c.fill(
            body,
            lambda x, y: np.repeat(
                (232 + 16 * np.sin((x + y) * 1.3) * np.sin((x - y) * 1.3))[..., None], 3, 2
            ).astype(np.float32),
            0.6,
            mode="multiply",
        )
        self.c.brush(body, 1600, 70, 12, lambda x, _y: -18 if x < 930 else 18, vary=6, alpha=0.4)
        for side in (-1, 1):
            lapel = self.q(
                curve(
                    [[side * 120, 430], [side * 300, 452], [side * 330, 530], [side * 210, 620]],
                    steps=8,
                )
            )
            self.c.stroke(lapel, LINE, 5)
            for a in (0.35, 0.6, 0.85):
                fold = self.q(
                    curve(
                        [
                            [side * (330 + 250 * a), 500 + 50 * a],
                            [side * (300 + 240 * a), 560 + 40 * a],
                            [side * (330 + 200 * a), 640],
                        ]
                    )
                )
                self.c.fill(
                    tube(fold[::5], (1, 16, 22, 4), 3),
                    ink("7a5f6a"),
                    0.4,
                    soft=4,
                    inside=body,
                    mode="multiply",
                )
                self.c.stroke(fold, mix(LINE, ink("8a6a50"), 0.5), 3)
        self.c.line(body, LINE, 3, closed=True)

    def _neck(self) -> None:
        neck = self.p(
            curve([[-110, 220], [-104, 380], [-130, 470], [130, 470], [104, 380], [110, 220]])
        )
        self.c.fill(neck, mottled(mix(SKIN, SHADE, 0.55), 3, 40, 3))

    def _skin(self) -> None:
        c = self.c
        c.fill(
            self.face,
            mottled(
                ramp([(700, LIGHT), (900, SKIN), (1180, mix(SKIN, SHADE, 0.55))], axis="x"),
                2.2,
                60,
                8,
            ),
        )
        side = self.p(
            curve(
                [
                    [250, -200],
                    [150, -110],
                    [168, 30],
                    [140, 140],
                    [152, 210],
                    [80, 330],
                    [60, 400],
                    [280, 400],
                ],
                closed=True,
            )
        )
        c.fill(side, SHADE, 0.34, soft=13, inside=self.face)
        under_hair = self.p(
            curve(
                [
                    [-240, -360],
                    [-236, -70],
                    [-190, -120],
                    [-110, -64],
                    [-20, -96],
                    [70, -62],
                    [150, -110],
                    [210, -40],
                    [240, -360],
                ]
            )
        )
        c.fill(under_hair, ink("c98877"), 0.55, soft=5, inside=self.face)
        for s in (-1, 1):
            c.fill(
                self.p(oval(s * 128, 128 - 14 * self.t, 62, 36)),
                ink("ee7a66"),
                0.30 + 0.22 * self.t,
                soft=16,
                inside=self.face,
            )
            for k in range(3):
                x = s * 128 + (k - 1) * 20
                c.stroke(
                    self.p([[x + 7, 112 - 14 * self.t], [x - 5, 138 - 14 * self.t]]),
                    mix(ink("d8604f"), SKIN, 0.35),
                    3,
                )
        c.brush(self.face, 420, 60, 22, 70, vary=2.5, alpha=0.25)
        jaw = [p for p in self.face if p[1] > self.at[1] - 130]
        jaw = sorted(jaw, key=lambda q: np.arctan2(q[0] - self.at[0], q[1] - self.at[1]))
        c.stroke(np.array(jaw), LINE, 4)

    def _nose(self) -> None:
        c = self.c
        shadow = self.p(curve([[10, 60], [26, 120], [34, 150], [8, 163], [2, 130]], closed=True))
        c.fill(shadow, SHADE, 0.5, soft=5)
        c.fill(self.p(oval(-5, 132, 7, 12)), ink("fff6e6"), 0.75, soft=3)
        c.stroke(
            self.p(curve([[-14, 158], [0, 166], [20, 158], [26, 148]])),
            mix(LINE, ink("b0524a"), 0.45),
            5,
        )

    def _eye(self, side: int) -> None:
        open_ = max(0.0, 1 - self.t * 1.15)
        at = np.array([side * 112.0, 24.0])
        if open_ < 0.12:
            arc = curve([[-66, 22], [-40, -8], [0, -24], [40, -10], [66, 20]]) * [1, 1.0]
            if side > 0:
                arc = arc * [-1, 1]
            self.c.stroke(self.p(arc + at), LINE, 13)
            self.c.stroke(
                self.p(curve(np.array([[-46, -26], [0, -46], [46, -28]])) + at),
                mix(SHADE, LINE, 0.3),
                4,
            )
            for a in (-58, -44):
                self.c.stroke(
                    self.p(np.array([[side * -a, 14], [side * -(a - 16), 2]]) + at), LINE, 5
                )
            self.c.fill(self.p(oval_at(at + [0, 38], 52, 9)), SHADE, 0.35, soft=5)
            return
        self._open_eye(side, at, open_)

    def _open_eye(self, side: int, at: Points, open_: float) -> None:
        c = self.c
        flip = np.array([side, 1])
        h = 46 * open_
        upper: list[list[float]] = [
            [-60, 12],
            [-48, -18 * open_ - 4],
            [-14, -h],
            [22, -h * 0.96],
            [52, -h * 0.42],
            [64, 4],
        ]
        lower: list[list[float]] = [
            [56, 18],
            [30, 30 + 6 * open_],
            [-14, 34 + 6 * open_],
            [-48, 26],
        ]
        shape = self.p(curve([*upper, *lower], closed=True) * flip + at)
        c.fill(shape, ramp([(self.at[1] - 30, ink("c9bcc6")), (self.at[1] + 20, ink("fffaf4"))]))
        iris = at + [side * 2.0, 0.0]
        x, y = self.p(iris)

        def colour(px: Floats, py: Floats) -> Floats:
            r = np.hypot((px - x) / 40, (py - y) / 46)
            turn = np.arctan2(py - y, px - x)
            rays = 12 * np.sin(turn * 23) * np.sin(turn * 7 + 1) * np.clip(r * 1.4 - 0.4, 0, 1)
            base = ramp([(y - 46, ink("2a1a14")), (y, ink("7d4a22")), (y + 44, ink("e6a94f"))])(
                px, py
            )
            dark = np.clip((r - 0.82) * 5, 0, 1)[..., None]
            return np.asarray(
                (base + rays[..., None]) * (1 - dark) + np.array(ink("2a1418"), np.float32) * dark,
                np.float32,
            )

        c.fill(self.p(oval_at(iris, 40, 46)), colour, inside=shape)
        c.fill(self.p(oval_at(iris, 18, 21)), ink("150a10"), inside=shape, soft=0.6)
        c.fill(
            self.p(oval(iris[0], iris[1] + 24, 22, 13)), ink("ffd98a"), 0.5, soft=4, inside=shape
        )
        lid = np.vstack([shape[: len(shape) // 2], shape[: len(shape) // 2][::-1] + [0, 16]])
        c.fill(lid, ink("5c3540"), 0.5, soft=4, inside=shape)
        c.fill(
            self.p(oval(iris[0] - 14, iris[1] - 18 * open_, 12, 14)), ink("ffffff"), inside=shape
        )
        c.fill(self.p(oval(iris[0] + 15, iris[1] + 17, 6, 7)), ink("fff4dc"), 0.9, inside=shape)
        lash = self.p(curve(upper) * flip + at)
        c.polygon(tube(lash[::5], (2, 9, 12, 12, 11, 4), 4), LINE)
        for k, (ux, uy, dx, dy) in enumerate(
            ((52, -h * 0.42, 26, -12), (60, -6, 24, 0), (38, -h * 0.7, 20, -20))
        ):
            tip = self.p(
                np.array([[ux - 6, uy + 2], [ux + dx * 0.6, uy + dy * 0.4], [ux + dx, uy + dy]])
                * flip
                + at
            )
            c.polygon(tube(tip, (8 - k, 5, 0.4), 4), LINE)
        c.stroke(
            self.p(
                curve(
                    np.array(
                        [[-50, -h * 0.6 - 14], [-10, -h - 20], [30, -h - 18], [58, -h * 0.5 - 14]]
                    )
                )
                * flip
                + at
            ),
            mix(SHADE, LINE, 0.35),
            4,
        )
        c.stroke(
            self.p(curve(np.array([[52, 22], [24, 40], [-24, 40]])) * flip + at),
            mix(LINE, SHADE, 0.35),
            4,
        )

    def _brow(self, side: int) -> None:
        lift = -16 * self.t
        brow = self.p(
            curve(
                [
                    [side * 44, -66 + lift * 0.5],
                    [side * 96, -84 + lift],
                    [side * 148, -80 + lift],
                    [side * 184, -56 + lift],
                ]
            )
        )
        self.c.polygon(tube(brow[::4], (5, 15, 14, 9, 1), 4), mix(HAIR, HAIR_DARK, 0.35))

    def _mouth(self) -> None:
        c, t = self.c, self.t
        y = 228.0
        if t < 0.2:
            c.fill(
                self.p(
                    curve(
                        [
                            [-50, y + 1],
                            [-18, y - 9],
                            [0, y - 5],
                            [18, y - 9],
                            [50, y + 1],
                            [0, y + 8],
                        ],
                        closed=True,
                    )
                ),
                ink("cf7468"),
                0.75,
                soft=2,
            )
            c.fill(self.p(oval(0, y + 15, 36, 11)), ink("e08a7c"), 0.85, soft=3)
            c.fill(self.p(oval(-8, y + 14, 13, 4)), ink("fff0e6"), 0.6, soft=2)
            c.stroke(
                self.p(curve([[-56, y - 3], [-24, y + 3], [0, y], [24, y + 3], [56, y - 4]])),
                mix(LINE, ink("8a2f30"), 0.3),
                5,
            )
            c.fill(self.p(oval(0, y + 42, 34, 7)), SHADE, 0.45, soft=5)
            return
        wide, deep = 54 + 50 * t, 14 + 74 * t
        top = [
            [-wide, y - 12 * t],
            [-wide * 0.5, y - 6],
            [0, y - 2],
            [wide * 0.5, y - 6],
            [wide, y - 12 * t],
        ]
        bottom = [[wide * 0.74, y + deep * 0.55], [0, y + deep], [-wide * 0.74, y + deep * 0.55]]
        shape = self.p(np.vstack([curve(top), curve([top[-1], *bottom, top[0]])]))
        c.fill(
            shape, ramp([(self.at[1] + y, ink("5c1722")), (self.at[1] + y + deep, ink("8f2a32"))])
        )
        tongue = self.p(
            curve(
                [
                    [-wide * 0.55, y + deep * 0.8],
                    [-20, y + deep * 0.52],
                    [0, y + deep * 0.58],
                    [20, y + deep * 0.52],
                    [wide * 0.55, y + deep * 0.8],
                    [0, y + deep * 1.3],
                ],
                closed=True,
            )
        )
        c.fill(
            tongue,
            ramp(
                [
                    (self.at[1] + y + deep * 0.5, ink("f08f86")),
                    (self.at[1] + y + deep, ink("c2505a")),
                ]
            ),
            inside=shape,
        )
        teeth = self.p(
            np.vstack(
                [
                    curve(top),
                    curve(
                        [
                            [wide * 0.86, y + 4],
                            [wide * 0.4, y + 12 + 10 * t],
                            [0, y + 14 + 12 * t],
                            [-wide * 0.4, y + 12 + 10 * t],
                            [-wide * 0.86, y + 4],
                        ]
                    ),
                ]
            )
        )
        c.fill(
            teeth,
            ramp([(self.at[1] + y - 8, ink("d9c4c0")), (self.at[1] + y + 10, ink("fffaf2"))]),
            inside=shape,
        )
        c.stroke(shape[: len(shape) // 2 - 4], LINE, 7)
        c.line(shape, mix(LINE, ink("a8404a"), 0.35), 3.4, closed=True)
        c.fill(self.p(oval(0, y + deep + 16, wide * 0.5, 8)), SHADE, 0.5, soft=5)
        for s in (-1, 1):
            c.stroke(
                self.p(
                    curve(
                        [
                            [s * (wide + 4), y - 20 * t - 6],
                            [s * (wide + 13), y - 8 * t],
                            [s * (wide + 6), y + 10],
                        ]
                    )
                ),
                mix(LINE, SHADE, 0.3),
                4,
            )

    def _fringe(self) -> None:
        c = self.c
        shape = self.p(
            curve(
                [
                    [0, -414],
                    [-152, -392],
                    [-252, -300],
                    [-292, -120],
                    [-292, 90],
                    [-276, 250],
                    [-262, 330],
                    [-244, 200],
                    [-234, 60],
                    [-224, -40],
                    [-206, -90],
                    [-188, -36],
                    [-172, -84],
                    [-146, -116],
                    [-118, -40],
                    [-92, -14],
                    [-84, -66],
                    [-62, -124],
                    [-34, -60],
                    [-2, -26],
                    [4, -80],
                    [24, -136],
                    [52, -84],
                    [84, -32],
                    [92, -84],
                    [112, -122],
                    [134, -66],
                    [160, -38],
                    [166, -88],
                    [190, -110],
                    [212, -50],
                    [228, 20],
                    [240, 120],
                    [252, 240],
                    [266, 320],
                    [284, 220],
                    [296, 90],
                    [296, -120],
                    [256, -300],
                    [154, -392],
                ],
                closed=True,
                steps=8,
            )
        )

        def sheen(x: Floats, y: Floats) -> Floats:
            dx, dy = (x - self.at[0]) / 300, (y - self.at[1] + 414 + 0.06 * (x - self.at[0])) / 420
            band = np.exp(-(((dy - 0.34 - 0.16 * dx * dx) / 0.085) ** 2))
            strands = noise_at(x * 3.2 - dx * 60, y * 0.16, 40, 91)
            t = np.clip(band * (0.7 + 0.5 * strands) * (1 - 0.45 * (dx > 0.4)), 0, 1)[..., None]
            base = ramp(
                [
                    (self.at[0] - 300, mix(HAIR, HAIR_LIGHT, 0.35)),
                    (self.at[0], HAIR),
                    (self.at[0] + 300, HAIR_DARK),
                ],
                axis="x",
            )(x, y)
            base = base + (strands * 7)[..., None]
            return np.asarray(base * (1 - t) + np.array(ink("eab07c"), np.float32) * t, np.float32)

        c.fill(shape + [3, 9], ink("8a4a46"), 0.45, soft=5, inside=self.face)
        c.fill(shape, sheen)
        rng = np.random.default_rng(8)
        tips = [-270, -262, -188, -92, -92, -2, -2, 84, 84, 160, 160, 262, 270]
        for k in range(230):
            tip = float(tips[int(rng.integers(len(tips)))]) + float(rng.normal(0, 20))
            end = (
                -34 + float(rng.normal(-10, 20))
                if abs(tip) < 215
                else 260 + float(rng.normal(0, 40))
            )
            path = self.p(
                curve([[30 + tip * 0.2, -408], [tip * 0.86, -290], [tip * 1.06, -150], [tip, end]])
            )
            tone = mix(
                HAIR_DARK, HAIR_LIGHT, float(rng.uniform(0, 0.75)) * (1 if tip < 60 else 0.5)
            )
            c.fill(tube(path[::5], (0.3, 2.5, 3.4, 2.6, 0.3), 3), tone, 0.6, inside=shape)
            del k
        c.line(shape, LINE, 3, closed=True)
        c.stroke(
            self.p(curve([[-256, -270], [-284, -140], [-284, 60], [-270, 200]]) + [6, 0]),
            ink("ffca8a"),
            5,
        )

    def _scarf(self) -> None:
        c = self.c
        sway = 4 * self.t
        wrap = self.q(
            curve(
                [
                    [-262, 372],
                    [-150, 352],
                    [-60, 384],
                    [0, 392],
                    [60, 384],
                    [150, 352],
                    [262, 372],
                    [290, 450],
                    [200, 520],
                    [0, 548],
                    [-200, 520],
                    [-290, 450],
                ],
                closed=True,
            )
        )

        def knit(x: Floats, y: Floats) -> Floats:
            dx = (x - CENTRE[0]) / 290
            v = y - CENTRE[1] - 380 - 130 * (1 - dx * dx) * 0.35
            rib = np.sin(v / 5.2 + 1.2 * np.abs(np.mod(x / 11, 2) - 1)) * 10
            base = ramp(
                [(640, ink("e8604a")), (930, ink("c53a38")), (1230, ink("7a2236"))], axis="x"
            )(x, y)
            stripe = (np.mod(v + 14, 74) < 16)[..., None]
            pale = ramp(
                [(640, ink("fff0d8")), (930, ink("ecd2b8")), (1230, ink("9d7c86"))], axis="x"
            )(x, y)
            return np.asarray(np.where(stripe, pale, base) + rib[..., None], np.float32)

        c.fill(wrap + [0, 14], ink("4a2a3a"), 0.5, soft=10)
        c.fill(wrap, knit)
        for path in (
            [[-280, 440], [-120, 476], [60, 470], [270, 420]],
            [[-230, 386], [-80, 430], [90, 424], [240, 384]],
            [[-160, 520], [0, 520], [180, 500]],
        ):
            line = self.q(curve(path))
            c.fill(
                tube(line[::5] + [0, 10], (4, 22, 26, 20, 4), 3),
                ink("7a3a58"),
                0.5,
                soft=6,
                inside=wrap,
                mode="multiply",
            )
            c.stroke(line, LINE, 4.5)
        c.line(wrap, LINE, 3.4, closed=True)
        tail = self.q(np.array([[110, 480], [236, 470], [268 + sway, 700], [132 + sway, 710]]))
        c.fill(tail, knit)
        c.fill(
            tail,
            ramp([(CENTRE[0] + 110, ink("ffffff")), (CENTRE[0] + 260, ink("8a5a78"))], axis="x"),
            0.6,
            mode="multiply",
        )
        c.line(tail, LINE, 3.4, closed=True)

    def _hand(self) -> None:
        """Close her hand on the scarf, nails and knuckles to the viewer."""
        c = self.c
        palm = self.q(
            curve(
                [
                    [-206, 402],
                    [-158, 420],
                    [-138, 470],
                    [-148, 540],
                    [-190, 600],
                    [-310, 600],
                    [-286, 500],
                    [-252, 430],
                ],
                closed=True,
            )
        )
        fingers = (
            ([[-186, 420], [-128, 378], [-74, 388]], 37),
            ([[-172, 452], [-106, 416], [-52, 428]], 38),
            ([[-164, 488], [-102, 456], [-54, 468]], 36),
            ([[-164, 522], [-112, 496], [-72, 508]], 32),
        )
        c.fill(palm + [16, 14], ink("5a1f30"), 0.5, soft=9)
        c.line(palm, LINE, 3.2, closed=True)
        shade = ramp(
            [
                (CENTRE[0] - 300, LIGHT),
                (CENTRE[0] - 180, SKIN),
                (CENTRE[0] - 50, mix(SKIN, SHADE, 0.5)),
            ],
            axis="x",
        )
        c.fill(palm, mottled(shade, 2, 40, 6))
        for spine, width in reversed(fingers):
            shape = self.q(tube(spine, (width * 1.04, width, width * 0.94, width * 0.78), 8))
            c.fill(shape + [8, 12], ink("6a2a34"), 0.45, soft=6)
            c.line(shape, LINE, 3.4, closed=True)
            c.fill(shape, mottled(shade, 2, 40, 7))
            c.fill(shape + [2, width * 0.42], SHADE, 0.5, soft=5, inside=shape)
            c.rim(shape, (4, 9), ink("ffdca8"), 0.55, 3)
            tip, bend = np.array(spine[2]), np.array(spine[1])
            nail = self.q(oval(tip[0] + 3, tip[1] - 3, 13, 9, 12))
            c.fill(
                nail,
                ramp(
                    [
                        (CENTRE[1] + tip[1] - 12, ink("ffe6dc")),
                        (CENTRE[1] + tip[1] + 6, ink("e8a294")),
                    ]
                ),
            )
            c.line(nail, mix(LINE, SHADE, 0.5), 1.6, closed=True)
            for dx in (-5, 5):
                crease = self.q(
                    [
                        [bend[0] + dx - 3, bend[1] - 12],
                        [bend[0] + dx + 2, bend[1]],
                        [bend[0] + dx - 1, bend[1] + 9],
                    ]
                )
                c.stroke(crease, mix(SHADE, LINE, 0.25), 2.2)
        for spine, width in fingers:
            x, y = spine[0]
            c.fill(
                self.q(oval(x - 18, y + 8, width * 0.6, width * 0.42, -30)),
                ink("fff0d8"),
                0.4,
                soft=6,
                inside=palm,
            )
            c.stroke(
                self.q(curve([[x - 4, y - 14], [x + 8, y + 2], [x - 2, y + 18]])),
                mix(SHADE, LINE, 0.3),
                3,
            )
        cuff = self.q([[-350, 520], [-270, 486], [-196, 590], [-240, 640], [-380, 640]])
        c.fill(cuff, ramp([(560, ink("e3c79c")), (760, ink("9c7f62"))], axis="x"))
        c.line(cuff, LINE, 3.2, closed=True)

    def _loose_strands(self) -> None:
        rng = np.random.default_rng(21)
        for k in range(16):
            side = -1 if k % 2 else 1
            u = float(rng.uniform(0.7, 1.05))
            path = self.p(
                curve(
                    [
                        [side * 120 * u, -392],
                        [side * 290 * u, -256],
                        [side * (330 + 14 * rng.random()), 40],
                        [side * (310 + 40 * rng.random()), 330],
                    ]
                )
            )
            self.c.polygon(
                tube(path[::5], (0.3, 2.2, 2.2, 0.3), 3),
                mix(HAIR, HAIR_LIGHT, 0.5 if side < 0 else 0.0),
            )
