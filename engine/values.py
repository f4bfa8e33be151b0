"""The nouns of the field, as frozen values; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    """BGR picture, shape ``(height, width, 3)``."""

    Luma = NDArray[np.uint8]
    """Grey picture, shape ``(height, width)``."""

    Mask = NDArray[np.bool_]
    """True where it applies, shape ``(height, width)``."""

    FloatMap = NDArray[np.float32]
    """A map in ``[0, 1]``, shape ``(height, width)``."""

    AnyArray = NDArray[Any]
else:
    # NumPy takes longer to import than the room may take to show its first row.
    _ARRAYS = {"Image": "uint8", "Luma": "uint8", "Mask": "bool_", "FloatMap": "float32"}

    def __getattr__(name: str) -> Any:
        if name not in _ARRAYS and name != "AnyArray":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import numpy as np
        from numpy.typing import NDArray

        return NDArray[getattr(np, _ARRAYS[name]) if name in _ARRAYS else Any]


Size = tuple[int, int]
"""``(width, height)`` in pixels."""


class Kind(StrEnum):
    """What a candidate is a picture of."""

    PANORAMA = "panorama"
    PLATE = "plate"
    LAYER = "layer"
    KEEPER = "keeper"
    CROP = "crop"
    REPORT = "report"


class State(StrEnum):
    """Where a candidate stands; the newest verdict on it."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class Camera(StrEnum):
    """What the camera does in a shot."""

    STATIC = "static"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    TILT_UP = "tilt_up"
    TILT_DOWN = "tilt_down"
    DIAGONAL = "diagonal"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    HANDHELD = "handheld"
    COMPLEX = "complex"


class Transition(StrEnum):
    """How a shot begins."""

    START = "start"
    CUT = "cut"
    DISSOLVE = "dissolve"
    FADE = "fade"


class Foreground(StrEnum):
    """How much moves in front of the backdrop of a shot."""

    NONE = "none"
    SOME = "some"
    HEAVY = "heavy"


class SourceKind(StrEnum):
    """What a source is on disk."""

    VIDEO = "video"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels inside a picture."""

    x: int
    """Left edge, pixels from the left."""
    y: int
    """Top edge, pixels from the top."""
    width: int
    """Pixels, at least 1."""
    height: int
    """Pixels, at least 1."""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.x < 0 or self.y < 0:
            raise ValueError(f"not a box: {self.x},{self.y} {self.width}x{self.height}")

    @property
    def right(self) -> int:
        """Column after the last."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Row after the last."""
        return self.y + self.height

    @property
    def size(self) -> Size:
        """``(width, height)``."""
        return self.width, self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of an ``(H, W, …)`` array: ``picture[box.slices]``."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def scaled(self, scale: float) -> Box:
        """Give the same rectangle in a picture ``scale`` times as large."""
        x, y = round(self.x * scale), round(self.y * scale)
        right, bottom = round(self.right * scale), round(self.bottom * scale)
        return Box(x, y, max(1, right - x), max(1, bottom - y))


@dataclass(frozen=True, slots=True)
class Source:
    """A film or a folder of pictures, as the scan found it. Never written to."""

    id: str
    """16 hex digits of its content's fingerprint: the same on every machine."""
    name: str
    """File or folder name, as found; make it harmless before showing it."""
    path: Path
    """Where it was, absolute."""
    kind: SourceKind
    size: Size
    """Of a frame as we give it: square pixels, rotation applied."""
    frames: int
    """Frames that can be decoded, counted from 0."""
    fps: Fraction
    """Mean frames a second; 0 for pictures."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture of a folder or an archive, as it is told from others."""

    name: str
    """Harmless to print."""
    content: str
    """Fingerprint of what the file holds."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame."""

    index: int
    """In order of presentation, from 0."""
    time: float
    """Seconds from the first frame."""
    image: Image


@dataclass(frozen=True, slots=True)
class Shot:
    """One uncut run of frames, ``[start, stop)``."""

    start: int
    """First frame, counted from 0."""
    stop: int
    """Frame after the last."""
    entry: Transition = Transition.CUT
    """How it begins."""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(f"a shot needs 0 <= start < stop, got {self.start}..{self.stop}")

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))


@dataclass(frozen=True, slots=True)
class Motion:
    """What the camera did in a shot, measured on its background."""

    camera: Camera
    path: NDArray[np.float32]
    """``(N, 3)``: camera x and y in source pixels, 0 at the first frame (+x when the camera moves
    right, +y when it moves down), each step as it is seen in its own frame, and the log of the
    zoom (positive is closer)."""
    moving: tuple[int, int]
    """Frames ``[start, stop)`` in which the camera really moves; empty range when it never does."""
    parallax: float
    """0 when all of the background moves as one, towards 1 when layers move differently."""
    foreground: Foreground
    foreground_share: float
    """Mean share of the picture that does not move with the background, 0 to 1."""

    @property
    def travel(self) -> tuple[float, float]:
        """Camera displacement over the shot, ``(x, y)`` in source pixels."""
        return float(self.path[-1, 0]), float(self.path[-1, 1])


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What was measured on each frame of a shot; columns of length N."""

    sharpness: NDArray[np.float32]
    """Mean gradient on edge pixels, grey levels a pixel at source size; compare within a shot."""
    luma: NDArray[np.float32]
    """Mean grey level, 0 to 255."""
    change: NDArray[np.float32]
    """Mean absolute difference to the frame before, grey levels; 0 for the first."""
    repeat: NDArray[np.bool_]
    """The same drawing as the frame before (held on twos, threes…)."""
    blend: NDArray[np.bool_]
    """A mix of its neighbours, a flash or a half-decoded frame: not fit to be kept."""

    def __len__(self) -> int:
        return len(self.sharpness)


@dataclass(frozen=True, slots=True)
class Gradual:
    """A fade or dissolve."""

    kind: Transition
    start: int
    """First frame of it."""
    stop: int
    """Frame after the last."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A burnt-in logo, subtitle or credit: it stands still in the frame, whatever the film does."""

    kind: str
    """``logo``, ``subtitle`` or ``credits``."""
    box: Box
    """In source pixels, with its glow and outline."""
    start: int
    """First frame that carries it."""
    stop: int
    """Frame after the last."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A shot of a source with all that was measured on it; what products are made from."""

    number: int
    """From 1, in the order of the film; what the user calls it by."""
    source: Source
    shot: Shot
    picture: Box
    """The picture inside the frame: without letterbox, film gate and dirty edges."""
    motion: Motion
    facts: FrameFacts
    overlays: tuple[Overlay, ...] = ()
    gradual: tuple[Gradual, ...] = ()
    """Fades and dissolves in it; one that leads into the next scene is told of that scene."""


@dataclass(frozen=True, slots=True)
class PlateAdvice:
    """What making a plate told of its frames, for whoever wants to change them."""

    foreground: tuple[tuple[int, float], ...]
    """Each frame that was looked at, and the share of it that is not backdrop, 0 to 1."""
    cover: tuple[int, ...]
    """A small set of frames that shows all that was seen of the place."""
    leave_out: tuple[int, ...]
    """Frames that are of no use: flashes, fades, mixes."""
    either_way: tuple[tuple[Box, tuple[int, int]], ...]
    """Parts that may be read the other way, in source pixels, each with a point for a flip."""


@dataclass(frozen=True, slots=True)
class SameSet:
    """A scene that shows the painting or set of an earlier one."""

    scene: tuple[str, int]
    """Source and number."""
    first: tuple[str, int]
    """The first scene on this set."""
    move: tuple[float, float, float, float, float, float]
    """Rows of the affine that carries places of this scene's frames onto those of the first:
    source pixels; of a moving camera, of a frame near the middle."""
    overlap: float
    """Share of the smaller picture that both show, 0 to 1."""
    agree: float
    """Share of what is drawn in both that is drawn alike, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture made from a recipe."""

    image: Image
    confidence: FloatMap | None = None
    """How sure each pixel is, 0 never seen to 1; None where every pixel is copied."""
    frames_used: tuple[tuple[int, float, float], ...] = ()
    """Frame and the place of its top left corner in the picture, pixels."""
    score: float = 1.0
    """0 to 1, comparable within one kind."""
    low_confidence: float = 0.0
    """Share of the picture's pixels that are unsure, 0 to 1."""
    warnings: tuple[str, ...] = ()
    """In words a user can act on."""
    scale: float = 1.0
    """Pixels of this picture for each pixel of the full one; below 1 for a preview."""
    advice: PlateAdvice | None = None
    """Of a plate."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a trainer makes of one picture."""

    size: Size
    """Training size, ``(width, height)``; (0, 0) when it is dropped or fails."""
    resized: Size
    """Size after the trainer's resize, before its crop."""
    crop: Size
    """Pixels cut off in all, width and height (EveryDream2: source pixels)."""
    offset: Size | None
    """Left and top of the centre crop; None where the trainer crops at random."""
    status: str
    """``ok``, ``ok:…``, ``dropped:…``, ``error:…`` or ``degenerate:…``."""
    kept: float
    """Linear scale of what reaches the trainer: 1.0 is native, above it is upscaled."""
    cropped: float
    """Share of the picture's area that is cut away, 0 to 1."""
