from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.events import newest_seq
from patrol.store.tables import Event, Person, Portrait, PortraitTemplate, VolunteerTemplate
from patrol.values import Face, Template, Uint8
from patrol.watchlist import people
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.portraits import Photo
from patrol.watchlist.renewal import Renewal, embed_each, embed_missing, n_photos, n_waiting
from patrol.watchlist.volunteers import Agreement, add_volunteers
from tests.watchlist.conftest import Enroller
from tests.watchlist.drawn import DRAWN, DrawnFinder, Oval, drawn_face, jpeg_of


class NewFinder(DrawnFinder):
    """Another embedder: the same faces, other templates."""

    embedder = "drawn-2"

    def examine(self, pixels_bgr: Uint8) -> list[Face]:
        faces = super().examine(pixels_bgr)
        return [drawn_face(box(face), face.quality.refusals, renewed(face.template)) for face in faces]


def box(face: Face) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = (int(side) for side in face.box_xyxy)
    return x1, y1, x2, y2


def renewed(template: Template | None) -> Template | None:
    return None if template is None else Template("drawn-2", np.roll(template.vector, 1))


def test_a_new_embedder_finds_everybody_after_the_renewal(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrol("张三", jpeg_of(Oval(1)), jpeg_of(Oval(1, look=1)))
    enrol("李四", jpeg_of(Oval(2)))
    gallery = Gallery("drawn-2", DRAWN)
    with database.read() as session:
        gallery.refresh(session, now)
    assert gallery.n_people == 0
    assert embed_missing(database, blobs, NewFinder(), now) == Renewal(3, 0)
    with database.read() as session:
        gallery.refresh(session, now)
        assert {event.actor for event in session.scalars(select(Event))} == {"user:rita", "system"}
    assert gallery.n_people == 2
    assert embed_missing(database, blobs, NewFinder(), now) == Renewal(0, 0)


def test_templates_of_the_old_embedder_stay(
    database: Database, blobs: Blobs, enrol: Enroller, finder: DrawnFinder, now: datetime
) -> None:
    enrol("张三", jpeg_of(Oval(1)))
    embed_missing(database, blobs, NewFinder(), now)
    with database.read() as session:
        assert sorted(session.scalars(select(PortraitTemplate.embedder))) == ["drawn-1", "drawn-2"]
    assert embed_missing(database, blobs, finder, now) == Renewal(0, 0)


def test_the_bystander_of_a_kept_photo_is_not_embedded(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrol("张三", jpeg_of(Oval(2, centre_xy=(30, 60), width=44), Oval(1)))
    embed_missing(database, blobs, NewFinder(), now)
    with database.read() as session:
        old, new = session.scalars(select(PortraitTemplate).order_by(PortraitTemplate.embedder))
    assert np.roll(np.frombuffer(old.vector, "<f4"), 1).tobytes() == new.vector


def test_a_photo_that_cannot_be_embedded_is_counted_and_stops_nobody_else(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    lost = enrol("张三", jpeg_of(Oval(1)))
    enrol("李四", jpeg_of(Oval(2)))
    with database.read() as session:
        blobs.delete(session.get_one(Portrait, lost.photos[0].portrait_id).picture_key or "")
    assert embed_missing(database, blobs, NewFinder(), now) == Renewal(1, 1)


def test_who_was_removed_is_not_embedded_again(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(Oval(1)))
    with database.write() as session:
        people.remove_person(session, blobs, session.get_one(Person, enrolled.person_id), by="rita", now=now)
    assert embed_missing(database, blobs, NewFinder(), now) == Renewal(0, 0)
    with database.read() as session:
        assert session.scalars(select(PortraitTemplate)).all() == []


def test_who_is_removed_while_their_photo_is_embedded_stays_removed(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrolled = enrol("张三", jpeg_of(Oval(1)))

    class Interrupted(NewFinder):
        def examine(self, pixels_bgr: Uint8) -> list[Face]:
            with database.write() as session:
                people.remove_person(session, blobs, session.get_one(Person, enrolled.person_id), by="rita", now=now)
            return super().examine(pixels_bgr)

    assert embed_missing(database, blobs, Interrupted(), now) == Renewal(0, 1)
    with database.read() as session:
        assert session.scalars(select(PortraitTemplate)).all() == []


def test_volunteers_photos_are_embedded_too_and_change_no_list(
    database: Database, blobs: Blobs, finder: DrawnFinder, enrol: Enroller, now: datetime
) -> None:
    enrol("张三", jpeg_of(Oval(1)))
    agreed = Agreement("measuring, letter of 1 March", now + timedelta(days=90))
    photos = [("李雷", Photo("a.jpg", jpeg_of(Oval(7))))]
    add_volunteers(database, blobs, finder, agreed, photos, by="ada", now=now)
    with database.read() as session:
        assert (n_photos(session), n_waiting(session, "drawn-2")) == (2, 2)
        before = newest_seq(session)
    renewed = list(embed_each(database, blobs, NewFinder(), lambda: now))
    assert [one.person_id is None for one in renewed] == [False, True]
    with database.read() as session:
        assert n_waiting(session, "drawn-2") == 0
        assert newest_seq(session) == before + 1  # of the portrait
        assert set(session.scalars(select(VolunteerTemplate.embedder))) == {"drawn-1", "drawn-2"}


def test_what_failed_before_is_left_out(database: Database, blobs: Blobs, enrol: Enroller, now: datetime) -> None:
    enrolled = enrol("张三", jpeg_of(Oval(1)))
    failed = frozenset({enrolled.photos[0].portrait_id})
    assert list(embed_each(database, blobs, NewFinder(), lambda: now, failed)) == []  # type: ignore[arg-type]
