"""What opening a film finds out: its packets are read, and a little of it is decoded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from engine.footage.colour import CENTRED_CHROMA, refuse_hdr
from engine.footage.fields import Fields, find_fields, luma_of, may_have_fields
from engine.footage.glances import Glances
from engine.footage.known import Known
from engine.footage.stream import OpenStream, open_stream
from engine.footage.timeline import Timeline, read_timeline
from engine.text import plain

_ODDEST_PIXEL = Fraction(4)
"""Pixels this much wider than high are a mistake in the file."""

_RUN = 6
"""Frames in a row from which fields are judged in each place that is looked at: all pairs of a
telecine's cycle of five, and drawings are held for two or three."""


def probed(path: Path, identity: str) -> tuple[Known, Glances]:
    """Read a film's packets, and decode a little of it: the glances taken go on from there."""
    opened = open_stream(path, for_long=False)
    try:
        timeline, head = read_timeline(opened)
        first = head.first
        rate, pixel = _rate(opened, timeline), _pixel_shape(opened)
        left_sited = False if opened.codec in CENTRED_CHROMA else None
        refuse_hdr(int(first.color_trc), plain(path.name))
        coded = first.width, first.height
        glances = Glances(path, timeline, opened, head)
        fields = _fields(glances, first)
    except BaseException:
        opened.close()
        raise
    found = Known(identity, timeline, rate, pixel, coded, first.rotation, fields, left_sited)
    return found, glances


def _fields(glances: Glances, first: av.VideoFrame) -> Fields:
    if not may_have_fields(first):
        return Fields()
    lumas = ([luma_of(picture) for picture in run] for run in glances.runs(_RUN))
    return find_fields(lumas, flagged=first.interlaced_frame)


def _rate(opened: OpenStream, timeline: Timeline) -> Fraction:
    """Give the rate that the file states if that is about what was measured."""
    measured, stated = timeline.fps, opened.stream.average_rate
    if stated and measured and abs(float(stated) / float(measured) - 1) < 0.01:
        return Fraction(stated.numerator, stated.denominator)
    return measured or (Fraction(stated.numerator, stated.denominator) if stated else Fraction(0))


def _pixel_shape(opened: OpenStream) -> Fraction:
    """Give the width of a pixel over its height."""
    shape = opened.stream.sample_aspect_ratio
    if not shape or not 1 / _ODDEST_PIXEL <= shape <= _ODDEST_PIXEL:
        return Fraction(1)
    return Fraction(shape.numerator, shape.denominator)
