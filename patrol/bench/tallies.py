"""What a rehearsal's rows and platforms say: how fast, what was lost, what was doubled, which limits were broken."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from patrol.bench.platforms import Platform, Shown, chat_name
from patrol.store.tables import Decision, Delivery, Routing

PAGE = "page"
READ_AS_SHOWN = ("matrix",)  #: its clients are told of an event in the moment the server has it
NUMBER = re.compile(r"#(\d{4,})")
Seen = Mapping[
    tuple[str, str], Mapping[int, float]
]  #: when (time.time()) a number was read, by group and kind of chat
AT_95 = 18  # of the 19 cuts into 20 equal parts


@dataclass(frozen=True, slots=True)
class Spread:
    """A time, measured many times."""

    HEAD: ClassVar[str] = f"{'n':>6}{'p50 s':>9}{'p95 s':>9}{'max s':>9}"

    n: int
    p50_s: float
    p95_s: float
    max_s: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        cuts = statistics.quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 19
        return cls(len(seconds), *(round(it, 3) for it in (statistics.median(seconds), cuts[AT_95], max(seconds))))

    def row(self) -> str:
        return f"{self.n:6}{self.p50_s:9.2f}{self.p95_s:9.2f}{self.max_s:9.2f}"


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of many hits."""

    n_deliveries: int
    n_lost: int
    n_doubled: int  #: and not marked as a repeat
    n_limit_breaks: int
    n_faults: int
    accepted: Mapping[str, Spread] = field(default_factory=dict)  #: confirm -> accepted, by platform
    read: Mapping[str, Spread] = field(default_factory=dict)  #: confirm -> read, by platform that is free


def of_hits(
    session: Session,
    hit_ids: Collection[UUID],
    platforms: Mapping[str, Platform],
    seen: Seen,
) -> Tally:
    """Count what was made of these hits."""
    rows = _rows(session, hit_ids)
    accepted, read = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for row, confirmed_at in rows:
        if row.state == "sent" and row.ended_at is not None:
            accepted[row.chat.kind].append((row.ended_at - confirmed_at).total_seconds())
        read_at = _read_at(row, platforms, seen)
        if read_at is not None:
            read[row.chat.kind].append(read_at - confirmed_at.timestamp())
    return Tally(
        n_deliveries=len(rows),
        n_lost=sum(not _stands(row, platforms) for row, _confirmed_at in rows),
        n_doubled=sum(map(n_doubled, platforms.values())),
        n_limit_breaks=sum(platform.n_limit_breaks for platform in platforms.values()),
        n_faults=sum(platform.n_faults.total() for platform in platforms.values()),
        accepted={kind: Spread.of(seconds) for kind, seconds in sorted(accepted.items())},
        read={kind: Spread.of(seconds) for kind, seconds in sorted(read.items())},
    )


def n_open(session: Session, hit_ids: Collection[UUID]) -> int:
    """How many of these decisions and their deliveries are not over yet."""
    unread = select(func.count()).where(Decision.hit_id.in_(hit_ids), ~_is_routed())
    going = select(func.count()).where(Delivery.hit_id.in_(hit_ids), Delivery.ended_at.is_(None))
    return (session.scalar(unread) or 0) + (session.scalar(going) or 0)


def n_doubled(platform: Platform) -> int:
    """Messages that stand in a chat more than once, word for word: a repeat that says so reads differently."""
    return sum(n - 1 for n in Counter((it.chat, it.content) for it in platform.shown).values())


def number_in(text: str) -> int | None:
    found = NUMBER.search(text)
    return int(found[1]) if found else None


def _rows(session: Session, hit_ids: Collection[UUID]) -> list[tuple[Delivery, datetime]]:
    """Every delivery of these hits, with the moment of the yes."""
    query = select(Delivery, Decision.decided_at).join(Decision, Decision.id == Delivery.decision_id)
    query = query.where(Delivery.hit_id.in_(hit_ids), Delivery.kind == "hit")
    loaded = query.options(joinedload(Delivery.chat), joinedload(Delivery.hit))
    return [(row, decided_at) for row, decided_at in session.execute(loaded)]


def _is_routed() -> ColumnElement[bool]:
    return select(Routing.decision_id).where(Routing.decision_id == Decision.id).exists()


def _stands(row: Delivery, platforms: Mapping[str, Platform]) -> bool:
    """Whether the platform itself shows the message, whatever our row says."""
    if row.chat.kind == PAGE:
        return row.state == "sent"
    return (row.state == "sent" and is_elsewhere(row, platforms)) or any(
        _is_of(it, row) for it in platforms[row.chat.kind].shown
    )


def is_elsewhere(row: Delivery, platforms: Mapping[str, Platform]) -> bool:
    """Whether the chat is on a real server and not on the rehearsal's own."""
    return not row.chat.address.startswith(platforms[row.chat.kind].url)


def _is_of(shown: Shown, row: Delivery) -> bool:
    if shown.chat != chat_name(row.chat.address):
        return False
    if row.part == "picture":
        return shown.content == row.picture_sha256
    return row.hit is not None and number_in(shown.content) == row.hit.number


def _read_at(row: Delivery, platforms: Mapping[str, Platform], seen: Seen) -> float | None:
    """When a member had the message; None where nobody reads along."""
    if row.hit is None:
        return None
    numbers = seen.get((row.group_id, row.chat.kind))
    if numbers is not None:
        return numbers.get(row.hit.number)
    shown = platforms[row.chat.kind].shown if row.chat.kind in READ_AS_SHOWN else []
    return next((it.at for it in shown if _is_of(it, row)), None)
