"""The worker's small server over a real socket: the token first, then pictures as JSON."""

import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread

import httpx
import pytest

from patrol.live.pictures import LivePictures
from patrol.live.server import MOST_CONNECTIONS, LiveServer
from tests.live.looked_at import BEGAN_AT, Seconds, decoded, frame, pictures, seen
from tests.waiting import eventually


@contextmanager
def opened(live: LivePictures, host: str = "127.0.0.1") -> Iterator[LiveServer]:
    server = LiveServer(live, host)
    server.start()
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def live() -> LivePictures:
    return pictures(Seconds())


@pytest.fixture
def server(live: LivePictures) -> Iterator[LiveServer]:
    with opened(live) as running:
        yield running


def ask(server: LiveServer, query: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.token if token is None else token}"}
    return httpx.get(f"{server.address}/pictures?{query}", headers=headers, trust_env=False)


def test_pictures_come_with_their_boxes(live: LivePictures, server: LiveServer) -> None:
    assert ask(server, "show=gate-b:0").json() == {"pictures": []}
    live.note("gate-b", frame(), seen((128, 72, 256, 144)))
    [shown] = ask(server, "show=gate-b:0&width=320").json()["pictures"]
    assert (shown["stream_id"], shown["width"], shown["height"]) == ("gate-b", 320, 180)
    assert datetime.fromisoformat(shown["taken_at"]) == BEGAN_AT
    assert shown["boxes"] == [[0.1, 0.1, 0.2, 0.2]]
    assert decoded(base64.b64decode(shown["jpeg"])).shape == (180, 320, 3)
    assert ask(server, f"show=gate-b:{shown['number']}").json() == {"pictures": []}


def test_who_does_not_know_the_token_wakes_nobody(live: LivePictures, server: LiveServer) -> None:
    for token in ("none", "wrong", server.token[:-1]):
        assert ask(server, "show=gate-b:0", token).status_code == 401
    assert httpx.get(f"{server.address}/pictures?show=gate-b:0", trust_env=False).status_code == 401
    assert not live.wants("gate-b")


@pytest.mark.parametrize(
    "query", ["", "show=gate-b", "show=gate-b:x", "show=gate-b:1&width=wide", "&".join(["show=a:1"] * 65)]
)
def test_a_question_that_is_none_is_refused(server: LiveServer, query: str) -> None:
    assert ask(server, query).status_code == 400


def test_there_is_nothing_else(server: LiveServer) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    assert httpx.get(f"{server.address}/", headers=headers, trust_env=False).status_code == 404
    assert httpx.post(f"{server.address}/pictures", headers=headers, trust_env=False).status_code == 501


def test_every_server_has_a_token_of_its_own(live: LivePictures, server: LiveServer) -> None:
    with opened(live) as other:
        assert other.token != server.token
        assert other.address != server.address


def test_a_server_for_every_address_gives_the_machines_name(live: LivePictures) -> None:
    with opened(live, "0.0.0.0") as server:
        assert "0.0.0.0" not in server.address
        assert httpx.get(f"http://127.0.0.1:{server.address.rpartition(':')[2]}/", trust_env=False).status_code == 401


def test_an_address_that_is_not_ours_is_an_error(live: LivePictures) -> None:
    with pytest.raises(OSError):
        LiveServer(live, "192.0.2.1")


def test_connections_are_bounded_and_come_free_again(server: LiveServer) -> None:
    held = [httpx.Client(trust_env=False) for _ in range(MOST_CONNECTIONS)]
    for client in held:
        assert client.get(server.address).status_code == 401
    with pytest.raises(httpx.HTTPError):
        ask(server, "show=gate-b:0")
    for client in held:
        client.close()
    eventually(lambda: is_answered(server))


def is_answered(server: LiveServer) -> bool:
    try:
        return ask(server, "show=gate-b:0").status_code == 200
    except httpx.HTTPError:
        return False


def test_many_may_ask_while_pictures_come(live: LivePictures, server: LiveServer) -> None:
    answers: list[int] = []
    askers = [
        Thread(target=lambda: answers.append(ask(server, "show=a:0&show=b:0").status_code), daemon=True)
        for _ in range(8)
    ]
    for asker in askers:
        asker.start()
    for at_s in range(20):
        live.note("a", frame(float(at_s), "a"), [])
    for asker in askers:
        asker.join(10)
    assert answers == [200] * 8


def test_an_address_of_ipv6_is_written_as_one(live: LivePictures) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with opened(live, "::1") as server:
        assert server.address.startswith("http://[::1]:")
        assert ask(server, "show=gate-b:0").status_code == 200
