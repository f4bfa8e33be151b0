"""``cuttingroom.json``: what an exported folder holds, and what each picture was made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.errors import ManifestError
from engine.text import plain

PROVENANCE = "cuttingroom.json"


def load_provenance(out: Path) -> dict[str, Any]:
    """Read what an exported folder says of itself."""
    path = out / PROVENANCE
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(about["pictures"], list) or not isinstance(about["files"], list):
            raise ValueError("it lists no pictures")
    except FileNotFoundError:
        raise ManifestError(
            f"{plain(str(out))}: no export here ({PROVENANCE} is missing)"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ManifestError(f"{plain(str(path))}: cannot be read ({plain(str(error))})") from error
    result: dict[str, Any] = about
    return result
