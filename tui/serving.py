"""The room in a browser: each visitor gets a room of their own on the same project."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.errors import EngineError
from engine.program import installing

LOOPBACK = ("127.0.0.1", "localhost", "::1")

PAGES = Path(__file__).parent / "web"
"""Our own page: that of textual-serve asks the network for a font."""


def is_served() -> bool:
    """Whether a browser is at the other end, not a terminal."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def is_allowed(host: str, asked_as: str, origin: str | None) -> bool:
    """Whether a request may come in.

    A page from elsewhere that is open in the same browser can reach this machine too. It is told
    by its ``Origin``, and by the name that it reached us under where it had that name point here.

    Parameters
    ----------
    host : str
        What is listened at.
    asked_as : str
        The request's ``Host``.
    origin : str or None
        The request's ``Origin``, where it has one.
    """
    if origin is not None and urlsplit(origin).netloc != asked_as:
        return False
    name = urlsplit(f"//{asked_as}").hostname or ""
    return name in LOOPBACK if host in LOOPBACK else True


def serve_room(folder: Path, who: str | None, host: str, port: int) -> None:
    """Serve the project in ``folder`` until stopped.

    Raises
    ------
    EngineError
        The extra ``web`` is not installed.
    """
    try:
        from textual_serve.server import Server, web
    except ImportError:
        raise EngineError(f"serving needs the extra 'web': {installing('web')}") from None

    async def only_our_page(request: Any, handler: Any) -> Any:
        if not is_allowed(host, request.host, request.headers.get("Origin")):
            raise web.HTTPForbidden(text="this room is opened by its own address alone")
        return await handler(request)

    class Room(Server):  # type: ignore[misc]
        async def _make_app(self) -> Any:
            app = await super()._make_app()
            app.middlewares.append(web.middleware(only_our_page))
            return app

    command = [sys.executable, "-m", "tui", "review", str(folder), "--graphics", "halfcell"]
    if who:
        command += ["--as", who]
    title = "Cutting Room"
    Room(shlex.join(command), host=host, port=port, title=title, templates_path=PAGES).serve()
