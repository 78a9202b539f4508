"""What every chat platform keeps: each case runs on all of them, against servers that answer as the real ones do."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from patrol.chats import exchange
from patrol.chats.chat import Chat, Limits, SendError, Sent
from patrol.chats.exchange import open_client
from patrol.chats.table import KINDS, LIMITS, Chats, check
from patrol.values import Message, PatrolError
from tests.chats.servers import SECRET, SERVERS, Answer, FakeServer, address_of, closed_port, running

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
REMOTE = tuple(SERVERS)
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 2_000 + b"\xff\xd9"  # half a megabyte, every byte value


@dataclass
class Place:
    """A platform under test: its server, and one chat on it."""

    kind: str
    server: FakeServer
    chat: Chat

    @property
    def limits(self) -> Limits:
        return LIMITS[self.kind]


def secrets(name: str) -> str:
    if name != "robot-1":
        raise PatrolError(f"secret {name!r} is not set: set PATROL_SECRET_{name.upper()}")
    return SECRET


def chats(silence_s: float = 5.0) -> Chats:
    client = open_client()
    client.timeout = httpx.Timeout(silence_s)
    return Chats(secrets, lambda: NOW, client)


@pytest.fixture(params=REMOTE)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with running(request.param) as server:
        yield Place(request.param, server, chats().open(request.param, address_of(request.param, server), "robot-1"))


def text(key: str = "k1", words: str = "Possible match #0012") -> Message:
    return Message(key=key, text=words, hit_number=12)


def messages(limits: Limits) -> list[Message]:
    """A hit as dispatch plans it: one message where the platform has captions, else two."""
    if limits.has_caption:
        return [Message("k1", "Possible match #0012", 12, JPEG)]
    return [text(), Message("k2", "", 12, JPEG)]


@pytest.mark.parametrize("kind", KINDS)
def test_limits_are_declared(kind: str) -> None:
    limits = LIMITS[kind]
    assert limits.picture_bytes >= 1_000_000
    assert limits.text_bytes >= 2_000
    assert "image/jpeg" in limits.picture_formats


def test_the_page_takes_every_message_by_itself() -> None:
    page = chats().open("page", "", None)
    assert page.send(text()).message_ref == "k1"
    assert page.withdraw(Sent("k1", "k1"), text("k2")).accepted_at == NOW
    assert page.replies(None).items == ()


def test_a_text_arrives(place: Place) -> None:
    receipt = place.chat.send(text(words="疑似人员 #0012\n三楼扶梯"))
    assert [said.text for said in place.server.said] == ["疑似人员 #0012\n三楼扶梯"]
    assert receipt.message_ref
    assert receipt.accepted_at == NOW


def test_a_picture_arrives_byte_for_byte(place: Place) -> None:
    for message in messages(place.limits):
        place.chat.send(message)
    assert [said.text for said in place.server.said if said.text] == ["Possible match #0012"]
    assert [said.picture for said in place.server.said if said.picture] == [JPEG]


def test_a_withdrawal_is_said_in_the_chat(place: Place) -> None:
    receipt = place.chat.send(text())
    place.chat.withdraw(Sent("k1", receipt.message_ref), text("k2", "WITHDRAWN #0012"))
    assert place.server.said[-1].text == "WITHDRAWN #0012"


def test_what_was_never_answered_can_be_withdrawn_too(place: Place) -> None:
    place.server.script = [Answer(is_dropped=True)]
    with pytest.raises(SendError):
        place.chat.send(text())
    place.chat.withdraw(Sent("k1", None), text("k2", "WITHDRAWN #0012"))
    assert place.server.said[-1].text == "WITHDRAWN #0012"


@pytest.mark.parametrize("trouble", ["refused", "wrong secret", "no secret", "gone"])
def test_what_a_person_has_to_mend_is_permanent(place: Place, trouble: str) -> None:
    chat = place.chat
    if trouble == "refused":
        place.server.script = [place.server.refused]  # type: ignore[attr-defined]
    elif trouble == "gone":
        place.server.script = [Answer(404)]
    else:
        secret_of = secrets if trouble == "no secret" else lambda _name: "another"
        chat = Chats(secret_of, lambda: NOW).open(place.kind, address_of(place.kind, place.server), "robot-2")
    with pytest.raises(SendError) as refused:
        chat.send(text())
    assert refused.value.is_permanent
    assert not refused.value.is_unknown
    assert place.server.said == []


def test_what_passes_by_itself_is_worth_another_try(place: Place) -> None:
    place.server.script = [place.server.busy, None]  # type: ignore[attr-defined]
    with pytest.raises(SendError) as busy:
        place.chat.send(text())
    assert not busy.value.is_permanent
    assert not busy.value.is_unknown
    place.chat.send(text())
    assert len(place.server.said) == 1


def test_a_limit_says_how_long_to_wait(place: Place) -> None:
    place.server.script = [place.server.limited]  # type: ignore[attr-defined]
    with pytest.raises(SendError) as limited:
        place.chat.send(text())
    assert limited.value.code == "limited"
    assert limited.value.wait_s == {"wecom_robot": 60, "webhook": 7, "matrix": 7}[place.kind]
    assert not limited.value.is_permanent


@pytest.mark.parametrize("kind", REMOTE)
def test_a_server_that_is_down_got_nothing(kind: str) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    address = f"{url}/!room:example.org" if kind == "matrix" else url
    with pytest.raises(SendError) as down:
        chats().open(kind, address, "robot-1").send(text())
    assert (down.value.code, down.value.is_unknown, down.value.is_permanent) == ("unreachable", False, False)


@pytest.mark.parametrize("answer", [Answer(is_dropped=True), Answer(stalls=True)], ids=["dropped", "slow"])
def test_an_answer_that_does_not_come_leaves_the_message_unknown(place: Place, answer: Answer) -> None:
    chat = chats(silence_s=0.3).open(place.kind, address_of(place.kind, place.server), "robot-1")
    place.server.script = [answer]
    with pytest.raises(SendError) as unknown:
        chat.send(text())
    assert unknown.value.is_unknown
    chat.send(text())
    assert len(place.server.said) == (1 if place.limits.is_idempotent else 2)


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_lost_its_server_leaves_the_message_unknown(place: Place, status: int) -> None:
    place.server.script = [Answer(status, b"<html>gateway</html>")]
    with pytest.raises(SendError) as unknown:
        place.chat.send(text())
    assert unknown.value.is_unknown


@pytest.mark.parametrize("kind", ["matrix", "wecom_robot"])
def test_an_answer_nobody_understands_leaves_the_message_unknown(kind: str) -> None:
    with running(kind) as server:
        server.script = [Answer(200, b"<html>log in to the wireless network</html>")]
        with pytest.raises(SendError) as unknown:
            chats().open(kind, address_of(kind, server), "robot-1").send(text())
    assert (unknown.value.code, unknown.value.is_unknown) == ("not_understood", True)


def test_an_answer_that_trickles_is_broken_off(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "WHOLE_S", 0.2)
    place.server.script = [Answer(200, b" ", {"Content-Length": "100000"}, trickles=True)]
    with pytest.raises(SendError, match="in time"):
        place.chat.send(text())


def test_a_redirect_is_not_followed(place: Place) -> None:
    place.server.script = [Answer(302, headers={"Location": "http://127.0.0.1:1/elsewhere"})]
    with pytest.raises(SendError) as refused:
        place.chat.send(text())
    assert refused.value.is_permanent


def test_no_secret_leaks_into_errors_or_logs(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    place.chat.send(text())
    for answer in (place.server.refused, place.server.limited, Answer(500, SECRET.encode()), Answer(is_dropped=True)):  # type: ignore[attr-defined]
        place.server.script = [answer]
        with pytest.raises(SendError) as failed:
            place.chat.send(text())
        assert SECRET not in f"{failed.value} {failed.value!r} {failed.value.__cause__!r}"
    assert SECRET not in caplog.text
    assert "key=" not in caplog.text


ADDRESSES: list[tuple[str, str, str | None, str | None]] = [
    ("page", "", None, None),
    ("page", "https://example.org", None, "address"),
    ("fax", "", None, "kind"),
    ("matrix", "https://matrix.example.org/!abc:example.org", "m", None),
    ("matrix", "https://matrix.example.org/!UDJw4hI", "m", None),  # room version 12 has no server part
    ("matrix", "https://example.org/base/path/!abc:example.org", "m", None),
    ("matrix", "", "m", "address"),
    ("matrix", "!abc:example.org", "m", "address"),
    ("matrix", "https://gus:pw@example.org/!abc:example.org", "m", "address"),
    ("matrix", "https://example.org/#alias:example.org", "m", "address"),
    ("matrix", "https://matrix.example.org/!abc:example.org", None, "secret"),
    ("wecom_robot", "", "w", None),
    ("wecom_robot", "", None, "secret"),
    ("wecom_robot", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1234", "w", "address"),
    ("webhook", "https://example.org/hook?room=3", "h", None),
    ("webhook", "ftp://example.org/hook", "h", "address"),
    ("webhook", "https://gus:pw@example.org/hook", "h", "address"),
    ("webhook", "https://example.org:99999/hook", "h", "address"),
    ("webhook", "https://example.org/hook", "", "secret"),
]


@pytest.mark.parametrize(("kind", "address", "secret", "wrong"), ADDRESSES)
def test_a_chat_is_checked_before_it_is_used(kind: str, address: str, secret: str | None, wrong: str | None) -> None:
    assert check(kind, address, secret) == wrong


def test_a_bad_address_is_an_error_of_its_own() -> None:
    with pytest.raises(SendError) as refused:
        chats().open("matrix", "nowhere", "robot-1")
    assert (refused.value.code, refused.value.is_permanent) == ("bad_address", True)
