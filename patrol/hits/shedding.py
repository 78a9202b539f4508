"""Takes clip, pictures and templates of one hit away and leaves its row: by the clock, or for a full disk."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from patrol.hits.clocks import Clocks
from patrol.hits.leftovers import media_keys
from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.tables import Decision, Delivery, GroupReply, Hit, HitProbe, Person, Routing, Watchlist
from patrol.watchlist.floors import may_be_kept

#: When a hit last changed hands: its newest decision, or its recording.
STANDS_SINCE = func.coalesce(
    select(func.max(Decision.decided_at)).where(Decision.hit_id == Hit.id).scalar_subquery(), Hit.recorded_at
)
#: Which pictures go first from a full disk. A rejected face has no purpose left, an unsure one little; a
#: confirmed hit has gone out and its row tells the story; without its pictures a waiting hit could never be decided.
FIRST_TO_GO = case(
    (Hit.verdict == "rejected", 0), (Hit.verdict == "unsure", 1), (Hit.verdict == "confirmed", 2), else_=3
)


def past_their_time(clocks: Clocks, now: datetime) -> Select[uuid.UUID]:
    """The hits whose pictures have had their time: by verdict, or because their entry has ended."""
    has_no_purpose = and_(_is_not("confirmed"), _has_ended(now - clocks.ended))
    is_due = or_(
        and_(or_(Hit.verdict.is_(None), Hit.verdict == "unsure"), now - clocks.unreviewed >= STANDS_SINCE),
        and_(Hit.verdict == "rejected", now - clocks.rejected >= STANDS_SINCE),
        and_(Hit.verdict == "confirmed", now - clocks.confirmed >= STANDS_SINCE),
        has_no_purpose,
    )
    return _with_pictures(now).where(is_due).order_by(STANDS_SINCE)


def first_to_go(now: datetime) -> Select[uuid.UUID]:
    """Every hit that still has pictures, in the order they leave a full disk; what is on its way out stays."""
    is_read = exists().where(Routing.decision_id == Decision.id, Routing.outcome != "waiting")
    is_unread = exists().where(Decision.hit_id == Hit.id, ~is_read)
    return _with_pictures(now).where(~is_unread).order_by(FIRST_TO_GO, STANDS_SINCE, Hit.number)


def clips_to_go() -> Select[uuid.UUID]:
    """Every hit that has a clip, in the order these leave a full disk; they go before the first picture does."""
    return select(Hit.id).where(Hit.clip_key.is_not(None)).order_by(FIRST_TO_GO, STANDS_SINCE, Hit.number)


def shed_clip(session: Session, blobs: Blobs, hit_id: uuid.UUID, *, cause: str, now: datetime) -> str | None:
    """Take a hit's clip away and leave its pictures. Returns the key that goes with the commit; None without one."""
    hit = session.scalar(select(Hit).where(Hit.id == hit_id).with_for_update(of=Hit))
    if hit is None or (key := hit.clip_key) is None:
        return None
    blobs.delete_with(session, key)
    forget_clip(hit)
    _say(session, hit, now, cause=cause, what="clip")
    return key


def forget_clip(hit: Hit) -> None:
    hit.clip_key = hit.clip_codec = hit.clip_began_at = hit.clip_s = None


def shed(
    session: Session, blobs: Blobs, hit_id: uuid.UUID, still: Select[uuid.UUID], *, cause: str, now: datetime
) -> list[str]:
    """Take a hit's clip and pictures, those sent of it and its templates away, if it is `still` among those to go.

    Returns the keys that go with the commit; none where somebody else was first or the hit has changed.
    Call it in a transaction of its own.
    """
    hit = session.scalar(select(Hit).where(Hit.id == hit_id).with_for_update(of=Hit))
    if hit is None or session.scalar(still.where(Hit.id == hit_id)) is None:
        return []
    sent = select(Delivery.picture_key).where(Delivery.hit_id == hit_id)
    said = media_keys(session, GroupReply.hit_id == hit_id)
    keys = sorted({key for key in (hit.face_key, hit.frame_key, hit.clip_key, *session.scalars(sent), *said) if key})
    for key in keys:
        blobs.delete_with(session, key)
    hit.face_key = hit.frame_key = None
    forget_clip(hit)
    hit.pictures_shed_at = now
    session.execute(update(Delivery).where(Delivery.hit_id == hit_id).values(picture_key=None))
    session.execute(update(GroupReply).where(GroupReply.hit_id == hit_id).values(media=[]))
    session.execute(delete(HitProbe).where(HitProbe.hit_id == hit_id, ~_stays(now)))
    _say(session, hit, now, cause=cause)
    return keys


def forget_strangers(session: Session, now: datetime) -> int:
    """Delete the templates of hits that were rejected for good; return how many.

    A stranger's template stays only while the site's written policy keeps it as a negative anchor of an entry that
    is still looked for.
    """
    is_final = exists().where(
        Decision.hit_id == Hit.id,
        Decision.round == Hit.round,
        Decision.verdict == "rejected",
        Decision.release_at <= now,
    )
    rejected = select(Hit.id).where(Hit.verdict == "rejected", is_final)
    gone = delete(HitProbe).where(HitProbe.hit_id.in_(rejected), ~_stays(now))
    return cast("CursorResult[Any]", session.execute(gone)).rowcount


def _stays(now: datetime) -> ColumnElement[bool]:
    """Whether a template is a negative anchor that somebody has a use for."""
    is_wanted = _has_ended(now).is_not(true())  # ends that are not set make neither true nor false
    kept = select(Hit.id).join(Person, Hit.person_id == Person.id).join(Watchlist, Hit.watchlist_id == Watchlist.id)
    return HitProbe.hit_id.in_(kept.where(may_be_kept(now), is_wanted))


def shed_bulletins(session: Session, blobs: Blobs, before: datetime) -> int:
    """Take away the pictures of messages about no hit, and of answers to them, from before then; count them."""
    old = (Delivery.hit_id.is_(None), Delivery.picture_key.is_not(None), Delivery.created_at <= before)
    keys: Sequence[str | None] = session.scalars(select(Delivery.picture_key).where(*old)).all()
    session.execute(update(Delivery).where(*old).values(picture_key=None))
    old_answers = and_(GroupReply.hit_id.is_(None), GroupReply.received_at <= before)
    said = media_keys(session, old_answers)
    if said:
        session.execute(update(GroupReply).where(old_answers).values(media=[]))
    for key in {*filter(None, keys), *said}:
        blobs.delete_with(session, key)
    return len(keys) + len(said)


def _with_pictures(now: datetime) -> Select[uuid.UUID]:
    """Hits with pictures that no sender is about to need; a delivery past its deadline needs none."""
    is_open = exists().where(
        Delivery.hit_id == Hit.id,
        Delivery.state.in_(("queued", "sending", "unknown")),
        Delivery.ended_at.is_(None),
        Delivery.expires_at > now,
    )
    joined = select(Hit.id).join(Person, Hit.person_id == Person.id).join(Watchlist, Hit.watchlist_id == Watchlist.id)
    return joined.where(Hit.pictures_shed_at.is_(None), ~is_open)


def _has_ended(before: datetime) -> ColumnElement[bool]:
    ends = (Person.ends_at, Person.removed_at, Watchlist.ends_at, Watchlist.closed_at)
    return or_(*(column <= before for column in ends))


def _is_not(verdict: str) -> ColumnElement[bool]:
    return or_(Hit.verdict.is_(None), Hit.verdict != verdict)


def _say(session: Session, hit: Hit, now: datetime, **more: str) -> None:
    events.append(
        session,
        "hit.shed",
        actor="system",
        subject=f"hit:{hit.id}",
        site_id=hit.site_id,
        now=now,
        hit_id=str(hit.id),
        number=hit.number,
        **more,
    )
