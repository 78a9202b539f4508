"""What readers see of a hit: the models of the API, and making them from rows."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from patrol.store.tables import Decision, Delivery, Group, GroupReply, Hit, Portrait
from patrol.values import Grade, ReplyKind

Verdict = Literal["confirmed", "rejected", "unsure"]
PictureKind = Literal["face", "frame", "portrait"]
ChatKind = Literal["page", "matrix", "wecom_robot", "webhook"]


class StreamRef(BaseModel):
    id: str
    name: str
    place: str


class SiteRef(BaseModel):
    id: str
    name: str
    time_zone: str
    latitude: float
    longitude: float


class WatchlistRef(BaseModel):
    id: uuid.UUID
    name: str
    category: str


class PersonRef(BaseModel):
    id: uuid.UUID
    name: str
    reason: str
    note: str


class Pictures(BaseModel):
    """Addresses of the pictures; null where one is not kept any more."""

    face: str | None
    frame: str | None
    portrait: str | None


class DecisionView(BaseModel):
    round: int
    seat: int
    verdict: Verdict
    reason: str | None
    note: str
    by: str
    decided_at: datetime


class GroupRef(BaseModel):
    id: str
    name: str


class DeliveryView(BaseModel):
    id: uuid.UUID
    kind: Literal["hit", "withdraw", "status", "exercise", "bulletin"]
    group: GroupRef
    chat_kind: ChatKind
    state: Literal["queued", "sending", "sent", "unknown", "failed", "expired", "withdrawn"]
    attempts: int
    error: str | None
    text: str
    picture_sha256: str | None
    distance_m: float | None
    created_at: datetime
    sent_at: datetime | None


class ReplyView(BaseModel):
    id: uuid.UUID
    kind: ReplyKind
    text: str
    member: str
    group: GroupRef
    said_at: datetime


class HitView(BaseModel):
    id: uuid.UUID
    number: int
    origin: Literal["match", "manual", "replay", "exercise"]
    grade: Grade
    is_exercise: bool
    stream: StreamRef
    site: SiteRef
    watchlist: WatchlistRef
    person: PersonRef
    portrait_id: uuid.UUID
    seen_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    recorded_at: datetime
    n_looks: int
    n_passages: int
    track_length_s: float
    similarity: float
    threshold: float
    runner_up: float | None
    embedder: str
    quality: float
    box_xyxy: list[float]
    frame_wh: list[int]
    round: int
    verdict: Verdict | None
    alarm: str | None
    pictures: Pictures
    decisions: list[DecisionView]
    deliveries: list[DeliveryView]
    replies: list[ReplyView]


class HitPage(BaseModel):
    items: list[HitView]
    next: int | None  #: ask on with `before` = this
    waiting: int  #: hits of the reader's sites that wait for a verdict


#: Columns that a view takes as they are.
AS_STORED = (
    *("id", "number", "origin", "grade", "portrait_id", "seen_at", "first_seen_at", "last_seen_at", "recorded_at"),
    *("n_looks", "n_passages", "track_length_s", "similarity", "threshold", "runner_up", "embedder", "quality"),
    *("box_xyxy", "frame_wh", "round", "verdict", "alarm"),
)


def views_of(session: Session, hits: Sequence[Hit]) -> list[HitView]:
    """The views of hits; what hangs on them is read with one query a table."""
    ids = [hit.id for hit in hits]
    decisions = _decisions_of(session, ids)
    deliveries = _deliveries_of(session, ids)
    replies = _replies_of(session, ids)
    portraits = _portraits_of(session, hits)
    return [
        HitView.model_validate(
            {
                **_own_of(hit),
                "pictures": _pictures_of(hit, portraits.get(hit.portrait_id)),
                "decisions": decisions[hit.id],
                "deliveries": deliveries[hit.id],
                "replies": replies[hit.id],
            }
        )
        for hit in hits
    ]


def _own_of(hit: Hit) -> dict[str, Any]:
    return {
        **{name: getattr(hit, name) for name in AS_STORED},
        "is_exercise": hit.origin == "exercise" or hit.watchlist.is_exercise,
        "stream": StreamRef(id=hit.stream_id, name=hit.stream_name, place=hit.place),
        "site": SiteRef(
            id=hit.site_id,
            name=hit.site_name,
            time_zone=hit.time_zone,
            latitude=hit.latitude,
            longitude=hit.longitude,
        ),
        "watchlist": WatchlistRef(id=hit.watchlist_id, name=hit.watchlist.name, category=hit.watchlist.category),
        "person": PersonRef(id=hit.person_id, name=hit.person.name, reason=hit.person.reason, note=hit.person.note),
    }


def _pictures_of(hit: Hit, portrait: Portrait | None) -> Pictures:
    keys = {"face": hit.face_key, "frame": hit.frame_key, "portrait": portrait and portrait.picture_key}
    return Pictures.model_validate({kind: _address(hit, kind, key) for kind, key in keys.items()})


def _address(hit: Hit, kind: str, key: str | None) -> str | None:
    """The address changes with the picture, so that a better shot is loaded and an old one is not shown for it."""
    return None if key is None else f"/api/v1/hits/{hit.id}/pictures/{kind}?v={Path(key).stem[:8]}"


def _decisions_of(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[DecisionView]]:
    found: defaultdict[uuid.UUID, list[DecisionView]] = defaultdict(list)
    query = select(Decision).where(Decision.hit_id.in_(ids)).order_by(Decision.round, Decision.seat)
    for decision in session.scalars(query):
        found[decision.hit_id].append(
            DecisionView.model_validate(
                {
                    **{name: getattr(decision, name) for name in DecisionView.model_fields if name != "by"},
                    "by": decision.user_name or "policy",
                }
            )
        )
    return found


def _deliveries_of(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[DeliveryView]]:
    found: defaultdict[uuid.UUID, list[DeliveryView]] = defaultdict(list)
    query = (
        select(Delivery)
        .where(Delivery.hit_id.in_(ids))
        .options(joinedload(Delivery.group), joinedload(Delivery.chat))
        .order_by(Delivery.created_at, Delivery.id)
    )
    for delivery in session.scalars(query):
        assert delivery.hit_id is not None
        found[delivery.hit_id].append(
            DeliveryView.model_validate(
                {
                    **{name: getattr(delivery, name, None) for name in DeliveryView.model_fields},
                    "group": GroupRef(id=delivery.group_id, name=delivery.group.name),
                    "chat_kind": delivery.chat.kind,
                }
            )
        )
    return found


def _replies_of(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[ReplyView]]:
    found: defaultdict[uuid.UUID, list[ReplyView]] = defaultdict(list)
    query = (
        select(GroupReply, Group.name)
        .join(Group, Group.id == GroupReply.group_id)
        .where(GroupReply.hit_id.in_(ids))
        .order_by(GroupReply.said_at, GroupReply.id)
    )
    for reply, group_name in session.execute(query):
        found[reply.hit_id].append(
            ReplyView(
                id=reply.id,
                kind=reply.kind,
                text=reply.text,
                member=reply.member,
                group=GroupRef(id=reply.group_id, name=group_name),
                said_at=reply.said_at,
            )
        )
    return found


def _portraits_of(session: Session, hits: Sequence[Hit]) -> Mapping[uuid.UUID, Portrait]:
    query = select(Portrait).where(Portrait.id.in_({hit.portrait_id for hit in hits}))
    return {portrait.id: portrait for portrait in session.scalars(query)}
