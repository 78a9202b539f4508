"""Every code the room refuses with has words in both languages, and the words ask only for fields that are given."""

import ast
import string
from pathlib import Path

import pytest

import patrol.watchlist
from patrol.faces.quality import ORDER
from patrol.words import catalogue, say

ROOM = Path(patrol.watchlist.__file__).parent
GATE = ("found", "needed")
BY_NAME = {  # codes that the sources do not spell out
    **{f"no_{column}": () for column in ("name", "reason", "source", "owner")},
    **dict.fromkeys(ORDER, GATE),
}


def codes_raised() -> dict[str, tuple[str, ...]]:
    """The codes in Refused("code", field=...) expressions, each with its fields."""
    found = dict(BY_NAME)
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Refused"):
                for code in _spelt_out(node.args[0]):
                    found[code] = tuple(keyword.arg or "" for keyword in node.keywords)
    return found


def _spelt_out(code: ast.expr) -> list[str]:
    choices = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
    return [str(choice.value) for choice in choices if isinstance(choice, ast.Constant)]


@pytest.mark.parametrize(("code", "fields"), sorted(codes_raised().items()))
def test_a_refusal_can_be_said_in_both_languages(code: str, fields: tuple[str, ...]) -> None:
    given = dict.fromkeys(fields, 7)
    assert say(f"enrolment.{code}", "en", **given)
    assert say(f"enrolment.{code}", "zh", **given)


def test_no_words_are_kept_for_what_is_never_said() -> None:
    spoken = {*codes_raised(), "accepted", "not_in_sheet"}
    assert set(catalogue("enrolment")) == spoken


def test_both_languages_use_the_same_fields() -> None:
    for code, entry in catalogue("enrolment").items():
        fields = [{field for _, field, _, _ in string.Formatter().parse(entry[tongue])} for tongue in ("en", "zh")]
        assert fields[0] == fields[1], code
