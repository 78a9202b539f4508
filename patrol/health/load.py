"""What share of the looks that were due a machine leaves out, lately: where it is too small it says so."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.store import alarms
from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import StreamState

OVERLOADED = "overloaded"  # alarm
WINDOW = timedelta(seconds=120)  # longer than a rush through one door
SURE_AFTER = timedelta(seconds=60)  # of samples, before it is an alarm
SAMPLED_EVERY = timedelta(seconds=2)  # however many pages are open
WARN_FROM = 0.05  # of the looks that were due: recall begins to suffer
CALM_BELOW = 0.02  # a little lower, so that the alarm does not come and go


@dataclass(frozen=True, slots=True)
class Looks:
    """A worker's two counters of one stream."""

    n_looks: int
    n_dropped: int

    def since(self, before: "Looks") -> "Looks":
        """What came since; a worker that has started again counts from nothing."""
        if self.n_looks < before.n_looks or self.n_dropped < before.n_dropped:
            return self
        return Looks(self.n_looks - before.n_looks, self.n_dropped - before.n_dropped)

    @property
    def dropped_share(self) -> float:
        """0..1 of the looks that were due; 0 where none was."""
        n_due = self.n_looks + self.n_dropped
        return self.n_dropped / n_due if n_due else 0.0


@dataclass(slots=True)
class Load:
    """The counters of every stream, remembered for two minutes. For several threads at once."""

    _samples: deque[tuple[datetime, Mapping[str, Looks]]] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def note(self, counters: Mapping[str, Looks], now: datetime) -> None:
        """Take a sample, unless one was taken just now; old ones go."""
        with self._lock:
            if self._samples and now - self._samples[-1][0] < SAMPLED_EVERY:
                return
            self._samples.append((now, counters))
            while now - self._samples[0][0] > WINDOW:
                self._samples.popleft()

    @property
    def length(self) -> timedelta:
        """How long it has been measured, WINDOW at most."""
        with self._lock:
            return self._samples[-1][0] - self._samples[0][0] if self._samples else timedelta()

    def lately(self) -> dict[str, Looks]:
        """Looks made and left out of each stream since the oldest sample; empty before there are two."""
        with self._lock:
            if len(self._samples) < 2:
                return {}
            (_, first), (_, last) = self._samples[0], self._samples[-1]
        return {id: looks.since(first[id]) for id, looks in last.items() if id in first}

    def total(self) -> Looks | None:
        """All streams together; None before there are two samples."""
        lately = self.lately()
        if not lately:
            return None
        return Looks(sum(it.n_looks for it in lately.values()), sum(it.n_dropped for it in lately.values()))


def counters(session: Session, now: datetime) -> dict[str, Looks]:
    """What the living workers have counted of each of their streams."""
    rows = select(StreamState.stream_id, StreamState.n_looks, StreamState.n_dropped).where(
        StreamState.updated_at > now - ALIVE_FOR
    )
    return {id: Looks(n_looks, n_dropped) for id, n_looks, n_dropped in session.execute(rows)}


def tell_overload(session: Session, load: Load, now: datetime, *, is_wanted: bool) -> None:
    """Alarm while a machine leaves out looks, with how many and at how many cameras.

    Before there are figures of a minute it says neither that this is so nor that it is over. is_wanted: whether any
    camera is to be watched at all.
    """
    load.note(counters(session, now), now)
    total = load.total()
    if not is_wanted:
        alarms.clear(session, OVERLOADED, "workers", now)
    elif total is None or load.length < SURE_AFTER:
        return
    elif total.dropped_share < CALM_BELOW:
        alarms.clear(session, OVERLOADED, "workers", now)
    elif total.dropped_share >= WARN_FROM:
        n_cameras = sum(it.n_dropped > 0 for it in load.lately().values())
        alarms.sound(session, OVERLOADED, "workers", now, percent=round(100 * total.dropped_share), n=n_cameras)
