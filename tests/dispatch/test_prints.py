"""A group's picture is drawn once for its page and its chat, and never kept longer than somebody may want it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from patrol.dispatch import drawing
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.prints import SHARED_FOR, Prints
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.tables import Delivery
from tests.dispatch.conftest import Clock
from tests.dispatch.scene import Scene

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The groups whose picture was drawn, in order."""
    groups: list[str] = []
    real: Callable[[Session, Blobs, Delivery], bytes | None] = drawing.draw

    def draw(session: Session, blobs: Blobs, delivery: Delivery) -> bytes | None:
        groups.append(delivery.group_id)
        return real(session, blobs, delivery)

    monkeypatch.setattr(drawing, "draw", draw)
    return groups


@pytest.fixture
def claimed(scene: Scene, sender: Sender) -> list[Delivery]:
    """A hit for two groups, each with a page and a chat, taken to be sent."""
    scene.group("gate", MATRIX)
    scene.group("exit", ChatDraft("matrix", "https://example.org/!other", "m"))
    scene.confirmed_hit()
    sender.route_once()
    taken = sender.claim({"page": 2, "matrix": 2})
    assert len(taken) == 4
    return taken


def test_the_page_and_the_chat_of_a_group_share_a_picture_and_no_other_group_does(
    scene: Scene, sender: Sender, claimed: list[Delivery], drawn: list[str]
) -> None:
    for delivery in claimed:
        sender.courier.deliver(delivery)
    assert sorted(drawn) == ["exit", "gate"]
    sums = {(row.group_id, row.picture_sha256) for row in scene.deliveries()}
    assert len(sums) == 2
    assert len(scene.pictures_of_deliveries()) == 4  # each message's own copy ends with it


def test_who_wants_a_picture_that_is_being_drawn_waits_for_it(
    scene: Scene, claimed: list[Delivery], drawn: list[str], clock: Clock
) -> None:
    prints = Prints(scene.database, scene.blobs, clock)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(prints.of, claimed))
    assert sorted(drawn) == ["exit", "gate"]
    assert len({it.sha256 for it in made if it is not None}) == 2


def test_a_repeat_is_drawn_anew_for_it_says_so(
    scene: Scene, claimed: list[Delivery], drawn: list[str], clock: Clock
) -> None:
    prints = Prints(scene.database, scene.blobs, clock)
    first = prints.of(claimed[0])
    claimed[0].is_repeat = True
    again = prints.of(claimed[0])
    assert first is not None
    assert again is not None
    assert first.sha256 != again.sha256


def test_a_picture_is_let_go_of_after_a_while(
    scene: Scene, claimed: list[Delivery], drawn: list[str], clock: Clock
) -> None:
    prints = Prints(scene.database, scene.blobs, clock)
    prints.of(claimed[0])
    clock.now += SHARED_FOR * 1.1
    prints.forget()
    assert not prints._sheets
