"""How often the cameras' matches were wrong, by entry and by camera, each figure with its interval.

A false alert is a hit that a person rejected because it showed somebody else. Exercises, replays and what was entered
by hand are in no rate; neither is a rejection that says nothing against the match. What nobody has decided yet, or
nobody could, is counted apart. False alert rate and alert precision as the police who publish both define them.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from typing import TypeVar

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from patrol.matching.budget import DEFAULT
from patrol.matching.intervals import Interval, clopper_pearson, poisson, poisson_at_least
from patrol.store.tables import Hit, Person, Portrait, StreamDay, Watchlist
from patrol.watchlist import budgets
from patrol.watchlist.floors import IS_FALSE_ALERT
from patrol.watchlist.footing import active

LONGEST_DAYS = 180  # back from now: as long as the row of a hit is kept
DAY_S = 86_400.0
LEAST_FALSE = 3  # one look-alike, or two, may happen to the best of portraits
WRONGLY_FLAGGED = 0.01  # how likely it is that a list without one bad entry has one that is flagged


@dataclass(frozen=True, slots=True)
class Alerts:
    """Hits of cameras, by what became of them."""

    n_false: int = 0
    n_confirmed: int = 0
    n_unsure: int = 0
    n_waiting: int = 0
    n_other: int = 0  #: rejected, though it was the right person: the entry had ended

    def __add__(self, more: "Alerts") -> "Alerts":
        return Alerts(
            self.n_false + more.n_false,
            self.n_confirmed + more.n_confirmed,
            self.n_unsure + more.n_unsure,
            self.n_waiting + more.n_waiting,
            self.n_other + more.n_other,
        )

    @property
    def precision(self) -> "Rate":
        """True alerts of all that were decided (alert precision)."""
        return proportion(self.n_confirmed, self.n_confirmed + self.n_false)


@dataclass(frozen=True, slots=True)
class Rate:
    """A counted rate: `n` of `of`, and where it lies with 95 % confidence; `value` is None where `of` is 0."""

    n: int
    of: float
    value: float | None
    interval: Interval

    @property
    def figures(self) -> dict[str, float | None]:
        """n, of, value, low and high, as they are told in JSON: `high` is None where the interval is open."""
        low, high = self.interval
        return {"n": self.n, "of": self.of, "value": self.value, "low": low, "high": high if isfinite(high) else None}


def proportion(n: int, of: int) -> Rate:
    """A share of independent trials, with its Clopper-Pearson interval."""
    of = max(n, of)  # days from before the counting began have hits and no passages
    return Rate(n, of, n / of if of else None, clopper_pearson(n, of))


def per_unit(n: int, exposure: float) -> Rate:
    """Events in days or camera-days, with their Poisson interval."""
    return Rate(n, exposure, n / exposure if exposure else None, poisson(n, exposure))


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passed while somebody watched."""

    n_passages: int = 0
    n_camera_days: int = 0  #: days on which a worker looked, of each stream


class Counted:
    """What was alerted of what passed, as rates."""

    __slots__ = ()
    alerts: Alerts
    traffic: Traffic

    @property
    def per_passage(self) -> Rate:
        """False alerts of the passages seen (false alert rate)."""
        return proportion(self.alerts.n_false, self.traffic.n_passages)

    @property
    def per_camera_day(self) -> Rate:
        return per_unit(self.alerts.n_false, self.traffic.n_camera_days)


@dataclass(frozen=True, slots=True)
class CameraRates(Counted):
    stream_id: str
    site_id: str
    alerts: Alerts
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class EntryRates(Counted):
    """One entry, since its portraits last changed: what was matched by another photo says nothing of these."""

    person_id: uuid.UUID
    watchlist_id: uuid.UUID
    name: str
    watchlist: str
    since: datetime
    days: float
    alerts: Alerts
    traffic: Traffic  #: before all the cameras, as every passage is held against every entry
    expected: float  #: false alerts that the budget leaves to one entry in this time
    p_value: float  #: of as many or more, if the entry were like any other
    is_flagged: bool

    @property
    def per_day(self) -> Rate:
        return per_unit(self.alerts.n_false, self.days)


@dataclass(frozen=True, slots=True)
class Rates(Counted):
    since: datetime
    until: datetime
    alerts: Alerts
    traffic: Traffic
    cameras: tuple[CameraRates, ...]  #: most false alerts first
    entries: tuple[EntryRates, ...]


def read_rates(session: Session, since: datetime, now: datetime, sites: Collection[str] | None = None) -> Rates:
    """Count what was recorded since then, at some sites or at all of them."""
    cameras = _cameras(session, since, sites)
    traffic = Traffic(
        sum(camera.traffic.n_passages for camera in cameras), sum(camera.traffic.n_camera_days for camera in cameras)
    )
    alerts = sum((camera.alerts for camera in cameras), Alerts())
    entries = _most_false(entries_of(session, since, now, sites))
    return Rates(since, now, alerts, traffic, tuple(cameras), tuple(entries))


def entries_of(
    session: Session, since: datetime, now: datetime, sites: Collection[str] | None = None
) -> list[EntryRates]:
    """The active entries that a camera matched since then.

    An entry is flagged where it has more false alerts than its share of the budget explains: so many that in a list
    of entries that are all alike one would be flagged by chance once in a hundred times (Bonferroni 1936).
    """
    found = _alerts(session, since, sites, Hit.person_id, Hit.recorded_at >= _portraits_changed(Hit.person_id))
    rows = session.execute(
        select(Person, _portraits_changed(Person.id))
        .join(Watchlist, Person.watchlist_id == Watchlist.id)
        .where(Person.id.in_(list(found)), *active(now))
    ).all()
    n_people, per_day = _n_active(session, now), accepted_per_day(session)
    begun = [(person, max(since, portraits_at or since)) for person, portraits_at in rows]
    passed = _traffic_by_day(session, since.date(), sites)
    return [
        _entry(person, start, now, found[person.id], _since(passed, start.date()), per_day / n_people, n_people)
        for person, start in begun
    ]


def accepted_per_day(session: Session) -> float:
    """How many false alerts a day the whole list may have; patrol's own budget where nobody has set one."""
    budget = budgets.newest_budget(session)
    return (budget or DEFAULT).false_alerts_per_day


def _entry(
    person: Person,
    since: datetime,
    now: datetime,
    alerts: Alerts,
    traffic: Traffic,
    share_per_day: float,
    n_people: int,
) -> EntryRates:
    days = max(now - since, timedelta(hours=1)).total_seconds() / DAY_S
    expected = share_per_day * days
    p_value = poisson_at_least(alerts.n_false, expected)
    is_flagged = alerts.n_false >= LEAST_FALSE and p_value * n_people < WRONGLY_FLAGGED
    names = (person.id, person.watchlist_id, person.name, person.watchlist.name)
    return EntryRates(*names, since, days, alerts, traffic, expected, p_value, is_flagged)


def _cameras(session: Session, since: datetime, sites: Collection[str] | None) -> list[CameraRates]:
    """Every camera that was watched or had a hit."""
    found = _alerts(session, since, sites, Hit.stream_id, true())
    site_of = dict(session.execute(select(Hit.stream_id, Hit.site_id).where(Hit.stream_id.in_(list(found)))).all())
    traffic: dict[str, Traffic] = {}
    passed = (
        select(StreamDay.stream_id, StreamDay.site_id, func.sum(StreamDay.n_passages), func.count())
        .where(StreamDay.day >= since.date(), StreamDay.n_looks > 0, _of_sites(StreamDay.site_id, sites))
        .group_by(StreamDay.stream_id, StreamDay.site_id)
    )
    for stream_id, site_id, n_passages, n_days in session.execute(passed).all():
        site_of[stream_id] = site_id
        traffic[stream_id] = Traffic(n_passages, n_days)
    rows = [CameraRates(id, site_of[id], found.get(id, Alerts()), traffic.get(id, Traffic())) for id in site_of]
    return sorted(rows, key=lambda row: (-row.alerts.n_false, row.stream_id))


def _traffic_by_day(session: Session, first: date, sites: Collection[str] | None) -> dict[date, Traffic]:
    counted = select(StreamDay.day, func.sum(StreamDay.n_passages), func.count()).group_by(StreamDay.day)
    counted = counted.where(StreamDay.day >= first, StreamDay.n_looks > 0, _of_sites(StreamDay.site_id, sites))
    return {day: Traffic(n_passages, n_streams) for day, n_passages, n_streams in session.execute(counted).all()}


def _since(by_day: Mapping[date, Traffic], first: date) -> Traffic:
    days = [traffic for day, traffic in by_day.items() if day >= first]
    return Traffic(sum(it.n_passages for it in days), sum(it.n_camera_days for it in days))


def _most_false(entries: Iterable[EntryRates]) -> Sequence[EntryRates]:
    return sorted(entries, key=lambda entry: (not entry.is_flagged, -entry.alerts.n_false, entry.name))


Key = TypeVar("Key", str, uuid.UUID)

_KIND = case(
    (IS_FALSE_ALERT, "n_false"),
    (Hit.verdict == "rejected", "n_other"),
    (Hit.verdict == "confirmed", "n_confirmed"),
    (Hit.verdict == "unsure", "n_unsure"),
    else_="n_waiting",
)


def _alerts(
    session: Session,
    since: datetime,
    sites: Collection[str] | None,
    by: InstrumentedAttribute[Key],
    which: ColumnElement[bool],
) -> Mapping[Key, Alerts]:
    query = (
        select(by, _KIND, func.count())
        .where(Hit.origin == "match", Hit.recorded_at >= since, _of_sites(Hit.site_id, sites), which)
        .group_by(by, _KIND)
    )
    counts: dict[Key, dict[str, int]] = defaultdict(dict)
    for key, kind, n in session.execute(query).all():
        counts[key][kind] = n
    return {key: Alerts(**kinds) for key, kinds in counts.items()}


def _of_sites(column: InstrumentedAttribute[str], sites: Collection[str] | None) -> ColumnElement[bool]:
    return true() if sites is None else column.in_(list(sites))


def _portraits_changed(person: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[datetime]:
    """When the newest of an entry's photos was enrolled, or the last one was taken away."""
    changed = func.max(case((Portrait.removed_at.is_(None), Portrait.created_at), else_=Portrait.removed_at))
    return select(changed).where(Portrait.person_id == person).correlate(person.parent.local_table).scalar_subquery()


def _n_active(session: Session, now: datetime) -> int:
    joined = select(func.count(Person.id)).join(Watchlist, Person.watchlist_id == Watchlist.id)
    return max(1, session.scalar(joined.where(*active(now))) or 0)
