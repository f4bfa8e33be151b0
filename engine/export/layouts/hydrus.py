"""Sidecars for Hydrus: ``name.png.txt``, one tag a line, what we know in namespaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from engine.export.captions import Style, tags_of
from engine.export.layouts.layout import Dataset, Layout
from engine.project.manifest import ManifestItem
from engine.recipe import frames_of
from engine.text import one_line, plain

_LONGEST_TAG = 1000
"""Characters; Hydrus keeps 1,024 of a tag."""

_EPISODE = re.compile(r"(?i)(?:^|[\s._-])s(\d{1,2})[\s._-]?e(\d{1,3})(?!\d)")


def tag_sidecar(
    picture: Path, item: ManifestItem, source_name: str, style: Style
) -> tuple[Path, str]:
    """Give ``name.png.txt`` with a tag on each line."""
    tags = [*tags_of(item, style), *_namespaced(item, source_name)]
    clean = dict.fromkeys(one_line(tag.lower()) for tag in tags)
    text = "".join(f"{tag}\n" for tag in clean if tag)
    return picture.with_name(f"{picture.name}.txt"), text


def _namespaced(item: ManifestItem, source_name: str) -> Iterator[str]:
    if one_line(item.caption):
        yield f"caption:{one_line(item.caption, _LONGEST_TAG)}"
    yield f"kind:{item.kind}"
    yield f"source:{plain(PurePath(source_name).stem)}"
    yield from _episode(source_name)
    yield f"scene:{item.scene}"
    frames = frames_of(item.recipe)
    if frames:
        yield f"frame:{frames[0]}"
    if item.reason:
        yield f"reason:{plain(item.reason)}"


def _episode(source_name: str) -> Iterator[str]:
    """Read series, season and episode where a file's name says them: ``Show.S01E02.mkv``."""
    found = _EPISODE.search(source_name)
    if not found:
        return
    series = " ".join(re.split(r"[\s._]+", plain(source_name[: found.start()]))).strip(" -")
    if series:
        yield f"series:{series}"
    yield f"season:{int(found[1])}"
    yield f"episode:{int(found[2])}"


def _nothing(dataset: Dataset) -> list[Path]:
    return []


HYDRUS = Layout("hydrus", "sidecars for Hydrus, a tag a line", _nothing, tag_sidecar)
