from dataclasses import replace

import pytest

from engine.errors import RecipeError
from engine.export.captions import TEMPLATE, Style, caption_of, check_style, proposed_tags
from engine.values import Kind
from tests.engine.export.layouts.made import made_item


def caption(
    template: str = TEMPLATE,
    trigger: str = "",
    tags: tuple[str, ...] = (),
    kind: Kind = Kind.CROP,
    written: str = "",
) -> str:
    style = Style(template, trigger)
    check_style(style)
    item = replace(made_item(kind, tags, "wide_shot"), caption=written)
    return caption_of(item, "Ep 01.mkv", style)


def test_tags_follow_the_trigger_without_a_comma_too_many() -> None:
    assert caption(trigger="klein", tags=("room", "night")) == "klein, room, night"
    assert caption(tags=("room", "night")) == "room, night"
    assert caption(trigger="klein", tags=("room",)) == "klein, room"


def test_a_trigger_never_stands_alone_unless_the_template_says_so() -> None:
    assert caption(trigger="klein") == "klein, close-up"
    assert caption(trigger="klein", template="{trigger}") == "klein"


def test_a_template_is_filled_with_what_is_known() -> None:
    text = caption("{trigger} style {kind} of {source}, {reason}, scene {scene}", "klein")
    assert text == "klein style close-up of Ep 01, wide shot, scene 7"


def test_what_a_person_wrote_stands_between_trigger_and_tags_as_it_was_written() -> None:
    prose = "Yes, yes, a hall of 1,000 lamps, and yes"
    assert caption(trigger="klein", tags=("room",), written=prose) == f"klein, {prose}, room"
    assert caption(tags=("room",), written="A hall. It is dark.") == "A hall. It is dark. room"
    assert caption(written="A hall, lit,") == "A hall, lit", "no word is put in for missing tags"
    assert caption(tags=("room", "a hall"), written="a hall") == "a hall, room"


def test_a_template_may_have_the_written_caption_alone_or_leave_it_out() -> None:
    alone = "{trigger}, {caption}"
    assert caption(alone, "klein", ("room",), written="A hall.") == "klein, A hall."
    assert caption(alone, "klein", ("room",)) == "klein, room", "tags stand in for a missing one"
    assert caption(alone, "klein") == "klein, close-up"
    assert caption("{tags}", tags=("room",), written="A hall.") == "room"
    assert caption("a still of {caption}", written="a hall, lit") == "a still of a hall, lit"


def test_a_written_caption_is_one_harmless_line() -> None:
    assert caption(written="A hall.\n\n\tIt is\u2028dark.") == "A hall. It is dark."
    assert caption(written="\x1b[31mred\x00 \u202e") == "?[31mred? ?"
    assert caption(written=" ,\n") == "close-up"
    assert caption(tags=("\0",), written="A hall") == "A hall, ?", "nothing takes its place"


def test_proposals_say_what_is_known_of_a_picture() -> None:
    assert proposed_tags(made_item(Kind.PLATE, ("night",))) == [
        "night", "background", "no humans", "scenery"
    ]  # fmt: skip
    wide = replace(made_item(Kind.PANORAMA), width=640, height=180)
    assert proposed_tags(wide) == ["panorama", "no humans", "scenery", "wide shot"]
    assert proposed_tags(made_item(Kind.CROP, ("close-up",))) == ["close-up"]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.REPORT])
def test_a_caption_is_never_empty(kind: Kind) -> None:
    assert caption(kind=kind)
    assert caption("{tags}", tags=(" ", ","), kind=kind)
    assert caption("", kind=kind)


def test_a_caption_is_one_harmless_line_without_doubles() -> None:
    text = caption(tags=("a\nroom", "\x1b[31mred", "a room", "red,, sky", " "))
    assert "\n" not in text
    assert "\x1b" not in text
    assert text == "a room, ?[31mred, red, sky"


def test_prose_and_numbers_stay_as_they_were_written() -> None:
    prose = "A hall of 1,000 lamps; the girl, small, stands in it. " * 10
    assert caption(tags=(prose.strip(),)).startswith("A hall of 1,000 lamps; the girl, small,")


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{tag}", "unknown field {tag}; did you mean {tags}"),
        ("{zzz}", "known are trigger, caption, tags"),
        ("{tags", "has no partner"),
        ("{tags.__class__}", "has no partner"),
        ("{}", "unknown field {}"),
    ],
)
def test_a_wrong_template_is_refused_with_the_nearest_field(template: str, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        check_style(Style(template))
    assert says in str(caught.value)
