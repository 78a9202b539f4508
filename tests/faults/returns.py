"""How long a camera takes to be watched again, and how its return is waited for."""

import time

from patrol.streams.reconnect import Patience
from patrol.streams.retry import Pace
from tests.streams.eyes import Watching
from tests.waiting import eventually

GOAL_S = 5.0

#: The pace of the product, with losses noticed in one second where the product takes five.
QUICK_TO_NOTICE = Patience(open_s=4, read_s=1, picture_s=2, frozen_s=1.5, report_s=0.1)
#: As if the camera had been gone for long: without a knock the next try would be half a minute away.
GONE_FOR_LONG = Patience(open_s=4, read_s=1, picture_s=2, report_s=0.1, pace=Pace(first_s=60.0))


def is_back(watch: Watching, within_s: float = 20.0) -> float:
    """Seconds from now until the stream is live and pictures flow again."""
    began_s, n_before = time.monotonic(), len(watch.frames)
    eventually(lambda: watch.is_at("live")() and len(watch.frames) > n_before, within_s)
    return time.monotonic() - began_s


def is_lost(watch: Watching, *codes: str, within_s: float = 20.0) -> str:
    """Wait until the stream is down, and return why."""
    eventually(lambda: watch.reports and watch.reports[-1].state == "down", within_s)
    code = watch.reports[-1].error
    assert code is not None
    assert code in codes or not codes
    return code
