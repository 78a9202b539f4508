"""What the commands are built from: settings, database, pictures, faces, the clock and the stop signal."""

import logging
import signal
import sys
from datetime import UTC, datetime
from threading import Event
from types import FrameType

import structlog
import typer

from patrol import words
from patrol.dispatch.desk import Desk
from patrol.faces.finder import Finder, open_finder
from patrol.settings import Settings, SitesFile, read_settings, terminal_language
from patrol.store.blobs import Blobs
from patrol.store.engine import Database, migrate, open_database
from patrol.watchlist import changeover


def clock() -> datetime:
    """The one place where patrol reads the time."""
    return datetime.now(UTC)


def log_to_stderr() -> None:
    """One line an event, key=value, on stderr; stdout belongs to what a command answers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def settings() -> Settings:
    """Read the settings, once a command."""
    return read_settings()


def database(chosen: Settings) -> Database:
    """Open the database with its schema brought up to date."""
    opened = open_database(chosen.database)
    migrate(opened)
    return opened


def blobs(chosen: Settings) -> Blobs:
    return Blobs(chosen.pictures_dir)


def desk(chosen: Settings) -> Desk:
    """What dispatch knows of the house: its sites as streams.yaml has them now, where its pages are, its number."""
    return Desk(SitesFile(chosen.streams_file), chosen.public_url, chosen.duty_phone)


def embedder(chosen: Settings, database: Database) -> str:
    """The short name of the embedder in use: the last one switched to, else the setting's."""
    with database.read() as session:
        return changeover.in_use(session, chosen.embedder)


def _embedder_in_use(chosen: Settings) -> str:
    database = open_database(chosen.database)
    try:
        return embedder(chosen, database)
    finally:
        database.engine.dispose()


def finder(chosen: Settings, embedder: str | None = None) -> Finder:
    """Open the networks; the embedder is the one in use where it is left out."""
    return open_finder(
        chosen.models_dir,
        embedder=embedder or _embedder_in_use(chosen),
        detector=chosen.detector,
        runtime=chosen.runtime,
        precision=chosen.precision,
        threads=chosen.threads,
    )


def say(code: str, **fields: object) -> None:
    """Answer on stdout, in the language of the terminal."""
    typer.echo(said(code, **fields))


def said(code: str, **fields: object) -> str:
    """A sentence of the command line, in the language of the terminal."""
    return words.say(f"cli.{code}", terminal_language(), **fields)


def stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set; every loop waits on it."""
    stop = Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop
