"""What DingTalk's app robot does beyond the contract of every chat."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from patrol.chats.chat import Chat, SendError, Sent
from patrol.chats.table import Chats
from patrol.values import Button, Message
from tests.chats.fakes.dingtalk_app import SAY, DingtalkAppFake, no
from tests.chats.fakes.server import SECRET, Answer

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
BUTTONS = tuple(Button(kind, kind) for kind in ("seen", "on_my_way", "sighted", "not_him", "cannot_go"))


@pytest.fixture
def server() -> Iterator[DingtalkAppFake]:
    with DingtalkAppFake.running() as server:
        yield server


@pytest.fixture
def chats(server: DingtalkAppFake) -> Chats:
    return Chats(lambda _name: server.secret, lambda: NOW)


@pytest.fixture
def chat(server: DingtalkAppFake, chats: Chats) -> Chat:
    return chats.open("dingtalk_app", server.address, "d")


@pytest.mark.parametrize("n_buttons", [1, 2, 5])
def test_a_button_says_the_answer_with_the_hits_number(server: DingtalkAppFake, chat: Chat, n_buttons: int) -> None:
    chat.send(Message("k1", "疑似 #0012\nGate 5", 12, buttons=BUTTONS[:n_buttons]))
    [said], [links] = server.said, server.cards.values()
    assert (said.text, len(said.buttons)) == ("疑似 #0012\nGate 5", n_buttons)
    assert links["seen"] == f"{SAY}HIT-0012%201"


def test_a_button_about_no_hit_says_the_answer_alone(server: DingtalkAppFake, chat: Chat) -> None:
    chat.send(Message("k1", "Drill", buttons=BUTTONS[:1]))
    [links] = server.cards.values()
    assert links["seen"] == f"{SAY}1"


def test_no_sign_in_a_text_makes_a_heading_or_a_link(server: DingtalkAppFake, chat: Chat) -> None:
    chat.send(Message("k1", "# 5\n> see [x](https://example.org)\n1. go", 12, buttons=BUTTONS))
    assert server.said[0].text.split("\n") == [
        "\u200b# 5",
        "\u200b> see [x]\u200b(https://example.org)",
        "\u200b1. go",
    ]


def test_a_text_without_buttons_is_plain(server: DingtalkAppFake, chat: Chat) -> None:
    chat.send(Message("k1", "# 5\n> see"))
    assert server.said[0].text == "# 5\n> see"


def test_one_token_serves_all_chats_and_a_stale_one_is_fetched_anew(server: DingtalkAppFake, chats: Chats) -> None:
    for n in range(2):
        chats.open("dingtalk_app", server.address, "d").send(Message(f"k{n}", "#0012"))
    assert len(server.tokens) == 1
    server.end_token()
    chats.open("dingtalk_app", server.address, "d").send(Message("k3", "", 12, b"\xff\xd8jpeg"))
    server.end_token()
    chats.open("dingtalk_app", server.address, "d").send(Message("k4", "#0012"))
    assert len(server.said) == 4


REFUSALS = [
    (no(403, "Forbidden.AccessDenied.IpNotInWhiteList", "ip"), "forbidden", True),
    (no(403, "Forbidden.AccessDenied.AccessTokenPermissionDenied", "scope"), "forbidden", True),
    (no(403, "Forbidden.AccessDenied.ApiCountLimitForOrg", "10001 of 10000"), "quota", True),
    (no(403, "Forbidden.AccessDenied.QpsLimitForApi", "qps"), "limited", False),
    (no(400, "invalidParameter.msgParam", f"bad {SECRET}"), "refused", True),
    (no(503, "ServiceUnavailable", "later"), "busy", False),
    (no(400, "InvalidAuthentication", "token"), "unauthorised", True),
    (Answer(200, {"requestid": "r"}), "not_understood", False),
]


@pytest.mark.parametrize(("answer", "code", "is_permanent"), REFUSALS)
def test_a_code_says_what_is_wrong(
    server: DingtalkAppFake, chat: Chat, answer: Answer, code: str, is_permanent: bool
) -> None:
    server.script = [answer] * 2
    with pytest.raises(SendError) as refused:
        chat.send(Message("k1", "#0012"))
    assert (refused.value.code, refused.value.is_permanent) == (code, is_permanent)
    assert SECRET not in str(refused.value)


def test_a_picture_the_store_does_not_take_is_permanent(
    server: DingtalkAppFake, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_upload", lambda _request: Answer(200, {"errcode": 40009, "errmsg": "too large"}))
    with pytest.raises(SendError) as refused:
        chat.send(Message("k1", "", 12, b"\xff\xd8jpeg"))
    assert (refused.value.is_permanent, refused.value.is_unknown) == (True, False)


def test_an_upload_whose_answer_is_lost_leaves_no_message_in_doubt(
    server: DingtalkAppFake, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_upload", lambda _request: Answer(is_dropped=True))
    with pytest.raises(SendError) as lost:
        chat.send(Message("k1", "", 12, b"\xff\xd8jpeg"))
    assert not lost.value.is_unknown


def test_where_it_is_too_late_to_recall_the_notice_is_said_all_the_same(server: DingtalkAppFake, chat: Chat) -> None:
    ref = chat.send(Message("k1", "#0012")).message_ref
    server.is_recall_too_late = True
    chat.withdraw(Sent("k1", ref), Message("k2", "WITHDRAWN #0012", 12))
    assert [(said.text, said.is_gone) for said in server.said] == [("#0012", False), ("WITHDRAWN #0012", False)]


def test_who_has_read_a_message_is_told_page_by_page(server: DingtalkAppFake, chat: Chat) -> None:
    ref = chat.send(Message("k1", "#0012")).message_ref
    server.readers = [f"staff-{n}" for n in range(450)]
    assert chat.read_by(Sent("k1", ref, NOW)) == tuple(server.readers)
    assert chat.read_by(Sent("k1", None)) == ()


def test_a_look_says_whether_the_key_is_good(server: DingtalkAppFake, chat: Chat) -> None:
    assert chat.look().name == ""
    wrong = Chats(lambda _name: server.wrong_secret, lambda: NOW).open("dingtalk_app", server.address, "d")
    with pytest.raises(SendError, match="unauthorised"):
        wrong.look()
