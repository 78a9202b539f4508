"""What Telegram's bot does beyond the contract of every chat."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from patrol.chats.chat import Chat, SendError, Sent
from patrol.chats.table import Chats
from patrol.values import Button, Message
from tests.chats.fakes.server import SECRET, Answer
from tests.chats.fakes.telegram import CHAT, NEW_CHAT, TelegramFake, no

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
KEY = "9f0c0a5e-6b1e-4f6e-8a53-0c8d3b1f2a44"


@pytest.fixture
def server() -> Iterator[TelegramFake]:
    with TelegramFake.running() as server:
        yield server


@pytest.fixture
def chats(server: TelegramFake) -> Chats:
    return Chats(lambda _name: server.secret, lambda: NOW)


@pytest.fixture
def chat(server: TelegramFake, chats: Chats) -> Chat:
    return chats.open("telegram", server.address, "t")


def hit(key: str = KEY, **more: object) -> Message:
    return Message(key, "Possible match #0012\nGate 5, 02:17", 12, **more)  # type: ignore[arg-type]


def test_text_picture_and_buttons_are_one_message(server: TelegramFake, chat: Chat) -> None:
    buttons = (Button("seen", "Seen"), Button("cannot_go", "Can't go"), Button("gone", "Gone"))
    chat.send(hit(picture_jpeg=b"\xff\xd8jpeg", buttons=buttons))
    [said], [fields] = server.said, server.sent
    assert (said.text, said.picture, said.buttons) == (
        "Possible match #0012\nGate 5, 02:17",
        b"\xff\xd8jpeg",
        ("Seen", "Can't go", "Gone"),
    )
    assert [len(row) for row in fields["reply_markup"]["inline_keyboard"]] == [2, 1]


@pytest.mark.parametrize("picture", [None, b"\xff\xd8jpeg"])
def test_what_is_sent_can_be_neither_forwarded_nor_saved(
    server: TelegramFake, chat: Chat, picture: bytes | None
) -> None:
    chat.send(hit(picture_jpeg=picture))
    assert server.sent[0]["protect_content"] is True


def test_a_text_is_plain_and_shows_no_preview_of_an_address(server: TelegramFake, chat: Chat) -> None:
    chat.send(Message("k1", "<b>#0012</b> https://example.org"))
    assert server.said[0].text == "<b>#0012</b> https://example.org"
    assert "parse_mode" not in server.sent[0]
    assert server.sent[0]["link_preview_options"] == {"is_disabled": True}


def test_members_are_rung_by_name_or_by_number(server: TelegramFake, chat: Chat) -> None:
    chat.send(Message("k1", "疑似😀 #0012", mentions=("4711", "@rita", "nonsense", "815")))
    assert server.said[0].text == "疑似😀 #0012\n👤 @rita 👤"
    assert [(it["offset"], it["length"], it["user"]["id"]) for it in server.sent[0]["entities"]] == [
        (11, 2, 4711),  # in UTF-16, where an emoji counts twice
        (20, 2, 815),
    ]


def test_who_is_rung_never_makes_a_caption_too_long(server: TelegramFake, chat: Chat) -> None:
    words = "x" * 1_000
    chat.send(Message("k1", words, picture_jpeg=b"\xff\xd8jpeg", mentions=tuple(map(str, range(1, 50)))))
    [said] = server.said
    assert said.text.startswith(words)
    assert len(said.mentions) == 8


def test_a_topic_is_written_in(server: TelegramFake, chats: Chats) -> None:
    chats.open("telegram", f"{server.address}:42", "t").send(hit(picture_jpeg=b"\xff\xd8jpeg"))
    assert (server.sent[0]["chat_id"], server.sent[0]["message_thread_id"]) == (str(CHAT), 42)


def test_an_update_answers_the_first_message(server: TelegramFake, chat: Chat) -> None:
    first = chat.send(hit()).message_ref
    chat.send(hit("k2", in_reply_to=first))
    assert server.sent[1]["reply_parameters"] == {"message_id": 1, "allow_sending_without_reply": True}


def test_a_group_that_became_a_supergroup_is_followed(server: TelegramFake, chat: Chat) -> None:
    server.has_moved = True
    chat.send(hit(picture_jpeg=b"\xff\xd8jpeg"))
    assert [str(fields["chat_id"]) for fields in server.sent] == [str(NEW_CHAT)]


REFUSALS = [
    (no(400, "Bad Request: chat not found"), "not_found", True),
    (no(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), "too_large", True),
    (no(400, "Bad Request: not enough rights to send photos to the chat"), "forbidden", True),
    (no(400, f"Bad Request: can't parse {SECRET}"), "refused", True),
    (no(413, "Request Entity Too Large"), "too_large", True),
    (no(500, "Internal Server Error"), "busy", False),
    (Answer(200, {"ok": False}), "not_understood", False),
]


@pytest.mark.parametrize(("answer", "code", "is_permanent"), REFUSALS)
def test_an_answer_says_what_is_wrong(
    server: TelegramFake, chat: Chat, answer: Answer, code: str, is_permanent: bool
) -> None:
    server.script = [answer]
    with pytest.raises(SendError) as refused:
        chat.send(hit())
    assert (refused.value.code, refused.value.is_permanent) == (code, is_permanent)
    assert SECRET not in str(refused.value)


def test_where_it_is_too_late_to_delete_the_notice_is_said_all_the_same(server: TelegramFake, chat: Chat) -> None:
    ref = chat.send(hit()).message_ref
    server.is_too_late = True
    chat.withdraw(Sent("k1", ref), Message("k2", "WITHDRAWN #0012", 12))
    assert [said.is_gone for said in server.said] == [False, False]
    assert server.said[1].text == "WITHDRAWN #0012"


def test_a_withdrawal_may_be_repeated(server: TelegramFake, chat: Chat) -> None:
    ref = chat.send(hit()).message_ref
    for _try in range(2):
        chat.withdraw(Sent("k1", ref), Message("k2", "WITHDRAWN #0012", 12))
    assert [said.is_gone for said in server.said] == [True, False, False]


def test_a_look_tells_the_groups_name(chat: Chat) -> None:
    look = chat.look()
    assert (look.name, look.n_members) == ("Gate B guards", 12)
    assert chat.read_by(Sent("k1", "1")) == ()
