"""The command line: the headless commands, the room, and live progress."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from engine.cli import cli, run
from engine.cli.paths import PATH
from engine.cli.reporting import LineReporter, Reporter, Session
from engine.program import argument, own_command
from engine.text import plural


@click.command()
@click.argument("project", required=False, type=PATH)
@click.option("--as", "who", default=None, help="Name of the reviewer.")
@click.option(
    "--graphics",
    type=click.Choice(["auto", "kitty", "sixel", "halfcell", "none"]),
    default="auto",
    show_default=True,
    help="How pictures are drawn.",
)
@click.option(
    "--theme",
    type=click.Choice(["auto", "dark", "light"]),
    default="auto",
    show_default=True,
    help="Colours; auto follows the terminal's background.",
)
@click.option("--calm", is_flag=True, help="Nothing flickers; NO_MOTION in the environment too.")
def review(project: Path | None, who: str | None, graphics: str, theme: str, calm: bool) -> None:
    """Open the review room on PROJECT, or on the only project here."""
    from engine.project.project import find_project
    from tui.serving import is_served

    folder = find_project(project)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) and not is_served():
        raise click.UsageError(
            f"the room needs a terminal; `{own_command()} list` and `approve` work without one"
        )
    from tui.app import run_room

    calm = calm or bool(os.environ.get("NO_MOTION"))
    approved = run_room(folder, who, graphics, theme, calm=calm)
    if approved and not is_served():
        found = plural(approved, "picture")
        have = f"{own_command()} export {argument(folder)} DATASET"
        click.echo(f"{found} approved; to have them: {have}", err=True)


@click.command()
@click.argument("project", required=False, type=PATH)
@click.option("--as", "who", default=None, help="Name of the reviewer.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(project: Path | None, who: str | None, host: str, port: int) -> None:
    """Open the review room on PROJECT in a browser.

    Needs the extra "web", and says how to install it. It asks for no password: whoever reaches
    the address decides. So it listens to this machine only, unless told otherwise.
    """
    from engine.project.project import find_project
    from tui.serving import LOOPBACK, serve_room

    folder = find_project(project)
    if host not in LOOPBACK:
        click.echo(f"warning: whoever reaches {host}:{port} can decide on this project", err=True)
    serve_room(folder.resolve(), who, host, port)


@click.command()
def keys() -> None:
    """Print every key of the room, as the file that changes them."""
    from tui.remap import as_toml, keys_path, load_keys

    table = as_toml(load_keys(keys_path()))
    click.echo(f"# Your own go to {keys_path()}; leave out what stays as it is.\n\n{table}")


for command in (review, serve, keys):
    cli.add_command(command)


def _reporter() -> Reporter:
    if not sys.stderr.isatty():
        return LineReporter()
    from tui.progress import LiveReporter

    return LiveReporter()


def _open_room(folder: Path) -> None:
    from tui.app import run_room

    run_room(folder, None, "auto")


def run_commands() -> int:
    """Run what was called; the exit code is the answer."""
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return run(cli, Session(_reporter, _open_room if on_terminal else None))
