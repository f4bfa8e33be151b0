"""The frames of a scene in one line."""

from __future__ import annotations

from tui.strip import Frames, overview
from tui.theme import DARK, palette

COLOURS = palette({**DARK.variables, "foreground": "#ffffff", "accent": "#f2c063"})


def drawn(frames: Frames, width: int = 20) -> list[str]:
    return [line.plain for line in overview(frames, width, COLOURS)]


def test_the_handles_stand_where_the_range_begins_and_ends() -> None:
    frames = Frames((100, 200), {}, (120, 180))
    assert drawn(frames) == ["━━━━┣━━━━━━━━━━┫━━━━", "100   120–179    199"]


def test_frames_left_out_and_the_one_at_hand_are_marked() -> None:
    handles, _ = drawn(Frames((0, 40), {}, (0, 40), out=(10, 11), here=20))
    assert handles == "┣━━━━✗━━━━▲━━━━━━━━┫"


def test_a_bar_tells_the_most_of_its_frames_and_stays_where_nothing_is_known() -> None:
    bars, *_ = drawn(Frames((0, 40), {0: 0.1, 10: 0.2, 11: 0.8, 30: 0.4}, (0, 40)))
    assert bars == "▂▂▂▂▂██████████▅▅▅▅▅"


def test_a_frame_alone_has_no_handles() -> None:
    assert drawn(Frames((0, 40), {}, here=20)) == ["──────────▲─────────", "0        20       39"]


def test_a_short_scene_takes_a_cell_a_frame() -> None:
    handles, numbers = drawn(Frames((5, 17), {}, (5, 17)))
    assert handles == "┣━━━━━━━━━━┫"
    assert numbers == "5   5–16  16"


def test_the_handle_that_the_keys_move_stands_out() -> None:
    line = overview(Frames((0, 40), {}, (4, 30), held="stop"), 20, COLOURS)[0]
    inks = {line.plain[span.start]: span.style for span in line.spans if span.style}
    assert inks["┫"] == COLOURS.accent
    assert inks["┣"] != COLOURS.accent
