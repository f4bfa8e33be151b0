"""How long ranking the crops of one picture takes on one core, faces included.

``python -m benchmarks.crops [PICTURE]`` enlarges or reduces the picture to each size; without
one it draws its own. Where smartcrop.py is installed (``pip install smartcrop``; nothing else
needs it), its time for one crop of the same picture stands beside ours for ten.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from engine.products.crops import rank_crops
from engine.values import Image

SIZES = {"1080p frame": (1920, 1080), "4K frame": (3840, 2160), "panorama": (9000, 2160)}
BARS = {"1080p frame": 80, "4K frame": 300, "panorama": 700}
"""Milliseconds on a core that has nothing else to do."""

ROUNDS = 3


def main() -> None:
    """Print a line for each size."""
    cv2.setNumThreads(1)
    given = cv2.imread(sys.argv[1]) if len(sys.argv) > 1 else None
    noise = np.random.default_rng(7).random((540, 960, 3)) * 255
    source = noise.astype(np.uint8) if given is None else given
    other = find_smartcrop()
    for name, size in SIZES.items():
        picture = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        spent = measure(lambda picture=picture: rank_crops(picture))
        beside = "" if other is None else f"   smartcrop.py {measure(other, picture):5.0f} ms"
        print(f"{name:12} {size[0]}x{size[1]}  {spent:5.0f} ms (bar {BARS[name]}){beside}")


def measure(work: Callable[..., Any], *given: Any) -> float:
    """Give the CPU time of a call, ms, the first one left out."""
    work(*given)
    start = time.process_time()
    for _ in range(ROUNDS):
        work(*given)
    return 1000 * (time.process_time() - start) / ROUNDS


def find_smartcrop() -> Callable[[Image], Any] | None:
    """Give smartcrop.py's search for a square, if it is installed."""
    try:
        cropper = importlib.import_module("smartcrop").SmartCrop()
        pictures = importlib.import_module("PIL.Image")
    except ImportError:
        return None

    def crop(picture: Image) -> Any:
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        return cropper.crop(pictures.fromarray(rgb), 100, 100)

    return crop


if __name__ == "__main__":
    main()
