"""A data set that is not on disk, for whoever tests a trainer's files."""

from __future__ import annotations

from pathlib import Path

from engine.buckets.presets import TARGETS
from engine.export.layouts.layout import Dataset
from engine.export.provenance import ExportedPicture, Written
from engine.project.manifest import ManifestItem
from engine.recipe import to_table
from engine.values import Kind
from tests.engine.export.made import crop, keeper

NASTY = '/data/Howl\'s "Moving" Castle #1 = [a, b] {c}: %x été 第一話 🎬 \t\x7f\x85\u2028'


def made_item(
    kind: Kind = Kind.KEEPER, tags: tuple[str, ...] = (), reason: str = ""
) -> ManifestItem:
    recipe = crop(3) if kind is Kind.CROP else keeper(3)
    identity = f"{kind}-0123456789ab"
    return ManifestItem(identity, kind, "s" * 16, 7, 64, 48, 0.5, reason, tags, "", recipe)


def made_picture(kind: Kind, name: str = "ep-000003", caption: str = "a room") -> ExportedPicture:
    item = made_item(kind)
    return ExportedPicture(
        file=f"{kind}/{name}-{kind}.png",
        sha256="0" * 64,
        size=(64, 48),
        id=item.id,
        picture=item.id,
        kind=kind,
        source=item.source,
        scene=item.scene,
        score=item.score,
        reason="face",
        parent="",
        caption=caption,
        tags=(),
        warnings=(),
        recipe=to_table(item.recipe),
        repeats=1,
        sidecar=Written(f"{kind}/{name}-{kind}.txt", "0" * 64),
        fits=(),
    )


def made_dataset(
    out: Path, targets: tuple[str, ...] = ("sdxl",), trigger: str = "", **repeats: int
) -> Dataset:
    return Dataset(
        out=out,
        name="castle",
        pictures=[made_picture(Kind.CROP), made_picture(Kind.KEEPER)],
        targets=[TARGETS[target] for target in targets],
        repeats=repeats,
        trigger=trigger,
        source_names={"s" * 16: "ep 01.mkv"},
    )
