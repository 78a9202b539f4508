"""Which chats a message without a hit goes to, in how many parts, and how long its text may be."""

from datetime import UTC, datetime, timedelta

import pytest

from patrol.chats.table import LIMITS
from patrol.dispatch.plain_messages import chats_of, message, parts_of, ways_to
from patrol.store.tables import Group, GroupChat

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def group(*kinds: str, policy: str = "upper_body") -> Group:
    made = Group(id="east", name="East", language="en", picture_policy=policy)
    made.chats = [GroupChat(kind=kind, position=at, group_id="east") for at, kind in enumerate(kinds)]
    return made


def kinds(chats: list[GroupChat]) -> list[str]:
    return [chat.kind for chat in chats]


def test_the_page_and_the_first_chat_that_works() -> None:
    east = group("matrix", "page", "webhook")
    assert kinds(ways_to(east)) == ["page", "matrix"]
    east.chats[0].broken_at = NOW
    assert kinds(ways_to(east)) == ["page", "webhook"]
    east.chats[2].removed_at = NOW
    assert kinds(ways_to(east)) == ["page"]
    assert kinds(chats_of(east)) == ["matrix", "page"]
    assert ways_to(group()) == []


def test_the_last_choice_is_taken_where_there_is_no_other() -> None:
    assert kinds(ways_to(group("matrix", "webhook"), last_choice="matrix")) == ["webhook"]
    assert kinds(ways_to(group("matrix"), last_choice="matrix")) == ["matrix"]


@pytest.mark.parametrize(
    ("kind", "policy", "parts"),
    [
        ("page", "upper_body", ["hit"]),
        ("wecom_robot", "upper_body", ["text", "picture"]),
        ("wecom_robot", "text", ["text"]),
        ("page", "link", ["text"]),
        ("dingtalk_webhook", "upper_body", ["text"]),
    ],
)
def test_a_picture_is_a_part_of_its_own_where_there_are_no_captions(kind: str, policy: str, parts: list[str]) -> None:
    (chat,) = group(kind, policy=policy).chats
    assert [part for part, _ in parts_of(chat, "hello")] == parts


def test_a_long_text_is_cut_to_what_the_platform_takes() -> None:
    (chat,) = group("wecom_robot").chats
    made = message("alarm", chat, "长" * 9_000, NOW, timedelta(minutes=5))
    assert len(made.text.encode()) <= LIMITS["wecom_robot"].text_bytes
    assert (made.lane, made.state, made.expires_at) == (2, "queued", NOW + timedelta(minutes=5))
