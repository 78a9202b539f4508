"""The groups and sites as routing sees them: in memory, immutable, indexed by what each group covers."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from patrol.dispatch.desk import Desk
from patrol.dispatch.distance import Position, distance_m
from patrol.dispatch.shifts import Rota
from patrol.dispatch.walking import Ground, Steps, steps_of
from patrol.store import events
from patrol.store.tables import Event, Group, GroupChat, Member
from patrol.values import Place, Site

DEGREE_M = 111_195.0  # of latitude, mean
BY_STEPS = ("covers_site", "covers_building", "covers_floor", "covers_post")  # how closely a place is covered


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group, and why it is told or not."""

    group_id: str
    name: str
    level: str
    why: str  #: code, a sentence of words/routing.json
    walk_min: float | None = None  #: by the site's table
    distance_m: float | None = None
    until: datetime | None = None  #: when the reason ends, where that is known
    n_floors: int | None = None  #: how many floors above the place it stands; None in another building or unknown


class Duty:
    """A rota that remembers its answer until it changes; groups with the same shifts share one."""

    def __init__(self, rota: Rota) -> None:
        self._rota = rota
        self._known: tuple[datetime, datetime | None, bool] | None = None

    def is_on(self, now: datetime) -> bool:
        return self._look(now)[2]

    def until(self, now: datetime) -> datetime | None:
        """When that changes; None where it never does."""
        return self._look(now)[1]

    def _look(self, now: datetime) -> tuple[datetime, datetime | None, bool]:
        known = self._known
        if known is None or now < known[0] or (known[1] is not None and now >= known[1]):
            known = self._known = now, self._rota.next_change(now), self._rota.is_on(now)
        return known


@dataclass(frozen=True, slots=True, eq=False)
class PlannedGroup:
    """What routing has to know of a group."""

    id: str
    name: str
    level: str
    parent_id: str | None
    site_id: str | None  #: where it stands
    place: Place  #: where on that site
    position: Position
    radius_m: float | None
    is_default: bool
    is_active: bool
    n_chats: int  #: in use, the page counted
    n_members: int
    duty: Duty
    areas: tuple[Steps, ...]  #: (site, building...): every place it covers as a whole
    streams: tuple[str, ...]  #: those it covers by name

    @property
    def unused(self) -> str | None:
        """Why nothing is ever sent to it; None where it may be."""
        if not self.is_active:
            return "inactive"
        return None if self.n_chats else "no_chat"


class Plan:
    """Every group, and who covers what. Nothing in it changes: a new plan is loaded instead."""

    def __init__(self, groups: Iterable[PlannedGroup], sites: Iterable[Site]) -> None:
        self.groups: Mapping[str, PlannedGroup] = {group.id: group for group in groups}
        self.sites: Mapping[str, Site] = {site.id: site for site in sites}
        self._grounds = {site.id: Ground.of(site) for site in self.sites.values()}
        in_use = [group for group in self.groups.values() if group.unused is None]
        self.defaults = tuple(group for group in in_use if group.is_default)
        self._in_use = tuple(in_use)
        self._positions = np.array([group.position for group in in_use], float).reshape(-1, 2)
        self._circles = tuple((group, group.radius_m) for group in in_use if group.radius_m is not None)
        self._by_stream = _indexed((stream, group) for group in in_use for stream in group.streams)
        self._by_area = _indexed((area, group) for group in in_use for area in group.areas)
        #: what is said of a group that has nothing to do with a place: the same for every hit
        self.absent = {group.id: _absent(group) for group in self.groups.values()}

    def ground(self, site_id: str) -> Ground:
        return self._grounds.get(site_id) or Ground.of(Site(site_id, site_id, 0.0, 0.0, "UTC"))

    def covering(self, site_id: str, stream_id: str | None, place: Place, position: Position) -> dict[str, str]:
        """The groups that cover a place, by id, each with how: the closest way where there are several."""
        found = {group.id: "covers_circle" for group in self._around(position)}
        steps = (site_id, *steps_of(place))
        for n_known, why in enumerate(BY_STEPS[: len(steps)], start=1):
            found |= dict.fromkeys((group.id for group in self._by_area.get(steps[:n_known], ())), why)
        named = self._by_stream.get(stream_id, ()) if stream_id is not None else ()
        return found | dict.fromkeys((group.id for group in named), "covers_stream")

    def nearest(self, position: Position) -> Iterator[PlannedGroup]:
        """Every group in use, the nearest first, as the crow flies over a round earth."""
        for index in np.argsort(_roughly_m(self._positions, position), kind="stable"):
            yield self._in_use[index]

    def _around(self, position: Position) -> Iterator[PlannedGroup]:
        for group, radius_m in self._circles:
            is_possible = abs(group.position[0] - position[0]) * DEGREE_M * 0.99 <= radius_m
            if is_possible and distance_m(group.position, position) <= radius_m:
                yield group


def load(session: Session, sites: Sequence[Site]) -> Plan:
    """Read every group, ended ones too: who asks why a group was not told is to be answered."""
    chats, members = _counts(session, GroupChat), _counts(session, Member)
    columns = [getattr(Group, name) for name in READ]
    rows = session.execute(select(*columns).order_by(Group.id)).all()
    duties = _Duties({site.id: site.time_zone for site in sites})
    return Plan([_planned(row, duties, chats.get(row.id, 0), members.get(row.id, 0)) for row in rows], sites)


READ = (
    *("id", "name", "level", "parent_id", "site_id", "building", "floor", "post", "latitude", "longitude", "covers"),
    *("radius_m", "is_default", "is_active", "time_zone", "shifts"),
)


class Plans:
    """The plan as it stands, loaded anew where a group, a roster, a shift or the sites have changed.

    Groups leave an event with every change, so what is read each time is the few events since the last. Give it a
    session that has not recorded anything itself: what it did may still be rolled back.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._plan: Plan | None = None
        self._sites: tuple[Site, ...] = ()
        self._seq = 0
        self._lock = Lock()

    def current(self, session: Session) -> Plan:
        sites = tuple(self._desk.sites())
        with self._lock:
            newest_seq = events.newest_seq(session)
            if self._plan is None or sites != self._sites or _has_changed(session, self._seq):
                self._plan, self._sites = load(session, sites), sites
            self._seq = newest_seq
            return self._plan


def _has_changed(session: Session, seq: int) -> bool:
    is_about_groups = or_(Event.kind.startswith("group."), Event.kind.startswith("member."))
    return session.scalar(select(Event.seq).where(Event.seq > seq, is_about_groups).limit(1)) is not None


def _counts(session: Session, table: type[GroupChat] | type[Member]) -> dict[str, int]:
    """How many each group has that were not taken out."""
    standing = (
        select(table.group_id, func.count().label("n")).where(table.removed_at.is_(None)).group_by(table.group_id)
    )
    return {row.group_id: row.n for row in session.execute(standing)}


class _Duties:
    """The rotas of a plan, each read once."""

    def __init__(self, zones: Mapping[str, str]) -> None:
        self._zones = zones  #: by site
        self._duties: dict[tuple[str, str | None], Duty] = {}

    def of(self, row: Any, site_id: str | None) -> Duty:
        zone = row.time_zone or self._zones.get(site_id or "")
        key = json.dumps(row.shifts, sort_keys=True), zone
        if key not in self._duties:
            self._duties[key] = Duty(Rota.of(row.shifts, zone))
        return self._duties[key]


def _planned(row: Any, duties: _Duties, n_chats: int, n_members: int) -> PlannedGroup:
    areas = tuple(_areas(row))
    site_id, place = _stand(row, areas)
    return PlannedGroup(
        id=row.id,
        name=row.name,
        level=row.level,
        parent_id=row.parent_id,
        site_id=site_id,
        place=place,
        position=(row.latitude, row.longitude),
        radius_m=row.radius_m,
        is_default=row.is_default,
        is_active=row.is_active,
        n_chats=n_chats,
        n_members=n_members,
        duty=duties.of(row, site_id),
        areas=areas,
        streams=tuple(cover["stream"] for cover in row.covers if "stream" in cover),
    )


def _areas(row: Any) -> Iterator[Steps]:
    """What it covers as a whole: what is listed; with neither a list nor a circle, its whole site.

    A default that lists nothing covers nothing: it is told where nobody else covers the place.
    """
    for cover in row.covers:
        if "site" in cover:
            yield cover["site"], *steps_of(Place(cover.get("building"), cover.get("floor"), cover.get("post")))
    says_nothing = not row.covers and row.radius_m is None and not row.is_default
    if says_nothing and row.site_id is not None:
        yield (row.site_id,)


def _stand(row: Any, areas: Sequence[Steps]) -> tuple[str | None, Place]:
    """Where a group stands: where it says; else in the middle of what it covers, as closely as that is one place."""
    if row.building is not None:
        return row.site_id, Place(row.building, row.floor, row.post)
    own = [area for area in areas if row.site_id in (None, area[0])]
    shared = _shared(own)
    return row.site_id or (shared[0] if shared else None), Place(*shared[1:])


def _shared(areas: Sequence[Steps]) -> Steps:
    """What all of them begin with."""
    if not areas:
        return ()
    n_same = 0
    for steps in zip(*areas, strict=False):
        if len(set(steps)) > 1:
            break
        n_same += 1
    return areas[0][:n_same]


def _absent(group: PlannedGroup) -> Candidate:
    return Candidate(group.id, group.name, group.level, group.unused or "elsewhere")


def _indexed(pairs: Iterable[tuple[Any, PlannedGroup]]) -> Mapping[Any, Sequence[PlannedGroup]]:
    index: dict[Any, list[PlannedGroup]] = defaultdict(list)
    for key, group in pairs:
        index[key].append(group)
    return index


def _roughly_m(positions: npt.NDArray[np.float64], here: Position) -> npt.NDArray[np.float64]:
    """float64 (N,), metres on a sphere by the haversine: within half a percent, good enough for an order.

    positions: float64 (N, 2), latitude and longitude, degrees.
    """
    latitude, longitude = np.radians(positions[:, 0]), np.radians(positions[:, 1])
    lat0, lon0 = np.radians(here)
    half = np.sin((latitude - lat0) / 2) ** 2 + np.cos(latitude) * np.cos(lat0) * np.sin((longitude - lon0) / 2) ** 2
    roughly: npt.NDArray[np.float64] = 2 * 6_371_009.0 * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    return roughly
