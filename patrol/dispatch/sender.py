"""Sends deliveries until each has arrived, failed for good or come too late. Any number may run at once."""

import hashlib
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread

import structlog

from patrol.chats.chat import SendError
from patrol.chats.table import KINDS, LIMITS, Chats
from patrol.dispatch import claims, outcomes, pictures, wording
from patrol.dispatch.inbox import Inbox
from patrol.dispatch.page import SHOWN_FOR
from patrol.dispatch.queue import fan_out, has_waiting
from patrol.store import alarms
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery
from patrol.values import Message, PatrolError, Receipt

log = structlog.get_logger()

DEADLINE_S = 600.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0  # of the back-off between tries
POLL_S = 0.2  # how soon a decision is seen; four indexed reads each time
REPLIES_S = 1.0  # how soon an answer is seen; one request a room each time
ASKED_AT_MOST_S = 86_400.0  # a platform that asks for more silence means for good
TIDY_S = 60.0
KEEP_ALARMS = timedelta(days=30)  # after they were cleared; what happened stays in the events
AFTER_ERROR_S = 2.0
THREADS = dict.fromkeys(KINDS, 3) | {"page": 1}  # of its own for each kind: a slow server holds up no other


@dataclass(frozen=True, slots=True)
class Picture:
    """What a message shows, and where it is kept."""

    jpeg: bytes
    key: str
    sha256: str


class Sender:
    """Turns decisions into deliveries and delivers them."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        chats: Chats,
        clock: Callable[[], datetime],
        *,
        deadline_s: float = DEADLINE_S,
        lease: timedelta = claims.LEASE,
        randomness: random.Random | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._chats = chats
        self._clock = clock
        self._deadline_s = deadline_s
        self._lease = lease
        self._random = randomness or random.SystemRandom()

    def run_once(self) -> bool:
        """Read new decisions, end what is late, send at most one message. False where there was nothing to do."""
        has_routed = self.route_once()
        return self.send_once() or has_routed

    def run(self, stop: Event) -> None:
        """Do so until told to stop, each kind of chat in threads of its own."""
        inbox = Inbox(self._database, self._chats, self._clock)
        work = {kind: Event() for kind in THREADS}
        loops: list[tuple[str, Callable[[], bool], Callable[[], object]]] = [
            ("route", partial(self._look, work), partial(stop.wait, POLL_S)),
            ("tidy", self.tidy_once, partial(stop.wait, TIDY_S)),
            ("replies", inbox.read_once, partial(stop.wait, REPLIES_S)),
        ]
        for kind, n_threads in THREADS.items():
            loops += [(kind, partial(self.send_once, (kind,)), partial(_wait_for, work[kind]))] * n_threads
        threads = [Thread(target=_repeat, args=(*loop, stop), name=f"sender-{loop[0]}") for loop in loops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _look(self, work: Mapping[str, Event]) -> bool:
        """Route what is new and wake who has something to send: one pair of eyes for all the threads."""
        has_routed = self.route_once()
        with self._database.read() as session:
            for kind in claims.kinds_waiting(session, self._clock()):
                work[kind].set()
        return has_routed

    def route_once(self) -> bool:
        """Make deliveries of new decisions; end those that come too late, or that nobody is to get any more."""
        now = self._clock()
        with self._database.read() as session:
            has_decisions = has_waiting(session, now)
            has_late = outcomes.has_late(session, now)
            has_unwanted = outcomes.has_unwanted(session, now)
        n_done = 0
        if has_decisions:
            with self._database.write() as session:
                n_done += fan_out(session, self._blobs, now, self._deadline_s)
        if has_late:
            with self._database.write() as session:
                n_done += outcomes.expire(session, now)
        if has_unwanted:
            with self._database.write() as session:
                n_done += outcomes.stop_unwanted(session, self._blobs, now)
        return n_done > 0

    def send_once(self, kinds: Collection[str] = KINDS) -> bool:
        """Send the most urgent message that may leave now; False where there is none."""
        claimed = self._claim(kinds)
        if claimed is not None:
            self._deliver(claimed)
        return claimed is not None

    def tidy_once(self) -> bool:
        """Delete pictures that no page shows any more, and alarms that are over."""
        now = self._clock()
        with self._database.write() as session:
            n_done = alarms.forget(session, now - KEEP_ALARMS)
            n_done += outcomes.clear_old_alarms(session, now, SHOWN_FOR)
            return n_done + outcomes.drop_old_pictures(session, self._blobs, now, SHOWN_FOR) > 0

    def _claim(self, kinds: Collection[str]) -> Delivery | None:
        now = self._clock()
        with self._database.read() as session:
            if not set(kinds) & set(claims.kinds_waiting(session, now)):
                return None
        with self._database.write() as session:
            return claims.claim(session, now, self._lease, kinds)

    def _deliver(self, claimed: Delivery) -> None:
        try:
            picture = self._picture(claimed)
            if not self._start(claimed, picture):
                return
        except Exception:  # ours, and nothing has left yet: the message keeps its place and is tried again
            log.exception("a delivery could not be prepared", **_about(claimed))
            self._refused(claimed, SendError(outcomes.INTERNAL, "an error of our own; the log says which"))
            return
        try:
            receipt = self._hand_over(claimed, picture.jpeg if picture else None)
        except SendError as error:
            self._refused(claimed, error)
        else:
            with self._database.write() as session:
                outcomes.accepted(session, self._blobs, claimed, receipt, self._clock())
            log.info("delivered", **_about(claimed), attempts=claimed.attempts)

    def _picture(self, claimed: Delivery) -> Picture | None:
        """The picture to send, kept; None where there is none, or none can be drawn or kept."""
        try:
            jpeg = self._draw(claimed)
            return self._keep(claimed, jpeg) if jpeg else None
        except Exception as error:  # the text leaves without it: a hit is not held up by a picture
            is_ours = not isinstance(error, PatrolError)
            log.error("no picture for a delivery", **_about(claimed), error=str(error), exc_info=is_ours)
            return None

    def _draw(self, claimed: Delivery) -> bytes | None:
        """The same bytes at every try, drawn anew only where a repeat has to say so."""
        hit = claimed.hit
        if hit is None or claimed.kind != "hit" or claimed.part == "text":
            return None
        if claimed.picture_key is not None and not claimed.is_repeat:
            return self._blobs.get(claimed.picture_key)
        if hit.frame_key is None:
            return None
        frame_jpeg = self._blobs.get(hit.frame_key)
        subject = pictures.Subject(hit.box_xyxy, hit.other_boxes_xyxy)
        caption = wording.caption(hit, claimed.group, is_repeat=claimed.is_repeat)
        return pictures.draw(frame_jpeg, subject, caption, LIMITS[claimed.chat.kind].picture_bytes)

    def _keep(self, claimed: Delivery, jpeg: bytes) -> Picture:
        sha256 = hashlib.sha256(jpeg).hexdigest()
        is_kept = sha256 == claimed.picture_sha256 and claimed.picture_key is not None
        key = claimed.picture_key if is_kept else None
        return Picture(jpeg, key or self._blobs.put("delivery", jpeg, self._clock()), sha256)

    def _start(self, claimed: Delivery, picture: Picture | None) -> bool:
        """Note that the message leaves with this picture; False where it must not leave any more."""
        key, sha256 = (picture.key, picture.sha256) if picture else (None, None)
        with self._database.write() as session:
            may_leave = outcomes.start(session, self._blobs, claimed, key, sha256, self._clock())
        unused = claimed.picture_key if may_leave else key
        if unused is not None and claimed.picture_key != key:
            self._blobs.delete(unused)
        return may_leave

    def _hand_over(self, claimed: Delivery, jpeg: bytes | None) -> Receipt:
        """Give the message to its platform; SendError where that fails."""
        chat = self._chats.open(claimed.chat.kind, claimed.chat.address, claimed.chat.secret)
        message = Message(
            key=str(claimed.id),
            text=wording.text_of(claimed),
            hit_number=claimed.hit.number if claimed.hit else None,
            picture_jpeg=jpeg,
            is_repeat=claimed.is_repeat,
        )
        if claimed.kind == "withdraw":
            with self._database.read() as session:
                sent = outcomes.cancelled_by(session, claimed)
            return chat.withdraw(sent, message)
        if jpeg is None and not message.text:
            raise SendError(outcomes.NO_PICTURE, "the picture is not kept any more", is_permanent=True)
        return chat.send(message)

    def _refused(self, claimed: Delivery, error: SendError) -> None:
        wait_s = self._wait_s(claimed.attempts, error.wait_s)
        with self._database.write() as session:
            row = outcomes.refused(session, self._blobs, claimed, error, wait_s, self._clock())
        state = row.state if row else "taken over"
        log.warning("not delivered", **_about(claimed), state=state, attempts=claimed.attempts, error=str(error))

    def _wait_s(self, attempts: int, asked_s: float | None) -> float:
        """Exponential with full jitter, so that senders do not come back all at once; at least what was asked for."""
        if asked_s is not None:
            return min(asked_s, ASKED_AT_MOST_S) + self._random.uniform(0, FIRST_WAIT_S)
        return self._random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempts, 10)))


def _repeat(name: str, step: Callable[[], bool], pause: Callable[[], object], stop: Event) -> None:
    """Call `step` until told to stop, and pause where it found nothing to do."""
    while not stop.is_set():
        try:
            was_busy = step()
        except Exception:
            log.exception("sender failed, going on", loop=name)
            stop.wait(AFTER_ERROR_S)
            continue
        if not was_busy:
            pause()


def _wait_for(work: Event) -> None:
    """Sleep until there is work; every second all the same, to see whether to stop."""
    work.wait(1.0)
    work.clear()


def _about(claimed: Delivery) -> dict[str, object]:
    return {
        "delivery": str(claimed.id),
        "kind": claimed.kind,
        "group": claimed.group_id,
        "chat": claimed.chat.kind,
        "hit": claimed.hit.number if claimed.hit else None,
    }
