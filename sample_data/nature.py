"""Clouds, trees, grass, rock and water, as several of the paintings need them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sample_data.paint import (
    Canvas,
    Colour,
    Floats,
    Points,
    fbm,
    ink,
    jitter,
    mix,
    noise_at,
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
    big = fbm(*x.shape, radius * 1.1, seed, 6) * radius * 0.11
    wide = fbm(*x.shape, radius * 0.9, seed + 1, 6) * radius * 0.13
    relief = np.full(x.shape, -1e9, np.float32)
    for cx, cy, r in p:
        d = 1 - ((x + wide - cx) ** 2 + (y + big - cy) ** 2) / r**2
        relief = np.maximum(relief, np.where(d > 0, np.sqrt(np.maximum(d, 0)), d * 0.6) * r)
    cover = np.clip(relief / (radius * 0.28), 0, 1)
    if flat is not None:
        cover *= np.clip((flat - y + big * 1.5) / (radius * 0.5), 0, 1)
    soft = cv2.GaussianBlur(relief, (0, 0), max(1.0, radius * 0.05))
    gy, gx = np.gradient(np.maximum(soft, 0))
    lit = 0.5 + 0.42 * np.clip(gx * sun[0] * -1 * -1 + gy * sun[1] * -1 * -1, -1.4, 1.4)
    lit = lit + 0.05 * fbm(*x.shape, radius * 0.5, seed + 2, 5)
    if flat is not None:
        lit -= 0.3 * np.clip(1 - (flat - y) / (radius * 2.2), 0, 1)
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
) -> None:
    """Pile a summer cloud on a flat base."""
    rng = np.random.default_rng(seed)
    puffs = []
    for _ in range(34):
        u = float(np.clip(rng.normal(0, 0.42), -1, 1))
        ceiling = (1 - u * u) ** 0.8 * height * float(rng.uniform(0.55, 1))
        v = float(rng.uniform(0.05, 1)) ** 0.8
        r = (0.16 + 0.15 * (1 - v) + 0.05 * rng.random()) * height
        puffs.append((x + u * width / 2, base - v * ceiling, r))
    cloud(canvas, puffs, light, shade, seed=seed, flat=base, alpha=alpha)


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
    canvas.polygon(tube(spine, (trunk * 1.5, trunk, trunk * 0.7)), bark)
    canvas.polygon(
        tube([(px - trunk * 0.2, py) for px, py in spine], (trunk * 0.4, trunk * 0.3, 1)),
        mix(bark, ink("c9a36f"), 0.35),
    )
    crown = []
    for _ in range(15):
        u, v = float(rng.normal(0, 0.5)), float(rng.uniform(-1, 1))
        u = float(np.clip(u, -1, 1)) * np.sqrt(max(0.1, 1 - v * v))
        crown.append((v, u, float(rng.uniform(0.13, 0.19))))
    for v, u, r in sorted(crown, key=lambda c: -c[0] * 0.4 + c[1] * 0.2 + c[2]):
        cx, cy = x + lean + u * height * 0.3, foot - height * 0.63 + v * height * 0.25
        canvas.polygon(
            tube([(x + lean, top), ((x + lean + cx) / 2, (top + cy) / 2 + 3), (cx, cy)],
                 (trunk * 0.5, trunk * 0.3, 1)),
            bark,
        )
    for v, u, r in sorted(crown, key=lambda c: c[0] * -0.2 + c[1] * -0.4, reverse=True):
        cx, cy = x + lean + u * height * 0.3, foot - height * 0.63 + v * height * 0.25
        down = 0.10 * (v + 0.3)
        shaded: Palette = tuple(mix(c, palette[0], float(np.clip(down * 3, 0, 0.4))) for c in palette)  # type: ignore[assignment]
        clump(canvas, cx, cy, r * height, r * height * 0.8, shaded, leaf)


def conifer(
    canvas: Canvas, x: float, foot: float, height: float, palette: Palette, seed: int = 1
) -> None:
    """Paint a fir: tiers of drooping boughs."""
    rng = np.random.default_rng(seed)
    canvas.polygon(
        tube([(x, foot), (x, foot - height * 0.9)], (height * 0.05, 1)), mix(palette[0], ink("3a2a20"), 0.5)
    )
    tiers = max(6, int(height / 14))
    for i in range(tiers):
        t = i / tiers
        y = foot - height * (0.1 + 0.86 * t)
        half = height * 0.22 * (1 - t) ** 0.85 * float(rng.uniform(0.85, 1.15)) + 1
        for _ in range(int(10 + 16 * (1 - t))):
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


def flowers(
    canvas: Canvas, places: Points, size: float, colours: Sequence[Colour]
) -> None:
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
                oval(x + r * 0.75 * np.cos(a), y + r * 0.6 * np.sin(a), r * 0.6, r * 0.45, turn + 72 * k, 10),
                mix(colour, ink("ffffff"), 0.25 if np.sin(a) < 0 else 0),
            )
        canvas.polygon(oval(x, y, r * 0.38, r * 0.34, n=10), ink("f4c542"))


def rock(
    canvas: Canvas, outline: Points, base: Colour, light: Colour, shade: Colour, seed: int
) -> None:
    """Paint a boulder: cracked facets lit from the upper left."""
    box = outline.min(0), outline.max(0)
    span = box[1] - box[0]

    def field(x: Floats, y: Floats) -> Floats:
        slope = ((x - box[0][0]) / span[0] + (y - box[0][1]) / span[1] * 1.4) / 2.4
        facets = noise_at(x + 0.6 * y, y - 0.3 * x, float(max(span)) * 0.35, seed)
        grain = noise_at(x, y, 14, seed + 1, 1.6)
        t = np.clip(slope * 1.5 - 0.25 + 0.22 * np.sign(facets) * np.abs(facets) ** 0.5 + grain * 0.06, 0, 1)
        t = t[..., None]
        lights = np.array(light, np.float32) * (1 - t) + np.array(base, np.float32) * t
        darks = np.array(base, np.float32) * (1 - t) + np.array(shade, np.float32) * t
        return np.asarray(lights * (1 - t) + darks * t, np.float32)

    canvas.fill(outline, field)
    rng = np.random.default_rng(seed)
    for _ in range(int(3 + span.max() / 40)):
        start = box[0] + span * rng.uniform(0.15, 0.8, 2)
        step = span.max() * 0.12
        turn = float(rng.uniform(0.2, 1.3))
        crack = [start + step * k * np.array([np.cos(turn), np.sin(turn)]) + rng.normal(0, 4, 2) for k in range(4)]
        mask_line = tube(crack, (0.3, 2.0, 1.2, 0.3))
        canvas.fill(mask_line, mix(shade, ink("101018"), 0.4), 0.7, inside=outline)
    canvas.line(outline, mix(shade, ink("141420"), 0.5), 1.2, closed=True)
