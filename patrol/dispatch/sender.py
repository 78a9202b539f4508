"""Sends deliveries until each has arrived, failed for good or come too late. Any number may run at once."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread

import structlog
from sqlalchemy.orm import Session

from patrol.chats.table import KINDS, Chats
from patrol.dispatch import claims, clocks, endings, forwarding, notices, outcomes, tries
from patrol.dispatch.bots import Bots
from patrol.dispatch.courier import Courier, about
from patrol.dispatch.desk import Desk
from patrol.dispatch.inbox import Inbox
from patrol.dispatch.page import SHOWN_FOR
from patrol.dispatch.plan import Plans
from patrol.dispatch.queue import fan_out, has_waiting
from patrol.dispatch.receipts import Receipts
from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery

log = structlog.get_logger()

DEADLINE_S = 600.0
POLL_S = 0.2  # how soon a decision is seen; a few indexed reads each time
REPLIES_S = 1.0  # how soon an answer is seen; one request a room each time
BOTS_S = 1.0  # how soon a bot that nobody holds is taken
RECEIPTS_S = 2.0
NEWS_S = 5.0  # alarms are told when they have stood for 20 s
TIDY_S = 60.0
KEEP_ALARMS = timedelta(days=30)  # after they were cleared; what happened stays in the events
AFTER_ERROR_S = 2.0

OF_A_KIND = 6  # deliveries on their way by one kind of chat: a slow platform holds up no more threads than these
IN_ALL = 16  # by all kinds together; a kind that has none on its way gets one all the same
FOR_URGENT = 2  # of each kind's: slow bulletins never keep a hit waiting for a thread
AT_ONCE = 8  # claims in one transaction

Step = Callable[[], bool]  #: one round of a loop; False where there was nothing to do
Look = Callable[[Session, datetime], bool]  #: whether there is something to do; it takes no lock
Work = Callable[[Session, datetime], int]  #: doing it, in a transaction of its own; how much was done


@dataclass(frozen=True, slots=True)
class Loop:
    """What is done again and again in a thread of its own, and how it waits where there is nothing to do."""

    name: str
    step: Step
    pause: Callable[[], object]


class Sender:
    """Turns decisions into deliveries and delivers them."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        chats: Chats,
        clock: Callable[[], datetime],
        *,
        desk: Desk | None = None,
        owner: str = "sender",
        deadline_s: float = DEADLINE_S,
        lease: timedelta = claims.LEASE,
        randomness: random.Random | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._chats = chats
        self._clock = clock
        self._desk = desk or Desk()
        self._owner = owner
        self._deadline_s = deadline_s
        self._lease = lease
        self._plans = Plans(self._desk)
        self.courier = Courier(database, blobs, chats, clock, self._desk, randomness or random.SystemRandom())
        self._on_their_way: Counter[str] = Counter()  # by kind of chat
        self._lock = Lock()
        self._work = Event()  # there may be something to send
        self._is_busy = False  # where there was something just now, there is likely more: no look before the claim
        self.looked_at: datetime | None = None  #: when it last looked for decisions

    def run_once(self) -> bool:
        """Read new decisions, end what is late, send at most one message. False where there was nothing to do."""
        has_routed = self.route_once()
        return self.send_once() or has_routed

    def run(self, stop: Event) -> None:
        """Do so until told to stop, and hear what is answered."""
        bots = Bots(self._database, self._blobs, self._chats, self._clock, self._owner)
        with ThreadPoolExecutor(IN_ALL + max(AT_ONCE, len(KINDS)), "deliver") as pool:
            threads = [
                Thread(target=_repeat, args=(loop, stop), name=f"sender-{loop.name}")
                for loop in self._loops(stop, pool, bots)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        bots.close()

    def _loops(self, stop: Event, pool: ThreadPoolExecutor, bots: Bots) -> Iterator[Loop]:
        inbox = Inbox(self._database, self._blobs, self._chats, self._clock)
        receipts = Receipts(self._database, self._chats, self._clock)
        yield Loop("route", self._route, partial(stop.wait, POLL_S))
        yield Loop("send", partial(self._send_some, pool), self._wait_for_work)
        yield Loop("replies", inbox.read_once, partial(stop.wait, REPLIES_S))
        yield Loop("bots", bots.run_once, partial(stop.wait, BOTS_S))
        yield Loop("receipts", receipts.read_once, partial(stop.wait, RECEIPTS_S))
        yield Loop("news", self.tell_news, partial(stop.wait, NEWS_S))
        yield Loop("tidy", self.tidy_once, partial(stop.wait, TIDY_S))

    def route_once(self) -> bool:
        """Make deliveries of new decisions; end those that come too late, or that nobody is to get any more.

        A duty that fails is undone and starves no other: its error is raised when all have had their turn.
        """
        now = self._clock()
        with self._database.read() as session:
            due = [work for look, work in self._duties() if look(session, now)]
        self.looked_at = now
        n_done, failed = 0, list[Exception]()
        for work in due:
            try:
                with self._database.write() as session:
                    n_done += work(session, now)
            except Exception as error:  # noqa: BLE001 - raised again below
                failed.append(error)
        if failed:
            raise ExceptionGroup("duties of the sender failed", failed)
        return n_done > 0

    def _duties(self) -> Iterator[tuple[Look, Work]]:
        """What routing consists of, in the order in which it is done."""
        yield has_waiting, self._fan_out
        yield outcomes.has_late, outcomes.expire
        yield outcomes.has_unwanted, self._stop_unwanted
        yield clocks.has_run_out, self._run_out
        yield forwarding.has_to_forward, forwarding.forward_by_policy
        yield endings.has_ended, endings.stand_down

    def send_once(self, kinds: Collection[str] = KINDS) -> bool:
        """Send the most urgent message that may leave now; False where there is none."""
        claimed = self.claim(dict.fromkeys(kinds, 1), at_most=1)
        for delivery in claimed:
            self.courier.deliver(delivery)
        return bool(claimed)

    def claim(self, room: dict[str, int], at_most: int = AT_ONCE, for_urgent: int = 0) -> list[Delivery]:
        """Take what may leave now, at most so many of each kind of chat; some room may be kept for what is urgent."""
        now = self._clock()
        if not self._is_busy:
            with self._database.read() as session:
                if not claims.may_claim(session, now, list(+Counter(room)), self._owner):
                    return []
        with self._database.write() as session:
            kept = {"at_most": at_most, "for_urgent": for_urgent}
            claimed = claims.claim_some(session, now, self._lease, room, self._owner, **kept)
        self._is_busy = bool(claimed)
        return claimed

    def tell_news(self) -> bool:
        """Tell the maintenance groups what has begun or ended."""
        now = self._clock()
        with self._database.read() as session:
            if not notices.has_news(session, now):
                return False
        with self._database.write() as session:
            return notices.tell(session, now, self._desk.sites()) > 0

    def tidy_once(self) -> bool:
        """Delete pictures that no page shows any more, and alarms and tries that are over."""
        now = self._clock()
        self.courier.prints.forget()
        with self._database.write() as session:
            n_done = alarms.forget(session, now - KEEP_ALARMS)
            n_done += tries.forget(session, now - tries.KEEP)
            n_done += outcomes.clear_old_alarms(session, now, SHOWN_FOR)
            return n_done + outcomes.drop_old_pictures(session, self._blobs, now, SHOWN_FOR) > 0

    def _fan_out(self, session: Session, now: datetime) -> int:
        return fan_out(session, self._blobs, self._plans, now, self._deadline_s)

    def _run_out(self, session: Session, now: datetime) -> int:
        return clocks.run_out(session, self._plans, now, self._deadline_s)

    def _stop_unwanted(self, session: Session, now: datetime) -> int:
        return outcomes.stop_unwanted(session, self._blobs, now)

    def _route(self) -> bool:
        has_routed = self.route_once()
        if has_routed:
            self._work.set()
        return has_routed

    def _send_some(self, pool: ThreadPoolExecutor) -> bool:
        """Hand what may leave to threads that are free; False where there is nothing, or none is."""
        claimed = self.claim(self._room(), for_urgent=FOR_URGENT)
        for delivery in claimed:
            self._count(delivery, 1)
            pool.submit(self._see_through, delivery)
        return bool(claimed)

    def _see_through(self, delivery: Delivery) -> None:
        try:
            self.courier.deliver(delivery)
        except Exception:  # its lease ends, and another try follows
            log.exception("a delivery failed, going on", **about(delivery))
        finally:
            self._count(delivery, -1)
            self._work.set()

    def _count(self, delivery: Delivery, n: int) -> None:
        with self._lock:
            self._on_their_way[delivery.chat.kind] += n

    def _room(self) -> dict[str, int]:
        """How many more of each kind of chat may be on their way."""
        with self._lock:
            n_free = IN_ALL - self._on_their_way.total()
            room = {kind: min(OF_A_KIND - self._on_their_way[kind], n_free) for kind in KINDS}
            return {kind: max(n, not self._on_their_way[kind]) for kind, n in room.items()}

    def _wait_for_work(self) -> None:
        """Until something was routed or a thread has become free; a while at most, for other processes queue too."""
        self._work.wait(POLL_S)
        self._work.clear()


def _repeat(loop: Loop, stop: Event) -> None:
    """Do the loop's step until told to stop, and pause where it found nothing to do."""
    while not stop.is_set():
        try:
            was_busy = loop.step()
        except Exception:
            log.exception("sender failed, going on", loop=loop.name)
            stop.wait(AFTER_ERROR_S)
            continue
        if not was_busy:
            loop.pause()
