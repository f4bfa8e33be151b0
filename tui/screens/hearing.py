"""What the room hears: from the threads that read, write and draw, and from its widgets."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable

from textual import on

from engine.program import own_command
from engine.project.candidate import Candidate
from engine.project.hand_edits import in_words
from engine.text import plain, plural
from engine.values import Kind
from tui.darkroom import Drawn, NotDrawn
from tui.fitting import Fitted
from tui.outcomes import Known, get_to_know, recipes_of
from tui.rendering import Made, Making, NotMade
from tui.reporting import Reported
from tui.screens.room import Room
from tui.watcher import (
    Added,
    Decided,
    Disputed,
    Elsewhere,
    LeftOut,
    Loaded,
    ScenesLoaded,
    Unreadable,
)
from tui.widgets.bucket_chart import BucketChart
from tui.widgets.facts import Facts
from tui.widgets.form import Form
from tui.widgets.line_list import LineList
from tui.widgets.picture import PictureView
from tui.widgets.prompt import Prompt
from tui.widgets.scene_list import SceneList
from tui.writer import NotWritten, SetAside, Written


class Hearing(Room):
    """Takes in what others say, and has drawn what it changes."""

    # The threads

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
        self.is_open = self._resumed is None
        self._recipes = recipes_of(message.candidates)
        self.desk.forget_failures()
        self._draw_title()
        self.draw(changed=True)
        # Rows are on the screen before what takes long to import.
        self.call_after_refresh(get_to_know, self.post_message)
        if message.complete:
            # Tens of thousands of candidates that live as long as the room: a collector that
            # walked over them time and again would hold up a key for 50 ms each time.
            gc.freeze()
            gc.enable()

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

    @on(Known)
    def show_outcomes(self) -> None:
        """Say what trainers do with the picture, now that it is known."""
        self.draw_facts()

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

    @on(LeftOut)
    def show_left_out(self, message: LeftOut) -> None:
        """Say that something is not listed, and where the reasons are told."""
        count = plural(len(message.reasons), "candidate")
        self.trouble = f"{count} not listed: unreadable; see `{own_command()} list`"
        self._draw_status()

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
            self._no_longer_waiting(message.ids)
            self._decided_at.append(time.monotonic())
            self.hints.decided()
            self.show_hint()
        elif message.action == "save":
            self.status.say("approved.toml is written")
        elif not message.ids:
            self.status.say(f"nothing to {message.action}")
        self._update(message.candidates)
        if message.action in ("undo", "redo") and message.candidates:
            self._return_to(message)

    def _return_to(self, message: Written) -> None:
        first, *more = message.candidates
        what = f"{1 + len(more)} candidates"
        if message.step and not more:
            what = message.step.of_one(str(first.kind), first.state)
        if not self.review.go(first.id):
            what += ", where the filter hides it" if self.review.filter.active else ""
        self.status.say(f"{message.action}: {what}")
        self.draw()

    @on(SetAside)
    def show_set_aside(self, message: SetAside) -> None:
        """Say where an edit of the manifest is now."""
        self.status.say(in_words(message.path))

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
        elif self.look.sheet:
            self.show_picture()
        self._draw_status()

    @on(Reported)
    def show_report(self, message: Reported) -> None:
        """Draw the report of the target under the cursor."""
        self.query_one(BucketChart).show(message.reports[0], message.question.scope)

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

    @on(Fitted)
    def show_fitted(self, message: Fitted) -> None:
        """Point at what was found."""
        self.tweaking.take_fitted(message)

    @on(NotMade)
    def show_not_made(self, message: NotMade) -> None:
        """Say why there is no picture."""
        if not self.desk.on_not_made(message):
            return
        if self.tweak:
            self.tweaking.draw()
        elif not self.looking.refused(message.reason):
            self.draw_facts()

    # The widgets

    @on(PictureView.Resized)
    def refill_picture(self) -> None:
        """Make the picture anew for its new place."""
        if self.loaded:
            self.show_picture()

    @on(Form.Asked, "#filter")
    def change_filter(self, message: Form.Asked) -> None:
        """Do what a key of the filter asks for."""
        self.finding.answer(message)

    @on(Form.Asked, "#tweak, #crop, #pointer")
    def change_tweak(self, message: Form.Asked) -> None:
        """Do what a key of the tweak asks for."""
        self.tweaking.answer(message)

    @on(PictureView.Asked)
    def change_loupe(self, message: PictureView.Asked) -> None:
        """Do what a key of the loupe, or a click on the picture, asks for."""
        self.looking.answer(message)

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

    @on(Facts.Resized)
    def fit_facts(self) -> None:
        """Bring the lines under the picture into the room that they have now."""
        self.draw_facts()

    @on(Prompt.Typed)
    def hear(self, message: Prompt.Typed) -> None:
        """Follow what is typed."""
        if self._heard is not None and self.prompt.is_open:
            self._heard(*message.texts)

    @on(Prompt.Answered)
    def take_answer(self, message: Prompt.Answered) -> None:
        """Take what was typed."""
        answer, self._answer, self._heard = self._answer, None, None
        self.close_forms()
        if answer is not None:
            answer(*(message.texts or (None,)))
