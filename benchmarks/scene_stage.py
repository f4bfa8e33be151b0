"""A camera before cards: what a shot of a made film is, and how shots become a film."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from sample_data.paint import Pixels

Places = NDArray[np.float64]
"""``(N, 5)``: x and y of the camera in pixels of the backdrop, its lens' zoom, its roll in degrees,
and how far it has come towards the backdrop (0 at first, 1 there)."""
Touch = Callable[[Pixels, int, np.random.Generator], Pixels]
"""Changes one frame, by its number."""

_GOES_ON = 7
"""Frames of rest that a move may have in it and be one."""


@dataclass(frozen=True)
class Card:
    """Something flat that stands before the camera."""

    draw: Callable[[int], Pixels]
    """The picture at a frame; BGR fills the frame, BGRA lies over what is behind."""
    near: float = 1.0
    """How fast it passes, against the backdrop; 0 goes along with the camera."""
    place: Callable[[int], tuple[float, float]] = lambda _: (0.0, 0.0)
    """Where its middle is, off the middle of the backdrop."""


@dataclass(frozen=True)
class Shot:
    """An uncut run of frames, and what a careful person calls it."""

    camera: str
    path: Places
    cards: Sequence[Card]
    note: str = ""
    foreground: str = "none"
    touch: Touch | None = None
    entry: tuple[Any, ...] = ("cut",)
    """``cut``, ``dissolve`` with its frames, ``wipe`` with its frames and a shape of
    :func:`arrivals`, or ``fade`` with the frames that the shot before takes to go, those of
    nothing, those of coming, the grey level between, and such a shape if it goes and comes so."""

    def draw(self, frame: int, size: tuple[int, int], rng: np.random.Generator) -> Pixels:
        """See the cards from where the camera is."""
        x, y, zoom, roll, come = self.path[frame]
        view = np.zeros((size[1], size[0], 3), np.uint8)
        for card in self.cards:
            picture, (px, py) = card.draw(frame), card.place(frame)
            height, width = picture.shape[:2]
            scale = zoom / (1 - card.near * come) if card.near else 1.0
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), roll * bool(card.near), scale)
            away = turn[:, :2] @ (px - card.near * x, py - card.near * y)
            turn[:, 2] += away
            turn[:, 2] += (size[0] / 2 - width / 2, size[1] / 2 - height / 2)
            way = cv2.INTER_AREA if scale < 0.7 else cv2.INTER_CUBIC
            if picture.shape[2] == 3:
                whole = cv2.warpAffine(picture, turn, size, None, way, cv2.BORDER_REFLECT_101)
                view = np.asarray(whole, np.uint8)
                continue
            layer = cv2.warpAffine(picture, turn, size, flags=way)
            left = 255 - layer[..., 3:].astype(np.uint16)
            view = np.minimum(layer[..., :3] + (view * left + 127) // 255, 255).astype(np.uint8)
        return self.touch(view, frame, rng) if self.touch else view

    def moves(self) -> list[dict[str, Any]]:
        """Give where the camera moves; layers that move apart have no one way."""
        if any(card.near not in (0, 1) for card in self.cards):
            return []
        if np.ptp(self.path[:, 2:], axis=0).any() or self.camera in ("static", "handheld"):
            return []
        gone = np.abs(np.diff(self.path[:, :2], axis=0)).max(axis=1) > 0.05
        found: list[dict[str, Any]] = []
        for frame in map(int, np.flatnonzero(gone)):
            if found and frame - found[-1]["end"] <= _GOES_ON:
                found[-1]["end"] = frame + 1
            else:
                found.append({"start": frame, "end": frame + 1, "camera": self.camera})
        return found


@dataclass(frozen=True)
class Film:
    """Shots one after the other, and what lies over all of them."""

    name: str
    shots: Sequence[Shot]
    size: tuple[int, int] = (960, 540)
    bars: int = 0
    """Lines of letterbox above and below."""
    grain: float = 0.0
    """Deviation, grey levels."""
    weave: float = 0.0
    """Deviation of where the film stands in the gate, pixels."""
    gate: bool = False
    """A mask with round corners before everything."""
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: {"crf": "18", "preset": "veryfast"})


@dataclass(frozen=True)
class Slot:
    """One frame of a film: of which shots it is made."""

    shot: int
    frame: int
    other: tuple[int, int] | None = None
    """Shot and frame that it mixes with."""
    share: float = 0.0
    """Of the other; of the grey level where there is none."""
    level: int = 0
    wipes: str = ""
    """Shape of a wipe."""


def lay_out(film: Film) -> tuple[list[Slot], dict[str, Any]]:
    """Put shots one after the other; give the frames and what is true of the film."""
    slots: list[Slot] = []
    truth: dict[str, Any] = {"cuts": [], "gradual": [], "flashes": [], "shots": []}
    starts: list[tuple[int, int]] = []  # in the film: first frame, and where the shot's 0 lies
    for number, shot in enumerate(film.shots):
        kind, length = shot.entry[0], len(shot.path)
        begin = len(slots)
        if kind in ("dissolve", "wipe"):
            frames = shot.entry[1]
            begin -= frames
            for k in range(frames):
                old, share = slots[begin + k], (k + 1) / (frames + 1)
                shape = shot.entry[2] if kind == "wipe" else ""
                mixed = Slot(old.shot, old.frame, (number, k), share, wipes=shape)
                slots[begin + k] = mixed
            truth["gradual"].append([begin, begin + frames - 1])
            starts.append((begin + frames // 2, begin))
            slots += [Slot(number, k) for k in range(frames, length)]
            continue
        ramp, level, shape = 0, 0, ""
        if kind == "fade":
            going, nothing, ramp, level = shot.entry[1:5]
            shape = "".join(shot.entry[5:])
            for k in range(going if slots else 0):
                old = slots[begin - going + k]
                share = (k + 1) / going
                slots[begin - going + k] = Slot(old.shot, old.frame, None, share, level, shape)
            if slots and going:
                truth["gradual"].append([begin - going, begin - 1])
            slots += [Slot(number, 0, None, 1.0, level)] * nothing
            truth["gradual"].append([begin + nothing, begin + nothing + ramp - 1])
            starts.append((begin + nothing // 2, begin + nothing))
        else:
            truth["cuts"] += [begin] if begin else []
            starts.append((begin, begin))
        slots += [
            Slot(number, k, None, max(0.0, 1 - k / ramp) if ramp else 0.0, level, shape)
            for k in range(length)
        ]
    stops = [start for start, _ in starts[1:]] + [len(slots)]
    for shot, (start, zero), stop in zip(film.shots, starts, stops, strict=True):
        said = {"start": start, "end": stop - 1, "camera": shot.camera, "note": shot.note}
        truth["shots"].append(said | {"foreground": shot.foreground})
        clear = [k for k in range(start, stop) if not slots[k].share]
        truth["shots"][-1]["moves"] = [
            _seen(shot, move, zero, clear) for move in shot.moves() if move["end"] + zero > clear[0]
        ]
    return slots, truth


def _seen(shot: Shot, move: dict[str, Any], zero: int, clear: Sequence[int]) -> dict[str, Any]:
    """Say of a move what is seen of it outside fades and dissolves."""
    first, last = (min(max(move[k] + zero, clear[0]), clear[-1]) for k in ("start", "end"))
    way = -np.diff(shot.path[[first - zero, last - zero], :2], axis=0)[0] * shot.path[0, 2]
    ends = {"start": first, "end": last}
    return move | ends | {"dx": round(float(way[0]), 1), "dy": round(float(way[1]), 1)}


def draw_film(film: Film, slots: Sequence[Slot], seed: int) -> Iterator[Pixels]:
    """Draw the frames of a film."""
    rng = np.random.default_rng(seed)
    width, height = film.size
    gate = _round_gate(width, height)
    for slot in slots:
        view = film.shots[slot.shot].draw(slot.frame, film.size, rng)
        other = np.full_like(view, slot.level)
        if slot.other is not None:
            other = film.shots[slot.other[0]].draw(slot.other[1], film.size, rng)
        if slot.wipes and slot.share:
            gone = arrivals(slot.wipes, film.size) <= slot.share
            view[gone] = other[gone]
        elif slot.share:
            mixed = cv2.addWeighted(view, 1 - slot.share, other, slot.share, 0)
            view = np.asarray(mixed, np.uint8)
        if film.weave:
            x, y = rng.normal(0, film.weave, 2)
            move = np.array([[1, 0, x], [0, 1, y]], np.float32)
            woven = cv2.warpAffine(view, move, film.size, None, 1, cv2.BORDER_REPLICATE)
            view = np.asarray(woven, np.uint8)
        if film.bars:
            view[: film.bars] = view[height - film.bars :] = 0
        if film.gate:
            view = (view * gate).astype(np.uint8)
        if film.grain:
            noise = rng.standard_normal((height, width, 1), dtype=np.float32) * film.grain
            view = np.clip(view + cv2.blur(noise, (2, 2))[..., None] * 1.6, 0, 255).astype(np.uint8)
        yield view


@lru_cache(maxsize=8)
def arrivals(shape: str, size: tuple[int, int]) -> NDArray[np.float64]:
    """Say when a border of some shape gets to each place, 0 to 1."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x, y = x - width / 2, y - height / 2
    orders = {
        "right": x,
        "down": y,
        "aslant": x * height - y * width,
        "opening": np.hypot(x, y),
        "closing": -np.hypot(x - 0.12 * width, y + 0.1 * height),
        "clock": np.arctan2(x, -y) % (2 * np.pi),
        "doors": -np.abs(x),
        "curtain": np.abs(y),
        "diamond": np.abs(x) + np.abs(y),
    }
    order = orders[shape] - orders[shape].min()
    return np.asarray(order / order.max(), np.float64)


def _round_gate(width: int, height: int) -> NDArray[np.float32]:
    mask = np.zeros((height, width), np.uint8)
    r = height // 12
    cv2.rectangle(mask, (r + 8, 8), (width - r - 8, height - 8), 255, -1)
    cv2.rectangle(mask, (8, r + 8), (width - 8, height - r - 8), 255, -1)
    for x in (r + 8, width - r - 8):
        for y in (r + 8, height - r - 8):
            cv2.circle(mask, (x, y), r, 255, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 2)[..., None] / np.float32(255), np.float32)


def write_film(film: Film, path: Path, frames: Iterator[Pixels]) -> None:
    """Encode frames at 24 a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(film.codec, rate=24)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = film.size
        stream.pix_fmt = "yuv420p"
        stream.options = dict(film.options)
        if "b" in film.options:
            stream.bit_rate = int(film.options["b"])
        for index, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="bgr24")
            picture = picture.reformat(format="yuv420p")
            picture.pts, picture.time_base = index, Fraction(1, 24)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
