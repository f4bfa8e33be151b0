"""Art for made pans: large paintings drawn by code, each from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from sample_data.landscape import paint_valley
from sample_data.lighthouse import paint_lighthouse
from sample_data.nature import (
    FAR,
    OCHRE,
    PINE,
    SUMMER,
    clump,
    conifer,
    cumulus,
    grass,
    ridge,
    rock,
    tree,
    under,
)
from sample_data.paint import (
    Canvas,
    Colour,
    Pixels,
    fbm,
    ink,
    jitter,
    mix,
    mottled,
    oval,
    ramp,
    rect,
    tube,
)
from sample_data.street import paint_street

WIDTH, HEIGHT = 2600, 1400
"""Of the paintings drawn here, pixels; those of the sample film have sizes of their own."""


def paint_wood(seed: int) -> Pixels:
    """Paint a wood in gouache: trees in three depths, undergrowth, bristle strokes."""
    canvas = Canvas.new(WIDTH, HEIGHT, scale=1, seed=seed)
    rng = canvas.rng
    sky = ramp([(0, ink("9fc4d8")), (700, ink("e8e4c8")), (1400, ink("8a9a5a"))], rough=20)
    canvas.fill(rect(0, 0, WIDTH, HEIGHT), sky)
    canvas.fill(under(ridge(WIDTH, 820, 70, 500, seed), HEIGHT), mottled(ink("7fa06a"), 7))
    for depth, palette in ((0.4, FAR), (0.65, PINE), (1.0, SUMMER)):
        foot, tall = 700 + 420 * depth, 900 * depth
        for x in rng.permutation(np.arange(-50, WIDTH, 520 * depth)):
            place, seen = float(x + rng.normal(0, 60)), int(rng.integers(1000))
            plant = conifer if palette is PINE else tree
            plant(canvas, place, foot, tall * float(rng.uniform(0.8, 1.1)), palette, seed=seen)
        ground = under(ridge(WIDTH, foot, 14, 200, seed + 1), HEIGHT)
        canvas.fill(ground, mottled(mix(palette[1], palette[2], 0.5), 10))
    blades = np.stack([rng.uniform(0, WIDTH, 3500), rng.uniform(1110, HEIGHT, 3500)], 1)
    grass(canvas, blades, 34, SUMMER)
    canvas.brush(None, 3000, 40, 12, 20, vary=7, alpha=0.5)
    return canvas.reduced()


def paint_city(seed: int) -> Pixels:
    """Paint rows of houses in flat colours with ink lines, as cel backgrounds are."""
    canvas = Canvas.new(WIDTH, HEIGHT, seed=seed)
    rng = canvas.rng
    canvas.fill(
        rect(0, 0, WIDTH, HEIGHT),
        ramp([(0, ink("e6a86b")), (600, ink("f5d9a8")), (1400, ink("d9b9a0"))]),
    )
    walls = [ink(c) for c in ("b56a5a", "c9a27a", "7d8a9c", "a8755f", "d6c3a0", "8a6f80")]
    line = ink("2a1f2c")
    for base, haze in ((760, 0.55), (1000, 0.25), (1240, 0.0)):
        x = -80.0
        while x < WIDTH:
            wide, tall = float(rng.uniform(150, 330)), float(rng.uniform(330, 720))
            wall = mix(walls[int(rng.integers(len(walls)))], ink("f0d0a8"), haze)
            _house(canvas, (x, base, wide, tall), wall, mix(line, ink("f0d0a8"), haze))
            x += wide + float(rng.uniform(-10, 25))
    canvas.fill(rect(0, 1240, WIDTH, 160), mottled(ink("8c8078"), 4, 60))
    for x in np.arange(0, WIDTH, 130.0):
        canvas.line([[x, 1400], [x + 60, 1240]], ink("6d625c"), 1.6)
    return canvas.reduced()


def _house(
    canvas: Canvas, place: tuple[float, float, float, float], wall: Colour, line: Colour
) -> None:
    x, base, wide, tall = place
    rng = canvas.rng
    outline = rect(x, base - tall, wide, tall)
    canvas.polygon(outline, wall)
    shade = rect(x + wide * 0.8, base - tall, wide * 0.2, tall)
    canvas.polygon(shade, mix(wall, ink("3a2a4a"), 0.3))
    top = wide * float(rng.uniform(0.2, 0.6))
    roof = np.array([[x - 8, base - tall], [x + wide / 2, base - tall - top]])
    roof = np.vstack([roof, [[x + wide + 8, base - tall]]])
    canvas.polygon(roof, mix(wall, ink("5a2f2a"), 0.6))
    canvas.line(roof, line, 2, closed=True)
    across, down = float(rng.uniform(44, 60)), float(rng.uniform(66, 90))
    for wx in np.arange(x + 20, x + wide - 40, across):
        for wy in np.arange(base - tall + 24, base - 60, down):
            pane = rect(wx, wy, across * 0.55, down * 0.55)
            lit = ink("ffe9a0") if rng.random() < 0.25 else ink("4a5668")
            canvas.polygon(pane, mix(lit, wall, 0.2))
            canvas.line(pane, line, 1.5, closed=True)
    canvas.line(outline, line, 2, closed=True)


def paint_sky(seed: int) -> Pixels:
    """Paint a nearly flat sky over a strip of hills."""
    canvas = Canvas.new(WIDTH, HEIGHT, scale=1, seed=seed)
    canvas.fill(
        rect(0, 0, WIDTH, HEIGHT), ramp([(0, ink("4f8fd0")), (1150, ink("c6e2ef"))], rough=3)
    )
    for x in range(300, WIDTH, 900):
        cumulus(canvas, x, 700, 380, 90, ink("f4f6f4"), ink("b9cfe0"), seed=seed + x)
    for k, base in enumerate((1150, 1220, 1290)):
        tone = mix(ink("8fb5b0"), ink("4c7a46"), k / 2)
        canvas.fill(under(ridge(WIDTH, base, 26, 400, seed + k), HEIGHT), mottled(tone, 5))
    return canvas.reduced()


def paint_wall(seed: int) -> Pixels:
    """Paint a long wall of bricks with posters, doors and pipes: fine texture everywhere."""
    canvas = Canvas.new(WIDTH, HEIGHT, scale=1, seed=seed)
    rng = canvas.rng
    canvas.fill(rect(0, 0, WIDTH, HEIGHT), mottled(ink("8a8078"), 8, 30))
    tones = [ink(c) for c in ("a0584a", "8d4c42", "b5684f", "7a4440")]
    for row, y in enumerate(np.arange(0, HEIGHT, 22.0)):
        for x in np.arange(-56 + 28 * (row % 2), WIDTH, 56.0):
            brick = rect(x + 2, y + 2, 52, 18) + rng.normal(0, 0.7, 2)
            canvas.polygon(brick, jitter(tones[int(rng.integers(4))], 7, rng))
    for x in np.arange(90, WIDTH, 370.0):
        y, w, h = float(rng.uniform(150, 800)), *rng.uniform(120, 260, 2)
        sheet = rect(x, y, float(w), float(h) * 1.4)
        canvas.fill(sheet, mottled(jitter(ink("c8b890"), 40, rng), 6, 50))
        for k in range(4):
            dot = oval(x + w * rng.uniform(0.2, 0.8), y + h * rng.uniform(0.2, 1.2), 30, 22)
            canvas.fill(dot, jitter(tones[k], 60, rng), 0.8)
        canvas.line(sheet, ink("3a302a"), 2, closed=True)
        pipe = x + 290
        canvas.polygon(tube([(pipe, 0), (pipe, HEIGHT)], (16, 16), blunt=True), ink("5a6468"))
        canvas.line([[pipe - 4, 0], [pipe - 4, HEIGHT]], ink("9aa6aa"), 2)
    return _weathered(canvas.reduced(), 7, seed)


def paint_coast(seed: int) -> Pixels:
    """Paint a sea with rocks under clouds."""
    canvas = Canvas.new(WIDTH, HEIGHT, scale=1, seed=seed)
    rng = canvas.rng
    air = ramp([(0, ink("7a9fc4")), (600, ink("f2dcc0")), (610, ink("3f7f8c"))], rough=0)
    canvas.fill(rect(0, 0, WIDTH, HEIGHT), air)
    sea = ramp([(600, ink("8fc0bc")), (1400, ink("1f5668"))], rough=40)
    canvas.fill(rect(0, 600, WIDTH, 800), sea)
    for k, middle in enumerate(range(200, WIDTH, 560)):
        low = 520 - 60 * (k % 3)
        cumulus(canvas, middle, low, 520, 240, ink("fff2e0"), ink("b09fb0"), seed=seed + k)
    for y in 605 + 790 * np.sort(rng.random(1600)) ** 1.6:
        x, near = float(rng.uniform(0, WIDTH)), (y - 600) / 800
        wave = np.array([[x, y], [x + 20 + 90 * near, y - 4 * near], [x + 40 + 180 * near, y]])
        tone = mix(ink("bfe0d8"), ink("2f7080"), float(rng.random()))
        canvas.stroke(wave, tone, 1.5 + 5 * near)
    for k, x in enumerate(np.arange(60, WIDTH, 260.0)):
        size, turn = float(rng.uniform(60, 170)), np.linspace(0, 2 * np.pi, 9)[:-1]
        far = size * rng.uniform(0.8, 1.15, 8)
        y = 700 + 600 * float(rng.random())
        outline = np.stack([x + far * np.cos(turn) * 1.3, y + far * np.sin(turn) * 0.7], 1)
        rock(canvas, outline, ink("6d6470"), ink("cdbfae"), ink("352f42"), seed + k)
    return canvas.reduced()


def paint_room(seed: int) -> Pixels:
    """Paint a long room: patterned paper that repeats, panels, pictures, a floor of boards."""
    canvas = Canvas.new(WIDTH, HEIGHT, seed=seed)
    rng = canvas.rng
    canvas.fill(rect(0, 0, WIDTH, HEIGHT), mottled(ink("b8a884"), 3, 120))
    for row, y in enumerate(np.arange(30, 900, 60.0)):
        for x in np.arange(30 + 35 * (row % 2), WIDTH, 70.0):
            canvas.polygon(oval(x, y, 9, 16), ink("a08a62"))
            canvas.polygon(oval(x, y - 3, 4, 8), ink("c8b48a"))
    canvas.fill(rect(0, 900, WIDTH, 230), mottled(ink("6a4630"), 6, 90, 3, 4))
    for x in np.arange(20, WIDTH, 210.0):
        canvas.line(rect(x, 930, 170, 170), ink("3e281c"), 4, closed=True)
    for k, x in enumerate(np.arange(160, WIDTH, 430.0)):
        frame = rect(x, 260 + 90 * (k % 3), 230, 290 - 60 * (k % 2))
        canvas.polygon(frame, ink("8a6a2e"))
        inner = frame * 0.86 + frame.mean(0) * 0.14
        canvas.fill(inner, ramp([(300, jitter(ink("80a8c0"), 30, rng)), (600, ink("506040"))]))
        canvas.brush(inner, 500, 26, 7, 10, vary=22)
        canvas.line(frame, ink("3a2a18"), 3, closed=True)
    canvas.fill(rect(0, 1130, WIDTH, 270), mottled(ink("946a44"), 9, 40, 7, 8))
    for y in (1150, 1195, 1255, 1330):
        canvas.line([[0, y], [WIDTH, y]], ink("5c3d26"), 2)
    return canvas.reduced()


def paint_night(seed: int) -> Pixels:
    """Paint hills, lamps and stars in the dark: most of it within 60 levels of black."""
    canvas = Canvas.new(WIDTH, HEIGHT, scale=1, seed=seed)
    rng = canvas.rng
    canvas.fill(rect(0, 0, WIDTH, HEIGHT), ramp([(0, ink("0c1024")), (1400, ink("2a3050"))]))
    for _ in range(500):
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, 800), rng.uniform(0.6, 2.2)
        canvas.polygon(oval(x, y, r, r, n=10), mix(ink("5a6080"), ink("f0f0ff"), rng.random()))
    for k, base in enumerate((800, 950, 1130)):
        tone = mix(ink("1a2038"), ink("0c1018"), k / 2)
        canvas.fill(under(ridge(WIDTH, base, 60, 420, seed + k), HEIGHT), mottled(tone, 3))
        for x in rng.uniform(0, WIDTH, 12):
            canvas.polygon(rect(x, base + 40, 50, 40), ink("14161e"))
            canvas.polygon(rect(x + 12, base + 52, 12, 14), ink("ffcf70"))
            canvas.glow(x + 18, base + 58, 70, ink("a06020"), 0.6)
    return canvas.reduced()


def paint_hedge(seed: int) -> Pixels:
    """Paint foliage from edge to edge over a path."""
    canvas = Canvas.new(WIDTH, HEIGHT, scale=1, seed=seed)
    rng = canvas.rng
    canvas.fill(rect(0, 0, WIDTH, HEIGHT), mottled(ink("2c4a30"), 8, 80))
    for k in range(420):
        x, y = float(rng.uniform(0, WIDTH)), 40 + 2.5 * k
        size = float(rng.uniform(50, 120))
        clump(canvas, x, y, size, size * 0.8, (SUMMER, PINE, OCHRE)[k % 3], 5, 0.5)
    canvas.fill(rect(0, 1180, WIDTH, 220), mottled(ink("a08c64"), 12, 50, 4, 3))
    return canvas.reduced()


def _weathered(picture: Pixels, amount: float, seed: int) -> Pixels:
    """Add stains: noise of two sizes, in levels."""
    height, width = picture.shape[:2]
    stain = fbm(height, width, 300, seed) + 0.7 * fbm(height, width, 12, seed + 1, 3)
    return np.clip(picture + amount * stain[..., None] + 0.5, 0, 255).astype(np.uint8)


ART: dict[str, Callable[[int], Pixels]] = {
    "city": paint_city,
    "coast": paint_coast,
    "hedge": paint_hedge,
    "lighthouse": paint_lighthouse,
    "night": paint_night,
    "room": paint_room,
    "sky": paint_sky,
    "street": paint_street,
    "valley": paint_valley,
    "wall": paint_wall,
    "wood": paint_wood,
}


def load_art(name: str, size: tuple[int, int], folder: Path, pictures: Sequence[Path]) -> Pixels:
    """Give a painting of at least ``size`` (width, height).

    It is drawn once and kept in ``folder``. With ``pictures``, one of them stands for it.
    """
    if pictures:
        chosen = pictures[sorted(ART).index(name) % len(pictures)]
        picture = cv2.imread(str(chosen), cv2.IMREAD_COLOR)
    else:
        kept = folder / f"{name}.png"
        if not kept.exists():
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(kept), ART[name](7))
        picture = cv2.imread(str(kept), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"no picture can be read for {name}")
    short = max(size[0] / picture.shape[1], size[1] / picture.shape[0])
    if short > 1:
        picture = cv2.resize(picture, None, fx=short, fy=short, interpolation=cv2.INTER_CUBIC)
    return np.asarray(picture, np.uint8)
