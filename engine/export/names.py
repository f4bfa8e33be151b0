"""Names of exported pictures: stable, sorted by film time, safe for every trainer."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from engine.project.manifest import ManifestItem
from engine.recipe import frames_of

_SHORT = 6
"""Characters of an id that tell two pictures of one frame and kind apart."""


def slug(name: str) -> str:
    """Reduce a stranger's file name to lower-case ASCII letters, digits and hyphens.

    No underscores: kohya's trainer reads the last four parts of a name that has five.
    """
    ascii_name = unicodedata.normalize("NFKD", PurePath(name).stem).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", ascii_name.decode().lower())
    return "-".join(words)[:60].strip("-") or "footage"


def picture_name(item: ManifestItem, source_name: str, *, whole_id: bool = False) -> str:
    """Name an item's picture, without suffix: ``ep01-000123-panorama-4f2a91``."""
    frames = frames_of(item.recipe)
    first = frames[0] if frames else 0
    ending = item.id if whole_id else f"{item.kind}-{item.id[-_SHORT:]}"
    return f"{slug(source_name)}-{first:06d}-{ending}"


def picture_names(items: Sequence[tuple[ManifestItem, str]]) -> list[str]:
    """Name many pictures, of item and source name each; those that would clash by whole id."""
    names = [picture_name(item, source) for item, source in items]
    seen = Counter(names)
    return [
        name if seen[name] == 1 else picture_name(item, source, whole_id=True)
        for name, (item, source) in zip(names, items, strict=True)
    ]
