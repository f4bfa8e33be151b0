"""How many sizes a second each trainer's rules decide, and how fast headers are read.

Run as ``python -m benchmarks.buckets [SIZES]``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from engine.buckets.assign import assign_all
from engine.buckets.measure import Picture, measure_pictures
from engine.buckets.presets import TARGETS, TRAINERS, recipe_for
from engine.buckets.report import build_report
from engine.events import result_of
from engine.recipe import changed

HEADERS = 5_000


def main() -> None:
    """Print a line for each trainer, for the report and for the headers."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    sizes = np.random.default_rng(1).integers(64, 6000, (count, 2))
    recipes = {trainer: recipe_for("sdxl", trainer) for trainer in TRAINERS}
    recipes["kohya, no upscale"] = changed(TARGETS["sdxl"], upscale=False)
    for name, recipe in recipes.items():
        start = time.perf_counter()
        assign_all(recipe, sizes)
        _say(name, count, time.perf_counter() - start, "sizes")
    pictures = [Picture(f"{n}.png", (int(w), int(h))) for n, (w, h) in enumerate(sizes[:100_000])]
    start = time.perf_counter()
    build_report(pictures, TARGETS["sdxl"])
    _say("report", len(pictures), time.perf_counter() - start, "pictures")
    for suffix in ("png", "jpg", "webp"):
        _read_headers(suffix)


def _read_headers(suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / f"first.{suffix}"
        noise = np.random.default_rng(2).integers(0, 255, (256, 256, 3), np.uint8)
        Image.fromarray(noise).save(first)
        data = first.read_bytes()
        for n in range(HEADERS - 1):
            (Path(folder) / f"{n}.{suffix}").write_bytes(data)
        start = time.perf_counter()
        found = result_of(measure_pictures(Path(folder)))
        _say(f"headers, {suffix}", len(found), time.perf_counter() - start, "pictures")


def _say(name: str, count: int, seconds: float, unit: str) -> None:
    print(f"{name:<20} {count:>9,} {unit} in {seconds:7.3f} s  {count / seconds:>12,.0f} {unit}/s")


if __name__ == "__main__":
    main()
