"""What a sender listens for beside its own work: silent workers, dark cameras, a machine or a disk too small."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from patrol.health.load import Load, tell_overload
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
DISK_SHORT = "disk_short"  # alarm
LEAST_FREE_SHARE = 0.1  # of the disk: file systems slow down and fill unevenly beyond that
ENOUGH_MORE = 1.1  # times what was too little, from where that alarm is over
MEGABYTE = 1_000_000

log = structlog.get_logger()


class Disk(Protocol):
    """What `shutil.disk_usage` tells, in bytes."""

    @property
    def total(self) -> int: ...
    @property
    def free(self) -> int: ...


def listen_until(stop: Event, chosen: Settings, database: Database, clock: Callable[[], datetime]) -> None:
    """Listen until told to stop; what fails is logged and tried again."""
    since, load = clock(), Load()
    while not stop.wait(LISTEN_EVERY_S):
        try:
            listen_once(chosen, database, since, clock(), load)
        except Exception:
            log.exception("listening for workers failed")


def listen_once(chosen: Settings, database: Database, since: datetime, now: datetime, load: Load) -> None:
    """Sound and clear these alarms as things are now; `since` is when the listening began, `load` what it heard."""
    streams = streams_if_readable(chosen)
    is_wanted = chosen.streams_file.exists() if streams is None else any(it.is_enabled for it in streams)
    with database.write() as session:
        tell_silence(session, is_wanted=is_wanted, since=since, now=now)
        if streams is not None:
            tell_darkness(session, streams, now)
        tell_overload(session, load, now, is_wanted=is_wanted)
        tell_disk(session, chosen.data_dir, shutil.disk_usage(chosen.data_dir).free // MEGABYTE, now)


def tell_disk(session: Session, folder: Path, free_mb: int, now: datetime) -> None:
    """Alarm while there is hardly room left for what patrol keeps."""
    if free_mb < LEAST_FREE_MB:
        detail = {"folder": str(folder), "free_mb": free_mb, "least_mb": LEAST_FREE_MB}
        alarms.sound(session, DISK_FULL, "disk:data", now, **detail)
    elif free_mb >= ENOUGH_MB:
        alarms.clear(session, DISK_FULL, "disk:data", now)


def tell_room(session: Session, folder: Path, disk: Disk, used_bytes: int, quota_bytes: int, now: datetime) -> None:
    """Alarm while a tenth of the disk or less is free, or less than the pictures may still grow by."""
    least_bytes = max(LEAST_FREE_SHARE * disk.total, quota_bytes - used_bytes)
    if disk.free < least_bytes:
        amounts = {"free_mb": disk.free, "least_mb": int(least_bytes), "quota_mb": quota_bytes}
        in_mb = {name: n_bytes // MEGABYTE for name, n_bytes in amounts.items()}
        alarms.sound(session, DISK_SHORT, "disk:data", now, folder=str(folder), **in_mb)
    elif disk.free >= ENOUGH_MORE * least_bytes:
        alarms.clear(session, DISK_SHORT, "disk:data", now)


def streams_if_readable(chosen: Settings) -> tuple[Stream, ...] | None:
    """The streams to watch; None where the file is broken just now, or is not there."""
    try:
        return load_streams(chosen.streams_file)
    except SettingsError:
        return None
