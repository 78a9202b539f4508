"""What a sender listens for beside its own work: silent workers, dark cameras, a disk that fills."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event

import structlog
from sqlalchemy.orm import Session

from patrol.settings import Settings, SettingsError, load_streams
from patrol.store import alarms
from patrol.store.beats import tell_silence
from patrol.store.dark_streams import tell_darkness
from patrol.store.engine import Database
from patrol.values import Stream

LISTEN_EVERY_S = 10.0  # for workers' beats: their silence is an alarm after 30 s
DISK_FULL = "disk_full"  # alarm
LEAST_FREE_MB = 500  # some thousand hits with their pictures, or an hour to make room
ENOUGH_MB = 700  # from where the alarm is over, so that it does not come and go with every picture
MEGABYTE = 1_000_000

log = structlog.get_logger()


def listen_until(stop: Event, chosen: Settings, database: Database, clock: Callable[[], datetime]) -> None:
    """Listen until told to stop; what fails is logged and tried again."""
    since = clock()
    while not stop.wait(LISTEN_EVERY_S):
        try:
            listen_once(chosen, database, since, clock())
        except Exception:
            log.exception("listening for workers failed")


def listen_once(chosen: Settings, database: Database, since: datetime, now: datetime) -> None:
    """Sound and clear these alarms as things are now; `since` is when the listening began."""
    streams = _streams(chosen)
    is_wanted = chosen.streams_file.exists() if streams is None else any(it.is_enabled for it in streams)
    with database.write() as session:
        tell_silence(session, is_wanted=is_wanted, since=since, now=now)
        if streams is not None:
            tell_darkness(session, streams, now)
        tell_disk(session, chosen.data_dir, shutil.disk_usage(chosen.data_dir).free // MEGABYTE, now)


def tell_disk(session: Session, folder: Path, free_mb: int, now: datetime) -> None:
    """Alarm while there is hardly room left for what patrol keeps."""
    if free_mb < LEAST_FREE_MB:
        detail = {"folder": str(folder), "free_mb": free_mb, "least_mb": LEAST_FREE_MB}
        alarms.sound(session, DISK_FULL, "disk:data", now, **detail)
    elif free_mb >= ENOUGH_MB:
        alarms.clear(session, DISK_FULL, "disk:data", now)


def _streams(chosen: Settings) -> tuple[Stream, ...] | None:
    """The streams to watch; None where the file is broken just now, or is not there."""
    try:
        return load_streams(chosen.streams_file)
    except SettingsError:
        return None
