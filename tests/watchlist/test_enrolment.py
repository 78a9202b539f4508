import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, GalleryChange, Person, Portrait, PortraitTemplate, Watchlist
from patrol.values import Face, Uint8
from patrol.watchlist import people
from patrol.watchlist.enrolment import enrol_person, enrol_photo, enrol_photos
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.photos import ORIENTATION, read_photo
from patrol.watchlist.portraits import MAX_PORTRAITS, Photo
from patrol.watchlist.refusals import EntryRefused
from tests.watchlist.conftest import Enroller, ListMaker, PersonMaker
from tests.watchlist.drawn import LOOKS, DrawnFinder, Oval, encoded, jpeg_of, photo_of
from tests.watchlist.tracks import looks_of

GOOD = Oval(1)


def n_rows(session: Session) -> list[int]:
    tables = (Person, Portrait, PortraitTemplate, Event, GalleryChange)
    return [len(session.scalars(select(table)).all()) for table in tables]


@pytest.mark.parametrize(
    ("ovals", "code"),
    [
        ([], "no_face"),
        ([Oval(1), Oval(2, centre_xy=(160, 320), width=60)], "two_faces"),
        ([Oval(1, width=80, centre_xy=(100, 150)), Oval(2, width=80, centre_xy=(220, 150))], "two_faces"),
        ([Oval(1, width=30)], "too_small"),
        ([Oval(1, is_pale=True)], "blurred"),
        ([Oval(1, narrow=0.4)], "turned_away"),
        ([Oval(1, centre_xy=(40, 180))], "cut_off"),
        ([Oval(1, width=30, is_pale=True)], "too_small"),
    ],
)
def test_a_photo_without_one_usable_face_is_refused(
    database: Database, blobs: Blobs, enrol: Enroller, ovals: list[Oval], code: str
) -> None:
    result = enrol("张三", jpeg_of(*ovals))
    assert result.person_id is None
    assert [(photo.is_accepted, photo.reason_code) for photo in result.photos] == [(False, code)]
    with database.read() as session:
        assert session.scalars(select(Person)).all() == []
    assert blobs.keys() == []


def test_somebody_far_behind_is_no_second_choice(enrol: Enroller) -> None:
    crowd = jpeg_of(GOOD, Oval(2, centre_xy=(40, 60), width=44), Oval(3, centre_xy=(280, 60), width=44))
    assert enrol("张三", crowd).photos[0].is_accepted


def test_somebody_whom_the_edge_cuts_is_no_second_choice(enrol: Enroller) -> None:
    neighbour = Oval(2, centre_xy=(290, 180), width=100)
    assert enrol("张三", jpeg_of(Oval(1, centre_xy=(150, 180)), neighbour)).photos[0].is_accepted
    assert enrol("李四", jpeg_of(Oval(3, centre_xy=(40, 180)), neighbour)).photos[0].reason_code == "two_faces"


def test_what_is_accepted_is_kept_and_found_by_the_gallery(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, now: datetime
) -> None:
    result = enrol("张三", jpeg_of(GOOD), external_ref="A-1")
    assert [(photo.is_accepted, photo.reason_code) for photo in result.photos] == [(True, None)]
    gallery = Gallery(finder.embedder, finder.thresholds)
    with database.read() as session:
        gallery.refresh(session, now)
        portrait = session.get_one(Portrait, result.photos[0].portrait_id)
    match = gallery.match(looks_of(1), now)
    assert match is not None
    assert (match.person_id, match.portrait_id) == (result.person_id, portrait.id)
    assert (portrait.file_name, portrait.created_by) == ("张三-0.jpg", "rita")


def test_the_kept_photo_can_be_embedded_again(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller
) -> None:
    """Head and shoulders are kept; the box and the landmarks are theirs."""
    result = enrol("张三", jpeg_of(Oval(1, centre_xy=(500, 500), width=80), size_wh=(1000, 900)))
    with database.read() as session:
        portrait = session.get_one(Portrait, result.photos[0].portrait_id)
        (template,) = session.scalars(select(PortraitTemplate))
    kept_bgr = read_photo(blobs.get(portrait.picture_key or ""))
    assert kept_bgr.shape[1] < 400
    (face,) = finder.examine(kept_bgr)
    assert face.box_xyxy.tolist() == pytest.approx(portrait.box_xyxy, abs=2)
    assert face.landmarks_xy.ravel().tolist() == pytest.approx(
        [value for point in portrait.landmarks_xy for value in point], abs=2
    )
    assert face.template is not None
    assert face.template.vector.tobytes() == template.vector


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_a_phone_took_on_its_side_is_accepted(enrol: Enroller, orientation: int) -> None:
    turns = {
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = photo_of(GOOD).transpose(turns[orientation])
    if orientation != 3:  # a face that lies on its side is not found, unless the note is heeded
        assert enrol("李四", encoded(stored, "JPEG", quality=92)).photos[0].reason_code == "no_face"
    assert enrol("张三", encoded(stored, "JPEG", exif=exif, quality=92)).photos[0].is_accepted


def test_one_bad_photo_does_not_keep_out_the_good_one(database: Database, enrol: Enroller) -> None:
    result = enrol("张三", b"not a picture", jpeg_of(GOOD), jpeg_of())
    assert [photo.reason_code for photo in result.photos] == ["not_a_picture", None, "no_face"]
    with database.read() as session:
        assert len(session.scalars(select(Portrait)).all()) == 1


def test_the_same_file_twice_is_told(enrol: Enroller) -> None:
    result = enrol("张三", jpeg_of(GOOD), jpeg_of(GOOD))
    assert [photo.reason_code for photo in result.photos] == [None, "already_enrolled"]
    assert result.photos[1].fields == {"other_file": "张三-0.jpg"}


def test_the_same_photo_saved_again_is_told(enrol: Enroller) -> None:
    again = encoded(photo_of(GOOD).resize((640, 800)), "PNG")
    result = enrol("张三", jpeg_of(GOOD), again)
    assert [photo.reason_code for photo in result.photos] == [None, "already_enrolled"]


def test_another_photo_of_the_same_person_is_welcome(enrol: Enroller) -> None:
    photos = [jpeg_of(Oval(1, look=look)) for look in range(len(LOOKS))]
    assert all(photo.is_accepted for photo in enrol("张三", *photos).photos)


def test_a_removed_photo_may_come_back(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, now: datetime
) -> None:
    result = enrol("张三", jpeg_of(GOOD))
    with database.write() as session:
        portrait = session.get_one(Portrait, result.photos[0].portrait_id)
        people.remove_portrait(session, blobs, portrait, by="rita", now=now)
    assert result.person_id is not None
    photos = [Photo("again.jpg", jpeg_of(GOOD))]
    again = enrol_photos(database, blobs, finder, result.person_id, photos, by="rita", now=now)
    assert again.photos[0].is_accepted


@pytest.mark.parametrize("look", [0, 1])
def test_who_looks_like_another_entry_is_refused_by_name(enrol: Enroller, look: int) -> None:
    enrol("张三", jpeg_of(GOOD))
    result = enrol("李四", jpeg_of(Oval(1, look=look)))
    assert result.person_id is None
    refusal = result.photos[0]
    assert refusal.reason_code == "looks_like_another"
    assert (refusal.fields["other"], refusal.fields["watchlist"]) == ("张三", "Shoplifters 2026")


def test_an_admin_may_let_a_twin_through(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, watchlist: Watchlist, now: datetime
) -> None:
    enrol("张三", jpeg_of(GOOD))
    entry = people.Entry("张四", "seen", "camera", now + timedelta(days=1))
    photos = [Photo("twin.jpg", jpeg_of(Oval(1, look=2)))]
    result = enrol_person(
        database, blobs, finder, watchlist.id, entry, photos, by="rita", now=now, is_lookalike_allowed=True
    )
    assert result.photos[0].is_accepted


def test_an_admin_may_say_that_somebody_has_changed_much(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, now: datetime
) -> None:
    person_id = enrol("张三", jpeg_of(GOOD)).person_id
    assert person_id is not None
    photos = [Photo("as a child.jpg", jpeg_of(Oval(20)))]
    start = (database, blobs, finder, person_id, photos)
    for is_allowed in (False, True):
        result = enrol_photos(*start, by="rita", now=now, is_lookalike_allowed=is_allowed)
        assert result.photos[0].is_accepted is is_allowed


def test_who_is_no_longer_looked_for_is_no_obstacle(database: Database, enrol: Enroller, now: datetime) -> None:
    first = enrol("张三", jpeg_of(GOOD))
    with database.write() as session:
        people.suspend_person(session, session.get_one(Person, first.person_id), by="rita", now=now)
    assert enrol("李四", jpeg_of(GOOD)).photos[0].is_accepted


@pytest.mark.parametrize(("is_other_listed", "code"), [(False, "unlike_the_others"), (True, "looks_like_another")])
def test_photos_of_several_people_in_one_folder_do_not_become_one_person(
    enrol: Enroller, is_other_listed: bool, code: str
) -> None:
    if is_other_listed:
        enrol("李四", jpeg_of(Oval(2)))
    result = enrol("张三", jpeg_of(GOOD), jpeg_of(Oval(2, look=1)), jpeg_of(Oval(1, look=1)))
    assert [photo.reason_code for photo in result.photos] == [None, code, None]


def test_nobody_gets_more_photos_than_help(enrol: Enroller, finder: DrawnFinder) -> None:
    copies = [jpeg_of(GOOD, size_wh=(320 + i, 400)) for i in range(MAX_PORTRAITS + 3)]
    codes = [photo.reason_code for photo in enrol("张三", *copies).photos]
    assert codes == [None, *["already_enrolled"] * (MAX_PORTRAITS - 1), *["too_many_photos"] * 3]
    assert finder.n_examined == MAX_PORTRAITS


def test_an_entry_that_may_not_be_is_refused_before_any_photo_is_looked_at(
    enrol: Enroller, finder: DrawnFinder, now: datetime
) -> None:
    for said, code in (({"source": ""}, "no_source"), ({"ends_at": now}, "end_past")):
        with pytest.raises(EntryRefused, match=code):
            enrol("张三", jpeg_of(GOOD), **said)
    assert finder.n_examined == 0


def test_an_attempt_that_keeps_nobody_leaves_no_event_and_no_picture(
    database: Database, blobs: Blobs, enrol: Enroller
) -> None:
    enrol("张三", jpeg_of(GOOD))
    with database.read() as session:
        before = len(session.scalars(select(Event)).all()), len(session.scalars(select(GalleryChange)).all())
    enrol("李四", jpeg_of(GOOD))
    with database.read() as session:
        assert before == (
            len(session.scalars(select(Event)).all()),
            len(session.scalars(select(GalleryChange)).all()),
        )
    assert len(blobs.keys()) == 1


def test_no_name_and_no_picture_stands_in_an_event(database: Database, enrol: Enroller) -> None:
    enrol("张三", jpeg_of(GOOD), note="limps")
    with database.read() as session:
        for event in session.scalars(select(Event)):
            assert set(event.body) == {"operation"}


def test_one_photo_is_added_in_the_callers_transaction(
    database: Database,
    blobs: Blobs,
    finder: DrawnFinder,
    watchlist: Watchlist,
    new_person: PersonMaker,
    now: datetime,
) -> None:
    with database.write() as session:
        person = new_person(session, people.find_watchlist(session, watchlist.id))
        first = enrol_photo(session, blobs, finder, person, jpeg_of(GOOD), "a.jpg", "rita", now)
        second = enrol_photo(session, blobs, finder, person, b"", "b.jpg", "rita", now)
    assert (first.is_accepted, second.reason_code) == (True, "empty_file")
    with database.read() as session:
        assert len(people.living_portraits(session.get_one(Person, person.id))) == 1


def test_a_transaction_that_fails_later_takes_its_picture_with_it(
    database: Database,
    blobs: Blobs,
    finder: DrawnFinder,
    watchlist: Watchlist,
    new_person: PersonMaker,
    now: datetime,
) -> None:
    with database.write() as session:
        person = new_person(session, people.find_watchlist(session, watchlist.id))
        assert enrol_photo(session, blobs, finder, person, jpeg_of(GOOD), "a.jpg", "rita", now).is_accepted
        assert len(blobs.keys()) == 1
        session.rollback()
    assert blobs.keys() == []


def test_a_removed_person_gets_no_photo(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(GOOD)).person_id
    assert enrolled is not None
    with database.write() as session:
        people.remove_person(session, blobs, session.get_one(Person, enrolled), by="rita", now=now)
    with pytest.raises(EntryRefused, match="person_removed"):
        enrol_photos(database, blobs, finder, enrolled, [Photo("a.jpg", jpeg_of(GOOD))], by="rita", now=now)


def test_somebody_removed_while_their_photo_is_examined_keeps_no_photo(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(GOOD)).person_id
    assert enrolled is not None

    def photos() -> list[Photo]:
        with database.write() as session:
            people.remove_person(session, blobs, session.get_one(Person, enrolled), by="rita", now=now)
        return [Photo("late.jpg", jpeg_of(Oval(1, look=1)))]

    with pytest.raises(EntryRefused, match="person_removed"):
        enrol_photos(database, blobs, finder, enrolled, (photo for photo in photos()), by="rita", now=now)
    assert blobs.keys() == []


def test_other_writers_need_not_wait_while_photos_are_examined(
    database: Database, blobs: Blobs, enrol: Enroller, finder: DrawnFinder, now: datetime
) -> None:
    """The database is written to from inside the finder, by another thread, as a worker would."""
    examine, waited = finder.examine, list[bool]()

    def write_meanwhile(pixels_bgr):  # type: ignore[no-untyped-def]
        def write() -> None:
            with database.write() as session:
                session.add(GalleryChange(at=now, operation="changed", person_id=None, watchlist_id=None))

        writer = threading.Thread(target=write)
        writer.start()
        writer.join(timeout=5)
        waited.append(writer.is_alive())
        return examine(pixels_bgr)

    finder.examine = write_meanwhile  # type: ignore[method-assign]
    assert enrol("张三", jpeg_of(GOOD)).photos[0].is_accepted
    assert waited == [False]


def test_the_whole_life_of_an_entry_is_the_same_on_both_databases(
    any_database: Database, blobs: Blobs, finder: DrawnFinder, new_list: ListMaker, now: datetime
) -> None:
    with any_database.write() as session:
        list_id = new_list(session).id
    entry = people.Entry("张三", "seen", "camera", now + timedelta(days=1), "A-1")
    start = (any_database, blobs, finder)
    photos = [Photo("1.jpg", jpeg_of(GOOD)), Photo("2.jpg", jpeg_of()), Photo("3.jpg", jpeg_of(Oval(1, look=1)))]
    enrolled = enrol_person(*start, list_id, entry, photos, by="rita", now=now)
    assert [photo.reason_code for photo in enrolled.photos] == [None, "no_face", None]
    again = enrol_person(*start, list_id, replace(entry, external_ref=None), photos[:1], by="rita", now=now)
    assert (again.person_id, again.photos[0].reason_code) == (None, "looks_like_another")
    gallery = Gallery(finder.embedder, finder.thresholds)
    with any_database.write() as session:
        gallery.refresh(session, now)
        assert gallery.n_people == 1
        people.remove_person(session, blobs, session.get_one(Person, enrolled.person_id), by="rita", now=now)
    with any_database.read() as session:
        gallery.refresh(session, now)
    assert gallery.n_people == 0
    assert blobs.keys() == []


def test_of_two_who_enrol_one_face_at_once_the_second_is_told(
    any_database: Database, blobs: Blobs, new_list: ListMaker, now: datetime
) -> None:
    with any_database.write() as session:
        list_id = new_list(session).id
    both_have_looked = threading.Barrier(2, timeout=10)
    codes: list[str | None] = []

    class Waiting(DrawnFinder):
        def examine(self, pixels_bgr: Uint8) -> list[Face]:
            faces = super().examine(pixels_bgr)
            both_have_looked.wait()
            return faces

    def enrol_as(name: str) -> None:
        entry = people.Entry(name, "seen", "camera", now + timedelta(days=1))
        photos = [Photo("1.jpg", jpeg_of(GOOD))]
        result = enrol_person(any_database, blobs, Waiting(), list_id, entry, photos, by="rita", now=now)
        codes.append(result.photos[0].reason_code)

    threads = [threading.Thread(target=enrol_as, args=(name,)) for name in ("张三", "李四")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes, key=str) == [None, "looks_like_another"]
