"""What a chat is handed: words, buttons, whom it rings, what it follows; a picture or a link to one."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from patrol.dispatch.desk import Desk
from patrol.dispatch.drawing import draw
from patrol.dispatch.messages import message_of
from patrol.store.tables import Decision, Delivery, GroupChat, Member
from patrol.values import Message, Site
from tests.dispatch.scene import Scene

DESK = Desk(public_url="https://patrol.example")
SITE = Site("mall", "East Mall", 31.23, 121.47, "Asia/Shanghai")
ROOM = "https://matrix.example/!gate:example"


@pytest.fixture
def gate(scene: Scene) -> str:
    scene.group("gate")
    with scene.database.write() as session:
        session.add(GroupChat(group_id="gate", kind="matrix", address=ROOM, secret="m", position=1))
    return "gate"


def delivery(scene: Scene, kind_of_chat: str = "matrix", policy: str = "upper_body", **more: Any) -> Delivery:
    hit_id = scene.confirmed_hit()
    with scene.database.write() as session:
        chat = session.scalars(select(GroupChat).where(GroupChat.kind == kind_of_chat)).one()
        chat.group.picture_policy = policy
        decision = session.scalars(select(Decision).where(Decision.hit_id == hit_id)).one()
        fields: dict[str, Any] = {"kind": "hit", "text": "Possible match #0001", "part": "hit"} | more
        made = Delivery(
            decision_id=decision.id,
            verdict="confirmed",
            hit_id=hit_id,
            group_id="gate",
            chat_id=chat.id,
            lane=1,
            next_try_at=scene.now,
            expires_at=scene.now,
            created_at=scene.now,
            **fields,
        )
        session.add(made)
    return made


def message(scene: Scene, made: Delivery, jpeg: bytes | None = b"jpeg") -> Message:
    with scene.database.write() as session:
        return message_of(session, session.get_one(Delivery, made.id), DESK, jpeg)


def drawn(scene: Scene, made: Delivery) -> bytes | None:
    with scene.database.read() as session:
        return draw(session, scene.blobs, session.get_one(Delivery, made.id))


def test_it_carries_text_number_and_picture_under_the_deliverys_key(scene: Scene, gate: str) -> None:
    made = delivery(scene)
    said = message(scene, made)
    assert (said.key, said.text, said.hit_number, said.picture_jpeg) == (
        str(made.id),
        "Possible match #0001",
        1,
        b"jpeg",
    )
    assert said.in_reply_to is None


def test_those_on_the_roster_are_rung_where_their_id_is_known_and_who_left_is_not(scene: Scene, gate: str) -> None:
    with scene.database.write() as session:
        for name, identities, left in (
            ("Gus", {"matrix": "@gus:example"}, None),
            ("Ann", {"matrix": "@ann:example", "telegram": "7"}, None),
            ("Old", {"matrix": "@old:example"}, scene.now),
            ("Tel", {"telegram": "8"}, None),
        ):
            session.add(
                Member(group_id=gate, name=name, identities=identities, created_at=scene.now, removed_at=left)
            )
    assert message(scene, delivery(scene)).mentions == ("@ann:example", "@gus:example")
    assert message(scene, delivery(scene, part="picture")).mentions == ()
    assert message(scene, delivery(scene, kind="status")).mentions == ()


def test_the_page_gets_a_button_for_every_answer(scene: Scene, gate: str) -> None:
    kinds = [button.kind for button in message(scene, delivery(scene, "page")).buttons]
    assert kinds == ["seen", "on_my_way", "sighted", "not_him", "cannot_go", "need_help", "stopped", "gone"]
    assert message(scene, delivery(scene, "page", kind="status")).buttons == ()


def test_an_update_follows_the_first_message_where_that_stands_in_the_same_chat(scene: Scene, gate: str) -> None:
    first = delivery(scene, message_ref="$first")
    assert message(scene, delivery(scene, updates_id=first.id)).in_reply_to == "$first"
    assert message(scene, delivery(scene, "page", updates_id=first.id)).in_reply_to is None


def test_where_the_policy_is_a_link_the_picture_stays_here_and_the_text_says_where(scene: Scene, gate: str) -> None:
    made = delivery(scene, policy="link")
    said = message(scene, made, drawn(scene, made))
    assert said.picture_jpeg is None
    assert "https://patrol.example/h/" in said.text
    page = delivery(scene, "page", policy="link")
    assert message(scene, page, drawn(scene, page)).picture_jpeg is not None, "the page is behind a link already"


def test_a_hit_and_a_drill_end_with_the_duty_desks_number_and_a_withdrawal_does_not(scene: Scene, gate: str) -> None:
    desk = Desk(sites=lambda: (replace(SITE, duty_phone="021-110"),), duty_phone="110")
    for kind, has_number in (("hit", True), ("withdraw", False)):
        made = delivery(scene, kind=kind)
        with scene.database.write() as session:
            said = message_of(session, session.get_one(Delivery, made.id), desk, None)
        assert (said.text.splitlines()[-1] == "Duty desk 021-110") == has_number


def test_where_the_policy_is_text_nothing_is_drawn(scene: Scene, gate: str) -> None:
    made = delivery(scene, policy="text")
    assert drawn(scene, made) is None
    assert message(scene, made, None).text == "Possible match #0001"


@pytest.mark.parametrize(("kind", "part"), [("status", "hit"), ("withdraw", "withdraw"), ("hit", "text")])
def test_only_a_hits_own_message_has_a_picture(scene: Scene, gate: str, kind: str, part: str) -> None:
    assert drawn(scene, delivery(scene, kind=kind, part=part)) is None
    assert drawn(scene, delivery(scene)) is not None
