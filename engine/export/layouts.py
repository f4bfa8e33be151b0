"""How a dataset lies on disk for each trainer. A layout says where pictures go, and what else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.export.kohya import write_kohya
from engine.project.manifest import ManifestItem
from engine.recipe import ReportRecipe


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to lay out a dataset."""

    name: str
    help: str
    write_extras: Callable[[Path, Sequence[str], Sequence[ReportRecipe]], list[Path]]
    """Write what the trainer reads beside the pictures: out folder, folders of pictures, targets
    (the one to train first)."""


def folder_of(item: ManifestItem) -> str:
    """Name the folder of an item's picture: one for each kind, so that each has its repeats."""
    return str(item.kind)


def _nothing(out: Path, folders: Sequence[str], targets: Sequence[ReportRecipe]) -> list[Path]:
    return []


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("plain", "pictures by kind, with captions beside them", _nothing),
        Layout("kohya", "plain, with dataset_config.toml for kohya's sd-scripts", write_kohya),
    )
}
