"""A platform's call is taken when it is the platform's; anything else is refused, recorded, and moves nothing."""

import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from patrol.chats.chat import Call
from patrol.chats.table import Chats
from patrol.dispatch.callbacks import MOST_RECORDED, Answered, CallbackRefused, Callbacks
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, GroupChat, GroupReply, Hit
from tests.chats.fakes.feishu import CHAT, FeishuFake
from tests.chats.fakes.server import SECRET
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import Scene, frame_jpeg, scene_in

pytestmark = pytest.mark.slow


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, now: datetime) -> Scene:
    return scene_in(any_database, blobs, now)


@pytest.fixture
def server() -> Iterator[FeishuFake]:
    with FeishuFake.running() as server:
        yield server


@pytest.fixture
def chats(server: FeishuFake, clock: Clock) -> Iterator[Chats]:
    chats = Chats(lambda _name: server.secret, clock)
    yield chats
    chats.close()


@pytest.fixture
def told(scene: Scene, server: FeishuFake, chats: Chats, clock: Clock) -> Scene:
    """The guards at the gate have a hit in their Feishu group; Gus is on their roster."""
    gus = MemberDraft("Gus", identities={"feishu": "ou_gus"})
    scene.group("gate", ChatDraft("feishu", server.address, "f"), members=(gus,))
    scene.confirmed_hit()
    run(Sender(scene.database, scene.blobs, chats, clock))
    return scene


@pytest.fixture
def callbacks(told: Scene, chats: Chats, clock: Clock) -> Callbacks:
    return Callbacks(told.database, told.blobs, chats, clock)


def take(callbacks: Callbacks, call: Call, kind: str = "feishu", secret: str = "f") -> Answered:
    return callbacks.receive(kind, secret, method=call.method, query=call.query, headers=call.headers, body=call.body)


def replies(scene: Scene) -> list[tuple[str, str, str]]:
    with scene.database.read() as session:
        rows = session.scalars(select(GroupReply).order_by(GroupReply.received_at, GroupReply.event_ref))
        return [(row.group_id, row.member, row.kind) for row in rows]


def refusals(scene: Scene, kind: str = "callback.refused") -> list[str]:
    with scene.database.read() as session:
        return [event.body["why"] for event in session.scalars(select(Event).where(Event.kind == kind))]


def test_a_press_lands_at_its_hit(told: Scene, server: FeishuFake, callbacks: Callbacks) -> None:
    server.press("gus", "Not him")
    answered = take(callbacks, server.calls[0])
    assert json.loads(answered.body)["toast"]["type"] == "success"
    assert replies(told) == [("gate", "Gus", "not_him")]
    with told.database.read() as session:
        assert session.scalars(select(Hit)).one().alarm == "not_him"


def test_the_same_event_counts_once_and_is_answered_alike(
    told: Scene, server: FeishuFake, callbacks: Callbacks
) -> None:
    server.press("gus", "Seen")
    first, again = (take(callbacks, server.calls[0]) for _time in range(2))
    assert first.body == again.body
    assert replies(told) == [("gate", "Gus", "seen")]


def test_a_stranger_who_presses_is_told_so_and_moves_nothing(
    told: Scene, server: FeishuFake, callbacks: Callbacks
) -> None:
    server.press("max", "Not him")
    assert json.loads(take(callbacks, server.calls[0]).body)["toast"]["type"] == "error"
    assert replies(told) == []
    assert refusals(told, "reply.refused") == ["not_on_roster"]


def test_a_forged_call_is_refused_and_recorded_without_its_content(
    told: Scene, server: FeishuFake, callbacks: Callbacks
) -> None:
    server.say("gus", "#1 4")
    with pytest.raises(CallbackRefused):
        take(callbacks, server.forged(server.calls[0]))
    assert replies(told) == []
    assert refusals(told) == ["the signature is wrong"]


def test_a_call_played_again_later_is_refused(
    told: Scene, server: FeishuFake, callbacks: Callbacks, clock: Clock
) -> None:
    server.say("gus", "#1 4")
    clock.forward(600)
    with pytest.raises(CallbackRefused):
        take(callbacks, server.calls[0])
    assert replies(told) == []


@pytest.mark.parametrize(
    ("kind", "secret"), [("feishu", "other"), ("feishu", SECRET), ("fax", "f"), ("matrix", "f"), ("page", "f")]
)
def test_a_call_that_is_for_no_chat_of_ours_is_refused(
    told: Scene, server: FeishuFake, callbacks: Callbacks, kind: str, secret: str
) -> None:
    server.say("gus", "#1 4")
    with pytest.raises(CallbackRefused):
        take(callbacks, server.calls[0], kind, secret)
    assert replies(told) == []
    assert SECRET not in "".join(refusals(told))


def test_a_chat_that_was_taken_out_of_its_group_answers_nobody(
    told: Scene, server: FeishuFake, callbacks: Callbacks, now: datetime
) -> None:
    with told.database.write() as session:
        session.scalars(select(GroupChat).where(GroupChat.kind == "feishu")).one().removed_at = now
    server.say("gus", "#1 4")
    with pytest.raises(CallbackRefused):
        take(callbacks, server.calls[0])


def test_an_answer_for_another_groups_chat_is_not_kept(told: Scene, server: FeishuFake, callbacks: Callbacks) -> None:
    server.say("gus", "#1 4", chat_id=CHAT.replace("a", "b"))
    take(callbacks, server.calls[0])
    assert replies(told) == []


def test_an_answer_about_a_hit_the_group_was_not_told_of_is_refused(
    told: Scene, server: FeishuFake, callbacks: Callbacks
) -> None:
    server.say("gus", "#999 4")
    take(callbacks, server.calls[0])
    assert replies(told) == []
    assert refusals(told, "reply.refused") == ["no_such_message"]


def test_a_flood_fills_no_table(told: Scene, server: FeishuFake, callbacks: Callbacks, clock: Clock) -> None:
    for _call in range(MOST_RECORDED + 10):
        with pytest.raises(CallbackRefused):
            take(callbacks, Call("POST", {}, {}, b"{}"))
    assert len(refusals(told)) == MOST_RECORDED
    clock.forward(61)
    with pytest.raises(CallbackRefused):
        take(callbacks, Call("POST", {}, {}, b"{}"))
    assert len(refusals(told)) == MOST_RECORDED + 1


def test_a_photo_is_fetched_when_the_platform_has_its_answer(
    told: Scene, server: FeishuFake, callbacks: Callbacks
) -> None:
    server.resources["img_1"] = frame_jpeg()
    server.tell("gus", "image", {"image_key": "img_1"}, parent_id=server.said[0].ref)
    n_requests = len(server.requests)
    answered = take(callbacks, server.calls[0])
    assert (replies(told), len(server.requests)) == ([("gate", "Gus", "sighted")], n_requests)
    answered.later()
    answered.later()  # fetched twice, kept once
    with told.database.read() as session:
        [media] = session.scalars(select(GroupReply)).one().media
    assert told.blobs.get(media["key"]).startswith(b"\xff\xd8")
    with told.database.read() as session:
        assert session.scalars(select(Event).where(Event.kind == "reply.attached")).one().body["n_media"] == 1


def test_where_a_photo_cannot_be_fetched_the_words_stand(
    told: Scene, server: FeishuFake, callbacks: Callbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_other", lambda _request: server.busy)
    server.tell("gus", "image", {"image_key": "img_1"}, parent_id=server.said[0].ref)
    take(callbacks, server.calls[0]).later()
    assert replies(told) == [("gate", "Gus", "sighted")]
