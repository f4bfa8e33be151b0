"""Clouds, trees, grass, rock and water, as several of the paintings need them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sample_data.paint import (
    Canvas,
    Colour,
    Points,
    fbm,
    ink,
    jitter,
    mix,
    mottled,
    oval,
    tube,
)

Palette = tuple[Colour, Colour, Colour, Colour]
"""From the deepest shade to the brightest light."""

SUMMER: Palette = (ink("1f3d2b"), ink("38663a"), ink("6c9a3f"), ink("b9cf62"))
PINE: Palette = (ink("16302c"), ink("27524a"), ink("447a5d"), ink("86ab72"))
FAR: Palette = (ink("47766a"), ink("5f9273"), ink("86b07c"), ink("b5cd92"))
OCHRE: Palette = (ink("5a3a1f"), ink("94662c"), ink("c9983c"), ink("ecd07a"))


def cloud(
    canvas: Canvas,
    puffs: Sequence[tuple[float, float, float]],
    light: Colour,
    shade: Colour,
    *,
    seed: int,
    flat: float | None = None,
    alpha: float = 1.0,
    sun: tuple[float, float] = (-0.55, -0.75),
) -> None:
    """Model a cloud as a relief of ``(x, y, radius)`` puffs lit from one side."""
    p = np.array(puffs, np.float32)
    width, height = canvas.size
    left = int(np.clip((p[:, 0] - p[:, 2] * 1.5).min(), 0, width - 1))
    right = int(np.clip((p[:, 0] + p[:, 2] * 1.5).max(), left + 1, width))
    top = int(np.clip((p[:, 1] - p[:, 2] * 1.5).min(), 0, height - 1))
    bottom = int(np.clip((p[:, 1] + p[:, 2] * 1.5).max(), top + 1, height))
    x, y = np.meshgrid(
        np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32)
    )
    radius = float(p[:, 2].mean())
    big = fbm(*x.shape, radius * 1.1, seed, 6) * radius * 0.14
    wide = fbm(*x.shape, radius * 0.9, seed + 1, 6) * radius * 0.16
    relief = np.full(x.shape, -1e9, np.float32)
    for cx, cy, r in p:
        d = 1 - ((x + wide - cx) ** 2 + (y + big - cy) ** 2) / r**2
        relief = np.maximum(relief, np.where(d > 0, np.sqrt(np.maximum(d, 0)), d * 0.6) * r)
    cover = np.clip(relief / (radius * 0.28), 0, 1)
    if flat is not None:
        cover *= np.clip((flat - y + big * 1.5) / (radius * 0.5), 0, 1)
    soft = cv2.GaussianBlur(relief, (0, 0), max(1.0, radius * 0.075))
    gy, gx = np.gradient(np.maximum(soft, 0))
    # The relief falls away from its crest, so light comes from where it rises.
    lit = 0.46 - 0.42 * np.clip(gx * sun[0] + gy * sun[1], -1.4, 1.4)
    lit = lit + 0.05 * fbm(*x.shape, radius * 0.5, seed + 2, 5)
    if flat is not None:
        lit -= 0.42 * np.clip(1 - (flat - y) / (radius * 2.2), 0, 1)
    t = np.clip(lit, 0, 1)[..., None] ** 0.9
    colour = np.array(shade, np.float32) * (1 - t) + np.array(light, np.float32) * t
    s = canvas.scale
    size = ((right - left) * s, (bottom - top) * s)
    mask = cv2.resize(np.asarray(cover * alpha, np.float32), size)
    paint = cv2.resize(colour.astype(np.float32), size)
    where = (slice(top * s, bottom * s), slice(left * s, right * s))
    canvas.blend(where, np.asarray(mask, np.float32), lambda _x, _y: np.asarray(paint, np.float32))


def cumulus(
    canvas: Canvas,
    x: float,
    base: float,
    width: float,
    height: float,
    light: Colour,
    shade: Colour,
    *,
    seed: int,
    alpha: float = 1.0,
    sun: tuple[float, float] = (-0.55, -0.75),
) -> None:
    """Pile a summer cloud on a flat base."""
    rng = np.random.default_rng(seed)
    puffs = []
    humps = rng.uniform(-0.75, 0.75, 4), rng.uniform(0.45, 1.0, 4)
    for k in range(60):
        u = float(np.clip(rng.normal(0, 0.45), -1, 1))
        hump = float(np.max(humps[1] * np.exp(-(((u - humps[0]) / 0.34) ** 2))))
        ceiling = (1 - u * u) ** 0.7 * height * (0.25 + 0.75 * hump)
        v = float(rng.uniform(0.0, 1)) ** 0.7
        r = (0.08 + 0.15 * (1 - v) + 0.07 * rng.random() * (k % 3 == 0)) * height
        puffs.append((x + u * width / 2, base - v * ceiling, r))
    cloud(canvas, puffs, light, shade, seed=seed, flat=base, alpha=alpha, sun=sun)


def ridge(width: int, base: float, height: float, cell: float, seed: int) -> Points:
    """Give the outline of hills or mountains, from edge to edge."""
    line = fbm(8, width + 80, cell, seed, 6)[4]
    x = np.arange(-40, width + 40, 4, dtype=np.float64)
    y = base - height * line[: len(x) * 4 : 4][: len(x)]
    return np.stack([x, y.astype(np.float64)], 1)


def under(line: Points, bottom: float) -> Points:
    """Close an outline down to a level."""
    return np.vstack([line, [line[-1, 0], bottom], [line[0, 0], bottom]])


def clump(
    canvas: Canvas,
    x: float,
    y: float,
    rx: float,
    ry: float,
    palette: Palette,
    leaf: float,
    density: float = 1.0,
    sun: tuple[float, float] = (-0.6, -0.75),
) -> None:
    """Paint one ball of leaves: shade first, light last."""
    rng = canvas.rng
    count = int(density * 2.6 * rx * ry / leaf**2) + 6
    radius = np.sqrt(rng.random(count))
    turn = rng.uniform(0, 2 * np.pi, count)
    u, v = radius * np.cos(turn), radius * np.sin(turn)
    ragged = 1 + 0.12 * rng.standard_normal(count)
    centres = np.stack([x + u * rx * ragged, y + v * ry * ragged], 1)
    lit = 0.48 + 0.42 * (u * sun[0] + v * sun[1]) + rng.normal(0, 0.13, count)
    order = np.argsort(lit + rng.normal(0, 0.12, count))
    colours = [jitter(_tone(palette, float(lit[i])), 5, rng) for i in order]
    canvas.dabs(centres[order], colours, leaf, long=1.35, angle=-25, spread=45)


def tinted(palette: Palette, colour: Colour, t: float) -> Palette:
    """Move all of a palette towards a colour."""
    a, b, c, d = (mix(tone, colour, t) for tone in palette)
    return a, b, c, d


def _tone(palette: Palette, t: float) -> Colour:
    place = min(max(t, 0.0), 0.999) * 3
    step = int(place)
    return mix(palette[step], palette[step + 1], place - step)


def tree(
    canvas: Canvas,
    x: float,
    foot: float,
    height: float,
    palette: Palette,
    *,
    leaf: float | None = None,
    seed: int = 1,
) -> None:
    """Paint a round leafy tree: trunk, boughs, balls of leaves from the back to the front."""
    rng = np.random.default_rng(seed)
    leaf = leaf or max(1.0, height / 60)
    bark = mix(palette[0], ink("4a3526"), 0.6)
    trunk = height * 0.075
    top = foot - height * 0.45
    lean = float(rng.normal(0, 0.03)) * height
    spine = [(x, foot), (x + lean * 0.4, foot - height * 0.2), (x + lean, top)]
    canvas.polygon(
        tube(spine, (trunk * 1.7, trunk * 0.8, trunk * 0.7, trunk * 0.6), blunt=True), bark
    )
    canvas.polygon(
        tube(
            [(px - trunk * 0.2, py) for px, py in spine], (trunk * 0.3, trunk * 0.25, 1), blunt=True
        ),
        mix(bark, ink("c9a36f"), 0.35),
    )
    crown = []
    for _ in range(15):
        u, v = float(rng.normal(0, 0.5)), float(rng.uniform(-1, 1))
        u = float(np.clip(u, -1, 1)) * np.sqrt(max(0.1, 1 - v * v))
        crown.append((v, u, float(rng.uniform(0.13, 0.19))))
    for v, u, _ in sorted(crown, key=lambda c: -c[0] * 0.4 + c[1] * 0.2 + c[2]):
        cx, cy = x + lean + u * height * 0.3, foot - height * 0.63 + v * height * 0.25
        canvas.polygon(
            tube(
                [(x + lean, top), ((x + lean + cx) / 2, (top + cy) / 2 + 3), (cx, cy)],
                (trunk * 0.5, trunk * 0.3, 1),
            ),
            bark,
        )
    for v, u, r in sorted(crown, key=lambda c: c[0] * -0.2 + c[1] * -0.4, reverse=True):
        cx, cy = x + lean + u * height * 0.3, foot - height * 0.63 + v * height * 0.25
        down = 0.10 * (v + 0.3)
        shaded = tinted(palette, palette[0], float(np.clip(down * 3, 0, 0.4)))
        clump(canvas, cx, cy, r * height, r * height * 0.8, shaded, leaf)
    tuft = np.stack([x + rng.normal(0, trunk, 12), foot + rng.uniform(0, trunk * 0.3, 12)], 1)
    grass(canvas, tuft, height * 0.07, SUMMER, width=max(0.6, height / 220))


def conifer(
    canvas: Canvas, x: float, foot: float, height: float, palette: Palette, seed: int = 1
) -> None:
    """Paint a fir: tiers of drooping boughs."""
    rng = np.random.default_rng(seed)
    canvas.polygon(
        tube([(x, foot), (x, foot - height * 0.9)], (height * 0.05, 1)),
        mix(palette[0], ink("3a2a20"), 0.5),
    )
    tiers = max(6, int(height / 14))
    for i in range(tiers):
        t = i / tiers
        y = foot - height * (0.1 + 0.86 * t)
        half = height * 0.22 * (1 - t) ** 0.85 * float(rng.uniform(0.85, 1.15)) + 1
        for _ in range(int(16 + 26 * (1 - t))):
            u = float(rng.uniform(-1, 1))
            tip = (x + u * half, y + abs(u) * half * 0.55 + float(rng.normal(0, 2)))
            lit = 0.42 - 0.4 * u + float(rng.normal(0, 0.15))
            canvas.stroke(
                np.array([[x + u * half * 0.25, y - half * 0.15], tip]),
                jitter(_tone(palette, lit), 4, rng),
                max(1.2, height * 0.018),
            )


def grass(
    canvas: Canvas,
    places: Points,
    height: float,
    palette: Palette,
    *,
    width: float = 1.6,
    lean: float = 0.25,
) -> None:
    """Draw blades of grass, those further down in front."""
    rng = canvas.rng
    for x, y in places[np.argsort(places[:, 1])]:
        tall = height * float(rng.uniform(0.5, 1.25))
        bend = tall * float(rng.normal(lean, 0.3))
        colour = jitter(_tone(palette, float(np.clip(rng.normal(0.55, 0.24), 0, 1))), 5, rng)
        canvas.polygon(
            np.array(
                [
                    [x - width, y],
                    [x + bend * 0.35 - width * 0.5, y - tall * 0.6],
                    [x + bend, y - tall],
                    [x + bend * 0.4 + width * 0.6, y - tall * 0.55],
                    [x + width, y],
                ]
            ),
            colour,
        )


def flowers(canvas: Canvas, places: Points, size: float, colours: Sequence[Colour]) -> None:
    """Draw small five-petalled flowers on stems."""
    rng = canvas.rng
    for x, y in places[np.argsort(places[:, 1])]:
        r = size * float(rng.uniform(0.7, 1.3))
        colour = jitter(colours[int(rng.integers(len(colours)))], 8, rng)
        canvas.line([[x, y], [x + r * 0.4, y + r * 4]], ink("40672f"), 0.8)
        turn = float(rng.uniform(0, 72))
        for k in range(5):
            a = np.radians(turn + 72 * k)
            canvas.polygon(
                oval(
                    x + r * 0.75 * np.cos(a),
                    y + r * 0.6 * np.sin(a),
                    r * 0.6,
                    r * 0.45,
                    turn + 72 * k,
                    10,
                ),
                mix(colour, ink("ffffff"), 0.25 if np.sin(a) < 0 else 0),
            )
        canvas.polygon(oval(x, y, r * 0.38, r * 0.34, n=10), ink("f4c542"))


def rock(
    canvas: Canvas, outline: Points, base: Colour, light: Colour, shade: Colour, seed: int
) -> None:
    """Paint a boulder of flat facets, lit from the upper left, with a little moss."""
    rng = np.random.default_rng(seed)
    middle = outline.mean(0)
    span = np.ptp(outline, axis=0)
    crest = middle + (outline - middle) * rng.uniform(0.42, 0.66, (len(outline), 1))
    crest = crest - span * [0.05, 0.13]
    canvas.polygon(outline, base)
    for k in range(len(outline)):
        j = (k + 1) % len(outline)
        facet = np.array([outline[k], outline[j], crest[j], crest[k]])
        out = (outline[k] + outline[j]) / 2 - middle
        out = out / max(float(np.linalg.norm(out)), 1e-6)
        lit = 0.5 - 0.5 * float(out @ np.array([0.5, 0.86])) + float(rng.normal(0, 0.09))
        tone = (
            mix(shade, base, min(1, lit * 2))
            if lit < 0.5
            else mix(base, light, min(1.0, lit * 2 - 1))
        )
        canvas.fill(facet, mottled(tone, 6, 16, seed + k, 1.5))
    canvas.fill(crest, mottled(mix(base, light, 0.85), 7, 18, seed, 1.5))
    canvas.brush(outline, int(span.prod() / 90), 22, 7, 30, vary=8, alpha=0.5, spread=40)
    for k in range(0, len(outline), 2):
        crack = np.array([outline[k], (outline[k] + crest[k]) / 2 + rng.normal(0, 3, 2), crest[k]])
        canvas.stroke(crack, mix(shade, ink("181424"), 0.3), 1.8)
    moss = [c for c in crest if c[1] < middle[1]]
    for x, y in moss:
        clump(canvas, x, y, span[0] * 0.07, span[1] * 0.06, OCHRE if seed % 2 else SUMMER, 2.4, 0.6)
    canvas.line(outline, mix(shade, ink("141420"), 0.5), 1.4, closed=True)
