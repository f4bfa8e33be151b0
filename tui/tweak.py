"""A recipe in the making: what the keys of the tweak form do to it. Knows no screen.

The lines of the form derive from the settings that a recipe declares; only frames, which must stay
inside their shot, and crops, which must stay inside their picture, need to know more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.buckets.presets import TARGETS
from engine.errors import EngineError
from engine.project.candidate import Candidate
from engine.recipe import (
    BaseRecipe,
    CropRecipe,
    KeeperRecipe,
    LayerRecipe,
    PanoramaRecipe,
    PlateRecipe,
    Recipe,
    ReportRecipe,
    Setting,
    changed,
    picture_of,
    settings_of,
)
from engine.text import plural
from engine.values import Box, Kind, PlateAdvice, Size, State
from tui.outcomes import outcome
from tui.pointer import Pointer, cleared, ignored, kept, touched
from tui.strip import Frames
from tui.writer import Say

NUDGE = 8
"""Pixels that a crop moves for a key; a capital is eight of these."""

EXPORT = "export"
"""The line of a report that is no setting: whether the target is exported at all."""

LEFT_OUT = "left_out"

NEARBY = 12
"""Frames to either side that count as near."""

FRAME_OF = {Kind.KEEPER: "frame", Kind.LAYER: "base"}
"""The setting that says which frame is shown."""

_USUAL: Size = (1920, 1080)
"""A size to try a trainer's settings with."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a tweak has to stay inside."""

    shot: tuple[int, int] | None = None
    """Frames ``[start, stop)`` of the scene, where known."""
    base_size: Size | None = None
    """Of the picture that a crop is cut from, where known."""
    peaks: tuple[tuple[int, int], ...] = ()
    """Middles of the places proposed on that picture, the best first."""
    sharpness: tuple[float, ...] = ()
    """Of each frame of the scene, where known."""
    change: tuple[float, ...] = ()
    """How much moves in each frame of the scene, where known."""
    path: tuple[tuple[float, float], ...] = ()
    """Where the camera is in each frame of the scene, source pixels, where known."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form."""

    name: str
    label: str
    value: str
    note: str
    changed: bool
    """Not what the engine proposed."""


class Tweak:
    """One candidate's recipe while a person changes it."""

    def __init__(self, candidate: Candidate, around: Around) -> None:
        self.candidate = candidate
        self.around = around
        self.recipe: Recipe = candidate.recipe
        self.state = candidate.state
        self.trouble = ""
        """Why the last change was refused, or why this cannot be kept."""
        self.row = 0
        self.pointer: Pointer | None = None
        """Where a person points at the picture, if they do."""
        self.raw = False
        """Point at the frame at hand, not at what is made of it."""
        self.advice: PlateAdvice | None = None
        """What making the plate told of its frames, once it was made here."""
        self.places: Mapping[int, tuple[float, float]] = {}
        """Where frames lie in the panorama on show, in its pixels, once it was made here."""
        self.outlines_of: Size = candidate.size
        """Size of the picture on show, which outlines are told in pixels of."""
        self._settings = {n: s for n, s in settings_of(candidate.kind).items() if s.tweak}
        self._frame = getattr(self.recipe, "start", 0)
        """The frame that ``leave_out`` is about."""

    @property
    def names(self) -> list[str]:
        """The lines of the form, in order."""
        names = list(self._settings)
        return [EXPORT, *names] if isinstance(self.recipe, ReportRecipe) else names

    @property
    def is_crop(self) -> bool:
        """Whether the keys move a frame over the picture."""
        return isinstance(self.recipe, CropRecipe)

    @property
    def touched(self) -> bool:
        """Whether anything differs from what is on disk."""
        return self.recipe != self.candidate.recipe or self.state is not self.candidate.state

    @property
    def size(self) -> Size | None:
        """Size at full resolution; None where only rendering tells."""
        match self.recipe:
            case CropRecipe():
                return self.recipe.box.size
            case PanoramaRecipe():
                return self.candidate.size if self.recipe == self.candidate.recipe else None
            case ReportRecipe():
                return 0, 0
            case _:
                return picture_of(self.recipe).size

    def learn(
        self, advice: PlateAdvice | None, places: Sequence[tuple[int, float, float]], size: Size
    ) -> None:
        """Take in what making the picture told; what is shown is of ``size`` in full."""
        self.advice = advice or self.advice
        self.places = {frame: (x, y) for frame, x, y in places}
        self.outlines_of = size

    def lines(self) -> list[Line]:
        """Give the form's lines."""
        return [self._line(name) for name in self.names]

    def _line(self, name: str) -> Line:
        if name == EXPORT:
            value = "on" if self.state is State.APPROVED else "off"
            is_changed = self.state is not State.PENDING
            return Line(name, "export", value, "whether this target is exported", is_changed)
        about = self._settings[name]
        value = getattr(self.recipe, name)
        is_changed = value != getattr(self.candidate.proposed, name)
        if name == LEFT_OUT:
            out = self._frame in value
            note = f"frame {self._frame} is {'out' if out else 'in'}; space changes that"
            count = plural(len(value), "frame") if value else "none"
            return Line(name, "left out", count, note, is_changed)
        return Line(name, name.replace("_", " "), _shown(name, value), about.help, is_changed)

    def out_and_in(self, around: int) -> list[tuple[int, bool]]:
        """Give the frames about the one that ``leave_out`` is about, and which are out."""
        frames = self._frames()
        out = set(getattr(self.recipe, LEFT_OUT, ()))
        if self._frame not in frames:
            return []
        at = frames.index(self._frame)
        window = range(frames[max(0, at - around)], frames[min(len(frames) - 1, at + around)] + 1)
        return [(frame, frame in out) for frame in frames if frame in window]

    def heights(self, frames: Sequence[int]) -> list[float]:
        """Give how much stands in front in each frame, else how much moves; or nothing."""
        covered = dict(self.advice.foreground) if self.advice else {}
        if all(frame in covered for frame in frames):
            return [covered[frame] for frame in frames]
        first, _ = self.around.shot or (0, 0)
        change = self.around.change
        inside = all(0 <= frame - first < len(change) for frame in frames)
        return [change[frame - first] for frame in frames] if inside else []

    def strip(self) -> Frames | None:
        """Give all frames of the scene, for the kinds that are made of frames."""
        recipe, name = self.recipe, FRAME_OF.get(self.candidate.kind, "")
        ranged = isinstance(recipe, PlateRecipe | PanoramaRecipe)
        if not ranged and not name:
            return None
        low, high = self.around.shot or (0, 0)
        if isinstance(recipe, PlateRecipe | PanoramaRecipe):
            shot = min(low, recipe.start) if self.around.shot else recipe.start
            held = self.names[self.row] if self.names[self.row] in ("start", "stop") else ""
            at_hand = self.names[self.row] == LEFT_OUT or self.pointer is not None
            return Frames(
                (shot, max(high, recipe.stop)), self._bars(), (recipe.start, recipe.stop),
                recipe.left_out, self._frame if at_hand else None, held,
            )  # fmt: skip
        here = getattr(recipe, name)
        return Frames((low, high), self._bars(), here=here) if low <= here < high else None

    def _bars(self) -> Mapping[int, float]:
        """Give for each frame how much sharper than the least it is, or what stands in front."""
        first, _ = self.around.shot or (0, 0)
        if self.candidate.kind is Kind.KEEPER:
            least = min(self.around.sharpness, default=0.0)
            return dict(enumerate((s - least for s in self.around.sharpness), first))
        if self.advice:
            return dict(self.advice.foreground)
        return dict(enumerate(self.around.change, first))

    # What keys do

    def move_row(self, by: int) -> None:
        """Go to another line."""
        self.row = (self.row + by) % len(self.names)

    def change(self, by: int) -> None:
        """Change the value of this line by some steps."""
        name = self.names[self.row]
        if name == EXPORT:
            self.switch(State.REJECTED if self.state is State.APPROVED else State.APPROVED)
        elif name == LEFT_OUT:
            self.step_frame(by)
        else:
            self._set(**{name: self._stepped(name, by)})

    def _stepped(self, name: str, by: int) -> Any:
        about, value = self._settings[name], getattr(self.recipe, name)
        if about.choices:
            at = about.choices.index(value) if value in about.choices else 0
            return about.choices[(at + (1 if by > 0 else -1)) % len(about.choices)]
        if isinstance(value, bool):
            return not value
        if name == "subject":
            return self._subject(value, by)
        low, high = self._limits(name, about)
        return max(low, min(value + round(about.step) * by, high))

    def _limits(self, name: str, about: Setting) -> tuple[int, int]:
        low = round(about.minimum) if about.minimum is not None else -(10**9)
        high = round(about.maximum) if about.maximum is not None else 10**9
        if self.around.shot is not None:
            first, after = self.around.shot
            start, stop = getattr(self.recipe, "start", first), getattr(self.recipe, "stop", after)
            limits = {
                "start": (first, stop - 1),
                "stop": (start + 1, after),
                "frame": (first, after - 1),
                "base": (first, after - 1),
            }
            low, high = limits.get(name, (low, high))
        return low, high

    def _subject(self, value: int, by: int) -> int:
        """Go through the frames of the pan, with "none" before the first."""
        start, stop = getattr(self.recipe, "start", 0), getattr(self.recipe, "stop", 1)
        if value < start:
            return start if by > 0 else -1
        stepped = value + by
        return -1 if stepped < start else min(stepped, stop - 1)

    def _frames(self) -> range:
        start, stop = getattr(self.recipe, "start", 0), getattr(self.recipe, "stop", 1)
        return range(start, stop, getattr(self.recipe, "step", 1))

    @property
    def frame(self) -> int:
        """The frame at hand: what is left out, or what a rectangle is taken from."""
        recipe = self.recipe
        return recipe.base if isinstance(recipe, LayerRecipe) else self._frame

    def step_frame(self, by: int) -> None:
        """Go to another frame of the recipe; a layer then takes its subjects from that one."""
        if isinstance(self.recipe, LayerRecipe):
            self._set(base=self._stepped("base", by))
            return
        frames = self._frames()
        at = min(range(len(frames)), key=lambda k: abs(frames[k] - self._frame))
        self._frame = frames[max(0, min(at + by, len(frames) - 1))]

    def leave_out(self) -> None:
        """Leave the frame of the left-out line out, or take it in again."""
        if LEFT_OUT not in self._settings:
            return
        self.row = self.names.index(LEFT_OUT)
        out = set(getattr(self.recipe, LEFT_OUT))
        self._set(left_out=tuple(sorted(out ^ {self._frame})))

    def switch(self, state: State) -> None:
        """Turn the export of a target on or off."""
        if isinstance(self.recipe, ReportRecipe):
            self.state = state

    def nudge(self, x: int, y: int) -> None:
        """Move a crop by some steps."""
        recipe = self.recipe
        if isinstance(recipe, CropRecipe):
            self._place(recipe, recipe.x + x * NUDGE, recipe.y + y * NUDGE, recipe.side)

    def grow(self, by: int) -> None:
        """Make a crop larger or smaller about its middle."""
        recipe = self.recipe
        if isinstance(recipe, CropRecipe):
            self._resize(recipe, recipe.side + round(self._settings["side"].step) * by)

    def _resize(self, recipe: CropRecipe, side: int) -> None:
        if self.around.base_size is not None:
            side = min(side, *self.around.base_size)
        side = max(round(self._settings["side"].minimum or 1), side)
        shift = (recipe.side - side) // 2
        self._place(recipe, recipe.x + shift, recipe.y + shift, side)

    def _place(self, recipe: CropRecipe, x: int, y: int, side: int) -> None:
        if self.around.base_size is not None:
            width, height = self.around.base_size
            x, y = min(x, width - side), min(y, height - (recipe.height or side))
        self._set(x=max(0, x), y=max(0, y), side=side)

    # What a person points at

    @property
    def plate(self) -> PlateRecipe | None:
        """The plate that this is, or that a layer lies on."""
        recipe = self.recipe
        if isinstance(recipe, LayerRecipe):
            return recipe.plate
        return recipe if isinstance(recipe, PlateRecipe) else None

    @property
    def frame_at_hand(self) -> KeeperRecipe | None:
        """What a person points at in place of the picture, if they do."""
        shown = self.plate if self.pointer and self.raw else None
        return KeeperRecipe(shown.picture, self.frame) if shown else None

    # What keys do to a place of a plate or layer

    def fit(self, box: Box | None, trouble: str = "") -> None:
        """Point at what stands where a person pointed, if anything does."""
        if self.pointer is None:
            return
        if box is not None:
            self.pointer, self.trouble = self.pointer.at(box), ""
        else:
            nothing = f"nothing stands there in frame {self.frame}; another frame may show it"
            self.trouble = trouble or nothing

    def point(self) -> None:
        """Begin to point at places of the picture, or end it."""
        recipe = self.recipe
        self.raw = False
        if self.pointer is not None:
            self.pointer = None
        elif isinstance(recipe, PlateRecipe | LayerRecipe):
            self.pointer = Pointer.over(recipe)
        else:
            self.trouble = f"nothing is pointed at in a {self.candidate.kind}"

    def to_unsure(self, by: int) -> None:
        """Point at the next part that may be read either way."""
        parts = self.advice.either_way if self.advice else ()
        if self.pointer is None:
            return
        if not parts:
            self.trouble = "no part is known that may be read either way"
            return
        boxes = [box for box, _ in parts]
        here = boxes.index(self.pointer.box) if self.pointer.box in boxes else -(by > 0)
        self.pointer = self.pointer.at(boxes[(here + by) % len(boxes)])

    def say_of_place(self, what: str) -> None:
        """Change the recipe for the place that is pointed at."""
        recipe, pointer = self.recipe, self.pointer
        if pointer is None or not isinstance(recipe, PlateRecipe | LayerRecipe):
            return
        if what == "touch":
            self.recipe = touched(recipe, pointer)
        elif what == "forget":
            self.recipe = cleared(recipe, pointer)
        elif not isinstance(recipe, PlateRecipe):
            self.trouble = "only a plate leaves rectangles out or takes them from a frame"
            return
        elif what == "ignore":
            self.recipe = ignored(recipe, pointer)
        else:
            self.recipe = kept(recipe, pointer, self._frame)
        self.trouble = ""

    def to_target(self, target: int) -> None:
        """Give a crop the side that a target trains at, about its middle."""
        recipe, about = self.recipe, list(TARGETS.values())[target]
        if isinstance(recipe, CropRecipe):
            self._resize(recipe, min(about.width, about.height))

    def to_peak(self, by: int) -> None:
        """Move a crop to the next place, or the one before, that was found worth cutting."""
        recipe, peaks = self.recipe, self.around.peaks
        if not isinstance(recipe, CropRecipe):
            return
        if len(peaks) < 2:
            self.trouble = "nothing else was found on this picture"
            return
        half = recipe.side // 2
        here = recipe.x + half, recipe.y + half
        near = min(peaks, key=lambda peak: math.dist(peak, here))
        x, y = peaks[(peaks.index(near) + by) % len(peaks)]
        self._place(recipe, x - half, y - half, recipe.side)

    def sharpest(self) -> None:
        """Go to the sharpest frame near the one at hand."""
        name = FRAME_OF.get(self.candidate.kind, "")
        first, _ = self.around.shot or (0, 0)
        if not self.around.sharpness or not name:
            self.trouble = "how sharp the frames are is not known here"
            return
        here = getattr(self.recipe, name) - first
        near = range(max(0, here - NEARBY), min(len(self.around.sharpness), here + NEARBY + 1))
        best = max(near, key=lambda frame: self.around.sharpness[frame])
        if best == here:
            self.trouble = f"frame {here + first} is the sharpest within {NEARBY} frames"
        else:
            self._set(**{name: best + first})

    def step_base(self, by: int) -> None:
        """Cut a crop from the frame beside its own; only a keeper has such."""
        recipe = self.recipe
        if not isinstance(recipe, CropRecipe):
            return
        if not isinstance(recipe.base, KeeperRecipe):
            self.trouble = f"cut from a {recipe.base.kind}, which has no other frame"
            return
        low, high = self.around.shot or (0, 10**9)
        frame = max(low, min(recipe.base.frame + by, high - 1))
        self._set(base=replace(recipe.base, frame=frame))

    def reset(self) -> None:
        """Go back to what the engine proposed."""
        self.recipe, self.trouble = self.candidate.proposed, ""
        if isinstance(self.recipe, ReportRecipe):
            self.state = State.PENDING

    def _set(self, **changes: Any) -> None:
        try:
            self.recipe = changed(self.recipe, **changes)
        except EngineError as error:
            self.trouble = str(error)
            return
        self.trouble = self._refusal()

    def _refusal(self) -> str:
        """Say why a trainer refuses its settings."""
        if isinstance(self.recipe, ReportRecipe):
            found = outcome(self.recipe, _USUAL)
            if isinstance(found, str):
                return found
        return ""

    def say(self, size: Size) -> Say:
        """Say what is to be written; ``size`` is that of the new picture."""
        state = self.state if self.state is not self.candidate.state else None
        if self.recipe == self.candidate.proposed:
            return Say((self.candidate.id,), state, untweak=True)
        return Say((self.candidate.id,), state, self.recipe, size)


def base_of(recipe: Recipe) -> BaseRecipe | None:
    """Give what a crop is cut from."""
    return recipe.base if isinstance(recipe, CropRecipe) else None


def known_size(base: BaseRecipe) -> Size | None:
    """Give the size of a crop's base where its recipe tells; a panorama's does not."""
    if isinstance(base, KeeperRecipe | PlateRecipe | LayerRecipe):
        return picture_of(base).size
    return None


def _shown(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if name == "subject" and value == -1:
        return "none"
    if name.startswith("base_") and value == 0:
        return "as is"
    return str(value)
