"""Group members in a rehearsal: they have their group's page open, and note when a hit's number stands on it."""

import re
import time
from threading import Event, Thread

import httpx

NUMBER = re.compile(r"#(\d{4,})")
RETRY_S = 0.1


class PageReader(Thread):
    """A browser with a group's page open: it is told that there is something new, and fetches the list."""

    def __init__(self, link: str) -> None:
        super().__init__(name="page-reader", daemon=True)
        self.seen: dict[int, float] = {}  #: time.time() at which each number was on the page
        self.is_open = Event()
        self._link = link
        self._ending = Event()

    def close(self) -> None:
        self._ending.set()

    def run(self) -> None:
        with httpx.Client(timeout=httpx.Timeout(5.0, read=None)) as client:
            while not self._ending.is_set():
                try:
                    self._follow(client)
                except httpx.TransportError:
                    self._ending.wait(RETRY_S)

    def _follow(self, client: httpx.Client) -> None:
        with client.stream("GET", f"{self._link}/events") as events:
            self._fetch(client)
            self.is_open.set()
            for line in events.iter_lines():
                if self._ending.is_set():
                    return
                if line.startswith("event: messages"):
                    self._fetch(client)

    def _fetch(self, client: httpx.Client) -> None:
        shown = client.get(f"{self._link}/messages").json()
        now = time.time()
        for message in shown["messages"]:
            self.seen.setdefault(message["number"], now)
