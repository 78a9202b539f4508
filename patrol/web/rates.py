"""How often matches were wrong, by entry and by camera, and where rejected hits have raised a threshold."""

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.hits import rates
from patrol.hits.rates import LONGEST_DAYS, Alerts, CameraRates, EntryRates, Rate
from patrol.matching.prior import Prior
from patrol.store.beats import newest_embedder
from patrol.store.tables import Hit
from patrol.watchlist.floors import Floor, cap_of, floors_of
from patrol.watchlist.settling import known_of_version
from patrol.web.doors import Reviewer, Visitor
from patrol.web.parts import Parts, PartsHere
from patrol.web.people import present_person

router = APIRouter(prefix="/api/v1", tags=["rates"])


class CountedRate(BaseModel):
    """A rate with its 95 % interval. `value` is null where nothing was counted; `high` is null where it is open."""

    n: int
    of: float
    value: float | None
    low: float
    high: float | None


class AlertsView(BaseModel):
    n_false: int
    n_confirmed: int
    n_unsure: int
    n_waiting: int
    n_other: int
    precision: CountedRate


class CameraRatesView(BaseModel):
    stream_id: str
    name: str
    site_id: str
    alerts: AlertsView
    n_passages: int
    n_camera_days: int
    per_passage: CountedRate
    per_camera_day: CountedRate


class FloorView(BaseModel):
    """Where a rejected hit has raised what an entry must reach."""

    stream_id: str
    stream_name: str
    score: float
    rejected_score: float
    n_rejected: int
    is_capped: bool  #: it would stand higher, but for the people who would not be found any more
    find_rate: float | None  #: of good passages of the person at this score; null where it was not measured


class EntryRatesView(BaseModel):
    person_id: uuid.UUID
    watchlist_id: uuid.UUID
    name: str
    watchlist: str
    since: datetime
    days: float
    alerts: AlertsView
    per_day: CountedRate
    per_passage: CountedRate
    per_camera_day: CountedRate
    expected: float  #: false alerts that the budget leaves to one entry in this time
    is_flagged: bool
    floors: list[FloorView]


class RatesView(BaseModel):
    since: datetime
    until: datetime
    accepted_per_day: float
    alerts: AlertsView
    n_passages: int
    n_camera_days: int
    per_passage: CountedRate
    per_camera_day: CountedRate
    cameras: list[CameraRatesView]
    entries: list[EntryRatesView]


@router.get("/rates")
def show_rates(
    visitor: Reviewer, parts: PartsHere, days: Annotated[int, Query(ge=1, le=LONGEST_DAYS)] = 30
) -> RatesView:
    """What reviewers said of the hits of the last days, at the visitor's sites."""
    now = parts.clock()
    names = _stream_names(parts)
    with parts.database.read() as session:
        found = rates.read_rates(session, now - timedelta(days=days), now, visitor.sites)
        floors = _floors(session, [entry.person_id for entry in found.entries], visitor, parts)
        accepted = rates.accepted_per_day(session)
    return RatesView(
        since=found.since,
        until=found.until,
        accepted_per_day=accepted,
        alerts=_alerts(found.alerts),
        n_passages=found.traffic.n_passages,
        n_camera_days=found.traffic.n_camera_days,
        per_passage=_rate(found.per_passage),
        per_camera_day=_rate(found.per_camera_day),
        cameras=[_camera(camera, names) for camera in found.cameras],
        entries=[_entry(entry, floors.get(entry.person_id, [])) for entry in found.entries],
    )


@router.get("/people/{person_id}/floors")
def list_floors(person_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> list[FloorView]:
    """Before which cameras this entry must be reached more closely, because strangers were rejected there."""
    with parts.database.read() as session:
        present_person(session, person_id)
        return _floors(session, [person_id], visitor, parts).get(person_id, [])


def _floors(
    session: Session, people: list[uuid.UUID], visitor: Visitor, parts: Parts
) -> dict[uuid.UUID, list[FloorView]]:
    """By person: the floors before cameras that the visitor sees, of the embedder that is at work."""
    embedder = newest_embedder(session)
    if embedder is None or not people:
        return {}
    prior, names = known_of_version(parts.settings.models_dir, embedder), _stream_names(parts)
    raised = floors_of(session, embedder, cap_of(prior), people)
    site_of = dict(session.execute(select(Hit.stream_id, Hit.site_id).where(Hit.person_id.in_(people))).all())
    views: dict[uuid.UUID, list[FloorView]] = {}
    for (person_id, stream_id), floor in sorted(raised.items(), key=lambda spot: spot[0][1]):
        if visitor.sees(site_of.get(stream_id)):
            views.setdefault(person_id, []).append(_floor(floor, stream_id, names, prior))
    return views


def _floor(floor: Floor, stream_id: str, names: dict[str, str], prior: Prior) -> FloorView:
    find_rate = prior.find_rate(floor.score)
    name = names.get(stream_id, stream_id)
    return FloorView(stream_id=stream_id, stream_name=name, find_rate=find_rate, **asdict(floor))


def _stream_names(parts: Parts) -> dict[str, str]:
    return {stream.id: stream.name for stream in parts.known_places()[1]}


def _camera(camera: CameraRates, names: dict[str, str]) -> CameraRatesView:
    return CameraRatesView(
        stream_id=camera.stream_id,
        name=names.get(camera.stream_id, camera.stream_id),
        site_id=camera.site_id,
        alerts=_alerts(camera.alerts),
        n_passages=camera.traffic.n_passages,
        n_camera_days=camera.traffic.n_camera_days,
        per_passage=_rate(camera.per_passage),
        per_camera_day=_rate(camera.per_camera_day),
    )


def _entry(entry: EntryRates, floors: list[FloorView]) -> EntryRatesView:
    rates = ("per_day", "per_passage", "per_camera_day")
    made = {"alerts", "floors", *rates}
    stored = {name: getattr(entry, name) for name in EntryRatesView.model_fields if name not in made}
    counted = {"alerts": _alerts(entry.alerts), "floors": floors, **{it: _rate(getattr(entry, it)) for it in rates}}
    return EntryRatesView.model_validate({**stored, **counted})


def _alerts(alerts: Alerts) -> AlertsView:
    return AlertsView(**asdict(alerts), precision=_rate(alerts.precision))


def _rate(rate: Rate) -> CountedRate:
    return CountedRate.model_validate(rate.figures)
