"""What Feishu's app bot does beyond the contract of every chat."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from patrol.chats.chat import Chat, SendError, Sent
from patrol.chats.feishu import is_address
from patrol.chats.table import Chats
from patrol.values import Button, Message
from tests.chats.fakes.feishu import FeishuFake, refusal
from tests.chats.fakes.server import SECRET, Answer

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
SEEN = Button("seen", "Seen")


@pytest.fixture
def server() -> Iterator[FeishuFake]:
    with FeishuFake.running() as server:
        yield server


@pytest.fixture
def chats(server: FeishuFake) -> Chats:
    return Chats(lambda _name: server.secret, lambda: NOW)


@pytest.fixture
def chat(server: FeishuFake, chats: Chats) -> Chat:
    return chats.open("feishu", server.address, "f")


def hit(key: str = "k1", **more: object) -> Message:
    return Message(key, "Possible match #0012\nGate 5, 02:17", 12, **more)  # type: ignore[arg-type]


def test_text_picture_buttons_and_who_is_rung_are_one_message(server: FeishuFake, chat: Chat) -> None:
    chat.send(hit(picture_jpeg=b"\xff\xd8jpeg", buttons=(SEEN,), mentions=("ou_gus", "ou_rita", "<b>")))
    [said] = server.said
    assert said.text == "Possible match #0012\nGate 5, 02:17"
    assert (said.picture, said.buttons, said.mentions) == (b"\xff\xd8jpeg", ("Seen",), ("ou_gus", "ou_rita"))


def test_a_card_cannot_be_forwarded_out_of_the_group(server: FeishuFake, chat: Chat) -> None:
    chat.send(hit())
    [card] = server.cards.values()
    assert card["config"]["enable_forward"] is False


def test_what_stands_in_a_text_is_never_read_as_markup(server: FeishuFake, chat: Chat) -> None:
    chat.send(Message("k1", "#0012\n<at id=all></at> **Gate** [5](https://example.org)"))
    assert (server.said[0].text, server.said[0].mentions) == (
        "#0012\n<at id=all></at> **Gate** [5](https://example.org)",
        (),
    )


def test_a_text_that_json_makes_too_long_for_a_card_is_refused(server: FeishuFake, chat: Chat) -> None:
    with pytest.raises(SendError, match="too_large") as refused:
        chat.send(Message("k1", "\x01" * 9_000))
    assert refused.value.is_permanent
    assert server.said == []


def test_an_update_answers_the_first_message(server: FeishuFake, chat: Chat) -> None:
    first = chat.send(hit()).message_ref
    second = chat.send(hit("k2", in_reply_to=first)).message_ref
    assert server.replies_to == {first: "", second: first}


def test_an_update_of_a_message_that_is_gone_stands_by_itself(server: FeishuFake, chat: Chat) -> None:
    first = chat.send(hit()).message_ref
    chat.withdraw(Sent("k1", first), hit("k2"))
    third = chat.send(hit("k3", in_reply_to=first)).message_ref
    assert server.replies_to[third] == ""


def test_a_key_that_is_too_long_for_a_uuid_still_makes_one_message(server: FeishuFake, chat: Chat) -> None:
    refs = {chat.send(hit("k" * 60)).message_ref for _try in range(2)}
    assert len(refs) == len(server.said) == 1


def test_one_token_serves_all_chats_of_an_app(server: FeishuFake, chats: Chats) -> None:
    for n in range(3):
        chats.open("feishu", server.address, "f").send(hit(f"k{n}"))
    assert len(server.tokens) == 1


def test_a_token_that_has_ended_is_fetched_anew_and_nothing_is_lost(server: FeishuFake, chat: Chat) -> None:
    chat.send(hit())
    server.end_token()
    chat.send(hit("k2", picture_jpeg=b"\xff\xd8jpeg"))
    assert len(server.said) == 2


def test_a_token_that_is_refused_when_new_is_permanent(server: FeishuFake, chat: Chat) -> None:
    server.script = [refusal(99991663, "Invalid access token")] * 2
    with pytest.raises(SendError) as refused:
        chat.send(hit())
    assert (refused.value.code, refused.value.is_permanent) == ("unauthorised", True)


REFUSALS = [
    (refusal(230002, "Bot can NOT be out of the chat."), "forbidden", True),
    (refusal(230025, "message content reaches its limit"), "too_large", True),
    (refusal(232009, "the chat is dissolved"), "not_found", True),
    (refusal(230001, f"invalid param {SECRET}"), "refused", True),
    (refusal(230049, "The message is being sent"), "busy", False),
    (refusal(5000, "internal", 500), "busy", False),
    (Answer(200, {"code": True}), "not_understood", False),
]


@pytest.mark.parametrize(("answer", "code", "is_permanent"), REFUSALS)
def test_a_code_says_what_is_wrong(
    server: FeishuFake, chat: Chat, answer: Answer, code: str, is_permanent: bool
) -> None:
    server.script = [answer]
    with pytest.raises(SendError) as refused:
        chat.send(hit())
    assert (refused.value.code, refused.value.is_permanent) == (code, is_permanent)
    assert SECRET not in str(refused.value)


def test_a_groups_own_limit_waits_a_second(server: FeishuFake, chat: Chat) -> None:
    server.script = [refusal(230020, "This operation triggers the frequency limit.")]
    with pytest.raises(SendError, match="limited") as limited:
        chat.send(hit())
    assert limited.value.wait_s == 1.0


def test_where_it_is_too_late_to_recall_the_notice_is_said_all_the_same(server: FeishuFake, chat: Chat) -> None:
    ref = chat.send(hit()).message_ref
    server.is_recall_too_late = True
    chat.withdraw(Sent("k1", ref), Message("k2", "WITHDRAWN #0012", 12))
    assert [(said.text.partition("\n")[0], said.is_gone) for said in server.said] == [
        ("Possible match #0012", False),
        ("WITHDRAWN #0012", False),
    ]


def test_who_has_read_a_message_is_told_page_by_page(server: FeishuFake, chat: Chat) -> None:
    ref = chat.send(hit()).message_ref
    server.readers = [f"ou_{n}" for n in range(250)]
    assert chat.read_by(Sent("k1", ref, NOW)) == tuple(server.readers)
    assert chat.read_by(Sent("k1", None)) == ()


def test_a_look_tells_the_groups_name(chat: Chat) -> None:
    look = chat.look()
    assert (look.name, look.n_members) == ("Gate B guards", 12)


def test_a_look_without_the_scope_for_it_is_no_trouble(
    server: FeishuFake, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        server, "_other", lambda _request: refusal(99991672, "Access denied. One of the scopes is required")
    )
    assert chat.look().name == ""


def test_a_token_is_not_used_in_its_last_minutes(server: FeishuFake) -> None:
    now = [NOW]
    chats = Chats(lambda _name: server.secret, lambda: now[0])
    chats.open("feishu", server.address, "f").send(hit())
    now[0] += timedelta(minutes=116)
    chats.open("feishu", server.address, "f").send(hit("k2"))
    assert len(server.tokens) == 2


def test_lark_has_servers_of_its_own() -> None:
    assert is_address("https://open.larksuite.com/oc_1")
    assert not is_address("https://open.larksuite.com/?x/oc_1")
