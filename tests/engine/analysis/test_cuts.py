from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from benchmarks.scene_stage import arrivals
from engine.values import Image, Transition
from tests.engine.analysis.footage import SIZE, analyse, black, compressed, mix, pan, still, walker
from tests.synthetic import texture


def test_a_cut_is_found_at_the_first_frame_of_the_new_shot() -> None:
    shots = analyse(still(1, 20) + still(2, 20))
    assert [(s.shot.start, s.shot.stop, s.shot.entry) for s in shots] == [
        (0, 20, Transition.START),
        (20, 40, Transition.CUT),
    ]


def barred(frames: list[Image], *, beside: int = 0, above: int = 0) -> list[Image]:
    """Put frames between black bars."""
    width, height = SIZE
    inner = width - 2 * beside, height - 2 * above
    out = []
    for frame in frames:
        whole = np.zeros_like(frame)
        small = cv2.resize(frame, inner, interpolation=cv2.INTER_AREA)
        whole[above : height - above, beside : width - beside] = small
        out.append(whole)
    return out


def test_cuts_and_dissolves_are_found_between_bars_beside_and_above_the_picture() -> None:
    bright: list[Image] = []
    for seed in (1, 2):
        pale = cv2.convertScaleAbs(still(seed, 1)[0], alpha=0.2, beta=180)
        bright += [np.asarray(pale, np.uint8)] * 40
    whole = still(3, 30)
    mixed = [mix(whole[0], still(4, 1)[0], i / 25) for i in range(1, 25)] + still(4, 40)
    for bars in ({"beside": 40}, {"above": 25}):
        shots = analyse(barred([*bright, *whole, *mixed], **bars))
        starts = [(s.shot.start, s.shot.entry) for s in shots]
        assert starts[:3] == [(0, Transition.START), (40, Transition.CUT), (80, Transition.CUT)]
        assert [entry for _, entry in starts[3:]] == [Transition.DISSOLVE]
        assert abs(starts[3][0] - 122) <= 2


def gated(frames: list[Image], edge: int = 3) -> list[Image]:
    """Put frames behind a film gate: a narrow dark edge with round corners."""
    width, height = SIZE
    gate = np.zeros((height, width), np.uint8)
    inner = np.zeros((height - 2 * edge, width - 2 * edge), np.uint8)
    radius = 15
    cv2.rectangle(inner, (radius, 0), (width - 2 * edge - radius, height), 255, -1)
    cv2.rectangle(inner, (0, radius), (width, height - 2 * edge - radius), 255, -1)
    for x in (radius, width - 2 * edge - radius):
        for y in (radius, height - 2 * edge - radius):
            cv2.circle(inner, (x, y), radius, 255, -1)
    gate[edge:-edge, edge:-edge] = inner
    return [np.asarray(cv2.copyTo(frame, gate), np.uint8) for frame in frames]


def test_cuts_between_bright_shots_are_found_behind_a_narrow_film_gate() -> None:
    bright = [
        [np.asarray(cv2.convertScaleAbs(still(seed, 1)[0], alpha=0.3, beta=120), np.uint8)] * 20
        for seed in (1, 2, 3)
    ]
    for edge in (3, 5, 8):
        shots = analyse(gated([*bright[0], *bright[1], *bright[2]], edge))
        assert [s.shot.start for s in shots] == [0, 20, 40]


def test_a_whip_pan_between_bars_is_no_cut() -> None:
    places = [(0.0, 50.0)] * 12 + [(70.0 * i, 50.0) for i in range(1, 9)] + [(560.0, 50.0)] * 12
    assert len(analyse(barred(pan(3, places), beside=40))) == 1


def test_a_shot_of_eight_frames_is_found() -> None:
    shots = analyse(still(1, 20) + still(2, 8) + still(3, 20))
    assert [s.shot.start for s in shots] == [0, 20, 28]


def test_a_flash_of_one_to_six_frames_is_no_cut() -> None:
    for length in (1, 3, 6):
        frames = still(1, 20) + black(length, level=250) + still(1, 20)
        assert len(analyse(frames)) == 1, length


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_few_black_frames_between_two_bright_shots_part_them(length: int) -> None:
    pale = [
        [np.asarray(cv2.convertScaleAbs(f, alpha=0.2, beta=180), np.uint8) for f in still(seed, 30)]
        for seed in (1, 2)
    ]
    shots = analyse([*pale[0], *black(length), *pale[1]])
    assert [s.shot.start for s in shots] == [0, 30, 30 + length]


def test_a_flash_that_lets_the_picture_through_is_no_cut_and_not_fit_to_be_kept() -> None:
    frames = still(1, 40)
    frames[17] = mix(frames[17], black(1, 255)[0], 0.7)
    (shot,) = analyse(frames)
    assert np.flatnonzero(shot.facts.blend).tolist() == [17]


def test_a_whip_pan_is_no_cut() -> None:
    places = [(0.0, 50.0)] * 12 + [(70.0 * i, 50.0) for i in range(1, 9)] + [(560.0, 50.0)] * 12
    assert len(analyse(pan(3, places))) == 1


def test_a_body_passing_the_lens_is_no_cut() -> None:
    frames = walker(still(1, 50), width=300, step=40.0)
    assert len(analyse(frames)) == 1


def test_a_fly_by_in_front_of_a_moving_camera_is_no_cut() -> None:
    frames = pan(3, [(2.0 * i, 50.0) for i in range(60)])
    figure = still(99, 1)[0]
    for i in range(18):
        # It comes from afar, fills most of the frame and leaves it to the right.
        scale, x = min(1.2, 0.15 * 1.3**i), -40 + 2.0 * i**1.9
        move = np.array([[scale, 0, x - 100 * scale], [0, scale, 90 - 90 * scale]])
        shape = cv2.warpAffine(np.full(figure.shape[:2], 255, np.uint8), move, SIZE) > 127
        frames[25 + i][shape] = cv2.warpAffine(figure, move, SIZE)[shape]
    assert len(analyse(frames)) == 1


def test_a_flash_of_one_frame_in_a_pan_is_no_cut_and_not_fit_to_be_kept() -> None:
    frames = pan(3, [(4.0 * i, 50.0) for i in range(50)])
    frames[24] = mix(frames[24], black(1, 255)[0], 0.8)
    (shot,) = analyse(frames)
    assert np.flatnonzero(shot.facts.blend).tolist() == [24]


def test_a_whip_pan_that_blurs_is_no_cut() -> None:
    places = [(0.0, 50.0)] * 12 + [(60.0 * i, 50.0) for i in range(1, 9)] + [(480.0, 50.0)] * 12
    frames = pan(3, places)
    frames[12:20] = [np.asarray(cv2.blur(frame, (41, 1)), np.uint8) for frame in frames[12:20]]
    assert len(analyse(frames)) == 1


def test_a_walker_is_no_cut() -> None:
    assert len(analyse(walker(still(1, 60)))) == 1


def test_a_first_frame_off_in_colour_is_told_through_codec_noise_while_the_camera_moves() -> None:
    frames = still(1, 20) + pan(2, [(2.0 * i, 50.0) for i in range(30)])
    frames[20] = np.clip(frames[20] + np.array([40.0, 10, -20]), 0, 255).astype(np.uint8)
    shots = analyse(compressed(frames))
    assert [s.shot.start for s in shots] == [0, 20]
    assert np.flatnonzero(shots[1].facts.blend).tolist() == [0]


def test_a_first_frame_off_in_colour_is_part_of_its_shot_and_not_fit_to_be_kept() -> None:
    frames = still(1, 20) + still(2, 20)
    frames[20] = np.clip(frames[20] + np.array([60.0, 10, -20]), 0, 255).astype(np.uint8)
    shots = analyse(frames)
    assert [s.shot.start for s in shots] == [0, 20]
    assert shots[1].facts.blend[0]
    assert not shots[1].facts.blend[1:].any()


def test_a_dissolve_begins_a_shot_in_its_middle() -> None:
    one, two = still(1, 1)[0], still(2, 1)[0]
    mixed = [mix(one, two, (i + 1) / 25) for i in range(24)]
    shots = analyse([one] * 40 + mixed + [two] * 40)
    assert [s.shot.entry for s in shots] == [Transition.START, Transition.DISSOLVE]
    assert abs(shots[1].shot.start - 52) <= 3
    (gradual,) = shots[1].gradual
    assert gradual.start < 52 < gradual.stop
    assert shots[1].facts.blend[:8].all()
    assert not shots[1].facts.blend[20:].any()


def test_a_dissolve_between_slow_pans_is_found() -> None:
    one = pan(1, [(1.0 * i, 40.0) for i in range(60)])
    two = pan(2, [(400 - 1.0 * i, 40.0) for i in range(60)])
    mixed = [mix(one[44 + i], two[i], (i + 1) / 17) for i in range(16)]
    shots = analyse(one[:44] + mixed + two[16:])
    assert [s.shot.entry for s in shots] == [Transition.START, Transition.DISSOLVE]
    assert abs(shots[1].shot.start - 52) <= 4


def test_a_tilt_over_an_evenly_lit_sky_is_no_dissolve() -> None:
    width, height = SIZE
    tall = 3 * height
    light = np.linspace(40, 215, tall)[:, None, None] * np.array([1.0, 0.9, 0.8])
    sky = np.broadcast_to(light, (tall, width, 3)).astype(np.uint8).copy()
    rng = np.random.default_rng(5)
    for _ in range(26):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, tall))
        size = (int(rng.integers(20, 60)), int(rng.integers(5, 14)))
        cv2.ellipse(sky, (x, y), size, 0, 0, 360, (sky[y, 0] * 0.82).tolist(), -1)
    ways = np.linspace(0, tall - height, 90).round().astype(int)
    shots = analyse([np.ascontiguousarray(sky[y : y + height]) for y in ways])
    assert [s.shot.entry for s in shots] == [Transition.START]


def swept(shape: str, one: list[Image], two: list[Image], rest: int = 40) -> list[Image]:
    """Let a border of some shape sweep over the end of one shot and the beginning of another."""
    count = len(one) - rest
    when = arrivals(shape, SIZE)[..., None]
    mixed = [np.where(when <= (k + 1) / (count + 1), two[k], one[rest + k]) for k in range(count)]
    return one[:rest] + [np.asarray(view, np.uint8) for view in mixed] + two[count:]


@pytest.mark.parametrize("shape", ["right", "aslant", "opening", "closing", "clock", "doors"])
def test_a_border_that_sweeps_over_the_picture_begins_a_shot_in_its_middle(shape: str) -> None:
    one = walker(still(1, 60))
    two = still(2, 60)
    shots = analyse(swept(shape, one, two))
    assert [s.shot.entry for s in shots] == [Transition.START, Transition.DISSOLVE]
    assert abs(shots[1].shot.start - 50) <= 3
    (gradual,) = shots[1].gradual
    assert abs(gradual.start - 40) <= 5
    assert abs(gradual.stop - 60) <= 5
    assert not shots[1].facts.blend[16:].any()


def test_a_circle_that_closes_to_black_and_opens_again_parts_two_shots() -> None:
    dark = black(60)
    closing = swept("closing", still(1, 60), dark[:20])
    frames = closing + black(10) + swept("opening", black(20), still(2, 60), rest=0)
    first, second = analyse(frames)
    assert second.shot.entry is Transition.DISSOLVE
    assert 70 <= second.shot.start <= 90
    assert [g.start <= 50 <= g.stop for g in first.gradual] == [True]
    assert first.facts.blend[45:55].all()


def test_a_body_that_hides_the_whole_picture_for_a_while_is_no_wipe() -> None:
    frames = walker(still(1, 90), width=600, step=18.0)
    shown = [np.asarray(cv2.copyMakeBorder(f[30:170], 20, 20, 0, 0, 1), np.uint8) for f in frames]
    assert len(analyse(shown)) == 1


def test_a_title_that_comes_up_is_no_dissolve() -> None:
    frames = still(1, 80)
    title = frames[0].copy()
    title[70:110, 80:240] = 255
    for i in range(20):
        frames[30 + i] = mix(frames[0], title, (i + 1) / 20)
    frames[50:] = [title] * 30
    assert len(analyse(frames)) == 1


def test_a_fade_out_and_in_through_black_parts_two_shots() -> None:
    one, two, dark = still(1, 1)[0], still(2, 1)[0], black(1)[0]
    out = [mix(one, dark, (i + 1) / 16) for i in range(16)]
    into = [mix(dark, two, (i + 1) / 16) for i in range(16)]
    shots = analyse([one] * 20 + out + [dark] * 6 + into + [two] * 20)
    assert [s.shot.entry for s in shots] == [Transition.START, Transition.FADE]
    assert 40 <= shots[1].shot.start <= 45
    (left,), (entered,) = shots[0].gradual, shots[1].gradual
    assert left.start <= 24 <= left.stop
    assert entered.start <= 50 <= entered.stop


def test_a_film_that_opens_on_the_first_black_frames_of_a_fade_has_no_shot_of_these() -> None:
    picture = still(3, 60)
    rising = [mix(black(1)[0], one, min(1, i / 25)) for i, one in enumerate(picture, 1)]
    shots = [analyse([*black(count), *rising]) for count in (1, 3, 12)]
    assert [len(some) for some in shots] == [1, 1, 2]


def test_text_that_comes_up_at_once_on_black_is_a_cut() -> None:
    text = black(1)[0].copy()
    text[80:100, 100:220:8] = 255
    shots = analyse(black(20) + [text] * 20)
    assert [(s.shot.start, s.shot.entry) for s in shots][1:] == [(20, Transition.CUT)]


def test_pictures_of_another_size_begin_a_shot() -> None:
    small = texture(160, 160, seed=1)
    shots = analyse([*still(1, 3), small, small])
    assert [s.shot.start for s in shots] == [0, 3]
    assert shots[1].picture.size == (160, 160)


def test_every_frame_is_in_exactly_one_shot() -> None:
    frames = still(1, 9) + still(2, 8) + black(3) + still(3, 70)
    shots = analyse(frames)
    assert shots[0].shot.start == 0
    assert shots[-1].shot.stop == len(frames)
    assert all(a.shot.stop == b.shot.start for a, b in pairwise(shots))
    assert all(len(s.facts) == len(s.motion.path) == len(s.shot) for s in shots)


def test_no_frames_are_no_shots_and_one_frame_is_one() -> None:
    assert analyse([]) == []
    (shot,) = analyse([np.zeros((SIZE[1], SIZE[0], 3), np.uint8)])
    assert len(shot.shot) == 1


def test_pictures_of_any_shape_and_size_are_analysed() -> None:
    rng = np.random.default_rng(3)
    for height, width in ((1, 1), (2, 640), (640, 3), (9, 17), (40, 640), (361, 640)):
        frames = [rng.integers(0, 255, (height, width, 3), np.uint8) for _ in range(12)]
        shots = analyse(frames)
        assert shots[-1].shot.stop == 12
