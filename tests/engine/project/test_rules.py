from pathlib import Path

import pytest

from engine.errors import RecipeError
from engine.project.candidate import Standing
from engine.project.rules import parse_rule
from engine.values import Kind, State
from tests.engine.project.made import made_project


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ("kind=crop", ["crop"]),
        ("kind=crop,score>=0.7", ["crop"]),
        ("kind=crop score>=0.7", ["crop"]),
        ("score >= 0.8", ["plate", "keeper"]),
        ("score>=0.8, width>1000 and kind!=keeper", ["plate"]),
        ("aspect=1", ["crop"]),
        ('source="Howl\'s [b]film[/b].mkv" side<600', ["crop"]),
        ("scene=2", []),
    ],
)
def test_a_rule_chooses_what_it_says(tmp_path: Path, rule: str, kinds: list[str]) -> None:
    with made_project(tmp_path / "a.cuttingroom") as project:
        chosen = [c for c in project.catalogue.candidates() if parse_rule(rule).holds(c)]
    assert [str(c.kind) for c in chosen] == kinds


def test_a_rule_finds_what_still_needs_a_caption(tmp_path: Path) -> None:
    with made_project(tmp_path / "a.cuttingroom") as project:
        plate, *_ = project.catalogue.candidates()
        project.decide({plate.id: Standing(caption="A hall.")})
        found = project.catalogue.candidates()
    assert [c.id for c in found if parse_rule("captioned=yes").holds(c)] == [plate.id]
    assert len([c for c in found if parse_rule("captioned=no").holds(c)]) == 2


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("knd=crop", "did you mean 'kind'"),
        ("everything", "is no condition"),
        ("", "is no condition"),
        ("score>high", "compared with a number"),
        ("kind>crop", "compare it with"),
        ("kind!=crps", "did you mean 'crop'"),
        ("score>=nan", "compared with a number"),
    ],
)
def test_a_rule_that_is_not_understood_says_what(rule: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        parse_rule(rule)


def test_a_rule_leaves_alone_what_is_folded_under_a_better_one(tmp_path: Path) -> None:
    with made_project(tmp_path / "a.cuttingroom") as project:
        ids = {c.kind: c.id for c in project.catalogue.candidates()}
        project.catalogue.fold({ids[Kind.CROP]: ids[Kind.KEEPER]})

        def chosen(rule: str) -> list[str]:
            return [c.id for c in project.catalogue.candidates() if parse_rule(rule).holds(c)]

        assert chosen("kind=crop") == []
        project.decide({ids[Kind.CROP]: Standing(State.APPROVED)})
        assert chosen("state=approved") == [ids[Kind.CROP]]
