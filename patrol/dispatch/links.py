"""A link in place of a picture: it opens one group's copy, for as long as the group may look at it.

Only a hash of its token is kept, so every try to send makes a new one; all of them end with the message.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from patrol.dispatch.desk import Desk
from patrol.dispatch.page import is_withdrawn
from patrol.store import events
from patrol.store.blobs import Blobs, PictureGone
from patrol.store.tables import Delivery, DeliveryLink

TOKEN_BYTES = 24  # 192 random bits: unguessable, and short enough for a text message
LONGEST_URL = 200  # bytes that a message keeps free for one


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


def open_link(session: Session, token: str, now: datetime) -> Delivery:
    """The message a link belongs to, and note that it was opened; PictureGone where it opens nothing (any more)."""
    link = session.get(DeliveryLink, _hash(token))
    delivery = _delivery_of(session, link.delivery_id) if link is not None and now < link.expires_at else None
    if link is None or delivery is None or is_withdrawn(session, delivery):
        raise PictureGone("this link is unknown, past its time, or its picture was withdrawn")
    link.n_opened += 1
    if link.first_opened_at is None:
        link.first_opened_at = now
        delivery.read_at = delivery.read_at or now
        session.flush()
        _record(session, delivery, now)
    return delivery


def picture(session: Session, blobs: Blobs, token: str, now: datetime) -> bytes:
    """The JPEG behind a link."""
    link = session.get(DeliveryLink, _hash(token))
    delivery = _delivery_of(session, link.delivery_id) if link is not None and now < link.expires_at else None
    if delivery is None or delivery.picture_key is None or is_withdrawn(session, delivery):
        raise PictureGone("this link is unknown, past its time, or its picture was withdrawn")
    return blobs.get(delivery.picture_key)


def _delivery_of(session: Session, delivery_id: UUID) -> Delivery | None:
    with_hit = select(Delivery).where(Delivery.id == delivery_id)
    return session.scalars(with_hit.options(joinedload(Delivery.hit), joinedload(Delivery.group))).one_or_none()


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
