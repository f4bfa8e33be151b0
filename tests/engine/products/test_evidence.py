from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.products.agreement import Agreement
from engine.products.depth import UNKNOWN
from engine.products.evidence import Evidence, score_of, warnings_of
from engine.products.parallax import NO_LAYERS
from engine.products.registration import Track
from engine.values import FloatMap

COUNT = 20
WELL = Evidence(
    track=Track(
        frames=tuple(range(COUNT)),
        place=np.column_stack([10.0 * np.arange(COUNT), np.zeros((COUNT, 2))]),
        gain=np.zeros(COUNT),
        detail=np.ones(COUNT),
        residual=0.05,
        agreement=1.0,
        model="shift",
    ),
    layers=NO_LAYERS,
    fit=UNKNOWN,
    agreement=Agreement(4.0, np.zeros((20, 60), np.float32), 1.0, 0.0),
    width=320,
    asked=COUNT,
)


def sure(place: float = 0.95) -> FloatMap:
    return np.full((220, 660), place, np.float32)


def test_a_picture_that_all_frames_agree_on_scores_nearly_one() -> None:
    assert score_of(sure(), WELL) > 0.99


def test_one_bad_place_costs_more_than_the_same_doubt_spread_thin() -> None:
    one_place, thin = sure(), sure(0.95 - 0.95 * 40 * 220 / (220 * 660))
    one_place[:, 300:340] = 0
    assert score_of(one_place, WELL) < score_of(thin, WELL) - 0.2


def test_a_place_that_only_two_frames_saw_costs_little() -> None:
    ends = sure()
    ends[:, :30] = 0.73
    assert score_of(ends, WELL) > 0.97


def test_who_walks_by_does_not_lower_the_score_where_others_saw_behind() -> None:
    assert score_of(sure(), replace(WELL, left_out=0.12)) == score_of(sure(), WELL)
    assert score_of(sure(), replace(WELL, left_out=0.4)) < 0.8


def test_what_was_never_seen_is_said_once() -> None:
    confidence = sure()
    confidence[:, 300:330] = 0
    hidden = list(warnings_of(confidence, replace(WELL, hidden=30 / 660)))
    assert len(hidden) == 1
    assert "5% of the picture was never seen" in hidden[0]
    glimpsed = list(warnings_of(confidence, replace(WELL, glimpsed=30 / 660)))
    assert len(glimpsed) == 1
    assert "5% of the picture was seen by one frame alone" in glimpsed[0]


def test_what_no_frame_shows_is_said_and_costs_much() -> None:
    torn = replace(WELL, torn=0.01)
    assert score_of(sure(), torn) < 0.75
    (said,) = warnings_of(sure(), torn)
    assert said.startswith("1% of the picture is as no frame shows it")


def test_frames_at_either_end_that_the_picture_ends_before_are_named() -> None:
    track = replace(WELL.track, frames=tuple(range(3, 3 + COUNT)))
    ends = replace(WELL, track=track, asked=COUNT + 4, cut_off=(0, 1, 2, 23))
    (said,) = warnings_of(sure(), ends)
    assert said.startswith("frames 0–2 and 23 could not be followed")
    (said,) = warnings_of(sure(), replace(WELL, asked=15, cut_off=(20,)))
    assert said == "frame 20 could not be followed on from the others: it is not in it"
    assert score_of(sure(), ends) < score_of(sure(), WELL) - 0.1
