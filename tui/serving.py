"""The room in a browser: each visitor gets a room of their own on the same project."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from engine.errors import EngineError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_served() -> bool:
    """Whether a browser is at the other end, not a terminal."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def serve_room(folder: Path, who: str | None, host: str, port: int) -> None:
    """Serve the project in ``folder`` until stopped.

    Raises
    ------
    EngineError
        The extra ``web`` is not installed.
    """
    try:
        from textual_serve.server import Server
    except ImportError:
        raise EngineError("serving needs the extra 'web': pip install 'cuttingroom[web]'") from None
    command = [sys.executable, "-m", "tui", "review", str(folder), "--graphics", "halfcell"]
    if who:
        command += ["--as", who]
    Server(shlex.join(command), host=host, port=port, title="Cutting Room").serve()
