"""Where a person would look, or cut: detail, contrast, skin and what moves, without any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.contrast import highest_channel
from engine.products.faces import SURE_SCORE, Face
from engine.products.reduction import reduce_to
from engine.products.sharpness import Edges, find_edges
from engine.values import AnyArray, FloatMap, Image, Luma, Size

_WINDOW_SIDE = 72
"""What the smallest crop measures in the working picture, pixels."""

_LEAST_RESPONSE, _MOST_WEAVE = 0.2, 4.0
"""How clearly a plate has to fit when shifted, and by how many working pixels it may be."""

MAPS = ("structure", "detail", "around", "spectral", "skin", "people", "heads")
"""Those of :class:`SaliencyMaps` that windows are rated by."""


@dataclass(frozen=True, slots=True)
class SaliencyMaps:
    """What was measured on one picture, all of the working picture's size, 0 to 1."""

    scale: float
    """Working pixels for each pixel of the picture."""
    picture: Image
    """The working picture."""
    structure: FloatMap
    """Corners and textures: the smaller eigenvalue of the structure tensor."""
    detail: FloatMap
    """Energy of the finest detail, measured at native resolution."""
    around: FloatMap
    """How unlike its surroundings a place is."""
    spectral: FloatMap
    """How unlike the picture's average spectrum a place is."""
    skin: FloatMap
    """How much a place has the colour of skin; of the picture's own faces where it has some."""
    people: FloatMap
    """Where the bodies and hands of the faces found are likely to be."""
    heads: FloatMap
    """1 inside the heads of the faces found."""
    edges: Edges
    """Of the whole picture, at native resolution."""
    gradient: FloatMap
    """Mean gradient at native resolution, grey levels a pixel."""
    foreground: FloatMap | None
    """How unlike the clean plate a place is, or how much it moves; None where neither is known."""
    is_plate_known: bool
    """Whether what is no foreground is surely backdrop."""


def measure_saliency(
    image: Image,
    *,
    least_side: int,
    faces: Sequence[Face] = (),
    plate: Image | None = None,
    moving: FloatMap | None = None,
    edges: Edges | None = None,
) -> SaliencyMaps:
    """Measure where a picture holds what a person would cut out.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        BGR.
    least_side : int
        Side of the smallest crop, pixels: sets the scale at which things are looked for.
    faces : sequence of Face
        Bodies are looked for below them, and their skin colour elsewhere: it shows the hands.
    plate : (H, W, 3) uint8 array, optional
        The clean plate, of any size: where the picture differs from it is the foreground.
    moving : (h, w) float32 array, optional
        How much each place moves within its scene, of any size: that is foreground, too.
    edges : Edges, optional
        The picture's, where they were found already.

    References
    ----------
    Shi and Tomasi, "Good features to track", 1994 (structure); Hou and Zhang, "Saliency
    detection: a spectral residual approach", 2007; Montabone and Soto, "Human detection using
    fine-grained saliency", 2010 (centre-surround in windows of several sizes).
    """
    height, width = image.shape[:2]
    scale = min(1.0, _WINDOW_SIDE / least_side)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = np.asarray(reduce_to(image, size), np.uint8)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    full = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    scale = size[0] / width
    near = [_scaled(face, scale) for face in faces if face.score >= SURE_SCORE]
    heads = _heads(near, size)
    edges = find_edges(image) if edges is None else edges
    return SaliencyMaps(
        scale,
        small,
        structure=_unit(np.sqrt(np.maximum(cv2.cornerMinEigenVal(grey, 5), 0))),
        detail=_unit(_native_detail(full, size)),
        around=_unit(_centre_surround(small)),
        spectral=_unit(_spectral_residual(grey)),
        skin=np.asarray(measure_skin(small, near) * (1 - heads), np.float32),
        people=_people(near, size),
        heads=heads,
        edges=edges,
        gradient=_pooled(edges.before, size),
        foreground=_foreground(small, plate, moving),
        is_plate_known=plate is not None,
    )


def _foreground(small: Image, plate: Image | None, moving: FloatMap | None) -> FloatMap | None:
    """Give what is known to stand in front of the backdrop by either sign."""
    known = [] if plate is None else [measure_foreground(small, plate)]
    if moving is not None:
        size = small.shape[1], small.shape[0]
        known.append(np.asarray(cv2.resize(moving, size, interpolation=cv2.INTER_AREA), np.float32))
    return np.maximum.reduce(known) if known else None


def _heads(faces: Sequence[Face], size: Size) -> FloatMap:
    heads = np.zeros(size[::-1], np.float32)
    for face in faces:
        top, low = face.y - 0.3 * face.height, face.y + 1.1 * face.height
        left, right = face.x - 0.2 * face.width, face.x + 1.2 * face.width
        heads[max(0, int(top)) : max(0, int(low)), max(0, int(left)) : max(0, int(right))] = 1
    return heads


def _people(faces: Sequence[Face], size: Size) -> FloatMap:
    """Expect a body below each face: soft, some faces wide and more of them high."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    people = np.zeros(size[::-1], np.float32)
    for face in faces:
        across = (x - face.centre[0]) / (1.7 * face.width)
        down = (y - face.centre[1] - 2.6 * face.height) / (2.2 * face.height)
        people = np.maximum(people, np.exp(-(across**2 + down**2) / 2))
    return np.asarray(people, np.float32)


def measure_skin(image: Image, faces: Sequence[Face] = ()) -> FloatMap:
    """Measure how much each place has the colour of skin, 0 to 1.

    With faces the colours are theirs, so that drawn, painted or graded skin counts too;
    without, the usual ellipse of human skin in Cr and Cb.
    """
    _, cr, cb = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb).astype(np.float32))
    human = np.exp(-(((cr - 152) / 13) ** 2 + ((cb - 107) / 13) ** 2) / 2)
    luma = highest_channel(image)
    general = human * np.clip((luma.astype(np.float32) - 40) / 40, 0, 1)
    if not faces:
        return np.asarray(general, np.float32)
    own = np.zeros(cr.shape, np.float32)
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.float32)
    for face in faces:
        own = np.maximum(own, _skin_of(face, lab))
    return np.asarray(np.maximum(own, 0.4 * general), np.float32)


def _skin_of(face: Face, lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each place has the colour of a face's cheeks and nose."""
    height, width = lab.shape[:2]
    left, right = face.x + 0.2 * face.width, face.x + 0.8 * face.width
    top, bottom = face.y + 0.35 * face.height, face.y + 0.8 * face.height
    patch = lab[
        max(0, int(top)) : min(height, int(bottom) + 1),
        max(0, int(left)) : min(width, int(right) + 1),
    ].reshape(-1, 3)
    if len(patch) < 4:
        return np.zeros((height, width), np.float32)
    middle = np.median(patch, axis=0)
    spread = np.median(np.abs(patch - middle), axis=0) * 1.5
    # Light falls on hands as it likes; their hue stays.
    spread = np.maximum(spread, (18, 4, 4))
    gap = ((lab - middle) / (2 * spread)) ** 2
    return np.asarray(np.exp(-gap.sum(axis=2)), np.float32)


def measure_foreground(small: Image, plate: Image) -> FloatMap:
    """Measure how unlike the clean plate each place is, 0 to 1, free of specks.

    Weave and flicker count for nothing: the plate is laid on the picture, and made as bright.
    """
    height, width = small.shape[:2]
    unlike = measure_unlike(small, np.asarray(reduce_to(plate, (width, height)), np.uint8))
    rated = _unit(np.clip(unlike, 8, 64) - 8.0)
    return np.asarray(cv2.GaussianBlur(rated, (0, 0), 1.5), np.float32)


def measure_unlike(picture: Image, other: Image) -> Luma:
    """Measure by how many grey levels a picture differs from one of the same size and view.

    The other one is laid on it and made as bright; specks are left out.
    """
    gaps = cv2.split(cv2.subtract(picture, _laid_on(picture, other), dtype=cv2.CV_16S))
    blue, green, red = (cv2.convertScaleAbs(gap - _middle(gap)) for gap in gaps)
    unlike = cv2.max(cv2.max(blue, green), red)
    return np.asarray(cv2.morphologyEx(unlike, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)


def _middle(gap: AnyArray) -> np.int16:
    """Give the median of differences of grey levels: counted, they need no sorting."""
    levels = (gap + np.int16(255)).view(np.uint16)
    counts = cv2.calcHist([levels], [0], None, [511], [0, 511])
    middle = (gap.size + 1) // 2, gap.size // 2 + 1
    low, high = np.searchsorted(np.cumsum(counts), middle)
    return np.int16((low + high) / 2 - 255)


def _laid_on(picture: Image, plate: Image) -> Image:
    """Shift a plate by the few pixels that the film gate wove the picture by."""
    here = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    there = cv2.cvtColor(plate, cv2.COLOR_BGR2GRAY).astype(np.float32)
    height, width = here.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (x, y), response = cv2.phaseCorrelate(there, here, window)
    if response < _LEAST_RESPONSE or max(abs(x), abs(y)) > _MOST_WEAVE:
        return plate
    move = np.array([[1, 0, x], [0, 1, y]], np.float64)
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(plate, move, (width, height), borderMode=border), np.uint8)


def _native_detail(grey: Luma, size: Size) -> FloatMap:
    """Pool the finest detail of the full picture into the working size."""
    fine = cv2.convertScaleAbs(cv2.Laplacian(grey, cv2.CV_16S, ksize=1))
    pooled = _pooled(np.asarray(fine, np.uint8), size)
    return np.asarray(cv2.GaussianBlur(pooled, (0, 0), 1.5), np.float32)


def _pooled(values: Luma, size: Size) -> FloatMap:
    return np.asarray(reduce_to(values, size), np.float32)


def _centre_surround(small: Image) -> NDArray[np.float32]:
    """Sum what differs from the mean of its surroundings, in windows of several sizes."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    total = np.zeros(small.shape[:2], np.float32)
    for side in (9, 17, 33, 65):
        gap = cv2.absdiff(lab, cv2.blur(lab, (side, side)))
        total += gap.sum(axis=2)
    return total


def _spectral_residual(grey: Luma) -> NDArray[np.float32]:
    height, width = grey.shape
    tiny = cv2.resize(grey, (64, max(16, 64 * height // width)), interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(tiny.astype(np.float32))
    log = np.log1p(np.abs(spectrum)).astype(np.float32)
    residual = log - cv2.blur(log, (3, 3))
    bright = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    smooth = cv2.GaussianBlur(bright.astype(np.float32), (0, 0), 2.5)
    return np.asarray(cv2.resize(smooth, (width, height)), np.float32)


def _unit(values: NDArray[np.floating]) -> FloatMap:
    """Bring a map to 0..1 so that a few glints do not set its scale."""
    top = float(np.percentile(values, 99))
    return np.asarray(np.clip(values / max(top, 1e-6), 0, 1), np.float32)


def _scaled(face: Face, scale: float) -> Face:
    return Face(
        face.x * scale,
        face.y * scale,
        face.width * scale,
        face.height * scale,
        face.score,
        (
            (face.eyes[0][0] * scale, face.eyes[0][1] * scale),
            (face.eyes[1][0] * scale, face.eyes[1][1] * scale),
        ),
    )
