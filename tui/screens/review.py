"""The room: scenes, candidates, the picture, and one key that decides and moves on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from engine.errors import EngineError
from engine.files import resolve_under
from engine.project.candidate import Candidate
from engine.recipe import ReportRecipe, candidate_id
from engine.text import plain, plural
from engine.values import Kind, Scene, Size, State
from tui.darkroom import Darkroom, Drawn, NotDrawn, Order
from tui.keymap import REVIEW, bindings
from tui.outcomes import outcome, recipes_of
from tui.rendering import Made, Making, NotMade, Renderer, Wanted
from tui.review_list import ReviewList
from tui.screens.help import HelpScreen
from tui.terminal import Graphics, Terminal
from tui.theme import Palette, palette
from tui.watcher import Decided, Loaded, ScenesLoaded, Unreadable, Watcher
from tui.widgets.candidate_list import CandidateList
from tui.widgets.facts import Buckets, Facts
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
    ReviewScreen #lists { width: 74; layout: horizontal; background: $surface; }
    ReviewScreen #scenes {
        width: 31; background: $surface; border-right: vkey $line; padding-right: 0;
    }
    ReviewScreen #candidates { width: 1fr; background: $surface; }
    ReviewScreen #stage { width: 1fr; background: $background; }
    ReviewScreen #picture { height: 1fr; margin: 1 2 0 2; }
    ReviewScreen #facts { height: 9; padding: 0 1; margin: 1 1 0 2; }
    ReviewScreen #status { height: 1; background: $panel; }
    ReviewScreen #keys { height: 1; background: $background; }
    ReviewScreen.-narrow #lists { width: 31; layout: vertical; }
    ReviewScreen.-narrow #scenes {
        width: 1fr; height: 40%; border-right: none; border-bottom: hkey $line;
    }
    ReviewScreen.-narrow #candidates { height: 1fr; }
    ReviewScreen.-narrow #picture { margin: 0 1 0 1; }
    ReviewScreen.-narrow #facts { height: 8; margin: 0; }
    ReviewScreen.-tiny #lists { width: 1fr; layout: vertical; }
    ReviewScreen.-tiny #scenes { width: 1fr; height: 30%; border-right: none; }
    ReviewScreen.-tiny #stage { display: none; }
    """

    def __init__(self, folder: Path, who: str | None, terminal: Terminal) -> None:
        super().__init__()
        self.folder, self.who, self.terminal = folder, who, terminal
        self.review = ReviewList()
        self.loaded = False
        self.trouble = ""
        """What went wrong with writing or reading; stays until something is written again."""
        self._sources: Mapping[str, str] = {}
        self._scenes: Mapping[tuple[str, int], Scene] = {}
        self._recipes: dict[str, ReportRecipe] = {}
        self._rendered: dict[str, Made] = {}
        """Previews that were missing on disk."""
        self._failed: dict[str, str] = {}
        self._token = ""
        self._g_at = 0.0
        self._decided_at: deque[float] = deque(maxlen=200)

    # Beginning and end

    def compose(self) -> ComposeResult:
        """Put lists on the left, the picture with its facts on the right."""
        yield Static("", id="title", markup=False)
        with Horizontal(id="body"):
            with Container(id="lists"):
                yield SceneList(id="scenes")
                yield CandidateList(id="candidates")
            with Vertical(id="stage"):
                yield PictureView(self.terminal, id="picture")
                yield Facts(id="facts")
        yield Status(id="status")
        yield KeysBar(*REVIEW, id="keys")

    def on_mount(self) -> None:
        """Start the threads; the first of them brings the list."""
        self.writer = Writer(self.folder, self.who, self.post_message)
        self.watcher = Watcher(self.folder, self.who, self.post_message)
        self.darkroom = Darkroom(self.terminal, self.post_message)
        self.renderer = Renderer(self.folder, self.post_message)
        self.query_one(PictureView).say("opening…")
        self._draw_title()
        self.set_interval(5, self._draw_status)

    def on_unmount(self) -> None:
        """Have what was said written; the rest may be dropped."""
        self.writer.close()
        for thread in (self.watcher, self.darkroom, self.renderer):
            thread.close()

    # What the threads say

    @on(Loaded)
    def take_in(self, message: Loaded) -> None:
        """Fill the lists, at the start and when a scan has found more."""
        self.loaded = True
        self._sources = message.sources
        self.review.fill(message.candidates, message.sources, message.skipped)
        self._recipes = recipes_of(message.candidates)
        self._failed.clear()
        self._draw_title()
        self._draw(changed=True)

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
            self._ask_picture()
        self._draw_status()

    # Drawing

    def on_resize(self) -> None:
        """Make the picture anew for its new place."""
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
        self._ask_picture()
        self._draw_status()

    def _draw_title(self) -> None:
        colours = palette(self.app.theme_variables)
        title = self.query_one("#title", Static)
        title.update(_title(self.folder, self._sources, self.who, colours, self.size.width))

    def _draw_facts(self) -> None:
        facts = self.query_one(Facts)
        candidate = self.review.current
        if candidate is None:
            facts.show_lines([])
            return
        facts.show(
            candidate,
            candidate.size,
            self._buckets(candidate, candidate.size),
            waiting=bool(self.review.waiting[candidate.id]),
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
            loaded=self.loaded,
        )

    def _pace(self) -> float:
        """Decisions a minute, over the last five minutes."""
        now = time.monotonic()
        recent = [at for at in self._decided_at if now - at < 300]
        if len(recent) < 2:
            return 0.0
        return len(recent) / max(now - recent[0], 10) * 60

    # The picture

    def _ask_picture(self) -> None:
        view, candidate = self.query_one(PictureView), self.review.current
        if candidate is None:
            self._token = ""
            self.darkroom.forget()
            view.say(self._why_empty())
            return
        if self.terminal.graphics is Graphics.NONE or not all(view.box):
            view.say(f"{candidate.kind}, pictures are off")
            return
        order = self._order(candidate, view.box)
        if order is None:
            self._token = candidate.id
            self._render_missing(candidate, view)
            return
        if order.token == self._token and view.shows_box(order.box):
            return
        self._token = order.token
        if (drawing := self.darkroom.ready(order)) is not None:
            view.show(drawing)
        ahead = (self._order(near, view.box) for near in self._neighbours())
        self.darkroom.ask(_with_ahead(order, [o for o in ahead if o is not None]))

    def _neighbours(self) -> list[Candidate]:
        """Give the candidates that are likely looked at next."""
        review = self.review
        rows, row = review.rows, review.row
        near = [row + 1, row + 2, row - 1]
        return [review.candidates[rows[r]] for r in near if 0 <= r < len(rows)]

    def _order(self, candidate: Candidate, box: tuple[int, int]) -> Order | None:
        """Say what to draw for a candidate; None when there is no picture yet."""
        made = self._rendered.get(_picture_token(candidate))
        if made is not None:
            return Order(_picture_token(candidate), box, picture=made.picture)
        if candidate.tweaked:
            return None
        path = self._preview_path(candidate)
        return Order(candidate.id, box, path=path) if path else None

    def _preview_path(self, candidate: Candidate) -> Path | None:
        if not candidate.preview:
            return None
        try:
            path = resolve_under(self.folder, candidate.preview)
        except ValueError:
            return None
        return path if path.is_file() else None

    def _render_missing(self, candidate: Candidate, view: PictureView) -> None:
        """Have the engine make a picture that is not on disk."""
        token = _picture_token(candidate)
        self.darkroom.forget()
        if candidate.kind is Kind.REPORT:
            view.say("b shows the report")
        elif token in self._failed:
            view.say(f"no picture: {self._failed[token]}")
        else:
            view.say("making the picture…")
            try:
                self.renderer.ask(Wanted(candidate, candidate.recipe))
            except EngineError as error:
                view.say(f"no picture: {plain(str(error))}")

    @on(Drawn)
    def show_drawing(self, message: Drawn) -> None:
        """Show a picture, unless the cursor has moved on."""
        view = self.query_one(PictureView)
        if message.order.token == self._token and message.order.box == view.box:
            view.show(message.drawing)

    @on(NotDrawn)
    def show_no_drawing(self, message: NotDrawn) -> None:
        """Make a picture that cannot be read anew."""
        candidate = self.review.current
        if message.order.token == self._token and candidate is not None:
            self._render_missing(candidate, self.query_one(PictureView))

    @on(Making)
    def show_progress(self, message: Making) -> None:
        """Say how far the engine is."""
        if self._is_current(message.wanted):
            self.query_one(PictureView).say(plain(message.words))

    @on(Made)
    def show_made(self, message: Made) -> None:
        """Show what the engine made."""
        token = _token_of(message.wanted)
        self._rendered[token] = message
        while len(self._rendered) > 16:
            del self._rendered[next(iter(self._rendered))]
        if self._is_current(message.wanted):
            self._token = ""
            self._ask_picture()

    @on(NotMade)
    def show_not_made(self, message: NotMade) -> None:
        """Say why there is no picture."""
        self._failed[_token_of(message.wanted)] = plain(message.reason)
        if self._is_current(message.wanted):
            self.query_one(PictureView).say(f"no picture: {plain(message.reason)}")

    def _is_current(self, wanted: Wanted) -> bool:
        here = self.review.current
        return here is not None and here.id == wanted.candidate.id

    def _why_empty(self) -> str:
        """Say why there is nothing to look at."""
        group = self.review.group
        if group is not None and group.skipped:
            lines = [f"{skip.kind}: {plain(skip.reason)}" for skip in group.skipped]
            return "\n".join(["nothing could be made of this scene", "", *lines])
        if self.review.filter.active:
            return "nothing matches the filter\n\nf changes it"
        if not self.review.candidates:
            return "nothing here yet\n\nwhat a scan finds appears by itself"
        return ""

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

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(HelpScreen())

    def action_leave(self) -> None:
        """Leave; what was said is written on the way out."""
        self.app.exit()

    @on(LineList.Picked, "#candidates")
    def pick_candidate(self, message: LineList.Picked) -> None:
        """Go to a candidate that was clicked."""
        self.review.go_to_row(message.row)
        self._draw()

    @on(LineList.Picked, "#scenes")
    def pick_scene(self, message: LineList.Picked) -> None:
        """Go to a scene that was clicked."""
        index = self.query_one(SceneList).group_at(message.row)
        if index is not None:
            self.review.go_to_group(index)
            self._draw()


def _picture_token(candidate: Candidate) -> str:
    """Name the picture that a candidate's recipe makes."""
    if not candidate.tweaked:
        return candidate.id
    return candidate_id(candidate.source_id, candidate.recipe)


def _token_of(wanted: Wanted) -> str:
    return candidate_id(wanted.candidate.source_id, wanted.recipe)


def _with_ahead(order: Order, ahead: Sequence[Order]) -> Order:
    return replace(order, ahead=tuple(ahead))


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
