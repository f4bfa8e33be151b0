"""The room as it looks: what is on the screen, kept up with the list and the cursor."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen

from engine.errors import RecipeError
from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe
from engine.text import plain
from engine.values import Kind, Scene, Size, State
from tui.hints import Hints
from tui.keymap import REVIEW, Mode
from tui.link import Link
from tui.look import Look
from tui.outcomes import known, outcome
from tui.reporting import Reporter, question_of
from tui.review_list import ReviewList
from tui.screens.deciding import Deciding
from tui.screens.finding import Finding
from tui.screens.looking import Looking
from tui.screens.picture_desk import PictureDesk
from tui.screens.tweaking import Tweaking
from tui.session import Session, Whereabouts, load_session
from tui.terminal import Terminal
from tui.tweak import Tweak
from tui.watcher import Watcher
from tui.widgets.bucket_chart import BucketChart
from tui.widgets.candidate_list import CandidateList
from tui.widgets.facts import Buckets, Changed, Facts
from tui.widgets.form import CropForm, FilterForm, Form, PointerForm, TweakForm
from tui.widgets.hint_strip import HintStrip
from tui.widgets.keys_bar import KeysBar
from tui.widgets.picture import PictureView
from tui.widgets.prompt import Line, Prompt
from tui.widgets.scene_list import SceneList
from tui.widgets.status import Status
from tui.widgets.title import Title
from tui.writer import Writer

Heard = Callable[..., None]
"""Is given what each line says."""
Reply = Callable[..., None]
"""Is given what each line says, or None when they are dropped."""


class Room(Screen[None]):
    """Draws what is known; hears of it in :mod:`hearing`, is told what to do in :mod:`acting`."""

    desk: PictureDesk
    reporter: Reporter
    writer: Writer
    watcher: Watcher
    deciding: Deciding
    finding: Finding
    looking: Looking
    tweaking: Tweaking

    def __init__(self, folder: Path, who: str, terminal: Terminal, hints: Hints) -> None:
        super().__init__()
        self.folder, self.who, self.terminal, self.hints = folder, who, terminal, hints
        self.review = ReviewList()
        self.loaded = False
        self.is_open = False
        """The cursor is where this reviewer goes on, so that keys have something to be about."""
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

    # What is drawn

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
        yield HintStrip(id="hint")
        yield Status(id="status")
        yield KeysBar(*REVIEW, id="keys")

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
        try:
            self._draw_facts(facts)
        except RecipeError:  # before the watcher has looked at all of them
            facts.set_lines([])

    def _draw_facts(self, facts: Facts) -> None:
        candidate, size, tweak = self.review.current, None, self.tweak
        if tweak is not None:
            candidate = tweak.candidate
            size = self.tweaking.size_of(tweak)
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
            changed=self._changed(candidate),
            progress="" if candidate.kind is Kind.REPORT else self.desk.progress,
            dispute=self.review.disputes.get(candidate.id, {}),
            details=self.has_class("-details"),
        )

    def _changed(self, candidate: Candidate) -> Changed | None:
        """Give what is known of the picture, where that is not what was proposed."""
        if candidate.kind is Kind.REPORT or not (self.tweak or candidate.tweaked):
            return None
        recipe = self.tweak.recipe if self.tweak else candidate.recipe
        if recipe == candidate.proposed:
            return None
        made = self.desk.made(candidate, recipe)
        return Changed(made.score, made.warnings) if made else Changed()

    def _buckets(self, candidate: Candidate, size: Size) -> Buckets:
        if candidate.kind is Kind.REPORT or not all(size) or not known():
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
        """Decisions a minute, in the five minutes up to the last: it rests while somebody looks."""
        last = self._decided_at[-1] if self._decided_at else 0.0
        recent = [at for at in self._decided_at if last - at < 300]
        if len(recent) < 2 or time.monotonic() - last > 120:
            return 0.0
        return len(recent) / max(last - recent[0], 10) * 60

    def show_hint(self) -> None:
        """Tell somebody new what comes next, if anything."""
        self.query_one(HintStrip).show(self.hints.lesson)

    # The picture

    def show_picture(self) -> None:
        """Have what is under the cursor, or being tweaked, on show."""
        told = self.desk.progress
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
            self.desk.show(candidate, self.review.likely_next(), self.look)
        if (told or self.desk.progress) and self.tweak is None:
            self.draw_facts()

    def _ask_report(self, candidate: Candidate) -> None:
        recipe = self.tweak.recipe if self.tweak else candidate.recipe
        if isinstance(recipe, ReportRecipe):
            approved = self.review.pictures(State.APPROVED) > 0
            question = question_of(self.review.candidates, [recipe], approved=approved)
            self.reporter.ask(question)

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

    # Who has the keys

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
        self.query_one(HintStrip).be_quiet(True)

    def close_forms(self) -> None:
        """Give the keys back to the lists."""
        self.remove_class("-tweaking", "-filtering", "-sampling")
        for form in self.query(Form):
            form.display = False
        self.prompt.close()
        self._focus_look()

    async def ask(self, title: str, *lines: Line, answer: Reply, heard: Heard) -> None:
        """Have lines typed; ``heard`` follows them, ``answer`` gets them, or None."""
        self._heard, self._answer = heard, answer
        await self.prompt.ask(title, *lines)
        hidden = frozenset({"line(1)"} if len(lines) == 1 else ())
        self.query_one(KeysBar).switch(Mode.ASK, hidden=hidden)
        self.query_one(HintStrip).be_quiet(True)
        heard(*(line.text for line in lines))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the keys of the lists quiet while a form or the prompt has the say."""
        busy = isinstance(self.focused, Form) or self.prompt.is_open
        return not busy or (action == "help" and not self.prompt.is_open)

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
        self.set_class(loupe, "-loupe")
        self.set_focus(view if loupe else None)
        modes = (Mode.LOUPE, Mode.DECIDE) if loupe else REVIEW
        self.query_one(KeysBar).switch(*modes)
        self.query_one(HintStrip).be_quiet(False)
