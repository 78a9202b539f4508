"""A small site to review: one exercise list, hits as the worker records them, and the people who log in."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import cv2
import numpy as np
from sqlalchemy.orm import Session

from patrol.accounts.passwords import hash_password
from patrol.accounts.users import Role, create_user
from patrol.hits.record import record
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Group, GroupChat, Hit, Person, Watchlist
from patrol.values import Grade, Match, Site, Stream, Track
from tests.hits import sightings

PASSWORD = "long enough to be refused nowhere"
MALL = Site("mall", "Riverside Mall", 31.2304, 121.4737, "Asia/Shanghai")
HALL = Stream("hall-3f", MALL, "Hall 3F", "3F escalator, towards exit B", "rtsp://camera.invalid/hall")
PEOPLE: dict[str, Role] = {"Rita": "reviewer", "Ruben": "reviewer", "Max": "viewer", "Ada": "admin"}


def drawn_photo() -> bytes:
    """A JPEG of a drawn head: enough to see that a photo is there."""
    pixels = np.full((240, 240, 3), 235, np.uint8)
    cv2.ellipse(pixels, (120, 120), (60, 80), 0, 0, 360, (90, 150, 190), -1)
    encoded, jpeg = cv2.imencode(".jpg", pixels)
    assert encoded
    return bytes(jpeg)


@dataclass
class Scene:
    """Writes what the worker and an admin would have written."""

    database: Database
    blobs: Blobs
    now: datetime
    photo_jpeg: bytes = field(default_factory=drawn_photo)
    photo_box_xyxy: tuple[float, float, float, float] = (60, 40, 180, 200)

    def open(self) -> None:
        """The people, the list, and one group near the camera with a page of its own."""
        with self.database.write() as session:
            for name, role in PEOPLE.items():
                hashed = hash_password(PASSWORD, name)
                create_user(session, name, hashed, role=role, sites=None, by="test", now=self.now, language="en")
            picture_key = self.blobs.put("portrait", self.photo_jpeg, self.now)
            self.portrait = sightings.portrait_of(self.person_of(session), self.now, picture_key)
            self.portrait.box_xyxy = list(self.photo_box_xyxy)
            group = Group(
                id="gate-b",
                name="Gate B",
                site_id=MALL.id,
                latitude=MALL.latitude,
                longitude=MALL.longitude,
                created_at=self.now,
            )
            group.chats.append(GroupChat(kind="page"))
            session.add_all([self.portrait, group])

    def person_of(self, session: Session) -> Person:
        ends_at = self.now + timedelta(days=30)
        watchlist = Watchlist(
            name="Exercise spring",
            category="exercise",
            reason="yearly exercise",
            owner="Ada",
            is_exercise=True,
            created_at=self.now,
            created_by="Ada",
            ends_at=ends_at,
        )
        self.person = Person(
            watchlist=watchlist,
            name="Pat Example",
            reason="plays the lost visitor",
            source="taken for the exercise",
            created_at=self.now,
            created_by="Ada",
            ends_at=ends_at,
        )
        session.add(self.person)
        session.flush()
        return self.person

    def hit(
        self,
        place: str = HALL.place,
        *,
        grade: Grade = "sure",
        similarity: float = 0.612,
        runner_up: float | None = 0.231,
        track: Track | None = None,
    ) -> Hit:
        """One more hit for review, recorded as the worker records it."""
        self.now += timedelta(seconds=1)
        seen = track or sightings.track(self.now, length_s=0.5)
        match = Match(
            self.person.id, self.portrait.id, similarity, similarity, 0.45, runner_up, None, sightings.EMBEDDER, grade
        )
        with self.database.write() as session:
            stream = replace(HALL, place=place)
            hit = record(session, self.blobs, stream, seen, match, now=self.now, cooldown_s=0)
        assert hit is not None
        return hit
