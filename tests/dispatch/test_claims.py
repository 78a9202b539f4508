"""What may be claimed, and by how many at once."""

from threading import Thread
from uuid import UUID

import pytest

from patrol.dispatch.claims import claim
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from tests.dispatch.conftest import Clock
from tests.dispatch.scene import Scene, scene_in
from tests.dispatch.test_queue import route


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
