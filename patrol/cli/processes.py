"""The processes: `send` (deliveries and clocks), `serve` (API and console), `up` (these and `watch`)."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog
import typer

from patrol.chats.exchange import open_client
from patrol.chats.table import open_chats
from patrol.cli import parts
from patrol.cli.listening import listen_until, streams_if_readable, tell_room
from patrol.dispatch.callbacks import Callbacks
from patrol.dispatch.heartbeat import Heartbeat
from patrol.dispatch.looking import Looker
from patrol.dispatch.rounds import Rounds
from patrol.dispatch.sender import Sender
from patrol.health import gaps, hours
from patrol.hits.clocks import Clocks
from patrol.hits.retention import MEGABYTE, SweepReport, sweep
from patrol.settings import Settings, read_chat_secret
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.watchlist.people import forget_ended
from patrol.web.app import build_app
from patrol.web.parts import Parts as WebParts
from patrol.web.serving import serve as serve_app

PROCESSES = ("watch", "send", "serve")
TIDY_EVERY_S = 60.0  # an ended entry's templates are gone from every worker within a minute (promise 5)
RESTART_AFTER_S = 1.0
STOP_WITHIN_S = 15.0  # longer than a camera's open timeout, after which a process is killed

log = structlog.get_logger()


def add_to(app: typer.Typer) -> None:
    for command in (up, send, serve, tidy, migrate, show_settings):
        app.command("settings" if command is show_settings else None)(command)


def send() -> None:
    """Deliver what was confirmed, read the answers, and delete what is past its time."""
    chosen = parts.settings()
    database, blobs = parts.database(chosen), parts.blobs(chosen)
    stop = parts.stop_on_signals()
    owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    log.info("sending", sender=owner)
    chats, desk = open_chats(read_chat_secret, parts.clock), parts.desk(chosen)
    sender = Sender(database, blobs, chats, parts.clock, desk=desk, owner=owner, deadline_s=chosen.hit_deadline_s)
    before = timedelta(minutes=chosen.self_test_before_min)
    rounds = Rounds(database, desk, parts.clock, owner, lambda: sender.looked_at, before)
    beside = [
        Thread(target=_tidy_until, args=(stop, chosen, database, blobs), name="tidy", daemon=True),
        Thread(target=listen_until, args=(stop, chosen, database, parts.clock), name="listen", daemon=True),
        Thread(target=rounds.run, args=(stop,), name="rounds", daemon=True),
        *_heartbeats(chosen, database, rounds, stop),
    ]
    for thread in beside:
        thread.start()
    sender.run(stop)
    chats.close()
    for thread in beside:
        thread.join(STOP_WITHIN_S)


def _heartbeats(chosen: Settings, database: Database, rounds: Rounds, stop: Event) -> list[Thread]:
    """The heartbeat, where an outside service waits for one."""
    if not chosen.heartbeat_url:
        return []
    beat = Heartbeat(chosen.heartbeat_url, chosen.public_url, database, open_client(), parts.clock, rounds.is_sending)
    return [Thread(target=beat.run, args=(stop,), name="heartbeat", daemon=True)]


def serve() -> None:
    """Serve the API, the console and the groups' pages."""
    chosen = parts.settings()
    database, blobs = parts.database(chosen), parts.blobs(chosen)
    chats = open_chats(read_chat_secret, parts.clock)
    callbacks, looker = Callbacks(database, blobs, chats, parts.clock), Looker(read_chat_secret, chats)
    web = WebParts(chosen, database, blobs, parts.clock, callbacks=callbacks, looker=looker)
    serve_app(build_app(web), chosen.host, chosen.port)


def up() -> None:
    """Start watch, send and serve, and start again whichever ends."""
    parts.database(parts.settings())  # so that three processes do not migrate at once
    stop = parts.stop_on_signals()
    running = {name: _start(name) for name in PROCESSES}
    while not stop.wait(RESTART_AFTER_S):
        for name, process in running.items():
            if process.poll() is not None:
                log.error("process ended, starting it again", process=name, status=process.returncode)
                running[name] = _start(name)
    for process in running.values():
        process.terminate()
    for process in running.values():
        _end(process)


def tidy() -> None:
    """Delete what is past its time, once, and say what was deleted."""
    chosen = parts.settings()
    report = _tidy_once(chosen, parts.database(chosen), parts.blobs(chosen))
    said = ", ".join(f"{name}={value}" for name, value in asdict(report).items())
    parts.say("tidied", report=said)


def migrate() -> None:
    """Make the database, or bring it to this version."""
    parts.database(parts.settings())
    parts.say("migrated")


def show_settings() -> None:
    """List every setting: its variable, its value now, and what it is for."""
    chosen = parts.settings()
    for name, field in Settings.model_fields.items():
        value = "(set)" if not field.repr and getattr(chosen, name) else getattr(chosen, name)
        typer.echo(f"PATROL_{name.upper()}={value}\n    {field.description}")


def _start(name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "patrol", name])


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tidy_once(chosen: Settings, database: Database, blobs: Blobs) -> SweepReport:
    clocks = Clocks(
        rejected=timedelta(hours=chosen.keep_rejected_h),
        unreviewed=timedelta(hours=chosen.keep_unreviewed_h),
        confirmed=timedelta(hours=chosen.keep_confirmed_h),
        ended=timedelta(hours=chosen.keep_ended_h),
        rows=timedelta(hours=chosen.keep_rows_h),
    )
    _forget_ended(database, blobs, clocks.ended)
    report = sweep(database, blobs, clocks, chosen.disk_quota_mb * MEGABYTE, parts.clock())
    _tidy_health(chosen, database, report, parts.clock())
    return report


def _tidy_health(chosen: Settings, database: Database, report: SweepReport, now: datetime) -> None:
    """Forget when cameras were watched with the rows of their hits; say where the disk is too small for the quota."""
    before = now - timedelta(hours=chosen.keep_rows_h)
    disk, streams = shutil.disk_usage(chosen.data_dir), streams_if_readable(chosen)
    with database.write() as session:
        gaps.forget(session, before)
        if streams is not None:
            gaps.forget_streams(session, [stream.id for stream in streams], before)
        hours.forget(session, before)
        tell_room(session, chosen.data_dir, disk, report.used_bytes, report.quota_bytes, now)


def _forget_ended(database: Database, blobs: Blobs, keep: timedelta) -> None:
    """One entry a transaction, so that nobody who changes another waits for all of them."""
    n_forgotten = 1
    while n_forgotten:
        with database.write() as session:
            n_forgotten = forget_ended(session, blobs, keep=keep, now=parts.clock(), limit=1)


def _tidy_until(stop: Event, chosen: Settings, database: Database, blobs: Blobs) -> None:
    while not stop.is_set():
        try:
            _tidy_once(chosen, database, blobs)
        except Exception:
            log.exception("tidying failed")
        stop.wait(TIDY_EVERY_S)
