"""The dataset: every approved picture rendered at full resolution and laid out for a trainer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.buckets.presets import TARGETS
from engine.errors import ExportError
from engine.events import Event, Failed, Work
from engine.export.layouts import LAYOUTS, folder_of
from engine.export.making import (
    Job,
    Made,
    NotMade,
    caption_of,
    group_jobs,
    make_pictures,
    picture_id,
    product_version,
    progress,
)
from engine.export.names import picture_name
from engine.export.provenance import PROVENANCE
from engine.export.reports import write_reports
from engine.export.sources import locate_sources
from engine.files import write_whole
from engine.isolation import Broken, Isolated, Unit
from engine.project.manifest import Manifest, ManifestItem, write_manifest
from engine.recipe import ReportRecipe, to_table
from engine.text import plain
from engine.values import Kind

MANIFEST = "approved.toml"
"""A copy of what was exported, to export it again from."""


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What to make, and how."""

    manifest: Manifest
    out: Path
    known: Mapping[str, Path] = field(default_factory=dict)
    """Where sources were scanned, by id."""
    folders: Sequence[Path] = ()
    """Where else to look for sources."""
    layout: str = "plain"
    targets: Sequence[str] = ()
    """Only these targets; none for all that are approved."""
    fit: bool = False
    """Also write each picture resized and cropped to its bucket."""
    suffix: str = "png"
    jobs: int = 0


@dataclass
class ExportResult:
    """What an export made."""

    made: list[Made] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    extras: list[Path] = field(default_factory=list)


def planned_targets(plan: ExportPlan) -> list[ReportRecipe]:
    """Give the targets to write for: those approved, else the ones asked for, SDXL first."""
    approved = {
        item.recipe.target: item.recipe
        for item in plan.manifest.items
        if isinstance(item.recipe, ReportRecipe)
    }
    for target in plan.targets:
        approved.setdefault(target, TARGETS[target])
    wanted = plan.targets or sorted(approved, key=lambda t: -approved[t].width)
    return [approved[target] for target in wanted]


def planned_jobs(plan: ExportPlan) -> list[Job]:
    """Say which picture goes where."""
    jobs = []
    targets = planned_targets(plan) if plan.fit else []
    for item in plan.manifest.items:
        if item.kind is Kind.REPORT:
            continue
        source = plan.manifest.source(item.source)
        name = f"{picture_name(item, source.name)}.{plan.suffix}"
        out = plan.out.resolve()
        fits = tuple((t, out / f"fit-{t.target}" / folder_of(item) / name) for t in targets)
        path = out / folder_of(item) / name
        jobs.append(Job(item, source.name, path, caption_of(item), fits))
    return jobs


def export(plan: ExportPlan) -> Work[ExportResult]:
    """Make the dataset; what an earlier run made and is unchanged is not made again.

    Raises
    ------
    ExportError
        When the folder cannot be written to, or nothing is approved.
    """
    jobs = planned_jobs(plan)
    if not jobs:
        raise ExportError("nothing is approved; approve pictures in the room, or with `approve`")
    try:
        plan.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{plain(str(plan.out))}: cannot be made ({error.strerror})") from error
    result = ExportResult()
    yield progress(0, len(jobs))
    yield from _make_all(plan, jobs, result)
    order = {job.item.id: place for place, job in enumerate(jobs)}
    result.made.sort(key=lambda made: order[made.item_id])
    _write_rest(plan, result)
    return result


def _make_all(plan: ExportPlan, jobs: Sequence[Job], result: ExportResult) -> Iterator[Event]:
    located = locate_sources(plan.manifest, plan.known, plan.folders)
    for source_id, reason in located.missing.items():
        hit = [job for job in jobs if job.item.source == source_id]
        if hit:
            failure = Failed(f"{len(hit)} of {plain(hit[0].source_name)}", reason)
            result.failed.append(failure)
            yield failure
    ready = [job for job in jobs if job.item.source in located.paths]
    with Isolated(plan.jobs or os.cpu_count() or 1) as pool:
        for group in group_jobs(ready):
            source = located.paths[group[0].item.source]
            pool.add(Unit(source.name, make_pictures, (source, group)))
        left: dict[str, Job] = {job.item.id: job for job in ready}
        for unit, message in pool:
            match message:
                case Made():
                    left.pop(message.item_id, None)
                    result.made.append(message)
                    yield progress(len(result.made), len(jobs))
                case NotMade(identity, reason):
                    left.pop(identity, None)
                    yield from _fail(result, identity, reason)
                case Broken(reason):
                    for job in unit.args[1]:
                        if left.pop(job.item.id, None):
                            yield from _fail(result, job.item.id, reason)


def _fail(result: ExportResult, identity: str, reason: str) -> Iterator[Event]:
    failure = Failed(identity, reason)
    result.failed.append(failure)
    yield failure


def _write_rest(plan: ExportPlan, result: ExportResult) -> None:
    """Write what belongs to the whole: the trainer's files, the reports and the provenance."""
    items = {item.id: item for item in plan.manifest.items}
    out = plan.out.resolve()
    folders = sorted({Path(made.path).parent.name for made in result.made})
    targets = planned_targets(plan)
    write_whole(out / MANIFEST, write_manifest(plan.manifest))
    result.extras.append(out / MANIFEST)
    result.extras += LAYOUTS[plan.layout].write_extras(out, folders, targets or [*TARGETS.values()])
    result.extras += write_reports(out, result.made, items, targets)
    about = {
        "made_by": f"cuttingroom {product_version()}",
        "layout": plan.layout,
        "sources": [
            {"id": s.id, "name": s.name, "frames": s.frames, "size": list(s.size)}
            for s in plan.manifest.sources
        ],
        "pictures": [_entry(out, made, items[made.item_id]) for made in result.made],
        "failed": [{"what": f.what, "reason": f.reason} for f in result.failed],
        "files": [str(path.relative_to(out)) for path in result.extras],
    }
    text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
    write_whole(out / PROVENANCE, text)
    result.extras.append(out / PROVENANCE)


def _entry(out: Path, made: Made, item: ManifestItem) -> dict[str, Any]:
    return {
        "file": str(Path(made.path).relative_to(out)),
        "sha256": made.sha256,
        "size": list(made.size),
        "id": item.id,
        "picture": picture_id(item),
        "kind": str(item.kind),
        "source": item.source,
        "scene": item.scene,
        "score": item.score,
        "reason": item.reason,
        "parent": item.parent,
        "caption": made.caption,
        "tags": list(item.tags),
        "warnings": list(made.warnings),
        "recipe": to_table(item.recipe),
        "fits": [
            {"target": target, "file": str(Path(path).relative_to(out)), "sha256": digest}
            for target, path, digest in made.fits
        ],
    }
