"""Coming to the cameras' doors: how many at once, and one knock for a host."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest

from patrol.streams.doors import KNOCK_FRESH_S, KNOCKS_PER_S, Doors, place_of
from tests.waiting import eventually

RECORDER = "rtsp://10.0.0.2/Streaming/Channels/{}01"


class Knocks:
    """Stands in for the network: what each knock finds, and how many there were."""

    def __init__(self, code: str | None = None) -> None:
        self.code, self.urls, self.now_s = code, [], 0.0  # type: ignore[var-annotated]

    def __call__(self, url: str, timeout_s: float) -> str | None:
        self.urls.append(url)
        return self.code

    def doors(self, **limits: int) -> Doors:
        return Doors(**limits, knock=self, monotonic=lambda: self.now_s)


@contextmanager
def opened(doors: Doors, urls: list[str], halt: Event) -> Iterator[list[str]]:
    """Threads that open one address each and do not finish before the block ends; those that were let in."""
    inside: list[str] = []
    finished = Event()

    def open_one(url: str) -> None:
        with doors.opening(url, halt) as is_let_in:
            if is_let_in:
                inside.append(url)
                finished.wait(10)

    threads = [Thread(target=open_one, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    try:
        yield inside
    finally:
        finished.set()
        for thread in threads:
            thread.join(10)


@pytest.mark.parametrize(
    ("urls", "n_at_once"),
    [
        ([RECORDER.format(n) for n in range(9)], 4),
        ([f"rtsp://10.0.1.{n}/main" for n in range(40)], 16),
        ([*(RECORDER.format(n) for n in range(9)), "rtsp://10.0.1.1/main"], 5),
    ],
    ids=["one recorder", "forty cameras", "a recorder beside a camera"],
)
def test_few_are_opened_at_once_and_all_in_the_end(urls: list[str], n_at_once: int) -> None:
    with opened(Knocks().doors(), urls, Event()) as inside:
        eventually(lambda: len(inside) == n_at_once)
    assert sorted(inside) == sorted(urls)


def test_whoever_is_halted_while_waiting_is_not_let_in() -> None:
    halt = Event()
    doors = Knocks().doors(per_host=1)
    with ExitStack() as ending:
        assert ending.enter_context(doors.opening(RECORDER.format(1), Event()))
        inside = ending.enter_context(opened(doors, [RECORDER.format(2)], halt))
        halt.set()
    assert inside == []


def test_a_place_is_free_again_after_a_failure() -> None:
    doors = Knocks().doors(per_host=1)

    def fail() -> None:
        with doors.opening(RECORDER.format(1), Event()) as is_let_in:
            assert is_let_in
            raise ConnectionError

    for _ in range(3):
        with pytest.raises(ConnectionError):
            fail()


def test_all_the_channels_of_a_silent_recorder_share_one_knock() -> None:
    knocks = Knocks("timed_out")
    doors = knocks.doors()
    assert {doors.knock(RECORDER.format(n)) for n in range(64)} == {"timed_out"}
    assert len(knocks.urls) == 1


def test_a_knock_goes_stale_and_another_port_is_another_door() -> None:
    knocks = Knocks("refused")
    doors = knocks.doors()
    doors.knock(RECORDER.format(1))
    knocks.now_s, knocks.code = KNOCK_FRESH_S, None
    assert doors.knock(RECORDER.format(1)) is None
    doors.knock("rtsp://10.0.0.2:8554/main")
    assert len(knocks.urls) == 3


def test_the_more_wait_outside_the_more_seldom_each_knocks() -> None:
    doors = Knocks().doors()
    with ExitStack() as waiting:
        for _ in range(int(KNOCKS_PER_S) * 10):
            waiting.enter_context(doors.outside())
        assert doors.between_knocks_s(2.5) == 10
    assert doors.between_knocks_s(2.5) == 2.5


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("rtsp://Camera/main", ("camera", 554)),
        ("rtsps://10.0.0.2/main", ("10.0.0.2", 322)),
        ("rtsp://[fe80::1]:8554/main", ("fe80::1", 8554)),
    ],
)
def test_a_door_is_a_host_and_a_port(url: str, place: tuple[str, int]) -> None:
    assert place_of(url) == place
