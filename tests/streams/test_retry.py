"""Waiting for a lost stream: growing, by chance, cut short by an answer or a new secret, and never for ever."""

import random
import time
from threading import Event

import pytest

from patrol.streams.doors import Doors
from patrol.streams.retry import PACE, Pace, Retry

URL = "rtsp://10.0.0.2/main"
HURRIED = Pace(
    first_s=0.02, answering_max_s=0.05, silent_max_s=60, knock_every_s=0.01, locked_out_s=60, secret_poll_s=0.01
)


class Camera:
    """What knocks find, one after the other; the last answer stays."""

    def __init__(self, *answers: str | None) -> None:
        self.answers, self.n_knocks, self.secret = list(answers), 0, "viewer:wrong"

    def __call__(self, url: str, timeout_s: float) -> str | None:
        self.n_knocks += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def retry(self, pace: Pace = PACE) -> Retry:
        ticks = iter(range(0, 1_000_000, 10))
        doors = Doors(knock=self, monotonic=lambda: next(ticks))  # ten seconds a look: no knock is fresh any more
        return Retry(URL, lambda: self.secret, doors, pace, random.Random(1))


def waited_s(retry: Retry, code: str, halt: Event | None = None) -> float:
    began_s = time.monotonic()
    retry.wait(code, 0.0, halt or Event(), "viewer:wrong")
    return time.monotonic() - began_s


def test_a_silent_camera_is_tried_after_times_that_grow_to_a_minute() -> None:
    retry = Camera("refused").retry()
    waits_s = [retry.after("refused", lasted_s=0) for _ in range(12)]
    for wait_s, most_s in zip(waits_s, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60], strict=True):
        assert most_s / 2 <= wait_s <= most_s


@pytest.mark.parametrize("code", ["ended", "not_found", "turned_down", "timed_out", "garbage"])
def test_a_camera_that_answers_is_never_waited_for_longer_than_three_seconds(code: str) -> None:
    retry = Camera(None).retry()
    assert max(retry.after(code, lasted_s=0) for _ in range(20)) <= 3


def test_a_good_connection_lets_the_waiting_begin_anew() -> None:
    retry = Camera("refused").retry()
    for _ in range(8):
        retry.after("refused", lasted_s=0)
    assert retry.after("ended", lasted_s=3600) <= 1


def test_cameras_of_one_recorder_do_not_come_together() -> None:
    waits_s = {Retry(URL, str, Doors(), PACE, random.Random(n)).after("refused", 0) for n in range(64)}
    assert len(waits_s) == 64
    assert max(waits_s) - min(waits_s) > 0.4


def test_the_wait_is_cut_short_when_the_camera_answers_again() -> None:
    camera = Camera("refused", "refused", "refused", None)
    retry = camera.retry(HURRIED)
    for _ in range(12):
        retry.after("refused", lasted_s=0)  # it has been gone for long: the next wait would last half a minute
    assert waited_s(retry, "refused") < 5
    assert camera.n_knocks == 4
    assert retry.after("ended", lasted_s=0) <= 0.02  # and it is tried quickly until it is up


def test_a_camera_that_stays_silent_is_only_knocked_at() -> None:
    camera = Camera("timed_out")
    retry = camera.retry(Pace(first_s=0.2, silent_max_s=0.2, knock_every_s=0.01))
    assert waited_s(retry, "refused") >= 0.1
    assert camera.n_knocks > 3


def test_a_camera_that_fell_silent_after_it_was_lost_is_knocked_at_too() -> None:
    camera = Camera("timed_out", None)
    retry = camera.retry(HURRIED)
    assert retry.knock() == "timed_out"
    for _ in range(12):
        retry.after("timed_out", lasted_s=0)
    assert waited_s(retry, "timed_out") < 5


@pytest.mark.parametrize("code", ["unauthorised", "forbidden"])
def test_a_wrong_password_is_tried_slowly_lest_the_camera_lock_the_account(code: str) -> None:
    camera = Camera(None)
    retry = camera.retry()
    assert min(retry.after(code, lasted_s=0) for _ in range(5)) >= 300
    assert camera.n_knocks == 0


def test_a_password_that_was_right_is_tried_once_more_before_the_long_wait() -> None:
    retry = Camera(None).retry()
    retry.after("ended", lasted_s=3600)
    assert 20 <= retry.after("unauthorised", lasted_s=0) <= 24
    assert retry.after("unauthorised", lasted_s=0) >= 300


def test_a_secret_that_has_changed_is_tried_at_once() -> None:
    camera = Camera(None)
    camera.secret = "viewer:right"
    assert waited_s(camera.retry(HURRIED), "unauthorised") < 5


@pytest.mark.parametrize("code", ["refused", "unauthorised", "ended"])
def test_a_halt_ends_every_wait(code: str) -> None:
    halt = Event()
    halt.set()
    assert waited_s(Camera("refused").retry(), code, halt) < 1
