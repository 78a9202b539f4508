"""Whether a camera can identify people where it hangs: the report on one stream, and on all of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from patrol.faces.quality import ENROLMENT, VIDEO
from patrol.health.suitability import Bars, HourOfDay, Suitability, report
from patrol.values import Language
from patrol.web.doors import Viewer
from patrol.web.explanations import explain
from patrol.web.parts import PartsHere
from patrol.web.streams import find_stream

router = APIRouter(prefix="/api/v1", tags=["streams"])

BARS = Bars(VIDEO, ENROLMENT)


class FindingView(BaseModel):
    code: str
    text: str  #: what is so, and what to change


class HourOfDayView(BaseModel):
    """The passages of one hour of the day at the site, all days together; medians."""

    hour: int
    n_passages: int
    n_usable: int
    eye_distance_px: float | None
    under_exposure: float | None
    over_exposure: float | None
    dynamic_range_bits: float | None


class SuitabilityView(BaseModel):
    """The last seven days; medians over passages, of each passage's best look."""

    stream_id: str
    verdict: Literal["unknown", "good", "limited", "unfit"]
    n_passages: int
    n_usable: int
    usable_share: float | None
    watched_s: float
    since: datetime | None
    face_width_px: float | None
    eye_distance_px: float | None
    sharpness: float | None
    yaw_deg: float | None
    pitch_deg: float | None
    lacks: dict[str, int]
    by_hour: list[HourOfDayView]
    findings: list[FindingView]


@router.get("/streams/{stream_id}/report")
def show_report(stream_id: str, visitor: Viewer, parts: PartsHere) -> SuitabilityView:
    """What a camera can do where it hangs, and what to change."""
    stream = find_stream(parts, stream_id, visitor)
    with parts.database.read() as session:
        return _view(report(session, stream, BARS, parts.clock()), visitor.language)


@router.get("/stream-reports")
def list_reports(visitor: Viewer, parts: PartsHere) -> list[SuitabilityView]:
    """The report on every enabled stream of the visitor's sites."""
    streams = [it for it in parts.streams() if it.is_enabled and visitor.sees(it.site.id)]
    with parts.database.read() as session:
        found = [report(session, stream, BARS, parts.clock()) for stream in streams]
    return [_view(it, visitor.language) for it in found]


def _view(found: Suitability, language: Language) -> SuitabilityView:
    made = {
        "by_hour": [_hour(hour) for hour in found.by_hour],
        "findings": [
            FindingView(code=it.code, text=explain("suitability", it.code, language, it.fields))
            for it in found.findings
        ],
    }
    kept = {name: getattr(found, name) for name in SuitabilityView.model_fields if name not in made}
    return SuitabilityView.model_validate({**kept, **made})


def _hour(hour: HourOfDay) -> Mapping[str, Any]:
    return {name: getattr(hour, name) for name in HourOfDayView.model_fields}
