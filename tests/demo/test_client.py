"""The demo's reviewer and guard, over HTTP."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from patrol.demo.client import Guard, LiveEvent, Refused, Reviewer, events_of

LINK = "http://patrol.test/g/secret-token"
Answer = Callable[[httpx.Request], httpx.Response]


def answering(visitor: Reviewer | Guard, answer: Answer) -> None:
    base = visitor.http.base_url
    visitor.http = httpx.Client(base_url=base, transport=httpx.MockTransport(answer))


@pytest.fixture
def reviewer() -> Iterator[Reviewer]:
    with Reviewer("http://patrol.test") as one:
        yield one


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard(LINK) as one:
        yield one


@pytest.mark.parametrize(
    ("lines", "events"),
    [
        ([], []),
        ([": heartbeat"], [LiveEvent("", {})]),
        (["id: 4", "event: hit.recorded", 'data: {"seq": 4}', ""], [LiveEvent("hit.recorded", {"seq": 4})]),
        (
            ["event: a", "data: {", "data: }", "", "event: b", "data: {}", ""],
            [LiveEvent("a", {}), LiveEvent("b", {})],
        ),
        (["event: cut", 'data: {"se'], []),
    ],
)
def test_the_live_feed_is_read(lines: list[str], events: list[LiveEvent]) -> None:
    assert list(events_of(iter(lines))) == events


def test_what_was_given_at_log_in_goes_back_with_every_change(reviewer: Reviewer) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("X-CSRF-Token"))
        return httpx.Response(200, json={"csrf": "token"})

    answering(reviewer, answer)
    reviewer.log_in("demo", "password")
    reviewer.post("/hits/1/decisions", {})
    assert seen == [None, "token"]


def test_an_error_is_told_with_its_address_and_answer(reviewer: Reviewer) -> None:
    answering(reviewer, lambda request: httpx.Response(409, text="already decided"))
    with pytest.raises(Refused, match=r"POST /api/v1/hits: 409 already decided"):
        reviewer.post("/hits", {})


def test_a_console_that_is_not_there_is_not_up(reviewer: Reviewer) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    answering(reviewer, answer)
    assert not reviewer.is_up()
    with pytest.raises(Refused, match="no answer"):
        reviewer.get("/hits")


def test_a_groups_link_is_never_told(guard: Guard) -> None:
    answering(guard, lambda request: httpx.Response(404))
    with pytest.raises(Refused) as refused:
        guard.message_of("1")
    assert "secret-token" not in str(refused.value)


def test_a_guard_reads_the_message_asked_for(guard: Guard) -> None:
    messages = [{"delivery_id": "1", "text": "one"}, {"delivery_id": "2", "text": "two"}]
    answering(guard, lambda request: httpx.Response(200, json={"messages": messages}))
    assert guard.message_of("2") == messages[1]
    assert guard.message_of("3") is None


def test_a_guard_reads_the_picture_as_it_is(guard: Guard) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/g/secret-token/pictures/2"
        return httpx.Response(200, content=b"\xff\xd8picture")

    answering(guard, answer)
    assert guard.picture_of("2") == b"\xff\xd8picture"
