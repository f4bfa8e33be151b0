"""What stands in front of a plate in one frame, and how to lay it back without a halo."""

from __future__ import annotations

import cv2
import numpy as np

from engine.values import FloatMap, Image, Mask

_LEAST = 12  # grey levels: below this a difference may be noise
_SURE = 30  # grey levels: from here on it is a thing, which then owns the fainter parts it touches


def foreground_mask(plate: Image, frame: Image) -> Mask:
    """Find what a frame shows in front of the plate.

    Differences are taken with hysteresis: faint ones count where they touch a clear one, so that
    a thing comes whole, shadow and all, while noise and grain stay out.

    Parameters
    ----------
    plate, frame : (H, W, 3) uint8 arrays
        Registered and evenly lit.

    Returns
    -------
    (H, W) bool array

    Raises
    ------
    ValueError
        If the sizes differ.
    """
    if plate.shape != frame.shape:
        raise ValueError(f"plate {plate.shape} and frame {frame.shape} differ in size")
    apart = cv2.absdiff(cv2.GaussianBlur(plate, (0, 0), 1), cv2.GaussianBlur(frame, (0, 0), 1))
    most = apart.max(axis=2)
    floor = max(_LEAST, 3 * int(np.median(most)))
    faint = (most > floor).view(np.uint8)
    count, regions, stats, _ = cv2.connectedComponentsWithStats(faint, connectivity=8)
    marked = regions[most > max(_SURE, floor + 10)].astype(np.intp)
    clear = np.bincount(marked, minlength=count)
    least_area = max(9, plate.shape[0] * plate.shape[1] // 40_000)
    wanted = (clear >= 4) & (stats[:, cv2.CC_STAT_AREA] >= least_area)
    wanted[0] = False
    reach = max(3, round(plate.shape[1] / 400) | 1)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    closed = cv2.morphologyEx(wanted[regions].astype(np.uint8), cv2.MORPH_CLOSE, brush)
    return _holes_filled(np.asarray(closed, np.uint8), plate.shape[0] * plate.shape[1] // 2000)


def _holes_filled(mask: Image, largest: int) -> Mask:
    """Fill holes up to ``largest`` pixels: parts of a thing that look like what is behind it."""
    count, regions, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    small = stats[:count, cv2.CC_STAT_AREA] <= largest
    return np.asarray((mask > 0) | small[regions])


def soft_alpha(mask: Mask, others: Mask) -> FloatMap:
    """Give the share of the frame in a composite of ``mask`` over the plate, 0 to 1.

    Just outside an outline the frame is already the thing mixed with this very backdrop, so the
    edge is taken generously and then faded: no halo can show. Where ``others`` (what is to stay
    away) comes close, they win.
    """
    reach = max(3, round(mask.shape[1] / 480) * 2 + 1)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    wide = cv2.dilate(mask.astype(np.uint8), brush)
    away = cv2.dilate((others & ~mask).astype(np.uint8), brush)
    wide[(away > 0) & ~mask] = 0
    soft = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), reach / 3)
    return np.where(mask, np.float32(1), soft)
