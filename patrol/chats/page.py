"""The group's own page in patrol: nothing travels, a message is accepted when its row may be shown."""

from typing import ClassVar

from patrol.chats.chat import Clock, Limits, Replies, Sent
from patrol.values import Message, Receipt


class Page:
    """Dispatch's row is the message: `patrol.dispatch.page` shows it, and answers come in by the web."""

    limits: ClassVar[Limits] = Limits(
        picture_bytes=1_000_000,  # opens in seconds on a weak mobile network
        text_bytes=4_000,
        per_minute=None,
        has_caption=True,
        is_idempotent=True,
        can_withdraw=True,
        has_replies=False,  # they come in by the web
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def send(self, message: Message) -> Receipt:
        return Receipt(message_ref=message.key, accepted_at=self._clock())

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)
