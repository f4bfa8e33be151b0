"""Places to film, drawn by code from a seed: what the made plates have to find again."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np

from sample_data.nature import OCHRE, PINE, SUMMER, clump, cumulus, ridge, tree, under
from sample_data.paint import (
    Canvas,
    Colour,
    Floats,
    Pixels,
    ink,
    jitter,
    mix,
    mottled,
    oval,
    ramp,
    rect,
    tube,
)

Painter = Callable[[int, int, int], Pixels]
"""Gives ``(height, width, 3)`` for width, height and seed."""
DARK = ink("231c26")


def tone(rng: np.random.Generator, low: float, high: float, colourful: float = 0.5) -> Colour:
    """Choose a colour whose lightness lies between ``low`` and ``high``, 0 to 1."""
    red, green, blue = colorsys.hls_to_rgb(
        float(rng.random()), float(rng.uniform(low, high)), float(rng.uniform(0.15, colourful))
    )
    return blue * 255, green * 255, red * 255


def paint_room(width: int, height: int, seed: int) -> Pixels:
    """Paint a sitting room: papered wall, shelves, pictures, boards."""
    canvas = Canvas.new(width, height, seed=seed)
    rng = canvas.rng
    floor = height * float(rng.uniform(0.66, 0.74))
    wall, stripe = tone(rng, 0.55, 0.8, 0.35), tone(rng, 0.5, 0.75, 0.4)
    canvas.fill(rect(0, 0, width, floor), mottled(wall, 4, 60, seed))
    for x in np.arange(0, width, width / 36):
        canvas.fill(rect(x, 0, width / 90, floor), stripe, 0.5)
        for y in np.arange(20, floor, 46):
            canvas.polygon(oval(x + width / 52, y, 4, 7, n=8), mix(stripe, DARK, 0.3))
    boards = tone(rng, 0.3, 0.45, 0.5)
    canvas.fill(rect(0, floor, width, height), mottled(boards, 7, 90, seed + 1, 6))
    for x in np.linspace(-width, 2 * width, 44):
        canvas.line(
            [[width / 2 + (x - width / 2) * 0.5, floor], [x, height]], mix(boards, DARK, 0.5)
        )
    canvas.polygon(rect(0, floor - 16, width, 16), mix(wall, ink("ffffff"), 0.5))
    canvas.line([[0, floor], [width, floor]], DARK, 1.5)
    _window(
        canvas, width * float(rng.uniform(0.05, 0.2)), height * 0.12, width * 0.2, height * 0.38
    )
    for k in range(3):
        x, y = width * (0.34 + 0.11 * k), height * float(rng.uniform(0.1, 0.24))
        size = width * 0.08, height * float(rng.uniform(0.12, 0.2))
        canvas.polygon(rect(x - 6, y - 6, size[0] + 12, size[1] + 12), tone(rng, 0.25, 0.5))
        canvas.fill(rect(x, y, *size), mottled(tone(rng, 0.3, 0.8, 0.8), 30, 30, seed + k))
    _shelf(canvas, width * 0.72, height * 0.1, width * 0.22, floor - height * 0.1)
    sofa = tone(rng, 0.3, 0.55, 0.6)
    left, top = width * 0.3, floor - height * 0.1
    canvas.fill(
        rect(left, top - height * 0.12, width * 0.3, height * 0.22), mottled(sofa, 6, 30, 4)
    )
    for k in range(3):
        cushion = rect(left + width * (0.01 + 0.095 * k), top, width * 0.09, height * 0.09)
        canvas.fill(cushion, mottled(mix(sofa, ink("ffffff"), 0.2), 5, 20, k))
        canvas.line(cushion, mix(sofa, DARK, 0.5), closed=True)
    canvas.brush(rect(0, floor, width, height), 900, 60, 8, 0, vary=8, alpha=0.4)
    return canvas.reduced()


def _window(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.polygon(rect(x - 12, y - 12, width + 24, height + 24), ink("efe8da"))
    canvas.fill(rect(x, y, width, height), ramp([(y, ink("6fa8d8")), (y + height, ink("dcecf0"))]))
    for k in range(9):
        clump(canvas, x + width * k / 8, y + height * 0.9, width * 0.09, height * 0.16, SUMMER, 4)
    canvas.polygon(rect(x - 14, y + height, width + 28, height * 0.2), ink("efe8da"))
    for part in (0.25, 0.5, 0.75):
        canvas.line([[x + width * part, y], [x + width * part, y + height]], ink("efe8da"), 5)
    canvas.line([[x, y + height * 0.45], [x + width, y + height * 0.45]], ink("efe8da"), 5)


def _shelf(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    wood = tone(canvas.rng, 0.2, 0.35, 0.5)
    canvas.fill(rect(x, y, width, height), mottled(wood, 5, 40, 9, 4))
    rows = 5
    for row in range(rows):
        base = y + height * (row + 1) / rows - 8
        deep = height / rows - 14
        canvas.fill(rect(x + 8, base - deep, width - 16, deep), mix(wood, DARK, 0.6))
        at = x + 10.0
        while at < x + width - 30:
            wide, tall = (
                float(canvas.rng.uniform(8, 22)),
                deep * float(canvas.rng.uniform(0.6, 0.95)),
            )
            colour = tone(canvas.rng, 0.2, 0.7, 0.8)
            canvas.polygon(rect(at, base - tall, wide, tall), colour)
            canvas.polygon(rect(at, base - tall * 0.8, wide, 4), mix(colour, ink("fff0c0"), 0.6))
            at += wide + 1


def paint_street(width: int, height: int, seed: int) -> Pixels:
    """Paint a row of town houses with shops, a pavement and a road."""
    canvas = Canvas.new(width, height, seed=seed)
    rng = canvas.rng
    kerb = height * float(rng.uniform(0.72, 0.8))
    sky = [(0.0, tone(rng, 0.5, 0.7, 0.6)), (height * 0.5, ink("f0e8d8"))]
    canvas.fill(rect(0, 0, width, height), ramp(sky, rough=10))
    x = -30.0
    while x < width:
        wide = float(rng.uniform(0.16, 0.3)) * width
        _house(canvas, x, float(rng.uniform(0.05, 0.25)) * height, wide, kerb)
        x += wide
    stone = tone(rng, 0.45, 0.6, 0.2)
    canvas.fill(rect(0, kerb, width, height), mottled(stone, 7, 40, seed, 2))
    for row, y in enumerate(np.geomspace(kerb + 4, height, 7)):
        canvas.line([[0, y], [width, y]], mix(stone, DARK, 0.4), 1)
        for at in np.arange(-40 * (row % 2), width, 80):
            canvas.line([[at, y], [at - 18, y + (height - kerb) / 8]], mix(stone, DARK, 0.35), 1)
    for x in rng.uniform(0, width, 3):
        canvas.fill(tube([[x, kerb + 14], [x, kerb - height * 0.42]], (9, 5)), ink("26302e"))
        canvas.polygon(oval(x, kerb - height * 0.43, 13, 19), ink("f6ecc0"))
        canvas.line(oval(x, kerb - height * 0.43, 13, 19), ink("26302e"), 2, closed=True)
    return canvas.reduced()


def _house(canvas: Canvas, x: float, top: float, wide: float, bottom: float) -> None:
    rng = canvas.rng
    wall = tone(rng, 0.4, 0.75, 0.5)
    canvas.fill(rect(x, top, wide, bottom - top), mottled(wall, 6, 25, int(x) + 50))
    for y in np.arange(top, bottom, 9):
        shift = 11 * (round(y / 9) % 2)
        for u in np.arange(x + shift, x + wide, 22):
            if rng.random() < 0.25:
                brick = jitter(mix(wall, DARK, 0.15), 10, rng)
                canvas.polygon(rect(u, y, min(21, x + wide - u), 8), brick)
    canvas.polygon(rect(x - 4, top - 14, wide + 8, 16), mix(wall, DARK, 0.55))
    shop = bottom - (bottom - top) * 0.34
    columns = max(2, int(wide / 70))
    for row in np.arange(top + 26, shop - 60, 92):
        for k in range(columns):
            u = x + wide * (k + 0.5) / columns - 19
            canvas.polygon(rect(u - 4, row - 4, 46, 66), mix(wall, ink("ffffff"), 0.5))
            glass = [(row, ink("3c5068")), (row + 58, tone(rng, 0.4, 0.7))]
            canvas.fill(rect(u, row, 38, 58), ramp(glass))
            canvas.line([[u + 19, row], [u + 19, row + 58]], ink("e8e4da"), 2)
            canvas.line([[u, row + 24], [u + 38, row + 24]], ink("e8e4da"), 2)
    front = tone(rng, 0.2, 0.4, 0.7)
    canvas.polygon(rect(x + 10, shop, wide - 20, bottom - shop), front)
    canvas.fill(
        rect(x + 22, shop + 40, wide * 0.55, bottom - shop - 60),
        mottled(ink("4a4048"), 26, 30, abs(int(x))),
    )
    canvas.polygon(rect(x + wide * 0.72, shop + 40, wide * 0.18, bottom - shop - 40), ink("54402e"))
    cloth = tone(rng, 0.4, 0.6, 0.9)
    for k in range(10):
        left = x + 10 + (wide - 20) * k / 10
        strip = [
            [left + 8, shop],
            [left + wide / 11 + 8, shop],
            [left + wide / 10, shop + 32],
            [left, shop + 32],
        ]
        canvas.polygon(strip, cloth if k % 2 else ink("f4efe4"))


def paint_park(width: int, height: int, seed: int) -> Pixels:
    """Paint a park: clouds, hills, trees, a path over a lawn."""
    canvas = Canvas.new(width, height, seed=seed)
    rng = canvas.rng
    horizon = height * float(rng.uniform(0.45, 0.58))
    top = tone(rng, 0.45, 0.65, 0.7)
    canvas.fill(rect(0, 0, width, height), ramp([(0, top), (horizon, ink("f2ead4"))], rough=10))
    for k in range(4):
        x = width * (0.12 + 0.26 * k) + float(rng.uniform(-60, 60))
        cumulus(
            canvas, x, horizon * float(rng.uniform(0.4, 0.8)), width * 0.2, horizon * 0.3,
            ink("fffaf0"), ink("a4b4cc"), seed=seed + k,
        )  # fmt: skip
    for k, palette in enumerate((("86a8a0", 0.0), ("7fa070", 22.0), ("6c9450", 50.0))):
        line = ridge(width, horizon + palette[1], 14 + 5 * k, 300, seed + 20 + k)
        canvas.fill(under(line, height), mottled(ink(palette[0]), 8, 60, seed + k, 2))
    lawn = horizon + 74
    canvas.brush(rect(0, lawn, width, height), 4000, 26, 4, -80, vary=14, alpha=0.6)
    middle = width * float(rng.uniform(0.3, 0.7))
    path = [[middle, lawn], [middle + 60, (lawn + height) / 2], [middle - 120, height + 20]]
    canvas.fill(tube(path, (24, 130, 330)), mottled(ink("c8b48c"), 8, 20, seed + 8), 0.95, soft=1.5)
    for x in np.sort(rng.uniform(0, width, 6)):
        foot = lawn + float(rng.uniform(-30, 70))
        palette_of = (SUMMER, OCHRE, PINE)[int(rng.integers(3))]
        tree(
            canvas, float(x), foot, float(rng.uniform(0.3, 0.55)) * height, palette_of, seed=int(x)
        )
    for x in rng.uniform(0, width, 26):
        y = float(rng.uniform(lawn + 40, height))
        clump(canvas, float(x), y, 22, 13, SUMMER, 3)
    return canvas.reduced()


def paint_night(width: int, height: int, seed: int) -> Pixels:
    """Paint a quay by night: hardly 40 levels between most of its things."""
    canvas = Canvas.new(width, height, seed=seed)
    rng = canvas.rng
    quay = height * 0.66
    sky = [(0, ink("070b16")), (quay, ink("1c2434"))]
    canvas.fill(rect(0, 0, width, height), mottled(ramp(sky), 1.5, 90, seed, 3))
    canvas.glow(
        width * float(rng.uniform(0.2, 0.8)), height * 0.18, height * 0.3, ink("7c8698"), 0.5
    )
    x = 0.0
    while x < width:
        wide, tall = float(rng.uniform(60, 170)), float(rng.uniform(0.15, 0.42)) * height
        wall = jitter(ink("141a26"), 4, rng)
        canvas.fill(rect(x, quay - tall, wide, tall), mottled(wall, 1.5, 30, int(x)))
        for u in np.arange(x + 12, x + wide - 16, 24):
            for v in np.arange(quay - tall + 14, quay - 20, 30):
                lit = ink("8a6c38") if rng.random() < 0.12 else ink("1f2838")
                canvas.polygon(rect(u, v, 11, 15), lit)
        x += wide + float(rng.uniform(-6, 12))
    stones = [(quay, ink("242a36")), (height, ink("12161f"))]
    canvas.fill(rect(0, quay, width, height), mottled(ramp(stones), 3, 24, seed + 3, 2))
    for y in np.geomspace(quay + 6, height, 8):
        canvas.line([[0, y], [width, y]], ink("171c26"), 1.5)
    return canvas.reduced()


def paint_school(width: int, height: int, seed: int) -> Pixels:
    """Paint a corridor as television drawings have it: flat colours within lines."""
    canvas = Canvas.new(width, height, seed=seed)
    rng = canvas.rng
    floor = height * float(rng.uniform(0.68, 0.76))
    wall, locker = tone(rng, 0.75, 0.88, 0.4), tone(rng, 0.45, 0.65, 0.6)
    canvas.polygon(rect(0, 0, width, height), wall)
    canvas.polygon(rect(0, floor, width, height), tone(rng, 0.55, 0.7, 0.3))
    canvas.polygon(rect(0, floor * 0.62, width, 8), mix(wall, DARK, 0.3))
    x = width * 0.04
    while x < width * 0.96:
        if rng.random() < 0.3:
            canvas.polygon(rect(x, floor * 0.2, width * 0.1, floor * 0.8), tone(rng, 0.3, 0.5))
            canvas.line(rect(x, floor * 0.2, width * 0.1, floor * 0.8), DARK, 2.5, closed=True)
            canvas.polygon(
                rect(x + width * 0.025, floor * 0.28, width * 0.05, floor * 0.2), ink("bcd8e8")
            )
            x += width * 0.12
            continue
        box = rect(x, floor * 0.34, width * 0.045, floor * 0.66)
        canvas.polygon(box, locker)
        canvas.line(box, DARK, 2, closed=True)
        for k in range(3):
            slot = floor * (0.4 + 0.025 * k)
            canvas.line([[x + 10, slot], [x + width * 0.045 - 10, slot]], DARK, 1.5)
        canvas.polygon(oval(x + 12, floor * 0.68, 4, 4), ink("e8d890"))
        x += width * 0.047
    for k in range(int(rng.integers(4, 8))):
        x, y = float(rng.uniform(0.02, 0.95)) * width, float(rng.uniform(0.04, 0.2)) * height
        canvas.polygon(rect(x, y, 60, 42), tone(rng, 0.4, 0.9, 0.9))
        canvas.line(rect(x, y, 60, 42), DARK, 2, closed=True)
        canvas.line([[x + 8, y + 12 + k], [x + 46, y + 12]], DARK, 2)
    for x in np.linspace(-width * 0.4, width * 1.4, 15):
        canvas.line(
            [[width / 2 + (x - width / 2) * 0.55, floor], [x, height]], mix(wall, DARK, 0.45), 1.5
        )
    canvas.line([[0, floor], [width, floor]], DARK, 2.5)
    return canvas.reduced()


def waves(width: int, height: int, frame: int, seed: int) -> Floats:
    """Draw moving water, ``(height, width, 3)`` float32 BGR."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rng = np.random.default_rng(seed)
    light = np.zeros_like(x)
    for _ in range(6):
        along, across, speed = (
            rng.uniform(0.01, 0.06),
            rng.uniform(0.08, 0.35),
            rng.uniform(0.1, 0.5),
        )
        light += np.sin(x * along + y * across + frame * speed + rng.uniform(0, 6))
    deep = np.array(ink("2f6080"), np.float32)
    return np.asarray(deep + (light * 9)[..., None], np.float32)


PLACES: dict[str, Painter] = {
    "room": paint_room,
    "street": paint_street,
    "park": paint_park,
    "night": paint_night,
    "school": paint_school,
}
