"""Still shots with things in front, drawn so that the backdrop is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from engine.products.plate import plate_recipe_for
from engine.recipe import PlateRecipe
from engine.values import (
    Box,
    Camera,
    Foreground,
    FrameFacts,
    Image,
    Mask,
    Motion,
    Scene,
    Shot,
    Source,
    SourceKind,
)
from tests.synthetic import MemoryReader, texture

WIDTH, HEIGHT = 320, 200
PICTURE = Box(0, 0, WIDTH, HEIGHT)

Painter = Callable[[Image, int], None]
"""Draws onto frame number so-and-so."""


def room(seed: int = 3) -> Image:
    """Give a backdrop with detail all over."""
    return texture(HEIGHT, WIDTH, seed=seed)


def figure(picture: Image, x: float, coat: tuple[int, int, int] = (40, 30, 200)) -> None:
    """Draw a standing figure 40 wide and 110 high around ``x``, with its shadow."""
    foot = (round(x), 172)
    shade = picture.copy()
    cv2.ellipse(shade, (foot[0] + 12, foot[1]), (34, 7), 0, 0, 360, (0, 0, 0), -1, cv2.LINE_AA)
    picture[:] = cv2.addWeighted(picture, 0.55, shade, 0.45, 0)
    cv2.rectangle(picture, (foot[0] - 18, 92), (foot[0] + 18, 170), coat, -1)
    cv2.circle(picture, (foot[0], 76), 16, (150, 190, 235), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (foot[0] - 18, 92), (foot[0] + 18, 170), (10, 10, 10), 2)
    cv2.circle(picture, (foot[0], 76), 16, (10, 10, 10), 2, cv2.LINE_AA)


def crosser(
    start: int = 0, speed: float = 9, coat: tuple[int, int, int] = (60, 160, 30)
) -> Painter:
    """Walk through the whole picture, entering at frame ``start``."""
    return lambda picture, t: figure(picture, -40 + speed * (t - start), coat)


def stander(first: int, last: int, x: int = 150, speed: float = 12) -> Painter:
    """Walk in from the left, stand at ``x`` from ``first`` to ``last``, walk out on the right."""

    def paint(picture: Image, t: int) -> None:
        figure(picture, x - speed * max(0, first - t) + speed * max(0, t - last))

    return paint


def crowd(count: int, seed: int, x: int = 160, spread: int = 120) -> list[Painter]:
    """Let people of all coats shuffle about ``x``, so that hardly any moment is quiet."""
    rng = np.random.default_rng(seed)

    def one() -> Painter:
        middle = x + spread * (rng.random() - 0.5)
        reach, pace = rng.uniform(10, 32), rng.uniform(0.05, 0.16)
        phase, (blue, green, red) = rng.uniform(0, 6), rng.integers(20, 230, 3).tolist()
        return lambda picture, t: figure(
            picture, middle + reach * np.sin(pace * t + phase), (blue, green, red)
        )

    return [one() for _ in range(count)]


def subtitle(text: str, first: int, last: int) -> Painter:
    """Burn a caption in from frame ``first`` to ``last``."""

    def paint(picture: Image, t: int) -> None:
        if first <= t < last:
            font = cv2.FONT_HERSHEY_SIMPLEX
            cv2.putText(picture, text, (60, 188), font, 0.7, (0, 0, 0), 5, cv2.LINE_AA)
            cv2.putText(picture, text, (60, 188), font, 0.7, (255, 255, 255), 2, cv2.LINE_AA)

    return paint


def shot(
    backdrop: Image, count: int, painters: Sequence[Painter] = (), noise: int = 2
) -> list[Image]:
    """Draw ``count`` frames, with a little noise as a codec leaves it."""
    rng = np.random.default_rng(1)
    frames = []
    for t in range(count):
        picture = backdrop.copy()
        for paint in painters:
            paint(picture, t)
        grain = rng.integers(-noise, noise + 1, picture.shape)
        frames.append(np.clip(picture.astype(np.int16) + grain, 0, 255).astype(np.uint8))
    return frames


def covered(backdrop: Image, painters: Iterable[Painter], t: int) -> Mask:
    """Tell where the painters have drawn on frame ``t``."""
    picture = backdrop.copy()
    for paint in painters:
        paint(picture, t)
    return np.asarray(cv2.absdiff(picture, backdrop).max(axis=2) > 3)


def recipe_for(frames: Sequence[Image], first: int = 0, picture: Box = PICTURE) -> PlateRecipe:
    """Give the plain recipe of all frames."""
    reader = MemoryReader(frames, first)
    return plate_recipe_for(reader, range(first, first + len(frames)), picture)


def error(plate: Image, truth: Image) -> Image:
    """Grey levels that each pixel is off, in the worst channel."""
    return np.asarray(cv2.absdiff(plate, truth).max(axis=2), np.uint8)


def scene_of(
    frames: Sequence[Image],
    *,
    camera: Camera = Camera.STATIC,
    foreground: Foreground = Foreground.SOME,
    foreground_share: float = 0.1,
    travel: float = 0.0,
    first: int = 0,
    picture: Box = PICTURE,
) -> Scene:
    """Give the scene that analysis would have made of these frames."""
    count = len(frames)
    path = np.zeros((count, 3), np.float32)
    path[:, 0] = np.linspace(0, travel, count)
    ones, no = np.ones(count, np.float32), np.zeros(count, bool)
    height, width = frames[0].shape[:2]
    source = Source(
        "0" * 16,
        "made.mkv",
        Path("/made.mkv"),
        SourceKind.VIDEO,
        (width, height),
        count,
        Fraction(24),
    )
    return Scene(
        number=1,
        source=source,
        shot=Shot(first, first + count),
        picture=picture,
        motion=Motion(camera, path, (0, 0), 0.0, foreground, foreground_share),
        facts=FrameFacts(ones * 20, ones * 120, ones, no, no.copy()),
    )


def flapper(picture: Image, t: int) -> None:
    """Draw a bird of one dark colour that sits in the middle and beats its wings for ever."""
    lift = round(45 * np.sin(0.55 * t))
    body = np.array([[130, 100], [190, 100], [182, 170], [138, 170]])
    left = np.array([[140, 105], [40, 90 - lift], [60, 120 - lift // 2], [140, 140]])
    right = np.array([[180, 105], [280, 90 - lift], [260, 120 - lift // 2], [180, 140]])
    for part in (body, left, right):
        cv2.fillPoly(picture, [part.astype(np.int32)], (48, 30, 38), cv2.LINE_AA)
