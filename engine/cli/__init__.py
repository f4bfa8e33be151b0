"""The headless commands; the room adds ``review`` to them."""

from engine.cli.commands import cli, run

__all__ = ["cli", "run"]
