"""From a reviewer's yes to a guard's phone and back, by each platform that needs no connection of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from patrol.chats.chat import Replies
from patrol.chats.table import LIMITS, Chats
from patrol.dispatch.arrivals import Arrivals
from patrol.dispatch.callbacks import Callbacks
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import GroupReply, Hit
from tests.chats.fakes import FAKES
from tests.chats.fakes.server import CALLED_AT_S, Fake
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import Scene, scene_in

pytestmark = pytest.mark.slow

MEMBERS = {
    "feishu": "ou_gus",
    "telegram": "4711",
    "dingtalk_app": "staff-gus",
    "webhook": "gus",
    "wecom_app": "gus",
    "matrix": "@gus:example.org",
}
PLATFORMS = (*MEMBERS, "dingtalk_webhook")
NOT_HIM = "HIT-0001 4"


class Trip:
    """One platform, one group with a chat on it, and Gus on its roster."""

    def __init__(self, kind: str, server: Fake, scene: Scene, clock: Clock) -> None:
        self.kind, self.server, self.scene, self.clock = kind, server, scene, clock
        self.chats = Chats(lambda _name: server.secret, clock)
        gus = MemberDraft("Gus", identities={kind: MEMBERS[kind]}) if kind in MEMBERS else None
        policy = "upper_body" if LIMITS[kind].picture_bytes else "text"
        chat = ChatDraft(kind, server.address, "s")
        scene.group("gate", chat, members=(gus,) if gus else (), picture_policy=policy)
        self.sender = Sender(scene.database, scene.blobs, self.chats, clock)

    def hear(self) -> None:
        """Take in what members said, by whichever way the platform has."""
        scene, hears = self.scene, LIMITS[self.kind].hears
        if hears == "callback":
            callbacks = Callbacks(scene.database, scene.blobs, self.chats, self.clock)
            for call in self.server.calls:
                how = {"method": call.method, "query": call.query, "headers": call.headers, "body": call.body}
                callbacks.receive(self.kind, "s", **how)  # type: ignore[arg-type]
            return
        arrivals = Arrivals(scene.database, scene.blobs, self.clock)
        for reply in self._read(hears).items:
            with_chat = reply.chat_address or self.server.address
            assert with_chat == self.server.address
            arrivals.keep_named(self.kind, "s", reply)

    def _read(self, hears: str) -> Replies:
        if hears == "chat":
            return self.chats.open(self.kind, self.server.address, "s").replies(None)
        return self.chats.bot(self.kind, self.server.address, "s").listen(None)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.fromtimestamp(CALLED_AT_S, UTC))


@pytest.fixture(params=PLATFORMS)
def trip(request: pytest.FixtureRequest, database: Database, blobs: Blobs, clock: Clock) -> Iterator[Trip]:
    with FAKES[request.param].running() as server:
        made = Trip(request.param, server, scene_in(database, blobs, clock()), clock)
        yield made
        made.chats.close()


def test_a_hit_arrives_is_answered_and_is_withdrawn(trip: Trip) -> None:
    hit_id = trip.scene.confirmed_hit()
    run(trip.sender)
    assert any("#0001" in said.text for said in trip.server.said)
    assert any(said.picture for said in trip.server.said) == (LIMITS[trip.kind].picture_bytes > 0)
    if LIMITS[trip.kind].has_replies:
        _press_or_say(trip)
        trip.hear()
        with trip.scene.database.read() as session:
            reply = session.scalars(select(GroupReply)).one()
            assert (reply.member, reply.kind) == ("Gus", "not_him")
            assert session.get_one(Hit, hit_id).alarm == "not_him"
    before = list(trip.server.said)
    trip.scene.decide(hit_id, "rejected")
    trip.clock.forward(2)  # Telegram takes one message a second in a chat
    run(trip.sender)
    assert "WITHDRAWN #0001" in "\n".join(said.text for said in trip.server.said)
    assert {said.is_gone for said in before} == {LIMITS[trip.kind].can_withdraw}  # the picture too


def _press_or_say(trip: Trip) -> None:
    if LIMITS[trip.kind].n_buttons:
        trip.server.press("gus", "Not him")
    else:
        trip.server.say("gus", NOT_HIM)
