"""The room: scenes, candidates, the picture, and one key that decides and moves on."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen

from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe
from engine.text import plain
from engine.values import Kind, Scene, Size, State
from tui.darkroom import Drawn, NotDrawn
from tui.keymap import REVIEW, Mode, bindings
from tui.link import Link
from tui.look import Look
from tui.outcomes import outcome, recipes_of
from tui.rendering import Made, Making, NotMade
from tui.reporting import Reported, Reporter, question_of
from tui.review_list import ReviewList
from tui.screens.deciding import Deciding
from tui.screens.finding import Finding
from tui.screens.help import HelpScreen
from tui.screens.looking import Looking
from tui.screens.picture_desk import PictureDesk
from tui.screens.report import Destination, ReportScreen
from tui.screens.tweaking import Tweaking
from tui.session import Session, Whereabouts, load_session
from tui.terminal import Terminal
from tui.tweak import Tweak
from tui.watcher import (
    Added,
    Decided,
    Disputed,
    Elsewhere,
    Loaded,
    ScenesLoaded,
    Unreadable,
    Watcher,
)
from tui.widgets.bucket_chart import BucketChart
from tui.widgets.candidate_list import CandidateList
from tui.widgets.facts import Buckets, Facts
from tui.widgets.form import CropForm, FilterForm, Form, PointerForm, TweakForm
from tui.widgets.keys_bar import KeysBar
from tui.widgets.line_list import LineList
from tui.widgets.picture import PictureView
from tui.widgets.prompt import Prompt
from tui.widgets.scene_list import SceneList
from tui.widgets.status import Status
from tui.widgets.title import Title
from tui.writer import NotWritten, Writer, Written

TWICE = 1.0
"""Seconds in which a second g makes ``gg``."""

Heard = Callable[[str], None]
Reply = Callable[[str | None], None]


class ReviewScreen(Screen[None]):
    """Draws in its own thread only; reads, renders and writes in four others."""

    AUTO_FOCUS = ""
    BINDINGS = bindings(*REVIEW)
    CSS_PATH = "review.tcss"

    def __init__(self, folder: Path, who: str, terminal: Terminal) -> None:
        super().__init__()
        self.folder, self.who, self.terminal = folder, who, terminal
        self.review = ReviewList()
        self.deciding, self.finding = Deciding(self), Finding(self)
        self.looking, self.tweaking = Looking(self), Tweaking(self)
        self.loaded = False
        self.complete = False
        """All candidates are in the list, not only those of the first sources."""
        self.trouble = ""
        """What went wrong with writing or reading; stays until something is written again."""
        self._sources: Mapping[str, str] = {}
        self._scenes: Mapping[tuple[str, int], Scene] = {}
        self._recipes: dict[str, ReportRecipe] = {}
        self._whereabouts: Whereabouts = {}
        self._heard: Heard | None = None
        self._answer: Reply | None = None
        self._g_at = 0.0
        self._leave_by = 0.0
        self._decided_at: deque[float] = deque(maxlen=200)
        self._resumed: Session | None = load_session(folder, who)

    @property
    def link(self) -> Link:
        """The way to the terminal."""
        return self.query_one(PictureView).link

    @property
    def status(self) -> Status:
        """The line that says how far one is."""
        return self.query_one(Status)

    @property
    def prompt(self) -> Prompt:
        """The line that is typed in."""
        return self.query_one(Prompt)

    @property
    def candidate_list(self) -> CandidateList:
        """The candidates of the scene."""
        return self.query_one(CandidateList)

    @property
    def tweak(self) -> Tweak | None:
        """The recipe in the making."""
        return self.tweaking.tweak

    # Beginning and end

    def compose(self) -> ComposeResult:
        """Put lists on the left, the picture with its facts on the right."""
        yield Title(id="title")
        with Horizontal(id="body"):
            with Container(id="lists"):
                yield SceneList(id="scenes")
                yield CandidateList(id="candidates")
                yield TweakForm(id="tweak")
                yield CropForm(id="crop")
                yield PointerForm(id="pointer")
                yield FilterForm(id="filter")
            with Vertical(id="stage"):
                yield PictureView(self.terminal, id="picture")
                yield BucketChart(id="chart")
                yield Facts(id="facts")
        yield Prompt(id="prompt")
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
        self.close_forms()
        self.query_one(BucketChart).display = False
        self._draw_title()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.draw(changed=True))
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
        self.desk.sizes = message.sizes
        if self._resumed is not None:
            self.review.order = self._resumed.order
        self.review.fill(message.candidates, message.sources, message.skipped)
        self._resume()
        self._recipes = recipes_of(message.candidates)
        self.desk.forget_failures()
        self._draw_title()
        self.draw(changed=True)
        if message.complete:
            # Tens of thousands of candidates that live as long as the room: a collector that
            # walked over them time and again would hold up a key for 50 ms each time.
            gc.freeze()

    def _resume(self) -> None:
        """Go back to where this reviewer was, once that is there."""
        session = self._resumed
        if session is None:
            return
        self.review.unfolded = set(session.unfolded)
        self.review.set_filter(session.filter)
        if not self.look.loupe and session.zoom:
            self.looking.set(session.look)
        if self.review.go(session.candidate) or self.complete:
            self._resumed = None

    @on(Added)
    def take_in_more(self, message: Added) -> None:
        """Add what a running scan has found."""
        self._sources, self.desk.sizes = message.sources, message.sizes
        self.review.add(message.candidates, message.sources, message.skipped)
        self.desk.forget_failures()
        self._draw_title()
        self.draw(changed=True)

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

    @on(Disputed)
    def take_in_disputes(self, message: Disputed) -> None:
        """Mark what reviewers do not agree on."""
        self.review.set_disputes(message.disputes)
        self.draw(changed=True)

    @on(Elsewhere)
    def take_in_whereabouts(self, message: Elsewhere) -> None:
        """Mark the scenes that others work in."""
        self._whereabouts = message.whereabouts
        self.query_one(SceneList).set_whereabouts(message.whereabouts)
        self._draw_title()

    @on(Written)
    def show_written(self, message: Written) -> None:
        """Show what is on disk now."""
        self.trouble = ""
        if message.action == "do":
            self._no_longer_waiting(candidate.id for candidate in message.candidates)
            self._decided_at.append(time.monotonic())
        elif message.action == "save":
            self.status.say("approved.toml is written")
        elif not message.candidates:
            self.status.say(f"nothing to {message.action}")
        self._update(message.candidates)
        if message.action in ("undo", "redo") and message.candidates:
            self._return_to(message)

    def _return_to(self, message: Written) -> None:
        first, *more = message.candidates
        what = f"{1 + len(more)} candidates" if more else f"{first.kind} is {first.state} again"
        if not self.review.go(first.id):
            what += ", where the filter hides it" if self.review.filter.active else ""
        self.status.say(f"{message.action}: {what}")
        self.draw()

    @on(NotWritten)
    def show_trouble(self, message: NotWritten) -> None:
        """Say that a decision was not kept; the row shows what it was before."""
        self._no_longer_waiting(message.ids)
        self.trouble = f"NOT SAVED: {plain(message.reason)}"
        self.draw(changed=True)

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
            self.draw(changed=True)
            return
        identities = {candidate.id for candidate in candidates}
        self.candidate_list.redraw(identities)
        self.query_one(SceneList).redraw_scenes({(c.source_id, c.scene) for c in candidates})
        here = self.review.current
        if here is not None and here.id in identities:
            self.draw_facts()
            self.show_picture()
        self._draw_status()

    # Drawing

    def on_resize(self) -> None:
        """Set everything anew for the new size."""
        self._draw_title()
        self.call_after_refresh(self.draw, changed=True)

    def on_screen_resume(self) -> None:
        """Come back from another screen."""
        if self.loaded:
            self.draw(changed=True)

    def draw(self, *, changed: bool = False) -> None:
        """Bring everything up to the cursor; ``changed`` when rows are others than before."""
        if not self.loaded:
            return
        review = self.review
        self.query_one(SceneList).set_groups(review.shown, review.group_index, changed=changed)
        self.candidate_list.set_rows(
            review.candidates, review.rows, review.waiting, review.row,
            marked=review.marked_rows(), disputes=review.disputes, changed=changed,
        )  # fmt: skip
        self.draw_facts()
        self._draw_status()
        self._remember()
        # In a frame of its own: where the cursor is now comes first.
        self.call_after_refresh(self.show_picture)
        if self.tweak is not None:
            self.tweaking.draw()

    def _remember(self) -> None:
        """Have the watcher write where this reviewer is."""
        review, here = self.review, self.review.current
        if self._resumed is not None:
            return
        wanted, look = review.filter, self.look
        self.watcher.session = Session(
            here.id if here else "", here.source_id if here else "", here.scene if here else 0,
            review.order, wanted.state, wanted.kind, wanted.text, look.zoom, look.spot,
            tuple(sorted(review.unfolded)),
        )  # fmt: skip

    def _draw_title(self) -> None:
        names = [self.who, *(n for found in self._whereabouts.values() for n in found)]
        self.query_one(Title).show(self.folder, self._sources, names)

    def draw_facts(self) -> None:
        """Bring the lines under the picture up to the cursor."""
        facts = self.query_one(Facts)
        candidate, note, size = self.review.current, "", None
        tweak = self.tweak
        if tweak is not None:
            candidate = tweak.candidate
            size = self.tweaking.size_of(tweak)
            made = self.desk.made(tweak)
            note = "; ".join(map(plain, made.warnings)) if made else ""
        if candidate is None:
            facts.set_lines([])
            return
        size = size or candidate.size
        facts.show(
            candidate,
            size,
            tweak.recipe if tweak else None,
            self._buckets(candidate, size),
            waiting=bool(self.review.waiting[candidate.id]),
            note=note,
            progress=self.desk.progress,
            dispute=self.review.disputes.get(candidate.id, {}),
            details=self.has_class("-details"),
        )

    def _buckets(self, candidate: Candidate, size: Size) -> Buckets:
        if candidate.kind is Kind.REPORT or not all(size):
            return {}
        return {target: outcome(recipe, size) for target, recipe in self._recipes.items()}

    def _draw_status(self) -> None:
        marked = len(self.review.marked()) if self.review.in_range else 0
        self.status.show(
            self.review.states,
            waiting=self.review.waiting.total(),
            pace=self._pace(),
            trouble=self.trouble,
            filter=self.review.filter,
            order=self.review.order,
            marked=marked,
            look=self.look,
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

    def show_picture(self) -> None:
        """Have what is under the cursor, or being tweaked, on show."""
        candidate = self.tweak.candidate if self.tweak else self.review.current
        is_report = candidate is not None and candidate.kind is Kind.REPORT
        if is_report is not self.has_class("-report"):
            self.set_class(is_report, "-report")
            # What is still to be painted of a picture would land on the chart.
            self.link.drop()
            if self.tweak is None and not self.prompt.is_open:
                self._focus_look()
        self.query_one(BucketChart).display = is_report
        self.query_one(PictureView).display = not is_report
        if candidate is None:
            self.desk.show_words(self._why_empty())
        elif is_report:
            self._ask_report(candidate)
        elif self.tweak:
            self.desk.show_tweak(self.tweak)
        else:
            self.desk.show(candidate, self._neighbours(), self.look)
        if self.desk.progress and self.tweak is None:
            self.draw_facts()

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
            self.show_picture()

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
            self.draw_facts()

    @on(Made)
    def show_made(self, message: Made) -> None:
        """Show what the engine made."""
        if not self.desk.on_made(message):
            return
        if self.tweak:
            self.tweaking.know_base(self.tweak)
            self.tweaking.draw()
        else:
            self.show_picture()
            self.draw_facts()

    @on(NotMade)
    def show_not_made(self, message: NotMade) -> None:
        """Say why there is no picture."""
        if not self.desk.on_not_made(message):
            return
        if self.tweak:
            self.tweaking.draw()
        elif not self.looking.refused(message.reason):
            self.draw_facts()

    def _why_empty(self) -> str:
        """Say why there is nothing to look at."""
        group = self.review.group
        if self.review.filter.active and not self.review.rows:
            return "nothing matches the filter\n\nEsc lists everything"
        if group is not None and group.skipped:
            lines = [f"{skip.kind}: {plain(skip.reason)}" for skip in group.skipped]
            return "\n".join(["nothing could be made of this scene", "", *lines])
        if not self.review.candidates:
            return "nothing here yet\n\nwhat a scan finds appears by itself"
        return ""

    # Forms and questions

    @on(Form.Asked, "#filter")
    def change_filter(self, message: Form.Asked) -> None:
        """Do what a key of the filter asks for."""
        self.finding.answer(message)

    @on(Form.Asked, "#tweak, #crop, #pointer")
    def change_tweak(self, message: Form.Asked) -> None:
        """Do what a key of the tweak asks for."""
        self.tweaking.answer(message)

    def open_form(
        self, kind: type[Form], name: str, mode: Mode, *, hidden: frozenset[str] = frozenset()
    ) -> None:
        """Give a form the keys."""
        self.close_forms()
        self.add_class(name)
        form = self.query_one(kind)
        form.display = True
        form.focus()
        self.query_one(KeysBar).switch(mode, hidden=hidden)

    def close_forms(self) -> None:
        """Give the keys back to the lists."""
        self.remove_class("-tweaking", "-filtering")
        for form in self.query(Form):
            form.display = False
        self.prompt.close()
        self._focus_look()

    async def ask(
        self, title: str, text: str, answer: Reply, heard: Heard, *, proposals: Sequence[str] = ()
    ) -> None:
        """Have a line typed; ``heard`` follows it, ``answer`` gets it, or None."""
        self._heard, self._answer = heard, answer
        await self.prompt.ask(title, text, proposals=proposals)
        self.query_one(KeysBar).switch(Mode.ASK)
        heard(text)

    @on(Prompt.Typed)
    def hear(self, message: Prompt.Typed) -> None:
        """Follow what is typed."""
        if self._heard is not None and self.prompt.is_open:
            self._heard(message.text)

    @on(Prompt.Answered)
    def take_answer(self, message: Prompt.Answered) -> None:
        """Take what was typed."""
        answer, self._answer, self._heard = self._answer, None, None
        self.close_forms()
        if answer is not None:
            answer(message.text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the keys of the lists quiet while a form or the prompt has the say."""
        busy = isinstance(self.focused, Form) or self.prompt.is_open
        return not busy or (action == "help" and not self.prompt.is_open)

    # Ways to look

    @property
    def look(self) -> Look:
        """How the picture is looked at."""
        return self.looking.look

    def show_look(self) -> None:
        """Show the picture as it is to be looked at now."""
        self._focus_look()
        self._draw_status()
        self._remember()
        if self.loaded:
            self.show_picture()

    def _focus_look(self) -> None:
        """Give the keys to the loupe, if there is one, else to the lists."""
        view, here = self.query_one(PictureView), self.review.current
        # A report has no pixels: its keys are those of the lists.
        loupe = self.look.loupe and here is not None and here.kind is not Kind.REPORT
        view.can_focus = loupe
        self.set_focus(view if loupe else None)
        modes = (Mode.LOUPE, Mode.DECIDE) if loupe else REVIEW
        self.query_one(KeysBar).switch(*modes)

    def action_look(self, how: str) -> None:
        """Look in another way: ``loupe``, ``blink``, ``layer``, ``two_up`` or ``pin``."""
        getattr(self.looking, how)()

    @on(PictureView.Asked)
    def change_loupe(self, message: PictureView.Asked) -> None:
        """Do what a key of the loupe, or a click on the picture, asks for."""
        self.looking.answer(message)

    def action_alike(self) -> None:
        """List, or fold again, what looks like this."""
        if self.review.fold():
            self.draw(changed=True)
        else:
            self.status.say("nothing is folded under this one")

    def action_details(self) -> None:
        """Show all that is known, or the usual lines again."""
        self.toggle_class("-details")
        self.call_after_refresh(self.draw_facts)

    def action_escape(self) -> None:
        """End the range, then another look, then the filter: whatever is there first."""
        if self.review.in_range:
            self.review.end_range()
        elif not self.looking.plainly():
            self.finding.list_only(type(self.review.filter)())
        self.draw(changed=True)

    # Movement

    def action_move(self, by: int) -> None:
        """Move along the candidates."""
        self.review.move(by)
        self.draw()

    def action_scene(self, by: int) -> None:
        """Move along the scenes."""
        self.review.move_scene(by)
        self.draw()

    def action_undecided(self, direction: int) -> None:
        """Go to the next undecided candidate."""
        if not self.review.undecided(direction):
            self.status.say("everything listed is decided")
        self.draw()

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
        self.draw()

    def action_last(self) -> None:
        """Go to the last candidate."""
        self.review.last()
        self.draw()

    def action_page(self, direction: int) -> None:
        """Move by half a page."""
        self.action_move(direction * max(1, self.candidate_list.size.height // 2))

    def action_range(self) -> None:
        """Begin or end a range."""
        self.review.toggle_range()
        self.draw()

    def action_extend(self, by: int) -> None:
        """Move, and mark."""
        self.review.extend(by)
        self.draw()

    @on(LineList.Picked, "#candidates")
    def pick_candidate(self, message: LineList.Picked) -> None:
        """Go to a candidate that was clicked."""
        if self.tweak is not None:
            return
        self.review.go_to_row(message.row)
        self.draw()

    @on(LineList.Picked, "#scenes")
    def pick_scene(self, message: LineList.Picked) -> None:
        """Go to a scene that was clicked."""
        index = self.query_one(SceneList).group_at(message.row)
        if index is not None and self.tweak is None:
            self.review.go_to_group(index)
            self.draw()

    # What a person says

    def action_decide(self, state: str) -> None:
        """Decide, and move on."""
        self.deciding.decide(State(state))

    def action_decide_all(self, state: str) -> None:
        """Decide on the range, or on the rest of the scene."""
        self.deciding.decide_all(State(state))

    def action_clear(self) -> None:
        """Take the verdict away."""
        self.deciding.clear()

    def action_rate(self, rating: int) -> None:
        """Rate."""
        self.deciding.rate(rating)

    def action_flag(self) -> None:
        """Flag, or take the flag away."""
        self.deciding.flag()

    async def action_tags(self) -> None:
        """Edit tags."""
        await self.deciding.ask_tags()

    def action_undo(self) -> None:
        """Take back the newest step."""
        self.deciding.take_back()

    def action_redo(self) -> None:
        """Do again what was taken back."""
        self.deciding.take_back(again=True)

    def action_save(self) -> None:
        """Write the manifest."""
        self.deciding.save()

    # Other screens, and what is listed

    def action_tweak(self) -> None:
        """Change how the picture under the cursor is made."""
        candidate = self.review.current
        if candidate is not None and not self.review.waiting[candidate.id]:
            self.looking.set(Look(pinned=self.look.pinned))
            scene = self._scenes.get((candidate.source_id, candidate.scene))
            self.tweaking.begin(candidate, scene)

    def action_filter(self) -> None:
        """Open the filter."""
        self.finding.open_filter()

    async def action_search(self) -> None:
        """List only what holds words."""
        await self.finding.ask_search()

    async def action_rule(self) -> None:
        """Approve by rule."""
        await self.finding.ask_rule()

    def action_sort(self) -> None:
        """List in the next order."""
        self.finding.sort()

    def action_report(self) -> None:
        """Show the report of the three targets."""
        screen = ReportScreen(lambda: self.review.candidates, self.deciding.decide_report)
        self.app.push_screen(screen, self._after_report)

    def _after_report(self, answer: Destination | None) -> None:
        """Go to what was chosen in the report."""
        if answer is None:
            return
        if not self.review.go(answer.identity):
            self.status.say("the filter hides it; Esc shows everything")
        self.draw()
        if answer.tweak:
            self.action_tweak()

    def action_help(self) -> None:
        """Show all keys; do what is chosen there."""
        self.app.push_screen(HelpScreen(), self._do_chosen)

    async def _do_chosen(self, action: str | None) -> None:
        if action is not None:
            await self.run_action(action)

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
