"""Strings in double quotes that every TOML and YAML parser reads as the same string."""

from __future__ import annotations


def quoted(text: str) -> str:
    r"""Quote a string; what a parser might stumble over is written as ``\u…``.

    Not for names with a backslash: toml 0.10.2, kohya's parser, unescapes some of them twice.
    """
    return '"' + "".join(map(_quoted_character, text)) + '"'


def _quoted_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable() and character != '"':
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
