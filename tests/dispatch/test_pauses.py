"""The stop button, tried with a real sender: what is paused stays, and what is overdue by then never leaves."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from patrol.dispatch import pauses, stories
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.pauses import PauseRefused, PauseUnknown
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery, Event, Pause
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import Scene, scene_in


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, clock: Clock) -> Scene:
    return scene_in(any_database, blobs, clock.now)


def pause(scene: Scene, clock: Clock, scope: str = "all", ref: object = None, *, minutes: float = 5) -> uuid.UUID:
    with scene.database.write() as session:
        row = pauses.pause(
            session,
            scope=scope,  # type: ignore[arg-type]
            ref=None if ref is None else str(ref),
            reason="fire alarm",
            ends_at=clock.now + timedelta(minutes=minutes),
            by="ada",
            now=clock.now,
        )
        return row.id


def resume(scene: Scene, clock: Clock, pause_id: uuid.UUID) -> None:
    with scene.database.write() as session:
        pauses.resume(session, pause_id, "ada", clock.now)


def standing(scene: Scene, clock: Clock) -> list[uuid.UUID]:
    with scene.database.read() as session:
        return [row.id for row in pauses.standing(session, clock.now)]


def test_while_everything_is_paused_no_hit_leaves_and_then_it_does(
    scene: Scene, sender: Sender, clock: Clock
) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    pause_id = pause(scene, clock)
    run(sender)
    assert scene.states() == [("gate", "hit", "queued")]
    clock.forward(60)
    resume(scene, clock, pause_id)
    run(sender)
    assert scene.states() == [("gate", "hit", "sent")]


def test_a_pause_ends_by_itself(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    pause(scene, clock, minutes=5)
    clock.forward(299)
    run(sender)
    assert scene.states() == [("gate", "hit", "queued")]
    clock.forward(1)
    run(sender)
    assert scene.states() == [("gate", "hit", "sent")]
    assert standing(scene, clock) == []


def test_resuming_never_sends_what_is_overdue(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate", ChatDraft("matrix", "https://example.org/!room", "m"))
    scene.confirmed_hit()
    run_routing(sender)
    pause_id = pause(scene, clock, minutes=30)
    clock.forward(601)
    resume(scene, clock, pause_id)
    run(sender)
    assert {state for _group, _kind, state in scene.states()} == {"expired"}


def test_what_expires_while_it_is_paused_is_over_before_anybody_resumes(
    scene: Scene, sender: Sender, clock: Clock
) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    run_routing(sender)
    pause(scene, clock, minutes=30)
    clock.forward(601)
    run(sender)
    assert scene.states() == [("gate", "hit", "expired")]


def run_routing(sender: Sender) -> None:
    while sender.route_once():
        pass


def test_a_withdrawal_leaves_while_everything_is_paused(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    run(sender)
    pause(scene, clock)
    scene.decide(hit_id, "rejected")
    run(sender)
    assert scene.states() == [("gate", "hit", "withdrawn"), ("gate", "withdraw", "sent")]


@pytest.mark.parametrize(
    ("scope", "ref", "is_held"),
    [
        ("site", "mall", True),
        ("site", "airport", False),
        ("watchlist", "watchlist_id", True),
        ("person", "person_id", True),
    ],
)
def test_a_pause_holds_back_what_it_names(
    scene: Scene, sender: Sender, clock: Clock, scope: str, ref: str, is_held: bool
) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    pause(scene, clock, scope, getattr(scene, ref, ref))
    run(sender)
    assert scene.states() == [("gate", "hit", "queued" if is_held else "sent")]


def test_two_pauses_hold_until_the_last_has_ended(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    first, second = pause(scene, clock), pause(scene, clock, "site", "mall")
    assert set(standing(scene, clock)) == {first, second}
    resume(scene, clock, first)
    run(sender)
    assert scene.states() == [("gate", "hit", "queued")]
    resume(scene, clock, second)
    run(sender)
    assert scene.states() == [("gate", "hit", "sent")]


@pytest.mark.parametrize("kind", ["withdraw", "status", "alarm", "test"])
def test_what_calls_people_off_or_tells_of_the_machine_is_never_held_back(
    scene: Scene, clock: Clock, kind: str
) -> None:
    assert kind not in pauses.HELD_BACK
    pause(scene, clock)
    scene.group("gate")
    with scene.database.write() as session:
        row = Delivery(id=uuid.uuid4(), kind=kind, group_id="gate", chat=scene.page_chat(session, "gate"), lane=2)
        row.next_try_at = row.created_at = clock.now
        row.expires_at = clock.now + timedelta(minutes=5)
        session.add(row)
        session.flush()
        held = session.scalars(select(Delivery.id).where(pauses.is_paused(Delivery)), {"now": clock.now}).all()
    assert held == []


@pytest.mark.parametrize(("site_id", "is_held"), [("mall", True), ("airport", False), (None, False)])
def test_a_sites_pause_holds_back_the_drills_of_its_groups(
    scene: Scene, clock: Clock, site_id: str | None, is_held: bool
) -> None:
    scene.group("gate", site_id=site_id)
    pause(scene, clock, "site", "mall")
    with scene.database.write() as session:
        row = Delivery(id=uuid.uuid4(), kind="drill", group_id="gate", chat=scene.page_chat(session, "gate"), lane=1)
        row.next_try_at = row.created_at = clock.now
        row.expires_at = clock.now + timedelta(minutes=5)
        session.add(row)
        session.flush()
        held = session.scalars(select(Delivery.id).where(pauses.is_paused(Delivery)), {"now": clock.now}).all()
        assert bool(held) == is_held
        if is_held:
            assert stories.waits_for(session, row, clock.now).code == "is_paused"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": "  "}, "no_reason"),
        ({"reason": "x" * 501}, "no_reason"),
        ({"minutes": 0}, "bad_end"),
        ({"minutes": 24 * 60 + 1}, "bad_end"),
        ({"scope": "site"}, "names_nothing"),
        ({"ref": "mall"}, "names_nothing"),
        ({"scope": "watchlist", "ref": "no id"}, "unknown_ref"),
        ({"scope": "person", "ref": str(uuid.uuid4())}, "unknown_ref"),
    ],
)
def test_a_pause_says_what_why_and_until_when(scene: Scene, clock: Clock, given: dict[str, Any], code: str) -> None:
    asked = {"scope": "all", "ref": None, "reason": "fire alarm", "minutes": 5, **given}
    ends_at = clock.now + timedelta(minutes=asked.pop("minutes"))
    with scene.database.write() as session, pytest.raises(PauseRefused) as refused:
        pauses.pause(session, **asked, ends_at=ends_at, by="ada", now=clock.now)
    assert refused.value.code == code
    assert refused.value.say("zh") != refused.value.say("en") == str(refused.value)


def test_only_a_pause_that_exists_is_ended_and_only_once(scene: Scene, clock: Clock) -> None:
    with scene.database.write() as session, pytest.raises(PauseUnknown):
        pauses.resume(session, uuid.uuid4(), "ada", clock.now)
    pause_id = pause(scene, clock)
    resume(scene, clock, pause_id)
    ended_at = clock.now
    clock.forward(10)
    resume(scene, clock, pause_id)
    with scene.database.read() as session:
        row = session.get_one(Pause, pause_id)
        assert (row.ended_at, row.ended_by) == (ended_at, "ada")
        kinds = session.scalars(select(Event.kind).where(Event.subject == f"pause:{pause_id}").order_by(Event.seq))
        assert list(kinds) == ["pause.started", "pause.ended"]


def test_what_is_paused_is_said_by_its_name(scene: Scene, clock: Clock) -> None:
    ids = [
        pause(scene, clock),
        pause(scene, clock, "site", "mall"),
        pause(scene, clock, "watchlist", scene.watchlist_id),
        pause(scene, clock, "person", scene.person_id),
    ]
    with scene.database.read() as session:
        said = [pauses.said(session, session.get_one(Pause, id), "en") for id in ids]
    assert said == ["everything", "site mall", "list Pickpockets", "entry Wanda Unlucky"]


def test_a_pause_of_a_site_is_an_event_of_that_site(scene: Scene, clock: Clock) -> None:
    pause(scene, clock, "site", "mall")
    with scene.database.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "pause.started")).one()
    assert (event.site_id, event.actor) == ("mall", "user:ada")
    assert "fire" not in str(event.body)
