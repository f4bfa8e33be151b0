"""Detectors of the user's own: ONNX files that find hands, heads, whatever they know."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import RecipeError
from engine.products.faces import quietly
from engine.products.squares import Square, fit_side, place_square
from engine.text import plain
from engine.values import AnyArray, Image, Size

REASONS = ("face", "hands", "object", "pattern", "detail")
"""What a class can be a reason for."""

IGNORED = "ignore"
"""Reason of a class that nobody wants."""

_USUAL = {"face": "face", "head": "face", "hand": "hands", "foot": "hands", "feet": "hands"}

_OVERLAP = 0.45
"""Intersection over union above which two boxes of a class are one thing."""

_PADDING = (114, 114, 114)
"""What trainers of these models fill a picture up to a square with."""

_AIR = 1.5
"""Side of a thing's crop against the thing, at least."""

_LEAST_SHARE = 0.12
"""Of a crop's area that its thing takes, where the smallest crop allows that."""

_LARGEST_MODEL = 1 << 30
"""Bytes; what is larger is no detector."""

Table = NDArray[np.float32]

_nets = threading.local()


@dataclass(frozen=True, slots=True)
class Detector:
    """A model file, and what its classes are called and wanted for."""

    path: Path
    classes: tuple[str, ...]
    """Names of the model's classes, in its order."""
    score: float = 0.35
    """Least confidence of what counts, 0 to 1."""
    size: int = 640
    """Side of the square that the model looks at, pixels."""
    reasons: tuple[tuple[str, str], ...] = ()
    """``(class, reason)`` where the name does not say it; ``ignore`` for what is not wanted."""

    def reason_of(self, name: str) -> str:
        """Give what a class is wanted for."""
        return dict(self.reasons).get(name) or _USUAL.get(name.lower().rstrip("s"), "object")


@dataclass(frozen=True, slots=True)
class Detection:
    """A thing that a detector found, in pixels of the picture."""

    x: float
    y: float
    width: float
    height: float
    score: float
    """Confidence, 0 to 1."""
    name: str
    """Its class."""
    reason: str
    """One of ``REASONS``."""

    @property
    def centre(self) -> tuple[float, float]:
        """``(x, y)`` of its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


def check_detectors(detectors: Sequence[Detector]) -> None:
    """Run each detector once on nothing.

    Raises
    ------
    RecipeError
        When a file is missing or is no model whose output can be read; says which and why.
    """
    for detector in detectors:
        detect(np.zeros((64, 64, 3), np.uint8), detector)


def detect(image: Image, detector: Detector) -> list[Detection]:
    """Find what a detector knows in a picture, surest first.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        BGR.
    detector : Detector
        Its model's layout is told from the shape of its output (see :func:`read_boxes`).

    Raises
    ------
    RecipeError
        When the model cannot be read, or its output is of no known layout.
    """
    height, width = image.shape[:2]
    scale = detector.size / max(width, height)
    blob = _blob(image, detector.size, scale)
    boxes, scores, kinds = read_boxes(_run(detector, blob), detector)
    found = []
    for index in _apart(boxes, scores, kinds, detector.score):
        name = detector.classes[int(kinds[index])]
        reason = detector.reason_of(name)
        left, top = np.clip(boxes[index, :2] / scale, 0, (width, height))
        right, bottom = np.clip(boxes[index, 2:] / scale, 0, (width, height))
        if reason != IGNORED and right - left >= 1 and bottom - top >= 1:
            place = float(left), float(top), float(right - left), float(bottom - top)
            found.append(Detection(*place, float(scores[index]), name, reason))
    return sorted(found, key=lambda thing: -thing.score)


def _blob(image: Image, side: int, scale: float) -> AnyArray:
    """Give a picture as models take it: RGB, 0 to 1, filled up to a square, channels first."""
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square = np.full((side, side, 3), _PADDING, np.uint8)
    square[: size[1], : size[0]] = cv2.resize(image, size, interpolation=way)
    return np.asarray(cv2.dnn.blobFromImage(square, 1 / 255, swapRB=True), np.float32)


def read_boxes(
    outputs: Sequence[AnyArray], detector: Detector
) -> tuple[Table, Table, NDArray[np.intp]]:
    """Read boxes, confidences and classes from a model's output, whose shape tells its layout.

    ====================================  =====================================================
    ``(1, N, 6)``, last column whole      end-to-end: corners, confidence, class
    ``(1, 4 + classes, N)``               YOLOv8, v11: centre and size, a confidence a class
    ``(1, N, 5 + classes)``               YOLOv5, v7: the same with a confidence of any thing
    ``(1, N, 4 + classes)``               RT-DETR: the same without, shares of the square
    ``(1, N, classes)``, ``(1, N, 4)``    RT-DETR in two: logits, and shares of the square
    ====================================  =====================================================

    Returns
    -------
    (N, 4) float32, (N,) float32, (N,) int arrays
        Left, top, right and bottom in pixels of the model's square; confidence; class.

    Raises
    ------
    RecipeError
        When the output fits none of these for as many classes as the detector names.
    """
    count, side = len(detector.classes), detector.size
    tables = [np.asarray(o, np.float32)[0] for o in outputs if o.ndim == 3 and o.shape[0] == 1]
    pair = _pair(tables, count)
    if pair is not None:
        logits, places = pair
        return _best(_corners(places * side), np.asarray(1 / (1 + np.exp(-logits)), np.float32))
    for table in tables:
        if table.shape[1] == 6 and len(table) and bool((table[:, 5] % 1 == 0).all()):
            return _end_to_end(table, detector)
        if table.shape[0] == 4 + count and table.shape[1] != 4 + count:
            return _best(_corners(table[:4].T), table[4:].T)
        if table.shape[1] == 5 + count:
            return _best(_corners(table[:, :4]), table[:, 4:5] * table[:, 5:])
        if table.shape[1] == 4 + count:
            shares = bool((np.abs(table[:, :4]) <= 2).all())
            return _best(_corners(table[:, :4] * (side if shares else 1)), table[:, 4:])
    shapes = ", ".join("×".join(map(str, np.shape(output))) for output in outputs)
    raise RecipeError(
        f"detector {plain(detector.path.name)}: output {shapes} fits no known layout for "
        f"{count} classes; name all classes of the model, in its order"
    )


def _pair(tables: Sequence[Table], count: int) -> tuple[Table, Table] | None:
    if len(tables) != 2 or len(tables[0]) != len(tables[1]):
        return None
    for one, other in (tables, tables[::-1]):
        if one.shape[1] == count and other.shape[1] == 4:
            return one, other
    return None


def _end_to_end(table: Table, detector: Detector) -> tuple[Table, Table, NDArray[np.intp]]:
    kinds = table[:, 5].astype(np.intp)
    sure = table[:, 4] >= detector.score
    if sure.any() and int(kinds[sure].max()) >= len(detector.classes):
        raise RecipeError(
            f"detector {plain(detector.path.name)}: it found class {int(kinds[sure].max())}, "
            f"counted from 0, but {len(detector.classes)} are named; name all of them"
        )
    return table[sure, :4], table[sure, 4], kinds[sure]


def _corners(places: Table) -> Table:
    """Turn centres and sizes into left, top, right and bottom."""
    half = places[:, 2:4] / 2
    return np.concatenate([places[:, :2] - half, places[:, :2] + half], axis=1)


def _best(boxes: Table, scores: Table) -> tuple[Table, Table, NDArray[np.intp]]:
    kinds = scores.argmax(axis=1)
    return boxes, scores[np.arange(len(scores)), kinds], kinds


def _apart(boxes: Table, scores: Table, kinds: NDArray[np.intp], least: float) -> Iterator[int]:
    """Give the boxes that are sure enough, the best of those that overlap."""
    for kind in np.unique(kinds[scores >= least]):
        mine = np.flatnonzero((kinds == kind) & (scores >= least))
        corners = boxes[mine]
        sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        kept = cv2.dnn.NMSBoxes(sizes.tolist(), scores[mine].tolist(), least, _OVERLAP)
        yield from (int(mine[index]) for index in np.ravel(np.asarray(kept, np.intp)))


def _run(detector: Detector, blob: AnyArray) -> list[AnyArray]:
    cached: dict[tuple[Path, int], Any] = getattr(_nets, "cached", {})
    _nets.cached = cached
    key = detector.path, detector.size
    with quietly():
        if key not in cached:
            cached[key] = _open(detector, blob)
        return _forward(cached[key], blob)


def _open(detector: Detector, blob: AnyArray) -> Any:
    """Open a model with the first of OpenCV's engines that can run it."""
    name = plain(str(detector.path))
    if not detector.path.is_file():
        raise RecipeError(f"detector {name}: no such file")
    if not 0 < detector.path.stat().st_size <= _LARGEST_MODEL:
        raise RecipeError(f"detector {name}: empty, or too large to be a detector")
    said = ""
    for engine in _engines():
        try:
            net = cv2.dnn.readNetFromONNX(str(detector.path), *engine)
            _forward(net, blob)
        except (cv2.error, SystemError, ValueError) as error:
            said = said or str(getattr(error, "err", "") or error)
        else:
            return net
    reason = plain(said.strip().splitlines()[-1] if said.strip() else "unknown", 160)
    raise RecipeError(
        f"detector {name}: OpenCV cannot run it at size {detector.size} ({reason}); "
        "is it an ONNX file, and is that the size it was exported with?"
    )


def _engines() -> Iterator[tuple[int, ...]]:
    yield ()  # what this OpenCV prefers; one of the others may know what it does not
    for name in ("ENGINE_NEW", "ENGINE_CLASSIC", "ENGINE_ORT"):
        if hasattr(cv2.dnn, name):
            yield (getattr(cv2.dnn, name),)


def _forward(net: Any, blob: AnyArray) -> list[AnyArray]:
    net.setInput(blob)
    return [np.asarray(output) for output in net.forward(net.getUnconnectedOutLayersNames())]


def frames_thing(places: NDArray[np.int64], thing: Detection) -> NDArray[np.bool_]:
    """Tell which of many squares show a thing whole and large.

    Parameters
    ----------
    places : (N, 3) int array
        Left, top and side of each square, pixels of the picture.
    """
    x, y, side = places.T.astype(np.float64)
    whole = (x <= thing.x + 1) & (x + side >= thing.x + thing.width - 1)
    whole &= (y <= thing.y + 1) & (y + side >= thing.y + thing.height - 1)
    smallest = side <= 1.25 * side.min()
    large = thing.width * thing.height >= _LEAST_SHARE * side**2
    return np.asarray(whole & (large | smallest), np.bool_)


def frame_thing(thing: Detection, sides: Sequence[int], size: Size) -> Square:
    """Give the square of a picture of ``size`` that shows a thing with some air around."""
    side = fit_side(_AIR * max(thing.width, thing.height), sides, min(size))
    return place_square(thing.centre, side, size)
