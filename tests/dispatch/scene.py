"""A mall with one camera, a list, a reviewer and groups of guards: what dispatch's tests play in."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import cv2
import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.chats.chat import Limits, Replies, SendError, Sent
from patrol.dispatch import groups
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Decision, Delivery, Episode, GroupChat, Hit, Person, Portrait, User, Watchlist
from patrol.values import Message, Receipt

MALL = (31.2304, 121.4737)
ACROSS_THE_STREET = (31.2310, 121.4745)  # about 100 m
OTHER_SIDE_OF_TOWN = (31.1443, 121.8083)  # about 33 km
FACE, OTHER_FACE = [600.0, 250.0, 700.0, 380.0], [900.0, 300.0, 980.0, 400.0]


def frame_jpeg() -> bytes:
    """A drawn 1280x720 frame: noise, so that blurring shows."""
    noise = np.random.default_rng(7).integers(0, 255, (90, 160, 3), np.uint8)
    picture = cv2.resize(noise, (1280, 720), interpolation=cv2.INTER_NEAREST)
    return cv2.imencode(".jpg", picture)[1].tobytes()


@dataclass
class Scene:
    """The rows a story needs, and the steps of its people."""

    database: Database
    blobs: Blobs
    now: datetime
    watchlist_id: uuid.UUID
    person_id: uuid.UUID
    portrait_id: uuid.UUID
    rita_id: uuid.UUID
    numbers: list[int] = field(default_factory=list)

    def hit(self, *, position: tuple[float, float] = MALL, site_id: str = "mall") -> uuid.UUID:
        self.numbers.append(len(self.numbers) + 1)
        frame_key = self.blobs.put("frame", frame_jpeg(), self.now)
        with self.database.write() as session:
            hit = Hit(
                id=uuid.uuid4(),
                number=self.numbers[-1],
                origin="match",
                grade="sure",
                stream_id="gate-b",
                stream_name="Gate B",
                place="3F escalator, towards exit B",
                site_id=site_id,
                site_name="East Mall",
                time_zone="Asia/Shanghai",
                latitude=position[0],
                longitude=position[1],
                watchlist_id=self.watchlist_id,
                person_id=self.person_id,
                portrait_id=self.portrait_id,
                passage_id=uuid.uuid4(),
                first_seen_at=self.now,
                last_seen_at=self.now,
                seen_at=self.now,
                n_looks=5,
                track_length_s=2.0,
                similarity=0.7,
                score=0.7,
                threshold=0.4,
                embedder="sface-2021dec",
                quality=0.8,
                box_xyxy=FACE,
                landmarks_xy=[],
                other_boxes_xyxy=[OTHER_FACE],
                frame_wh=[1280, 720],
                crop_xyxy=[550, 200, 750, 430],
                frame_key=frame_key,
                recorded_at=self.now,
            )
            session.add(hit)
        return hit.id

    def decide(self, hit_id: uuid.UUID, verdict: str, *, release_at: datetime | None = None) -> uuid.UUID:
        """Rita's next word on a hit."""
        with self.database.write() as session:
            hit = session.get_one(Hit, hit_id)
            said = session.scalars(select(Decision).where(Decision.hit_id == hit_id)).all()
            hit.round, hit.verdict, hit.alarm = len(said) + 1, verdict, None
            decision = Decision(
                hit_id=hit_id,
                round=hit.round,
                verdict=verdict,
                user_id=self.rita_id,
                user_name="rita",
                decided_at=self.now,
                release_at=release_at or self.now,
            )
            session.add(decision)
        return decision.id

    def decisions(self, hit_id: uuid.UUID) -> list[Decision]:
        with self.database.read() as session:
            said = select(Decision).where(Decision.hit_id == hit_id).order_by(Decision.round)
            return list(session.scalars(said).all())

    def confirmed_hit(self) -> uuid.UUID:
        hit_id = self.hit()
        self.decide(hit_id, "confirmed")
        return hit_id

    def group(
        self,
        id: str,
        *chats: ChatDraft,
        position: tuple[float, float] = MALL,
        site_id: str | None = "mall",
        **more: Any,
    ) -> str:
        draft = GroupDraft(id, id.title(), *position, site_id=site_id, chats=chats, **more)
        with self.database.write() as session:
            return groups.create(session, draft, "ada", self.now).id

    def case(self, *hit_ids: uuid.UUID, **more: Any) -> uuid.UUID:
        """The hits of one open case."""
        with self.database.write() as session:
            first = session.get_one(Hit, hit_ids[0])
            fields = {
                **{
                    name: getattr(first, name)
                    for name in ("person_id", "site_id", "stream_id", "latitude", "longitude")
                },
                "origin": "match",
                "first_hit_number": first.number,
                "opened_at": self.now,
                "deadline_at": self.now + timedelta(hours=2),
                "place": first.place,
                "placed_at": self.now,
                "placed_by": f"hit:{first.number}",
            }
            episode = Episode(**{**fields, **more})
            session.add(episode)
            session.flush()
            for number, hit_id in enumerate(hit_ids):
                hit = session.get_one(Hit, hit_id)
                hit.episode_id, hit.update_number = episode.id, number
            return episode.id

    def page_chat(self, session: Session, group_id: str) -> GroupChat:
        return session.scalars(
            select(GroupChat).where(GroupChat.group_id == group_id, GroupChat.kind == "page")
        ).one()

    def deliveries(self, hit_id: uuid.UUID | None = None) -> list[Delivery]:
        with self.database.read() as session:
            query = select(Delivery).order_by(Delivery.created_at, Delivery.kind, Delivery.group_id)
            rows = session.scalars(query.where(Delivery.hit_id == hit_id) if hit_id else query).all()
            for row in rows:
                _load(row)
            return list(rows)

    def pictures_of_deliveries(self) -> list[str]:
        """The key of every picture kept for a delivery."""
        return [stored.key for stored in self.blobs.stored() if stored.key.startswith("delivery/")]

    def states(self, hit_id: uuid.UUID | None = None) -> list[tuple[str, str, str]]:
        """(group, kind, state) of every delivery."""
        return sorted((row.group_id, row.kind, row.state) for row in self.deliveries(hit_id))


def _load(row: Delivery) -> None:
    assert row.chat.kind
    assert row.group.name
    assert row.hit is not None
    assert row.hit.watchlist.name


def scene_in(database: Database, blobs: Blobs, now: datetime, *, is_exercise: bool = False) -> Scene:
    """Write the list, its one entry and Rita down."""
    with database.write() as session:
        watchlist, person, portrait, rita = _people(session, now, is_exercise)
    return Scene(database, blobs, now, watchlist.id, person.id, portrait.id, rita.id)


def _people(session: Session, now: datetime, is_exercise: bool) -> tuple[Watchlist, Person, Portrait, User]:
    watchlist = Watchlist(
        name="Pickpockets",
        category="wanted",
        reason="case 12",
        owner="Inspector Li",
        is_exercise=is_exercise,
        created_at=now,
        created_by="ada",
        ends_at=now + timedelta(days=30),
    )
    person = Person(
        watchlist=watchlist,
        name="Wanda Unlucky",
        reason="case 12",
        source="station camera",
        created_at=now,
        created_by="ada",
        ends_at=now + timedelta(days=30),
    )
    portrait = Portrait(
        person=person, sha256="0" * 64, box_xyxy=[], landmarks_xy=[], quality=1.0, created_at=now, created_by="ada"
    )
    rita = User(name="rita", password_hash="-", role="reviewer", created_at=now)
    session.add_all([watchlist, person, portrait, rita])
    session.flush()
    return watchlist, person, portrait, rita


class FakeChat:
    """A chat that does what the next line of its script says, and accepts when the script is over."""

    limits = Limits(2_000_000, 4_000, None, True, True, True, True)

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.script: list[SendError | None] = []
        self.sent: list[Message] = []
        self.withdrawn: list[tuple[Sent, Message]] = []

    def send(self, message: Message) -> Receipt:
        self._play()
        self.sent.append(message)
        return Receipt(f"ref-{message.key}", self.clock())

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        self._play()
        self.withdrawn.append((sent, notice))
        return Receipt(f"ref-{notice.key}", self.clock())

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def _play(self) -> None:
        step = self.script.pop(0) if self.script else None
        if step is not None:
            raise step


class FakeChats:
    """Opens the same fake chat for each (kind, address)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.opened: dict[tuple[str, str], FakeChat] = {}

    def open(self, kind: str, address: str, secret: str | None) -> FakeChat:
        return self.opened.setdefault((kind, address), FakeChat(self.clock))
