"""Paths as the command line gives them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class GivenPath(click.Path):
    """A path that says something: ``""`` would mean the folder one happens to be in."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Refuse an empty path, which a script's unset variable leaves."""
        if not os.fspath(value):
            self.fail("the path is empty; for the folder you are in, say .", param, ctx)
        return super().convert(value, param, ctx)


PATH = GivenPath(path_type=Path)
