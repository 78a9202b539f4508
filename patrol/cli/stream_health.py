"""`patrol streams report` and `watched`: what each camera can do where it hangs, and when it was watched."""

import json
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from patrol import words
from patrol.cli import parts
from patrol.cli.streams import chosen_streams
from patrol.faces.quality import ENROLMENT, VIDEO
from patrol.health.days import Day, days_of
from patrol.health.gaps import Gap, watched_at
from patrol.health.suitability import Bars, Suitability
from patrol.health.suitability import report as judge
from patrol.settings import load_streams, terminal_language
from patrol.values import PatrolError, Stream

MINUTE, SECOND = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"

Ids = Annotated[list[str] | None, typer.Argument(help="Which streams; all enabled ones where left out.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def add_to(app: typer.Typer) -> None:
    app.command("report")(report)
    app.command("watched")(watched)


def report(ids: Ids = None, as_json: Json = False) -> None:
    """Say whether each camera can identify people where it hangs, and what to change."""
    streams = _chosen(ids)
    now = parts.clock()
    with parts.database(parts.settings()).read() as session:
        found = {stream: judge(session, stream, Bars(VIDEO, ENROLMENT), now) for stream in streams}
    if as_json:
        typer.echo(json.dumps({it.stream_id: _in_json(it) for it in found.values()}, ensure_ascii=False))
        return
    for stream, it in found.items():
        _say_report(stream, it)


def watched(
    ids: Ids = None,
    at: Annotated[str, typer.Option(help="A moment in the site's own time: 15:40, or 2026-03-02 15:40.")] = "",
    day: Annotated[str, typer.Option(help="A day at the site: 2026-03-02; today where left out.")] = "",
    as_json: Json = False,
) -> None:
    """Say whether a camera was watched at a moment, or list the gaps of a day."""
    streams = _chosen(ids)
    rows = _moments(streams, at) if at else _days(streams, _day_of(day))
    if as_json:
        typer.echo(json.dumps({stream.id: row for stream, row, _ in rows}, ensure_ascii=False, default=str))
        return
    for _, _, lines in rows:
        for line in lines:
            typer.echo(line)


Rows = list[tuple[Stream, dict[str, object], list[str]]]  #: each stream's answer, for programs and in words


def _moments(streams: list[Stream], said: str) -> Rows:
    now = parts.clock()
    rows: Rows = []
    with parts.database(parts.settings()).read() as session:
        for stream in streams:
            zone = ZoneInfo(stream.site.time_zone)
            moment = moment_of(said, zone, now)
            answer = watched_at(session, stream.id, moment, now)
            fields = {"id": stream.id, "at": f"{moment.astimezone(zone):{MINUTE}}"}
            goes_on = "_still" if answer.gap and answer.gap.ended_at is None else ""
            fields |= _times(answer.gap, zone) if answer.gap else {}
            row: dict[str, object] = {
                "at": moment,
                "watched": answer.watched,
                "gap": answer.gap and asdict(answer.gap),
            }
            rows.append((stream, row, [_say(f"watched.{answer.watched}{goes_on}", **fields)]))
    return rows


def _days(streams: list[Stream], day: date | None) -> Rows:
    with parts.database(parts.settings()).read() as session:
        days = days_of(session, streams, day, parts.clock())
    return [
        (stream, {**asdict(day), "known_s": day.known_s, "watched_s": day.watched_s}, _lines(stream, day))
        for stream, day in zip(streams, days, strict=True)
    ]


def _lines(stream: Stream, day: Day) -> list[str]:
    if day.known_from is None:
        return [_say("day_unknown", id=stream.id, day=day.day)]
    zone, percent = ZoneInfo(stream.site.time_zone), 100 * day.watched_s / max(day.known_s, 1.0)
    head = _say("day", id=stream.id, day=day.day, percent=f"{percent:.1f}", n=len(day.gaps))
    return [head, *(_say("gap", **_times(gap, zone, "%H:%M:%S")) for gap in day.gaps)]


def _times(gap: Gap, zone: ZoneInfo, form: str = SECOND) -> dict[str, str]:
    ended = f"{gap.ended_at.astimezone(zone):{form}}" if gap.ended_at else _say("gap_goes_on")
    is_known = gap.reason in words.catalogue("streams")  # a row outlives the version that wrote it
    reason = words.say(f"streams.{gap.reason}", terminal_language()) if is_known else gap.reason
    return {"began": f"{gap.began_at.astimezone(zone):{form}}", "ended": ended, "reason": reason}


def moment_of(said: str, zone: ZoneInfo, now: datetime) -> datetime:
    """A moment in the site's own time; a time without a day is the last one that has come."""
    try:
        if len(said) > len("15:40:00"):
            moment = datetime.fromisoformat(said)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        moment = datetime.combine(now.astimezone(zone).date(), time.fromisoformat(said), zone)
    except ValueError:
        raise PatrolError(_say("bad_moment", said=said)) from None
    return moment if moment <= now else moment - timedelta(days=1)


def _day_of(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise PatrolError(_say("bad_day", said=said)) from None


def _say_report(stream: Stream, it: Suitability) -> None:
    eye = "-" if it.eye_distance_px is None else f"{it.eye_distance_px:.0f}"
    verdict = _say(f"verdict_{it.verdict}")
    fields = {"id": stream.id, "name": stream.name, "n": it.n_passages, "usable": it.n_usable}
    typer.echo(_say("row", verdict=verdict, eye=eye, **fields))
    for finding in it.findings:
        typer.echo("  " + _say(finding.code, **finding.fields))


def _in_json(it: Suitability) -> dict[str, object]:
    findings = [{"code": each.code, "text": _say(each.code, **each.fields)} for each in it.findings]
    kept = asdict(it)
    since = None if it.since is None else it.since.isoformat()
    return {**kept, "since": since, "usable_share": it.usable_share, "findings": findings}


def _chosen(ids: list[str] | None) -> list[Stream]:
    return chosen_streams(load_streams(parts.settings().streams_file), ids or [])


def _say(code: str, **fields: object) -> str:
    return words.say(f"suitability.{code}", terminal_language(), **fields)
