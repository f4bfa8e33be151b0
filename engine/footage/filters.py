"""libav's filters in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import cv2
from av.error import BlockingIOError as NotYet
from av.error import EOFError as NoMore
from av.filter import Graph


def filter_row(frame: av.VideoFrame, steps: Sequence[tuple[str, str]]) -> Graph:
    """Link filters, each a name and its options, for frames like ``frame``.

    They use as many threads as OpenCV may in this process.
    """
    graph = Graph()
    graph.threads = max(1, cv2.getNumThreads())
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1)
    )
    row = [source, *(graph.add(name, options) for name, options in steps), graph.add("buffersink")]
    graph.link_nodes(*row).configure()
    return graph


def filtered(graph: Graph, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
    """Put a frame into a row, None for the end; yield the frames that come out of it."""
    graph.vpush(frame)
    while True:
        try:
            yield graph.vpull()
        except (NotYet, NoMore):
            return
