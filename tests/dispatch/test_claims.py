"""What may be claimed, and by how many at once."""

from dataclasses import replace
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import select

from patrol.chats.chat import SendError
from patrol.dispatch import groups
from patrol.dispatch.claims import claim
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Event, Person
from tests.dispatch.conftest import Clock, run, taken_by
from tests.dispatch.scene import FakeChats, Scene, scene_in
from tests.dispatch.test_queue import route

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, clock: Clock) -> Scene:
    return scene_in(any_database, blobs, clock.now)


def test_without_deliveries_there_is_nothing_to_claim(scene: Scene) -> None:
    with scene.database.write() as session:
        assert claim(session, scene.now) is None


def test_two_senders_at_once_take_one_message_of_a_chat(scene: Scene) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    scene.confirmed_hit()
    route(scene)
    taken: list[UUID | None] = []

    def claim_too() -> None:
        with scene.database.write() as session:
            claimed = claim(session, scene.now)
            taken.append(claimed.id if claimed else None)

    other = Thread(target=claim_too)
    with scene.database.write() as session:
        assert claim(session, scene.now) is not None
        other.start()
        other.join(0.3)  # long enough to take the second message where nothing holds it back
    other.join(10)
    assert taken == [None]


@pytest.mark.parametrize("end", ["chat", "group"])
def test_what_waits_for_a_chat_or_group_that_was_removed_is_not_sent(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock, end: str
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    matrix = chats.open(MATRIX.kind, MATRIX.address, MATRIX.secret)
    matrix.script = [SendError("busy", "example.org answered 503")]
    run(sender)
    remove(scene, end)
    clock.forward(61)
    run(sender)
    [row] = [row for row in scene.deliveries() if row.chat.kind == "matrix"]
    assert (row.state, row.error) == ("withdrawn", "chat_removed: stopped before it left")
    assert matrix.sent == matrix.withdrawn == []
    assert not sender.run_once()


def test_a_chat_removed_while_its_message_is_prepared_does_not_get_it(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    sender.route_once()
    claimed = taken_by(sender, "matrix")
    assert claimed is not None
    remove(scene, "chat")
    sender.courier.deliver(claimed)
    assert chats.open(MATRIX.kind, MATRIX.address, MATRIX.secret).sent == []
    assert scene.pictures_of_deliveries() == []


def test_the_withdrawal_of_what_was_sent_still_goes_to_a_removed_group(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    run(sender)
    remove(scene, "group")
    scene.decide(hit_id, "rejected")
    run(sender)
    assert len(chats.open(MATRIX.kind, MATRIX.address, MATRIX.secret).withdrawn) == 1


def ends(scene: Scene, how: str) -> None:
    """End the looking for the scene's one person."""
    with scene.database.write() as session:
        person = session.get_one(Person, scene.person_id)
        if how == "removed":
            person.removed_at = scene.now
        elif how == "suspended":
            person.suspended_at = scene.now
        elif how == "closed":
            person.watchlist.closed_at = scene.now
        else:
            (person if how == "past its end" else person.watchlist).ends_at = scene.now


ENDS = ("removed", "suspended", "closed", "past its end", "list past its end")


@pytest.mark.parametrize("how", ENDS)
def test_a_yes_about_somebody_not_looked_for_any_more_goes_nowhere(scene: Scene, sender: Sender, how: str) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    ends(scene, how)
    run(sender)
    assert scene.deliveries() == []
    with scene.database.read() as session:
        [event] = session.scalars(select(Event).where(Event.kind == "hit.not_told"))
        assert (event.subject, event.body["reason"]) == (f"hit:{hit_id}", "entry_ended")


@pytest.mark.parametrize("how", ENDS)
def test_what_waits_about_somebody_not_looked_for_any_more_is_not_sent(
    scene: Scene, sender: Sender, chats: FakeChats, how: str
) -> None:
    scene.group("gate", MATRIX)
    scene.confirmed_hit()
    sender.route_once()
    ends(scene, how)
    run(sender)
    assert {(row.state, row.error) for row in scene.deliveries()} == {
        ("withdrawn", "entry_ended: stopped before it left")
    }
    assert chats.opened == {}


def remove(scene: Scene, what: str) -> None:
    with scene.database.write() as session:
        if what == "group":
            groups.remove(session, "gate", "ada", scene.now)
        else:
            draft = groups.draft_of(groups.find(session, "gate"))
            groups.change(session, "gate", replace(draft, chats=()), "ada", scene.now)
