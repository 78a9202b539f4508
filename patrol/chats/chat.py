"""The one shape every chat platform has here, what a platform can do, and how a send fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal, Protocol

from patrol.values import Media, Message, PatrolError, Receipt, Reply

Secrets = Callable[[str], str]  #: from the name of a secret to the secret
Clock = Callable[[], datetime]
Fetch = Callable[[], tuple[Media, ...]]  #: asks the platform for what is attached to an answer; raises SendError

FOREVER = timedelta(days=36_500)  # where a platform has no end to it


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


def too_large(detail: str) -> SendError:
    return SendError("too_large", detail, is_permanent=True)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `n` messages in any `per_s` seconds: a tenth under what the platform publishes."""

    n: int
    per_s: float
    scope: Literal["bot", "chat"]  #: all chats of one bot together, or each chat by itself


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes and can do, so that dispatch plans and no adapter guesses."""

    picture_bytes: int  #: 0 where it takes no picture at all
    text_bytes: int  #: UTF-8, of a text alone and of a caption
    has_caption: bool  #: text and picture are one message; else they are two
    same_key_for: timedelta | None  #: the same key within this time makes one message; None: it has no key
    withdraw_within: timedelta | None  #: how long a message can be taken back; None: a notice follows it instead
    hears: Literal["nothing", "chat", "bot", "callback"]  #: answers are read chat by chat, bot by bot, or come in
    rates: tuple[Rate, ...] = ()  #: empty: the server itself says when to wait
    n_buttons: int = 0  #: most buttons of one message
    has_receipts: bool = False  #: it tells who has read a message
    has_one_connection: bool = False  #: one process at a time may speak for a bot
    picture_formats: tuple[str, ...] = ("image/jpeg",)

    @property
    def is_idempotent(self) -> bool:
        return self.same_key_for is not None

    @property
    def can_withdraw(self) -> bool:
        return self.withdraw_within is not None

    @property
    def has_replies(self) -> bool:
        return self.hears != "nothing"

    def require_fits(self, message: Message) -> None:
        """SendError for a message that is larger than dispatch was told: nothing is ever cut in silence."""
        n_text, n_picture = len(message.text.encode()), len(message.picture_jpeg or b"")
        if n_text > self.text_bytes:
            raise too_large(f"the text has {n_text} bytes, the chat takes {self.text_bytes}")
        if n_picture > self.picture_bytes:
            raise too_large(f"the picture has {n_picture} bytes, the chat takes {self.picture_bytes}")
        if len(message.buttons) > self.n_buttons:
            raise too_large(f"the message has {len(message.buttons)} buttons, the chat takes {self.n_buttons}")


@dataclass(frozen=True, slots=True)
class Replies:
    """Answers read from a chat, and where reading goes on."""

    items: tuple[Reply, ...]
    cursor: str | None
    moved: Mapping[str, str] = field(default_factory=dict)  #: from the old to the new address of a chat
    #: what came with the answers, by their event_ref; fetched when they have been written down
    media: Mapping[str, Fetch] = field(default_factory=dict, repr=False)
    #: shows in the chat, by their event_ref, that answers were taken, or not; raises nothing
    shows: Mapping[str, Callable[[bool], None]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that stands in a chat, or may."""

    key: str
    message_ref: str | None  #: None where its answer never came
    sent_at: datetime | None = None
    also: tuple[str, ...] = ()  #: message_refs of its other parts, where text and picture are two messages

    @property
    def refs(self) -> tuple[str, ...]:
        """The message_ref of every part that has one."""
        return (*filter(None, (self.message_ref,)), *self.also)


@dataclass(frozen=True, slots=True)
class Look:
    """What a platform tells of a chat without a message: its name, whether we may write there."""

    name: str = ""
    n_members: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A platform's HTTP request to us, as it came. Header names are in small letters."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What goes back to the platform, and the answers that its request carried."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    replies: tuple[Reply, ...] = ()
    refusal: bytes = b""  #: goes back instead of `body` where an answer is not one to be taken
    #: what came with the answers, by their event_ref; fetched only when the platform has what it waits for
    media: Mapping[str, Fetch] = field(default_factory=dict, repr=False)


class CallRefused(PatrolError):
    """A call to us is not the platform's: its signature, its time or its form is wrong."""


class Bot(Protocol):
    """One connection or one inbox that many chats share."""

    def listen(self, cursor: str | None) -> Replies:
        """The answers since `cursor` from all its chats, each with its chat_address; waits a second or two for some.

        A platform that lets only one process speak for a bot raises SendError("kicked") where another took over.
        """
        ...

    def close(self) -> None: ...


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
        """The answers since `cursor`; None begins with the newest few. Empty where they do not come chat by chat."""
        ...

    def look(self) -> Look:
        """Read what can be read of the chat without sending; SendError where it would not take a message."""
        ...

    def read_by(self, sent: Sent) -> tuple[str, ...]:
        """The platform's ids of who has read a message; empty where it does not tell."""
        ...
