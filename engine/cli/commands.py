"""The command group, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections.abc import Sequence

import click

from engine.cli.buckets import bucket, report
from engine.cli.dataset import export, render, verify
from engine.cli.decisions import approve, caption, list_, redo, reject, reset, undo
from engine.cli.making import crops, plate, scan, shots, stitch
from engine.cli.reporting import Session
from engine.cli.system import demo, doctor
from engine.errors import EngineError
from engine.program import own_command
from engine.text import plain

_GO_ON = ("scan", "export", "demo")
"""Commands that find what they did before."""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 some of it failed, 2 wrong usage or unusable input, "
    "130 stopped by Ctrl-C.",
)
@click.version_option(package_name="cuttingroom", prog_name="cuttingroom")
@click.pass_context
def cli(context: click.Context) -> None:
    """Turn film and animation footage into image-training datasets.

    Finds scenes, makes panoramas, clean plates, layers, keepers and crops, and exports what a
    person approves.
    """
    context.ensure_object(Session).command = context.invoked_subcommand or ""


for command in (
    scan, list_, approve, reject, reset, caption, undo, redo, render, export, verify, report,
    bucket, stitch, plate, crops, shots, doctor, demo,
):  # fmt: skip
    cli.add_command(command)


def run(group: click.Group, session: Session, arguments: Sequence[str] | None = None) -> int:
    """Run a command line; give the exit code. One clear line for whatever a user can cause."""
    try:
        code = group.main(
            args=None if arguments is None else list(arguments),
            prog_name=own_command(),
            standalone_mode=False,
            obj=session,
        )
        return int(code or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"stopped; {_what_then(session.command)}", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except EngineError as error:
        for line in str(error).splitlines():
            click.echo(f"error: {line}", err=True)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; keep the interpreter from complaining as it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except sqlite3.Error as error:
        reason = plain(str(error))
        text = f"the catalogue cannot be used ({reason}); is the disk full, or the file damaged?"
        click.echo(f"error: {text}", err=True)
        return 2
    except OSError as error:
        click.echo(f"error: {_in_words(error)}", err=True)
        return 2


def _what_then(command: str) -> str:
    if command in _GO_ON:
        return "what is finished is kept, and the same command goes on"
    return "the same command begins anew"


def _in_words(error: OSError) -> str:
    """Say which file failed, or that the disk is full: the system names no file for that."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{error.strerror}; make room, and give the same command again"
    text = error.strerror or plain(str(error))
    return f"{plain(os.fsdecode(error.filename))}: {text}" if error.filename else text
