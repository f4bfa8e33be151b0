"""Strangers' text made harmless: file names, tags and metadata before anyone sees them."""

from __future__ import annotations

import unicodedata

HEAD_OF_TEXT = 4096
"""Bytes at the beginning of a file that show whether it is text."""

_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def plain(text: str, limit: int = 200) -> str:
    """Give ``text`` without control characters, escape sequences, bidi overrides or line breaks.

    Each harmful character becomes ``?``; what is longer than ``limit`` characters is cut in
    the middle. Every name, tag or message that comes from outside goes through here.
    """
    safe = "".join("?" if unicodedata.category(c) in _HARMFUL else c for c in text)
    if len(safe) > limit:
        half = (limit - 1) // 2
        safe = f"{safe[:half]}…{safe[-half:]}"
    return safe


def one_line(text: str, limit: int = 20_000) -> str:
    """Give ``text`` as one harmless line: blanks and line breaks become single blanks."""
    return plain(" ".join(text.split()), limit)


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """Count things in words: ``1 crop``, ``3 crops``, ``12,000 frames``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def share_of(count: int, total: int, noun: str, nouns: str | None = None) -> str:
    """Count some of all in words, with a verb: ``1 of 3 crops is``, ``2 of 3 crops are``."""
    return f"{count:,} of {plural(total, noun, nouns)} {'is' if count == 1 else 'are'}"


def is_text(head: bytes) -> bool:
    """Tell whether a file that begins so is text, and so neither a film nor a picture."""
    if b"\0" in head:
        return False
    try:
        text = head.decode("utf-8", "strict" if len(head) < HEAD_OF_TEXT else "ignore")
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c.isspace() for c in text[:-4])
