"""Simple drawn faces, with the expression that is asked for."""

from __future__ import annotations

import cv2

from engine.values import Image

HAIR, SKIN, SHIRT = (30, 40, 70), (150, 180, 230), (120, 60, 40)
SMILING, STERN, GASPING = "smiling", "stern", "gasping"


def draw_face(
    picture: Image, centre: tuple[int, int], size: float, expression: str = SMILING
) -> Image:
    """Draw a head with shoulders into ``picture``; ``size`` is about its height in pixels."""
    pen = _Pen(picture, centre, size / 100)
    shade = (127, 153, 195)
    pen.oval(0, -8, 46, 56, HAIR)
    pen.oval(0, 70, 60, 40, SHIRT)
    pen.oval(0, 45, 14, 20, shade)
    pen.oval(0, 5, 36, 48, SKIN)
    pen.oval(0, -36, 38, 16, HAIR)
    for side in (-15, 15):
        pen.oval(side, -3, 8, 5, (250, 250, 250))
        pen.oval(side, -3, 4, 5, (40, 40, 40))
        pen.arc(side, -13, 9, 3, 180, HAIR, 3)
        pen.arc(side, -3, 8, 5, 180, (40, 40, 60), 1.5)
    pen.arc(0, 17, 6, 4, 0, shade, 2)
    match expression:
        case "smiling":
            pen.arc(0, 26, 17, 10, 0, (40, 40, 120), 4)
        case "stern":
            pen.arc(0, 38, 12, 6, 180, (40, 40, 120), 4)
        case "gasping":
            pen.oval(0, 33, 9, 12, (40, 30, 110))
    return picture


class _Pen:
    def __init__(self, picture: Image, centre: tuple[int, int], scale: float) -> None:
        self.picture, self.centre, self.scale = picture, centre, scale

    def oval(self, x: float, y: float, wide: float, high: float, ink: tuple[int, int, int]) -> None:
        self._ellipse(x, y, wide, high, 0, 360, ink, -1)

    def arc(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        start: int,
        ink: tuple[int, int, int],
        thick: float,
    ) -> None:
        self._ellipse(x, y, wide, high, start, start + 180, ink, max(1, round(thick * self.scale)))

    def _ellipse(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        start: int,
        stop: int,
        ink: tuple[int, int, int],
        thick: int,
    ) -> None:
        place = round(self.centre[0] + x * self.scale), round(self.centre[1] + y * self.scale)
        axes = max(1, round(wide * self.scale)), max(1, round(high * self.scale))
        cv2.ellipse(self.picture, place, axes, 0, start, stop, ink, thick, cv2.LINE_AA)
