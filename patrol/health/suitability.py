"""Whether a camera can identify people where it hangs, told from how its passages looked.

The bars are not this room's: a face is usable where video takes it, and light, steepness and glare are held against
the bar of enrolled photos, beyond which people were measurably found less often (faces/quality.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import atan, ceil, degrees, floor
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.health.hours import LACKS, MEASURE_OF, Counts, median, merged
from patrol.store.tables import StreamHour
from patrol.values import Stream

WINDOW = timedelta(days=7)  # each weekday once; what was mended shows within a week
NEEDED_WATCHED = timedelta(hours=24)  # every light of a day
NEEDED_PASSAGES = 20  # one more or less then moves a share by 5 points
PASSAGES_OF_HOUR = 5  # of one hour of the day, before anything is said of it
UNFIT_BELOW = 0.5  # share of usable passages: the person who passes mostly shows no usable face
GOOD_FROM = 0.9
TELLING = 0.05  # of the passages lack it: worth a sentence

Verdict = Literal["unknown", "good", "limited", "unfit"]


class Bar(Protocol):
    """What a look must reach; `faces.quality.Bar` is one."""

    @property
    def min_eye_distance_px(self) -> float: ...
    @property
    def min_sharpness(self) -> float: ...
    @property
    def max_yaw(self) -> float: ...
    @property
    def max_pitch(self) -> float: ...
    @property
    def max_under_exposure(self) -> float: ...
    @property
    def max_over_exposure(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Bars:
    """video: what a look must reach to be used. photo: beyond which looks find people measurably less often."""

    video: Bar
    photo: Bar


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of words/suitability.json with its fields."""

    code: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """What passages looked like at one hour of the day at the site, all days together."""

    hour: int  #: 0..23
    n_passages: int
    n_usable: int
    eye_distance_px: float | None
    under_exposure: float | None  #: 0..1, part of a face that is black
    over_exposure: float | None  #: 0..1, part of a face that is white
    dynamic_range_bits: float | None  #: 0..8


@dataclass(frozen=True, slots=True)
class Suitability:
    """The report on one stream. Medians are over passages, of each passage's best look."""

    stream_id: str
    verdict: Verdict
    n_passages: int
    n_usable: int
    watched_s: float
    since: datetime | None  #: the first hour that counts
    face_width_px: float | None
    eye_distance_px: float | None
    sharpness: float | None
    yaw_deg: float | None  #: turned to a side, either one
    pitch_deg: float | None  #: 0 is frontal; above, the face is seen from above
    lacks: Mapping[str, int]  #: passages without a usable face, by what their best look lacked
    by_hour: tuple[HourOfDay, ...]  #: the hours in which anybody passed
    findings: tuple[Finding, ...]  #: the verdict first, then why, and what to change

    @property
    def usable_share(self) -> float | None:
        return self.n_usable / self.n_passages if self.n_passages else None


def report(session: Session, stream: Stream, bars: Bars, now: datetime, window: timedelta = WINDOW) -> Suitability:
    """Judge one stream by the passages of the last days."""
    hours = session.scalars(
        select(StreamHour)
        .where(StreamHour.stream_id == stream.id, StreamHour.hour > now - window)
        .order_by(StreamHour.hour)
    ).all()
    return judged(stream, hours, bars)


def judged(stream: Stream, hours: Sequence[StreamHour], bars: Bars) -> Suitability:
    """The report that these hours make."""
    counts = merged([row.counts for row in hours])
    n_passages, n_usable = sum(row.n_passages for row in hours), sum(row.n_usable for row in hours)
    watched_s = sum(row.watched_s for row in hours)
    by_hour = _hours_of_day(hours, ZoneInfo(stream.site.time_zone))
    verdict = _verdict(n_passages, n_usable, watched_s)
    if verdict == "unknown":
        findings = [Finding("not_enough", _how_much(n_passages, watched_s))]
    else:
        findings = [_headline(verdict, n_usable / n_passages, counts, bars.video)]
        findings += _reasons(counts, n_passages, bars.video) if verdict != "good" else []
        findings += _steepness(counts, bars.photo)
        findings += _hours_of_bad_light(by_hour, bars.photo)
    return Suitability(
        stream_id=stream.id,
        verdict=verdict,
        n_passages=n_passages,
        n_usable=n_usable,
        watched_s=watched_s,
        since=hours[0].hour if hours else None,
        face_width_px=median(counts, "face_width_px"),
        eye_distance_px=median(counts, "eye_distance_px"),
        sharpness=median(counts, "sharpness"),
        yaw_deg=median(counts, "yaw_deg"),
        pitch_deg=median(counts, "pitch_deg"),
        lacks=counts.get(LACKS, {}),
        by_hour=by_hour,
        findings=tuple(findings),
    )


def _verdict(n_passages: int, n_usable: int, watched_s: float) -> Verdict:
    if n_passages < NEEDED_PASSAGES or watched_s < NEEDED_WATCHED.total_seconds():
        return "unknown"
    share = n_usable / n_passages
    return "unfit" if share < UNFIT_BELOW else "limited" if share < GOOD_FROM else "good"


def _how_much(n_passages: int, watched_s: float) -> dict[str, object]:
    return {
        "n": n_passages,
        "hours": round(watched_s / 3600, 1),
        "needed": NEEDED_PASSAGES,
        "needed_hours": int(NEEDED_WATCHED.total_seconds() / 3600),
    }


def _headline(verdict: Verdict, share: float, counts: Counts, bar: Bar) -> Finding:
    """The verdict; of faces that are too small it says so at once."""
    eye_px = median(counts, "eye_distance_px") or 0.0
    fields = {"percent": round(100 * share)}
    if verdict == "unfit" and eye_px < bar.min_eye_distance_px:
        face_px = round(median(counts, "face_width_px") or 0.0)
        return Finding("unfit_small", {**fields, "face_px": face_px})
    return Finding(verdict, fields)


def _reasons(counts: Counts, n_passages: int, bar: Bar) -> list[Finding]:
    """What the passages without a usable face lacked, the commonest first."""
    lacks = sorted(counts.get(LACKS, {}).items(), key=lambda item: -item[1])
    return [_reason(code, round(100 * n / n_passages), counts, bar) for code, n in lacks if n >= TELLING * n_passages]


def _reason(lack: str, percent: int, counts: Counts, bar: Bar) -> Finding:
    """One lack in the unit that people are told, of those who have it, with how much more it takes."""
    found = median(counts, MEASURE_OF[lack], lack) or 0.0 if lack in MEASURE_OF else 0.0
    fields: dict[str, object] = {"percent": percent}
    if lack == "too_small":
        times = max(ceil(10 * bar.min_eye_distance_px / max(found, 1.0)) / 10, 1.1)
        fields |= {"found": floor(found), "needed": round(bar.min_eye_distance_px), "times": times}  # 7.6 is no 8
    elif lack == "blurred":
        fields |= {"found": round(found, 1), "needed": bar.min_sharpness}
    elif lack == "turned_away":
        fields |= {"found": round(found), "most": round(_angle(bar.max_yaw))}
    return Finding(lack, fields)


def _steepness(counts: Counts, bar: Bar) -> list[Finding]:
    pitch_deg, most_deg = median(counts, "pitch_deg") or 0.0, _angle(bar.max_pitch)
    return [Finding("steep", {"found": round(pitch_deg), "most": round(most_deg)})] if pitch_deg > most_deg else []


def _hours_of_bad_light(by_hour: Sequence[HourOfDay], bar: Bar) -> list[Finding]:
    """Hours of the day whose faces are mostly unusable and black, or white, for more than a photo may be."""
    bad = [it for it in by_hour if it.n_passages >= PASSAGES_OF_HOUR and it.n_usable < UNFIT_BELOW * it.n_passages]
    dark = [it.hour for it in bad if (it.under_exposure or 0.0) > bar.max_under_exposure]
    glare = [it.hour for it in bad if (it.over_exposure or 0.0) > bar.max_over_exposure]
    said = {"dark": spans(dark), "glare": spans(glare)}
    return [Finding(code, {"hours": hours}) for code, hours in said.items() if hours]


def spans(hours: Sequence[int]) -> str:
    """Hours of a day as times: 18, 19 .. 23, 0 .. 5 are "18:00-06:00". Empty of none."""
    left = set(hours)
    begins = sorted(hour for hour in left if (hour - 1) % 24 not in left)
    if len(left) == 24:
        return "00:00-24:00"
    return ", ".join(f"{begin:02d}:00-{_end(begin, left) or 24:02d}:00" for begin in begins)


def _end(begin: int, hours: set[int]) -> int:
    end = (begin + 1) % 24
    while end in hours:
        end = (end + 1) % 24
    return end


def _hours_of_day(hours: Sequence[StreamHour], zone: ZoneInfo) -> tuple[HourOfDay, ...]:
    """The same hour of all days together; a zone that is half an hour off counts to the hour it begins in."""
    by_hour: dict[int, list[StreamHour]] = {}
    for row in hours:
        if row.n_passages:
            by_hour.setdefault(row.hour.astimezone(zone).hour, []).append(row)
    return tuple(_hour_of_day(hour, by_hour[hour]) for hour in sorted(by_hour))


def _hour_of_day(hour: int, rows: Sequence[StreamHour]) -> HourOfDay:
    counts = merged([row.counts for row in rows])
    return HourOfDay(
        hour,
        sum(row.n_passages for row in rows),
        sum(row.n_usable for row in rows),
        median(counts, "eye_distance_px"),
        median(counts, "under_exposure"),
        median(counts, "over_exposure"),
        median(counts, "dynamic_range_bits"),
    )


def _angle(tangent: float) -> float:
    return degrees(atan(tangent))
