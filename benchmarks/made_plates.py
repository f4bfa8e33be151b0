"""Make shots with people before a place that is known: cases for plate_quality.py.

    python benchmarks/made_plates.py OUT [--only NAMES] [--list]

Each folder holds ``shot.mp4``, ``gt.png`` (the place), ``seen.png`` (in which share of the frames
a pixel shows it, times 255), ``never.png`` and ``case.json``. The same name draws the same frames.
What moves and belongs to the place (a television, water, a flag) has no one truth: it lies in
``never.png``, so that the picture is judged around it; its share of flagged pixels means nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.plate_cast import Mask, lay
from benchmarks.plate_sets import PLACES
from benchmarks.plate_shots import SHOTS, Shot
from sample_data.film import to_yuv
from sample_data.paint import Floats, Pixels, lettering

MARGIN = 32
"""Of the painting beyond the picture on each side, pixels; more than any camera here strays."""
FPS = 24


@dataclass
class Truth:
    """What is counted while frames are drawn."""

    seen: Floats
    coverage: list[float] = field(default_factory=list)


def main() -> None:
    """Make the cases that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--only", nargs="*", help="names of cases")
    parser.add_argument("--list", action="store_true", help="name the cases and make none")
    arguments = parser.parse_args()
    for name, plan in SHOTS.items():
        if arguments.only and name not in arguments.only:
            continue
        print(f"{name:14}{plan.__doc__}", flush=True)
        if arguments.out and not arguments.list:
            make_case(arguments.out / name, shot_of(name), plan.__doc__ or "")


def shot_of(name: str) -> Shot:
    """Plan a shot; its name is its seed."""
    return SHOTS[name](np.random.default_rng(zlib.crc32(name.encode())))


def make_case(folder: Path, shot: Shot, note: str) -> None:
    """Draw a shot and write it with what is true of it."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = shot.size
    seed = zlib.crc32(folder.name.encode()) % 1000
    painting = PLACES[shot.place](width + 2 * MARGIN, height + 2 * MARGIN, seed)
    truth = Truth(np.zeros((height, width), np.float32))
    write_film(folder / "shot.mp4", _frames(shot, painting, truth, seed), shot)
    seen = truth.seen / shot.frames
    never = seen == 0
    if shot.living:
        left, top, wide, high = shot.living[0]
        never[top : top + high, left : left + wide] = True
    cv2.imwrite(str(folder / "gt.png"), painting[MARGIN:-MARGIN, MARGIN:-MARGIN])
    cv2.imwrite(str(folder / "seen.png"), np.rint(seen * 255).astype(np.uint8))
    cv2.imwrite(str(folder / "never.png"), never.astype(np.uint8) * 255)
    order = np.argsort(truth.coverage, kind="stable")[:5]
    facts = {
        "case": folder.name,
        "art": shot.place,
        "n": shot.frames,
        "fps": FPS,
        "crf": shot.crf,
        "desc": note,
        "ref_frame": shot.frames // 2,
        "moving_camera": bool(shot.camera),
        "photometric": "fit" if len(shot.gains) else "exact",
        "register": bool(shot.camera),
        "cams": [list(map(float, place)) for place in shot.camera] or None,
        "gains": list(map(float, shot.gains)) or None,
        "seen_lt50": float((seen < 0.5).mean()),
        "never": float(never.mean()),
        "coverage": [round(share, 4) for share in truth.coverage],
        "cleanest": [int(k) for k in order],
    }
    (folder / "case.json").write_text(json.dumps(facts))


def _frames(shot: Shot, painting: Pixels, truth: Truth, seed: int) -> Iterator[Pixels]:
    """Draw the frames one by one and count what is seen in them."""
    rng = np.random.default_rng(seed)
    width, height = shot.size
    for number in range(shot.frames):
        whole = painting.astype(np.float32)
        if shot.living:
            (left, top, wide, high), draw = shot.living
            box = (
                slice(top + MARGIN, top + MARGIN + high),
                slice(left + MARGIN, left + MARGIN + wide),
            )
            whole[box] = draw(number, (wide, high))
        covered = np.zeros(whole.shape[:2], bool)
        inner = slice(MARGIN, MARGIN + height), slice(MARGIN, MARGIN + width)
        for actor in sorted(shot.cast, key=lambda one: one.ground):
            covered[inner] |= lay(whole[inner], actor, number)
        frame, hidden = _through(shot, whole, covered, number)
        for first, last, words in shot.subtitles:
            if first <= number <= last:
                hidden |= _subtitle(frame, words)
        truth.coverage.append(float(hidden.mean()))
        truth.seen += _in_place(shot, ~hidden, number)
        frame *= shot.gains[number] if len(shot.gains) else 1.0
        if shot.grain:
            noise = rng.standard_normal(frame.shape[:2], dtype=np.float32) * shot.grain
            frame += cv2.GaussianBlur(noise, (0, 0), 0.7)[..., None] * 2
        yield np.clip(frame + 0.5, 0, 255).astype(np.uint8)


def _through(shot: Shot, whole: Floats, covered: Mask, number: int) -> tuple[Floats, Mask]:
    """See painting and people through the camera; give the frame and what is hidden in it."""
    width, height = shot.size
    if not shot.camera:
        inner = slice(MARGIN, MARGIN + height), slice(MARGIN, MARGIN + width)
        return whole[inner], covered[inner]
    dx, dy = shot.camera[number]
    move = np.array([[1, 0, MARGIN + dx], [0, 1, MARGIN + dy]], np.float32)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    frame = cv2.warpAffine(whole, move, (width, height), flags=flags)
    hidden = cv2.warpAffine(covered.astype(np.float32), move, (width, height), flags=flags)
    return np.asarray(frame, np.float32), np.asarray(hidden > 0.05, bool)


def _in_place(shot: Shot, shown: Mask, number: int) -> Mask:
    """Move what a frame shows to where it lies in the truth."""
    if not shot.camera:
        return shown
    dx, dy = shot.camera[number]
    move = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
    size = (shown.shape[1], shown.shape[0])
    moved = cv2.warpAffine(shown.astype(np.float32), move, size, flags=cv2.WARP_INVERSE_MAP)
    return np.asarray(moved > 0.95, bool)


def _subtitle(frame: Floats, words: str) -> Mask:
    """Write white letters with a black edge below the middle, in place."""
    ink = lettering(words, frame.shape[0] / 20, 1)
    ink = np.pad(ink, 4)
    edge = cv2.dilate(ink, np.ones((5, 5), np.uint8))
    height, width = ink.shape
    top, left = round(frame.shape[0] * 0.88) - height // 2, (frame.shape[1] - width) // 2
    part = frame[top : top + height, left : left + width]
    part[...] = part * (1 - edge[..., None]) + ink[..., None] * 240
    hidden = np.zeros(frame.shape[:2], bool)
    hidden[top : top + height, left : left + width] = edge > 0.05
    return hidden


def write_film(path: Path, frames: Iterator[Pixels], shot: Shot) -> None:
    """Write frames as H.264 that says BT.709 of itself."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height = shot.size
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(shot.crf), "preset": "faster"}
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1
        context.color_range = 1
        for number, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(to_yuv(frame), format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            picture.colorspace, picture.color_range = 1, 1
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


if __name__ == "__main__":
    main()
