"""A link in place of a picture: it opens one group's copy, for as long as the group may look at it.

Only a hash of its token is kept, so every try to send makes a new one; all of them end with the message.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from patrol.dispatch.desk import Desk
from patrol.dispatch.queue import standing_decision
from patrol.dispatch.telling import OUT
from patrol.hits.record import is_looked_for
from patrol.store import events
from patrol.store.blobs import Blobs, PictureGone
from patrol.store.tables import Delivery, DeliveryLink

NOTHING = "this link is unknown, past its time, or its picture was withdrawn"
TOKEN_BYTES = 24  # 192 random bits: unguessable, and short enough for a text message


def link_of(session: Session, delivery: Delivery, desk: Desk) -> str:
    """Make a link to this message's picture and return its address, which is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ends_at = delivery.created_at + timedelta(hours=delivery.group.keep_h)
    made = DeliveryLink(
        token_hash=_hash(token), delivery_id=delivery.id, created_at=delivery.created_at, expires_at=ends_at
    )
    session.add(made)
    session.flush()
    return f"{desk.public_url.rstrip('/')}/h/{token}"


def look(session: Session, token: str, now: datetime) -> Delivery:
    """The message a link belongs to; PictureGone where it opens nothing (any more)."""
    return _find(session, token, now)[1]


def note_opening(session: Session, token: str, now: datetime) -> Delivery:
    """Somebody has the page before him, which a chat app that fetches a preview has not: the message is read."""
    link, delivery = _find(session, token, now)
    link.n_opened += 1
    if link.first_opened_at is None:
        link.first_opened_at = now
        delivery.read_at = delivery.read_at or now
        session.flush()
        _record(session, delivery, now)
    return delivery


def picture(session: Session, blobs: Blobs, token: str, now: datetime) -> bytes:
    """The JPEG behind a link."""
    _link, delivery = _find(session, token, now)
    if delivery.picture_key is None:
        raise PictureGone(NOTHING)
    return blobs.get(delivery.picture_key)


def _find(session: Session, token: str, now: datetime) -> tuple[DeliveryLink, Delivery]:
    link = session.get(DeliveryLink, _hash(token))
    if link is None or now >= link.expires_at:
        raise PictureGone(NOTHING)
    with_hit = select(Delivery).where(Delivery.id == link.delivery_id)
    delivery = session.scalars(with_hit.options(joinedload(Delivery.hit), joinedload(Delivery.group))).one()
    if _has_ended(session, delivery, now):
        raise PictureGone(NOTHING)
    return link, delivery


def _has_ended(session: Session, delivery: Delivery, now: datetime) -> bool:
    """A decision ends a message in the moment it is made, before any sender reads it; so does the end of its case,
    or of the entry.
    """
    if delivery.state not in OUT or delivery.hit is None:  # some platforms show a message before they say so
        return True
    episode = delivery.hit.episode
    is_closed = episode is not None and episode.closed_at is not None
    is_over = is_closed or not is_looked_for(delivery.hit.person, now)
    return is_over or standing_decision(session, delivery.hit.id).verdict != "confirmed"


def _record(session: Session, delivery: Delivery, now: datetime) -> None:
    hit = delivery.hit
    events.append(
        session,
        "link.opened",
        actor=f"group:{delivery.group_id}",
        subject=f"delivery:{delivery.id}",
        now=now,
        site_id=hit.site_id if hit else None,
        hit_id=str(delivery.hit_id),
        group_id=delivery.group_id,
    )


def _hash(token: str) -> str:
    """A plain hash is enough: nobody guesses 192 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
