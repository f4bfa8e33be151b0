"""Exports as a user runs them, when something goes wrong half-way: real processes."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.export.made import APPROVED, FRAMES, keeper, made_film, made_project

ROOT = Path(__file__).parents[3]


def started(*arguments: object, limit: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=limit,
    )


def cuttingroom(
    *arguments: object, limit: Callable[[], None] | None = None
) -> tuple[int, str, str]:
    process = started(*arguments, limit=limit)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    film = made_film(folder / "ep01.mkv")
    keepers = tuple(keeper(frame) for frame in range(FRAMES))
    made_project(folder / "a.cuttingroom", film, (*keepers, *APPROVED), ("room",)).close()
    return folder / "a.cuttingroom"


@pytest.fixture(scope="module")
def undisturbed(project: Path) -> dict[str, bytes]:
    out = project.parent / "undisturbed" / "out"
    code, _, err = cuttingroom("export", project, out, "--jobs", 2)
    assert code == 0, err
    return files(out)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    if (
        not shutil.which("mount")
        or subprocess.run(mounting, capture_output=True, check=False).returncode
    ):
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_killed_export_goes_on_to_the_bytes_of_one_that_was_not_disturbed(
    project: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    killed = started("export", project, out, "--jobs", 2)
    while not any(out.rglob("*.png")) and killed.poll() is None:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (out / "cuttingroom.json").exists()
    half_done = out / "keeper" / ".abcd1234.tmp.png"
    half_done.parent.mkdir(exist_ok=True)
    half_done.write_bytes(b"half of a pic")
    code, _, err = cuttingroom("export", project, out, "--jobs", 2)
    assert code == 0, err
    assert files(out) == undisturbed


def test_a_full_disk_ends_clean_and_the_same_command_finishes_when_there_is_room(
    project: Path, undisturbed: dict[str, bytes], small_disk: Path
) -> None:
    out = small_disk / "out"
    code, said, err = cuttingroom("export", project, out, "--jobs", 1)
    assert code == 1
    assert "No space left on device" in err
    assert "Traceback" not in err
    made = [path for path in out.rglob("*.png") if not path.name.startswith(".")]
    assert f"{len(made)} pictures in" in said
    planned = sum(name.endswith(".png") for name in undisturbed)
    assert f"{planned - len(made)} pictures and the files beside them not made;" in said
    assert all(path.read_bytes() == undisturbed[str(path.relative_to(out))] for path in made)
    assert not [path for path in out.rglob("*") if ".tmp" in path.name]
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    code, _, err = cuttingroom("export", project, out, "--jobs", 1)
    assert code == 0, err
    assert files(out) == undisturbed


def test_a_picture_too_large_to_be_written_costs_no_other(
    project: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    sizes = sorted(len(data) for name, data in undisturbed.items() if name.endswith(".png"))
    largest = sizes[len(sizes) // 2]
    out = tmp_path / "out"
    code, said, err = cuttingroom(
        "export", project, out, "--jobs", 1,
        limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
    )  # fmt: skip
    assert code == 1
    assert "cannot be written (File too large)" in err
    small = {n for n, data in undisturbed.items() if n.endswith(".png") and len(data) <= largest}
    assert {name for name in files(out) if name.endswith(".png")} == small
    assert f"{len(small)} pictures in" in said


def test_a_folder_that_cannot_be_written_to_is_one_clear_line(
    project: Path, small_disk: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for out in (small_disk, small_disk / "out"):
        code, said, err = cuttingroom("export", project, out)
        assert (code, said) == (2, "")
        assert "cannot be" in err
        assert len(err.splitlines()) == 1


def test_two_exports_do_not_write_to_one_folder_at_once(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = started("export", project, out, "--jobs", 1)
    while not out.exists() and first.poll() is None:
        time.sleep(0.005)
    time.sleep(0.02)
    code, _, err = cuttingroom("export", project, out)
    first.communicate()
    assert first.returncode == 0
    assert code == 2
    assert "another export is writing there" in err
