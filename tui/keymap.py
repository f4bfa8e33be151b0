"""Every key of the room, once: bindings, footer, help and palette all derive from this table.

A person may have other keys (:mod:`tui.remap`); the table that counts is then the application's.
"""

from __future__ import annotations

import re
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
    POINTER = "While pointing at a plate or layer"
    LOUPE = "Under the loupe"
    FIND = "Find and choose"
    FILTER = "While filtering"
    ASK = "While typing"
    REPORT = "In the report"
    HELP = "In the help"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that a key does."""

    mode: Mode
    action: str
    """Textual action, such as ``decide('approved')``; with the mode, the name of the entry."""
    keys: tuple[str, ...]
    """Textual's names; the first is the one that people are told."""
    label: str
    """A word or two for the footer; empty keeps it out."""
    help: str
    """What it does, for the help."""
    told: str = ""
    """Its keys in the footer, where one entry stands for several."""

    @property
    def id(self) -> str:
        """Name of the entry, as :mod:`tui.remap` and Textual know it."""
        return f"{self.mode.name.lower()}.{self.action}"

    @property
    def name(self) -> str:
        """The action as a person writes it: ``decide approved``."""
        return " ".join(re.sub(r"[(),']", " ", self.action).split())

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
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "tab": "Tab",
    "shift+tab": "⇧Tab",
    "shift+down": "⇧↓",
    "shift+up": "⇧↑",
}


def written(key: str) -> str:
    """Write one of Textual's key names as a person would: ``ctrl+r`` is ``^r``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return _SIGNS.get(key, key)


def _nudges(mode: Mode) -> tuple[Key, ...]:
    """Give the keys that move a rectangle: by one step, and by eight with shift."""
    return (
        Key(mode, "nudge(-1, 0)", ("h", "left"), "", "left"),
        Key(mode, "nudge(0, 1)", ("j", "down"), "", "down"),
        Key(mode, "nudge(0, -1)", ("k", "up"), "", "up"),
        Key(mode, "nudge(1, 0)", ("l", "right"), "move", "right", "hjkl"),
        Key(mode, "nudge(-8, 0)", ("H",), "", "far left"),
        Key(mode, "nudge(0, 8)", ("J",), "", "far down"),
        Key(mode, "nudge(0, -8)", ("K",), "", "far up"),
        Key(mode, "nudge(8, 0)", ("L",), "", "far right"),
    )


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
    Key(
        Mode.DECIDE, "decide_all('approved')", ("A",), "rest of scene",
        "approve the range, or what is undecided in the scene", "A X",
    ),
    Key(
        Mode.DECIDE, "decide_all('rejected')", ("X",), "",
        "reject the range, or what is undecided in the scene",
    ),
    Key(Mode.DECIDE, "undo", ("u", "backspace"), "undo", "take back your newest step, ever"),
    Key(Mode.DECIDE, "redo", ("U", "ctrl+r"), "", "do again what you took back"),
    Key(Mode.DECIDE, "range", ("v",), "range", "begin or end a range; every verb then takes it"),
    Key(Mode.DECIDE, "extend(1)", ("shift+down",), "", "range downwards"),
    Key(Mode.DECIDE, "extend(-1)", ("shift+up",), "", "range upwards"),
    Key(Mode.DECIDE, "rate(1)", ("1",), "", "rate 1 of 5"),
    Key(Mode.DECIDE, "rate(2)", ("2",), "", "rate 2 of 5"),
    Key(Mode.DECIDE, "rate(3)", ("3",), "", "rate 3 of 5"),
    Key(Mode.DECIDE, "rate(4)", ("4",), "", "rate 4 of 5"),
    Key(Mode.DECIDE, "rate(5)", ("5",), "", "rate 5 of 5"),
    Key(Mode.DECIDE, "rate(0)", ("0",), "", "no rating"),
    Key(Mode.DECIDE, "flag", ("f",), "", "flag it, or take the flag away"),
    Key(Mode.DECIDE, "tags", ("e",), "caption", "edit its tags and its caption"),
    Key(Mode.LOOK, "tweak", ("t",), "tweak", "change how this picture is made"),
    Key(Mode.LOOK, "look('loupe')", ("z",), "loupe", "pixel for pixel, at the point of interest"),
    Key(Mode.LOOK, "look('blink')", ("b",), "blink", "the raw frame, and back"),
    Key(Mode.LOOK, "look('layer')", ("B",), "", "picture, raw frame, how sure each pixel is"),
    Key(Mode.LOOK, "look('two_up')", ("equals_sign",), "", "two pictures, the pinned one left"),
    Key(Mode.LOOK, "look('pin')", ("p",), "", "pin this picture to the left"),
    Key(Mode.LOOK, "look('sheet')", ("S",), "sheet", "what is listed here, twelve at a time"),
    Key(Mode.LOOK, "alike", ("m",), "", "list what is folded because it looks like this"),
    Key(Mode.LOOK, "details", ("i",), "details", "all that is known of it"),
    Key(Mode.LOOK, "report", ("r",), "report", "the bucket report of the three targets"),
    Key(Mode.FIND, "search", ("slash",), "search", "list only what holds words or conditions"),
    Key(Mode.FIND, "filter", ("o",), "filter", "list only some states or kinds"),
    Key(Mode.FIND, "sort", ("s",), "sort", "next order: film, score, size, kind"),
    Key(Mode.FIND, "rule", ("R",), "rule", "approve all that a rule holds for, as one step"),
    Key(Mode.ROOM, "help", ("question_mark",), "help", "all keys; type to find one"),
    Key(Mode.ROOM, "app.command_palette", ("ctrl+p",), "", "find a command by its name"),
    Key(Mode.ROOM, "save", ("w",), "", "write the manifest now; it is written after every key"),
    Key(Mode.ROOM, "escape", ("escape",), "", "end range, blink, sheet, two-up, filter, hints"),
    Key(Mode.ROOM, "leave", ("q",), "quit", "leave; everything is saved already"),
    Key(Mode.LOUPE, "pan(-1, 0)", ("h", "left"), "", "left"),
    Key(Mode.LOUPE, "pan(0, 1)", ("j", "down"), "", "down"),
    Key(Mode.LOUPE, "pan(0, -1)", ("k", "up"), "", "up"),
    Key(Mode.LOUPE, "pan(1, 0)", ("l", "right"), "pan", "right", "hjkl"),
    Key(Mode.LOUPE, "zoom(1)", ("plus",), "size", "larger", "+ -"),
    Key(Mode.LOUPE, "zoom(-1)", ("minus", "underscore"), "", "smaller"),
    Key(Mode.LOUPE, "step(1)", ("n", "tab"), "next", "next candidate, same zoom and place", "n N"),
    Key(Mode.LOUPE, "step(-1)", ("N", "shift+tab"), "", "candidate before, same zoom and place"),
    Key(Mode.LOUPE, "interest", ("full_stop",), "", "to the point of interest"),
    Key(Mode.LOUPE, "close", ("z", "escape", "q"), "whole", "the whole picture again"),
    Key(Mode.TWEAK, "row(1)", ("j", "down"), "setting", "next setting", "j k"),
    Key(Mode.TWEAK, "row(-1)", ("k", "up"), "", "setting before"),
    Key(Mode.TWEAK, "change(1)", ("l", "right"), "change", "more, later, the next choice", "h l"),
    Key(Mode.TWEAK, "change(-1)", ("h", "left"), "", "less, earlier, the choice before"),
    Key(Mode.TWEAK, "change(10)", ("L",), "", "ten steps more"),
    Key(Mode.TWEAK, "change(-10)", ("H",), "", "ten steps less"),
    Key(Mode.TWEAK, "leave_out", ("space", "o"), "out/in", "leave this frame out, or take it in"),
    Key(
        Mode.TWEAK, "pointer", ("m",), "point",
        "point at places: leave out, keep, flip; name subjects",
    ),
    Key(
        Mode.TWEAK, "sharpest", ("s",), "sharpest",
        "a keeper, a layer: the sharpest frame nearby",
    ),
    Key(Mode.TWEAK, "switch('approved')", ("a",), "on", "a report: export this target"),
    Key(Mode.TWEAK, "switch('rejected')", ("x",), "off", "a report: do not export this target"),
    Key(Mode.TWEAK, "keep", ("enter",), "keep", "keep the tweak; u takes it back later"),
    Key(Mode.TWEAK, "drop", ("escape", "q"), "drop", "drop the tweak"),
    Key(Mode.TWEAK, "reset", ("r",), "reset", "back to what was proposed"),
    *_nudges(Mode.CROP),
    Key(Mode.CROP, "grow(1)", ("plus", "equals_sign"), "size", "bigger by 64 pixels", "+ -"),
    Key(Mode.CROP, "grow(-1)", ("minus", "underscore"), "", "smaller by 64 pixels"),
    Key(
        Mode.CROP, "peak(1)", ("right_square_bracket",), "next find",
        "to the next place found on this picture", "[ ]",
    ),
    Key(Mode.CROP, "peak(-1)", ("left_square_bracket",), "", "to the place found before"),
    Key(Mode.CROP, "target(1)", ("1",), "target side", "the side that SD 1.x trains at", "1 2 3"),
    Key(Mode.CROP, "target(2)", ("2",), "", "the side that NAI trains at"),
    Key(Mode.CROP, "target(3)", ("3",), "", "the side that SDXL trains at"),
    Key(Mode.CROP, "frame(1)", ("full_stop",), "frame", "next frame, of a keeper's crop", ", ."),
    Key(Mode.CROP, "frame(-1)", ("comma",), "", "frame before, of a keeper's crop"),
    Key(Mode.CROP, "keep", ("enter",), "keep", "keep the crop; u takes it back later"),
    Key(Mode.CROP, "drop", ("escape", "q"), "drop", "drop the tweak"),
    Key(Mode.CROP, "reset", ("r",), "reset", "back to what was proposed"),
    *_nudges(Mode.POINTER),
    Key(Mode.POINTER, "grow(1)", ("plus", "equals_sign"), "size", "larger", "+ - < >"),
    Key(Mode.POINTER, "grow(-1)", ("minus", "underscore"), "", "smaller"),
    Key(Mode.POINTER, "widen(1)", ("greater_than_sign",), "", "wider"),
    Key(Mode.POINTER, "widen(-1)", ("less_than_sign",), "", "narrower"),
    Key(
        Mode.POINTER, "fit", ("g",), "fit",
        "fit the rectangle to what stands there in the frame at hand",
    ),
    Key(Mode.POINTER, "touch", ("space",), "flip / subject", "read this part the other way"),
    Key(Mode.POINTER, "ignore", ("i",), "never take", "never take this rectangle of a frame"),
    Key(Mode.POINTER, "take", ("f",), "take from frame", "take it from the frame at hand"),
    Key(
        Mode.POINTER, "peak(1)", ("right_square_bracket",), "unsure place",
        "to the next part that may be read either way", "[ ]",
    ),
    Key(Mode.POINTER, "peak(-1)", ("left_square_bracket",), "", "to the part before"),
    Key(Mode.POINTER, "blink", ("b",), "blink", "the frame at hand, and back"),
    Key(Mode.POINTER, "frame(1)", ("full_stop",), "", "next frame to take it from"),
    Key(Mode.POINTER, "frame(-1)", ("comma",), "", "frame before"),
    Key(Mode.POINTER, "forget", ("x",), "forget", "take back what was said of this place"),
    Key(Mode.POINTER, "close", ("m", "escape", "enter"), "settings", "back to the settings"),
    Key(Mode.FILTER, "row(1)", ("j", "down"), "line", "next line", "j k"),
    Key(Mode.FILTER, "row(-1)", ("k", "up"), "", "line before"),
    Key(Mode.FILTER, "change(1)", ("l", "right", "space"), "change", "next choice", "h l"),
    Key(Mode.FILTER, "change(-1)", ("h", "left"), "", "choice before"),
    Key(Mode.FILTER, "reset", ("c", "r"), "everything", "show everything"),
    Key(Mode.FILTER, "close", ("enter", "escape", "o", "q"), "close", "back to the list"),
    Key(Mode.ASK, "submit", ("enter",), "take it", "take what is typed"),
    Key(Mode.ASK, "complete", ("tab",), "complete", "the next proposal"),
    Key(Mode.ASK, "line(1)", ("down",), "other line", "next line, where there are several", "↓ ↑"),
    Key(Mode.ASK, "line(-1)", ("up",), "", "line before"),
    Key(Mode.ASK, "cancel", ("escape",), "leave", "leave without it"),
    Key(Mode.REPORT, "row(1)", ("j", "down"), "move", "next bucket, or picture", "j k"),
    Key(Mode.REPORT, "row(-1)", ("k", "up"), "", "bucket before, or picture"),
    Key(Mode.REPORT, "target(1)", ("l", "right", "tab"), "target", "next target", "h l"),
    Key(Mode.REPORT, "target(-1)", ("h", "left"), "", "target before"),
    Key(
        Mode.REPORT, "open", ("enter",), "open",
        "list the pictures of a bucket; go to a picture in the room",
    ),
    Key(
        Mode.REPORT, "trainer(1)", ("full_stop",), "trainer",
        "what the next trainer would do; t keeps another one", ", .",
    ),
    Key(Mode.REPORT, "trainer(-1)", ("comma",), "", "what the trainer before would do"),
    Key(Mode.REPORT, "decide('approved')", ("a",), "export", "export this target"),
    Key(Mode.REPORT, "decide('rejected')", ("x",), "not", "do not export this target"),
    Key(Mode.REPORT, "tweak", ("t",), "tweak", "change the settings of this target"),
    Key(Mode.REPORT, "scope", ("s", "space"), "approved/all", "approved pictures, or all"),
    Key(Mode.REPORT, "scroll(1)", ("J", "pagedown"), "", "scroll the advice down"),
    Key(Mode.REPORT, "scroll(-1)", ("K", "pageup"), "", "scroll the advice up"),
    Key(Mode.REPORT, "close", ("escape", "r", "q"), "back", "back to the buckets, or the room"),
    Key(Mode.HELP, "choose(1)", ("down",), "choose", "down", "↑ ↓"),
    Key(Mode.HELP, "choose(-1)", ("up",), "", "up"),
    Key(Mode.HELP, "run", ("enter",), "do it", "do what the chosen key does"),
    Key(Mode.HELP, "close", ("escape", "question_mark"), "back", "close the help"),
)  # fmt: skip

REVIEW = (Mode.MOVE, Mode.DECIDE, Mode.LOOK, Mode.FIND, Mode.ROOM)
"""What the main screen listens to."""


def table_of(app: object) -> tuple[Key, ...]:
    """Give the table that counts in an application: a person may have changed ours."""
    keys: tuple[Key, ...] = getattr(app, "keys", KEYS)
    return keys


def bindings(*modes: Mode) -> list[BindingType]:
    """Give Textual's bindings for some modes."""
    return [
        Binding(
            ",".join(key.keys),
            key.action,
            key.help,
            show=bool(key.label),
            id=key.id,
        )
        for key in KEYS
        if key.mode in modes
    ]
