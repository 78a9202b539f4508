"""What members say to a drill or a self-test is timed and written down, and moves nobody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from patrol.dispatch import drills
from patrol.dispatch.replies import ReplyRefused, receive, receive_from_page
from patrol.dispatch.sender import Sender
from patrol.store.tables import Alarm, Delivery, Exercise, Hit, Step
from patrol.values import Reply
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChats, Scene
from tests.dispatch.test_drills import make_group, report, start
from tests.dispatch.test_self_tests import Story, story

__all__ = ["story"]


@pytest.fixture
def drilled(scene: Scene, sender: Sender, clock: Clock) -> Exercise:
    """A drill that stands on the page and in the Matrix room of group east."""
    make_group(scene.database, "east", clock.now, "page", "matrix")
    exercise = start(scene.database, clock.now, "east")
    run(sender)
    clock.forward(8)
    return exercise


def delivery_by(scene: Scene, kind: str) -> Delivery:
    with scene.database.read() as session:
        return next(row for row in session.scalars(select(Delivery)).all() if row.chat.kind == kind)


def test_a_tap_on_the_page_is_an_answer_to_the_drill(scene: Scene, clock: Clock, drilled: Exercise) -> None:
    told = delivery_by(scene, "page")
    with scene.database.write() as session:
        receive_from_page(session, scene.blobs, "east", told.id, "seen", event_ref="e1", now=clock.now, member="Gus")
    (score,) = report(scene.database, drilled, clock.now).scores
    assert (score.seen_after_s, score.answer, score.member) == (8.0, "seen", "Gus")


@pytest.mark.parametrize("how", ["reply", "number"])
def test_a_drill_is_answered_in_the_chat_as_a_hit_is(scene: Scene, clock: Clock, drilled: Exercise, how: str) -> None:
    told = delivery_by(scene, "matrix")
    to = {"in_reply_to": told.message_ref} if how == "reply" else {"hit_number": 0}
    with scene.database.write() as session:
        answer = Reply("on_my_way", "@gus:example.org", "e1", clock.now, **to)  # type: ignore[arg-type]
        assert receive(session, scene.blobs, told.chat_id, answer, clock.now) is not None
    (score,) = report(scene.database, drilled, clock.now).scores
    assert (score.seen_after_s, score.answer) == (8.0, "on_my_way")


def test_the_number_of_the_drill_means_nothing_where_there_was_none(
    scene: Scene, sender: Sender, clock: Clock, chats: FakeChats
) -> None:
    make_group(scene.database, "east", clock.now, "matrix")
    scene.confirmed_hit()
    run(sender)
    chat_id = delivery_by(scene, "matrix").chat_id
    with pytest.raises(ReplyRefused), scene.database.write() as session:
        receive(session, scene.blobs, chat_id, Reply("seen", "gus", "e1", clock.now, hit_number=0), clock.now)


def test_the_newest_drill_is_the_one_that_is_answered(scene: Scene, sender: Sender, clock: Clock) -> None:
    make_group(scene.database, "east", clock.now, "matrix")
    older = start(scene.database, clock.now, "east")
    clock.forward(30)
    newer = start(scene.database, clock.now, "east")
    run(sender)
    chat_id = delivery_by(scene, "matrix").chat_id
    with scene.database.write() as session:
        receive(session, scene.blobs, chat_id, Reply("seen", "gus", "e1", clock.now, hit_number=0), clock.now)
        assert [drills.report(session, it, clock.now).scores[0].answer for it in (older, newer)] == [None, "seen"]


@pytest.mark.parametrize("kind", ["not_him", "need_help", "stopped"])
def test_an_answer_to_a_self_test_moves_nothing(story: Story, kind: str) -> None:
    story.work(story.begin())
    story.follow()
    run(story.sender)
    story.clock.now += timedelta(seconds=5)
    told = delivery_by(story.scene, "page")
    with story.database.write() as session:
        receive_from_page(
            session,
            story.scene.blobs,
            "east",
            told.id,
            kind,
            event_ref=uuid4().hex,
            now=story.clock.now,  # type: ignore[arg-type]
        )
    with story.database.read() as session:
        hit = session.scalars(select(Hit)).one()
        assert (hit.verdict, hit.round, hit.alarm) == ("confirmed", 1, None)
        assert session.scalars(select(Alarm)).all() == []
        assert session.scalars(select(Step)).all() == []
