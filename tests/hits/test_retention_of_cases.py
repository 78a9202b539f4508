"""What guards sent, and the clocks, steps and cases of a hit, end with the hit's own clocks."""

from datetime import datetime, timedelta

from sqlalchemy import select

from patrol.hits.clocks import Clocks
from patrol.hits.retention import sweep
from patrol.store.tables import (
    Clock,
    Delivery,
    DeliveryLink,
    Episode,
    Exercise,
    Group,
    GroupChat,
    GroupReply,
    Hit,
    Member,
    Notice,
    Pause,
    Step,
)
from tests.hits.sightings import track
from tests.hits.story import Story

CLOCKS = Clocks()
PLENTY = 10**12


def run(story: Story, now: datetime) -> None:
    sweep(story.database, story.blobs, CLOCKS, PLENTY, now)


def answered(story: Story, now: datetime) -> tuple[Hit, str]:
    """A confirmed hit, forwarded once, with clocks, a step and an answer with a photo; and the photo's key."""
    hit = story.see(track(now))
    assert hit is not None
    story.decide(hit, "confirmed")
    photo = story.blobs.put("reply", b"jpeg", now)
    with story.database.write() as session:
        group = Group(id="gate", name="Gate", latitude=0, longitude=0, created_at=now)
        chat = GroupChat(group=group, kind="page")
        session.add(group)
        session.flush()
        decision = session.get_one(Hit, hit.id).decisions[0]
        rows = []
        for revision in range(2):
            row = Delivery(
                kind="hit", decision_id=decision.id, verdict="confirmed", hit_id=hit.id, group=group, chat=chat
            )
            row.lane, row.state, row.revision = 1, "sent", revision
            row.next_try_at = row.expires_at = row.created_at = row.sent_at = row.ended_at = now
            session.add(row)
            session.flush()
            rows.append(row)
        rows[1].parent_id = rows[1].updates_id = rows[0].id
        rows[1].episode_id = session.get_one(Hit, hit.id).episode_id
        said = GroupReply(delivery_id=rows[0].id, hit_id=hit.id, group_id="gate", chat_id=chat.id, event_ref="$e")
        said.kind, said.said_at, said.received_at = "sighted", now, now
        said.media = [{"kind": "photo", "key": photo, "content_type": "image/jpeg"}]
        clock = Clock(hit_id=hit.id, group_id="gate", kind="seen", started_at=now, due_at=now)
        step = Step(hit_id=hit.id, at=now, kind="told", group_id="gate", why="confirmed")
        session.add_all([said, clock, step])
    return hit, photo


def test_a_guards_photo_is_no_orphan_while_its_hit_has_pictures(story: Story, now: datetime) -> None:
    _hit, photo = answered(story, now)
    run(story, now + timedelta(days=2))
    assert photo in story.blobs.keys()  # noqa: SIM118 - keys of the folder


def test_a_guards_photo_goes_with_the_pictures_of_its_hit(story: Story, now: datetime) -> None:
    hit, photo = answered(story, now)
    run(story, now + CLOCKS.confirmed + timedelta(hours=1))
    assert photo not in story.blobs.keys()  # noqa: SIM118
    assert story.hit(hit.id).pictures_shed_at is not None
    with story.database.read() as session:
        assert session.scalars(select(GroupReply.media)).all() == [[]]


def test_the_rows_of_a_case_go_with_its_last_hit(story: Story, now: datetime) -> None:
    answered(story, now)
    run(story, now + CLOCKS.confirmed + timedelta(hours=1))
    run(story, now + CLOCKS.confirmed + CLOCKS.rows + timedelta(hours=2))
    assert {
        table: story.count(table) for table in (Hit, Clock, Step, Episode, GroupReply, Delivery)
    } == dict.fromkeys((Hit, Clock, Step, Episode, GroupReply, Delivery), 0)


def test_answers_about_no_hit_lose_their_photos_too(story: Story, now: datetime) -> None:
    _hit, photo = answered(story, now)
    with story.database.write() as session:
        session.scalars(select(GroupReply)).one().hit_id = None
    run(story, now + CLOCKS.confirmed + timedelta(hours=1))
    assert photo not in story.blobs.keys()  # noqa: SIM118


def drilled(story: Story, now: datetime) -> None:
    """A drill that was answered, an alarm told, a pause, and Gus, who has left the roster since."""
    with story.database.write() as session:
        group = Group(id="gate", name="Gate", latitude=0, longitude=0, created_at=now)
        chat = GroupChat(group=group, kind="page")
        drill = Exercise(kind="drill", started_at=now, started_by="ada", ends_at=now)
        gus = Member(group=group, name="Gus", phone="8001", created_at=now, removed_at=now)
        session.add_all([group, drill, gus])
        session.flush()
        row = Delivery(kind="drill", group=group, chat=chat, exercise_id=drill.id, lane=1, state="sent")
        row.next_try_at = row.expires_at = row.created_at = row.sent_at = row.ended_at = now
        session.add(row)
        session.flush()
        said = GroupReply(delivery_id=row.id, group_id="gate", chat_id=chat.id, event_ref="$e", kind="seen")
        said.said_at = said.received_at = now
        said.member_id = gus.id
        link = DeliveryLink(token_hash="x", delivery_id=row.id, created_at=now, expires_at=now)
        pause = Pause(scope="all", reason="a visit", by="ada", created_at=now, ends_at=now)
        notice = Notice(cause="disk_quota", opened_at=now, recovered_at=now)
        session.add_all([said, link, pause, notice])


ABOUT_NO_HIT = (Exercise, Delivery, GroupReply, DeliveryLink, Pause, Notice)


def test_what_is_about_no_hit_goes_as_long_after_as_a_hits_row(story: Story, now: datetime) -> None:
    drilled(story, now)
    run(story, now + CLOCKS.rows - timedelta(hours=1))
    assert {table: story.count(table) for table in ABOUT_NO_HIT} == dict.fromkeys(ABOUT_NO_HIT, 1)
    run(story, now + CLOCKS.rows)
    assert {table: story.count(table) for table in ABOUT_NO_HIT} == dict.fromkeys(ABOUT_NO_HIT, 0)


def test_who_left_is_forgotten_but_not_that_there_was_a_roster(story: Story, now: datetime) -> None:
    drilled(story, now)
    run(story, now + CLOCKS.rows)
    with story.database.read() as session:
        left = session.scalars(select(Member)).one()
        assert (left.name, left.phone, left.identities) == ("", None, {})


def test_who_left_keeps_the_name_while_an_answer_names_it(story: Story, now: datetime) -> None:
    answered(story, now)
    with story.database.write() as session:
        gus = Member(group_id="gate", name="Gus", created_at=now, removed_at=now)
        session.add(gus)
        session.flush()
        session.scalars(select(GroupReply)).one().member_id = gus.id
    run(story, now + CLOCKS.rows)
    with story.database.read() as session:
        assert session.scalars(select(Member.name)).one() == "Gus"
