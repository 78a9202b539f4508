"""A chat that is not there, or whose secret is not set, is named when its group is saved."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patrol.chats.chat import Look, SendError
from patrol.chats.table import Chats
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.looking import Looker, variable_of
from patrol.values import PatrolError
from tests.synapse import Synapse

ROOM = ChatDraft("matrix", "https://h/!room:h", "token")
GATE = GroupDraft("gate", "Gate", 31.2, 121.4, chats=(ChatDraft("page"), ROOM))
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Platform:
    """Chats whose look ends as a test says."""

    def __init__(self, outcome: SendError | None = None, gate: threading.Event | None = None) -> None:
        self.outcome, self.gate = outcome, gate
        self.opened: list[str] = []

    def open(self, kind: str, address: str, secret: str | None) -> "Platform":
        self.opened.append(f"{kind} {address}".strip())
        return self

    def look(self) -> Look:
        if self.gate is not None:
            self.gate.wait(10)
        if self.outcome is not None:
            raise self.outcome
        return Look("a room")


def secret(name: str) -> str:
    if name == "unset":
        raise PatrolError("not set")
    return "hunter2"


def looked(platform: Platform, *drafts: GroupDraft, limit_s: float = 5.0) -> dict[str, list[tuple[str, str]]]:
    found = Looker(secret, platform).warnings_of(drafts, limit_s)  # type: ignore[arg-type]
    for doubts in found.values():
        assert all("hunter2" not in doubt.say("en") and doubt.say("zh") for doubt in doubts)
    return {id: [(doubt.field, doubt.code) for doubt in doubts] for id, doubts in found.items()}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (None, None),
        (SendError("not_found", "404", is_permanent=True), "chat_not_found"),
        (SendError("forbidden", "403", is_permanent=True), "chat_not_found"),
        (SendError("unauthorised", "401", is_permanent=True), "chat_not_usable"),
        (SendError("a_code_of_tomorrow", "?", is_permanent=True), "chat_not_usable"),
        (SendError("unreachable", "h"), "chat_not_looked_at"),
    ],
)
def test_what_a_platform_says_of_a_chat(outcome: SendError | None, code: str | None) -> None:
    platform = Platform(outcome)
    assert looked(platform, GATE) == {"gate": [("chats[1].address", code)] if code else []}
    assert platform.opened == ["matrix https://h/!room:h"]


def test_a_secret_that_is_not_set_is_named_by_its_variable_and_nobody_is_asked() -> None:
    platform = Platform()
    robot = GroupDraft("robot", "Robot", 31.2, 121.4, chats=(ChatDraft("wecom_robot", "", "unset"),))
    assert looked(platform, robot) == {"robot": [("chats[0].secret", "secret_not_set")]}
    assert platform.opened == []
    assert variable_of("mall-3f") == "PATROL_SECRET_CHAT_MALL_3F"


def test_a_bot_with_one_connection_is_not_thrown_out_by_a_look() -> None:
    platform = Platform()
    bot = GroupDraft("bot", "Bot", 31.2, 121.4, chats=(ChatDraft("wecom_aibot", "chat-1", "bot"),))
    assert looked(platform, bot) == {"bot": []}
    assert platform.opened == []


@pytest.fixture
def never() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


def test_nobody_waits_longer_than_told_for_a_platform_that_does_not_answer(never: threading.Event) -> None:
    assert looked(Platform(gate=never), GATE, limit_s=0.05) == {"gate": [("chats[1].address", "chat_not_looked_at")]}


def test_a_chat_that_two_groups_name_is_asked_once() -> None:
    platform = Platform()
    many = [GroupDraft(f"g{n}", "G", 31.2, 121.4, chats=(ROOM,)) for n in range(20)]
    assert set(looked(platform, *many)) == {draft.id for draft in many}
    assert platform.opened == ["matrix https://h/!room:h"]


def test_without_groups_nothing_is_looked_at() -> None:
    assert looked(Platform()) == {}


@pytest.mark.matrix
def test_a_room_that_is_not_there_is_named_by_the_real_server(synapse: Synapse) -> None:
    bot, gus = synapse.member("looker"), synapse.member("looked-for")
    rooms = {"there": synapse.room(bot, gus), "nowhere": "!nowhere:localhost", "not-ours": synapse.room(gus)}
    drafts = [
        GroupDraft(id, id, 31.2, 121.4, chats=(ChatDraft("matrix", f"{bot.homeserver}/{room}", "token"),))
        for id, room in rooms.items()
    ]
    chats = Chats(lambda _name: bot.token, lambda: datetime.now(UTC))
    found = Looker(lambda _name: bot.token, chats).warnings_of(drafts, 20.0)
    assert found["there"] == []
    for id in ("nowhere", "not-ours"):
        [doubt] = found[id]
        assert doubt.field == "chats[0].address"
        assert doubt.code == "chat_not_found"
    closed = Looker(lambda _name: bot.token, chats).warnings_of([refused_port(drafts[0])], 20.0)
    assert [doubt.code for doubt in closed["there"]] == ["chat_not_looked_at"]


def refused_port(draft: GroupDraft) -> GroupDraft:
    """The same room on a port where nobody listens."""
    return replace(draft, chats=(ChatDraft("matrix", "http://127.0.0.1:1/!room:h", "token"),))
