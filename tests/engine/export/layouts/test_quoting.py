from __future__ import annotations

import random
import tomllib

import toml
import yaml

from engine.export.layouts.quoting import quoted
from tests.engine.export.layouts.made import NASTY

LETTERS = "ab'\"#[]{}=,&*!|>%@`:-~?/u0041xU. \n\t\0\x1b\x7f\x85\xa0\u200b\u2028\ufeffé第\U0001f3ac"


def test_every_parser_reads_random_strings_alike() -> None:
    draw = random.Random(7)
    texts = ["".join(draw.choices(LETTERS, k=draw.randint(0, 12))) for _ in range(2000)]
    for text in (*texts, NASTY, "'" * 3, "\U000e0001"):
        text = f"/{text}"
        line = f"a = {quoted(text)}\n"
        assert tomllib.loads(line)["a"] == text
        assert toml.loads(line)["a"] == text, line
        assert yaml.safe_load(f"a: {quoted(text)}")["a"] == text


def test_what_is_plain_stays_readable() -> None:
    assert quoted("/data/Été 第一話's") == '"/data/Été 第一話\'s"'
