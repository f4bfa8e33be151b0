"""Rendering the approved pictures from their sources, those that share a base in one go."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engine.buckets.assign import assign
from engine.buckets.facts import is_trained
from engine.errors import EngineError
from engine.events import Advanced, Event
from engine.export.picture import read_provenance, write_picture
from engine.files import write_whole
from engine.footage.sources import open_source
from engine.products.render import base_of, cut, render
from engine.project.manifest import ManifestItem
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    ReportRecipe,
    candidate_id,
    to_table,
)
from engine.text import plain
from engine.values import Image, Rendered


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to make."""

    item: ManifestItem
    source_name: str
    path: Path
    """Where it goes, absolute."""
    caption: str
    """One line, or empty for none."""
    fits: tuple[tuple[ReportRecipe, Path], ...] = ()
    """Targets it is also resized and cropped for, and where those go."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture is on disk, whole."""

    item_id: str
    path: str
    sha256: str
    size: tuple[int, int]
    caption: str
    frames: tuple[int, ...]
    warnings: tuple[str, ...]
    was_there: bool
    """An earlier run had made it."""
    fits: tuple[tuple[str, str, str], ...] = ()
    """Target, path and SHA-256 of each picture fitted to its bucket."""


@dataclass(frozen=True, slots=True)
class NotMade:
    """A picture could not be made."""

    item_id: str
    reason: str


def product_version() -> str:
    """Give the installed version."""
    try:
        return version("cuttingroom")
    except PackageNotFoundError:
        return "unknown"


def provenance_of(item: ManifestItem, source_name: str) -> dict[str, Any]:
    """Say what a picture was made from; goes into the file itself."""
    return {
        "version": product_version(),
        "id": item.id,
        "kind": str(item.kind),
        "source": item.source,
        "source_name": source_name,
        "scene": item.scene,
        "recipe": to_table(item.recipe),
    }


def group_jobs(jobs: Sequence[Job]) -> list[list[Job]]:
    """Put together the jobs of one source that share a base picture; keepers go scene by scene."""
    groups: dict[tuple[str, BaseRecipe | int], list[Job]] = {}
    for job in jobs:
        base = base_of(job.item.recipe)
        key = job.item.scene if isinstance(base, KeeperRecipe) else base
        groups.setdefault((job.item.source, key), []).append(job)
    return list(groups.values())


def make_pictures(source: Path, jobs: Sequence[Job]) -> Iterator[Made | NotMade | Event]:
    """Make the pictures of one group; a unit for a child process."""
    waiting: dict[BaseRecipe, list[Job]] = {}
    for job in jobs:
        made = _made_before(job)
        if made:
            yield made
        else:
            waiting.setdefault(base_of(job.item.recipe), []).append(job)
    if not waiting:
        return
    with open_source(source) as footage:
        for base, sharing in sorted(waiting.items(), key=lambda pair: str(pair[0])):
            try:
                rendered = yield from render(footage, base)
            except EngineError as error:
                yield from (NotMade(job.item.id, str(error)) for job in sharing)
                continue
            for job in sharing:
                try:
                    yield _make(job, rendered)
                except EngineError as error:
                    yield NotMade(job.item.id, str(error))


def _make(job: Job, base: Rendered) -> Made:
    recipe = job.item.recipe
    rendered = cut(base, recipe) if isinstance(recipe, CropRecipe) else base
    about = {**provenance_of(job.item, job.source_name), "caption": job.caption}
    if job.caption:
        write_whole(job.path.with_suffix(".txt"), job.caption + "\n")
    for target, path in job.fits:
        fitted = fit_to_bucket(rendered.image, target)
        if fitted is not None:
            write_picture(path, fitted, {**about, "target": to_table(target)})
            if job.caption:
                write_whole(path.with_suffix(".txt"), job.caption + "\n")
    # Last: its presence says that all of the item is there.
    write_picture(job.path, rendered.image, {**about, "warnings": list(rendered.warnings)})
    return replace(_report(job, rendered.warnings), was_there=False)


def _made_before(job: Job) -> Made | None:
    """Give what an earlier run made, if it is the same picture with the same company."""
    found = read_provenance(job.path) if job.path.is_file() else None
    if found is None:
        return None
    warnings = found.pop("warnings", [])
    written = found.pop("caption", "")
    if found != json.loads(json.dumps(provenance_of(job.item, job.source_name))):
        return None
    _refresh_caption(job, written)
    for target, path in job.fits:
        about = read_provenance(path) if path.is_file() else None
        if (about or {}).get("target") != to_table(target):
            return None
    return _report(job, tuple(str(w) for w in warnings))


def _refresh_caption(job: Job, written: str) -> None:
    """Bring a caption up to date, unless somebody else (a tagger, a person) has changed it."""
    path = job.path.with_suffix(".txt")
    if not job.caption or job.caption == written:
        if job.caption and not path.exists():
            write_whole(path, job.caption + "\n")
        return
    if not path.exists() or path.read_text(encoding="utf-8") == written + "\n":
        write_whole(path, job.caption + "\n")


def _report(job: Job, warnings: tuple[str, ...]) -> Made:
    from PIL import Image as Pictures

    with Pictures.open(job.path) as picture:
        size = picture.size
    recipe = base_of(job.item.recipe)
    frames = (recipe.frame,) if isinstance(recipe, KeeperRecipe) else ()
    fits = tuple(
        (target.target, str(path), sha256_of(path)) for target, path in job.fits if path.is_file()
    )
    return Made(
        job.item.id, str(job.path), sha256_of(job.path), size, job.caption, frames, warnings,
        True, fits,
    )  # fmt: skip


def fit_to_bucket(image: Image, recipe: ReportRecipe) -> Image | None:
    """Resize and centre-crop a picture exactly as the trainer would; None when it is dropped.

    Area averaging when it shrinks, Lanczos when it grows: what kohya's own loader does.
    """
    height, width = image.shape[:2]
    bucket = assign(recipe, width, height)
    if not is_trained(bucket):
        return None
    if recipe.trainer == "everydream2":  # it cuts source pixels first
        left, top = bucket.crop[0] // 2, bucket.crop[1] // 2
        image = image[top : height - (bucket.crop[1] - top), left : width - (bucket.crop[0] - left)]
    shrinks = bucket.resized[0] <= image.shape[1] and bucket.resized[1] <= image.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    resized = np.asarray(cv2.resize(image, bucket.resized, interpolation=method), np.uint8)
    left = (bucket.resized[0] - bucket.size[0]) // 2
    top = (bucket.resized[1] - bucket.size[1]) // 2
    return np.ascontiguousarray(resized[top : top + bucket.size[1], left : left + bucket.size[0]])


def sha256_of(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def picture_id(item: ManifestItem) -> str:
    """Name the picture itself: another recipe (a tweak) makes another picture."""
    return candidate_id(item.source, item.recipe)


def progress(done: int, total: int) -> Advanced:
    """Say how far an export is."""
    return Advanced("exporting", done, total, "pictures")


def caption_of(item: ManifestItem) -> str:
    """Give the caption line of an item: its tags, made harmless, or empty."""
    return ", ".join(tag for tag in (plain(t).strip() for t in item.tags) if tag)
