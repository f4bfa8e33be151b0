"""What a panorama costs, side by side in one run: bare decoding, ours, OpenCV's stitcher.

    python benchmarks/stitch.py CLIP [--frames N] [--opencv]

Each way has a child of its own, on the first N frames; memory is the child's peak. "decode-av" only
decodes, with PyAV in two threads, and drops the frames; "decode" reads every frame as the exporter
would (exact, BGR). OpenCV's stitcher (SCANS) gets 20 of the frames, in a child of bounded memory;
"ours-20" is ours on as many. Seconds are told of the processor, with what it takes to begin, which
is the same for all, and without it ("work"); and by the clock, without it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.errors import EngineError
from engine.events import result_of
from engine.footage.sources import open_source
from engine.heap import keep_what_is_freed
from engine.products.panorama import render_panorama
from engine.recipe import PanoramaRecipe
from engine.values import Box, Image

DECODING_THREADS = 2
OPENCV_FRAMES = 20
Cost = dict[str, float | str]
"""Seconds and megabytes, or an error."""

OPENCV_MEMORY = 6_000_000_000
"""Bytes of address space."""


def decode_av(clip: Path, frames: int) -> None:
    """Decode in two threads, and look at nothing."""
    with av.open(str(clip)) as container:
        codec = container.streams.video[0].codec_context
        codec.thread_type, codec.thread_count = "AUTO", DECODING_THREADS
        for number, _ in enumerate(container.decode(video=0), start=1):
            if number == frames:
                return


def decode(clip: Path, frames: int) -> None:
    """Read every frame exactly, at full size."""
    for _ in _frames(clip, range(frames)):
        pass


def ours(clip: Path, frames: int) -> None:
    """Stitch all frames."""
    keep_what_is_freed()  # as children do that work for a command
    with open_source(clip) as reader:
        count = min(frames, reader.source.frames)
        whole = Box(0, 0, *reader.size)
        result_of(render_panorama(reader, PanoramaRecipe(whole, 0, count)))


def ours_of_few(clip: Path, frames: int) -> None:
    """Stitch as many frames as OpenCV gets."""
    keep_what_is_freed()
    with open_source(clip) as reader:
        count = min(frames, reader.source.frames)
        whole = Box(0, 0, *reader.size)
        recipe = PanoramaRecipe(whole, 0, count, step=max(1, count // OPENCV_FRAMES))
        result_of(render_panorama(reader, recipe))


def opencv(clip: Path, frames: int) -> None:
    """Stitch a few frames with OpenCV."""
    resource.setrlimit(resource.RLIMIT_AS, (OPENCV_MEMORY, OPENCV_MEMORY))
    chosen = np.linspace(0, frames - 1, OPENCV_FRAMES).astype(int).tolist()
    status, _ = cv2.Stitcher.create(cv2.Stitcher_SCANS).stitch(list(_frames(clip, chosen)))
    if status != cv2.Stitcher_OK:
        raise EngineError(f"OpenCV could not stitch it: status {status}")


def _frames(clip: Path, wanted: range | list[int]) -> Iterator[Image]:
    with open_source(clip) as reader:
        for _, image in reader.read(reader.available(wanted)):
            yield image


WAYS = {
    "decode-av": decode_av,
    "decode": decode,
    "ours": ours,
    "ours-20": ours_of_few,
    "opencv": opencv,
}


def run_alone(way: str, clip: Path, frames: int) -> Cost:
    """Run one way in a child and say what it cost."""
    command = [sys.executable, __file__, "--way", way, str(clip), "--frames", str(frames)]
    child = subprocess.run(command, capture_output=True, text=True)
    if child.returncode:
        return {"error": (child.stderr.strip().splitlines() or ["it died"])[-1]}
    cost: Cost = json.loads(child.stdout)
    return cost


def cost_of(way: str, clip: Path, frames: int) -> Cost:
    """Run one way here and say what it cost."""
    begun, began = _processor_seconds(), time.monotonic()
    WAYS[way](clip, frames)
    clock, cpu = time.monotonic() - began, _processor_seconds()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": cpu, "work": cpu - begun, "clock": clock, "peak_mb": peak}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def row_of(cost: Cost, base: Cost) -> str:
    """Write what a way cost, and how many times as much as bare decoding."""
    shown = []
    for name, kind in (("s CPU", "cpu"), ("s work", "work"), ("s clock", "clock")):
        least = float(base.get(kind, 0))
        ratio = f"{float(cost[kind]) / least:5.1f}x" if least else ""
        shown.append(f"{float(cost[kind]):6.2f} {name} {ratio}")
    return f"{'  '.join(shown)} {float(cost['peak_mb']):6.0f} MB"


def main() -> int:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--opencv", action="store_true")
    parser.add_argument("--way", choices=WAYS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(cost_of(options.way, options.clip, options.frames)))
        return 0
    ways = [way for way in WAYS if options.opencv or way not in ("ours-20", "opencv")]
    costs = {way: run_alone(way, options.clip, options.frames) for way in ways}
    base = costs["decode-av"]
    for way, cost in costs.items():
        print(f"{way:10} {cost['error'] if 'error' in cost else row_of(cost, base)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
