"""Listens to the bots that many chats share, each in a thread of its own, as long as this sender holds it."""

from collections.abc import Callable, Collection
from datetime import datetime
from threading import Event, Lock, Thread

import structlog
from sqlalchemy import select

from patrol.chats.chat import Replies, SendError
from patrol.chats.table import LIMITS, Chats
from patrol.dispatch import leases
from patrol.dispatch.arrivals import Arrivals, move_chat
from patrol.dispatch.leases import BotKey
from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Alarm

log = structlog.get_logger()

KICKED = "kicked"  #: code of the SendError where another connection took over
BOT_UNHEARD = "bot_unheard"  #: alarm
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0  # before a bot that cannot be heard is tried again
KICKS_BELIEVED = 3  # one after the other, where coming back kicks nobody: a single one may be a look by hand
STOP_WITHIN_S = 10.0  # listening waits for some seconds at most


class Bots:
    """What this sender listens to. `run_once` is to be called at least every RENEWED_EVERY."""

    def __init__(
        self, database: Database, blobs: Blobs, chats: Chats, clock: Callable[[], datetime], owner: str
    ) -> None:
        self._database = database
        self._arrivals = Arrivals(database, blobs, clock)
        self._chats = chats
        self._clock = clock
        self._owner = owner
        self._listening: dict[BotKey, Listener] = {}
        self._looked_at: datetime | None = None
        self._known: set[BotKey] = set()
        self._lock = Lock()

    def run_once(self) -> bool:
        """Take what nobody holds, hold on to what is ours, end what is not; True where anything changed hands."""
        with self._lock:
            before = set(self._listening)
            now = self._clock()
            with self._database.read() as session:
                wanted = leases.bots_wanted(session)
            is_due = self._looked_at is None or now - self._looked_at >= leases.RENEWED_EVERY
            if is_due or wanted.keys() != self._known:
                self._looked_at, self._known = now, set(wanted)
                self._hold(wanted, now)
            return before != set(self._listening)

    def close(self) -> None:
        """End every thread and give every bot back."""
        with self._lock:
            for listener in self._listening.values():
                listener.ask_to_end()
            for key in list(self._listening):
                self._end(key)

    def _hold(self, wanted: dict[BotKey, str], now: datetime) -> None:
        for key in [*self._listening]:
            if key not in wanted or not self._listening[key].is_alive():
                self._end(key)
        self._clear_alarms_of_others(wanted, now)
        for key, address in wanted.items():
            with self._database.write() as session:
                is_ours = leases.hold(session, key, self._owner, now)
            if not is_ours and key in self._listening:
                self._end(key)
            elif is_ours and key in self._listening:
                self._listening[key].lease_until = now + leases.LEASE
            elif is_ours:
                self._begin(key, address)

    def _clear_alarms_of_others(self, wanted: Collection[BotKey], now: datetime) -> None:
        """What was wrong with a bot that no group has any more is wrong no more."""
        subjects = {key.subject for key in wanted}
        of_bots = select(Alarm).where(Alarm.code.in_((leases.BOT_KICKED, BOT_UNHEARD)), Alarm.cleared_at.is_(None))
        with self._database.read() as session:
            over = [alarm for alarm in session.scalars(of_bots) if alarm.subject not in subjects]
        for alarm in over:
            with self._database.write() as session:
                alarms.clear(session, alarm.code, alarm.subject, now)

    def _begin(self, key: BotKey, address: str) -> None:
        listener = Listener(self._database, self._arrivals, self._chats, self._clock, self._owner, key, address)
        self._listening[key] = listener
        listener.start()
        log.info("listening to a bot", chat=key.kind, secret=key.secret, owner=self._owner)

    def _end(self, key: BotKey) -> None:
        listener = self._listening.pop(key)
        listener.end()
        with self._database.write() as session:
            leases.let_go(session, key, self._owner)


class Listener(Thread):
    """Hears one bot until it is told to end, the lease is lost, or another connection takes over."""

    def __init__(
        self,
        database: Database,
        arrivals: Arrivals,
        chats: Chats,
        clock: Callable[[], datetime],
        owner: str,
        key: BotKey,
        address: str,
    ) -> None:
        super().__init__(name=f"bot-{key.kind}", daemon=True)
        self._database = database
        self._arrivals = arrivals
        self._chats = chats
        self._clock = clock
        self._owner = owner
        self._key = key
        self._address = address
        self._is_to_end = Event()
        self._is_heard = False
        self._kicks_believed = 1 if LIMITS[key.kind].has_one_connection else KICKS_BELIEVED
        self.lease_until = clock() + leases.LEASE

    def ask_to_end(self) -> None:
        self._is_to_end.set()

    def end(self) -> None:
        self._is_to_end.set()
        self._close_connection()
        self.join(STOP_WITHIN_S)

    def run(self) -> None:
        wait_s, n_kicks = FIRST_WAIT_S, 0
        while not self._is_to_end.is_set() and self._clock() < self.lease_until:
            error = self._try()
            n_kicks = n_kicks + 1 if error is not None and error.code == KICKED else 0
            if error is None:
                wait_s = FIRST_WAIT_S
            elif n_kicks >= self._kicks_believed:
                return self._kicked()
            elif not self._is_to_end.is_set():
                self._unheard(error, wait_s)
                self._is_to_end.wait(max(wait_s, min(error.wait_s or 0.0, LONGEST_WAIT_S)))
                wait_s = min(LONGEST_WAIT_S, wait_s * 2)
        self._close_connection()

    def _try(self) -> SendError | None:
        """Hear once; what went wrong, if anything did."""
        try:
            self.hear_once()
        except SendError as error:
            return error
        except Exception:  # whatever a server made us stumble over
            if not self._is_to_end.is_set():
                log.exception("a bot cannot be heard", chat=self._key.kind)
            return SendError("internal", "the log says what went wrong")
        return None

    def hear_once(self) -> int:
        """Hear what was said since the last time; return how many answers were new."""
        with self._database.read() as session:
            cursor = leases.cursor_of(session, self._key)
        bot = self._chats.bot(self._key.kind, self._address, self._key.secret or None)
        replies = bot.listen(cursor)
        kept = {reply: self._arrivals.keep_named(self._key.kind, self._key.secret, reply) for reply in replies.items}
        for reply, is_new in kept.items():
            replies.shows.get(reply.event_ref, _shows_nothing)(is_new is not None)
        taken = [reply for reply, is_new in kept.items() if is_new is not None]
        self._arrivals.fetch(self._key.kind, self._key.secret, taken, replies.media)
        self._go_on_behind(replies, cursor)
        self._heard()
        return sum(is_new is True for is_new in kept.values())

    def _go_on_behind(self, replies: Replies, cursor: str | None) -> None:
        """The cursor last: what is read twice counts once."""
        if replies.cursor == cursor and not replies.moved:
            return
        with self._database.write() as session:
            for old, new in replies.moved.items():
                move_chat(session, self._key.kind, self._key.secret, old, new)
            leases.save_cursor(session, self._key, self._owner, replies.cursor)

    def _kicked(self) -> None:
        log.error("another connection took the bot over", chat=self._key.kind, secret=self._key.secret)
        self._close_connection()
        with self._database.write() as session:
            leases.note_kick(session, self._key, self._clock())

    def _unheard(self, error: SendError, wait_s: float) -> None:
        """Begin anew with a fresh connection; an alarm sounds where that does not help for a minute."""
        log.warning("a bot cannot be heard", chat=self._key.kind, secret=self._key.secret, error=str(error))
        self._close_connection()
        self._is_heard = False
        if wait_s < LONGEST_WAIT_S:
            return
        detail = {"chat_kind": self._key.kind, "secret": self._key.secret, "error": error.code}
        with self._database.write() as session:
            alarms.sound(session, BOT_UNHEARD, self._key.subject, self._clock(), **detail)

    def _heard(self) -> None:
        if self._is_heard:
            return
        self._is_heard = True
        with self._database.write() as session:
            alarms.clear(session, BOT_UNHEARD, self._key.subject, self._clock())

    def _close_connection(self) -> None:
        self._chats.drop_bot(self._key.kind, self._address, self._key.secret or None)


def _shows_nothing(_is_taken: bool) -> None:
    """For platforms on which nothing can be shown."""
