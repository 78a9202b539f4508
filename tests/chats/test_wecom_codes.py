"""WeCom's error codes, sorted."""

from typing import Any

import pytest

from patrol import words
from patrol.chats.chat import SendError
from patrol.chats.wecom_codes import BLOCKED_S, FOR_GOOD, FOR_NOW, require_zero


def refused(content: dict[str, Any], *, is_message: bool = True) -> SendError:
    with pytest.raises(SendError) as raised:
        require_zero("qyapi.weixin.qq.com", content, ["s3cret"], is_message=is_message)
    return raised.value


def test_zero_is_a_success() -> None:
    require_zero("qyapi.weixin.qq.com", {"errcode": 0, "errmsg": "ok"}, [])


@pytest.mark.parametrize("code", [45009, 45011])
def test_a_limit_blocks_for_a_minute(code: int) -> None:
    limited = refused({"errcode": code})
    assert (limited.code, limited.wait_s, limited.is_permanent) == ("limited", BLOCKED_S, False)


@pytest.mark.parametrize("code", FOR_NOW)
def test_what_passes_by_itself_is_neither_permanent_nor_unknown(code: int) -> None:
    busy = refused({"errcode": code})
    assert (busy.code, busy.is_permanent, busy.is_unknown) == ("busy", False, False)


@pytest.mark.parametrize(("code", "name"), [*FOR_GOOD.items(), (93000, "refused"), (40008, "refused")])
def test_what_a_person_has_to_mend_has_a_name(code: int, name: str) -> None:
    error = refused({"errcode": code, "errmsg": "no"})
    assert (error.code, error.is_permanent) == (name, True)


def test_every_name_is_explained_in_both_languages() -> None:
    explained = words.catalogue("dispatch")
    for name in {*FOR_GOOD.values(), *FOR_NOW.values(), "limited", "refused", "kicked", "secret_form"}:
        assert {"en", "zh"} <= explained[f"error_{name}"].keys()


@pytest.mark.parametrize("content", [{}, {"errcode": "0"}, {"errcode": None}, {"error": "log in"}])
def test_an_answer_without_a_code_leaves_a_message_unknown(content: dict[str, Any]) -> None:
    assert refused(content).is_unknown
    assert not refused(content, is_message=False).is_unknown


def test_what_wecom_says_is_kept_without_secrets() -> None:
    error = refused({"errcode": 40001, "errmsg": "invalid credential s3cret, hint: [17 from ip 1.2.3.4]"})
    assert str(error) == (
        "unauthorised: qyapi.weixin.qq.com answered errcode 40001, invalid credential ***, hint: [17 from ip 1.2.3.4]"
    )
