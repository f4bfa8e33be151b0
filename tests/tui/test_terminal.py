"""The room in a real pseudo-terminal, with and without a terminal that draws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import EngineError
from engine.values import State
from tests.terminal import Terminal as Screen
from tests.terminal import needs_terminal
from tests.tui.project import states
from tui.app import run_room
from tui.terminal import (
    Graphics,
    Terminal,
    _cell,
    _graphics,
    _is_light,
    _through_tmux,
    _typed,
    find_terminal,
)

ROOT = Path(__file__).resolve().parents[2]

OPEN = (
    "import sys; from pathlib import Path; from tui.app import run_room;"
    "run_room(Path(sys.argv[1]), 'mira', sys.argv[2])"
)

forks = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def opened(folder: Path, graphics: str, *, rate: int = 0) -> Screen:
    return Screen(["review", folder, "--as", "mira"], 120, 40, graphics=graphics, rate=rate)


@forks
@needs_terminal
@pytest.mark.parametrize("graphics", ["none", "kitty", "sixel"])
def test_what_was_on_the_screen_as_decided_outlives_a_kill(folder: Path, graphics: str) -> None:
    with opened(folder, graphics) as screen:
        screen.wait_for("8 left")
        if graphics != "none":
            screen.wait_for_picture()
        screen.press("ax")
        screen.wait_for("1 rejected")
    assert states(folder)[:2] == [State.APPROVED, State.REJECTED]
    assert "panorama" in (folder / "approved.toml").read_text()


@forks
@needs_terminal
@pytest.mark.parametrize("graphics", ["kitty", "sixel"])
def test_on_a_slow_link_a_key_is_answered_before_the_picture_is_through(
    folder: Path, graphics: str
) -> None:
    grainy(folder / "previews/still.jpg")
    with opened(folder, graphics, rate=250_000) as screen:
        screen.wait_for("8 left", "panorama")
        # The link's speed is learned from the first pictures that go through it.
        screen.press("jj")
        screen.wait_for_picture(20_000)
        screen.press("gg")
        screen.wait_for("panorama of scene 1")
        before = screen.picture_bytes
        screen.press("j")
        screen.wait_for_picture(before)
        screen.press("j")
        screen.wait_for("layer of scene 2")
        assert screen.picture_bytes - before < 60_000, "a whole picture is three times that"


@forks
@needs_terminal
@pytest.mark.parametrize("graphics", ["none", "kitty"])
def test_keys_typed_before_the_room_opens_are_done_when_it_has(folder: Path, graphics: str) -> None:
    with opened(folder, graphics) as screen:
        screen.press("ax")
        screen.wait_for("1 approved", "1 rejected")
    assert states(folder)[:2] == [State.APPROVED, State.REJECTED]


def test_keys_between_the_answers_of_a_terminal_are_told_from_them() -> None:
    said = (
        b"a\x1b_Gi=31;OK\x1b\\\x1b]11;rgb:12/14/1a\x07j\x1b[6;18;9t\x1b[B\x1b[?62;4;22c\n\x1b[3;7Rx"
    )
    assert _typed(said) == "aj\x1b[B\rx"
    assert _typed(b"\x1b[?62c") == ""


def grainy(path: Path) -> None:
    """Put noise in place of a preview: the hardest to send."""
    noise = np.random.default_rng(1).integers(0, 255, (540, 960, 3), np.uint8)
    cv2.imwrite(str(path), noise)


def test_without_a_terminal_it_says_so(folder: Path) -> None:
    arguments = [sys.executable, "-c", OPEN, str(folder), "auto"]
    done = subprocess.run(
        arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert "review needs a terminal" in done.stderr
    assert "\x1b" not in done.stdout


def test_what_is_no_project_is_told_before_the_screen_is_touched(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not a Cutting Room project"):
        run_room(tmp_path, None, "auto")


def test_a_terminal_is_what_it_answers() -> None:
    assert _graphics(b"\x1b[?62;4;22c") is Graphics.SIXEL
    assert _graphics(b"\x1b_Gi=31;OK\x1b\\\x1b[?62c") is Graphics.KITTY
    assert _graphics(b"\x1b_Gi=31;OK\x1b\\\x1b[?62;4c") is Graphics.SIXEL, "as WezTerm, Konsole"
    assert _graphics(b"\x1b[?62;22c") is Graphics.HALFCELL
    assert _graphics(b"\x1b[?62c") is Graphics.HALFCELL, "as mosh"
    assert _graphics(b"") is Graphics.HALFCELL
    assert _cell(b"\x1b[6;18;9t") == (9, 18)
    assert _cell(b"\x1b[6;0;0t") is None
    assert _is_light(b"\x1b]11;rgb:ffff/ffff/f0f0\x1b\\")
    assert not _is_light(b"\x1b]11;rgb:12/14/1a\x07")


@pytest.mark.parametrize(
    ("told", "itself", "drawn"),
    [
        ("on xterm-kitty 256,RGB,title\n", Graphics.HALFCELL, Graphics.KITTY),
        ("all xterm-ghostty RGB\n", Graphics.HALFCELL, Graphics.KITTY),
        ("off xterm-kitty 256,RGB\n", Graphics.HALFCELL, Graphics.HALFCELL),
        ("on xterm-256color 256,sixel\n", Graphics.SIXEL, Graphics.SIXEL),
        ("off xterm-256color 256,RGB\n", Graphics.SIXEL, Graphics.HALFCELL),
        ("off xterm-256color\n", Graphics.SIXEL, Graphics.HALFCELL),
        ("", Graphics.SIXEL, Graphics.HALFCELL),
    ],
)
def test_inside_tmux_the_terminal_around_it_counts(
    told: str, itself: Graphics, drawn: Graphics
) -> None:
    assert _through_tmux(told, itself) is drawn


@forks
@needs_terminal
@pytest.mark.parametrize(("width", "height"), [(0, 0), (20, 10)])
def test_a_terminal_of_no_size_or_hardly_any_is_no_reason_to_fall_over(
    folder: Path, width: int, height: int
) -> None:
    with Screen(["review", folder, "--as", "mira"], width, height) as screen:
        screen.wait_until(lambda: "panorama" in screen.text or "panor" in screen.text)
        screen.press("a")
        screen.wait_until(lambda: states(folder)[0] is State.APPROVED)


@forks
@needs_terminal
def test_who_sends_errors_elsewhere_sees_the_room_all_the_same(
    folder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "errors.txt"
    with Screen(["review", folder, "--as", "mira"], 120, 40, errors=log) as screen:
        screen.wait_for("8 left")
    assert log.read_bytes() == b""


def test_tests_have_no_terminal() -> None:
    assert find_terminal("auto") == Terminal(Graphics.NONE, interactive=False)
