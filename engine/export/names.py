"""Names of exported pictures: stable, safe for every trainer; a film's sort as it runs."""

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

_LONGEST = 60
"""Characters of a source's or a picture's name that are kept."""


def slug(name: str) -> str:
    """Reduce a stranger's file name to lower-case ASCII letters, digits and hyphens.

    No underscores: kohya's trainer reads the last four parts of a name that has five.
    """
    return _words(PurePath(name).stem)[:_LONGEST].strip("-") or "footage"


def _words(name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore")
    return "-".join(re.findall(r"[a-z0-9]+", ascii_name.decode().lower()))


def picture_name(
    item: ManifestItem, source_name: str, own_names: Sequence[str] = (), *, whole_id: bool = False
) -> str:
    """Name an item's picture, without suffix: ``ep01-000123-panorama-4f2a91``.

    Where the frames of its source are files, ``own_names`` has their names, and the first of its
    frames gives the picture its own in place of a number: ``holiday-img-0815-keeper-4f2a91``.
    """
    frames = frames_of(item.recipe)
    first = frames[0] if frames else 0
    ending = endings_of(item.id, item.kind)[whole_id]
    beginning, own = slug(source_name), ""
    if first < len(own_names):
        # The end tells pictures of a folder apart, or of folders in an archive.
        own = _words(str(PurePath(own_names[first]).with_suffix("")))[-_LONGEST:].strip("-")
    if f"{own}-".startswith(f"{beginning}-"):
        return f"{own}-{ending}"
    return f"{beginning}-{own or f'{first:06d}'}-{ending}"


def endings_of(identity: str, kind: str) -> tuple[str, str]:
    """Give what the name of a picture of a kind ends with: most often the first, else its id."""
    return f"{kind}-{identity[-_SHORT:]}", identity


def ending_in(file: str) -> str:
    """Find such an ending in the name of a picture, or of what lies beside it."""
    return "-".join(PurePath(file).name.partition(".")[0].rsplit("-", 2)[1:])


def picture_names(items: Sequence[tuple[ManifestItem, str, Sequence[str]]]) -> list[str]:
    """Name many pictures, each of an item, its source's name and the names of that one's files.

    Those that would clash are named by their whole ids.
    """
    names = [picture_name(*about) for about in items]
    seen = Counter(names)
    return [
        name if seen[name] == 1 else picture_name(*about, whole_id=True)
        for name, about in zip(names, items, strict=True)
    ]
