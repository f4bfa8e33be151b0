"""How long ranking the crops of one picture takes on one core, faces included.

``python -m benchmarks.crops [PICTURE]`` enlarges or reduces the picture to each size; without
one it draws its own.
"""

from __future__ import annotations

import sys
import time

import cv2
import numpy as np

from engine.products.crops import rank_crops

SIZES = {"1080p frame": (1920, 1080), "4K frame": (3840, 2160), "panorama": (9000, 2160)}
ROUNDS = 3


def main() -> None:
    """Print a line for each size."""
    cv2.setNumThreads(1)
    given = cv2.imread(sys.argv[1]) if len(sys.argv) > 1 else None
    noise = np.random.default_rng(7).random((540, 960, 3)) * 255
    source = noise.astype(np.uint8) if given is None else given
    for name, size in SIZES.items():
        picture = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        rank_crops(picture)
        start = time.process_time()
        for _ in range(ROUNDS):
            rank_crops(picture)
        spent = 1000 * (time.process_time() - start) / ROUNDS
        print(f"{name:12} {size[0]}x{size[1]}  {spent:5.0f} ms")


if __name__ == "__main__":
    main()
