"""Pictures become frames: camera moves, walks on twos, grain, and the H.264 file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np

from sample_data.figure import Drawing, Pose, Style, draw_figure, walk_cycle
from sample_data.paint import Floats, Pixels

WIDTH, HEIGHT, FPS = 1920, 1080, 24


@dataclass
class Take:
    """One shot: its frames, drawn when asked for, and what is true of them."""

    name: str
    length: int
    draw: Callable[[int], Pixels]
    camera: str = "static"
    path: list[tuple[float, float]] = field(default_factory=list)
    """Of the frame's top left corner in the shot's painting, for each frame."""
    picture: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)
    people: list[list[tuple[int, int, int, int]]] = field(default_factory=list)
    """Boxes of the figures in each frame, filled while drawing."""
    share: list[float] = field(default_factory=list)
    """Share of the frame that figures cover, filled while drawing."""
    more: dict[str, object] = field(default_factory=dict)


def ease(frame: int, first: int, last: int, ramp: float = 0.3) -> float:
    """Give how far a move has come, 0 to 1: slow, even, slow."""
    t = min(max((frame - first) / (last - first), 0.0), 1.0)
    speed = 1 / (1 - ramp)
    if t < ramp:
        return speed * t * t / (2 * ramp)
    if t > 1 - ramp:
        return 1 - speed * (1 - t) ** 2 / (2 * ramp)
    return speed * (t - ramp / 2)


def view(painting: Pixels, x: float, y: float) -> Pixels:
    """See a painting through the camera with its corner at a sub-pixel place."""
    left, top = int(np.floor(x)), int(np.floor(y))
    if x == left and y == top:
        return painting[top : top + HEIGHT, left : left + WIDTH].copy()
    move = np.array([[1, 0, x], [0, 1, y]], np.float32)
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(
            painting, move, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


@dataclass(frozen=True)
class Walker:
    """Someone who crosses the picture."""

    style: Style
    ground: float
    """Where the soles touch, pixels from the top of the painting."""
    places: tuple[tuple[int, float], ...]
    """Frame and x of the body, joined by straight lines."""
    light: float = -1.0
    """Side of the picture that the light comes from, -1 left, 1 right, when facing right."""
    stride: float = 1.0

    def at(self, frame: int) -> tuple[float, float, float, bool]:
        """Give x, phase, stride and whether facing right; on twos."""
        frame -= frame % 2
        frames, xs = zip(*self.places, strict=True)
        x = float(np.interp(frame, frames, xs))
        ahead, behind = (float(np.interp(frame + d, frames, xs)) for d in (4, -4))
        moved = [abs(b - a) for a, b in pairwise(xs)]
        gone = float(np.interp(frame, frames, np.concatenate([[0], np.cumsum(moved)])))
        phase = gone / walk_cycle(self.style.height) / max(self.stride, 0.1) % 1
        speed = min(1.0, abs(ahead - behind) / 30)
        right = ahead >= behind
        if ahead == behind:
            later = [b - a for f, a, b in zip(frames[1:], xs, xs[1:], strict=False) if f <= frame]
            right = bool(later) and next((d > 0 for d in reversed(later) if d), True)
        return x, round(phase * 24) % 24 / 24, self.stride * round(speed * 4) / 4, right


@lru_cache(maxsize=256)
def _cutout(style: Style, pose: Pose, right: bool) -> tuple[Pixels, tuple[float, float]]:
    """Draw someone and reduce the drawing to final pixels."""
    drawing: Drawing = draw_figure(style, pose)
    pixels, (x, y) = drawing.pixels, drawing.anchor
    if not right:
        pixels = pixels[:, ::-1]
        x = pixels.shape[1] / 2 - x
    size = pixels.shape[1] // 2, pixels.shape[0] // 2
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), (x, y)


@lru_cache(maxsize=32)
def _contact_shadow(width: int, height: int, slant: float) -> Floats:
    y, x = np.mgrid[-3 * height : 3 * height, -3 * width : 3 * width].astype(np.float32)
    x = x - slant * (y + height)
    dark = np.exp(-((x / width) ** 2) - (y / height) ** 2)
    tight = np.exp(-((x / width / 0.55) ** 2) - (y / height / 0.5) ** 2)
    return np.asarray(np.clip(0.42 * dark + 0.33 * tight, 0, 1), np.float32)


def put(
    frame: Pixels,
    walker: Walker,
    number: int,
    camera: tuple[float, float] = (0.0, 0.0),
    tint: Callable[[float], Floats] | None = None,
) -> tuple[tuple[int, int, int, int] | None, Pixels]:
    """Lay someone and their shadow on a frame; give their box and their cover of the frame."""
    x, phase, stride, right = walker.at(number)
    light = walker.light if right else -walker.light
    cut, anchor = _cutout(walker.style, Pose(phase, stride, light), right)
    sx, sy = x - camera[0], walker.ground - camera[1]
    _darken(frame, sx, sy, walker.style.height)
    left, top = sx - anchor[0], sy - anchor[1]
    ix, iy = int(np.floor(left)), int(np.floor(top))
    if left != ix or top != iy:
        move = np.array([[1, 0, left - ix], [0, 1, top - iy]], np.float32)
        cut = np.asarray(
            cv2.warpAffine(cut, move, (cut.shape[1] + 1, cut.shape[0] + 1), flags=cv2.INTER_CUBIC),
            np.uint8,
        )
    cover = np.zeros(frame.shape[:2], np.uint8)
    t, b = max(0, iy), min(frame.shape[0], iy + cut.shape[0])
    lo, r = max(0, ix), min(frame.shape[1], ix + cut.shape[1])
    if r <= lo or b <= t:
        return None, cover
    part = cut[t - iy : b - iy, lo - ix : r - ix].astype(np.float32)
    colour = part[..., :3] * (tint(sx) if tint else 1.0)
    under = frame[t:b, lo:r].astype(np.float32)
    alpha = part[..., 3:] / 255
    frame[t:b, lo:r] = np.clip(colour + under * (1 - alpha) + 0.5, 0, 255).astype(np.uint8)
    cover[t:b, lo:r] = part[..., 3] > 127
    if not cover.any():
        return None, cover
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    box = (int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    return box, cover


def _darken(frame: Pixels, x: float, y: float, tall: float) -> None:
    shade = _contact_shadow(round(tall * 0.17), round(tall * 0.022), 0.6)
    height, width = shade.shape
    left, top = round(x + tall * 0.03) - width // 2, round(y) - height // 2
    t, b = max(0, top), min(frame.shape[0], top + height)
    lo, r = max(0, left), min(frame.shape[1], left + width)
    if r > lo and b > t:
        dark = shade[t - top : b - top, lo - left : r - left, None]
        under = frame[t:b, lo:r].astype(np.float32)
        deep = under * np.array([0.42, 0.34, 0.34], np.float32)
        frame[t:b, lo:r] = (under + (deep - under) * dark + 0.5).astype(np.uint8)


def crowd(
    take: Take,
    frame: Pixels,
    number: int,
    walkers: Sequence[Walker],
    camera: tuple[float, float] = (0.0, 0.0),
    tint: Callable[[float], Floats] | None = None,
) -> Pixels:
    """Put everyone in, the nearest last, and write down where they are."""
    boxes, cover = [], np.zeros(frame.shape[:2], np.uint8)
    for walker in sorted(walkers, key=lambda w: w.ground):
        box, mask = put(frame, walker, number, camera, tint)
        cover |= mask
        if box:
            boxes.append(box)
    take.people.append(boxes)
    take.share.append(round(float(cover.mean()), 4))
    return frame


class Grain:
    """Fine film grain: new in each frame, the same in each run."""

    def __init__(self, strength: float, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        noise = self._rng.standard_normal((HEIGHT + 256, WIDTH + 256), dtype=np.float32)
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), np.float32)
        self._noise = np.asarray(noise / noise.std() * strength, np.float32)

    def on(self, frame: Pixels) -> Pixels:
        """Add grain to a frame, less of it in the darkest parts."""
        x, y = self._rng.integers(0, 256, 2)
        noise = self._noise[y : y + HEIGHT, x : x + WIDTH]
        weight = np.clip(frame[..., 1].astype(np.float32) / 60, 0, 1) * noise
        return np.clip(frame + weight[..., None] + 0.5, 0, 255).astype(np.uint8)


_TO_YUV = (
    np.array(
        [[0.0722, 0.7152, 0.2126], [0.5, -0.38543, -0.11457], [-0.04585, -0.45415, 0.5]], np.float32
    )
    * np.array([[219], [224], [224]], np.float32)
    / 255
)


def to_yuv(frame: Pixels) -> Pixels:
    """Convert BGR to limited-range BT.709 4:2:0 with chroma sited at the left (H.264's default).

    Done here and not by swscale, whose rounding darkens by about a level.
    """
    yuv = cv2.transform(frame.astype(np.float32), _TO_YUV)
    luma = yuv[..., 0] + 16
    padded = cv2.copyMakeBorder(yuv[..., 1:], 0, 0, 1, 0, cv2.BORDER_REPLICATE)
    across = (
        0.25 * padded[:, 0:-1:2]
        + 0.5 * padded[:, 1::2]
        + 0.25
        * np.concatenate(
            [
                padded[:, 2::2],
            ],
            axis=1,
        )
    )
    chroma = (across[::2] + across[1::2]) / 2 + 128
    planes = [luma, chroma[..., 0], chroma[..., 1]]
    flat = np.concatenate([np.clip(p + 0.5, 0, 255).astype(np.uint8).ravel() for p in planes])
    return flat.reshape(frame.shape[0] * 3 // 2, frame.shape[1])


def encode(path: Path, frames: Iterator[Pixels], crf: int) -> int:
    """Write frames as tagged H.264 and give how many there were."""
    count = 0
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "slow", "aq-mode": "3"}
        context = stream.codec_context
        context.gop_size = 48
        context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1
        context.color_range = 1
        for count, frame in enumerate(frames, start=1):
            picture = av.VideoFrame.from_ndarray(to_yuv(frame), format="yuv420p")
            picture.pts, picture.time_base = count - 1, Fraction(1, FPS)
            picture.colorspace, picture.color_range = 1, 1
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return count
