"""One hit to one group: its page always, its first chat in use, and the next one where that fails."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from patrol.dispatch import telling
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.plan import Candidate
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Decision, Delivery, Group, GroupChat, Hit
from tests.dispatch.scene import Scene, scene_in

HOOK = ChatDraft("webhook", "https://example.org/hook", "h")
MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")
ROBOT = ChatDraft("wecom_robot", "", "w")


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, now: datetime) -> Scene:
    return scene_in(any_database, blobs, now)


def tell(
    scene: Scene, hit_id: uuid.UUID, *, group: str = "gate", seconds: float = 0, candidate: Candidate | None = None
) -> list[tuple[str, str]]:
    """(kind of chat, part) of every delivery made; the hit expires after ten minutes."""
    with scene.database.write() as session:
        hit, now = session.get_one(Hit, hit_id), scene.now + timedelta(seconds=seconds)
        decision = decision_of(session, hit_id)
        until = scene.now + timedelta(seconds=600)
        made = telling.tell(session, hit, decision, session.get_one(Group, group), now, until, candidate=candidate)
        return [(row.chat.kind, row.part) for row in made]


def decision_of(session: Session, hit_id: uuid.UUID) -> Decision:
    newest = select(Decision).where(Decision.hit_id == hit_id).order_by(Decision.round.desc()).limit(1)
    return session.scalars(newest).one()


def become(scene: Scene, state: str, kind: str, *, ended: bool = True, part: str | None = None) -> None:
    """What became of everything that was queued for a kind of chat."""
    chats = select(GroupChat.id).where(GroupChat.kind == kind)
    rows = update(Delivery).where(Delivery.chat_id.in_(chats), *([Delivery.part == part] if part else []))
    with scene.database.write() as session:
        session.execute(rows.values(state=state, ended_at=scene.now if ended else None))


def pass_on(scene: Scene, kind: str, *, seconds: float = 60) -> list[tuple[str, str]]:
    """Let the next chat take over from this one."""
    with scene.database.write() as session:
        rows = select(Delivery).join(Delivery.chat).where(GroupChat.kind == kind, Delivery.kind == "hit")
        failed = session.scalars(rows.order_by(Delivery.part.desc()).limit(1)).one()
        made = telling.tell_by_next_chat(session, failed, scene.now + timedelta(seconds=seconds))
        return [(row.chat.kind, row.part) for row in made]


def rows_of(scene: Scene, kind: str) -> Sequence[Delivery]:
    return [row for row in scene.deliveries() if row.chat.kind == kind]


def test_a_group_without_another_chat_reads_the_hit_on_its_page(scene: Scene) -> None:
    scene.group("gate")
    assert tell(scene, scene.confirmed_hit()) == [("page", "hit")]


def test_beside_the_page_the_first_chat_carries_the_hit(scene: Scene) -> None:
    scene.group("gate", MATRIX, HOOK)
    assert tell(scene, scene.confirmed_hit()) == [("page", "hit"), ("matrix", "hit")]


def test_a_platform_without_captions_gets_a_text_and_then_the_picture(scene: Scene) -> None:
    scene.group("gate", ROBOT)
    assert tell(scene, scene.confirmed_hit()) == [
        ("page", "hit"),
        ("wecom_robot", "text"),
        ("wecom_robot", "picture"),
    ]


@pytest.mark.parametrize("policy", ["text", "link"])
def test_a_group_that_gets_no_pictures_gets_one_text(scene: Scene, policy: str) -> None:
    scene.group("gate", ROBOT, picture_policy=policy)
    assert tell(scene, scene.confirmed_hit()) == [("page", "hit"), ("wecom_robot", "text")]


def test_a_group_that_holds_the_hit_is_not_told_again(scene: Scene) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    assert tell(scene, hit_id) != []
    assert tell(scene, hit_id) == []


@pytest.mark.parametrize("state", ["failed", "expired", "withdrawn"])
def test_a_group_that_the_hit_never_reached_may_be_told_again_by_another_decision(scene: Scene, state: str) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    tell(scene, hit_id)
    become(scene, state, "page")
    scene.decide(hit_id, "confirmed")
    assert tell(scene, hit_id) == [("page", "hit")]


@pytest.mark.parametrize("state", ["expired", "failed", "withdrawn"])
def test_a_group_that_the_hit_never_reached_may_be_told_again_by_the_same_decision(scene: Scene, state: str) -> None:
    scene.group("gate", MATRIX, HOOK)
    hit_id = scene.confirmed_hit()
    tell(scene, hit_id)
    for kind in ("page", "matrix"):
        become(scene, state, kind)
    assert tell(scene, hit_id, seconds=10) == [("page", "hit"), ("matrix", "hit")]
    assert sorted(row.revision for row in rows_of(scene, "matrix")) == [0, 1]
    with scene.database.write() as session:
        again = session.scalars(
            select(Delivery).join(Delivery.chat).where(GroupChat.kind == "matrix", Delivery.revision == 1)
        ).one()
        again.state, again.ended_at = "failed", scene.now
        session.flush()
        made = telling.tell_by_next_chat(session, again, scene.now + timedelta(seconds=60))
        assert [(row.chat.kind, row.revision) for row in made] == [("webhook", 1)]


def test_what_was_told_anew_in_its_chat_is_carried_there(scene: Scene) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    tell(scene, hit_id)
    for kind in ("page", "matrix"):
        become(scene, "failed", kind)
    tell(scene, hit_id)
    first, again = sorted(rows_of(scene, "matrix"), key=lambda row: row.revision)
    with scene.database.read() as session:
        assert telling.is_carried_elsewhere(session, first)
        assert not telling.is_carried_elsewhere(session, again)


def test_each_row_keeps_how_near_the_group_is(scene: Scene) -> None:
    scene.group("gate", MATRIX)
    tell(scene, scene.confirmed_hit(), candidate=Candidate("gate", "Gate", "guards", "covers_floor", 2.5, 40.0))
    assert {(row.walk_min, row.distance_m) for row in scene.deliveries()} == {(2.5, 40.0)}


def test_the_first_chat_has_a_minute_and_the_page_the_whole_time(scene: Scene) -> None:
    scene.group("gate", MATRIX, HOOK)
    tell(scene, scene.confirmed_hit())
    [page], [matrix] = rows_of(scene, "page"), rows_of(scene, "matrix")
    assert page.expires_at - scene.now == timedelta(seconds=600)
    assert matrix.expires_at - scene.now == telling.NEXT_CHAT_AFTER


def test_the_only_chat_has_the_whole_time(scene: Scene) -> None:
    scene.group("gate", MATRIX)
    tell(scene, scene.confirmed_hit())
    assert {row.expires_at - scene.now for row in scene.deliveries()} == {timedelta(seconds=600)}


def test_a_broken_chat_is_left_out_where_there_is_another(scene: Scene) -> None:
    scene.group("gate", MATRIX, HOOK)
    with scene.database.write() as session:
        session.execute(update(GroupChat).where(GroupChat.kind == "matrix").values(broken_at=scene.now))
    assert tell(scene, scene.confirmed_hit()) == [("page", "hit"), ("webhook", "hit")]


def test_a_broken_chat_is_tried_where_there_is_no_other(scene: Scene) -> None:
    scene.group("gate", MATRIX)
    with scene.database.write() as session:
        session.execute(update(GroupChat).where(GroupChat.kind == "matrix").values(broken_at=scene.now))
    assert tell(scene, scene.confirmed_hit()) == [("page", "hit"), ("matrix", "hit")]


def test_a_chat_that_was_taken_out_is_not_told(scene: Scene) -> None:
    scene.group("gate", MATRIX)
    with scene.database.write() as session:
        session.execute(update(GroupChat).where(GroupChat.kind == "matrix").values(removed_at=scene.now))
    assert tell(scene, scene.confirmed_hit()) == [("page", "hit")]


@pytest.mark.parametrize("state", ["failed", "expired", "unknown"])
def test_the_next_chat_takes_over_from_one_that_did_not_deliver(scene: Scene, state: str) -> None:
    scene.group("gate", MATRIX, HOOK, ROBOT)
    tell(scene, scene.confirmed_hit())
    become(scene, state, "matrix")
    assert pass_on(scene, "matrix") == [("webhook", "hit")]
    [hook] = rows_of(scene, "webhook")
    assert hook.expires_at == scene.now + timedelta(seconds=60) + telling.NEXT_CHAT_AFTER
    assert pass_on(scene, "matrix") == []  # the next one is at it
    become(scene, "failed", "webhook")
    assert pass_on(scene, "webhook", seconds=120) == [("wecom_robot", "text"), ("wecom_robot", "picture")]
    assert {row.expires_at - scene.now for row in rows_of(scene, "wecom_robot")} == {timedelta(seconds=600)}
    become(scene, "failed", "wecom_robot")
    assert pass_on(scene, "wecom_robot", seconds=130) == []  # every chat was tried


def test_a_text_and_its_picture_pass_on_once(scene: Scene) -> None:
    scene.group("gate", ROBOT, HOOK)
    tell(scene, scene.confirmed_hit())
    become(scene, "failed", "wecom_robot", part="text")
    assert pass_on(scene, "wecom_robot") == []  # its picture is still on its way
    become(scene, "failed", "wecom_robot", part="picture")
    assert pass_on(scene, "wecom_robot") == [("webhook", "hit")]
    assert pass_on(scene, "wecom_robot") == []


def test_what_may_still_arrive_is_not_told_by_another_chat(scene: Scene) -> None:
    scene.group("gate", ROBOT, HOOK)
    tell(scene, scene.confirmed_hit())
    become(scene, "failed", "wecom_robot", part="text")
    become(scene, "unknown", "wecom_robot", ended=False, part="picture")
    assert pass_on(scene, "wecom_robot") == []


def test_nothing_is_passed_on_after_the_hits_own_time(scene: Scene) -> None:
    scene.group("gate", MATRIX, HOOK)
    tell(scene, scene.confirmed_hit())
    become(scene, "expired", "matrix")
    assert pass_on(scene, "matrix", seconds=600) == []


def test_what_was_taken_back_meanwhile_is_not_passed_on(scene: Scene) -> None:
    scene.group("gate", MATRIX, HOOK)
    hit_id = scene.confirmed_hit()
    tell(scene, hit_id)
    scene.decide(hit_id, "rejected")
    become(scene, "failed", "matrix")
    assert pass_on(scene, "matrix") == []


def test_a_page_has_no_next_chat(scene: Scene) -> None:
    scene.group("gate", MATRIX, HOOK)
    tell(scene, scene.confirmed_hit())
    become(scene, "failed", "page")
    become(scene, "failed", "matrix")
    assert pass_on(scene, "page") == []


def test_what_was_forwarded_stays_so_in_the_next_chat(scene: Scene) -> None:
    scene.group("gate", MATRIX, HOOK)
    tell(scene, scene.confirmed_hit(), candidate=Candidate("gate", "Gate", "guards", "near", None, 12.0))
    with scene.database.write() as session:
        session.execute(update(Delivery).values(forwarded_by="user:ada"))
    become(scene, "failed", "matrix")
    pass_on(scene, "matrix")
    [hook] = rows_of(scene, "webhook")
    assert (hook.forwarded_by, hook.distance_m) == ("user:ada", 12.0)


def test_an_update_names_the_first_message_of_its_case_in_the_same_chat(scene: Scene) -> None:
    scene.group("gate", ROBOT)
    first, second = scene.confirmed_hit(), scene.confirmed_hit()
    episode_id = scene.case(first, second)
    tell(scene, first)
    tell(scene, second, seconds=5)
    opened = {row.chat_id: row.id for row in scene.deliveries(first) if row.part != "picture"}
    updates = scene.deliveries(second)
    assert {row.updates_id for row in scene.deliveries(first)} == {None}
    assert all(row.updates_id == opened[row.chat_id] for row in updates)
    assert {row.episode_id for row in updates} == {episode_id}


def test_who_holds_a_case_is_known_until_it_is_withdrawn(scene: Scene) -> None:
    scene.group("gate")
    scene.group("exit")
    hit_id = scene.confirmed_hit()
    episode_id = scene.case(hit_id)
    tell(scene, hit_id)
    tell(scene, hit_id, group="exit")
    with scene.database.write() as session:
        assert telling.holding(session, episode_id) == ["exit", "gate"]
        gate = session.scalars(select(Delivery).where(Delivery.group_id == "gate")).one()
        gate.state = "withdrawn"
        session.flush()
        assert telling.holding(session, episode_id) == ["exit"]
