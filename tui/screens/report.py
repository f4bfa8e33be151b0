"""The bucket report: targets side by side, the buckets of one, and the pictures of a bucket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from engine.buckets.presets import TRAINERS, recipe_for
from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe
from engine.text import plain
from engine.values import Kind, State
from tui.keymap import Mode, bindings
from tui.lines import wrapped
from tui.outcomes import recipes_of
from tui.reporting import Reported, Reporter, question_of
from tui.theme import SIGNS, TARGET_NAMES, Palette, palette
from tui.widgets.bucket_chart import advice_lines, aspect_lines
from tui.widgets.keys_bar import KeysBar
from tui.widgets.line_list import LineList
from tui.widgets.report_table import (
    BucketLine,
    PictureLine,
    ReportTable,
    bucket_lines,
    heading,
    picture_lines,
)

if TYPE_CHECKING:
    from engine.buckets.report import Report

LABEL = 18
"""Columns of the names of the figures."""

WIDE = 116
"""Columns from which the advice stands beside the buckets."""

LOOK_AGAIN = 0.2
"""Seconds between two looks at what was decided meanwhile."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a person wants to go from the report."""

    identity: str
    tweak: bool = False


class ReportScreen(Screen["Destination | None"]):
    """Counted in a thread of its own; of the approved pictures, or of all."""

    AUTO_FOCUS = ""
    BINDINGS = bindings(Mode.REPORT)
    DEFAULT_CSS = """
    ReportScreen { background: $background; color: $foreground; }
    ReportScreen #report-title { height: 1; background: $panel; }
    ReportScreen #report-figures { height: auto; padding: 1 1 0 1; }
    ReportScreen #report-body { height: 1fr; padding: 1 1 0 1; layout: horizontal; }
    ReportScreen #report-left { width: 1fr; }
    ReportScreen #report-heading { height: 1; color: $dim; }
    ReportScreen #report-table { height: 1fr; }
    ReportScreen #report-scroll { width: 44; margin-left: 2; scrollbar-size-vertical: 1;
        scrollbar-color: $faint; scrollbar-background: $background; }
    ReportScreen.-narrow #report-body { layout: vertical; }
    ReportScreen.-narrow #report-scroll { width: 1fr; height: 1fr; margin-left: 0; margin-top: 1; }
    ReportScreen #report-text { height: auto; }
    ReportScreen #keys { height: 1; }
    """

    def __init__(
        self,
        candidates: Callable[[], Sequence[Candidate]],
        decide: Callable[[Candidate, State], None],
    ) -> None:
        super().__init__()
        self._candidates, self._decide = candidates, decide
        self._approved = any(
            c.state is State.APPROVED and c.kind is not Kind.REPORT for c in candidates()
        )
        self._targets = list(recipes_of(candidates()))
        self._target = len(self._targets) - 1
        self._tried: dict[str, str] = {}
        """Another trainer that somebody looks at, by target."""
        self._answer: Reported | None = None
        self._buckets: list[BucketLine] = []
        self._bucket: BucketLine | None = None
        """The bucket whose pictures are listed."""
        self._pictures: list[PictureLine] = []
        self._row = 0
        self._bucket_row = 0
        self._standings: list[Candidate | None] = []

    def compose(self) -> ComposeResult:
        """Put figures above, buckets below, advice beside them."""
        yield Static("", id="report-title", markup=False)
        yield Static("counting…", id="report-figures", markup=False)
        with Horizontal(id="report-body"):
            with Vertical(id="report-left"):
                yield Static("", id="report-heading", markup=False)
                yield ReportTable(id="report-table")
            with VerticalScroll(id="report-scroll", can_focus=False):
                yield Static("", id="report-text", markup=False)
        yield KeysBar(Mode.REPORT, id="keys")

    def on_mount(self) -> None:
        """Start counting."""
        self.reporter = Reporter(self.post_message)
        self._standings = self._standing()
        self.set_interval(LOOK_AGAIN, self._look_again)
        self._ask()

    def on_unmount(self) -> None:
        """Stop counting."""
        self.reporter.close()

    @property
    def answered(self) -> bool:
        """Whether the report is there."""
        return self._answer is not None

    @property
    def target(self) -> str:
        """The target under the cursor."""
        return self._targets[self._target]

    def _ask(self) -> None:
        recipes = []
        for target, recipe in recipes_of(self._candidates()).items():
            trainer = self._tried.get(target)
            recipes.append(recipe_for(target, trainer) if trainer else recipe)
        self.reporter.ask(question_of(self._candidates(), recipes, approved=self._approved))

    @on(Reported)
    def show_answer(self, message: Reported) -> None:
        """Show what was counted."""
        self._answer = message
        self._show_buckets()

    def _look_again(self) -> None:
        """Take in what was decided on the targets, here or by somebody else."""
        standings = self._standing()
        if standings != self._standings:
            self._standings = standings
            self._ask()

    def _standing(self) -> list[Candidate | None]:
        return [self._candidate_of(target) for target in self._targets]

    def _candidate_of(self, target: str) -> Candidate | None:
        for candidate in self._candidates():
            recipe = candidate.recipe if candidate.kind is Kind.REPORT else None
            if isinstance(recipe, ReportRecipe) and recipe.target == target:
                return candidate
        return None

    def _report(self) -> Report | str | None:
        return self._answer.reports[self._target] if self._answer else None

    # Drawing

    def on_resize(self) -> None:
        """Set it anew for the new width."""
        self.set_class(self.size.width < WIDE, "-narrow")
        self.call_after_refresh(self._draw)

    def _show_buckets(self) -> None:
        """List the buckets of the target under the cursor."""
        report = self._report()
        self._buckets = [] if report is None or isinstance(report, str) else bucket_lines(report)
        self._bucket, self._pictures = None, []
        self._row = self._bucket_row = min(self._bucket_row, max(0, len(self._buckets) - 1))
        self._draw()

    def _draw(self) -> None:
        colours = palette(self.app.theme_variables)
        self.query_one("#report-title", Static).update(self._title(colours))
        if self._answer is None:
            return
        figures = self._figures(self._answer.reports, colours)
        self.query_one("#report-figures", Static).update(Text("\n").join(figures))
        self.query_one("#report-heading", Static).update(self._heading(colours))
        lines = self._pictures if self._bucket else self._buckets
        self.query_one(ReportTable).set_lines(lines, self._row)
        self._draw_advice(colours)

    def _title(self, colours: Palette) -> Text:
        title = Text(" Bucket report", colours.accent, no_wrap=True)
        what = "the approved pictures" if self._approved else "all candidates"
        return title.append(f"  of {what}", colours.dim)

    def _heading(self, colours: Palette) -> Text:
        if self._bucket is None:
            return Text(heading(pictures=False), colours.dim, no_wrap=True)
        line = Text(heading(pictures=True), colours.dim, no_wrap=True)
        return line.append(f"s of {self._bucket.name}", colours.bright)

    def _draw_advice(self, colours: Palette) -> None:
        place = self.query_one("#report-scroll", VerticalScroll)
        width = max(20, (place.size.width or 44) - 2)
        report = self._report()
        if report is None or isinstance(report, str):
            lines = wrapped(plain(report or ""), colours.warning, width)
        else:
            lines = [*advice_lines(report, colours, width), Text()]
            lines += aspect_lines(report, colours, width)
        self.query_one("#report-text", Static).update(Text("\n").join(lines))

    def _figures(self, reports: Sequence[Report | str], colours: Palette) -> list[Text]:
        """Set the totals of all targets side by side, the one under the cursor bright."""
        from engine.buckets.plain import SIDE_BY_SIDE

        width = max(12, min(30, (self.size.width - 2 - LABEL) // max(1, len(reports))))
        rows: list[list[tuple[str, Style]]] = [[] for _ in range(3 + len(SIDE_BY_SIDE))]
        for place, report in enumerate(reports):
            here = place == self._target
            style = colours.text if here else colours.dim
            target = self._targets[place]
            name = TARGET_NAMES.get(target, target)
            rows[0].append((f"▸ {name}" if here else f"  {name}", colours.bright))
            rows[1].append(self._export_words(target, colours))
            rows[2].append((self._trained_by(place), style))
            for row, (_, say) in zip(rows[3:], SIDE_BY_SIDE, strict=True):
                words = "–" if isinstance(report, str) else say(report.tally)
                row.append((f"  {words}", style))
        labels = ["", "", "", *(name for name, _ in SIDE_BY_SIDE)]
        return [
            _row(label, row, width, colours)
            for label, row in zip(labels, rows, strict=True)
            # What is nought for all targets needs no line.
            if not label or any(words.strip() not in ("0", "–") for words, _ in row)
        ]

    def _trained_by(self, place: int) -> str:
        assert self._answer is not None
        recipe = self._answer.question.recipes[place]
        tried = "? " if self._targets[place] in self._tried else "  "
        return f"{tried}{recipe.trainer} {recipe.width}×{recipe.height}"

    def _export_words(self, target: str, colours: Palette) -> tuple[str, Style]:
        """Say whether the target is going to be exported."""
        candidate = self._candidate_of(target)
        if candidate is None:
            return "", colours.dim
        words = {State.APPROVED: "is exported", State.REJECTED: "is not exported"}
        said = words.get(candidate.state, "export undecided")
        return f"{SIGNS[candidate.state]} {said}", colours.of(candidate.state)

    # Keys

    def action_row(self, by: int) -> None:
        """Move along the buckets, or the pictures of one."""
        lines: Sequence[object] = self._pictures if self._bucket else self._buckets
        self._row = max(0, min(self._row + by, len(lines) - 1))
        self.query_one(ReportTable).show(len(lines), self._row, changed=False)

    def action_target(self, by: int) -> None:
        """Go to another target."""
        self._target = (self._target + by) % len(self._targets)
        self._show_buckets()

    def action_trainer(self, by: int) -> None:
        """See what another trainer would make of it; nothing is kept."""
        if self._answer is None:
            return
        now = self._answer.question.recipes[self._target].trainer
        trainer = TRAINERS[(TRAINERS.index(now) + by) % len(TRAINERS)]
        own = recipes_of(self._candidates())[self.target].trainer
        if trainer == own:
            self._tried.pop(self.target, None)
        else:
            self._tried[self.target] = trainer
        self._ask()

    @on(LineList.Picked)
    def pick(self, message: LineList.Picked) -> None:
        """Go to the line that was clicked; open it at the second click."""
        if message.row == self._row:
            self.action_open()
        else:
            self.action_row(message.row - self._row)

    def action_open(self) -> None:
        """List the pictures of a bucket, or go to a picture."""
        report = self._report()
        if self._bucket is not None:
            if self._pictures:
                self.dismiss(Destination(self._pictures[self._row].identity))
        elif self._buckets and report is not None and not isinstance(report, str):
            self._bucket, self._bucket_row = self._buckets[self._row], self._row
            known = {candidate.id: candidate for candidate in self._candidates()}
            self._pictures, self._row = picture_lines(report, self._bucket, known), 0
            self._draw()

    def action_decide(self, state: str) -> None:
        """Export this target, or do not."""
        candidate = self._candidate_of(self.target)
        if candidate is not None:
            self._decide(candidate, State(state))

    def action_tweak(self) -> None:
        """Change the settings of this target, in the room."""
        candidate = self._candidate_of(self.target)
        if candidate is not None:
            self.dismiss(Destination(candidate.id, tweak=True))

    def action_scope(self) -> None:
        """Count the approved pictures, or all."""
        self._approved = not self._approved
        self._ask()

    def action_scroll(self, by: int) -> None:
        """Scroll the advice."""
        self.query_one("#report-scroll", VerticalScroll).scroll_relative(y=by * 3, animate=False)

    def action_close(self) -> None:
        """Back to the buckets, or to the room."""
        if self._bucket is not None:
            self._show_buckets()
        else:
            self.dismiss(None)


def _row(label: str, cells: Sequence[tuple[str, Style]], width: int, colours: Palette) -> Text:
    line = Text(label.ljust(LABEL), colours.dim, no_wrap=True)
    for words, style in cells:
        cell = Text(words, style, no_wrap=True)
        cell.truncate(width, overflow="ellipsis", pad=True)
        line.append_text(cell)
    return line
