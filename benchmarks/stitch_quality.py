"""How good our panoramas are: the scorer of a folder of cases, run on what we make of each.

    python benchmarks/stitch_quality.py CASES [--scorer-python PYTHON] [--opencv] [CASE_NAME…]

``CASES`` holds ``score.py`` and a folder for each case with ``clip.mp4``. The scorer needs numpy,
opencv-python-headless and scikit-image: name the Python of their environment. With ``--opencv``
each case is also stitched by ``cv2.Stitcher`` (SCANS, 12 frames, in a child of bounded memory).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.errors import EngineError
from engine.events import result_of
from engine.footage.sources import open_source
from engine.products.held_frames import holding
from engine.products.move_in_range import find_move
from engine.products.panorama import render_panorama
from engine.values import Box

OPENCV_FRAMES = 12
OPENCV_MEMORY = 6_000_000_000
"""Bytes of address space that cv2.Stitcher may have; it has asked for 17 GB."""


def stitch_ours(clip: Path, out: Path) -> None:
    """Stitch a clip as the ``stitch`` command does."""
    with open_source(clip) as footage:
        reader = holding(footage, range(footage.source.frames))
        whole = Box(0, 0, *reader.size)
        recipe = result_of(find_move(reader, 0, footage.source.frames, whole)).recipe
        cv2.imwrite(str(out), result_of(render_panorama(reader, recipe)).image)


def stitch_opencv(clip: Path, out: Path) -> None:
    """Stitch evenly spaced frames of a clip with cv2.Stitcher in SCANS mode."""
    resource.setrlimit(resource.RLIMIT_AS, (OPENCV_MEMORY, OPENCV_MEMORY))
    with open_source(clip) as reader:
        frames = np.linspace(0, reader.source.frames - 1, OPENCV_FRAMES).astype(int)
        pictures = [image for _, image in reader.read([int(f) for f in frames])]
    status, panorama = cv2.Stitcher.create(cv2.Stitcher_SCANS).stitch(pictures)
    if status == cv2.Stitcher_OK:
        cv2.imwrite(str(out), panorama)


WAYS = {"ours": stitch_ours, "opencv": stitch_opencv}


def measured(way: str, case: Path, scorer: str) -> dict[str, Any]:
    """Stitch one case in a child, score it, and say what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "panorama.png"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        child = subprocess.run(
            [sys.executable, __file__, "--make", way, str(case / "clip.mp4"), str(out)],
            capture_output=True,
            text=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost = {
            "seconds": time.monotonic() - began,
            "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        }
        if not out.exists():
            reason = (child.stderr.strip().splitlines() or ["nothing made"])[-1]
            return {"error": reason, **cost}
        score = subprocess.run(
            [scorer, str(case.parent / "score.py"), str(case), str(out)],
            capture_output=True,
            text=True,
        )
        return {**json.loads(score.stdout), **cost}


def row_of(way: str, case: str, result: dict[str, Any]) -> str:
    """Write one line of the table."""
    verdict = next((v for v in ("tight", "clean", "success") if result.get(v)), "FAIL")
    if "psnr" not in result:
        return f"{case:20} {way:7} {verdict:8} {result.get('error', '')[:50]}"
    return (
        f"{case:20} {way:7} {verdict:8} {result['cov']:6.1%} {result['psnr']:6.2f} dB "
        f"{result['ssim']:.3f} worst {result['worst64']:5.1f} dB "
        f"frame {result.get('frame_psnr') or 0:5.1f} dB {result['cpu']:6.1f} s CPU"
    )


def main() -> int:
    """Score every case; exit 1 if one of ours fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--scorer-python", default=sys.executable)
    parser.add_argument("--opencv", action="store_true")
    options = parser.parse_args()
    cases = sorted(c.parent for c in options.cases.glob("*/clip.mp4"))
    ways = ["ours", "opencv"] if options.opencv else ["ours"]
    results = []
    for case in cases:
        if options.names and case.name not in options.names:
            continue
        for way in ways:
            result = measured(way, case, options.scorer_python)
            print(row_of(way, case.name, result), flush=True)
            results.append((way, result))
    for way in ways:
        mine = [r for w, r in results if w == way]
        counts = [f"{sum(bool(r.get(v)) for r in mine)} {v}" for v in ("success", "clean", "tight")]
        print(f"{way}: {', '.join(counts)} of {len(mine)}")
    return 0 if all(r.get("success") for w, r in results if w == "ours") else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        try:
            WAYS[sys.argv[2]](Path(sys.argv[3]), Path(sys.argv[4]))
        except EngineError as error:
            sys.exit(str(error))
        sys.exit(0)
    sys.exit(main())
