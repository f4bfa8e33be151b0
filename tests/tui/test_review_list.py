from __future__ import annotations

from dataclasses import replace

import pytest

from engine.project.candidate import Candidate
from engine.values import Kind, State
from tui.filtering import Filter
from tui.review_list import ReviewList

SOURCES = {"a": "first.mkv", "b": "second.mkv"}


def candidate(
    name: str, scene: int, source: str = "a", state: State = State.PENDING, kind: Kind = Kind.CROP
) -> Candidate:
    return Candidate(
        name, kind, source, scene, (0, 1), "{}", (512, 512), 0.5, "face", "[]", "[]", "[]", "", "",
        state,
    )  # fmt: skip


@pytest.fixture
def review() -> ReviewList:
    """Five candidates in three scenes of two sources."""
    review = ReviewList()
    found = [candidate("1", 1), candidate("2", 1), candidate("3", 2), candidate("4", 1, "b")]
    review.fill([*found, candidate("5", 1, "b")], SOURCES)
    return review


def here(review: ReviewList) -> str:
    return review.current.id if review.current else ""


def decided(review: ReviewList, name: str, state: State) -> None:
    known = review.get(name)
    assert known is not None
    review.update([replace(known, state=state)])


def test_moving_runs_through_the_scenes_and_stops_at_both_ends(review: ReviewList) -> None:
    seen = [here(review)]
    for _ in range(6):
        review.move(1)
        seen.append(here(review))
    assert seen == ["1", "2", "3", "4", "5", "5", "5"]
    review.move(-3)
    assert here(review) == "2"
    review.move(-30)
    assert here(review) == "1"


def test_the_cursor_opens_on_the_first_undecided(review: ReviewList) -> None:
    fresh = ReviewList()
    done = [candidate("1", 1, state=State.APPROVED), candidate("2", 1)]
    fresh.fill(done, SOURCES)
    assert here(fresh) == "2"


def test_what_is_on_its_way_to_the_disk_counts_as_decided(review: ReviewList) -> None:
    review.waiting["2"] += 1
    review.undecided(1)
    assert here(review) == "3"


def test_when_nothing_is_pending_what_was_left_for_later_comes_back(review: ReviewList) -> None:
    for name in "1345":
        decided(review, name, State.APPROVED)
    decided(review, "2", State.SKIPPED)
    review.last()
    assert review.undecided(1)
    assert here(review) == "2"
    decided(review, "2", State.REJECTED)
    assert not review.undecided(1)


def test_a_filter_keeps_the_cursor_or_takes_it_to_what_follows(review: ReviewList) -> None:
    decided(review, "4", State.APPROVED)
    review.go("4")
    review.set_filter(Filter(state="approved"))
    assert here(review) == "4"
    review.set_filter(Filter(state="undecided"))
    assert here(review) == "5"
    review.set_filter(Filter())
    assert here(review) == "5"


def test_under_a_filter_empty_scenes_are_gone_and_counts_are_of_all(review: ReviewList) -> None:
    decided(review, "3", State.REJECTED)
    review.set_filter(Filter(state="rejected"))
    assert [(g.source_id, g.number) for g in review.shown] == [("a", 2)]
    assert review.states[State.PENDING] == 4
    decided(review, "3", State.PENDING)
    assert review.shown == []
    assert review.current is None
    review.move(1)
    assert not review.undecided(1)


def test_a_refill_keeps_the_cursor_on_its_candidate(review: ReviewList) -> None:
    review.go("3")
    more = [candidate("0", 1), *review.candidates]
    review.fill(more, SOURCES)
    assert here(review) == "3"


def test_reports_come_last_in_the_order_of_their_targets() -> None:
    review = ReviewList()
    reports = [
        replace(candidate(name, 0, "", kind=Kind.REPORT), reason=name)
        for name in ("sdxl", "nai", "sd1")
    ]
    review.fill([*reports, candidate("1", 1)], SOURCES)
    assert [c.id for c in review.candidates] == ["1", "sd1", "nai", "sdxl"]
    assert review.groups[-1].is_reports
