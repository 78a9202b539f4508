"""Maintenance is told of each cause once, of its growth now and then, and when it is over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from patrol.dispatch import notices
from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, Group, GroupChat, Notice
from patrol.values import Site

MALL = Site("mall", "East Mall", 31.23, 121.47, "Asia/Shanghai")
HALL = Site("hall", "West Hall", 31.20, 121.40, "Asia/Shanghai")
BEGIN = "2026-03-01T18:14:00+00:00"  # 02:14 in Shanghai


class Watchers:
    """A maintenance group or more, the alarms that come and go, and the clock."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database, self.now = database, now

    def group(self, id: str = "tech", *kinds: str, language: str = "en", **more: object) -> None:
        group = Group(id=id, name=id, latitude=31.2, longitude=121.4, level="maintenance", created_at=self.now)
        group.language = language
        for name, value in more.items():
            setattr(group, name, value)
        group.chats = [
            GroupChat(kind=kind, address=f"{id}-{kind}", position=at) for at, kind in enumerate(kinds or ("page",))
        ]
        with self.database.write() as session:
            session.add(group)

    def dark(self, *names: str, site_id: str = "mall") -> None:
        with self.database.write() as session:
            for name in names:
                detail = {"name": name, "site_id": site_id, "stream_id": name, "since": BEGIN, "error": ""}
                alarms.sound(session, "stream_dark", f"stream:{name}", self.now, **detail)

    def light(self, *names: str) -> None:
        with self.database.write() as session:
            for name in names:
                alarms.clear(session, "stream_dark", f"stream:{name}", self.now)

    def sound(self, code: str, subject: str, **detail: object) -> None:
        with self.database.write() as session:
            alarms.sound(session, code, subject, self.now, **detail)

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def told(self) -> list[tuple[str, str]]:
        """(group, text) of what is told now."""
        with self.database.read() as session:
            is_news = notices.has_news(session, self.now)
        with self.database.write() as session:
            n_told = notices.tell(session, self.now, [MALL, HALL])
        assert is_news == (n_told > 0)
        with self.database.read() as session:
            rows = session.scalars(select(Delivery).where(Delivery.created_at == self.now)).all()
            return sorted((row.group_id, row.text) for row in rows)[-n_told:] if n_told else []

    def texts(self) -> list[str]:
        return [text for _, text in self.told()]


@pytest.fixture
def watchers(any_database: Database, now: datetime) -> Watchers:
    return Watchers(any_database, now.replace(day=1, hour=18, minute=16))


def test_nothing_is_told_where_nobody_listens(watchers: Watchers) -> None:
    watchers.dark("Gate")
    watchers.forward(60)
    assert watchers.told() == []
    watchers.group()
    assert len(watchers.told()) == 1


def test_an_alarm_that_is_over_at_once_is_told_nobody(watchers: Watchers) -> None:
    watchers.group()
    watchers.dark("Gate")
    watchers.forward(19)
    assert watchers.told() == []
    watchers.light("Gate")
    watchers.forward(60)
    assert watchers.told() == []


def test_many_cameras_are_one_message_with_when_it_began(watchers: Watchers) -> None:
    watchers.group()
    watchers.dark(*(f"C{n:02}" for n in range(14)))
    watchers.forward(20)
    (text,) = watchers.texts()
    assert text == "SYSTEM ALARM · 14 cameras dark since 02:14: C00, C01, C02, C03, C04, C05, 8 more"
    assert watchers.told() == []


def test_the_recovery_says_how_many_and_when(watchers: Watchers) -> None:
    watchers.group("tech", "page", language="zh")
    watchers.dark("东门", "西门")
    watchers.forward(20)
    assert watchers.texts() == ["【系统告警】2 路摄像机自 02:14 起无画面：东门、西门"]
    watchers.forward(900)
    watchers.light("东门", "西门")
    watchers.forward(59)
    assert watchers.told() == []
    watchers.forward(1)
    assert watchers.texts() == ["【已恢复】2 路摄像机已于 02:31 全部恢复画面"]
    watchers.forward(3600)
    assert watchers.told() == []


def test_flapping_is_one_alarm(watchers: Watchers) -> None:
    watchers.group()
    watchers.dark("Gate")
    watchers.forward(20)
    assert len(watchers.told()) == 1
    for _ in range(10):
        watchers.light("Gate")
        watchers.forward(40)
        assert watchers.told() == []
        watchers.dark("Gate")
        watchers.forward(40)
        assert watchers.told() == []


def test_growth_is_told_at_most_every_ten_minutes(watchers: Watchers) -> None:
    watchers.group()
    watchers.dark("A")
    watchers.forward(30)
    assert watchers.texts() == ["SYSTEM ALARM · Camera dark since 02:14: A"]
    watchers.dark("B")
    watchers.forward(60)
    watchers.dark("C")
    assert watchers.told() == []
    watchers.forward(540)
    assert watchers.texts() == ["SYSTEM ALARM, now 3 · 3 cameras dark since 02:14: A, B, C"]
    watchers.forward(3600)
    assert watchers.told() == []


def test_a_platform_that_refuses_our_key_is_one_cause(watchers: Watchers) -> None:
    watchers.group()
    for id in ("east", "west"):
        detail = {"group_id": id, "chat_kind": "wecom_robot", "error": "unauthorised"}
        watchers.sound("chat_broken", f"group:{id}", **detail)
    watchers.sound("chat_broken", "group:north", group_id="north", chat_kind="matrix", error="unreachable")
    watchers.forward(20)
    assert sorted(watchers.texts()) == [
        "SYSTEM ALARM · Matrix cannot be reached since 02:16: north",
        "SYSTEM ALARM · WeCom refuses our key since 02:16: east, west",
    ]


def test_what_is_about_a_case_is_not_maintenances(watchers: Watchers) -> None:
    watchers.group()
    watchers.sound("nobody_to_tell", "hit:1", number=1, site_id="mall")
    watchers.sound("need_help", "hit:1", number=1)
    watchers.forward(60)
    assert watchers.told() == []


def test_a_hit_that_reached_nobody_is_a_failure_of_ours(watchers: Watchers) -> None:
    watchers.group()
    watchers.sound("hit_not_delivered", "hit:1", number=1, site_id="mall")
    watchers.forward(60)
    assert len(watchers.told()) == 1


def test_a_group_of_another_site_is_not_told(watchers: Watchers) -> None:
    watchers.group("hall-tech", site_id="hall")
    watchers.group("mall-tech", site_id="mall")
    watchers.dark("Gate", site_id="mall")
    watchers.sound("worker_silent", "workers")
    watchers.forward(20)
    assert [group for group, _ in watchers.told()] == ["hall-tech", "mall-tech", "mall-tech"]


def test_the_page_and_the_first_chat_that_works_are_told(watchers: Watchers) -> None:
    watchers.group("tech", "wecom_robot", "matrix", "page", "webhook")
    with watchers.database.write() as session:
        broken = session.scalars(select(GroupChat).where(GroupChat.kind == "wecom_robot")).one()
        broken.broken_at = watchers.now
    watchers.dark("Gate")
    watchers.forward(20)
    assert len(watchers.told()) == 2
    with watchers.database.read() as session:
        assert {row.chat.kind for row in session.scalars(select(Delivery))} == {"page", "matrix"}


def test_the_platform_that_fails_is_not_asked_to_say_so_where_there_is_another(watchers: Watchers) -> None:
    watchers.group("tech", "wecom_robot", "matrix")
    watchers.sound("chat_broken", "group:e", group_id="e", chat_kind="wecom_robot", error="unauthorised")
    watchers.forward(20)
    assert len(watchers.told()) == 1
    with watchers.database.read() as session:
        assert [row.chat.kind for row in session.scalars(select(Delivery))] == ["matrix"]


def test_an_alarm_of_another_version_is_told_by_its_code(watchers: Watchers) -> None:
    watchers.group()
    watchers.sound("warp_core", "core:1")
    watchers.forward(20)
    assert watchers.texts() == ["SYSTEM ALARM · warp_core (since 02:16)"]


def test_a_day_before_is_named(watchers: Watchers) -> None:
    watchers.group()
    watchers.dark("Gate")
    watchers.forward(86_400)
    assert watchers.texts() == ["SYSTEM ALARM · Camera dark since 03-02 02:14: Gate"]


def test_what_is_told_is_written_down(watchers: Watchers) -> None:
    watchers.group()
    watchers.dark("Gate")
    watchers.forward(20)
    watchers.told()
    with watchers.database.read() as session:
        notice = session.scalars(select(Notice)).one()
        delivery = session.scalars(select(Delivery)).one()
    assert (notice.cause, notice.n_alarms, notice.told_at) == ("stream_dark|||mall", 1, watchers.now)
    assert (delivery.kind, delivery.lane, delivery.hit_id) == ("alarm", 2, None)


def test_a_message_keeps_to_what_its_platform_takes(watchers: Watchers, blobs: Blobs) -> None:
    watchers.group("tech", "wecom_robot")
    watchers.sound("streams_broken", "streams_broken", error="x" * 9_000)
    watchers.forward(20)
    (text,) = watchers.texts()
    assert text.endswith("…")


def test_what_a_chat_did_not_take_goes_by_the_next_one_once(watchers: Watchers) -> None:
    watchers.group("tech", "page", "wecom_robot", "matrix")
    watchers.dark("Gate")
    watchers.forward(20)
    assert len(watchers.told()) == 2
    with watchers.database.write() as session:
        for row in session.scalars(select(Delivery)):
            row.ended_at = watchers.now
            row.state = "sent" if row.chat.kind == "page" else "failed"
            row.chat.broken_at = None if row.chat.kind == "page" else watchers.now
    watchers.forward(5)
    (again,) = watchers.texts()
    assert again == "SYSTEM ALARM · Camera dark since 02:14: Gate"
    with watchers.database.read() as session:
        newest = session.scalars(select(Delivery).where(Delivery.created_at == watchers.now)).one()
        assert newest.chat.kind == "matrix"
    watchers.forward(5)
    assert watchers.told() == []


def test_what_every_chat_refused_is_left_to_the_page(watchers: Watchers) -> None:
    watchers.group("tech", "page", "matrix")
    watchers.dark("Gate")
    watchers.forward(20)
    assert len(watchers.told()) == 2
    with watchers.database.write() as session:
        for row in session.scalars(select(Delivery)):
            row.state, row.ended_at, row.chat.broken_at = "failed", watchers.now, watchers.now
    watchers.forward(5)
    assert watchers.told() == []


def test_two_chats_that_failed_make_one_message_by_the_third(watchers: Watchers) -> None:
    watchers.group("tech", "wecom_robot", "matrix", "telegram")
    watchers.dark("Gate")
    watchers.forward(20)
    for kind in ("wecom_robot", "matrix"):
        assert len(watchers.told()) == 1
        with watchers.database.write() as session:
            row = next(it for it in session.scalars(select(Delivery)) if it.chat.kind == kind)
            row.state, row.ended_at, row.chat.broken_at = "failed", watchers.now, watchers.now
        watchers.forward(5)
    assert len(watchers.told()) == 1
    assert watchers.told() == []


def test_two_senders_tell_one_cause_once(watchers: Watchers) -> None:
    watchers.group()
    watchers.dark("Gate")
    watchers.forward(20)
    both = Barrier(2)

    def tell() -> int:
        both.wait()
        with watchers.database.write() as session:
            return notices.tell(session, watchers.now, [MALL])

    with ThreadPoolExecutor(2) as pool:
        assert sorted(it.result() for it in [pool.submit(tell), pool.submit(tell)]) == [0, 1]
