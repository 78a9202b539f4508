"""A site to rehearse on: a list, somebody on it for every hit, cameras, and one group of guards at each."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from sqlalchemy import delete
from sqlalchemy.orm import Session

from patrol.bench.platforms import Platform
from patrol.dispatch import groups
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.hits import review
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, GroupChat, Hit, Person, Portrait, User, Watchlist

BY = "bench"
SITE, NAME, ZONE, CENTRE = "bench", "Rehearsal mall", "Asia/Shanghai", (31.2304, 121.4737)
LEVEL = "residents"  # no clock runs for them, so that nothing but the burst is on its way
FRAME_WH = (1920, 1080)
FACE, OTHERS = [900.0, 300.0, 1010.0, 440.0], [[1300.0, 350.0, 1390.0, 460.0], [300.0, 320.0, 380.0, 420.0]]
BULLETIN_LANE = 3
PAGE = "page"


@dataclass(frozen=True, slots=True)
class Post:
    """A camera, and the group that stands at it."""

    group_id: str
    kind: str  #: of the chat it is told by, beside its page
    address: str = ""  #: of that chat, where it is on a real server

    @property
    def stream_id(self) -> str:
        return f"camera-{self.group_id}"


class Stage:
    """What is needed to confirm hits, one after the other."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database = database
        self.posts: list[Post] = []
        self._blobs = blobs
        self._n_hits = 0
        self._frame_key = ""
        self._watchlist_id = uuid.uuid4()
        self._user_id = uuid.uuid4()

    def build(self, n_groups: int, platforms: Mapping[str, Platform], now: datetime) -> None:
        """Write the list, the reviewer and the groups, which take turns at the kinds of chat."""
        self._frame_key = self._blobs.put("frame", frame_jpeg(), now)
        kinds = [PAGE, *platforms]
        with self.database.write() as session:
            reviewer = User(id=self._user_id, name=BY, password_hash="-", role="admin", created_at=now)
            session.add_all([self._watchlist(now), reviewer])
            for n in range(n_groups):
                self.posts.append(_post(session, n, kinds[n % len(kinds)], platforms, now))

    def add_room(self, address: str, secret: str, now: datetime) -> Post:
        """One more camera, whose group has a room on a real Matrix server."""
        name = group_name(len(self.posts))
        with self.database.write() as session:
            _create(session, name, (ChatDraft("matrix", address, secret),), now)
        self.posts.append(Post(name, "matrix", address))
        return self.posts[-1]

    def hits(self, posts: Sequence[Post], now: datetime) -> list[uuid.UUID]:
        """One waiting hit before the camera of each post."""
        with self.database.write() as session:
            return [self._hit(session, post, now) for post in posts]

    def confirm(self, hit_id: uuid.UUID, now: datetime) -> None:
        """A person says yes."""
        with self.database.write() as session:
            user = session.get_one(User, self._user_id)
            review.decide(session, hit_id, round=1, verdict="confirmed", user=user, now=now)

    def queue_bulletins(self, n: int, kinds: Sequence[str], now: datetime) -> None:
        """So many messages that can wait, spread over the chats of these kinds."""
        with self.database.write() as session:
            chats = session.query(GroupChat).filter(GroupChat.kind.in_(kinds)).order_by(GroupChat.id).all()
            session.add_all(_bulletin(chats[number % len(chats)], number, now) for number in range(n))

    def drop_bulletins(self) -> None:
        with self.database.write() as session:
            session.execute(delete(Delivery).where(Delivery.kind == "bulletin", Delivery.state == "queued"))

    def _watchlist(self, now: datetime) -> Watchlist:
        return Watchlist(
            id=self._watchlist_id,
            name="Rehearsal",
            category="other",
            reason=BY,
            owner=BY,
            created_at=now,
            created_by=BY,
            ends_at=now + timedelta(days=1),
            levels=[LEVEL],
            tell_at_once=1,
        )

    def _hit(self, session: Session, post: Post, now: datetime) -> uuid.UUID:
        """Of a person of its own: two hits of one person would be one case."""
        self._n_hits += 1
        until, person_id, portrait_id = now + timedelta(days=1), uuid.uuid4(), uuid.uuid4()
        made = {"created_at": now, "created_by": BY}
        person = Person(
            id=person_id,
            watchlist_id=self._watchlist_id,
            name=f"Somebody {self._n_hits}",
            reason=BY,
            source=BY,
            ends_at=until,
            **made,
        )
        portrait = Portrait(
            id=portrait_id,
            person=person,
            sha256=f"{self._n_hits:064}",
            box_xyxy=[],
            landmarks_xy=[],
            quality=1.0,
            **made,
        )
        session.add_all([person, portrait])
        session.flush()
        hit = _hit_of(post, self._n_hits, now)
        hit.watchlist_id, hit.person_id, hit.portrait_id = self._watchlist_id, person_id, portrait_id
        hit.frame_key = self._frame_key
        session.add(hit)
        session.flush()
        return hit.id


def streams_yaml(n_groups: int) -> str:
    """The house as the sender reads it."""
    site = f"{{id: {SITE}, name: {NAME}, latitude: {CENTRE[0]}, longitude: {CENTRE[1]}, time_zone: {ZONE}}}"
    streams = [
        f"{{id: camera-{group_name(n)}, site: {SITE}, name: Gate {n}, place: Gate {n}, url: 'rtsp://127.0.0.1:9/{n}'}}"
        for n in range(n_groups)
    ]
    return "\n".join(["sites:", f"  - {site}", "streams:", *(f"  - {stream}" for stream in streams)]) + "\n"


def group_name(n: int) -> str:
    return f"group-{n:02}"


def frame_jpeg() -> bytes:
    """A camera's picture, as hard to encode as a crowd."""
    rough = np.random.default_rng(7).integers(0, 255, (135, 240, 3), np.uint8)
    picture = cv2.resize(rough, FRAME_WH, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def write_streams(folder: Path, n_groups: int) -> Path:
    file = folder / "streams.yaml"
    file.write_text(streams_yaml(n_groups), encoding="utf-8")
    return file


def _post(session: Session, n: int, kind: str, platforms: Mapping[str, Platform], now: datetime) -> Post:
    platform, name = platforms.get(kind), group_name(n)
    chats = (ChatDraft(kind, platform.address(n), platform.secret(n)[0]),) if platform else ()
    _create(session, name, chats, now)
    return Post(name, kind)


def _create(session: Session, name: str, chats: tuple[ChatDraft, ...], now: datetime) -> None:
    covers = ({"stream": f"camera-{name}"},)
    draft = GroupDraft(name, f"Guards, {name}", *CENTRE, site_id=SITE, level=LEVEL, covers=covers, chats=chats)
    groups.create(session, draft, BY, now)


def _hit_of(post: Post, number: int, now: datetime) -> Hit:
    return Hit(
        id=uuid.uuid4(),
        number=number,
        origin="match",
        grade="sure",
        stream_id=post.stream_id,
        stream_name=post.stream_id,
        place=f"The gate of {post.group_id}",
        site_id=SITE,
        site_name=NAME,
        time_zone=ZONE,
        latitude=CENTRE[0],
        longitude=CENTRE[1],
        passage_id=uuid.uuid4(),
        first_seen_at=now,
        last_seen_at=now,
        seen_at=now,
        n_looks=5,
        track_length_s=2.0,
        similarity=0.7,
        score=0.7,
        threshold=0.4,
        embedder=BY,
        quality=0.8,
        box_xyxy=FACE,
        landmarks_xy=[],
        other_boxes_xyxy=OTHERS,
        frame_wh=list(FRAME_WH),
        crop_xyxy=[850.0, 250.0, 1060.0, 490.0],
        recorded_at=now,
    )


def _bulletin(chat: GroupChat, number: int, now: datetime) -> Delivery:
    return Delivery(
        kind="bulletin",
        group_id=chat.group_id,
        chat_id=chat.id,
        part=f"bulletin-{number}",
        lane=BULLETIN_LANE,
        next_try_at=now,
        expires_at=now + timedelta(hours=1),
        created_at=now,
        text=f"Bulletin {number}: nothing that cannot wait.",
    )
