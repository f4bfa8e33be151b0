"""How this program is started, for messages that tell a person what to type next."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from engine.text import plain


def own_command() -> str:
    """Give what a person types to start this program: ``run`` of a checkout is not on the path."""
    return plain(shlex.quote(os.environ.get("CUTTINGROOM_AS") or "cuttingroom"), 400)


def argument(path: Path) -> str:
    """Write a path as an argument that a person may paste into a shell, on one harmless line."""
    return plain(shlex.quote(str(path)), 400)
