"""`patrol drill`: send an exercise and time the groups."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from threading import Event
from typing import Annotated

import typer

from patrol import words
from patrol.chats.table import open_chats
from patrol.cli import parts
from patrol.cli.sending import send_now
from patrol.dispatch import drills, exercises, wording
from patrol.dispatch.drills import Report, Score
from patrol.dispatch.notice_texts import platform_name
from patrol.settings import Settings, read_chat_secret, terminal_language
from patrol.store.beats import has_sender
from patrol.store.engine import Database
from patrol.store.tables import Exercise

BY = "cli"
LOOK_EVERY_S = 0.3

Seen = dict[str, float]  #: by group, what has been said already


def add_to(app: typer.Typer) -> None:
    app.command()(drill)


def drill(
    group: Annotated[list[str] | None, typer.Argument(help="Which groups; all of them where left out.")] = None,
    site: Annotated[str | None, typer.Option(help="All groups of this site.")] = None,
    minutes: Annotated[float, typer.Option(min=0.02, max=drills.LONGEST_MIN, help="How long the clock runs.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, at the end.")] = False,
) -> None:
    """Send an exercise and report the time to the first "seen" by group; exit status 1 where a group gave none."""
    chosen = parts.settings()
    database = parts.database(chosen)
    within = timedelta(minutes=minutes)
    with database.write() as session:
        started = drills.start(session, group or [], parts.clock(), by=BY, site_id=site, within=within)
    _send(chosen, database, started)
    stop, said, report = parts.stop_on_signals(), Seen(), _report(database, started)
    for report in _reports(database, started, stop):
        if not as_json:
            _say_news(report, said)
    if as_json:
        typer.echo(json.dumps(in_json(report), ensure_ascii=False, default=str))
    else:
        _say_silent(report)
    raise typer.Exit(1 if any(score.seen_after_s is None for score in report.scores) else 0)


def in_json(report: Report) -> dict[str, object]:
    groups = [{**asdict(score), "state": score.state} for score in report.scores]
    about = {name: value for name, value in asdict(report).items() if name != "scores"}
    n_seen = sum(score.seen_after_s is not None for score in report.scores)
    return {**about, "n_groups": len(groups), "n_seen": n_seen, "groups": groups}


def _send(chosen: Settings, database: Database, started: Exercise) -> None:
    with database.read() as session:
        if has_sender(session, parts.clock()):
            return
        ids = exercises.waiting(session, started)
    opened = open_chats(read_chat_secret, parts.clock)
    try:
        send_now(chosen, database, opened, ids)
    finally:
        opened.close()


def _reports(database: Database, started: Exercise, stop: Event) -> Iterator[Report]:
    """How the drill stands, again and again until it is over or somebody breaks it off."""
    while True:
        report = _report(database, started)
        yield report
        if report.is_over or stop.wait(LOOK_EVERY_S):
            return


def _report(database: Database, started: Exercise) -> Report:
    with database.read() as session:
        return drills.report(session, started, parts.clock())


def _say_news(report: Report, said: Seen) -> None:
    """A line for each group that has answered since the last look."""
    for score in report.scores:
        if score.seen_after_s is not None and score.group_id not in said:
            said[score.group_id] = score.seen_after_s
            typer.echo(f"{score.seen_after_s:8.1f} s  {score.group_id}  {_answer(score)}")


def _answer(score: Score) -> str:
    language = terminal_language()
    answer = words.say(f"dispatch.button_{score.answer}", language) if score.answer in wording.BUTTONS else ""
    return " · ".join(filter(None, [answer or words.say("health.drill_read", language), score.member]))


def _say_silent(report: Report) -> None:
    """Who gave no answer, and what each of their chats did."""
    language = terminal_language()
    for score in report.scores:
        if score.seen_after_s is None:
            typer.echo(f"       —    {score.group_id}  {words.say('health.drill_silent', language)}")
        for chat in score.chats:
            if chat.state == "failed" or score.seen_after_s is None:
                why = wording.explain(chat.error, language) if chat.error else ""
                state = words.say(f"health.drill_{chat.state}", language)
                typer.echo(f"            {platform_name(chat.kind, language)}: {state} {why}".rstrip())
