"""How patrol itself is: workers, gallery, disk, what is queued, and the alarms."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol import __version__
from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import Alarm, Delivery, GalleryChange, Group, Person, Watchlist, Worker
from patrol.web.doors import Viewer, Visitor
from patrol.web.explanations import explain
from patrol.web.parts import PartsHere

router = APIRouter(tags=["system"])

MOST_ALARMS = 100


class WorkerView(BaseModel):
    id: str
    beat_at: datetime
    is_alive: bool
    rev: int
    embedder: str
    runtime: str


class GalleryView(BaseModel):
    rev: int
    n_people: int
    n_workers_current: int  #: living workers that have applied `rev`
    n_workers: int  #: living workers


class DiskView(BaseModel):
    used_bytes: int
    quota_bytes: int


class SenderView(BaseModel):
    n_queued: int  #: queued or being sent
    oldest_queued_at: datetime | None


class AlarmView(BaseModel):
    id: uuid.UUID
    code: str
    subject: str
    explanation: str
    detail: dict[str, Any]
    raised_at: datetime


class SystemView(BaseModel):
    version: str
    workers: list[WorkerView]
    gallery: GalleryView
    disk: DiskView
    sender: SenderView
    alarms: list[AlarmView]


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
            workers=workers,
            gallery=_gallery(session, workers, now),
            disk=DiskView(used_bytes=parts.disk_used_bytes(), quota_bytes=parts.settings.disk_quota_mb * 1_000_000),
            sender=_sender(session),
            alarms=_alarms(session, visitor),
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
        )
        for worker in session.scalars(select(Worker).order_by(Worker.started_at.desc()).limit(50))
    ]


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


def _sender(session: Session) -> SenderView:
    queued = select(func.count(), func.min(Delivery.created_at)).where(Delivery.state.in_(("queued", "sending")))
    n_queued, oldest = session.execute(queued).one()
    return SenderView(n_queued=n_queued, oldest_queued_at=oldest)


def _alarms(session: Session, visitor: Visitor) -> list[AlarmView]:
    """The alarms that stand and that the visitor may know."""
    query = select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(Alarm.raised_at.desc()).limit(MOST_ALARMS)
    group_sites = {f"group:{row.id}": row.site_id for row in session.execute(select(Group.id, Group.site_id))}
    return [
        AlarmView(
            id=alarm.id,
            code=alarm.code,
            subject=alarm.subject,
            explanation=explain("alarms", alarm.code, visitor.language, {"subject": alarm.subject, **alarm.detail}),
            detail=alarm.detail,
            raised_at=alarm.raised_at,
        )
        for alarm in session.scalars(query)
        if visitor.hears(alarm.code, alarm.detail.get("site_id") or group_sites.get(alarm.subject))
    ]
