"""A drill reaches the groups as an exercise, and each group's first answer is timed."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from patrol.dispatch import drills
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.drills import DRILL, DrillRefused, Report
from patrol.dispatch.sender import Sender
from patrol.store.engine import Database
from patrol.store.tables import Delivery, Exercise, Group, GroupChat, GroupReply, Pause
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChats, Scene


def make_group(database: Database, id: str, now: datetime, *kinds: str, **more: object) -> None:
    group = Group(id=id, name=id.title(), site_id="mall", latitude=31.2, longitude=121.4, created_at=now)
    for name, value in more.items():
        setattr(group, name, value)
    group.chats = [
        GroupChat(kind=kind, address=f"{id}-{kind}", position=at) for at, kind in enumerate(kinds or ("page",))
    ]
    with database.write() as session:
        session.add(group)


def start(database: Database, now: datetime, *ids: str, **more: object) -> Exercise:
    with database.write() as session:
        return drills.start(session, ids, now, by="user:ada", **more)  # type: ignore[arg-type]


def report(database: Database, exercise: Exercise, now: datetime) -> Report:
    with database.read() as session:
        return drills.report(session, exercise, now)


def answer(database: Database, group_id: str, kind: str, at: datetime, member: str = "Gus") -> None:
    with database.write() as session:
        delivery = session.scalars(select(Delivery).where(Delivery.group_id == group_id)).first()
        assert delivery is not None
        session.add(
            GroupReply(
                delivery_id=delivery.id,
                group_id=group_id,
                chat_id=delivery.chat_id,
                event_ref=str(uuid4()),
                kind=kind,
                member=member,
                said_at=at,
                received_at=at,
            )
        )


def test_every_group_but_maintenance_is_drilled(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now)
    make_group(any_database, "west", now, site_id="hall")
    make_group(any_database, "tech", now, level="maintenance")
    make_group(any_database, "old", now, is_active=False)
    assert start(any_database, now).group_ids == ["east", "west"]
    assert start(any_database, now, site_id="hall").group_ids == ["west"]
    assert start(any_database, now, "tech").group_ids == ["tech"]


def test_the_message_says_exercise_in_both_languages(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now, language="zh")
    make_group(any_database, "west", now)
    start(any_database, now)
    with any_database.read() as session:
        texts = session.scalars(select(Delivery.text)).all()
    assert all("EXERCISE" in text and "演练" in text and "#0000" in text for text in texts)


def test_a_group_that_is_not_there_is_named(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now)
    with pytest.raises(DrillRefused, match="night"):
        start(any_database, now, "east", "night")


def test_a_drill_of_nobody_is_refused(any_database: Database, now: datetime) -> None:
    with pytest.raises(DrillRefused, match="no active group"):
        start(any_database, now)


def test_a_drill_while_everything_is_paused_is_refused(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now)
    pause = Pause(scope="all", reason="fire alarm", by="ada", created_at=now, ends_at=now + timedelta(hours=1))
    with any_database.write() as session:
        session.add(pause)
    with pytest.raises(DrillRefused, match="paused"):
        start(any_database, now, "east")


def test_a_drill_leaves_out_a_site_whose_sending_is_paused_and_refuses_to_where_it_is_named(
    any_database: Database, now: datetime
) -> None:
    make_group(any_database, "east", now)
    make_group(any_database, "north", now)
    pause = Pause(scope="site", ref="yard", reason="x", by="ada", created_at=now, ends_at=now + timedelta(hours=1))
    with any_database.write() as session:
        session.get_one(Group, "east").site_id = "mall"
        session.get_one(Group, "north").site_id = "yard"
        session.add(pause)
    with pytest.raises(DrillRefused, match="paused at yard"):
        start(any_database, now, "east", "north")
    assert start(any_database, now).group_ids == ["east"]


def test_the_first_answer_of_each_group_is_timed(any_database: Database, now: datetime) -> None:
    for id in ("east", "north", "west"):
        make_group(any_database, id, now)
    drill = start(any_database, now)
    answer(any_database, "west", "seen", now + timedelta(seconds=4))
    answer(any_database, "east", "on_my_way", now + timedelta(seconds=9.5))
    answer(any_database, "west", "seen", now + timedelta(seconds=20))
    told = report(any_database, drill, now + timedelta(seconds=30))
    assert [(it.group_id, it.seen_after_s, it.answer) for it in told.scores] == [
        ("west", 4.0, "seen"),
        ("east", 9.5, "on_my_way"),
        ("north", None, None),
    ]
    assert not told.is_over


def test_it_is_over_when_all_have_answered_or_its_time_has(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now)
    drill = start(any_database, now, within=timedelta(minutes=1))
    assert not report(any_database, drill, now + timedelta(seconds=59)).is_over
    assert report(any_database, drill, now + timedelta(seconds=60)).is_over
    answer(any_database, "east", "seen", now + timedelta(seconds=3))
    assert report(any_database, drill, now + timedelta(seconds=4)).is_over


def test_a_message_that_was_read_counts_as_seen(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now)
    drill = start(any_database, now)
    with any_database.write() as session:
        session.scalars(select(Delivery)).one().read_at = now + timedelta(seconds=7)
    (score,) = report(any_database, drill, now + timedelta(seconds=10)).scores
    assert (score.seen_after_s, score.answer) == (7.0, None)


def test_the_page_does_not_hide_a_chat_that_failed(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now, "page", "matrix")
    drill = start(any_database, now)
    with any_database.write() as session:
        for row in session.scalars(select(Delivery)):
            row.state = "sent" if row.chat.kind == "page" else "failed"
            row.ended_at = now + timedelta(seconds=1)
            row.error = None if row.chat.kind == "page" else "unauthorised: no"
    (score,) = report(any_database, drill, now + timedelta(seconds=2)).scores
    assert score.state == "failed"
    assert [(it.kind, it.state, it.accepted_after_s, it.error) for it in score.chats] == [
        ("page", "accepted", 1.0, None),
        ("matrix", "failed", None, "unauthorised: no"),
    ]


def test_a_chat_without_captions_gets_a_text_and_a_picture(any_database: Database, now: datetime) -> None:
    make_group(any_database, "east", now, "wecom_robot")
    drill = start(any_database, now)
    with any_database.write() as session:
        parts = session.scalars(select(Delivery)).all()
        assert sorted((it.part, bool(it.text)) for it in parts) == [("picture", False), ("text", True)]
        parts[0].state, parts[0].ended_at = "sent", now
    (score,) = report(any_database, drill, now).scores
    assert [chat.state for chat in score.chats] == ["queued"]


def test_a_drill_travels_like_a_hit_with_buttons_and_a_picture(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    make_group(scene.database, "east", clock.now, "matrix")
    drill = start(scene.database, clock.now, "east")
    run(sender)
    (message,) = chats.open("matrix", "east-matrix", None).sent
    assert message.picture_jpeg is not None
    assert message.picture_jpeg[:2] == b"\xff\xd8"
    (score,) = report(scene.database, drill, clock.now).scores
    assert score.state == "accepted"
    with scene.database.read() as session:
        assert session.scalars(select(Delivery.kind)).all() == [DRILL]
        assert drills.recent(session)[0].id == drill.id


def test_a_drill_carries_no_link_where_pictures_go_by_link(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    room = ChatDraft("matrix", "https://example.org/!room", "m")
    scene.group("gate", room, picture_policy="link")
    with scene.database.write() as session:
        drills.start(session, [], scene.now, by="ada")
    run(sender)
    [message] = chats.open(room.kind, room.address, room.secret).sent
    assert "/h/" not in message.text
    assert message.picture_jpeg is None
