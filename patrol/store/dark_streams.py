"""Which cameras show nothing: an alarm each, for whoever mends them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store import alarms
from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import Alarm, StreamState
from patrol.values import Stream

STREAM_DARK = "stream_dark"  # alarm
DARK_AFTER = timedelta(seconds=60)  # a camera that starts again, or a switch, is back by then


def tell_darkness(session: Session, streams: Sequence[Stream], now: datetime) -> None:
    """Alarm for each enabled stream without a picture for a minute; clear it once there are pictures again.

    Where no worker says anything of a stream its alarm stays as it was: that no worker runs is another alarm.
    """
    wanted = {stream.id: stream for stream in streams if stream.is_enabled}
    states = {row.stream_id: row for row in session.scalars(select(StreamState))}
    known = _known_dark(session)
    for id, stream in wanted.items():
        since = dark_since(states.get(id), now)
        if since is not None and now - since > DARK_AFTER:
            began = known.get(id, {}).get("since", since.isoformat())  # whatever tries there were in between
            _sound(session, stream, states[id].error or "", began, now)
    for id in known:
        if id not in wanted or _is_live(states.get(id), now):
            alarms.clear(session, STREAM_DARK, f"stream:{id}", now)


def dark_since(state: StreamState | None, now: datetime) -> datetime | None:
    """Since when a stream shows nothing; None where it shows something, or nobody can say."""
    if state is None or state.state not in ("down", "opening") or now - state.updated_at >= ALIVE_FOR:
        return None
    has_new_pictures = state.error == "frozen"  # they come, always the same one
    return state.since if has_new_pictures else state.last_frame_at or state.since


def _sound(session: Session, stream: Stream, error: str, since: str, now: datetime) -> None:
    detail = {"stream_id": stream.id, "name": stream.name, "site_id": stream.site.id, "error": error, "since": since}
    alarms.sound(session, STREAM_DARK, f"stream:{stream.id}", now, **detail)


def _known_dark(session: Session) -> Mapping[str, Mapping[str, str]]:
    """The detail of every such alarm that stands, by stream."""
    rows = session.scalars(select(Alarm).where(Alarm.code == STREAM_DARK, Alarm.cleared_at.is_(None)))
    return {row.subject.removeprefix("stream:"): row.detail for row in rows}


def _is_live(state: StreamState | None, now: datetime) -> bool:
    return state is not None and state.state == "live" and now - state.updated_at < ALIVE_FOR
