"""When a stream that was lost is tried again: soon, never all at once, never so that a camera locks its account.

Where the camera's RTSP server answers, tries are at most three seconds apart. Where nothing answers they grow to a
minute, and are cut short as soon as a knock finds that something answers again: a knock costs one TCP connection and
no session. A wrong password is another matter: it is tried every five minutes, or when the secret has changed.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from patrol.streams.doors import Doors
from patrol.values import PatrolError

DENIED = frozenset({"unauthorised", "forbidden"})  # codes of words/streams.json
SILENT = frozenset({"refused", "no_route", "unknown_host"})  # nothing answered when it was tried

Credentials = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait between tries, in seconds."""

    first_s: float = 1.0
    answering_max_s: float = 3.0  #: with two seconds to open it a camera that returns is watched within five
    silent_max_s: float = 60.0
    knock_every_s: float = 2.0
    locked_out_s: float = 300.0  #: cameras lock the account after 5 to 7 wrong passwords
    once_more_s: float = 20.0  #: cameras that boot turn everybody away at first; a password that was right may be
    secret_poll_s: float = 0.5
    steady_s: float = 10.0  #: a connection that gave pictures this long was a good one


PACE = Pace()


class Retry:
    """One stream's waiting. `credentials` reads the secret as it is now."""

    def __init__(self, url: str, credentials: Credentials, doors: Doors, pace: Pace, chance: random.Random) -> None:
        self._url, self._credentials, self._doors = url, credentials, doors
        self._pace, self._chance = pace, chance
        self._n_failures = 0
        self._is_answered = True
        self._was_let_in = False

    def knock(self) -> str | None:
        """Whether the camera can be opened at all, before anything dear is tried: None, or the code of why not."""
        code = self._doors.knock(self._url)
        if code is None and not self._is_answered:
            self._n_failures = 0
        self._is_answered = code is None
        return code

    def wait(self, code: str, lasted_s: float, halt: Event, tried_with: str | None = None) -> None:
        """Return when it is time to try again after a connection was lost with `code`, or at once on `halt`.

        lasted_s: how long it had given pictures; tried_with: the credentials that it was opened with.
        """
        wait_s = self.after(code, lasted_s)
        if code in DENIED:
            self._wait_for_secret(wait_s, halt, tried_with)
        else:
            self._wait_for_answer(wait_s, halt)

    def after(self, code: str, lasted_s: float) -> float:
        """Seconds to wait at most: 1, 2, 4 .. 60, each shortened by chance so that cameras do not come together."""
        pace = self._pace
        self._n_failures = 1 if lasted_s >= pace.steady_s else self._n_failures + 1
        self._was_let_in |= lasted_s > 0
        if code in DENIED:
            return self._locked_out_s() * self._chance.uniform(1.0, 1.2)
        self._is_answered = self._is_answered and code not in SILENT
        most_s = pace.answering_max_s if self._is_answered else pace.silent_max_s
        return min(most_s, pace.first_s * 2.0 ** min(self._n_failures - 1, 30)) * self._chance.uniform(0.5, 1.0)

    def _locked_out_s(self) -> float:
        """Five minutes, but for the first refusal of a password that has worked."""
        was_let_in, self._was_let_in = self._was_let_in, False
        return self._pace.once_more_s if was_let_in else self._pace.locked_out_s

    def _wait_for_secret(self, wait_s: float, halt: Event, tried_with: str | None) -> None:
        left_s = wait_s
        while left_s > 0 and not halt.wait(min(self._pace.secret_poll_s, left_s)):
            left_s -= self._pace.secret_poll_s
            if self._secret(tried_with) != tried_with:
                self._n_failures = 0
                return

    def _secret(self, otherwise: str | None) -> str | None:
        """The secret as it is now; one that is not there is none to try."""
        try:
            return self._credentials()
        except PatrolError:
            return otherwise

    def _wait_for_answer(self, wait_s: float, halt: Event) -> None:
        """Knock now and then while nothing answers; waiting for a knock counts as waiting."""
        if self._is_answered:
            halt.wait(wait_s)
            return
        with self._doors.outside():
            self._knock_for(wait_s, halt)

    def _knock_for(self, wait_s: float, halt: Event) -> None:
        left_s = wait_s
        while left_s > 0:
            every_s = self._doors.between_knocks_s(self._pace.knock_every_s)
            step_s = min(left_s, every_s * self._chance.uniform(0.8, 1.0))
            if halt.wait(step_s):
                return
            left_s -= step_s
            if left_s > 0 and self.knock() is None:
                return
