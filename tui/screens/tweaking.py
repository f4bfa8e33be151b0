"""The tweak of one candidate: the form, the picture that follows it, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from engine.project.candidate import Candidate
from engine.recipe import LayerRecipe, PlateRecipe, candidate_id
from engine.text import plain, plural
from engine.values import Kind, Scene, Size, State
from tui.fitting import Fitted
from tui.keymap import Mode
from tui.strip import closeup, overview
from tui.theme import palette
from tui.tweak import FRAME_OF, LEFT_OUT, Around, Tweak, base_of
from tui.widgets.form import CropForm, Form, PointerForm, Row, TweakForm

if TYPE_CHECKING:
    from tui.screens.review import ReviewScreen


STRIP = 12
"""Frames to either side of the one at hand that the strip shows."""


class Tweaking:
    """What the keys of the tweak form do; there is a tweak only while the form is open."""

    def __init__(self, room: ReviewScreen) -> None:
        self._room = room
        self.tweak: Tweak | None = None

    def begin(self, candidate: Candidate, scene: Scene | None) -> None:
        """Open the form on a candidate."""
        around = Around()
        if scene is not None:
            shot = scene.shot.start, scene.shot.stop
            facts = scene.facts
            around = Around(
                shot,
                sharpness=tuple(facts.sharpness.tolist()),
                change=tuple(facts.change.tolist()),
                path=tuple(map(tuple, scene.motion.path[:, :2].tolist())),
            )
        self.tweak = Tweak(candidate, around)
        self.know_base(self.tweak)
        crop = self.tweak.is_crop
        mode = Mode.CROP if crop else Mode.TWEAK
        form = CropForm if crop else TweakForm
        self._room.open_form(form, "-tweaking", mode, hidden=_idle_keys(self.tweak))
        self.draw()

    def know_base(self, tweak: Tweak) -> None:
        """Tell a crop how large the picture is that it is cut from."""
        base = base_of(tweak.recipe)
        if base is not None:
            size = self._room.desk.base_size(tweak.candidate, base)
            peaks = self._room.review.peaks(candidate_id(tweak.candidate.source_id, base))
            tweak.around = replace(tweak.around, base_size=size, peaks=peaks)

    def answer(self, asked: Form.Asked) -> None:
        """Do what a key of the form asks for."""
        tweak = self.tweak
        if tweak is None:
            return
        match asked.action, asked.arguments:
            case "keep", _:
                self._keep(tweak)
            case "drop", _:
                self._end()
            case _:
                self._change(tweak, asked)
                self.draw()

    def _change(self, tweak: Tweak, asked: Form.Asked) -> None:
        match asked.action, asked.arguments:
            case "row", (int(by),):
                tweak.move_row(by)
            case "change", (int(by),):
                tweak.change(by)
            case "leave_out", _:
                tweak.leave_out()
            case "switch", (str(state),):
                tweak.switch(State(state))
            case "pointer" | "close", _:
                self._point(tweak)
            case "nudge", (int(x), int(y)) if tweak.pointer:
                tweak.pointer = tweak.pointer.moved(x, y)
            case "nudge", (int(x), int(y)):
                tweak.nudge(x, y)
            case "grow", (int(by),) if tweak.pointer:
                tweak.pointer = tweak.pointer.grown(by, by)
            case "grow", (int(by),):
                tweak.grow(by)
            case "widen", (int(by),) if tweak.pointer:
                tweak.pointer = tweak.pointer.grown(by, 0)
            case "touch" | "ignore" | "take" | "forget" as what, _:
                tweak.say_of_place(what)
            case "blink", _:
                tweak.raw = not tweak.raw
            case "fit", _:
                self._room.desk.fit(tweak)
            case "peak", (int(by),) if tweak.pointer:
                tweak.to_unsure(by)
            case "frame", (int(by),) if tweak.pointer:
                tweak.step_frame(by)
            case "target", (int(target),):
                tweak.to_target(target - 1)
            case "peak", (int(by),):
                tweak.to_peak(by)
            case "sharpest", _:
                tweak.sharpest()
            case "frame", (int(by),):
                tweak.step_base(by)
                self.know_base(tweak)
            case "reset", _:
                tweak.reset()
                self.know_base(tweak)

    def take_fitted(self, message: Fitted) -> None:
        """Point at what stands where the keys pointed, if they still do."""
        tweak = self.tweak
        if tweak is None or tweak.candidate is not message.pointed.candidate:
            return
        if tweak.pointer and tweak.pointer.middle == message.pointed.point:
            tweak.fit(message.box, plain(message.trouble))
            self.draw()

    def _point(self, tweak: Tweak) -> None:
        """Give the keys to the rectangle over the picture, or back to the settings."""
        tweak.point()
        form, mode = (PointerForm, Mode.POINTER) if tweak.pointer else (TweakForm, Mode.TWEAK)
        self._room.open_form(form, "-tweaking", mode, hidden=_idle_keys(tweak))

    def _keep(self, tweak: Tweak) -> None:
        size = self.size_of(tweak)
        if not tweak.touched:
            self._end()
        elif tweak.trouble:
            self._room.status.say("not kept: see what is wrong with it")
        elif size is None:
            self._room.status.say("not kept: its picture is still being made")
        else:
            self._room.deciding.say(tweak.say(size))
            self._end()

    def _end(self) -> None:
        self.tweak = None
        self._room.close_forms()
        self._room.draw(changed=True)

    def size_of(self, tweak: Tweak) -> Size | None:
        """Size of the picture that a tweak makes; None while only the engine could tell."""
        if tweak.size is not None:
            return tweak.size
        made = self._room.desk.made(tweak.candidate, tweak.recipe)
        return made.size if made else None

    def draw(self) -> None:
        """Bring form, picture and facts up to the tweak."""
        tweak = self.tweak
        if tweak is None:
            return
        kind = CropForm if tweak.is_crop else PointerForm if tweak.pointer else TweakForm
        form = self._room.query_one(kind)
        made = self._room.desk.made(tweak.candidate, tweak.recipe)
        if made is not None:
            tweak.learn(made.advice, made.places, made.size)
        rows = [Row(ln.label, ln.value, ln.changed, note=ln.note) for ln in tweak.lines()]
        form.show(
            f"Tweak the {tweak.candidate.kind}",
            rows,
            cursor=None if tweak.is_crop or tweak.pointer else tweak.row,
            words=_words(tweak),
            trouble=plain(tweak.trouble),
            strip=lambda room: self._strip(tweak, room),
        )
        self._room.show_picture()
        self._room.draw_facts()

    def _strip(self, tweak: Tweak, room: int) -> list[Text]:
        """Draw the frames of the scene with what is taken of them."""
        frames = tweak.strip()
        colours = palette(self._room.app.theme_variables)
        return overview(frames, room, colours) if frames else []


def _words(tweak: Tweak) -> list[str]:
    """Say what stands below the lines of the form."""
    if tweak.is_crop:
        base = base_of(tweak.recipe)
        frame = getattr(base, "frame", None)
        words = [f"cut from a {base.kind}"] if base else []
        return words + ([f"its frame {frame}"] if frame is not None else [])
    if tweak.pointer:
        return _said_of_places(tweak)
    if tweak.names[tweak.row] == LEFT_OUT:
        frames = tweak.out_and_in(STRIP)
        if not frames:
            return []
        return closeup(frames, tweak.frame, tweak.heights([frame for frame, _ in frames]))
    return []


def _said_of_places(tweak: Tweak) -> list[str]:
    """Count what is said of places, and say which frame is at hand."""
    recipe = tweak.recipe
    if isinstance(recipe, LayerRecipe):
        return [plural(len(recipe.subjects), "subject") + " named; none takes the main ones"]
    if not isinstance(recipe, PlateRecipe):
        return []
    told = (
        f"{len(recipe.ignore)} never taken, {len(recipe.keep)} taken from a frame, "
        f"{len(recipe.flips)} read the other way"
    )
    unsure = len(tweak.advice.either_way) if tweak.advice else 0
    return [told, f"frame at hand {tweak.frame}", f"{unsure} unsure" if unsure else ""]


def _idle_keys(tweak: Tweak) -> frozenset[str]:
    """Name the actions that do nothing for this kind of candidate."""
    idle = set()
    if LEFT_OUT not in tweak.names:
        idle.add("leave_out")
    if tweak.candidate.kind not in (Kind.PLATE, Kind.LAYER):
        idle.add("pointer")
    if tweak.candidate.kind is not Kind.PLATE:
        idle |= {"ignore", "take"}
    if tweak.candidate.kind not in FRAME_OF:
        idle.add("sharpest")
    if tweak.candidate.kind is not Kind.REPORT:
        idle |= {"switch('approved')", "switch('rejected')"}
    return frozenset(idle)
