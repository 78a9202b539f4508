"""Clips for browsers that cannot play what the camera sent: encoded anew when somebody opens one."""

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from threading import Lock

from patrol.clips.politeness import give_way
from patrol.store.blobs import Blobs
from patrol.streams.transcode import to_h264
from patrol.values import PatrolError

PATIENCE_S = 25.0  # shorter than a browser or a proxy waits for an answer; who asks again finds it further on
MOST_ASKED = 4  # clips at once, the one that is being encoded among them
CACHE_BYTES = 64_000_000  # about ten clips: who watches one seeks in it


class ClipNotReady(PatrolError):
    """The clip is still being encoded; ask again in a few seconds."""


class Playable:
    """Encodes one clip at a time, on one thread that gives way to the cameras, and remembers the newest few.

    What it remembers stays in memory, and is given out only while the clip itself is kept.
    """

    def __init__(self, blobs: Blobs, patience_s: float = PATIENCE_S) -> None:
        self._blobs, self._patience_s = blobs, patience_s
        self._pool = ThreadPoolExecutor(1, "encode clip", initializer=give_way)
        self._made: OrderedDict[str, Future[bytes]] = OrderedDict()
        self._lock = Lock()

    def h264(self, key: str) -> bytes:
        """A clip as an MP4 with H.264. PictureGone, ClipUnreadable, or ClipNotReady after some patience."""
        mp4 = self._blobs.get(key)
        made = self._ask(key, mp4)
        try:
            return made.result(self._patience_s)
        except NotYet:
            raise ClipNotReady from None
        finally:
            self._tidy()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, key: str, mp4: bytes) -> Future[bytes]:
        """Begin, unless somebody has asked for the same clip already."""
        with self._lock:
            if key not in self._made:
                if sum(not made.done() for made in self._made.values()) >= MOST_ASKED:
                    raise ClipNotReady
                self._made[key] = self._pool.submit(to_h264, mp4)
            self._made.move_to_end(key)
            return self._made[key]

    def _tidy(self) -> None:
        """Forget what could not be read, what is not kept any more, and the oldest where they are many."""
        kept_bytes = 0
        with self._lock:
            for key, made in reversed(list(self._made.items())):
                if not made.done():
                    continue
                kept_bytes += 0 if made.exception() else len(made.result())
                if made.exception() or kept_bytes > CACHE_BYTES or not self._blobs.has(key):
                    del self._made[key]
