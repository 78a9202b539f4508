"""When a self-test is due: some minutes before the groups of a site come on shift, once a site and shift."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.dispatch import self_tests, shifts
from patrol.dispatch.notices import MAINTENANCE
from patrol.dispatch.self_tests import SELF_TEST, SelfTestImpossible
from patrol.store import events
from patrol.store.tables import Exercise, Group
from patrol.values import Site


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A shift that begins soon at a site, and the groups that come on with it."""

    site_id: str
    begins_at: datetime
    group_ids: tuple[str, ...]

    @property
    def key(self) -> str:
        """What the exercise is started by: of one key there is one."""
        return f"shift:{self.site_id}:{self.begins_at:%Y-%m-%dT%H:%MZ}"


def start_due(session: Session, sites: Sequence[Site], now: datetime, before: timedelta) -> int:
    """Start what is due, and alarm where it cannot be; return how many were started."""
    events.take_turn(session)  # two senders do not start the same one
    n_started = 0
    for due in has_due(session, sites, now, before):
        try:
            self_tests.begin(session, due.site_id, due.group_ids, due.key, now)
            n_started += 1
        except SelfTestImpossible as error:
            self_tests.say_impossible(session, error, now)
    return n_started


def has_due(session: Session, sites: Sequence[Site], now: datetime, before: timedelta) -> list[Due]:
    """The shifts that begin within `before` and were not tested for; nothing where `before` is nothing."""
    if not before:
        return []
    rows = session.scalars(select(Group).where(Group.is_active, Group.level != MAINTENANCE).order_by(Group.id)).all()
    coming = upcoming(rows, {site.id: site.time_zone for site in sites}, now, before)
    keys = [due.key for due in coming]
    tested = select(Exercise.started_by).where(Exercise.kind == SELF_TEST, Exercise.started_by.in_(keys))
    done = set(session.scalars(tested)) if keys else set()
    return [due for due in coming if due.key not in done]


def upcoming(groups: Sequence[Group], zones: Mapping[str, str], now: datetime, before: timedelta) -> list[Due]:
    """The shifts of known sites that begin within `before`, the soonest first."""
    beginning: dict[tuple[datetime, str], list[str]] = defaultdict(list)
    for group in groups:
        zone = group.time_zone or zones.get(group.site_id or "")
        begins_at = next_begin(group.shifts, zone, now)
        if begins_at is not None and begins_at - now <= before:
            for site_id in self_tests.sites_of(group) & zones.keys():
                beginning[begins_at, site_id].append(group.id)
    return [Due(site_id, at, tuple(ids)) for (at, site_id), ids in sorted(beginning.items())]


def next_begin(rota: Mapping[str, object], zone: str | None, now: datetime) -> datetime | None:
    """When a group comes on shift next; None where it never does, or is always on."""
    moment = now
    for _off_then_on in range(2):
        change = shifts.next_change(rota, zone, moment)
        if change is None or shifts.is_on_shift(rota, zone, change):
            return change
        moment = change
    return None
