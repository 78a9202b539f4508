"""A house with two sites and its people: Ada administers, Rita reviews, Vic looks at the mall only.

Max has an account for the other site, and must see nothing of the mall; a stranger has none.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from patrol.chats.table import open_chats
from patrol.dispatch import groups, phones
from patrol.dispatch.desk import Desk
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.sender import Sender
from patrol.hits.record import record
from patrol.settings import Settings
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, Hit, Member, User
from patrol.values import Building, Site, Stream
from patrol.web.app import build_app
from patrol.web.parts import Parts
from tests.accounts.people import PASSWORD, add_user
from tests.hits.sightings import SITE as MALL
from tests.hits.sightings import STREAM, Cast, cast, match, track
from tests.watchlist.drawn import DrawnFinder

HALL = Site("hall", "West Hall", 31.20, 121.40, "Asia/Shanghai")
BUILT = replace(MALL, buildings=(Building("north", "North hall", ("1F", "2F")),))
STREAMS = (STREAM, Stream("hall-1", HALL, "Hall 1", "Main door", "rtsp://127.0.0.1/hall-1"))
PUBLIC_URL = "https://patrol.example"
JPEG = b"\xff\xd8\xff\xe0 drawn"


@dataclass
class Clock:
    """A clock that tests move."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **more: float) -> None:
        self.now += timedelta(**more)


@dataclass
class House:
    database: Database
    blobs: Blobs
    clock: Clock
    app: FastAPI
    cast: Cast
    users: dict[str, User]
    sender: Sender
    clients: list[TestClient] = field(default_factory=list)

    def stranger(self, **headers: str) -> TestClient:
        """A browser without a log-in."""
        client = TestClient(self.app, PUBLIC_URL, raise_server_exceptions=False, headers=headers)
        self.clients.append(client)
        return client

    def client(self, name: str, **headers: str) -> TestClient:
        """A browser in which somebody has logged in."""
        client = self.stranger(**headers)
        answer = log_in(client, name)
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return client

    def hit(self, site: Site = MALL, *, similarity: float = 0.6, grade: str = "sure") -> Hit:
        """A passage of Wanda's, matched and written down."""
        self.clock.forward(seconds=1)
        stream = replace(STREAM, id=f"{site.id}-{uuid.uuid4().hex[:6]}", site=site)
        seen = track(self.clock(), passage_id=uuid.uuid4())
        with self.database.write() as session:
            found = record(
                session,
                self.blobs,
                stream,
                seen,
                match(self.cast, similarity, grade),
                now=self.clock(),
                cooldown_s=120.0,
            )
        assert found is not None
        return found

    def group(self, id: str = "mall-guards", site: Site = MALL, **more: Any) -> str:
        """A group of guards and the token of its page."""
        draft = GroupDraft(
            id, id.title(), site.latitude, site.longitude, site_id=site.id, chats=(ChatDraft("page"),), **more
        )
        with self.database.write() as session:
            groups.create(session, draft, "ada", self.clock())
            return groups.new_link(session, id, "ada", self.clock())

    def member(self, name: str, role: str = "member", group_id: str = "mall-guards") -> uuid.UUID:
        """Put somebody on a group's roster."""
        with self.database.write() as session:
            member = Member(group_id=group_id, name=name, role=role, created_at=self.clock())
            session.add(member)
            session.flush()
            return member.id

    def phone(self, member_id: uuid.UUID) -> str:
        """The token of a phone that was bound for a member."""
        with self.database.write() as session:
            code = phones.invite(session, member_id, "user:ada", self.clock())
            return phones.bind(session, code, "iPhone", self.clock())

    def events(self, kind: str) -> list[Event]:
        """Everything recorded of a kind, oldest first."""
        with self.database.read() as session:
            return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.seq)))

    def send(self) -> None:
        """Let the sender do all it has to do now."""
        while self.sender.run_once():
            pass

    def say(self, name: str, hit: Hit, verdict: str, reason: str | None = None) -> None:
        """Let somebody decide a hit, or amend it."""
        with self.database.read() as session:
            round, is_open = session.get_one(Hit, hit.id).round, session.get_one(Hit, hit.id).verdict is None
        kind = "decisions" if is_open else "amendments"
        said = {"round": round, "verdict": verdict, "reason": reason}
        answer = self.client(name).post(f"/api/v1/hits/{hit.id}/{kind}", json=said)
        assert answer.status_code == 201, answer.text

    def close(self) -> None:
        for client in self.clients:
            client.close()


def log_in(client: TestClient, name: str, password: str = PASSWORD) -> httpx2.Response:
    return client.post("/api/v1/login", json={"name": name, "password": password})


def make_house(database: Database, blobs: Blobs, now: datetime) -> House:
    clock = Clock(now)
    with database.write() as session:
        people = cast(session, now)
        session.delete(people.rita)
        session.delete(people.max)
        session.flush()
        people.portrait.picture_key = blobs.put("portrait", JPEG, now)
        users = {
            "ada": add_user(session, "ada", "admin", now),
            "rita": add_user(session, "rita", "reviewer", now),
            "vic": add_user(session, "vic", "viewer", now, ("mall",)),
            "max": add_user(session, "max", "reviewer", now, ("hall",)),
        }
    app = build_app(
        Parts(
            settings=Settings(public_url=PUBLIC_URL, duty_phone="+86 21 5550 1234"),
            database=database,
            blobs=blobs,
            clock=clock,
            open_finder=lambda _settings: DrawnFinder(),  # type: ignore[arg-type, return-value]
            read_streams=lambda _settings: STREAMS,
            read_sites=lambda _settings: (BUILT, HALL),
        )
    )
    sender = Sender(database, blobs, open_chats(lambda name: name, clock), clock, desk=Desk(public_url=PUBLIC_URL))
    return House(database, blobs, clock, app, people, users, sender)
