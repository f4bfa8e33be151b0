"""Brushes: supersampled shapes, lines, noise and bristle strokes, all in final pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
Points = NDArray[np.float64]
Colour = tuple[float, float, float]
"""Blue, green, red, 0 to 255."""
Field = Callable[[Floats, Floats], Floats]
"""Gives colours ``(h, w, 3)`` for places ``x, y`` of shape ``(h, w)``, in final pixels."""
Fill = Colour | Field

_SHIFT = 4


def ink(code: str) -> Colour:
    """Read a colour written as ``rrggbb``."""
    red, green, blue = (int(code[i : i + 2], 16) for i in (0, 2, 4))
    return float(blue), float(green), float(red)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """Give the colour at ``t`` of the way from ``a`` to ``b``."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def jitter(colour: Colour, amount: float, rng: np.random.Generator) -> Colour:
    """Vary a colour: mostly its lightness, a little its hue."""
    light = rng.normal(0, amount)
    b, g, r = (float(np.clip(c + light + rng.normal(0, amount * 0.35), 0, 255)) for c in colour)
    return b, g, r


def curve(points: ArrayLike, closed: bool = False, steps: int = 10) -> Points:
    """Draw a Catmull-Rom curve through ``points``."""
    p = np.asarray(points, np.float64)
    if closed:
        p = np.vstack([p[-1:], p, p[:2]])
    else:
        p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True):
        parts.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    if not closed:
        parts.append(p[-2:-1])
    result: Points = np.vstack(parts)
    return result


def tube(spine: ArrayLike, widths: Sequence[float], steps: int = 8, blunt: bool = False) -> Points:
    """Give the outline of a limb or tapered stroke: a curve with a width along it.

    Its ends are round, or straight cuts if ``blunt``.
    """
    line = curve(spine, steps=steps)
    width = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(widths)), widths)
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    side = np.stack([-along[:, 1], along[:, 0]], 1) * width[:, None] / 2
    if blunt:
        return np.vstack([line - side, (line + side)[::-1]])
    start = _cap(line[0], -along[0], width[0] / 2)
    end = _cap(line[-1], along[-1], width[-1] / 2)
    return np.vstack([line - side, end, (line + side)[::-1], start])


def _cap(centre: Points, outward: Points, radius: float) -> Points:
    turn = np.linspace(-np.pi / 2, np.pi / 2, 7)[1:-1, None]
    across = np.array([-outward[1], outward[0]])
    result: Points = centre + radius * (np.cos(turn) * outward + np.sin(turn) * across)
    return result


def oval(x: float, y: float, rx: float, ry: float, angle: float = 0.0, n: int = 48) -> Points:
    """Give an ellipse; ``angle`` in degrees, clockwise."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    u, v = rx * np.cos(t), ry * np.sin(t)
    return np.stack([x + u * c - v * s, y + u * s + v * c], 1)


def oval_at(centre: Points, rx: float, ry: float, angle: float = 0.0) -> Points:
    """Give an ellipse around a place."""
    return oval(float(centre[0]), float(centre[1]), rx, ry, angle)


def rect(x: float, y: float, width: float, height: float) -> Points:
    """Give a rectangle."""
    right, bottom = x + width, y + height
    return np.array([[x, y], [right, y], [right, bottom], [x, bottom]], np.float64)


def fbm(height: int, width: int, cell: float, seed: int, octaves: int = 5) -> Floats:
    """Fractal noise with zero mean and unit deviation; ``cell`` is its largest period."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(cell / 2**octave, 2.0)
        grid = rng.standard_normal(
            (int(height / size) + 3, int(width / size) + 3), dtype=np.float32
        )
        move = np.array([[1 / size, 0, 1], [0, 1 / size, 1]], np.float32)
        total += (
            cv2.warpAffine(
                grid, move, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            )
            * 0.55**octave
        )
    result: Floats = (total - total.mean()) / total.std()
    return result


@lru_cache(maxsize=64)
def _tile(cell: float, seed: int, octaves: int) -> Floats:
    return fbm(1024, 1024, cell, seed, octaves)


def noise_at(x: Floats, y: Floats, cell: float, seed: int, stretch: float = 1.0) -> Floats:
    """Fractal noise at places in final pixels, mirrored beyond 1024; ``stretch`` along x."""
    picture = cv2.remap(
        _tile(cell, seed, 5),
        np.asarray(x / stretch, np.float32),
        np.asarray(y, np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(picture, np.float32)


def ramp(stops: Sequence[tuple[float, Colour]], axis: str = "y", rough: float = 0.0) -> Field:
    """Give a gradient between colours at places along an axis, its levels broken by noise."""
    places = [p for p, _ in stops]
    colours = np.array([c for _, c in stops], np.float32)

    def field(x: Floats, y: Floats) -> Floats:
        along = y if axis == "y" else x
        if rough:
            along = along + rough * noise_at(x, y, 90, 11, 2.5)
        return np.stack([np.interp(along, places, colours[:, i]) for i in range(3)], -1).astype(
            np.float32
        )

    return field


def mottled(
    base: Fill, amount: float, cell: float = 40, seed: int = 5, stretch: float = 1.0
) -> Field:
    """Give ``base`` with noise in its lightness, like uneven paint."""

    def field(x: Floats, y: Floats) -> Floats:
        noise = noise_at(x, y, cell, seed, stretch)[..., None] * amount
        warm = noise_at(x, y, cell * 2.3, seed + 1)[..., None] * amount * 0.4
        colour = base(x, y) if callable(base) else np.array(base, np.float32)
        return np.asarray(colour + noise + warm * np.array([-1, 0, 1], np.float32), np.float32)

    return field


@dataclass(slots=True)
class Canvas:
    """A picture drawn ``scale`` times too large; every place and width is in final pixels."""

    pixels: Pixels
    """``(H, W, 3)``, or ``(H, W, 4)`` with colours premultiplied by the fourth channel."""
    scale: int
    rng: np.random.Generator

    @classmethod
    def new(
        cls, width: int, height: int, *, clear: bool = False, scale: int = 2, seed: int = 1
    ) -> Canvas:
        """Give a black or clear canvas."""
        shape = (height * scale, width * scale, 4 if clear else 3)
        return cls(np.zeros(shape, np.uint8), scale, np.random.default_rng(seed))

    @property
    def size(self) -> tuple[int, int]:
        """``(width, height)`` in final pixels."""
        return self.pixels.shape[1] // self.scale, self.pixels.shape[0] // self.scale

    def reduced(self) -> Pixels:
        """Give the picture at its final size."""
        width, height = self.size
        return np.asarray(
            cv2.resize(self.pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )

    def fixed(self, points: ArrayLike) -> NDArray[np.int32]:
        """Give places as OpenCV wants them: supersampled, with fraction bits."""
        p = np.asarray(points, np.float64) * self.scale - 0.5
        result: NDArray[np.int32] = np.round(p * 2**_SHIFT).astype(np.int32)
        return result

    def colour(self, colour: Colour, alpha: float = 1.0) -> tuple[float, ...]:
        """Give a colour as this canvas stores it."""
        return (*colour, 255.0) if self.pixels.shape[2] == 4 else colour

    def cover(self, points: ArrayLike, soft: float = 0.0) -> tuple[tuple[slice, slice], Floats]:
        """Give where a shape lies, and how much of each pixel it covers there."""
        p = np.asarray(points, np.float64)
        pad = 2 + 3 * soft
        height, width = self.pixels.shape[:2]
        left, top = np.floor((p.min(0) - pad) * self.scale).astype(int)
        right, bottom = np.ceil((p.max(0) + pad) * self.scale).astype(int)
        left, top = max(0, int(left)), max(0, int(top))
        right, bottom = min(width, int(right)), min(height, int(bottom))
        if right <= left or bottom <= top:
            return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), np.float32)
        mask = np.zeros((bottom - top, right - left), np.uint8)
        moved = self.fixed(p - np.array([left, top]) / self.scale)
        cv2.fillPoly(mask, [moved], 255, cv2.LINE_AA, _SHIFT)
        result = mask.astype(np.float32) / 255
        if soft:
            result = np.asarray(cv2.GaussianBlur(result, (0, 0), soft * self.scale), np.float32)
        return (slice(top, bottom), slice(left, right)), result

    def fill(
        self,
        points: ArrayLike,
        fill: Fill,
        alpha: float = 1.0,
        soft: float = 0.0,
        inside: ArrayLike | None = None,
        mode: str = "over",
    ) -> None:
        """Paint a shape, with a soft edge and only ``inside`` another if asked."""
        where, mask = self.cover(points, soft)
        if not mask.size:
            return
        if inside is not None:
            within, limit = self.cover(inside)
            mask = mask * _overlap(where, within, limit)
        self.blend(where, mask * alpha, fill, mode)

    def rim(
        self, points: ArrayLike, shift: tuple[float, float], fill: Fill, alpha: float, soft: float
    ) -> None:
        """Light the edge that a shape leaves uncovered when it is moved by ``shift``."""
        where, mask = self.cover(points)
        if mask.size:
            within, moved = self.cover(np.asarray(points) + np.array(shift), soft)
            self.blend(where, mask * (1 - _overlap(where, within, moved)) * alpha, fill, "screen")

    def blend(
        self, where: tuple[slice, slice], mask: Floats, fill: Fill, mode: str = "over"
    ) -> None:
        """Paint through a mask; ``mode`` is ``over``, ``multiply`` or ``screen``."""
        patch = self.pixels[where].astype(np.float32)
        if callable(fill):
            rows, columns = where
            x, y = np.meshgrid(
                np.arange(columns.start, columns.stop, dtype=np.float32) / self.scale,
                np.arange(rows.start, rows.stop, dtype=np.float32) / self.scale,
            )
            paint = np.clip(fill(x, y), 0, 255)
        else:
            paint = np.asarray(fill, np.float32)
        if mode == "multiply":
            paint = patch[..., :3] * paint / 255
        elif mode == "screen":
            paint = 255 - (255 - patch[..., :3]) * (255 - paint) / 255
        m = mask[..., None]
        if patch.shape[2] == 4:
            if mode != "over":
                m = m * (patch[..., 3:] > 0)
            patch[..., 3:] += (255 - patch[..., 3:]) * m * (mode == "over")
        patch[..., :3] += (paint - patch[..., :3]) * m
        # Dither, or thin glazes on glazes end in bands.
        patch += self.rng.random(patch.shape[:2], dtype=np.float32)[..., None] * (m > 0) * (m < 1)
        np.clip(patch, 0, 255, out=patch)
        self.pixels[where] = patch.astype(np.uint8)

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        """Paint a plain shape: the quick way for small ones."""
        cv2.fillPoly(self.pixels, [self.fixed(points)], self.colour(colour), cv2.LINE_AA, _SHIFT)

    def line(
        self, points: ArrayLike, colour: Colour, width: float = 1.5, closed: bool = False
    ) -> None:
        """Draw a line of even width."""
        cv2.polylines(
            self.pixels,
            [self.fixed(points)],
            closed,
            self.colour(colour),
            max(1, round(width * self.scale)),
            cv2.LINE_AA,
            _SHIFT,
        )

    def stroke(self, points: ArrayLike, colour: Colour, width: float = 3.0) -> None:
        """Draw a line that swells and thins, like a pen's."""
        self.polygon(tube(points, (0.2, width * 0.8, width, width * 0.7, 0.2)), colour)

    def lines(self, strokes: Iterable[tuple[Points, Colour, float]]) -> None:
        """Draw many tapered strokes."""
        for points, colour, width in strokes:
            self.stroke(points, colour, width)

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0
    ) -> None:
        """Add light that falls off from a point."""
        height, width = self.pixels.shape[:2]
        s = self.scale
        left, right = max(0, int((x - radius) * s)), min(width, int((x + radius) * s))
        top, bottom = max(0, int((y - radius) * s)), min(height, int((y + radius) * s))
        if right <= left or bottom <= top:
            return
        gx, gy = np.meshgrid(
            np.arange(left, right, dtype=np.float32) / s - x,
            np.arange(top, bottom, dtype=np.float32) / s - y,
        )
        mask = np.clip(1 - np.hypot(gx, gy) / radius, 0, 1) ** 2.2 * strength
        self.blend((slice(top, bottom), slice(left, right)), mask, colour, "screen")

    def paste(self, other: Pixels, x: float, y: float) -> None:
        """Lay a premultiplied supersampled picture down with its corner at ``(x, y)``."""
        left, top = round(x * self.scale), round(y * self.scale)
        height, width = other.shape[:2]
        t, b = max(0, top), min(self.pixels.shape[0], top + height)
        lo, r = max(0, left), min(self.pixels.shape[1], left + width)
        if r <= lo or b <= t:
            return
        part = other[t - top : b - top, lo - left : r - left].astype(np.float32)
        under = self.pixels[t:b, lo:r].astype(np.float32)
        channels = under.shape[2]
        mixed = part[..., :channels] + under * (1 - part[..., 3:] / 255)
        self.pixels[t:b, lo:r] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)

    def brush(
        self,
        where: ArrayLike | None,
        count: int,
        length: float,
        width: float,
        angle: float | Callable[[float, float], float] = 0.0,
        vary: float = 8.0,
        alpha: float = 0.7,
        spread: float = 12.0,
    ) -> None:
        """Go over what is painted with bristle strokes of its own colours, a little varied.

        Parameters
        ----------
        where
            A shape that the strokes stay in; None for everywhere.
        count, length, width
            How many, and their size in final pixels.
        angle
            Degrees from the horizontal, or a function of ``x, y``.
        vary
            How far their lightness strays, levels.
        spread
            How far their direction strays, degrees.
        """
        rng, s = self.rng, self.scale
        w, h = self.size
        shape = rect(0, 0, w, h) if where is None else np.asarray(where, np.float64)
        box, mask = self.cover(shape)
        if not mask.size:
            return
        source = cv2.blur(self.pixels[box], (3, 3))
        stamps = _stamps(length * s, width * s)
        rows, columns = mask.shape
        for y, x, turn, kind, light, hue in zip(
            rng.integers(0, rows, count),
            rng.integers(0, columns, count),
            rng.normal(0, spread, count),
            rng.integers(0, len(stamps[0]), count),
            rng.normal(0, vary, count),
            rng.normal(0, vary * 0.3, (count, 3)),
            strict=True,
        ):
            if mask[y, x] < 0.5:
                continue
            here = (box[1].start + x) / s, (box[0].start + y) / s
            degrees = (angle(*here) if callable(angle) else angle) + turn
            stamp = stamps[round(degrees / 180 * len(stamps)) % len(stamps)][kind]
            half_h, half_w = stamp.shape[0] // 2, stamp.shape[1] // 2
            t, b = max(0, y - half_h), min(rows, y + half_h)
            lo, r = max(0, x - half_w), min(columns, x + half_w)
            cut = stamp[t - y + half_h : b - y + half_h, lo - x + half_w : r - x + half_w]
            m = (cut * mask[t:b, lo:r] * alpha)[..., None]
            patch = self.pixels[box[0].start + t : box[0].start + b][
                :, box[1].start + lo : box[1].start + r, :3
            ]
            colour = source[y, x, :3].astype(np.float32) + light + hue
            patch[...] = np.clip(patch + (colour - patch) * m + 0.5, 0, 255).astype(np.uint8)

    def dabs(
        self,
        centres: Points,
        colours: Sequence[Colour],
        size: float,
        *,
        long: float = 1.5,
        angle: float = 0.0,
        spread: float = 40.0,
    ) -> None:
        """Put a small leaf-like dab at each place."""
        rng = self.rng
        turns = rng.normal(angle, spread, len(centres))
        sizes = size * rng.uniform(0.6, 1.3, len(centres))
        base = oval(0, 0, 1, 1, n=10)
        for centre, colour, turn, one in zip(centres, colours, turns, sizes, strict=True):
            c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
            shape = base * (one * long, one / long) @ np.array([[c, s], [-s, c]]) + centre
            self.polygon(shape, colour)


def _overlap(where: tuple[slice, slice], within: tuple[slice, slice], limit: Floats) -> Floats:
    """Move a mask that belongs to ``within`` to the rectangle ``where``."""
    result = np.zeros((where[0].stop - where[0].start, where[1].stop - where[1].start), np.float32)
    t, b = max(where[0].start, within[0].start), min(where[0].stop, within[0].stop)
    lo, r = max(where[1].start, within[1].start), min(where[1].stop, within[1].stop)
    if b > t and r > lo:
        result[
            t - where[0].start : b - where[0].start, lo - where[1].start : r - where[1].start
        ] = limit[
            t - within[0].start : b - within[0].start,
            lo - within[1].start : r - within[1].start,
        ]
    return result


@lru_cache(maxsize=32)
def _stamps(length: float, width: float, angles: int = 24, kinds: int = 4) -> list[list[Floats]]:
    """Make bristle marks: for each angle some of different hair."""
    rng = np.random.default_rng(round(length * 31 + width))
    radius = int(max(length, width) / 2 + 2)
    y, x = np.mgrid[-radius:radius, -radius:radius].astype(np.float32) + 0.5
    result = []
    for turn in np.arange(angles) * np.pi / angles:
        u = (x * np.cos(turn) + y * np.sin(turn)) / (length / 2)
        v = (-x * np.sin(turn) + y * np.cos(turn)) / (width / 2)
        row = []
        for _ in range(kinds):
            hairs = rng.uniform(0.35, 1, 12)
            ends = rng.uniform(0.6, 1, (2, 12))
            place = np.clip((v + 1) * 5.5, 0, 11)
            hair = np.interp(place, np.arange(12), hairs)
            end = np.where(
                u > 0,
                np.interp(place, np.arange(12), ends[0]),
                np.interp(place, np.arange(12), ends[1]),
            )
            edge = np.clip((1 - np.abs(v)) * 4, 0, 1) * np.clip((end - np.abs(u)) * 5, 0, 1)
            row.append((hair * edge).astype(np.float32))
        result.append(row)
    return result


def lettering(text: str, height: float, scale: int = 2) -> Floats:
    """Give how much of each supersampled pixel a line of text covers, trimmed to its ink."""
    font = ImageFont.load_default(round(height * scale * 1.35))
    box = font.getbbox(text)
    picture = Image.new("L", (int(box[2]) + 8, int(box[3]) + 8))
    ImageDraw.Draw(picture).text((2, 2), text, fill=255, font=font)
    cover = np.asarray(picture, np.float32) / 255
    rows, columns = np.nonzero(cover)
    result: Floats = cover[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return result
