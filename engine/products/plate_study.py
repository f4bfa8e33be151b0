"""A still shot looked at: its frames lined up, evenly lit, and told from what moves in front."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engine.errors import RenderError
from engine.events import Work
from engine.footage.reader import FrameReader
from engine.products.alignment import Shifts, estimate_shifts, in_view, shifted
from engine.products.at_once import at_once, both
from engine.products.backdrop import Backdrop, Draft, find_backdrop
from engine.products.exposure import STRONGEST, Gains, estimate_gains, is_grey, with_gain
from engine.products.faces import Face
from engine.products.frame_stack import FrameStack, gather
from engine.products.handheld import (
    MOST_PHOTOS,
    estimate_turns,
    in_sight,
    scaled_turn,
    turned,
)
from engine.products.modes import estimate_noise, find_modes, tolerance_for
from engine.products.neighbours import Asked
from engine.products.one_place import show_one_place
from engine.products.overlay_strokes import find_lettering
from engine.products.plate_views import PlateViews
from engine.products.sitters import Look, find_lasting, find_sitters, spread
from engine.products.veil import find_veiled
from engine.recipe import PlateRecipe, Point, frames_of
from engine.values import AnyArray, Box, Mask

FEWEST_FRAMES = 3
"""Fewer frames than this cannot outvote what stands in front."""

_MOST_VEILED = 0.6  # share of the frames: a shot that is nearly all mist is taken as it is
_STILL = 0.3  # source pixels: less shake than this is left alone


@dataclass(frozen=True, slots=True)
class PlateStudy:
    """What a plate is made from; arrays hold only the frames that are of use."""

    recipe: PlateRecipe
    """What was studied."""
    scale: float
    """Pixels of the reader's frames for each of the source."""
    views: PlateViews
    """The useful frames at full size."""
    small: AnyArray
    """``(N, h, w, 3)``: the useful frames, reduced, registered and evenly lit."""
    sound: AnyArray
    """``(N, h, w)``: where each shows something of the place, free of lettering."""
    draft: Draft
    """What the place was found to be, before the user had a say."""
    valid: AnyArray
    """``(N, h, w)``: where each shows something that may be taken."""
    backdrop: Backdrop
    sitting: Mask
    """``(h, w)``: where somebody may be who never leaves and hardly moves."""

    @property
    def stack(self) -> FrameStack:
        """All frames, useful or not."""
        return self.views.stack

    @property
    def frames(self) -> tuple[int, ...]:
        """Numbers of the useful frames."""
        return tuple(self.stack.frames[position] for position in self.views.positions)

    @property
    def covered(self) -> AnyArray:
        """What :meth:`front` says of all useful frames: ``(N, h, w)`` bool."""
        return np.stack([self.front(index) for index in range(len(self.frames))])

    def front(self, index: int) -> Mask:
        """Where a useful frame shows something in front, without specks: ``(h, w)``."""
        front = (self.valid[index] & ~self.backdrop.shown[index]).view(np.uint8)
        return cv2.morphologyEx(front, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).view(np.bool_)

    @property
    def foreground(self) -> AnyArray:
        """Share of each useful frame that is not backdrop: ``(N,)``, 0 to 1."""
        fronts = (self.front(index) for index in range(len(self.frames)))
        return np.array([np.count_nonzero(front) / front.size for front in fronts])

    def serves(self, recipe: PlateRecipe) -> bool:
        """Whether a changed recipe needs no more than :func:`reread`."""
        mine = self.recipe
        parts = ("picture", "start", "stop", "step", "align", "overlays", "also")
        alike = all(getattr(mine, part) == getattr(recipe, part) for part in parts)
        return alike and set(mine.left_out) <= set(recipe.left_out)


def picture_in(reader: FrameReader, picture: Box) -> Box:
    """Give a recipe's picture in pixels of what ``reader`` gives, inside its frames."""
    width, height = reader.size
    box = picture.scaled(reader.scale)
    x, y = min(box.x, width - 1), min(box.y, height - 1)
    return Box(x, y, min(box.width, width - x), min(box.height, height - y))


def study_plate(
    reader: FrameReader, recipe: PlateRecipe, gathered: FrameStack | None = None
) -> Work[PlateStudy]:
    """Read the frames of ``recipe``, if they are not ``gathered``, and find the backdrop in them.

    Raises
    ------
    RenderError
        If too few frames are left to tell anything from them, or they show no one place.
    """
    frames = reader.available(frames_of(recipe))
    if len(frames) < FEWEST_FRAMES:
        raise RenderError(f"a plate needs at least {FEWEST_FRAMES} frames, got {len(frames)}")
    stack = gathered
    if stack is None:
        stack = yield from gather(reader, frames, picture_in(reader, recipe.picture))
    turns = _turns_of(stack, recipe)
    shifts = _shifts_of(stack, recipe, reader.scale, turns)
    small = stack.small
    # The reduced frames are registered and lit in place: a second stack would cost as much again.
    if turns is not None:
        _turn(small, turns, stack.small_scale / stack.grey_scale)
    _change(small, lambda one, index: shifted(one, shifts[index] * stack.small_scale))
    gains, useful = _lit_alike(small)
    if turns is not None:
        useful = useful[np.isfinite(turns[useful, 0, 0])]
    if len(useful) < FEWEST_FRAMES:
        raise RenderError("the light changes too much between the frames to make one plate of them")
    shifts, gains = shifts[useful], gains[useful]
    if turns is not None:
        whole = 1 / stack.grey_scale
        turns = np.stack([scaled_turn(turns[i], whole) for i in useful])
    small = small if len(useful) == len(small) else small[useful]
    _change(small, lambda one, index: with_gain(one, gains[index]))
    if not show_one_place(small):
        raise RenderError("these pictures show different places: they have no backdrop in common")
    positions = tuple(int(i) for i in useful)
    if stack.full.in_planes and not is_grey(gains):
        stack.full.convert(positions)
    sound = _sound(stack, positions, small, shifts, recipe, reader.scale)
    if turns is not None:
        size = small.shape[2], small.shape[1]
        for index, turn in enumerate(turns):
            sound[index] &= in_sight(size, scaled_turn(turn, stack.small_scale))
    views = PlateViews(stack, positions, shifts, turns, gains)
    tolerance = tolerance_for(estimate_noise(small))
    modes = find_modes(small, sound, tolerance)
    asked = Asked.of(modes)
    faces, draft = both(
        lambda: _looked_at(views), lambda: Draft.of(small, sound, modes, tolerance, asked)
    )
    draft.agree(asked)
    backdrop = find_backdrop(draft, sound, shaken=views.are_moved)
    sitting = _sitting(faces, backdrop, stack.size[0])
    scale = reader.scale
    study = PlateStudy(recipe, scale, views, small, sound, draft, sound, backdrop, sitting)
    return reread(study, recipe)


def _change(small: AnyArray, how: Callable[[AnyArray, int], AnyArray]) -> None:
    """Change each of the reduced frames in place."""

    def change(index: int) -> None:
        before = small[index]
        after = how(before, index)
        if after is not before:
            before[:] = after

    at_once(change, range(len(small)))


def _looked_at(views: PlateViews) -> dict[int, list[Face]]:
    """Put the frames that will be wanted in their places; give the faces in a few of them."""
    looks = spread(views.held)
    # Held frames have a picture, always.
    pictures = (picture for index in looks if (picture := views.picture(index)) is not None)
    faces = dict(zip(looks, find_lasting(pictures), strict=False))
    for index in views.chosen(views.held):
        views.planes(index)
    return faces


def _turns_of(stack: FrameStack, recipe: PlateRecipe) -> AnyArray | None:
    """Find how photos taken by hand are turned; few proxies of a long shot are none of these."""
    if recipe.align == "never" or len(frames_of(recipe)) > MOST_PHOTOS:
        return None
    return estimate_turns(stack.greys)


def _sitting(faces: Mapping[int, Sequence[Face]], backdrop: Backdrop, width: int) -> Mask:
    """Mark whom the plate may take for backdrop, by the faces in some pictures of a width."""
    looks = [Look(found, width, backdrop.shown[i]) for i, found in faces.items()]
    return find_sitters(looks) if looks else np.zeros(backdrop.confidence.shape, bool)


def reread(study: PlateStudy, recipe: PlateRecipe) -> PlateStudy:
    """Give the study of a recipe that ``study`` serves: only what the user changed is redone."""
    valid = study.sound
    ignored = _ignored(study, recipe)
    away = [i for i, frame in enumerate(study.frames) if frame in set(recipe.left_out)]
    if ignored is not None or away:
        if len(study.frames) - len(away) < FEWEST_FRAMES:
            raise RenderError(f"a plate needs at least {FEWEST_FRAMES} frames")
        valid = study.sound if ignored is None else study.sound & ~ignored
        if away:
            valid = valid.copy()
            valid[away] = False
    flips = _flips_in(study, recipe)
    if valid is study.valid and not flips and not study.recipe.flips:
        return replace(study, recipe=recipe)
    draft = study.draft
    if flips:
        draft = draft.copy()
        for point in flips:
            draft.flip(point)
    backdrop = find_backdrop(draft, valid, shaken=study.views.are_moved)
    return replace(study, recipe=recipe, valid=valid, backdrop=backdrop)


def _lit_alike(small: AnyArray) -> tuple[Gains, AnyArray]:
    """Measure the gain of each frame, and say which ones a gain brings to the shot's light."""
    # Hardly a shot has a veil: what gains it would have without one is found out meanwhile.
    veiled, gains = both(lambda: find_veiled(small), lambda: estimate_gains(small))
    if veiled.mean() > _MOST_VEILED:
        veiled[:] = False
    if veiled.any():
        gains[veiled] = 1
        gains[~veiled] = estimate_gains(small[~veiled])
    lit = (gains.max(axis=1) < STRONGEST) & (gains.min(axis=1) > 1 / STRONGEST)
    return gains, np.flatnonzero(lit & ~veiled)


def _turn(small: AnyArray, turns: AnyArray, scale: float) -> None:
    """Lay reduced photos on the middle one, in place; those that do not fit stay as they are."""
    for index, turn in enumerate(turns):
        if np.isfinite(turn).all():
            small[index] = turned(small[index], scaled_turn(turn, scale))


def _shifts_of(
    stack: FrameStack, recipe: PlateRecipe, scale: float, turns: AnyArray | None
) -> Shifts:
    still = np.zeros((len(stack.frames), 2), np.float32)
    if recipe.align == "never" or turns is not None:
        stack.greys.clear()
        return still
    least = 0.0 if recipe.align == "always" else _STILL * scale * stack.grey_scale
    shifts = estimate_shifts(stack.greys, least, _known_of(stack, recipe, scale))
    stack.greys.clear()
    return still if shifts is None else shifts / np.float32(stack.grey_scale)


def _known_of(stack: FrameStack, recipe: PlateRecipe, scale: float) -> Shifts:
    """Give about where frames of other shots of the set lie, in pixels of the grey pictures."""
    known = np.zeros((len(stack.frames), 2), np.float32)
    frames = np.array(stack.frames)
    for start, stop, x, y in recipe.also:
        known[(frames >= start) & (frames < stop)] = (x, y)
    return np.asarray(known * np.float32(scale * stack.grey_scale))


def _flips_in(study: PlateStudy, recipe: PlateRecipe) -> list[Point]:
    """Give the points to be flipped, in reduced pixels; those outside the picture are dropped."""
    height, width = study.small.shape[1:3]
    factor = study.scale * study.stack.small_scale
    left, top = recipe.picture.x, recipe.picture.y
    points = [(int((x - left) * factor), int((y - top) * factor)) for x, y in recipe.flips]
    return [(x, y) for x, y in points if 0 <= x < width and 0 <= y < height]


def _sound(
    stack: FrameStack,
    positions: tuple[int, ...],
    small: AnyArray,
    shifts: Shifts,
    recipe: PlateRecipe,
    scale: float,
) -> AnyArray:
    """Tell where each frame shows something of the place: in view, and not lettered over."""
    height, width = small.shape[1:3]
    factor = scale * stack.small_scale
    sound = np.stack([in_view((width, height), shift * stack.small_scale) for shift in shifts])
    for x, y, box_width, box_height, start, stop in recipe.overlays:
        rows = [i for i, p in enumerate(positions) if start <= stack.frames[p] < stop]
        left, top = x - recipe.picture.x, y - recipe.picture.y
        edges = np.array([left, top, left + box_width, top + box_height]) * factor
        for row, mask in find_lettering(small, rows, edges, shifts * stack.small_scale):
            sound[row] &= ~mask
    return sound


def _ignored(study: PlateStudy, recipe: PlateRecipe) -> Mask | None:
    """Mark the rectangles that the user never wants taken, ``(h, w)`` bool; None for none."""
    if not recipe.ignore:
        return None
    ignored = np.zeros(study.small.shape[1:3], bool)
    factor = study.scale * study.stack.small_scale
    for x, y, width, height in recipe.ignore:
        left, top = x - recipe.picture.x, y - recipe.picture.y
        edges = np.array([left, top, left + width, top + height]) * factor
        left, top, right, bottom = np.clip(np.rint(edges), 0, None).astype(int)
        ignored[top:bottom, left:right] = True
    return ignored
