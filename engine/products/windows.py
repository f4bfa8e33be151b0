"""Square windows of a picture, and how likely a person would have cut them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.regions import Regions, find_figures, find_regions, share_of_whole
from engine.products.saliency import MAPS, SaliencyMaps
from engine.products.squares import MOST_OVERLAP, NEST_RATIO, Square
from engine.products.window_weights import BIAS, MAP_WEIGHTS, PLACE_WEIGHTS, SIZE_WEIGHTS
from engine.values import AnyArray, FloatMap, Mask, Size

PARTS = ("core", "middle", "rim", "outside")
"""Parts of a window that maps are averaged over, from inside out."""

SIZED = MAPS[:4]
"""Maps whose core and outside mean more, or less, the larger the window is."""

PLACES = (
    "size",
    "size squared",
    "height",
    "height squared",
    "aside",
    "size with people",
    "whole regions",
)
"""What is known of a window besides the maps."""

_INSETS = (0.3, 0.15, 0.0, -0.15)
"""Where each part ends, as a share of the side from the window's edge; negative is outside."""

_STEPS = 12
"""Places tried along one side of a window."""

_FOREGROUND_WEIGHT = 0.75
_WHOLE_FIGURE_WEIGHT = 0.4
_LEAST_FOREGROUND = 0.1
_REPEAT_WEIGHT = 0.3
_MOST_LARGER = 1.1
_LEAST_GRADIENT = 0.5
"""Hardly anything that a person would cut out has less, and a fifth of all else does."""

_MOST_VOID = 0.01
_KEPT = np.array([3.51, 1.15, 0.62, -3.27])
"""What rating, structure in the middle and the logarithm of the mean gradient tell of whether a
person keeps a window, and the level."""

_SUREST = 0.95
"""Without knowing what a window shows, nobody can be surer of it."""


_NOTHING = Regions(np.empty((0, 4), np.int64), np.empty(0, np.int64))


@dataclass(frozen=True)
class Windows:
    """All windows of a picture that were looked at."""

    places: NDArray[np.int64]
    """``(N, 3)``: left, top and side, pixels of the picture."""
    features: NDArray[np.float64]
    """``(N, F)``: the mean of each of ``MAPS`` over each of ``PARTS``; core and outside of each of
    ``SIZED`` times the size; then ``PLACES``."""
    foreground: NDArray[np.float64] | None
    """``(N,)`` share that is foreground; None where that is not known."""
    figures: NDArray[np.float64] | None
    """``(N,)`` share taken by foreground that lies whole in it."""
    is_plate_known: bool
    """Whether what is no foreground is surely backdrop."""
    void: NDArray[np.float64]
    """``(N,)`` share that is no picture."""
    gradient: NDArray[np.float64]
    """``(N,)`` mean gradient against that of the whole picture."""
    usual_gradient: float
    """Mean gradient of the whole picture, grey levels a pixel."""

    def square(self, index: int) -> Square:
        """Give one window."""
        x, y, side = (int(v) for v in self.places[index])
        return Square(x, y, side)

    def is_clean(self, square: Square) -> bool:
        """Whether a square, or the window nearest to it, holds hardly anything but picture."""
        place = np.array([square.x, square.y, square.side])
        nearest = int(np.argmin(np.abs(self.places - place).sum(axis=1)))
        return bool(self.void[nearest] <= _MOST_VOID)


def measure_windows(
    maps: SaliencyMaps, sides: Sequence[int], size: Size, void: Mask | None = None
) -> Windows:
    """Average the maps over parts of square windows all over a picture.

    Parameters
    ----------
    maps : SaliencyMaps
        Of the working picture.
    sides : sequence of int
        Sides tried, pixels of the full picture; the first is the unit of size.
    size : (width, height)
        Of the full picture.
    void : (h, w) bool array, optional
        What is no picture, in the working picture.
    """
    sums = _integrals([getattr(maps, name) for name in MAPS])
    usual = max(float(maps.gradient.mean()), 1e-6)
    nothing = np.zeros_like(maps.structure)
    others = _integrals(
        [
            nothing if maps.foreground is None else maps.foreground,
            nothing if void is None else void.astype(np.float32),
            maps.gradient / usual,
        ]
    )
    people = float(maps.heads.max() > 0)
    regions = find_regions(maps.picture)
    figures = _NOTHING if maps.foreground is None else find_figures(maps.foreground)
    wholes = regions, figures
    found = [_measure_side(side, sides[0], sums, others, size, people, wholes) for side in sides]
    places, features, shares = (np.concatenate(parts) for parts in zip(*found, strict=True))
    there = maps.foreground is not None
    return Windows(
        places.astype(np.int64),
        features,
        foreground=shares[:, 0] if there else None,
        figures=shares[:, 3] if there else None,
        is_plate_known=maps.is_plate_known,
        void=shares[:, 1],
        gradient=shares[:, 2],
        usual_gradient=usual,
    )


def _measure_side(
    side: int,
    unit: int,
    sums: NDArray[np.float64],
    others: NDArray[np.float64],
    size: Size,
    people: float,
    wholes: tuple[Regions, Regions],
) -> tuple[AnyArray, AnyArray, AnyArray]:
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    across, down = size[0] / width, size[1] / height
    span_x, span_y = min(width, round(side / across)), min(height, round(side / down))
    columns, rows = _steps(width, span_x), _steps(height, span_y)
    grid = _Grid(rows, columns, span_y, span_x, height, width)
    parts = grid.part_means(sums)
    middle = (rows + span_y / 2) / height
    y = np.repeat(middle, len(columns))
    aside = np.tile(np.abs((columns + span_x / 2) / width - 0.5), len(rows))
    # Beyond what the weights were fitted on, size says nothing more.
    larger = min(float(np.log(side / unit)), _MOST_LARGER)
    sized = larger * parts[:, : len(SIZED), [0, -1]]
    whole, figures = (grid.share_of_whole(regions) for regions in wholes)
    known = (larger, larger**2, y, (y - 0.5) ** 2, aside, larger * people, whole)
    rest = np.stack([np.broadcast_to(value, y.shape) for value in known], axis=1)
    count = len(y)
    features = np.hstack([parts.reshape(count, -1), sized.reshape(count, -1), rest])
    means = grid.sums(others, 0.0) / (span_x * span_y)
    shares = np.column_stack([means, figures])
    left = np.minimum(np.round(columns * across), size[0] - side)
    top = np.minimum(np.round(rows * down), size[1] - side)
    places = np.stack(
        [np.tile(left, len(rows)), np.repeat(top, len(columns)), np.full(y.shape, side)], axis=1
    )
    return places, features, shares


@dataclass(frozen=True)
class _Grid:
    """Windows of one size in the working picture, and sums over them and around them."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    span_y: int
    span_x: int
    height: int
    width: int

    def part_means(self, tables: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the mean of each map over each of ``PARTS``, ``(N, maps, parts)``."""
        means: list[NDArray[np.float64]] = []
        inner: NDArray[np.float64] | float = 0.0
        inner_area: NDArray[np.float64] | float = 0.0
        for inset in _INSETS:
            total, area = self.sums(tables, inset), self.areas(inset)
            means.append((total - inner) / np.maximum(area - inner_area, 1)[:, None])
            inner, inner_area = total, area
        return np.stack(means, axis=2)

    def sums(self, tables: NDArray[np.float64], inset: float) -> NDArray[np.float64]:
        """Sum maps over the windows, drawn in by a share of their side: ``(N, maps)``."""
        top, low, left, right = self._edges(inset)
        total = tables[np.ix_(low, right)] - tables[np.ix_(top, right)]
        total -= tables[np.ix_(low, left)] - tables[np.ix_(top, left)]
        return np.asarray(total.reshape(-1, tables.shape[2]), np.float64)

    def share_of_whole(self, regions: Regions) -> NDArray[np.float64]:
        """Give the share of each window that regions make up which lie whole in it."""
        left, top = np.tile(self.columns, len(self.rows)), np.repeat(self.rows, len(self.columns))
        return share_of_whole(regions, left, top, left + self.span_x, top + self.span_y)

    def areas(self, inset: float) -> NDArray[np.float64]:
        """Count the working pixels of the windows, drawn in by a share of their side."""
        top, low, left, right = self._edges(inset)
        return np.asarray(np.outer(low - top, right - left).ravel(), np.float64)

    def _edges(self, inset: float) -> tuple[NDArray[np.intp], ...]:
        y, x = (int(inset * self.span_y), int(inset * self.span_x))
        return (
            np.clip(self.rows + y, 0, self.height),
            np.clip(self.rows + self.span_y - y, 0, self.height),
            np.clip(self.columns + x, 0, self.width),
            np.clip(self.columns + self.span_x - x, 0, self.width),
        )


def _steps(length: int, span: int) -> NDArray[np.intp]:
    step = max(1, span // _STEPS)
    return np.unique(np.append(np.arange(0, length - span + 1, step), length - span))


def _integrals(maps: Sequence[FloatMap]) -> NDArray[np.float64]:
    """Sum each of some maps from its upper left corner on: ``(h + 1, w + 1, maps)``."""
    return np.stack([cv2.integral(values, sdepth=cv2.CV_64F) for values in maps], axis=2)


def fitted_weights() -> NDArray[np.float64]:
    """Give the weight of each feature, in the order of :attr:`Windows.features`."""
    by_part = [weight for name in MAPS for weight in MAP_WEIGHTS[name]]
    by_size = [weight for name in SIZED for weight in SIZE_WEIGHTS[name]]
    return np.array([*by_part, *by_size, *PLACE_WEIGHTS])


def rate_windows(
    windows: Windows, weights: NDArray[np.float64] | None = None, bias: float = BIAS
) -> NDArray[np.float64]:
    """Rate how well each window would be worth cutting out; see :func:`score_window`.

    Windows that hold what is no picture, or nothing but the backdrop where the clean plate is
    known, are rated minus infinity.
    """
    worth = windows.features @ (fitted_weights() if weights is None else weights) + bias
    fit = (windows.void <= _MOST_VOID) & (windows.gradient >= _LEAST_GRADIENT)
    if windows.foreground is not None and windows.figures is not None:
        worth = worth + _FOREGROUND_WEIGHT * (windows.foreground - windows.foreground.mean())
        worth = worth + _WHOLE_FIGURE_WEIGHT * windows.figures
        if windows.is_plate_known:
            fit &= windows.foreground >= _LEAST_FOREGROUND
    return np.asarray(np.where(fit, worth, -np.inf), np.float64)


def score_window(windows: Windows, index: int, worth: float) -> float:
    """Estimate how likely a person keeps a window.

    Parameters
    ----------
    index : int
        Which of the windows.
    worth : float
        Its rating, less what others before it show already.

    Returns
    -------
    float
        0 to 1. The weights are a logistic fit to crops of annotated pictures, rated by weights
        fitted to the others, and to crops of six films looked at one by one: what is rich in the
        middle and has clear edges is kept more often than its rating says.
    """
    core = float(windows.features[index, 0])
    edges = float(np.log(max(windows.gradient[index] * windows.usual_gradient, 0.1)))
    return min(_SUREST, float(1 / (1 + np.exp(-(_KEPT @ (worth, core, edges, 1.0))))))


class Choice:
    """Picks squares one by one: each good in itself, and showing what none before it shows."""

    def __init__(self, places: NDArray[np.int64], ratings: NDArray[np.float64]) -> None:
        self._places, self._ratings = places, ratings
        self._repeats = np.zeros(len(places))
        self._open = np.isfinite(ratings)

    def rating(self, index: int) -> float:
        """Give the rating of one square, whatever was taken."""
        return float(self._ratings[index])

    def best_of(self, wanted: NDArray[np.bool_]) -> int | None:
        """Give the best of the smallest that are wanted and left; None if none is."""
        left = self._open & wanted
        if not left.any():
            return None
        sides = self._places[:, 2]
        left &= sides == sides[left].min()
        return int(np.argmax(np.where(left, self._ratings, -np.inf)))

    def best(self) -> tuple[int, float] | None:
        """Give the best that is left and its rating beside those taken; None if none is."""
        if not self._open.any():
            return None
        value = np.where(self._open, self._ratings - _REPEAT_WEIGHT * self._repeats, -np.inf)
        index = int(np.argmax(value))
        return index, float(value[index])

    def take(self, square: Square) -> None:
        """Leave out what shows the same as ``square``; what shares some of it is worth less."""
        x, y, side = self._places.T.astype(np.float64)
        width = np.minimum(x + side, square.x + square.side) - np.maximum(x, square.x)
        height = np.minimum(y + side, square.y + square.side) - np.maximum(y, square.y)
        shared = np.maximum(width, 0) * np.maximum(height, 0)
        smaller = np.minimum(side, square.side)
        ratio = np.maximum(side, square.side) / smaller
        inside = shared / smaller**2
        overlap = shared / (side**2 + square.side**2 - shared)
        self._open &= (overlap <= MOST_OVERLAP) & ((inside <= 0.7) | (ratio >= NEST_RATIO))
        self._repeats = np.maximum(self._repeats, inside)
