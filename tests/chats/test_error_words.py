"""Every way in which a send can fail is said in words, in both languages."""

import ast
from pathlib import Path

import pytest

from patrol import words
from patrol.chats import dingtalk_app, dingtalk_webhook, exchange, feishu, telegram

CHATS = Path(exchange.__file__).parent
IN_TABLES = {
    *exchange.PERMANENT.values(),
    *feishu.CODES.values(),
    *telegram.BAD_REQUESTS.values(),
    *dingtalk_app.CODES.values(),
    *dingtalk_webhook.CODES.values(),
}
NEVER_SAID = {"no_bot"}  # only our own mistake makes it


def codes_raised(path: Path) -> set[str]:
    """The literal codes of every SendError that a file makes."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    firsts = [call.args[0] for call in calls if call.args and ast.unparse(call.func) == "SendError"]
    return {first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)}


CODES = sorted(IN_TABLES.union(*(codes_raised(path) for path in CHATS.glob("*.py"))) - NEVER_SAID)


def test_there_are_such_codes() -> None:
    assert {"unreachable", "limited", "kicked", "secret_form", "robot_security"} <= {*CODES}


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_said_in_both_languages(code: str) -> None:
    said = {words.say(f"dispatch.error_{code}", language) for language in ("en", "zh")}
    assert len(said) == 2
