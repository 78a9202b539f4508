"""Streams are dealt to workers: each to one, for as long as it is in the file, whatever happens to the workers."""

import io
from dataclasses import replace
from threading import Event

from patrol.dealing import SHARE, Dealer, Dealt, Share, deal
from patrol.values import PatrolError, Stream
from tests.streams.cameras import stream_at
from tests.waiting import eventually


def streams(*names: str) -> tuple[Stream, ...]:
    return tuple(stream_at(f"rtsp://cam/{name}", id=name) for name in names)


class FakeWorker:
    """Hears what it is told; ends when it is told to."""

    def __init__(self) -> None:
        self.stdin: io.BytesIO | None = io.BytesIO()
        self.status: int | None = None

    def poll(self) -> int | None:
        return self.status

    def wait(self, timeout: float | None = None) -> int:
        return self.status or 0

    def kill(self) -> None:
        self.status = -9

    def heard(self) -> list[Share]:
        assert self.stdin is not None
        return [SHARE.validate_json(line) for line in self.stdin.getvalue().splitlines()]

    def ids(self) -> set[str]:
        return {stream.id for stream in self.heard()[-1].streams}


class House:
    """A dealer with a file that the test edits, and the workers it has started."""

    def __init__(self, n_cores: int = 2, most: int | None = None) -> None:
        self.error: PatrolError | None = None
        self.edit: tuple[Stream, ...] | None = None
        self.started: list[tuple[int, FakeWorker]] = []
        self.now_s = 0.0
        self.dealer = Dealer(self, self.start, n_cores, most, lambda: self.now_s)

    def changed(self) -> tuple[Stream, ...] | None:
        edit, self.edit = self.edit, None
        return edit

    def start(self, number: int, n_workers: int) -> FakeWorker:
        self.started.append((number, FakeWorker()))
        return self.started[-1][1]

    def write(self, *names: str) -> None:
        self.edit = streams(*names)
        self.dealer.deal_once()

    def hands(self) -> list[set[str]]:
        newest = dict(self.started)
        return [newest[number].ids() for number in sorted(newest)]


def test_every_stream_goes_to_one_worker_and_the_hands_are_even() -> None:
    house = House(n_cores=4)
    house.write(*(f"c{n}" for n in range(30)))
    hands = house.hands()
    assert [len(hand) for hand in hands] == [8, 8, 7, 7]
    assert len(set().union(*hands)) == 30


def test_few_streams_need_one_worker_and_no_stream_still_one() -> None:
    house = House(n_cores=16)
    house.write()
    assert house.hands() == [set()]
    house.write("a", "b", "c")
    assert house.hands() == [{"a", "b", "c"}]


def test_there_are_no_more_workers_than_cores_or_than_the_setting_says() -> None:
    many = [f"c{n}" for n in range(500)]
    two, one = House(n_cores=2), House(n_cores=2, most=1)
    two.write(*many)
    one.write(*many)
    assert [len(hand) for hand in two.hands()] == [250, 250]
    assert [len(hand) for hand in one.hands()] == [500]


def test_a_stream_stays_where_it_is_when_others_come_and_go() -> None:
    house = House(n_cores=2)
    house.write(*(f"c{n}" for n in range(16)))
    before = house.hands()
    house.write(*(f"c{n}" for n in range(4, 20)))
    for was, now in zip(before, house.hands(), strict=True):
        assert was - {"c0", "c1", "c2", "c3"} <= now


def test_more_streams_bring_another_worker_and_move_no_camera() -> None:
    house = House(n_cores=4)
    house.write("a", "b")
    house.write("a", "b", *(f"c{n}" for n in range(10)))
    first, second = house.hands()
    assert {"a", "b"} <= first
    assert len(first) == len(second) == 6


def test_a_worker_that_ends_is_started_again_with_what_it_had() -> None:
    house = House(n_cores=2)
    house.write(*(f"c{n}" for n in range(16)))
    before = house.hands()
    house.started[1][1].status = -11
    house.dealer.deal_once()
    assert [number for number, _ in house.started] == [0, 1, 1]
    assert house.hands() == before


def test_a_worker_that_ends_at_once_is_started_ever_more_slowly() -> None:
    house = House(n_cores=1)
    house.write("a")
    for _ in range(600):
        house.started[-1][1].status = 1
        house.now_s += 1
        house.dealer.deal_once()
    assert 10 < len(house.started) < 20


def test_a_machine_that_cannot_start_a_worker_is_asked_again() -> None:
    house = House(n_cores=1)
    house.write("a")
    start, house.dealer._start = house.dealer._start, refuse
    house.started[-1][1].status = 1
    house.dealer.deal_once()
    house.dealer._start, house.now_s = start, 10.0
    house.dealer.deal_once()
    assert len(house.started) == 2


def refuse(number: int, n_workers: int) -> FakeWorker:
    raise OSError("Cannot allocate memory")


def test_a_line_that_nobody_can_read_ends_the_worker() -> None:
    ended = Event()
    Dealt(io.BytesIO(b"{\n"), ended)
    assert ended.wait(5)


def test_a_worker_hears_only_what_is_new() -> None:
    house = House()
    house.write("a")
    house.dealer.deal_once()
    house.dealer.deal_once()
    assert len(house.started[0][1].heard()) == 1
    house.error = PatrolError("streams.yaml:3: url: has no host")
    house.dealer.deal_once()
    assert house.started[0][1].heard()[-1].error == "streams.yaml:3: url: has no host"


def test_workers_are_let_go_at_the_end() -> None:
    house, stop = House(), Event()
    stop.set()
    house.edit = streams("a")
    house.dealer.run(stop)
    assert house.started[0][1].stdin is not None
    assert house.started[0][1].stdin.closed


def test_deal_gives_new_streams_to_who_has_fewest() -> None:
    hands = [{"a", "gone"}, {"b", "c"}]
    deal(hands, streams("a", "b", "c", "d", "e"))
    assert hands == [{"a", "gone", "d", "e"}, {"b", "c"}]


def test_a_stream_that_is_taken_out_and_comes_back_stays_with_its_worker() -> None:
    hands = [{"a"}, {"b"}]
    deal(hands, streams("a", "b", "c"))
    deal(hands, streams("b", "d"))
    assert hands == [{"a", "c", "d"}, {"b"}]
    deal(hands, streams("a", "b", "c", "d"))
    assert hands == [{"a", "c", "d"}, {"b"}]


def test_what_is_dealt_arrives_as_it_was_and_the_end_is_noticed() -> None:
    ended, (stream,) = Event(), streams("gate")
    told = replace(stream, sub_url="rtsp://cam/sub", is_key=True, looks_per_s=3.0)
    lines = b"".join(SHARE.dump_json(share) + b"\n" for share in (Share(()), Share((told,), "line 2 is broken")))
    dealt = Dealt(io.BytesIO(lines), ended)
    assert ended.wait(5)
    eventually(lambda: dealt.changed() == (told,))
    assert str(dealt.error) == "line 2 is broken"
    assert dealt.changed() is None
