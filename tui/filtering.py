"""Which candidates are listed: the filter's lines, and what passes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.project.candidate import Candidate
from engine.values import Kind, State
from tui.matching import test_of

EVERYTHING = "everything"

STATES = (
    EVERYTHING, "undecided", "approved", "rejected", "skipped", "tweaked", "flagged", "rated",
    "disputed",
)  # fmt: skip
"""What the filter's first line offers."""

KINDS = (EVERYTHING, *(str(kind) for kind in Kind))
"""What the filter's second line offers."""

Disputes = Mapping[str, Mapping[str, State]]
"""What each reviewer said, for the candidates that they do not agree on."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which candidates are listed."""

    state: str = EVERYTHING
    kind: str = EVERYTHING
    text: str = ""
    """Words and conditions, as :mod:`tui.matching` reads them."""

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return self != Filter()

    def admits(self, candidate: Candidate, disputes: Disputes) -> bool:
        """Whether a candidate is listed."""
        return (
            self.kind in (EVERYTHING, candidate.kind)
            and self._admits_state(candidate, disputes)
            and (not self.text or test_of(self.text)(candidate))
        )

    def _admits_state(self, candidate: Candidate, disputes: Disputes) -> bool:
        match self.state:
            case "everything":
                return True
            case "undecided":
                return candidate.state is State.PENDING
            case "tweaked":
                return candidate.tweaked
            case "flagged":
                return candidate.flag
            case "rated":
                return candidate.rating > 0
            case "disputed":
                return candidate.id in disputes
            case state:
                return candidate.state == state
