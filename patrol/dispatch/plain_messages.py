"""Messages that stand for no decision on a hit: system alarms, drills, tests. They wait in the same queue."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from patrol.chats.table import LIMITS
from patrol.dispatch import wording
from patrol.dispatch.telling import LANES, WITHOUT_PICTURE, in_order
from patrol.store.tables import Delivery, Group, GroupChat


def ways_to(group: Group, last_choice: str = "") -> list[GroupChat]:
    """Its page, and the first of its chats that works; one of the kind `last_choice` only where there is no other.

    Empty where the group has no page and every chat of it is broken.
    """
    pages = [chat for chat in group.chats if chat.kind == "page" and chat.removed_at is None]
    working = [chat for chat in in_order(group) if chat.broken_at is None]
    return pages + sorted(working, key=lambda chat: chat.kind == last_choice)[:1]


def chats_of(group: Group) -> list[GroupChat]:
    """Every chat in use, its page and the broken ones too, in order of preference."""
    return sorted((chat for chat in group.chats if chat.removed_at is None), key=lambda chat: chat.position)


def message(
    kind: str,
    chat: GroupChat,
    text: str,
    now: datetime,
    within: timedelta,
    *,
    part: str | None = None,
    exercise_id: UUID | None = None,
) -> Delivery:
    """A delivery to one chat, to leave within a time; its text is cut where the platform takes less."""
    return Delivery(
        id=uuid4(),
        kind=kind,
        group=chat.group,
        chat=chat,
        part=part or kind,
        lane=LANES[kind],
        state="queued",
        exercise_id=exercise_id,
        next_try_at=now,
        expires_at=now + within,
        text=wording.shortened(text, LIMITS[chat.kind].text_bytes),
        created_at=now,
    )


def parts_of(chat: GroupChat, text: str) -> Iterable[tuple[str, str]]:
    """(part, text) of a message that shows a picture: two where the platform knows no captions, as a hit has."""
    limits = LIMITS[chat.kind]
    has_picture = limits.picture_bytes > 0 and chat.group.picture_policy not in WITHOUT_PICTURE
    if has_picture and not limits.has_caption:
        return ("text", text), ("picture", "")
    return (("hit" if has_picture else "text", text),)
