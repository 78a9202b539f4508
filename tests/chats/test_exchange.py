"""Reading what servers ask for, and keeping what is secret out of what they said."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from patrol.chats.chat import SendError
from patrol.chats.exchange import Access, exchange, host_of, open_client, retry_after_s, without
from patrol.chats.tokens import Tokens

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)

WAITS = [
    ({}, None),
    ({"retry-after": ""}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "-5"}, None),
    ({"retry-after": "0"}, 0),
    ({"retry-after": " 120 "}, 120),
    ({"retry-after": "Mon, 02 Mar 2026 01:31:30 GMT"}, 90),
    ({"retry-after": "Mon, 02 Mar 2026 01:31:30 -0000"}, 90),
    ({"retry-after": "Mon, 02 Mar 2020 01:31:30 GMT"}, 0),
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_a_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(httpx.Headers(headers), NOW) == seconds


def test_a_date_is_counted_from_now() -> None:
    headers = httpx.Headers({"retry-after": "Mon, 02 Mar 2026 01:31:30 GMT"})
    assert retry_after_s(headers, NOW + timedelta(seconds=30)) == 60


URLS = [
    ("", "the chat server"),
    ("http://\x00", "the chat server"),
    ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1234", "qyapi.weixin.qq.com"),
    ("https://gus:pw@example.org:8443/x", "example.org"),
]


@pytest.mark.parametrize(("url", "shown"), URLS)
def test_of_an_address_only_the_host_is_shown(url: str, shown: str) -> None:
    assert host_of(url) == shown


def test_a_servers_words_lose_every_secret_and_stay_short() -> None:
    assert without("bad key\n abc123 for abc123", ["abc123", ""]) == "bad key *** for ***"
    assert len(without("x" * 10_000, [])) == 200


def test_a_message_past_its_deadline_does_not_leave_and_reading_has_none() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    late = Access(
        "", None, lambda name: name, client, lambda: NOW, Tokens(lambda: NOW), deadline=time.monotonic() - 1
    )
    with pytest.raises(SendError, match="too_slow") as refused:
        late.ask("POST", "https://example.org/", content=b"message")
    assert not refused.value.is_unknown
    assert late.ask("GET", "https://example.org/").status == 200
    assert asked == ["GET"]


def test_an_upload_that_crawls_is_broken_off_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, open_client() as client:
        crawling = threading.Thread(target=read_slowly, args=(listening,))
        crawling.start()
        url, began = f"http://127.0.0.1:{listening.getsockname()[1]}/", time.monotonic()
        with pytest.raises(SendError, match="too_slow"):
            exchange(client, "POST", url, began + 0.5, content=bytes(30_000_000))
        assert time.monotonic() - began < 5
        crawling.join(10)


def read_slowly(listening: socket.socket) -> None:
    connection, _address = listening.accept()
    with connection:
        while connection.recv(200_000):
            threading.Event().wait(0.05)


def access(secret: str, address: str = "") -> Access:
    return Access(address, "name", lambda _name: secret, httpx.Client(), lambda: NOW, Tokens(lambda: NOW))


SECRETS = [("a:b", ["a", "b", "", ""]), ("a:b:c", ["a", "b", "c", ""]), (" a : b:c:d\n", ["a", "b", "c", "d"])]


@pytest.mark.parametrize(("secret", "parts"), SECRETS)
def test_a_secret_may_have_parts(secret: str, parts: list[str]) -> None:
    assert access(secret).secret_parts("ID:SECRET[:KEY[:TOKEN]]") == parts


@pytest.mark.parametrize("secret", ["", "a", "a:", ":b", "a:b:c:d:e"])
def test_a_secret_of_another_form_is_named_and_not_repeated(secret: str) -> None:
    with pytest.raises(SendError, match="secret 'name' is not ID:SECRET") as refused:
        access(secret).secret_parts("ID:SECRET[:KEY[:TOKEN]]")
    assert (refused.value.code, refused.value.is_permanent) == ("secret_form", True)


def test_a_bots_other_chats_are_on_the_same_server() -> None:
    assert access("", "oc_1").address_of("oc_2") == "oc_2"
    assert access("", "https://open.larksuite.com/oc_1").address_of("oc_2") == "https://open.larksuite.com/oc_2"


def test_an_attachment_may_be_longer_than_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.chats.exchange.MEDIA_BYTES", 1_000)
    replies = {"https://x/": b"x" * 1_000, "https://x/long": b"x" * 1_001}
    client = httpx.Client(
        transport=httpx.MockTransport(lambda asked: httpx.Response(200, content=replies[str(asked.url)]))
    )
    reading = Access("", None, str, client, lambda: NOW, Tokens(lambda: NOW))
    assert len(reading.download("https://x/").body) == 1_000
    with pytest.raises(SendError, match="cannot be read"):
        reading.download("https://x/long")
