"""Volunteers: people who agreed, of whom nothing is left when what they agreed to has ended."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, GalleryChange, Volunteer, VolunteerTemplate
from patrol.watchlist import volunteers
from patrol.watchlist.calibrating import read_volunteers
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.portraits import Photo
from patrol.watchlist.refusals import EntryRefused, ImportRefused
from patrol.watchlist.volunteers import Agreement, VolunteerResult
from tests.watchlist.conftest import Enroller
from tests.watchlist.drawn import DrawnFinder, Oval, jpeg_of, template_of
from tests.watchlist.tracks import looks_of

Adder = Callable[..., list[VolunteerResult]]


@pytest.fixture
def agreement(now: datetime) -> Agreement:
    return Agreement("measuring, letter of 1 March 2026", now + timedelta(days=90))


@pytest.fixture
def add(database: Database, blobs: Blobs, finder: DrawnFinder, agreement: Agreement, now: datetime) -> Adder:
    """Take in volunteers, each with a photo."""

    def run(said: Agreement = agreement, **photos: bytes) -> list[VolunteerResult]:
        named = [(name, Photo(f"{name}.jpg", photo)) for name, photo in photos.items()]
        return volunteers.add_volunteers(database, blobs, finder, said, named, by="rita", now=now)

    return run


def refusals(results: list[VolunteerResult]) -> list[str | None]:
    return [result.photo.reason_code for result in results]


def test_who_agreed_is_taken_in_and_is_a_stranger_to_every_list(
    add: Adder, database: Database, blobs: Blobs, now: datetime
) -> None:
    assert refusals(add(Ann=jpeg_of(Oval(1)), Ben=jpeg_of(Oval(2)))) == [None, None]
    with database.read() as session:
        rows = volunteers.list_volunteers(session, now)
        assert [(row.name, row.consent) for row in rows] == [
            ("Ann", "measuring, letter of 1 March 2026"),
            ("Ben", "measuring, letter of 1 March 2026"),
        ]
        cohort = read_volunteers(session, "drawn-1", now)
    assert len(cohort) == 2
    assert (cohort @ template_of(1).vector).max() == pytest.approx(1.0, abs=1e-5)
    assert len(blobs.keys()) == 2


def test_nobody_looks_for_a_volunteer(
    add: Adder, database: Database, enrol: Enroller, finder: DrawnFinder, now: datetime
) -> None:
    enrol("Zoe", jpeg_of(Oval(7)))
    add(Ann=jpeg_of(Oval(1)))
    gallery = Gallery("drawn-1", finder.thresholds)
    with database.read() as session:
        gallery.refresh(session, now)
    assert gallery.n_people == 1
    assert gallery.match(looks_of(1), now) is None


def test_workers_hear_of_all_that_came_at_once_by_one_revision(add: Adder, database: Database) -> None:
    add(Ann=jpeg_of(Oval(1)), Ben=jpeg_of(Oval(2)), Cut=jpeg_of())
    with database.read() as session:
        changes = session.scalars(select(GalleryChange)).all()
        assert [(row.operation, row.person_id, row.watchlist_id) for row in changes] == [("volunteers", None, None)]
        events = session.scalars(select(Event).order_by(Event.seq)).all()
    assert [(event.kind, event.actor) for event in events] == [("volunteer.added", "user:rita")] * 2
    assert not any("Ann" in str(event.body) for event in events)


def test_where_nobody_was_taken_in_no_worker_hears_of_it(add: Adder, database: Database) -> None:
    add(Cut=jpeg_of())
    with database.read() as session:
        assert session.scalars(select(GalleryChange)).all() == []


@pytest.mark.parametrize(
    ("photo", "code"),
    [
        (jpeg_of(), "no_face"),
        (b"", "empty_file"),
        (jpeg_of(Oval(1, is_pale=True)), "blurred"),
        (jpeg_of(Oval(3, look=1)), "already_volunteer"),
        (jpeg_of(Oval(9)), "volunteer_is_listed"),
    ],
)
def test_a_photo_is_held_to_the_bar_of_enrolment_and_everybody_counts_once(
    add: Adder, enrol: Enroller, blobs: Blobs, photo: bytes, code: str
) -> None:
    enrol("Zoe", jpeg_of(Oval(9)))
    add(Cat=jpeg_of(Oval(3)))
    n_pictures = len(blobs.keys())
    assert refusals(add(New=photo)) == [code]
    assert len(blobs.keys()) == n_pictures


def test_two_photos_of_one_person_handed_in_at_once_count_once(add: Adder) -> None:
    results = add(Ann=jpeg_of(Oval(1)), Anna=jpeg_of(Oval(1, look=2)))
    assert refusals(results) == [None, "already_volunteer"]
    assert results[1].photo.fields == {"other": "Ann"}


def test_two_who_add_the_same_person_at_once_add_them_once(
    any_database: Database, blobs: Blobs, agreement: Agreement, now: datetime
) -> None:
    results: list[VolunteerResult] = []

    def add_ann(look: int) -> None:
        photo = Photo("ann.jpg", jpeg_of(Oval(1, look=look)))
        done = volunteers.add_volunteers(
            any_database, blobs, DrawnFinder(), agreement, [("Ann", photo)], by="rita", now=now
        )
        results.extend(done)

    adders = [threading.Thread(target=add_ann, args=(look,)) for look in range(4)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    assert sorted(result.photo.reason_code or "" for result in results) == ["", *["already_volunteer"] * 3]
    assert len(blobs.keys()) == 1


@pytest.mark.parametrize(
    ("consent", "days", "code"),
    [("", 90, "no_consent"), ("  ", 90, "no_consent"), ("x" * 2001, 90, "text_too_long"), ("letter", -1, "end_past")],
)
def test_without_consent_or_end_nobody_is_taken_in(
    add: Adder, database: Database, now: datetime, consent: str, days: int, code: str
) -> None:
    with pytest.raises(EntryRefused) as refused:
        add(Agreement(consent, now + timedelta(days=days)), Ann=jpeg_of(Oval(1)))
    assert refused.value.code == code


def test_taking_it_back_leaves_neither_picture_nor_template_nor_name(
    add: Adder, database: Database, blobs: Blobs, now: datetime
) -> None:
    (ann,) = add(Ann=jpeg_of(Oval(1)))
    assert ann.volunteer_id is not None
    with database.write() as session:
        row = volunteers.find_volunteer(session, ann.volunteer_id)
        volunteers.remove_volunteer(session, blobs, row, by="rita", now=now)
    with database.read() as session:
        assert session.scalars(select(VolunteerTemplate)).all() == []
        left = session.scalars(select(Volunteer)).one()
        assert (left.name, left.picture_key, left.removed_at) == ("", None, now)
        assert len(read_volunteers(session, "drawn-1", now)) == 0
        assert session.scalars(select(GalleryChange.operation)).all() == ["volunteers", "volunteers"]
        with pytest.raises(volunteers.VolunteerUnknown):
            volunteers.find_volunteer(session, ann.volunteer_id)
    assert blobs.keys() == []


def test_from_its_end_on_a_face_measures_nothing_swept_or_not(add: Adder, database: Database, now: datetime) -> None:
    add(Ann=jpeg_of(Oval(1)))
    with database.read() as session:
        assert len(read_volunteers(session, "drawn-1", now + timedelta(days=90))) == 0
        assert volunteers.list_volunteers(session, now + timedelta(days=90)) == []


def test_templates_of_another_embedder_are_not_in_the_cohort(add: Adder, database: Database, now: datetime) -> None:
    add(Ann=jpeg_of(Oval(1)))
    with database.read() as session:
        cohort = read_volunteers(session, "drawn-2", now)
    assert (len(cohort), cohort.dtype) == (0, np.float32)


def test_a_folder_has_a_photo_or_a_folder_for_each(
    database: Database, blobs: Blobs, finder: DrawnFinder, agreement: Agreement, now: datetime, tmp_path: Path
) -> None:
    folder = tmp_path / "agreed"
    (folder / "李雷").mkdir(parents=True)
    (folder / "李雷" / "1.jpg").write_bytes(jpeg_of(Oval(1)))
    (folder / "李雷" / "2.jpg").write_bytes(jpeg_of(Oval(1, look=1)))
    (folder / "Ben.jpg").write_bytes(jpeg_of(Oval(2)))
    (folder / "Broken.jpg").write_bytes(b"")
    told: list[tuple[int, int]] = []
    results = volunteers.add_folder(
        *(database, blobs, finder, agreement, folder),
        by="cli",
        now=now,
        progress=lambda n_done, n_total: told.append((n_done, n_total)),
    )
    assert {result.name: result.photo.reason_code for result in results} == {
        **{"李雷": None, "Ben": None, "Broken": "empty_file"}
    }
    assert told == [(3, 3)]


def test_what_is_no_folder_is_refused(
    database: Database, blobs: Blobs, finder: DrawnFinder, agreement: Agreement, now: datetime, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefused) as refused:
        volunteers.add_folder(database, blobs, finder, agreement, tmp_path / "none", by="cli", now=now)
    assert refused.value.code == "not_a_folder"
