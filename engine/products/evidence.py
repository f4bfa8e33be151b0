"""What speaks for and against a panorama: its score, its warnings, and when to make none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from engine.errors import RenderError
from engine.products.agreement import Agreement
from engine.products.depth import Fit, zooms
from engine.products.parallax import Layers
from engine.products.registration import Track
from engine.values import FloatMap, Size

CONTRADICTS = 0.08
"""Share of the picture that frames may contradict each other in before it is worth a word."""
HOPELESS = 0.25
"""The same, above which no honest picture can be made if little detail is explained either."""
LEAST_EXPLAINED = 0.2
FOLLOWED = 0.15
"""Share of the corners that must be found again in distant frames."""
IN_DEPTH = 0.17
"""Share of the corners that run ahead of a zoom or lag behind it, above which it is none."""
HARDLY_FITS = 0.03
"""Share of the corners of distant frames that fit a zoom, below which it is a wrong one."""
LEAST_CANVAS = 1.1
"""Frames that the canvas must be large for a panorama to show more than one of them."""

FEW = 8
"""Frames; what fewer show of a longer range is a jump or a cut, not a camera move."""
FEW_SHARE = 0.25
"""Of the frames asked for, below which so few are not enough."""
IN_FRONT = 0.15
"""Share of what frames show that may be in front: others see behind somebody who walks by."""
CELLS = 11
"""Along the shorter side, of which the least sure ones are looked at."""
WORST = 0.05
"""Share of them."""
VOUCHED = 0.6
"""How sure even these should be: what two frames agree on is."""
TORN = 0.005
"""Share of the picture that is put together as no frame shows it, that costs a quarter of the
score: the remains of somebody spoil a picture, however little they are of it."""
SETTLED = 0.5
"""What a contradiction counts for that is shown by single frames."""
WORTH_SAYING = 0.005
"""Share of the picture taken from single frames."""
MISSED = 0.05
"""The same, at its ends, that are worth a word where they could not be followed."""
KEPT = 0.6
"""Share of the frames asked for that must have been lined up for nothing to be said."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out on the way to a panorama."""

    track: Track
    layers: Layers
    fit: Fit
    """How well distant frames fit together."""
    agreement: Agreement
    width: int
    """Of a frame, pixels."""
    asked: int
    """How many frames that show anything were to be lined up."""
    cut_off: tuple[int, ...] = ()
    """Those before the first and after the last that could be."""
    left_out: float = 0.0
    """Share of what the frames show that is not in the picture: in front, or unfit.

    What is known to pass in front at a speed of its own does not count."""
    settled: bool = False
    """Whether single frames, cut where they agree, show what frames contradict each other in."""
    patched: tuple[float, tuple[int, ...]] = (0.0, ())
    """Share of the picture that moves in place, and the frames it is taken from."""

    hidden: float = 0.0
    """Share of the picture in which every frame shows something in front."""
    glimpsed: float = 0.0
    """Share in which all but one of many do: what that one shows may be in front, too."""
    torn: float = 0.0
    """Share that is put together of several things, so that no frame agrees with it."""

    @property
    def kept(self) -> float:
        """Share of them that were lined up."""
        return len(self.track) / max(self.asked, 1)

    @property
    def missed(self) -> float:
        """Share of them at the ends that could not be followed on from the others."""
        return len(self.cut_off) / max(self.asked, 1)


def too_few(count: int, asked: int) -> bool:
    """Tell whether so few frames of a longer range are left that they tell of no move."""
    return count < FEW and count < FEW_SHARE * asked


def refuse_few(lined_up: int, asked: int) -> None:
    """Give up where hardly any of the frames asked for would be in the picture.

    Raises
    ------
    RenderError
        When few are left of many.
    """
    if too_few(lined_up, asked):
        raise RenderError(
            f"only {lined_up} of {asked} frames can be lined up with each "
            "other: choose frames of one camera move"
        )


def refuse_contradictions(evidence: Evidence) -> None:
    """Give up where hardly anything that the frames show can be in one picture.

    Raises
    ------
    RenderError
        When the frames contradict each other all over.
    """
    agreement = evidence.agreement
    if agreement.conflict > HOPELESS and agreement.explained < LEAST_EXPLAINED:
        raise RenderError(
            f"frames contradict each other in {agreement.conflict:.0%} of the picture: the camera "
            "moves in depth, or nearly everything moves; choose fewer frames"
        )


def refuse_stillness(canvas: Size, frame: Size, least: float = LEAST_CANVAS) -> None:
    """Give up where the canvas is hardly larger than a frame: less than ``least`` times.

    Raises
    ------
    RenderError
        When there is nothing to stitch.
    """
    grown = canvas[0] * canvas[1] / (frame[0] * frame[1])
    if grown < least:
        raise RenderError(
            f"the camera hardly moves: the picture would be only {grown:.2f} frames large; a "
            "clean plate suits such frames"
        )


def in_depth(evidence: Evidence) -> bool:
    """Tell a move into the scene, where near things grow faster than far ones, from a zoom."""
    return zooms(evidence.track, evidence.width) and evidence.fit.depth > IN_DEPTH


def hardly_fits(evidence: Evidence) -> bool:
    """Tell whether the zoom that was found says nothing of distant frames."""
    return zooms(evidence.track, evidence.width) and evidence.fit.fits < HARDLY_FITS


def score_of(confidence: FloatMap, evidence: Evidence) -> float:
    """Rank a panorama: how sure it and its worst parts are, how well its frames fit together."""
    sure = float(np.mean(np.minimum(confidence / 0.8, 1.0)))
    fit = 1 / (1 + evidence.track.residual**2)
    apart = evidence.agreement.conflict * (SETTLED if evidence.settled else 1.0)
    whole = 1 / (1 + (apart / 0.15) ** 2)
    depth = 0.3 if in_depth(evidence) or hardly_fits(evidence) else 1.0
    found = min(1.0, 0.4 + evidence.layers.anchor / FOLLOWED * 0.6)
    kept = min(1.0, 0.25 + 0.75 * evidence.kept / KEPT)
    in_front = 1 - max(0.0, evidence.left_out - IN_FRONT)
    whole_move = 1 - evidence.missed
    weakest = 0.5 + 0.5 * min(1.0, _weakest(confidence) / VOUCHED)
    in_one = 0.5 + 0.5 / (1 + evidence.torn / TORN)
    score = sure**2 * fit * whole * found * kept * in_front * depth * weakest * whole_move * in_one
    return float(np.clip(score, 0, 1))


def _weakest(confidence: FloatMap) -> float:
    """Give how sure the worst parts of a picture are: one bad place spoils it."""
    height, width = confidence.shape
    cell = max(1.0, min(height, width) / CELLS)
    size = max(1, round(width / cell)), max(1, round(height / cell))
    cells = np.sort(cv2.resize(confidence, size, interpolation=cv2.INTER_AREA), axis=None)
    return float(cells[: max(1, round(WORST * len(cells)))].mean())


def warnings_of(confidence: FloatMap, evidence: Evidence) -> Iterator[str]:
    """Say in words what a person should look at."""
    said = evidence.patched[0] + evidence.hidden + max(0.0, evidence.glimpsed)
    unsure = float((confidence < 0.5).mean()) - said
    conflict, residual = evidence.agreement.conflict, evidence.track.residual
    if in_depth(evidence):
        yield "the camera seems to move in depth: near and far parts do not fit together"
    elif hardly_fits(evidence):
        yield "distant frames do not fit together: the camera's motion could not be made out"
    elif conflict > CONTRADICTS:
        yield (
            f"frames contradict each other in {conflict:.0%} of the picture: near and far move "
            "differently, or things move in place: look at it"
        )
    elif evidence.left_out > 0.2:
        left_out = f"{evidence.left_out:.0%} of what the frames show"
        yield f"{left_out} is in front or does not fit: look at it"
    patched, frames = evidence.patched
    if patched > WORTH_SAYING:
        numbers = ", ".join(str(frame) for frame in frames)
        yield (
            f"{patched:.0%} of the picture moves in place: taken whole from "
            f"{'frame' if len(frames) == 1 else 'frames'} {numbers}"
        )
    if evidence.hidden > WORTH_SAYING:
        yield (
            f"{evidence.hidden:.0%} of the picture was never seen behind what is nearer, which "
            "shows there"
        )
    if evidence.glimpsed > WORTH_SAYING:
        yield (
            f"{evidence.glimpsed:.0%} of the picture was seen by one frame alone past what is "
            "nearer, which may show there"
        )
    if evidence.torn > 0:
        yield (
            f"{max(evidence.torn, 0.01):.0%} of the picture is as no frame shows it: parts of "
            "somebody or something may be left there"
        )
    if evidence.kept < KEPT:
        yield (
            f"only {len(evidence.track)} of {evidence.asked} frames could be lined up with each "
            "other: the others are not in it"
        )
    elif evidence.missed > MISSED:
        before = [frame for frame in evidence.cut_off if frame < evidence.track.frames[0]]
        ends = [end for end in (before, list(evidence.cut_off[len(before) :])) if end]
        which = " and ".join(f"{end[0]}–{end[-1]}" if end[1:] else f"{end[0]}" for end in ends)
        noun, they_are = ("frames", "they are") if evidence.cut_off[1:] else ("frame", "it is")
        yield f"{noun} {which} could not be followed on from the others: {they_are} not in it"
    if evidence.layers.anchor < FOLLOWED:
        yield "distant frames could hardly be lined up: there is little that stays the same"
    if unsure > 0.03:
        yield f"{unsure:.0%} of the picture is unsure: frames disagree there, or few saw it"
    if residual > 0.5:
        yield f"frames fit together only to {residual:.1f} px: layers may move differently"
