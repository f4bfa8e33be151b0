"""Fit what makes a window worth cutting out to what a person marked in annotated pictures.

``python -m benchmarks.crop_weights FOLDER`` where FOLDER holds ``annotations.json``, ``images/``
and ``score.py``. Prints the table that ``engine/products/window_weights.py`` holds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.crop_quality import load_scorer
from engine.products.crops import TARGET_SIDES
from engine.products.faces import find_faces
from engine.products.saliency import MAPS, measure_saliency
from engine.products.squares import least_side_for, sides_for
from engine.products.windows import SIZED, Windows, measure_windows

RIDGE = 0.1
"""Strong: with fewer pictures than features in all, the signs are all that is to be learnt."""

Table = NDArray[np.float64]


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    annotated = json.loads((given.folder / "annotations.json").read_text())
    scorer = load_scorer(given.folder)
    features, hits = [], []
    for name, about in sorted(annotated.items()):
        windows = windows_of(given.folder / "images" / name)
        features.append(windows.features)
        hits.append(count_hits(windows, about, scorer))
    print_table(*fit(features, hits))


def windows_of(path: Path) -> Windows:
    """Measure the windows of a picture file."""
    image = np.asarray(cv2.imread(str(path)), np.uint8)
    size = image.shape[1], image.shape[0]
    faces = find_faces(image)
    maps = measure_saliency(image, least_side=least_side_for(size, TARGET_SIDES), faces=faces)
    return measure_windows(maps, sides_for(size, TARGET_SIDES), size)


def count_hits(windows: Windows, about: dict[str, Any], scorer: Any) -> Table:
    """Count the marked regions that each window shows well."""
    boxes = [(x, y, x + side, y + side) for x, y, side in windows.places.tolist()]
    least = about["min_side"]
    regions = [region["box"] for region in about["regions"]]
    return np.array([sum(scorer.hit(b, r, least) for r in regions) for b in boxes], np.float64)


def fit(features: list[Table], hits: list[Table]) -> tuple[Table, float]:
    """Fit hits by ridge regression; windows with and without any weigh the same in all."""
    table, target = np.concatenate(features), np.concatenate(hits)
    weight = np.concatenate([_balance(h > 0) for h in hits])
    weight /= weight.sum()
    spread = table.std(axis=0) + 1e-6
    scaled = table / spread
    centre, level = weight @ scaled, float(weight @ target)
    scaled = scaled - centre
    grams = (scaled * weight[:, None]).T @ scaled + RIDGE * np.eye(scaled.shape[1])
    slopes = np.linalg.solve(grams, scaled.T @ (weight * (target - level)))
    # The rating's even worth is measured from the plain mean of all windows.
    offset = float(table.mean(axis=0) @ (slopes / spread))
    return slopes / spread, -offset


def _balance(hit: NDArray[np.bool_]) -> Table:
    shares = np.where(hit, 0.5 / max(1, hit.sum()), 0.5 / max(1, (~hit).sum()))
    return np.asarray(shares, np.float64)


def print_table(weights: Table, bias: float) -> None:
    """Print the weights as they stand in the engine."""
    split = 4 * len(MAPS), 4 * len(MAPS) + 2 * len(SIZED)
    _print_rows("MAP_WEIGHTS", MAPS, weights[: split[0]])
    _print_rows("SIZE_WEIGHTS", SIZED, weights[split[0] : split[1]])
    places = ", ".join(f"{value:.3f}" for value in weights[split[1] :])
    print(f"PLACE_WEIGHTS = ({places})\nBIAS = {bias:.3f}")


def _print_rows(title: str, names: Sequence[str], weights: Table) -> None:
    print(f"{title} = {{")
    for name, row in zip(names, weights.reshape(len(names), -1), strict=True):
        parts = ", ".join(f"{value:.3f}" for value in row)
        print(f'    "{name}": ({parts}),')
    print("}")


if __name__ == "__main__":
    main()
