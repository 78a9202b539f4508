"""The live feed inside this process: one reader of the event table, however many consoles listen."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from patrol.store import events
from patrol.store.engine import Database
from patrol.store.tables import Event

POLL_S = 0.1  # what is recorded is seen this much later at worst; each look is one query by primary key
KEPT = 500  # newest events held for listeners; who is further behind is served from the database
BATCH = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Item:
    """One event, made ready to send once for all listeners."""

    seq: int
    kind: str
    site_id: str | None  #: whose readers may see it; None is everybody's
    body: dict[str, Any]
    line: str  #: JSON, one line


def item_of(event: Event) -> Item:
    site_id = event.site_id or event.body.get("site_id")  # an alarm names its site in its body
    data = {
        **event.body,
        "seq": event.seq,
        "at": event.at.isoformat().replace("+00:00", "Z"),
        "kind": event.kind,
        "subject": event.subject,
        "site_id": site_id,
    }
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Item(event.seq, event.kind, site_id, event.body, line)


class Feed:
    """Follows the event table while somebody listens. Lives on the event loop; its queries run in threads."""

    def __init__(self, database: Database, poll_s: float = POLL_S) -> None:
        self.database = database
        self.poll_s = poll_s
        self.n_listeners = 0
        self.is_closed = False
        self._recent: deque[Item] = deque(maxlen=KEPT)
        self._floor: int | None = None  #: every event behind it, up to `_newest`, is in `_recent`
        self._newest = 0
        self._is_wanted = asyncio.Event()
        self._news = asyncio.Event()  #: set, and replaced by a fresh one, when something came or all is over

    async def run(self) -> None:
        """Look for events until closed; rest while nobody listens."""
        while not self.is_closed:
            await self._is_wanted.wait()
            try:
                await self._look()
            except SQLAlchemyError:
                log.exception("live feed cannot read events")
            await asyncio.sleep(self.poll_s)

    def close(self) -> None:
        """End every listener, so that the server can stop. Call it on the event loop."""
        self.is_closed = True
        self._is_wanted.set()
        self._tell()

    async def newest(self) -> int:
        return await run_in_threadpool(self._newest_seq)

    async def follow(self, seq: int, idle_s: float) -> AsyncIterator[Sequence[Item]]:
        """Yield the events behind `seq` as they come; an empty batch after each `idle_s` without one."""
        self._join()
        try:
            while not self.is_closed:
                news = self._news
                items = await self._after(seq)
                if items:
                    seq = items[-1].seq
                    yield items
                elif not await _is_set_within(news, idle_s):
                    yield ()
        finally:
            self._leave()

    def _join(self) -> None:
        self.n_listeners += 1
        self._is_wanted.set()

    def _leave(self) -> None:
        self.n_listeners -= 1
        if self.n_listeners == 0 and not self.is_closed:
            self._is_wanted.clear()
            self._floor = None  # by the next listener's time we may be far behind: begin anew

    async def _look(self) -> None:
        if self._floor is None:
            self._recent.clear()
            self._newest = self._floor = await self.newest()
            return self._tell()
        items = await run_in_threadpool(self._read, self._newest)
        for item in items:
            if len(self._recent) == KEPT:
                self._floor = self._recent[0].seq
            self._recent.append(item)
        if items:
            self._newest = items[-1].seq
            self._tell()

    async def _after(self, seq: int) -> Sequence[Item]:
        if self._floor is None or seq < self._floor:
            return await run_in_threadpool(self._read, seq)
        newer = list(takewhile(lambda item: item.seq > seq, reversed(self._recent)))
        return newer[::-1]

    def _read(self, seq: int) -> list[Item]:
        with self.database.read() as session:
            return [item_of(event) for event in events.after(session, seq, BATCH)]

    def _newest_seq(self) -> int:
        with self.database.read() as session:
            return events.newest_seq(session)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
