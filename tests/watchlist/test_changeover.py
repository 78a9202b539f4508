"""A change of the embedder, from the first photo to the switch, and what it refuses."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits.record import record
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Comparison, EmbedderChange, Event, Portrait, PortraitTemplate
from patrol.watchlist import changeover
from patrol.watchlist.changeover import LEASE, EmbedderRefused, Tried
from patrol.watchlist.renewal import Renewed, embed_each, embed_missing
from tests.hits.sightings import STREAM, cast, match, track
from tests.watchlist.conftest import Enroller
from tests.watchlist.drawn import Oval, jpeg_of
from tests.watchlist.test_renewal import NewFinder

NEW = "drawn-2"  # what templates carry; "new" is its short name


def begun(session: Session, now: datetime, after: str = "new") -> EmbedderChange:
    return changeover.start(session, "old", after, NEW, by="ada", now=now)


def embedded(database: Database, blobs: Blobs, now: datetime) -> None:
    """Open a change and embed everything, as a worker does."""
    with database.write() as session:
        begun(session, now)
    renewed = list(embed_each(database, blobs, NewFinder(), lambda: now))
    with database.write() as session:
        change = changeover.require_open(session)
        changeover.note_progress(session, change, NEW, renewed)
        changeover.begin_comparing(session, change, now)


def test_the_setting_holds_until_the_first_switch(database: Database, now: datetime) -> None:
    with database.write() as session:
        assert changeover.in_use(session, "old") == "old"
        change = begun(session, now)
        assert changeover.in_use(session, "old") == "old"
        changeover.begin_comparing(session, change, now)
        changeover.switch(session, change, NEW, by="ada", now=now)
        assert changeover.in_use(session, "old") == "new"


def test_the_way_back_is_another_change(database: Database, now: datetime) -> None:
    with database.write() as session:
        for hour, (before, after) in enumerate([("old", "new"), ("new", "old")]):
            at = now + timedelta(hours=hour)
            change = changeover.start(session, before, after, after, by="ada", now=at)
            changeover.begin_comparing(session, change, at)
            changeover.switch(session, change, after, by="ada", now=at)
        assert changeover.in_use(session, "x") == "old"


@pytest.mark.parametrize(("after", "code"), [("old", "embedder_in_use"), ("third", "embedder_change_open")])
def test_one_change_at_a_time_and_to_another_embedder(
    database: Database, now: datetime, after: str, code: str
) -> None:
    with database.write() as session:
        if code == "embedder_change_open":
            begun(session, now)
        with pytest.raises(EmbedderRefused) as refusal:
            begun(session, now, after)
    assert refusal.value.code == code


def test_nothing_to_switch_to_or_cancel_is_said(database: Database, now: datetime) -> None:
    with database.read() as session, pytest.raises(EmbedderRefused) as refusal:
        changeover.require_open(session)
    assert refusal.value.code == "no_embedder_change"


def test_nobody_switches_before_everything_is_embedded(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrol("张三", jpeg_of(Oval(1)))
    with database.write() as session:
        change = begun(session, now)
        assert change.n_total == 1
        with pytest.raises(EmbedderRefused) as refusal:
            changeover.switch(session, change, NEW, by="ada", now=now, is_loss_accepted=True)
    assert (refusal.value.code, refusal.value.fields["left"]) == ("embedder_not_ready", 1)


def test_who_would_be_lost_is_named_and_the_loss_has_to_be_accepted(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    lost = enrol("张三", jpeg_of(Oval(1)))
    enrol("李四", jpeg_of(Oval(2)))
    with database.read() as session:
        blobs.delete(session.get_one(Portrait, lost.photos[0].portrait_id).picture_key or "")
    embedded(database, blobs, now)
    with database.write() as session:
        change = changeover.require_open(session)
        assert (change.n_embedded, change.n_total) == (1, 2)
        assert [failure["code"] for failure in change.failures] == ["picture_gone"]
        with pytest.raises(EmbedderRefused, match="embedder_would_lose") as refusal:
            changeover.switch(session, change, NEW, by="ada", now=now)
        assert refusal.value.fields == {"n": 1, "names": "张三"}
        changeover.switch(session, change, NEW, by="ada", now=now, is_loss_accepted=True)


def test_a_second_good_photo_is_enough(database: Database, blobs: Blobs, enrol: Enroller, now: datetime) -> None:
    twice = enrol("张三", jpeg_of(Oval(1)), jpeg_of(Oval(1, look=1)))
    with database.read() as session:
        blobs.delete(session.get_one(Portrait, twice.photos[0].portrait_id).picture_key or "")
    embedded(database, blobs, now)
    with database.read() as session:
        assert changeover.left_out(session, NEW, now) == []


def test_a_failure_is_noted_once_and_a_removed_photo_is_none(database: Database, now: datetime) -> None:
    with database.write() as session:
        change = begun(session, now)
        gone = Renewed(change.id, change.id, "removed")
        for _ in range(2):
            changeover.note_progress(session, change, NEW, [gone, Renewed(change.id, None, "no_face")])
        assert change.failures == [{"id": str(change.id), "person_id": None, "code": "no_face", "fields": {}}]


def test_a_cancelled_change_leaves_nothing_of_the_new_embedder(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrol("张三", jpeg_of(Oval(1)))
    embedded(database, blobs, now)
    with database.write() as session:
        changeover.cancel(session, changeover.require_open(session), by="ada", now=now)
        assert set(session.scalars(select(PortraitTemplate.embedder))) == {"drawn-1"}
        assert changeover.open_change(session) is None
        assert changeover.in_use(session, "old") == "old"


def test_cancelling_the_way_back_keeps_the_templates_that_were_used(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrol("张三", jpeg_of(Oval(1)))
    embedded(database, blobs, now)
    with database.write() as session:
        changeover.switch(session, changeover.require_open(session), NEW, by="ada", now=now)
        back = changeover.start(session, "new", "old", "drawn-1", by="ada", now=now)
        changeover.cancel(session, back, by="ada", now=now)
        assert set(session.scalars(select(PortraitTemplate.embedder))) == {"drawn-1", NEW}


def test_a_change_that_has_ended_cannot_be_cancelled(database: Database, now: datetime) -> None:
    with database.write() as session:
        change = begun(session, now)
        changeover.begin_comparing(session, change, now)
        changeover.switch(session, change, NEW, by="ada", now=now)
        with pytest.raises(EmbedderRefused, match="no_embedder_change"):
            changeover.cancel(session, change, by="ada", now=now)


def test_one_worker_embeds_and_another_follows_when_it_is_gone(database: Database, now: datetime) -> None:
    with database.write() as session:
        change = begun(session, now)
        assert changeover.lease(session, change.id, "w1", now)
        assert changeover.lease(session, change.id, "w1", now)
        assert not changeover.lease(session, change.id, "w2", now + LEASE / 2)
        assert changeover.lease(session, change.id, "w2", now + 2 * LEASE)
        changeover.cancel(session, change, by="ada", now=now)
        assert not changeover.lease(session, change.id, "w2", now + 2 * LEASE)


def test_a_killed_worker_loses_at_most_the_photo_it_was_at(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    for person in range(3):
        enrol(f"person {person}", jpeg_of(Oval(person)))
    steps = embed_each(database, blobs, NewFinder(), lambda: now)
    next(steps)
    next(steps)
    del steps  # killed
    finder = NewFinder()
    assert embed_missing(database, blobs, finder, now).n_embedded == 1
    assert finder.n_examined == 1


def test_what_the_new_one_said_is_counted_by_what_a_person_said(
    database: Database, blobs: Blobs, now: datetime
) -> None:
    with database.write() as session:
        people = cast(session, now)
    wanda, other = people.wanda.id, people.portrait.id
    told = [("confirmed", "sure", wanda), ("confirmed", None, None), ("rejected", None, None), (None, "sure", other)]
    for n, (verdict, grade, person_id) in enumerate(told):
        at = now + timedelta(hours=n)
        with database.write() as session:
            hit = record(session, blobs, STREAM, track(at), match(people), now=at, cooldown_s=0)
            assert hit is not None
            hit.verdict = verdict
            said = Comparison(
                hit_id=hit.id, embedder=NEW, threshold=0.4, grade=grade, person_id=person_id, made_at=at
            )
            session.add(said)
    with database.read() as session:
        assert changeover.summary(session, NEW, now) == [
            Tried("confirmed", 1, 0, 1),
            Tried("rejected", 0, 0, 1),
            Tried(None, 0, 1, 0),
        ]
        assert changeover.summary(session, NEW, now + timedelta(days=1)) == []


def test_every_step_is_an_event_with_who_did_it(database: Database, now: datetime) -> None:
    with database.write() as session:
        change = begun(session, now)
        changeover.begin_comparing(session, change, now)
        changeover.begin_comparing(session, change, now)
        changeover.switch(session, change, NEW, by="ada", now=now)
        told = session.scalars(select(Event).where(Event.kind == "embedder.changed").order_by(Event.seq)).all()
    assert [(event.actor, event.body["step"]) for event in told] == [
        ("user:ada", "started"),
        ("system", "comparing"),
        ("user:ada", "switched"),
    ]
