"""Who is nearer on foot: a site's table of walking minutes, then floors and buildings, then metres."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from patrol.values import Building, Place, Site, Walk

WALK_M_PER_MIN = 80.0  # 4.8 km/h: what signs in stations count with
FLOOR_MIN = 1.0  # an estimate of stairs or an escalator and the way to them, for a site that has no table

Steps = tuple[str, ...]  #: a place from coarse to fine: ("north", "3F", "escalator")


def steps_of(place: Place) -> Steps:
    """The place as far as it is known; what stands behind a gap is not looked at."""
    known: Steps = ()
    for step in (place.building, place.floor, place.post):
        if step is None:
            return known
        known = (*known, step)
    return known


def holds(coarse: Steps, fine: Steps) -> bool:
    """Whether `fine` is `coarse` or lies within it."""
    return fine[: len(coarse)] == coarse


@dataclass(frozen=True, slots=True)
class Reach:
    """The minutes from one place to every place that a site's table names.

    One map for each kind of way out: by the post, by the floor, by the building as a whole. A way out of a floor
    says nothing of a place on that same floor.
    """

    start: Steps
    ways_out: tuple[tuple[Steps, Mapping[Steps, float]], ...]

    def minutes_to(self, place: Place) -> float | None:
        """None where the table knows no way, or one place lies within the other."""
        end = steps_of(place)
        if not end or holds(self.start, end) or holds(end, self.start):
            return 0.0 if end == self.start and len(end) == 3 else None
        return min(self._ways_to(end), default=None)

    def _ways_to(self, end: Steps) -> Iterator[float]:
        for way_out, minutes in self.ways_out:
            if not holds(way_out, end):
                arrivals = (there for there in _related(end, minutes) if not holds(there, self.start))
                yield from (minutes[there] for there in arrivals)


def _related(end: Steps, places: Mapping[Steps, float]) -> Iterator[Steps]:
    """The places that hold `end`, and those within it."""
    yield from (end[:n_known] for n_known in range(1, len(end) + 1) if end[:n_known] in places)
    if len(end) < 3:
        yield from (there for there in places if len(there) > len(end) and holds(end, there))


class Ways:
    """A site's walks as a graph; a place that is known only coarsely stands for every place within it."""

    def __init__(self, walks: Iterable[Walk]) -> None:
        self._ways: dict[Steps, list[tuple[Steps, float]]] = defaultdict(list)
        for walk in walks:
            here, there = steps_of(walk.here), steps_of(walk.there)
            self._ways[here].append((there, walk.minutes))
            self._ways[there].append((here, walk.minutes))
        self._reaches: dict[Steps, Reach] = {}

    def from_place(self, place: Place) -> Reach:
        """What is reached from a place, worked out once for each."""
        start = steps_of(place)
        if start not in self._reaches:
            self._reaches[start] = Reach(start, tuple(self._ways_out(start)) if start else ())
        return self._reaches[start]

    def _ways_out(self, start: Steps) -> Iterator[tuple[Steps, Mapping[Steps, float]]]:
        inside = [node for node in self._ways if holds(start, node)]
        if inside:
            yield start, self._spread(inside)
        for n_known in range(len(start) - 1, 0, -1):
            if start[:n_known] in self._ways:
                yield start[:n_known], self._spread([start[:n_known]])

    def _spread(self, begin: Iterable[Steps]) -> Mapping[Steps, float]:
        """Dijkstra's shortest ways from any of `begin`; they themselves are not places arrived at."""
        arrived: dict[Steps, float] = {}
        ahead = [(minutes, there) for node in begin for there, minutes in self._ways[node]]
        heapq.heapify(ahead)
        while ahead:
            spent, node = heapq.heappop(ahead)
            if node in arrived:
                continue
            arrived[node] = spent
            for near in self._beside(node):
                for there, minutes in self._ways[near]:
                    if there not in arrived:
                        heapq.heappush(ahead, (spent + minutes, there))
        return arrived

    def _beside(self, node: Steps) -> Iterable[Steps]:
        """The table's places that somebody at `node` may set out from: itself, what holds it, what it holds."""
        return self._neighbours[node]

    @cached_property
    def _neighbours(self) -> Mapping[Steps, list[Steps]]:
        within: dict[Steps, list[Steps]] = {node: [] for node in self._ways}
        for node in self._ways:
            for n_known in range(1, len(node) + 1):
                coarse = node[:n_known]
                if coarse in within:
                    within[coarse].append(node)
                    if coarse != node:
                        within[node].append(coarse)
        return within


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of a site's insides."""

    ways: Ways
    floors: Mapping[tuple[str, str], int] = field(default_factory=dict)  #: (building, floor): how high

    @classmethod
    def of(cls, site: Site) -> "Ground":
        return cls(Ways(site.walks), dict(_heights(site.buildings)))

    def floors_to(self, here: Place, there: Place) -> int | None:
        """How many floors `there` is above `here`; None where that is not known, or it is another building."""
        if here.building is None or here.building != there.building:
            return None
        if here.floor is None or there.floor is None:
            return None
        if here.floor == there.floor:
            return 0
        up = self.floors.get((there.building or "", there.floor))
        down = self.floors.get((here.building, here.floor))
        return None if up is None or down is None else up - down


def _heights(buildings: Iterable[Building]) -> Iterator[tuple[tuple[str, str], int]]:
    for building in buildings:
        for height, floor in enumerate(building.floors):
            yield (building.id, floor), height


@dataclass(frozen=True, slots=True, order=True)
class Nearness:
    """How near somebody stands whom no table reaches: smaller is nearer."""

    house: int  #: 0 the same building and both floors known, 1 the same building, 2 another or none known, 3 not here
    n_floors: int
    climbs: bool  #: who comes down is sooner there than who climbs
    metres: float

    @property
    def minutes(self) -> float:
        return self.metres / WALK_M_PER_MIN + self.n_floors * FLOOR_MIN


def nearness(ground: Ground, here: Place, there: Place, metres: float, *, is_same_site: bool) -> Nearness:
    """How near a group that stands at `there` is to what happens at `here`."""
    if not is_same_site:
        return Nearness(3, 0, False, metres)
    above = ground.floors_to(here, there)
    if above is not None:
        return Nearness(0, abs(above), above < 0, metres)
    is_same_building = here.building is not None and here.building == there.building
    return Nearness(1 if is_same_building else 2, 0, False, metres)
