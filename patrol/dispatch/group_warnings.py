"""What is doubtful about a group that is right as such: it is saved, and said at once, not when the hit comes."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.chats.table import LIMITS
from patrol.dispatch.coverage import Premises, takes_in, words_of
from patrol.dispatch.drafts import GroupDraft, Mistake
from patrol.dispatch.routing import LEVELS
from patrol.dispatch.shifts import Rota
from patrol.store.tables import Group, GroupLink, Member, Phone
from patrol.values import Site

AHEAD = timedelta(days=7)  # a weekly rota has shown all it has; what exceptions do later is said when it is nearer
SHORTEST = timedelta(minutes=1)
NEVER_TOLD_OF_HITS = "maintenance"  #: level


@dataclass(frozen=True, slots=True)
class Facts:
    """What a group's draft does not say of it."""

    linked: frozenset[str]  #: groups with a link to their page
    phoned: frozenset[str]  #: groups with a member's phone
    rostered: frozenset[str]  #: groups that have had a roster
    inactive: frozenset[str]
    premises: Premises | None

    @classmethod
    def of(cls, session: Session, premises: Premises | None) -> Self:
        linked = session.scalars(select(GroupLink.group_id).where(GroupLink.revoked_at.is_(None)).distinct())
        phoned = session.scalars(select(Phone.group_id).where(Phone.revoked_at.is_(None)).distinct())
        rostered = session.scalars(select(Member.group_id).distinct())
        inactive = session.scalars(select(Group.id).where(~Group.is_active))
        return cls(frozenset(linked), frozenset(phoned), frozenset(rostered), frozenset(inactive), premises)


def warnings_of(draft: GroupDraft, facts: Facts) -> list[Mistake]:
    """Everything doubtful about one saved group, by itself."""
    if not draft.is_active:
        return []
    doubts = (_of_roster, _of_reach, _of_coverage, _of_parent)
    return [doubt for doubts_of in doubts for doubt in doubts_of(draft, facts)]


def gaps(session: Session, site_ids: Collection[str], premises: Premises | None, now: datetime) -> list[Mistake]:
    """For each of these sites the next time in which nobody who covers something there is on shift.

    Only levels count that every list tells; shopkeepers are no guards.
    """
    if premises is None or not site_ids:
        return []
    active = session.scalars(select(Group).where(Group.is_active, Group.level.in_(LEVELS))).all()
    sites = [premises.sites[id] for id in sorted(site_ids) if id in premises.sites]
    return [gap for site in sites for gap in _gap(site, active, premises, now)]


def sites_of(draft: GroupDraft | Group, premises: Premises | None) -> frozenset[str]:
    """The sites in which a group covers something."""
    if not draft.covers:
        return frozenset(filter(None, [draft.site_id]))
    streams = premises.streams if premises else {}
    watched = (streams.get(cover.get("stream", "")) for cover in draft.covers)
    return frozenset(filter(None, (cover.get("site") for cover in draft.covers))) | {
        stream.site.id for stream in watched if stream
    }


def _of_roster(draft: GroupDraft, facts: Facts) -> Iterator[Mistake]:
    if not draft.members:
        yield Mistake(("members",), "emptied_roster" if draft.id in facts.rostered else "empty_roster")
        return
    known = {kind for member in draft.members for kind in member.identities}
    for index, chat in enumerate(draft.chats):
        if chat.kind != "page" and LIMITS[chat.kind].has_replies and chat.kind not in known:
            yield Mistake(("chats", index), "nobody_known", "", {"kind": chat.kind})


def _of_reach(draft: GroupDraft, facts: Facts) -> Iterator[Mistake]:
    if all(chat.kind == "page" for chat in draft.chats) and draft.id not in facts.linked | facts.phoned:
        yield Mistake(("chats",), "not_reachable")


def _of_coverage(draft: GroupDraft, facts: Facts) -> Iterator[Mistake]:
    covers_something = draft.covers or draft.site_id or draft.radius_m or draft.is_default
    if not covers_something and draft.level != NEVER_TOLD_OF_HITS:
        yield Mistake(("covers",), "covers_no_place")
    if facts.premises is None:
        return
    for index, cover in enumerate(draft.covers):
        if not any(takes_in(cover, stream) for stream in facts.premises.streams.values()):
            yield Mistake(("covers", index), "covers_nothing", words_of(cover))


def _of_parent(draft: GroupDraft, facts: Facts) -> Iterator[Mistake]:
    if draft.parent_id in facts.inactive:
        yield Mistake(("parent",), "parent_inactive", draft.parent_id)


def _gap(site: Site, active: Sequence[Group], premises: Premises, now: datetime) -> Iterator[Mistake]:
    here = [group for group in active if site.id in sites_of(group, premises)]
    rotas = [Rota.of(group.shifts, group.time_zone or _zone_of(group, premises)) for group in here]
    if not rotas or any(rota.is_always_on for rota in rotas):
        return
    zone = ZoneInfo(site.time_zone)
    gap = _first_gap(_spans(rotas, now), now)
    if gap is not None:
        begins, ends = (moment.astimezone(zone) for moment in gap)
        said = {"site": site.id, "day": f"{begins:%Y-%m-%d}", "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
        yield Mistake(("shifts",), "nobody_on_shift", site.id, said)


def _spans(rotas: Iterable[Rota], now: datetime) -> list[tuple[datetime, datetime]]:
    today, week = now.date(), AHEAD + timedelta(days=2)
    return sorted(span for rota in rotas for span in rota.spans(today - timedelta(days=2), today + week))


def _first_gap(spans: Iterable[tuple[datetime, datetime]], now: datetime) -> tuple[datetime, datetime] | None:
    """The first stretch of the coming week that no span covers."""
    covered = now
    for begins, ends in spans:
        if begins > covered + SHORTEST:
            break
        covered = max(covered, ends)
    else:
        begins = now + AHEAD
    return (covered, min(begins, now + AHEAD)) if covered < now + AHEAD else None


def _zone_of(group: Group, premises: Premises) -> str | None:
    site = premises.sites.get(group.site_id or "")
    return site.time_zone if site else None
