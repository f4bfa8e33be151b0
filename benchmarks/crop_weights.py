"""Fit what makes a window worth cutting out to what a person marked in annotated pictures.

``python -m benchmarks.crop_weights FOLDER [--folds N]`` where FOLDER holds ``annotations.json``,
``images/`` and ``score.py``. Prints the table that ``engine/products/window_weights.py`` holds;
with ``--folds`` also how well it does on pictures that it was not fitted to.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.crop_quality import load_scorer
from engine.products.crops import PictureStudy, pick_crops, study_picture
from engine.products.saliency import MAPS
from engine.products.windows import SIZED, Windows, rate_windows

SHUFFLES = 4
RIDGE = 0.1
"""Strong: with fewer pictures than features in all, the signs are all that is to be learnt."""

Table = NDArray[np.float64]


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=int, default=0, help="leave out a part at a time")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    annotated = json.loads((given.folder / "annotations.json").read_text())
    scorer = load_scorer(given.folder)
    names = sorted(annotated)
    studies = {name: study_of(given.folder / "images" / name) for name in names}
    hits = {name: count_hits(studies[name].windows, annotated[name], scorer) for name in names}
    print_table(*fit_to(names, studies, hits))
    if given.folds:
        print_folds(annotated, studies, hits, scorer, given.folds)


def study_of(path: Path) -> PictureStudy:
    """Measure a picture file."""
    study = study_picture(np.asarray(cv2.imread(str(path)), np.uint8))
    if study is None:
        sys.exit(f"{path} is too small")
    return study


def fit_to(
    names: Sequence[str], studies: Mapping[str, PictureStudy], hits: Mapping[str, Table]
) -> tuple[Table, float]:
    """Fit to some of the pictures."""
    return fit([studies[name].windows.features for name in names], [hits[name] for name in names])


def print_folds(
    annotated: Mapping[str, Any],
    studies: Mapping[str, PictureStudy],
    hits: Mapping[str, Table],
    scorer: Any,
    folds: int,
) -> None:
    """Rank each picture with weights fitted to the others; print the mean over some shuffles."""
    names = sorted(annotated)
    rows = []
    for seed in range(SHUFFLES):
        order = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
        answers = {}
        for fold in range(folds):
            left_out = order[fold::folds]
            weights, bias = fit_to([n for n in names if n not in left_out], studies, hits)
            for name in left_out:
                ratings = rate_windows(studies[name].windows, weights, bias)
                crops = list(islice(pick_crops(studies[name], ratings), 10))
                crops.sort(key=lambda crop: -crop.score)
                answers[name] = [[c.x, c.y, c.x + c.side, c.y + c.side] for c in crops]
        result = scorer.score(annotated, answers)
        rows.append([result[f"@{k}"]["recall"] for k in (1, 5, 10)])
    means = "  ".join(
        f"@{k} {value:.3f}" for k, value in zip((1, 5, 10), np.mean(rows, axis=0), strict=True)
    )
    print(f"recall, {folds} folds, mean of {SHUFFLES} shuffles: {means}")


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
