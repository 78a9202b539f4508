"""A change from SFace to dlib's network with real faces: portraits embedded again, a live hit compared, a switch."""

from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from patrol.faces.finder import Finder, open_finder
from patrol.faces.track import Tracker
from patrol.faces.weights import WeightsMissing
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Comparison, Hit, Watchlist
from patrol.successor import Successor
from patrol.values import BgrPicture, Frame
from patrol.watchlist import changeover
from patrol.watchlist.enrolment import enrol_person
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.people import Entry, create_watchlist
from patrol.watchlist.portraits import Photo
from patrol.watchlist.settling import gallery_of
from patrol.worker import Parts, Tally, look
from tests.hits.sightings import STREAM

pytestmark = [pytest.mark.weights, pytest.mark.data]
MODELS = Path(__file__).parent.parent / "models"


def opened(name: str) -> tuple[Finder, Gallery]:
    try:
        return open_finder(MODELS, embedder=name, precision="f32"), gallery_of(MODELS, name)
    except WeightsMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def listed(database: Database, now: datetime) -> Watchlist:
    with database.write() as session:
        ends_at = now + timedelta(days=9)
        return create_watchlist(
            session, name="W", category="wanted", reason="r", owner="o", ends_at=ends_at, by="rita", now=now
        )


def test_the_new_network_recognises_whom_the_old_one_saw(
    database: Database, blobs: Blobs, listed: Watchlist, shared_data: Path, now: datetime
) -> None:
    finder, gallery = opened("sface")
    folders = sorted((shared_data / "faces" / "lfw10").iterdir())[:3]
    for folder in folders:
        photo = Photo("1.jpg", sorted(folder.glob("*.jpg"))[0].read_bytes())
        entry = Entry(folder.name, "r", "s", now + timedelta(days=5))
        enrol_person(database, blobs, finder, listed.id, entry, [photo], by="rita", now=now)
    with database.read() as session:
        gallery.refresh(session, now)
    names = {"worker_id": "w", "setting": "sface", "in_use": "sface"}
    successor = Successor(database, blobs, lambda: now, **names, open_spare=opened, open_heir=opened)
    with database.write() as session:
        changeover.start(session, "sface", "dlib", "dlib-resnet29-v1", by="ada", now=now)
    successor.work_once(Event())
    parts = Parts("w", finder, gallery, database, blobs, lambda: now, cooldown_s=120.0, show=successor.show)
    walk_past(parts, folders[0], now)
    successor.work_once(Event())
    with database.write() as session:
        hit, said = session.scalars(select(Hit)).one(), session.scalars(select(Comparison)).one()
        assert hit.person.name == folders[0].name
        assert (said.hit_id, said.person_id) == (hit.id, hit.person_id)
        changeover.switch(session, changeover.require_open(session), said.embedder, by="ada", now=now)
    successor.prepare_once(Event())
    heir = successor.take_over()
    assert heir is not None
    assert heir.finder.embedder == heir.gallery.embedder == "dlib-resnet29-v1"
    assert heir.gallery.n_people == gallery.n_people > 1


def walk_past(parts: Parts, folder: Path, now: datetime) -> None:
    """Show a second photo of somebody for two seconds."""
    photo_bgr = np.asarray(cv2.imread(str(sorted(folder.glob("*.jpg"))[1])), np.uint8)
    tracker, tally = Tracker(STREAM.id), Tally()
    for n in range(4):
        frame = Frame(STREAM.id, n, now + timedelta(seconds=n / 2), BgrPicture(photo_bgr.copy()))
        look(frame, STREAM, tracker, parts, tally)
