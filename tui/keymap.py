"""Every key of the room, once: bindings, footer, help and palette all derive from this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding, BindingType


class Mode(StrEnum):
    """Who listens; the value heads its part of the help."""

    MOVE = "Move"
    DECIDE = "Decide"
    LOOK = "Look closer"
    ROOM = "The room"
    TWEAK = "While tweaking"
    CROP = "While tweaking a crop"
    FILTER = "While filtering"
    REPORT = "In the report"
    HELP = "In the help"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that a key does."""

    mode: Mode
    action: str
    """Textual action, such as ``decide('approved')``."""
    keys: tuple[str, ...]
    """Textual's names; the first is the one that people are told."""
    label: str
    """A word or two for the footer; empty keeps it out."""
    help: str
    """What it does, for the help."""
    told: str = ""
    """Its keys in the footer, where one entry stands for several."""

    @property
    def written(self) -> str:
        """The keys as a person writes them."""
        return " ".join(written(key) for key in self.keys)

    @property
    def footer(self) -> str:
        """The key as the footer tells it."""
        return self.told or written(self.keys[0])


_SIGNS = {
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "enter": "⏎",
    "delete": "Del",
    "backspace": "Bksp",
    "escape": "Esc",
    "space": "Space",
    "question_mark": "?",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "underscore": "_",
    "comma": ",",
    "full_stop": ".",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "slash": "/",
}


def written(key: str) -> str:
    """Write one of Textual's key names as a person would: ``ctrl+r`` is ``^r``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return _SIGNS.get(key, key)


KEYS: tuple[Key, ...] = (
    Key(Mode.MOVE, "move(1)", ("j", "down"), "move", "next candidate", "j k"),
    Key(Mode.MOVE, "move(-1)", ("k", "up"), "", "candidate before"),
    Key(Mode.MOVE, "scene(1)", ("l", "right"), "scene", "next scene", "h l"),
    Key(Mode.MOVE, "scene(-1)", ("h", "left"), "", "scene before"),
    Key(Mode.MOVE, "undecided(1)", ("J",), "undecided", "next undecided", "J K"),
    Key(Mode.MOVE, "undecided(-1)", ("K",), "", "undecided before"),
    Key(Mode.MOVE, "first_of_two", ("g",), "", "gg: the very first"),
    Key(Mode.MOVE, "last", ("G", "end"), "", "the very last"),
    Key(Mode.MOVE, "first", ("home",), "", "the very first"),
    Key(Mode.MOVE, "page(1)", ("ctrl+d", "pagedown"), "", "half a page on"),
    Key(Mode.MOVE, "page(-1)", ("ctrl+u", "pageup"), "", "half a page back"),
    Key(
        Mode.DECIDE, "decide('approved')", ("a", "enter"), "approve",
        "approve, and on to the next undecided",
    ),
    Key(
        Mode.DECIDE, "decide('rejected')", ("x", "delete"), "reject",
        "reject, and on to the next undecided",
    ),
    Key(
        Mode.DECIDE, "decide('skipped')", ("space",), "later",
        "leave for later, and on to the next undecided",
    ),
    Key(Mode.DECIDE, "clear", ("c",), "", "clear the decision; a tweak stays"),
    Key(Mode.DECIDE, "undo", ("u", "backspace"), "undo", "take back your newest step, ever"),
    Key(Mode.DECIDE, "redo", ("ctrl+r", "U"), "", "do again what you took back"),
    Key(Mode.LOOK, "tweak", ("t",), "tweak", "change how this picture is made"),
    Key(Mode.LOOK, "report", ("b",), "buckets", "the bucket report of the three targets"),
    Key(Mode.LOOK, "filter", ("f", "o"), "filter", "show only some states or kinds"),
    Key(Mode.ROOM, "help", ("question_mark",), "help", "all keys"),
    Key(Mode.ROOM, "leave", ("q",), "quit", "leave; everything is saved already"),
    Key(Mode.TWEAK, "row(1)", ("j", "down"), "setting", "next setting", "j k"),
    Key(Mode.TWEAK, "row(-1)", ("k", "up"), "", "setting before"),
    Key(Mode.TWEAK, "change(1)", ("l", "right"), "change", "more, later, the next choice", "h l"),
    Key(Mode.TWEAK, "change(-1)", ("h", "left"), "", "less, earlier, the choice before"),
    Key(Mode.TWEAK, "change(10)", ("L",), "", "ten steps more"),
    Key(Mode.TWEAK, "change(-10)", ("H",), "", "ten steps less"),
    Key(Mode.TWEAK, "leave_out", ("space", "o"), "out/in", "leave this frame out, or take it in"),
    Key(Mode.TWEAK, "switch('approved')", ("a",), "on", "a report: export this target"),
    Key(Mode.TWEAK, "switch('rejected')", ("x",), "off", "a report: do not export this target"),
    Key(Mode.TWEAK, "keep", ("enter",), "keep", "keep the tweak; u takes it back later"),
    Key(Mode.TWEAK, "drop", ("escape", "q"), "drop", "drop the tweak"),
    Key(Mode.TWEAK, "reset", ("r",), "reset", "back to what was proposed"),
    Key(Mode.CROP, "nudge(-1, 0)", ("h", "left"), "", "left"),
    Key(Mode.CROP, "nudge(0, 1)", ("j", "down"), "", "down"),
    Key(Mode.CROP, "nudge(0, -1)", ("k", "up"), "", "up"),
    Key(Mode.CROP, "nudge(1, 0)", ("l", "right"), "move", "right", "hjkl"),
    Key(Mode.CROP, "nudge(-8, 0)", ("H",), "", "far left"),
    Key(Mode.CROP, "nudge(0, 8)", ("J",), "", "far down"),
    Key(Mode.CROP, "nudge(0, -8)", ("K",), "", "far up"),
    Key(Mode.CROP, "nudge(8, 0)", ("L",), "", "far right"),
    Key(Mode.CROP, "grow(1)", ("plus", "equals_sign"), "size", "bigger by 64 pixels", "+ -"),
    Key(Mode.CROP, "grow(-1)", ("minus", "underscore"), "", "smaller by 64 pixels"),
    Key(Mode.CROP, "frame(1)", ("full_stop",), "frame", "next frame, of a keeper's crop", ", ."),
    Key(Mode.CROP, "frame(-1)", ("comma",), "", "frame before, of a keeper's crop"),
    Key(Mode.CROP, "keep", ("enter",), "keep", "keep the crop; u takes it back later"),
    Key(Mode.CROP, "drop", ("escape", "q"), "drop", "drop the tweak"),
    Key(Mode.CROP, "reset", ("r",), "reset", "back to what was proposed"),
    Key(Mode.FILTER, "row(1)", ("j", "down"), "line", "next line", "j k"),
    Key(Mode.FILTER, "row(-1)", ("k", "up"), "", "line before"),
    Key(Mode.FILTER, "change(1)", ("l", "right", "space"), "change", "next choice", "h l"),
    Key(Mode.FILTER, "change(-1)", ("h", "left"), "", "choice before"),
    Key(Mode.FILTER, "reset", ("c", "r"), "everything", "show everything"),
    Key(Mode.FILTER, "close", ("enter", "escape", "f", "o", "q"), "close", "back to the list"),
    Key(Mode.REPORT, "scope", ("s", "space"), "approved/all", "approved pictures, or all"),
    Key(Mode.REPORT, "scroll(1)", ("j", "down"), "scroll", "down", "j k"),
    Key(Mode.REPORT, "scroll(-1)", ("k", "up"), "", "up"),
    Key(Mode.REPORT, "close", ("escape", "b", "q"), "back", "back to the pictures"),
    Key(Mode.HELP, "scroll(1)", ("j", "down"), "scroll", "down", "j k"),
    Key(Mode.HELP, "scroll(-1)", ("k", "up"), "", "up"),
    Key(Mode.HELP, "close", ("escape", "question_mark", "q", "enter"), "back", "close the help"),
)  # fmt: skip

REVIEW = (Mode.MOVE, Mode.DECIDE, Mode.LOOK, Mode.ROOM)
"""What the main screen listens to."""


def keys_of(*modes: Mode) -> tuple[Key, ...]:
    """Give the keys of some modes, in the order of the table."""
    return tuple(key for key in KEYS if key.mode in modes)


def bindings(*modes: Mode) -> list[BindingType]:
    """Give Textual's bindings for some modes."""
    return [
        Binding(
            ",".join(key.keys),
            key.action,
            key.help,
            show=bool(key.label),
            id=f"{key.mode.name.lower()}.{key.action}",
        )
        for key in keys_of(*modes)
    ]
