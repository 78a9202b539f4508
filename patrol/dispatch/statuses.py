"""Short messages beside a hit: told back to who answered, or told everybody who was told of a case."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from patrol import words
from patrol.dispatch import wording
from patrol.dispatch.telling import LANES, OUT, in_order
from patrol.store.tables import Delivery, Group, GroupChat, Hit

CALLS = ("need_help", "sighted")  # parts that make somebody run who may never have been told of the hit
BACK_WITHIN = timedelta(minutes=10)  # who asked has put the phone away by then
KEPT_FOR = timedelta(hours=12)  # a shift: whoever may still be out looking is told that it is over


def status(
    chat: GroupChat,
    code: str,
    fields: Mapping[str, object],
    now: datetime,
    *,
    hit: Hit | None,
    lasts: timedelta = BACK_WITHIN,
    follows: Delivery | None = None,
    is_urgent: bool = False,
) -> Delivery:
    """One sentence of words/answers.json for a chat, not yet added to a session."""
    return Delivery(
        id=uuid4(),
        kind="status",
        hit=hit,
        episode_id=hit.episode_id if hit else None,
        group=chat.group,
        chat=chat,
        part=code,
        updates_id=follows.id if follows is not None and follows.chat_id == chat.id else None,
        lane=LANES["hit" if is_urgent else "status"],
        state="queued",
        next_try_at=now,
        expires_at=now + lasts,
        text=sentence(chat.group, code, fields, hit),
        created_at=now,
    )


def sentence(group: Group, code: str, fields: Mapping[str, object], hit: Hit | None) -> str:
    language = wording.language_of(group)
    text = words.say(f"answers.{code}", language, **fields)
    return text if hit is None else wording.marked(text, hit, language)


def ways_to(group: Group) -> list[GroupChat]:
    """The chats by which a group is told something now: its page, and the first of the others that is in use."""
    page = [chat for chat in group.chats if chat.kind == "page" and chat.removed_at is None]
    return page + in_order(group)[:1]


def told_of(session: Session, hit_ids: Collection[UUID], *, with_called: bool = False) -> Sequence[Delivery]:
    """The first message about these hits in every chat that was told of them.

    with_called: also where a call for help or a sighting is all that a chat was told of them, or is about to be.
    """
    has_left = or_(Delivery.sent_at.is_not(None), Delivery.may_have_arrived)
    stands = or_(Delivery.state.in_(OUT), and_(Delivery.state == "withdrawn", has_left))
    is_told = and_(Delivery.kind.in_(("hit", "exercise")), stands)
    calls = and_(Delivery.kind == "status", Delivery.part.in_(CALLS), or_(stands, Delivery.state == "queued"))
    rows = session.scalars(
        select(Delivery)
        .join(Delivery.chat)
        .where(
            Delivery.hit_id.in_(hit_ids),
            or_(is_told, calls) if with_called else is_told,
            GroupChat.removed_at.is_(None),
        )
        .order_by(Delivery.created_at, Delivery.part.desc(), Delivery.id)
    ).all()
    first: dict[UUID, Delivery] = {}
    for row in rows:
        first.setdefault(row.chat_id, row)
    return list(first.values())
