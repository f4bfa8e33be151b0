"""Who passes before a made plate: people and flat figures, how they move, and what they cover."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.plate_sets import DARK, tone
from sample_data.figure import Pose, Style, draw_figure, walk_cycle
from sample_data.paint import Canvas, Colour, Floats, Pixels, mix, oval, rect, tube

Mask = NDArray[np.bool_]
SHADE = np.array([0.55, 0.48, 0.48], np.float32)
"""What is left of the light in the middle of a shadow, BGR."""
POSES = 8
"""Drawings of two steps."""
NOTICED = 0.03
"""A pixel counts as covered from this share of a figure or of a full shadow on."""


@dataclass(frozen=True)
class Cutout:
    """A figure of flat colours, or a wagon: few tones, no texture."""

    height: float
    """From the ground to the top, pixels."""
    body: Colour
    head: Colour
    wagon: bool = False


@dataclass(frozen=True)
class Actor:
    """Somebody in a shot: looks, way and habits."""

    look: Style | Cutout
    ground: float
    """Where the soles touch, pixels from the top."""
    way: tuple[tuple[float, float], ...]
    """Frame and x of the body, joined by straight lines."""
    hold: int = 2
    """Frames that a drawing stays."""
    sway: float = 0.0
    """How far the body leans to and fro in place, pixels at the head."""
    shadow: float = 0.0
    """Length of the shadow that is cast, share of the height; 0 for one under the feet."""
    cels: bool = False
    """The body is held; only its stride is drawn anew, every 12 frames."""


def people(rng: np.random.Generator, count: int, height: float) -> list[Style]:
    """Dress ``count`` people of about this height."""
    return [
        Style(
            height * float(rng.uniform(0.85, 1.15)),
            hair=tone(rng, 0.1, 0.6, 0.6),
            top=tone(rng, 0.2, 0.75, 0.9),
            bottom=tone(rng, 0.12, 0.5, 0.6),
            accent=tone(rng, 0.3, 0.6, 0.9),
            cut=str(rng.choice(["short", "bob", "long", "bun"])),
            hat=str(rng.choice(["", "", "straw", "fedora", "cap"])),
            skirt=float(rng.choice([0, 0, 0.2])),
            coat=float(rng.choice([0, 0.1, 0.2])),
            pattern=str(rng.choice(["", "", "stripes", "plaid", "dots"])),
            bag=str(rng.choice(["", "case", "shoulder", "backpack"])),
            scarf=bool(rng.random() < 0.3),
        )
        for _ in range(count)
    ]


def flat(rng: np.random.Generator, height: float, wagon: bool = False) -> Cutout:
    """Cut a figure out of coloured paper."""
    return Cutout(height, tone(rng, 0.2, 0.7, 0.9), tone(rng, 0.5, 0.85, 0.6), wagon)


def lay(frame: Floats, actor: Actor, number: int) -> Mask:
    """Put somebody with their shadow on a frame, in place; give what they cover.

    ``frame`` is ``(height, width, 3)`` float32 BGR.
    """
    cut, foot, x = _drawing(actor, number)
    covered = np.zeros(frame.shape[:2], bool)
    left, top = x - foot[0], actor.ground - foot[1]
    shade = _shadow(actor, cut, foot)
    if actor.shadow:
        where = (left + shade[1][0], top + shade[1][1])
    else:
        where = (x - shade[0].shape[1] / 2, actor.ground - shade[0].shape[0] / 2)
    dark = np.repeat(shade[0][..., None], 3, 2)
    _lay(frame, dark * 0, dark * (1 - SHADE), where, covered, shade[0])
    _lay(frame, cut[..., :3], cut[..., 3:] / 255, (left, top), covered, cut[..., 3] / 255)
    return covered


def _lay(
    frame: Floats, light: Floats, cover: Floats, where: tuple[float, float], seen: Mask, a: Floats
) -> None:
    """Mix ``light`` over a frame at whole pixels and mark what it changes."""
    ix, iy = round(where[0]), round(where[1])
    height, width = a.shape
    t, b = max(0, iy), min(frame.shape[0], iy + height)
    lo, r = max(0, ix), min(frame.shape[1], ix + width)
    if r <= lo or b <= t:
        return
    part = slice(t - iy, b - iy), slice(lo - ix, r - ix)
    frame[t:b, lo:r] = light[part] + frame[t:b, lo:r] * (1 - cover[part])
    seen[t:b, lo:r] |= a[part] > NOTICED


def _drawing(actor: Actor, number: int) -> tuple[Floats, tuple[float, float], float]:
    """Give somebody's picture at a frame, premultiplied BGRA, where its foot is, and x."""
    held = number - number % actor.hold
    frames, xs = zip(*actor.way, strict=True)
    x = float(np.interp(held, frames, xs))
    gone = float(np.interp(held, frames, np.cumsum([0.0, *(abs(b - a) for a, b in pairwise(xs))])))
    step = float(np.interp(held + 3, frames, xs)) - float(np.interp(held - 3, frames, xs))
    right = step > 0 or (step == 0 and xs[0] <= xs[-1])
    lean = round(actor.sway * np.sin(held / 5.3 + actor.ground))
    phase = round(gone / walk_cycle(actor.look.height) * POSES) % POSES
    if actor.cels:
        phase, step = held // 12 % 4 * POSES // 4, 6.0
    cut, foot = _cut(actor.look, phase, abs(step) > 1, right, lean)
    return cut, foot, x


@lru_cache(maxsize=400)
def _cut(
    look: Style | Cutout, phase: int, walks: bool, right: bool, lean: int
) -> tuple[Floats, tuple[float, float]]:
    drawn, foot = _drawn(look, phase if walks else 0, walks)
    size = drawn.shape[1], drawn.shape[0]
    if not right:
        drawn, foot = drawn[:, ::-1], (size[0] - foot[0], foot[1])
    if lean:
        skew = np.array([[1, -lean / foot[1], lean], [0, 1, 0]], np.float32)
        drawn = np.asarray(cv2.warpAffine(drawn, skew, size, flags=cv2.INTER_LINEAR), np.uint8)
    return drawn.astype(np.float32), foot


@lru_cache(maxsize=600)
def _drawn(look: Style | Cutout, phase: int, walks: bool) -> tuple[Pixels, tuple[float, float]]:
    if isinstance(look, Cutout):
        drawn, foot = _paper(look, phase)
    else:
        drawing = draw_figure(look, Pose(phase / POSES, float(walks)))
        drawn, foot = drawing.pixels, drawing.anchor
    size = drawn.shape[1] // 2, drawn.shape[0] // 2
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8), foot


def _paper(look: Cutout, phase: int) -> tuple[Pixels, tuple[float, float]]:
    tall = look.height
    wide = tall * (2.6 if look.wagon else 0.8)
    canvas = Canvas.new(round(wide), round(tall * 1.05), clear=True, seed=2)
    x, foot = wide / 2, tall * 1.02
    if look.wagon:
        canvas.polygon(rect(6, foot - tall, wide - 12, tall * 0.86), look.body)
        for k in range(5):
            glass = rect(wide * (0.06 + 0.19 * k), foot - tall * 0.88, wide * 0.14, tall * 0.32)
            canvas.polygon(glass, look.head)
        for part in (0.2, 0.8):
            canvas.polygon(oval(wide * part, foot - tall * 0.13, tall * 0.13, tall * 0.13), DARK)
        return canvas.pixels, (x, foot)
    swing = tall * 0.07 * float(np.sin(phase / POSES * 2 * np.pi))
    for side in (-1, 1):
        leg = [
            [x + side * tall * 0.05, foot - tall * 0.4],
            [x + side * (tall * 0.07 + swing), foot],
        ]
        canvas.polygon(tube(leg, (tall * 0.09, tall * 0.07)), mix(look.body, DARK, 0.5))
        arm = [
            [x + side * tall * 0.1, foot - tall * 0.7],
            [x + side * tall * 0.2, foot - tall * 0.42 + swing],
        ]
        canvas.polygon(tube(arm, (tall * 0.07, tall * 0.06)), look.head)
    canvas.polygon(
        tube([[x, foot - tall * 0.75], [x, foot - tall * 0.35]], (tall * 0.2, tall * 0.3)),
        look.body,
    )
    canvas.polygon(oval(x, foot - tall * 0.86, tall * 0.11, tall * 0.13), look.head)
    for side in (-1, 1):
        canvas.polygon(oval(x + side * tall * 0.04, foot - tall * 0.87, 3, 4), DARK)
    return canvas.pixels, (x, foot)


def _shadow(
    actor: Actor, cut: Floats, foot: tuple[float, float]
) -> tuple[Floats, tuple[float, float]]:
    """Give a shadow, 0 to 1, and where its corner lies from that of the figure."""
    if not actor.shadow:
        wide, high = int(actor.look.height * 0.3), int(actor.look.height * 0.05)
        y, x = np.mgrid[-high : high + 1, -wide : wide + 1].astype(np.float32)
        dark = np.exp(-((x / wide * 1.9) ** 2) - (y / high * 1.9) ** 2)
        return np.asarray(dark * 0.7, np.float32), (0.0, 0.0)
    height, width = cut.shape[:2]
    slant, flat_by = actor.shadow, 0.28 * actor.shadow
    across = width + round(height * slant)
    move = np.array(
        [[1, -slant, slant * foot[1]], [0, flat_by, foot[1] * (1 - flat_by)]], np.float32
    )
    dark = cv2.warpAffine(cut[..., 3] / 255, move, (across, height), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(dark, (0, 0), 2.5) * 0.8, np.float32), (0.0, 0.0)
