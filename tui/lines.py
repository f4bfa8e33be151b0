"""Text set in lines."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text


def wrapped(words: str, style: Style, width: int) -> list[Text]:
    """Break words into lines of at most ``width``; there is always one."""
    lines, line = [], ""
    for word in words.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(Text(line, style, no_wrap=True))
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, Text(line, style, no_wrap=True)]
