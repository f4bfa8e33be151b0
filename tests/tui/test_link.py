from __future__ import annotations

import pytest

from tui.link import LARGEST, QUESTION, SMALLEST, Link


class Wire:
    """A terminal behind a link of some speed, and a clock that only this moves."""

    def __init__(self, rate: float, far: float = 0.01) -> None:
        self.now, self.free_at, self.rate, self.far = 100.0, 0.0, rate, far
        self.written: list[str] = []
        self.answers: list[float] = []
        self.link = Link(self.write, lambda: self.now)

    def write(self, text: str) -> None:
        self.written.append(text)
        self.link.wrote(len(text))
        self.free_at = max(self.free_at, self.now) + len(text) / self.rate
        if text.endswith(QUESTION):
            self.answers.append(self.free_at + self.far)

    @property
    def backlog(self) -> float:
        """Seconds that a key's echo would wait now."""
        return max(0.0, self.free_at - self.now)

    def answer(self) -> None:
        self.now = max(self.now, self.answers.pop(0))
        self.link.answered(self.now)

    def drain(self) -> float:
        """Answer all; give the longest that a key would have waited."""
        worst = 0.0
        while self.answers:
            worst = max(worst, self.backlog)
            self.answer()
        return worst


SLICES = ["x" * 4_096] * 40


def test_a_picture_arrives_whole_and_is_then_shown() -> None:
    wire = Wire(rate=1e9)
    shown: list[bool] = []
    wire.link.send(SLICES, done=lambda: shown.append(True))
    wire.drain()
    assert "".join(wire.written).replace(QUESTION, "") == "".join(SLICES)
    assert shown == [True]


def test_on_a_slow_link_a_key_waits_for_two_slices_and_not_for_the_picture() -> None:
    wire = Wire(rate=250_000)
    wire.link.send(SLICES)
    wire.drain()
    wire.link.send(SLICES)
    assert wire.drain() < 0.05
    assert wire.link.rate == pytest.approx(250_000, rel=0.1)


def test_on_a_fast_link_far_away_the_window_stays_wide() -> None:
    wire = Wire(rate=12_500_000, far=0.1)
    wire.link.send(SLICES)
    wire.drain()
    assert wire.link.window == LARGEST


def test_answers_that_a_busy_machine_reads_late_and_together_do_not_make_a_link_fast() -> None:
    wire = Wire(rate=250_000)
    wire.link.ask()
    wire.answer()
    for _ in range(6):
        wire.link.send(SLICES[:8])
        while wire.answers:
            wire.now = max(wire.now, wire.answers[-1]) + 0.2
            for _ in range(len(wire.answers)):
                wire.answer()
            assert wire.link.rate < 250_000
            assert wire.link.window <= 2 * SMALLEST


def test_a_link_that_was_slow_from_the_start_gets_small_pictures_from_the_start() -> None:
    link = Link(lambda text: None, rate=250_000)
    assert link.is_slow
    assert link.window == SMALLEST
    assert 12_000 < link.most < 250_000 / 4
    assert Link(lambda text: None).most == 0


def test_a_newer_picture_displaces_what_is_not_sent_yet() -> None:
    wire = Wire(rate=250_000)
    shown: list[str] = []
    wire.link.send(SLICES, done=lambda: shown.append("old"), abort="ABORT")
    wire.link.send(["new"], done=lambda: shown.append("new"))
    wire.drain()
    text = "".join(wire.written)
    assert text.count("x") < LARGEST + SMALLEST
    assert text.index("ABORT") < text.index("new")
    assert shown == ["new"]


def test_a_terminal_that_never_answers_gets_the_picture_all_the_same() -> None:
    wire = Wire(rate=1e6)
    shown: list[bool] = []
    wire.link.send(SLICES, done=lambda: shown.append(True))
    for _ in range(50):
        wire.now += 2.1
        wire.link.look_after()
    assert shown == [True]


def test_an_answer_that_comes_late_is_not_taken_for_another() -> None:
    wire = Wire(rate=1e6)
    wire.link.send(["a" * 2_000])
    wire.now += 3
    wire.link.look_after()
    assert wire.link.on_the_way == 0
    wire.link.send(["b" * 2_000])
    for _ in range(3):
        wire.link.answered(wire.now)
        assert wire.link.on_the_way >= 2_000
    wire.link.answered(wire.now)
    assert wire.link.on_the_way == 0


def test_a_long_queue_is_not_mistaken_for_silence() -> None:
    wire = Wire(rate=250_000)
    wire.link.send(SLICES)
    wire.drain()
    wire.link.ask()
    wire.write("t" * 30_000)
    wire.link.ask()
    wire.now += 0.1
    wire.link.look_after()
    assert wire.link.on_the_way >= 30_000
