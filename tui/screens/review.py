"""The room: scenes, candidates, the picture, and one key that decides and moves on."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from engine.project.candidate import Candidate
from engine.recipe import Recipe, ReportRecipe, frames_of
from engine.text import plain, plural
from engine.values import Kind, Scene, Size, State
from tui.darkroom import Drawn, NotDrawn
from tui.keymap import REVIEW, Mode, bindings
from tui.link import Link
from tui.outcomes import outcome, recipes_of
from tui.rendering import Made, Making, NotMade
from tui.reporting import Reported, Reporter, question_of
from tui.review_list import KINDS, STATES, Filter, ReviewList
from tui.screens.help import HelpScreen
from tui.screens.picture_desk import PictureDesk
from tui.screens.report import ReportScreen
from tui.terminal import Terminal
from tui.theme import Palette, palette
from tui.tweak import LEFT_OUT, Around, Tweak, base_of, strip
from tui.watcher import Decided, Loaded, ScenesLoaded, Unreadable, Watcher
from tui.widgets.bucket_chart import BucketChart
from tui.widgets.candidate_list import CandidateList
from tui.widgets.facts import Buckets, Facts
from tui.widgets.form import CropForm, FilterForm, Form, Row, TweakForm
from tui.widgets.keys_bar import KeysBar
from tui.widgets.line_list import LineList
from tui.widgets.picture import PictureView
from tui.widgets.scene_list import SceneList
from tui.widgets.status import Status
from tui.writer import NotWritten, Say, TakeBack, Writer, Written

TWICE = 1.0
"""Seconds in which a second g makes ``gg``."""


class ReviewScreen(Screen[None]):
    """Draws in its own thread only; reads, renders and writes in four others."""

    AUTO_FOCUS = ""
    BINDINGS = bindings(*REVIEW)
    DEFAULT_CSS = """
    ReviewScreen { background: $background; color: $foreground; layout: vertical; }
    ReviewScreen #title { height: 1; background: $panel; color: $foreground; }
    ReviewScreen #body { height: 1fr; }
    ReviewScreen #lists { width: 70; layout: horizontal; background: $surface; }
    ReviewScreen #scenes {
        width: 30; background: $surface; border-right: vkey $line; padding-right: 0;
    }
    ReviewScreen #candidates { width: 1fr; background: $surface; }
    ReviewScreen #stage { width: 1fr; background: $background; }
    ReviewScreen #picture { height: 1fr; margin: 1 2 0 2; }
    ReviewScreen #chart { height: 1fr; margin: 1 2 0 3; overflow: hidden; }
    ReviewScreen #facts { height: 9; padding: 0 1; margin: 1 1 0 2; }
    ReviewScreen.-report #facts { height: 3; }
    ReviewScreen Form { padding: 1 1; background: $panel; }
    ReviewScreen #tweak, ReviewScreen #crop { width: 1fr; height: 1fr; }
    ReviewScreen #filter { dock: bottom; width: 100%; height: 7; }
    ReviewScreen.-tweaking #candidates { display: none; }
    ReviewScreen.-narrow.-tweaking #scenes { display: none; }
    ReviewScreen #status { height: 1; background: $panel; }
    ReviewScreen #keys { height: 1; background: $background; }
    ReviewScreen.-narrow #lists { width: 31; layout: vertical; }
    ReviewScreen.-narrow #scenes {
        width: 1fr; height: 40%; border-right: none; border-bottom: hkey $line;
    }
    ReviewScreen.-narrow #candidates { height: 1fr; }
    ReviewScreen.-narrow #picture { margin: 0 1 0 1; }
    ReviewScreen.-narrow #chart { margin: 0 1 0 2; }
    ReviewScreen.-narrow Form { padding: 0 1; }
    ReviewScreen.-narrow #facts { height: 8; margin: 0; }
    ReviewScreen.-narrow.-report #facts { height: 3; }
    ReviewScreen.-tiny #lists { width: 1fr; layout: vertical; }
    ReviewScreen.-tiny #scenes { width: 1fr; height: 30%; border-right: none; }
    ReviewScreen.-tiny #stage { display: none; }
    """

    def __init__(self, folder: Path, who: str | None, terminal: Terminal) -> None:
        super().__init__()
        self.folder, self.who, self.terminal = folder, who, terminal
        self.review = ReviewList()
        self.loaded = False
        self.complete = False
        """All candidates are in the list, not only those of the first sources."""
        self.trouble = ""
        """What went wrong with writing or reading; stays until something is written again."""
        self._sources: Mapping[str, str] = {}
        self._scenes: Mapping[tuple[str, int], Scene] = {}
        self._recipes: dict[str, ReportRecipe] = {}
        self.tweak: Tweak | None = None
        self._filter_row = 0
        self._g_at = 0.0
        self._leave_by = 0.0
        self._decided_at: deque[float] = deque(maxlen=200)

    @property
    def link(self) -> Link:
        """The way to the terminal."""
        return self.query_one(PictureView).link

    # Beginning and end

    def compose(self) -> ComposeResult:
        """Put lists on the left, the picture with its facts on the right."""
        yield Static("", id="title", markup=False)
        with Horizontal(id="body"):
            with Container(id="lists"):
                yield SceneList(id="scenes")
                yield CandidateList(id="candidates")
                yield TweakForm(id="tweak")
                yield CropForm(id="crop")
                yield FilterForm(id="filter")
            with Vertical(id="stage"):
                yield PictureView(self.terminal, id="picture")
                yield BucketChart(id="chart")
                yield Facts(id="facts")
        yield Status(id="status")
        yield KeysBar(*REVIEW, id="keys")

    def on_mount(self) -> None:
        """Start the threads; the first of them brings the list."""
        view = self.query_one(PictureView)
        self.desk = PictureDesk(self.folder, self.terminal, self.review, view, self.post_message)
        self.reporter = Reporter(self.post_message)
        self.writer = Writer(self.folder, self.who, self.post_message)
        self.watcher = Watcher(self.folder, self.who, self.post_message)
        view.say("opening…")
        self._close_forms()
        self.query_one(BucketChart).display = False
        self._draw_title()
        self.set_interval(5, self._draw_status)

    def on_unmount(self) -> None:
        """Have what was said written."""
        self.close()

    def close(self) -> None:
        """Have what was said written, and end the threads; also after a failure, and twice."""
        for name in ("writer", "watcher", "desk", "reporter"):
            if (thread := getattr(self, name, None)) is not None:
                thread.close()

    # What the threads say

    @on(Loaded)
    def take_in(self, message: Loaded) -> None:
        """Fill the lists, at the start and when a scan has found more."""
        self.loaded = True
        self.complete = message.complete
        self._sources = message.sources
        self.review.fill(message.candidates, message.sources, message.skipped)
        self._recipes = recipes_of(message.candidates)
        self.desk.forget_failures()
        self._draw_title()
        self._draw(changed=True)
        if message.complete:
            # Tens of thousands of candidates that live as long as the room: a collector that
            # walked over them time and again would hold up a key for 50 ms each time.
            gc.freeze()

    @on(ScenesLoaded)
    def take_in_scenes(self, message: ScenesLoaded) -> None:
        """Add what was measured on the scenes."""
        self._scenes = message.scenes
        self.query_one(SceneList).set_scenes(message.scenes)

    @on(Decided)
    def take_in_decisions(self, message: Decided) -> None:
        """Show what others decided; one's own are shown when the writer has written them all."""
        waiting = self.review.waiting
        self._update([c for c in message.candidates if not waiting[c.id]])

    @on(Written)
    def show_written(self, message: Written) -> None:
        """Show what is on disk now."""
        self.trouble = ""
        if message.action == "do":
            self._no_longer_waiting(candidate.id for candidate in message.candidates)
            self._decided_at.append(time.monotonic())
        elif not message.candidates:
            self.query_one(Status).say(f"nothing to {message.action}")
        self._update(message.candidates)
        if message.action != "do" and message.candidates:
            self._return_to(message)

    def _return_to(self, message: Written) -> None:
        first = message.candidates[0]
        if not self.review.go(first.id) and self.review.filter.active:
            self.query_one(Status).say(f"{message.action}: a {first.kind} that the filter hides")
        else:
            self.query_one(Status).say(f"{message.action}: {first.kind} is {first.state} again")
        self._draw()

    @on(NotWritten)
    def show_trouble(self, message: NotWritten) -> None:
        """Say that a decision was not kept; the row shows what it was before."""
        self._no_longer_waiting([message.candidate_id])
        self.trouble = f"NOT SAVED: {plain(message.reason)}"
        self._draw(changed=True)

    @on(Unreadable)
    def show_unreadable(self, message: Unreadable) -> None:
        """Say that the catalogue cannot be read."""
        self.trouble = plain(message.reason)
        if not self.loaded:
            self.query_one(PictureView).say(self.trouble)
        self._draw_status()

    def _no_longer_waiting(self, identities: Iterable[str]) -> None:
        waiting = self.review.waiting
        for identity in identities:
            waiting[identity] -= 1
            if waiting[identity] <= 0:
                del waiting[identity]

    def _update(self, candidates: Iterable[Candidate]) -> None:
        """Take in new standings and draw what they change."""
        candidates = list(candidates)
        if not candidates:
            self._draw_status()
            return
        self.review.update(candidates)
        if self.tweak is not None:
            # The lists are hidden or behind the form; they are drawn when it closes.
            self._draw_status()
            return
        if any(candidate.kind is Kind.REPORT for candidate in candidates):
            self._recipes = recipes_of(self.review.candidates)
        if self.review.filter.active:
            self._draw(changed=True)
            return
        identities = {candidate.id for candidate in candidates}
        self.query_one(CandidateList).redraw(identities)
        self.query_one(SceneList).refresh()
        here = self.review.current
        if here is not None and here.id in identities:
            self._draw_facts()
            self._show_picture()
        self._draw_status()

    # Drawing

    def on_resize(self) -> None:
        """Set everything anew for the new size."""
        self._draw_title()
        self.call_after_refresh(self._draw, changed=True)

    def on_screen_resume(self) -> None:
        """Come back from another screen."""
        if self.loaded:
            self._draw(changed=True)

    def _draw(self, *, changed: bool = False) -> None:
        """Bring everything up to the cursor; ``changed`` when rows are others than before."""
        if not self.loaded:
            return
        review = self.review
        self.query_one(SceneList).set_groups(review.shown, review.group_index, changed=changed)
        self.query_one(CandidateList).set_rows(
            review.candidates, review.rows, review.waiting, review.row, changed=changed
        )
        self._draw_facts()
        self._draw_status()
        # In a frame of its own: where the cursor is now comes first.
        self.call_after_refresh(self._show_picture)
        if self.tweak is not None:
            self._draw_tweak()

    def _draw_title(self) -> None:
        colours = palette(self.app.theme_variables)
        title = self.query_one("#title", Static)
        title.update(_title(self.folder, self._sources, self.who, colours, self.size.width))

    def _draw_facts(self) -> None:
        facts = self.query_one(Facts)
        candidate, note, size = self.review.current, "", None
        if self.tweak is not None:
            candidate = self.tweak.candidate
            size = self._tweak_size(self.tweak)
            made = self.desk.made(self.tweak)
            note = "; ".join(map(plain, made.warnings)) if made else ""
        if candidate is None:
            facts.set_lines([])
            return
        size = size or candidate.size
        waiting = bool(self.review.waiting[candidate.id])
        buckets = self._buckets(candidate, size)
        recipe = self.tweak.recipe if self.tweak else None
        frames = _frames_in_words(candidate, recipe)
        facts.show(
            candidate,
            size,
            frames,
            buckets,
            waiting=waiting,
            note=note,
            progress=self.desk.progress if self.tweak else "",
        )

    def _buckets(self, candidate: Candidate, size: Size) -> Buckets:
        if candidate.kind is Kind.REPORT or not all(size):
            return {}
        return {target: outcome(recipe, size) for target, recipe in self._recipes.items()}

    def _draw_status(self) -> None:
        status = self.query_one(Status)
        status.show(
            self.review.states,
            waiting=self.review.waiting.total(),
            pace=self._pace(),
            trouble=self.trouble,
            filter=self.review.filter,
            complete=self.loaded and self.complete,
        )

    def forget_pace(self) -> None:
        """Begin to count decisions a minute anew."""
        self._decided_at.clear()
        self._draw_status()

    def _pace(self) -> float:
        """Decisions a minute, over the last five minutes."""
        now = time.monotonic()
        recent = [at for at in self._decided_at if now - at < 300]
        if len(recent) < 2:
            return 0.0
        return len(recent) / max(now - recent[0], 10) * 60

    # The picture

    def _show_picture(self) -> None:
        """Have what is under the cursor, or being tweaked, on show."""
        candidate = self.tweak.candidate if self.tweak else self.review.current
        is_report = candidate is not None and candidate.kind is Kind.REPORT
        self.set_class(is_report, "-report")
        self.query_one(BucketChart).display = is_report
        self.query_one(PictureView).display = not is_report
        if candidate is None:
            self.desk.show_words(self._why_empty())
        elif is_report:
            self._ask_report(candidate)
        elif self.tweak:
            self.desk.show_tweak(self.tweak)
        else:
            self.desk.show(candidate, self._neighbours())

    def _neighbours(self) -> list[Candidate]:
        """Give the candidates that are likely looked at next."""
        review = self.review
        rows, row = review.rows, review.row
        near = [row + 1, row + 2]
        return [review.candidates[rows[r]] for r in near if 0 <= r < len(rows)]

    def _ask_report(self, candidate: Candidate) -> None:
        recipe = self.tweak.recipe if self.tweak else candidate.recipe
        if isinstance(recipe, ReportRecipe):
            approved = self.review.pictures(State.APPROVED) > 0
            question = question_of(self.review.candidates, [recipe], approved=approved)
            self.reporter.ask(question)

    @on(Reported)
    def show_report(self, message: Reported) -> None:
        """Draw the report of the target under the cursor."""
        self.query_one(BucketChart).show(message.reports[0], message.question.scope)

    @on(PictureView.Resized)
    def refill_picture(self) -> None:
        """Make the picture anew for its new place."""
        if self.loaded:
            self._show_picture()

    @on(Drawn)
    def show_drawing(self, message: Drawn) -> None:
        """Show a picture, unless the cursor has moved on."""
        self.desk.on_drawn(message)

    @on(NotDrawn)
    def show_no_drawing(self, message: NotDrawn) -> None:
        """Make a picture that cannot be read anew."""
        self.desk.on_not_drawn(message, self.review.current)

    @on(Making)
    def show_progress(self, message: Making) -> None:
        """Say how far the engine is."""
        if self.desk.on_making(message):
            self._draw_facts()

    @on(Made)
    def show_made(self, message: Made) -> None:
        """Show what the engine made."""
        if not self.desk.on_made(message):
            return
        if self.tweak:
            self._know_base(self.tweak)
            self._draw_tweak()
        else:
            self._show_picture()

    @on(NotMade)
    def show_not_made(self, message: NotMade) -> None:
        """Say why there is no picture."""
        if self.desk.on_not_made(message) and self.tweak:
            self._draw_tweak()

    def _why_empty(self) -> str:
        """Say why there is nothing to look at."""
        group = self.review.group
        if self.review.filter.active and not self.review.rows:
            return "nothing matches the filter\n\nf changes it"
        if group is not None and group.skipped:
            lines = [f"{skip.kind}: {plain(skip.reason)}" for skip in group.skipped]
            return "\n".join(["nothing could be made of this scene", "", *lines])
        if not self.review.candidates:
            return "nothing here yet\n\nwhat a scan finds appears by itself"
        return ""

    # The filter

    def action_filter(self) -> None:
        """Open the filter below the lists."""
        self._filter_row = 0
        self._open(FilterForm, "-filtering", Mode.FILTER)
        self._draw_filter()

    def _draw_filter(self) -> None:
        wanted = self.review.filter
        rows = [
            Row("state", wanted.state, wanted.state != STATES[0]),
            Row("kind", wanted.kind, wanted.kind != KINDS[0]),
        ]
        listed = sum(len(group.listed) for group in self.review.shown)
        words = [plural(listed, "candidate")]
        self.query_one(FilterForm).show("Show only", rows, cursor=self._filter_row, words=words)

    @on(Form.Asked, "#filter")
    def change_filter(self, message: Form.Asked) -> None:
        """Do what a key of the filter asks for."""
        wanted = self.review.filter
        match message.action, message.arguments:
            case "row", (int(by),):
                self._filter_row = (self._filter_row + by) % 2
            case "change", (int(by),) if self._filter_row == 0:
                wanted = Filter(_next(STATES, wanted.state, by), wanted.kind)
            case "change", (int(by),):
                wanted = Filter(wanted.state, _next(KINDS, wanted.kind, by))
            case "reset", _:
                wanted = Filter()
            case "close", _:
                self._close_forms()
                return
        if wanted != self.review.filter:
            self.review.set_filter(wanted)
            self._draw(changed=True)
        self._draw_filter()

    # The tweak

    def action_tweak(self) -> None:
        """Change how the picture under the cursor is made."""
        candidate = self.review.current
        if candidate is None or self.review.waiting[candidate.id]:
            return
        scene = self._scenes.get((candidate.source_id, candidate.scene))
        shot = (scene.shot.start, scene.shot.stop) if scene else None
        self.tweak = Tweak(candidate, Around(shot))
        self._know_base(self.tweak)
        crop = self.tweak.is_crop
        self._open(CropForm if crop else TweakForm, "-tweaking", Mode.CROP if crop else Mode.TWEAK)
        self.query_one(KeysBar).switch(
            Mode.CROP if crop else Mode.TWEAK, hidden=_idle_keys(self.tweak)
        )
        self._draw_tweak()

    def _know_base(self, tweak: Tweak) -> None:
        """Tell a crop how large the picture is that it is cut from."""
        base = base_of(tweak.recipe)
        if base is not None:
            size = self.desk.base_size(tweak.candidate, base)
            tweak.around = Around(tweak.around.shot, size)

    @on(Form.Asked, "#tweak, #crop")
    def change_tweak(self, message: Form.Asked) -> None:
        """Do what a key of the form asks for."""
        tweak = self.tweak
        if tweak is None:
            return
        match message.action, message.arguments:
            case "row", (int(by),):
                tweak.move_row(by)
            case "change", (int(by),):
                tweak.change(by)
            case "leave_out", _:
                tweak.leave_out()
            case "switch", (str(state),):
                tweak.switch(State(state))
            case "nudge", (int(x), int(y)):
                tweak.nudge(x, y)
            case "grow", (int(by),):
                tweak.grow(by)
            case "frame", (int(by),):
                tweak.step_base(by)
                self._know_base(tweak)
            case "reset", _:
                tweak.reset()
                self._know_base(tweak)
            case "keep", _:
                self._keep_tweak(tweak)
                return
            case "drop", _:
                self._end_tweak()
                return
        self._draw_tweak()

    def _keep_tweak(self, tweak: Tweak) -> None:
        size = self._tweak_size(tweak)
        if not tweak.touched:
            self._end_tweak()
        elif tweak.trouble:
            self.query_one(Status).say("not kept: see what is wrong with it")
        elif size is None:
            self.query_one(Status).say("not kept: its picture is still being made")
        else:
            self._say(tweak.say(size))
            self._end_tweak()

    def _end_tweak(self) -> None:
        self.tweak = None
        self._close_forms()
        self._draw(changed=True)

    def _tweak_size(self, tweak: Tweak) -> Size | None:
        """Size of the picture that a tweak makes; None while only the engine could tell."""
        if tweak.size is not None:
            return tweak.size
        made = self.desk.made(tweak)
        return made.size if made else None

    def _draw_tweak(self) -> None:
        tweak = self.tweak
        if tweak is None:
            return
        form = self.query_one(CropForm if tweak.is_crop else TweakForm)
        rows = [Row(ln.label, ln.value, ln.changed, note=ln.note) for ln in tweak.lines()]
        words = []
        if tweak.is_crop:
            base = base_of(tweak.recipe)
            words = [f"cut from a {base.kind}"] if base else []
            frame = getattr(base, "frame", None)
            words += [f"its frame {frame}"] if frame is not None else []
        elif tweak.names[tweak.row] == LEFT_OUT:
            frames = tweak.out_and_in(2)
            words = [strip(frames, int(tweak.lines()[tweak.row].value))] if frames else []
        title = f"Tweak the {tweak.candidate.kind}"
        cursor = None if tweak.is_crop else tweak.row
        form.show(title, rows, cursor=cursor, words=words, trouble=plain(tweak.trouble))
        self._show_picture()
        self._draw_facts()

    # Forms

    def _open(self, kind: type[Form], name: str, mode: Mode) -> None:
        self._close_forms()
        self.add_class(name)
        form = self.query_one(kind)
        form.display = True
        form.focus()
        self.query_one(KeysBar).switch(mode)

    def _close_forms(self) -> None:
        self.remove_class("-tweaking", "-filtering")
        for form in self.query(Form):
            form.display = False
        self.set_focus(None)
        self.query_one(KeysBar).switch(*REVIEW)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the keys of the lists quiet while a form has the say."""
        busy = isinstance(self.focused, Form)
        return not busy or action in ("help", "focus", "blur")

    # Keys

    def action_move(self, by: int) -> None:
        """Move along the candidates."""
        self.review.move(by)
        self._draw()

    def action_scene(self, by: int) -> None:
        """Move along the scenes."""
        self.review.move_scene(by)
        self._draw()

    def action_undecided(self, direction: int) -> None:
        """Go to the next undecided candidate."""
        if not self.review.undecided(direction):
            self.query_one(Status).say("everything listed is decided")
        self._draw()

    def action_first_of_two(self) -> None:
        """Go to the first candidate at the second g."""
        now = time.monotonic()
        if now - self._g_at < TWICE:
            self._g_at = 0.0
            self.action_first()
        else:
            self._g_at = now

    def action_first(self) -> None:
        """Go to the first candidate."""
        self.review.first()
        self._draw()

    def action_last(self) -> None:
        """Go to the last candidate."""
        self.review.last()
        self._draw()

    def action_page(self, direction: int) -> None:
        """Move by half a page."""
        self.action_move(direction * max(1, self.query_one(CandidateList).size.height // 2))

    def action_decide(self, state: str) -> None:
        """Decide, and move on."""
        candidate = self.review.current
        if candidate is None:
            return
        self._say(Say(candidate.id, State(state)))
        if not self.review.undecided(1):
            self.query_one(Status).say("that was the last undecided one")
        self._draw()

    def action_clear(self) -> None:
        """Take the verdict away."""
        candidate = self.review.current
        if candidate is not None:
            self._say(Say(candidate.id, State.PENDING))
            self._draw()

    def _say(self, said: Say) -> None:
        """Have something written; the row shows it when it is."""
        self.review.waiting[said.candidate_id] += 1
        self.writer.put(said)
        self.query_one(CandidateList).redraw({said.candidate_id})

    def action_undo(self) -> None:
        """Take back the newest step."""
        self.writer.put(TakeBack())

    def action_redo(self) -> None:
        """Do again what was taken back."""
        self.writer.put(TakeBack(again=True))

    def action_report(self) -> None:
        """Show the report of the three targets."""
        self.app.push_screen(ReportScreen(self.review.candidates, self._recipes))

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(HelpScreen())

    def action_leave(self) -> None:
        """Leave; what was said is written on the way out."""
        self.link.drop()
        self._leave_by = time.monotonic() + 0.5
        self._leave_when_answered()

    def _leave_when_answered(self) -> None:
        """Wait for the terminal's last answer, which would show up at the shell's prompt."""
        if self.link.on_the_way and time.monotonic() < self._leave_by:
            self.set_timer(0.02, self._leave_when_answered)
        else:
            self.app.exit()

    @on(LineList.Picked, "#candidates")
    def pick_candidate(self, message: LineList.Picked) -> None:
        """Go to a candidate that was clicked."""
        if self.tweak is not None:
            return
        self.review.go_to_row(message.row)
        self._draw()

    @on(LineList.Picked, "#scenes")
    def pick_scene(self, message: LineList.Picked) -> None:
        """Go to a scene that was clicked."""
        index = self.query_one(SceneList).group_at(message.row)
        if index is not None and self.tweak is None:
            self.review.go_to_group(index)
            self._draw()


def _frames_in_words(candidate: Candidate, recipe: Recipe | None) -> str:
    """Say which frames are read; only a tweak's recipe has to be looked into."""
    if recipe is None and candidate.tweaked:
        recipe = candidate.recipe
    start, stop = candidate.frames
    if recipe is not None:
        frames = frames_of(recipe)
        start, stop = (frames[0], frames[-1] + 1) if frames else (0, 0)
    return f"frame {start}" if stop - start <= 1 else f"frames {start}–{stop - 1}"


def _idle_keys(tweak: Tweak) -> frozenset[str]:
    """Name the actions that do nothing for this kind of candidate."""
    idle = set()
    if LEFT_OUT not in tweak.names:
        idle.add("leave_out")
    if tweak.candidate.kind is not Kind.REPORT:
        idle |= {"switch('approved')", "switch('rejected')"}
    return frozenset(idle)


def _next(choices: tuple[str, ...], value: str, by: int) -> str:
    return choices[(choices.index(value) + by) % len(choices)]


def _title(
    folder: Path, sources: Mapping[str, str], who: str | None, colours: Palette, width: int
) -> Text:
    line = Text(no_wrap=True, end="")
    line.append(" Cutting Room ", colours.accent)
    line.append(f" {plain(folder.name.removesuffix('.cuttingroom'), 40)}", colours.bright)
    if len(sources) > 1:
        line.append(f"  {plural(len(sources), 'source')}", colours.dim)
    elif sources:
        line.append(f"  {plain(next(iter(sources.values())), 60)}", colours.dim)
    if who:
        name = f"{plain(who, 24)} "
        line.truncate(max(10, width - len(name) - 1), overflow="ellipsis", pad=True)
        line.append(name, colours.dim)
    return line
