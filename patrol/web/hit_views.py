"""What readers see of a hit: the models of the API, and making them from rows."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits.queue import WholeHit, with_everything
from patrol.hits.reasons import Verdict
from patrol.store.tables import Decision, Delivery, Group, GroupReply, Hit, Portrait
from patrol.values import Grade, ReplyKind

PictureKind = Literal["face", "frame", "portrait"]
ChatKind = Literal[
    "page",
    "matrix",
    "wecom_robot",
    "wecom_aibot",
    "wecom_app",
    "feishu",
    "dingtalk_app",
    "dingtalk_webhook",
    "telegram",
    "webhook",
]


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
    box_xyxy: list[float]  #: the face, pixels of the frame
    crop_xyxy: list[float]  #: what the face picture shows of the frame, pixels
    portrait_box_xyxy: list[float]  #: the face in the enrolled photo, pixels; empty where the photo is gone
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
    *("box_xyxy", "crop_xyxy", "frame_wh", "round", "verdict", "alarm"),
)


def views_of(session: Session, hits: Sequence[Hit]) -> list[HitView]:
    """The views of hits; what hangs on them is read with one query a table, however many they are."""
    wholes = with_everything(session, hits)
    portraits = _portraits_of(session, hits)
    group_names = _group_names(session, wholes)
    return [
        HitView.model_validate(
            {
                **_own_of(whole.hit),
                "pictures": _pictures_of(whole.hit, portraits.get(whole.hit.portrait_id)),
                "portrait_box_xyxy": _box_of(portraits.get(whole.hit.portrait_id)),
                "decisions": [_decision_view(decision) for decision in whole.hit.decisions],
                "deliveries": [_delivery_view(delivery) for delivery in whole.deliveries],
                "replies": [_reply_view(reply, group_names[reply.group_id]) for reply in whole.replies],
            }
        )
        for whole in wholes
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
    return Pictures(
        face=_address(hit, "face", hit.face_key),
        frame=_address(hit, "frame", hit.frame_key),
        portrait=_address(hit, "portrait", portrait.picture_key if portrait else None),
    )


def _box_of(portrait: Portrait | None) -> list[float]:
    return list(portrait.box_xyxy) if portrait else []


def _address(hit: Hit, kind: PictureKind, key: str | None) -> str | None:
    """The address changes with the picture: a page that shows one loads the better shot by itself."""
    return None if key is None else f"/api/v1/hits/{hit.id}/pictures/{kind}?v={Path(key).stem[:8]}"


def _decision_view(decision: Decision) -> DecisionView:
    stored = {name: getattr(decision, name) for name in DecisionView.model_fields if name != "by"}
    return DecisionView.model_validate({**stored, "by": decision.user_name or "policy"})


def _delivery_view(delivery: Delivery) -> DeliveryView:
    own = {"group", "chat_kind"}
    stored = {name: getattr(delivery, name) for name in DeliveryView.model_fields if name not in own}
    group = GroupRef(id=delivery.group_id, name=delivery.group.name)
    return DeliveryView.model_validate({**stored, "group": group, "chat_kind": delivery.chat.kind})


def _reply_view(reply: GroupReply, group_name: str) -> ReplyView:
    stored = {name: getattr(reply, name) for name in ReplyView.model_fields if name != "group"}
    return ReplyView.model_validate({**stored, "group": GroupRef(id=reply.group_id, name=group_name)})


def _portraits_of(session: Session, hits: Sequence[Hit]) -> Mapping[uuid.UUID, Portrait]:
    query = select(Portrait).where(Portrait.id.in_({hit.portrait_id for hit in hits}))
    return {portrait.id: portrait for portrait in session.scalars(query)}


def _group_names(session: Session, wholes: Sequence[WholeHit]) -> Mapping[str, str]:
    ids = {reply.group_id for whole in wholes for reply in whole.replies}
    return {row.id: row.name for row in session.execute(select(Group.id, Group.name).where(Group.id.in_(ids)))}
