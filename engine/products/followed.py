"""What was found out about a camera move when it was proposed, for the tweaks of its picture.

Lining frames up, and finding what is burnt in, is most of what a preview costs. Another range,
another step, a frame left out or another trim need no more than a part of what is known of the
whole move; for another motion model or layer it tells where to begin. It is kept beside the
scene's proxies: small, and made again where it is gone or of other frames.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np

from engine.files import write_whole
from engine.footage.reader import FrameReader, SummedReader
from engine.products.depth import Fit
from engine.products.parallax import Layers
from engine.products.registration import Track
from engine.products.views import Floats, crop_of
from engine.recipe import PanoramaRecipe, candidate_id
from engine.values import AnyArray, Box, Mask

PREVIEW_VIEWS = 40
"""Frames of a move that are looked at for a preview, as long as so few can be lined up."""
ENOUGH = 0.7
"""Share of the frames that would be known, were a part of a move looked at alone, with which the
whole tells enough of it: a preview is made of so many."""
SAME_SPEED = 0.02
"""Layers whose speeds differ by less, as a share, are one."""
_VERSION = 2
_LONGEST_FILE = 64 << 20
"""Bytes."""
_KEPT = 8
"""Files of which is remembered what was in them."""

Masks = Mapping[int, Mask | None]


@dataclass(frozen=True, slots=True)
class Followed:
    """A camera move as far as reduced frames tell."""

    recipe: PanoramaRecipe
    """What it was found for."""
    track: Track
    layers: Layers
    fit: Fit
    shown: frozenset[int]
    """Frames that show anything."""
    asked: int
    """How many frames it has, of which some were looked at."""
    hidden: Masks | None = None
    """What is burnt into the frames that were drawn, in maps of the part that was used of them;
    None where nobody looked."""

    @property
    def token(self) -> str:
        """Tell it from any other."""
        numbers = hashlib.sha256(np.ascontiguousarray(self.track.place).data)
        return f"{candidate_id('', self.recipe)} {self.track.frames} {numbers.hexdigest()}"

    def among(self, recipe: PanoramaRecipe, frames: Sequence[int]) -> Followed | None:
        """Give what is known of the frames of another recipe; None where that is too little."""
        if recipe.start < self.recipe.start or recipe.stop > self.recipe.stop:
            return None
        most = max(PREVIEW_VIEWS, len(self.track))
        alone = len(self.track) * min(len(frames), most) / min(self.asked, most)
        known = len(set(self.track.frames).intersection(frames))
        return self.of(frames) if known >= max(2, ENOUGH * alone) else None

    def of(self, frames: Sequence[int]) -> Followed:
        """Give what is known of some of the frames, two at least."""
        wanted = set(frames)
        track = self.track.chosen(
            [row for row, frame in enumerate(self.track.frames) if frame in wanted]
        )
        place = track.place.copy()
        # The canvas has the scale of the tightest frame.
        tightest = place[:, 2].min()
        place[:, 2] -= tightest
        place[:, :2] *= np.exp(-tightest)
        track = replace(track, place=place, gain=track.gain - np.median(track.gain))
        return replace(self, track=track, shown=self.shown & wanted)

    def serves(self, recipe: PanoramaRecipe) -> bool:
        """Tell whether another recipe's model and layer are the ones that it was found for."""
        same_layer = abs(self.layers.speed_of(recipe.anchor) - 1) <= SAME_SPEED
        return self.serves_model(recipe) and (recipe.anchor == self.recipe.anchor or same_layer)

    def serves_model(self, recipe: PanoramaRecipe) -> bool:
        """Tell whether another recipe's model is the one asked for, or found, and nothing else."""
        settings = recipe.overlays == self.recipe.overlays and recipe.picture == self.recipe.picture
        return settings and recipe.model in (self.recipe.model, self.track.model)

    def leads(self, frames: Sequence[int]) -> bool:
        """Tell whether its path leads along all of some frames."""
        known = self.track.frames
        return known[0] <= frames[0] and frames[-1] <= known[-1]

    def places(self, frames: Sequence[int]) -> Floats:
        """Say about where frames lie, between those that are known: ``(N, 3)`` as in a track."""
        known = self.track
        columns = [np.interp(frames, known.frames, column) for column in known.place.T]
        return np.stack(columns, axis=1)

    def hidden_in(self, crop: Box, scale: float) -> Masks | None:
        """Give what is burnt in, in maps of ``crop`` of the frames reduced to ``scale``."""
        mine = crop_of(self.recipe.picture, self.recipe.trim, scale)
        if self.hidden is None or crop == mine:
            return self.hidden
        moved: dict[int, Mask] = {}
        for mask in self.hidden.values():
            if mask is not None and id(mask) not in moved:
                moved[id(mask)] = _moved(mask, mine, crop)
        return {
            frame: None if mask is None else moved[id(mask)] for frame, mask in self.hidden.items()
        }


def _moved(mask: Mask, of: Box, to: Box) -> Mask:
    """Give the map of one part of a frame as one of another part, of the same size."""
    height, width = mask.shape
    fx, fy = width / of.width, height / of.height
    # From pixels of the new map to those of the old, whose middles lie at halves.
    grown_x, grown_y = to.width / of.width, to.height / of.height
    move = np.array(
        [
            [grown_x, 0, (to.x - of.x) * fx + (grown_x - 1) / 2],
            [0, grown_y, (to.y - of.y) * fy + (grown_y - 1) / 2],
        ]
    )
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    edge = cv2.BORDER_REPLICATE
    moved = cv2.warpAffine(
        mask.astype(np.uint8), move, (width, height), flags=flags, borderMode=edge
    )
    return np.asarray(moved > 0)


_Read = tuple[str, Followed]
"""What tells the pixels of a move from others, and what was found out about it."""


def pixels_of(reader: FrameReader, frames: Sequence[int]) -> str:
    """Tell the frames of one film from those of another."""
    digest = hashlib.sha256(repr((reader.size, reader.scale, tuple(frames))).encode())
    if isinstance(reader, SummedReader):
        digest.update(repr(reader.checksums(frames)).encode())
        return digest.hexdigest()
    for _, image in reader.read(sorted({frames[0], frames[len(frames) // 2], frames[-1]})):
        digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def save_followed(path: Path, reader: FrameReader, moves: Sequence[Followed]) -> None:
    """Keep what was found out about moves of the frames that ``reader`` gives; no file for none."""
    if not moves:
        path.unlink(missing_ok=True)
        return
    _write(path, dict(_named(reader, move) for move in moves))


def add_followed(path: Path, reader: FrameReader, move: Followed) -> None:
    """Keep what was found out about one more move of a scene."""
    _write(path, _read(path) | dict([_named(reader, move)]))


def _named(reader: FrameReader, move: Followed) -> tuple[str, _Read]:
    return candidate_id("", move.recipe), (pixels_of(reader, move.track.frames), move)


def _write(path: Path, moves: Mapping[str, _Read]) -> None:
    arrays: dict[str, AnyArray] = {}
    about = []
    for number, (name, (pixels, move)) in enumerate(moves.items()):
        track = move.track
        rows, masks = _different(move.hidden or {})
        about.append(
            {
                "recipe": name,
                "pixels": pixels,
                "model": track.model,
                "residual": track.residual,
                "agreement": track.agreement,
                "asked": move.asked,
                "layers": [move.layers.speeds, move.layers.shares],
                "anchor": move.layers.anchor,
                "range": move.layers.range,
                "close": move.layers.close,
                "fit": [move.fit.fits, move.fit.depth],
                "hidden": None if move.hidden is None else rows,
                "shapes": [mask.shape for mask in masks],
            }
        )
        named = {
            "frames": np.array(track.frames, np.int64),
            "shown": np.array(sorted(move.shown), np.int64),
            "place": track.place,
            "gain": track.gain,
            "detail": track.detail,
            "masks": np.concatenate([np.zeros(0, np.uint8), *(np.packbits(m) for m in masks)]),
        }
        arrays |= {f"{part}_{number}": array for part, array in named.items()}
    buffer = io.BytesIO()
    arrays["about"] = np.array(json.dumps({"version": _VERSION, "moves": about}))
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_whole(path, buffer.getvalue(), lasting=False)


def _different(hidden: Masks) -> tuple[list[tuple[int, int]], list[Mask]]:
    """Give the masks without doubles; many frames share one. None is number -1."""
    number_of: dict[bytes, int] = {}
    masks: list[Mask] = []
    rows = []
    for frame, mask in hidden.items():
        if mask is None:
            rows.append((frame, -1))
            continue
        key = repr(mask.shape).encode() + mask.tobytes()
        if key not in number_of:
            number_of[key] = len(masks)
            masks.append(mask)
        rows.append((frame, number_of[key]))
    return rows, masks


_files: deque[tuple[tuple[str, int, int], dict[str, _Read]]] = deque(maxlen=_KEPT)
_lock = Lock()


def load_followed(path: Path, reader: FrameReader, recipe: PanoramaRecipe) -> Followed | None:
    """Give what :func:`save_followed` kept of a move; None to find it out anew.

    What is damaged, of another version or of other frames counts as not there.
    """
    told = _read(path).get(candidate_id("", recipe))
    if told is None:
        return None
    pixels, found = told
    frames = found.track.frames
    if reader.available(frames) != frames or pixels_of(reader, frames) != pixels:
        return None
    return replace(found, recipe=recipe)


def _read(path: Path) -> dict[str, _Read]:
    try:
        stat = path.stat()
        key = str(path), stat.st_mtime_ns, stat.st_size
        with _lock:
            for known, moves in _files:
                if known == key:
                    return moves
        if stat.st_size > _LONGEST_FILE:
            return {}
        # From memory: NumPy leaves a damaged file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            if about["version"] != _VERSION:
                return {}
            moves = dict(
                _move_of(told, {name: kept[f"{name}_{number}"] for name in _ARRAYS})
                for number, told in zip(count(), about["moves"], strict=False)
            )
    except Exception:  # what is damaged fails wherever the damage is: unpacking, parsing, reading
        return {}
    with _lock:
        _files.append((key, moves))
    return moves


_ARRAYS = ("frames", "shown", "place", "gain", "detail", "masks")


def _move_of(told: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> tuple[str, _Read]:
    frames = tuple(int(frame) for frame in arrays["frames"])
    place, gain, detail = (np.asarray(arrays[n], np.float64) for n in ("place", "gain", "detail"))
    if not len(frames) == len(place) == len(gain) == len(detail) > 1 or place.shape[1] != 3:
        raise ValueError("a track whose parts do not fit together")
    track = Track(
        frames,
        place,
        gain,
        detail,
        float(told["residual"]),
        float(told["agreement"]),
        told["model"],
    )
    speeds, shares = (tuple(float(v) for v in values) for values in told["layers"])
    slow, fast = (float(v) for v in told["range"])
    close = tuple(float(v) for v in told["close"])
    fits, depth = (float(v) for v in told["fit"])
    masks = _unpacked(arrays["masks"], [(int(h), int(w)) for h, w in told["shapes"]])
    hidden = None
    if told["hidden"] is not None:
        hidden = {int(f): None if n < 0 else masks[n] for f, n in told["hidden"]}
    # Of the recipe, whoever asks for it has more than its name.
    nameless = PanoramaRecipe(Box(0, 0, 1, 1), 0, 1)
    found = Followed(
        nameless,
        track,
        Layers(speeds, shares, float(told["anchor"]), (slow, fast), close),
        Fit(fits, depth),
        frozenset(int(frame) for frame in arrays["shown"]),
        int(told["asked"]),
        hidden,
    )
    return str(told["recipe"]), (str(told["pixels"]), found)


def _unpacked(data: AnyArray, shapes: Sequence[tuple[int, int]]) -> list[Mask]:
    masks, start = [], 0
    for height, width in shapes:
        length = -(-height * width // 8)
        bits = np.unpackbits(data[start : start + length], count=height * width)
        masks.append(bits.reshape(height, width).astype(np.bool_))
        start += length
    return masks
