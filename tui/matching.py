"""What a person types to find candidates: words, and conditions as a rule has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from engine.project.candidate import Candidate
from engine.project.rules import parse_rule
from engine.values import Kind

Test = Callable[[Candidate], bool]

_CONDITION = re.compile(r"[a-z_]+\s*(?:>=|<=|!=|=|>|<)\s*(?:\"[^\"]*\"|'[^']*'|[^\s,]+)")


@lru_cache(maxsize=64)
def test_of(text: str) -> Test:
    """Give what tells whether a candidate meets ``text``: every word and every condition of it.

    A word is looked for in kind, reason, source, tags, caption, warnings and the phrases of the
    score; a word with a minus before it must not be there.

    Raises
    ------
    RecipeError
        A condition is not understood; names what is, and the nearest known.
    """
    conditions = " ".join(_CONDITION.findall(text))
    rule = parse_rule(conditions) if conditions else None
    words = _CONDITION.sub(" ", text).replace(",", " ").lower().split()
    words = [word for word in words if word not in ("and", "-")]
    wanted = [word for word in words if not word.startswith("-")]
    unwanted = [word[1:] for word in words if word.startswith("-")]

    def holds(candidate: Candidate) -> bool:
        if rule is not None and not rule.holds(candidate):
            return False
        if not words:
            return True
        text = _text_of(candidate)
        return all(word in text for word in wanted) and not any(word in text for word in unwanted)

    return holds


def _text_of(candidate: Candidate) -> str:
    tags = candidate.edited_tags_json or candidate.proposed_tags_json
    place = "report" if candidate.kind is Kind.REPORT else f"scene {candidate.scene}"
    return (
        f"{candidate.kind} {candidate.reason} {candidate.source_name} {tags} {candidate.why_json}"
        f" {candidate.caption} {candidate.warnings_json} {place} {candidate.id}"
    ).lower()
