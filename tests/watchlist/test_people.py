from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, GalleryChange, Person, Portrait, PortraitTemplate, Watchlist
from patrol.watchlist import people
from patrol.watchlist.refusals import EntryRefused
from tests.watchlist.conftest import Enroller, ListMaker, PersonMaker
from tests.watchlist.drawn import Oval, jpeg_of


def n_changes(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(GalleryChange)) or 0


def n_events(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Event)) or 0


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": ""}, "no_name"),
        ({"name": "  "}, "no_name"),
        ({"reason": ""}, "no_reason"),
        ({"reason": " \t"}, "no_reason"),
        ({"owner": ""}, "no_owner"),
        ({"category": "enemies"}, "category_unknown"),
        ({"ends_at": timedelta(0)}, "end_past"),
        ({"ends_at": timedelta(days=-1)}, "end_past"),
        ({"name": "x" * 201}, "name_too_long"),
        ({"instruction": "x" * 2001}, "text_too_long"),
        ({"levels": [" "]}, "level_refused"),
        ({"levels": ["guards", "maintenance"]}, "level_refused"),
        ({"levels": ["x" * 65]}, "level_refused"),
        ({"tell_at_once": 21}, "at_once_refused"),
        ({"tell_at_once": -1}, "at_once_refused"),
        ({"instruction": "Confirmed offender, stop him."}, "instruction_claims"),
        ({"instruction": "此人为在逃人员，请立即控制"}, "instruction_claims"),
    ],
)
def test_a_list_that_nobody_answers_for_is_refused(
    database: Database, new_list: ListMaker, now: datetime, said: dict[str, Any], code: str
) -> None:
    if "ends_at" in said:
        said = {"ends_at": now + said["ends_at"]}
    with database.write() as session, pytest.raises(EntryRefused) as refusal:
        new_list(session, **said)
    assert refusal.value.code == code
    with database.read() as session:
        assert n_changes(session) == n_events(session) == 0


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": ""}, "no_name"),
        ({"reason": "  "}, "no_reason"),
        ({"source": ""}, "no_source"),
        ({"ends_at": timedelta(0)}, "end_past"),
        ({"ends_at": timedelta(days=31)}, "end_after_list"),
        ({"note": "x" * 2001}, "text_too_long"),
    ],
)
def test_an_entry_without_reason_source_or_end_is_refused(
    database: Database,
    watchlist: Watchlist,
    new_person: PersonMaker,
    now: datetime,
    said: dict[str, Any],
    code: str,
) -> None:
    if "ends_at" in said:
        said = {"ends_at": now + said["ends_at"]}
    with database.write() as session, pytest.raises(EntryRefused) as refusal:
        new_person(session, people.find_watchlist(session, watchlist.id), **said)
    assert refusal.value.code == code
    with database.read() as session:
        assert people.people_of(session, watchlist.id) == []


def test_an_end_without_a_time_zone_is_a_programming_error(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session, pytest.raises(ValueError, match="time zone"):
        new_person(session, watchlist, ends_at=now.replace(tzinfo=None))


def test_two_lists_of_one_name_are_refused(database: Database, new_list: ListMaker) -> None:
    with database.write() as session:
        new_list(session, name="失踪儿童")
        with pytest.raises(EntryRefused, match="list_name_taken"):
            new_list(session, name=" 失踪儿童 ")


def test_two_entries_of_one_key_are_refused_until_one_is_removed(
    database: Database, blobs: Blobs, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session:
        first = new_person(session, watchlist, external_ref="A-1")
        with pytest.raises(EntryRefused) as refusal:
            new_person(session, watchlist, external_ref="A-1", name="李四")
        assert refusal.value.fields == {"external_ref": "A-1", "other": "张三"}
        people.remove_person(session, blobs, first, by="rita", now=now)
        assert new_person(session, watchlist, external_ref="A-1", name="李四").external_ref == "A-1"


def test_a_list_says_who_may_be_told_and_goes_back_to_patrols_own_rules(
    any_database: Database, new_list: ListMaker, now: datetime
) -> None:
    with any_database.write() as session:
        listed = new_list(session, levels=["guards", " shopkeepers", "guards"], tell_at_once=5)
        assert (listed.levels, listed.tell_at_once) == (["guards", "shopkeepers"], 5)
        people.change_watchlist(session, listed, by="rita", now=now, tell_at_once=2)
        assert (listed.levels, listed.tell_at_once) == (["guards", "shopkeepers"], 2)
        people.change_watchlist(session, listed, by="rita", now=now, levels=[], tell_at_once=0)
        id = listed.id
    with any_database.read() as session:
        again = people.find_watchlist(session, id)
        assert (again.levels, again.tell_at_once) == (None, None)


CHANGES: list[tuple[str, str, Callable[..., object]]] = [
    ("person:", "changed", lambda s, b, p, asked: people.change_person(s, p, note="limps", **asked)),
    ("person:", "suspended", lambda s, b, p, asked: people.suspend_person(s, p, **asked)),
    ("person:", "removed", lambda s, b, p, asked: people.remove_person(s, b, p, **asked)),
    ("watchlist:", "changed", lambda s, b, p, asked: people.change_watchlist(s, p.watchlist, owner="Gus", **asked)),
    ("watchlist:", "closed", lambda s, b, p, asked: people.close_watchlist(s, p.watchlist, **asked)),
]


@pytest.mark.parametrize(("subject", "operation", "change"), CHANGES, ids=[f"{s}{o}" for s, o, _ in CHANGES])
def test_every_change_leaves_an_event_and_a_row_for_workers_in_its_transaction(
    any_database: Database,
    blobs: Blobs,
    new_list: ListMaker,
    new_person: PersonMaker,
    now: datetime,
    subject: str,
    operation: str,
    change: Callable[..., object],
) -> None:
    with any_database.write() as session:
        person_id = new_person(session, new_list(session)).id
        before, seq = n_changes(session), events.newest_seq(session)
    with any_database.write() as session:
        change(session, blobs, people.find_person(session, person_id), {"by": "rita", "now": now})
    with any_database.read() as session:
        assert n_changes(session) == before + 1
        newest = session.scalars(select(GalleryChange).order_by(GalleryChange.rev.desc())).first()
        assert newest is not None
        assert newest.operation == operation
        (event,) = events.after(session, seq)
        assert (event.subject.startswith(subject), event.actor) == (True, "user:rita")
        assert event.body == {"operation": operation}


def test_a_change_that_is_rolled_back_leaves_nothing_for_workers(
    database: Database, watchlist: Watchlist, new_person: PersonMaker
) -> None:
    with database.read() as session:
        before = n_changes(session), n_events(session)
    with database.write() as session:
        new_person(session, watchlist)
        session.rollback()
    with database.read() as session:
        assert (n_changes(session), n_events(session)) == before


def test_what_is_done_twice_is_recorded_once(
    database: Database, blobs: Blobs, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session:
        person = new_person(session, watchlist)
        for _ in range(2):
            people.suspend_person(session, person, by="rita", now=now)
        for _ in range(2):
            people.resume_person(session, person, by="rita", now=now)
        before = n_changes(session)
        for _ in range(2):
            people.remove_person(session, blobs, person, by="rita", now=now)
        assert n_changes(session) == before + 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "no_name"),
        ({"reason": " "}, "no_reason"),
        ({"source": ""}, "no_source"),
        ({"ends_at": timedelta(days=-1)}, "end_past"),
        ({"ends_at": timedelta(days=40)}, "end_after_list"),
    ],
)
def test_a_change_cannot_take_away_what_an_entry_needs(
    database: Database,
    watchlist: Watchlist,
    new_person: PersonMaker,
    now: datetime,
    changes: dict[str, Any],
    code: str,
) -> None:
    if "ends_at" in changes:
        changes = {"ends_at": now + changes["ends_at"]}
    with database.write() as session:
        person = new_person(session, people.find_watchlist(session, watchlist.id))
        with pytest.raises(EntryRefused) as refusal:
            people.change_person(session, person, by="rita", now=now, **changes)  # type: ignore[typeddict-item]
        assert refusal.value.code == code
    with database.read() as session:
        kept = people.find_person(session, person.id)
        assert (kept.name, kept.reason, kept.source) == ("张三", "seen taking phones", "shop camera")
        assert kept.ends_at == now + timedelta(days=7)


def test_a_note_can_be_changed_after_the_end_has_come(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session:
        person = new_person(session, watchlist)
        people.change_person(session, person, note="found", by="rita", now=now + timedelta(days=8))
        assert person.note == "found"


def test_an_earlier_end_of_the_list_is_an_earlier_end_of_everybody(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session:
        long, short = new_person(session, watchlist), new_person(session, watchlist, ends_at=now + timedelta(1))
        mine = people.find_watchlist(session, watchlist.id)
        people.change_watchlist(session, mine, ends_at=now + timedelta(days=2), by="rita", now=now)
    with database.read() as session:
        assert people.find_person(session, long.id).ends_at == now + timedelta(days=2)
        assert people.find_person(session, short.id).ends_at == now + timedelta(days=1)


def test_nobody_is_added_to_a_list_that_is_closed_or_over(
    database: Database, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session:
        mine = people.find_watchlist(session, watchlist.id)
        late = now + timedelta(days=31)
        entry = people.Entry("张三", "seen", "camera", late + timedelta(1))
        with pytest.raises(EntryRefused, match="list_ended"):
            people.new_person(session, mine, entry, by="rita", now=late)
        people.close_watchlist(session, mine, by="rita", now=now)
        with pytest.raises(EntryRefused, match="list_closed"):
            new_person(session, mine)
        with pytest.raises(EntryRefused, match="list_closed"):
            people.change_watchlist(session, mine, ends_at=late, by="rita", now=now)


def test_a_removed_person_leaves_a_bare_row_and_no_face(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(Oval(1)), jpeg_of(Oval(1, look=1)), note="limps")
    assert len(blobs.keys()) == 2
    with database.write() as session:
        person = session.get_one(Person, enrolled.person_id)
        people.remove_person(session, blobs, person, by="rita", now=now)
        assert len(blobs.keys()) == 2  # until the rows are gone for good
    assert blobs.keys() == []
    with database.read() as session:
        person = session.get_one(Person, enrolled.person_id)
        assert (person.name, person.reason, person.note) == ("张三", "seen taking phones", "")
        assert session.scalars(select(PortraitTemplate)).all() == []
        for portrait in session.scalars(select(Portrait)):
            assert portrait.removed_at == now
            assert (portrait.picture_key, portrait.box_xyxy, portrait.landmarks_xy) == (None, [], [])


def test_a_removal_that_is_rolled_back_keeps_every_picture(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(Oval(1)))
    with database.write() as session:
        people.remove_person(session, blobs, session.get_one(Person, enrolled.person_id), by="rita", now=now)
        session.rollback()
    with database.read() as session:
        (portrait,) = session.scalars(select(Portrait))
        assert portrait.picture_key is not None
        assert blobs.get(portrait.picture_key)


def test_a_removal_undone_by_a_savepoint_keeps_the_picture(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(Oval(1)))
    with database.write() as session:
        attempt = session.begin_nested()
        people.remove_person(session, blobs, session.get_one(Person, enrolled.person_id), by="rita", now=now)
        attempt.rollback()
    assert len(blobs.keys()) == 1


def test_one_portrait_is_removed_and_the_others_stay(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(Oval(1)), jpeg_of(Oval(1, look=1)))
    with database.write() as session:
        portrait = session.get_one(Portrait, enrolled.photos[0].portrait_id)
        people.remove_portrait(session, blobs, portrait, by="rita", now=now)
    with database.read() as session:
        person = session.get_one(Person, enrolled.person_id)
        (left,) = people.living_portraits(person)
        assert left.id == enrolled.photos[1].portrait_id
        assert blobs.keys() == [left.picture_key]
        assert len(session.scalars(select(PortraitTemplate)).all()) == 1


@pytest.mark.parametrize("ending", ["person", "list", "closed"])
def test_photos_of_who_ended_long_ago_are_forgotten(
    database: Database, blobs: Blobs, watchlist: Watchlist, enrol: Enroller, now: datetime, ending: str
) -> None:
    keep = timedelta(days=31)
    enrol("张三", jpeg_of(Oval(1)), ends_at=now + timedelta(days=1 if ending == "person" else 20))
    with database.write() as session:
        mine = people.find_watchlist(session, watchlist.id)
        if ending == "list":
            people.change_watchlist(session, mine, ends_at=now + timedelta(days=1), by="rita", now=now)
        if ending == "closed":
            people.close_watchlist(session, mine, by="rita", now=now + timedelta(days=1))
    for day, n_forgotten in ((31, 0), (32, 1), (33, 0)):
        with database.write() as session:
            assert people.forget_ended(session, blobs, keep=keep, now=now + timedelta(days=day)) == n_forgotten
    assert blobs.keys() == []


@pytest.mark.parametrize("ending", ["none", "person", "list", "closed", "suspended", "removed"])
def test_who_is_active_is_said_in_one_place(
    database: Database, blobs: Blobs, watchlist: Watchlist, new_person: PersonMaker, now: datetime, ending: str
) -> None:
    with database.write() as session:
        person = new_person(session, people.find_watchlist(session, watchlist.id))
        later = now + timedelta(hours=1)
        if ending == "person":
            people.change_person(session, person, by="rita", now=now, ends_at=later)
        if ending == "list":
            people.change_watchlist(session, person.watchlist, ends_at=later, by="rita", now=now)
        if ending == "closed":
            people.close_watchlist(session, person.watchlist, by="rita", now=now)
        if ending == "suspended":
            people.suspend_person(session, person, by="rita", now=now)
        if ending == "removed":
            people.remove_person(session, blobs, person, by="rita", now=now)
        session.flush()
        session.expire(person)
        assert people.is_active(person, later) is (ending == "none")
        assert people.is_active(person, now) is (ending in ("none", "person", "list"))


def test_a_removed_entry_cannot_be_changed(
    database: Database, blobs: Blobs, watchlist: Watchlist, new_person: PersonMaker, now: datetime
) -> None:
    with database.write() as session:
        person = new_person(session, watchlist)
        people.remove_person(session, blobs, person, by="rita", now=now)
        with pytest.raises(EntryRefused, match="person_removed"):
            people.change_person(session, person, note="back", by="rita", now=now)
        with pytest.raises(EntryRefused, match="person_removed"):
            people.resume_person(session, person, by="rita", now=now)
