"""The group's own page in patrol: nothing travels, a message is accepted when its row may be shown."""

from typing import ClassVar

from patrol.chats.chat import FOREVER, Limits, Look, Replies, Sent
from patrol.chats.exchange import Access
from patrol.values import Message, Receipt


class Page:
    """Dispatch's row is the message: `patrol.dispatch.page` shows it, and answers come in by the web."""

    limits: ClassVar[Limits] = Limits(
        picture_bytes=1_000_000,  # opens in seconds on a weak mobile network
        text_bytes=4_000,
        has_caption=True,
        same_key_for=FOREVER,
        withdraw_within=FOREVER,
        hears="nothing",  # answers come in by the web
        n_buttons=9,
    )

    def __init__(self, access: Access) -> None:
        self._clock = access.clock

    def send(self, message: Message) -> Receipt:
        return Receipt(message_ref=message.key, accepted_at=self._clock())

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        return self.send(notice)

    def replies(self, cursor: str | None) -> Replies:
        return Replies((), cursor)

    def look(self) -> Look:
        return Look()

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        return ()


def is_address(address: str) -> bool:
    """A page is the group's own: it has no address."""
    return not address
