"""Why each group got a hit or did not: kept with the decision, and said to whoever asks."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol import words
from patrol.dispatch.plan import Candidate, Plan
from patrol.dispatch.routing import Route, Rules, Where, route
from patrol.dispatch.untold import WAITING, why_untold
from patrol.store.tables import Decision, Delivery, Group, Hit, Routing
from patrol.values import Language

ELSEWHERE = "elsewhere"  # true of nearly every group: not kept, but said of all that are not named
Part = Literal["told", "reserves", "refused"]
PARTS: tuple[Part, ...] = get_args(Part)  # of a route


@dataclass(frozen=True, slots=True)
class Explained:
    """What became of a hit, group by group; or what would, were it confirmed now."""

    hit: Hit
    outcome: str | None  #: of its newest decision that was read; None where nothing was decided yet
    routed_at: datetime | None  #: when the groups were chosen; None where this is how they would be chosen now
    route: Route


def kept(found: Route) -> list[dict[str, Any]]:
    """A route as its Routing row keeps it."""
    rows = ((part, candidate) for part in PARTS for candidate in getattr(found, part))
    return [_entry(part, candidate) for part, candidate in rows if candidate.why != ELSEWHERE]


def outcomes_of(session: Session, hit_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What came of each hit's newest decision that was read, as a code."""
    read = select(Decision.hit_id, Routing.outcome).join(Routing, Routing.decision_id == Decision.id)
    read = read.where(Decision.hit_id.in_(hit_ids), Routing.outcome != WAITING)
    rows = session.execute(read.order_by(Decision.round, Decision.seat))
    return {row.hit_id: row.outcome for row in rows}


def explain(session: Session, hit: Hit, plan: Plan, now: datetime) -> Explained:
    """As it was decided; for a hit that was not routed yet, as it would be now."""
    row = _newest_routing(session, hit, has_explanation=True)
    if row is None:
        return _would_be(session, hit, plan, now)
    newest = _newest_routing(session, hit)
    found = _with_others(session, _read(row.explanation), plan, row.routed_at)
    return Explained(hit, newest.outcome if newest else None, row.routed_at, _with_later(session, hit, found, plan))


def rows_of(explained: Explained, part: Part, language: Language) -> list[dict[str, Any]]:
    """The groups of one part, each with why in words; those in line with their place in it."""
    zone = explained.hit.time_zone
    return [
        {**asdict(it), "explanation": say(it, language, zone, n if part == "reserves" else None)}
        for n, it in enumerate(getattr(explained.route, part), start=1)
    ]


def say(candidate: Candidate, language: Language, time_zone: str, place_in_line: int | None = None) -> str:
    """Why, in words: "covers this floor; 2 min on foot"."""
    return words.say("routing.join", language).join(_sentences(candidate, language, time_zone, place_in_line))


def say_outcome(explained: Explained, language: Language) -> str:
    """What became of it as a whole."""
    if explained.outcome is not None:
        return _known(f"outcome_{explained.outcome}", language)
    if explained.routed_at is not None:
        return words.say("routing.outcome_delivered", language)
    return words.say("routing.outcome_not_yet", language)


def _sentences(candidate: Candidate, language: Language, time_zone: str, place_in_line: int | None) -> Iterator[str]:
    if place_in_line is not None:
        yield words.say("routing.not_nearest_yet", language, n=place_in_line)
    if candidate.until is not None:
        yield _known(f"{candidate.why}_until", language, until=_local(candidate.until, time_zone))
    else:
        yield _known(candidate.why, language, level=candidate.level)
    yield from _how_near(candidate, language)


def _how_near(candidate: Candidate, language: Language) -> Iterator[str]:
    """The minutes, where the table knows them; else floors and metres. No metres: its point is the camera's own."""
    if candidate.walk_min is not None:
        yield words.say("routing.walk", language, minutes=f"{candidate.walk_min:g}")
        return
    if candidate.n_floors is not None:
        side = (
            "same_floor" if candidate.n_floors == 0 else "floors_above" if candidate.n_floors > 0 else "floors_below"
        )
        yield words.say(f"routing.{side}", language, n=abs(candidate.n_floors))
    if candidate.distance_m:
        yield words.say("routing.distance", language, metres=round(candidate.distance_m))


def _known(code: str, language: Language, **fields: object) -> str:
    """Rows outlive versions: a code that this one does not know is said as it is."""
    return words.say(f"routing.{code}", language, **fields) if code in words.catalogue("routing") else code


def _local(moment: datetime, time_zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def _entry(part: str, candidate: Candidate) -> dict[str, Any]:
    until = candidate.until.isoformat() if candidate.until else None
    entry = {"part": part, **asdict(candidate), "until": until}
    return {name: value for name, value in entry.items() if value is not None}


def _newest_routing(session: Session, hit: Hit, *, has_explanation: bool = False) -> Routing | None:
    said = select(Routing).join(Decision, Decision.id == Routing.decision_id)
    said = said.where(Decision.hit_id == hit.id, Routing.outcome != WAITING)
    rows = session.scalars(said.order_by(Decision.round.desc(), Decision.seat.desc())).all()
    return next((row for row in rows if row.explanation or not has_explanation), None)


def _would_be(session: Session, hit: Hit, plan: Plan, now: datetime) -> Explained:
    found = route(plan, Where.newest(hit, hit.episode), Rules.of(hit.watchlist), now)
    newest = _newest_routing(session, hit)
    why = newest.outcome if newest else why_untold(session, hit, now, now)
    return Explained(hit, why, None, _nobody(found, why) if why else found)


def _nobody(found: Route, why: str) -> Route:
    """The same groups where none of them is told, for a reason of the hit's own."""
    kept_back = tuple(replace(it, why=why) for it in (*found.told, *found.reserves))
    return Route((), (), (*kept_back, *found.refused), found.is_default)


def _read(explanation: Iterable[Mapping[str, Any]]) -> Route:
    parts: dict[str, list[Candidate]] = {part: [] for part in PARTS}
    for entry in explanation:
        parts[entry["part"]].append(_candidate(entry))
    told, reserves, refused = (tuple(parts[part]) for part in PARTS)
    covers = any(it.why.startswith("covers_") for it in (*told, *reserves))
    return Route(told, reserves, refused, is_default=not covers)


def _candidate(entry: Mapping[str, Any]) -> Candidate:
    until = datetime.fromisoformat(entry["until"]) if "until" in entry else None
    return Candidate(
        entry["group_id"],
        entry["name"],
        entry["level"],
        entry["why"],
        entry.get("walk_min"),
        entry.get("distance_m"),
        until,
        entry.get("n_floors"),
    )


def _with_others(session: Session, found: Route, plan: Plan, routed_at: datetime) -> Route:
    """Every group there was and that is not named covers other places."""
    newer = set(session.scalars(select(Group.id).where(Group.created_at > routed_at)))
    named = {it.group_id for part in PARTS for it in getattr(found, part)}
    others = tuple(
        replace(it, why=ELSEWHERE) for id, it in plan.absent.items() if id not in named and id not in newer
    )
    return replace(found, refused=found.refused + others)


def _with_later(session: Session, hit: Hit, found: Route, plan: Plan) -> Route:
    """Who was told since, by a clock that ran out or by somebody who forwarded it."""
    since = _told_since(session, hit, {it.group_id for it in found.told})
    known = plan.absent | {it.group_id: it for part in PARTS for it in getattr(found, part)}
    later = tuple(replace(known[id], why=why, until=None) for id, why in since.items())
    reserves, refused = (
        tuple(it for it in getattr(found, part) if it.group_id not in since) for part in ("reserves", "refused")
    )
    return replace(found, told=found.told + later, reserves=reserves, refused=refused)


def _told_since(session: Session, hit: Hit, told: set[str]) -> dict[str, str]:
    """The groups that hold deliveries beside those that were told at first, each with why."""
    sent = select(Delivery.group_id, Delivery.parent_id).where(Delivery.hit_id == hit.id, Delivery.kind == "hit")
    rows = session.execute(sent.order_by(Delivery.created_at)).all()
    return {row.group_id: "forwarded" if row.parent_id else "passed_on" for row in rows if row.group_id not in told}
