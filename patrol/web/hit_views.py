"""What readers see of a hit: the models of the API, and making them from rows."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch.explanations import outcomes_of
from patrol.faces.quality import ENROLMENT, Lack, remembered, shortfalls
from patrol.hits.courses import Course, courses_of
from patrol.hits.queue import WholeHit, with_everything
from patrol.hits.reasons import Verdict
from patrol.store.tables import Decision, Delivery, Group, Hit, Portrait
from patrol.values import Grade
from patrol.web.case_views import (
    ClockView,
    EpisodeView,
    GroupRef,
    StepView,
    clock_view,
    episode_view,
    step_view,
)
from patrol.web.reply_views import ReplyView, reply_view

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


class Shortfall(BaseModel):
    """One thing a face lacks, in pixels, per cent of the face, bits or degrees."""

    code: Lack
    found: float
    needed: float


class Pictures(BaseModel):
    """Addresses of the pictures; null where one is not kept any more."""

    face: str | None
    frame: str | None
    portrait: str | None


class ClipView(BaseModel):
    """The seconds around the hit, at /api/v1/hits/{id}/clip."""

    codec: str  #: as libav calls it: h264, or hevc, which not every browser plays
    seconds: float
    began_at: datetime  #: the hit's look is shown seen_at - began_at after its beginning


class DecisionView(BaseModel):
    round: int
    seat: int
    verdict: Verdict
    reason: str | None
    note: str
    by: str
    decided_at: datetime


class DeliveryView(BaseModel):
    id: uuid.UUID
    kind: Literal["hit", "withdraw", "status", "exercise", "bulletin", "drill", "alarm", "test"]
    group: GroupRef
    chat_kind: ChatKind
    state: Literal["queued", "sending", "sent", "unknown", "failed", "expired", "withdrawn"]
    attempts: int
    error: str | None
    text: str
    picture_sha256: str | None
    distance_m: float | None
    walk_min: float | None
    parent_id: uuid.UUID | None  #: the delivery that was forwarded
    forwarded_by: str | None  #: "user:NAME" or "member:NAME"
    forward_policy_id: uuid.UUID | None
    created_at: datetime
    sent_at: datetime | None
    read_at: datetime | None


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
    #: the cosine less what strangers reach with both faces: what is held against `threshold`. Null for hits of before
    #: scores were made: their threshold and runner_up are cosines.
    score: float | None
    threshold: float
    runner_up: float | None
    embedder: str
    is_weak: bool  #: matched by a portrait that was let in as weak: the threshold is higher
    is_still: bool  #: the face has not moved for minutes: probably a poster or a screen
    quality: float
    measures: dict[str, float]  #: what the quality was made of; empty for hits of before it was kept
    shortfalls: list[Shortfall]  #: what the picture lacks of what a portrait needs, worst to mend first
    box_xyxy: list[float]  #: the face, pixels of the frame
    crop_xyxy: list[float]  #: what the face picture shows of the frame, pixels
    portrait_box_xyxy: list[float]  #: the face in the enrolled photo, pixels; empty where the photo is gone
    frame_wh: list[int]
    round: int
    verdict: Verdict | None
    alarm: str | None
    is_quiet: bool  #: recorded while a guard was with the person: it stands behind
    update_number: int  #: 0 opened its case
    episode: EpisodeView | None  #: its case; of a waiting hit the one that a yes would update
    is_of_episode: bool  #: false: a yes would make it so
    clocks: list[ClockView]  #: of every hit of the case
    steps: list[StepView]
    route_outcome: str | None  #: of its newest decision; delivered_default where nobody covers the place
    pictures: Pictures
    clip: ClipView | None  #: null where there is none, not yet or not any more
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
    *("n_looks", "n_passages", "track_length_s", "similarity", "score", "threshold", "runner_up", "embedder"),
    *("is_weak", "is_still", "quality", "measures"),
    *("box_xyxy", "crop_xyxy", "frame_wh", "round", "verdict", "alarm", "is_quiet", "update_number"),
)


def views_of(session: Session, hits: Sequence[Hit]) -> list[HitView]:
    """The views of hits; what hangs on them is read with one query a table, however many they are."""
    wholes = with_everything(session, hits)
    portraits, courses = _portraits_of(session, hits), courses_of(session, hits)
    names, outcomes = _group_names(session, wholes, courses.values()), outcomes_of(session, [hit.id for hit in hits])
    return [
        HitView.model_validate(
            {
                **_own_of(whole.hit),
                **_course_of(whole.hit, courses[whole.hit.id], names),
                "route_outcome": outcomes.get(whole.hit.id),
                "pictures": _pictures_of(whole.hit, portraits.get(whole.hit.portrait_id)),
                "clip": _clip_of(whole.hit),
                "portrait_box_xyxy": _box_of(portraits.get(whole.hit.portrait_id)),
                "decisions": [_decision_view(decision) for decision in whole.hit.decisions],
                "deliveries": [_delivery_view(delivery) for delivery in whole.deliveries],
                "replies": [reply_view(reply, names[reply.group_id]) for reply in whole.replies],
            }
        )
        for whole in wholes
    ]


def _own_of(hit: Hit) -> dict[str, Any]:
    return {
        **{name: getattr(hit, name) for name in AS_STORED},
        "is_exercise": hit.origin == "exercise" or hit.watchlist.is_exercise,
        "shortfalls": _shortfalls_of(hit),
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


def _course_of(hit: Hit, course: Course, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "episode": episode_view(course.episode) if course.episode else None,
        "is_of_episode": course.episode is not None and hit.episode_id == course.episode.id,
        "clocks": [clock_view(clock, names) for clock in course.clocks],
        "steps": [step_view(step, names) for step in course.steps],
    }


def _shortfalls_of(hit: Hit) -> list[Shortfall]:
    lacks = shortfalls(remembered(hit.measures), ENROLMENT) if hit.measures else ()
    return [Shortfall.model_validate(asdict(lack)) for lack in lacks]


def _pictures_of(hit: Hit, portrait: Portrait | None) -> Pictures:
    return Pictures(
        face=_address(hit, "face", hit.face_key),
        frame=_address(hit, "frame", hit.frame_key),
        portrait=_address(hit, "portrait", portrait.picture_key if portrait else None),
    )


def _clip_of(hit: Hit) -> ClipView | None:
    if hit.clip_key is None:
        return None
    return ClipView.model_validate({"codec": hit.clip_codec, "seconds": hit.clip_s, "began_at": hit.clip_began_at})


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


def _portraits_of(session: Session, hits: Sequence[Hit]) -> Mapping[uuid.UUID, Portrait]:
    query = select(Portrait).where(Portrait.id.in_({hit.portrait_id for hit in hits}))
    return {portrait.id: portrait for portrait in session.scalars(query)}


def _group_names(session: Session, wholes: Sequence[WholeHit], courses: Iterable[Course]) -> Mapping[str, str]:
    ids: set[str | None] = {reply.group_id for whole in wholes for reply in whole.replies}
    for course in courses:
        ids |= {clock.group_id for clock in course.clocks}
        ids |= {id for step in course.steps for id in (step.group_id, step.from_group_id)}
    return {row.id: row.name for row in session.execute(select(Group.id, Group.name).where(Group.id.in_(ids)))}
