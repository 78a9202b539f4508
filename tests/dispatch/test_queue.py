"""Decisions become deliveries, once, and a decision that takes the yes back becomes withdrawals."""

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from patrol.dispatch.desk import Desk
from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.explanations import outcomes_of
from patrol.dispatch.plan import Plans
from patrol.dispatch.queue import AT_ONCE, HIT_NOT_DELIVERED, NOBODY, fan_out
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Alarm, Delivery, Event, Hit, Routing, Watchlist
from tests.dispatch.conftest import Clock, run
from tests.dispatch.scene import FakeChats, Scene, scene_in

MATRIX = ChatDraft("matrix", "https://example.org/!room", "m")
ROBOT = ChatDraft("wecom_robot", "", "w")


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, now: datetime) -> Scene:
    """What the queue promises holds on SQLite and on PostgreSQL."""
    return scene_in(any_database, blobs, now)


def route(scene: Scene, *, seconds: float = 0) -> int:
    with scene.database.write() as session:
        return fan_out(session, scene.blobs, Plans(Desk()), scene.now + timedelta(seconds=seconds), deadline_s=600)


def outcomes(scene: Scene) -> list[str]:
    with scene.database.read() as session:
        return list(session.scalars(select(Routing.outcome).order_by(Routing.routed_at, Routing.outcome)))


def test_without_decisions_there_is_nothing_to_route(scene: Scene) -> None:
    scene.group("gate")
    scene.hit()
    assert route(scene) == 0
    assert scene.deliveries() == []


def test_a_confirmed_hit_is_queued_for_the_page_and_the_first_chat_of_a_group_near(scene: Scene) -> None:
    scene.group("gate", MATRIX)
    scene.group("exit", ROBOT)
    hit_id = scene.confirmed_hit()
    assert route(scene) == 1
    queued = scene.deliveries(hit_id)
    assert sorted((row.group_id, row.chat.kind, row.part) for row in queued) == [
        ("exit", "page", "hit"),
        ("exit", "wecom_robot", "picture"),
        ("exit", "wecom_robot", "text"),
        ("gate", "matrix", "hit"),
        ("gate", "page", "hit"),
    ]
    assert {row.state for row in queued} == {"queued"}
    assert {row.expires_at for row in queued} == {scene.now + timedelta(seconds=600)}


def test_a_decision_is_read_once(scene: Scene) -> None:
    scene.group("gate")
    scene.confirmed_hit()
    assert [route(scene), route(scene)] == [1, 0]
    assert len(scene.deliveries()) == 1


@pytest.mark.parametrize("verdict", ["rejected", "unsure"])
def test_a_hit_without_a_yes_is_never_sent(scene: Scene, sender: Sender, verdict: str) -> None:
    scene.group("gate")
    scene.decide(scene.hit(), verdict)
    run(sender)
    assert scene.deliveries() == []
    assert outcomes(scene) == ["nothing_to_do"]


def test_nothing_leaves_before_its_release(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    scene.decide(hit_id, "confirmed", release_at=scene.now + timedelta(seconds=10))
    run(sender)
    assert scene.deliveries() == []
    clock.forward(10)
    run(sender)
    assert scene.states() == [("gate", "hit", "sent")]


def test_an_unread_older_yes_does_not_send_the_newest_before_its_release(
    scene: Scene, sender: Sender, clock: Clock
) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    scene.decide(hit_id, "rejected")
    scene.decide(hit_id, "confirmed", release_at=scene.now + timedelta(seconds=10))
    run(sender)
    assert scene.deliveries() == []
    clock.forward(10)
    run(sender)
    assert scene.states() == [("gate", "hit", "sent")]


def test_a_yes_undone_before_its_release_is_never_sent(scene: Scene, sender: Sender, clock: Clock) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    scene.decide(hit_id, "confirmed", release_at=scene.now + timedelta(seconds=10))
    scene.decide(hit_id, "rejected")
    clock.forward(10)
    run(sender)
    assert scene.deliveries() == []


def test_a_rejection_withdraws_what_was_sent_and_stops_what_was_not(
    scene: Scene, sender: Sender, chats: FakeChats
) -> None:
    scene.group("gate", MATRIX)
    scene.group("exit", ChatDraft("webhook", "https://example.org/hook", "h"))
    hit_id = scene.confirmed_hit()
    sender.route_once()
    run_kind(sender, "matrix", "page")  # the webhook's message is still in the queue
    scene.decide(hit_id, "rejected")
    run(sender)
    assert scene.states(hit_id) == [
        ("exit", "hit", "withdrawn"),
        ("exit", "hit", "withdrawn"),
        ("exit", "withdraw", "sent"),
        ("gate", "hit", "withdrawn"),
        ("gate", "hit", "withdrawn"),
        ("gate", "withdraw", "sent"),
        ("gate", "withdraw", "sent"),
    ]
    matrix = chats.opened["matrix", MATRIX.address]
    assert [sent.message_ref for sent, _notice in matrix.withdrawn] == [f"ref-{matrix.sent[0].key}"]
    assert ("webhook", "https://example.org/hook") not in chats.opened


def run_kind(sender: Sender, *kinds: str) -> None:
    while sender.send_once(kinds):
        pass


def test_a_rejection_stops_a_message_that_no_sender_has_read_it_for_yet(scene: Scene, sender: Sender) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    sender.route_once()
    scene.decide(hit_id, "rejected")
    assert not sender.send_once()
    assert scene.states(hit_id) == [("gate", "hit", "queued")]


def test_a_second_confirmation_tells_nobody_twice(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.group("exit")
    scene.decide(hit_id, "confirmed")
    run(sender)
    assert sorted(row.group_id for row in scene.deliveries(hit_id)) == ["exit", "gate", "gate"]
    assert len(chats.opened["matrix", MATRIX.address].sent) == 1


def test_a_hit_confirmed_again_after_its_withdrawal_is_sent_again_behind_it(
    scene: Scene, sender: Sender, chats: FakeChats, clock: Clock
) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    route(scene, seconds=1)
    scene.decide(hit_id, "confirmed")
    route(scene, seconds=2)
    clock.forward(3)
    run(sender)
    scene.decide(hit_id, "unsure")
    run(sender)
    matrix = chats.opened["matrix", MATRIX.address]
    assert (len(matrix.sent), len(matrix.withdrawn)) == (2, 2)
    assert {state for _group, kind, state in scene.states(hit_id) if kind == "hit"} == {"withdrawn"}


def test_a_yes_taken_back_and_given_again_unread_is_sent_once(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    scene.group("gate", MATRIX)
    hit_id = scene.confirmed_hit()
    route(scene)
    scene.decide(hit_id, "rejected")
    scene.decide(hit_id, "confirmed")
    run(sender)
    assert {state for _group, _kind, state in scene.states(hit_id)} == {"sent"}
    assert len(chats.opened["matrix", MATRIX.address].sent) == 1


def test_one_withdrawal_is_said_for_a_text_and_its_picture(scene: Scene, sender: Sender, chats: FakeChats) -> None:
    scene.group("gate", ROBOT)
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    run(sender)
    robot = chats.opened["wecom_robot", ""]
    assert [bool(message.picture_jpeg) for message in robot.sent] == [False, True]
    assert len(robot.withdrawn) == 1
    assert [state for _group, _kind, state in scene.states(hit_id)].count("withdrawn") == 3


def test_where_nobody_is_to_be_told_an_alarm_sounds_until_somebody_is(scene: Scene) -> None:
    hit_id = scene.confirmed_hit()
    assert [route(scene), route(scene, seconds=1)] == [0, 0]
    assert open_alarms(scene) == [NOBODY]
    with scene.database.read() as session:
        assert outcomes_of(session, [hit_id]) == {}  # nothing has come of it yet
    scene.group("gate")
    assert route(scene, seconds=2) == 1
    assert open_alarms(scene) == []
    assert scene.states(hit_id) == [("gate", "hit", "queued")]


def test_those_with_nobody_to_tell_hold_up_no_other_and_all_have_their_turn(scene: Scene) -> None:
    scene.group("gate")
    for_nobody(scene, 2 * AT_ONCE + 3)
    route(scene)
    hit_id = scene.confirmed_hit()
    assert sum(route(scene) for _turn in range(3)) == 1
    assert scene.states(hit_id) == [("gate", "hit", "queued")]
    assert outcomes(scene).count("waiting") == 2 * AT_ONCE + 3
    later = scene.confirmed_hit()
    assert route(scene, seconds=1) == 1
    assert scene.states(later) == [("gate", "hit", "queued")]
    scene.group("flats", level="residents")
    assert sum(route(scene, seconds=2) for _turn in range(3)) == 2 * AT_ONCE + 3


def test_a_withdrawal_is_read_before_those_with_nobody_to_tell(scene: Scene) -> None:
    scene.group("gate")
    told = scene.confirmed_hit()
    route(scene)
    for_nobody(scene, AT_ONCE + 1)
    scene.decide(told, "rejected")
    assert route(scene) == 1
    assert scene.states(told) == [("gate", "hit", "withdrawn")]


def for_nobody(scene: Scene, n: int) -> None:
    """Confirmed hits of a list that tells residents only."""
    with scene.database.write() as session:
        list_of_theirs = Watchlist(
            name="Lost children",
            category="missing",
            reason="asked to",
            owner="Inspector Li",
            levels=["residents"],
            created_at=scene.now,
            created_by="ada",
            ends_at=scene.now + timedelta(days=30),
        )
        session.add(list_of_theirs)
        session.flush()
        list_id = list_of_theirs.id
    for _ in range(n):
        hit_id = scene.hit()
        with scene.database.write() as session:
            session.get_one(Hit, hit_id).watchlist_id = list_id
        scene.decide(hit_id, "confirmed")


def test_a_hit_nobody_could_be_told_of_in_time_leaves_the_queue(scene: Scene) -> None:
    scene.confirmed_hit()
    route(scene)
    route(scene, seconds=601)
    assert outcomes(scene) == ["nobody_near"]
    assert open_alarms(scene) == [HIT_NOT_DELIVERED]


def open_alarms(scene: Scene) -> list[str]:
    with scene.database.read() as session:
        return list(session.scalars(select(Alarm.code).where(Alarm.cleared_at.is_(None))))


@pytest.mark.parametrize(("hours", "outcome"), [(12, "delivered"), (12.1, "too_old")])
def test_a_yes_that_comes_a_shift_after_the_sighting_is_not_sent(scene: Scene, hours: float, outcome: str) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    scene.now += timedelta(hours=hours)
    scene.decide(hit_id, "confirmed")
    route(scene)
    assert outcomes(scene) == [outcome]
    with scene.database.read() as session:
        not_told = session.scalars(select(Event).where(Event.kind == "hit.not_told"))
        reasons = [event.body["reason"] for event in not_told]
    assert reasons == ([outcome] if outcome == "too_old" else [])


@pytest.mark.parametrize(
    ("group", "outcome"), [({"site_id": "airport"}, "delivered_far"), ({"is_default": True}, "delivered_default")]
)
def test_who_is_told_instead_of_those_who_cover_the_place_is_said_at_the_hit(
    scene: Scene, group: dict[str, Any], outcome: str
) -> None:
    scene.group("airport", position=(31.1443, 121.8083), **{"site_id": None, **group})
    hit_id = scene.confirmed_hit()
    route(scene)
    assert outcomes(scene) == [outcome]
    with scene.database.read() as session:
        [said] = session.scalars(select(Event).where(Event.kind == "hit.told_others"))
    assert (said.subject, said.site_id, said.body["reason"]) == (f"hit:{hit_id}", "mall", outcome)


def test_a_list_decides_which_levels_are_told_and_how_many_groups(scene: Scene) -> None:
    for n in range(3):
        scene.group(f"shop-{n}", level="shopkeepers")
    scene.group("gate")
    with scene.database.write() as session:
        watchlist = session.get_one(Watchlist, scene.watchlist_id)
        watchlist.levels, watchlist.tell_at_once = ["shopkeepers"], 2
    scene.confirmed_hit()
    route(scene)
    assert [row.group_id for row in scene.deliveries()] == ["shop-0", "shop-1"]


def test_a_group_that_is_off_shift_is_not_told(scene: Scene) -> None:
    scene.group(
        "gate", shifts={"weekly": [{"days": ["mon"], "from": "18:00", "to": "22:00"}]}, time_zone="Asia/Shanghai"
    )
    scene.group("exit")
    scene.confirmed_hit()  # on Monday, 09:30 in Shanghai
    route(scene)
    assert [row.group_id for row in scene.deliveries()] == ["exit"]


def test_what_was_decided_is_kept_with_its_reasons(scene: Scene) -> None:
    scene.group("gate", covers=({"site": "mall", "building": "north"},))
    scene.group("all")
    scene.group("shop", level="shopkeepers")
    scene.group("airport", position=(31.1443, 121.8083), site_id="airport")
    hit_id = scene.hit()
    with scene.database.write() as session:
        session.get_one(Hit, hit_id).building = "north"
    scene.decide(hit_id, "confirmed")
    route(scene)
    with scene.database.read() as session:
        [kept] = session.scalars(select(Routing.explanation))
    assert [(entry["part"], entry["group_id"], entry["why"]) for entry in kept] == [
        ("told", "gate", "covers_building"),
        ("told", "all", "covers_site"),
        ("refused", "shop", "level_not_allowed"),
    ]


def test_a_hit_of_a_recording_is_told_once_it_is_confirmed_and_says_what_it_is(scene: Scene, sender: Sender) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    with scene.database.write() as session:
        session.get_one(Hit, hit_id).origin = "replay"
    run(sender)
    assert scene.deliveries() == []
    scene.decide(hit_id, "confirmed")
    run(sender)
    assert outcomes(scene) == ["delivered"]
    assert all(row.text.startswith("FROM A RECORDING · Possible match #0001 · ") for row in scene.deliveries())


def test_what_a_recording_shows_of_yesterday_is_told_to_nobody(scene: Scene, sender: Sender) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    with scene.database.write() as session:
        hit = session.get_one(Hit, hit_id)
        hit.origin, hit.last_seen_at = "replay", scene.now - timedelta(hours=13)
    scene.decide(hit_id, "confirmed")
    run(sender)
    assert (scene.deliveries(), outcomes(scene)) == ([], ["too_old"])


@pytest.mark.parametrize(
    ("handled", "seconds", "outcome"),
    [
        ({"handled_site_id": "mall"}, 0, "being_handled"),
        ({"handled_site_id": "mall"}, 900, "delivered"),
        ({"handled_site_id": "airport"}, 0, "delivered"),
    ],
)
def test_who_is_being_handled_at_a_site_is_told_to_nobody_there(
    scene: Scene, handled: dict[str, Any], seconds: float, outcome: str
) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    scene.case(hit_id, handled_until=scene.now + timedelta(seconds=900), **handled)
    scene.now += timedelta(seconds=seconds)
    scene.decide(hit_id, "confirmed")
    route(scene)
    assert outcomes(scene) == [outcome]


def test_a_hit_recorded_quietly_is_told_once_nobody_is_with_the_person_any_more(scene: Scene) -> None:
    scene.group("gate")
    hit_id = scene.hit()
    with scene.database.write() as session:
        session.get_one(Hit, hit_id).is_quiet = True
    scene.decide(hit_id, "confirmed")
    route(scene)
    assert outcomes(scene) == ["delivered"]


def test_an_update_goes_to_those_who_hold_the_case_and_to_those_newly_near(scene: Scene) -> None:
    north, south = ({"site": "mall", "building": name} for name in ("north", "south"))
    scene.group("north", covers=(north,))
    scene.group("south", covers=(south,))
    scene.group("night", covers=(north,), shifts={"weekly": [{"days": ["sun"], "from": "18:00", "to": "22:00"}]})
    first, second = scene.hit(), scene.hit()
    scene.case(first, second)
    for hit_id, building in ((first, "north"), (second, "south")):
        with scene.database.write() as session:
            session.get_one(Hit, hit_id).building = building
        scene.decide(hit_id, "confirmed")
        route(scene)
    assert [row.group_id for row in scene.deliveries(first)] == ["north"]
    assert {row.group_id: row.updates_id is not None for row in scene.deliveries(second)} == {
        "north": True,
        "south": False,
    }


def test_a_group_that_holds_the_case_but_has_gone_off_shift_hears_no_update(scene: Scene) -> None:
    scene.group(
        "gate", shifts={"weekly": [{"days": ["mon"], "from": "09:00", "to": "10:00"}]}, time_zone="Asia/Shanghai"
    )
    scene.group("exit")
    first, second = scene.hit(), scene.hit()
    scene.case(first, second)
    scene.decide(first, "confirmed")
    route(scene)
    scene.now += timedelta(hours=1)
    scene.decide(second, "confirmed")
    route(scene)
    assert [row.group_id for row in scene.deliveries(first)] == ["exit", "gate"]
    assert [row.group_id for row in scene.deliveries(second)] == ["exit"]


def test_a_sighting_newer_than_the_hit_is_where_the_route_starts(scene: Scene) -> None:
    scene.group("north", covers=({"site": "mall", "building": "north"},))
    scene.group("south", covers=({"site": "mall", "building": "south"},))
    hit_id = scene.hit()
    scene.case(hit_id, building="south", placed_at=scene.now + timedelta(seconds=5))
    scene.decide(hit_id, "confirmed")
    route(scene)
    assert [row.group_id for row in scene.deliveries()] == ["south"]


def test_every_change_of_a_delivery_is_an_event_of_its_site_without_names(scene: Scene, sender: Sender) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    run(sender)
    scene.decide(hit_id, "rejected")
    run(sender)
    with scene.database.read() as session:
        events = session.scalars(select(Event).where(Event.kind.startswith("delivery.")).order_by(Event.seq)).all()
    assert [(event.kind, event.body["delivery_kind"]) for event in events] == [
        ("delivery.queued", "hit"),
        ("delivery.sent", "hit"),
        ("delivery.queued", "withdraw"),
        ("delivery.sent", "withdraw"),
        ("delivery.withdrawn", "hit"),
    ]
    assert {event.site_id for event in events} == {"mall"}
    assert "Wanda" not in str([event.body for event in events])


def test_two_senders_at_once_send_each_message_once(scene: Scene, chats: FakeChats, clock: Clock) -> None:
    for n in range(3):
        scene.group(f"g{n}", ChatDraft("matrix", f"https://example.org/!r{n}", "m"))
    for _hit in range(4):
        scene.confirmed_hit()
    senders = [Sender(scene.database, scene.blobs, chats, clock) for _ in range(3)]  # type: ignore[arg-type]
    threads = [threading.Thread(target=run, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    keys = [message.key for (kind, _), chat in chats.opened.items() if kind == "matrix" for message in chat.sent]
    assert len(keys) == len(set(keys)) == 12
    assert {row.state for row in scene.deliveries()} == {"sent"}
    assert len(scene.deliveries()) == 24


@pytest.mark.parametrize("verdict", ["rejected", "unsure", None])
def test_the_database_itself_refuses_a_hit_nobody_confirmed(scene: Scene, verdict: str | None) -> None:
    scene.group("gate")
    hit_id = scene.confirmed_hit()
    no_id = scene.decide(hit_id, verdict) if verdict else None
    route(scene)
    with pytest.raises(IntegrityError):
        insert_delivery(scene, hit_id, no_id, verdict)
    with pytest.raises(IntegrityError):
        insert_delivery(scene, hit_id, no_id, "confirmed")


def insert_delivery(scene: Scene, hit_id: UUID, decision_id: UUID | None, verdict: str | None) -> None:
    with scene.database.write() as session:
        chat = scene.page_chat(session, "gate")
        forged = Delivery(kind="hit", hit_id=hit_id, decision_id=decision_id, verdict=verdict, group_id="gate")
        forged.chat_id, forged.lane, forged.next_try_at, forged.expires_at = chat.id, 1, scene.now, scene.now
        forged.created_at = scene.now
        session.add(forged)
