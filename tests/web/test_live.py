"""The live feed: what happens arrives, goes on where it was cut, and only for who may see it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from patrol.store import alarms, events
from patrol.web.feed import BATCH, KEPT, Feed
from tests.accounts.people import PASSWORD, add_user
from tests.waiting import eventually
from tests.web.house import HALL, House
from tests.web.serving import Listener, Served, served

pytestmark = pytest.mark.slow


@pytest.fixture
def server(house: House) -> Iterator[Served]:
    with served(house.app) as running:
        yield running


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Site:
    """A browser at the served site."""

    def __init__(self, server: Served, clients: ExitStack, name: str | None) -> None:
        self.http = clients.enter_context(httpx.Client(base_url=server.url, timeout=10))
        if name is not None:
            answer = self.http.post("/api/v1/login", json={"name": name, "password": PASSWORD})
            self.http.headers["X-CSRF-Token"] = answer.json()["csrf"]
            self.http.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]  # it is for https only

    def listen(self, path: str = "/api/v1/events", **headers: str) -> Listener:
        listener = Listener(self.http, path, **headers)
        assert listener.status == 200
        return listener


def happen(house: House, n: int = 1, site_id: str | None = "mall", kind: str = "hit.recorded") -> int:
    """Record `n` events; return the seq of the last."""
    with house.database.write() as session:
        for number in range(n):
            event = events.append(
                session, kind, actor="test", subject="hit:1", now=house.clock(), site_id=site_id, number=number
            )
        return event.seq


def test_a_stranger_hears_nothing(server: Served, clients: ExitStack) -> None:
    assert Site(server, clients, None).http.get("/api/v1/events").status_code == 401


def test_what_happens_is_heard_within_a_moment(house: House, server: Served, clients: ExitStack) -> None:
    listener = Site(server, clients, "rita").listen()
    seq = happen(house)
    eventually(lambda: listener.said, within_s=3)
    said = listener.said[0]
    assert (said.id, said.event) == (str(seq), "hit.recorded")
    data = json.loads(said.data)
    assert data == {
        **{"seq": seq, "at": "2026-03-02T01:30:00Z", "kind": "hit.recorded"},
        **{"subject": "hit:1", "site_id": "mall", "number": 0},
    }


def test_only_what_comes_next_is_heard_unless_asked_otherwise(
    house: House, server: Served, clients: ExitStack
) -> None:
    first = happen(house, 3)
    site = Site(server, clients, "rita")
    fresh, resumed = site.listen(), site.listen(**{"Last-Event-ID": str(first - 2)})
    asked = site.listen(f"/api/v1/events?after={first - 1}")
    last = happen(house)
    eventually(lambda: fresh.said and len(resumed.said) == 3 and len(asked.said) == 2)
    assert [said.id for said in fresh.said] == [str(last)]
    assert [said.id for said in resumed.said] == [str(first - 1), str(first), str(last)]
    assert [said.id for said in asked.said] == [str(first), str(last)]


def test_a_reader_who_was_cut_misses_nothing_and_hears_nothing_twice(
    house: House, server: Served, clients: ExitStack
) -> None:
    site = Site(server, clients, "rita")
    heard: list[str] = []
    start = happen(house)
    for _ in range(3):
        happen(house, 4)
        listener = site.listen(**{"Last-Event-ID": heard[-1] if heard else str(start)})
        happen(house, 3)
        eventually(lambda listener=listener: len(listener.said) >= 7)
        listener.close()
        heard += [said.id for said in listener.said]
    kept = [int(seq) for seq in heard]
    assert kept == sorted(set(kept))
    assert len(kept) == 21


@pytest.mark.parametrize("asked", ["999999", "-1", "nonsense", "9" * 30])
def test_a_place_that_is_not_ours_begins_anew(house: House, server: Served, clients: ExitStack, asked: str) -> None:
    site = Site(server, clients, "rita")
    newest = happen(house, 2)
    listener = site.listen(**{"Last-Event-ID": asked})
    eventually(lambda: listener.said)
    assert (listener.said[0].event, listener.said[0].id) == ("reset", str(newest))
    seq = happen(house)
    eventually(lambda: len(listener.said) == 2)
    assert listener.said[1].id == str(seq)


def test_another_sites_events_are_not_heard(house: House, server: Served, clients: ExitStack) -> None:
    vic = Site(server, clients, "vic").listen()
    ada = Site(server, clients, "ada").listen()
    happen(house, site_id=HALL.id)
    happen(house, site_id=None, kind="gallery.changed")
    happen(house, site_id="mall")
    eventually(lambda: len(vic.said) == 2 and len(ada.said) >= 3)
    assert vic.kinds() == ["gallery.changed", "hit.recorded"]
    assert "hall" not in "".join(said.data for said in vic.said)


def test_another_sites_alarm_is_not_heard(house: House, server: Served, clients: ExitStack) -> None:
    vic = Site(server, clients, "vic").listen()
    with house.database.write() as session:
        alarms.sound(session, "nobody_to_tell", "hit:1", house.clock(), number=1, site_id=HALL.id)
        alarms.sound(session, "nobody_to_tell", "hit:2", house.clock(), number=2, site_id="mall")
    eventually(lambda: vic.said)
    assert [json.loads(said.data)["subject"] for said in vic.said] == ["hit:2"]


def test_what_is_wrong_with_the_streams_file_is_heard_by_admins(
    house: House, server: Served, clients: ExitStack
) -> None:
    rita, ada = (Site(server, clients, name).listen() for name in ("rita", "ada"))
    with house.database.write() as session:
        alarms.sound(session, "streams_broken", "streams_broken", house.clock(), error="streams.yaml:3: url: ...")
    happen(house)
    eventually(lambda: rita.said and "hit.recorded" in ada.kinds())
    assert rita.kinds() == ["hit.recorded"]
    assert "alarm.raised" in ada.kinds()


def test_what_concerns_accounts_is_for_admins_for_all_sites(house: House, server: Served, clients: ExitStack) -> None:
    with house.database.write() as session:
        add_user(session, "mia", "admin", house.clock(), ("mall",))
    rita, mia, ada = (Site(server, clients, name).listen() for name in ("rita", "mia", "ada"))
    Site(server, clients, "vic")
    happen(house)
    eventually(lambda: "hit.recorded" in ada.kinds() and rita.said and mia.said)
    assert "account.logged_in" in ada.kinds()
    assert rita.kinds() == mia.kinds() == ["hit.recorded"]


@pytest.mark.parametrize("change", [{"is_disabled": True}, {"password": "another long one"}, {"sites": ["hall"]}])
def test_a_feed_ends_when_the_session_or_its_rights_do(
    house: House, server: Served, clients: ExitStack, change: dict[str, object]
) -> None:
    listener = Site(server, clients, "vic").listen()
    ada = Site(server, clients, "ada")
    assert ada.http.patch(f"/api/v1/users/{house.users['vic'].id}", json=change).status_code == 200
    eventually(lambda: listener.is_over, within_s=5)


def test_a_listener_who_leaves_is_noticed_at_once(house: House, server: Served, clients: ExitStack) -> None:
    feed: Feed = house.app.state.feed
    site = Site(server, clients, "rita")
    listeners = [site.listen() for _ in range(3)]
    eventually(lambda: feed.n_listeners == 3)
    for listener in listeners:
        listener.close()
    eventually(lambda: feed.n_listeners == 0, within_s=2)


def test_the_server_stops_soon_though_people_listen(house: House, server: Served, clients: ExitStack) -> None:
    listeners = [Site(server, clients, "rita").listen() for _ in range(3)]
    eventually(lambda: house.app.state.feed.n_listeners == 3)
    server.server.should_exit = True
    server.thread.join(4)
    assert not server.thread.is_alive()
    eventually(lambda: all(listener.is_over for listener in listeners))


def test_who_is_far_behind_is_brought_up_in_parts(house: House, server: Served, clients: ExitStack) -> None:
    happen(house, KEPT + BATCH + 10)
    site = Site(server, clients, "rita")
    live = site.listen()
    listener = site.listen("/api/v1/events?after=0")
    last = happen(house, KEPT + 5)
    eventually(lambda: listener.said and listener.said[-1].id == str(last), within_s=30)
    eventually(lambda: live.said and live.said[-1].id == str(last), within_s=30)
    seqs = [int(said.id) for said in listener.said]
    assert seqs == sorted(set(seqs))
    assert len([said for said in listener.said if said.event == "hit.recorded"]) == 2 * KEPT + BATCH + 15
    assert len(live.said) == KEPT + 5


def test_fifty_consoles_are_one_reader_of_the_database(
    house: House, server: Served, clients: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(server, clients, "rita")
    listeners = [site.listen() for _ in range(50)]
    eventually(lambda: house.app.state.feed.n_listeners == 50)
    reads: list[int] = []
    read = events.after
    monkeypatch.setattr(
        "patrol.web.feed.events.after",
        lambda *args: reads.append(1) or read(*args),  # type: ignore[func-returns-value]
    )
    seq = happen(house)
    eventually(lambda: all(listener.said for listener in listeners))
    assert {listener.said[0].id for listener in listeners} == {str(seq)}
    assert len(reads) < 25  # a few looks while it took its way, not one each
