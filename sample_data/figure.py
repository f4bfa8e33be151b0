"""Little people: dressed, shaded and walking, drawn facing right."""

# A list added to an array of points moves them.
# ruff: noqa: RUF005

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sample_data.paint import (
    Canvas,
    Colour,
    Fill,
    Floats,
    Pixels,
    Points,
    curve,
    ink,
    mix,
    oval,
    oval_at,
    tube,
)

OUTLINE = ink("2b1d26")


@dataclass(frozen=True)
class Style:
    """How someone looks."""

    height: float
    """From sole to crown, pixels."""
    hair: Colour
    top: Colour
    bottom: Colour
    skin: Colour = (165.0, 201.0, 243.0)
    shoes: Colour = (48.0, 48.0, 74.0)
    accent: Colour = (47.0, 69.0, 200.0)
    """Scarf, hat band, bag."""
    cut: str = "short"
    """Hair: short, bob, long, bun."""
    hat: str = ""
    """Nothing, straw, fedora or cap."""
    coat: float = 0.0
    """How far the top hangs below the hip, share of the height."""
    skirt: float = 0.0
    """Length of a skirt below the hip; 0 for trousers."""
    pattern: str = ""
    """Of the top: stripes, plaid, dots, or nothing."""
    skirt_pattern: str = ""
    bag: str = ""
    """Nothing, case, shoulder, backpack or basket."""
    scarf: bool = False
    glasses: bool = False


@dataclass(frozen=True)
class Pose:
    """One drawing of a walk."""

    phase: float
    """Of the two steps, 0 to 1."""
    stride: float = 1.0
    """1 walks, 0 stands."""
    light: float = -1.0
    """Side the light comes from: -1 behind, +1 before."""
    turn: float = 0.0
    """How far the head is bent down (+) or up (-), share of the head."""


@dataclass(frozen=True)
class Drawing:
    """A cut-out of a person and where the ground is in it."""

    pixels: Pixels
    """Premultiplied BGRA, supersampled."""
    anchor: tuple[float, float]
    """Of the point on the ground under the hip, in final pixels."""


def fabric(pattern: str, base: Colour, other: Colour, unit: float, origin: Points) -> Fill:
    """Weave a pattern that moves with the body."""
    if not pattern:
        return base

    def field(x: Floats, y: Floats) -> Floats:
        u, v = (x - origin[0]) / unit, (y - origin[1]) / unit
        if pattern == "stripes":
            t = (np.mod(v, 1.0) < 0.42).astype(np.float32)
        elif pattern == "plaid":
            t = 0.42 * (np.mod(u + 0.1 * v, 1.4) < 0.5) + 0.42 * (np.mod(v, 1.4) < 0.5)
            t = (
                t
                + 0.3 * (np.mod(u + 0.1 * v + 0.5, 1.4) < 0.09)
                + 0.3 * (np.mod(v + 0.5, 1.4) < 0.09)
            )
        else:
            row = np.floor(v)
            cell = np.hypot(np.mod(u + 0.5 * np.mod(row, 2), 1) - 0.5, np.mod(v, 1) - 0.5)
            t = np.clip((0.26 - cell) * 14, 0, 1)
        t = np.clip(t, 0, 1)[..., None]
        return np.asarray(
            np.array(base, np.float32) * (1 - t) + np.array(other, np.float32) * t, np.float32
        )

    return field


def draw_figure(style: Style, pose: Pose) -> Drawing:
    """Draw someone in one pose."""
    tall = style.height
    canvas = Canvas.new(round(tall * 0.9), round(tall * 1.2), clear=True, seed=3)
    foot = np.array([tall * 0.45, tall * 1.14])
    _Person(canvas, style, pose, foot).draw()
    return Drawing(canvas.pixels, (float(foot[0]), float(foot[1])))


class _Person:
    """The joints of one pose and the pieces hung on them."""

    def __init__(self, canvas: Canvas, style: Style, pose: Pose, foot: Points) -> None:
        self.c, self.s, self.p = canvas, style, pose
        self.h = style.height
        self.pen = max(0.9, self.h / 330)
        legs = [self._leg(pose.phase), self._leg(pose.phase + 0.5)]
        low = max(leg[2][1] for leg in legs)
        self.hip = foot - np.array([0, low + self.h * 0.025])
        self.near, self.far = ([self.hip + j for j in leg[:3]] for leg in legs)
        self.angles = [leg[3] for leg in legs]
        lean = 0.03 * pose.stride
        self.neck = self.hip + self.h * np.array([lean + 0.004, -0.318])
        self.shoulder = self.hip + self.h * np.array([lean - 0.004, -0.285])

    def _leg(self, phase: float) -> tuple[Points, Points, Points, Points]:
        a = 2 * np.pi * phase
        stride = self.p.stride
        thigh = stride * (0.40 * np.sin(a) + 0.04) + (1 - stride) * 0.03
        bend = stride * (0.10 + 0.85 * max(0.0, np.cos(a)) ** 1.4) + (1 - stride) * 0.05
        shin = thigh - bend
        knee = self.h * 0.243 * np.array([np.sin(thigh), np.cos(thigh)])
        ankle = knee + self.h * 0.232 * np.array([np.sin(shin), np.cos(shin)])
        flat = 0.9 * shin if np.cos(a) > 0 else min(0.0, 0.6 * shin)
        toe = np.array([np.cos(flat * stride), -np.sin(flat * stride)])
        return np.zeros(2), knee, ankle, toe

    def draw(self) -> None:
        """Draw from the far side to the near one."""
        s, dark = self.s, 0.22
        self._arm(self.p.phase, far=True)
        if s.bag == "backpack":
            self._backpack()
        self._leg_piece(self.far, self.angles[1], mix(s.bottom, ink("1d1a38"), dark))
        self._leg_piece(self.near, self.angles[0], s.bottom)
        if s.skirt:
            self._skirt()
        self._head_back()
        self._torso()
        self._head()
        self._arm(self.p.phase + 0.5, far=False)

    def _piece(self, shape: Points, fill: Fill, skin: bool = False) -> None:
        """Fill a piece, shade the side away from the light, and outline it."""
        c = self.c
        c.fill(shape, fill)
        width = float(np.ptp(shape[:, 0]))
        dark = shape - np.array([self.p.light * (width * 0.34 + self.h * 0.008), 0])
        tone, deep = (ink("cf9088"), 0.45) if skin else (ink("8478a0"), 0.72)
        c.fill(dark, tone, deep, soft=self.h * 0.005, inside=shape, mode="multiply")
        step = -self.p.light * (0.006 * self.h + 0.05 * width)
        c.rim(shape, (step, 0.004 * self.h), ink("e8b070"), 0.42, self.h * 0.004)
        c.line(shape, OUTLINE, self.pen, closed=True)

    def _leg_piece(self, joints: list[Points], toe: Points, cloth: Colour) -> None:
        h, s = self.h, self.s
        hip, knee, ankle = joints
        bare = bool(s.skirt)
        shape = tube([hip, knee, ankle], (0.115 * h, 0.095 * h, 0.074 * h, 0.066 * h, 0.055 * h))
        if bare:
            shape = tube([hip, knee, ankle], (0.09 * h, 0.075 * h, 0.056 * h, 0.055 * h, 0.036 * h))
        fill = mix(s.skin, cloth, 0.12) if bare else cloth
        self._piece(shape, fill, skin=bare)
        if bare:
            sock = tube([knee * 0.45 + ankle * 0.55, ankle], (0.052 * h, 0.040 * h))
            self._piece(sock, ink("efeae6"))
        else:
            crease = tube(
                [hip + [0.012 * h, 0.06 * h], knee + [0.012 * h, 0], ankle + [0.01 * h, 0]],
                (0.4, 0.008 * h, 0.4),
            )
            self.c.fill(crease, mix(cloth, OUTLINE, 0.5), 0.6, inside=shape)
            back = tube(
                [
                    knee + [-0.03 * h, -0.03 * h],
                    knee + [0.01 * h, 0.0],
                    knee + [-0.026 * h, 0.05 * h],
                ],
                (0.01, 0.026 * h, 0.01),
            )
            self.c.fill(back, ink("6f6690"), 0.5, soft=0.004 * h, inside=shape, mode="multiply")
            for k in (0.35, 0.52, 0.85):
                base = knee + (ankle - knee) * (k - 0.3)
                self.c.stroke(
                    np.array([base + [-0.03 * h, 0.004 * h], base + [0.004 * h, 0.018 * h]]),
                    mix(cloth, OUTLINE, 0.6),
                    self.pen * 1.3,
                )
        heel, tip = ankle - toe * 0.030 * h, ankle + toe * 0.076 * h
        sole = np.array([-toe[1], toe[0]]) * 0.026 * h
        shoe = curve(
            [
                heel - sole * 0.9,
                ankle - sole * 1.0 + toe * 0.02 * h,
                tip - sole * 0.1,
                tip + sole * 0.9,
                heel + sole * 0.95,
            ],
            closed=True,
            steps=6,
        )
        self._piece(shoe, s.shoes)
        self.c.line([heel + sole * 0.95, tip + sole * 0.95], OUTLINE, self.pen * 1.6)

    def _arm(self, phase: float, far: bool) -> None:
        h, s, p = self.h, self.s, self.p
        swing = p.stride * 0.5 * np.sin(2 * np.pi * phase) - 0.02
        carries = s.bag in ("case", "basket") and not far
        if carries:
            swing *= 0.35
        bend = 0.25 + 0.35 * max(0.0, swing) + (0.9 if s.bag == "basket" and not far else 0.0)
        start = self.shoulder + h * np.array([0.024 if far else -0.012, 0.022])
        elbow = start + 0.155 * h * np.array([np.sin(swing), np.cos(swing)])
        wrist = elbow + 0.135 * h * np.array([np.sin(swing + bend), np.cos(swing + bend)])
        hand = wrist + 0.030 * h * np.array([np.sin(swing + bend), np.cos(swing + bend)])
        if carries:
            self._carried(hand)
        self._hand(wrist, hand, swing + bend)
        sleeve = tube([start, elbow, wrist], (0.072 * h, 0.068 * h, 0.06 * h, 0.058 * h, 0.05 * h))
        tint = mix(s.top, ink("1d1a38"), 0.22 if far else 0.0)
        unit = h * 0.03
        self._piece(
            sleeve, fabric(s.pattern, tint, mix(s.accent, tint, 0.25 if far else 0), unit, start)
        )
        for k in (0.0, 0.25):
            base = elbow + (wrist - elbow) * k
            self.c.stroke(
                np.array([base + [-0.022 * h, -0.004 * h], base + [0.012 * h, 0.008 * h]]),
                mix(tint, OUTLINE, 0.65),
                self.pen * 1.2,
            )
        cuff = tube([wrist + (elbow - wrist) * 0.14, wrist], (0.058 * h, 0.056 * h), blunt=True)
        self._piece(cuff, mix(tint, OUTLINE, 0.2))

    def _hand(self, wrist: Points, hand: Points, turn: float) -> None:
        """Draw a relaxed hand: palm, four curled fingers, thumb to the front."""
        h, skin = self.h, self.s.skin
        along = np.array([np.sin(turn), np.cos(turn)])
        side = np.array([along[1], -along[0]])
        shapes = []
        for k, long in enumerate((0.030, 0.036, 0.038, 0.032)):
            root = hand + side * (k - 1.5) * 0.0095 * h
            bend = root + along * long * 0.6 * h + side * 0.003 * h
            tip = root + along * long * h + side * 0.013 * h
            shapes.append(
                tube([root - along * 0.008 * h, bend, tip], (0.0125 * h, 0.012 * h, 0.009 * h), 5)
            )
        shapes.append(tube([wrist - along * 0.012 * h, hand], (0.032 * h, 0.044 * h, 0.042 * h)))
        for shape in shapes:
            self.c.line(shape, OUTLINE, self.pen, closed=True)
        for shape in shapes:
            self.c.fill(shape, skin)
        for one, other in pairwise(shapes[:4]):
            root, tip = one[0] * 0.5 + other[0] * 0.5, one[len(one) // 2 - 4]
            self.c.stroke(
                np.array([root + (tip - root) * 0.3, tip]), mix(skin, OUTLINE, 0.38), self.pen * 0.8
            )
        for shape in shapes:
            dark = shape - np.array([self.p.light * 0.012 * h, 0])
            self.c.fill(
                dark, ink("cf9088"), 0.4, soft=self.h * 0.003, inside=shape, mode="multiply"
            )
        thumb = tube(
            [
                wrist + side * 0.016 * h,
                wrist + side * 0.029 * h + along * 0.016 * h,
                wrist + side * 0.030 * h + along * 0.034 * h,
            ],
            (0.016 * h, 0.014 * h, 0.010 * h),
            5,
        )
        self._piece(thumb, skin, skin=True)

    def _carried(self, hand: Points) -> None:
        h, s = self.h, self.s
        if s.bag == "case":
            corner = hand + h * np.array([-0.095, 0.045])
            case = np.array([[0, 0], [0.19, 0], [0.195, 0.125], [-0.005, 0.125]]) * h + corner
            self.c.line(
                curve(
                    [
                        hand + [-0.03 * h, 0.045 * h],
                        hand + [-0.02 * h, 0.012 * h],
                        hand + [0.02 * h, 0.012 * h],
                        hand + [0.03 * h, 0.045 * h],
                    ]
                ),
                OUTLINE,
                self.pen * 3,
            )
            self._piece(case, s.accent)
            for dx in (0.035, 0.145):
                strap = (
                    np.array([[dx, 0], [dx + 0.014, 0], [dx + 0.014, 0.125], [dx, 0.125]]) * h
                    + corner
                )
                self._piece(strap, mix(s.accent, OUTLINE, 0.45))
                self.c.polygon(
                    oval(corner[0] + (dx + 0.007) * h, corner[1] + 0.04 * h, 0.008 * h, 0.008 * h),
                    ink("e8c35a"),
                )
        else:
            centre = hand + h * np.array([0.0, 0.10])
            self.c.line(
                oval(centre[0], centre[1] - 0.03 * h, 0.06 * h, 0.085 * h),
                ink("6b4527"),
                self.pen * 2.6,
                closed=True,
            )
            for dx, tone in (
                (-0.05, "d9412f"),
                (0.0, "e9a23a"),
                (0.05, "7fa33e"),
                (0.025, "d9412f"),
                (-0.025, "b7c94a"),
            ):
                self._piece(
                    oval(centre[0] + dx * h, centre[1] - 0.005 * h, 0.026 * h, 0.026 * h), ink(tone)
                )
            body = (
                curve([[-0.095, 0], [0.095, 0], [0.07, 0.09], [-0.07, 0.09]], closed=True, steps=5)
                * h
                + centre
            )
            self._piece(body, fabric("plaid", ink("c08a4c"), ink("7d5228"), h * 0.018, centre))

    def _backpack(self) -> None:
        h, s = self.h, self.s
        centre = self.shoulder + h * np.array([-0.085, 0.11])
        pack = (
            curve(
                [[-0.055, -0.09], [0.04, -0.1], [0.06, 0.1], [-0.05, 0.105], [-0.075, 0.0]],
                closed=True,
            )
            * h
            + centre
        )
        self._piece(pack, s.accent)
        pocket = (
            curve([[-0.06, 0.02], [0.0, 0.02], [0.0, 0.085], [-0.055, 0.085]], closed=True, steps=5)
            * h
            + centre
        )
        self._piece(pocket, mix(s.accent, ink("ffffff"), 0.15))

    def _skirt(self) -> None:
        h, s = self.h, self.s
        sway = 0.02 * np.sin(4 * np.pi * self.p.phase) * self.p.stride
        spread = 0.02 + 0.045 * abs(np.cos(2 * np.pi * self.p.phase)) * self.p.stride
        length = s.skirt
        reach = [
            float(k[0] - self.hip[0]) / h * min(1.0, length / 0.24)
            for k in (self.near[1], self.far[1])
        ]
        back, front = (
            min(-0.085, min(reach) - 0.055) - spread / 2,
            max(0.085, max(reach) + 0.055) + spread / 2,
        )
        hem = [
            [front + sway, length],
            [front * 0.4 + back * 0.2, length + 0.012],
            [back + sway, length - 0.008],
        ]
        shape = (
            np.vstack(
                [
                    curve([[-0.062, -0.06], [0.0, -0.065], [0.066, -0.06]]),
                    curve([[0.075, 0.0], *hem, [-0.085, 0.0]]),
                ]
            )
            * h
            + self.hip
        )
        cloth = fabric(
            s.skirt_pattern, s.bottom, mix(s.bottom, ink("ffffff"), 0.55), h * 0.036, self.hip
        )
        self._piece(shape, cloth)
        for t in (0.14, 0.3, 0.46, 0.62, 0.8):
            end = np.array([back + (front - back) * t + sway, length - 0.004]) * h + self.hip
            start = np.array([-0.05 + 0.1 * t, 0.0]) * h + self.hip
            self.c.fill(
                tube([start, (start + end) / 2 + [2, 0], end], (0.3, 0.014 * h, 0.03 * h)),
                ink("7a6f94"),
                0.55,
                inside=shape,
                mode="multiply",
            )
            self.c.stroke(
                np.array([start * 0.6 + end * 0.4, end]), mix(s.bottom, OUTLINE, 0.6), self.pen
            )

    def _torso(self) -> None:
        h, s = self.h, self.s
        hang = max(s.coat, 0.02)
        sway = 0.02 * np.sin(4 * np.pi * self.p.phase) * self.p.stride
        flare = 0.02 + 0.22 * hang
        lean = (self.neck - self.hip)[0] / h
        side = [
            [0.026 + lean, -0.325],
            [0.062 + lean, -0.285],
            [0.085 + lean * 0.7, -0.22],
            [0.070 + lean * 0.4, -0.10],
            [0.078, -0.02],
            [0.078 + flare + sway, hang],
        ]
        back = [
            [-0.080 - flare + sway, hang],
            [-0.082, -0.01],
            [-0.066 + lean * 0.4, -0.11],
            [-0.080 + lean * 0.7, -0.22],
            [-0.066 + lean, -0.285],
            [-0.028 + lean, -0.325],
        ]
        shape = np.vstack([curve(side), curve(back)]) * h + self.hip
        self._piece(shape, fabric(s.pattern, s.top, s.accent, h * 0.034, self.hip))
        fold = mix(s.top, OUTLINE, 0.6)
        for a, b, c in (
            ((-0.07, -0.23), (-0.02, -0.17), (-0.03, -0.05)),
            ((0.05, -0.22), (0.01, -0.15), (0.05, -0.06)),
            ((-0.07, -0.08), (-0.02, -0.06), (0.03, -0.09)),
            ((0.0, 0.0), (0.012, hang * 0.5), (0.03, hang)),
            ((-0.05, 0.0), (-0.06, hang * 0.5), (-0.055, hang)),
        ):
            line = np.array([a, b, c]) * h + self.hip
            self.c.fill(
                tube(line, (0.3, 0.02 * h, 0.3)),
                ink("7a7098"),
                0.55,
                soft=0.004 * h,
                inside=shape,
                mode="multiply",
            )
        for a, b in (
            ((-0.05, -0.16), (0.0, -0.12)),
            ((0.07, -0.12), (0.03, -0.09)),
            ((-0.06, -0.05), (-0.01, -0.03)),
            ((0.03, -0.2), (0.05, -0.13)),
        ):
            self.c.stroke(
                np.array([a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 0.008), b]) * h + self.hip,
                fold,
                self.pen * 1.5,
            )
        if s.coat > 0.05:
            self.c.stroke(
                curve(
                    np.array(
                        [[0.045 + lean, -0.3], [0.05, -0.12], [0.05 + flare * 0.4 + sway, hang]]
                    )
                )
                * h
                + self.hip,
                OUTLINE,
                self.pen * 1.4,
            )
            for dy in (-0.22, -0.14, -0.06):
                self.c.polygon(
                    oval(
                        self.hip[0] + 0.032 * h + lean * h * 0.6,
                        self.hip[1] + dy * h,
                        0.008 * h,
                        0.008 * h,
                    ),
                    ink("f0d9a8"),
                )
            belt = (
                np.array([[-0.078, -0.105], [0.08, -0.095], [0.08, -0.075], [-0.078, -0.083]]) * h
                + self.hip
            )
            self.c.fill(belt, mix(s.top, OUTLINE, 0.45), inside=shape)
        if not s.scarf:
            self._collar(lean)
        if s.bag == "shoulder":
            strap = tube(
                np.array([[-0.02 + lean, -0.31], [0.03, -0.2], [-0.07, -0.04]]) * h + self.hip,
                (0.012 * h, 0.012 * h),
            )
            self._piece(strap, mix(s.accent, OUTLINE, 0.3))
            bag = (
                curve(
                    [[-0.12, -0.05], [-0.03, -0.055], [-0.02, 0.045], [-0.13, 0.05]],
                    closed=True,
                    steps=5,
                )
                * h
                + self.hip
            )
            self._piece(bag, s.accent)
            flap = (
                curve(
                    [
                        [-0.122, -0.05],
                        [-0.03, -0.055],
                        [-0.035, -0.005],
                        [-0.075, 0.012],
                        [-0.118, 0.0],
                    ],
                    closed=True,
                    steps=5,
                )
                * h
                + self.hip
            )
            self._piece(flap, mix(s.accent, ink("ffffff"), 0.18))

    def _collar(self, lean: float) -> None:
        """Turn down a collar, with a shirt or blouse in its opening."""
        h, s = self.h, self.s
        at = self.hip + [lean * h, 0]
        light = mix(s.top, ink("ffffff"), 0.22)
        shirt = (
            np.array([[0.006, -0.318], [0.05, -0.318], [0.054, -0.285], [0.046, -0.232]]) * h + at
        )
        self._piece(shirt, ink("f4eee2"))
        if s.hat == "fedora":
            tie = (
                np.array(
                    [
                        [0.034, -0.305],
                        [0.046, -0.305],
                        [0.054, -0.25],
                        [0.046, -0.232],
                        [0.038, -0.255],
                    ]
                )
                * h
                + at
            )
            self._piece(tie, ink("9a3038"))
        back = (
            curve(
                [[-0.046, -0.312], [0.0, -0.33], [0.02, -0.31], [0.012, -0.268], [-0.04, -0.292]],
                closed=True,
                steps=5,
            )
            * h
            + at
        )
        self._piece(back, light)
        lapel = (
            np.array(
                [[0.004, -0.318], [0.03, -0.268], [0.048, -0.226], [0.018, -0.24], [0.0, -0.272]]
            )
            * h
            + at
        )
        self._piece(lapel, light)

    @property
    def _skull(self) -> tuple[Points, float]:
        r = self.h * 0.081
        nod = self.p.turn * r
        return self.neck + np.array([0.13 * r + nod * 0.2, -1.02 * r + nod]), r

    def _head_back(self) -> None:
        """Draw the neck and the hair that falls behind."""
        (x, y), r = self._skull
        s = self.s
        neck = tube(
            [self.neck + [0, 0.02 * self.h], np.array([x - 0.08 * r, y + 0.5 * r])],
            (0.058 * self.h, 0.05 * self.h),
        )
        self._piece(neck, mix(s.skin, ink("a0605a"), 0.18))
        sway = 0.12 * np.sin(4 * np.pi * self.p.phase + 1) * self.p.stride
        if s.cut == "bob":
            shape = [
                [-0.2, -1.1],
                [-1.0, -0.6],
                [-1.18, 0.3],
                [-1.02 - sway, 1.02],
                [-0.4, 1.05],
                [0.1, 0.6],
            ]
        elif s.cut == "long":
            shape = [
                [-0.2, -1.1],
                [-1.05, -0.6],
                [-1.2, 0.5],
                [-1.35 - sway, 1.8],
                [-1.1 - sway, 2.9],
                [-0.5, 2.3],
                [-0.1, 1.0],
                [0.1, 0.4],
            ]
        elif s.cut == "bun":
            self._piece(oval(x - 0.95 * r, y - 0.62 * r, 0.42 * r, 0.4 * r), s.hair)
            return
        else:
            return
        self._piece(curve(shape, closed=True) * r + [x, y], mix(s.hair, OUTLINE, 0.25))

    def _head(self) -> None:
        (x, y), r = self._skull
        at = np.array([x, y])
        face = (
            curve(
                [
                    [-0.72, -0.5],
                    [-0.74, 0.1],
                    [-0.55, 0.55],
                    [-0.1, 0.92],
                    [0.26, 1.04],
                    [0.52, 0.84],
                    [0.72, 0.42],
                    [0.74, 0.05],
                    [0.84, -0.3],
                    [0.6, -0.85],
                    [0, -1.0],
                    [-0.5, -0.85],
                ],
                closed=True,
            )
            * r
            + at
        )
        s = self.s
        if s.scarf:
            self._scarf()
        self._piece(face, s.skin, skin=True)
        self._features(at, r)
        ear = (
            curve(
                [[-0.55, -0.02], [-0.36, -0.08], [-0.33, 0.2], [-0.45, 0.36], [-0.56, 0.2]],
                closed=True,
                steps=5,
            )
            * r
            + at
        )
        self._piece(ear, s.skin, skin=True)
        self._hair(at, r)
        if s.hat:
            self._hat(at, r)
        if s.glasses:
            for ex, rx in ((0.17, 0.23), (0.62, 0.17)):
                lens = oval_at(np.array([ex, 0.15]) * r + at, rx * r, 0.25 * r)
                self.c.fill(lens, ink("e6f0ff"), 0.22)
                self.c.line(lens, ink("8a6a34"), self.pen * 1.3, closed=True)
            for a, b in (((0.40, 0.12), (0.45, 0.12)), ((-0.06, 0.12), (-0.42, 0.06))):
                self.c.line(np.array([a, b]) * r + at, ink("8a6a34"), self.pen * 1.3)

    def _features(self, at: Points, r: float) -> None:
        c, s = self.c, self.s
        for ex, rx, ry in ((0.17, 0.125, 0.185), (0.60, 0.085, 0.175)):
            eye = np.array([ex, 0.14]) * r + at
            c.polygon(oval(eye[0], eye[1], rx * r, ry * r), ink("fbf7f2"))
            c.polygon(
                oval(eye[0] + 0.02 * r, eye[1] + 0.01 * r, rx * r * 0.78, ry * r * 0.88),
                mix(s.hair, ink("4a5a80"), 0.6),
            )
            c.polygon(
                oval(eye[0] + 0.02 * r, eye[1] - 0.01 * r, rx * r * 0.5, ry * r * 0.6),
                ink("1c1420"),
            )
            c.polygon(
                oval(eye[0] - 0.01 * r, eye[1] - 0.07 * r, rx * r * 0.3, ry * r * 0.26),
                ink("ffffff"),
            )
            lid = (
                np.array(
                    [
                        [ex - rx * 1.35, 0.06],
                        [ex - rx * 0.5, -0.07],
                        [ex + rx * 0.6, -0.06],
                        [ex + rx * 1.25, 0.06],
                    ]
                )
                * r
                + at
            )
            c.stroke(curve(lid), OUTLINE, 0.09 * r)
            brow = np.array([[ex - rx * 1.3, -0.2], [ex, -0.28], [ex + rx * 1.3, -0.2]]) * r + at
            c.stroke(curve(brow), mix(s.hair, OUTLINE, 0.4), 0.07 * r)
        c.stroke(
            np.array([[0.46, 0.32], [0.53, 0.45], [0.45, 0.48]]) * r + at,
            mix(s.skin, ink("6b2a24"), 0.65),
            0.05 * r,
        )
        c.stroke(
            curve(np.array([[0.24, 0.68], [0.38, 0.73], [0.52, 0.66]])) * r + at,
            ink("8f3b38"),
            0.07 * r,
        )
        for ex in (0.02, 0.62):
            c.fill(
                oval_at(np.array([ex, 0.46]) * r + at, 0.18 * r, 0.1 * r),
                ink("e8775f"),
                0.4,
                soft=0.05 * r,
            )

    def _hair(self, at: Points, r: float) -> None:
        s = self.s
        if s.cut == "bun":
            shape = [
                [-0.85, 0.25],
                [-0.98, -0.4],
                [-0.62, -1.02],
                [0.1, -1.16],
                [0.68, -0.95],
                [0.86, -0.4],
                [0.5, -0.62],
                [0.0, -0.5],
                [-0.45, -0.2],
                [-0.55, 0.1],
            ]
        else:
            shape = [
                [-0.72, 0.45],
                [-0.98, 0.05],
                [-1.0, -0.5],
                [-0.6, -1.08],
                [0.1, -1.2],
                [0.72, -0.98],
                [0.92, -0.45],
                [0.82, -0.02],
                [0.72, -0.36],
                [0.56, -0.02],
                [0.42, -0.42],
                [0.2, -0.04],
                [0.05, -0.45],
                [-0.14, -0.05],
                [-0.3, -0.2],
                [-0.42, 0.12],
                [-0.52, 0.55],
            ]
        hair = curve(shape, closed=True, steps=6) * r + at
        self._piece(hair, s.hair)
        shine = mix(s.hair, ink("fff0d8"), 0.5)
        band = np.array([[-0.7, -0.62], [-0.5, -0.76], [-0.1, -0.86], [0.3, -0.84], [0.55, -0.72]])
        jag = np.array(
            [
                [0.5, -0.6],
                [0.36, -0.7],
                [0.2, -0.62],
                [0.05, -0.74],
                [-0.12, -0.62],
                [-0.3, -0.68],
                [-0.44, -0.54],
                [-0.56, -0.6],
            ]
        )
        self.c.fill(np.vstack([curve(band), jag]) * r + at, shine, 0.6, soft=0.02 * r, inside=hair)
        for k in range(7):
            a = -0.8 + 0.24 * k
            strand = tube(
                np.array([[a * 0.5, -1.1], [a * 0.95, -0.7], [a, -0.1]]) * r + at,
                (0.3, 0.05 * r, 0.3),
            )
            self.c.fill(strand, mix(s.hair, OUTLINE, 0.55), 0.9, inside=hair)

    def _hat(self, at: Points, r: float) -> None:
        s = self.s
        if s.hat == "cap":
            crown = (
                curve(
                    [
                        [-1.0, -0.45],
                        [-0.85, -1.05],
                        [-0.1, -1.34],
                        [0.65, -1.1],
                        [0.86, -0.5],
                        [0.0, -0.42],
                    ],
                    closed=True,
                )
                * r
                + at
            )
            peak = (
                curve(
                    [[0.5, -0.55], [0.9, -0.62], [1.5, -0.38], [1.45, -0.28], [0.8, -0.36]],
                    closed=True,
                    steps=6,
                )
                * r
                + at
            )
            self._piece(peak, mix(s.accent, OUTLINE, 0.25))
            self._piece(crown, s.accent)
            self.c.stroke(
                curve(np.array([[-0.1, -1.34], [0.1, -0.9], [0.05, -0.45]])) * r + at,
                mix(s.accent, OUTLINE, 0.5),
                0.05 * r,
            )
            return
        tone = ink("e3c278") if s.hat == "straw" else mix(s.bottom, ink("6b5c50"), 0.5)
        wide = 1.75 if s.hat == "straw" else 1.38
        brim = (
            curve(
                [
                    [-wide, -0.42],
                    [-0.8, -0.72],
                    [0.3, -0.78],
                    [wide, -0.5],
                    [1.0, -0.3],
                    [0.0, -0.26],
                    [-1.0, -0.26],
                ],
                closed=True,
            )
            * r
            + at
        )
        crown = (
            curve(
                [
                    [-0.88, -0.58],
                    [-0.8, -1.2],
                    [-0.3, -1.48],
                    [0.25, -1.44],
                    [0.72, -1.2],
                    [0.84, -0.6],
                    [0.0, -0.48],
                ],
                closed=True,
            )
            * r
            + at
        )
        self._piece(brim, tone)
        self._piece(
            crown,
            fabric("stripes", tone, mix(tone, OUTLINE, 0.14), r * 0.16, at)
            if s.hat == "straw"
            else tone,
        )
        band = (
            curve(
                [
                    [-0.89, -0.6],
                    [0.0, -0.5],
                    [0.85, -0.62],
                    [0.83, -0.86],
                    [0.0, -0.74],
                    [-0.88, -0.84],
                ],
                closed=True,
                steps=6,
            )
            * r
            + at
        )
        self._piece(band, s.accent)

    def _scarf(self) -> None:
        h, s = self.h, self.s
        wave = 0.03 * np.sin(4 * np.pi * self.p.phase) * max(self.p.stride, 0.3)
        lean = self.neck
        tail = tube(
            np.array(
                [[-0.03, 0.01], [-0.10, 0.02 + wave], [-0.18, 0.05 - wave], [-0.25, 0.06 + wave]]
            )
            * h
            + lean,
            (0.03 * h, 0.045 * h, 0.05 * h, 0.055 * h),
        )
        self._piece(
            tail, fabric("stripes", s.accent, mix(s.accent, ink("ffffff"), 0.6), h * 0.05, lean)
        )
        wrap = (
            curve(
                [
                    [-0.055, -0.03],
                    [0.0, -0.016],
                    [0.06, -0.034],
                    [0.072, 0.008],
                    [0.01, 0.034],
                    [-0.062, 0.014],
                ],
                closed=True,
            )
            * h
            + lean
        )
        self._piece(wrap, s.accent)
        self.c.stroke(
            curve(np.array([[-0.05, 0.0], [0.0, 0.012], [0.06, -0.01]])) * h + lean,
            mix(s.accent, OUTLINE, 0.5),
            self.pen * 1.3,
        )


def walk_cycle(height: float) -> float:
    """Give how far a figure of this height comes in two steps, pixels."""
    return 0.475 * height * 4 * float(np.sin(0.40))
