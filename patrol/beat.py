"""What a worker writes down every second: that it is alive, how its streams are, and what was counted."""

import resource
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from patrol.health import gaps, hours
from patrol.hits import masks
from patrol.loop import Loop
from patrol.store import events, stream_days
from patrol.store.tables import StreamState, Worker
from patrol.streams.reconnect import StreamReport
from patrol.streams.vitals import Vitals
from patrol.worker import Parts


class Beat:
    """The rows of one worker. started_at: when it began; what was written before that was another one's."""

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at

    def write(self, session: Session, parts: Parts, loops: Mapping[str, Loop], rev: int, now: datetime) -> None:
        """Everything that is due to be written."""
        worker = Worker(id=parts.worker_id, started_at=self.started_at, beat_at=now, rev=rev)
        worker.embedder, worker.runtime = parts.finder.embedder, parts.finder.runtime
        worker.n_streams = len(loops)
        live = parts.live
        worker.live_address, worker.live_token = (live.address, live.token) if live else (None, None)
        worker.n_dropped = sum(loop.watched.attention.n_dropped for loop in loops.values())
        worker.cpu_s, worker.rss_bytes = time.process_time(), resident_bytes()
        session.merge(worker)
        for loop in loops.values():
            count(session, loop, now)
            if (report := loop.report) and loop.is_to_be_written(report, now):
                self._write_state(session, parts.worker_id, loop, report, now)

    def _write_state(self, session: Session, worker_id: str, loop: Loop, report: StreamReport, now: datetime) -> None:
        row = session.get(StreamState, loop.stream.id) or StreamState(stream_id=loop.stream.id, since=now)
        has_changed = (row.state, row.error) != (report.state, report.error)
        self._follow_gaps(session, loop, row, report, now)
        row.site_id, row.worker_id = loop.stream.site.id, worker_id
        row.state, row.error, row.detail = report.state, report.error, report.detail
        row.last_frame_at, row.n_frames = report.last_frame_at, report.n_frames
        row.n_looks, row.n_faces, row.updated_at = loop.tally.n_looks, loop.tally.n_faces, now
        show(row, loop.vitals)
        session.add(row)
        if has_changed:
            row.since = now
            say_state(session, row, now)

    def _follow_gaps(
        self, session: Session, loop: Loop, row: StreamState, report: StreamReport, now: datetime
    ) -> None:
        """Write down when the stream was not watched; `row` is as it was written last."""
        before = gaps.Said.of(row)
        is_first = before is None or before.updated_at < self.started_at
        if is_first or (row.state, row.error) != (report.state, report.error):
            picture_at = loop.vitals.changed_at if report.error == "frozen" else report.last_frame_at
            gaps.follow(
                session,
                loop.stream,
                before,
                state=report.state,
                error=report.error,
                picture_at=picture_at,
                now=now,
                is_first=is_first,
            )


def count(session: Session, loop: Loop, now: datetime) -> None:
    """Write down what was seen since the last beat, on the day that it is at the stream's site."""
    counts, site = loop.tally.counts(), loop.stream.site
    day = now.astimezone(ZoneInfo(site.time_zone)).date()
    stream_days.count(session, loop.stream.id, site.id, day, counts - loop.counted)
    loop.counted = counts
    if (taken := loop.take_ended(now)) is not None:
        hours.count(session, loop.stream, *taken, now)
    if seen := loop.tally.standing.seen:
        loop.tally.standing.seen = set()
        masks.seen(session, seen, now)


def say_state(session: Session, row: StreamState, now: datetime) -> None:
    events.append(
        session,
        "stream.state",
        actor=f"worker:{row.worker_id}",
        subject=f"stream:{row.stream_id}",
        site_id=row.site_id,
        now=now,
        stream_id=row.stream_id,
        state=row.state,
        error=row.error,
    )


def show(row: StreamState, vitals: Vitals) -> None:
    """Put how a stream is watched into its row."""
    for name, value in (asdict(vitals) | asdict(vitals.measured)).items():
        if name != "measured":
            setattr(row, name, value)


def resident_bytes() -> int:
    """What this process holds in memory; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return 0
