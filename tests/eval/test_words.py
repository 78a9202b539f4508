"""Every code the room refuses with has words in both languages, and the words ask only for fields that are given."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import patrol.eval
from patrol.words import catalogue, say

ROOMS = (Path(patrol.eval.__file__).parent, Path(patrol.eval.__file__).parent.parent / "cli")


def codes_raised() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The codes in CannotMeasure("code", field=...) expressions, each with its fields."""
    for path in [path for room in ROOMS for path in sorted(room.glob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "CannotMeasure":
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{path}:{node.lineno}"
                yield str(code.value), tuple(keyword.arg or "" for keyword in node.keywords)


@pytest.mark.parametrize(("code", "fields"), sorted(set(codes_raised())))
def test_a_refusal_can_be_said_in_both_languages(code: str, fields: tuple[str, ...]) -> None:
    given = dict.fromkeys(fields, "7")
    assert say(f"eval.{code}", "en", **given)
    assert say(f"eval.{code}", "zh", **given)


@pytest.mark.parametrize("code", sorted(catalogue("eval")))
def test_both_languages_say_the_same_fields(code: str) -> None:
    asked = [
        {field for _, field, _, _ in string.Formatter().parse(catalogue("eval")[code][language]) if field}
        for language in ("en", "zh")
    ]
    assert asked[0] == asked[1]
