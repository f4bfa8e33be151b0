"""The room in a browser."""

from __future__ import annotations

import re

import pytest

from tui.serving import PAGES, is_allowed


def test_the_page_asks_for_nothing_that_is_not_on_this_machine() -> None:
    for page in PAGES.iterdir():
        text = page.read_text(encoding="utf-8")
        asked = re.findall(r'(?:src|href)="([^"]*)"|url\("([^"]*)"\)', text)
        assert asked
        for address in ("".join(pair) for pair in asked):
            assert address.startswith(("/static/", "data:")) or address == "/"
        assert not re.search(r"https?://", text)


@pytest.mark.parametrize(
    ("host", "asked_as", "origin", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1:8000", None, True),
        ("127.0.0.1", "localhost:9000", "http://localhost:9000", True),
        ("127.0.0.1", "[::1]:8000", "http://[::1]:8000", True),
        ("127.0.0.1", "127.0.0.1:8000", "https://elsewhere.example", False),
        ("127.0.0.1", "127.0.0.1:8000", "null", False),
        ("127.0.0.1", "elsewhere.example:8000", "http://elsewhere.example:8000", False),
        ("0.0.0.0", "studio:8000", "http://studio:8000", True),
        ("0.0.0.0", "studio:8000", "http://elsewhere.example", False),
    ],
)
def test_a_page_from_elsewhere_cannot_decide(
    host: str, asked_as: str, origin: str | None, allowed: bool
) -> None:
    assert is_allowed(host, asked_as, origin) is allowed
