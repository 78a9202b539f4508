"""What members get from a WeCom app, and what can be taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from patrol.chats.chat import AddressError, Chat, SendError, Sent
from patrol.chats.table import Chats
from patrol.chats.wecom_app import CARD, SAME_CONTENT_S, is_said_in, read_address
from patrol.values import Button, Message
from tests.chats.fakes.server import Answer
from tests.chats.fakes.wecom_app import AGENT, WecomAppFake

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0picture"
BUTTONS = (Button("seen", "看到了"), Button("not_him", "不是他"))
TEXT = "疑似人员 #0012\n3F 扶梯口，往 B 出口"


@pytest.fixture
def server() -> Iterator[WecomAppFake]:
    with WecomAppFake.running() as server:
        yield server


@pytest.fixture
def chats(server: WecomAppFake) -> Iterator[Chats]:
    chats = Chats(lambda _name: server.secret, lambda: NOW)
    yield chats
    chats.close()


@pytest.fixture
def chat(server: WecomAppFake, chats: Chats) -> Chat:
    return chats.open("wecom_app", server.address, "w")


def sent(server: WecomAppFake) -> list[dict[str, object]]:
    """The bodies of all messages, as they were asked for."""
    return [request.json() for request in server.requests if request.path == "/cgi-bin/message/send"]


def test_texts_and_pictures_are_confidential_and_cards_cannot_be(server: WecomAppFake, chat: Chat) -> None:
    chat.send(Message("k1", TEXT, 12))
    chat.send(Message("k2", "", 12, JPEG))
    chat.send(Message("k3", TEXT, 12, buttons=BUTTONS))
    assert [body.get("safe") for body in sent(server)] == [1, 1, None]
    assert [said.picture for said in server.said] == [None, JPEG, None]


def test_every_message_asks_not_to_be_doubled_for_as_long_as_there_is(server: WecomAppFake, chat: Chat) -> None:
    chat.send(Message("k1", TEXT, 12))
    [body] = sent(server)
    assert (body["enable_duplicate_check"], body["duplicate_check_interval"]) == (1, SAME_CONTENT_S)
    assert (body["touser"], body["agentid"]) == ("gus|rita", AGENT)


def test_the_same_card_again_is_one_card_though_the_platform_says_nothing(server: WecomAppFake, chat: Chat) -> None:
    chat.send(Message("k1", TEXT, 12, buttons=BUTTONS))
    chat.send(Message("k1", "（重发）" + TEXT, 12, is_repeat=True, buttons=BUTTONS))
    assert len(server.said) == 1


def test_a_text_that_a_card_may_cut_comes_whole_above_it(server: WecomAppFake, chat: Chat) -> None:
    long = TEXT + "\n" + "请核对本人。跟随并报告，不要拦截。" * 12
    assert len(long) > CARD.text
    receipt = chat.send(Message("k1", long, 12, buttons=BUTTONS))
    text, card = server.said
    assert (text.text, card.text, card.buttons) == (long, "疑似人员 #0012", ("看到了", "不是他"))
    assert receipt.message_ref == f"{text.ref},{card.ref}"


def test_a_picture_without_words_has_no_card_under_it(server: WecomAppFake, chat: Chat) -> None:
    chat.send(Message("k2", "", 12, JPEG, buttons=BUTTONS))
    assert [said.picture for said in server.said] == [JPEG]


def test_a_card_that_fails_under_its_text_fails_nothing(server: WecomAppFake, chat: Chat) -> None:
    server.script = [None, server.limited]
    receipt = chat.send(Message("k1", TEXT + "请" * 200, 12, buttons=BUTTONS))
    assert receipt.message_ref == server.said[0].ref


def test_those_whom_a_message_did_not_reach_are_named(server: WecomAppFake, chats: Chats) -> None:
    chat = chats.open("wecom_app", f"{server.url}/{AGENT}/gus|max|eve", "w")
    receipt = chat.send(Message("k1", TEXT, 12))
    assert receipt.missed == ("max", "eve")
    assert len(server.said) == 1


def test_parties_tags_and_members_without_a_licence_are_named_too(server: WecomAppFake, chat: Chat) -> None:
    missed = {"errcode": 0, "msgid": "m", "invalidparty": "3", "invalidtag": "7|8", "unlicenseduser": "gus"}
    server.script = [Answer(body=missed)]
    assert chat.send(Message("k1", TEXT, 12)).missed == ("gus", "party:3", "tag:7", "tag:8")


def test_a_message_that_reaches_nobody_is_refused_for_good(server: WecomAppFake, chats: Chats) -> None:
    chat = chats.open("wecom_app", f"{server.url}/{AGENT}/max", "w")
    with pytest.raises(SendError) as refused:
        chat.send(Message("k1", TEXT, 12))
    assert (refused.value.code, refused.value.is_permanent) == ("no_recipient", True)


def test_a_withdrawal_recalls_every_part_and_says_so(server: WecomAppFake, chat: Chat) -> None:
    receipt = chat.send(Message("k1", TEXT + "请" * 200, 12, buttons=BUTTONS))
    chat.withdraw(Sent("k1", receipt.message_ref, NOW), Message("k2", "撤回 #0012", 12))
    assert [(said.text, said.is_gone) for said in server.said[1:]] == [
        ("疑似人员 #0012", True),
        ("撤回 #0012", False),
    ]
    assert server.said[0].is_gone


def test_what_can_no_longer_be_recalled_leaves_the_notice(server: WecomAppFake, chat: Chat) -> None:
    chat.withdraw(Sent("k1", "gone-long-ago", NOW), Message("k2", "撤回 #0012", 12))
    assert [said.text for said in server.said] == ["撤回 #0012"]


def test_a_recall_that_failed_for_now_is_tried_again_as_a_whole(server: WecomAppFake, chat: Chat) -> None:
    receipt = chat.send(Message("k1", TEXT, 12))
    server.is_message = lambda request: request.path == "/cgi-bin/message/recall"  # type: ignore[method-assign]
    server.script = [server.busy]
    with pytest.raises(SendError) as busy:
        chat.withdraw(Sent("k1", receipt.message_ref, NOW), Message("k2", "撤回 #0012", 12))
    assert (busy.value.is_permanent, busy.value.is_unknown, len(server.said)) == (False, False, 1)
    chat.withdraw(Sent("k1", receipt.message_ref, NOW), Message("k2", "撤回 #0012", 12))
    assert [said.is_gone for said in server.said] == [True, False]


def test_as_many_deliveries_as_are_allowed_are_all_let_through_though_each_is_two_messages(
    server: WecomAppFake, chat: Chat
) -> None:
    """WeCom says nothing where it drops one."""
    a_minute, an_hour = chat.limits.rates
    for n in range(a_minute.n):
        chat.send(Message(f"k{n}", f"{TEXT} {n} " + "请" * 200, 12, buttons=BUTTONS))
    assert len(server.said) == 2 * a_minute.n
    assert (len(server.said) <= 0.9 * 30, 2 * an_hour.n <= 0.9 * 1_000) == (True, True)


def test_a_look_reads_the_apps_name_and_sends_nothing(server: WecomAppFake, chat: Chat) -> None:
    assert chat.look().name == "Patrol"
    assert server.said == []


def test_a_look_at_an_app_that_is_switched_off_says_so(server: WecomAppFake, chat: Chat) -> None:
    server.is_switched_off = True
    with pytest.raises(SendError, match="switched off") as off:
        chat.look()
    assert off.value.is_permanent


ADDRESSES = [
    ("1000002/gus", ("user", ("gus",))),
    ("1000002/gus|rita@example", ("user", ("gus", "rita@example"))),
    ("1000002/party:2|3", ("party", ("2", "3"))),
    ("https://gateway.example.org/wecom/1000002/tag:7", ("tag", ("7",))),
]


@pytest.mark.parametrize(("address", "to"), ADDRESSES)
def test_an_address_names_the_app_and_whom_it_writes_to(address: str, to: tuple[str, tuple[str, ...]]) -> None:
    read = read_address(address)
    assert (read.kind, read.ids) == to
    assert read.agent_id == "1000002"


def test_the_whole_company_is_no_group_of_guards() -> None:
    with pytest.raises(AddressError, match="@all"):
        read_address("1000002/@all")


SAID_IN = [
    ("1000002/gus", "1000002/gus|rita", True),
    ("1000002/GUS", "1000002/gus|rita", True),  # WeCom knows no capitals in them
    ("1000002/gus", "https://gateway.example.org/1000002/gus", True),
    ("1000002/gus", "1000002/party:2", True),  # who is in it WeCom does not say; the roster does
    ("1000002/max", "1000002/gus|rita", False),
    ("1000003/gus", "1000002/gus|rita", False),
    ("/", "1000002/gus|rita", False),
]


@pytest.mark.parametrize(("said_in", "address", "is_it"), SAID_IN)
def test_an_answer_belongs_to_the_chats_that_its_member_gets(said_in: str, address: str, is_it: bool) -> None:
    assert is_said_in(said_in, address) == is_it
