"""A poster of a listed person before a camera, with the real networks: one hit, then rest; the person is found."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from patrol.faces.finder import Finder, open_finder
from patrol.faces.track import Tracker
from patrol.faces.weights import WeightsMissing
from patrol.hits import masks
from patrol.hits.regions import Regions
from patrol.hits.standing import Standing
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Hit, StillFace
from patrol.values import BgrPicture, Frame, Uint8
from patrol.watchlist import people
from patrol.watchlist.enrolment import enrol_person
from patrol.watchlist.gallery import Gallery
from patrol.watchlist.portraits import Photo
from patrol.worker import Parts, Tally, look
from tests.hits.sightings import STREAM

pytestmark = [pytest.mark.weights, pytest.mark.data, pytest.mark.slow]

MODELS = Path(__file__).parent.parent / "models"
CANVAS_WH, FACE_PX, SECONDS = (640, 360), 70, 183


@pytest.fixture(scope="module")
def finder() -> Finder:
    try:
        return open_finder(MODELS)
    except WeightsMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def parts(database: Database, blobs: Blobs, finder: Finder, shared_data: Path, now: datetime) -> Parts:
    """A worker with one person on its list, by one photo."""
    with database.write() as session:
        about = {"name": "Wanted", "category": "wanted", "reason": "test", "owner": "Ada"}
        made = people.create_watchlist(session, **about, ends_at=now + timedelta(days=9), by="ada", now=now)  # type: ignore[arg-type]
    enrolled, _ = photos_of(shared_data)
    entry = people.Entry("Pat", "test", "test data", now + timedelta(days=9), None, "")
    photo = Photo(enrolled.name, enrolled.read_bytes())
    enrol_person(database, blobs, finder, made.id, entry, [photo], by="ada", now=now)
    gallery = Gallery(finder.embedder, finder.thresholds)
    with database.read() as session:
        gallery.refresh(session, now)
    return Parts("w1", finder, gallery, database, blobs, lambda: now, cooldown_s=120.0)


def photos_of(shared_data: Path) -> tuple[Path, Path]:
    """Two photos of one person: to enrol, and for the poster."""
    folder = shared_data / "portraits" / "obama"
    return folder / "1.jpg", folder / "2.jpg"


def poster(finder: Finder, photo: Path) -> Uint8:
    """The photo at a size that has its face FACE_PX wide."""
    pixels = np.asarray(cv2.imread(str(photo)), np.uint8)
    face = max(finder.examine(pixels), key=lambda it: it.score)
    scale = FACE_PX / float(face.box_xyxy[2] - face.box_xyxy[0])
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def shown(picture: Uint8, left: int, random: np.random.Generator) -> Uint8:
    """What a camera makes of it: the picture before a wall, with a sensor's noise."""
    canvas = np.full((CANVAS_WH[1], CANVAS_WH[0], 3), 110, np.int16)
    height, width = min(picture.shape[0], CANVAS_WH[1] - 40), min(picture.shape[1], CANVAS_WH[0] - left)
    canvas[40 : 40 + height, left : left + width] = picture[:height, :width]
    noise = random.integers(-8, 9, canvas.shape, np.int16)
    return np.asarray(np.clip(canvas + noise, 0, 255), np.uint8)


def stare(
    parts: Parts, tally: Tally, picture: Uint8, now: datetime, seconds: int = SECONDS, step_px: int = 0
) -> None:
    tracker, random = Tracker(STREAM.id), np.random.default_rng(3)
    for second in range(seconds):
        at = now + timedelta(seconds=second / (4 if step_px else 1))
        pixels = shown(picture, 20 + second * step_px, random)
        look(Frame(STREAM.id, second + 1, at, BgrPicture(pixels)), STREAM, tracker, parts, tally)


def test_a_poster_is_one_hit_then_rests_and_the_person_who_walks_there_is_found(
    parts: Parts, database: Database, finder: Finder, shared_data: Path, now: datetime
) -> None:
    picture, tally = poster(finder, photos_of(shared_data)[1]), Tally()
    stare(parts, tally, picture, now)
    with database.read() as session:
        [hit] = session.scalars(select(Hit)).all()
        [still] = session.scalars(select(StillFace)).all()
        tally.standing.regions = masks.read_regions(session, now)[STREAM.id]
    assert (hit.is_still, still.hit_id, still.state) == (True, hit.id, "offered")
    later = replace(parts, clock=lambda: now + timedelta(hours=1))
    stare(later, tally, picture, now + timedelta(hours=1), seconds=10)
    assert n_passages(database) == 1
    stare(later, tally, picture, now + timedelta(hours=1), seconds=16, step_px=14)
    assert n_passages(database) == 2
    masked = Tally(standing=Standing(Regions(masks=(masks.mask_around(tuple(still.box)),))))
    stare(later, masked, picture, now + timedelta(hours=2), seconds=10)
    assert (masked.n_masked, n_passages(database)) == (10, 2)


def n_passages(database: Database) -> int:
    with database.read() as session:
        return sum(hit.n_passages for hit in session.scalars(select(Hit)))
