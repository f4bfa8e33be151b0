"""Names of exported pictures: stable, sorted by film time, safe for every trainer."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from engine.project.manifest import ManifestItem
from engine.recipe import frames_of


def slug(name: str) -> str:
    """Reduce a stranger's file name to lower-case ASCII letters, digits and hyphens.

    No underscores: kohya's trainer reads the last four parts of a name that has five.
    """
    ascii_name = unicodedata.normalize("NFKD", PurePath(name).stem).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", ascii_name.decode().lower())
    return "-".join(words)[:60].strip("-") or "footage"


def picture_name(item: ManifestItem, source_name: str) -> str:
    """Name an item's picture, without suffix: ``ep01-000123-panorama-4f2a91``."""
    frames = frames_of(item.recipe)
    first = frames[0] if frames else 0
    return f"{slug(source_name)}-{first:06d}-{item.kind}-{item.id[-6:]}"
