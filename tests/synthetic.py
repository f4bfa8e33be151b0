"""Pictures and footage whose right answer is known, because we made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream

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
    picture: Image = np.clip(coarse * 150 + 50 + fine, 0, 255).astype(np.uint8)
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
    view: Image = cv2.warpAffine(picture, move, (width, height), flags=flags).astype(np.uint8)
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
    fps: int | Fraction = 24,
    codec: str = "libx264",
    crf: int = 12,
    gop: int = 24,
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    tagged: bool = True,
    colorspace: int = 1,
    full_range: bool = False,
    sar: Fraction | None = None,
    rotation: int = 0,
    times: Sequence[int] | None = None,
    container_options: Mapping[str, str] | None = None,
    container_format: str | None = None,
) -> Path:
    """Encode BGR frames, by default as tagged BT.709 4:2:0; the container follows the suffix.

    ``times`` are presentation times in frames, for footage of variable rate; ``rotation`` is
    written down in degrees against the clock, for the player to turn.
    """
    with av.open(
        str(path), "w", format=container_format, container_options=dict(container_options or {})
    ) as container:
        stream: VideoStream | None = None
        for index, frame in enumerate(frames):
            if stream is None:
                stream = _video_stream(container, codec, fps, frame, pix_fmt)
                stream.options = {**_quality(codec, crf), **(options or {})}
                stream.codec_context.gop_size = gop
                if rotation:
                    stream.set_display_rotation(rotation)
                if sar is not None:
                    stream.codec_context.sample_aspect_ratio = sar
                if tagged:
                    stream.codec_context.colorspace = colorspace
                    stream.codec_context.color_range = 2 if full_range else 1
            picture = _yuv(frame, pix_fmt, colorspace, full_range, tagged)
            picture.pts = index if times is None else times[index]
            picture.time_base = 1 / Fraction(fps)
            container.mux(stream.encode(picture))
        if stream is not None:
            container.mux(stream.encode())
    return path


def _video_stream(
    container: OutputContainer, codec: str, fps: int | Fraction, frame: Image, pix_fmt: str
) -> VideoStream:
    stream = container.add_stream(codec, rate=fps)
    assert isinstance(stream, VideoStream)
    stream.height, stream.width = frame.shape[:2]
    stream.pix_fmt = pix_fmt
    return stream


def _quality(codec: str, crf: int) -> dict[str, str]:
    match codec:
        case "libx264":
            return {"crf": str(crf), "preset": "veryfast"}
        case "libx265":
            return {"crf": str(crf), "preset": "ultrafast", "x265-params": "log-level=none"}
        case "libvpx-vp9":
            return {"crf": str(crf), "b": "0", "deadline": "realtime", "cpu-used": "8"}
        case "mpeg2video" | "mpeg4" | "mjpeg":
            return {"qmin": "2", "qmax": "3", "b": "20M"}
        case _:
            return {}


def _yuv(
    frame: Image, pix_fmt: str, colorspace: int, full_range: bool, tagged: bool
) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(frame, format="bgr24").reformat(
        format=pix_fmt,
        dst_colorspace=colorspace,
        dst_color_range="JPEG" if full_range else "MPEG",
        interpolation="AREA",
    )
    if not tagged:
        picture.colorspace = 2
        picture.color_range = 0
    return picture
