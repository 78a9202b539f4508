"""Ends a worker whose looking thread hangs: `patrol watch` starts it again, and no camera stays unwatched unseen."""

import faulthandler
import time
from collections.abc import Callable

HUNG_S = 120.0  # one batch takes a second at most on a machine that is far too small


class Watchdog:
    """Ends this process, and writes to stderr what each thread was at, where `pat` is not called for so long.

    The timer is the interpreter's own and needs no lock of Python's, so a native call that never returns is
    noticed too. One a process.
    """

    def __init__(self, hung_s: float = HUNG_S, seconds: Callable[[], float] = time.monotonic) -> None:
        self._hung_s, self._seconds = hung_s, seconds
        self._patted_s: float | None = None

    def pat(self) -> None:
        """We are alive."""
        now_s = self._seconds()
        if self._patted_s is None or now_s - self._patted_s >= self._hung_s / 4:  # each timer is a thread that begins
            self._patted_s = now_s
            faulthandler.dump_traceback_later(self._hung_s, exit=True)

    def rest(self) -> None:
        """Nothing is to be expected any more."""
        self._patted_s = None
        faulthandler.cancel_dump_traceback_later()
