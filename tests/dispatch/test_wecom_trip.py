"""From a reviewer's yes to a guard's phone and back, by WeCom's AI bot and by a WeCom app."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from patrol.chats.table import Chats
from patrol.dispatch.callbacks import CallbackRefused, Callbacks
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import GroupReply, Hit
from tests.chats.fakes.server import Fake
from tests.chats.fakes.wecom_aibot import WecomAibotFake
from tests.chats.fakes.wecom_app import AGENT, WecomAppFake
from tests.dispatch.scene import Scene, frame_jpeg, scene_in
from tests.waiting import eventually

pytestmark = pytest.mark.slow


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def scene(database: Database, blobs: Blobs) -> Scene:
    return scene_in(database, blobs, clock())


@pytest.fixture
def bot() -> Iterator[WecomAibotFake]:
    with WecomAibotFake.running() as server:
        yield server


@pytest.fixture
def app() -> Iterator[WecomAppFake]:
    with WecomAppFake.running() as server:
        yield server


def chats_of(server: Fake) -> Chats:
    return Chats(lambda _name: server.secret, clock)


@contextmanager
def sending(scene: Scene, server: Fake) -> Iterator[Sender]:
    """A sender as `patrol send` runs it."""
    chats, stop = chats_of(server), threading.Event()
    sender = Sender(scene.database, scene.blobs, chats, clock)
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield sender
    finally:
        stop.set()
        thread.join(30)
        chats.close()


def roster(kind: str, *names: str) -> tuple[MemberDraft, ...]:
    return tuple(MemberDraft(name.title(), identities={kind: name}) for name in names)


def said_back(scene: Scene) -> list[tuple[str, str, str]]:
    with scene.database.read() as session:
        rows = session.query(GroupReply).order_by(GroupReply.received_at).all()
        return [(row.group_id, row.member, row.kind) for row in rows]


def hit_of(scene: Scene) -> Hit:
    with scene.database.read() as session:
        return session.query(Hit).one()


def test_a_guard_presses_not_him_in_the_group_and_the_hit_is_back_at_review(
    scene: Scene, bot: WecomAibotFake
) -> None:
    chat = ChatDraft("wecom_aibot", bot.address, "w")
    scene.group("gate", chat, language="zh", members=roster("wecom_aibot", "gus"))
    with sending(scene, bot):
        hit_id = scene.confirmed_hit()
        eventually(lambda: any(said.picture for said in bot.said), within_s=30)
        text = next(said for said in bot.said if "疑似人员 #0001" in said.text)
        assert text.text.startswith("<@gus>")
        bot.press("gus", "不是此人")
        eventually(lambda: hit_of(scene).alarm == "not_him", within_s=30)
        assert said_back(scene) == [("gate", "Gus", "not_him")]
        scene.decide(hit_id, "rejected")
        eventually(lambda: any("撤回 #0001" in said.text for said in bot.said), within_s=30)


def test_a_press_by_somebody_who_is_not_on_the_roster_moves_nothing(scene: Scene, bot: WecomAibotFake) -> None:
    chat = ChatDraft("wecom_aibot", bot.address, "w")
    scene.group("gate", chat, language="zh", members=roster("wecom_aibot", "gus"))
    with sending(scene, bot):
        scene.confirmed_hit()
        eventually(lambda: any(said.buttons for said in bot.said), within_s=30)
        bot.press("max", "不是此人")
        eventually(lambda: "✗ max 不是此人" in str(bot.cards), within_s=30)
        bot.press("gus", "已看到")
        eventually(lambda: said_back(scene), within_s=30)
        assert said_back(scene) == [("gate", "Gus", "seen")]
        assert hit_of(scene).alarm != "not_him"


@pytest.fixture
def callbacks(scene: Scene, app: WecomAppFake) -> Iterator[Callbacks]:
    chats = chats_of(app)
    yield Callbacks(scene.database, scene.blobs, chats, clock)
    chats.close()


def call(callbacks: Callbacks, app: WecomAppFake) -> bytes:
    """Hand the newest call of the app on, as the web does."""
    newest = app.calls[-1]
    answered = callbacks.receive(
        "wecom_app", "w", method="POST", query=newest.query, headers=newest.headers, body=newest.body
    )
    answered.later()
    return answered.body


def test_who_is_in_two_groups_of_one_app_answers_for_the_one_whose_message_he_pressed(
    scene: Scene, app: WecomAppFake, callbacks: Callbacks
) -> None:
    app.called_at_s = int(clock().timestamp())
    for group, members in (("gate", "gus"), ("hall", "gus|rita")):
        chat = ChatDraft("wecom_app", f"{app.url}/{AGENT}/{members}", "w")
        scene.group(group, chat, language="zh", members=roster("wecom_app", *members.split("|")))
    with sending(scene, app):
        scene.confirmed_hit()
        eventually(lambda: len([said for said in app.said if said.buttons]) == 2, within_s=30)
    cards = {said.path: said for said in app.said if said.buttons}
    app.press_on(cards["gus|rita"], "gus", "正在赶去")
    assert call(callbacks, app)
    assert said_back(scene) == [("hall", "Gus", "on_my_way")]
    call(callbacks, app)  # the same press, told again
    assert len(said_back(scene)) == 1
    app.press_on(cards["gus"], "gus", "已看到")
    call(callbacks, app)
    assert said_back(scene)[1:] == [("gate", "Gus", "seen")]


def test_a_photo_without_a_word_is_about_the_one_hit_the_member_was_told_of(
    scene: Scene, app: WecomAppFake, callbacks: Callbacks
) -> None:
    app.called_at_s = int(clock().timestamp()) + 1
    app.media["up-1"] = frame_jpeg()
    scene.group("gate", ChatDraft("wecom_app", app.address, "w"), members=roster("wecom_app", "gus"))
    with sending(scene, app):
        scene.confirmed_hit()
        eventually(lambda: any(said.buttons for said in app.said), within_s=30)
    app.call("gus", MsgType="image", MediaId="up-1", MsgId="7")
    call(callbacks, app)
    assert said_back(scene) == [("gate", "Gus", "sighted")]
    with scene.database.read() as session:
        [reply] = session.query(GroupReply).all()
        assert [media["kind"] for media in reply.media] == ["photo"]


def test_words_that_name_none_of_two_hits_are_about_neither(
    scene: Scene, app: WecomAppFake, callbacks: Callbacks
) -> None:
    app.called_at_s = int(clock().timestamp()) + 1
    scene.group("gate", ChatDraft("wecom_app", app.address, "w"), members=roster("wecom_app", "gus"))
    with sending(scene, app):
        scene.confirmed_hit()
        scene.confirmed_hit()
        eventually(lambda: len([said for said in app.said if said.buttons]) == 2, within_s=30)
    app.say("gus", "2")
    call(callbacks, app)
    assert said_back(scene) == []
    app.say("gus", "#2 2")
    call(callbacks, app)
    assert said_back(scene) == [("gate", "Gus", "on_my_way")]


def test_a_forged_call_moves_nothing(scene: Scene, app: WecomAppFake, callbacks: Callbacks) -> None:
    app.called_at_s = int(clock().timestamp())
    scene.group("gate", ChatDraft("wecom_app", app.address, "w"), members=roster("wecom_app", "gus"))
    app.say("gus", "#1 4")
    app.calls.append(app.forged(app.calls[-1]))
    with pytest.raises(CallbackRefused):
        call(callbacks, app)
    assert said_back(scene) == []
