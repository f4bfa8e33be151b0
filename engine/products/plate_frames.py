"""Which frames make a plate, and which parts of them: advice for whoever wants to change it."""

from __future__ import annotations

import cv2
import numpy as np

from engine.products.plate_study import PlateStudy
from engine.recipe import Point
from engine.values import AnyArray, Box, Mask, PlateAdvice

_COVERED = 0.002  # share of the picture that a further frame must add to be worth it
_FEW = 3  # samples that each pixel should have


def advise(study: PlateStudy) -> PlateAdvice:
    """Say what the study of a plate told of its frames."""
    shares = [round(float(share), 3) for share in study.foreground]
    useful = set(study.frames)
    return PlateAdvice(
        tuple(zip(study.frames, shares, strict=True)),
        find_cover(study),
        tuple(frame for frame in study.stack.frames if frame not in useful),
        tuple(_flip_of(study, group) for group in study.backdrop.ambiguous),
    )


def find_cover(study: PlateStudy) -> tuple[int, ...]:
    """Give few frames that show all that was seen of the place, several times where it was.

    The frame that adds most comes first (Chvatal 1979).
    """
    shown = study.backdrop.shown[:, ::2, ::2].reshape(len(study.frames), -1)
    want = np.minimum(shown.sum(axis=0, dtype=np.uint16), _FEW).astype(np.int8)
    bits = np.packbits(shown, axis=1)
    picks: list[int] = []
    while len(picks) < len(shown):
        gains = np.bitwise_count(bits & np.packbits(want > 0)).sum(axis=1, dtype=np.int64)
        gains[picks] = 0
        best = int(gains.argmax())
        if gains[best] < _COVERED * want.size:
            break
        picks.append(best)
        want -= shown[best]
    return tuple(study.frames[i] for i in sorted(picks))


def grow_from(study: PlateStudy, frame: int, point: Point) -> Box | None:
    """Give the rectangle of what stands in front at a point of a frame; None if nothing does.

    Parameters
    ----------
    study : PlateStudy
    frame : int
        The nearest of the frames that were studied is looked at.
    point : (x, y)
        In source pixels.

    Returns
    -------
    Box or None
        In source pixels, with a little room around it.
    """
    index = int(np.argmin(np.abs(np.array(study.frames) - frame)))
    covered = study.front(index).view(np.uint8)
    joined = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, parts = cv2.connectedComponents(np.asarray(joined, np.uint8))
    x, y = _reduced(study, point)
    if not (0 <= x < parts.shape[1] and 0 <= y < parts.shape[0]) or not parts[y, x]:
        return None
    return _box_of(study, parts == parts[y, x])


def _flip_of(study: PlateStudy, group: Mask) -> tuple[Box, Point]:
    """Give the rectangle of an ambiguous group, and the point deepest inside it."""
    depth = cv2.distanceTransform(group.view(np.uint8), cv2.DIST_L2, 3)
    y, x = (int(v) for v in np.unravel_index(int(depth.argmax()), depth.shape))
    factor = study.scale * study.stack.small_scale
    picture = study.recipe.picture
    point = round((x + 0.5) / factor) + picture.x, round((y + 0.5) / factor) + picture.y
    return _box_of(study, group), point


def _reduced(study: PlateStudy, point: Point) -> Point:
    factor = study.scale * study.stack.small_scale
    left, top = study.recipe.picture.x, study.recipe.picture.y
    return int((point[0] - left) * factor), int((point[1] - top) * factor)


def _box_of(study: PlateStudy, mask: AnyArray) -> Box:
    """Give the rectangle around a reduced mask, a pixel wider, in source pixels."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    factor = study.scale * study.stack.small_scale
    picture = study.recipe.picture
    left, top = max(0, int((x - 1) / factor)), max(0, int((y - 1) / factor))
    right = min(picture.width, int((x + width + 1) / factor) + 1)
    bottom = min(picture.height, int((y + height + 1) / factor) + 1)
    return Box(picture.x + left, picture.y + top, right - left, bottom - top)
