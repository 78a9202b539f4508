"""From a reviewer's yes to a guard's phone and back, through the real Synapse, read by matrix-nio."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import nio
import pytest

from patrol.chats.table import Chats
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Hit
from tests.chats.test_matrix import answer_to, download, read, say
from tests.dispatch.scene import Scene, scene_in
from tests.synapse import Member, Synapse
from tests.waiting import eventually

pytestmark = pytest.mark.matrix


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def scene(database: Database, blobs: Blobs) -> Scene:
    return scene_in(database, blobs, clock())


@pytest.fixture
def bot(synapse: Synapse) -> Member:
    return synapse.member("dispatch-bot")


@pytest.fixture
def running(scene: Scene, bot: Member) -> Iterator[Sender]:
    """A sender as `patrol send` runs it."""
    sender = Sender(scene.database, scene.blobs, Chats(lambda _name: bot.token, clock), clock)
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    yield sender
    stop.set()
    thread.join(20)


def test_a_guard_reads_the_hit_says_not_him_and_sees_it_withdrawn(
    scene: Scene, synapse: Synapse, bot: Member, running: Sender
) -> None:
    gus = synapse.member("dispatch-gus")
    room = synapse.room(bot, gus)
    scene.group("gate", ChatDraft("matrix", f"{synapse.url}/{room}", "matrix-token"), language="zh")
    hit_id = scene.confirmed_hit()

    eventually(lambda: images(gus, room), within_s=30)
    [image] = images(gus, room)
    assert "疑似人员 #0001" in image.body
    eventually(lambda: scene.states(hit_id) == [("gate", "hit", "sent")] * 2)
    row = next(row for row in scene.deliveries(hit_id) if row.chat.kind == "matrix")
    assert hashlib.sha256(download(gus, image.url).body).hexdigest() == row.picture_sha256

    say(gus, room, answer_to(image.event_id, "4"))
    eventually(lambda: hit_of(scene).alarm == "not_him", within_s=30)
    assert (hit_of(scene).round, hit_of(scene).verdict) == (2, None)

    scene.decide(hit_id, "rejected")
    eventually(lambda: not images(gus, room), within_s=30)
    eventually(lambda: any("撤回 #0001" in text for text in texts(gus, room)), within_s=30)
    assert scene.pictures_of_deliveries() == []


def images(member: Member, room: str) -> list[nio.RoomMessageImage]:
    return [event for event in read(member, room) if isinstance(event, nio.RoomMessageImage)]


def texts(member: Member, room: str) -> list[str]:
    return [event.body for event in read(member, room) if isinstance(event, nio.RoomMessageText)]


def hit_of(scene: Scene) -> Hit:
    with scene.database.read() as session:
        return session.query(Hit).one()
