"""A camera that allows one connection never gets a second one from patrol, whatever happens to it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from patrol.bench.wire import Wire, Wires
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.streams.doors import Doors
from patrol.streams.snapshot import take_snapshot
from tests.streams.cameras import clock, stream_at
from tests.test_watch import House
from tests.waiting import eventually

pytestmark = [pytest.mark.rtsp, pytest.mark.slow]


@pytest.fixture
def house(database: Database, blobs: Blobs) -> Iterator[House]:
    house = House(database, blobs)
    yield house
    house.watch.end()


def test_another_address_waits_until_the_camera_is_let_go_of(house: House, wire: Wire) -> None:
    house.edit(stream_at(wire.url("/moving"), max_sessions=1))
    eventually(lambda: house.is_("gate", "live"))
    house.edit(stream_at(wire.url("/small"), max_sessions=1))
    eventually(lambda: wire.seen.n_sessions == 2 and house.is_("gate", "live"))
    assert wire.seen.most_sessions == 1


def test_another_name_opens_nothing_anew(house: House, wire: Wire) -> None:
    stream = stream_at(wire.url("/moving"), max_sessions=1)
    house.edit(stream)
    eventually(lambda: house.is_("gate", "live"))
    house.edit(replace(stream, name="Gate B", place="twelve steps to the left"))
    eventually(lambda: house.is_("gate", "live"))
    assert wire.seen.n_sessions == 1


def test_a_sub_stream_is_left_alone_where_one_connection_is_all(house: House, wire: Wire) -> None:
    house.edit(stream_at(wire.url("/moving"), sub_url=wire.url("/small"), max_sessions=1))
    eventually(lambda: house.is_("gate", "live"))
    assert (wire.seen.n_sessions, wire.seen.most_sessions) == (1, 1)


def test_main_and_sub_stream_are_two_and_no_more(house: House, wire: Wire) -> None:
    house.edit(stream_at(wire.url("/moving"), sub_url=wire.url("/small"), max_sessions=2))
    eventually(lambda: house.is_("gate", "live") and wire.seen.sessions_now == 2)
    wire.cut()
    eventually(lambda: wire.seen.n_sessions >= 4 and wire.seen.sessions_now == 2)
    assert wire.seen.most_sessions == 2


def test_who_stops_has_let_go_of_every_camera(house: House, wire: Wire) -> None:
    house.edit(stream_at(wire.url("/moving")))
    eventually(lambda: house.is_("gate", "live"))
    house.watch.end()
    eventually(lambda: wire.seen.sessions_now == 0, within_s=2)


def test_a_knock_is_no_session(wires: Wires, wire: Wire, tmp_path: Path) -> None:
    doors = Doors()
    assert doors.knock(wire.url("/moving")) is None
    assert (wire.seen.n_connections, wire.seen.n_sessions) == (1, 0)
    take_snapshot(stream_at(wire.url("/moving")), None, clock=clock)
    assert wire.seen.n_sessions == 1  # as opposed to a snapshot, which no worker's camera is asked for
