"""Photos too poor for a portrait, let in as weak for a written reason."""

from datetime import datetime

import pytest
from sqlalchemy import select

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, Portrait
from patrol.watchlist.enrolment import enrol_photos
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.portraits import Photo
from patrol.watchlist.refusals import EntryRefused
from patrol.watchlist.renewal import Renewal, embed_missing
from tests.watchlist.conftest import Enroller
from tests.watchlist.drawn import DRAWN, DrawnFinder, Oval, jpeg_of
from tests.watchlist.test_renewal import NewFinder

PALE = jpeg_of(Oval(1, is_pale=True))
TINY = jpeg_of(Oval(1, width=8))
WHY = "only footage of 2 March, camera 4"


def only_portrait(database: Database) -> Portrait:
    with database.read() as session:
        return session.scalars(select(Portrait)).one()


def test_a_poor_photo_is_refused_and_may_be_let_in(enrol: Enroller) -> None:
    (photo,) = enrol("张三", PALE).photos
    assert (photo.is_accepted, photo.reason_code, photo.may_be_weak) == (False, "blurred", True)
    assert photo.find_rate is not None
    assert 0 < photo.find_rate < 1


def test_a_poor_photo_is_let_in_for_a_reason_and_the_record_says_so(
    database: Database, finder: DrawnFinder, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    person_id = enrol("张三", jpeg_of(Oval(1, look=1))).person_id
    assert person_id is not None
    start = (database, blobs, finder, person_id, [Photo("still.jpg", PALE)])
    (photo,) = enrol_photos(*start, by="rita", now=now, weak_reason=f" {WHY} ").photos
    assert (photo.is_accepted, photo.is_weak) == (True, True)
    with database.read() as session:
        portrait = session.get_one(Portrait, photo.portrait_id)
        assert (portrait.is_weak, portrait.weak_reason, portrait.weak_by) == (True, WHY, "rita")
        assert portrait.measures["sharpness"] == 3.0
        assert session.scalars(select(Event)).all()[-1].body["why"] == WHY


def test_a_good_photo_is_no_weak_one_whatever_was_said(database: Database, enrol: Enroller) -> None:
    (photo,) = enrol("张三", jpeg_of(Oval(1)), weak_reason=WHY).photos
    portrait = only_portrait(database)
    assert (photo.is_weak, portrait.is_weak, portrait.weak_reason, portrait.weak_by) == (False, False, None, None)
    assert portrait.measures["eye_distance_px"] > 24


def test_somebody_may_be_looked_for_by_a_weak_photo_alone(database: Database, enrol: Enroller, now: datetime) -> None:
    assert enrol("张三", PALE, weak_reason=WHY).person_id is not None
    gallery = Gallery("drawn-1", DRAWN)
    with database.read() as session:
        gallery.refresh(session, now)
    assert gallery.n_people == 1


def test_a_face_that_video_would_not_take_either_stays_out(enrol: Enroller) -> None:
    (photo,) = enrol("张三", TINY, weak_reason=WHY).photos
    assert (photo.reason_code, photo.may_be_weak, photo.find_rate) == ("too_small", False, None)


@pytest.mark.parametrize(
    ("reason", "code"), [("", "no_weak_reason"), ("  ", "no_weak_reason"), ("x" * 2001, "text_too_long")]
)
def test_nobody_lets_a_photo_in_without_saying_why(enrol: Enroller, reason: str, code: str) -> None:
    with pytest.raises(EntryRefused) as refusal:
        enrol("张三", PALE, weak_reason=reason)
    assert refusal.value.code == code


def test_a_weak_portrait_is_embedded_again_by_a_new_embedder(
    database: Database, blobs: Blobs, enrol: Enroller, now: datetime
) -> None:
    enrol("张三", PALE, weak_reason=WHY)
    assert embed_missing(database, blobs, NewFinder(), now) == Renewal(1, 0)
