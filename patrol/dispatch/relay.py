"""Handing a hit on to whoever comes next: the next group of its route, the parent, the duty officer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from patrol.dispatch import running, steps
from patrol.dispatch.plan import Candidate, Plan, PlannedGroup
from patrol.dispatch.queue import standing_decision
from patrol.dispatch.record import record
from patrol.dispatch.routing import Rules, Where, route
from patrol.dispatch.telling import STANDING, tell
from patrol.hits.episodes import NOBODY_ANSWERS
from patrol.store import alarms
from patrol.store.tables import Delivery, Episode, Group, Hit


@dataclass(frozen=True, slots=True, eq=False)
class Relay:
    """One confirmed hit that is to be handed on now."""

    session: Session
    plan: Plan
    hit: Hit
    now: datetime
    expires_at: datetime

    @property
    def at_it(self) -> set[str]:
        """The groups of which somebody goes: then the silence of the others is no reason to ask more."""
        return running.at_it(self.session, running.hits_of(self.session, self.hit))

    def pass_on(self, from_group_id: str, why: str) -> None:
        """To the next group of the route; where none is left to the parents; where none is there, to the desk."""
        told = groups_told(self.session, self.hit)
        for candidate in self._candidates():
            if candidate.group_id not in told and self.tell("passed_on", why, candidate, from_group_id):
                return
        for parent in self._parents(from_group_id):
            if parent.id not in told and self.tell("asked_parent", why, _as_candidate(parent), from_group_id):
                return
        steps.add(self.session, self.hit, "rang_duty", why, self.now, from_group_id=from_group_id)
        detail = {"number": self.hit.number, "site_id": self.hit.site_id}
        alarms.sound(self.session, NOBODY_ANSWERS, f"hit:{self.hit.id}", self.now, **detail)

    def _candidates(self) -> tuple[Candidate, ...]:
        """Everybody of the hit's route as it is now, in the order of their turn."""
        where = Where.newest(self.hit, self.hit.episode)
        found = route(self.plan, where, Rules.of(self.hit.watchlist), self.now)
        return found.told + found.reserves

    def tell(self, step: str, why: str, candidate: Candidate, from_group_id: str | None) -> bool:
        """Whether the group could be told."""
        decision = standing_decision(self.session, self.hit.id)
        group = self.session.get(Group, candidate.group_id)
        if group is None or decision.verdict != "confirmed":
            return False
        made = tell(self.session, self.hit, decision, group, self.now, self.expires_at, candidate=candidate)
        if made:
            steps.add(self.session, self.hit, step, why, self.now, group_id=group.id, from_group_id=from_group_id)
            record(self.session, made, self.now)
        return bool(made)

    def _parents(self, group_id: str) -> list[PlannedGroup]:
        """A group's parents that may be told of this list's people and are on shift, the nearest first."""
        levels = Rules.of(self.hit.watchlist).levels
        return [
            parent
            for parent in ancestors(self.plan, group_id)
            if parent.unused is None and parent.level in levels and parent.duty.is_on(self.now)
        ]


def tell_who_is_near(session: Session, plan: Plan, episode: Episode, now: datetime, expires_at: datetime) -> None:
    """Somebody was sighted elsewhere: whoever is near there and does not hold the case is told of it at once."""
    hit = _newest_confirmed(session, episode.id)
    from_group = episode.placed_by.removeprefix("group:") if episode.placed_by.startswith("group:") else None
    episode.moved_at = None
    if hit is None:
        return
    told = groups_told(session, hit)
    onward = Relay(session, plan, hit, now, expires_at)
    for candidate in route(plan, Where.of_episode(episode), Rules.of(hit.watchlist), now).told:
        if candidate.group_id not in told:
            onward.tell("told", "sighted", candidate, from_group)


def groups_told(session: Session, hit: Hit) -> set[str]:
    """The groups that hold a case or are about to, and those that what is said of this hit now could not reach."""
    decision = standing_decision(session, hit.id)
    is_tried = Delivery.decision_id == decision.id
    held = select(Delivery.group_id).where(
        Delivery.hit_id.in_(running.hits_of(session, hit)),
        Delivery.kind == "hit",
        or_(Delivery.state.in_(STANDING), is_tried),
    )
    return set(session.scalars(held.distinct()))


def ancestors(plan: Plan, group_id: str) -> list[PlannedGroup]:
    """A group's parent, its parent's parent and so on."""
    found: list[PlannedGroup] = []
    here = plan.groups.get(group_id)
    while here is not None and here.parent_id is not None and len(found) < len(plan.groups):
        here = plan.groups.get(here.parent_id)
        found += [here] if here is not None else []
    return found


def _as_candidate(group: PlannedGroup) -> Candidate:
    return Candidate(group.id, group.name, group.level, "parent")


def _newest_confirmed(session: Session, episode_id: UUID) -> Hit | None:
    newest = select(Hit).where(Hit.episode_id == episode_id, Hit.verdict == "confirmed").order_by(Hit.number.desc())
    return session.scalars(newest.limit(1)).one_or_none()
