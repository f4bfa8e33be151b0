"""What stands and happens before the camera of made films: sets, people, weather, and its moves."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import cv2
import numpy as np

from benchmarks import scene_art as art
from benchmarks.scene_stage import Card, Places, Touch
from sample_data.film import ease
from sample_data.paint import Pixels

STILL = (0.0, 0.0)


@lru_cache(maxsize=6)
def backdrop(kind: str, seed: int, width: int = 2400, height: int = 1200) -> Pixels:
    """Paint a set."""
    painter: Callable[[int, int, int], Pixels] = getattr(art, f"paint_{kind}")
    return painter(width, height, seed)


def scenery(kind: str, seed: int, width: int = 2400, height: int = 1200, near: float = 1.0) -> Card:
    """Give a set as a card."""
    return Card(lambda _: backdrop(kind, seed, width, height), near)


def camera(
    frames: int,
    to: tuple[float, float] = STILL,
    *,
    since: tuple[float, float] = STILL,
    zoom: tuple[float, float] = (1.0, 1.0),
    roll: float = 0.0,
    come: float = 0.0,
    rests: tuple[int, int] = (0, 0),
    eased: bool = True,
    hold: int = 1,
) -> Places:
    """Move a camera from ``since`` to ``to``, after and before some frames of rest."""
    places = np.zeros((frames, 5))
    for k in range(frames):
        at = k - k % hold
        last = frames - 1 - rests[1]
        t = (
            ease(at, rests[0], last)
            if eased
            else float(np.clip((at - rests[0]) / (last - rests[0]), 0, 1))
        )
        x, y = (a + (b - a) * t for a, b in zip(since, to, strict=True))
        places[k] = (x, y, zoom[0] * (zoom[1] / zoom[0]) ** t, roll * t, come * t)
    return places


def joined(*parts: Places) -> Places:
    """Go on with each part where the one before ended."""
    out = [parts[0]]
    for part in parts[1:]:
        out.append(part + (out[-1][-1] - part[0]) * (1, 1, 0, 1, 1))
    return np.vstack(out)


def by_hand(path: Places, amount: float, seed: int, roll: float = 0.0) -> Places:
    """Hold the camera in a hand that sways by about so many pixels, over half a second."""
    rng = np.random.default_rng(seed)
    loose = rng.standard_normal((len(path) + 40, 3))
    sway = cv2.GaussianBlur(loose, (1, 41), 1, None, 5)[20:-20]
    shaken = path.copy()
    shaken[:, [0, 1, 3]] += sway / sway.std() * (amount, amount * 0.7, roll)
    return shaken


def walker(
    who: int, height: int, since: tuple[float, float], step: float, near: float = 1.0
) -> Card:
    """Let someone walk on twos, ``step`` pixels a frame."""
    draw = lambda f: art.draw_walker(who, f // 2 // 2, height, step >= 0)  # noqa: E731
    return Card(draw, near, lambda f: (since[0] + step * (f - f % 2), since[1]))


def talker(
    seed: int, size: tuple[int, int], at: tuple[float, float], near: float = 1.0, sway: float = 0.0
) -> Card:
    """Let someone talk on fours, and sway."""
    order = np.random.default_rng(seed).integers(0, 6, 200)
    draw = lambda f: art.draw_talker(seed, int(order[f // 4]), *size)  # noqa: E731
    return Card(draw, near, lambda f: (at[0] + sway * np.sin(f / 9), at[1]))


def crowd(seed: int, many: int, ground: float, spread: float, near: float = 1.0) -> list[Card]:
    """Let people walk about."""
    rng = np.random.default_rng(seed)
    return [
        walker(
            k,
            int(rng.uniform(230, 330)),
            (float(rng.uniform(-spread, spread)), ground + 6 * k),
            float(rng.choice([-1, 1]) * rng.uniform(2, 5)),
            near,
        )
        for k in range(many)
    ]


def rippling(top: float, amount: float = 3.0) -> Touch:
    """Make water of what is below a line."""

    def touch(view: Pixels, frame: int, _: np.random.Generator) -> Pixels:
        height, width = view.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        deep = np.clip((y - top * height) / 80, 0, 1)
        dx = amount * deep * np.sin(y / 9 + frame * 0.55) * np.cos(x / 60 - frame * 0.2)
        dy = 0.6 * amount * deep * np.sin(x / 23 + frame * 0.4 + y / 31)
        return np.asarray(cv2.remap(view, x + dx, y + dy, 1, None, cv2.BORDER_REFLECT), np.uint8)

    return touch


def raining(view: Pixels, frame: int, rng: np.random.Generator) -> Pixels:
    """Let it rain."""
    drops = np.zeros(view.shape[:2], np.uint8)
    for x, y in rng.integers(0, (view.shape[1], view.shape[0]), (220, 2)).tolist():
        cv2.line(drops, (x, y), (x - 5, y + 24), 90, 1, cv2.LINE_AA)
    return np.clip(view + drops[..., None].astype(np.int16), 0, 255).astype(np.uint8)


def lit(levels: dict[int, float]) -> Touch:
    """Whiten some frames: 1 leaves nothing of them."""

    def touch(view: Pixels, frame: int, _: np.random.Generator) -> Pixels:
        share = levels.get(frame, 0.0)
        white = np.full_like(view, 255)
        return np.asarray(cv2.addWeighted(view, 1 - share, white, share, 0), np.uint8)

    return touch


def exploding(view: Pixels, frame: int, rng: np.random.Generator) -> Pixels:
    """Let something go up at frame 30: three white frames, then a ball of fire that thins out."""
    if 30 <= frame < 33:
        return np.full_like(view, 250)
    if frame < 33 or frame > 60:
        return view
    t = (frame - 33) / 27
    ball = np.zeros_like(view)
    for _ in range(26):
        x, y = rng.normal((view.shape[1] * 0.5, view.shape[0] * 0.55), 60 + 90 * t)
        tone = (40, 120 + int(rng.integers(80)), 250)
        cv2.circle(ball, (int(x), int(y)), int(50 + 50 * t), tone, -1, cv2.LINE_AA)
    return np.where(cv2.blur(ball, (9, 9)) > 0, cv2.addWeighted(view, t, ball, 1 - t, 0), view)


def spliced(view: Pixels, frame: int, _: np.random.Generator) -> Pixels:
    """Shift the colours of the first frame."""
    return view if frame else np.clip(view * np.array([1.25, 0.9, 0.8]), 0, 255).astype(np.uint8)


def tiled(kind: str, seed: int, period: int, height: int, times: int) -> Card:
    """Let a short painting come round again and again."""
    once = backdrop(kind, seed, period, height)
    fade = np.linspace(0, 1, 60)[None, :, None]
    once = once.copy()
    once[:, -60:] = (once[:, -60:] * (1 - fade) + once[:, 59::-1][:, :60] * fade).astype(np.uint8)
    whole = np.tile(once, (1, times, 1))
    return Card(lambda _: whole)


def fire(seed: int, at: tuple[float, float], size: tuple[int, int]) -> Card:
    """Let something burn."""
    return Card(lambda f: art.draw_fire(seed, f // 2 % 12, *size), 1.0, lambda _: at)


def clouds(seed: int, speed: float, y: float) -> Card:
    """Let clouds drift."""
    cut = partial(art.paint_clouds, 2600, 360)
    held = lru_cache(maxsize=1)(cut)
    return Card(lambda _: held(seed), 1.0, lambda f: (speed * f, y))


def car(seed: int, width: int, y: float, speed: float, since: float) -> Card:
    """Let a car pass."""
    return Card(lambda _: art.draw_car(seed, width), 1.0, lambda f: (since + speed * f, y))


def title(view: Pixels, _: int, __: np.random.Generator) -> Pixels:
    """Show words on black."""
    card = np.zeros_like(view)
    cv2.putText(card, "THE END OF THE ROAD", (180, 290), 3, 1.6, (220, 230, 240), 3, cv2.LINE_AA)
    return card
