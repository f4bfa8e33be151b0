"""A video stream as it comes off the disk: opened safely, packets and frames with labels."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from engine.errors import SourceError
from engine.footage.colour import refuse_hdr
from engine.footage.footage import MAX_VIDEO_PIXELS
from engine.text import HEAD_OF_TEXT, is_text, plain

_OPTIONS: Final = {
    # A playlist or a script in a film's clothes must not open other files or the network.
    "protocol_whitelist": "file",
    "format_whitelist": (
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,flv,ogg,asf,mxf,"
        "nut,ivf,h264,hevc,vvc,obu,av1,yuv4mpegpipe,dv,gif,apng,wtv,rm,swf,vc1,gxf,mjpeg,h261,"
        "h263,dirac,cavsvideo,flic,smk,bink,roq"
    ),
}

_LENIENT: Final[dict[str, Any]] = (
    # Tags in no known encoding; PyAV 19 no longer takes this, nor needs it.
    {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
)

NO_PTS: Final = 1 << 60
"""Added to the dts of a packet without pts: a label that no pts can be taken for."""

DOUBLED: Final = 1 << 61
"""From here on packets are numbered whose label others have, too."""

Identity = tuple[int, int, int]
"""What tells a packet from all others, after a seek as well: label, place in the file, bytes."""

_UNESCAPED: Final = bytes(8)
"""H.264 and HEVC break up any three zeros."""

_HOLES: Final = {
    "h264": _UNESCAPED,
    "hevc": _UNESCAPED,
    "vp8": bytes(64),
    "vp9": bytes(64),
}
"""Zeros in a row that an encoder never writes (VP8 and VP9 were seen to write 25). Disks and
downloads put them for lost bytes, over which these decoders may go on and say nothing."""

_FILLED: Final = frozenset({"mpegts", "mpeg", "mpegvideo", "h264", "hevc"})
"""Streams that are cut by start codes, between which there may be any number of zeros."""

_VIDEO_GREY: Final = frozenset(
    {"h264", "hevc", "av1", "libdav1d", "vp9", "mpeg1video", "mpeg2video", "mpeg4"}
)
"""Codecs whose standards put black at 16 unless the stream says otherwise, in grey films too; in
grey pictures it is 0."""

_LIMITED_RANGE: Final = 1

_NO_KEYS: Final = frozenset({"apng", "h261", "rpza"})
"""Codecs whose writers call each frame a key."""

_PASSING_OVER: Final = frozenset({"h264", "mpeg1video", "mpeg2video"})
"""Codecs whose decoders pass over frames that no other builds on, and know them for certain. In
VP8 the next frame may divide its picture as one did that is passed over."""

_DOUBTFUL: Final = _FILLED | {"avi", "asf", "flv"}

_MAX_ERRORS = 1000
"""Reading errors after which the rest of a file is given up."""


@dataclass
class OpenStream:
    """An open container and its film, with what went wrong in it."""

    path: Path
    container: InputContainer
    stream: VideoStream
    doubled: Mapping[Identity, int] = field(default_factory=dict)
    """Names of packets that share their label with others."""
    limited_grey: bool = field(default=False)
    """Whether it is grey, says nothing of its range, and black is 16 all the same."""
    errors: int = field(default=0)
    _place: int = field(default=-1)
    """Byte at which the newest packet begins, or the one before where it does not say."""

    @property
    def codec(self) -> str:
        """Short name of the codec."""
        return self.stream.codec_context.name

    @property
    def doubtful(self) -> bool:
        """Whether the container is of a kind whose timestamps are often wrong."""
        return bool(_DOUBTFUL.intersection(self.container.format.name.split(",")))

    @property
    def sought_by_byte(self) -> bool:
        """Whether reading can begin at any byte of the container."""
        return bool(_FILLED.intersection(self.container.format.name.split(",")))

    @property
    def builds_on_all(self) -> bool:
        """Whether a frame may need all before it, whatever the container calls a key.

        Palettes of AVI come with the frames that change them.
        """
        in_avi = "avi" in self.container.format.name.split(",")
        return self.codec in _NO_KEYS or (in_avi and self.stream.codec_context.pix_fmt == "pal8")

    @property
    def passes_over(self) -> bool:
        """Whether the decoder can pass over frames that no other builds on.

        In HEVC a frame says so of those of its own temporal layer only.
        """
        codec = self.stream.codec_context
        one_layer = self.codec == "hevc" and _temporal_layers(codec.extradata or b"") == 1
        return one_layer or self.codec in _PASSING_OVER

    def has_hole(self, packet: Packet[VideoStream]) -> bool:
        """Tell whether bytes of a packet were replaced by zeros, as far as its codec shows it."""
        names = self.container.format.name.split(",")
        hole = None if _FILLED.intersection(names) else _HOLES.get(self.codec)
        if hole is None:
            return False
        data = memoryview(packet).tobytes()
        # What H.264 and HEVC write ends with a bit that is set.
        ends = hole == _UNESCAPED and not _DOUBTFUL.intersection(names)
        return hole in data or (ends and data[-1:] == b"\0")

    def decode_for_long(self) -> None:
        """Decode on all cores from here on; only of use before anything is decoded."""
        if not self.stream.codec_context.is_open:
            self.stream.thread_type = "AUTO"

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    def seek(self, offset: int, *, by_byte: bool = False) -> bool:
        """Go to the key at or before a timestamp, or to a byte; False where that cannot be."""
        self._place, self.errors = -1, 0
        way = {"unsupported_byte_offset": True} if by_byte else {}
        try:
            self.container.seek(offset, stream=self.stream, **way)
        except FFmpegError:
            return False
        return True

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """Yield the film's packets from here to the end of the file, past unreadable places."""
        while self.errors < _MAX_ERRORS:
            try:
                for packet in self.container.demux(self.stream):
                    if packet.size:
                        self._place = self._place if packet.pos is None else packet.pos
                        yield packet
            except FFmpegError:
                self.errors += 1
                continue
            return

    def decoded(self, packet: Packet[VideoStream] | None) -> Iterator[av.VideoFrame]:
        """Yield the frames that a packet completes; None asks for the last ones."""
        while True:
            try:
                frames = self.stream.decode(packet)
            except FFmpegError:
                self.errors += 1
                if packet is None and self.errors < _MAX_ERRORS:
                    continue
                return
            if self.limited_grey:
                for frame in frames:
                    frame.color_range = _LIMITED_RANGE
            yield from frames
            return

    def frames(
        self, first: Packet[VideoStream] | None = None
    ) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield ``(name, frame)`` in order of presentation, from here or from ``first``."""
        if first is not None:
            yield from self.named(first)
        for packet in self.packets():
            yield from self.named(packet)
        yield from self.named(None)

    def named(self, packet: Packet[VideoStream] | None) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield ``(name, frame)`` of what a packet completes; None asks for the last ones."""
        if packet is not None:
            packet.pts = self.name(packet)
        for frame in self.decoded(packet):
            yield frame.pts if frame.pts is not None else -NO_PTS, frame

    def name(self, packet: Packet[VideoStream]) -> int:
        """Give the number that a packet's frame is known by; no other has it.

        Decoders hand the pts of a packet through to its frame and order frames by other means, so
        any number will do that differs from packet to packet.
        """
        if not self.doubled:
            return label(packet)
        found = self.identity(packet)
        return self.doubled.get(found, found[0])

    def identity(self, packet: Packet[VideoStream]) -> Identity:
        """Give what tells the newest packet from others of the same label."""
        return label(packet), self._place, packet.size


def label(packet: Packet[VideoStream]) -> int:
    """Give a packet's pts, or a mark of its own where the container wrote none."""
    if packet.pts is not None:
        return packet.pts
    return (packet.dts if packet.dts is not None else packet.pos or 0) + NO_PTS


def is_timestamp(label: int) -> bool:
    """Tell whether a name or a label is a timestamp, or else a mark."""
    return abs(label) < NO_PTS // 2


def seek_point(packet: Packet[VideoStream]) -> int:
    """Give the timestamp by which a packet is sought."""
    return packet.dts if packet.dts is not None else packet.pts or 0


def _temporal_layers(head: bytes) -> int:
    """Give how many temporal layers an HEVC stream has by its head; 0 for unknown.

    ITU-T H.265, section 7.3.2.1, and ISO/IEC 14496-15, section 8.3.3.1.
    """
    parameters = head.find(b"\0\0\1\x40\x01")
    if parameters >= 0 and len(head) > parameters + 6:
        return (head[parameters + 6] >> 1 & 7) + 1
    return head[21] >> 3 & 7 if len(head) > 21 and head[0] == 1 else 0


def open_stream(
    path: Path, doubled: Mapping[Identity, int] | None = None, *, for_long: bool = True
) -> OpenStream:
    """Open the film in ``path``, refusing what is not one.

    ``doubled`` names the packets that share their label with others, once those are known. Not
    ``for_long``, it decodes frame by frame, which after a seek gives the first one at half
    the cost: threads would have begun with those after it.

    Raises
    ------
    SourceError
        One line, naming the file and the way out.
    """
    name = plain(path.name)
    try:
        whole = path.absolute()
        container = av.open(
            os.fspath(whole), format=_format_of(whole), options=_OPTIONS, **_LENIENT
        )
    except (FFmpegError, OSError, ValueError) as error:
        raise SourceError(_why_not(path, name)) from error
    try:
        stream = _film_in(container, name)
        stream.thread_type = "AUTO" if for_long else "SLICE"
        return OpenStream(
            path, container, stream, doubled or {}, _is_limited_grey(stream, container)
        )
    except BaseException:
        container.close()
        raise


def _format_of(path: Path) -> str | None:
    """Name the container where libav cannot tell: a profile of colours hides that a PNG moves."""
    with path.open("rb") as file:
        return "apng" if file.read(4) == b"\x89PNG" else None


def _film_in(container: InputContainer, name: str) -> VideoStream:
    stream = _main_stream(container)
    if stream is None:
        raise SourceError(f"{name}: holds no video that can be read; choose another file")
    context = stream.codec_context
    width, height = context.width, context.height
    if width < 1 or height < 1:
        raise SourceError(f"{name}: says nothing of its picture's size; it is damaged or cut off")
    if width * height > MAX_VIDEO_PIXELS:
        raise SourceError(
            f"{name}: frames of {width}x{height} are more than the limit of "
            f"{MAX_VIDEO_PIXELS // 1_000_000} megapixels; scale it down first"
        )
    refuse_hdr(int(context.color_trc), name)
    return stream


def _is_limited_grey(stream: VideoStream, container: InputContainer) -> bool:
    context = stream.codec_context
    untold = int(context.color_range) == 0 and (context.pix_fmt or "").startswith("gray")
    return untold and (context.name in _VIDEO_GREY or container.format.name == "yuv4mpegpipe")


def _main_stream(container: InputContainer) -> VideoStream | None:
    """Pick the film: the largest picture, not a cover or a thumbnail."""
    films = [s for s in container.streams.video if not _is_cover(s) and _decodable(s)]
    return max(films, key=lambda s: s.codec_context.width * s.codec_context.height, default=None)


def _is_cover(stream: VideoStream) -> bool:
    return bool(int(stream.disposition) & 0x400)


def _decodable(stream: VideoStream) -> bool:
    with suppress(FFmpegError, ValueError, AttributeError):
        return cast("object", stream.codec_context) is not None
    return False


def _why_not(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_OF_TEXT)
    except OSError as error:
        return f"{name}: cannot be read ({error.strerror}); check that it exists and is yours"
    if not head:
        return f"{name}: is empty; copy or download it again"
    if is_text(head):
        return f"{name}: is a text file, neither a video nor a picture"
    if head[4:8] in {b"ftyp", b"mdat", b"wide", b"free"} and not _has_moov(path):
        return (
            f"{name}: is an unfinished MP4 without its index (moov); "
            "copy or download it again, or repair it with untrunc"
        )
    return f"{name}: is not a video that can be read, or is damaged; copy it again or convert it"


def _has_moov(path: Path) -> bool:
    """Walk the top-level boxes of an MP4 file."""
    total = path.stat().st_size
    with path.open("rb") as file:
        position = 0
        while position + 8 <= total:
            file.seek(position)
            size, kind = int.from_bytes(file.read(4), "big"), file.read(4)
            if kind == b"moov":
                return position + size <= total
            if size == 1:
                size = int.from_bytes(file.read(8), "big")
            if size < 8:
                return False
            position += size
    return False
