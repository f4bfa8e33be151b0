"""Choosing candidates by a rule: ``kind=crop score>=0.7 scene=3``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engine.errors import RecipeError
from engine.project.candidate import Candidate
from engine.values import Kind, State

_TERM = re.compile(r"([a-z_]+)\s*(>=|<=|!=|=|>|<)\s*(\"[^\"]*\"|'[^']*'|[^\s,]+)")

_FIELDS: dict[str, Callable[[Candidate], Any]] = {
    "kind": lambda c: str(c.kind),
    "state": lambda c: str(c.state),
    "scene": lambda c: c.scene,
    "score": lambda c: c.score,
    "reason": lambda c: c.reason,
    "source": lambda c: c.source_name,
    "width": lambda c: c.size[0],
    "height": lambda c: c.size[1],
    "side": lambda c: min(c.size),
    "aspect": lambda c: c.size[0] / max(c.size[1], 1),
    "tweaked": lambda c: "yes" if c.tweaked else "no",
    "warnings": lambda c: len(c.warnings),
    "rating": lambda c: c.rating,
    "flag": lambda c: "yes" if c.flag else "no",
    "captioned": lambda c: "yes" if c.caption else "no",
    "outdated": lambda c: "yes" if c.outdated else "no",
}

_WORDS = {
    "kind": [str(kind) for kind in Kind],
    "state": [str(state) for state in State],
    "tweaked": ["yes", "no"],
    "flag": ["yes", "no"],
    "captioned": ["yes", "no"],
    "outdated": ["yes", "no"],
}

_NUMBERS = frozenset({"scene", "score", "width", "height", "side", "aspect", "warnings", "rating"})

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition."""

    field: str
    comparison: str
    value: str | float

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate meets it."""
        return _COMPARE[self.comparison](_FIELDS[self.field](candidate), self.value)


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that all have to hold; written with blanks, commas or ``and`` between them."""

    terms: tuple[Term, ...]

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate meets every condition; a folded one is only chosen by its id."""
        return not candidate.folded and all(term.holds(candidate) for term in self.terms)

    def would_approve(self, candidate: Candidate) -> bool:
        """Whether it is meant to be approved: what cannot be exported only if the rule says so."""
        asked = any(term.field == "outdated" for term in self.terms)
        return self.holds(candidate) and (asked or not candidate.outdated)


def parse_rule(text: str) -> Rule:
    """Read a rule.

    Raises
    ------
    RecipeError
        Names what was not understood, and the nearest known field.
    """
    terms = [_term(*match.groups()) for match in _TERM.finditer(text)]
    rest = re.sub(r"\band\b|&&?|,", " ", _TERM.sub(" ", text)).strip()
    if rest or not terms:
        raise RecipeError(
            f"rule {text!r}: {rest or 'nothing'!r} is no condition; "
            'write for example "kind=crop score>=0.7"'
        )
    return Rule(tuple(terms))


def _term(field: str, comparison: str, value: str) -> Term:
    if field not in _FIELDS:
        near = get_close_matches(field, _FIELDS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise RecipeError(
            f"rule: unknown field {field!r}{hint} (known: {', '.join(sorted(_FIELDS))})"
        )
    value = value.rstrip(",").strip("\"'")
    numeric = field in _NUMBERS
    if not numeric:
        if comparison not in ("=", "!="):
            raise RecipeError(f"rule: {field} is a word; compare it with = or !=")
        known = _WORDS.get(field)
        if known and value not in known:
            near = get_close_matches(value, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise RecipeError(f"rule: no {field} is called {value!r}{hint}")
        return Term(field, comparison, value)
    try:
        number = float(value)
        if math.isnan(number):
            raise ValueError(value)
        return Term(field, comparison, number)
    except ValueError:
        raise RecipeError(f"rule: {field} is compared with a number, not {value!r}") from None
