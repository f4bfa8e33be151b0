"""``concepts.json`` for OneTrainer: a concept for each kind of picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zlib import crc32

from engine.export.layouts.layout import Dataset, Layout
from engine.export.layouts.plain import text_sidecar
from engine.export.writing import write_file

VERSION = 2
"""Of its concept format; older ones call the balancing ``repeats``."""


def write_onetrainer(dataset: Dataset) -> list[Path]:
    """Write the list of concepts; load it in the tab of that name."""
    path = dataset.out / "concepts.json"
    concepts = [_concept(dataset, folder) for folder in dataset.folders]
    write_file(path, json.dumps(concepts, indent=4, ensure_ascii=False) + "\n")
    return [path]


def _concept(dataset: Dataset, folder: str) -> dict[str, Any]:
    return {
        "__version": VERSION,
        "name": f"{dataset.name} {folder}",
        "path": str(dataset.out / folder),
        # Theirs is random; one that stays makes two exports the same bytes.
        "seed": crc32(folder.encode()) >> 2,
        "enabled": True,
        "type": "STANDARD",
        "include_subdirectories": False,
        "image_variations": 1,
        "text_variations": 1,
        "balancing": float(dataset.repeats.get(folder, 1)),
        "balancing_strategy": "REPEATS",
        "loss_weight": 1.0,
        "image": {
            # Both are on by default: they move the crops that were chosen, and mirror lettering.
            "enable_crop_jitter": False,
            "enable_random_flip": False,
        },
        "text": {
            "prompt_source": "sample",
            "enable_tag_shuffling": False,
            "tag_delimiter": ",",
            "keep_tags_count": 1,
        },
    }


ONETRAINER = Layout(
    "onetrainer",
    "concepts.json for OneTrainer",
    write_onetrainer,
    text_sidecar,
    trainer="onetrainer",
    repeats=True,
)
