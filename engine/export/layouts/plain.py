"""Pictures by kind, each with its caption beside it: what every trainer can be pointed at."""

from __future__ import annotations

from pathlib import Path

from engine.export.captions import Style, caption_of
from engine.export.layouts.layout import Dataset, Layout
from engine.project.manifest import ManifestItem


def text_sidecar(
    picture: Path, item: ManifestItem, source_name: str, style: Style
) -> tuple[Path, str]:
    """Give ``name.txt`` with the caption as its one line."""
    return picture.with_suffix(".txt"), caption_of(item, source_name, style) + "\n"


def _nothing(dataset: Dataset) -> list[Path]:
    return []


PLAIN = Layout("plain", "pictures by kind, captions beside them", _nothing, text_sidecar)
