"""How often each kind of picture is trained in an epoch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from engine.buckets.advice import propose_repeats
from engine.buckets.measure import Picture
from engine.buckets.tally import is_widescreen
from engine.errors import RecipeError
from engine.project.manifest import Manifest
from engine.text import plain
from engine.values import Kind

MOST = 1000


def read_repeats(text: str) -> dict[str, int]:
    """Read ``crop=2,keeper=1``.

    Raises
    ------
    RecipeError
        Names what is wrong and what is allowed.
    """
    kinds = [str(kind) for kind in Kind if kind is not Kind.REPORT]
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([a-z]+)=(\d{1,4})", part)
        if not match or match[1] not in kinds or not 1 <= int(match[2]) <= MOST:
            raise RecipeError(
                f"repeats: {plain(part)!r} is not KIND=N with a kind of {', '.join(kinds)} "
                f"and N from 1 to {MOST}"
            )
        found[match[1]] = int(match[2])
    return found


def choose_repeats(
    manifest: Manifest, *, balance: bool, chosen: Mapping[str, int]
) -> dict[str, int]:
    """Give each approved kind its repeats: those chosen, else a balance, else 1."""
    pictures = _pictures(manifest)
    proposed = propose_repeats(pictures) if balance and pictures else {}
    kinds = sorted({picture.kind for picture in pictures})
    return {kind: chosen.get(kind, proposed.get(kind, 1)) for kind in kinds}


def widescreen_share(manifest: Manifest, repeats: Mapping[str, int]) -> float:
    """Give the share of 16:9 among the pictures of an epoch, 0 to 1."""
    pictures = _pictures(manifest)
    if not pictures:
        return 0.0
    wide = is_widescreen(np.array([p.size for p in pictures], np.int64).reshape(-1, 2))
    times = np.array([repeats.get(p.kind, 1) for p in pictures], np.int64)
    return float(times[wide].sum() / times.sum())


def _pictures(manifest: Manifest) -> Sequence[Picture]:
    return [
        Picture(item.id, item.size, str(item.kind))
        for item in manifest.items
        if item.kind is not Kind.REPORT
    ]
