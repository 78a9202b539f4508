"""The whole story of a delivery, in codes that readers see in words (words/deliveries.json)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from patrol import words
from patrol.chats.table import LIMITS
from patrol.dispatch import claims, rates, wording
from patrol.dispatch.leases import key_of
from patrol.dispatch.pauses import is_paused
from patrol.dispatch.pauses import standing as standing_pauses
from patrol.store.tables import Bot, Delivery, Try
from patrol.values import Language

FINAL = {"sent": "ended_sent", "failed": "ended_failed", "expired": "ended_expired", "withdrawn": "ended_withdrawn"}

WHAT_HOLDS = select(
    claims.why_stopped(),
    is_paused(Delivery),
    claims.is_doubted(Delivery),
    claims.withdrawal_goes_first(),
    claims.earlier_goes_first(),
    claims.chat_is_busy(),
).where(Delivery.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, or what it waits for; `error` is a code with words of the platform's."""

    at: datetime
    code: str
    fields: dict[str, object] = field(default_factory=dict)
    error: str | None = None

    def say(self, language: Language, time_zone: str) -> str:
        """In the reader's words; times in the zone of the delivery's site."""
        said = {name: _said(value, time_zone) for name, value in self.fields.items()}
        why = wording.explain(self.error, language) if self.error else ""
        return words.say(f"deliveries.{self.code}", language, **said, why=why).strip()


def story(session: Session, delivery: Delivery, now: datetime) -> list[Line]:
    """From its making to its end, or to what it waits for now."""
    lines = [_made(delivery), *_tries(session, delivery), *_read(delivery)]
    lines.sort(key=lambda line: line.at)
    return [*lines, _end(delivery) if delivery.ended_at else waits_for(session, delivery, now)]


def waits_for(session: Session, delivery: Delivery, now: datetime) -> Line:
    """Why an open delivery has not left, or does not leave just now."""
    if delivery.state == "sending" and delivery.lease_until and delivery.lease_until > now:
        return Line(now, "on_its_way", {"until": delivery.lease_until})
    if delivery.expires_at <= now:
        return Line(now, "is_overdue", {"until": delivery.expires_at})
    return _held(session, delivery, now) or _throttled(session, delivery, now) or Line(now, "is_due")


def zone_of(delivery: Delivery) -> str:
    return (delivery.hit.time_zone if delivery.hit else delivery.group.time_zone) or "UTC"


def _made(row: Delivery) -> Line:
    more: dict[str, object] = {"group": row.group.name, "chat": row.chat.kind, "until": row.expires_at}
    if row.forwarded_by or row.forward_policy_id:
        return Line(row.created_at, "made_forwarded", more | {"by": row.forwarded_by or "policy"})
    if row.walk_min is not None:
        return Line(row.created_at, "made_walk", more | {"minutes": f"{row.walk_min:g}"})
    if row.distance_m is not None:
        return Line(row.created_at, "made_metres", more | {"metres": round(row.distance_m)})
    return Line(row.created_at, "made", more)


def _tries(session: Session, row: Delivery) -> Iterator[Line]:
    for it in session.scalars(select(Try).where(Try.delivery_id == row.id).order_by(Try.number)):
        seconds = (it.ended_at - it.started_at).total_seconds() if it.ended_at else 0.0
        more: dict[str, object] = {"n": it.number, "sender": it.sender, "seconds": f"{seconds:.1f}"}
        code = f"try_{it.outcome or 'going'}"
        if it.next_try_at is not None and it.outcome in ("later", "limited"):
            more["next"] = it.next_try_at
        yield Line(it.started_at, code, more, it.error if it.outcome != "sender_ended" else None)


def _read(row: Delivery) -> Iterator[Line]:
    if row.missed and row.sent_at:
        yield Line(row.sent_at, "missed", {"n": len(row.missed)})
    if row.read_at:
        yield Line(row.read_at, "read")


def _end(row: Delivery) -> Line:
    assert row.ended_at is not None
    code = FINAL.get(row.state, "ended_unknown")
    why = row.error if row.state != "sent" else None
    return Line(row.ended_at, code, {"repeat": row.is_repeat}, why)


def _held(session: Session, row: Delivery, now: datetime) -> Line | None:
    """What holds back this very delivery."""
    held = session.execute(WHAT_HOLDS, {"id": row.id, "now": now}).one()
    why, held_back, is_doubted, withdrawal, earlier, is_busy = held
    if why is not None:
        return Line(now, f"stopped_{why}")
    if held_back:
        return _paused(session, row, now)
    if is_doubted:
        return Line(now, "waits_for_review")
    if row.next_try_at > now:
        return Line(now, "waits_to_try", {"next": row.next_try_at}, row.error)
    codes = {"waits_for_withdrawal": withdrawal, "waits_for_earlier": earlier, "waits_for_chat": is_busy}
    return next((Line(now, code) for code, holds in codes.items() if holds), None)


def _paused(session: Session, row: Delivery, now: datetime) -> Line:
    """The newest of the pauses that hold it back."""
    hit = row.hit
    refs = {None, hit.site_id, str(hit.watchlist_id), str(hit.person_id)} if hit else {None, row.group.site_id}
    pause = next(it for it in standing_pauses(session, now) if it.ref in refs)
    return Line(now, "is_paused", {"by": pause.by, "reason": pause.reason, "until": pause.ends_at})


def _throttled(session: Session, row: Delivery, now: datetime) -> Line | None:
    """What holds back its chat."""
    chat = row.chat
    if LIMITS[chat.kind].has_one_connection and not _is_connected(session, row, now):
        return Line(now, "waits_for_bot")
    silent_until = rates.silent_until(session, chat, now)
    if silent_until is not None:
        return Line(now, "waits_in_silence", {"until": silent_until})
    free_at = rates.free_at(session, chat, row.lane, now)
    return Line(now, "waits_for_rate", {"until": free_at}) if free_at else None


def _is_connected(session: Session, row: Delivery, now: datetime) -> bool:
    """Whether any sender holds the one connection of the delivery's bot."""
    bot = key_of(row.chat)
    held = session.get(Bot, (bot.kind, bot.base, bot.secret))
    return held is not None and held.lease_until is not None and held.lease_until > now


def _said(value: object, time_zone: str) -> object:
    return wording.clock_time(value, time_zone, with_seconds=True) if isinstance(value, datetime) else value
