"""Colours and signs; state is told by sign and word, colour only helps.

Approved is blue and rejected orange: the pair that every kind of colour blindness tells apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from textual.theme import Theme

from engine.project.candidate import Candidate
from engine.values import Camera, State

DARK = Theme(
    name="cutting-room",
    primary="#6cb2f7",
    secondary="#8d9bb0",
    accent="#f2c063",
    warning="#f0a04b",
    error="#f0884b",
    success="#6cb2f7",
    foreground="#d5d9e0",
    background="#12141a",
    surface="#171a21",
    panel="#1e222b",
    dark=True,
    variables={
        "approved": "#6cb2f7",
        "rejected": "#f0884b",
        "skipped": "#b39ddb",
        "pending": "#7d8798",
        "tweaked": "#f2c063",
        "dim": "#7d8798",
        "faint": "#4a5261",
        "cursor": "#26354a",
        "marked": "#1e2c24",
        "line": "#2a303c",
        "bright": "#f4f6fa",
    },
)

LIGHT = Theme(
    name="cutting-room-light",
    primary="#1f5fa8",
    secondary="#5d6b80",
    accent="#8a5a00",
    warning="#a34b00",
    error="#a34b00",
    success="#1f5fa8",
    foreground="#262b33",
    background="#f7f7f4",
    surface="#ffffff",
    panel="#ecece7",
    dark=False,
    variables={
        "approved": "#1f5fa8",
        "rejected": "#b04a00",
        "skipped": "#6a4fb0",
        "pending": "#6b7280",
        "tweaked": "#8a5a00",
        "dim": "#6b7280",
        "faint": "#b5b9c0",
        "cursor": "#d6e4f5",
        "marked": "#e3efdc",
        "line": "#d8d8d2",
        "bright": "#0c0f14",
    },
)

SIGNS: Mapping[State, str] = {
    State.APPROVED: "✓",
    State.REJECTED: "✗",
    State.PENDING: "·",
    State.SKIPPED: "»",
}

WORDS: Mapping[State, str] = {
    State.APPROVED: "approved",
    State.REJECTED: "rejected",
    State.PENDING: "pending",
    State.SKIPPED: "later",
}

SAVING = "…"
TWEAKED = "~"
WARNING = "!"
FLAG = "⚑"
DISPUTED = "≠"
PRESENT = "◂"
STAR = "★"

CAMERAS: Mapping[Camera, str] = {
    Camera.STATIC: "▪",
    Camera.PAN_LEFT: "←",
    Camera.PAN_RIGHT: "→",
    Camera.TILT_UP: "↑",
    Camera.TILT_DOWN: "↓",
    Camera.DIAGONAL: "↗",
    Camera.ZOOM_IN: "⊕",
    Camera.ZOOM_OUT: "⊖",
    Camera.HANDHELD: "≈",
    Camera.COMPLEX: "∿",
}

TARGET_NAMES: Mapping[str, str] = {"sd1": "SD 1.x", "nai": "NAI", "sdxl": "SDXL"}


@dataclass(frozen=True, slots=True)
class Palette:
    """The theme's colours as Rich styles, for what is drawn line by line."""

    text: Style
    bright: Style
    dim: Style
    faint: Style
    accent: Style
    approved: Style
    rejected: Style
    skipped: Style
    pending: Style
    tweaked: Style
    warning: Style
    cursor: Style
    """Background of the row under the cursor."""
    marked: Style
    """Background of the rows of a range."""

    def of(self, state: State) -> Style:
        """Colour of a state."""
        style: Style = getattr(self, state.value)
        return style


def palette(variables: Mapping[str, str]) -> Palette:
    """Read a theme's colours."""

    def style(name: str) -> Style:
        return Style(color=variables[name])

    return Palette(
        text=style("foreground"),
        bright=style("bright") + Style(bold=True),
        dim=style("dim"),
        faint=style("faint"),
        accent=style("accent"),
        approved=style("approved"),
        rejected=style("rejected"),
        skipped=style("skipped"),
        pending=style("pending"),
        tweaked=style("tweaked"),
        warning=style("rejected"),
        cursor=Style(bgcolor=variables["cursor"]),
        marked=Style(bgcolor=variables["marked"]),
    )


def sign_of(candidate: Candidate) -> str:
    """Sign of a candidate's state, and whether it is tweaked."""
    return SIGNS[candidate.state] + (TWEAKED if candidate.tweaked else " ")
