"""What members do in a Telegram bot's chats is read as they mean it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from patrol.chats.chat import Bot, Chat, SendError
from patrol.chats.table import Chats
from patrol.values import Button, Message, Reply
from tests.chats.fakes.server import SECRET, Said
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


@pytest.fixture
def bot(server: TelegramFake, chats: Chats) -> Bot:
    return chats.bot("telegram", server.address, "t")


@pytest.fixture
def said(server: TelegramFake, chat: Chat) -> Said:
    """A hit in the chat, with buttons."""
    chat.send(Message(KEY, "#0012", 12, buttons=(Button("cannot_go", "Can't go"), Button("gone", "Gone"))))
    return server.said[0]


def heard(bot: Bot) -> Reply:
    [reply] = bot.listen(None).items
    return reply


def test_where_nothing_happened_reading_goes_on_where_it_was(bot: Bot) -> None:
    assert (bot.listen(None).cursor, bot.listen("17").cursor) == (None, "17")


def test_a_bot_is_heard_for_longer_than_one_message_may_take(
    server: TelegramFake, chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patrol.chats.exchange.SEND_S", -1.0)
    server.say("gus", "#12 2")
    assert heard(chats.bot("telegram", server.address, "t")).kind == "on_my_way"


def test_a_press_says_which_message_which_hit_and_by_whom(server: TelegramFake, bot: Bot, said: Said) -> None:
    server.press("gus", "Can't go")
    assert heard(bot) == Reply(
        kind="cannot_go",
        member="4711",
        event_ref="update-100",
        said_at=NOW,
        in_reply_to="1",
        hit_number=12,
        chat_address=server.address,
        message_key=KEY,
    )


@pytest.mark.parametrize(("is_taken", "shown"), [(True, "Can't go"), (False, "✗ Can't go")])
def test_who_presses_sees_whether_it_counts(
    server: TelegramFake, bot: Bot, said: Said, is_taken: bool, shown: str
) -> None:
    server.press("gus", "Can't go")
    bot.listen(None).shows["update-100"](is_taken)
    assert server.echoes == [shown]


def test_a_key_that_leaves_no_room_is_left_out(server: TelegramFake, chat: Chat, bot: Bot) -> None:
    chat.send(Message("k" * 64, "#0012", 12, buttons=(Button("gone", "Gone"),)))
    server.press("gus", "Gone")
    reply = heard(bot)
    assert (reply.kind, reply.hit_number, reply.message_key, reply.in_reply_to) == ("gone", 12, None, "1")


def test_a_press_whose_echo_comes_too_late_still_counts(server: TelegramFake, bot: Bot, said: Said) -> None:
    server.press("gus", "Gone", query_id="too-old")
    replies = bot.listen(None)
    replies.shows["update-100"](True)
    assert [reply.kind for reply in replies.items] == ["gone"]


def test_a_button_of_somebody_else_says_nothing(server: TelegramFake, bot: Bot) -> None:
    server.update("callback_query", {"id": "q", "from": {"id": 1}, "data": "fire:12", "message": {}})
    assert bot.listen(None).items == ()


def test_updates_are_confirmed_only_by_the_next_reading(server: TelegramFake, bot: Bot) -> None:
    server.say("gus", "#12 2")
    first, again = bot.listen(None), bot.listen(None)
    assert first.items == again.items
    assert bot.listen(first.cursor).items == ()
    assert server.updates == []


def test_a_reply_is_to_its_message(server: TelegramFake, bot: Bot, said: Said) -> None:
    server.reply("gus", said, "Not him.")
    reply = heard(bot)
    assert (reply.kind, reply.in_reply_to, reply.said_at) == ("not_him", "1", NOW)


def test_talk_among_members_and_of_bots_is_not_ours(server: TelegramFake, bot: Bot) -> None:
    server.say("gus", "lunch at twelve?")
    server.say("gus", "yes", reply_to_message={"message_id": 7, "from": {"id": 666, "is_bot": False}})
    server.say("gus", "#12 4", **{"from": {"id": 9, "is_bot": True}})
    assert bot.listen(None).items == ()


def test_a_photo_in_reply_is_a_sighting_and_its_largest_size_is_fetched(
    server: TelegramFake, bot: Bot, said: Said
) -> None:
    sizes = [{"file_id": name, "width": side, "height": side} for name, side in (("s", 90), ("l", 1280), ("m", 320))]
    server.files["l"] = b"\xff\xd8photo"
    server.reply("gus", said, "", photo=sizes)
    replies = bot.listen(None)
    assert [reply.kind for reply in replies.items] == ["sighted"]
    [media] = replies.media["update-100"]()
    assert (media.kind, media.content, media.content_type) == ("photo", b"\xff\xd8photo", "image/jpeg")


def test_a_photos_caption_is_what_its_sender_says(server: TelegramFake, bot: Bot) -> None:
    server.say("gus", "", caption="HIT-0012 not him", photo=[{"file_id": "l"}])
    assert (heard(bot).kind, heard(bot).hit_number) == ("not_him", 12)


def test_voice_and_photos_as_files_are_fetched_too(server: TelegramFake, bot: Bot, said: Said) -> None:
    server.files |= {"v": b"OggS", "d": b"PNG"}
    server.reply("gus", said, "", voice={"file_id": "v", "mime_type": "audio/ogg"})
    server.reply("gus", said, "", document={"file_id": "d", "mime_type": "image/png"})
    server.reply("gus", said, "by the exit", document={"file_id": "x", "mime_type": "application/pdf"})
    replies = bot.listen(None)
    fetched = [fetch()[0] for fetch in replies.media.values()]
    assert [(media.kind, media.content, media.content_type) for media in fetched] == [
        ("voice", b"OggS", "audio/ogg"),
        ("photo", b"PNG", "image/png"),
    ]
    assert replies.items[2].text == "by the exit"


def test_a_place_in_reply_is_a_sighting_there(server: TelegramFake, bot: Bot, said: Said) -> None:
    server.reply("gus", said, "", location={"latitude": 31.2304, "longitude": 121.4737})
    assert (heard(bot).kind, heard(bot).position) == ("sighted", (31.2304, 121.4737))


def test_a_reaction_answers_and_taking_it_back_says_nothing(server: TelegramFake, bot: Bot, said: Said) -> None:
    server.react("gus", said, ["🏃"], [])
    server.react("gus", said, [], ["🏃"])
    reply = heard(bot)
    assert (reply.kind, reply.in_reply_to, reply.member) == ("on_my_way", "1", "4711")


def test_a_topics_answers_come_from_its_own_chat(server: TelegramFake, bot: Bot) -> None:
    server.say("gus", "#12 2", message_thread_id=42, is_topic_message=True)
    assert heard(bot).chat_address == f"{server.address}:42"


def test_who_sets_a_chat_up_is_told_its_address_once_a_reading(server: TelegramFake, bot: Bot) -> None:
    for _asked in range(3):
        server.say("rita", "/bind@patrol_bot", message_thread_id=42, is_topic_message=True)
    assert bot.listen(None).items == ()
    assert [said.text for said in server.said] == [f"address: {server.address}:42\nmember: 815"]
    assert server.sent[0]["message_thread_id"] == 42


def test_a_chat_that_cannot_be_told_stops_no_reading(server: TelegramFake, bot: Bot) -> None:
    server.script = [server.refused]
    server.say("rita", "/bind")
    server.say("gus", "#12 2")
    assert heard(bot).kind == "on_my_way"


def test_a_group_that_became_a_supergroup_is_named(server: TelegramFake, bot: Bot) -> None:
    server.say("gus", "", migrate_to_chat_id=NEW_CHAT)
    replies = bot.listen(None)
    assert replies.items == ()
    assert replies.moved == {server.address: server.address_at(server.url).replace(str(CHAT), str(NEW_CHAT))}


def test_another_program_that_reads_the_updates_is_a_kick(server: TelegramFake, bot: Bot) -> None:
    server.is_read_elsewhere = True
    with pytest.raises(SendError) as kicked:
        bot.listen("100")
    assert kicked.value.code == "kicked"
    assert SECRET not in str(kicked.value)


def test_a_file_that_is_gone_is_an_error_without_the_token(server: TelegramFake, bot: Bot, said: Said) -> None:
    server.reply("gus", said, "", voice={"file_id": "v"})
    fetch = bot.listen(None).media["update-100"]
    server._getFile = lambda *_: no(400, f"Bad Request: invalid file_id {SECRET}")  # type: ignore[method-assign]
    with pytest.raises(SendError) as refused:
        fetch()
    assert SECRET not in str(refused.value)


NONSENSE: list[Any] = [None, "x", 4, [], [1], {}, {"message_id": []}, {"chat": "x", "from": 7, "text": {"a": 1}}]


@pytest.mark.parametrize("content", NONSENSE, ids=str)
def test_nonsense_trips_nobody(server: TelegramFake, bot: Bot, content: Any) -> None:
    for kind in ("message", "callback_query", "message_reaction", "poll"):
        server.update(kind, content)
    server.say("gus", "#12 2")
    assert heard(bot).kind == "on_my_way"
