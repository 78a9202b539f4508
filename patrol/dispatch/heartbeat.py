"""A sign of life to an outside service once a minute, which alarms when it does not come.

It is held back while patrol is not well. The address may hold a key: it is in no log, no alarm and no error.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Event

import httpx
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.chats.chat import SendError
from patrol.chats.exchange import exchange
from patrol.store import alarms
from patrol.store.engine import Database
from patrol.store.tables import Alarm

EVERY_S = 60.0
AGAIN_AFTER_S = 15.0  # after one that did not get through, or was held back
FAILURES = 3  # in a row, before it is an alarm: an outside line hiccups
FAILED, HELD, SUBJECT = "heartbeat_failed", "heartbeat_held", "heartbeat"

log = structlog.get_logger()


class Heartbeat:
    """Beats until stopped. `is_sending` tells whether this process still reads decisions."""

    def __init__(
        self,
        url: str,
        public_url: str,
        database: Database,
        client: httpx.Client,
        clock: Callable[[], datetime],
        is_sending: Callable[[datetime], bool],
    ) -> None:
        self._url = url
        self._health_url = f"{public_url.rstrip('/')}/healthz"
        self._database = database
        self._client = client
        self._clock = clock
        self._is_sending = is_sending
        self._n_failures = 0

    def run(self, stop: Event) -> None:
        """Beat once a minute, sooner after a beat that was missed; what fails is logged and tried again."""
        wait_s = AGAIN_AFTER_S  # the other processes are starting too
        while not stop.wait(wait_s):
            try:
                wait_s = EVERY_S if self.beat_once() else AGAIN_AFTER_S
            except Exception:
                log.exception("the heartbeat failed, going on")
                wait_s = AGAIN_AFTER_S

    def beat_once(self) -> bool:
        """Beat where patrol is well; whether the outside service took it."""
        reason = self.unwell()
        self._say_held(reason)
        if reason is not None:
            log.warning("heartbeat held back", reason=reason)
            return False
        error = self._ask(self._url)
        self._n_failures = self._n_failures + 1 if error else 0
        self._say_failed(error)
        return error is None

    def unwell(self) -> str | None:
        """Why patrol is not well, as a code; None where it is. Writing the alarms proves the database."""
        now = self._clock()
        if not self._is_sending(now):
            return "sender_stuck"
        with self._database.read() as session:
            if _stands(session, "worker_silent"):
                return "worker_silent"
        return "web_silent" if self._ask(self._health_url) else None

    def _ask(self, url: str) -> str | None:
        """What went wrong, as a code; None where the answer is a yes."""
        try:
            answer = exchange(self._client, "GET", url)
        except SendError as error:
            return error.code
        return None if 200 <= answer.status < 300 else f"status_{answer.status}"

    def _say_held(self, reason: str | None) -> None:
        with self._database.write() as session:
            if reason is None:
                alarms.clear(session, HELD, SUBJECT, self._clock())
            elif reason != "worker_silent":  # which is an alarm by itself
                alarms.sound(session, HELD, SUBJECT, self._clock(), reason=reason)

    def _say_failed(self, error: str | None) -> None:
        if error is None:
            with self._database.write() as session:
                alarms.clear(session, FAILED, SUBJECT, self._clock())
            return
        log.warning("heartbeat not taken", error=error, failures=self._n_failures)
        if self._n_failures >= FAILURES:
            with self._database.write() as session:
                alarms.sound(session, FAILED, SUBJECT, self._clock(), error=error)


def _stands(session: Session, code: str) -> bool:
    standing = select(Alarm.id).where(Alarm.code == code, Alarm.cleared_at.is_(None))
    return session.scalar(standing.limit(1)) is not None
