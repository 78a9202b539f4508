"""What a sender does beside sending: it says that it lives, starts the self-tests that are due, and follows them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

import structlog

from patrol.dispatch import self_test_schedule, self_tests
from patrol.dispatch.desk import Desk
from patrol.store.beats import beat_sender
from patrol.store.engine import Database

POLL_S = 0.5  # how soon the next stage of a self-test is seen
BEAT_EVERY = timedelta(seconds=5)  # a third of what a silent sender is missed after
SCHEDULE_EVERY = timedelta(seconds=30)  # every rota is read anew
STUCK_AFTER = timedelta(seconds=30)  # a hundred times what reading the new decisions takes
AFTER_ERROR_S = 2.0

log = structlog.get_logger()


class Rounds:
    """One sender's rounds. `looked_at` tells when it last looked for decisions: without that it does not live."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        clock: Callable[[], datetime],
        owner: str,
        looked_at: Callable[[], datetime | None],
        self_test_before: timedelta,
    ) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._owner = owner
        self._looked_at = looked_at
        self._before = self_test_before
        self._started_at = clock()
        self._beat_at: datetime | None = None
        self._planned_at: datetime | None = None

    def run(self, stop: Event) -> None:
        """Make rounds until told to stop; what fails is logged and tried again."""
        while not stop.wait(POLL_S):
            try:
                self.run_once()
            except Exception:
                log.exception("a round failed, going on")
                stop.wait(AFTER_ERROR_S)

    def run_once(self) -> None:
        now = self._clock()
        if self._is_due(self._beat_at, BEAT_EVERY, now) and self.is_sending(now):
            with self._database.write() as session:
                beat_sender(session, self._owner, self._started_at, now)
            self._beat_at = now
        if self._is_due(self._planned_at, SCHEDULE_EVERY, now):
            self._start_due(now)
            self._planned_at = now
        self._follow(now)

    def is_sending(self, now: datetime) -> bool:
        """Whether the sender has looked for decisions in the last while."""
        looked_at = self._looked_at()
        return looked_at is not None and now - looked_at < STUCK_AFTER

    def _start_due(self, now: datetime) -> None:
        sites = self._desk.sites()
        with self._database.read() as session:
            if not self_test_schedule.has_due(session, sites, now, self._before):
                return
        with self._database.write() as session:
            self_test_schedule.start_due(session, sites, now, self._before)

    def _follow(self, now: datetime) -> None:
        with self._database.read() as session:
            if not self_tests.has_running(session):
                return
        with self._database.write() as session:
            self_tests.follow(session, now)

    @staticmethod
    def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
        return last is None or now - last >= every
