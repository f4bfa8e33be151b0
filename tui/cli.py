"""The command line as installed: the headless commands, the room, and live progress."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.cli import cli, run
from engine.cli.reporting import LineReporter, Reporter, Session


@click.command()
@click.argument("project", required=False, type=click.Path(path_type=Path))
@click.option("--as", "who", default=None, help="Name of the reviewer.")
@click.option(
    "--graphics",
    type=click.Choice(["auto", "kitty", "sixel", "halfcell", "none"]),
    default="auto",
    show_default=True,
    help="How pictures are drawn.",
)
def review(project: Path | None, who: str | None, graphics: str) -> None:
    """Open the review room on PROJECT, or on the only project here."""
    from engine.project.project import find_project

    folder = find_project(project)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "the room needs a terminal; `cuttingroom list` and `approve` work without one"
        )
    from tui.app import run_room

    run_room(folder, who, graphics)


cli.add_command(review)


def _reporter() -> Reporter:
    if not sys.stderr.isatty():
        return LineReporter()
    from tui.progress import LiveReporter

    return LiveReporter()


def _open_room(folder: Path) -> None:
    from tui.app import run_room

    run_room(folder, None, "auto")


def main() -> int:
    """Run the command line; the exit code is the answer."""
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return run(cli, Session(_reporter, _open_room if on_terminal else None))
