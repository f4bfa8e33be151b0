"""The order that a person would put names in."""

from __future__ import annotations

import re

NaturalKey = tuple[tuple[tuple[int, int, str], ...], str]


def natural_key(name: str) -> NaturalKey:
    """Give a sort key by which ``page 2`` comes before ``page 10``, folder by folder."""
    parts = tuple(
        (0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part)
        for part in re.split(
            r"([0-9]{1,18})", name.replace("\\", "/").replace("/", "\0").casefold()
        )
        if part
    )
    return parts, name
