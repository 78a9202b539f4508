"""The one shape every chat platform has here, what a platform can do, and how a send fails."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from patrol.values import Message, PatrolError, Receipt, Reply

Secrets = Callable[[str], str]  #: from the name of a secret to the secret
Clock = Callable[[], datetime]


class AddressError(PatrolError):
    """The address of a chat is not one its platform understands."""


class SendError(PatrolError):
    """A platform did not take a message.

    Permanent: the same try never succeeds, a person has to change something. Unknown: the request left and no
    answer came, so the message may stand in the chat. Neither: worth another try, after `wait_s` where the
    platform said so.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        is_permanent: bool = False,
        is_unknown: bool = False,
        wait_s: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.is_permanent = is_permanent
        self.is_unknown = is_unknown
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes and can do, so that dispatch plans and no adapter guesses."""

    picture_bytes: int
    text_bytes: int  #: UTF-8
    per_minute: int | None  #: messages in any 60 s, a tenth under the published figure; None: the server says when
    has_caption: bool  #: text and picture are one message; else they are two
    is_idempotent: bool  #: the same key twice makes one message
    can_withdraw: bool  #: a sent message can be taken back; else a notice follows it
    has_replies: bool
    picture_formats: tuple[str, ...] = ("image/jpeg",)


@dataclass(frozen=True, slots=True)
class Replies:
    """Answers read from a chat, and where reading goes on."""

    items: tuple[Reply, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that stands in a chat, or may."""

    key: str
    message_ref: str | None  #: None where its answer never came


class Chat(Protocol):
    """One group's chat on one platform. Every method raises SendError and nothing else."""

    limits: ClassVar[Limits]

    def send(self, message: Message) -> Receipt:
        """Hand over one message; it was accepted when this returns."""
        ...

    def withdraw(self, sent: Sent, notice: Message) -> Receipt:
        """Take a message back where the platform can, then say so in the chat."""
        ...

    def replies(self, cursor: str | None) -> Replies:
        """The answers since `cursor`; None begins with the newest few."""
        ...
