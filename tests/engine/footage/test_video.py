"""Films: every frame by number, whatever the container, and what becomes of damaged ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream

from engine.analysis.shots import analyse_shots
from engine.errors import SourceError
from engine.footage.reader import SkimmingReader
from engine.footage.sources import open_source
from engine.footage.stream import open_stream
from engine.values import Image, Size
from tests.synthetic import texture, window, write_video

FRAMES = 50
SIZE: Size = (160, 96)

CONTAINERS: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "h264.mkv": {},
    "hevc.mp4": {"codec": "libx265"},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2", "qmin": "2", "qmax": "3"}},
    "h264.avi": {},
    "h264.m2ts": {"options": {"bf": "3"}, "container_format": "mpegts"},
    "mpeg2.vob": {"codec": "mpeg2video", "options": {"bf": "2", "qmin": "2", "qmax": "3"}},
    "open_gop.mkv": {"options": {"x264-params": "open-gop=1:bframes=3:keyint=12:min-keyint=12"}},
}


@pytest.fixture(scope="module")
def film() -> list[Image]:
    wide = texture(SIZE[1] + 20, SIZE[0] + 8 * FRAMES, blur=3)
    return [window(wide, 7 * i, 5, SIZE) for i in range(FRAMES)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, film: list[Image]) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for name, settings in CONTAINERS.items():
        write_video(folder / name, film, gop=12, **settings)
    return folder


def nearest(film: Sequence[Image], picture: Image) -> int:
    """The frame of the film that a decoded picture shows."""
    small = [cv2.resize(f, (80, 48), interpolation=cv2.INTER_AREA) for f in film]
    seen = cv2.resize(picture, (80, 48), interpolation=cv2.INTER_AREA)
    return int(np.argmin([cv2.absdiff(seen, f).mean() for f in small]))


@pytest.mark.parametrize("name", CONTAINERS)
def test_the_reduced_pass_shows_every_frame_once_and_in_order(
    folder: Path, film: list[Image], name: str
) -> None:
    with open_source(folder / name) as footage:
        frames = list(footage.reduced(80))
        assert footage.source.frames == FRAMES
        assert footage.source.fps == 24
        assert footage.damage == ()
    assert [frame.index for frame in frames] == list(range(FRAMES))
    assert [nearest(film, frame.image) for frame in frames] == list(range(FRAMES))
    assert frames[24].time == pytest.approx(1.0, abs=0.002)
    assert frames[0].image.shape == (48, 80, 3)


@pytest.mark.parametrize("name", CONTAINERS)
def test_of_200_random_seeks_none_gives_another_frame(folder: Path, name: str) -> None:
    with open_source(folder / name) as footage:
        straight = dict(footage.read(range(FRAMES)))
        for frame in np.random.default_rng(2).integers(0, FRAMES, 200).tolist():
            ((number, picture),) = footage.read([frame])
            assert number == frame
            np.testing.assert_array_equal(picture, straight[frame])


@pytest.mark.parametrize("name", ["h264.mp4", "mpeg2.vob"])
def test_frames_far_apart_are_the_same_as_those_read_in_a_row(folder: Path, name: str) -> None:
    with open_source(folder / name) as footage:
        straight = dict(footage.read(range(FRAMES)))
        for number, picture in footage.read([0, 3, 4, 20, 47, 49]):
            np.testing.assert_array_equal(picture, straight[number])


def test_a_pass_can_begin_and_end_anywhere(folder: Path, film: list[Image]) -> None:
    with open_source(folder / "h264.mkv") as footage:
        frames = list(footage.reduced(80, 17, 23))
        assert [frame.index for frame in frames] == list(range(17, 23))
        assert [nearest(film, frame.image) for frame in frames] == list(range(17, 23))


def test_a_pass_may_be_left_early_and_begun_again(folder: Path) -> None:
    with open_source(folder / "h264.mp4") as footage:
        for _ in range(3):
            assert next(iter(footage.reduced(80))).index == 0


def test_variable_rate_keeps_each_frames_own_time(tmp_path: Path, film: list[Image]) -> None:
    times = [0, 1, 2, 5, 6, 12, 13, 14, 20, 24]
    path = write_video(tmp_path / "vfr.mkv", film[:10], times=times)
    with open_source(path) as footage:
        frames = list(footage.reduced(160))
        assert [f.time for f in frames] == pytest.approx([t / 24 for t in times], abs=0.001)
        assert float(footage.source.fps) == pytest.approx(9, abs=0.01)
        ((_, picture),) = footage.read([5])
    assert nearest(film, picture) == 5


def copied(path: Path, film: Path, times: int, stamp: Callable[[int], int]) -> Path:
    """The film so many times over; ``stamp`` moves the presentation of each packet, in frames."""
    form = {".ts": "mpegts"}.get(path.suffix)
    with av.open(str(path), "w", format=form) as target:
        copy: VideoStream | None = None
        for turn in range(times):
            with av.open(str(film)) as source:
                stream = source.streams.video[0]
                copy = copy or target.add_stream_from_template(stream)
                packets = [packet for packet in source.demux(stream) if packet.size]
            for number, packet in enumerate(packets):
                assert packet.pts is not None
                assert packet.time_base is not None
                frame = round(1 / 24 / packet.time_base)
                packet.pts = stamp(packet.pts // frame + turn * FRAMES) * frame
                # Decoding is well before presentation, and never falls back.
                packet.dts = (turn * FRAMES + number) * frame * 9 // 10 - 12 * frame
                packet.stream = copy
                target.mux(packet)
    return path


def overlapping(number: int) -> int:
    """Copies of which each begins two frames before the one before it ends."""
    return number - 2 * (number // FRAMES)


def doubled_here_and_there(number: int) -> int:
    """Three frames of the first copy that have the time of the one before."""
    return number - (number in (5, 18, 41))


def doubled_throughout(number: int) -> int:
    """Frames of which every two have the same time."""
    return number // 2 * 2


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize(
    ("times", "stamp"),
    # Of long films only places are decoded to see their order, of short ones all.
    [(3, overlapping), (12, overlapping), (6, doubled_here_and_there), (1, doubled_throughout)],
)
def test_frames_that_share_a_timestamp_are_told_apart(
    folder: Path,
    tmp_path: Path,
    film: list[Image],
    name: str,
    times: int,
    stamp: Callable[[int], int],
) -> None:
    path = copied(tmp_path / name, folder / "h264.mp4", times, stamp)
    with open_source(path) as footage:
        assert footage.source.frames == times * FRAMES
        frames = list(footage.reduced(80))
        assert [nearest(film, f.image) for f in frames] == list(range(FRAMES)) * times
        assert all(a.time < b.time for a, b in pairwise(frames))
        straight = dict(footage.read(range(times * FRAMES)))
        for frame in np.random.default_rng(3).integers(0, times * FRAMES, 40).tolist():
            ((_, picture),) = footage.read([frame])
            np.testing.assert_array_equal(picture, straight[frame])
        assert footage.damage == ()


@pytest.mark.parametrize("name", ["h264.m2ts", "mpeg2.vob"])
def test_of_recordings_joined_whose_time_begins_anew_each_frame_is_found(
    folder: Path, tmp_path: Path, film: list[Image], name: str
) -> None:
    path = tmp_path / name
    path.write_bytes((folder / name).read_bytes() * 3)
    with open_source(path) as footage:
        frames = list(footage.reduced(80))
        assert [nearest(film, f.image) for f in frames] == list(range(FRAMES)) * 3
        assert frames[-1].time == pytest.approx((3 * FRAMES - 1) / 24, abs=0.1)
        straight = dict(footage.read(range(3 * FRAMES)))
        for frame in (120, 7, 60, 149, 99):
            ((_, picture),) = footage.read([frame])
            np.testing.assert_array_equal(picture, straight[frame])


def test_damage_in_a_film_of_doubled_timestamps_costs_one_group(
    folder: Path, tmp_path: Path, film: list[Image]
) -> None:
    path = copied(tmp_path / "a.mp4", folder / "h264.mp4", 1, doubled_throughout)
    data = bytearray(path.read_bytes())
    middle = len(data) * 45 // 100
    data[middle : middle + 1500] = np.random.default_rng(1).bytes(1500)
    path.write_bytes(data)
    with open_source(path) as footage:
        shown = [nearest(film, frame.image) for frame in footage.reduced(80)]
        assert len(footage.damage) >= 1
    assert 0 < sum(frame != place for place, frame in enumerate(shown)) <= 24


def of_stream(data: bytearray, row: int) -> int:
    """The number of the stream that a packet of a transport stream is of."""
    return (data[row + 1] & 31) << 8 | data[row + 2]


def test_damage_in_a_transport_stream_of_hevc_shows_no_wrong_picture(tmp_path: Path) -> None:
    """Its decoder does not tell; the stream does, of the packet before."""
    wide = texture(SIZE[1] + 20, SIZE[0] + 8 * FRAMES, blur=3)
    film = [window(wide, 7 * i, 5, SIZE) for i in range(FRAMES)]
    options = {"x265-params": "log-level=none:bframes=3:keyint=12:min-keyint=12"}
    path = tmp_path / "hevc.ts"
    write_video(path, film, codec="libx265", options=options, container_format="mpegts")
    with open_source(path) as footage:
        straight = dict(footage.read(range(FRAMES)))
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
    keys = [place for place, packet in enumerate(packets) if packet.is_keyframe]
    for place in keys[2:4]:
        data = bytearray(path.read_bytes())
        begin, follows = packets[place].pos, packets[place + 1].pos
        assert begin is not None
        assert follows is not None
        rows = range(begin + 188, follows, 188)
        lost = max(row for row in rows if of_stream(data, row) == of_stream(data, begin))
        data[lost : lost + 188] = np.random.default_rng(2).bytes(188)
        hurt = tmp_path / f"hurt{place}.ts"
        hurt.write_bytes(data)
        with open_source(hurt) as footage:
            assert footage.source.frames == FRAMES
            shown = dict(footage.read(range(FRAMES)))
            assert footage.damage != ()
        whole = {picture.tobytes() for picture in straight.values()}
        assert all(picture.tobytes() in whole for picture in shown.values())


def test_frames_refreshed_bit_by_bit_are_found_from_any_place(tmp_path: Path) -> None:
    wide = texture(SIZE[1] + 20, SIZE[0] + 8 * 72, blur=3)
    film = [window(wide, 7 * i, 5, SIZE) for i in range(72)]
    options = {"x264-params": "intra-refresh=1:bframes=3:keyint=12"}
    path = write_video(tmp_path / "refreshed.mkv", film, options=options)
    with open_source(path) as footage:
        straight = dict(footage.read(range(72)))
        shown = [nearest(film, frame.image) for frame in footage.reduced(80, 30, 60)]
    assert shown == list(range(30, 60))
    with open_source(path) as footage:
        for frame in (50, 30, 25, 71, 13, 24):
            ((_, picture),) = footage.read([frame])
            np.testing.assert_array_equal(picture, straight[frame])
        assert footage.damage == ()


def test_errors_met_elsewhere_do_not_end_a_film_that_is_read_for_long(folder: Path) -> None:
    with closing(open_stream(folder / "h264.mkv")) as opened:
        opened.errors = 1_000_000
        assert opened.seek(0)
        assert len(list(opened.packets())) == FRAMES


@pytest.mark.parametrize("count", [2, 15, 40])
@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi", "film.m2ts"])
def test_what_was_decoded_to_open_a_film_of_one_key_is_read_with_the_rest(
    tmp_path: Path, film: list[Image], name: str, count: int
) -> None:
    path = write_video(tmp_path / name, film[:count], gop=count, options={"bf": "3"})
    with open_source(path) as footage:
        first = [picture for _, picture in footage.read(range(count))]
        again = [picture for _, picture in footage.read(range(count))]
        (late,) = [picture for _, picture in footage.read([count - 1])]
        reduced = list(footage.reduced(80))
        assert footage.damage == ()
    assert [nearest(film, picture) for picture in first] == list(range(count))
    assert [nearest(film, frame.image) for frame in reduced] == list(range(count))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(late, first[-1])


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing tells which files are open")
def test_no_more_than_one_decoder_is_open_while_a_film_is_read(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mkv", [texture(96, 128, seed) for seed in range(30)], gop=6)

    def opened() -> int:
        there = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
        return sum(link.resolve() == path.resolve() for link in there)

    with open_source(path) as footage:
        coming = footage.reduced(64)
        next(iter(coming))
        assert opened() == 1
        assert len(list(coming)) == 29
        assert opened() == 0
        list(footage.read([3, 20]))
        assert opened() == 1
    assert opened() == 0


def test_a_frame_that_is_not_there_is_refused_by_number(folder: Path) -> None:
    with (
        open_source(folder / "h264.mp4") as footage,
        pytest.raises(SourceError, match=r"has no frame 50; it has 50, counted from 0"),
    ):
        next(footage.read([50]))


def test_only_frames_that_exist_are_available(folder: Path) -> None:
    with open_source(folder / "h264.mp4") as footage:
        assert footage.available([60, 3, 3, -1, 49]) == (3, 49)


def test_wide_pixels_become_square(tmp_path: Path, film: list[Image]) -> None:
    path = write_video(tmp_path / "dvd.mkv", film[:3], sar=Fraction(32, 27))
    with open_source(path) as footage:
        assert footage.size == (190, 96)
        ((_, picture),) = footage.read([1])
        assert picture.shape == (96, 190, 3)
        assert next(iter(footage.reduced(95))).image.shape == (48, 95, 3)


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2), (-90, 3)])
def test_a_film_held_sideways_is_turned_upright(
    tmp_path: Path, film: list[Image], degrees: int, turns: int
) -> None:
    upright = np.ascontiguousarray(np.rot90(film[0], turns))
    path = write_video(tmp_path / "phone.mp4", film[:3], rotation=degrees)
    with open_source(path) as footage:
        assert footage.size == (upright.shape[1], upright.shape[0])
        ((_, picture),) = footage.read([0])
        assert next(iter(footage.reduced(80))).image.shape[0] == upright.shape[0] // 2
    assert float(cv2.PSNR(picture, upright)) > 28


def test_garbage_in_the_middle_costs_one_group_and_is_reported(
    folder: Path, tmp_path: Path, film: list[Image]
) -> None:
    data = bytearray((folder / "h264.mp4").read_bytes())
    middle = len(data) * 45 // 100
    data[middle : middle + 1500] = np.random.default_rng(1).bytes(1500)
    path = tmp_path / "hurt.mp4"
    path.write_bytes(data)
    with open_source(path) as footage:
        shown = [nearest(film, frame.image) for frame in footage.reduced(80)]
        assert len(footage.damage) >= 1
        assert "cannot be decoded" in footage.damage[0].text
        first = round(footage.damage[0].time * 24)
        assert dict(footage.read([first]))[first].shape == (96, 160, 3)
    wrong = [place for place, frame in enumerate(shown) if frame != place]
    assert 0 < len(wrong) <= 24
    assert first in wrong
    # In place of a broken frame stands the last whole one before it, never a smeared one.
    assert {shown[place] for place in wrong} <= {w - 1 for w in wrong}


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        # What a download left open is zeros; noise is not noticed by every decoder.
        ("h264.mkv", bytes(900)),
        ("h264.avi", bytes(900)),
        ("hevc.mp4", bytes(900)),
        ("vp9.webm", bytes(900)),
        ("mpeg2.vob", np.random.default_rng(1).bytes(900)),
        ("h264.avi", np.random.default_rng(1).bytes(900)),
    ],
)
@pytest.mark.parametrize("place", [0.3, 0.5, 0.7])
def test_no_smeared_frame_is_shown_where_bytes_are_lost(
    folder: Path, tmp_path: Path, film: list[Image], name: str, lost: bytes, place: float
) -> None:
    data = bytearray((folder / name).read_bytes())
    begin = int(len(data) * place)
    data[begin : begin + len(lost)] = lost
    path = tmp_path / name
    path.write_bytes(data)
    with open_source(path) as footage:
        seen = [(frame.image, frame.time) for frame in footage.reduced(80)]
        assert footage.damage
    small = [cv2.resize(f, (80, 48), interpolation=cv2.INTER_AREA) for f in film]
    for image, time in seen:
        shown = nearest(film, image)
        assert shown <= round(time * 24) + 1
        assert float(cv2.PSNR(image, small[shown])) > 28


@pytest.mark.parametrize("name", ["h264.mkv", "h264.m2ts", "mpeg2.vob", "mpeg4.avi"])
def test_damage_in_the_middle_leaves_the_rest_and_is_reported_with_its_time(
    folder: Path, tmp_path: Path, film: list[Image], name: str
) -> None:
    data = bytearray((folder / name).read_bytes())
    middle = len(data) * 45 // 100
    data[middle : middle + 1500] = np.random.default_rng(1).bytes(1500)
    path = tmp_path / name
    path.write_bytes(data)
    with open_source(path) as footage:
        seen = [(nearest(film, frame.image), frame.time) for frame in footage.reduced(80)]
        assert footage.damage
        assert 0.8 < footage.damage[0].time < 1.4
    # Before and after the hurt group each frame is there, at its own time.
    at = {round(time * 24): shown for shown, time in seen}
    whole = [*range(20), *range(37, FRAMES)]
    offset = min(round(time * 24) for _, time in seen)
    assert [at[frame + offset] for frame in whole] == whole


def test_an_edit_list_that_begins_late_leaves_out_what_lies_before(
    folder: Path, tmp_path: Path, film: list[Image]
) -> None:
    path = tmp_path / "edited.mp4"
    with av.open(str(folder / "h264.mp4")) as whole, av.open(str(path), "w") as edited:
        stream = whole.streams.video[0]
        copy = edited.add_stream_from_template(stream)
        for packet in whole.demux(stream):
            if packet.dts is not None and packet.pts is not None and packet.time_base:
                skipped = int(10 / 24 / packet.time_base)
                packet.pts, packet.dts = packet.pts - skipped, packet.dts - skipped
                packet.stream = copy
                edited.mux(packet)
    with open_source(path) as footage:
        shown = [nearest(film, frame.image) for frame in footage.reduced(80)]
        assert footage.damage == ()
        assert [nearest(film, image) for _, image in footage.read([0, 17, 39])] == [10, 27, 49]
    assert shown == list(range(10, FRAMES))


@pytest.mark.parametrize("name", ["h264.mkv", "h264.m2ts", "mpeg2.vob", "mpeg4.avi", "vp9.webm"])
def test_of_a_film_cut_off_the_readable_rest_is_used(
    folder: Path, tmp_path: Path, film: list[Image], name: str
) -> None:
    data = (folder / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: len(data) * 6 // 10])
    with open_source(path) as footage:
        shown = [nearest(film, frame.image) for frame in footage.reduced(80)]
        assert len(shown) == footage.source.frames
    assert 20 <= len(shown) < FRAMES
    assert shown[:-2] == list(range(len(shown) - 2))


@pytest.mark.parametrize("name", ["h264.m2ts", "mpeg2.vob"])
def test_a_recording_that_begins_in_the_middle_begins_with_its_first_whole_frame(
    folder: Path, tmp_path: Path, film: list[Image], name: str
) -> None:
    data = (folder / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[len(data) // 6 :])
    with open_source(path) as footage:
        shown = [nearest(film, frame.image) for frame in footage.reduced(80)]
        assert footage.damage[0].text.startswith("begins in the middle")
        ((_, picture),) = footage.read([7])
    assert shown[0] in (12, 24)
    assert shown == list(range(shown[0], FRAMES))
    assert nearest(film, picture) == shown[7]


def weave(first: Image, second: Image) -> Image:
    """A frame whose top field is of one moment and whose bottom field of the next."""
    frame = first.copy()
    frame[1::2] = second[1::2]
    return frame


def combs(picture: Image) -> float:
    """How far lines stand out from those above and below."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return float(np.abs(2 * grey[1:-1] - grey[:-2] - grey[2:]).mean())


def moving(count: int, step: float) -> list[Image]:
    # Grey: 4:2:0 made of a woven picture would mix the colours of its fields for good.
    grey = cv2.cvtColor(texture(220, 700, blur=3), cv2.COLOR_BGR2GRAY)
    wide = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    return [window(wide, 5 + step * i, 10, (320, 192)) for i in range(count)]


def test_interlaced_footage_loses_its_combs_and_no_frame(tmp_path: Path) -> None:
    moments = moving(48, 4)
    fields = [weave(a, b) for a, b in zip(moments[0::2], moments[1::2], strict=True)]
    options = {"x264-params": "tff=1", "crf": "12", "preset": "veryfast"}
    path = write_video(tmp_path / "tv.mkv", fields, options=options)
    with open_source(path) as footage:
        assert footage.source.frames == 24
        assert len(list(footage.reduced(160))) == 24
        straight = dict(footage.read(range(24)))
        ((_, alone),) = footage.read([13])
    assert combs(straight[13]) < 0.6 * combs(fields[13])
    assert combs(straight[13]) < 1.2 * combs(moments[26])
    np.testing.assert_array_equal(alone, straight[13])


def test_telecined_film_finds_its_own_frames_again(tmp_path: Path) -> None:
    film = moving(24, 8)
    fields = []
    for a, b, c, d in zip(*(film[i::4] for i in range(4)), strict=True):
        fields += [a, b, weave(b, c), weave(c, d), d]
    options = {"x264-params": "tff=1", "crf": "12", "preset": "veryfast"}
    path = write_video(tmp_path / "ntsc.mkv", fields, options=options)
    with open_source(path) as footage:
        pictures = [picture for _, picture in footage.read(range(30))]
    shown = [nearest(film, picture) for picture in pictures]
    assert all(combs(p) < 1.25 * combs(film[s]) for p, s in zip(pictures, shown, strict=True))
    assert shown == sorted(shown)
    assert set(shown) == set(range(24))


def test_drawings_on_twos_lose_their_combs_though_few_frames_have_any(tmp_path: Path) -> None:
    film = [moment for moment in moving(40, 8) for _ in range(2)]
    fields = []
    for a, b, c, d in zip(*(film[i::4] for i in range(4)), strict=True):
        fields += [a, b, weave(b, c), weave(c, d), d]
    # Nothing in the stream says that it is interlaced.
    path = write_video(tmp_path / "twos.mkv", fields, gop=12)
    with open_source(path) as footage:
        pictures = [picture for _, picture in footage.read(range(len(fields)))]
    shown = [nearest(film, picture) for picture in pictures]
    assert all(combs(p) < 1.6 * combs(film[s]) for p, s in zip(pictures, shown, strict=True))
    assert len({film[s].tobytes() for s in shown}) == 40


def test_what_telecine_doubled_is_known_for_a_repeat_of_the_frame_before(tmp_path: Path) -> None:
    film = moving(40, 8)
    fields = []
    for a, b, c, d in zip(*(film[i::4] for i in range(4)), strict=True):
        fields += [a, b, weave(b, c), weave(c, d), d]
    options = {"x264-params": "tff=1", "crf": "12", "preset": "veryfast"}
    path = write_video(tmp_path / "ntsc.mkv", fields, options=options)
    with open_source(path) as footage:
        frames = list(footage.reduced(320))
    (shot,) = analyse_shots(frames, scale=1.0)
    shown = [nearest(film, frame.image) for frame in frames]
    doubled = [False, *(a == b for a, b in pairwise(shown))]
    assert sum(doubled) == len(fields) // 5
    assert [bool(repeat) for repeat in shot.facts.repeat[2:-2]] == doubled[2:-2]


def test_progressive_footage_is_left_as_it_is(tmp_path: Path) -> None:
    film = moving(24, 4)
    path = write_video(tmp_path / "film.mkv", film)
    with open_source(path) as footage:
        ((_, picture),) = footage.read([12])
    assert float(cv2.PSNR(picture, film[12])) > 34


def test_what_glances_showed_of_a_film_is_not_looked_for_again(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", [texture(64, 96, seed) for seed in range(12)])
    with open_source(path) as footage:
        assert isinstance(footage, SkimmingReader)
        first = [reduced for _, reduced, _ in footage.skim([0, 4, 8], (), 48)]
        path.unlink()
        again = [reduced for _, reduced, _ in footage.skim([0, 4, 8], (), 48)]
        (whole,) = [full for _, _, full in footage.skim([4], (4,), 48)]
    np.testing.assert_array_equal(first, again)
    assert whole is not None
    assert whole.picture(whole.planes).shape == (64, 96, 3)
