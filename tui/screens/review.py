"""The room: scenes, candidates, the picture, and one key that decides and moves on."""

from __future__ import annotations

import time
from pathlib import Path

from tui.hints import Hints
from tui.keymap import REVIEW, bindings
from tui.reporting import Reporter
from tui.screens.acting import Acting
from tui.screens.deciding import Deciding
from tui.screens.finding import Finding
from tui.screens.hearing import Hearing
from tui.screens.looking import Looking
from tui.screens.picture_desk import PictureDesk
from tui.screens.tweaking import Tweaking
from tui.terminal import Terminal
from tui.watcher import Watcher
from tui.widgets.bucket_chart import BucketChart
from tui.widgets.picture import PictureView
from tui.writer import Writer


class ReviewScreen(Hearing, Acting):
    """Draws in its own thread only; reads, renders and writes in four others."""

    AUTO_FOCUS = ""
    BINDINGS = bindings(*REVIEW)
    CSS_PATH = "review.tcss"

    def __init__(self, folder: Path, who: str, terminal: Terminal, hints: Hints) -> None:
        super().__init__(folder, who, terminal, hints)
        self.deciding, self.finding = Deciding(self), Finding(self)
        self.looking, self.tweaking = Looking(self), Tweaking(self)
        self._leave_by = 0.0

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
        self.show_hint()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._dress())
        self._dress()
        self.set_interval(5, self._draw_status)

    def _dress(self) -> None:
        """Take on the theme's colours, also where pictures leave room."""
        self.desk.ground = self.app.theme_variables["background"]
        self.draw(changed=True)

    def on_unmount(self) -> None:
        """Have what was said written."""
        self.hints.save()
        self.close()

    def close(self) -> None:
        """Have what was said written, and end the threads; also after a failure, and twice."""
        for name in ("writer", "watcher", "desk", "reporter"):
            if (thread := getattr(self, name, None)) is not None:
                thread.close()

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
