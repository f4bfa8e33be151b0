"""Made pans: a painting, a camera, what passes before it, and the film it is stored as.

A camera is ``(x, y, s)``: a frame shows at ``(u, v)`` the painting at ``(x + u/s, y + v/s)``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from engine.footage.sources import open_source
from engine.products.rectangles import largest_rectangle
from sample_data.figure import Pose, Style, draw_figure, walk_cycle
from sample_data.paint import Floats, Pixels, ink, lettering

Camera = tuple[float, float, float]
Sprite = tuple[Pixels, float, float, float]
"""Premultiplied BGRA, where its corner lies on the screen, and how much it is enlarged."""
Front = Callable[[int, Camera, tuple[int, int]], Sprite | None]
"""Gives what lies before the art in a frame, for the frame's number, camera and size."""
FPS = 24
MASK_Q = 4
"""The mask of a case is stored at a quarter of the size."""


@dataclass(frozen=True)
class Codec:
    """How a film is stored."""

    name: str = "libx264"
    options: tuple[tuple[str, str], ...] = (("crf", "19"), ("preset", "medium"))
    depth: int = 8
    bit_rate: int = 0
    interlaced: bool = False


@dataclass(frozen=True)
class Pan:
    """One made pan."""

    name: str
    art: str
    cameras: tuple[Camera, ...]
    fronts: tuple[Front, ...] = ()
    size: tuple[int, int] = (960, 540)
    codec: Codec = Codec()
    gain: Callable[[float], float] | None = None
    """Brightness at a time of 0 to 1; None for 1 throughout."""
    grain: float = 0.0
    """Deviation, levels."""
    blended: bool = False
    """Every third frame is half of the one before and half of the one after."""
    in_place: bool = False
    """What lies in front moves in its place: what it covers at any time is not scored."""
    expect: str = "clean"
    """``clean``, or ``warned`` where no one picture is true of all frames."""


def course(
    start: Camera,
    end: Camera,
    frames: int,
    *,
    eased: bool = False,
    hold: int = 1,
    rests: tuple[int, int] = (0, 0),
) -> tuple[Camera, ...]:
    """Give a camera that goes from one place to another, resting before and after."""
    t = np.linspace(0, 1, frames)[(np.arange(frames) // hold) * hold]
    t = t * t * (3 - 2 * t) if eased else t
    t = np.r_[np.zeros(rests[0]), t, np.ones(rests[1])]
    path = np.array(start) + t[:, None] * (np.array(end) - np.array(start))
    return tuple((float(x), float(y), float(s)) for x, y, s in path)


@dataclass(frozen=True)
class Passer:
    """Someone who walks before the art, on twos."""

    style: Style
    ground: float
    """Of the painting."""
    places: tuple[tuple[int, float], ...]
    """Frame and x in the painting, joined by straight lines."""
    in_place: bool = False
    """Walks where they stand: the camera sees them at each frame's own phase."""

    def __call__(self, frame: int, camera: Camera, size: tuple[int, int]) -> Sprite:
        """Draw them in a frame."""
        frame -= frame % 2
        frames, xs = zip(*self.places, strict=True)
        x = float(np.interp(frame, frames, xs))
        gone = abs(x - xs[0]) if not self.in_place else frame * self.style.height / 30
        still = x == float(np.interp(frame + 2, frames, xs)) and not self.in_place
        phase = round(gone / walk_cycle(self.style.height) * 16) % 16 / 16
        picture, (ax, ay) = _cutout(self.style, phase, 0.0 if still else 1.0)
        if xs[-1] < xs[0]:
            picture, ax = np.ascontiguousarray(picture[:, ::-1]), picture.shape[1] - ax
        zoom = camera[2]
        return picture, (x - camera[0] - ax) * zoom, (self.ground - camera[1] - ay) * zoom, zoom


@dataclass(frozen=True)
class Thing:
    """A thing without limbs that goes its own way before the art: a car, or a boat."""

    draw: Callable[[], Pixels]
    """Gives premultiplied BGRA, facing right; called once a case."""
    ground: float
    """Where its lower edge is in the painting."""
    places: tuple[tuple[int, float], ...]
    """Frame and x of its middle in the painting, joined by straight lines."""

    def __call__(self, frame: int, camera: Camera, size: tuple[int, int]) -> Sprite:
        """Lay it on a frame."""
        frames, xs = zip(*self.places, strict=True)
        x = float(np.interp(frame, frames, xs))
        picture = self.draw()
        if xs[-1] < xs[0]:
            picture = np.ascontiguousarray(picture[:, ::-1])
        height, width = picture.shape[:2]
        zoom = camera[2]
        left, top = x - camera[0] - width / 2, self.ground - camera[1] - height
        return picture, left * zoom, top * zoom, zoom


@dataclass(frozen=True)
class Flag:
    """A striped flag that waves at its pole, in its place in the painting."""

    place: tuple[float, float]
    """Of its upper corner at the pole."""
    extent: tuple[int, int]
    colours: tuple[str, str]
    turns: float = 1 / 18
    """Waves that pass a place in each frame."""

    def __call__(self, frame: int, camera: Camera, size: tuple[int, int]) -> Sprite:
        """Draw it in a frame."""
        zoom = camera[2]
        picture = _flag(self.extent, self.colours, frame * self.turns % 1)
        lead = (picture.shape[0] - self.extent[1]) / 2
        x, y = self.place[0] - camera[0], self.place[1] - lead - camera[1]
        return picture, x * zoom, y * zoom, zoom


@cache
def _flag(extent: tuple[int, int], colours: tuple[str, str], phase: float) -> Pixels:
    width, height = extent
    swing = height // 5
    y, x = np.mgrid[0 : height + 2 * swing, 0:width].astype(np.float32)
    wave = 2 * np.pi * (1.5 * x / width - phase)
    down = y - swing - swing * np.sin(wave) * x / width
    lit = 1 + 0.18 * np.cos(wave)
    first, second = (np.array(ink(colour), np.float32) for colour in colours)
    striped = np.where(((down // (height / 5)) % 2 == 0)[..., None], first, second)
    cover = np.clip(np.minimum(down, height - down) + 0.5, 0, 1)[..., None]
    colour = np.clip(striped * lit[..., None], 0, 255)
    return np.concatenate([colour * cover, cover * 255], 2).astype(np.uint8)


@cache
def _cutout(style: Style, phase: float, stride: float) -> tuple[Pixels, tuple[float, float]]:
    drawing = draw_figure(style, Pose(phase, stride))
    size = drawing.pixels.shape[1] // 2, drawing.pixels.shape[0] // 2
    return np.asarray(cv2.resize(drawing.pixels, size, interpolation=cv2.INTER_AREA), np.uint8), (
        drawing.anchor[0],
        drawing.anchor[1],
    )


@dataclass(frozen=True)
class Near:
    """A layer nearer than the art: it goes by ``pace`` times as fast, and grows as much."""

    draw: Callable[[], Pixels]
    """Gives premultiplied BGRA; called once a case."""
    pace: float
    origin: tuple[float, float]
    """Where its corner lies on the screen when the camera is at ``(0, level, 1)``."""
    level: float = 380.0

    def __call__(self, frame: int, camera: Camera, size: tuple[int, int]) -> Sprite:
        """Lay the layer on a frame."""
        x, y, zoom = camera
        return (
            self.draw(),
            (self.origin[0] - self.pace * x) * zoom,
            (self.origin[1] - self.pace * (y - self.level)) * zoom,
            zoom,
        )


@dataclass(frozen=True)
class Flicker:
    """Something that moves in its place in the painting: flames, or ripples."""

    place: tuple[float, float]
    extent: tuple[int, int]
    colours: tuple[str, str]
    on: int = 2
    """Frames that each drawing stays."""

    def __call__(self, frame: int, camera: Camera, size: tuple[int, int]) -> Sprite:
        """Draw it in a frame."""
        zoom = camera[2]
        where = (self.place[0] - camera[0]) * zoom, (self.place[1] - camera[1]) * zoom
        return (_flicker(self.extent, self.colours, frame // self.on % 12), *where, zoom)


@cache
def _flicker(extent: tuple[int, int], colours: tuple[str, str], number: int) -> Pixels:
    width, height = extent
    rng = np.random.default_rng(50 + number)
    noise = cv2.resize(
        rng.standard_normal((height // 14, width // 14), dtype=np.float32),
        extent,
        interpolation=cv2.INTER_CUBIC,
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    body = 1 - np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (height / 2))
    alpha = np.clip((body + 0.16 * noise) * 6, 0, 1)[..., None]
    heat = np.clip(body + 0.35 * noise, 0, 1)[..., None]
    colour = np.array(ink(colours[0])) * (1 - heat) + np.array(ink(colours[1])) * heat
    return np.concatenate([colour * alpha, alpha * 255], 2).astype(np.uint8)


def stripes(
    width: int,
    height: int,
    places: Sequence[tuple[int, int, int, int]],
    colour: str,
    texture: float = 6.0,
) -> Callable[[], Pixels]:
    """Give a layer of posts, trunks or bushes: boxes ``(x, y, width, height)`` with a grain."""

    @cache
    def draw() -> Pixels:
        rng = np.random.default_rng(width)
        picture = np.zeros((height, width, 4), np.float32)
        noise = rng.standard_normal((height, width), np.float32)
        grain = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.0), np.float32)
        grain *= texture / max(float(grain.std()), 1e-6)
        for x, y, w, h in places:
            part, rough = picture[y : y + h, x : x + w], grain[y : y + h, x : x + w]
            across = np.linspace(-1, 1, w, dtype=np.float32)[None, : part.shape[1], None]
            lit = np.array(ink(colour), np.float32) * (0.85 - 0.3 * across)
            part[..., :3] = np.clip(lit + rough[..., None], 0, 255)
            part[..., 3] = 255
        return picture.astype(np.uint8)

    return draw


@dataclass(frozen=True)
class Burnt:
    """Lettering burnt into the frames ``[first, last)``, at a place of the screen."""

    text: str
    place: tuple[float, float]
    """Of its middle, share of the frame."""
    height: int
    span: tuple[int, int]
    strength: float = 1.0

    def __call__(self, frame: int, camera: Camera, size: tuple[int, int]) -> Sprite | None:
        """Lay it on a frame."""
        if not self.span[0] <= frame < self.span[1]:
            return None
        picture = _lettered(self.text, self.height, self.strength)
        left = round(size[0] * self.place[0] - picture.shape[1] / 2)
        return picture, left, round(size[1] * self.place[1] - picture.shape[0] / 2), 1.0


@cache
def _lettered(text: str, height: int, strength: float) -> Pixels:
    cover = cv2.copyMakeBorder(lettering(text, height, 1), 3, 3, 3, 3, cv2.BORDER_CONSTANT)
    edge = np.asarray(cv2.dilate(cover, np.ones((5, 5))), np.float32)
    colour = np.repeat(cover[..., None] * 245, 3, 2)
    return (np.concatenate([colour, edge[..., None] * 255], 2) * strength).astype(np.uint8)


@dataclass(frozen=True)
class Gate:
    """The film gate: dark, ragged, rounded edges that stay on the screen."""

    width: int

    def __call__(self, frame: int, camera: Camera, size: tuple[int, int]) -> Sprite:
        """Lay it on a frame."""
        return _gate(size, self.width), 0.0, 0.0, 1.0


@cache
def _gate(size: tuple[int, int], width: int) -> Pixels:
    opening = np.zeros((size[1], size[0]), np.float32)
    opening[width:-width, width + 6 : -width - 2] = 1
    opening = np.asarray(cv2.GaussianBlur(opening, (0, 0), 5), np.float32)
    alpha = np.clip((0.62 - opening) * 5, 0, 1)
    return (np.dstack([alpha * 6, alpha * 6, alpha * 6, alpha * 255])).astype(np.uint8)


def seen(art: Pixels, camera: Camera, size: tuple[int, int]) -> Floats:
    """Give what a camera sees of a painting, ``(H, W, 3)`` float32."""
    x, y, zoom = camera
    move = np.array([[1 / zoom, 0, x], [0, 1 / zoom, y]], np.float64)
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    left, top = max(0, int(x) - 8), max(0, int(y) - 8)
    part = art[top : top + int(size[1] / zoom) + 24, left : left + int(size[0] / zoom) + 24]
    move[:, 2] -= left, top
    warped = cv2.warpAffine(part, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float32)


def lay(frame: Floats, sprite: Sprite) -> Floats:
    """Lay something over a frame, in place; give how much of each pixel it covers."""
    picture, x, y, zoom = sprite
    size = frame.shape[1], frame.shape[0]
    move = np.array([[zoom, 0, x], [0, zoom, y]], np.float64)
    over = np.asarray(cv2.warpAffine(picture, move, size, flags=cv2.INTER_LINEAR), np.float32)
    alpha = over[..., 3] / 255
    frame *= 1 - alpha[..., None]
    frame += over[..., :3]
    return np.asarray(alpha, np.float32)


def shown(pan: Pan, art: Pixels, number: int) -> tuple[Floats, Floats]:
    """Give a frame before light, grain and codec, and what of it is covered."""
    camera = pan.cameras[number]
    frame = seen(art, camera, pan.size)
    cover = np.zeros(frame.shape[:2], np.float32)
    for front in pan.fronts:
        sprite = front(number, camera, pan.size)
        if sprite is not None:
            cover = np.maximum(cover, lay(frame, sprite))
    return frame, cover


def frames_of(pan: Pan, art: Pixels) -> Iterator[tuple[Floats, Floats]]:
    """Give all frames as they are to be stored, and what of each is covered."""
    rng = np.random.default_rng(len(pan.cameras))
    count = len(pan.cameras)
    for number in range(count):
        frame, cover = shown(pan, art, number)
        if pan.blended and number % 3 == 2 and number + 1 < count:
            after, too = shown(pan, art, number + 1)
            frame, cover = (frame + after) / 2, np.maximum(cover, too)
        if pan.gain is not None:
            frame = frame * pan.gain(number / max(count - 1, 1))
        if pan.grain:
            noise = rng.standard_normal(frame.shape[:2], np.float32)
            frame = frame + (pan.grain * 1.5) * cv2.GaussianBlur(noise, (0, 0), 0.7)[..., None]
        yield frame, cover


_TO_YUV = (
    np.array(
        [[0.0722, 0.7152, 0.2126], [0.5, -0.38543, -0.11457], [-0.04585, -0.45415, 0.5]], np.float32
    )
    * np.array([[219], [224], [224]], np.float32)
    / 255
)


def to_planes(frame: Floats, depth: int) -> list[Pixels]:
    """Convert BGR to limited BT.709 4:2:0, chroma sited at the left; rows of bytes."""
    yuv = cv2.transform(np.clip(frame, 0, 255), _TO_YUV)
    wide = cv2.copyMakeBorder(yuv[..., 1:], 0, 0, 1, 1, cv2.BORDER_REPLICATE)
    across = 0.25 * wide[:, 0:-2:2] + 0.5 * wide[:, 1:-1:2] + 0.25 * wide[:, 2::2]
    chroma = (across[::2] + across[1::2]) / 2 + 128
    scale, kind = 2 ** (depth - 8), np.uint8 if depth == 8 else np.uint16
    planes = (yuv[..., 0] + 16, chroma[..., 0], chroma[..., 1])
    return [
        np.clip(p * scale + 0.5, 0, 2**depth - 1).astype(kind).view(np.uint8).reshape(len(p), -1)
        for p in planes
    ]


def encode(path: Path, frames: Iterator[Floats], size: tuple[int, int], codec: Codec) -> None:
    """Write frames; of interlaced film, two frames become the fields of one."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(codec.name, rate=FPS)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p" if codec.depth == 8 else "yuv420p10le"
        stream.options = dict(codec.options)
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1
        context.color_range, context.gop_size = 1, 15 if codec.bit_rate else 48
        context.thread_count = 1
        if codec.bit_rate:
            stream.bit_rate = codec.bit_rate
        for number, frame in enumerate(frames):
            if codec.interlaced:
                fields = [to_planes(half, codec.depth) for half in (frame[::2], next(frames)[1::2])]
                planes = [
                    np.stack(p, 1).reshape(-1, p[0].shape[1]) for p in zip(*fields, strict=True)
                ]
            else:
                planes = to_planes(frame, codec.depth)
            picture = av.VideoFrame(*size, stream.pix_fmt)
            for plane, rows in zip(picture.planes, planes, strict=True):
                padded = np.zeros((plane.height, plane.line_size), np.uint8)
                padded[:, : rows.shape[1]] = rows
                plane.update(padded.tobytes())
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            picture.colorspace, picture.color_range = 1, 1
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def bounds(pan: Pan) -> tuple[int, int, int, int]:
    """Give the part of the painting that the camera saw, 4 px wider: x, y, right, bottom."""
    x, y, s = np.array(pan.cameras).T
    left, top = np.floor([x.min() - 4, y.min() - 4]).astype(int)
    right, bottom = np.ceil([(x + pan.size[0] / s).max() + 4, (y + pan.size[1] / s).max() + 4])
    return max(0, int(left)), max(0, int(top)), int(right), int(bottom)


@dataclass
class Truth:
    """What of the painting was filmed, and revealed, at a quarter of its size."""

    filmed: Pixels
    bare: Pixels
    """Seen with nothing before it at some time."""
    hidden: Pixels
    """Covered at some time."""

    def add(self, cover: Floats, camera: Camera, corner: tuple[int, int]) -> None:
        """Enter one frame."""
        x, y, s = camera
        q = MASK_Q
        # Pixel j of the mask stands for the painting's corner + 4j + 1.5.
        move = np.array(
            [[q * s, 0, (corner[0] + 1.5 - x) * s], [0, q * s, (corner[1] + 1.5 - y) * s]]
        )
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        size = self.filmed.shape[1], self.filmed.shape[0]
        inner = np.zeros(cover.shape, np.uint8)
        inner[2:-2, 2:-2] = 1
        over = cv2.dilate((cover > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8))
        bare, hidden = inner * (1 - over), inner * over
        for seen, shown in ((self.filmed, inner), (self.bare, bare), (self.hidden, hidden)):
            seen |= np.asarray(cv2.warpAffine(shown, move, size, flags=flags), np.uint8)


def make_case(pan: Pan, art: Pixels, folder: Path) -> None:
    """Write a case as the scorer of the bench reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    left, top, right, bottom = bounds(pan)
    true = art[top:bottom, left:right]
    shape = -(-true.shape[0] // MASK_Q), -(-true.shape[1] // MASK_Q)
    truth = Truth(*(np.zeros(shape, np.uint8) for _ in range(3)))

    def told() -> Iterator[Floats]:
        for camera, (frame, cover) in zip(pan.cameras, frames_of(pan, art), strict=True):
            truth.add(cover, camera, (left, top))
            yield frame

    clip = folder / "clip.mp4"
    encode(clip, told(), pan.size, pan.codec)
    bare = truth.bare & ~truth.hidden if pan.in_place else truth.bare
    mask = np.where(bare, 255, np.where(truth.filmed, 128, 0)).astype(np.uint8)
    cv2.imwrite(str(folder / "mask.png"), mask)
    cv2.imwrite(str(folder / "gt.webp"), true, [cv2.IMWRITE_WEBP_QUALITY, 101])
    case = {
        "name": pan.name,
        "split": "made",
        "art": pan.art,
        "size": list(pan.size),
        "n": len(pan.cameras),
        "fps": FPS,
        "gt_origin": [left, top],
        "gt_size": [true.shape[1], true.shape[0]],
        "mask_q": MASK_Q,
        "cams": [[round(v, 5) for v in camera] for camera in pan.cameras],
        "inscribed_rect": _rectangle(truth.filmed > 0),
        "clean_rect": _rectangle(bare > 0),
        "frame_psnr": _frame_psnr(pan, art, clip),
        "expect": pan.expect,
    }
    (folder / "case.json").write_text(json.dumps(case))


def _rectangle(mask: np.ndarray) -> list[int]:
    box = largest_rectangle(mask)
    if box is None:
        return [0, 0, MASK_Q, MASK_Q]
    edges = (box.x, box.y, box.x + box.width, box.y + box.height)
    return [MASK_Q * int(v) for v in edges]


def _frame_psnr(pan: Pan, art: Pixels, clip: Path) -> float:
    """Give the middle PSNR of single decoded frames against what was painted, dB."""
    with open_source(clip) as footage:
        step = max(1, footage.source.frames // 9)
        wanted = list(range(0, footage.source.frames, step))
        found = []
        for number, image in footage.read(wanted):
            drawn = 2 * number if pan.codec.interlaced else number
            true, cover = shown(pan, art, drawn)
            at = drawn / max(len(pan.cameras) - 1, 1)
            if (pan.blended and drawn % 3 == 2) or (pan.gain and abs(pan.gain(at) - 1) > 0.02):
                continue
            free = cover < 0.02
            if not free.any():
                continue
            error = (image.astype(np.float32) - true)[free]
            found.append(10 * np.log10(65025 / max(float((error**2).mean()), 1e-3)))
    return round(float(np.median(found)), 2) if found else 30.0
