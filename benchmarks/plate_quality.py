"""Score clean plates over a folder of cases, beside the plain median.

    python benchmarks/plate_quality.py CASES --scorer PYTHON

A case is a folder with ``shot.mp4``, ``case.json`` and what its ``score.py``, found in CASES,
compares with. The scorer runs in an environment of its own: ``--scorer`` names its interpreter.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engine.events import result_of
from engine.footage.sources import open_source
from engine.products.plate import plate_recipe_for, render_plate
from engine.recipe import PlateRecipe
from engine.values import Box, Rendered

COLUMNS = {
    "AGE": ("AGE", 1, "{:6.2f}"),
    "pEPs": ("pEPs %", 100, "{:7.3f}"),
    "hard_pEPs": ("hard %", 100, "{:7.1f}"),
    "PSNR": ("PSNR", 1, "{:6.1f}"),
    "worst64": ("worst", 1, "{:6.1f}"),
    "conf_never_flag<.25": ("never", 1, "{:6.2f}"),
    "conf_seen_falsealarm<.25": ("false", 1, "{:6.3f}"),
}


def main() -> None:
    """Print a row for each case, the means last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--scorer", default="python3", help="interpreter that has scikit-image")
    parser.add_argument("--only", nargs="*", help="names of cases")
    arguments = parser.parse_args()
    print(f"{'case':18}{'method':8}" + "".join(f"{c[0]:>8}" for c in COLUMNS.values()), "  CPU s")
    rows: dict[str, list[dict[str, float]]] = {"plate": [], "median": []}
    for case in sorted(path.parent for path in arguments.cases.glob("*/case.json")):
        if arguments.only and case.name not in arguments.only:
            continue
        for method, row in _measure(case, arguments.scorer).items():
            rows[method].append(row)
            print(f"{case.name:18}{method:8}{_line(row)}", flush=True)
    for method, found in rows.items():
        means = {key: _mean([row[key] for row in found if key in row]) for key in found[0]}
        print(f"{'mean':18}{method:8}{_line(means)}")


def _measure(case: Path, scorer: str) -> dict[str, dict[str, float]]:
    with open_source(case / "shot.mp4") as reader:
        frames = reader.available(range(json.loads((case / "case.json").read_text())["n"]))
        recipe = plate_recipe_for(reader, frames, Box(0, 0, *reader.size))
        plain = replace(recipe, compositor="median", align="never")
        return {
            "plate": _scored(case, scorer, reader, recipe),
            "median": _scored(case, scorer, reader, plain),
        }


def _scored(case: Path, scorer: str, reader: Any, recipe: PlateRecipe) -> dict[str, float]:
    begin = time.process_time()
    rendered: Rendered = result_of(render_plate(reader, recipe))
    seconds = time.process_time() - begin
    with tempfile.TemporaryDirectory() as folder:
        picture, confidence = Path(folder, "plate.png"), Path(folder, "confidence.png")
        cv2.imwrite(str(picture), rendered.image)
        if rendered.confidence is not None:
            cv2.imwrite(str(confidence), np.rint(rendered.confidence * 255).astype(np.uint8))
        command = [scorer, str(case.parent / "score.py"), str(case), str(picture)]
        command += ["--conf", str(confidence), "--json"]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    scores: dict[str, float] = json.loads(answer.stdout)
    return {**{key: scores[key] for key in COLUMNS if key in scores}, "cpu": seconds}


def _line(row: dict[str, float]) -> str:
    cells = [
        f"{form.format(row[key] * factor):>8}" if key in row else f"{'-':>8}"
        for key, (_, factor, form) in COLUMNS.items()
    ]
    return "".join(cells) + f"{row['cpu']:8.1f}"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    main()
