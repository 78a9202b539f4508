"""The platforms' door: no log-in, only the call's own signature."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from patrol.chats.chat import Call
from patrol.chats.table import Chats
from patrol.dispatch.callbacks import Callbacks
from patrol.store.tables import Event, Group, GroupChat
from patrol.web.app import build_app
from tests.chats.fakes.feishu import VERIFICATION_TOKEN, FeishuFake, signed
from tests.chats.fakes.server import SECRET
from tests.web.house import House


@pytest.fixture
def server() -> Iterator[FeishuFake]:
    with FeishuFake.running() as server:
        yield server


@pytest.fixture
def reached(house: House, server: FeishuFake) -> Iterator[House]:
    """The house with a Feishu group and its callbacks."""
    now = house.clock()
    with house.database.write() as session:
        group = Group(id="gate-f", name="Gate", latitude=0, longitude=0, created_at=now)
        group.chats = [GroupChat(kind="feishu", address=server.address, secret="f")]
        session.add(group)
    chats = Chats(lambda _name: server.secret, house.clock)
    callbacks = Callbacks(house.database, house.blobs, chats, house.clock)
    house.app = build_app(replace(house.app.state.parts, callbacks=callbacks))
    yield house
    chats.close()


def post(house: House, call: Call, path: str = "/chats/feishu/f"):  # type: ignore[no-untyped-def]
    return house.stranger().post(path, content=call.body, headers=dict(call.headers))


def challenge(house: House) -> Call:
    event = {"type": "url_verification", "token": VERIFICATION_TOKEN, "challenge": "ajls384kdj"}
    return signed(event, at_s=int(house.clock().timestamp()))


def test_the_platform_needs_no_log_in(reached: House) -> None:
    answer = post(reached, challenge(reached))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "ajls384kdj"})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_anybody_else_learns_nothing(reached: House) -> None:
    good = challenge(reached)
    forged = [
        (replace(good, body=b'{"encrypt": "AAAA"}'), "/chats/feishu/f"),
        (good, "/chats/feishu/other"),
        (good, "/chats/fax/f"),
        (good, f"/chats/feishu/{SECRET}"),
    ]
    answers = [post(reached, call, path) for call, path in forged]
    assert {(answer.status_code, answer.content) for answer in answers} == {(403, b"")}
    with reached.database.read() as session:
        recorded = session.scalars(select(Event).where(Event.kind == "callback.refused")).all()
    assert [event.body["chat_kind"] for event in recorded] == ["feishu", "feishu", "unknown", "feishu"]


def test_a_reading_of_the_address_is_a_call_too(reached: House) -> None:
    assert reached.stranger().get("/chats/feishu/f").status_code == 403


def test_no_other_way_of_asking_is_answered(reached: House) -> None:
    assert reached.stranger().delete("/chats/feishu/f").status_code == 405


def test_a_call_that_is_too_long_is_not_read(reached: House) -> None:
    assert post(reached, Call("POST", {}, {}, b" " * 5_000_000)).status_code == 413


def test_a_house_without_chats_has_no_such_door(house: House) -> None:
    house.app = build_app(replace(house.app.state.parts, callbacks=None))
    assert house.stranger().post("/chats/feishu/f", content=b"{}").status_code == 404
