"""What stands in one cell of a table is what people write there, and reads back as it was."""

from typing import Any

import pytest

from patrol.dispatch import cells
from patrol.dispatch.cells import CellUnread
from patrol.dispatch.drafts import ChatDraft, MemberDraft

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", ["mon"]),
        ("mon-fri", WEEK[:5]),
        ("Mon – Fri", WEEK[:5]),
        ("sat,sun", ["sat", "sun"]),
        ("fri-mon", ["fri", "sat", "sun", "mon"]),
        ("mon-tue, thu", ["mon", "tue", "thu"]),
        ("Monday Wednesday", ["mon", "wed"]),
        ("daily", WEEK),
        ("周一至周五", WEEK[:5]),
        ("周六、周日", ["sat", "sun"]),
        ("星期一到星期三", ["mon", "tue", "wed"]),
        ("周一-五", WEEK[:5]),
        ("每天", WEEK),
        ("周天", ["sun"]),
        ("someday", ["someday"]),  # the rota names it
        ("mon-never", ["mon-never"]),
        ("", []),
    ],
)
def test_days_in_words(text: str, days: list[str]) -> None:
    assert cells.read_days(text) == days


@pytest.mark.parametrize(
    "days", [["mon"], ["mon", "tue"], WEEK[:5], WEEK, ["mon", "wed", "fri"], ["sat", "sun", "mon"]]
)
def test_days_read_back_as_they_were(days: list[str]) -> None:
    assert cells.read_days(cells.write_days(days)) == days


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("", {}),
        ("mon-fri 8:00-16:00", {"weekly": [{"days": WEEK[:5], "from": "08:00", "to": "16:00"}]}),
        ("周六,周日 22：00至06：00；", {"weekly": [{"days": ["sat", "sun"], "from": "22:00", "to": "06:00"}]}),
        ("2026-10-01 off\n2026-10-02 休息", {"exceptions": [
            {"date": "2026-10-01", "is_off": True}, {"date": "2026-10-02", "is_off": True}]}),
        ("2026-10-01 10:00-24:00", {"exceptions": [{"date": "2026-10-01", "from": "10:00", "to": "24:00"}]}),
    ],
)  # fmt: skip
def test_shifts_in_words(text: str, shifts: dict[str, Any]) -> None:
    assert cells.read_shifts(text) == shifts
    assert cells.read_shifts(cells.write_shifts(shifts)) == shifts


@pytest.mark.parametrize("text", ["mon-fri", "08:00-16:00", "mon 08:00", "mon 08:00-16:00 17:00-18:00 often", "off"])
def test_shifts_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(CellUnread) as refused:
        cells.read_shifts(f"mon 08:00-16:00; {text}")
    assert refused.value.entry == text


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("", []),
        ("Li Na", [{"name": "Li Na", "identities": {}}]),
        (
            "王强，队长，+86 138 0013 8000，feishu=ou_1；李娜",
            [
                {"name": "王强", "role": "captain", "phone": "+86 138 0013 8000", "identities": {"feishu": "ou_1"}},
                {"name": "李娜", "identities": {}},
            ],
        ),
        ("Gus, wecom_aibot=a=b", [{"name": "Gus", "identities": {"wecom_aibot": "a=b"}}]),
    ],
)
def test_a_roster_in_words(text: str, members: list[dict[str, Any]]) -> None:
    assert cells.read_members(text) == members


def test_a_member_with_two_phones_is_refused() -> None:
    with pytest.raises(CellUnread):
        cells.read_members("Gus, 8001, 8002")


def test_a_roster_reads_back_as_it_was() -> None:
    members = (
        MemberDraft("Gus", "captain", "+86 138 0013 8000", {"feishu": "ou_1", "matrix": "@gus:example.org"}),
        MemberDraft("李娜"),
    )
    read = cells.read_members(cells.write_members(members))
    assert tuple(MemberDraft(**member) for member in read) == members


def test_chats_and_covers_read_back_as_they_were() -> None:
    chats = (
        ChatDraft("wecom_robot", "", "wecom-3f"),
        ChatDraft("matrix", "https://h/!r:h", "token"),
        ChatDraft("page"),
    )
    assert tuple(ChatDraft(**chat) for chat in cells.read_chats(cells.write_chats(chats))) == chats
    covers = [
        {"site": "mall"},
        {"site": "mall", "building": "north", "floor": "3F", "post": "gate b"},
        {"site": "mall", "post": "car park"},
        {"stream": "gate-b"},
    ]
    assert cells.read_covers(cells.write_covers(covers)) == covers


@pytest.mark.parametrize("text", ["matrix https://a https://b", "wecom_robot secret=a secret=b hunter2"])
def test_a_chat_that_cannot_be_read_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(CellUnread) as refused:
        cells.read_chats(text)
    assert refused.value.entry == f"{text.split()[0]} ..."


def test_a_place_deeper_than_a_post_is_refused() -> None:
    with pytest.raises(CellUnread):
        cells.read_covers("mall/north/3F/gate/left")
