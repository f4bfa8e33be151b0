"""The pan: a river valley in summer, from the old oak to the windmill."""

# A list added to an array of points moves them.
# ruff: noqa: RUF005

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sample_data.nature import (
    FAR,
    OCHRE,
    PINE,
    SUMMER,
    clump,
    conifer,
    cumulus,
    flowers,
    grass,
    ridge,
    tree,
    under,
)
from sample_data.paint import (
    Canvas,
    Colour,
    Floats,
    Pixels,
    Points,
    curve,
    ink,
    jitter,
    mix,
    mottled,
    noise_at,
    oval,
    ramp,
    rect,
    tube,
)

WIDTH, HEIGHT = 3960, 1080
HAZE = ink("cfe0e4")


def paint_valley(seed: int) -> Pixels:
    """Paint the whole panorama, ``(1080, 3960, 3)``."""
    canvas = Canvas.new(WIDTH, HEIGHT, seed=seed)
    _sky(canvas)
    _mountains(canvas)
    _hills(canvas)
    _river(canvas)
    _village(canvas)
    _trees(canvas)
    _windmill(canvas, 3130, 640)
    _sheep(canvas)
    _boat(canvas, 1500, 764)
    _meadow(canvas)
    _oak(canvas)
    return canvas.reduced()


def _sky(canvas: Canvas) -> None:
    whole = rect(0, 0, WIDTH, HEIGHT)
    canvas.fill(
        whole,
        ramp(
            [
                (0, ink("2d6cb4")),
                (180, ink("4f93cf")),
                (380, ink("97c7e2")),
                (520, ink("d9ebe6")),
                (600, ink("f6ecd2")),
            ],
            rough=14,
        ),
    )
    canvas.brush(rect(0, 0, WIDTH, 560), 9000, 130, 22, 2, vary=3.5, alpha=0.35, spread=9)
    white, shade = ink("fffaf0"), ink("9fb6d4")
    rng = np.random.default_rng(4)
    for x in range(-100, WIDTH, 330):
        cumulus(
            canvas,
            x + float(rng.uniform(-120, 120)),
            float(rng.uniform(440, 505)),
            float(rng.uniform(260, 520)),
            float(rng.uniform(40, 80)),
            mix(white, HAZE, 0.25),
            mix(shade, HAZE, 0.5),
            seed=x + 900,
            alpha=0.8,
        )
    for x, base, width, height, seed in (
        (560, 400, 900, 330, 41),
        (1480, 330, 620, 190, 22),
        (2260, 430, 1000, 330, 43),
        (3200, 330, 700, 210, 24),
        (3800, 420, 620, 300, 25),
        (1150, 140, 330, 70, 26),
        (2800, 130, 420, 80, 27),
        (90, 190, 360, 90, 28),
        (1800, 160, 260, 50, 29),
    ):
        cumulus(canvas, x, base, width, height, white, shade, seed=seed)


def _mountains(canvas: Canvas) -> None:
    layers = (
        (455, 58, 620, 31, ink("7f9cc6"), ink("b9cbe0"), True),
        (520, 44, 480, 32, ink("7298b4"), ink("a9c2c4"), False),
        (560, 26, 380, 33, ink("7ba59c"), ink("aec7a6"), False),
    )
    for base, height, cell, seed, shade, light, snow in layers:
        line = ridge(WIDTH, base, height, cell, seed)
        shape = under(line, 700)
        top = float(line[:, 1].min())

        def field(
            x: Floats,
            y: Floats,
            seed: int = seed,
            shade: Colour = shade,
            light: Colour = light,
            top: float = top,
            snow: bool = snow,
            line: Points = line,
        ) -> Floats:
            crest = np.interp(x, line[:, 0], line[:, 1]).astype(np.float32)
            folds = noise_at(x + 0.75 * (y - crest), (y - crest) * 0.55, 120, seed, 1.1)
            t = np.clip(0.45 + 0.5 * folds, 0, 1)[..., None]
            colour = np.array(shade, np.float32) * (1 - t) + np.array(light, np.float32) * t
            if snow:
                depth = y - crest + 16 * noise_at(x, y, 40, seed + 5) + (crest - top) * 0.9
                cap = np.clip((46 - depth) / 8, 0, 1)[..., None]
                bright = np.array(ink("fffdf6"), np.float32) * t + np.array(
                    ink("b9cbe6"), np.float32
                ) * (1 - t)
                colour = colour * (1 - cap) + bright * cap
            haze = np.clip((y - top - 20) / 260, 0, 0.7)[..., None]
            return np.asarray(colour * (1 - haze) + np.array(HAZE, np.float32) * haze, np.float32)

        canvas.fill(shape, field)
        canvas.brush(shape, 5000, 46, 10, 52, vary=4, alpha=0.4, spread=25)


def _hills(canvas: Canvas) -> None:
    rng = np.random.default_rng(8)
    for i, (base, height, cell, far, near) in enumerate(
        (
            (588, 13, 520, ink("9dbf92"), ink("b9cf94")),
            (628, 17, 640, ink("86b070"), ink("a9c474")),
            (690, 18, 800, ink("6b9f50"), ink("96bb58")),
        )
    ):
        line = ridge(WIDTH, base, height, cell, 50 + i)
        shape = under(line, 900)
        canvas.fill(
            shape,
            mottled(ramp([(base - 40, near), (base + 90, far)], rough=25), 7, 130, 60 + i, 2.5),
        )
        for _ in range(40 - 9 * i):
            _field(canvas, line, shape, float(rng.uniform(0, WIDTH)), 10 + 12 * i, i, rng)
        canvas.brush(
            shape,
            6000,
            40 + 14 * i,
            6 + 2 * i,
            lambda x, _y: 6 * np.sin(x / 260),
            vary=6,
            alpha=0.5,
        )
        for _ in range(5):
            x = float(rng.uniform(0, WIDTH))
            cloud_shadow = oval(x, base + 34 + 14 * i, float(rng.uniform(150, 330)), 16 + 8 * i)
            canvas.fill(cloud_shadow, ink("6f9a9c"), 0.5, soft=12, inside=shape, mode="multiply")
        for x in rng.uniform(0, WIDTH, 200 - 60 * i):
            y = float(np.interp(x, line[:, 0], line[:, 1])) + float(rng.uniform(0, 42 + 8 * i))
            r = float(rng.uniform(4, 9)) * (1 + 0.55 * i)
            canvas.fill(
                oval(x + r * 0.8, y + r * 0.7, r * 1.5, r * 0.4), ink("3f6a55"), 0.4, soft=1.5
            )
            clump(canvas, float(x), y, r, r * 0.9, FAR if i < 2 else SUMMER, 1.5 + 0.5 * i)


def _field(
    canvas: Canvas,
    line: Points,
    shape: Points,
    x: float,
    tall: float,
    depth: int,
    rng: np.random.Generator,
) -> None:
    """Lay a ploughed or ripening field on a slope."""
    y = float(np.interp(x, line[:, 0], line[:, 1])) + float(rng.uniform(8, 40 + 8 * depth))
    w = float(rng.uniform(60, 150)) * (1 + 0.3 * depth)
    colour = (ink("d9cf86"), ink("c3cd7c"), ink("b6a56a"), ink("7fae62"), ink("e5d58c"))[
        int(rng.integers(5))
    ]
    colour = mix(colour, HAZE, 0.35 - 0.15 * depth)
    slant = float(rng.uniform(-0.5, 0.5)) * w * 0.3
    patch = curve(
        [
            [x - w / 2, y],
            [x + w / 2, y - 4],
            [x + w / 2 + slant, y + tall],
            [x - w / 2 + slant, y + tall + 5],
        ],
        closed=True,
        steps=4,
    )
    canvas.fill(patch, mottled(colour, 6, 25, 77, 3), 0.85, soft=0.5, inside=shape)
    for k in np.linspace(0.08, 0.92, int(w / 9)):
        a = [x - w / 2 + w * k, y + 1]
        b = [x - w / 2 + slant + w * k, y + tall + 2]
        canvas.fill(tube([a, b], (0.7, 1.1)), mix(colour, ink("4d6a3a"), 0.5), 0.45, inside=patch)
    for u in np.arange(0.06, 0.97, 5.5 / w * (1 + 0.4 * depth)):
        if rng.random() < 0.75:
            r = float(rng.uniform(1.8, 3.4)) * (1 + 0.6 * depth)
            clump(
                canvas,
                x - w / 2 + w * u,
                y - r * 0.4,
                r * 1.2,
                r,
                FAR if depth < 2 else SUMMER,
                1.3 + 0.5 * depth,
            )


def _river(canvas: Canvas) -> None:
    left = [
        [2760, 596],
        [2520, 612],
        [2360, 640],
        [2080, 668],
        [1640, 690],
        [1360, 726],
        [1290, 772],
        [1420, 830],
        [1500, 900],
    ]
    right = [
        [2780, 596],
        [2580, 614],
        [2460, 646],
        [2240, 690],
        [1900, 724],
        [1680, 758],
        [1640, 800],
        [1820, 850],
        [2080, 900],
    ]
    shape = np.vstack([curve(left), curve(right)[::-1]])
    for grow, colour, alpha in ((9, ink("5d8746"), 0.9), (4, ink("c8bf8e"), 0.9)):
        canvas.fill(tube(left, (1, grow, grow * 3)), colour, alpha, soft=1)
        canvas.fill(tube(right, (1, grow, grow * 3)), colour, alpha, soft=1)

    def water(x: Floats, y: Floats) -> Floats:
        base = ramp(
            [(590, ink("e6efe2")), (680, ink("a9cfdc")), (780, ink("6ea8c8")), (900, ink("3f7fae"))]
        )(x, y)
        depth = np.clip((y - 580) / 300, 0.15, 1)
        wave = noise_at(x / (1 + 2 * depth), y * 4 / (0.3 + depth), 60, 71, 3)
        cloud = np.clip(noise_at(x, y * 2, 240, 72), 0, 2) * 14
        return np.asarray(base + (wave * 9 + cloud)[..., None], np.float32)

    canvas.fill(shape, water)
    canvas.brush(shape, 5200, 44, 4, 0, vary=9, alpha=0.5, spread=3)
    rng = np.random.default_rng(6)
    for _ in range(380):
        y = float(rng.uniform(610, 890))
        x = float(rng.uniform(1250, 2700))
        w = float(rng.uniform(4, 26)) * (y - 560) / 220
        canvas.fill(tube([[x, y], [x + w, y]], (0.2, 1.3, 0.2)), ink("fdfdf2"), 0.75, inside=shape)
    for side, dark in ((left, 1), (right, 1)):
        for x, y in curve(side)[::2]:
            if y > 640:
                r = (y - 600) / 20 * float(rng.uniform(0.5, 1.1)) * dark
                clump(canvas, float(x), float(y), r * 1.7, r, SUMMER, max(1.4, r / 4))


def _house(
    canvas: Canvas,
    x: float,
    y: float,
    w: float,
    h: float,
    wall: Colour,
    roof: Colour,
    rng: np.random.Generator,
) -> None:
    """Build a cottage: sunlit gable on the left, long side and tiled roof on the right."""
    gable, side, peak = w * 0.38, w * 0.62, h * 0.62
    shade = mix(wall, ink("7c83a8"), 0.45)
    canvas.fill(oval(x + w * 0.62, y + 1, w * 0.7, h * 0.1), ink("35523f"), 0.5, soft=h * 0.05)
    front = np.array(
        [[x, y], [x, y - h], [x + gable / 2, y - h - peak], [x + gable, y - h], [x + gable, y]]
    )
    long = np.array(
        [[x + gable, y], [x + gable, y - h], [x + w, y - h * 1.02], [x + w, y - h * 0.03]]
    )
    canvas.fill(front, mottled(wall, 5, 12, 3))
    canvas.fill(long, mottled(shade, 5, 12, 4))
    top = np.array(
        [
            [x + gable / 2, y - h - peak],
            [x + gable / 2 + side, y - h - peak * 1.02],
            [x + w + h * 0.08, y - h * 0.92],
            [x + gable - h * 0.03, y - h * 0.9],
        ]
    )
    canvas.fill(top, mottled(roof, 9, 10, 5, 2))
    rows = max(3, int(peak / 4))
    for k in range(1, rows):
        t = k / rows
        a, b = top[0] * (1 - t) + top[3] * t, top[1] * (1 - t) + top[2] * t
        canvas.line([a, b], mix(roof, ink("45261f"), 0.45), 0.6)
        for u in np.arange(float(rng.uniform(0, 0.05)), 1, 4.5 / side):
            p = a * (1 - u) + b * u
            if rng.random() < 0.5:
                canvas.line(
                    [p, p + (top[3] - top[0]) / rows],
                    mix(roof, ink("ffd9a0" if rng.random() < 0.4 else "51291f"), 0.4),
                    0.7,
                )
    canvas.stroke(
        np.array([top[0] + [-h * 0.02, -1], top[0], top[3]]), mix(roof, ink("fff0d0"), 0.5), 2.2
    )
    left_edge = np.array([[x - h * 0.08, y - h * 0.9], [x + gable / 2, y - h - peak - 1]])
    canvas.line(left_edge, mix(roof, ink("50281f"), 0.4), max(1.2, h * 0.05))
    canvas.line(top[:2], mix(roof, ink("ffe6c0"), 0.35), 1.2)
    chimney = x + gable / 2 + side * 0.7
    canvas.polygon(rect(chimney, y - h - peak * 1.3, w * 0.07, peak * 0.6), mix(roof, shade, 0.5))
    canvas.polygon(rect(chimney, y - h - peak * 1.3, w * 0.025, peak * 0.6), mix(wall, roof, 0.4))
    for u in (0.2, 0.5, 0.8):
        wx = x + gable + side * u - w * 0.045
        canvas.polygon(rect(wx, y - h * 0.72, w * 0.09, h * 0.34), ink("3a4f6b"))
        canvas.polygon(rect(wx, y - h * 0.72, w * 0.035, h * 0.14), ink("b8d4e6"))
        canvas.line(rect(wx, y - h * 0.72, w * 0.09, h * 0.34), ink("efe7d2"), 0.8, closed=True)
    canvas.polygon(rect(x + gable * 0.36, y - h * 0.55, gable * 0.28, h * 0.55), ink("6d4a2e"))
    canvas.polygon(oval(x + gable / 2, y - h * 1.1, gable * 0.12, h * 0.14), ink("3a4f6b"))
    canvas.line(
        oval(x + gable / 2, y - h * 1.1, gable * 0.12, h * 0.14), ink("efe7d2"), 0.8, closed=True
    )


def _village(canvas: Canvas) -> None:
    rng = np.random.default_rng(17)
    walls = (ink("f6ead0"), ink("efd9b4"), ink("f3e6dc"), ink("e2cda6"))
    roofs = (ink("c05a3b"), ink("b14a35"), ink("cf7144"), ink("8e5a4e"))
    spots = sorted(
        [(float(x), 640 + float(rng.uniform(0, 62))) for x in rng.uniform(1840, 2560, 24)]
        + [(1210.0, 700.0), (1110.0, 690.0), (990.0, 676.0), (3420.0, 700.0), (3560.0, 716.0)],
        key=lambda s: s[1],
    )
    _church(canvas, 2190, 662)
    for x, y in spots:
        if 1750 < x < 2700:
            y -= 26 if x > 2100 else 16
        size = 0.5 + (y - 600) / 95
        if rng.random() < 0.6:
            tree(canvas, x - 26 * size, y + 2, 46 * size, SUMMER, seed=int(x))
        _house(
            canvas,
            x,
            y,
            62 * size,
            25 * size,
            walls[int(rng.integers(4))],
            roofs[int(rng.integers(4))],
            rng,
        )
        if rng.random() < 0.7:
            clump(canvas, x + 66 * size, y, 14 * size, 10 * size, SUMMER, 1.8)


def _church(canvas: Canvas, x: float, y: float) -> None:
    wall, shade = ink("f3e8d0"), ink("b9b3b6")
    rng = np.random.default_rng(3)
    _house(canvas, x + 14, y, 110, 36, wall, ink("7d6a74"), rng)
    canvas.fill(rect(x - 14, y - 120, 16, 120), mottled(wall, 5, 12, 3))
    canvas.fill(rect(x + 2, y - 120, 18, 120), mottled(shade, 5, 12, 4))
    canvas.polygon([[x - 17, y - 120], [x + 3, y - 196], [x + 5, y - 120]], ink("8a93ab"))
    canvas.polygon([[x + 3, y - 196], [x + 23, y - 120], [x + 4, y - 120]], ink("565c78"))
    canvas.line([[x + 3, y - 196], [x + 3, y - 212]], ink("49405a"), 1.4)
    canvas.line([[x - 3, y - 206], [x + 9, y - 206]], ink("49405a"), 1.4)
    canvas.polygon(oval(x - 6, y - 98, 6, 6), ink("fdfaf0"))
    canvas.line([[x - 6, y - 98], [x - 6, y - 102]], ink("333344"), 1)
    canvas.line([[x - 6, y - 98], [x - 3, y - 97]], ink("333344"), 1)
    for k in (0, 1):
        canvas.polygon(oval(x - 6 + 17 * k, y - 66, 3, 9), ink("3d4157"))


def _trees(canvas: Canvas) -> None:
    rng = np.random.default_rng(23)
    for x in sorted(rng.uniform(700, 1080, 9)):
        conifer(
            canvas,
            float(x),
            float(rng.uniform(700, 742)),
            float(rng.uniform(120, 190)),
            PINE,
            int(x),
        )
    for x, foot, tall in (
        (1420, 700, 90),
        (1750, 740, 120),
        (2700, 700, 150),
        (2790, 716, 190),
        (2620, 690, 110),
        (3330, 730, 180),
        (3720, 720, 210),
        (3840, 742, 260),
        (620, 742, 190),
        (3640, 706, 120),
    ):
        canvas.fill(
            oval(x + tall * 0.2, foot + 2, tall * 0.42, tall * 0.06), ink("2f5238"), 0.55, soft=4
        )
        tree(canvas, x, foot, tall, OCHRE if x in (2700, 3720) else SUMMER, seed=int(x))


def _windmill(canvas: Canvas, x: float, y: float) -> None:
    """Build a white tower mill on its knoll."""
    knoll = curve(
        [
            [x - 520, y + 200],
            [x - 350, y + 136],
            [x - 170, y + 40],
            [x, y + 4],
            [x + 180, y + 44],
            [x + 370, y + 138],
            [x + 560, y + 200],
        ]
    )
    shape = under(knoll, 900)
    canvas.fill(
        shape, mottled(ramp([(y, ink("b4cb66")), (y + 190, ink("6f9f4b"))], rough=20), 7, 90, 15, 2)
    )
    canvas.brush(shape, 2600, 44, 8, lambda px, _y: (px - x) / 9, vary=8, alpha=0.55)
    canvas.fill(oval(x + 90, y + 22, 110, 12), ink("39603b"), 0.5, soft=6)
    body = np.array([[x - 48, y + 20], [x - 30, y - 150], [x + 30, y - 150], [x + 48, y + 20]])
    canvas.fill(
        body,
        mottled(
            ramp(
                [(x - 48, ink("fff6e0")), (x - 5, ink("f0e2c6")), (x + 46, ink("a9a4b4"))], axis="x"
            ),
            5,
            22,
            9,
            0.7,
        ),
    )
    for _ in range(60):
        py = y - 140 + 155 * float(canvas.rng.random())
        px = x + float(canvas.rng.uniform(-34, 34))
        canvas.fill(
            tube([[px, py], [px + 7, py]], (0.3, 1.4, 0.3)), ink("8f8578"), 0.35, inside=body
        )
    cap = curve(
        [[x - 36, y - 148], [x - 30, y - 176], [x, y - 198], [x + 30, y - 176], [x + 36, y - 148]]
    )
    canvas.fill(
        cap, mottled(ramp([(x - 36, ink("c9744a")), (x + 34, ink("6d3a35"))], axis="x"), 6, 10, 3)
    )
    canvas.line(cap, ink("50282a"), 1.3)
    for dy in (-110, -60):
        canvas.polygon(rect(x - 8, y + dy, 14, 20), ink("44506b"))
        canvas.line(rect(x - 8, y + dy, 14, 20), ink("7d5a40"), 1.4, closed=True)
    canvas.polygon(
        curve(
            [[x - 12, y + 18], [x - 12, y - 14], [x, y - 24], [x + 12, y - 14], [x + 12, y + 18]]
        ),
        ink("6b452c"),
    )
    hub = np.array([x - 4, y - 160])
    for k in range(4):
        _sail(canvas, hub, np.radians(24 + 90 * k))
    canvas.polygon(oval(hub[0], hub[1], 7, 7), ink("4b3226"))


def _sail(canvas: Canvas, hub: Points, turn: float) -> None:
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    cloth = np.array(
        [hub + along * a + across * b for a, b in ((28, 3), (150, 3), (150, 34), (28, 28))]
    )
    canvas.fill(cloth, mottled(ink("f7eedb"), 6, 30, 12), 0.92)
    for a in np.linspace(28, 150, 12):
        canvas.line(
            [hub + along * a + across * 2, hub + along * a + across * 33], ink("8a6a4b"), 0.9
        )
    for b in (13, 24):
        canvas.line(
            [hub + along * 28 + across * b, hub + along * 150 + across * b], ink("8a6a4b"), 0.8
        )
    canvas.line(cloth, ink("6b4b35"), 1.4, closed=True)
    canvas.line([hub, hub + along * 156], ink("59402f"), 3.4)


def _meadow(canvas: Canvas) -> None:
    line = ridge(WIDTH, 800, 13, 900, 91)
    shape = under(line, 1085)
    canvas.fill(
        shape,
        mottled(
            ramp([(770, ink("a9c65b")), (880, ink("7fae48")), (1080, ink("3f7436"))], rough=30),
            9,
            160,
            92,
            2,
        ),
    )
    canvas.brush(shape, 9000, 60, 11, lambda x, _y: 8 * np.sin(x / 400), vary=9, alpha=0.6)
    path = tube(
        [[-60, 968], [500, 950], [1100, 962], [1800, 944], [2500, 958], [3200, 940], [4040, 955]],
        (64, 56, 62, 54, 60, 56, 60),
        30,
    )
    canvas.fill(
        path,
        mottled(ramp([(910, ink("e9d7a4")), (985, ink("c4a46e"))], rough=14), 8, 60, 93, 3),
        soft=4,
    )
    canvas.brush(path, 5200, 44, 6, 0, vary=9, alpha=0.55, spread=6)
    rng = np.random.default_rng(12)
    for _ in range(520):
        x, y = float(rng.uniform(0, WIDTH)), float(rng.uniform(925, 985))
        r = float(rng.uniform(1, 4))
        canvas.fill(oval(x + 1, y + r * 0.5, r * 1.4, r * 0.7), ink("6e5738"), 0.5, inside=path)
        canvas.fill(oval(x, y, r * 1.2, r * 0.7), jitter(ink("d8c8a4"), 12, rng), 0.9, inside=path)
    for count, low, high, tall, palette in (
        (5200, 790, 860, 9, SUMMER),
        (5200, 840, 925, 15, SUMMER),
        (1800, 905, 930, 20, SUMMER),
        (1700, 978, 1000, 26, SUMMER),
        (5200, 1000, 1085, 44, SUMMER),
    ):
        places = np.stack([rng.uniform(-20, WIDTH + 20, count), rng.uniform(low, high, count)], 1)
        keep = places[:, 1] > np.interp(places[:, 0], line[:, 0], line[:, 1]) + 8
        grass(canvas, places[keep], tall, palette, width=0.7 + tall / 32)
    for count, low, high, size in ((420, 830, 915, 2.6), (330, 1000, 1070, 6.0)):
        across = rng.uniform(0, WIDTH, count)
        patch = np.sin(across / 170) + rng.normal(0, 0.7, count) > 0.4
        places = np.stack([across, rng.uniform(low, high, count)], 1)[patch]
        flowers(canvas, places, size, (ink("f7f3ea"), ink("e4573d"), ink("f2c230"), ink("8c6fc4")))
    _cloud_shade(canvas)
    _fence(canvas, 2420, 3960)
    _signpost(canvas, 1780, 926)
    for x, y, r in ((2330, 900, 34), (2380, 910, 26), (1010, 905, 30), (3300, 912, 24)):
        canvas.fill(oval(x + r * 0.6, y + r * 0.6, r * 1.5, r * 0.35), ink("2f5a35"), 0.5, soft=4)
        clump(canvas, x, y, r * 1.4, r, SUMMER, 4.2)
        blooms = np.stack(
            [x + rng.normal(0, r * 0.7, 9), y - r * 0.2 + rng.normal(0, r * 0.35, 9)], 1
        )
        flowers(canvas, blooms, 3.2, (ink("f3b8c8"), ink("f7f3ea")))


def _cloud_shade(canvas: Canvas) -> None:
    """Let clouds shade parts of the meadow, and darken it towards the viewer's feet."""
    rng = np.random.default_rng(77)
    for x in (820, 1650, 2480, 3350):
        for _ in range(3):
            px = x + float(rng.normal(0, 130))
            shape = oval(px, float(rng.uniform(840, 1040)), float(rng.uniform(170, 330)), 38)
            canvas.fill(shape, ink("7fa0a0"), 0.42, soft=24, mode="multiply")
    low = ramp([(985, ink("ffffff")), (1085, ink("8fa29a"))])
    canvas.fill(rect(0, 985, WIDTH, HEIGHT - 985), low, mode="multiply")


def _sheep(canvas: Canvas) -> None:
    rng = np.random.default_rng(19)
    for k in range(15):
        x, y = 2290 + 330 * float(rng.random()), 726 + 50 * float(rng.random())
        s = (y - 640) / 13
        way = 1 if k % 3 else -1
        canvas.fill(
            oval(x + s * 0.4, y + s * 0.75, s * 1.3, s * 0.25), ink("2f5a35"), 0.5, soft=1.5
        )
        for dx in (-0.6, -0.3, 0.35, 0.6):
            canvas.line([[x + dx * s, y + s * 0.3], [x + dx * s, y + s * 0.85]], ink("4a4048"), 1.3)
        for _ in range(26):
            u, v = float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1))
            if u * u + v * v < 1:
                tone = mix(ink("c9c0c4"), ink("fffaf0"), 0.5 - 0.3 * u - 0.4 * v)
                canvas.polygon(
                    oval(x + u * s * 0.85, y + v * s * 0.5, s * 0.26, s * 0.24, n=12), tone
                )
        canvas.polygon(
            oval(x + way * s * 1.0, y - s * 0.12, s * 0.3, s * 0.22, 35 * way), ink("4a4048")
        )


def _boat(canvas: Canvas, x: float, y: float) -> None:
    hull = np.vstack(
        [
            curve([[x - 44, y - 12], [x - 34, y + 6], [x + 34, y + 6], [x + 46, y - 14]]),
            curve([[x + 46, y - 14], [x, y - 5], [x - 44, y - 12]]),
        ]
    )
    canvas.fill(hull + [3, 14], ink("2f5f80"), 0.6, soft=3)
    canvas.fill(oval(x, y - 8, 42, 6), ink("4a2f24"))
    canvas.fill(hull, mottled(ramp([(y - 14, ink("d8573f")), (y + 6, ink("7a2a2c"))]), 5, 10, 4))
    canvas.line(curve([[x - 44, y - 12], [x, y - 5], [x + 46, y - 14]]), ink("fff0d8"), 2)
    canvas.line([[x, y - 8], [x, y - 84]], ink("5a4030"), 2.6)
    canvas.fill(
        curve(
            [[x + 3, y - 82], [x + 38, y - 40], [x + 42, y - 18], [x + 3, y - 18]],
            closed=True,
            steps=6,
        ),
        mottled(ramp([(x, ink("fffaf0")), (x + 44, ink("d9c6b0"))], axis="x"), 4, 14, 3),
    )
    canvas.fill([[x - 3, y - 78], [x - 30, y - 20], [x - 3, y - 18]], ink("e9d9c0"))


def _signpost(canvas: Canvas, x: float, y: float) -> None:
    canvas.fill(oval(x + 20, y + 3, 34, 5), ink("5a4a30"), 0.5, soft=3)
    post = rect(x - 5, y - 128, 10, 132)
    canvas.fill(
        post,
        mottled(ramp([(x - 5, ink("c9a878")), (x + 5, ink("5b4534"))], axis="x"), 8, 16, 7, 0.4),
    )
    canvas.line(post, ink("46352a"), 1, closed=True)
    for dy, way in ((-116, 1), (-84, -1)):
        board = np.array([[-14, 0], [58, 0], [74, 12], [58, 24], [-14, 24]]) * [way, 1] + [
            x,
            y + dy,
        ]
        canvas.fill(board, mottled(ink("b98f5c"), 9, 26, 8, 5))
        canvas.line(board, ink("46352a"), 1.3, closed=True)
        canvas.line(board[:2] + [0, 2], ink("ecd0a0"), 1.2)
        for k in range(5):
            canvas.line(
                [[x + way * (2 + 10 * k), y + dy + 12], [x + way * (8 + 10 * k), y + dy + 12]],
                ink("5a3a24"),
                3,
            )


def _fence(canvas: Canvas, left: float, right: float) -> None:
    rng = np.random.default_rng(31)
    wood, light = ink("8a6a4c"), ink("d8bc8e")
    posts = [
        (x + float(rng.normal(0, 4)), 880 + float(rng.normal(0, 2)))
        for x in np.arange(left, right, 96.0)
    ]
    for (x0, y0), (x1, y1) in pairwise(posts):
        for up in (22, 46):
            rail = tube(
                [[x0, y0 - up], [(x0 + x1) / 2, (y0 + y1) / 2 - up + 3], [x1, y1 - up]], (7, 6.5, 7)
            )
            canvas.fill(rail, mottled(wood, 9, 20, 6, 6))
            canvas.stroke(np.array([[x0, y0 - up - 2], [x1, y1 - up - 1.5]]), light, 1.8)
    for x, y in posts:
        post = np.array(
            [[x - 6, y + 4], [x - 5, y - 60], [x, y - 66], [x + 5, y - 60], [x + 6, y + 4]]
        )
        canvas.fill(
            post, mottled(ramp([(x - 6, light), (x + 6, ink("5b4534"))], axis="x"), 8, 16, 7, 0.4)
        )
        canvas.line(post, ink("46352a"), 1)
        tufts = np.stack([x + rng.normal(0, 9, 14), y + rng.uniform(0, 8, 14)], 1)
        grass(canvas, tufts, 18, SUMMER)


def _oak(canvas: Canvas) -> None:
    """Frame the left with the old oak, its boughs over the meadow."""
    rng = np.random.default_rng(41)
    light, dark = ink("c09a6c"), ink("2c211d")
    canvas.fill(oval(400, 884, 430, 22), ink("2a4a2f"), 0.6, soft=9)
    bark = mottled(
        ramp([(150, ink("a9865e")), (255, ink("5a4232")), (330, dark)], axis="x", rough=10),
        12,
        26,
        14,
        0.35,
    )
    boughs = (
        [[250, 560], [300, 480], [420, 410], [560, 380], [700, 405]],
        [[250, 540], [200, 400], [120, 310], [40, 250]],
        [[255, 540], [290, 400], [350, 280], [410, 170]],
        [[240, 600], [170, 510], [90, 468], [0, 455]],
    )
    for bough in boughs:
        shape = tube(bough, (78, 46, 30, 18, 6), 10)
        canvas.fill(shape, bark)
        _bark_lines(canvas, curve(bough), 15, shape, light, dark, rng)
    foot = curve([[205, 640], [196, 780], [172, 858], [96, 898]])
    end = curve([[420, 904], [330, 866], [300, 790], [296, 640]])
    toes = curve(
        [[96, 898], [150, 892], [190, 908], [250, 894], [310, 910], [360, 894], [420, 904]]
    )
    crotch = curve([[296, 640], [300, 560], [252, 520], [196, 560], [205, 640]])
    trunk = np.vstack([foot, toes, end, crotch])
    canvas.fill(trunk, bark)
    for k in np.linspace(-1, 1, 15):
        spine = curve(
            [
                [250 + 44 * k, 540],
                [250 + 44 * k, 660],
                [246 + 52 * k, 790],
                [252 + 84 * k, 860],
                [256 + 150 * k, 905],
            ]
        )
        _bark_lines(
            canvas, spine, 4, trunk, light if k < -0.1 else mix(light, dark, 0.7), dark, rng
        )
    canvas.fill(
        curve([[262, 690], [278, 668], [292, 694], [282, 730], [266, 726]], closed=True),
        ink("1d1512"),
        0.9,
        soft=1,
    )
    canvas.line(
        curve([[258, 694], [276, 660], [297, 692], [284, 738], [262, 732]], closed=True),
        ink("7c5f46"),
        2.2,
        closed=True,
    )
    balls = [
        (float(rng.uniform(-60, 640)), float(rng.uniform(20, 330)), float(rng.uniform(75, 120)))
        for _ in range(26)
    ]
    balls += [
        (700, 400, 66),
        (610, 350, 80),
        (520, 330, 90),
        (20, 420, 90),
        (-10, 300, 110),
        (748, 418, 44),
    ]
    for x, y, r in sorted(balls, key=lambda b: -(b[0] * 0.6 + b[1])):
        if np.hypot((x - 260) / 470, (y - 190) / 290) <= 1.12 or x > 690:
            clump(canvas, x, y, r, r * 0.72, SUMMER, 6.5, 0.95)
    places = np.stack([rng.uniform(80, 440, 260), rng.uniform(892, 916, 260)], 1)
    grass(canvas, places, 26, SUMMER, width=1.5)


def _bark_lines(
    canvas: Canvas,
    spine: Points,
    count: int,
    inside: Points,
    light: Colour,
    dark: Colour,
    rng: np.random.Generator,
) -> None:
    """Score broken ridges along a trunk or bough, light ones on top of dark ones."""
    for k in range(count * 5):
        start = int(rng.integers(0, max(1, len(spine) - 6)))
        piece = spine[start : start + int(rng.integers(3, 7))] + rng.normal(0, 5, 2)
        piece = piece + rng.normal(0, 0.8, piece.shape)
        tone = mix(dark, light, float(rng.uniform(0.55, 1))) if k % 2 else dark
        width = float(rng.uniform(1.2, 3.4))
        canvas.fill(tube(piece, (0.3, width, 0.3), 3), tone, 0.55, inside=inside)
