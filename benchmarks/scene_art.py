"""Art for made films, drawn by code: backdrops larger than the picture, and things to put on them.

Everything is drawn at its final size. Backdrops are BGR; what lies before them is BGRA, its colours
premultiplied. The same seed gives the same drawing.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from sample_data.figure import Pose, Style, draw_figure
from sample_data.nature import FAR, PINE, SUMMER, conifer, cumulus, ridge, tree, under
from sample_data.paint import Canvas, Colour, Pixels, fbm, ink, mix, mottled, oval, ramp, rect, tube

CAST = (
    Style(420, ink("4a2c1a"), ink("b8433a"), ink("2f3d5c"), scarf=True),
    Style(420, ink("d9b25c"), ink("3f7a6d"), ink("6b4a36"), cut="bob", skirt=0.25),
    Style(420, ink("1d1a24"), ink("d8a23f"), ink("4b4f58"), hat="fedora", pattern="stripes"),
    Style(420, ink("8a8a92"), ink("5a5f9a"), ink("3a2f2f"), glasses=True, coat=0.2),
)
"""People who walk through the films; 420 pixels tall."""


def paint_valley(width: int, height: int, seed: int) -> Pixels:
    """Paint a sky with clouds, mountains, hills with trees, a meadow with stones."""
    canvas = Canvas.new(width, height, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    sky = ramp([(0, ink("5f93c9")), (height * 0.55, ink("e9dfc4"))], rough=12)
    canvas.fill(rect(0, 0, width, height), sky)
    for k in range(max(3, width // 450)):
        x, y = rng.uniform(0, width), rng.uniform(0.12, 0.36) * height
        size = rng.uniform(180, 380)
        light, shade = ink("fdf6e6"), ink("a9b6c9")
        cumulus(canvas, x, y, size, size * 0.4, light, shade, seed=seed + k)
    tones = ("8499b0", "6f9277", "5f8a52", "7da04f")
    for k, (tone, base) in enumerate(zip(tones, (0.46, 0.56, 0.68, 0.8), strict=True)):
        line = ridge(width, height * base, height * (0.06 - 0.012 * k), 500 - 90 * k, seed + 20 + k)
        canvas.fill(under(line, height + 5), mottled(ink(tone), 9, 60, seed + k))
        for _ in range(width // (70 + 40 * k)):
            x = float(rng.uniform(0, width))
            foot = float(np.interp(x, line[:, 0], line[:, 1])) + rng.uniform(4, 60)
            tall = (24, 50, 95, 150)[k] * rng.uniform(0.7, 1.3)
            pine = rng.random() < 0.6
            if k < 2 or pine:
                conifer(
                    canvas, x, foot, tall, FAR if k == 0 else PINE, int(rng.integers(1_000_000))
                )
            else:
                tree(canvas, x, foot, tall, SUMMER, seed=int(rng.integers(1_000_000)))
    for _ in range(width // 60):
        place = rng.uniform(0, width), rng.uniform(0.86, 0.99) * height
        stone = oval(*place, rng.uniform(14, 46), rng.uniform(8, 22))
        canvas.fill(stone, mottled(mix(ink("5d5a55"), ink("a59c8c"), float(rng.random())), 10, 12))
    return canvas.reduced()


def paint_room(width: int, height: int, seed: int) -> Pixels:
    """Paint a papered wall with pictures and furniture, and a floor of boards."""
    canvas = Canvas.new(width, height, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    base = [float(v) for v in rng.uniform(95, 190, 3)]
    wall: Colour = (base[0], base[1], base[2])
    floor = height * 0.74
    canvas.fill(rect(0, 0, width, floor), mottled(wall, 5, 90, seed))
    for left in range(0, width, 46):
        canvas.fill(rect(left, 0, 17, floor), mix(wall, (60.0, 60.0, 70.0), 0.22), 0.8)
        for top in range(12 + (left // 46 % 2) * 20, int(floor), 40):
            canvas.polygon(oval(left + 31, top, 4, 7), mix(wall, (230.0, 220.0, 210.0), 0.5))
    canvas.fill(rect(0, floor - 22, width, 22), mottled(ink("5a3d2a"), 8, 50, seed + 1))
    canvas.fill(rect(0, floor, width, height - floor), mottled(ink("8a6541"), 8, 40, seed, 5))
    for k in range(7):
        y = floor + (height - floor) * (k / 7) ** 1.4
        canvas.line([(0, y), (width, y)], ink("4d3522"), 2)
        for joint in rng.uniform(0, width, width // 160):
            canvas.line([(joint, y), (joint, y + 26)], ink("4d3522"), 2)
    for _ in range(width * height // 70_000):
        w, h = rng.uniform(50, 150), rng.uniform(50, 130)
        x, y = rng.uniform(0, width), rng.uniform(0.02, 0.5) * height
        canvas.fill(rect(x - 7, y - 7, w + 14, h + 14), ink("6d4c22"))
        tone: Colour = tuple(float(v) for v in rng.uniform(40, 230, 3))  # type: ignore[assignment]
        canvas.fill(rect(x, y, w, h), mottled(tone, 22, 30, int(rng.integers(99))))
    for _ in range(width // 260):
        w, h = rng.uniform(110, 230), rng.uniform(90, 220)
        x, y = rng.uniform(0, width), floor + 14 - h
        canvas.fill(rect(x, y, w, h), mottled(ink("7a4a2b"), 10, 30, seed + 3, 3))
        for k in range(3):
            canvas.line(rect(x + 8, y + 8 + k * h / 3, w - 16, h / 3 - 14), ink("3c2415"), 3, True)
            canvas.polygon(oval(x + w / 2, y + (k + 0.5) * h / 3, 5, 5), ink("d8b25c"))
    return canvas.reduced()


def paint_town(width: int, height: int, seed: int) -> Pixels:
    """Paint rows of houses with roofs and windows before a sky."""
    canvas = Canvas.new(width, height, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    dusk = [(0, ink("46598f")), (height * 0.7, ink("e8b48a"))]
    canvas.fill(rect(0, 0, width, height), ramp(dusk, rough=16))
    for row, (share, size) in enumerate(((0.62, 90), (0.8, 150), (1.0, 240))):
        x = -float(rng.uniform(0, size))
        while x < width:
            w, h = size * rng.uniform(0.7, 1.3), size * rng.uniform(1.1, 2.3)
            top = height * share - h
            tone = mix(ink("b08a70"), ink("5d6077"), float(rng.random()))
            tone = mix(tone, ink("8f86a8"), 0.5 - 0.25 * row)
            canvas.fill(rect(x, top, w, height - top), mottled(tone, 8, 40, int(rng.integers(99))))
            roof = [[x - 8, top], [x + w / 2, top - w * 0.4], [x + w + 8, top]]
            canvas.polygon(np.array(roof), mix(ink("8c3f34"), tone, 0.3))
            step = size / 4
            for wx in np.arange(x + step * 0.5, x + w - step * 0.6, step):
                for wy in np.arange(top + step * 0.5, height, step * 1.35):
                    lit = ink("f5d680") if rng.random() < 0.35 else ink("2c3145")
                    canvas.polygon(rect(wx, wy, step * 0.45, step * 0.7), lit)
            x += w + float(rng.uniform(0, size * 0.2))
    return canvas.reduced()


def paint_plain(width: int, height: int, seed: int) -> Pixels:
    """Paint a nearly empty ground: soft gradients, paper, and a few faint forms."""
    canvas = Canvas.new(width, height, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    low, high = ink("c9c2a6"), ink("a9bcc4")
    canvas.fill(rect(0, 0, width, height), ramp([(0, high), (height, low)], rough=4))
    for _ in range(width // 130):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        rx, ry = rng.uniform(60, 240), rng.uniform(30, 120)
        tone = mix(low, ink("7d8a92"), float(rng.uniform(0.1, 0.3)))
        canvas.fill(oval(x, y, rx, ry), tone, 0.5, soft=14)
    line = ridge(width, height * 0.78, height * 0.02, 400, seed)
    canvas.fill(under(line, height + 5), mix(low, ink("8a8468"), 0.35), soft=1.5)
    paper = fbm(height, width, 6, seed, 2)[..., None] * 1.2
    return np.clip(canvas.reduced() + paper, 0, 255).astype(np.uint8)


def paint_sea(width: int, height: int, seed: int) -> Pixels:
    """Paint a sea with strokes of foam under a sky with islands on the horizon."""
    canvas = Canvas.new(width, height, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    horizon = height * 0.42
    sky = ramp([(0, ink("7fb0d8")), (horizon, ink("f0e6cf"))], rough=8)
    canvas.fill(rect(0, 0, width, height), sky)
    for x in rng.uniform(0, width, max(2, width // 350)):
        line = ridge(
            int(rng.uniform(160, 420)), horizon - 30, 22, 160, int(rng.integers(1_000_000))
        )
        canvas.fill(
            under(line + np.array([x, 0]), horizon + 2), mottled(ink("6c7f7a"), 9, 40, seed)
        )
    tones = [(horizon, ink("5f9bb0")), (height, ink("1f4f6f"))]
    canvas.fill(rect(0, horizon, width, height), ramp(tones, rough=6))
    for _ in range(width * height // 1500):
        y = horizon + (height - horizon) * rng.random() ** 1.5
        size = 4 + 50 * (y - horizon) / height
        x = rng.uniform(0, width)
        tone = mix(ink("cfe6e4"), ink("1c455f"), float(rng.random()))
        canvas.stroke(np.array([[x, y], [x + size, y - 2], [x + 2 * size, y]]), tone, 1 + size / 14)
    return canvas.reduced()


def paint_trunks(width: int, height: int, seed: int, gap: float = 300) -> Pixels:
    """Paint tree trunks with gaps between them and undergrowth below; BGRA."""
    canvas = Canvas.new(width, height, clear=True, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    bark, light = ink("3a2c26"), ink("7d6650")
    x = float(rng.uniform(0, gap))
    while x < width:
        w = float(rng.uniform(0.12, 0.26)) * gap
        line = [(x, height), (x + rng.normal(0, 8), height * 0.5), (x + rng.normal(0, 14), -40)]
        canvas.polygon(tube(line, (w * 1.4, w, w * 0.9), blunt=True), bark)
        for _ in range(60):
            u, y = x + rng.uniform(-0.4, 0.4) * w, rng.uniform(0, height)
            canvas.stroke(np.array([[u, y], [u + 3, y + 24], [u, y + 50]]), mix(bark, light, 0.6))
        x += float(rng.uniform(0.7, 1.4)) * gap
    for foot in range(0, width, 26):
        tall = float(rng.uniform(20, 90))
        tone = mix(ink("1e3320"), ink("5c7d3c"), float(rng.random()))
        canvas.polygon(oval(foot, height, 34, tall), tone)
    return canvas.pixels


def paint_clouds(width: int, height: int, seed: int) -> Pixels:
    """Paint clouds on nothing; BGRA."""
    canvas = Canvas.new(width, height, clear=True, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    for k in range(width // 200):
        size = float(rng.uniform(160, 340))
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0.35, 1)) * height
        light, shade = ink("fff8ea"), ink("9fadc4")
        cumulus(canvas, x, y, size, size * 0.4, light, shade, seed=seed + k)
    return canvas.pixels


@lru_cache(maxsize=128)
def draw_walker(who: int, drawing: int, height: int, right: bool = True) -> Pixels:
    """Draw one of eight drawings of a walk; BGRA, soles at the lower edge."""
    cut = draw_figure(CAST[who % len(CAST)], Pose(drawing % 8 / 8))
    pixels = cut.pixels if right else cut.pixels[:, ::-1]
    scale = height / 420 / 2
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=64)
def draw_talker(seed: int, drawing: int, width: int, height: int) -> Pixels:
    """Draw a head and shoulders as cartoons do, in one of six drawings; BGRA."""
    canvas = Canvas.new(width, height, clear=True, scale=1, seed=seed)
    rng = np.random.default_rng(seed)
    coat: Colour = tuple(float(v) for v in rng.uniform(40, 200, 3))  # type: ignore[assignment]
    skin, line = mix(ink("f0c49a"), ink("a86f4a"), float(rng.random())), ink("241a20")
    hair = mix(ink("2b1c14"), ink("c9963f"), float(rng.random()))
    nod = (0, 2, 4, 3, 1, -2)[drawing % 6] * height / 300
    x, y, r = width / 2 + nod, height * 0.34 + nod, min(width * 0.3, height * 0.26)
    body = [(width * 0.02, height + 9), (width * 0.14, height * 0.66), (x, height * 0.56)]
    body += [(width * 0.86, height * 0.66), (width * 0.98, height + 9)]
    canvas.fill(np.array(body), mottled(coat, 7, 40, seed))
    canvas.line(body, line, 4)
    for k in range(5):
        canvas.polygon(oval(x - 2 * nod, height * (0.66 + 0.08 * k), 6, 6), line)
    canvas.polygon(oval(x, y, r, r * 1.2), skin)
    canvas.polygon(oval(x, y - r * 0.75, r * 1.05, r * 0.62), hair)
    canvas.line(oval(x, y, r, r * 1.2), line, 4, True)
    blink = 0.2 if drawing % 6 == 4 else 1.0
    for side in (-1, 1):
        canvas.polygon(
            oval(x + side * r * 0.36, y - r * 0.02, r * 0.2, r * 0.2 * blink), ink("f6f3ea")
        )
        canvas.polygon(oval(x + side * r * 0.36, y, r * 0.09, r * 0.11 * blink), line)
    opened = (0.04, 0.16, 0.26, 0.1, 0.2, 0.06)[drawing % 6]
    canvas.polygon(oval(x, y + r * 0.58, r * 0.3, r * opened), ink("5a1f24"))
    canvas.stroke(
        np.array([[x, y + r * 0.1], [x + r * 0.14, y + r * 0.3], [x, y + r * 0.32]]), line, 5
    )
    lift = (0.0, 0.1, 0.22, 0.18, 0.08, 0.02)[drawing % 6] * height
    arm = [
        (width * 0.9, height),
        (width * 0.97, height * 0.84 - lift),
        (width * 0.84, height * 0.7 - lift),
    ]
    canvas.polygon(tube(arm, (width * 0.13, width * 0.11, width * 0.1)), mix(coat, line, 0.25))
    canvas.polygon(oval(*arm[-1], width * 0.07, width * 0.07), skin)
    return canvas.pixels


@lru_cache(maxsize=8)
def draw_car(seed: int, width: int) -> Pixels:
    """Draw a car seen from its side; BGRA."""
    height = round(width * 0.42)
    canvas = Canvas.new(width, height, clear=True, scale=1, seed=seed)
    paint, dark = ink("b5392f") if seed % 2 else ink("2f6a8f"), ink("1f1d24")
    canvas.fill(rect(width * 0.02, height * 0.42, width * 0.96, height * 0.36), mottled(paint, 5))
    roof = [[0.2, 0.44], [0.32, 0.08], [0.7, 0.08], [0.86, 0.44]]
    canvas.polygon(np.array(roof) * (width, height), paint)
    for a, b in ((0.26, 0.49), (0.52, 0.8)):
        glass = [[a, 0.42], [a + 0.08, 0.14], [b - 0.06, 0.14], [b, 0.42]]
        canvas.polygon(np.array(glass) * (width, height), ink("a9c4cf"))
    for x in (0.22, 0.78):
        canvas.polygon(oval(width * x, height * 0.8, height * 0.19, height * 0.19), dark)
        canvas.polygon(oval(width * x, height * 0.8, height * 0.09, height * 0.09), ink("b9b9b9"))
    canvas.line(rect(width * 0.02, height * 0.42, width * 0.96, height * 0.36), dark, 3, True)
    return canvas.pixels


@lru_cache(maxsize=32)
def draw_fire(seed: int, drawing: int, width: int, height: int) -> Pixels:
    """Draw flames, another drawing for each number; BGRA."""
    canvas = Canvas.new(width, height, clear=True, scale=1, seed=seed)
    rng = np.random.default_rng(seed * 101 + drawing)
    for k, tone in enumerate((ink("c2391b"), ink("ee8a1f"), ink("ffe27a"))):
        for x in np.linspace(0.12, 0.88, 9):
            tall = height * (0.95 - 0.26 * k) * rng.uniform(0.45, 1.0) * (1 - abs(x - 0.5))
            lean = width * rng.normal(0, 0.05)
            spine = [(width * x, height), (width * x + lean, height - tall * 0.5)]
            spine.append((width * x + 2 * lean, height - tall))
            canvas.polygon(tube(spine, (width * 0.13, width * 0.09, 1)), tone)
    return canvas.pixels
