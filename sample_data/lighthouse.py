"""The tilt: up a lighthouse at sunset, from the rocks to the lamp."""

# A list added to an array of points moves them.
# ruff: noqa: RUF005

from __future__ import annotations

import numpy as np

from sample_data.nature import clump, cumulus, flowers, grass, rock
from sample_data.paint import (
    Canvas,
    Floats,
    Pixels,
    Points,
    curve,
    fbm,
    ink,
    mix,
    mottled,
    noise_at,
    oval,
    ramp,
    rect,
    tube,
)

WIDTH, HEIGHT = 1920, 2080
AXIS = 1120.0
SEA = 1490.0


def paint_lighthouse(seed: int) -> Pixels:
    """Paint all that the tilt passes, ``(2080, 1920, 3)``."""
    canvas = Canvas.new(WIDTH, HEIGHT, seed=seed)
    _sky(canvas)
    _sea(canvas)
    _headland(canvas)
    _cottage(canvas, 420, 1728)
    _tower(canvas)
    _foreground(canvas)
    _gulls(canvas)
    return canvas.reduced()


def _sky(canvas: Canvas) -> None:
    canvas.fill(
        rect(0, 0, WIDTH, SEA + 10),
        ramp(
            [
                (0, ink("243a72")),
                (420, ink("4a5d9c")),
                (820, ink("9a86b4")),
                (1120, ink("e3a19a")),
                (1320, ink("f8c184")),
                (1490, ink("fde4a6")),
            ],
            rough=26,
        ),
    )
    canvas.brush(rect(0, 0, WIDTH, SEA), 9000, 170, 26, -4, vary=4, alpha=0.35, spread=8)
    rng = np.random.default_rng(9)
    for _ in range(150):
        x, y = float(rng.uniform(0, WIDTH)), float(rng.uniform(0, 520)) * float(rng.random())
        canvas.fill(oval(x, y, 1.4, 1.4, n=10), ink("fff6dc"), float(rng.uniform(0.3, 0.9)))
    for x, y, w, tall, seed in (
        (300, 700, 1300, 260, 1),
        (1650, 560, 1000, 240, 2),
        (200, 1080, 900, 190, 3),
        (1700, 1010, 900, 230, 4),
        (820, 330, 760, 150, 5),
    ):
        t = y / 1400
        cumulus(
            canvas,
            x,
            y,
            w,
            tall,
            mix(ink("f0bccb"), ink("ffdf9a"), t),
            mix(ink("4a5196"), ink("b66f92"), t),
            seed=seed,
            alpha=0.95,
            sun=(-0.9, 0.28),
        )
    for k in range(46):
        start = rng.uniform([-100, 1130], [WIDTH, 1475])
        long = float(rng.uniform(200, 620))
        bow = np.array([[0, 0], [long / 2, -5], [long, 2]])
        streak = tube(start + bow, (1, 9, 14, 8, 1))
        canvas.fill(streak, mix(ink("d77f86"), ink("fff0b8"), k / 46), 0.5, soft=2.5)
    canvas.glow(230, 1462, 760, ink("ffd78a"), 0.9)
    canvas.fill(oval(230, 1470, 62, 62), ink("fffbe4"), soft=1.5)


def _sea(canvas: Canvas) -> None:
    def water(x: Floats, y: Floats) -> Floats:
        base = ramp(
            [
                (SEA, ink("f3c795")),
                (SEA + 70, ink("b98a9a")),
                (SEA + 200, ink("58659a")),
                (HEIGHT, ink("2b3f6e")),
            ]
        )(x, y)
        depth = np.clip((y - SEA) / 300, 0.04, 1.5)
        wave = noise_at(x / (0.6 + 2 * depth), (y - SEA) * 2.2 / (0.25 + depth), 50, 18, 2.6)
        glint = (
            np.exp(-((x - 230) ** 2) / (2 * (90 + 190 * depth) ** 2))
            * np.clip(wave + 0.2, 0, 1.6)
            * 46
        )
        return np.asarray(
            base + (wave * 12)[..., None] + glint[..., None] * np.array([0.45, 0.8, 1.0]),
            np.float32,
        )

    shape = rect(0, SEA, WIDTH, HEIGHT - SEA)
    canvas.fill(shape, water)
    canvas.brush(shape, 7000, 60, 5, 0, vary=9, alpha=0.5, spread=3)
    rng = np.random.default_rng(4)
    for _ in range(800):
        y = SEA + 4 + 420 * float(rng.random()) ** 1.6
        near = (y - SEA) / 200
        x, w = float(rng.normal(260, 120 + 160 * near)), float(rng.uniform(6, 34)) * (0.4 + near)
        canvas.fill(tube([[x, y], [x + w, y]], (0.2, 1.2 + near, 0.2)), ink("fff3c4"), 0.8)
    far = fbm(4, WIDTH + 200, 260, 3, 5)[2]
    xs = np.arange(1300, WIDTH + 40, 5.0)
    hills = np.stack([xs, SEA - 22 - 20 * far[(xs - 1300).astype(int)] - (xs - 1300) * 0.05], 1)
    canvas.fill(
        np.vstack([hills, [[WIDTH + 40, SEA + 2], [1300, SEA + 2]]]),
        ramp([(SEA - 90, ink("8a7fae")), (SEA, ink("d3a1a2"))]),
    )


def _headland(canvas: Canvas) -> None:
    top = curve(
        [
            [-40, 1700],
            [260, 1690],
            [560, 1716],
            [860, 1690],
            [1130, 1672],
            [1420, 1700],
            [1640, 1770],
            [1800, 1880],
            [1960, 1960],
        ]
    )
    shape = np.vstack([top, [[1960, HEIGHT + 10], [-40, HEIGHT + 10]]])
    canvas.fill(
        shape,
        mottled(
            ramp([(1680, ink("b7a152")), (1800, ink("6d7d44")), (2080, ink("2f4a3c"))], rough=30),
            10,
            120,
            8,
            2,
        ),
    )
    canvas.brush(
        shape, 5200, 52, 10, lambda x, _y: 10 + 25 * max(0.0, (x - 1400) / 500), vary=9, alpha=0.6
    )
    path = tube(
        [[1090, 1716], [1010, 1790], [820, 1850], [700, 1940], [760, 2100]], (50, 62, 86, 120, 190)
    )
    canvas.fill(
        path, mottled(ramp([(1700, ink("efcf94")), (2080, ink("9d8264"))]), 9, 50, 12, 2), soft=3
    )
    canvas.brush(path, 1600, 40, 8, 8, vary=9, alpha=0.5)
    rng = np.random.default_rng(14)
    places = np.stack([rng.uniform(-20, 1900, 4200), 1700 + 380 * rng.random(4200) ** 0.8], 1)
    level = np.interp(places[:, 0], top[:, 0], top[:, 1])
    inside = (places[:, 1] > level + 6) & (canvas.cover(path)[1].size > 0)
    box, mask = canvas.cover(path)
    px = np.clip(
        (places * canvas.scale).astype(int) - [box[1].start, box[0].start],
        0,
        [mask.shape[1] - 1, mask.shape[0] - 1],
    )
    inside &= mask[px[:, 1], px[:, 0]] < 0.3
    grass(
        canvas,
        places[inside],
        22,
        (ink("2f4a36"), ink("5c7440"), ink("a99d4c"), ink("f0d27c")),
        width=1.5,
    )


def _cottage(canvas: Canvas, x: float, y: float) -> None:
    """Build the keeper's house, gable to the sun."""
    wall = mottled(ramp([(x, ink("ffe6bd")), (x + 150, ink("f2cfa0"))], axis="x"), 6, 26, 4)
    side = mottled(ramp([(x + 150, ink("b9a0b2")), (x + 470, ink("8d83a8"))], axis="x"), 6, 26, 5)
    canvas.fill(oval(x + 330, y + 8, 330, 18), ink("3a3f52"), 0.5, soft=7)
    canvas.fill([[x, y], [x, y - 130], [x + 80, y - 235], [x + 160, y - 130], [x + 160, y]], wall)
    canvas.fill([[x + 160, y], [x + 160, y - 130], [x + 470, y - 130], [x + 470, y]], side)
    for _ in range(150):
        px, py = x + float(canvas.rng.uniform(4, 466)), y - float(canvas.rng.uniform(2, 128))
        tone = ink("d9ae88") if px < x + 160 else ink("77709a")
        canvas.fill(tube([[px, py], [px + 12, py]], (0.4, 1.6, 0.4)), tone, 0.5)
    roof = np.array([[x + 80, y - 240], [x + 390, y - 240], [x + 488, y - 118], [x + 168, y - 118]])
    canvas.fill(
        roof, mottled(ramp([(y - 240, ink("b8604e")), (y - 118, ink("7d4450"))]), 9, 18, 6, 2)
    )
    for k in range(1, 13):
        t = k / 13
        a, b = roof[0] * (1 - t) + roof[3] * t, roof[1] * (1 - t) + roof[2] * t
        canvas.line([a, b], ink("562f3e"), 0.9)
        for u in np.arange(0.02 * (k % 2), 1, 0.04):
            p = a * (1 - u) + b * u
            canvas.line([p, p + (roof[3] - roof[0]) / 13], ink("6a3a45"), 0.7)
    canvas.line([[x - 12, y - 116], [x + 80, y - 241], [x + 168, y - 118]], ink("6b4038"), 5)
    canvas.polygon(rect(x + 300, y - 300, 44, 90), ink("8d5a58"))
    canvas.polygon(rect(x + 300, y - 300, 16, 76), ink("d9977a"))
    canvas.polygon(rect(x + 294, y - 306, 56, 10), ink("5b3a42"))
    for wx in (200, 300, 400):
        pane = rect(x + wx, y - 96, 44, 52)
        canvas.fill(pane, ramp([(y - 96, ink("ffd98a")), (y - 40, ink("f59a4a"))]))
        canvas.glow(x + wx + 22, y - 70, 80, ink("ffb45a"), 0.35)
        canvas.line(pane, ink("f2e6d8"), 3.5, closed=True)
        canvas.line([[x + wx + 22, y - 96], [x + wx + 22, y - 44]], ink("f2e6d8"), 2)
        canvas.line([[x + wx, y - 70], [x + wx + 44, y - 70]], ink("f2e6d8"), 2)
        canvas.polygon(rect(x + wx - 4, y - 44, 52, 8), ink("8a6a70"))
    canvas.fill(rect(x + 56, y - 92, 48, 92), mottled(ink("3f6a78"), 6, 14, 7, 0.3))
    canvas.line(rect(x + 56, y - 92, 48, 92), ink("fff0d4"), 3, closed=True)
    canvas.polygon(oval(x + 95, y - 44, 3, 3), ink("f6c95a"))
    for px, tall in (
        (x + 12, 46),
        (x + 146, 38),
        (x + 180, 30),
        (x + 270, 26),
        (x + 372, 26),
        (x + 462, 60),
    ):
        clump(
            canvas,
            px,
            y - tall * 0.4,
            tall * 0.5,
            tall * 0.5,
            (ink("26403a"), ink("47633f"), ink("8a8c48"), ink("e0c470")),
            3.4,
        )
    blooms = np.stack([x + canvas.rng.uniform(0, 470, 34), y + canvas.rng.normal(-4, 8, 34)], 1)
    flowers(canvas, blooms, 3.4, (ink("f2a07a"), ink("f7e0d0"), ink("d86a7a")))
    canvas.fill(
        [[x + 160, y - 118], [x + 482, y - 118], [x + 470, y - 104], [x + 160, y - 104]],
        ink("4a3f66"),
        0.5,
        soft=3,
        mode="multiply",
    )
    canvas.fill(oval(x + 80, y - 168, 16, 16), ink("4a5674"))
    canvas.line(oval(x + 80, y - 168, 16, 16), ink("fff0d4"), 3, closed=True)


def _half(y: float) -> float:
    """Half the tower's width at a height: wide at the foot, nearly straight above."""
    t = np.clip((1690 - y) / 1160, 0, 1)
    return float(92 + 78 * (1 - t) ** 1.7)


def _tower(canvas: Canvas) -> None:
    ys = np.linspace(1696, 520, 60)
    outline = np.vstack(
        [
            np.stack([AXIS - np.array([_half(y) for y in ys]), ys], 1),
            np.stack([AXIS + np.array([_half(y) for y in ys]), ys], 1)[::-1],
        ]
    )
    canvas.fill(oval(AXIS + 190, 1700, 330, 22), ink("33384e"), 0.55, soft=9)
    rows = np.array([_half(float(y)) for y in range(HEIGHT)], np.float32)
    bands = np.array([1696, 1520, 1340, 1165, 1000, 840, 690, 520])

    def wall(x: Floats, y: Floats) -> Floats:
        half = rows[np.clip(y.astype(int), 0, HEIGHT - 1)]
        u = np.clip((x - AXIS) / half, -1, 1)
        bow = y + 16 * np.sqrt(np.maximum(0, 1 - u * u)) * np.clip((1500 - y) / 900, -0.3, 1)
        band = np.searchsorted(-bands, -bow)[..., None] % 2
        red = np.array(ink("c9483c"), np.float32)
        white = np.array(ink("f6ead6"), np.float32)
        colour = np.where(band == 0, red, white).astype(np.float32)
        angle = np.arcsin(u)
        lit = np.clip(np.cos(angle + 0.9), 0, 1)
        warm, cold = np.array([0.72, 0.94, 1.1]), np.array([0.78, 0.56, 0.58])
        shade = cold + (warm - cold) * lit[..., None]
        bounce = np.clip(u - 0.72, 0, 1)[..., None] * np.array([0.5, 0.3, 0.28])
        row = np.floor(bow / 13)
        along = angle * half / 26 + 0.5 * np.mod(row, 2)
        joint = np.minimum(np.mod(bow, 13) / 13, 1 - np.mod(bow, 13) / 13) < 0.06
        joint |= (np.abs(np.mod(along, 1) - 0.5) > 0.47) & (np.abs(u) < 0.97)
        block = np.sin(row * 12.9898 + np.floor(along) * 78.233) * 43758.5453
        block = (block - np.floor(block) - 0.5) * 13
        stain = np.minimum(0, noise_at(x * 3, y * 0.5, 90, 33)) * 12
        paint = (
            colour * (shade + bounce)
            + (block + stain)[..., None]
            + noise_at(x, y, 26, 34)[..., None] * 5
        )
        return np.asarray(np.where(joint[..., None], paint * 0.84, paint), np.float32)

    canvas.fill(outline, wall)
    canvas.line(outline, ink("4a2f40"), 1.4, closed=True)
    for y, dx in ((1420, -20), (1250, 26), (1080, -24), (915, 22), (760, -18), (610, 12)):
        _slit(canvas, AXIS + dx, y)
    _door(canvas)
    _lantern(canvas)


def _slit(canvas: Canvas, x: float, y: float) -> None:
    frame = curve(
        [[x - 19, y + 34], [x - 19, y - 20], [x, y - 42], [x + 19, y - 20], [x + 19, y + 34]]
    )
    canvas.fill(frame, mottled(ink("d8c2b4"), 6, 10, 3))
    canvas.line(frame, ink("5b4050"), 1.4, closed=True)
    pane = curve(
        [[x - 12, y + 27], [x - 12, y - 16], [x, y - 31], [x + 12, y - 16], [x + 12, y + 27]]
    )
    canvas.fill(pane, ramp([(y - 30, ink("4a4f7a")), (y + 30, ink("f0a860"))]))
    canvas.line([[x, y - 30], [x, y + 27]], ink("efe2d0"), 2)
    canvas.line([[x - 12, y], [x + 12, y]], ink("efe2d0"), 2)
    canvas.polygon(rect(x - 24, y + 32, 48, 8), ink("a68f98"))
    canvas.line([[x - 24, y + 32], [x + 24, y + 32]], ink("fff0dc"), 1.4)


def _door(canvas: Canvas) -> None:
    x, y = AXIS - 34, 1700
    arch = curve([[x - 46, y], [x - 46, y - 108], [x, y - 158], [x + 46, y - 108], [x + 46, y]])
    canvas.fill(arch, mottled(ink("c7b6ad"), 8, 12, 5))
    canvas.line(arch, ink("4d3a48"), 1.6, closed=True)
    leaf = curve([[x - 34, y], [x - 34, y - 100], [x, y - 140], [x + 34, y - 100], [x + 34, y]])
    canvas.fill(
        leaf,
        mottled(ramp([(x - 34, ink("3f7f86")), (x + 34, ink("24506a"))], axis="x"), 7, 16, 8, 0.3),
    )
    for dx in (-20, -7, 7, 20):
        canvas.line([[x + dx, y], [x + dx, y - 108]], ink("1f3c50"), 1)
    canvas.line(leaf, ink("1d2f40"), 1.6, closed=True)
    canvas.polygon(oval(x + 22, y - 56, 4, 4), ink("f2c75c"))
    for k in range(3):
        canvas.fill(
            rect(x - 62 - 10 * k, y - 4 + 9 * k, 124 + 20 * k, 10),
            mottled(ink("c2a99c"), 7, 14, 9, 2),
        )
        canvas.line(
            [[x - 62 - 10 * k, y - 4 + 9 * k], [x + 62 + 10 * k, y - 4 + 9 * k]], ink("fff0d6"), 1.4
        )


def _lantern(canvas: Canvas) -> None:
    """Build corbels, gallery, glass and dome."""
    x = AXIS
    metal = ramp(
        [(x - 150, ink("c98f74")), (x - 60, ink("8c5f6e")), (x + 150, ink("3a3658"))], axis="x"
    )
    canvas.fill(
        curve([[x - 92, 534], [x - 100, 510], [x - 140, 470]]).tolist()
        + [[x + 140, 470], [x + 100, 510], [x + 92, 534]],
        ramp([(x - 140, ink("ffe3bd")), (x, ink("cdb3b4")), (x + 140, ink("6f6a92"))], axis="x"),
    )
    for k in range(-6, 7):
        u = np.sin(k * 0.22)
        canvas.stroke(
            curve([[x + u * 92, 532], [x + u * 102, 508], [x + u * 138, 472]]), ink("7d6078"), 4
        )
    canvas.fill(rect(x - 152, 456, 304, 20), metal)
    canvas.line([[x - 152, 457], [x + 152, 457]], ink("ffd9ae"), 1.6)
    canvas.fill(rect(x - 76, 300, 152, 158), ramp([(300, ink("fff3c0")), (458, ink("ffc868"))]))
    canvas.fill(oval(x, 382, 34, 56), ink("fffdf0"), soft=5)
    for k in range(-4, 5):
        r = 56 - 4 * abs(k)
        canvas.line(
            curve([[x - r * 0.6, 382 + k * 12], [x, 386 + k * 12], [x + r * 0.6, 382 + k * 12]]),
            ink("e8b75c"),
            1.5,
        )
    for u in (-0.98, -0.62, -0.22, 0.22, 0.62, 0.98):
        canvas.line([[x + 76 * u, 300], [x + 76 * u, 458]], ink("4b3448"), 4)
        canvas.line([[x + 76 * u - 1.4, 300], [x + 76 * u - 1.4, 458]], ink("e39a72"), 1)
    for y in (352, 406):
        canvas.line([[x - 76, y], [x + 76, y]], ink("4b3448"), 3)
    for u in np.sin(np.linspace(-1.45, 1.45, 17)):
        canvas.line(
            [[x + u * 148, 456], [x + u * 148, 402]],
            ink("4a3a52") if u > -0.2 else ink("a56f66"),
            2.6,
        )
    for y in (402, 428):
        canvas.line([[x - 150, y], [x + 150, y]], ink("5c4460"), 3.4)
        canvas.line([[x - 150, y - 1.4], [x + 40, y - 1.4]], ink("f0b58c"), 1.2)
    dome = curve(
        [
            [x - 96, 304],
            [x - 92, 268],
            [x - 60, 214],
            [x, 186],
            [x + 60, 214],
            [x + 92, 268],
            [x + 96, 304],
        ]
    )
    canvas.fill(
        dome,
        mottled(
            ramp(
                [(x - 96, ink("f08a62")), (x - 30, ink("b34a44")), (x + 96, ink("4f2a4a"))],
                axis="x",
            ),
            6,
            20,
            4,
        ),
    )
    for u in (-0.7, -0.35, 0.0, 0.35, 0.7):
        canvas.stroke(curve([[x, 188], [x + u * 62, 224], [x + u * 98, 302]]), ink("5b2b40"), 2.4)
    canvas.line(dome, ink("401f38"), 1.8)
    canvas.fill(rect(x - 104, 298, 208, 12), metal)
    canvas.fill(
        oval(x, 176, 15, 15), ramp([(x - 15, ink("ffd58e")), (x + 15, ink("8a4a4e"))], axis="x")
    )
    canvas.line([[x, 162], [x, 84]], ink("4b3448"), 3.4)
    canvas.polygon(
        [
            [x - 46, 112],
            [x + 30, 108],
            [x + 30, 102],
            [x + 62, 110],
            [x + 30, 120],
            [x + 30, 115],
            [x - 30, 118],
            [x - 48, 126],
        ],
        ink("4b3448"),
    )
    canvas.glow(x, 380, 520, ink("ffcf80"), 0.6)
    for side in (-1, 1):
        beam = np.array(
            [
                [x + side * 60, 366],
                [x + side * 1500, 180],
                [x + side * 1500, 520],
                [x + side * 60, 398],
            ]
        )
        canvas.fill(beam, ink("fff0b8"), 0.17, soft=16, mode="screen")


def _foreground(canvas: Canvas) -> None:
    rng = np.random.default_rng(2)
    for x, y, w, tall, seed in (
        (1560, 1850, 300, 150, 1),
        (1760, 1930, 330, 170, 2),
        (1360, 1960, 260, 120, 3),
        (1620, 2030, 420, 150, 4),
        (90, 1950, 380, 190, 5),
        (300, 2040, 340, 130, 6),
        (1150, 2060, 260, 90, 7),
        (-20, 2060, 300, 160, 8),
    ):
        n = 11
        turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
        far = rng.uniform(0.8, 1.12, n)
        outline = np.stack([x + w / 2 * far * np.cos(turn), y + tall / 2 * far * np.sin(turn)], 1)
        canvas.fill(
            oval(x + 30, y + tall * 0.45, w * 0.55, tall * 0.14), ink("1f2a38"), 0.6, soft=8
        )
        rock(canvas, outline, ink("8a6a72"), ink("f2bf92"), ink("3c3556"), seed)
    places = np.stack([rng.uniform(-10, WIDTH, 1500), rng.uniform(2010, 2090, 1500)], 1)
    grass(
        canvas, places, 58, (ink("1f332c"), ink("3f5a3a"), ink("8d8a48"), ink("e8c878")), width=2.4
    )


def _gulls(canvas: Canvas) -> None:
    """Let gulls glide, their wings bent at the wrist, light above and grey below."""
    for x, y, w, tilt in (
        (560, 560, 62, 8),
        (690, 626, 44, -6),
        (440, 668, 36, 14),
        (1580, 780, 52, -10),
        (1690, 726, 34, 6),
        (760, 1180, 44, 10),
        (330, 960, 32, -8),
    ):
        c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))

        def at(
            points: list[list[float]],
            x: float = x,
            y: float = y,
            w: float = w,
            c: float = c,
            s: float = s,
        ) -> Points:
            turned = np.array(points) * w @ np.array([[c, s], [-s, c]])
            return np.asarray(turned + [x, y], np.float64)

        for side in (-1, 1):
            wing = at(
                [
                    [0, -0.04],
                    [side * 0.28, -0.26],
                    [side * 0.5, -0.30],
                    [side * 1.0, -0.12],
                    [side * 0.52, -0.17],
                    [side * 0.3, -0.08],
                    [0, 0.08],
                ]
            )
            canvas.polygon(
                curve(wing, closed=True, steps=5), ink("f6e6dc") if side < 0 else ink("b7a2bd")
            )
            canvas.polygon(
                at([[side * 1.0, -0.12], [side * 0.8, -0.215], [side * 0.78, -0.165]]),
                ink("3f3850"),
            )
        canvas.polygon(at(oval(0.02, 0.02, 0.24, 0.085).tolist()), ink("fff3e4"))
        canvas.polygon(at(oval(0.04, 0.055, 0.2, 0.045).tolist()), ink("b3a0ba"))
        canvas.polygon(at([[0.24, 0.0], [0.33, 0.035], [0.23, 0.05]]), ink("e8a040"))
        canvas.polygon(
            at([[-0.2, 0.0], [-0.38, -0.03], [-0.36, 0.05], [-0.2, 0.05]]), ink("f6e6dc")
        )
