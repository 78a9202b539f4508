"""How long it takes to find the right groups in a large plan: a town of malls, each with floors and guards."""

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from patrol.bench import machine
from patrol.dispatch.plan import Duty, Plan, PlannedGroup
from patrol.dispatch.routing import Rules, Where, route
from patrol.dispatch.shifts import Rota
from patrol.values import Building, Place, Site, Walk

ZONE = "Asia/Shanghai"
BUILDINGS, N_FLOORS, N_POSTS = ("north", "south"), 7, 6
FLOORS = tuple(f"{number}F" for number in range(1, N_FLOORS + 1))
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SHIFTS: tuple[dict[str, Any], ...] = (
    {},
    {"weekly": [{"days": EVERY_DAY, "from": "06:00", "to": "14:00"}]},
    {"weekly": [{"days": EVERY_DAY, "from": "22:00", "to": "06:00"}]},
)
LEVELS = ("guards", "guards", "managers", "shopkeepers")
BEGIN = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
GOAL_MS = 5.0


@dataclass(frozen=True, slots=True)
class Routed:
    """What was measured, milliseconds a route."""

    n_sites: int
    n_groups: int
    first_ms: tuple[float, ...]  #: the first route at each site: nothing of its table has been worked out yet
    later_ms: tuple[float, ...]
    cpu_ms: float  #: processor time of the later ones, mean: what it is on a machine that does nothing else

    def figures(self) -> Mapping[str, float]:
        twentieths = quantiles(self.later_ms, n=20)
        return {
            "sites": self.n_sites,
            "groups": self.n_groups,
            "routes": len(self.first_ms) + len(self.later_ms),
            "first_p50_ms": round(median(self.first_ms), 3),
            "first_max_ms": round(max(self.first_ms), 3),
            "p50_ms": round(median(self.later_ms), 3),
            "p95_ms": round(twentieths[-1], 3),
            "max_ms": round(max(self.later_ms), 3),
            "cpu_ms": round(self.cpu_ms, 3),
        }

    def lines(self) -> list[str]:
        said = self.figures()
        return [
            f"{said['groups']} groups of {said['sites']} sites, {said['routes']} routes; goal: {GOAL_MS:g} ms",
            f"first route at a site: median {said['first_p50_ms']} ms, longest {said['first_max_ms']} ms",
            f"after that: median {said['p50_ms']} ms, p95 {said['p95_ms']} ms, longest {said['max_ms']} ms"
            f"; {said['cpu_ms']} ms of processor time each",
            *machine.describe(),
        ]


def measure(*, n_sites: int, n_groups: int, n_routes: int, seed: int = 7) -> Routed:
    """Route hits at places all over a plan, the first at each site apart."""
    randomness = random.Random(seed)
    plan = town(randomness, n_sites, n_groups)
    first = [_spent_ms(plan, _place(randomness, site), BEGIN) for site in plan.sites.values()]
    sites = [randomness.choice([*plan.sites.values()]) for _route in range(n_routes)]
    places = [_place(randomness, site) for site in sites]
    cpu_s = time.process_time()
    later = [_spent_ms(plan, where, BEGIN + timedelta(seconds=n)) for n, where in enumerate(places)]
    cpu_ms = 1_000 * (time.process_time() - cpu_s) / n_routes
    return Routed(n_sites, n_groups, tuple(first), tuple(later), cpu_ms)


def town(randomness: random.Random, n_sites: int, n_groups: int) -> Plan:
    """Sites over thirty kilometres, each with two buildings of seven floors and a table of walking times."""
    sites = [_site(randomness, f"site-{number}") for number in range(n_sites)]
    duties = [Duty(Rota.of(shifts, ZONE)) for shifts in SHIFTS]
    groups = [
        _group(randomness, f"group-{number}", sites[number % n_sites], randomness.choice(duties))
        for number in range(n_groups)
    ]
    return Plan(groups, sites)


def _site(randomness: random.Random, id: str) -> Site:
    latitude, longitude = 31.1 + randomness.random() * 0.3, 121.3 + randomness.random() * 0.3
    buildings = tuple(Building(building, building, FLOORS) for building in BUILDINGS)
    return Site(id, id, latitude, longitude, ZONE, buildings, tuple(_walks()))


def _walks() -> Iterator[Walk]:
    """From post to post, from floor to floor, and over the bridge."""
    for building in BUILDINGS:
        for floor in FLOORS:
            posts = [Place(building, floor, f"post-{number}") for number in range(N_POSTS)]
            yield from (Walk(here, there, 1.0) for here, there in pairwise(posts))
        stairs = [Place(building, floor, "post-0") for floor in FLOORS]
        yield from (Walk(here, there, 1.5) for here, there in pairwise(stairs))
    yield Walk(Place(BUILDINGS[0], FLOORS[1]), Place(BUILDINGS[1], FLOORS[1]), 4.0)


def _group(randomness: random.Random, id: str, site: Site, duty: Duty) -> PlannedGroup:
    place = _place(randomness, site).place
    area = (site.id, place.building or "", place.floor or "", place.post or "")
    return PlannedGroup(
        id=id,
        name=id,
        level=randomness.choice(LEVELS),
        parent_id=None,
        site_id=site.id,
        place=place,
        position=(site.latitude + randomness.random() / 1_000, site.longitude),
        radius_m=None,
        is_default=False,
        is_active=True,
        n_chats=2,
        n_members=5,
        duty=duty,
        areas=(area[: randomness.randint(1, 4)],),
        streams=(),
    )


def _place(randomness: random.Random, site: Site) -> Where:
    post = f"post-{randomness.randrange(N_POSTS)}"
    place = Place(randomness.choice(BUILDINGS), randomness.choice(FLOORS), post)
    return Where(site.id, None, place, site.latitude, site.longitude)


def _spent_ms(plan: Plan, where: Where, now: datetime) -> float:
    begun = time.perf_counter()
    route(plan, where, Rules(), now)
    return 1_000 * (time.perf_counter() - begun)
