"""Messages that are about no hit: system alarms, exercises, tests. They wait in the same queue behind every hit."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from patrol.chats.table import LIMITS
from patrol.dispatch import wording
from patrol.store.tables import Delivery, Group, GroupChat

LANE = 2  # of Delivery.lane: behind withdrawals and hits


def ways_to(group: Group, last_choice: str = "") -> list[GroupChat]:
    """Its page, and of its chats that work the first one; a chat of the kind `last_choice` only where there is no other.

    Empty where the group has no page and every chat of it is broken.
    """
    in_use = [chat for chat in group.chats if chat.removed_at is None]
    pages = [chat for chat in in_use if chat.kind == "page"]
    working = [chat for chat in in_use if chat.kind != "page" and chat.broken_at is None]
    return pages + sorted(working, key=lambda chat: (chat.kind == last_choice, chat.position))[:1]


def message(
    kind: str,
    group: Group,
    chat: GroupChat,
    text: str,
    now: datetime,
    within: timedelta,
    *,
    exercise_id: UUID | None = None,
) -> Delivery:
    """A delivery to one chat, to leave within a time; its text is cut where the platform takes less."""
    return Delivery(
        id=uuid4(),
        kind=kind,
        group=group,
        chat=chat,
        part=kind,
        lane=LANE,
        state="queued",
        exercise_id=exercise_id,
        next_try_at=now,
        expires_at=now + within,
        text=wording.shortened(text, LIMITS[chat.kind].text_bytes),
        created_at=now,
    )
