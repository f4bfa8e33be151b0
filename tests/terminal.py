"""A real pseudo-terminal with a screen that can be read: for tests of the whole program."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pyte
import pytest

ROOT = Path(__file__).parents[1]


def has_terminals() -> bool:
    """Whether pseudo-terminals can be had; a bare chroot without /dev/pts has none."""
    try:
        handles = pty.openpty()
    except OSError:
        return False
    for handle in handles:
        os.close(handle)
    return True


needs_terminal = pytest.mark.skipif(not has_terminals(), reason="no pseudo-terminals here")


class Terminal:
    """Runs ``cuttingroom`` in a pseudo-terminal, types keys and reads the screen."""

    def __init__(self, arguments: Sequence[object], width: int = 80, height: int = 24) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.pid, self._handle = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", PYTHONPATH=str(ROOT))
            for name in ("NO_COLOR", "COLUMNS", "LINES"):  # a test runner may set these
                os.environ.pop(name, None)
            command = [sys.executable, "-m", "tui", *map(str, arguments)]
            os.execv(sys.executable, command)
        size = struct.pack("HHHH", height, width, height * 20, width * 10)
        fcntl.ioctl(self._handle, termios.TIOCSWINSZ, size)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        os.close(self._handle)

    def kill(self) -> None:
        """Kill -9, as a lost connection or a full machine would."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._handle, keys.encode())

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.screen.display)

    def wait_for(self, *wanted: str, seconds: float = 30) -> str:
        """Wait until every one of ``wanted`` is on the screen, and give the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._pump(0.05)
            if all(piece in self.text for piece in wanted):
                return self.text
        raise AssertionError(f"never saw {wanted} in {seconds} s; the screen:\n{self.text}")

    def wait_for_end(self, seconds: float = 60) -> int:
        """Wait until the program ends, and give its exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._pump(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still running after {seconds} s; the screen:\n{self.text}")

    def _pump(self, seconds: float) -> None:
        ready, _, _ = select.select([self._handle], [], [], seconds)
        if ready:
            try:
                self._stream.feed(os.read(self._handle, 65536))
            except OSError:
                time.sleep(seconds)
