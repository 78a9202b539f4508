"""A self-test is followed from the confirmed hit to every chat of the shift, and what stops it is an alarm."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.chats.chat import SendError
from patrol.dispatch import explanations, plan, self_tests
from patrol.dispatch.self_tests import SelfTestImpossible
from patrol.dispatch.sender import Sender
from patrol.hits import policies
from patrol.selftest import confirm, note
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import (
    Alarm,
    Delivery,
    Exercise,
    Hit,
    Pause,
    Person,
    Portrait,
    Routing,
    StreamState,
    Watchlist,
)
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChats, Scene, scene_in
from tests.dispatch.test_drills import make_group

REFUSED = SendError("unauthorised", "example.org answered 401", is_permanent=True)


class Story:
    """A mall whose exercise list, camera and groups are ready for a self-test."""

    def __init__(self, scene: Scene, sender: Sender, chats: FakeChats, clock: Clock) -> None:
        self.scene, self.sender, self.chats, self.clock = scene, sender, chats, clock
        self.database = scene.database
        make_group(self.database, "east", clock.now, "page", "matrix")
        self.live("gate-b")
        with self.database.write() as session:
            session.get_one(Portrait, scene.portrait_id).picture_key = "portrait/2026/03/02/" + "0" * 32 + ".jpg"
            watchlist = session.get_one(Watchlist, scene.watchlist_id)
            policies.write(session, watchlist, "shift", "user:ada", clock.now, clock.now + timedelta(days=9))

    def live(self, stream_id: str, state: str = "live") -> None:
        row = StreamState(stream_id=stream_id, site_id="mall", worker_id="w", state=state, since=self.clock.now)
        row.updated_at = self.clock.now
        with self.database.write() as session:
            session.merge(row)

    def begin(self) -> Exercise:
        with self.database.write() as session:
            return self_tests.begin(session, "mall", ["east"], "shift:mall:x", self.clock.now)

    def work(self, exercise: Exercise) -> None:
        """What the worker does: every stage as far as the confirmed hit."""
        hit_id = self.scene.hit()
        with self.database.write() as session:
            row = session.get_one(Exercise, exercise.id)
            hit = session.get_one(Hit, hit_id)
            hit.origin = "exercise"
            for stage in ("taken", "injected", "matched"):
                note(row, stage, self.clock.now)
            policy = policies.standing(session, hit.watchlist_id, self.clock.now)
            assert policy is not None
            confirm(session, row, hit, policy, self.clock.now)

    def follow(self) -> int:
        with self.database.write() as session:
            return self_tests.follow(session, self.clock.now)

    def ended(self) -> str | None:
        with self.database.read() as session:
            return session.scalars(select(Exercise.outcome)).one()

    def alarms(self) -> list[Alarm]:
        with self.database.read() as session:
            return list(session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None))))


@pytest.fixture
def story(database: Database, blobs: Blobs, now: datetime) -> Story:
    clock = Clock(now)
    scene, chats = scene_in(database, blobs, now, is_exercise=True), FakeChats(clock)
    return Story(scene, Sender(database, blobs, chats, clock), chats, clock)  # type: ignore[arg-type]


def test_it_is_followed_to_every_chat_and_passes(story: Story) -> None:
    exercise = story.begin()
    story.work(exercise)
    assert story.follow() == 0
    run(story.sender)
    assert story.follow() == 1
    assert story.ended() == "passed"
    with story.database.read() as session:
        row = session.scalars(select(Exercise)).one()
        sent = session.scalars(select(Delivery)).all()
        assert {(it.kind, it.chat.kind, it.state) for it in sent} == {
            ("exercise", "page", "sent"),
            ("exercise", "matrix", "sent"),
        }
        assert session.scalars(select(Routing.outcome)).all() == ["exercise"]
    assert tuple(row.stages) == self_tests.STAGES
    (message,) = story.chats.open("matrix", "east-matrix", None).sent
    assert message.text.startswith("SELF-TEST before the shift")
    assert "EXERCISE · Possible match" in message.text
    assert message.picture_jpeg is not None
    assert story.alarms() == []


@pytest.mark.parametrize(
    ("stages", "stopped_at"),
    [([], "taken"), (["taken"], "injected"), (["taken", "injected"], "matched")],
)
def test_what_is_missing_after_a_minute_is_an_alarm_that_names_the_stage(
    story: Story, stages: list[str], stopped_at: str
) -> None:
    exercise = story.begin()
    with story.database.write() as session:
        for stage in stages:
            note(session.get_one(Exercise, exercise.id), stage, story.clock.now)
    story.clock.forward(59)
    assert story.follow() == 0
    story.clock.forward(1)
    assert story.follow() == 1
    assert story.ended() == f"failed_at_{stopped_at}"
    (alarm,) = story.alarms()
    assert (alarm.code, alarm.subject, alarm.detail["stage"]) == ("self_test_failed", "site:mall", stopped_at)


def test_a_chat_that_refuses_fails_it_at_once_and_is_named(story: Story) -> None:
    story.chats.open("matrix", "east-matrix", None).script = [REFUSED]
    story.work(story.begin())
    story.follow()
    run(story.sender)
    assert story.follow() == 1
    assert story.ended() == "failed_at_accepted"
    alarm = next(it for it in story.alarms() if it.code == "self_test_failed")
    assert (alarm.detail["chat_kind"], alarm.detail["error"]) == ("matrix", "unauthorised")


def test_the_next_one_that_passes_ends_the_alarm(story: Story) -> None:
    story.begin()
    story.clock.forward(60)
    story.follow()
    assert len(story.alarms()) == 1
    story.live("gate-b")
    with story.database.write() as session:
        session.delete(session.scalars(select(Exercise)).one())
    story.work(story.begin())
    story.follow()
    run(story.sender)
    story.follow()
    assert story.alarms() == []


def test_a_message_that_is_not_taken_in_a_minute_fails_it(story: Story) -> None:
    story.work(story.begin())
    story.follow()
    story.clock.forward(60)
    assert story.follow() == 1
    assert story.ended() == "failed_at_accepted"


def test_the_camera_tested_longest_ago_comes_next(story: Story) -> None:
    story.live("gate-a")
    seen = [story.begin().stream_id]
    story.clock.forward(1)
    seen.append(story.begin().stream_id)
    story.clock.forward(1)
    seen.append(story.begin().stream_id)
    assert seen == ["gate-a", "gate-b", "gate-a"]


def reason(story: Story, group_ids: tuple[str, ...] = ("east",)) -> str:
    with pytest.raises(SelfTestImpossible) as refused, story.database.write() as session:
        self_tests.begin(session, "mall", group_ids, "cli", story.clock.now)
    return refused.value.reason


def test_what_it_needs_is_named(story: Story) -> None:
    assert reason(story, ()) == "no_group"
    story.live("gate-b", "down")
    assert reason(story) == "no_live_stream"
    story.live("gate-b")
    story.clock.forward(16)
    assert reason(story) == "no_live_stream"
    story.live("gate-b")
    story.clock.forward(14 * 86_400)
    story.live("gate-b")
    assert reason(story) == "no_policy"
    with story.database.write() as session:
        session.get_one(Person, story.scene.person_id).removed_at = story.clock.now
    assert reason(story) == "no_entry"


def test_the_route_of_its_hit_says_who_was_told_and_why(story: Story) -> None:
    story.work(story.begin())
    story.follow()
    with story.database.read() as session:
        hit = session.scalars(select(Hit)).one()
        explained = explanations.explain(session, hit, plan.load(session, ()), story.clock.now)
        (told,) = explanations.rows_of(explained, "told", "en")
        assert (told["group_id"], told["explanation"]) == ("east", "was told of the self-test")
        assert explanations.say_outcome(explained, "en").startswith("A self-test")


def test_a_list_that_is_no_exercise_is_never_used(story: Story) -> None:
    with story.database.write() as session:
        session.get_one(Watchlist, story.scene.watchlist_id).is_exercise = False
    assert reason(story) == "no_entry"


def test_the_groups_of_a_site_are_those_that_stand_there_or_cover_it(story: Story) -> None:
    make_group(story.database, "roving", story.clock.now, site_id=None, covers=[{"site": "mall"}])
    make_group(story.database, "hall", story.clock.now, site_id="hall")
    make_group(story.database, "tech", story.clock.now, level="maintenance")
    with story.database.read() as session:
        assert [it.id for it in self_tests.groups_of_site(session, "mall")] == ["east", "roving"]


@pytest.mark.parametrize(
    ("scope", "ref", "is_held"), [("all", None, True), ("site", "mall", True), ("site", "x", False)]
)
def test_nothing_is_tested_while_sending_is_paused(story: Story, scope: str, ref: str | None, is_held: bool) -> None:
    pause = Pause(scope=scope, ref=ref, reason="fire alarm", by="ada", created_at=story.clock.now)
    pause.ends_at = story.clock.now + timedelta(hours=1)
    with story.database.write() as session:
        session.add(pause)
    if is_held:
        assert reason(story) == "paused"
    else:
        assert story.begin().stream_id == "gate-b"
