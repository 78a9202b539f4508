"""How patrol itself is: workers, gallery, disk, what is queued, and the alarms."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol import __version__
from patrol.dispatch.causes import Cause, by_cause, sentence_of, since
from patrol.dispatch.notice_texts import Reader, sentence
from patrol.health.load import counters
from patrol.store.beats import ALIVE_FOR, has_sender, sender_beat
from patrol.store.tables import Alarm, Delivery, GalleryChange, Group, Notice, Person, Watchlist, Worker
from patrol.values import Language
from patrol.web.deliveries import ChatQueue, queues_of
from patrol.web.doors import Viewer, Visitor
from patrol.web.explanations import explain
from patrol.web.parts import Parts, PartsHere
from patrol.web.streams import LEFT_OUT_FROM

router = APIRouter(tags=["system"])

MOST_ALARMS = 100
MEGABYTE = 1_000_000


class WorkerView(BaseModel):
    id: str
    beat_at: datetime
    is_alive: bool
    rev: int
    embedder: str
    runtime: str
    started_at: datetime
    n_streams: int
    n_dropped: int  #: looks that were due and left out, since it began
    cpu_s: float  #: processor time since its process began
    rss_bytes: int


class LoadView(BaseModel):
    """The looks that were due in the last two minutes, at all cameras of the machine."""

    dropped_share: float | None  #: 0..1 of them was left out; None before it is known
    n_streams: int  #: at which any was
    text: str | None  #: in words


class GalleryView(BaseModel):
    rev: int
    n_people: int
    n_workers_current: int  #: living workers that have applied `rev`
    n_workers: int  #: living workers


class DiskView(BaseModel):
    used_bytes: int
    quota_bytes: int
    free_bytes: int  #: of the disk that the pictures are on
    total_bytes: int


class SenderView(BaseModel):
    is_alive: bool
    beat_at: datetime | None
    n_queued: int  #: queued or being sent
    oldest_queued_at: datetime | None


class AlarmView(BaseModel):
    id: uuid.UUID
    code: str
    subject: str
    explanation: str
    detail: dict[str, Any]
    raised_at: datetime


class CauseView(BaseModel):
    """What alarms have in common: one line for many."""

    code: str
    site_id: str | None
    n: int
    since: datetime
    text: str
    is_told: bool  #: the maintenance groups know


class SystemView(BaseModel):
    version: str
    has_clips: bool  #: hits get the seconds around them
    workers: list[WorkerView]
    load: LoadView
    gallery: GalleryView
    disk: DiskView
    sender: SenderView
    alarms: list[AlarmView]
    causes: list[CauseView]  #: the alarms about patrol itself, grouped by cause
    chats: list[ChatQueue]  #: how each chat of the visitor's sites keeps up


class Health(BaseModel):
    status: str


@router.get("/healthz")
def show_health() -> Health:
    """For supervisors: no login, and nothing said but that the process answers."""
    return Health(status="ok")


@router.get("/api/v1/system")
def show_system(visitor: Viewer, parts: PartsHere) -> SystemView:
    now = parts.clock()
    with parts.database.read() as session:
        workers = _workers(session, now)
        return SystemView(
            version=__version__,
            has_clips=parts.settings.clip_before_s + parts.settings.clip_after_s > 0,
            workers=workers,
            load=_load(session, parts, visitor.language, now),
            gallery=_gallery(session, workers, now),
            disk=_disk(parts),
            sender=_sender(session, now),
            alarms=_alarms(session, visitor),
            causes=_causes(session, visitor, parts, now),
            chats=queues_of(session, visitor, now),
        )


def _workers(session: Session, now: datetime) -> list[WorkerView]:
    return [
        WorkerView(
            id=worker.id,
            beat_at=worker.beat_at,
            is_alive=now - worker.beat_at < ALIVE_FOR,
            rev=worker.rev,
            embedder=worker.embedder,
            runtime=worker.runtime,
            started_at=worker.started_at,
            n_streams=worker.n_streams,
            n_dropped=worker.n_dropped,
            cpu_s=worker.cpu_s,
            rss_bytes=worker.rss_bytes,
        )
        for worker in session.scalars(select(Worker).order_by(Worker.started_at.desc()).limit(50))
    ]


def _load(session: Session, parts: Parts, language: Language, now: datetime) -> LoadView:
    parts.load.note(counters(session, now), now)
    total = parts.load.total()
    if total is None:
        return LoadView(dropped_share=None, n_streams=0, text=None)
    n_streams = sum(it.n_dropped > 0 for it in parts.load.lately().values())
    share = total.dropped_share
    code = "left_out_all" if share >= LEFT_OUT_FROM else "left_out_none"
    said = explain("watching", code, language, {"percent": round(100 * share), "n": n_streams})
    return LoadView(dropped_share=share, n_streams=n_streams, text=said)


def _disk(parts: Parts) -> DiskView:
    volume = parts.volume()
    return DiskView(
        used_bytes=parts.disk_used_bytes(),
        quota_bytes=parts.settings.disk_quota_mb * MEGABYTE,
        free_bytes=volume.free,
        total_bytes=volume.total,
    )


def _gallery(session: Session, workers: Sequence[WorkerView], now: datetime) -> GalleryView:
    rev = session.scalar(select(func.coalesce(func.max(GalleryChange.rev), 0))) or 0
    active = (
        select(func.count(Person.id))
        .join(Watchlist, Person.watchlist_id == Watchlist.id)
        .where(Person.removed_at.is_(None), Person.suspended_at.is_(None), Person.ends_at > now)
        .where(Watchlist.closed_at.is_(None), Watchlist.ends_at > now)
    )
    alive = [worker for worker in workers if worker.is_alive]
    return GalleryView(
        rev=rev,
        n_people=session.scalar(active) or 0,
        n_workers_current=sum(worker.rev >= rev for worker in alive),
        n_workers=len(alive),
    )


def _sender(session: Session, now: datetime) -> SenderView:
    queued = select(func.count(), func.min(Delivery.created_at)).where(Delivery.state.in_(("queued", "sending")))
    n_queued, oldest = session.execute(queued).one()
    return SenderView(
        is_alive=has_sender(session, now),
        beat_at=sender_beat(session),
        n_queued=n_queued,
        oldest_queued_at=oldest,
    )


def _alarms(session: Session, visitor: Visitor) -> list[AlarmView]:
    """The alarms that stand and that the visitor may know."""
    return [
        AlarmView(
            id=alarm.id,
            code=alarm.code,
            subject=alarm.subject,
            explanation=explain(
                "alarms", sentence_of(alarm), visitor.language, {"subject": alarm.subject, **alarm.detail}
            ),
            detail=alarm.detail,
            raised_at=alarm.raised_at,
        )
        for alarm in _heard(session, visitor)[:MOST_ALARMS]
    ]


def _causes(session: Session, visitor: Visitor, parts: Parts, now: datetime) -> list[CauseView]:
    """What the maintenance is told, or will be: the standing alarms about patrol itself, by cause."""
    told = set(session.scalars(select(Notice.cause).where(Notice.recovered_at.is_(None))))
    zones = {site.id: site.time_zone for site in parts.known_places()[0]}
    grouped = by_cause(_heard(session, visitor))
    return [
        CauseView(
            code=cause.code,
            site_id=cause.site_id or None,
            n=len(alarms),
            since=since(alarms),
            text=sentence(cause, alarms, Reader(visitor.language, _zone(cause, zones), now)),
            is_told=str(cause) in told,
        )
        for cause, alarms in sorted(grouped.items(), key=lambda item: since(item[1]))
    ]


def _zone(cause: Cause, zones: Mapping[str, str]) -> str:
    """The cause's site's clock, else the one that all sites share."""
    return zones.get(cause.site_id) or (next(iter(zones.values())) if len(set(zones.values())) == 1 else "UTC")


def _heard(session: Session, visitor: Visitor) -> list[Alarm]:
    """The alarms that stand and that are this visitor's to know, the newest first."""
    group_sites = {f"group:{row.id}": row.site_id for row in session.execute(select(Group.id, Group.site_id))}
    standing = select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(Alarm.raised_at.desc(), Alarm.id)
    return [
        alarm
        for alarm in session.scalars(standing)
        if visitor.hears(alarm.code, alarm.detail.get("site_id") or group_sites.get(alarm.subject))
    ]
