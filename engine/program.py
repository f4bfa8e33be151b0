"""How this program is started, for messages that tell a person what to type next."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.text import plain


def own_command() -> str:
    """Give what a person types to start this program: ``run`` of a checkout is not on the path."""
    return plain(shlex.quote(os.environ.get("CUTTINGROOM_AS") or "cuttingroom"), 400)


def argument(path: Path) -> str:
    """Write a path as an argument that a person may paste into a shell, on one harmless line."""
    text = str(path)
    return plain(shlex.quote(f"./{text}" if text.startswith("-") else text), 400)


def installing(extra: str) -> str:
    """Give the command that installs ``extra``, from where this program was installed."""
    from importlib.metadata import PackageNotFoundError, distribution  # takes a while

    try:
        told = json.loads(distribution("cuttingroom").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        told = {}
    place = urlsplit(str(told.get("url", "")))
    what = unquote(place.path) if place.scheme == "file" else "cuttingroom"
    options = ["-e"] if told.get("dir_info", {}).get("editable") else []
    command = [sys.executable, "-m", "pip", "install", *options, f"{what}[{extra}]"]
    return plain(shlex.join(command), 600)
