"""Even regions of a picture: a thing that is cut in pieces cuts its regions in pieces."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.contrast import highest_channel
from engine.values import FloatMap, Image

_EVEN_SHARE = 60
"""Percent of a picture that counts as even: its least gradients."""

_FLAT = 4
"""Gradient below which a picture is even, however much of it is."""

_LEAST_AREA = 12
"""Pixels of the working picture; what is smaller is texture."""

_MOST = 80
"""Regions counted, the largest first."""

FOREGROUND = 0.3
"""How unlike the plate the figures are."""

_FRAYED = 0.01
"""Share of a region that may stick out of each side of its box."""


@dataclass(frozen=True, slots=True)
class Regions:
    """The even regions of a working picture."""

    boxes: NDArray[np.int64]
    """``(N, 4)``: left, top, right and bottom of each, frayed edges left out, pixels."""
    areas: NDArray[np.int64]
    """``(N,)`` pixels."""


def find_regions(picture: Image) -> Regions:
    """Divide a picture into regions that are even within and differ from what is around.

    Parameters
    ----------
    picture : (h, w, 3) uint8 array
        A working picture.

    References
    ----------
    Meyer, "Color image segmentation", 1992 (watershed from markers); Alexe, Deselaers and
    Ferrari, "Measuring the objectness of image windows", 2012 (what windows do to regions).
    """
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.0), cv2.COLOR_BGR2LAB)
    across = np.abs(cv2.Sobel(lab, cv2.CV_16S, 1, 0))
    gradient = highest_channel(across + np.abs(cv2.Sobel(lab, cv2.CV_16S, 0, 1)))
    even = (gradient < max(_FLAT, float(np.percentile(gradient, _EVEN_SHARE)))).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(even, connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] >= _LEAST_AREA
    large[0] = False
    seeds = (np.cumsum(large) * large)[labels].astype(np.int32)
    steep = np.minimum(2 * gradient, 255).astype(np.uint8)
    grown = np.maximum(cv2.watershed(cv2.merge([steep] * 3), seeds), 0)
    return _measured(grown, int(large.sum()))


def find_figures(foreground: FloatMap) -> Regions:
    """Divide what stands in front of a clean plate into figures that do not touch.

    Parameters
    ----------
    foreground : (h, w) float32 array
        How unlike the plate each place is, 0 to 1.
    """
    there = (foreground > FOREGROUND).astype(np.uint8)
    closed = cv2.morphologyEx(there, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels = cv2.connectedComponents(closed, connectivity=8)
    return _measured(np.asarray(labels, np.int32), count - 1)


def _measured(labels: NDArray[np.int32], count: int) -> Regions:
    height, width = labels.shape
    areas = np.bincount(labels.ravel(), minlength=count + 1)[: count + 1]
    rows = np.arange(height)[:, None] * np.ones(width, np.int64)
    columns = np.ones((height, 1), np.int64) * np.arange(width)
    top, bottom = _extents(labels, rows, height, count, areas)
    left, right = _extents(labels, columns, width, count, areas)
    order = 1 + np.argsort(-areas[1:], kind="stable")[:_MOST]
    boxes = np.stack([left, top, right, bottom], axis=1)[order]
    return Regions(boxes.astype(np.int64), areas[order].astype(np.int64))


def _extents(
    labels: NDArray[np.int32],
    places: NDArray[np.int64],
    length: int,
    count: int,
    areas: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give where each region begins and ends along one axis, without what frays."""
    found = np.bincount((labels * length + places).ravel(), minlength=(count + 1) * length)
    share = np.cumsum(found.reshape(count + 1, length), axis=1) / np.maximum(areas, 1)[:, None]
    return np.argmax(share > _FRAYED, axis=1), np.argmax(share >= 1 - _FRAYED, axis=1) + 1


def share_of_whole(
    regions: Regions,
    left: NDArray[np.intp],
    top: NDArray[np.intp],
    right: NDArray[np.intp],
    bottom: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Give the share of each window that consists of regions which lie whole in it.

    Parameters
    ----------
    left, top, right, bottom : (N,) int arrays
        Windows of the working picture, pixels; the last two are the first beyond it.
    """
    whole = np.zeros(len(left))
    for (x, y, x_end, y_end), area in zip(regions.boxes, regions.areas, strict=True):
        whole += area * ((left <= x) & (top <= y) & (right >= x_end) & (bottom >= y_end))
    return np.asarray(whole / ((right - left) * (bottom - top)), np.float64)
