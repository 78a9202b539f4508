"""What WeCom's answers mean. All come as a success, and `errcode` alone says how it went (paths 90313 and 90454)."""

from collections.abc import Iterable, Mapping
from typing import Any

from patrol.chats.chat import SendError
from patrol.chats.exchange import without

LIMITED, LIMITED_TOO = 45009, 45011
BLOCKED_S = 60.0  # there is no Retry-After; a minute's limit blocks for a minute (path 90454)
FOR_NOW = {-1: "busy", 45033: "busy", 6000: "busy"}  # busy; too many at once; two wrote the same at once
TOKEN_ENDED = (40014, 42001, 41001)  # not one, over, missing: fetched anew once
FOR_GOOD = {
    **dict.fromkeys((40001, 40013, 40091, *TOKEN_ENDED, 853000), "unauthorised"),
    **dict.fromkeys((48002, 60011, 301002, 600003), "forbidden"),
    **dict.fromkeys((40006, 40009, 45001, 45002, 45008), "too_large"),
    **dict.fromkeys((86001, 86003, 93006), "not_found"),
    40003: "no_recipient",
    60111: "no_recipient",
    81013: "no_recipient",
    60020: "address_not_allowed",
    846607: "not_greeted",
}


def require_zero(host: str, content: Mapping[str, Any], secrets: Iterable[str], *, is_message: bool = True) -> None:
    """SendError for any `errcode` but 0, sorted into wait, permanent and worth another try.

    is_message: what was asked puts something into a chat, so that an answer without a code leaves that unknown.
    """
    code = content.get("errcode")
    if code == 0:
        return
    if not isinstance(code, int):  # a proxy's page, say; what became of the message nobody knows
        raise SendError("not_understood", f"{host} answered without errcode", is_unknown=is_message)
    detail = f"{host} answered errcode {code}, {without(str(content.get('errmsg', '')), secrets)}"
    if code in (LIMITED, LIMITED_TOO):
        raise SendError("limited", detail, wait_s=BLOCKED_S)
    if code in FOR_NOW:
        raise SendError(FOR_NOW[code], detail)
    raise SendError(FOR_GOOD.get(code, "refused"), detail, is_permanent=True)
