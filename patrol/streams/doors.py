"""How a process comes to its cameras' doors: few at once, and one knock for all the streams of a silent host."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Semaphore
from urllib.parse import urlsplit

from patrol.streams.rtsp import knock
from patrol.values import RTSP_PORTS

OPENINGS_PER_HOST = 4  # a recorder answers for all its channels with one small processor
OPENINGS_AT_ONCE = 16  # of one process: a morning on which all cameras come back is not a storm in the network
KNOCK_TIMEOUT_S = 2.0  # a SYN that was lost is sent again after 1 s
KNOCK_FRESH_S = 1.0  # what one stream's knock has found is true for the others of that host
KNOCKS_PER_S = 40.0  # of one process: where hundreds of cameras are silent their return takes longer to be noticed
TURN_POLL_S = 0.5  # how late a halt is noticed while others are being opened

Place = tuple[str, int]  # host and port


@dataclass(frozen=True, slots=True)
class Heard:
    """What a knock has found."""

    code: str | None  #: of words/streams.json; None: an RTSP server answers
    at_s: float  #: by the monotonic clock


class Doors:
    """Shared by all the streams of a process; a stream asks here before it opens a connection."""

    def __init__(
        self,
        per_host: int = OPENINGS_PER_HOST,
        at_once: int = OPENINGS_AT_ONCE,
        *,
        knock: Callable[[str, float], str | None] = knock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once, self._per_host = Semaphore(at_once), per_host
        self._of_host: dict[str, Semaphore] = {}
        self._knocking: dict[Place, Lock] = {}
        self._heard: dict[Place, Heard] = {}
        self._n_outside, self._counting = 0, Lock()
        self._knock, self._monotonic = knock, monotonic

    @contextmanager
    def opening(self, url: str, halt: Event) -> Iterator[bool]:
        """Hold a place among those who open a connection; False where `halt` came before a place was free."""
        of_host = self._of_host.setdefault(place_of(url)[0], Semaphore(self._per_host))
        with _held(of_host, halt) as is_next, _held(self._at_once, halt) as is_let_in:
            yield is_next and is_let_in

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Be one of those who wait for a silent camera, and share the knocks with them."""
        with self._counting:
            self._n_outside += 1
        try:
            yield
        finally:
            with self._counting:
                self._n_outside -= 1

    def between_knocks_s(self, wanted_s: float) -> float:
        """How long to wait from knock to knock, so that those of all who are outside are not too many."""
        return max(wanted_s, self._n_outside / KNOCKS_PER_S)

    def knock(self, url: str) -> str | None:
        """Ask whether an RTSP server answers: None, or a code that says why not. It opens no session."""
        place = place_of(url)
        with self._knocking.setdefault(place, Lock()):
            heard = self._heard.get(place)
            if heard is None or self._monotonic() - heard.at_s >= KNOCK_FRESH_S:
                heard = Heard(self._knock(url, KNOCK_TIMEOUT_S), self._monotonic())
                self._heard[place] = heard
            return heard.code


@contextmanager
def _held(places: Semaphore, halt: Event) -> Iterator[bool]:
    """One of the places while the block runs; False where `halt` came first."""
    is_held = False
    while not is_held and not halt.is_set():
        is_held = places.acquire(timeout=TURN_POLL_S)
    try:
        yield is_held
    finally:
        if is_held:
            places.release()


def place_of(url: str) -> Place:
    """Host and port of an RTSP address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or RTSP_PORTS.get(parts.scheme, 0)
