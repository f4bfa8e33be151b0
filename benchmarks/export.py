"""How fast an export is, against nothing but decoding and encoding the same pictures.

Run as ``python -m benchmarks.export FILM [PICTURES] [ROUNDS] [JOBS]``.

Both sides make the same keepers and crops, in turn, in the same run. What opening the film finds
out is known to both after the first round, as a scan leaves it. Bare: open the film once, read
the frames in order, encode each picture and write it. The export also finds the source by its
fingerprint, works in child processes, writes provenance and captions, hashes each file, syncs it
to disk and writes the trainer's files and the reports. The bar is 85 % of the bare speed; the best
of all rounds counts. Processor time counts all processes and says the same where other work shares
the machine. Then the PNG encoder beside others, on the same frames.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures

from engine.events import result_of
from engine.export.export import ExportPlan, export
from engine.export.png import encode_png
from engine.footage.sources import open_source
from engine.project.manifest import Manifest, ManifestItem, source_entry
from engine.recipe import CropRecipe, KeeperRecipe, candidate_id
from engine.values import Box, Image, Kind

SIDE = 512


def main() -> None:
    """Print both speeds, their ratio, and the encoders."""
    film = Path(sys.argv[1])
    count, rounds, jobs = (int(arg) for arg in [*sys.argv[2:], "60", "3", "1"][:3])
    manifest, frames = _planned(film, count)
    bare, whole = [], []
    with tempfile.TemporaryDirectory() as project:
        for _ in range(rounds):
            bare.append(_timed(lambda: _bare(film, frames)))
            whole.append(_timed(lambda: _export(film, manifest, jobs, Path(project))))
    for place, clock in enumerate(("by the clock", "of processor time")):
        alone = min(times[place] for times in bare)
        ours = min(times[place] for times in whole)
        print(
            f"{clock:<18} bare {2 * count / alone:6.1f} pictures/s, export with {jobs} at once "
            f"{2 * count / ours:6.1f}: {alone / ours:.0%} (bar 85 %)"
        )
    _encoders(film, frames[:: max(1, len(frames) // 6)])


def _planned(film: Path, count: int) -> tuple[Manifest, list[int]]:
    """Plan a keeper and a crop of it, ``count`` times over the film."""
    with open_source(film) as footage:
        source = footage.source
    frames = sorted({int(f) for f in np.linspace(0, source.frames - 1, count)})
    picture = Box(0, 0, *source.size)
    items = []
    for frame in frames:
        keeper = KeeperRecipe(picture, frame)
        crop = CropRecipe(keeper, 16, 16, min(SIDE, *source.size) - 16)
        for kind, recipe, size in (
            (Kind.KEEPER, keeper, source.size),
            (Kind.CROP, crop, (crop.side, crop.side)),
        ):
            items.append(
                ManifestItem(
                    candidate_id(source.id, recipe), kind, source.id, 1, *size, 0.5,
                    "sharp", ("room",), "", recipe,
                )
            )  # fmt: skip
    return Manifest((source_entry(source),), tuple(items)), frames


def _bare(film: Path, frames: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_source(film) as footage:
        for frame, image in footage.read(frames):
            side = min(SIDE, *footage.size) - 16
            for kind, picture in (
                ("keeper", image),
                ("crop", image[16 : 16 + side, 16 : 16 + side]),
            ):
                Path(folder, f"{frame}-{kind}.png").write_bytes(encode_png(picture, {}))


def _export(film: Path, manifest: Manifest, jobs: int, project: Path) -> None:
    known = {manifest.sources[0].id: film}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        plan = ExportPlan(manifest, out, known, project=project, layout="kohya", jobs=jobs)
        result = result_of(export(plan))
        assert len(result.made) == len(manifest.items), result.failed


def _encoders(film: Path, frames: list[int]) -> None:
    with open_source(film) as footage:
        images = [image for _, image in footage.read(frames)]
    for name, encode in ENCODERS.items():
        start = time.process_time()
        size = sum(encode(image) for image in images)
        each = (time.process_time() - start) / len(images) * 1000
        share = size / sum(image.nbytes for image in images)
        print(f"{name:<22} {each:7.1f} ms a frame, {share:6.1%} of its bytes")


def _pillow(image: Image, level: int) -> int:
    out = io.BytesIO()
    picture = Pictures.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    picture.save(out, "PNG", compress_level=level)
    return out.tell()


def _webp(image: Image) -> int:
    out = io.BytesIO()
    picture = Pictures.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    picture.save(out, "WEBP", lossless=True, method=0, quality=20)
    return out.tell()


ENCODERS: dict[str, Callable[[Image], int]] = {
    "ours, PNG": lambda image: len(encode_png(image, {})),
    "Pillow, PNG level 1": lambda image: _pillow(image, 1),
    "Pillow, PNG level 4": lambda image: _pillow(image, 4),
    "Pillow, PNG level 6": lambda image: _pillow(image, 6),
    "OpenCV, PNG": lambda image: len(cv2.imencode(".png", image)[1]),
    "Pillow, WebP lossless": _webp,
}


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    start, used = time.perf_counter(), _used()
    work()
    return time.perf_counter() - start, _used() - used


def _used() -> float:
    """Give the processor seconds of this process, the fork server and the children it had."""
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    if not server:
        return time.process_time()
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
