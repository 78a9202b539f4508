"""Makes the message of a delivery as it leaves now: its words, its buttons, whom it rings, what it follows."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.chats.table import LIMITS
from patrol.dispatch import wording
from patrol.dispatch.desk import Desk
from patrol.dispatch.drawing import goes_by_link
from patrol.dispatch.links import link_of
from patrol.store.tables import Delivery, Member
from patrol.values import Message


def message_of(session: Session, delivery: Delivery, desk: Desk, jpeg: bytes | None) -> Message:
    """What the chat is handed. A link in place of the picture is made here: it wants a writing session."""
    text, language = wording.text_of(delivery), wording.language_of(delivery.group)
    if delivery.kind in wording.ANSWERED and text:
        site_id = delivery.hit.site_id if delivery.hit else delivery.group.site_id
        text = wording.with_duty(text, desk.phone_of(site_id or ""), language)
    if jpeg is not None and goes_by_link(delivery):
        text, jpeg = wording.with_link(text, link_of(session, delivery, desk), language), None
    return Message(
        key=str(delivery.id),
        text=text,
        hit_number=delivery.hit.number if delivery.hit else None,
        picture_jpeg=jpeg,
        is_repeat=delivery.is_repeat,
        buttons=wording.buttons(delivery.kind, language, LIMITS[delivery.chat.kind]),
        mentions=_mentions(session, delivery),
        in_reply_to=_first_message(session, delivery),
    )


def _mentions(session: Session, delivery: Delivery) -> tuple[str, ...]:
    """The platform's ids of the roster: a group that is told is on shift. Of two parts only the text rings."""
    if delivery.kind not in wording.ANSWERED or delivery.part == "picture":
        return ()
    on_roster = select(Member.identities).where(Member.group_id == delivery.group_id, Member.removed_at.is_(None))
    identities = [known.get(delivery.chat.kind) for known in session.scalars(on_roster.order_by(Member.name))]
    return tuple(identity for identity in identities if identity)


def _first_message(session: Session, delivery: Delivery) -> str | None:
    """The message that this one updates, where it stands in the same chat."""
    if delivery.updates_id is None:
        return None
    first = select(Delivery.message_ref).where(Delivery.id == delivery.updates_id)
    return session.scalar(first.where(Delivery.chat_id == delivery.chat_id))
