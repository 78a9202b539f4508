"""What guards see of a WeCom AI bot, and what it hears."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import httpx
import pytest

from patrol.chats import wecom_aibot
from patrol.chats.chat import Chat, SendError
from patrol.chats.exchange import open_client
from patrol.chats.table import Chats
from patrol.chats.wecom_aibot import CARD, Aibot, WecomAibot
from patrol.values import Button, Message, Reply
from tests.chats.fakes.wecom_aibot import CHAT, WecomAibotFake
from tests.waiting import eventually

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
BUTTONS = (Button("seen", "看到了"), Button("on_my_way", "在路上"), Button("not_him", "不是他"))
TEXT = "疑似人员 #0012\n3F 扶梯口，往 B 出口"


@pytest.fixture
def server() -> Iterator[WecomAibotFake]:
    with WecomAibotFake.running() as server:
        yield server


@pytest.fixture
def chats(server: WecomAibotFake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chats]:
    monkeypatch.setattr(wecom_aibot, "LISTEN_S", 0.1)
    client = open_client()
    client.timeout = httpx.Timeout(5.0)
    chats = Chats(lambda _name: server.secret, lambda: NOW, client)
    yield chats
    chats.close()


@pytest.fixture
def chat(server: WecomAibotFake, chats: Chats) -> Chat:
    return chats.open("wecom_aibot", server.address, "w")


@pytest.fixture
def bot(server: WecomAibotFake, chats: Chats) -> Aibot:
    bot = cast(Aibot, chats.bot("wecom_aibot", server.address, "w"))
    bot.listen(None)
    return bot


def heard(bot: Aibot) -> Reply:
    replies: list[Reply] = []
    eventually(lambda: replies.extend(bot.listen(None).items) or replies)
    [reply] = replies
    return reply


def test_a_short_text_with_buttons_is_one_card(server: WecomAibotFake, chat: Chat) -> None:
    chat.send(Message("k1", TEXT, 12, buttons=BUTTONS))
    [said] = server.said
    assert (said.text, said.buttons, said.key) == (TEXT, ("看到了", "在路上", "不是他"), "k1")


def test_a_text_that_a_card_may_cut_comes_whole_above_it(server: WecomAibotFake, chat: Chat) -> None:
    long = TEXT + "\n" + "请核对本人。跟随并报告，不要拦截。" * 8
    assert len(long) > CARD.text
    chat.send(Message("k1", long, 12, buttons=BUTTONS))
    text, card = server.said
    assert (text.text, text.buttons) == (long, ())
    assert (card.text, card.buttons) == ("疑似人员 #0012", ("看到了", "在路上", "不是他"))


def test_those_to_ring_are_named_in_front_of_the_text(server: WecomAibotFake, chat: Chat) -> None:
    chat.send(Message("k1", TEXT, 12, buttons=BUTTONS, mentions=("gus", "rita")))
    text, card = server.said
    assert text.text == f"<@gus> <@rita>\n{TEXT}"
    assert card.buttons


def test_a_picture_without_words_has_no_card_under_it(server: WecomAibotFake, chat: Chat) -> None:
    chat.send(Message("k2", "", 12, b"\xff\xd8\xffpicture", buttons=BUTTONS))
    assert [said.picture for said in server.said] == [b"\xff\xd8\xffpicture"]


def test_a_card_that_fails_under_its_text_fails_nothing(server: WecomAibotFake, chat: Chat) -> None:
    server.script = [None, server.limited]
    assert chat.send(Message("k1", TEXT, 12, buttons=BUTTONS, mentions=("gus",))).message_ref == "k1"
    assert len(server.said) == 1


def test_a_repeat_is_a_card_of_its_own_that_answers_for_the_same_message(
    server: WecomAibotFake, chat: Chat, bot: Aibot
) -> None:
    chat.send(Message("k1", TEXT, 12, buttons=BUTTONS))
    chat.send(Message("k1", "（重发）" + TEXT, 12, is_repeat=True, buttons=BUTTONS))
    assert len(server.said) == 2
    server.press("gus", "在路上")
    assert heard(bot).message_key == "k1"


def test_a_picture_of_many_chunks_arrives_whole(server: WecomAibotFake, chat: Chat) -> None:
    jpeg = bytes(range(256)) * 9_000  # 2.3 MB
    chat.send(Message("k1", "", 12, jpeg))
    assert server.said[0].picture == jpeg
    assert sum(frame["cmd"] == "aibot_upload_media_chunk" for frame in server.frames) == 5


def test_chats_share_the_connection_of_their_bot(server: WecomAibotFake, chats: Chats) -> None:
    for _n in range(3):
        chats.open("wecom_aibot", server.address, "w").send(Message("k1", TEXT, 12))
    assert sum(frame["cmd"] == "aibot_subscribe" for frame in server.frames) == 1


def test_a_broken_connection_is_opened_anew_by_the_next_who_needs_it(server: WecomAibotFake, chat: Chat) -> None:
    chat.send(Message("k1", TEXT, 12))
    server.hang_up()
    eventually(lambda: not server.is_connected)
    eventually(lambda: sends(chat))
    assert len(server.said) == 2


def sends(chat: Chat) -> bool:
    """Whether a message leaves; the first may still meet the old connection."""
    try:
        chat.send(Message("k2", TEXT, 12))
    except SendError as error:
        return error.is_permanent
    return True


def test_who_was_kicked_stays_away_until_somebody_drops_the_bot(
    server: WecomAibotFake, chats: Chats, chat: Chat, bot: Aibot
) -> None:
    server.kick()
    eventually(lambda: is_kicked(bot))
    with pytest.raises(SendError, match="kicked"):
        chat.send(Message("k1", TEXT, 12))
    assert sum(frame["cmd"] == "aibot_subscribe" for frame in server.frames) == 1
    chats.drop_bot("wecom_aibot", server.address, "w")
    chat.send(Message("k1", TEXT, 12))
    assert len(server.said) == 1


def is_kicked(bot: Aibot) -> bool:
    try:
        bot.listen(None)
    except SendError as error:
        return error.code == "kicked"
    return False


def test_a_bot_that_was_closed_is_not_brought_back_by_who_still_holds_it(server: WecomAibotFake, bot: Aibot) -> None:
    bot.close()
    with pytest.raises(SendError, match="was closed"):
        bot.listen(None)
    assert sum(frame["cmd"] == "aibot_subscribe" for frame in server.frames) == 1


def test_a_photo_comes_with_the_way_to_fetch_it(server: WecomAibotFake, bot: Aibot) -> None:
    photo = {"msgtype": "image", "image": {"url": "https://wework.qpic.cn/1", "aeskey": ""}}
    server.tell("aibot_msg_callback", "gus", {"msgtype": "mixed", "mixed": {"msg_item": [photo]}})
    heard_now = bot.listen(None)
    while not heard_now.items:
        heard_now = bot.listen(None)
    assert heard_now.media.keys() == {heard_now.items[0].event_ref}


def test_a_look_opens_no_connection_for_it_could_end_anothers(server: WecomAibotFake, chat: Chat) -> None:
    assert chat.look().name == ""
    assert server.frames == []


def shown(bot: Aibot, *, is_taken: bool = True) -> str:
    """Hear one press, as the core does, and say what was pressed."""
    replies = bot.listen(None)
    while not replies.items:
        replies = bot.listen(None)
    [reply] = replies.items
    replies.shows[reply.event_ref](is_taken)
    return reply.kind


def test_a_press_that_was_taken_is_shown_on_the_card_for_all(server: WecomAibotFake, chat: Chat, bot: Aibot) -> None:
    chat.send(Message("k1", TEXT, 12, buttons=BUTTONS))
    server.press("gus", "在路上")
    assert shown(bot) == "on_my_way"
    eventually(lambda: "✓ gus 在路上" in server.cards["k1"]["sub_title_text"])
    server.press("rita", "看到了")
    assert shown(bot) == "seen"
    eventually(lambda: server.cards["k1"]["sub_title_text"].endswith("✓ gus 在路上\n✓ rita 看到了"))
    assert [button["text"] for button in server.cards["k1"]["button_list"]] == ["看到了", "在路上", "不是他"]


def test_a_press_that_was_not_taken_is_shown_as_such(server: WecomAibotFake, chat: Chat, bot: Aibot) -> None:
    chat.send(Message("k1", TEXT, 12, buttons=BUTTONS))
    server.press("max", "不是他")
    shown(bot, is_taken=False)
    eventually(lambda: server.cards["k1"]["sub_title_text"].endswith("✗ max 不是他"))


@pytest.mark.parametrize("word", ["bind", "BIND", "绑定"])
def test_who_writes_bind_is_told_the_address_of_the_chat(server: WecomAibotFake, bot: Aibot, word: str) -> None:
    server.say("rita", word)
    reply = heard(bot)
    assert (reply.kind, reply.text, reply.chat_address) == ("other", word, server.address)
    eventually(lambda: [said.text for said in server.said] == [server.address])


def test_as_many_deliveries_as_are_allowed_stay_under_wecoms_limit_though_each_is_two_messages(
    server: WecomAibotFake, chat: Chat
) -> None:
    a_minute, an_hour = chat.limits.rates
    for n in range(a_minute.n):
        chat.send(Message(f"k{n}", TEXT, 12, buttons=BUTTONS, mentions=("gus",)))
    assert sum(bool(said.buttons) for said in server.said) == a_minute.n
    assert (len(server.said) <= 0.9 * 30, 2 * an_hour.n <= 0.9 * 1_000) == (True, True)


def test_on_wecoms_own_server_an_address_is_the_chatid_alone() -> None:
    assert WecomAibot.limits.has_one_connection
    chats = Chats(lambda _name: "b:s", lambda: NOW)
    assert isinstance(chats.open("wecom_aibot", CHAT, "w"), WecomAibot)
    chats.close()
