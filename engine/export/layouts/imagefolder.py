"""Hugging Face's imagefolder: one ``metadata.jsonl``, the caption in the column ``text``.

``text`` is what diffusers' training scripts look for by default. A picture that the file does
not name would be left out without a word, so it names them all. With ``--fit`` each folder of
fitted pictures is a data set of its own; loaded from above they come too, and the column
``target`` tells them apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.export.layouts.layout import Dataset, Layout
from engine.export.provenance import ExportedPicture
from engine.export.writing import write_file

METADATA = "metadata.jsonl"


def write_imagefolder(dataset: Dataset) -> list[Path]:
    """Write a line for each picture; every line has the same columns of the same types."""
    path = dataset.out / METADATA
    lines = [json.dumps(_line(dataset, p), ensure_ascii=False) for p in dataset.pictures]
    write_file(path, "".join(f"{line}\n" for line in lines))
    return [path]


def _line(dataset: Dataset, picture: ExportedPicture) -> dict[str, Any]:
    return {
        "file_name": picture.file,
        "text": picture.caption,
        "kind": str(picture.kind),
        "source": dataset.source_name(picture),
        "scene": picture.scene,
        "reason": picture.reason,
        "score": float(picture.score),
        "width": picture.size[0],
        "height": picture.size[1],
        "target": dataset.fitted,
    }


IMAGEFOLDER = Layout(
    "imagefolder",
    "Hugging Face's imagefolder with metadata.jsonl",
    write_imagefolder,
    sidecar=None,
    trainer="diffusers",
)
