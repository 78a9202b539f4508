"""Takes one claimed delivery to its platform and writes down what came of it."""

import random
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from patrol.chats.chat import SendError
from patrol.chats.table import Chats
from patrol.dispatch import messages, outcomes
from patrol.dispatch.desk import Desk
from patrol.dispatch.prints import Print, Prints
from patrol.dispatch.reach import PAGE
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery
from patrol.store.together import Together
from patrol.values import Message, PatrolError, Receipt

log = structlog.get_logger()

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0  # of the back-off between tries
ASKED_AT_MOST_S = 86_400.0  # a platform that asks for more silence means for good


class Courier:
    """Delivers; any number of threads may use it at once."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        chats: Chats,
        clock: Callable[[], datetime],
        desk: Desk,
        randomness: random.Random,
    ) -> None:
        self._database = database
        self._together = Together(database)
        self._blobs = blobs
        self._chats = chats
        self._clock = clock
        self._desk = desk
        self._random = randomness
        self.prints = Prints(database, blobs, clock)

    def deliver(self, claimed: Delivery) -> None:
        """See one delivery through: sent, tried again later, or ended."""
        try:
            picture = self.picture(claimed)
            if claimed.chat.kind == PAGE:
                return self._show(claimed, picture)
            message = self.start(claimed, picture)
        except SendError as error:
            return self.refuse(claimed, error)
        except Exception:  # ours, and nothing has left yet: the message keeps its place and is tried again
            log.exception("a delivery could not be prepared", **about(claimed))
            return self.refuse(claimed, SendError(outcomes.INTERNAL, "an error of our own; the log says which"))
        if message is not None:
            self._send(claimed, message)

    def picture(self, claimed: Delivery) -> Print | None:
        """The picture to send, kept; None where there is none, or none can be drawn or kept."""
        try:
            return self.prints.of(claimed)
        except Exception as error:  # the text leaves without it: a hit is not held up by a picture
            is_ours = not isinstance(error, PatrolError)
            log.error("no picture for a delivery", **about(claimed), error=str(error), exc_info=is_ours)
            return None

    def start(self, claimed: Delivery, picture: Print | None) -> Message | None:
        """Note that the message leaves with this picture; None where it must not leave any more."""
        message = self._together.write(partial(self._begin, claimed, picture))
        self._drop_unused(claimed, picture, has_left=message is not None)
        return message

    def refuse(self, claimed: Delivery, error: SendError) -> None:
        """Write down that the platform did not take it."""
        wait_s = self.wait_s(claimed.attempts, error.wait_s)
        now = self._clock()
        row = self._together.write(lambda it: outcomes.refused(it, self._blobs, claimed, error, wait_s, now))
        state = row.state if row else "taken over"
        log.warning("not delivered", **about(claimed), state=state, attempts=claimed.attempts, error=str(error))

    def wait_s(self, attempts: int, asked_s: float | None) -> float:
        """Exponential with full jitter, so that senders do not come back all at once; at least what was asked for."""
        if asked_s is not None:
            return min(asked_s, ASKED_AT_MOST_S) + self._random.uniform(0, FIRST_WAIT_S)
        return self._random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempts, 10)))

    def _begin(self, claimed: Delivery, picture: Print | None, session: Session) -> Message | None:
        key, sha256 = (picture.key, picture.sha256) if picture else (None, None)
        if not outcomes.start(session, self._blobs, claimed, key, sha256, self._clock()):
            return None
        return messages.message_of(session, claimed, self._desk, picture.jpeg if picture else None)

    def _show(self, claimed: Delivery, picture: Print | None) -> None:
        """The page is ours: nothing travels, so that it is started and accepted in one transaction."""
        is_shown = self._together.write(partial(self._begin_and_end, claimed, picture))
        self._drop_unused(claimed, picture, has_left=is_shown)

    def _begin_and_end(self, claimed: Delivery, picture: Print | None, session: Session) -> bool:
        message = self._begin(claimed, picture, session)
        if message is not None:
            receipt = self._hand_over(claimed, message)
            outcomes.accepted(session, self._blobs, claimed, receipt, self._clock())
        return message is not None

    def _send(self, claimed: Delivery, message: Message) -> None:
        try:
            receipt = self._hand_over(claimed, message)
        except SendError as error:
            return self.refuse(claimed, error)
        now = self._clock()
        self._together.write(lambda it: outcomes.accepted(it, self._blobs, claimed, receipt, now))
        log.info("delivered", **about(claimed), attempts=claimed.attempts)

    def _hand_over(self, claimed: Delivery, message: Message) -> Receipt:
        """Give the message to its platform; SendError where that fails."""
        chat = self._chats.open(claimed.chat.kind, claimed.chat.address, claimed.chat.secret)
        if claimed.kind == "withdraw":
            with self._database.read() as session:
                sent = outcomes.cancelled_by(session, claimed)
            return chat.withdraw(sent, message)
        if message.picture_jpeg is None and not message.text:
            raise SendError(outcomes.NO_PICTURE, "the picture is not kept any more", is_permanent=True)
        return chat.send(message)

    def _drop_unused(self, claimed: Delivery, picture: Print | None, *, has_left: bool) -> None:
        """Of the picture before and the one that was just made, only what the row names stays."""
        key = picture.key if picture else None
        unused = claimed.picture_key if has_left else key
        if unused is not None and claimed.picture_key != key:
            self._blobs.delete(unused)


def about(claimed: Delivery) -> dict[str, object]:
    """What the log says of a delivery: no names, no words of it."""
    return {
        "delivery": str(claimed.id),
        "kind": claimed.kind,
        "group": claimed.group_id,
        "chat": claimed.chat.kind,
        "hit": claimed.hit.number if claimed.hit else None,
    }
