"""The chat platforms' calls to us: what is theirs is written down at once, what is not is refused and recorded.

What a member attached is fetched when the platform has its answer, for it waits 3 to 5 seconds at most.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.chats.chat import Call, CallAnswer, CallRefused, SendError
from patrol.chats.table import PLATFORMS, Chats
from patrol.dispatch.arrivals import Arrivals
from patrol.store import events
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, GroupChat
from patrol.values import PatrolError

log = structlog.get_logger()

REFUSED = "callback.refused"  #: event
MOST_RECORDED = 20  # a minute, of one kind: who floods us fills no table
LONGEST_WHY = 200


class CallbackRefused(PatrolError):
    """The call is not from the platform, or is not for us."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back to the platform, and what is left to do when it has gone."""

    body: bytes
    content_type: str
    later: Callable[[], None]


class Callbacks:
    """Takes the calls of every platform whose answers come in that way."""

    def __init__(self, database: Database, blobs: Blobs, chats: Chats, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._arrivals = Arrivals(database, blobs, clock)
        self._chats = chats
        self._clock = clock

    def receive(
        self,
        kind: str,
        secret: str,
        *,
        method: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answered:
        """Read one call; CallbackRefused where it is not the platform's.

        secret: the name of one. headers: their names in small letters.
        """
        try:
            answer = self._read(kind, secret, Call(method, query, headers, body))
        except (CallRefused, SendError) as error:
            self._record_refusal(kind, str(error))
            raise CallbackRefused from None
        taken = [reply for reply in answer.replies if self._arrivals.keep_named(kind, secret, reply) is not None]
        later = partial(self._arrivals.fetch, kind, secret, taken, answer.media)
        is_taken = len(taken) == len(answer.replies) or not answer.refusal
        return Answered(answer.body if is_taken else answer.refusal, answer.content_type, later)

    def _read(self, kind: str, secret: str, call: Call) -> CallAnswer:
        platform = PLATFORMS.get(kind)
        if platform is None or platform.answer is None:
            raise CallRefused("no platform of this kind calls us")
        with self._database.read() as session:
            address = _an_address(session, kind, secret)
        if address is None:  # nobody is to find out which secrets there are
            raise CallRefused("no group has a chat with a secret of this name")
        return self._chats.answer(kind, secret, call, address)

    def _record_refusal(self, kind: str, why: str) -> None:
        """In the log, and in the record unless we are being flooded. Nothing of the call itself is kept."""
        now = self._clock()
        known = kind if kind in PLATFORMS else "unknown"
        log.warning("callback refused", chat=known, why=why[:LONGEST_WHY])
        subject = f"callback:{known}"
        with self._database.read() as session:
            recent = select(func.count()).where(
                Event.subject == subject, Event.at > now - timedelta(minutes=1), Event.kind == REFUSED
            )
            if (session.scalar(recent) or 0) >= MOST_RECORDED:
                return
        with self._database.write() as session:
            body = {"chat_kind": known, "why": why[:LONGEST_WHY]}
            events.append(session, REFUSED, actor="system", subject=subject, now=now, **body)


def _an_address(session: Session, kind: str, secret: str) -> str | None:
    """Of any of the chats of this bot; None where there is none."""
    chats = select(GroupChat.address).where(
        GroupChat.kind == kind, GroupChat.secret == secret, GroupChat.removed_at.is_(None)
    )
    return session.scalar(chats.order_by(GroupChat.id).limit(1))
