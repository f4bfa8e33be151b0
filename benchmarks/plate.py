"""Measure a clean plate against the bare decoder and plain medians, in one run on the same file.

    python benchmarks/plate.py FILE [--frames A:B] [--parts decode,reading,plate,...] [--json]

Prints for each part seconds by the clock and of processor time, both also as multiples of
decoding, and the largest memory. Parts, each in a process of its own:

decode      PyAV decodes the frames and drops them
colour      the same, each converted to 24-bit colour, as a median needs them
reading     our reader's full frames, converted as exactly as we can
plate       our plate
np.median   NumPy's median of all frames in memory, in tiles
tmedian     ffmpeg's filter, where ffmpeg is installed (255 frames at most)

Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PARTS = ("decode", "colour", "reading", "plate", "np.median", "tmedian")
_TILE = 32
_MOST_IN_FILTER = 255


@dataclass(frozen=True)
class Measured:
    """What one part took; imports are not counted."""

    part: str
    wall: float
    """Seconds by the clock."""
    cpu: float
    """Seconds of processor time."""
    memory: int
    """Most bytes resident at once."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("--frames", default="0:120", help="A:B")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    start, stop = (int(number) for number in arguments.frames.split(":"))
    if arguments.part:
        _import_all()
        wall, cpu = time.perf_counter(), time.process_time()
        _WORK[arguments.part](arguments.file, start, stop)
        print(time.perf_counter() - wall, time.process_time() - cpu)
        return
    wanted = [part for part in arguments.parts.split(",") if part in PARTS]
    if shutil.which("ffmpeg") is None and "tmedian" in wanted:
        wanted.remove("tmedian")
        print("ffmpeg is not installed: tmedian is left out", file=sys.stderr)
    found: list[Measured] = []
    for part in wanted:
        one = _measured(part, arguments.file, start, stop)
        found.append(one)
        if not arguments.json:
            print(_line(one, found[0]), flush=True)
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], indent=2))


def _line(one: Measured, base: Measured) -> str:
    by_clock, by_cpu = one.wall / max(base.wall, 1e-3), one.cpu / max(base.cpu, 1e-3)
    return (
        f"{one.part:10} {one.wall:7.2f} s {by_clock:5.1f}x  {one.cpu:7.2f} s CPU {by_cpu:5.1f}x"
        f" {base.part}  {one.memory / 1e6:6.0f} MB"
    )


def _measured(part: str, path: Path, start: int, stop: int) -> Measured:
    """Run one part in a process of its own, and ask the system what it took."""
    if part == "tmedian":
        radius = (min(stop - start, _MOST_IN_FILTER) - 1) // 2
        chosen = f"trim=start_frame={start}:end_frame={stop},tmedian=radius={radius}"
        command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", chosen]
        command += ["-frames:v", "1", "-f", "null", "-"]
    else:
        command = [sys.executable, __file__, str(path), "--frames", f"{start}:{stop}"]
        command += ["--part", part]
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{part}: failed")
    cpu = usage.ru_utime + usage.ru_stime
    if part != "tmedian":
        wall, cpu = (float(number) for number in said.split())
    return Measured(part, wall, cpu, usage.ru_maxrss * 1024)


def _decode(path: Path, start: int, stop: int, *, colour: bool = False) -> None:
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for number, frame in enumerate(container.decode(stream)):
            if colour and start <= number < stop:
                frame.to_ndarray(format="bgr24")
            if number + 1 >= stop:
                return


def _reading(path: Path, start: int, stop: int) -> None:
    from engine.footage.sources import open_source

    with open_source(path) as footage:
        for _ in footage.read(footage.available(range(start, stop))):
            pass


def _plate(path: Path, start: int, stop: int) -> None:
    from engine.events import result_of
    from engine.footage.sources import open_source
    from engine.heap import keep_what_is_freed
    from engine.products.plate import plate_recipe_for, render_plate
    from engine.values import Box

    keep_what_is_freed()  # as a child does that works for a command
    with open_source(path) as footage:
        frames = footage.available(range(start, stop))
        recipe = plate_recipe_for(footage, frames, Box(0, 0, *footage.size))
        result_of(render_plate(footage, recipe))


def _numpy_median(path: Path, start: int, stop: int) -> None:
    import av
    import numpy as np

    from engine.values import AnyArray

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frames = []
        for number, frame in enumerate(container.decode(stream)):
            if start <= number < stop:
                frames.append(frame.to_ndarray(format="bgr24"))
            if number + 1 >= stop:
                break
    height = frames[0].shape[0]
    for top in range(0, height, _TILE):
        tile: AnyArray = np.stack([frame[top : top + _TILE] for frame in frames])
        np.median(tile, axis=0)


def _import_all() -> None:
    """Load what the parts import: how long that takes says nothing about them."""
    # NumPy loads its masked arrays when the first median is taken.
    modules = ("av", "cv2", "numpy.ma", "engine.footage.sources", "engine.products.plate")
    for name in modules:
        import_module(name)


_WORK = {
    "decode": _decode,
    "colour": lambda path, start, stop: _decode(path, start, stop, colour=True),
    "reading": _reading,
    "plate": _plate,
    "np.median": _numpy_median,
}


if __name__ == "__main__":
    main()
