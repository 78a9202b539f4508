"""What becomes of a claimed delivery, written down once by whoever still has its claim.

queued -> sending -> sent | queued again (worth another try) | failed (permanent) | unknown (may have arrived)
queued -> expired (its time has passed) | withdrawn (stopped before it left); sent, unknown -> withdrawn
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from patrol.chats.chat import SendError, Sent
from patrol.dispatch import clocks, recalls, tries
from patrol.dispatch.claims import OVERRULED, TOLD, is_doubted, why_stopped
from patrol.dispatch.groups import CHAT_BROKEN
from patrol.dispatch.pauses import is_paused
from patrol.dispatch.queue import HIT_NOT_DELIVERED, drop_pictures, withdrawal
from patrol.dispatch.reach import PAGE, say_if_missed
from patrol.dispatch.record import record
from patrol.dispatch.telling import OUT, tell_by_next_chat
from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.tables import Alarm, Decision, Delivery, GroupChat, UtcDateTime
from patrol.values import Receipt

LONGEST_ERROR = 500
NO_PICTURE, INTERNAL = "no_picture", "internal"  # the failures that are not the chat's
TOO_LATE = "too_late: its time has passed"
AT_ONCE = 50  # rows in one transaction


def start(
    session: Session, blobs: Blobs, claimed: Delivery, picture_key: str | None, sha256: str | None, now: datetime
) -> bool:
    """Note the picture just before the message leaves; False where it must not leave any more."""
    row = _still_mine(session, claimed)
    if row is None or _stop_unwanted(session, blobs, row, now):
        tries.end(session, claimed, "kept_back", now)
        return False
    if session.scalar(IS_HELD, {"id": row.id, "now": now}):
        row.state = "unknown" if row.may_have_arrived else "queued"
        tries.end(session, claimed, "kept_back", now)
        return False
    row.picture_key, row.picture_sha256 = picture_key, sha256
    return True


def cancelled_by(session: Session, withdrawal: Delivery) -> Sent:
    """What a withdrawal takes back."""
    told = session.scalars(select(Delivery).where(Delivery.id == withdrawal.cancels_id)).one()
    also = (part.message_ref for part in _parts_out(session, told) if part.id != told.id)
    return Sent(str(told.id), told.message_ref, told.sent_at, tuple(ref for ref in also if ref is not None))


def accepted(session: Session, blobs: Blobs, claimed: Delivery, receipt: Receipt, now: datetime) -> Delivery | None:
    """The platform took it. A withdrawal that was taken ends what it cancels."""
    tries.end(session, claimed, "accepted", now)
    row = _still_mine(session, claimed)
    if row is None:
        _withdraw_again(session, claimed, receipt, now)
        return None
    row.state, row.message_ref, row.error = "sent", receipt.message_ref, None
    row.sent_at, row.ended_at, row.missed = receipt.accepted_at, now, list(receipt.missed)
    row.chat.last_success_at = now
    changed = [row, *_end_cancelled(session, blobs, row, now)]
    session.flush()
    if row.kind in TOLD:  # first what points at the hit, then what takes the events' turn: as everybody does
        _begin_to_wait(session, row, now)
    _mend_chat(session, row, now)
    recalls.mend(session, row, now)
    record(session, changed, now)
    return row


def _begin_to_wait(session: Session, row: Delivery, now: datetime) -> None:
    """For the group's answers. A hit that had missed everybody has reached somebody."""
    clocks.start(session, row, now)
    if row.chat.kind != PAGE:
        alarms.clear(session, HIT_NOT_DELIVERED, f"hit:{row.hit_id}", now)


def _withdraw_again(session: Session, claimed: Delivery, receipt: Receipt, now: datetime) -> None:
    """A slow sender's message came behind its own withdrawal and stands: it is withdrawn once more, by its name."""
    came_late = select(Delivery).where(Delivery.id == claimed.id, Delivery.state == "withdrawn")
    row = session.scalars(came_late.with_for_update(of=Delivery)).one_or_none()
    if row is None or row.hit is None:
        return
    said = select(Delivery).where(
        Delivery.kind == "withdraw", Delivery.chat_id == row.chat_id, Delivery.hit_id == row.hit_id
    )
    newest = said.order_by(Delivery.created_at.desc(), Delivery.revision.desc()).limit(1)
    earlier = session.scalars(newest).one_or_none()
    if earlier is None:
        return
    row.message_ref, row.sent_at = receipt.message_ref, receipt.accepted_at
    decision = session.get_one(Decision, earlier.decision_id)
    again = withdrawal(row.hit, decision, row, now, earlier.revision + 1)
    session.add(again)
    session.flush()
    record(session, [again], now)


def refused(
    session: Session, blobs: Blobs, claimed: Delivery, error: SendError, wait_s: float, now: datetime
) -> Delivery | None:
    """The platform did not take it, or nobody knows. Decide whether it is tried again, in `wait_s`."""
    next_try_at = now + timedelta(seconds=wait_s)
    _end_try(session, claimed, error, next_try_at, now)
    row = _still_mine(session, claimed)
    if row is None:
        return None
    row.error, row.next_try_at = str(error)[:LONGEST_ERROR], next_try_at
    row.may_have_arrived = row.may_have_arrived or error.is_unknown
    if not is_ours(row):
        row.chat.last_error, row.chat.last_error_at = row.error, now
    is_left_to_a_person = error.is_unknown and row.is_repeat and row.kind != "withdraw"
    was_last_try = error.is_permanent or is_left_to_a_person
    if _stop_unwanted(session, blobs, row, now):
        return row
    if was_last_try or row.next_try_at >= row.expires_at:
        _end(session, [row], "failed" if was_last_try else "expired", now)
    else:
        row.state = "unknown" if row.may_have_arrived else "queued"
        session.flush()
        record(session, [row] if error.is_unknown else [], now)
    return row


def _end_try(session: Session, claimed: Delivery, error: SendError, next_try_at: datetime, now: datetime) -> None:
    outcome = "kept_back" if error.code == INTERNAL else tries.outcome_of(error)
    follows = None if outcome == "refused" else next_try_at
    tries.end(session, claimed, outcome, now, error=str(error)[:LONGEST_ERROR], next_try_at=follows)


def has_late(session: Session, now: datetime) -> bool:
    """Whether anything has come too late."""
    return session.scalar(LATE.with_only_columns(Delivery.id).limit(1), {"now": now}) is not None


def expire(session: Session, now: datetime) -> int:
    """End what could not be delivered in its time: late is not delivered. Return how many."""
    rows = session.scalars(LATE.limit(AT_ONCE).with_for_update(skip_locked=True, of=Delivery), {"now": now}).all()
    for row in [row for row in rows if row.state == "sending"]:
        row.may_have_arrived = True
        tries.give_up(session, row)
    _end(session, rows, "expired", now)
    return len(rows)


def has_unwanted(session: Session, now: datetime) -> bool:
    """Whether anything waits that must not leave any more."""
    return session.scalar(UNWANTED.with_only_columns(Delivery.id).limit(1), {"now": now}) is not None


def stop_unwanted(session: Session, blobs: Blobs, now: datetime) -> int:
    """End what waits for a chat that is gone, or is about somebody not looked for any more; return how many."""
    rows = session.scalars(UNWANTED.limit(AT_ONCE).with_for_update(skip_locked=True, of=Delivery), {"now": now})
    return sum(_stop_unwanted(session, blobs, row, now) for row in rows.all())


def _unwanted() -> Select[Delivery]:
    """Not a hit that was overruled: the decision that did it ends it, and withdraws it where it stands."""
    is_waiting = and_(Delivery.state.in_(("queued", "unknown")), Delivery.ended_at.is_(None))
    is_ended_by_none = or_(why_stopped() != OVERRULED, Delivery.kind.not_in(TOLD))
    return select(Delivery).where(is_waiting, why_stopped().is_not(None), is_ended_by_none)


UNWANTED = _unwanted()


def clear_old_alarms(session: Session, now: datetime, age: timedelta) -> int:
    """What was not delivered is over when nobody on shift would act on it any more; return how many were cleared."""
    old = select(Alarm.code, Alarm.subject).where(
        Alarm.code.in_((HIT_NOT_DELIVERED, recalls.WITHDRAWAL_NOT_DELIVERED)),
        Alarm.cleared_at.is_(None),
        Alarm.raised_at <= now - age,
    )
    rows = session.execute(old.limit(AT_ONCE)).all()
    for code, subject in rows:
        alarms.clear(session, code, subject, now)
    return len(rows)


def _late() -> Select[Delivery]:
    now = bindparam("now", type_=UtcDateTime())
    is_open = and_(Delivery.state.in_(("queued", "unknown")), Delivery.ended_at.is_(None))
    is_left_behind = and_(Delivery.state == "sending", Delivery.lease_until <= now)
    return select(Delivery).where(or_(is_open, is_left_behind), Delivery.expires_at <= now)


LATE = _late()


def drop_old_pictures(session: Session, blobs: Blobs, now: datetime, age: timedelta) -> int:
    """Delete the pictures of messages that no page shows any more; return how many."""
    rows = session.scalars(
        select(Delivery).where(Delivery.picture_key.is_not(None), Delivery.ended_at <= now - age).limit(AT_ONCE)
    ).all()
    drop_pictures(blobs, rows)
    return len(rows)


def _still_mine(session: Session, claimed: Delivery) -> Delivery | None:
    """The row, fresh and locked, unless another sender has taken it over."""
    mine = select(Delivery).where(
        Delivery.id == claimed.id, Delivery.attempts == claimed.attempts, Delivery.state == "sending"
    )
    return session.scalars(mine.with_for_update(of=Delivery)).one_or_none()


def _end(session: Session, rows: Sequence[Delivery], state: str, now: datetime) -> None:
    """No further try: "failed" or "expired", or "unknown" where an earlier try may have arrived."""
    for row in rows:
        row.state, row.ended_at = "unknown" if row.may_have_arrived else state, now
        row.error = row.error or TOO_LATE
    broken = [row for row in rows if row.attempts > 0 and not is_ours(row)]
    for row in broken:  # a mark, no gate: where a group has no other chat it is tried all the same, and may mend
        row.chat.broken_at, row.chat.broken_reason = now, row.error
    session.flush()
    followed = [it for row in rows if row.kind in TOLD for it in tell_by_next_chat(session, row, now)]
    followed += [it for row in rows if recalls.calls_off(row) for it in recalls.say_by_next_chat(session, row, now)]
    for row in broken:
        detail = {"group_id": row.group_id, "chat_kind": row.chat.kind, "error": error_code(row)}
        alarms.sound(session, CHAT_BROKEN, f"group:{row.group_id}", now, **detail)
    recalls.alarm_where_unsaid(session, rows, now)
    say_if_missed(session, rows, [row for row in rows if row not in broken and error_code(row) != NO_PICTURE], now)
    record(session, [*rows, *followed], now)


def _stop(session: Session, blobs: Blobs, row: Delivery, why: str, now: datetime) -> None:
    """It must not leave any more. Where it never did, its withdrawal need not either."""
    if why != OVERRULED or row.kind not in TOLD:  # its decision says that
        row.error = f"{why}: stopped before it left"
    row.state, row.ended_at = "unknown" if row.may_have_arrived else "withdrawn", now
    drop_pictures(blobs, [row])
    stopped = [row]
    if not row.may_have_arrived:
        for withdrawal in session.scalars(
            select(Delivery).where(Delivery.cancels_id == row.id, Delivery.state == "queued")
        ):
            withdrawal.state, withdrawal.ended_at = "withdrawn", now
            stopped.append(withdrawal)
    session.flush()
    record(session, stopped, now)


def _end_cancelled(session: Session, blobs: Blobs, row: Delivery, now: datetime) -> list[Delivery]:
    """Every part of the message that this withdrawal cancels is withdrawn now."""
    cancelled = session.get(Delivery, row.cancels_id) if row.cancels_id else None
    if cancelled is None:
        return []
    parts = _parts_out(session, cancelled)
    for part in parts:
        part.may_have_arrived = part.may_have_arrived or part.state == "sending"
        part.state, part.ended_at = "withdrawn", now
    drop_pictures(blobs, parts)
    return parts


def _parts_out(session: Session, told: Delivery) -> list[Delivery]:
    """Every part of a message that left: two where the platform has none that holds text and picture."""
    parts = select(Delivery).where(
        Delivery.decision_id == told.decision_id,
        Delivery.chat_id == told.chat_id,
        Delivery.kind == told.kind,
        Delivery.state.in_(OUT),
    )
    return list(session.scalars(parts))


def error_code(row: Delivery) -> str:
    return (row.error or "").partition(":")[0]


def is_ours(row: Delivery) -> bool:
    """Its trouble is no chat's."""
    return error_code(row) in (INTERNAL, NO_PICTURE)


def _mend_chat(session: Session, row: Delivery, now: datetime) -> None:
    if row.chat.broken_at is None:
        return
    row.chat.broken_at = row.chat.broken_reason = None
    session.flush()
    broken = select(GroupChat.id).where(GroupChat.group_id == row.group_id, GroupChat.broken_at.is_not(None))
    if session.scalar(broken.limit(1)) is None:
        alarms.clear(session, CHAT_BROKEN, f"group:{row.group_id}", now)


def _stop_unwanted(session: Session, blobs: Blobs, row: Delivery, now: datetime) -> bool:
    """Stop a row that must not leave any more; False where it may."""
    why = session.scalar(WHY_STOPPED, {"id": row.id, "now": now})
    if why is not None:
        _stop(session, blobs, row, why, now)
    return why is not None


IS_HELD = select(or_(is_paused(Delivery), is_doubted(Delivery))).where(Delivery.id == bindparam("id"))
WHY_STOPPED = select(why_stopped()).where(Delivery.id == bindparam("id"))
