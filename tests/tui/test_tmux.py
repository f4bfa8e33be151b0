"""A scan, a review by keys and an export, inside tmux: where many people work."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from tests.synthetic import texture
from tests.terminal import ROOT, needs_terminal

pytestmark = [
    needs_terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here"),
]


class Tmux:
    """A tmux server of its own with one shell in it."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "tmux")
        size = ["-x", "120", "-y", "40"]
        self._run("-f", "/dev/null", "new-session", "-d", "-s", "room", *size, "sh")
        self.send(f"cd {folder}; PYTHONPATH={ROOT}; export PYTHONPATH; PS1='$ '", "Enter")

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def send(self, *keys: str) -> None:
        """Type keys, by tmux's names."""
        self._run("send-keys", "-t", "room", *keys)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return self._run("capture-pane", "-p", "-t", "room")

    def wait_for(self, words: str, seconds: float = 90) -> None:
        """Wait until words are on the screen."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, f"no {words!r} on\n{self.text}"
            time.sleep(0.1)

    def close(self) -> None:
        """End the server."""
        self._run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A shell beside three stills."""
    stills = tmp_path / "stills"
    stills.mkdir()
    for number in range(3):
        cv2.imwrite(str(stills / f"{number}.png"), texture(360, 640, seed=number))
    server = Tmux(tmp_path)
    yield server
    server.close()


def test_from_footage_to_a_dataset_by_keys(tmux: Tmux, tmp_path: Path) -> None:
    program = f"{sys.executable} -m tui"
    tmux.send(f'{program} scan stills -p p.cuttingroom --jobs 1 && echo SCAN""NED', "Enter")
    tmux.wait_for("SCANNED")
    tmux.send(f'clear; {program} review p.cuttingroom --as mira; echo REVIEW""ED', "Enter")
    tmux.wait_for("✓ saved")
    tmux.send("R")
    tmux.wait_for("Approve all")
    tmux.send("-l", "kind=keeper")
    tmux.wait_for("to approve")
    tmux.send("Enter")
    tmux.wait_for("u takes it back")
    tmux.wait_for("✓ saved")
    tmux.send("q")
    tmux.wait_for("REVIEWED")
    assert "cuttingroom export p.cuttingroom DATASET" in tmux.text, "what comes next"
    tmux.send(f'clear; {program} export p.cuttingroom out --jobs 1 && echo EXPORT""ED', "Enter")
    tmux.wait_for("EXPORTED")
    approved = tomllib.loads((tmp_path / "p.cuttingroom/approved.toml").read_text())["items"]
    assert len(approved) >= 1
    assert len(list((tmp_path / "out").rglob("*.png"))) == len(approved)


def test_doctor_asks_tmux_whether_pictures_come_through(tmux: Tmux) -> None:
    for setting, says in (("on", "lets pictures through"), ("off", "keeps pictures back")):
        tmux.send(f"clear; tmux set -g allow-passthrough {setting}", "Enter")
        tmux.send(f"{sys.executable} -m tui doctor", "Enter")
        tmux.wait_for(says)
