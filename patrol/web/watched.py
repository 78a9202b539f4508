"""Was this camera watched at 15:40? Its gaps by day, and an answer for a moment."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel

from patrol.health import days
from patrol.health.days import days_of
from patrol.health.gaps import Gap, watched_at
from patrol.values import Language
from patrol.web.doors import Viewer
from patrol.web.explanations import explain
from patrol.web.parts import PartsHere
from patrol.web.streams import find_stream

router = APIRouter(prefix="/api/v1", tags=["streams"])

SECONDS = re.compile(r"\d:\d\d:\d\d")
YEARS = range(2000, 3000)  # beyond them clocks of other zones leave the calendar

T = TypeVar("T", date, datetime)


def _in_reach(value: T) -> T:
    if value.year not in YEARS:
        raise ValueError(f"the year {value.year} is out of reach")
    return value


Day = Annotated[date, AfterValidator(_in_reach)]
Moment = Annotated[datetime, AfterValidator(_in_reach)]


class GapView(BaseModel):
    """A time without pictures, from the last one to the first one after."""

    began_at: datetime
    ended_at: datetime | None  #: None: it goes on
    reason: str
    explanation: str


class DayView(BaseModel):
    """One stream on one day of its site; gaps are cut to the day."""

    stream_id: str
    day: date
    begins_at: datetime
    ends_at: datetime
    known_from: datetime | None  #: None: nothing is written down of this day
    known_to: datetime
    known_s: float
    watched_s: float
    gaps: list[GapView]


class WatchedView(BaseModel):
    """The answer for a moment; `unknown` where nothing is written down of it."""

    stream_id: str
    at: datetime
    watched: Literal["yes", "no", "unknown", "future"]
    gap: GapView | None  #: whole, where it was not
    known_since: datetime | None


@router.get("/gaps")
def list_gaps(visitor: Viewer, parts: PartsHere, day: Day | None = None) -> list[DayView]:
    """The day of every enabled stream of the visitor's sites; today at each site where `day` is left out."""
    streams = [it for it in parts.streams() if it.is_enabled and visitor.sees(it.site.id)]
    with parts.database.read() as session:
        found = days_of(session, streams, day, parts.clock())
    return [_day(it, visitor.language) for it in found]


@router.get("/streams/{stream_id}/gaps")
def show_gaps(stream_id: str, visitor: Viewer, parts: PartsHere, day: Day | None = None) -> DayView:
    """One stream's day."""
    stream = find_stream(parts, stream_id, visitor)
    with parts.database.read() as session:
        (found,) = days_of(session, [stream], day, parts.clock())
    return _day(found, visitor.language)


@router.get("/streams/{stream_id}/watched")
def show_watched(request: Request, stream_id: str, at: Moment, visitor: Viewer, parts: PartsHere) -> WatchedView:
    """Whether pictures of a stream came in at 2026-03-02T15:40:30; 15:40 asks for that whole minute.

    Without a zone it is the site's own time.
    """
    stream = find_stream(parts, stream_id, visitor)
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(stream.site.time_zone))
    with parts.database.read() as session:
        lasts = timedelta(microseconds=1) if SECONDS.search(request.query_params["at"]) else timedelta(minutes=1)
        answer = watched_at(session, stream.id, at, parts.clock(), lasts)
    return WatchedView(
        stream_id=stream.id,
        at=at,
        watched=answer.watched,
        gap=answer.gap and _gap(answer.gap, visitor.language),
        known_since=answer.known_since,
    )


def _day(day: days.Day, language: Language) -> DayView:
    kept = {name: getattr(day, name) for name in DayView.model_fields if name != "gaps"}
    return DayView.model_validate({**kept, "gaps": [_gap(gap, language) for gap in day.gaps]})


def _gap(gap: Gap, language: Language) -> GapView:
    said = explain("streams", gap.reason, language, {})
    return GapView(began_at=gap.began_at, ended_at=gap.ended_at, reason=gap.reason, explanation=said)
