"""The newest frame between two threads."""

from datetime import datetime
from threading import Thread

import numpy as np
import pytest

from patrol.streams.latest import LatestFrame
from patrol.values import BgrPicture, Frame


def frame(number: int, now: datetime) -> Frame:
    return Frame("gate", number, now, BgrPicture(np.zeros((2, 2, 3), np.uint8)))


def test_nothing_put_is_nothing_taken() -> None:
    assert LatestFrame().take(within_s=0) is None


def test_only_the_newest_is_taken_once_and_the_others_are_counted(now: datetime) -> None:
    latest = LatestFrame()
    for number in range(5):
        latest.put(frame(number, now))
    taken = latest.take(within_s=0)
    assert taken is not None
    assert taken.number == 4
    assert latest.n_dropped == 4
    assert latest.take(within_s=0) is None


def test_a_frame_put_while_somebody_waits_is_handed_over(now: datetime) -> None:
    latest, taken = LatestFrame(), []
    waiting = Thread(target=lambda: taken.append(latest.take(within_s=10)))
    waiting.start()
    latest.put(frame(7, now))
    waiting.join(10)
    assert [frame and frame.number for frame in taken] == [7]


def test_what_is_no_longer_so_is_not_taken(now: datetime) -> None:
    latest = LatestFrame()
    latest.put(frame(1, now))
    latest.empty()
    assert latest.take(within_s=0) is None


def test_a_failure_of_the_other_thread_reaches_the_taker(now: datetime) -> None:
    latest = LatestFrame()
    latest.put(frame(1, now))
    latest.fail(ValueError("a fault of ours"))
    with pytest.raises(ValueError, match="a fault of ours"):
        latest.take(within_s=0)
