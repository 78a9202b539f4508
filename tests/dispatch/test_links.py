"""A link in place of a picture opens one message's picture, for its time, and only while the message stands."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import select

from patrol.dispatch import links
from patrol.dispatch.desk import Desk
from patrol.store.blobs import PictureGone
from patrol.store.tables import Delivery, DeliveryLink, Event, Person
from tests.dispatch.scene import Scene

DESK = Desk(public_url="https://patrol.example/")


@pytest.fixture
def delivery(scene: Scene) -> Delivery:
    """A message that was sent, its picture kept here."""
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    decision_id = scene.decisions(hit_id)[-1].id
    with scene.database.write() as session:
        made = Delivery(
            kind="hit",
            decision_id=decision_id,
            verdict="confirmed",
            hit_id=hit_id,
            group_id="gate",
            chat_id=scene.page_chat(session, "gate").id,
            lane=1,
            state="sent",
            next_try_at=scene.now,
            expires_at=scene.now + timedelta(minutes=10),
            text="Possible match #0001",
            picture_key=scene.blobs.put("delivery", b"jpeg", scene.now),
            created_at=scene.now,
            sent_at=scene.now,
        )
        session.add(made)
    return made


def made(scene: Scene, delivery: Delivery) -> str:
    with scene.database.write() as session:
        return links.link_of(session, session.get_one(Delivery, delivery.id), DESK)


def token_of(url: str) -> str:
    assert url.startswith("https://patrol.example/h/")
    return url.rpartition("/")[2]


def opened(scene: Scene, token: str, after: timedelta = timedelta()) -> str:
    with scene.database.write() as session:
        return links.note_opening(session, token, scene.now + after).text


def picture(scene: Scene, token: str, after: timedelta = timedelta()) -> bytes:
    with scene.database.read() as session:
        return links.picture(session, scene.blobs, token, scene.now + after)


def test_a_link_opens_its_message_and_its_picture_and_is_kept_as_a_hash_only(
    scene: Scene, delivery: Delivery
) -> None:
    token = token_of(made(scene, delivery))
    assert opened(scene, token) == "Possible match #0001"
    assert picture(scene, token) == b"jpeg"
    with scene.database.read() as session:
        assert token not in session.scalars(select(DeliveryLink.token_hash)).one()


def test_a_look_at_it_for_a_preview_is_no_reading(scene: Scene, delivery: Delivery) -> None:
    token = token_of(made(scene, delivery))
    with scene.database.read() as session:
        assert links.look(session, token, scene.now).text == "Possible match #0001"
    with scene.database.read() as session:
        assert session.scalars(select(DeliveryLink.n_opened)).one() == 0
        assert session.get_one(Delivery, delivery.id).read_at is None


def test_who_opened_it_first_is_on_record_once(scene: Scene, delivery: Delivery) -> None:
    token = token_of(made(scene, delivery))
    opened(scene, token)
    opened(scene, token)
    with scene.database.read() as session:
        assert session.scalars(select(DeliveryLink.n_opened)).one() == 2
        assert len(session.scalars(select(Event).where(Event.kind == "link.opened")).all()) == 1
        assert session.get_one(Delivery, delivery.id).read_at == scene.now


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 2_000])
def test_a_link_that_nobody_made_opens_nothing(scene: Scene, delivery: Delivery, token: str) -> None:
    for open_it in (opened, picture):
        with pytest.raises(PictureGone):
            open_it(scene, token)


def test_it_ends_when_the_group_may_not_look_at_it_any_more(scene: Scene, delivery: Delivery) -> None:
    token = token_of(made(scene, delivery))
    assert picture(scene, token, timedelta(hours=11, minutes=59))
    for open_it in (opened, picture):
        with pytest.raises(PictureGone):
            open_it(scene, token, timedelta(hours=12))


@pytest.mark.parametrize(
    ("state", "opens"),
    [
        *(("sending", True), ("sent", True), ("unknown", True)),
        *(("queued", False), ("expired", False), ("failed", False), ("withdrawn", False)),
    ],
)
def test_it_opens_wherever_the_message_may_stand(scene: Scene, delivery: Delivery, state: str, opens: bool) -> None:
    token = token_of(made(scene, delivery))
    with scene.database.write() as session:
        session.get_one(Delivery, delivery.id).state = state
    with nullcontext() if opens else pytest.raises(PictureGone):
        assert picture(scene, token) == b"jpeg"


def test_a_withdrawal_ends_every_link_in_the_moment_it_is_decided(scene: Scene, delivery: Delivery) -> None:
    tokens = [token_of(made(scene, delivery)) for _try in range(2)]
    assert delivery.hit_id
    scene.decide(delivery.hit_id, "rejected")
    for token in tokens:
        for open_it in (opened, picture):
            with pytest.raises(PictureGone):
                open_it(scene, token)


def test_it_opens_nothing_once_the_person_is_not_looked_for_any_more(scene: Scene, delivery: Delivery) -> None:
    token = token_of(made(scene, delivery))
    with scene.database.write() as session:
        session.get_one(Person, scene.person_id).suspended_at = scene.now
    with pytest.raises(PictureGone):
        opened(scene, token)
