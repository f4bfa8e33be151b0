"""Kill a scan at random moments, scan again, and compare with an undisturbed scan.

Usage: python benchmarks/kill_scan.py FILM [KILLS] [SEED]

The scan and all of its processes are killed with SIGKILL, each time after a random while, and
started again, until it comes through; then in another project, until KILLS (20) have hit. Scenes,
candidates, scores, skipped reasons, proxies and previews must be those of a scan that nobody
disturbed.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

_TABLES = {
    "source": "id, name, frames, analysed",
    "scene": "source_id, number, start, stop, entry, picture, camera, path, moving, parallax,"
    " foreground, foreground_share, facts, overlays, gradual, proposed",
    "candidate": "id, kind, source_id, scene, start, stop, recipe, width, height, score, reason,"
    " why, warnings, tags, parent, preview, current, like_id",
    "same_set": "source_id, scene, first_source, first_scene, move, overlap, agree",
    "skipped": "source_id, scene, kind, reason",
}


def main() -> None:
    """Scan undisturbed, scan disturbed, and say whether the results are the same."""
    film = Path(sys.argv[1]).absolute()
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.cuttingroom"
        begun = time.monotonic()
        subprocess.run(command(film, whole), check=True, cwd=ROOT, capture_output=True)
        took = time.monotonic() - begun
        print(f"undisturbed: {took:.1f} s", flush=True)
        hits = turn = 0
        differences: list[str] = []
        while hits < kills:
            turn += 1
            killed = Path(folder) / f"{turn}.cuttingroom"
            while (hit := disturbed(film, killed, chance.uniform(0.05, 0.9) * took)) is not None:
                hits += 1
                print(f"project {turn}, kill {hits}: {hit}", flush=True)
            differences += compared(contents(whole), contents(killed))
    print("\n".join(differences) or f"{turn} projects: the same")
    sys.exit(bool(differences))


def command(film: Path, folder: Path) -> list[str]:
    """Give the command that scans ``film`` into ``folder``."""
    return [sys.executable, "-m", "engine", "scan", str(film), "-p", str(folder)]


def disturbed(film: Path, folder: Path, wait: float) -> str | None:
    """Scan, and kill it after ``wait`` seconds; say what stood then, or None if it had ended."""
    process = started(command(film, folder))
    try:
        process.wait(wait)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"{counted(folder, 'scene')} scenes, {counted(folder, 'candidate')} candidates"
    return None


def started(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a scan in a group of processes of its own."""
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=silent, stderr=silent)


def killed_at(command: list[str], folder: Path, scenes: int, candidates: int) -> None:
    """Scan, and kill it once so many scenes and candidates are there, unless it ends before."""
    process = started(command)
    while process.poll() is None:
        if counted(folder, "scene") >= scenes and counted(folder, "candidate") >= candidates:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        time.sleep(0.01)


def counted(folder: Path, table: str) -> int:
    """Count the rows of a table; 0 while there is none."""
    try:
        with sqlite3.connect(f"{(folder / 'catalog.sqlite').as_uri()}?mode=ro", uri=True) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.Error:
        return 0


def contents(folder: Path) -> dict[str, list[Any]]:
    """Read all that a scan leaves behind, in an order of its own."""
    with sqlite3.connect(folder / "catalog.sqlite") as db:
        found: dict[str, list[Any]] = {
            table: sorted(db.execute(f"SELECT {columns} FROM {table}"), key=repr)
            for table, columns in _TABLES.items()
        }
    found["files"] = sorted(
        (str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest())
        for part in ("proxies", "previews")
        for path in (folder / part).rglob("*")
        if path.is_file()
    )
    return found


def compared(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """List what only one of two results has."""
    return [
        f"{table}, {side} only: {str(row)[:200]}"
        for table in one
        for side, rows, others in (
            ("undisturbed", one[table], other[table]),
            ("killed", other[table], one[table]),
        )
        for row in rows
        if row not in others
    ]


if __name__ == "__main__":
    main()
