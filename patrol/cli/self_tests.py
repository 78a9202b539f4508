"""`patrol self-test`: let a listed face in and time every stage to the groups' chats; and the policy it needs."""

import json
from datetime import timedelta
from threading import Event
from typing import Annotated

import typer
from sqlalchemy import select

from patrol import words
from patrol.chats.table import open_chats
from patrol.cli import parts
from patrol.cli.sending import send_now
from patrol.dispatch import exercises, self_tests
from patrol.dispatch.self_tests import STAGES, SelfTestImpossible
from patrol.hits import policies
from patrol.settings import Settings, load_sites, read_chat_secret, terminal_language
from patrol.store.beats import has_sender
from patrol.store.engine import Database
from patrol.store.tables import Exercise, Watchlist
from patrol.values import PatrolError

BY = "cli"
LOOK_EVERY_S = 0.2

Result = dict[str, object]


def add_to(app: typer.Typer) -> None:
    app.command("self-test")(self_test)
    app.command("self-test-policy")(write_policy)


def self_test(
    site: Annotated[str | None, typer.Argument(help="The site's id; every site, in turn, where left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Let a listed face in behind a camera, and time each stage; exit status 1 where one is not reached."""
    chosen = parts.settings()
    database = parts.database(chosen)
    stop = parts.stop_on_signals()
    results = []
    for site_id in _sites(chosen, site):
        result = _tested(chosen, database, site_id, stop)
        results.append(result)
        if not as_json:
            _say(result)
    if as_json:
        typer.echo(json.dumps({"self_tests": results}, ensure_ascii=False))
    raise typer.Exit(0 if results and all(it["has_passed"] for it in results) else 1)


def write_policy(
    watchlist: Annotated[str, typer.Argument(help="The name of a list marked as exercise.")],
    text: Annotated[str, typer.Option(help="What for, in a sentence; it is kept with every hit it confirms.")],
    days: Annotated[int, typer.Option(min=1, max=policies.LONGEST.days, help="How long it holds.")] = 180,
    by: Annotated[str, typer.Option(help="Who says so.")] = BY,
) -> None:
    """Let the self-tests' own hits of an exercise list confirm themselves, for a while; no other hit ever does."""
    now = parts.clock()
    with parts.database(parts.settings()).write() as session:
        row = session.scalars(select(Watchlist).where(Watchlist.name == watchlist)).one_or_none()
        if row is None:
            raise PatrolError(words.say("cli.no_such_watchlist", terminal_language(), name=watchlist))
        policy = policies.write(session, row, text, by, now, now + timedelta(days=days))
    parts.say("policy_written", watchlist=watchlist, ends=policy.ends_at)


def _sites(chosen: Settings, site: str | None) -> list[str]:
    known = [it.id for it in load_sites(chosen.streams_file)]
    if site is not None and site not in known:
        raise PatrolError(parts.said("no_such_site", site=site, known=", ".join(known) or "-"))
    return [site] if site else known


def _tested(chosen: Settings, database: Database, site_id: str, stop: Event) -> Result:
    try:
        with database.write() as session:
            groups = [group.id for group in self_tests.groups_of_site(session, site_id)]
            exercise = self_tests.begin(session, site_id, groups, BY, parts.clock())
    except SelfTestImpossible as error:
        return {"site_id": site_id, "has_passed": False, "outcome": f"impossible_{error.reason}", "stages": {}}
    while not _has_ended(database, exercise) and not stop.wait(LOOK_EVERY_S):
        _do_senders_part(chosen, database, exercise)
    with database.read() as session:
        return in_json(site_id, exercises.find(session, exercise.id, self_tests.SELF_TEST))


def _has_ended(database: Database, exercise: Exercise) -> bool:
    with database.read() as session:
        return exercises.find(session, exercise.id, self_tests.SELF_TEST).ended_at is not None


def _do_senders_part(chosen: Settings, database: Database, exercise: Exercise) -> None:
    """Follow it and send its messages, where no `patrol send` runs that would."""
    now = parts.clock()
    with database.read() as session:
        if has_sender(session, now):
            return
    with database.write() as session:
        self_tests.follow(session, now)
        ids = exercises.waiting(session, exercise)
    if ids:
        opened = open_chats(read_chat_secret, parts.clock)
        try:
            send_now(chosen, database, opened, ids)
        finally:
            opened.close()


def in_json(site_id: str, exercise: Exercise) -> Result:
    """How far it came: milliseconds from the start to each stage that was reached."""
    reached = {stage: exercises.stage_at(exercise, stage) for stage in STAGES}
    stages = {
        stage: max(0, round((at - exercise.started_at).total_seconds() * 1000))
        for stage, at in reached.items()
        if at is not None
    }
    return {
        "site_id": site_id,
        "stream_id": exercise.stream_id,
        "has_passed": exercise.outcome == exercises.PASSED,
        "outcome": exercise.outcome or "broken_off",
        "stages": stages,
    }


def _say(result: Result) -> None:
    language = terminal_language()
    mark = "✓" if result["has_passed"] else "✗"
    typer.echo(f"{mark} {result['site_id']}  {result.get('stream_id') or ''}".rstrip())
    stages = result["stages"]
    assert isinstance(stages, dict)
    for stage, ms in stages.items():
        typer.echo(f"{ms:8d} ms  {words.say(f'health.stage_{stage}', language)}")
    outcome = str(result["outcome"])
    for prefix, alarm in (("failed_at_", self_tests.FAILED), ("impossible_", self_tests.IMPOSSIBLE)):
        if outcome.startswith(prefix):
            code = f"alarms.{alarm}.{outcome.removeprefix(prefix)}"
            typer.echo("  " + words.say(code, language, site_id=result["site_id"], stream_id=result.get("stream_id")))
