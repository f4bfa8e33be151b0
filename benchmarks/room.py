"""Measure the room from outside: how soon a key shows, how soon a picture, what it costs.

    CUTTINGROOM_SHARED=../shared python benchmarks/room.py [PROJECT] [--only kitty] [-- PROGRAM...]

Drives the room in a pseudo-terminal with the key latency harness of the shared folder, on a
project of 50,000 candidates unless one is given, over links of several speeds. Another program
(harlequin, when it is installed) is measured by the same harness beside it. Wall times need a
machine with nothing else to do; as root, ``KEYLAT_NICE=-15`` helps on one that has.

The harness sees cells: the lag after a held key is that of the last cell, a draft in half cells
among them. Pictures of kitty lie beneath cells and sixels over them; "settled" is when the last
byte of those had gone. It answers no question while it measures, so a slow link seems slower.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MANY = 50_000


@dataclass(frozen=True)
class Run:
    """One way to look at the room."""

    name: str
    graphics: str
    """What the terminal claims to draw."""
    rate: int
    """Bytes a second that the link carries; 0 for any."""
    option: str = "auto"
    """The room's ``--graphics``."""


RUNS = (
    Run("no pictures, local", "none", 0, "none"),
    Run("half cells, local", "none", 0),
    Run("kitty, local", "kitty", 0),
    Run("kitty, 10 Mbit/s", "kitty", 1_250_000),
    Run("kitty, 2 Mbit/s", "kitty", 250_000),
    Run("sixel, local", "sixel", 0),
    Run("sixel, 10 Mbit/s", "sixel", 1_250_000),
)

HEAD = ("", "ready ms", "key p50", "key p95", "settled p50", "lag ms", "B/key", "MB")


def measure(harness: Path, run: Run, ready: str, keys: str, command: list[str]) -> dict[str, Any]:
    """Run a program under the harness; give what it measured."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        arguments = [
            sys.executable, str(harness), "--size", "120x45", "--ready", ready, "--keys", keys,
            "--flood", "j*30@15", "--graphics", run.graphics, "--throttle", str(run.rate),
            "--json", file.name, "--", *command,
        ]  # fmt: skip
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads(Path(file.name).read_text())
    return found


def row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    """Write one run's figures."""
    keys = found["keys"]
    lag = found["flood"][0]["lag_after_last_ms"]
    figures = (
        found["ready_ms"], keys["change"]["p50"], keys["change"]["p95"], keys["settle"]["p50"],
        lag, keys["bytes"]["p50"], found["proc"]["VmHWM"] / 1024,
    )  # fmt: skip
    return (name, *(f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}" for figure in figures))


BARS = ("bar", "700", "", "20 / 35", "200", "50", "1,024", "200")
"""35 ms at 2 Mbit/s; 200 ms at 10 Mbit/s; 1,024 bytes without pictures."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", nargs="?", type=Path, help="else one of 50,000 is made")
    parser.add_argument("--only", default="", help="runs whose name has this in it")
    own, other = _parted(sys.argv[1:])
    arguments = parser.parse_args(own)
    shared = os.environ.get("CUTTINGROOM_SHARED")
    harness = Path(shared or "") / "bench/tui/keylat.py"
    if not shared or not harness.is_file():
        sys.exit("set CUTTINGROOM_SHARED to the folder that has bench/tui/keylat.py")
    with tempfile.TemporaryDirectory() as scratch:
        project = arguments.project or Path(scratch) / "big.cuttingroom"
        if arguments.project is None:
            make = [sys.executable, str(HERE / "make_project.py"), str(MANY), str(project)]
            subprocess.run(make, check=True)
        print("  ".join(title.rjust(11) if title else " " * 20 for title in HEAD))
        for run in RUNS:
            if arguments.only not in run.name:
                continue
            open_room = (
                f"import sys; sys.path.insert(0, {str(HERE.parent)!r});"
                "from pathlib import Path; from tui.app import run_room;"
                f"run_room(Path({str(project)!r}), 'bench', {run.option!r})"
            )
            command = [sys.executable, "-c", open_room]
            found = measure(harness, run, r"\d left|saved", "j*40 k*20 a*5", command)
            _print(row(run.name, found))
        _print(BARS)
        harlequin = shutil.which("harlequin")
        beside = other or ([harlequin] if harlequin else [])
        if beside:
            found = measure(harness, RUNS[1], r"\S", "j*40 k*20", beside)
            _print(row(Path(beside[0]).name, found))


def _parted(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Give our arguments, and those after ``--``: another program."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place + 1 :]


def _print(cells: tuple[str, ...]) -> None:
    print("  ".join([cells[0].ljust(20), *(cell.rjust(11) for cell in cells[1:])]), flush=True)


if __name__ == "__main__":
    main()
