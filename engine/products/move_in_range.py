"""The camera move in a range of frames, where there is no scene to tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.errors import RenderError
from engine.events import Work
from engine.footage.reader import FrameReader
from engine.products.canvas import every_nth
from engine.products.evidence import FEW, too_few
from engine.products.following import MOST_VIEWS, lit
from engine.products.in_betweens import without_in_betweens
from engine.products.moves import find_moves
from engine.products.registration import Chain, camera_path
from engine.products.views import crop_of, read_views
from engine.recipe import PanoramaRecipe
from engine.text import plural
from engine.values import Box, Rendered

SURVEY_SIDE = 480
"""Longest side of the frames in which a move is looked for."""

_SMALLEST = 12
"""Pixels: no detail can be followed in less."""


@dataclass(frozen=True, slots=True)
class FoundMove:
    """A camera move that was looked for in a range of frames."""

    recipe: PanoramaRecipe
    unfollowed: tuple[int, ...] = ()
    """Frames that were looked at and could not be followed on from the others."""
    looked_at: int = 0
    """How many frames were."""

    def qualified(self, made: Rendered) -> Rendered:
        """Say with a picture of the move what of the range is not in it; lower its score by that.

        Beyond a cut nothing is missing, but a move whose middle shows too little to be followed
        ends as abruptly.
        """
        if len(self.unfollowed) < FEW:
            return made
        text = (
            f"only frames {self.recipe.start}–{self.recipe.stop - 1} are in it: of "
            f"{plural(self.looked_at, 'frame')} that were looked at, {len(self.unfollowed)} could "
            "not be followed on from them"
        )
        score = made.score * (1 - len(self.unfollowed) / self.looked_at)
        return replace(made, score=round(score, 4), warnings=(text, *made.warnings))


def find_move(reader: FrameReader, start: int, stop: int, picture: Box) -> Work[FoundMove]:
    """Find the camera move between two frames, where there is no scene to tell.

    Black and faded frames, long rests and what lies beyond a cut are left out of the range.

    Raises
    ------
    RenderError
        If the camera stands still there, the picture cannot be followed, or in too few frames.
    """
    crop = crop_of(picture, PanoramaRecipe(picture, start, stop).trim, reader.scale)
    frames = every_nth(reader.available(range(start, stop)), MOST_VIEWS)
    if len(frames) < 2:
        raise RenderError(f"a panorama needs at least 2 frames, {len(frames)} can be read")
    if min(picture.width, picture.height) < _SMALLEST:
        size = f"{picture.width}x{picture.height}"
        raise RenderError(f"frames of {size} are too small to be followed")
    chain = Chain(zoom=True)
    survey = yield from read_views(reader, frames, crop, SURVEY_SIDE, beside=chain.begin)
    survey = without_in_betweens(lit(survey))
    shown, path = camera_path(survey, chain)
    lost = tuple(v.frame for v in survey.views if not shown[0] <= v.frame <= shown[-1])
    full = np.array([np.interp(range(shown[0], shown[-1] + 1), shown, c) for c in path.T]).T
    full[:, :2] /= reader.scale
    moves = find_moves(full, picture.size)
    if not moves:
        raise RenderError("the camera stands still: there is nothing to stitch")
    counts = [sum(m.start <= f - shown[0] < m.stop for f in frames) for m in moves]
    long = [m for m, n in zip(moves, counts, strict=True) if not too_few(n, len(frames))]
    if not long:
        raise RenderError(
            f"the camera can be followed along a move in only {max(counts)} of {len(frames)} "
            "frames: that is a jump or a cut, nothing to stitch"
        )
    move = max(long, key=lambda m: m.growth(picture.size))
    recipe = PanoramaRecipe(picture, shown[0] + move.start, shown[0] + move.stop)
    return FoundMove(recipe, lost, len(survey.views))
