"""Rank crops over annotated pictures and score them: how often they hold what a person marked.

``python -m benchmarks.crop_quality FOLDER [--plates] [--half N]`` where FOLDER holds
``annotations.json``, ``images/``, ``plates/`` and ``score.py``, the yardstick.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from engine.products.crops import rank_crops


def main() -> None:
    """Rank, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plates", action="store_true", help="use the clean plates there are")
    parser.add_argument("--only-plates", action="store_true", help="only pictures with a plate")
    parser.add_argument("--half", type=int, choices=(0, 1), help="every other picture")
    parser.add_argument("-o", "--predictions", type=Path, help="write the crops here, as JSON")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    table = json.loads((given.folder / "annotations.json").read_text())
    names = [n for n in sorted(table) if not given.only_plates or table[n].get("plate")]
    names = names if given.half is None else names[given.half :: 2]
    answers = {name: _answer(given.folder, name, table[name], given.plates) for name in names}
    if given.predictions:
        given.predictions.write_text(json.dumps(answers))
    scorer = load_scorer(given.folder)
    images = str(given.folder / "images")
    result = scorer.score({n: table[n] for n in names}, answers, images=images)
    for key, value in result.items():
        print(f"{key:14} {_text(value)}")


def _answer(folder: Path, name: str, about: dict[str, Any], plates: bool) -> dict[str, Any]:
    image = cv2.imread(str(folder / "images" / name))
    if image is None:
        sys.exit(f"{name} cannot be read")
    plate = cv2.imread(str(folder / "plates" / about["plate"])) if _has(about, plates) else None
    start = time.process_time()
    crops = rank_crops(
        np.asarray(image, np.uint8), plate=None if plate is None else np.asarray(plate, np.uint8)
    )
    spent = 1000 * (time.process_time() - start)
    boxes = [[c.x, c.y, c.x + c.side, c.y + c.side] for c in crops]
    return {"crops": boxes, "ms": spent}


def _has(about: dict[str, Any], plates: bool) -> bool:
    return plates and bool(about.get("plate"))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{key} {number:.2f}" for key, number in value.items())
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def load_scorer(folder: Path) -> ModuleType:
    """Load the yardstick that lies beside the pictures."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        sys.exit(f"{folder} holds no score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
