"""Whom a hit goes to: the groups that cover its place, allowed by its list, on shift, nearest on foot first.

Pure: a plan, a place, a list's rules and the time give a route. Who is not told is in it too, with the reason.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice, takewhile

from patrol.dispatch.distance import Position, distance_m
from patrol.dispatch.plan import Candidate, Plan, PlannedGroup
from patrol.dispatch.walking import Nearness, nearness
from patrol.store.tables import Episode, Hit, Watchlist
from patrol.values import Place, Stream

__all__ = ["NEAR_M", "Candidate", "Route", "Rules", "Where", "candidate", "refusal", "route"]

NEAR_M = 1_000.0  # twelve minutes on foot; a person seen further away has gone before anybody comes
MOST_NEIGHBOURS = 5  # groups near that do not cover the place; everybody told is one more who holds the picture
LEVELS = ("station", "managers", "guards")  # who may be told where a list says nothing
NEVER_TOLD = ("maintenance",)  # they mend the machine; no picture of anybody is theirs to see
TELL_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Where:
    """Where somebody is, as far as it is known."""

    site_id: str
    stream_id: str | None  #: None where a member saw the person
    place: Place
    latitude: float
    longitude: float

    @property
    def position(self) -> Position:
        return self.latitude, self.longitude

    @classmethod
    def of(cls, hit: Hit) -> "Where":
        place = Place(hit.building, hit.floor, hit.post)
        return cls(hit.site_id, hit.stream_id, place, hit.latitude, hit.longitude)

    @classmethod
    def of_stream(cls, stream: Stream) -> "Where":
        return cls(stream.site.id, stream.id, stream.where, *stream.position)

    @classmethod
    def of_episode(cls, episode: Episode) -> "Where":
        place = Place(episode.building, episode.floor, episode.post)
        return cls(episode.site_id, episode.stream_id, place, episode.latitude, episode.longitude)

    @classmethod
    def newest(cls, hit: Hit, episode: Episode | None) -> "Where":
        """Where routes start: at the hit, or where somebody has sighted the person since."""
        if episode is not None and episode.placed_at > hit.last_seen_at:
            return cls.of_episode(episode)
        return cls.of(hit)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list allows."""

    levels: frozenset[str] = frozenset(LEVELS)
    tell_at_once: int = TELL_AT_ONCE

    @classmethod
    def of(cls, watchlist: Watchlist) -> "Rules":
        levels = LEVELS if watchlist.levels is None else watchlist.levels
        return cls(frozenset(levels) - set(NEVER_TOLD), watchlist.tell_at_once or TELL_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Route:
    """Who is told now, who is told if they do not answer, and who is not."""

    told: tuple[Candidate, ...]
    reserves: tuple[Candidate, ...]  #: in the order in which their turn comes
    refused: tuple[Candidate, ...]
    is_default: bool  #: nobody covers the place

    def with_holders(self, holders: Iterable[Candidate]) -> "Route":
        """The same route where groups that hold the case already hear of it too; they come first."""
        found = {it.group_id for it in self.told}
        first = tuple(it for it in holders if it.group_id not in found)
        ids = {it.group_id for it in first}
        reserves = tuple(it for it in self.reserves if it.group_id not in ids)
        refused = tuple(it for it in self.refused if it.group_id not in ids)
        return Route(first + self.told, reserves, refused, self.is_default)


Candidates = tuple[Candidate, ...]


def route(plan: Plan, where: Where, rules: Rules, now: datetime) -> Route:
    """Those who cover the place; where none of them may be told the default, else those near, else the nearest."""
    judge = _Judge(plan, where, rules, now)
    covering = plan.covering(where.site_id, where.stream_id, where.place, where.position)
    fit = [(plan.groups[id], why) for id, why in covering.items() if judge.refusal(plan.groups[id]) is None]
    ranked = judge.ranked(fit)
    spare = [group for group in _defaults(plan, where) if group.id not in covering]
    defaults = judge.ranked((group, "default") for group in spare if judge.refusal(group) is None)
    near = judge.ranked((group, "near") for group in _near(judge, covering.keys() | {group.id for group in spare}))
    order, n_told = _order(ranked, defaults, near, rules.tell_at_once)
    if not order:
        order, n_told = judge.ranked((group, "nearest") for group in _nearest(judge, covering.keys())), 1
    asked = (*(plan.groups[id] for id in covering), *spare)
    return Route(order[:n_told], order[n_told:], judge.refused(asked, order), is_default=not ranked)


def refusal(group: PlannedGroup, rules: Rules, now: datetime) -> str | None:
    """Why a group is not to be told just now, wherever it is, as a code; None where it may be."""
    if group.unused is not None:
        return group.unused
    if group.level not in rules.levels:
        return "level_not_allowed"
    return None if group.duty.is_on(now) else "off_shift"


def candidate(plan: Plan, where: Where, group: PlannedGroup, why: str) -> Candidate:
    """A group with how near it is, for who is told for another reason than the route's."""
    minutes = n_floors = None
    if group.site_id == where.site_id:
        ground = plan.ground(where.site_id)
        minutes = ground.ways.from_place(where.place).minutes_to(group.place)
        n_floors = ground.floors_to(where.place, group.place)
    metres = round(distance_m(where.position, group.position), 1)
    return Candidate(group.id, group.name, group.level, why, minutes, metres, n_floors=n_floors)


def _order(covering: Candidates, defaults: Candidates, near: Candidates, at_once: int) -> tuple[Candidates, int]:
    """In which order groups get their turn, and how many of them at once."""
    if covering:
        return covering + near + defaults, min(at_once, len(covering))
    if defaults:
        return defaults + near, len(defaults)
    return near, at_once


def _defaults(plan: Plan, where: Where) -> Sequence[PlannedGroup]:
    """Who is told where nobody covers the place: the site's own default, else one that is no site's."""
    own = [group for group in plan.defaults if group.site_id == where.site_id]
    return own or [group for group in plan.defaults if group.site_id is None]


def _near(judge: "_Judge", taken: Collection[str]) -> Iterator[PlannedGroup]:
    """The few nearest within NEAR_M of those who may be told."""
    others = (group for group in judge.plan.nearest(judge.where.position) if group.id not in taken)
    reach = takewhile(lambda group: judge.metres(group) <= NEAR_M, others)
    return islice((group for group in reach if judge.refusal(group) is None), MOST_NEIGHBOURS)


def _nearest(judge: "_Judge", taken: Collection[str]) -> Iterator[PlannedGroup]:
    """Far away beats nobody."""
    others = (group for group in judge.plan.nearest(judge.where.position) if group.id not in taken)
    return islice((group for group in others if judge.refusal(group) is None), 1)


class _Judge:
    """Who may be told of somebody at a place, and who of them is nearer."""

    def __init__(self, plan: Plan, where: Where, rules: Rules, now: datetime) -> None:
        self.plan, self.where, self.rules, self.now = plan, where, rules, now

    def metres(self, group: PlannedGroup) -> float:
        return distance_m(self.where.position, group.position)

    def refusal(self, group: PlannedGroup) -> str | None:
        return refusal(group, self.rules, self.now)

    def refused(self, asked: Iterable[PlannedGroup], taken: Iterable[Candidate]) -> Candidates:
        """Those who would be told but for one thing first, then everybody else."""
        kept_back = [(group, self.refusal(group)) for group in asked]
        named = {group.id: self._refused(group, why) for group, why in kept_back if why is not None}
        known = named.keys() | {candidate.group_id for candidate in taken}
        return (*named.values(), *(it for id, it in self.plan.absent.items() if id not in known))

    def ranked(self, groups: Iterable[tuple[PlannedGroup, str]]) -> Candidates:
        """The nearest on foot first.

        Those whom the table reaches stand in the order of its minutes, the others by floors and metres; the two
        are laid together by what the walk of the others is estimated to take.
        """
        by_table: list[tuple[float, float, Candidate]] = []
        by_eye: list[tuple[Nearness, Candidate]] = []
        for group, why in groups:
            found = candidate(self.plan, self.where, group, why)
            if found.walk_min is not None:
                by_table.append((found.walk_min, found.distance_m or 0.0, found))
            else:
                by_eye.append((self._nearness(group, found.distance_m or 0.0), found))
        return tuple(_laid_together(by_table, by_eye))

    def _nearness(self, group: PlannedGroup, metres: float) -> Nearness:
        is_here = group.site_id == self.where.site_id
        return nearness(
            self.plan.ground(self.where.site_id), self.where.place, group.place, metres, is_same_site=is_here
        )

    def _refused(self, group: PlannedGroup, why: str) -> Candidate:
        until = group.duty.until(self.now) if why == "off_shift" else None
        return Candidate(group.id, group.name, group.level, why, until=until)


def _laid_together(
    by_table: list[tuple[float, float, Candidate]], by_eye: list[tuple[Nearness, Candidate]]
) -> Iterator[Candidate]:
    """Two orders as one that keeps both."""
    by_table.sort(key=lambda it: (it[0], it[1], it[2].group_id))
    by_eye.sort(key=lambda it: (it[0], it[1].group_id))
    estimated = accumulate((near.minutes for near, _candidate in by_eye), max)
    first = ((minutes, candidate) for minutes, _metres, candidate in by_table)
    second = ((minutes, candidate) for minutes, (_near, candidate) in zip(estimated, by_eye, strict=True))
    return (candidate for _minutes, candidate in heapq.merge(first, second, key=lambda it: it[0]))
