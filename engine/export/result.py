"""What came of an export."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.events import Failed
from engine.export.making import Made

BESIDE = "the files beside the pictures"
"""What failed where all that is no picture did."""


@dataclass
class ExportResult:
    """What an export made, and what it did not."""

    made: list[Made] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    """A picture or a file each: its id or name, and why."""
    extras: list[Path] = field(default_factory=list)
    """What belongs to the whole: the trainer's files, the reports, the provenance."""
    repeats: dict[str, int] = field(default_factory=dict)
    """By kind, as the trainer's file says."""
    stale: list[str] = field(default_factory=list)
    """Files of earlier exports whose pictures are no longer approved, still there."""
    pruned: list[str] = field(default_factory=list)
    """Those of them that were removed."""
