"""Measure a whole scan against the bare decoder, in one run on the same file.

Usage: python benchmarks/scan.py [FILE] [--repeat N] [--lengths 1,4,16] [--jobs N] [--json]

Prints for each of bare decoding (PyAV, frames dropped), PySceneDetect alone, our reading alone,
our analysis alone (as ``shots`` does it), the same with the proxies that a scan keeps, and a whole
``scan`` (every candidate with its preview): seconds by the clock, seconds of processor time, and
the largest memory of the whole tree of processes. The ratios are against bare decoding; of several
repeats the fastest counts. ``--lengths`` also scans the same footage repeated so many times, to
show that time grows with it and memory does not.

FILE is ``$CUTTINGROOM_SHARED/data/throughput.mp4`` where none is named. Needs Linux.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PARTS = ("decode", "scenedetect", "reading", "analysis", "proxies", "scan")
BARS = {"analysis": 1.15, "scan": 1.5}
"""Seconds by the clock for each second of bare decoding."""
MOST_MEMORY = 1.2e9
_LOOK_EVERY = 0.05
_SUBREAPER = 36


@dataclass(frozen=True)
class Measured:
    """What one part took."""

    part: str
    length: int
    """How many times the footage was repeated."""
    wall: float
    """Seconds by the clock, the start of Python included."""
    cpu: float
    """Seconds of processor time of the whole tree of processes."""
    memory: int
    """Most bytes resident in the tree at once; shared pages count in each process."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--lengths", default="1")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--do", help=argparse.SUPPRESS)
    args = parser.parse_args()
    film = args.file or _shared_film()
    if args.do:
        do(args.do, film, args.jobs)
        return
    lengths = [int(length) for length in args.lengths.split(",")]
    found = list(measure(film, args.parts.split(","), lengths, args.repeat, args.jobs))
    if args.json:
        print(json.dumps({"measured": [asdict(row) for row in found]}, indent=1))
    else:
        print_table(found)


def _shared_film() -> Path:
    shared = os.environ.get("CUTTINGROOM_SHARED")
    if not shared:
        sys.exit("name a FILE, or set CUTTINGROOM_SHARED")
    return Path(shared) / "data" / "throughput.mp4"


def measure(
    film: Path, parts: Sequence[str], lengths: Sequence[int], repeat: int, jobs: int
) -> Iterator[Measured]:
    """Measure each part on each length, every part in a process of its own."""
    # Processes that outlive their parent come to us, so that none goes uncounted.
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        for length in lengths:
            path = film if length == 1 else repeated(film, length, Path(folder))
            for part in parts:
                if part == "scenedetect" and find_spec("scenedetect") is None:
                    print("PySceneDetect comes with the dev extra; left out", file=sys.stderr)
                    continue
                runs = [_measured(part, length, path, jobs) for _ in range(repeat)]
                yield min(runs, key=lambda run: run.wall)


def repeated(film: Path, times: int, folder: Path) -> Path:
    """Write the same footage several times over into one file, without encoding it again."""
    import av

    path = folder / f"{film.stem}-{times}{film.suffix}"
    with av.open(str(film)) as source:
        packets = [p for p in source.demux(source.streams.video[0]) if p.dts is not None]
    # Each begins when the one before was shown to its end.
    stamps = sorted(p.pts for p in packets if p.pts is not None)
    step = stamps[-1] - stamps[0] + min(b - a for a, b in pairwise(stamps))
    with av.open(str(path), "w") as target:
        copy: av.VideoStream | None = None
        for turn in range(times):
            with av.open(str(film)) as source:
                stream = source.streams.video[0]
                copy = copy or target.add_stream_from_template(stream)
                for packet in source.demux(stream):
                    if packet.dts is not None and packet.pts is not None:
                        packet.dts += turn * step
                        packet.pts += turn * step
                        packet.stream = copy
                        target.mux(packet)
    return path


def _measured(part: str, length: int, film: Path, jobs: int) -> Measured:
    command = [sys.executable, __file__, str(film), "--do", part, "--jobs", str(jobs)]
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory, cpu, wall = 0, 0.0, 0.0
    while True:
        memory = max(memory, _resident(process.pid))
        try:
            pid, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:  # the last of the tree has gone
            return Measured(part, length, wall, cpu, memory)
        if not pid:
            time.sleep(_LOOK_EVERY)
            continue
        cpu += used.ru_utime + used.ru_stime
        if pid == process.pid:
            wall = time.monotonic() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit(f"{part} failed")


def _resident(root: int) -> int:
    """Give the bytes that a process and all that descend from it hold in memory."""
    parents, resident = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        parents[int(entry.name)] = int(fields[1])
        resident[int(entry.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    tree, before = {root}, 0
    while len(tree) != before:
        before = len(tree)
        tree |= {pid for pid, parent in parents.items() if parent in tree}
    return sum(resident.get(pid, 0) for pid in tree)


def do(part: str, film: Path, jobs: int) -> None:
    """Do one part, in this process and its children."""
    match part:
        case "decode":
            decode(film)
        case "scenedetect":
            detect(film)
        case "reading":
            read(film)
        case "analysis":
            analyse(film)
        case "proxies":
            with tempfile.TemporaryDirectory() as folder:
                analyse(film, Path(folder))
        case "scan":
            scan(film, jobs)


def decode(film: Path) -> None:
    """Decode every frame, and drop it."""
    import av

    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            pass


def detect(film: Path) -> None:
    """Find cuts as PySceneDetect does by itself."""
    from scenedetect import AdaptiveDetector, detect

    detect(str(film), AdaptiveDetector())


def read(film: Path) -> None:
    """Open a film and read all of it as the analysis does."""
    from engine.footage.sources import open_source
    from engine.scenes import ANALYSIS_SIDE

    with open_source(film) as footage:
        for _ in footage.reduced(ANALYSIS_SIDE):
            pass


def analyse(film: Path, folder: Path | None = None) -> None:
    """Find the scenes of a film and measure them; keep their proxies in a folder, if any."""
    from engine.footage.sources import open_source
    from engine.heap import keep_what_is_freed
    from engine.scenes import analyse

    keep_what_is_freed()  # as a child does that works for a scan
    with open_source(film) as footage:
        for _ in analyse(footage, folder):
            pass


def scan(film: Path, jobs: int) -> None:
    """Scan a film into a project of its own."""
    from engine.events import result_of
    from engine.pipeline import scan

    with tempfile.TemporaryDirectory() as folder:
        result_of(scan([film], Path(folder) / "p.cuttingroom", jobs=jobs))


def print_table(found: Sequence[Measured]) -> None:
    """Print what was measured beside what it is measured by."""
    print("part          length    wall s     ratio     CPU s     ratio    MB at most")
    bare: dict[int, Measured] = {row.length: row for row in found if row.part == "decode"}
    for row in found:
        base = bare.get(row.length)
        wall, cpu = (row.wall / base.wall, row.cpu / base.cpu) if base else (0.0, 0.0)
        bar = BARS.get(row.part)
        short = f"  bar {bar}×" if bar else ""
        heavy = "  over 1.2 GB" if row.memory > MOST_MEMORY else ""
        print(
            f"{row.part:<12}  {row.length:>6}  {row.wall:8.2f}  {wall:7.2f}×  {row.cpu:8.2f}"
            f"  {cpu:7.2f}×  {row.memory / 1e6:12.0f}{short}{heavy}"
        )


if __name__ == "__main__":
    main()
