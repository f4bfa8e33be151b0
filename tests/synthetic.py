"""Pictures and footage whose right answer is known, because we made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from engine.values import Image, Size


def texture(height: int, width: int, seed: int = 7, blur: float = 1.5) -> Image:
    """Smooth coloured noise with some drawn lines: detail at every scale, no repeats."""
    rng = np.random.default_rng(seed)
    noise = rng.random((height, width, 3), dtype=np.float32)
    coarse = cv2.resize(
        rng.random((max(2, height // 40), max(2, width // 40), 3), dtype=np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    fine = cv2.GaussianBlur(noise, (0, 0), blur)
    fine = (fine - fine.mean()) / max(float(fine.std()), 1e-6) * 18
    picture = np.clip(coarse * 150 + 50 + fine, 0, 255).astype(np.uint8)
    for _ in range(max(4, width // 40)):
        a, b = rng.integers(0, (width, height)), rng.integers(0, (width, height))
        ink = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.line(picture, tuple(map(int, a)), tuple(map(int, b)), ink, 2, cv2.LINE_AA)
    return picture


def window(picture: Image, x: float, y: float, size: Size) -> Image:
    """The camera's view of ``picture`` with its top left corner at a sub-pixel ``(x, y)``."""
    width, height = size
    move = np.array([[1, 0, x], [0, 1, y]], np.float32)
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    view: Image = np.asarray(cv2.warpAffine(picture, move, (width, height), flags=flags), np.uint8)
    return view


@dataclass(frozen=True)
class MemoryReader:
    """A ``FrameReader`` over frames in memory; frame numbers begin at ``first``."""

    frames: Sequence[Image]
    first: int = 0
    scale: float = 1.0

    @property
    def size(self) -> Size:
        height, width = self.frames[0].shape[:2]
        return width, height

    def available(self, frames: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted({f for f in frames if self.first <= f < self.first + len(self.frames)}))

    def read(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        for frame in frames:
            yield frame, self.frames[frame - self.first].copy()


def write_video(
    path: Path,
    frames: Iterable[Image],
    *,
    fps: int = 24,
    codec: str = "libx264",
    crf: int = 12,
    gop: int = 24,
) -> Path:
    """Encode BGR frames as tagged BT.709 4:2:0; the container follows the suffix."""
    with av.open(str(path), "w") as container:
        stream = None
        for index, frame in enumerate(frames):
            if stream is None:
                stream = container.add_stream(codec, rate=fps)
                stream.height, stream.width = frame.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": str(crf), "preset": "veryfast"}
                stream.codec_context.gop_size = gop
                stream.codec_context.colorspace = 1
                stream.codec_context.color_range = 1
            picture = av.VideoFrame.from_ndarray(frame, format="bgr24").reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            picture.pts, picture.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(picture))
        if stream is not None:
            container.mux(stream.encode())
    return path
